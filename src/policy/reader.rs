//! One value of the file, read by the shape that its rule wants; every refusal says how to write it.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::Faults,
    rules::{Rule, Shape, Value},
};
use crate::{
    actions::{self, Effect},
    money::{Currency, Money, MoneyError},
    text::nearest,
};

const MONTHS_MOST: u32 = 120;
const COUNT_MOST: u32 = 1_000;

/// What is wrong, and where if not at the value itself.
struct Wrong {
    at: Option<Range<usize>>,
    message: String,
}

impl Wrong {
    fn new(message: impl Into<String>) -> Self {
        Self { at: None, message: message.into() }
    }

    fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { at: Some(span), message: message.into() }
    }
}

/// The value of `rule`, or none with a fault noted.
pub(super) fn read(rule: Rule, value: &Spanned<DeValue<'_>>, faults: &mut Faults<'_>) -> Option<Value> {
    let read = match rule.info().shape {
        Shape::Amounts => amounts(value.get_ref()),
        Shape::Flag => flag(value.get_ref()),
        Shape::Count { unit, most } => count(value.get_ref(), unit, most).map(Value::Count),
        Shape::Word(words) => word(value.get_ref(), words).map(Value::Word),
        Shape::Words(words) => list(value.get_ref(), words),
        Shape::Changes => changes(value.get_ref()),
        Shape::Time => time(value.get_ref()),
        Shape::Discount => {
            pair(value.get_ref(), [("percent", "percent", 100), ("months", "months", MONTHS_MOST)])
                .map(|[percent, months]| Value::Discount { percent, months })
        }
        Shape::Often => pair(value.get_ref(), [("count", "refunds", COUNT_MOST), ("days", "days", 365)])
            .map(|[count, days]| Value::Often { count, days }),
    };
    read.map_err(|wrong| {
        let at = wrong.at.unwrap_or_else(|| value.span());
        faults.add(&at, rule.name(), format!("`{rule}`: {}", wrong.message));
    })
    .ok()
}

fn amounts(value: &DeValue<'_>) -> Result<Value, Wrong> {
    let Some(table) = value.as_table() else {
        return Err(Wrong::new(format!(
            "{} is no table of amounts: write {{ usd = \"500.00\" }}, one amount a currency",
            described(value)
        )));
    };
    let mut amounts = BTreeMap::new();
    for (key, value) in table {
        let code = key.get_ref().as_ref();
        let currency = Currency::parse(code).filter(|currency| currency.exponent().is_some());
        let Some(currency) = currency else {
            return Err(Wrong::at(key.span(), format!("`{code}` is not a currency that paydesk knows")));
        };
        let minor = amount(value.get_ref(), currency).map_err(|message| Wrong::at(value.span(), message))?;
        if amounts.insert(currency, minor).is_some() {
            return Err(Wrong::at(key.span(), format!("{currency} stands here twice")));
        }
    }
    Ok(Value::Amounts(amounts))
}

/// Minor units of a text in the currency's own decimals; zero is allowed here, and means nothing at all.
fn amount(value: &DeValue<'_>, currency: Currency) -> Result<i64, String> {
    let code = currency.code();
    let example = Money::new(if currency.exponent() == Some(0) { 500 } else { 50_000 }, currency).plain();
    let Some(text) = value.as_str() else {
        return Err(format!(
            "amounts are texts in the currency's own decimals, and {} is none: write {code} = \"{example}\"",
            described(value)
        ));
    };
    let zero = text.trim().strip_prefix('0').is_some_and(|rest| {
        let decimals = rest.strip_prefix('.').unwrap_or(rest);
        let width = currency.exponent().and_then(|exponent| usize::try_from(exponent).ok()).unwrap_or(0);
        decimals.len() <= width && decimals.bytes().all(|byte| byte == b'0')
    });
    if zero {
        return Ok(0);
    }
    Money::parse(text, currency).map(Money::minor).map_err(|error| match error {
        MoneyError::NotPositive { .. } => "an amount cannot be negative".into(),
        MoneyError::Empty { .. }
        | MoneyError::NotANumber { .. }
        | MoneyError::Separators { .. }
        | MoneyError::TooPrecise { .. }
        | MoneyError::TooLarge { .. }
        | MoneyError::OtherCurrency { .. }
        | MoneyError::NoCurrency { .. }
        | MoneyError::UnknownCurrency(_)
        | MoneyError::Mixed(..)
        | MoneyError::Overflow => error.to_string(),
    })
}

fn flag(value: &DeValue<'_>) -> Result<Value, Wrong> {
    let wrong = || Wrong::new(format!("{} is neither true nor false", described(value)));
    value.as_bool().map(Value::Flag).ok_or_else(wrong)
}

fn count(value: &DeValue<'_>, unit: &str, most: u32) -> Result<u32, Wrong> {
    let wrong =
        || Wrong::new(format!("{} is no whole number of {unit} between 0 and {most}", described(value)));
    let number = value.as_integer().ok_or_else(wrong)?;
    let digits = number.as_str().replace('_', "");
    u32::from_str_radix(&digits, number.radix()).ok().filter(|number| *number <= most).ok_or_else(wrong)
}

