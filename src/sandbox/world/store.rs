//! Where objects are: drawn from a plan until somebody writes them, then kept.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Universe,
    catalog::small,
    families::turns::Turn,
    ids::CATALOG,
    kind::Kind,
    life,
    lists::Key,
    plan::{Plan, Transaction},
    render::Draw,
    value::{int, set, text},
};
use crate::sandbox::error::Refusal;

/// Plans kept at most before those that nobody wrote are dropped.
const BUNDLES_MOST: usize = 20_000;

/// One customer with everything that is theirs.
pub(super) struct Bundle {
    plan: Plan,
    /// Objects that were changed or added, by kind and ordinal.
    kept: BTreeMap<(Kind, u32), Value>,
    /// Objects added to the plan's, by kind.
    added: BTreeMap<Kind, u32>,
}

impl Bundle {
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Somebody changed, added or removed it.
    pub(super) fn has_kept(&self, kind: Kind, ordinal: u32) -> bool {
        self.kept.contains_key(&(kind, ordinal))
    }

    fn planned(&self, kind: Kind) -> u32 {
        small(self.plan.created(kind).len())
    }
}

impl Universe {
    fn bundle(&mut self, owner: u32) -> Option<&mut Bundle> {
        if owner >= self.customers {
            return None;
        }
        if !self.bundles.contains_key(&owner) {
            self.load(owner);
        }
        self.bundles.get_mut(&owner)
    }

    /// Plans a customer, and lets happen what has fallen due since.
    fn load(&mut self, owner: u32) {
        if self.bundles.len() > BUNDLES_MOST {
            self.bundles.retain(|_, bundle| !bundle.kept.is_empty());
        }
        let plan = life::plan(&self.names, self.seed, owner, self.base);
        let turns = if self.surveyed { vec![] } else { plan.turns(owner, self.began) };
        self.bundles.insert(owner, Bundle { plan, kept: BTreeMap::new(), added: BTreeMap::new() });
        if !turns.is_empty() {
            self.expect(turns);
            self.settle_due();
        }
    }

    /// A look into a customer's history as it was planned.
    pub(super) fn planned<T>(&mut self, owner: u32, look: impl FnOnce(&Plan) -> T) -> Option<T> {
        self.bundle(owner).map(|bundle| look(&bundle.plan))
    }

    /// The object as it stands now.
    pub(super) fn fetch(&mut self, kind: Kind, owner: u32, ordinal: u32) -> Option<Value> {
        self.bundle(owner)?;
        let bundle = self.bundles.get(&owner)?;
        let mut object = match bundle.kept.get(&(kind, ordinal)) {
            Some(kept) => kept.clone(),
            None => Draw { ids: self.ids, catalog: &self.catalog, plan: &bundle.plan, owner }
                .object(kind, usize::try_from(ordinal).ok()?)?,
        };
        if object.is_null() {
            return None;
        }
        ripen(kind, &mut object, self.now);
        Some(object)
    }

    /// Any object of any kind.
    pub(super) fn by_id(&mut self, id: &str) -> Option<Value> {
        if let Some(found) = self.catalog.find(id) {
            return Some(found.clone());
        }
        let (kind, owner, ordinal) = self.ids.read(id)?;
        self.fetch(kind, owner, ordinal)
    }

    /// The object with its customer's index, or "No such …".
    pub(super) fn must(&mut self, kind: Kind, id: &str, param: &str) -> Result<(Value, u32), Refusal> {
        let missing = || Refusal::missing(kind.noun(), id, param);
        let (found, owner, ordinal) = self.ids.read(id).ok_or_else(missing)?;
        if found != kind {
            return Err(missing());
        }
        let object = match owner {
            CATALOG => self.catalog.find(id).cloned(),
            _ => self.fetch(kind, owner, ordinal),
        };
        Ok((object.ok_or_else(missing)?, owner))
    }

    /// Keeps a changed object under its own id.
    pub(super) fn put(&mut self, object: &Value) {
        let id = text(object, "id").to_owned();
        let Some((kind, owner, ordinal)) = self.ids.read(&id) else { return };
        let now = self.now;
        if let Some(bundle) = self.bundle(owner) {
            bundle.kept.insert((kind, ordinal), object.clone());
            self.written.insert(id, now);
        }
        if kind == Kind::Subscription {
            self.expect(Turn::of(object, self.began).map(|turn| (turn, owner, ordinal)));
        }
        if kind == Kind::Customer {
            let row = search_row(object);
            let at = usize::try_from(owner).unwrap_or(usize::MAX);
            if let Some(place) = self.people.get_mut(at) {
                *place = row;
            }
        }
    }

    /// Takes an object away; its place in lists stays empty.
    pub(super) fn remove(&mut self, object: &Value) {
        let Some((kind, owner, ordinal)) = self.ids.read(text(object, "id")) else { return };
        if let Some(bundle) = self.bundle(owner) {
            bundle.kept.insert((kind, ordinal), Value::Null);
        }
    }

    /// The id that the next new object of a customer will have.
    pub(super) fn fresh(&mut self, kind: Kind, owner: u32) -> String {
        let ids = self.ids;
        let next = self
            .bundle(owner)
            .map_or(0, |bundle| bundle.planned(kind) + bundle.added.get(&kind).copied().unwrap_or(0));
        ids.write(kind, owner, next)
    }

