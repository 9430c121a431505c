//! Amounts as integers in the currency's minor unit, with checked arithmetic and the currency's own decimals.
//! No floating point comes near them, and two currencies never meet in one sum.
#![deny(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "money neither wraps nor rounds")]

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

/// A lower-case currency code as Stripe writes it. An unknown code is kept and shown, but has no exponent, so that
/// nothing can be computed or sent with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Minor units of a [`Currency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text is no amount, or a sum is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("no amount given: write it like {example}")]
    Empty { example: String },
    #[error("`{text}` is not an amount: write it like {example}")]
    NotANumber { text: String, example: String },
    #[error(
        "`{text}` is ambiguous: write {example}, without thousands separators and with a point before the decimals"
    )]
    Separators { text: String, example: String },
    #[error("`{text}` has too many decimals: {currency} has {exponent}, so write it like {example}")]
    TooPrecise { text: String, currency: Currency, exponent: u32, example: String },
    #[error("an amount must be above zero: write it like {example}")]
    NotPositive { example: String },
    #[error("`{text}` is larger than any amount that Stripe takes")]
    TooLarge { text: String },
    #[error("`{text}` names {named}, but the amount here is in {currency}")]
    OtherCurrency { text: String, named: Currency, currency: Currency },
    #[error(
        "`{text}` names {named}, which is no currency that Stripe knows: the amount here is in {currency}"
    )]
    NoCurrency { text: String, named: Currency, currency: Currency },
    #[error(
        "{0} is not a currency that paydesk knows: its decimals are unknown, so nothing can be sent in it"
    )]
    UnknownCurrency(Currency),
    #[error("{0} and {1} are different currencies")]
    Mixed(Currency, Currency),
    #[error("the sum is larger than can be counted")]
    Overflow,
}

/// Stripe's largest amount has twelve digits.
const MINOR_MOST: i64 = 999_999_999_999;

/// Whole units only, by Stripe's list, which differs from ISO 4217 (`ugx` and `isk` are passed with two decimals).
const ZERO_DECIMAL: &[&str] = &[
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
];
const THREE_DECIMAL: &[&str] = &["bhd", "jod", "kwd", "omr", "tnd"];
/// Currencies with two decimals that Stripe presents.
const TWO_DECIMAL: &[&str] = &[
    "aed", "afn", "all", "amd", "ang", "aoa", "ars", "aud", "awg", "azn", "bam", "bbd", "bdt", "bgn", "bmd",
    "bnd", "bob", "brl", "bsd", "bwp", "byn", "bzd", "cad", "cdf", "chf", "cny", "cop", "crc", "cve", "czk",
    "dkk", "dop", "dzd", "egp", "etb", "eur", "fjd", "fkp", "gbp", "gel", "gip", "gmd", "gtq", "gyd", "hkd",
    "hnl", "htg", "huf", "idr", "ils", "inr", "isk", "jmd", "kes", "kgs", "khr", "kyd", "kzt", "lak", "lbp",
    "lkr", "lrd", "lsl", "mad", "mdl", "mkd", "mmk", "mnt", "mop", "mur", "mvr", "mwk", "mxn", "myr", "mzn",
    "nad", "ngn", "nio", "nok", "npr", "nzd", "pab", "pen", "pgk", "php", "pkr", "pln", "qar", "ron", "rsd",
    "rub", "sar", "sbd", "scr", "sek", "sgd", "shp", "sle", "sos", "srd", "std", "szl", "thb", "tjs", "top",
    "try", "ttd", "twd", "tzs", "uah", "ugx", "usd", "uyu", "uzs", "wst", "xcd", "xcg", "yer", "zar", "zmw",
];
const SYMBOLS: &[(&str, &str)] = &[
    ("usd", "$"),
    ("eur", "€"),
    ("gbp", "£"),
    ("jpy", "¥"),
    ("brl", "R$"),
    ("inr", "₹"),
    ("krw", "₩"),
    ("ils", "₪"),
];

impl Currency {
    pub const USD: Self = Self(*b"usd");

    /// Three ASCII letters in any case; whether the currency is known is asked by [`Currency::exponent`].
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphabetic).then(|| Self(bytes.map(|byte| byte.to_ascii_lowercase())))
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Decimals of the currency in Stripe's API, or none for a code that is not known.
    pub fn exponent(self) -> Option<u32> {
        let listed = |list: &[&str]| list.contains(&self.code());
        if listed(ZERO_DECIMAL) {
            Some(0)
        } else if listed(THREE_DECIMAL) {
            Some(3)
        } else if listed(TWO_DECIMAL) {
            Some(2)
        } else {
            None
        }
    }

    fn symbol(self) -> Option<&'static str> {
        SYMBOLS.iter().find(|(code, _)| *code == self.code()).map(|(_, symbol)| *symbol)
    }

    /// An amount as an agent would write it, for messages.
    fn example(self) -> String {
        match self.exponent() {
            Some(0) => "1200".into(),
            Some(3) => "12.500".into(),
            _ => "49.00".into(),
        }
    }
}

