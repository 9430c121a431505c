//! The object that an action is done to, as it was read last: its id and its whole JSON, typed when somebody looks. No kind
//! is known here by name, so that an action on another kind changes nothing but its own file.

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error as _};
use serde_json::{Value, value::RawValue};

use super::{Args, FieldError};
use crate::{
    model::{AnyId, AnyObject, CustomerId, Kind, Object, Record, Shape, Typed},
    text,
};

const UNREAD: &str = "{}";

#[derive(Clone)]
pub struct Subject {
    id: AnyId,
    raw: Arc<str>,
    /// The object as its kind's own type, read when it is first asked for.
    typed: Arc<OnceLock<Typed>>,
    /// Further objects that the arguments name, by their fields.
    others: Vec<(String, Self)>,
}

impl Subject {
    /// What was read, after it was checked that it is the object which was asked for.
    pub fn parse(target: &AnyId, raw: impl Into<Arc<str>>) -> Result<Self, Shape> {
        let raw = raw.into();
        let value: Value = serde_json::from_str(&raw)?;
        let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
        if id != target.id {
            return Err(Shape(format!("{target} was asked for, {} came", text::clean(id))));
        }
        Ok(Self::new(target.clone(), raw, OnceLock::new()))
    }

    pub fn of<T: Object + Clone>(record: &Record<T>) -> Self {
        let typed: Typed = Some(Box::new(record.object().clone()));
        Self::new(record.object().any_id(), Arc::clone(record.raw()), OnceLock::from(typed))
    }

    /// A row of a list that does not know its kind.
    pub fn of_row(id: AnyId, row: &Record<AnyObject>) -> Self {
        Self { id, raw: Arc::clone(row.raw()), typed: row.typed(), others: Vec::new() }
    }

    /// Of an object that nobody read: an example, a test.
    pub fn made<T: Object + Serialize + Clone>(object: &T) -> Self {
        let raw = serde_json::to_string(object).unwrap_or_default();
        let typed: Typed = Some(Box::new(object.clone()));
        Self::new(object.any_id(), raw.into(), OnceLock::from(typed))
    }

    fn new(id: AnyId, raw: Arc<str>, typed: OnceLock<Typed>) -> Self {
        Self { id, raw, typed: Arc::new(typed), others: Vec::new() }
    }

    /// One of which nothing but its id is known yet.
    pub fn unread(target: &AnyId) -> Self {
        Self::new(target.clone(), UNREAD.into(), OnceLock::new())
    }

    pub fn is_read(&self) -> bool {
        &*self.raw != UNREAD
    }

    pub fn id(&self) -> &AnyId {
        &self.id
    }

    pub fn raw(&self) -> &Arc<str> {
        &self.raw
    }

    pub fn value(&self) -> Value {
        serde_json::from_str(&self.raw).unwrap_or_default()
    }

    /// The object as a `T`; none where it is of another kind, or cannot be read as one.
    pub fn read<T: Object>(&self) -> Option<&T> {
        if self.id.kind != T::KIND || !self.is_read() {
            return None;
        }
        let typed = self.typed.get_or_init(|| {
            let read: Option<T> = serde_json::from_str(&self.raw).ok();
            read.map(|object| -> Box<dyn Any + Send + Sync> { Box::new(object) })
        });
        typed.as_ref()?.downcast_ref()
    }

    /// The object that the argument `name` names, after it was checked that it is the one which was read, and that the action
    /// applies to it.
    pub(super) fn named<T: Object>(
        &self,
        name: &str,
        args: &Args,
        applies: fn(&Self) -> Result<(), String>,
    ) -> Result<&T, FieldError> {
        let id = args.any_id(name, T::KIND)?;
        if id != self.id {
            let noun = T::KIND.noun();
            return Err(FieldError::new(name, format!("{id} is not the {noun} that was read ({})", self.id)));
        }
        applies(self).map_err(|reason| FieldError::new(name, reason))?;
        self.read().ok_or_else(|| {
            FieldError::new(name, format!("{id} cannot be read as {}", crate::text::a(T::KIND.noun())))
        })
    }

    /// Whose it is: the customer themselves, or whom the object names.
    pub fn customer(&self) -> Option<CustomerId> {
        if self.id.kind == Kind::Customer {
            return CustomerId::parse(&self.id.id).ok();
        }
        let value = self.value();
        let link = value.get("customer")?;
        let id = link.as_str().or_else(|| link.get("id").and_then(Value::as_str))?;
        Some(CustomerId::from(id.to_owned()))
    }

    /// The same with another object that the field `name` names.
    #[must_use]
    pub fn with(mut self, name: &str, other: Self) -> Self {
        self.others.push((name.to_owned(), other));
        self
    }

    /// The object that the field `name` names besides this one; the first where it names several.
    pub fn other<'s>(&'s self, name: &'s str) -> Option<&'s Self> {
        self.others_of(name).next()
    }

    /// Every object that the field `name` names besides this one.
    pub fn others_of<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Self> {
        self.others.iter().filter(move |(known, _)| known == name).map(|(_, other)| other)
    }

    /// Every object that goes with this one.
    pub fn others(&self) -> impl Iterator<Item = &Self> {
        self.others.iter().map(|(_, other)| other)
    }
}

impl PartialEq for Subject {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, &self.raw, &self.others) == (&other.id, &other.raw, &other.others)
    }
}

impl Eq for Subject {}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({}, {} bytes)", self.id, self.raw.len())
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            id: &'a AnyId,
            object: &'a RawValue,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            others: &'a [(String, Subject)],
        }
        let object = serde_json::from_str(&self.raw).map_err(S::Error::custom)?;
        Written { id: &self.id, object, others: &self.others }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Written {
            id: AnyId,
            object: Value,
            #[serde(default)]
            others: Vec<(String, Subject)>,
        }
        let Written { id, object, others } = Written::deserialize(from)?;
        Ok(Self { others, ..Self::new(id, object.to_string().into(), OnceLock::new()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Charge, Subscription};

    fn charge() -> Subject {
        let raw = r#"{"id":"ch_1","amount":9900,"currency":"usd","customer":{"id":"cus_1"}}"#;
        Subject::parse(&AnyId::parse("ch_1").unwrap(), raw).unwrap()
    }

    #[test]
    fn is_read_as_its_own_kind_and_as_no_other() {
        let subject = charge();
        assert_eq!(subject.read::<Charge>().unwrap().amount, 9_900);
        assert!(subject.read::<Subscription>().is_none());
        assert_eq!(subject.customer().unwrap().as_str(), "cus_1");
    }

    #[test]
    fn another_object_than_the_one_asked_for_is_refused() {
        let said = Subject::parse(&AnyId::parse("ch_1").unwrap(), r#"{"id":"ch_2"}"#).unwrap_err();
        assert!(said.to_string().contains("ch_1 was asked for, ch_2 came"));
    }

    #[test]
    fn survives_being_written_down_with_what_goes_with_it() {
        let subject = charge().with("twin", charge());
        let again: Subject = serde_json::from_str(&serde_json::to_string(&subject).unwrap()).unwrap();
        assert_eq!(again, subject);
        assert_eq!(again.other("twin").unwrap().read::<Charge>().unwrap().amount, 9_900);
    }
}
