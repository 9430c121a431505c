//! `POST /v1/invoices/create_preview`: the next invoice, or the one that a change would make; nothing is kept.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        ids::CATALOG,
        kind::Kind,
        params::{boolean, choice, cleared, moment, param, required, text_param, written},
        value::{int, set, text},
    },
    bill::{
        amend::{Amendment, below, proration_date},
        changes::restart,
        draft::{Bill, pending_items},
        offs::Off,
        pieces::{Piece, ends, over, period, whole_period},
    },
    discounts, invoice_items, pausing,
};
use crate::sandbox::{call::Call, error::Refusal};

const DETAILS: &str = "subscription_details";

/// What will be on the invoice, and when it is made.
struct Plan {
    subscription: Value,
    pieces: Vec<Piece>,
    /// Moment that the discounts must hold at.
    at: i64,
    created: i64,
    at_once: bool,
}

fn nothing(customer: &str) -> Refusal {
    Refusal { status: 404, ..Refusal::invalid(format!("No upcoming invoices for customer: {customer}")) }
        .code("invoice_upcoming_none")
}

/// True when the call describes a subscription that is not there yet.
fn describes_new(call: &Call) -> bool {
    text_param(call, &["subscription"]).is_none()
        && text_param(call, &["schedule"]).is_none()
        && param(call, &[DETAILS, "items"]).is_some()
}

/// The subscription that the preview is about.
fn target(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    if let Some(id) = text_param(call, &["schedule"]) {
        let (schedule, _) = world.must(Kind::Schedule, id, "schedule")?;
        let subscription = world.by_id(text(&schedule, "subscription"));
        return subscription.ok_or_else(|| nothing(text(&schedule, "customer")));
    }
    if let Some(id) = text_param(call, &["subscription"]) {
        let (found, _) = world.must(Kind::Subscription, id, "subscription")?;
        if over(&found) {
            return Err(nothing(text(&found, "customer")));
        }
        if text_param(call, &["customer"]).is_some_and(|customer| customer != text(&found, "customer")) {
            return Err(Refusal::missing("subscription", id, "subscription"));
        }
        return Ok(found);
    }
    let id = text_param(call, &["customer"]).ok_or_else(|| required("customer"))?;
    let (_, owner) = world.must(Kind::Customer, id, "customer")?;
    let still = |sub: &Value| !over(sub) && !ends(sub) && text(sub, "status") != "paused";
    let next = world.all_of(Kind::Subscription, owner).into_iter().filter(still);
    next.min_by_key(|sub| period(sub).1).ok_or_else(|| nothing(id))
}

/// A subscription that would begin now, of the items in the call.
fn new_subscription(world: &mut Universe, call: &Call) -> Result<Plan, Refusal> {
    let id = text_param(call, &["customer"]).ok_or_else(|| required("customer"))?;
    world.must(Kind::Customer, id, "customer")?;
    let empty = json!({
        "id": null, "billing_cycle_anchor": call.now, "collection_method": "charge_automatically",
        "currency": text_param(call, &["currency"]).unwrap_or(""), "customer": id, "discounts": [],
        "items": {"data": []}, "metadata": {}, "status": "incomplete",
    });
    let mut subscription = world.amend(call, &[DETAILS], &empty, None)?.after;
    restart(&mut subscription, call.now);
    let currency = subscription.pointer("/items/data/0/price/currency").cloned().unwrap_or(Value::Null);
    set(&mut subscription, "currency", currency);
    let pieces = whole_period(&subscription, call.now);
    Ok(Plan { subscription, pieces, at: call.now, created: call.now, at_once: true })
}

/// What ending, pausing or resuming it now would bill; None when the call asks none of them.
fn turn(world: &mut Universe, call: &Call, subscription: &Value) -> Result<Option<Plan>, Refusal> {
    let date = [DETAILS, "proration_date"];
    let plan = |subscription: &Value, pieces, at| {
        Some(Plan { subscription: subscription.clone(), pieces, at, created: at, at_once: true })
    };
    if boolean(call, &[DETAILS, "cancel_now"])?.unwrap_or(false) {
        let behavior = choice(call, &[DETAILS, "proration_behavior"], &super::bill::amend::BEHAVIORS)?;
        let at = proration_date(call, &date, subscription)?;
        let pieces = if behavior == Some("none") { vec![] } else { world.unused(subscription, at) };
        return Ok(plan(subscription, pieces, at));
    }
    if param(call, &[DETAILS, "pause"]).is_some_and(Value::is_object) {
        let (pieces, _) = pausing::pausing(world, call, &[DETAILS, "pause"], subscription)?;
        return Ok(plan(subscription, pieces, call.now));
    }
    if text(subscription, "status") == "paused" {
        if choice(call, &[DETAILS, "resume_at"], &["now"])?.is_none() {
            return Err(nothing(text(subscription, "customer")));
        }
        let anchor = choice(call, &[DETAILS, "billing_cycle_anchor", "type"], &["now", "unchanged"])?;
        let behavior = choice(call, &[DETAILS, "proration_behavior"], &super::bill::amend::BEHAVIORS)?;
        let at = proration_date(call, &date, subscription)?;
        let (after, pieces) = pausing::resuming(
            world,
            call,
            (anchor, behavior.unwrap_or("create_prorations")),
            (subscription, at),
        );
        return Ok(plan(&after, pieces, call.now));
    }
    Ok(None)
}

