//! An object as the desk reads it, with the JSON text that it was read from.

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser::Error as _};
use serde_json::value::RawValue;

/// A typed object and its whole JSON, in Stripe's order of fields. A copy shares both: lists of thousands are handed on by it.
pub struct Record<T> {
    object: Arc<T>,
    raw: Arc<str>,
}

impl<T> Clone for Record<T> {
    fn clone(&self) -> Self {
        Self { object: Arc::clone(&self.object), raw: Arc::clone(&self.raw) }
    }
}

/// The JSON was no such object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Stripe sent something else than was asked for: {0}")]
pub struct Shape(pub String);

impl From<serde_json::Error> for Shape {
    /// What was expected, and where. The value that stands there instead may be a customer's name, and is left out.
    fn from(error: serde_json::Error) -> Self {
        let said = error.to_string();
        let expected = said.rsplit_once(", expected ").map(|(_, expected)| format!("expected {expected}"));
        let harmless = !error.is_data() || said.starts_with("missing field");
        Self(match expected {
            Some(expected) => expected,
            None if harmless => said,
            None => format!("not readable at line {} column {}", error.line(), error.column()),
        })
    }
}

impl<T: DeserializeOwned> Record<T> {
    pub fn parse(raw: impl Into<Arc<str>>) -> Result<Self, Shape> {
        let raw = raw.into();
        let object = Arc::new(serde_json::from_str(&raw)?);
        Ok(Self { object, raw })
    }
}

impl<T> Record<T> {
    /// The object that stands in this field, with its own JSON as Stripe sent it; none where there is only its id.
    pub fn part<U: DeserializeOwned>(&self, field: &str) -> Option<Record<U>> {
        let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(&self.raw).ok()?;
        let part = fields.get(field)?.get();
        part.starts_with('{').then(|| Record::parse(part).ok())?
    }

    /// The same JSON beside what `to` makes of the object.
    pub(super) fn map<U>(self, to: impl FnOnce(T) -> U) -> Record<U>
    where
        T: Clone,
    {
        Record { object: Arc::new(to(Arc::unwrap_or_clone(self.object))), raw: self.raw }
    }

    pub fn raw(&self) -> &Arc<str> {
        &self.raw
    }

    pub fn object(&self) -> &T {
        &self.object
    }
}

impl<T> Deref for Record<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

impl<T> PartialEq for Record<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl<T> Eq for Record<T> {}

impl<T> fmt::Debug for Record<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.raw.len())
    }
}

/// As its JSON: the typed half is read from it again.
impl<T> Serialize for Record<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.raw).map_err(S::Error::custom)?;
        raw.serialize(to)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Record<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // `Value` and not `RawValue`: state is also read back from buffered formats.
        let value = serde_json::Value::deserialize(from)?;
        Self::parse(value.to_string()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Charge, *};

    #[test]
    fn an_expanded_object_keeps_the_json_that_it_came_with() {
        use super::super::Customer;
        let charge = |customer: &str| {
            Record::<Charge>::parse(format!(r#"{{"id":"ch_1","customer":{customer}}}"#)).unwrap()
        };
        let json = r#"{"id":"cus_1","brand_new":{"x": 1.0}}"#;
        let customer = charge(json).part::<Customer>("customer").unwrap();
        assert_eq!((customer.id.as_str(), &**customer.raw()), ("cus_1", json));
        assert!(charge(r#""cus_1""#).part::<Customer>("customer").is_none());
        assert!(charge("null").part::<Customer>("customer").is_none());
    }

    #[test]
    fn what_is_wrong_is_told_without_the_value() {
        let said = |json: &str| Record::<Charge>::parse(json).unwrap_err().to_string();
        let wrong = said(r#"{"amount":"Ada Lovelace, expected you"}"#);
        assert!(wrong.contains("expected i64 at line 1") && !wrong.contains("Ada"), "{wrong}");
        let nested = said(r#"{"customer":{"id":"cus_1","balance":"Ada"}}"#);
        assert!(nested.contains("expected i64") && !nested.contains("Ada"), "{nested}");
        assert!(said("{").contains("EOF"));
    }
}
