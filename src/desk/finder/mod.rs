//! What a text in the search box may mean, and the fastest question for each meaning.

mod amount;
pub mod letter;
mod tongues;

pub use amount::{When, charge_fits};

use amount::Paid;

use super::question::Question;
use crate::{
    model::{AnyId, CustomerId, Kind},
    time::Unix,
};

/// Stripe's search takes a part of a text from three characters on.
const PART_LEAST: usize = 3;
/// Digits of a card number.
const CARD_LEAST: usize = 13;
const CARD_MOST: usize = 19;

/// What is looked for in a text as people paste it: the address out of `Alan Turing (alan@example.com)`, the id out of a
/// longer Dashboard link, the last four digits of a whole card number, `49,00` as the amount that it is.
pub fn meant(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let pieces = || text.split(|c: char| c.is_whitespace() || "<>()[],;\"'".contains(c));
    if let Some(email) = pieces().find(|piece| is_whole_email(piece)) {
        return email.strip_prefix("mailto:").unwrap_or(email).to_owned();
    }
    if text.starts_with("https://dashboard.stripe.com/") {
        let path = text.split(['?', '#']).next().unwrap_or(text);
        if let Some(id) = path.rsplit('/').find(|step| AnyId::parse(step).is_some()) {
            return id.to_owned();
        }
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let card = text.chars().all(|c| c.is_ascii_digit() || c == ' ' || c == '-');
    if card && (CARD_LEAST..=CARD_MOST).contains(&digits.len()) {
        return digits.chars().skip(digits.len().saturating_sub(4)).collect();
    }
    match text.rsplit_once(',') {
        Some((whole, cents))
            if cents.len() == 2 && !whole.contains([',', '.']) && amount::is_amount(whole) =>
        {
            format!("{whole}.{cents}")
        }
        _ => text.to_owned(),
    }
}

/// Everything worth asking for `text`, the most likely first. Empty: the text is too short to ask for.
pub fn questions(text: &str, when: &When<'_>) -> Vec<Question> {
    meanings(text, when).iter().flat_map(Meaning::questions).collect()
}

/// One thing that a text may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Id(AnyId),
    Address(String),
    PartOfAddress(String),
    Name(String),
    Phone(String),
    LastFour(String),
    Paid(Paid),
    InvoiceNumber(String),
}

fn meanings(text: &str, when: &When<'_>) -> Vec<Meaning> {
    let text = &*meant(text);
    if let Some(id) = AnyId::parse(text) {
        return vec![Meaning::Id(id)];
    }
    if text.contains('@') {
        // The list is exact and current; the search minds neither case nor the last minute.
        let whole = is_whole_email(text).then(|| Meaning::Address(text.to_owned()));
        let part = text.chars().count() >= PART_LEAST;
        let part = part.then(|| Meaning::PartOfAddress(text.to_owned()));
        return whole.into_iter().chain(part).collect();
    }
    if let Some(paid) = Paid::read(text, when) {
        let four = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let four = four.then(|| Meaning::LastFour(text.to_owned()));
        return four.into_iter().chain([Meaning::Paid(paid)]).collect();
    }
    if let Some(digits) = phone(text) {
        return vec![Meaning::Phone(digits)];
    }
    if text.chars().count() < PART_LEAST {
        return Vec::new();
    }
    let number = looks_like_invoice_number(text).then(|| Meaning::InvoiceNumber(text.to_owned()));
    number.into_iter().chain([Meaning::Name(text.to_owned())]).collect()
}

impl Meaning {
    fn questions(&self) -> Vec<Question> {
        vec![match self {
            Self::Id(id) => match CustomerId::parse(&id.id) {
                Ok(customer) if id.kind == Kind::Customer => Question::Customer(customer),
                _ => Question::Object(id.clone()),
            },
            Self::Address(email) => Question::CustomersByEmail(email.clone()),
            Self::PartOfAddress(part) => Question::CustomerSearch(format!("email~{}", quote(part))),
            Self::Name(part) => {
                let part = quote(part);
                Question::CustomerSearch(format!("name~{part} OR email~{part}"))
            }
            Self::Phone(digits) => Question::CustomerSearch(format!("phone~\"{digits}\"")),
            Self::LastFour(digits) => {
                Question::ChargeSearch(format!("payment_method_details.card.last4:\"{digits}\""))
            }
            Self::Paid(paid) => return paid.queries().into_iter().map(Question::ChargeSearch).collect(),
            Self::InvoiceNumber(number) => Question::InvoiceSearch(format!("number:{}", quote(number))),
        }]
    }

    /// Where it is looked for.
    fn place(&self) -> String {
        match self {
            Self::Id(id) => format!("{}s", id.kind.noun()),
            Self::Address(_) => "customers of this address".into(),
            Self::PartOfAddress(_) => "e-mail addresses".into(),
            Self::Name(_) => "names and e-mail addresses".into(),
            Self::Phone(_) => "phone numbers".into(),
            Self::LastFour(digits) => format!("charges to cards ··{digits}"),
            Self::Paid(Paid { amount, day, four }) => {
                let card = four.as_ref().map_or_else(String::new, |four| format!(" to cards ··{four}"));
                let day = if day.is_some() { " on that day" } else { "" };
                format!("charges of {amount}{card}{day}")
            }
            Self::InvoiceNumber(_) => "invoice numbers".into(),
        }
    }

