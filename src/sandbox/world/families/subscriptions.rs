//! Subscriptions and their schedules: reading, and changing what stays.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        params::{boolean, choice, cleared, merge_metadata_of, moment, param, required, text_param},
        value::{int, set, text},
    },
    path_id,
    preview::{BEHAVIORS, proration_date},
    proration::{Piece, changes, items, over, period, resets},
    same, terms,
};
use crate::sandbox::{call::Call, error::Refusal};

const STATUSES: [&str; 10] = [
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
];
const FEEDBACK: [&str; 8] = [
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
];

pub(in crate::sandbox) fn subscriptions(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let status = choice(call, &["status"], &STATUSES)?;
    let price = text_param(call, &["price"]);
    let scope = world.scope(call, &[(&["customer"], Kind::Customer)])?;
    world.list(call, Kind::Subscription, scope, |subscription| {
        let is = text(subscription, "status");
        let ended = ["canceled", "incomplete_expired"].contains(&is);
        let wanted = match status {
            None => is != "canceled",
            Some("all") => true,
            Some("ended") => ended,
            Some(status) => is == status,
        };
        let priced = || {
            items(subscription).iter().any(|item| item.pointer("/price/id").and_then(Value::as_str) == price)
        };
        wanted && (price.is_none() || priced()) && same(call, "collection_method", subscription)
    })
}

pub(in crate::sandbox) fn search(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    world.search(call, Kind::Subscription, &["canceled_at", "created", "metadata", "status"])
}

pub(in crate::sandbox) fn schedules(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer)])?;
    world.list(call, Kind::Schedule, scope, |_| true)
}

/// Reads `cancellation_details` into the subscription.
pub(super) fn details(call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    let feedback = choice(call, &["cancellation_details", "feedback"], &FEEDBACK)?.map(str::to_owned);
    let mut details = subscription.get("cancellation_details").cloned().unwrap_or_else(|| json!({}));
    for (name, value) in [
        ("feedback", feedback),
        ("comment", text_param(call, &["cancellation_details", "comment"]).map(str::to_owned)),
    ] {
        if cleared(call, &["cancellation_details", name]) {
            set(&mut details, name, Value::Null);
        } else if let Some(value) = value {
            set(&mut details, name, value);
        }
    }
    set(subscription, "cancellation_details", details);
    Ok(())
}

/// Sets or takes back the end.
fn ending(call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    let (at_end, at) = (["cancel_at_period_end"], ["cancel_at"]);
    let wanted = boolean(call, &at_end)?;
    if wanted.is_some() && param(call, &at).is_some() && !cleared(call, &at) {
        return Err(Refusal::invalid(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
        ));
    }
    let (_, end) = period(subscription);
    let moment = match text_param(call, &at) {
        Some("min_period_end" | "max_period_end") => Some(end),
        _ => moment(call, &at)?,
    };
    if moment.is_some_and(|moment| moment <= call.now) {
        return Err(Refusal::invalid("The cancellation date must be in the future.").param("cancel_at"));
    }
    let new = match (wanted, moment) {
        (Some(true), _) => Some((true, end)),
        (_, Some(moment)) => Some((false, moment)),
        (Some(false), None) => None,
        (None, None) if cleared(call, &at) => None,
        (None, None) => return Ok(()),
    };
    let reason = new.map(|_| "cancellation_requested");
    let mut details = subscription.get("cancellation_details").cloned().unwrap_or_else(|| json!({}));
    set(&mut details, "reason", json!(reason));
    if new.is_none() {
        set(&mut details, "feedback", Value::Null);
        set(&mut details, "comment", Value::Null);
    }
    set(subscription, "cancellation_details", details);
    set(subscription, "cancel_at_period_end", new.is_some_and(|new| new.0));
    set(subscription, "cancel_at", json!(new.map(|new| new.1)));
    set(subscription, "canceled_at", json!(new.map(|_| call.now)));
    Ok(())
}

fn pause(call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    if cleared(call, &["pause_collection"]) {
        set(subscription, "pause_collection", Value::Null);
    } else if param(call, &["pause_collection"]).is_some() {
        let known = ["keep_as_draft", "mark_uncollectible", "void"];
        let behavior = choice(call, &["pause_collection", "behavior"], &known)?
            .ok_or_else(|| required("pause_collection[behavior]"))?;
        let until = moment(call, &["pause_collection", "resumes_at"])?;
        set(subscription, "pause_collection", json!({"behavior": behavior, "resumes_at": until}));
    }
    Ok(())
}

