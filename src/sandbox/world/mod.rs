//! The world behind the stand-in: seeded customers with two years of history, made when somebody looks, and
//! what callers did to them since.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is made once an answer, and boxing it hides its words"
)]

mod afterwards;
mod billing;
mod calendar;
mod cases;
mod cast;
mod catalog;
mod events;
mod families;
mod fields;
mod hostile;
mod ids;
mod kind;
mod life;
mod lists;
mod money;
mod params;
mod people;
mod plan;
mod render;
mod search;
mod sketch;
mod store;
mod survey;
mod value;

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use self::{
    calendar::DAY, catalog::Catalog, ids::Ids, lists::Key, people::Names, sketch::Sketch, store::Bundle,
};
use super::call::{Route, World};

pub(super) use self::{
    families::{
        account, cancel, catalog as offers, charges, credit_notes, customers, discounts, disputes, holds,
        invoice_items, invoices, pausing, portal, preview, refunds, revise, saved, schedules, settle,
        subscriptions,
    },
    kind::Kind,
};

/// All objects of one account.
pub(super) struct Universe {
    /// Search does not find what was written in so many seconds; 0: it finds everything.
    pub(super) search_lag_s: i64,
    seed: u64,
    customers: u32,
    /// Midnight (UTC) of the day it began: history ends before.
    base: i64,
    /// When it was made: what falls due later happens, what was due before is history.
    began: i64,
    now: i64,
    ids: Ids,
    names: Names,
    catalog: Catalog,
    bundles: HashMap<u32, Bundle>,
    /// Global lists that were asked for, oldest first.
    rows: HashMap<Kind, Vec<Key>>,
    /// What customer search reads; empty until the first search.
    people: Vec<Value>,
    /// What search rules charges and invoices out by, by their customer's index; made at the first search.
    sketches: HashMap<Kind, Vec<Box<[Sketch]>>>,
    /// When an object was last written, by id.
    written: HashMap<String, i64>,
    /// What customers have that no answer shows unless it is expanded, by index.
    unshown: HashMap<u32, Unshown>,
    /// What happens by itself later: time and id.
    due: BTreeSet<(i64, String)>,
    /// Subscriptions whose period ends: time, customer, ordinal.
    renewals: BTreeSet<(i64, u32, u32)>,
    /// Every customer's plan was looked at for what falls due; before, only those that somebody asked for.
    surveyed: bool,
}

/// Settings of a customer that are seen only in what is expanded.
#[derive(Clone, Debug, Default)]
struct Unshown {
    /// `automatic` or `manual`; the merchant's default when none.
    reconciliation: Option<String>,
    tax_ip: Option<String>,
}

impl Universe {
    /// `customers` of them (more than the cast of three is wise); `now` in Unix seconds. The same seed and the
    /// same day give the same world.
    pub(super) fn new(seed: u64, customers: u32, now: i64) -> Self {
        let ids = Ids::new(seed);
        let base = now - now.rem_euclid(DAY);
        Self {
            search_lag_s: 0,
            seed,
            customers,
            base,
            began: now,
            now,
            ids,
            names: Names::new(),
            catalog: Catalog::new(ids, base - 760 * DAY),
            bundles: HashMap::new(),
            rows: HashMap::new(),
            people: Vec::new(),
            sketches: HashMap::new(),
            written: HashMap::new(),
            unshown: HashMap::new(),
            due: BTreeSet::new(),
            renewals: BTreeSet::new(),
            surveyed: false,
        }
    }
}

impl World for Universe {
    fn routes() -> &'static [Route<Self>] {
        &super::routes::ROUTES
    }

    fn object(&mut self, id: &str) -> Option<Value> {
        self.by_id(id)
    }

    fn expand_field(&mut self, object: &Value, field: &str) -> Option<Value> {
        families::nested(self, object, field)
    }

    fn advance(&mut self, now: i64) {
        self.now = now;
        self.settle_due();
    }
}

#[cfg(test)]
mod tests;
