//! One thing that is read from Stripe: what it was when it came last, whether something newer is on its way, and why that did not come.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::message::{TaskId, Trouble};
use crate::model::{List, Listed, Page, Record};

/// Something that is read, being read, or could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot<T> {
    pub value: Option<T>,
    /// The task that brings a newer one.
    pub loading: Option<TaskId>,
    /// Why the last reading failed; the value is the one before.
    pub trouble: Option<Trouble>,
    pub read_at_ms: i64,
    /// Of a list that was read further than its first page: what lies behind it is to be read anew too.
    #[serde(default)]
    pub behind_is_old: bool,
    /// Something has moved since: read again when it is shown next.
    #[serde(default)]
    pub is_old: bool,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { value: None, loading: None, trouble: None, read_at_ms: 0, behind_is_old: false, is_old: false }
    }
}

impl<T> Slot<T> {
    pub fn fill(&mut self, value: T, now_ms: i64) {
        *self = Self { value: Some(value), read_at_ms: now_ms, ..Self::default() };
    }
}

impl<T> Slot<T> {
    /// Something has moved that it rests on: it is drawn until it was read anew.
    pub fn wear(&mut self) {
        (self.is_old, self.trouble) = (self.value.is_some(), None);
    }

    /// Nobody reads it yet, or anew.
    pub fn is_wanted(&self) -> bool {
        self.loading.is_none() && self.trouble.is_none() && (self.is_old || self.value.is_none())
    }

    /// Neither read nor being read.
    pub fn is_untouched(&self) -> bool {
        self.value.is_none() && self.loading.is_none() && self.trouble.is_none()
    }
}

impl<T: Listed> Slot<List<T>> {
    /// A first page takes the place of the one before, or of all of them where what lies behind is old; a later one goes
    /// behind what is there.
    pub fn put(&mut self, page: Page<T>, after: Option<&str>, now_ms: i64) {
        let mut list = self.value.take().unwrap_or_default();
        let read_at_ms = if after.is_none() { now_ms } else { self.read_at_ms };
        let went_on = match after {
            None if self.behind_is_old => {
                list = page.into();
                Ok(0)
            }
            None => {
                list.renew(page);
                Ok(0)
            }
            Some(after) if list.next() == Some(after) => list.extend(page),
            // It was read anew meanwhile, and goes on elsewhere.
            Some(_) => Ok(0),
        };
        self.fill(list, read_at_ms);
        if let Err(stuck) = went_on {
            self.fail(Trouble {
                what: format!("the rest of the list could not be read: {stuck}"),
                todo: "Ctrl-r reads it anew".into(),
                request_id: None,
                retry: false,
                missing: false,
            });
        }
    }

    /// One row anew.
    pub(super) fn put_row(&mut self, raw: &Arc<str>) {
        if let Some(list) = &mut self.value
            && let Ok(row) = Record::parse(Arc::clone(raw))
        {
            list.replace(row);
        }
    }

    pub(super) fn has_row(&self, id: &str) -> bool {
        self.value.as_ref().is_some_and(|list| list.rows.iter().any(|row| row.list_id() == id))
    }

    /// It goes anew as it is shown next: what stands behind its first page too.
    pub fn age(&mut self) {
        self.behind_is_old = true;
        self.is_old = self.value.is_some() || self.trouble.is_some();
    }

    /// Where its next page begins, if it has one.
    pub fn next(&self) -> Option<String> {
        self.value.as_ref().and_then(List::next).map(str::to_owned)
    }

    /// As [`Slot::next`], for lists that are read to their end by themselves: not after a failure.
    pub fn goes_on(&self) -> Option<String> {
        self.next().filter(|_| self.trouble.is_none())
    }
}

/// A slot, whatever it holds.
pub trait Part {
    /// The task that brings a newer value.
    fn loading(&mut self) -> &mut Option<TaskId>;
    fn fail(&mut self, trouble: Trouble);
    /// Read well, and less than `ms` ago.
    fn is_fresh(&self, now_ms: i64, ms: i64) -> bool;
}

impl<T> Part for Slot<T> {
    fn loading(&mut self) -> &mut Option<TaskId> {
        &mut self.loading
    }

    fn fail(&mut self, trouble: Trouble) {
        self.loading = None;
        self.trouble = Some(trouble);
    }

    fn is_fresh(&self, now_ms: i64, ms: i64) -> bool {
        self.value.is_some() && self.trouble.is_none() && now_ms.saturating_sub(self.read_at_ms) < ms
    }
}
