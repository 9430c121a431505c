//! What else an update of a subscription can set: its discounts and its free time.

use serde_json::{Value, json};

use super::super::{
    Universe,
    calendar::{DAY, add_months},
    kind::Kind,
    params::{cleared, moment, param, text_param},
    value::{int, set, text},
};
use crate::sandbox::{call::Call, error::Refusal};

/// A trial may end so many days ahead.
const TRIAL_DAYS_MOST: i64 = 730;

/// Id of the coupon that one entry of `discounts[]` names by coupon or promotion code.
fn coupon_of(world: &Universe, entry: &Value, at: usize) -> Result<(String, Option<String>), Refusal> {
    let named = |kind: &str, noun: &str, param: &str| {
        let id = entry.get(param).and_then(Value::as_str)?;
        let found = world.catalog.find(id).filter(|found| text(found, "object") == kind);
        Some(found.ok_or_else(|| Refusal::missing(noun, id, &format!("discounts[{at}][{param}]"))))
    };
    if let Some(code) = named("promotion_code", "promotion code", "promotion_code") {
        let code = code?;
        let coupon = code.pointer("/promotion/coupon").and_then(Value::as_str).unwrap_or("");
        return Ok((coupon.to_owned(), Some(text(code, "id").to_owned())));
    }
    match named("coupon", "coupon", "coupon") {
        Some(coupon) => Ok((text(coupon?, "id").to_owned(), None)),
        None => Err(Refusal::invalid("Each discount must have one of: coupon, discount, promotion_code.")
            .param(format!("discounts[{at}]"))),
    }
}

/// Replaces the discounts by those in the call; empty clears them, an empty list changes nothing.
pub(super) fn discounts(
    world: &mut Universe,
    call: &Call,
    subscription: &mut Value,
    owner: u32,
) -> Result<(), Refusal> {
    if cleared(call, &["discounts"]) {
        set(subscription, "discounts", json!([]));
        return Ok(());
    }
    let Some(Value::Array(entries)) = param(call, &["discounts"]).filter(|list| **list != json!([])) else {
        return Ok(());
    };
    let mut kept = Vec::new();
    let mut made = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Some(id) = entry.get("discount").and_then(Value::as_str) {
            world.must(Kind::Discount, id, &format!("discounts[{at}][discount]"))?;
            kept.push(json!(id));
        } else {
            made.push(coupon_of(world, entry, at)?);
        }
    }
    for (coupon, code) in made {
        let months = world.catalog.find(&coupon).map_or(0, |coupon| int(coupon, "duration_in_months"));
        let discount = world.add(Kind::Discount, owner, |id| {
            json!({
                "id": id, "object": "discount", "checkout_session": null,
                "customer": text(subscription, "customer"), "customer_account": null,
                "end": (months > 0).then(|| add_months(call.now, months)), "invoice": null,
                "invoice_item": null, "promotion_code": code,
                "source": {"coupon": coupon, "type": "coupon"}, "start": call.now,
                "subscription": text(subscription, "id"), "subscription_item": null,
            })
        });
        kept.push(json!(text(&discount, "id")));
    }
    set(subscription, "discounts", kept);
    Ok(())
}

/// Moves the end of the trial, and with it the billing day. Gives true when the trial is over at once.
pub(super) fn trial(call: &Call, subscription: &mut Value) -> Result<bool, Refusal> {
    let at_once = text_param(call, &["trial_end"]) == Some("now");
    let end = if at_once { None } else { moment(call, &["trial_end"])? };
    if !at_once && end.is_none() {
        return Ok(false);
    }
    if end.is_some_and(|end| end <= call.now) {
        return Err(Refusal::invalid("The trial end must be in the future, or `now`.").param("trial_end"));
    }
    if end.is_some_and(|end| end > call.now + TRIAL_DAYS_MOST * DAY) {
        return Err(Refusal::invalid("The trial end must be at most two years from now.").param("trial_end"));
    }
    if at_once && text(subscription, "status") != "trialing" {
        return Ok(false);
    }
    let start = subscription.get("trial_start").and_then(Value::as_i64).unwrap_or(call.now);
    let over = end.unwrap_or(call.now);
    set(subscription, "trial_start", start);
    set(subscription, "trial_end", over);
    set(subscription, "billing_cycle_anchor", over);
    set(subscription, "status", if at_once { "active" } else { "trialing" });
    let items = subscription.pointer_mut("/items/data").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        let yearly = item.pointer("/price/recurring/interval").and_then(Value::as_str) == Some("year");
        let (from, until) = match end {
            Some(end) => (call.now, end),
            None => (call.now, add_months(call.now, if yearly { 12 } else { 1 })),
        };
        set(item, "current_period_start", from);
        set(item, "current_period_end", until);
    }
    Ok(at_once)
}
