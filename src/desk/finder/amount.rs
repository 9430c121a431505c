//! Amounts, and the day that may stand beside one: `$49.00`, `49`, `49.00 yesterday`, `22 Nov 49`.

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};

use super::meant;
use crate::{
    model::Charge,
    money::{Currency, Money},
    time::{Unix, named_day},
};

/// What "yesterday" is counted from, and where its day begins.
#[derive(Clone, Copy, Debug)]
pub struct When<'a> {
    pub now: Unix,
    pub zone: &'a TimeZone,
}

/// Stands before the last four digits of a card beside an amount.
const CARD: &str = "··";

/// A day's first second, and the first of the next.
pub(super) type Day = (Unix, Unix);

/// What was paid, and on which day, if one is named beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paid {
    /// As it was written: `$49.00`.
    pub(super) amount: String,
    pub(super) day: Option<Day>,
    /// The last four digits of the card, if they are named too.
    pub(super) four: Option<String>,
}

impl Paid {
    /// `$49.00`, `49.00 yesterday`, and with the card too: `$49.00 22 Nov ··4242`.
    pub(super) fn read(text: &str, when: &When<'_>) -> Option<Self> {
        let is_card = |word: &&str| word.starts_with(CARD);
        let Some(card) = text.split_whitespace().find(is_card) else {
            return Self::of(text, when).or_else(|| Self::beside_digits(text, when));
        };
        let four = card.strip_prefix(CARD).filter(|four| four.len() == 4 && four.parse::<u16>().is_ok())?;
        let rest: Vec<_> = text.split_whitespace().filter(|word| !is_card(word)).collect();
        Some(Self { four: Some(four.to_owned()), ..Self::of(&rest.join(" "), when)? })
    }

    /// `4242 49.00`, `49 4242 yesterday`: four digits beside what is an amount by itself.
    fn beside_digits(text: &str, when: &When<'_>) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let is_four = |word: &&str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
        let at = words.iter().position(is_four)?;
        let four = words.get(at).map(|four| (*four).to_owned());
        let rest: Vec<_> = words.iter().enumerate().filter(|(other, _)| *other != at).collect();
        let rest: Vec<&str> = rest.into_iter().map(|(_, word)| *word).collect();
        let paid = Self::of(&rest.join(" "), when)?;
        // Bare digits on both sides, and many of them, are rather a phone number.
        let bare = paid.amount.bytes().all(|byte| byte.is_ascii_digit());
        (!bare || paid.amount.len() < 4).then_some(Self { four, ..paid })
    }

