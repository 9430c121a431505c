//! A row of a list of any one kind: only its id is known to whoever keeps it, and its own type to whoever shows it.

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Object, Record,
    page::{Listed, Page},
};
use crate::text;

/// An object as its kind's own type; none where it cannot be read as one.
pub type Typed = Option<Box<dyn Any + Send + Sync>>;

/// What a list of any kind holds of a row. Read as its own type once, when it came or when somebody looks.
#[derive(Clone, Default, Serialize)]
pub struct AnyObject {
    id: String,
    #[serde(skip)]
    typed: Arc<OnceLock<Typed>>,
}

impl AnyObject {
    fn of<T: Object + Listed>(object: T) -> Self {
        let id = object.list_id().to_owned();
        let typed: Typed = Some(Box::new(object));
        Self { id, typed: Arc::new(OnceLock::from(typed)) }
    }
}

/// Rows are told apart by their JSON, which is beside them.
impl PartialEq for AnyObject {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for AnyObject {}

impl fmt::Debug for AnyObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyObject({})", self.id)
    }
}

impl Listed for AnyObject {
    fn list_id(&self) -> &str {
        &self.id
    }
}

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Named {
            #[serde(default)]
            id: Option<String>,
        }
        let id = Named::deserialize(from)?.id.unwrap_or_default();
        Ok(Self { id: text::clean(&id), typed: Arc::default() })
    }
}

impl Record<AnyObject> {
    /// The row as a `T`; none where it cannot be read as one.
    pub fn read<T: Object>(&self) -> Option<&T> {
        let typed = self.object().typed.get_or_init(|| {
            let read: Option<T> = serde_json::from_str(self.raw()).ok();
            read.map(|object| -> Box<dyn Any + Send + Sync> { Box::new(object) })
        });
        typed.as_ref()?.downcast_ref()
    }

    /// The same reading, for whoever wants to keep the object apart from its list.
    pub fn typed(&self) -> Arc<OnceLock<Typed>> {
        Arc::clone(&self.object().typed)
    }
}

impl<T: Object + Listed + Clone> From<Page<T>> for Page<AnyObject> {
    fn from(page: Page<T>) -> Self {
        let Page { rows, has_more, next, unreadable } = page;
        let rows = rows.into_iter().map(|row| row.map(AnyObject::of)).collect();
        Self { rows, has_more, next, unreadable }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Charge, Price},
        *,
    };

    #[test]
    fn a_row_keeps_its_json_and_is_read_as_its_own_kind() {
        let json = r#"{"data":[{"id":"ch_1","amount":9900,"currency":"usd","brand_new":1},{"id":"ch_2","amount":"many"}]}"#;
        let page = Page::<AnyObject>::from(Page::<Charge>::parse(json).unwrap());
        assert_eq!((page.rows.len(), page.unreadable, page.next.as_deref()), (1, 1, Some("ch_2")));
        let row = &page.rows[0];
        assert_eq!((row.list_id(), row.read::<Charge>().unwrap().amount), ("ch_1", 9_900));
        assert!(row.read::<Price>().is_none() && row.raw().contains("brand_new"));
        let again: Record<AnyObject> = serde_json::from_str(&serde_json::to_string(row).unwrap()).unwrap();
        assert_eq!((again.list_id(), again.read::<Charge>().unwrap().amount), ("ch_1", 9_900));
    }
}