fn word(value: &DeValue<'_>, words: &[&'static str]) -> Result<String, Wrong> {
    let Some(text) = value.as_str() else {
        return Err(Wrong::new(format!("{} is none of {}", described(value), quoted(words))));
    };
    if words.contains(&text) {
        return Ok(text.to_owned());
    }
    let hint = nearest(text, words.iter().copied())
        .map_or_else(String::new, |near| format!(": did you mean \"{near}\"?"));
    Err(Wrong::new(format!("\"{text}\" is none of {}{hint}", quoted(words))))
}

fn list(value: &DeValue<'_>, words: &[&'static str]) -> Result<Value, Wrong> {
    if let Some(all) = value.as_bool() {
        let words = if all { words.iter().map(|word| (*word).to_owned()).collect() } else { Vec::new() };
        return Ok(Value::Words(words));
    }
    let Some(entries) = value.as_array() else {
        let first = words.first().copied().unwrap_or_default();
        return Err(Wrong::new(format!(
            "{} is no list: write [\"{first}\"], or false for none; known are {}",
            described(value),
            quoted(words)
        )));
    };
    let mut listed = Vec::new();
    for entry in entries {
        let word = word(entry.get_ref(), words).map_err(|wrong| Wrong::at(entry.span(), wrong.message))?;
        if listed.contains(&word) {
            return Err(Wrong::at(entry.span(), format!("\"{word}\" stands here twice")));
        }
        listed.push(word);
    }
    Ok(Value::Words(listed))
}

/// How to write a list of actions.
const LIST: &str = "name them one by one, or write false for none";

/// There are too many to list them in a message, and `true` would list what nobody has read.
fn changes(value: &DeValue<'_>) -> Result<Value, Wrong> {
    let names: Vec<&'static str> =
        actions::all().filter(|action| action.effect > Effect::Read).map(|action| action.name).collect();
    if value.as_bool() == Some(false) {
        return Ok(Value::Words(Vec::new()));
    }
    let Some(entries) = value.as_array() else {
        return Err(Wrong::new(format!("{} is no list of actions: {LIST}", described(value))));
    };
    let mut listed: Vec<String> = Vec::new();
    for entry in entries {
        let wrong = |message: String| Wrong::at(entry.span(), message);
        let name = entry
            .get_ref()
            .as_str()
            .ok_or_else(|| wrong(format!("{} is no action: {LIST}", described(entry.get_ref()))))?;
        if !names.contains(&name) {
            let reads = actions::find(name).is_some();
            let hint = match nearest(name, names.iter().copied()) {
                _ if reads => "only reads, and needs no place here".to_owned(),
                Some(near) => format!("is no action that changes something: did you mean \"{near}\"?"),
                None => "is no action that changes something: `paydesk actions` lists them".to_owned(),
            };
            return Err(wrong(format!("\"{name}\" {hint}")));
        }
        if listed.iter().any(|known| known == name) {
            return Err(wrong(format!("\"{name}\" stands here twice")));
        }
        listed.push(name.to_owned());
    }
    Ok(Value::Words(listed))
}

fn time(value: &DeValue<'_>) -> Result<Value, Wrong> {
    let wrong = || Wrong::new(format!("{} is no time of day: write \"08:30\"", described(value)));
    let text = value.as_str().ok_or_else(wrong)?;
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let number = |part: &str, most: u32| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|number| digits && *number <= most)
    };
    let (hour, minute) = number(hour, 23).zip(number(minute, 59)).ok_or_else(wrong)?;
    Ok(Value::Time(hour.saturating_mul(60).saturating_add(minute)))
}

/// A table of exactly two whole numbers: their keys, units and upper ends.
fn pair(value: &DeValue<'_>, wanted: [(&'static str, &str, u32); 2]) -> Result<[u32; 2], Wrong> {
    let [(first, ..), (second, ..)] = wanted;
    let Some(table) = value.as_table() else {
        return Err(Wrong::new(format!(
            "{} is no table: write {{ {first} = 3, {second} = 3 }}",
            described(value)
        )));
    };
    if let Some((key, _)) = table.iter().find(|(key, _)| ![first, second].contains(&key.get_ref().as_ref())) {
        let message = format!("`{}` is not known here: {first} and {second} are", key.get_ref());
        return Err(Wrong::at(key.span(), message));
    }
    let mut numbers = [0; 2];
    for (slot, (key, unit, most)) in numbers.iter_mut().zip(wanted) {
        *slot = number_in(table, key, unit, most)?;
    }
    Ok(numbers)
}

fn number_in(table: &DeTable<'_>, key: &str, unit: &str, most: u32) -> Result<u32, Wrong> {
    let value = table.get(key).ok_or_else(|| Wrong::new(format!("`{key}` is missing")))?;
    count(value.get_ref(), unit, most).map_err(|wrong| Wrong::at(value.span(), wrong.message))
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    words.join(", ")
}

/// The value as it is named in messages: short ones whole.
fn described(value: &DeValue<'_>) -> String {
    let whole = value
        .as_str()
        .map(|text| format!("\"{}\"", text.chars().take(30).collect::<String>()))
        .or_else(|| value.as_integer().map(ToString::to_string))
        .or_else(|| value.as_float().map(ToString::to_string))
        .or_else(|| value.as_bool().map(|flag| flag.to_string()));
    whole.unwrap_or_else(|| match value.type_str() {
        "array" => "a list".into(),
        other => format!("a {other}"),
    })
}