impl From<String> for Currency {
    fn from(text: String) -> Self {
        Self::parse(&text).unwrap_or(Self(*b"???"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self(*b"???")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.code().to_ascii_uppercase())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub fn minor(self) -> i64 {
        self.minor
    }

    pub fn currency(self) -> Currency {
        self.currency
    }

    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        self.minor.checked_add(other.minor).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        self.minor.checked_sub(other.minor).map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        self.minor.checked_neg().map(|minor| Self { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    /// `None` for two currencies: they have no order.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed(self.currency, other.currency))
        }
    }

    /// A positive amount as a person types it for this currency: `49`, `49.00`, `$49.00`, `49 usd`. Decimals follow the
    /// currency; thousands separators are refused, since `1.234` and `1,234` mean different sums in different places.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let exponent = currency.exponent().ok_or(MoneyError::UnknownCurrency(currency))?;
        let example = || currency.example();
        let number = strip_currency(text, currency)?;
        if number.is_empty() {
            return Err(MoneyError::Empty { example: example() });
        }
        let not_positive = || MoneyError::NotPositive { example: example() };
        let not_a_number = || MoneyError::NotANumber { text: text.to_owned(), example: example() };
        if let Some(rest) = number.strip_prefix(['-', '−']) {
            let digits = !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.');
            return Err(if digits { not_positive() } else { not_a_number() });
        }
        let separators = number.contains([',', '\'', '_', '’', '\u{a0}', '\u{202f}', ' '])
            || number.matches('.').count() > 1;
        if separators && number.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(MoneyError::Separators { text: text.to_owned(), example: example() });
        }
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
            return Err(not_a_number());
        }
        let width = usize::try_from(exponent).unwrap_or(0);
        if decimals.len() > width {
            return Err(MoneyError::TooPrecise {
                text: text.to_owned(),
                currency,
                exponent,
                example: example(),
            });
        }
        let digits = format!("{whole}{decimals:0<width$}");
        let minor: i64 = digits
            .parse()
            .ok()
            .filter(|minor| *minor <= MINOR_MOST)
            .ok_or_else(|| MoneyError::TooLarge { text: text.chars().take(20).collect() })?;
        if minor == 0 { Err(not_positive()) } else { Ok(Self { minor, currency }) }
    }

    /// `49.00`, `12000`: the number alone, as it can be typed back.
    pub fn plain(self) -> String {
        let (sign, whole, decimals) = self.parts();
        format!("{sign}{whole}{decimals}")
    }

    fn parts(self) -> (&'static str, String, String) {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = self.minor.unsigned_abs().to_string();
        let width = self.currency.exponent().and_then(|exponent| usize::try_from(exponent).ok()).unwrap_or(0);
        let padded = format!("{digits:0>least$}", least = width.saturating_add(1));
        let (whole, decimals) = padded.split_at(padded.len().saturating_sub(width));
        let decimals = if width == 0 { String::new() } else { format!(".{decimals}") };
        (sign, whole.to_owned(), decimals)
    }
}

/// Takes a leading symbol or code, or a trailing code, off the number; another currency's is an error.
fn strip_currency(text: &str, currency: Currency) -> Result<&str, MoneyError> {
    let trimmed = text.trim();
    let other = |named: Currency| {
        let text = text.to_owned();
        if named.exponent().is_some() {
            MoneyError::OtherCurrency { text, named, currency }
        } else {
            MoneyError::NoCurrency { text, named, currency }
        }
    };
    let mut symbols: Vec<_> = SYMBOLS.iter().collect();
    symbols.sort_by_key(|(_, symbol)| std::cmp::Reverse(symbol.len()));
    for (code, symbol) in symbols {
        if let Some(rest) = trimmed.strip_prefix(symbol) {
            let named = Currency::parse(code).unwrap_or_default();
            // "$" is many countries' sign; for those it names no other currency.
            let dollar = *symbol == "$" && currency.symbol().is_none();
            return if named == currency || dollar { Ok(rest.trim()) } else { Err(other(named)) };
        }
    }
    for (number, code) in [
        trimmed.split_at_checked(trimmed.len().saturating_sub(3)),
        trimmed.split_at_checked(3).map(|(a, b)| (b, a)),
    ]
    .into_iter()
    .flatten()
    {
        let number = number.trim();
        if let Some(named) =
            Currency::parse(code).filter(|_| number.starts_with(|c: char| c.is_ascii_digit()))
        {
            return if named == currency { Ok(number) } else { Err(other(named)) };
        }
    }
    Ok(trimmed)
}

impl fmt::Display for Money {
    /// `$1,204.00`, `¥12,000`, `KWD 5.000`, `−$3.00`, as people read it; what programs read is [`Money::plain`]'s. An unknown currency shows its minor units and says so.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, whole, decimals) = self.parts();
        let sign = if sign.is_empty() { "" } else { "−" };
        let mut grouped = String::with_capacity(whole.len().saturating_mul(2));
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && whole.len().saturating_sub(at).checked_rem(3) == Some(0) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let text = match (self.currency.symbol(), self.currency.exponent()) {
            (Some(symbol), _) => format!("{sign}{symbol}{grouped}{decimals}"),
            (None, Some(_)) => format!("{sign}{} {grouped}{decimals}", self.currency),
            (None, None) => format!("{sign}{} {grouped} (minor units)", self.currency),
        };
        f.pad(&text)
    }
}

#[cfg(test)]
#[path = "money_tests.rs"]
mod tests;