    fn of(text: &str, when: &When<'_>) -> Option<Self> {
        if amounts(text).is_some() {
            return Some(Self { amount: text.to_owned(), day: None, four: None });
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        (1..words.len()).find_map(|at| {
            let (first, second) = words.split_at(at);
            let (first, second) = (first.join(" "), second.join(" "));
            [(&first, &second), (&second, &first)].into_iter().find_map(|(amount, named)| {
                let day = Some(day(named, when)?);
                let amount = meant(amount);
                amounts(&amount).map(|_| Self { amount, day, four: None })
            })
        })
    }

    /// As Stripe searches for it. A bare number may be of any currency, so each number of decimals is asked for, and
    /// [`charge_fits`] sorts out what came back. AND and OR do not mix, so with a day each is a query of its own.
    pub(super) fn queries(&self) -> Vec<String> {
        let Some(amounts) = amounts(&self.amount) else { return Vec::new() };
        let day = self.day.map(|(from, until)| format!(" AND created>={} AND created<{}", from.0, until.0));
        let card =
            self.four.as_ref().map(|four| format!(" AND payment_method_details.card.last4:\"{four}\""));
        if day.is_none() && card.is_none() {
            return vec![amounts.join(" OR ")];
        }
        let narrowed = [day, card].into_iter().flatten().collect::<String>();
        amounts.iter().map(|amount| format!("{amount}{narrowed}")).collect()
    }
}

/// A day's first second, and the first of the next.
fn day(text: &str, when: &When<'_>) -> Option<Day> {
    let date = named_day(text, when.now, when.zone)?;
    let first = |date: Date| {
        let at = date.to_zoned_datetime(when.zone.clone()).ok()?.timestamp().as_second();
        Some(Unix(at))
    };
    Some((first(date)?, first(date.checked_add(1.day()).ok()?)?))
}

/// An amount in minor units, as clauses of a search of which any may be meant.
fn amounts(text: &str) -> Option<Vec<String>> {
    let text = &*without_thousands(text);
    let exact =
        ["usd", "eur", "gbp", "jpy", "brl", "inr", "krw", "ils", "kwd"].into_iter().find_map(|code| {
            let currency = Currency::parse(code)?;
            let named = text.contains(|c: char| !c.is_ascii_digit() && c != '.')
                && text.contains(|c: char| c.is_ascii_digit());
            Money::parse(text, currency).ok().filter(|_| named)
        });
    if let Some(money) = exact {
        return Some(vec![format!("amount:{} AND currency:\"{}\"", money.minor(), money.currency().code())]);
    }
    let digits = text.strip_suffix('.').unwrap_or(text);
    if digits.is_empty()
        || digits.len() > 12
        || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    // Seven digits or more without decimals is rather a phone number.
    if digits.len() >= 7 && !digits.contains('.') {
        return None;
    }
    let mut minors: Vec<i64> = ["usd", "jpy", "kwd"]
        .into_iter()
        .filter_map(|code| Money::parse(digits, Currency::parse(code)?).ok())
        .map(Money::minor)
        .collect();
    minors.dedup();
    (!minors.is_empty()).then(|| minors.iter().map(|minor| format!("amount:{minor}")).collect())
}

/// It is an amount, and nothing else.
pub(super) fn is_amount(text: &str) -> bool {
    amounts(text).is_some()
}

/// Whether a charge that Stripe found for `query` is what `text` means: a bare number was asked for in the minor units of
/// several currencies, and only those of the charge's own count. What was found by card is right as it is.
pub fn charge_fits(query: &str, text: &str, when: &When<'_>, charge: &Charge) -> bool {
    let bare = query.starts_with("amount:") && !query.contains("currency:");
    let amount = || Paid::read(text.trim(), when).map_or_else(|| text.trim().to_owned(), |paid| paid.amount);
    !bare
        || Money::parse(&without_thousands(&amount()), charge.currency)
            .is_ok_and(|money| money == charge.money())
}

/// `¥12,000` as the screen prints it. Only where the commas can be nothing else; money that is sent never reads them.
fn without_thousands(text: &str) -> String {
    let number = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let mut groups = whole.split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    let rest = groups.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()));
    let plain = decimals.bytes().all(|byte| byte.is_ascii_digit());
    if whole.contains(',') && first && rest && plain { text.replace(',', "") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    static UTC: TimeZone = TimeZone::UTC;

    fn when() -> When<'static> {
        // 2026-11-23T12:00:00Z, a Monday.
        When { now: Unix(1_795_435_200), zone: &UTC }
    }

    #[test]
    fn a_day_is_read_as_people_name_it() {
        for (text, wanted) in [
            ("yesterday", "2026-11-22"),
            ("today", "2026-11-23"),
            ("2026-11-02", "2026-11-02"),
            ("22 Nov", "2026-11-22"),
            ("on Nov 22", "2026-11-22"),
            ("22nd november", "2026-11-22"),
            ("24 Nov", "2025-11-24"),
            ("3 Feb 2024", "2024-02-03"),
            ("monday", "2026-11-23"),
            ("last Fri", "2026-11-20"),
            ("3d", "2026-11-20"),
        ] {
            let (from, until) = day(text, &when()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((from.day(&TimeZone::UTC).to_string(), until.since(from)), (wanted.into(), 86_400));
        }
        for text in ["", "soon", "31 Feb", "nov", "22", "22 Nov 99", "m"] {
            assert_eq!(day(text, &when()), None, "{text}");
        }
    }

    #[test]
    fn an_amount_may_stand_before_or_behind_its_day() {
        for text in ["49.00 yesterday", "yesterday 49,00", "49.00 on 22 Nov", "22 Nov 49.00"] {
            let paid = Paid::read(text, &when()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((&*paid.amount, paid.day.unwrap().0), ("49.00", Unix(1_795_305_600)), "{text}");
        }
        assert_eq!(
            Paid::read("$49 yesterday", &when()).unwrap().queries(),
            ["amount:4900 AND currency:\"usd\" AND created>=1795305600 AND created<1795392000"]
        );
        assert_eq!(Paid::read("49 yesterday", &when()).unwrap().queries().len(), 3, "AND and OR do not mix");
        for text in ["ada yesterday", "yesterday", "22 Nov", "4242 4242", "+49 30 1234567"] {
            assert_eq!(Paid::read(text, &when()), None, "{text}");
        }
    }

    #[test]
    fn a_card_narrows_an_amount() {
        let query =
            |text: &str| Paid::read(text, &when()).map(|paid| paid.queries().join("; ")).unwrap_or_default();
        assert_eq!(
            query("$49.00 22 Nov ··4242"),
            "amount:4900 AND currency:\"usd\" AND created>=1795305600 AND created<1795392000 AND \
             payment_method_details.card.last4:\"4242\""
        );
        assert_eq!(query("4242 49.00"), query("49.00 ··4242"));
        assert_eq!(query("49 4242").matches("last4:\"4242\"").count(), 3, "each number of decimals");
        assert_eq!(query("$49.00 22 Nov 4242"), query("$49.00 22 Nov ··4242"));
        assert_eq!(query("4242 123456"), "", "a phone number");
        assert_eq!(
            query("$49.00 ··4242"),
            "amount:4900 AND currency:\"usd\" AND payment_method_details.card.last4:\"4242\""
        );
        for text in ["··4242", "$49.00 ··42", "$49.00 ··42x2", "ada ··4242"] {
            assert_eq!(query(text), "", "{text}");
        }
    }

    #[test]
    fn a_bare_number_means_the_amount_of_the_charges_own_currency() {
        let charge = |minor: i64, currency: &str| {
            let json = format!(r#"{{"id":"ch_1","amount":{minor},"currency":"{currency}"}}"#);
            crate::model::Record::<Charge>::parse(json).unwrap()
        };
        let fits =
            |text: &str, charge: &Charge| charge_fits("amount:49 AND created>=1", text, &when(), charge);
        assert!(fits("49 yesterday", &charge(4_900, "usd")) && fits("49", &charge(49, "jpy")));
        assert!(!fits("49 yesterday", &charge(49, "usd")) && !fits("49", &charge(4_900, "jpy")));
        assert!(charge_fits("amount:49 AND currency:\"jpy\"", "¥49", &when(), &charge(49, "jpy")));
    }
}