    /// A new object of a customer; `build` gets its id. `created` is read from the object.
    pub(super) fn add(&mut self, kind: Kind, owner: u32, build: impl FnOnce(&str) -> Value) -> Value {
        let ids = self.ids;
        let Some(bundle) = self.bundle(owner) else { return Value::Null };
        let ordinal = bundle.planned(kind) + bundle.added.get(&kind).copied().unwrap_or(0);
        *bundle.added.entry(kind).or_insert(0) += 1;
        let object = build(&ids.write(kind, owner, ordinal));
        let key = Key { created: created(&object), owner, ordinal };
        if let Some(rows) = self.rows.get_mut(&kind) {
            let at = rows.partition_point(|row| *row < key);
            rows.insert(at, key);
        }
        self.put(&object);
        object
    }

    /// Places of all objects of a kind of one customer, oldest first.
    pub(super) fn keys_of(&mut self, kind: Kind, owner: u32) -> Vec<Key> {
        let Some(bundle) = self.bundle(owner) else { return vec![] };
        let planned = bundle.plan.created(kind);
        let first_added = small(planned.len());
        let mut keys: Vec<Key> =
            planned.into_iter().zip(0..).map(|(created, ordinal)| Key { created, owner, ordinal }).collect();
        keys.extend(bundle.kept.range((kind, first_added)..=(kind, u32::MAX)).map(|(at, object)| Key {
            created: created(object),
            owner,
            ordinal: at.1,
        }));
        keys.sort_unstable();
        keys
    }

    /// Makes the rows that customer search reads, unless they are there.
    pub(super) fn index_people(&mut self) {
        if !self.people.is_empty() {
            return;
        }
        self.people = (0..self.customers)
            .map(|owner| {
                if let Some(kept) = self.bundles.get(&owner).and_then(|b| b.kept.get(&(Kind::Customer, 0))) {
                    return search_row(kept);
                }
                let person = super::people::person(&self.names, self.seed, owner, self.base);
                if person.deleted {
                    return Value::Null;
                }
                json!({
                    "created": person.created, "email": person.email, "name": person.name,
                    "phone": person.phone,
                    "metadata": person.metadata.into_iter().map(|(key, value)| (key.to_owned(), json!(value)))
                        .collect::<serde_json::Map<_, _>>(),
                })
            })
            .collect();
    }

    /// Net of all movements of the balance by currency: available, and pending (two days).
    pub(super) fn balances(&mut self) -> BTreeMap<String, (i64, i64)> {
        let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let now = self.now;
        let mut count = |currency: &str, net: i64, available_on: i64| {
            let sum = sums.entry(currency.to_owned()).or_default();
            *(if available_on <= now { &mut sum.0 } else { &mut sum.1 }) += net;
        };
        self.survey_once();
        let planned: Vec<Vec<Transaction>> = self
            .survey(|found: &mut Vec<Transaction>, _, plan| found.extend(plan.transactions.iter().cloned()));
        for movement in planned.iter().flatten() {
            count(movement.currency, movement.amount - movement.fee, movement.available_on());
        }
        let loaded: Vec<u32> = self.bundles.keys().copied().collect();
        for owner in loaded {
            for movement in self.all_of(Kind::Transaction, owner) {
                count(text(&movement, "currency"), int(&movement, "net"), int(&movement, "available_on"));
            }
        }
        sums
    }

    /// Index of the customer that an id names.
    pub(super) fn owner_of(&self, id: &str) -> Option<u32> {
        self.ids.read(id).map(|(_, owner, _)| owner)
    }
}

/// The members of a customer that search reads; null for a deleted one.
fn search_row(customer: &Value) -> Value {
    if super::value::flag(customer, "deleted") {
        return Value::Null;
    }
    let member = |key: &str| customer.get(key).cloned().unwrap_or(Value::Null);
    json!({
        "created": member("created"), "email": member("email"), "name": member("name"),
        "phone": member("phone"), "metadata": member("metadata"),
    })
}

fn created(object: &Value) -> i64 {
    // Invoice items call it `date`.
    if object.get("created").is_some() { int(object, "created") } else { int(object, "date") }
}

/// What time alone changes, whoever looks first: a subscription whose last moment has come is over, a movement of
/// the balance becomes available, the time for an answer to a dispute runs out.
fn ripen(kind: Kind, object: &mut Value, now: i64) {
    match kind {
        Kind::Subscription => {
            let Some(end) = object.get("cancel_at").and_then(Value::as_i64) else { return };
            if end <= now && !["canceled", "incomplete_expired"].contains(&text(object, "status")) {
                set(object, "status", "canceled");
                set(object, "ended_at", end);
            }
        }
        Kind::Transaction => {
            let there = int(object, "available_on") <= now;
            set(object, "status", if there { "available" } else { "pending" });
        }
        Kind::Dispute => {
            let open = text(object, "status").ends_with("needs_response");
            let Some(details) = object.get_mut("evidence_details") else { return };
            let due = details.get("due_by").and_then(Value::as_i64);
            set(details, "past_due", open && due.is_some_and(|due| due < now));
        }
        _ => {}
    }
}
