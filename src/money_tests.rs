//! Tests of amounts: read, printed, summed.

use proptest::prelude::*;

use super::*;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn parse(text: &str, code: &str) -> Result<i64, MoneyError> {
    Money::parse(text, currency(code)).map(Money::minor)
}

#[test]
fn reads_what_a_person_types_in_the_currency_s_own_decimals() {
    for (text, code, minor) in [
        ("49", "usd", 4900),
        ("49.0", "usd", 4900),
        (" $49.00 ", "usd", 4900),
        ("49.00 USD", "usd", 4900),
        ("usd 49", "usd", 4900),
        (".5", "usd", 50),
        ("12000", "jpy", 12000),
        ("¥12000", "jpy", 12000),
        ("5.125", "kwd", 5125),
        ("R$10", "brl", 1000),
        ("$10", "cad", 1000),
        ("5", "isk", 500),
        ("9999999999.99", "usd", MINOR_MOST),
    ] {
        assert_eq!(parse(text, code), Ok(minor), "{text} {code}");
    }
}

#[test]
fn names_what_is_wrong() {
    let is = |text: &str, code: &str, piece: &str| {
        let message = parse(text, code).unwrap_err().to_string();
        assert!(message.contains(piece), "{text}: {message}");
    };
    is("", "usd", "no amount");
    is("abc", "usd", "write it like 49.00");
    is("NaN", "usd", "not an amount");
    is("1e3", "usd", "not an amount");
    is("1,234.00", "usd", "thousands");
    is("1.234,00", "eur", "thousands");
    is("1 234", "usd", "thousands");
    is("10.50", "jpy", "JPY has 0");
    is("10.505", "usd", "USD has 2");
    is("0", "usd", "above zero");
    is("-5", "usd", "above zero");
    is("99999999999999999999", "usd", "larger than any");
    is("€5", "usd", "EUR");
    is("5 eur", "usd", "EUR");
    is("5", "zzz", "not a currency");
    is("٤٩", "usd", "not an amount");
}

#[test]
fn prints_with_the_currency_s_decimals() {
    let show = |minor, code: &str| Money::new(minor, currency(code)).to_string();
    assert_eq!(show(120_400, "usd"), "$1,204.00");
    assert_eq!(show(-5, "usd"), "−$0.05");
    assert_eq!(show(12_000, "jpy"), "¥12,000");
    assert_eq!(show(5_125, "kwd"), "KWD 5.125");
    assert_eq!(show(1_000_000, "zzz"), "ZZZ 1,000,000 (minor units)");
    assert_eq!(show(i64::MIN, "usd"), "−$92,233,720,368,547,758.08");
}

#[test]
fn two_currencies_have_no_sum_and_no_order() {
    let (dollars, yen) = (Money::new(1, Currency::USD), Money::new(1, currency("jpy")));
    assert_eq!(dollars.checked_add(yen), Err(MoneyError::Mixed(Currency::USD, currency("jpy"))));
    assert_eq!(dollars.compare(yen), None);
    assert_eq!(Money::new(i64::MAX, Currency::USD).checked_add(dollars), Err(MoneyError::Overflow));
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(minor in 1..=MINOR_MOST, code in prop::sample::select(vec!["usd", "jpy", "kwd", "brl", "isk"])) {
        let money = Money::new(minor, currency(code));
        prop_assert_eq!(Money::parse(&money.plain(), currency(code)), Ok(money));
    }

    #[test]
    fn no_text_breaks_the_parser(text in ".{0,40}", code in prop::sample::select(vec!["usd", "jpy", "kwd", "zzz"])) {
        if let Ok(money) = Money::parse(&text, currency(code)) {
            prop_assert!(money.minor() > 0);
        }
    }
}
