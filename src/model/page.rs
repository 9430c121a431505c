//! Lists as Stripe gives them: a page at a time, each beginning where the one before ended, and nothing twice.

use std::{borrow::Cow, collections::HashSet};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    BalanceEntry, Charge, CreditNote, Customer, Dispute, Event, Invoice, InvoiceItem, InvoiceLine,
    InvoicePayment, PaymentIntent, PaymentMethod, Price, Product, Record, Refund, Shape, Subscription,
};

/// What stands in lists: a list goes on after the id of its last row.
pub trait Listed: DeserializeOwned {
    fn list_id(&self) -> &str;
}

macro_rules! listed {
    ($($kind:ty),* $(,)?) => {
        $(impl Listed for $kind {
            fn list_id(&self) -> &str {
                self.id.as_str()
            }
        })*
    };
}

listed!(
    BalanceEntry,
    Charge,
    CreditNote,
    Customer,
    Dispute,
    Event,
    Invoice,
    InvoiceItem,
    InvoiceLine,
    InvoicePayment,
    PaymentIntent,
    PaymentMethod,
    Price,
    Product,
    Refund,
    Subscription,
);

/// A row of a kind that nobody here needs to know.
impl Listed for serde_json::Value {
    fn list_id(&self) -> &str {
        self.get("id").and_then(Self::as_str).unwrap_or_default()
    }
}

/// One page of a list or of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    #[serde(bound(deserialize = "T: DeserializeOwned"))]
    pub rows: Vec<Record<T>>,
    pub has_more: bool,
    /// Where the next page begins: after the last row's id, or for a search at the token that Stripe gave.
    pub next: Option<String>,
    /// Rows that were of no readable shape: shown as a count, never hidden.
    pub unreadable: usize,
}

impl<T: DeserializeOwned> Page<T> {
    pub fn parse(json: &str) -> Result<Self, Shape> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow, default)]
            object: Cow<'a, str>,
            #[serde(borrow)]
            data: Vec<&'a RawValue>,
            #[serde(default)]
            has_more: bool,
            #[serde(default)]
            next_page: Option<String>,
        }
        #[derive(Deserialize)]
        struct Named {
            #[serde(default)]
            id: Option<String>,
        }
        let envelope: Envelope<'_> = serde_json::from_str(json).map_err(|error| Shape(error.to_string()))?;
        let found = envelope.data.len();
        let next = if envelope.object == "search_result" {
            envelope.next_page
        } else {
            // Of the last row also where the rest of it cannot be read: nothing is left out behind it.
            let last = envelope.data.last().and_then(|raw| serde_json::from_str::<Named>(raw.get()).ok());
            last.and_then(|last| last.id)
        };
        let rows: Vec<_> =
            envelope.data.into_iter().filter_map(|raw| Record::parse(raw.get()).ok()).collect();
        Ok(Self {
            unreadable: found.saturating_sub(rows.len()),
            rows,
            has_more: envelope.has_more,
            next: next.filter(|next| !next.is_empty()),
        })
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), has_more: false, next: None, unreadable: 0 }
    }
}

/// A server that says that there is more, and leads no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it says that there is more, but leads no further")]
pub struct Stuck;

/// A list as far as it was read, in Stripe's order: newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<T> {
    #[serde(bound(deserialize = "T: DeserializeOwned"))]
    pub rows: Vec<Record<T>>,
    /// Stripe has more behind the last row.
    pub has_more: bool,
    pub unreadable: usize,
    next: Option<String>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Page::default().into()
    }
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        let Page { rows, has_more, next, unreadable } = page;
        Self { rows, has_more, unreadable, next }
    }
}

impl<T> List<T> {
    /// Where the next page begins: none where nothing more will come.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref().filter(|_| self.has_more)
    }
}

impl<T: Listed> List<T> {
    /// Puts the next page behind what is there, without what came before, and tells how many rows that are. A list that is
    /// [`Stuck`] stays as far as it came, and has no next page any more.
    pub fn extend(&mut self, page: Page<T>) -> Result<usize, Stuck> {
        let came = page.rows.len().saturating_add(page.unreadable);
        let before = self.rows.len();
        let twins = self.known(&page);
        self.rows.extend(page.rows.into_iter().filter(|row| !twins.contains(row.list_id())));
        self.unreadable = self.unreadable.saturating_add(page.unreadable);
        self.has_more = page.has_more;
        let new = self.rows.len().saturating_sub(before);
        let nothing_new = came > 0 && new == 0 && page.unreadable == 0;
        let stuck = page.has_more && (page.next.is_none() || page.next == self.next || nothing_new);
        self.next = page.next.filter(|_| !stuck);
        if stuck { Err(Stuck) } else { Ok(new) }
    }