    /// What Stripe's search does not know yet when it is very new, and how it is found all the same.
    fn late(&self, now: Unix) -> Option<&'static str> {
        match self {
            Self::Id(_) | Self::Address(_) => None,
            Self::PartOfAddress(_) | Self::Name(_) | Self::Phone(_) => {
                Some("Somebody new may be missing for a minute: their whole e-mail or id finds them at once")
            }
            Self::Paid(Paid { day: Some((_, until)), .. }) if *until <= now => None,
            Self::LastFour(_) | Self::Paid(_) => {
                Some("A charge of the last minute may be missing: its id or its customer finds it at once")
            }
            Self::InvoiceNumber(_) => {
                Some("An invoice of the last minute may be missing: its id or its customer finds it at once")
            }
        }
    }
}

/// Why nothing was found: where it was looked for, and what may be too new to be found. `known`: so many customers were
/// looked through here too.
pub fn nothing(text: &str, when: &When<'_>, known: Option<usize>) -> String {
    if let Some(why) = no_such_prefix(text) {
        return why;
    }
    let meanings = meanings(text, when);
    let here = known.map(|known| {
        let customers = if known == 1 { "customer" } else { "customers" };
        format!(" in the names and addresses of {known} {customers} known here")
    });
    let here = here.unwrap_or_default();
    match meanings.as_slice() {
        [] => format!("nothing found{here}; Stripe is asked from three characters on"),
        [Meaning::Id(id)] => format!("Stripe has no {} {id} in this account and mode", id.kind.noun()),
        [first, ..] => {
            let places: Vec<_> = meanings.iter().map(Meaning::place).collect();
            let nor = if here.is_empty() { " at" } else { ", nor at" };
            let late = first.late(when.now).map_or_else(String::new, |late| format!(". {late}"));
            format!("nothing found{here}{nor} Stripe in {}{late}", places.join(" and "))
        }
    }
}

/// Letters before the first `_` of an id, at most: `cus`, `sub`, `price`, `cbtxn`.
const PREFIX_MOST: usize = 6;

/// Why a text that looks like an id finds nothing: ids here begin otherwise. It may still be a part of a name or an
/// address, so it is said only where nothing was found.
pub fn no_such_prefix(text: &str) -> Option<String> {
    let (letters, rest) = text.trim().split_once('_')?;
    let prefix =
        (2..=PREFIX_MOST).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_lowercase());
    let id = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !prefix || !id || Kind::of(text.trim()).is_some() {
        return None;
    }
    let known: Vec<_> = Kind::all().filter(|kind| !kind.endpoint().is_empty()).map(Kind::prefix).collect();
    Some(format!("no id starts with {letters}_; ids here start with {}", known.join(", ")))
}

/// `ada@example.com`, and not only a part of an address.
pub fn is_whole_email(text: &str) -> bool {
    let (name, host) = text.split_once('@').unwrap_or((text, ""));
    !name.is_empty() && host.split('.').count() > 1 && !host.ends_with('.') && !text.contains(' ')
}

/// What is asked without waiting for the typing to pause: a whole address names somebody, and its list costs Stripe little.
pub fn at_once(text: &str) -> Option<Question> {
    // Two letters at least end an address: fewer are still being typed.
    let ended = text.rsplit_once('.').is_some_and(|(_, end)| end.chars().count() > 1);
    (ended && is_whole_email(text)).then(|| Question::CustomersByEmail(text.to_owned()))
}

fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let shape = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    (shape && digits.len() >= 7).then(|| if text.starts_with('+') { format!("+{digits}") } else { digits })
}