/// True when no period follows the running one.
fn stops(call: &Call, amendment: &Amendment) -> Result<bool, Refusal> {
    let at = below(&[DETAILS], &["cancel_at"]);
    if cleared(call, &at) {
        return Ok(false);
    }
    let end = period(&amendment.after).1;
    let moment = match text_param(call, &at) {
        Some("min_period_end" | "max_period_end" | "max_billed_until") => Some(end),
        _ => moment(call, &at)?,
    };
    if let Some(moment) = moment {
        if moment <= call.now {
            return Err(Refusal::invalid(
                "Invalid timestamp: must be an integer Unix timestamp in the future.",
            )
            .param(written(&at)));
        }
        return Ok(moment <= end);
    }
    Ok(boolean(call, &[DETAILS, "cancel_at_period_end"])?.unwrap_or_else(|| ends(&amendment.after)))
}

fn planned(world: &mut Universe, call: &Call, given: Option<&[Off]>) -> Result<Plan, Refusal> {
    if describes_new(call) {
        return new_subscription(world, call);
    }
    let subscription = target(world, call)?;
    if let Some(plan) = turn(world, call, &subscription)? {
        return Ok(plan);
    }
    let amendment = world.amend(call, &[DETAILS], &subscription, given)?;
    let stops = stops(call, &amendment)?;
    let Amendment { after, mut pieces, at_once, at, .. } = amendment;
    let (_, end) = period(&after);
    if !at_once && !stops {
        pieces.extend(world.renewal(&after));
    }
    let (at, created) = if at_once { (at, at) } else { (end, end) };
    Ok(Plan { subscription: after, pieces, at, created, at_once })
}

/// Waiting items, with those that the call describes.
fn waiting(world: &mut Universe, call: &Call, plan: &Plan) -> Result<Vec<Value>, Refusal> {
    let mut pending = pending_items(world, &plan.subscription);
    let Some(Value::Array(entries)) = param(call, &["invoice_items"]) else { return Ok(pending) };
    for (at, entry) in entries.iter().enumerate() {
        let name = format!("invoice_items[{at}]");
        let changed = entry.get("invoiceitem").and_then(Value::as_str);
        let place = changed.and_then(|id| pending.iter().position(|item| text(item, "id") == id));
        if let (Some(id), None) = (changed, place) {
            return Err(Refusal::missing("invoiceitem", id, &format!("{name}[invoiceitem]")));
        }
        let fields = invoice_items::priced(world, entry, &name, text(&plan.subscription, "currency"))?;
        let mut item = place.and_then(|place| pending.get(place)).cloned().unwrap_or_else(|| {
            invoice_items::blank(&plan.subscription, (&format!("ii_preview_{at}"), call.now))
        });
        for (key, value) in fields {
            set(&mut item, &key, value);
        }
        match place.and_then(|place| pending.get_mut(place)) {
            Some(slot) => *slot = item,
            None => pending.push(item),
        }
    }
    Ok(pending)
}

pub(in crate::sandbox) fn create(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let mode = choice(call, &["preview_mode"], &["next", "recurring"])?;
    let customer = match text_param(call, &["subscription"]).and_then(|id| world.by_id(id)) {
        Some(subscription) => text(&subscription, "customer").to_owned(),
        None => text_param(call, &["customer"]).unwrap_or("").to_owned(),
    };
    let wanted = discounts::wanted(world, call, &["discounts"], &customer)?;
    let given = wanted.map(|wanted| discounts::preview(world, call, &customer, &wanted));
    let mut plan = planned(world, call, given.as_deref())?;
    let mut pending = waiting(world, call, &plan)?;
    if mode == Some("recurring") {
        plan.pieces.retain(|piece| !piece.proration);
        pending.clear();
    }
    if plan.pieces.is_empty() && pending.is_empty() && !plan.at_once {
        return Err(nothing(text(&plan.subscription, "customer")));
    }
    let offs = given.unwrap_or_else(|| world.offs(&plan.subscription, plan.at));
    // Prorations wait together with what waited before them.
    let bill = Bill {
        subscription: &plan.subscription,
        pieces: &plan.pieces,
        pending: &pending,
        offs: &offs,
        created: plan.created,
        reason: if plan.at_once { "subscription_update" } else { "upcoming" },
    };
    let owner = world.owner_of(text(&plan.subscription, "customer")).unwrap_or(CATALOG);
    let id = format!("upcoming_{}", world.ids.write(Kind::Invoice, owner, u32::MAX));
    let mut invoice = world.draft(&bill, &id);
    if int(&invoice, "amount_due") == 0 {
        set(&mut invoice, "next_payment_attempt", Value::Null);
    }
    Ok(invoice)
}
