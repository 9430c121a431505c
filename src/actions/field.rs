//! Parameters of actions: what they take, how what was typed is read, and what is said when it is wrong.

use std::{collections::BTreeMap, fmt};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    model::{IdError, Kind},
    money::{Currency, Money, MoneyError},
    time::{NotATime, Unix, parse_when},
};

/// One value of a choice, with a word about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: &'static str,
    pub says: &'static str,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Id(Kind),
    /// In the currency of the object acted on.
    Money,
    Choice(&'static [Choice]),
    /// Characters at most.
    Text {
        most: usize,
    },
    When,
    Bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: FieldKind,
    pub required: bool,
    pub help: &'static str,
    pub example: &'static str,
}

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
            let values: Vec<_> = choices.iter().map(|choice| choice.value).collect();
            FieldError::new(
                name,
                format!("`{}` is not one of {}", crate::text::clean(text), values.join(", ")),
            )
        })
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

    /// Times as the instants that they mean here and now, so that nobody reads `in 30d` or a date in another zone later.
    pub fn frozen(&self, fields: &[Field], moment: &Moment) -> Result<Self, FieldError> {
        let mut frozen = self.clone();
        for field in fields.iter().filter(|field| field.kind == FieldKind::When) {
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
