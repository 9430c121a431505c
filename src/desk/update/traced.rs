//! Objects that a search found: each leads to its customer, and says why they are in the list.

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
        for charge in page.rows.iter().filter(|charge| finder::charge_fits(query, &text, charge)) {
            let because = format!("{} · {}", charge.money(), charge.created.short_date(&zone, now).trim());
            because_of(state, charge.customer_id(), charge, because);
        }
    }
    answered(state, commands);
}

pub(super) fn invoices(state: &mut State, task: TaskId, page: &Page<Invoice>, commands: &mut Commands) {
    if expected(state, task) {
        for invoice in &page.rows {
            let because = format!("invoice {} · {}", invoice.title(), invoice.money());
            because_of(state, invoice.customer_id(), invoice, because);
        }
    }
    answered(state, commands);
}

/// The customer whom `row` names; where they came with it, they are known from now on.
fn because_of<T>(state: &mut State, id: Option<&CustomerId>, row: &Record<T>, because: String) {
    let Some(id) = id else { return };
    if !state.data.known.contains_key(id)
        && let Some(customer) = row.part("customer")
    {
        state.data.known.insert(id.clone(), customer);
    }
    if !state.search.remote.iter().any(|found| &found.customer == id) {
        state.search.remote.push(Found { customer: id.clone(), matched: Vec::new(), because: Some(because) });
    }
}

/// An object found by its id leads to its customer, and the desk opens at once with it selected.
pub(super) fn object(
    state: &mut State,
    task: TaskId,
    id: &AnyId,
    record: &Record<serde_json::Value>,
    commands: &mut Commands,
) {
    if !expected(state, task) {
        return;
    }
    let owner = match record.object().get("customer") {
        Some(serde_json::Value::String(customer)) => CustomerId::parse(customer).ok(),
        Some(object) => object.get("id").and_then(|id| id.as_str()).and_then(|id| CustomerId::parse(id).ok()),
        None => None,
    };
    if let Some(owner) = owner {
        let because = format!("{} {}", id.kind.noun(), crate::text::short_id(&id.id));
        state.search.remote.push(Found {
            customer: owner.clone(),
            matched: Vec::new(),
            because: Some(because),
        });
        state.search.wanted = Some(id.clone());
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