/// `A-0012`, `C2B9F1D4-0007`: letters and digits, a dash, digits.
fn looks_like_invoice_number(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty()
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    static UTC: jiff::tz::TimeZone = jiff::tz::TimeZone::UTC;

    fn when() -> When<'static> {
        // 2026-11-23T12:00:00Z
        When { now: Unix(1_795_435_200), zone: &UTC }
    }

    fn asked(text: &str) -> Vec<String> {
        questions(text, &when())
            .into_iter()
            .map(|question| match question {
                Question::CustomersByEmail(email) => format!("email={email}"),
                Question::CustomerSearch(query)
                | Question::ChargeSearch(query)
                | Question::InvoiceSearch(query) => query,
                Question::Customer(id) => id.to_string(),
                Question::Object(id) => format!("{} {}", id.kind.noun(), id.id),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_is_meant_is_found_in_what_was_pasted() {
        for (pasted, wanted) in [
            ("mailto:alan@example.com", "alan@example.com"),
            ("Alan Turing (alan@example.com)", "alan@example.com"),
            ("\"Turing, Alan\" <alan@example.com>", "alan@example.com"),
            ("https://dashboard.stripe.com/test/customers/cus_1/subscriptions?x=1#y", "cus_1"),
            ("4242 4242 4242 4242", "4242"),
            ("49,00", "49.00"),
            ("$49,00", "$49.00"),
            ("12,000", "12,000"),
            ("1,204.00", "1,204.00"),
            (" Ada Love ", "Ada Love"),
            ("+49 170 1234567", "+49 170 1234567"),
        ] {
            assert_eq!(meant(pasted), wanted);
        }
    }

    #[test]
    fn only_a_whole_address_is_asked_for_at_once() {
        let whole = |text: &str| at_once(text).is_some();
        assert!(whole("ada@example.com") && whole("ada@example.co"));
        assert!(!whole("ada@example.c") && !whole("ada@example") && !whole("ada") && !whole("@x.com"));
    }

    #[test]
    fn each_text_goes_to_the_fastest_way_to_find_it() {
        assert_eq!(asked("ada@example.com"), ["email=ada@example.com", "email~\"ada@example.com\""]);
        assert_eq!(asked("ada@"), ["email~\"ada@\""]);
        assert_eq!(asked("cus_1"), ["cus_1"]);
        assert_eq!(asked("https://dashboard.stripe.com/test/payments/pi_9"), ["payment intent pi_9"]);
        assert_eq!(asked("Ada Love"), ["name~\"Ada Love\" OR email~\"Ada Love\""]);
        assert_eq!(asked("A-0012")[0], "number:\"A-0012\"");
        assert_eq!(
            asked("4242"),
            ["payment_method_details.card.last4:\"4242\"", "amount:424200 OR amount:4242 OR amount:4242000"]
        );
        assert_eq!(asked("49"), ["amount:4900 OR amount:49 OR amount:49000"]);
        assert_eq!(asked("$49.00"), ["amount:4900 AND currency:\"usd\""]);
        assert_eq!(asked("¥12,000"), ["amount:12000 AND currency:\"jpy\""]);
        assert_eq!(
            asked("$49 yesterday"),
            ["amount:4900 AND currency:\"usd\" AND created>=1795305600 AND created<1795392000"]
        );
        assert_eq!(asked("¥12000"), ["amount:12000 AND currency:\"jpy\""]);
        assert_eq!(asked("+49 (30) 1234-5678"), ["phone~\"+493012345678\""]);
    }

    #[test]
    fn nothing_found_says_where_it_was_looked_for_and_what_may_be_too_new() {
        let says = |text: &str| nothing(text, &when(), None);
        let new = "Somebody new may be missing";
        for (text, place, late) in [
            ("kwd", "in names and e-mail addresses. ", Some(new)),
            ("+49 30 1234567", "in phone numbers. ", Some(new)),
            ("nobody@", "in e-mail addresses. ", Some(new)),
            ("nobody@example.com", "in customers of this address and e-mail addresses", None),
            ("9999", "in charges to cards ··9999 and charges of 9999. ", Some("A charge of the last minute")),
            ("$1.23", "in charges of $1.23. ", Some("A charge of the last minute")),
            ("$1.23 today", "in charges of $1.23 on that day. ", Some("A charge of the last minute")),
            ("$1.23 yesterday", "in charges of $1.23 on that day", None),
            ("A-0099", "in invoice numbers and names and e-mail addresses. ", Some("An invoice of the last")),
            ("ch_none", "Stripe has no charge ch_none in this account and mode", None),
            ("zz_abc", "no id starts with zz_; ids here start with cus_, ch_", None),
        ] {
            let says = says(text);
            assert!(says.contains(place), "{text}: {says}");
            match late {
                Some(late) => assert!(says.contains(late), "{text}: {says}"),
                None => assert!(!says.contains("missing"), "{text}: {says}"),
            }
        }
        let here = nothing("kwd", &when(), Some(400));
        assert!(here.starts_with(
            "nothing found in the names and addresses of 400 customers known here, nor at Stripe in"
        ));
        assert!(
            nothing("ab", &when(), Some(1))
                .ends_with("1 customer known here; Stripe is asked from three characters on")
        );
    }

    #[test]
    fn what_looks_like_an_id_and_is_none_is_told_so() {
        let says = no_such_prefix(" zz_abc ").unwrap();
        assert!(says.starts_with("no id starts with zz_; ids here start with cus_, ch_, pi_, "), "{says}");
        for other in
            ["cus_1", "ch_1", "ada", "_x", "zz_", "Ada_L", "lovelace_ada", "a b_c", "x_1@example.com"]
        {
            assert_eq!(no_such_prefix(other), None, "{other}");
        }
    }

    #[test]
    fn short_and_hostile_texts_are_harmless() {
        assert!(asked("").is_empty());
        assert!(asked("ab").is_empty());
        assert_eq!(asked("x\" OR y"), ["name~\"x\\\" OR y\" OR email~\"x\\\" OR y\""]);
    }
}
