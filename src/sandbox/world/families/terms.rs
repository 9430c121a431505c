//! What else an update of a subscription can set: its end, its pause, and what is taken as it comes.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        params::{boolean, choice, cleared, integer, moment, param, required, text_param},
        value::{flag, int, set, text},
    },
    bill::pieces::{items, over},
};
use crate::sandbox::{call::Call, error::Refusal};

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
/// Longest time to pay an invoice that is sent.
const DAYS_MOST: i64 = 365;

/// Reads `cancellation_details` into the subscription.
pub(super) fn details(call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    let feedback = choice(call, &["cancellation_details", "feedback"], &FEEDBACK)?.map(str::to_owned);
    let mut details = subscription.get("cancellation_details").cloned().unwrap_or_else(|| json!({}));
    for (name, value) in [
        ("feedback", feedback),
        (
            "feedback_option",
            text_param(call, &["cancellation_details", "feedback_option"]).map(str::to_owned),
        ),
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
pub(super) fn ending(call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    let (at_end, at) = (["cancel_at_period_end"], ["cancel_at"]);
    let wanted = boolean(call, &at_end)?;
    if wanted.is_some() && param(call, &at).is_some() && !cleared(call, &at) {
        return Err(Refusal::invalid(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
        ));
    }
    let ends = items(subscription);
    let ends = ends.iter().map(|item| int(item, "current_period_end"));
    let (first, last) = (ends.clone().min().unwrap_or(0), ends.max().unwrap_or(0));
    let moment = match text_param(call, &at) {
        Some("min_period_end") => Some(first),
        Some("max_period_end" | "max_billed_until") => Some(last),
        _ => moment(call, &at)?,
    };
    if moment.is_some_and(|moment| moment <= call.now) {
        return Err(Refusal::invalid("Invalid timestamp: must be an integer Unix timestamp in the future.")
            .param("cancel_at"));
    }
    let new = match (wanted, moment) {
        (Some(true), _) => Some((true, first)),
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

pub(super) fn pause_collection(call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    if cleared(call, &["pause_collection"]) {
        set(subscription, "pause_collection", Value::Null);
    } else if param(call, &["pause_collection"]).is_some() {
        let known = ["keep_as_draft", "mark_uncollectible", "void"];
        let behavior = choice(call, &["pause_collection", "behavior"], &known)?
            .ok_or_else(|| required("pause_collection[behavior]"))?;
        let until = moment(call, &["pause_collection", "resumes_at"])?;
        if until.is_some_and(|until| until <= call.now) {
            return Err(Refusal::invalid(
                "Invalid timestamp: must be an integer Unix timestamp in the future.",
            )
            .param("pause_collection[resumes_at]"));
        }
        set(subscription, "pause_collection", json!({"behavior": behavior, "resumes_at": until}));
    }
    Ok(())
}

/// What may not be changed in this state.
pub(super) fn changeable(call: &Call, subscription: &Value) -> Result<(), Refusal> {
    let touched = |names: &[&str]| call.params.keys().any(|key| names.contains(&key.as_str()));
    let harmless = |key: &String| key == "metadata" || key == "cancellation_details";
    if over(subscription) && !call.params.keys().all(harmless) {
        return Err(Refusal::invalid(
            "A canceled subscription can only update its cancellation_details and metadata.",
        )
        .code("invalid_canceled_subscription_fields"));
    }
    let schedule = text(subscription, "schedule");
    if !schedule.is_empty() && touched(&["cancel_at", "cancel_at_period_end"]) {
        return Err(Refusal::invalid(format!(
            "The subscription is managed by the subscription schedule `{schedule}`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead."
        )));
    }
    if text(subscription, "status") == "incomplete" && touched(&["items", "pause_collection", "trial_end"]) {
        return Err(Refusal::invalid(
            "This subscription is incomplete: only its metadata and default source can be updated until its first invoice is paid.",
        ));
    }
    Ok(())
}

/// How its invoices are paid.
fn collection(call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    let methods = ["charge_automatically", "send_invoice"];
    let method = choice(call, &["collection_method"], &methods)?.map(str::to_owned);
    let days = integer(call, &["days_until_due"])?;
    if let Some(method) = &method {
        set(subscription, "collection_method", method.as_str());
    }
    let sent = text(subscription, "collection_method") == "send_invoice";
    if days.is_some() && !sent {
        return Err(Refusal::invalid(
            "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.",
        )
        .param("days_until_due"));
    }
    if days.is_some_and(|days| !(0..=DAYS_MOST).contains(&days)) {
        return Err(Refusal::invalid(format!("days_until_due must be between 0 and {DAYS_MOST}."))
            .param("days_until_due"));
    }
    if sent && days.is_none() && subscription.get("days_until_due").is_none_or(Value::is_null) {
        return Err(Refusal::invalid(
            "If invoice collection method is 'send_invoice', you must specify 'days_until_due'.",
        )
        .param("days_until_due"));
    }
    match (sent, days) {
        (false, _) => set(subscription, "days_until_due", Value::Null),
        (true, Some(days)) => set(subscription, "days_until_due", days),
        (true, None) => {}
    }
    Ok(())
}

/// The payment method, which must be the customer's.
fn method(world: &mut Universe, call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    let name = "default_payment_method";
    if cleared(call, &[name]) {
        set(subscription, name, Value::Null);
    } else if let Some(id) = text_param(call, &[name]) {
        let (method, _) = world.must(Kind::PaymentMethod, id, name)?;
        if text(&method, "customer") != text(subscription, "customer") {
            return Err(Refusal::invalid(format!(
                "The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer."
            ))
            .code("resource_missing")
            .param(name));
        }
        set(subscription, name, id);
    }
    Ok(())
}

/// Members that are taken as they come, hash by hash.
pub(super) fn plain(world: &mut Universe, call: &Call, subscription: &mut Value) -> Result<(), Refusal> {
    method(world, call, subscription)?;
    collection(call, subscription)?;
    for name in [
        "description",
        "on_behalf_of",
        "billing_thresholds",
        "pending_invoice_item_interval",
        "transfer_data",
    ] {
        if cleared(call, &[name]) {
            set(subscription, name, Value::Null);
        } else if let Some(sent) = param(call, &[name]) {
            set(subscription, name, sent.clone());
        }
    }
    for name in ["automatic_tax", "invoice_settings", "payment_settings", "trial_settings"] {
        let Some(Value::Object(sent)) = param(call, &[name]) else { continue };
        let mut has = subscription.get(name).cloned().unwrap_or_else(|| json!({}));
        for (key, value) in sent {
            let value = match value.as_str() {
                Some("") => Value::Null,
                Some("true") => json!(true),
                Some("false") => json!(false),
                _ => value.clone(),
            };
            set(&mut has, key, value);
        }
        set(subscription, name, has);
    }
    if flag(subscription, "cancel_at_period_end") {
        // The end goes with the period, wherever a change has moved it.
        let first = items(subscription).iter().map(|item| int(item, "current_period_end")).min();
        set(subscription, "cancel_at", json!(first));
    }
    Ok(())
}
