//! The macros and types that make models tolerant: defaults for whatever is `null` or missing, enums that keep what they
//! do not know, links that are an id or the object itself.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::text::Untrusted;

/// Keys and values as strangers wrote them, made safe.
pub type Metadata = BTreeMap<Untrusted, Untrusted>;

/// `null` and missing alike.
pub(super) fn lenient<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

/// A Stripe object: every field falls back to its default.
macro_rules! object {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident : $kind:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_meta])* #[serde(deserialize_with = "super::open::lenient")] pub $field: $kind,)*
        }
    };
}
pub(super) use object;

/// An enum of Stripe's: a value that is not listed is kept and shown as it came.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($variant,)*
            /// A value newer than this program, or none at all (empty).
            Other(String),
        }

        impl $name {
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    other => Self::Other($crate::text::clean(other)),
                }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            /// In our words: `past due`, `cancelled`.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.as_str().replace('_', " ").replace("canceled", "cancelled"))
            }
        }
    };
}
pub(super) use open_enum;

/// A field that Stripe sends as an id, or as the object when it was expanded.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Link<I, T> {
    Id(I),
    Object(Box<T>),
}

impl<'de, I: From<String>, T: serde::de::DeserializeOwned> Deserialize<'de> for Link<I, T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::String(id) => Ok(Self::Id(I::from(id))),
            object => serde_json::from_value(object)
                .map(|object| Self::Object(Box::new(object)))
                .map_err(serde::de::Error::custom),
        }
    }
}

impl<I: fmt::Debug, T> fmt::Debug for Link<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Object(_) => f.write_str("<expanded>"),
        }
    }
}

impl<I, T> Link<I, T> {
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

/// A list inside an object: its first page only, `has_more` says that there is more behind its own URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListOf<T> {
    #[serde(default = "Vec::new")]
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

impl<T> Default for ListOf<T> {
    fn default() -> Self {
        Self { data: Vec::new(), has_more: false }
    }
}
