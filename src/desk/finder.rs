//! What a text in the search box may mean, and the fastest question for each meaning.

use super::question::Question;
use crate::{
    model::{AnyId, Charge, CustomerId, Kind},
    money::{Currency, Money},
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
            if cents.len() == 2 && !whole.contains([',', '.']) && amounts(whole).is_some() =>
        {
            format!("{whole}.{cents}")
        }
        _ => text.to_owned(),
    }
}

/// Everything worth asking for `text`, the most likely first. Empty: the text is too short to ask for.
pub fn questions(text: &str) -> Vec<Question> {
    let text = &*meant(text);
    if let Some(id) = AnyId::parse(text) {
        return vec![match (id.kind, CustomerId::parse(text)) {
            (Kind::Customer, Ok(customer)) => Question::Customer(customer),
            _ => Question::Object(id),
        }];
    }
    if text.contains('@') {
        return email(text);
    }
    if let Some(amounts) = amounts(&without_thousands(text)) {
        let mut found = Vec::new();
        if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            found.push(Question::ChargeSearch(format!("payment_method_details.card.last4:\"{text}\"")));
        }
        found.push(Question::ChargeSearch(amounts));
        return found;
    }
    if let Some(digits) = phone(text) {
        return vec![Question::CustomerSearch(format!("phone~\"{digits}\""))];
    }
    if text.chars().count() < PART_LEAST {
        return Vec::new();
    }
    let quoted = quote(text);
    let mut found = vec![Question::CustomerSearch(format!("name~{quoted} OR email~{quoted}"))];
    if looks_like_invoice_number(text) {
        found.insert(0, Question::InvoiceSearch(format!("number:{quoted}")));
    }
    found
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

fn email(text: &str) -> Vec<Question> {
    let mut found = Vec::new();
    if is_whole_email(text) {
        // The list is exact and current; the search below minds neither case nor the last minute.
        found.push(Question::CustomersByEmail(text.to_owned()));
    }
    if text.chars().count() >= PART_LEAST {
        found.push(Question::CustomerSearch(format!("email~{}", quote(text))));
    }
    found
}

/// An amount as Stripe searches it, in minor units. A bare number may be of any currency, so each number of decimals is
/// asked for, and [`amount_fits`] sorts out what came back.
fn amounts(text: &str) -> Option<String> {
    let exact =
        ["usd", "eur", "gbp", "jpy", "brl", "inr", "krw", "ils", "kwd"].into_iter().find_map(|code| {
            let currency = Currency::parse(code)?;
            let named = text.contains(|c: char| !c.is_ascii_digit() && c != '.')
                && text.contains(|c: char| c.is_ascii_digit());
            Money::parse(text, currency).ok().filter(|_| named)
        });
    if let Some(money) = exact {
        return Some(format!("amount:{} AND currency:\"{}\"", money.minor(), money.currency().code()));
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
    if minors.is_empty() {
        return None;
    }
    Some(minors.iter().map(|minor| format!("amount:{minor}")).collect::<Vec<_>>().join(" OR "))
}

/// Whether a charge that Stripe found for `query` is what `text` means: a bare number was asked for in the minor units of
/// several currencies, and only those of the charge's own count. What was found by card is right as it is.
pub fn charge_fits(query: &str, text: &str, charge: &Charge) -> bool {
    let bare = query.starts_with("amount:") && !query.contains("currency:");
    !bare
        || Money::parse(&without_thousands(text.trim()), charge.currency)
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

    fn asked(text: &str) -> Vec<String> {
        questions(text)
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
        assert_eq!(asked("¥12000"), ["amount:12000 AND currency:\"jpy\""]);
        assert_eq!(asked("+49 (30) 1234-5678"), ["phone~\"+493012345678\""]);
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
