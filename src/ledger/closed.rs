//! A ledger that cannot be used: whatever is asked of it, it says why. Stripe is read beside it, and nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Agreed, Asked, AuditFilter, AuditRecord, Basis, Conflict, Counted, End, Event, Head, Intent, LedgerError,
    Note, Part, Reserve, Reserved, Store, Visit, Whose,
};
use crate::{model::CustomerId, time::Unix};

/// Stands where the ledger would.
#[derive(Debug)]
pub struct Closed(LedgerError);

impl Closed {
    /// `None`: there is no folder either, and nothing can be begun at all.
    pub fn after(error: LedgerError) -> Option<Self> {
        (!matches!(error, LedgerError::Folder { .. })).then_some(Self(error))
    }

    /// Why nothing is changed.
    pub fn why(&self) -> String {
        format!("nothing is changed: {}", self.0)
    }

    fn no<T>(&self) -> Result<T, LedgerError> {
        Err(self.0.clone())
    }
}

impl Store for Closed {
    fn reserve(&mut self, _intent: &Intent, _limits: &Reserve) -> Result<Reserved, Conflict> {
        Ok(self.no()?)
    }
    fn sound(&self) -> Result<(), LedgerError> {
        self.no()
    }
    fn begin_attempt(&mut self, _id: &str, _now: Unix) -> Result<Intent, LedgerError> {
        self.no()
    }
    fn finish(&mut self, _id: &str, _end: &End) -> Result<Intent, LedgerError> {
        self.no()
    }
    fn withdraw(&mut self, _id: &str, _now: Unix, _why: &str) -> Result<Intent, LedgerError> {
        self.no()
    }
    fn adopt(&mut self, _id: &str) -> Result<bool, LedgerError> {
        self.no()
    }
    fn is_own(&self, _id: &str) -> Result<bool, LedgerError> {
        self.no()
    }
    fn get(&self, _id: &str) -> Result<Option<Intent>, LedgerError> {
        self.no()
    }
    fn basis(&self, _id: &str) -> Result<Vec<Basis>, LedgerError> {
        self.no()
    }
    fn open_intents(&self) -> Result<Vec<Intent>, LedgerError> {
        self.no()
    }
    fn recent(&self, _most: usize) -> Result<Vec<Intent>, LedgerError> {
        self.no()
    }
    fn settled_refunds(&self, _: &str, _: &str, _: bool, _: Unix) -> Result<Vec<Intent>, LedgerError> {
        self.no()
    }
    fn made(
        &self,
        _whose: (&str, bool),
        _since: Unix,
        _after: Option<&str>,
        _most: usize,
    ) -> Result<Vec<Intent>, LedgerError> {
        self.no()
    }
    fn counted(&self, _account: &str, _live: bool, _day_start: Unix) -> Result<Vec<Counted>, LedgerError> {
        self.no()
    }
    fn head(&self) -> Result<Head, LedgerError> {
        self.no()
    }
    fn audit(&self, _filter: &AuditFilter) -> Result<Vec<AuditRecord>, LedgerError> {
        self.no()
    }
    fn audit_count(&self, _filter: &AuditFilter) -> Result<usize, LedgerError> {
        self.no()
    }
    fn places(&self, _hashes: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, LedgerError> {
        self.no()
    }
    fn chain(&self, _after: i64, _most: usize) -> Result<Part, LedgerError> {
        self.no()
    }
    fn noted(&self) -> Result<Option<Head>, String> {
        Err(self.0.to_string())
    }
    fn record_event(&mut self, _event: &Event) -> Result<AuditRecord, LedgerError> {
        self.no()
    }
    fn ask(&mut self, _asked: &Asked) -> Result<Asked, LedgerError> {
        self.no()
    }
    fn asked(&self, _id: &str) -> Result<Option<Asked>, LedgerError> {
        self.no()
    }
    fn waiting(&self, _account: &str, _live: bool) -> Result<Vec<Asked>, LedgerError> {
        self.no()
    }
    fn agree(&mut self, _id: &str, _agreed: &Agreed) -> Result<Asked, LedgerError> {
        self.no()
    }
    fn refuse(&mut self, _id: &str, _by: &str, _now: Unix, _why: &str) -> Result<Asked, LedgerError> {
        self.no()
    }
    fn expire(&mut self, _now: Unix) -> Result<usize, LedgerError> {
        self.no()
    }
    fn visited(&mut self, _whose: Whose<'_>, _visit: &Visit) -> Result<(), LedgerError> {
        self.no()
    }
    fn lately(&self, _whose: Whose<'_>) -> Result<Vec<Visit>, LedgerError> {
        self.no()
    }
    fn note(&mut self, _whose: Whose<'_>, _note: (&CustomerId, &Note)) -> Result<(), LedgerError> {
        self.no()
    }
    fn notes(&self, _whose: Whose<'_>, _customer: &CustomerId) -> Result<Vec<Note>, LedgerError> {
        self.no()
    }
    fn version(&self) -> Result<i64, LedgerError> {
        self.no()
    }
}
