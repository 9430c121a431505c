//! The customers who are known here, from lists and searches: what the search box answers from at once. The texts that it looks
//! through are made once, and again only after somebody came or is called otherwise.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};

use super::{
    fuzzy::{Matches, Steps},
    panes::haystack,
};
use crate::model::{Customer, CustomerId, Record};

/// Whoever was read, by id.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Known {
    rows: BTreeMap<CustomerId, Record<Customer>>,
    #[serde(skip)]
    texts: OnceLock<Arc<[Text]>>,
}

/// A customer's name and address, as the box looks through them.
pub(super) struct Text {
    pub(super) customer: CustomerId,
    text: Box<str>,
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl Known {
    pub fn insert(&mut self, id: CustomerId, customer: Record<Customer>) {
        let called = haystack(&customer);
        let before = self.rows.insert(id, customer);
        if before.is_none_or(|before| haystack(&before) != called) {
            self.texts.take();
        }
    }

    fn texts(&self) -> &Arc<[Text]> {
        self.texts.get_or_init(|| {
            let text = |(id, customer): (&CustomerId, &Record<Customer>)| Text {
                customer: id.clone(),
                text: haystack(customer).into(),
            };
            self.rows.iter().map(text).collect()
        })
    }
}

impl Deref for Known {
    type Target = BTreeMap<CustomerId, Record<Customer>>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.rows.len())
    }
}

/// How far the text in the box was looked for among those who are known.
#[derive(Clone, Default)]
pub struct Sought {
    among: Option<Arc<[Text]>>,
    steps: Steps,
}

impl Sought {
    /// At most so many who match, best first, with the characters that did; and whether there are more.
    pub(super) fn find(
        &mut self,
        text: &str,
        known: &Known,
        most: usize,
    ) -> (Vec<(CustomerId, Vec<u32>)>, bool) {
        let texts = known.texts();
        if !self.among.as_ref().is_some_and(|among| Arc::ptr_eq(among, texts)) {
            *self = Self { among: Some(Arc::clone(texts)), steps: Steps::default() };
        }
        let Matches { rows, more } = self.steps.find(text, texts, most);
        let named =
            rows.into_iter().filter_map(|(at, letters)| Some((texts.get(at)?.customer.clone(), letters)));
        (named.collect(), more)
    }
}

impl fmt::Debug for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sought({})", self.among.as_ref().map_or(0, |among| among.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(id: &str, name: &str) -> (CustomerId, Record<Customer>) {
        let json = serde_json::json!({"id": id, "name": name, "email": format!("{id}@example.com")});
        (CustomerId::parse(id).unwrap(), Record::parse(json.to_string()).unwrap())
    }

    fn known(all: &[(&str, &str)]) -> Known {
        let mut known = Known::default();
        for (id, name) in all {
            let (id, customer) = customer(id, name);
            known.insert(id, customer);
        }
        known
    }

    fn ids(sought: &mut Sought, text: &str, known: &Known) -> Vec<String> {
        sought.find(text, known, 9).0.into_iter().map(|(id, _)| id.to_string()).collect()
    }

    #[test]
    fn who_comes_or_is_renamed_meanwhile_is_found_too() {
        let mut known = known(&[("cus_1", "Ada"), ("cus_2", "Grace")]);
        let mut sought = Sought::default();
        assert_eq!(ids(&mut sought, "ada", &known), ["cus_1"]);
        let (id, twin) = customer("cus_3", "Ada");
        known.insert(id, twin);
        assert_eq!(ids(&mut sought, "ada", &known), ["cus_1", "cus_3"]);
        let (id, renamed) = customer("cus_1", "Augusta");
        known.insert(id, renamed);
        assert_eq!(ids(&mut sought, "ada", &known), ["cus_3"]);
    }

    #[test]
    fn the_same_read_once_more_changes_nothing() {
        let mut known = known(&[("cus_1", "Ada"), ("cus_2", "Grace")]);
        let before = Arc::clone(known.texts());
        let (id, same) = customer("cus_2", "Grace");
        known.insert(id, same);
        assert!(Arc::ptr_eq(&before, known.texts()));
    }
}
