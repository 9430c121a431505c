//! Objects that a search found: each leads to its customer, and says why they are in the list.

use serde_json::Value;

use super::search::{answered, expected};
use crate::{
    desk::{
        finder,
        message::{Commands, TaskId},
        question::Question,
        state::{Found, State},
    },
    model::{AnyId, Charge, CustomerId, Invoice, Kind, Page, Record},
};

/// Charges lead to their customers, with the charge as the reason.
pub(super) fn charges(
    state: &mut State,
    (task, query): (TaskId, &str),
    page: &Page<Charge>,
    commands: &mut Commands,
) {
    if expected(state, task) {
        let (text, zone, now) = (state.search.asked_for.clone(), state.zone().clone(), state.now());
        let when = finder::When { now, zone: &zone };
        for charge in page.rows.iter().filter(|charge| finder::charge_fits(query, &text, &when, charge)) {
            let because = format!("{} · {}", charge.money(), charge.created.short_date(&zone, now).trim());
            because_of(state, charge.customer_id(), charge, (charge.id.any(), because));
        }
    }
    answered(state, commands);
}

pub(super) fn invoices(state: &mut State, task: TaskId, page: &Page<Invoice>, commands: &mut Commands) {
    if expected(state, task) {
        for invoice in &page.rows {
            let because = format!("invoice {} · {}", invoice.title(), invoice.money());
            because_of(state, invoice.customer_id(), invoice, (invoice.id.any(), because));
        }
    }
    answered(state, commands);
}

/// The customer whom `object` names; where they came with it, they are known from now on. The newest that names them counts.
fn because_of<T>(
    state: &mut State,
    id: Option<&CustomerId>,
    object: &Record<T>,
    (row, because): (AnyId, String),
) {
    let Some(id) = id else { return };
    if !state.data.known.contains_key(id)
        && let Some(customer) = object.part("customer")
    {
        state.data.known.insert(id.clone(), customer);
    }
    let found = Found { because: Some(because), row: Some(row), ..Found::plain(id.clone()) };
    match state.search.remote.iter_mut().find(|known| known.customer == *id) {
        Some(known) if known.row.is_none() => *known = found,
        Some(_) => {}
        None => state.search.remote.push(found),
    }
}

/// The row of a pane that stands for an object: itself, or the one that it names.
fn row_of(id: &AnyId, object: &Value) -> Option<AnyId> {
    const ROWS: [Kind; 3] = [Kind::Charge, Kind::Subscription, Kind::Invoice];
    if ROWS.contains(&id.kind) {
        return Some(id.clone());
    }
    ["latest_charge", "charge", "invoice", "subscription", "source"].into_iter().find_map(|name| {
        let named = object.get(name)?;
        let named = named.as_str().or_else(|| named.get("id")?.as_str())?;
        AnyId::parse(named).filter(|row| ROWS.contains(&row.kind))
    })
}

/// An object found by its id leads to its customer, who opens with its row selected.
pub(super) fn object(
    state: &mut State,
    task: TaskId,
    id: &AnyId,
    record: &Record<Value>,
    commands: &mut Commands,
) {
    if !expected(state, task) {
        return;
    }
    let owner = match record.object().get("customer") {
        Some(Value::String(customer)) => CustomerId::parse(customer).ok(),
        Some(object) => object.get("id").and_then(|id| id.as_str()).and_then(|id| CustomerId::parse(id).ok()),
        None => None,
    };
    if let Some(owner) = owner {
        // A dispute led to its charge, and is what was searched for.
        let searched = AnyId::parse(&state.search.asked_for).unwrap_or_else(|| id.clone());
        let because = format!("{} {}", searched.kind.noun(), crate::text::short_id(&searched.id));
        let row = row_of(id, record.object());
        state.search.remote.push(Found { because: Some(because), row, ..Found::plain(owner.clone()) });
        if !state.data.known.contains_key(&owner) {
            state.ask(Question::Customer(owner), false, commands);
        }
    } else {
        // A refund or dispute names its charge, and the charge its customer.
        let charge = record.object().get("charge").and_then(|charge| charge.as_str()).and_then(AnyId::parse);
        if let Some(charge) = charge.filter(|charge| charge.kind == Kind::Charge && charge.id != id.id) {
            let task = state.ask(Question::Object(charge), false, commands);
            state.search.asking.push(task);
        } else {
            state.say(format!("{} belongs to no customer", id.id), false);
        }
    }
    answered(state, commands);
}
