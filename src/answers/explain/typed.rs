//! An amount as customers write it: with a comma or a point, and with its sign behind.

use crate::money::{Currency, Money, MoneyError};

/// Signs that stand behind an amount as well as before it.
const SIGNS: [char; 4] = ['€', '$', '£', '¥'];

/// As [`Money::parse`], of what a customer says: `99,00 €`, `1.234,00`, `1,234.50`.
pub(super) fn money(text: &str, currency: Currency) -> Result<Money, MoneyError> {
    Money::parse(&plain(text), currency)
}

/// In some currency at least.
pub(super) fn is_amount(text: &str) -> bool {
    let fits = |currency| match money(text, currency) {
        Err(MoneyError::OtherCurrency { named, .. }) => money(text, named).is_ok(),
        read => read.is_ok(),
    };
    ["usd", "jpy", "kwd"].into_iter().filter_map(Currency::parse).any(fits)
}

/// The sign before it, a point before the cents, and nothing between the thousands. What could be both is left as it stands.
fn plain(text: &str) -> String {
    let text = text.trim();
    let (sign, number) = match text.chars().next_back().filter(|last| SIGNS.contains(last)) {
        Some(sign) => (sign.to_string(), text.trim_end_matches(sign).trim_end()),
        None => (String::new(), text),
    };
    let cents = match (number.rfind(','), number.rfind('.')) {
        (Some(comma), Some(point)) => Some(if comma > point { ',' } else { '.' }),
        // Three digits behind an only comma are thousands, or not: `1,234`.
        (Some(comma), None) if digits_behind(number, comma) != 3 && number.matches(',').count() == 1 => {
            Some(',')
        }
        _ => None,
    };
    let Some(cents) = cents else { return format!("{sign}{number}") };
    let thousands = if cents == ',' { '.' } else { ',' };
    if !grouped(number, thousands, cents) {
        return format!("{sign}{number}");
    }
    format!("{sign}{}", number.replace(thousands, "").replace(cents, "."))
}

fn digits_behind(number: &str, at: usize) -> usize {
    number.chars().skip(at).skip(1).take_while(char::is_ascii_digit).count()
}

/// Three digits between each of the separators and the cents.
fn grouped(number: &str, thousands: char, cents: char) -> bool {
    let whole = number.split(cents).next().unwrap_or_default();
    number.matches(cents).count() == 1
        && whole.split(thousands).skip(1).all(|part| part.chars().filter(char::is_ascii_digit).count() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_points_and_signs_are_read_as_they_are_written() {
        let read = |text: &str, code: &str| {
            money(text, Currency::parse(code).unwrap()).map(Money::minor).map_err(|error| error.to_string())
        };
        for (text, code, minor) in [
            ("99,00 €", "eur", 9_900),
            ("99,00", "usd", 9_900),
            ("99,5", "eur", 9_950),
            ("1.234,00", "eur", 123_400),
            ("1,234.50", "usd", 123_450),
            ("1.234.567,89 €", "eur", 123_456_789),
            ("49.00$", "usd", 4_900),
            ("€49,00", "eur", 4_900),
            ("49,00 EUR", "eur", 4_900),
            ("1200 ¥", "jpy", 1_200),
            ("49", "usd", 4_900),
        ] {
            assert_eq!(read(text, code), Ok(minor), "{text}");
        }
        // What means different sums in different places is still asked about.
        for text in ["1,234", "1.23.4,5", "12,34,5", "soon", ","] {
            assert!(read(text, "usd").is_err(), "{text}");
        }
        assert!(is_amount("45,50 €") && is_amount("5,125") == is_amount("1,234") && !is_amount("yesterday"));
    }
}
