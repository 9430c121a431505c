//! Pages of lists: newest first, by cursor, by `created`.

use serde_json::{Value, json};

use super::{
    Universe,
    kind::Kind,
    params::{integer, param, text_param},
    value::int,
};
use crate::sandbox::{call::Call, error::Refusal};

const LIMIT_DEFAULT: i64 = 10;
const LIMIT_MOST: i64 = 100;

/// Place of an object in a list; the order is the list's, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) created: i64,
    pub(super) owner: u32,
    pub(super) ordinal: u32,
}

/// Whose objects a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    One(u32),
    Nobody,
}

/// `limit`, 1 to 100.
pub(super) fn limit(call: &Call) -> Result<usize, Refusal> {
    let Some(limit) = integer(call, &["limit"])? else {
        return Ok(usize::try_from(LIMIT_DEFAULT).unwrap_or(10));
    };
    let wrong =
        |message: &str| Refusal::invalid(message.to_owned()).code("parameter_invalid_integer").param("limit");
    if limit < 1 {
        return Err(wrong("This value must be greater than or equal to 1."));
    }
    if limit > LIMIT_MOST {
        return Err(wrong("This value must be less than or equal to 100 (it currently is out of range)."));
    }
    usize::try_from(limit).map_err(|error| wrong(&error.to_string()))
}

/// `created` as `[from, until)`.
fn created_range(call: &Call) -> Result<(i64, i64), Refusal> {
    let (mut from, mut until) = (i64::MIN, i64::MAX);
    match param(call, &["created"]) {
        Some(Value::Object(_)) => {
            if let Some(at) = integer(call, &["created", "gte"])? {
                from = from.max(at);
            }
            if let Some(at) = integer(call, &["created", "gt"])? {
                from = from.max(at.saturating_add(1));
            }
            if let Some(at) = integer(call, &["created", "lt"])? {
                until = until.min(at);
            }
            if let Some(at) = integer(call, &["created", "lte"])? {
                until = until.min(at.saturating_add(1));
            }
        }
        Some(_) => {
            let at = integer(call, &["created"])?.unwrap_or(0);
            (from, until) = (at, at.saturating_add(1));
        }
        None => {}
    }
    Ok((from, until))
}

/// Where the page begins.
enum Start {
    Newest,
    After(Key),
    Before(Key),
}

/// `{object: list, url, has_more, data}`
fn page_json(call: &Call, data: &[Value], more: bool) -> Value {
    json!({"object": "list", "data": data, "has_more": more, "url": call.path})
}

/// Takes up to `limit` kept objects and tells whether there were more.
fn take(found: impl Iterator<Item = Value>, limit: usize) -> (Vec<Value>, bool) {
    let mut data: Vec<Value> = found.take(limit + 1).collect();
    let more = data.len() > limit;
    data.truncate(limit);
    (data, more)
}

impl Universe {
    fn cursor(&mut self, kind: Kind, call: &Call, name: &str) -> Result<Option<Key>, Refusal> {
        let Some(id) = text_param(call, &[name]) else { return Ok(None) };
        let (_, owner) = self.must(kind, id, name)?;
        let ordinal = self.ids.read(id).map_or(0, |read| read.2);
        Ok(self.keys_of(kind, owner).into_iter().find(|key| key.ordinal == ordinal))
    }

    fn start(&mut self, kind: Kind, call: &Call) -> Result<Start, Refusal> {
        both_cursors(call)?;
        if let Some(key) = self.cursor(kind, call, "starting_after")? {
            return Ok(Start::After(key));
        }
        Ok(self.cursor(kind, call, "ending_before")?.map_or(Start::Newest, Start::Before))
    }

    /// A page of the objects of a kind that `keep` wants.
    pub(super) fn list(
        &mut self,
        call: &Call,
        kind: Kind,
        scope: Scope,
        keep: impl Fn(&Value) -> bool,
    ) -> Result<Value, Refusal> {
        self.list_since(call, (kind, scope), i64::MIN, keep)
    }

    /// As `list`, but nothing older than `since`.
    pub(super) fn list_since(
        &mut self,
        call: &Call,
        (kind, scope): (Kind, Scope),
        since: i64,
        keep: impl Fn(&Value) -> bool,
    ) -> Result<Value, Refusal> {
        let limit = limit(call)?;
        let (from, until) = created_range(call)?;
        let start = self.start(kind, call)?;
        let rows = match scope {
            Scope::All => {
                self.index(kind);
                // Taken out while objects are fetched, and put back below.
                self.rows.remove(&kind).unwrap_or_default()
            }
            Scope::One(owner) => self.keys_of(kind, owner),
            Scope::Nobody => vec![],
        };
        let low = rows.partition_point(|key| key.created < from.max(since));
        let high = rows.partition_point(|key| key.created < until).max(low);
        let (low, high, upwards) = match start {
            Start::Newest => (low, high, false),
            Start::After(key) => (low, high.min(rows.partition_point(|row| *row < key)), false),
            Start::Before(key) => (low.max(rows.partition_point(|row| *row <= key)), high, true),
        };
        let window = rows.get(low..high).unwrap_or(&[]);
        let mut object = |key: &Key| self.fetch(kind, key.owner, key.ordinal).filter(&keep);
        let (mut data, more) = if upwards {
            take(window.iter().filter_map(&mut object), limit)
        } else {
            take(window.iter().rev().filter_map(&mut object), limit)
        };
        if upwards {
            data.reverse();
        }
        if scope == Scope::All {
            self.rows.insert(kind, rows);
        }
        Ok(page_json(call, &data, more))
    }
}

fn both_cursors(call: &Call) -> Result<(), Refusal> {
    if text_param(call, &["starting_after"]).is_some() && text_param(call, &["ending_before"]).is_some() {
        return Err(Refusal::invalid(
            "You cannot use both `starting_after` and `ending_before` in the same request.",
        ));
    }
    Ok(())
}

/// A page of a short list that is all there, newest first. `noun`: as in "No such …".
pub(super) fn list_short(call: &Call, objects: &[Value], noun: &str) -> Result<Value, Refusal> {
    both_cursors(call)?;
    let limit = limit(call)?;
    let (from, until) = created_range(call)?;
    let wanted: Vec<&Value> = objects
        .iter()
        .filter(|object| {
            object.get("created").is_none_or(|_| (from..until).contains(&int(object, "created")))
        })
        .collect();
    let place = |name: &str| match text_param(call, &[name]) {
        None => Ok(None),
        Some(id) => wanted
            .iter()
            .position(|object| super::value::text(object, "id") == id)
            .map(Some)
            .ok_or_else(|| Refusal::missing(noun, id, name)),
    };
    let (after, before) = (place("starting_after")?, place("ending_before")?);
    if let Some(before) = before {
        let first = before.saturating_sub(limit);
        let data =
            wanted.get(first..before).unwrap_or(&[]).iter().map(|x| (*x).clone()).collect::<Vec<Value>>();
        return Ok(page_json(call, &data, first > 0));
    }
    let rest = wanted.get(after.map_or(0, |at| at + 1)..).unwrap_or(&[]);
    let (data, more) = take(rest.iter().map(|x| (*x).clone()), limit);
    Ok(page_json(call, &data, more))
}
