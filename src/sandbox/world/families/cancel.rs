//! `DELETE /v1/subscriptions/{id}`: the end at once, with or without credit for the unused time.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        params::boolean,
        value::{flag, set, text},
    },
    invoices::subscription_of,
    path_id,
    preview::pending_items,
    proration::over,
    subscriptions::details,
};
use crate::sandbox::{call::Call, error::Refusal};

pub(in crate::sandbox) fn cancel(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let id = path_id(call);
    let (before, owner) = world.must(Kind::Subscription, id, "id")?;
    if over(&before) {
        return Err(Refusal::missing("subscription", id, "id"));
    }
    let prorate = boolean(call, &["prorate"])?.unwrap_or(false);
    let invoice_now = boolean(call, &["invoice_now"])?.unwrap_or(false);
    let mut after = before.clone();
    details(call, &mut after)?;
    let mut why = after.get("cancellation_details").cloned().unwrap_or_else(|| json!({}));
    set(&mut why, "reason", "cancellation_requested");
    for (name, value) in [
        ("cancellation_details", why),
        ("status", json!("canceled")),
        ("canceled_at", json!(call.now)),
        ("ended_at", json!(call.now)),
        ("cancel_at", Value::Null),
        ("cancel_at_period_end", json!(false)),
        ("pause_collection", Value::Null),
    ] {
        set(&mut after, name, value);
    }
    let pieces = if prorate { world.unused(&before, call.now) } else { vec![] };
    let waiting = pending_items(world, owner, id);
    if invoice_now && !(pieces.is_empty() && waiting.is_empty()) {
        let invoice = world.bill_now(call, &before, &pieces, owner);
        set(&mut after, "latest_invoice", text(&invoice, "id"));
    } else if prorate {
        for piece in &pieces {
            world.wait(call, &before, piece, owner);
        }
    } else {
        for item in waiting.iter().filter(|item| flag(item, "proration")) {
            world.remove(item);
        }
    }
    world.put(&after);
    stop_collecting(world, id, owner);
    world.say(call, "customer.subscription.deleted", &after, None);
    Ok(after)
}

/// Open invoices stay owed, but nobody tries to collect them.
fn stop_collecting(world: &mut Universe, subscription: &str, owner: u32) {
    for mut invoice in world.all_of(Kind::Invoice, owner) {
        let collected = ["open", "draft"].contains(&text(&invoice, "status"));
        if collected && subscription_of(&invoice) == subscription {
            set(&mut invoice, "auto_advance", false);
            set(&mut invoice, "next_payment_attempt", Value::Null);
            world.put(&invoice);
        }
    }
}
