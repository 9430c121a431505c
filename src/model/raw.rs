//! An object as the desk reads it, with the JSON text that it was read from.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser::Error as _};
use serde_json::value::RawValue;

/// A typed object and its whole JSON, in Stripe's order of fields.
#[derive(Clone)]
pub struct Record<T> {
    object: T,
    raw: Arc<str>,
}

/// The JSON was no such object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Stripe sent something else than was asked for: {0}")]
pub struct Shape(pub String);

impl<T: DeserializeOwned> Record<T> {
    pub fn parse(raw: impl Into<Arc<str>>) -> Result<Self, Shape> {
        let raw = raw.into();
        let object = serde_json::from_str(&raw).map_err(|error| Shape(error.to_string()))?;
        Ok(Self { object, raw })
    }
}

impl<T> Record<T> {
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
