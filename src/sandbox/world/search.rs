//! Search over customers (by compact rows) and over the other kinds (newest first, until the page is full; charges and
//! invoices are drawn only where a sketch does not rule them out).

use serde_json::{Value, json};

use super::{
    Universe,
    kind::Kind,
    lists::{Key, limit},
    params::{required, text_param},
    value::text,
};
use crate::sandbox::{call::Call, error::Refusal, search::Query};

/// `{object: search_result, …}`
fn page_json(call: &Call, data: &[Value], next: Option<&str>) -> Value {
    json!({
        "object": "search_result", "data": data, "has_more": next.is_some(), "next_page": next,
        "url": call.path,
    })
}

/// Where the next page goes on, as a token.
fn token(key: Key) -> String {
    format!("{:x}-{:x}-{:x}", key.created, key.owner, key.ordinal)
}

fn read_token(call: &Call) -> Result<Option<Key>, Refusal> {
    let Some(token) = text_param(call, &["page"]) else { return Ok(None) };
    let mut parts = token.split('-').map(|part| i64::from_str_radix(part, 16).ok());
    let key = (|| {
        let (created, owner, ordinal) = (parts.next()??, parts.next()??, parts.next()??);
        Some(Key { created, owner: u32::try_from(owner).ok()?, ordinal: u32::try_from(ordinal).ok()? })
    })();
    key.map(Some).ok_or_else(|| Refusal::invalid(format!("Invalid page token: {token}")).param("page"))
}

impl Universe {
    fn hidden(&self, id: &str) -> bool {
        self.written.get(id).is_some_and(|at| *at > self.now - self.search_lag_s)
    }

    /// Answers a search over objects of customers.
    pub(super) fn search(&mut self, call: &Call, kind: Kind, allowed: &[&str]) -> Result<Value, Refusal> {
        let asked = text_param(call, &["query"]).ok_or_else(|| required("query"))?;
        let query = Query::parse(asked, allowed)?;
        let limit = limit(call)?;
        let after = read_token(call)?;
        if kind == Kind::Customer {
            self.index_people();
        }
        self.sketch(kind);
        let named = query.required("customer").map(|id| self.owner_of(id));
        let rows = if let Some(owner) = named {
            owner.map(|owner| self.keys_of(kind, owner)).unwrap_or_default()
        } else {
            self.index(kind);
            // Taken out while objects are fetched, and put back below.
            self.rows.remove(&kind).unwrap_or_default()
        };
        let end = after.map_or(rows.len(), |key| rows.partition_point(|row| *row < key));
        let mut found = Vec::new();
        for key in rows.get(..end).unwrap_or(&[]).iter().rev() {
            if found.len() > limit {
                break;
            }
            if self.ruled_out(kind, *key, &query) {
                continue;
            }
            if let Some(object) = self.hit(kind, *key, &query) {
                found.push((*key, object));
            }
        }
        if named.is_none() {
            self.rows.insert(kind, rows);
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(key, _)| token(*key));
        let data: Vec<Value> = found.into_iter().map(|(_, object)| object).collect();
        Ok(page_json(call, &data, next.as_deref()))
    }

    fn hit(&mut self, kind: Kind, key: Key, query: &Query) -> Option<Value> {
        if kind == Kind::Customer {
            let row = self.people.get(usize::try_from(key.owner).ok()?)?;
            if row.is_null() || !query.matches(row) {
                return None;
            }
        }
        let object = self.fetch(kind, key.owner, key.ordinal)?;
        let wanted = match kind {
            Kind::Customer => true,
            // The search language keeps the old place of an invoice's subscription.
            Kind::Invoice => {
                let mut asked = object.clone();
                let subscription = object.pointer("/parent/subscription_details/subscription").cloned();
                if let Some(fields) = asked.as_object_mut() {
                    fields.insert("subscription".into(), subscription.unwrap_or(Value::Null));
                }
                query.matches(&asked)
            }
            _ => query.matches(&object),
        };
        (wanted && !self.hidden(text(&object, "id"))).then_some(object)
    }

    /// Answers a search over a short list (products, prices).
    pub(super) fn search_short(call: &Call, objects: &[Value], allowed: &[&str]) -> Result<Value, Refusal> {
        let asked = text_param(call, &["query"]).ok_or_else(|| required("query"))?;
        let query = Query::parse(asked, allowed)?;
        let limit = limit(call)?;
        let skip = read_token(call)?.map_or(0, |key| usize::try_from(key.ordinal).unwrap_or(0));
        let all: Vec<&Value> = objects.iter().filter(|object| query.matches(object)).collect();
        let data: Vec<Value> = all.iter().skip(skip).take(limit).map(|object| (*object).clone()).collect();
        let seen = skip + data.len();
        let next = (seen < all.len())
            .then(|| token(Key { created: 0, owner: 0, ordinal: super::catalog::small(seen) }));
        Ok(page_json(call, &data, next.as_deref()))
    }
}