/// What may not be changed in this state.
fn changeable(call: &Call, subscription: &Value) -> Result<(), Refusal> {
    let touched = |names: &[&str]| call.params.keys().any(|key| names.contains(&key.as_str()));
    let harmless = |key: &String| key == "metadata" || key == "cancellation_details";
    if over(subscription) && !call.params.keys().all(harmless) {
        return Err(Refusal::invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
        ));
    }
    let schedule = text(subscription, "schedule");
    if !schedule.is_empty() && touched(&["cancel_at", "cancel_at_period_end"]) {
        return Err(Refusal::invalid(format!(
            "The subscription is managed by the subscription schedule `{schedule}`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead."
        )));
    }
    if text(subscription, "status") == "incomplete" && touched(&["items", "pause_collection"]) {
        return Err(Refusal::invalid(
            "This subscription is incomplete: only its metadata and default source can be updated until its first invoice is paid.",
        ));
    }
    Ok(())
}

/// Texts that are taken as they come.
fn plain(world: &mut Universe, call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    for name in ["description", "default_payment_method"] {
        if cleared(call, &[name]) {
            set(subscription, name, Value::Null);
        } else if let Some(text) = text_param(call, &[name]) {
            if name == "default_payment_method" {
                world.must(Kind::PaymentMethod, text, name)?;
            }
            set(subscription, name, text);
        }
    }
    Ok(())
}

pub(in crate::sandbox) fn update(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Subscription, path_id(call), "id")?;
    changeable(call, &before)?;
    let behavior = choice(call, &["proration_behavior"], &BEHAVIORS)?.unwrap_or("create_prorations");
    let at = proration_date(call, &["proration_date"], &before)?;
    let wanted = changes(world, call, &["items"], &before)?;
    let mut after = world.changed(&before, &wanted, at);
    let mut pieces: Vec<Piece> = world
        .proration(&before, &after, at)
        .into_iter()
        .filter(|piece| behavior != "none" || !piece.proration)
        .collect();
    details(call, &mut after)?;
    ending(call, &mut after)?;
    pause(call, &mut after)?;
    merge_metadata_of(call, &mut after)?;
    plain(world, call, &mut after)?;
    let trial_over = terms::trial(call, &mut after)?;
    terms::discounts(world, call, &mut after, owner)?;
    if text(&after, "status") == "trialing" && behavior != "none" {
        // Free time gives back what was paid for the rest of the period; a trial already running paid nothing.
        pieces = world.unused(&before, call.now);
    } else if trial_over {
        pieces = Universe::period_now(&after);
    }
    if int(&after, "cancel_at") > 0 {
        world.due.insert((int(&after, "cancel_at"), text(&after, "id").to_owned()));
    }
    world.put(&after);
    let at_once = trial_over || resets(&before, &wanted) || behavior == "always_invoice";
    if at_once && !pieces.is_empty() {
        let invoice = world.bill_now(call, &after, &pieces, owner);
        set(&mut after, "latest_invoice", text(&invoice, "id"));
        world.put(&after);
    } else {
        for piece in &pieces {
            world.wait(call, &after, piece, owner);
        }
    }
    world.say(call, "customer.subscription.updated", &after, Some(&before));
    Ok(after)
}

impl Universe {
    /// Puts a proration on the next invoice.
    pub(super) fn wait(&mut self, call: &Call, subscription: &Value, piece: &Piece, owner: u32) -> Value {
        let words = piece.words(&self.catalog);
        self.add(Kind::InvoiceItem, owner, |id| {
            json!({
                "id": id, "object": "invoiceitem", "amount": piece.amount,
                "currency": text(subscription, "currency"), "customer": text(subscription, "customer"),
                "customer_account": null, "date": call.now, "description": words,
                "discountable": false, "discounts": [], "invoice": null, "livemode": false, "metadata": {},
                "net_amount": piece.amount,
                "parent": {
                    "subscription_details": {
                        "subscription": text(subscription, "id"), "subscription_item": piece.item,
                    },
                    "type": "subscription_details",
                },
                "period": {"end": piece.period.1, "start": piece.period.0},
                "pricing": {
                    "price_details": {"price": text(&piece.price, "id"), "product": text(&piece.price, "product")},
                    "type": "price_details", "unit_amount_decimal": piece.amount.to_string(),
                },
                "proration": true, "quantity": piece.quantity, "quantity_decimal": piece.quantity.to_string(),
                "tax_rates": [], "test_clock": null,
            })
        })
    }
}
