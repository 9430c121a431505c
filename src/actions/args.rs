//! What was typed for an action's parameters, by name, and how each kind of it is read; what is said when it is wrong.

use std::{collections::BTreeMap, fmt};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Choice, Field, FieldKind, Item};
use crate::{
    model::{AnyId, IdError, Kind},
    money::{Currency, Money, MoneyError},
    time::{NotATime, Unix, parse_when},
};

/// `duplicate; requested by customer (requested_by_customer); …`
fn listed(choices: &[Choice]) -> String {
    choices.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Cells of what was given, where it is said what is wrong with it.
const SHOWN_MOST: usize = 60;

/// What Stripe keeps with an object: names, and characters of a name and of a value.
const PAIRS_MOST: usize = 50;
const PAIR_NAME_MOST: usize = 40;
const PAIR_VALUE_MOST: usize = 500;

/// Time and place of the agent: given, so that building stays pure.
#[derive(Clone, Debug)]
pub struct Moment {
    pub now: Unix,
    pub zone: TimeZone,
}

/// What was typed, by field name.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Args(pub BTreeMap<String, String>);

impl fmt::Debug for Args {
    /// Names alone: values are notes, names, addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// An argument that cannot be taken: which, what is wrong, what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    pub field: String,
    pub reason: String,
}

impl FieldError {
    pub fn new(field: &str, reason: impl fmt::Display) -> Self {
        Self { field: field.to_owned(), reason: format!("{reason}") }
    }
}

impl Args {
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// What was given for `name`; blank counts as nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    pub fn id<T>(&self, name: &str, parse: fn(&str) -> Result<T, IdError>) -> Result<T, FieldError> {
        parse(self.get(name).unwrap_or_default()).map_err(|error| FieldError::new(name, error))
    }

    pub fn money(&self, name: &str, currency: Currency) -> Result<Option<Money>, FieldError> {
        self.get(name)
            .map(|text| {
                Money::parse(text, currency).map_err(|error: MoneyError| FieldError::new(name, error))
            })
            .transpose()
    }

    pub fn when(&self, name: &str, moment: &Moment) -> Result<Option<Unix>, FieldError> {
        self.get(name)
            .map(|text| {
                parse_when(text, moment.now, &moment.zone)
                    .map_err(|error: NotATime| FieldError::new(name, error))
            })
            .transpose()
    }

    pub fn choice(&self, name: &str, choices: &'static [Choice]) -> Result<Option<&'static str>, FieldError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let found = choices.iter().find(|choice| choice.value == text);
        found.map(|choice| Some(choice.value)).ok_or_else(|| {
            FieldError::new(name, format!("`{}` is not one of {}", crate::text::clean(text), listed(choices)))
        })
    }

    /// The same where one of them has to be given. Where none is, whoever is told may know their words alone.
    pub fn chosen(&self, name: &str, choices: &'static [Choice]) -> Result<&'static Choice, FieldError> {
        let value = self.choice(name, choices)?;
        let found = choices.iter().find(|choice| Some(choice.value) == value);
        found.ok_or_else(|| FieldError::new(name, format!("it is required: {}", listed(choices))))
    }

    pub fn text(&self, name: &str, most: usize) -> Result<Option<&str>, FieldError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let count = text.chars().count();
        if count > most {
            return Err(FieldError::new(
                name,
                format!("{count} characters are too many: Stripe takes {most}"),
            ));
        }
        Ok(Some(text))
    }

    /// An id of a kind, pasted Dashboard links included.
    pub fn any_id(&self, name: &str, kind: Kind) -> Result<AnyId, FieldError> {
        AnyId::parse_as(self.get(name).unwrap_or_default(), kind)
            .map_err(|error| FieldError::new(name, error))
    }

    pub fn int(&self, name: &str, least: i64, most: i64) -> Result<Option<i64>, FieldError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            Ok(number) => Err(FieldError::new(name, format!("{number} is not between {least} and {most}"))),
            Err(_) => {
                let text = crate::text::clean(text);
                Err(FieldError::new(name, format!("`{text}` is no whole number, like {least}")))
            }
        }
    }

    /// Separated by commas; empty where nothing was given.
    pub fn texts(&self, name: &str, most: usize) -> Result<Vec<&str>, FieldError> {
        let Some(text) = self.get(name) else { return Ok(Vec::new()) };
        let parts: Vec<_> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        match parts.iter().find(|part| part.chars().count() > most) {
            Some(long) => {
                let count = long.chars().count();
                Err(FieldError::new(name, format!("{count} characters are too many: Stripe takes {most}")))
            }
            None => Ok(parts),
        }
    }

    /// `order=17, plan=` as names and values, within what Stripe keeps; `\,` is a comma in a value.
    pub fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, FieldError> {
        let Some(text) = self.get(name) else { return Ok(Vec::new()) };
        let wrong = |reason: String| FieldError::new(name, reason);
        let mut pairs: Vec<(String, String)> = Vec::new();
        for part in split(text).iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
            let Some((key, value)) = part.split_once('=') else {
                let part = crate::text::cut(&crate::text::clean(part), SHOWN_MOST);
                return Err(wrong(format!(
                    "`{part}` is no pair: write name=value, with commas between pairs"
                )));
            };
            let (key, value) = (key.trim(), value.trim());
            let (long_key, long_value) = (key.chars().count(), value.chars().count());
            if key.is_empty() || key.contains(['[', ']']) {
                return Err(wrong(format!("`{}` cannot be a name", crate::text::clean(key))));
            }
            if long_key > PAIR_NAME_MOST {
                return Err(wrong(format!(
                    "a name of {long_key} characters is too long: {PAIR_NAME_MOST} fit"
                )));
            }
            if long_value > PAIR_VALUE_MOST {
                return Err(wrong(format!(
                    "a value of {long_value} characters is too long: {PAIR_VALUE_MOST} fit"
                )));
            }
            if key.starts_with("paydesk_") {
                return Err(wrong("names that begin with paydesk_ are kept for the audit trail".into()));
            }
            if pairs.iter().any(|(known, _)| known == key) {
                return Err(wrong(format!("`{}` is given twice", crate::text::clean(key))));
            }
            pairs.push((key.to_owned(), value.to_owned()));
        }
        if pairs.len() > PAIRS_MOST {
            return Err(wrong(format!("{} pairs are too many: Stripe keeps {PAIRS_MOST}", pairs.len())));
        }
        Ok(pairs)
    }

    /// What a subscription is to hold, entries with commas between them: `+price_1:3` adds, `si_1=price_2:3` changes an item's
    /// price and quantity, `si_1:3` its quantity, `-si_1` takes it out; `price_1:3` alone is for a subscription of one item.
    pub fn items(&self, name: &str) -> Result<Vec<Item>, FieldError> {
        let Some(text) = self.get(name) else { return Ok(Vec::new()) };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| Item::parse(part).map_err(|reason| FieldError::new(name, reason))).collect()
    }

    /// Times as the instants that they mean here and now, so that nobody reads `in 30d` or a date in another zone later.
    pub fn frozen(&self, fields: &[Field], moment: &Moment) -> Result<Self, FieldError> {
        let mut frozen = self.clone();
        let times = fields.iter().filter(|field| field.kind == FieldKind::When && !field.is_word(self));
        for field in times {
            if let Some(at) = self.when(field.name, moment)? {
                frozen.set(field.name, at.0.to_string());
            }
        }
        Ok(frozen)
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, FieldError> {
        match self.get(name) {
            None => Ok(None),
            Some("true" | "yes") => Ok(Some(true)),
            Some("false" | "no") => Ok(Some(false)),
            Some(other) => Err(FieldError::new(
                name,
                format!("`{}` is neither true nor false", crate::text::clean(other)),
            )),
        }
    }
}
/// At commas, but not at those that a backslash stands before.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&',') => {
                letters.next();
                parts.last_mut().into_iter().for_each(|part| part.push(','));
            }
            ',' => parts.push(String::new()),
            _ => parts.last_mut().into_iter().for_each(|part| part.push(letter)),
        }
    }
    parts
}
