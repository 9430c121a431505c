//! The real pause: the period stands still, and goes on when somebody resumes.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        params::{choice, param},
        value::{set, text},
    },
    bill::{
        amend::{BEHAVIORS, proration_date},
        changes::restart,
        collect::{Manner, Now, no_method},
        pieces::{Piece, items, over, period, whole_period},
    },
    path_id,
};
use crate::sandbox::{call::Call, error::Refusal};

/// What the pause gives back, and whether it is billed now.
pub(super) fn pausing(
    world: &mut Universe,
    call: &Call,
    prefix: &[&str],
    subscription: &Value,
) -> Result<(Vec<Piece>, bool), Refusal> {
    let path = |names: &[&'static str]| -> Vec<String> {
        prefix.iter().chain(names).map(|name| (*name).to_owned()).collect()
    };
    let read = |names: &[&'static str], known: &[&str]| -> Result<Option<String>, Refusal> {
        let path = path(names);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        Ok(choice(call, &path, known)?.map(str::to_owned))
    };
    read(&["type"], &["subscription"])?;
    read(&["bill_for", "outstanding_usage_through", "type"], &["none", "now"])?;
    let from =
        read(&["bill_for", "unused_time_from", "type"], &["item_current_period_start", "none", "now"])?;
    let billed = read(&["invoicing_behavior"], &["invoice", "pending_invoice_item"])?;
    let at = match from.as_deref() {
        Some("none") => None,
        Some("item_current_period_start") => Some(period(subscription).0),
        _ => Some(call.now),
    };
    let pieces = at.map_or_else(Vec::new, |at| world.unused(subscription, at));
    Ok((pieces, billed.as_deref() == Some("invoice")))
}

/// `POST /v1/subscriptions/{id}/pause`
pub(in crate::sandbox) fn pause(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Subscription, path_id(call), "id")?;
    if over(&before) {
        return Err(Refusal::missing("subscription", path_id(call), "id"));
    }
    let status = text(&before, "status");
    if !["active", "past_due", "trialing", "unpaid"].contains(&status) {
        return Err(Refusal::invalid(format!("You can't pause a subscription with a status of `{status}`.")));
    }
    let schedule = text(&before, "schedule");
    if !schedule.is_empty() {
        return Err(Refusal::invalid(format!(
            "The subscription is managed by the subscription schedule `{schedule}`, and pausing it directly is not allowed. Please update the schedule instead."
        )));
    }
    if before.pointer("/billing_mode/type").and_then(Value::as_str) != Some("flexible") {
        return Err(Refusal::invalid("Only subscriptions with `billing_mode[type]=flexible` can be paused."));
    }
    let (pieces, billed) = pausing(world, call, &[], &before)?;
    let mut after = before.clone();
    set(&mut after, "status", "paused");
    set(
        &mut after,
        "status_details",
        json!({"paused": {"subscription": {"type": "pause_requested"}, "transitioned_at": call.now}}),
    );
    if billed && !pieces.is_empty() {
        let offs = world.offs(&before, call.now);
        let now = Now {
            subscription: &before,
            pieces: &pieces,
            offs: &offs,
            reason: "subscription_update",
            manner: Manner::Allow,
        };
        let invoice = world.bill_now(call, &now, owner);
        set(&mut after, "latest_invoice", text(&invoice, "id"));
    } else {
        for piece in &pieces {
            world.wait(call, &before, piece, owner);
        }
    }
    world.put(&after);
    world.say(call, "customer.subscription.updated", &after, Some(&before));
    world.say(call, "customer.subscription.paused", &after, None);
    Ok(after)
}

/// The subscription as it goes on, and what that costs.
pub(super) fn resuming(
    world: &mut Universe,
    call: &Call,
    (anchor, behavior): (Option<&str>, &str),
    (before, at): (&Value, i64),
) -> (Value, Vec<Piece>) {
    let mut after = before.clone();
    set(&mut after, "status", "active");
    set(&mut after, "status_details", Value::Null);
    let (_, end) = period(before);
    // A billing day that has passed meanwhile cannot be kept.
    if anchor == Some("unchanged") && end > call.now {
        let mut paused = after.clone();
        if let Some(list) = paused.get_mut("items") {
            set(list, "data", json!([]));
        }
        let mut pieces = world.proration((&paused, &after), at, None);
        pieces.retain(|_| behavior != "none");
        return (after, pieces);
    }
    restart(&mut after, call.now);
    let pieces = whole_period(&after, call.now);
    (after, pieces)
}

/// `POST /v1/subscriptions/{id}/resume`
pub(in crate::sandbox) fn resume(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Subscription, path_id(call), "id")?;
    if over(&before) {
        return Err(Refusal::missing("subscription", path_id(call), "id"));
    }
    if param(call, &["billing_cycle_anchor"]).is_some_and(Value::is_string) {
        return Err(Refusal::invalid("Invalid object").param("billing_cycle_anchor"));
    }
    let anchor = choice(call, &["billing_cycle_anchor", "type"], &["now", "unchanged"])?;
    let payment = ["resume_on_payment_attempt", "resume_on_payment_success"];
    let on_success = choice(call, &["payment_behavior"], &payment)? == Some("resume_on_payment_success");
    let behavior = choice(call, &["proration_behavior"], &BEHAVIORS)?.unwrap_or("create_prorations");
    if text(&before, "status") != "paused" {
        return Err(Refusal::invalid("You can only resume a subscription if it is `paused`."));
    }
    if text(&before, "collection_method") == "send_invoice" {
        return Err(Refusal::invalid(
            "Only subscriptions with `collection_method` set to `charge_automatically` can be resumed.",
        ));
    }
    let at = proration_date(call, &["proration_date"], &before)?;
    let (mut after, pieces) = resuming(world, call, (anchor, behavior), (&before, at));
    let asks = json!({"customer": before.get("customer"), "default_payment_method": before.get("default_payment_method")});
    if !pieces.is_empty() && world.method_of(&asks).is_none() {
        return Err(no_method());
    }
    if anchor == Some("unchanged")
        && behavior != "always_invoice"
        && items(&after).len() == items(&before).len()
    {
        let prorated = pieces.iter().all(|piece| piece.proration);
        if prorated {
            for piece in &pieces {
                world.wait(call, &after, piece, owner);
            }
            return Ok(resumed(world, call, &after, &before));
        }
    }
    let offs = world.offs(&after, call.now);
    let now = Now {
        subscription: &after,
        pieces: &pieces,
        offs: &offs,
        reason: "subscription_cycle",
        manner: Manner::Allow,
    };
    let invoice = world.bill_now(call, &now, owner);
    let paid = text(&invoice, "status") != "open";
    if on_success && !paid {
        let mut still = before.clone();
        set(&mut still, "latest_invoice", text(&invoice, "id"));
        world.put(&still);
        world.say(call, "customer.subscription.updated", &still, Some(&before));
        return Ok(still);
    }
    set(&mut after, "latest_invoice", text(&invoice, "id"));
    if !paid {
        set(&mut after, "status", "past_due");
    }
    world.used_up(&mut after, &invoice);
    Ok(resumed(world, call, &after, &before))
}

fn resumed(world: &mut Universe, call: &Call, after: &Value, before: &Value) -> Value {
    world.put(after);
    world.say(call, "customer.subscription.updated", after, Some(before));
    world.say(call, "customer.subscription.resumed", after, None);
    after.clone()
}