    /// The first page once more: what was read behind it stays, since it is older and does not move.
    pub fn renew(&mut self, first: Page<T>) {
        let last = first.rows.last().map(|row| row.list_id());
        let overlap = self.rows.iter().position(|row| last == Some(row.list_id()));
        let mut behind = overlap.map(|at| self.rows.split_off(at.saturating_add(1))).unwrap_or_default();
        let (has_more, next) = (self.has_more, self.next.take());
        *self = first.into();
        if !behind.is_empty() {
            (self.has_more, self.next) = (has_more, next);
            let fresh: HashSet<&str> = self.rows.iter().map(|row| row.list_id()).collect();
            behind.retain(|row| !fresh.contains(row.list_id()));
            self.rows.append(&mut behind);
        }
    }

    /// One row anew, in the place of the one before, where that is in the list.
    pub fn replace(&mut self, row: Record<T>) {
        if let Some(before) = self.rows.iter_mut().find(|before| before.list_id() == row.list_id()) {
            *before = row;
        }
    }

    /// The ids of a page that are in the list already.
    fn known(&self, page: &Page<T>) -> HashSet<String> {
        let fresh: HashSet<&str> = page.rows.iter().map(|row| row.list_id()).collect();
        let known = self.rows.iter().map(|row| row.list_id()).filter(|id| fresh.contains(id));
        known.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str], has_more: bool) -> Page<Charge> {
        let rows: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
        let json = format!(r#"{{"object":"list","data":[{}],"has_more":{has_more}}}"#, rows.join(","));
        Page::parse(&json).unwrap()
    }

    fn ids(list: &List<Charge>) -> Vec<&str> {
        list.rows.iter().map(|row| row.list_id()).collect()
    }

    #[test]
    fn a_list_goes_on_after_its_last_row_and_a_search_at_its_token() {
        assert_eq!(page(&["ch_2", "ch_1"], true).next.as_deref(), Some("ch_1"));
        let unreadable = r#"{"data":[{"id":"ch_2"},{"id":"ch_1","amount":"?"}],"has_more":true}"#;
        let page = Page::<Charge>::parse(unreadable).unwrap();
        assert_eq!((page.rows.len(), page.unreadable, page.next.as_deref()), (1, 1, Some("ch_1")));
        let search = r#"{"object":"search_result","data":[{"id":"ch_1"}],"has_more":true,"next_page":"t"}"#;
        assert_eq!(Page::<Charge>::parse(search).unwrap().next.as_deref(), Some("t"));
        assert!(Page::<Charge>::parse(r#"{"object":"charge"}"#).is_err());
    }

    #[test]
    fn pages_follow_each_other_and_nothing_comes_twice() {
        let mut list: List<Charge> = page(&["ch_5", "ch_4"], true).into();
        assert_eq!(list.next(), Some("ch_4"));
        assert_eq!(list.extend(page(&["ch_4", "ch_3"], true)), Ok(1));
        assert_eq!(list.extend(page(&["ch_2"], false)), Ok(1));
        assert_eq!((ids(&list), list.next()), (vec!["ch_5", "ch_4", "ch_3", "ch_2"], None));
    }

    #[test]
    fn a_list_that_leads_nowhere_keeps_what_it_has() {
        for nowhere in [page(&[], true), page(&["ch_5"], true), page(&["ch_4"], true)] {
            let mut list: List<Charge> = page(&["ch_5", "ch_4"], true).into();
            assert_eq!(list.extend(nowhere), Err(Stuck));
            assert_eq!((ids(&list), list.has_more, list.next()), (vec!["ch_5", "ch_4"], true, None));
        }
    }

    #[test]
    fn the_first_page_anew_keeps_what_is_behind_it() {
        let mut list: List<Charge> = page(&["ch_5", "ch_4"], true).into();
        list.extend(page(&["ch_3", "ch_2"], true)).unwrap();
        list.renew(page(&["ch_6", "ch_5"], true));
        assert_eq!((ids(&list), list.next()), (vec!["ch_6", "ch_5", "ch_4", "ch_3", "ch_2"], Some("ch_2")));
        // A whole page of new ones: what lies between is not known.
        list.renew(page(&["ch_9", "ch_8"], true));
        assert_eq!((ids(&list), list.next()), (vec!["ch_9", "ch_8"], Some("ch_8")));
    }
}
