//! Subscriptions: reading, and changing what stays.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        params::{choice, integer, merge_metadata_of, param, text_param, written},
        value::{int, set, text},
    },
    bill::{
        amend::Amendment,
        collect::{Manner, Now, no_method},
        pieces::{Piece, items, period},
    },
    discounts, path_id, same, terms,
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
const BEHAVIORS: [&str; 4] =
    ["allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"];
/// What may come with `pending_if_incomplete`.
const PENDING: [&str; 10] = [
    "add_invoice_items",
    "billing_cycle_anchor",
    "expand",
    "items",
    "payment_behavior",
    "proration_behavior",
    "proration_date",
    "trial_end",
    "trial_from_plan",
    "discounts",
];
/// Seconds until a change that waits for its payment is dropped.
const PENDING_S: i64 = 23 * 3_600;

/// True when a number lies within what a list's parameter asks (`name`, `name[gte]`, …).
pub(super) fn within(call: &Call, name: &str, number: i64) -> Result<bool, Refusal> {
    if param(call, &[name]).is_some_and(Value::is_object) {
        let bound = |key: &str| integer(call, &[name, key]);
        return Ok(bound("gt")?.is_none_or(|x| number > x)
            && bound("gte")?.is_none_or(|x| number >= x)
            && bound("lt")?.is_none_or(|x| number < x)
            && bound("lte")?.is_none_or(|x| number <= x));
    }
    Ok(integer(call, &[name])?.is_none_or(|x| number == x))
}

pub(in crate::sandbox) fn subscriptions(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let status = choice(call, &["status"], &STATUSES)?;
    choice(call, &["collection_method"], &["charge_automatically", "send_invoice"])?;
    let price = text_param(call, &["price"]).or_else(|| text_param(call, &["plan"]));
    let scope = world.scope(call, &[(&["customer"], Kind::Customer)])?;
    for name in ["current_period_start", "current_period_end"] {
        within(call, name, 0)?;
    }
    world.list(call, Kind::Subscription, scope, |subscription| {
        let is = text(subscription, "status");
        let ended = ["canceled", "incomplete_expired"].contains(&is);
        let wanted = match status {
            None => is != "canceled",
            Some("all") => true,
            Some("ended") => ended,
            Some(status) => is == status,
        };
        let all = items(subscription);
        let priced = || all.iter().any(|item| item.pointer("/price/id").and_then(Value::as_str) == price);
        let (start, end) = period(subscription);
        let in_time = |name, at| within(call, name, at).unwrap_or(false);
        wanted
            && (price.is_none() || priced())
            && same(call, "collection_method", subscription)
            && in_time("current_period_start", start)
            && in_time("current_period_end", end)
    })
}

pub(in crate::sandbox) fn search(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    world.search(call, Kind::Subscription, &["canceled_at", "created", "metadata", "status"])
}

/// `add_invoice_items[]`: amounts that come with the next invoice.
fn extras(
    world: &mut Universe,
    call: &Call,
    subscription: &Value,
) -> Result<Vec<Map<String, Value>>, Refusal> {
    let Some(Value::Array(entries)) = param(call, &["add_invoice_items"]) else { return Ok(vec![]) };
    entries
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let name = written(&["add_invoice_items", &at.to_string()]);
            super::invoice_items::priced(world, entry, &name, text(subscription, "currency"))
        })
        .collect()
}

/// True when nobody can be asked for the money, or the bank would refuse it.
fn unpayable(world: &mut Universe, after: &Value, owner: u32) -> Option<Refusal> {
    let asks = json!({
        "customer": after.get("customer"), "default_payment_method": after.get("default_payment_method"),
    });
    match world.method_of(&asks) {
        None => Some(no_method()),
        Some(method) => world.would_decline(&method, owner),
    }
}

/// The change is written beside the subscription until its invoice is paid.
fn pending(world: &mut Universe, call: &Call, before: &Value, amendment: &Amendment, owner: u32) -> Value {
    let offs = world.offs_for(amendment);
    let now = Now {
        subscription: &amendment.after,
        pieces: &amendment.pieces,
        offs: &offs,
        reason: "subscription_update",
        manner: Manner::Allow,
    };
    let invoice = world.bill_now(call, &now, owner);
    let mut kept = before.clone();
    set(&mut kept, "latest_invoice", text(&invoice, "id"));
    set(
        &mut kept,
        "pending_update",
        json!({
            "billing_cycle_anchor": amendment.after.get("billing_cycle_anchor"), "expires_at": call.now + PENDING_S,
            "subscription_items": items(&amendment.after), "trial_end": amendment.after.get("trial_end"),
            "trial_from_plan": null,
        }),
    );
    world.put(&kept);
    world.say(call, "customer.subscription.updated", &kept, Some(before));
    kept
}

pub(in crate::sandbox) fn update(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Subscription, path_id(call), "id")?;
    terms::changeable(call, &before)?;
    let behavior = choice(call, &["payment_behavior"], &BEHAVIORS)?.unwrap_or("allow_incomplete");
    let odd = call.params.keys().find(|key| !PENDING.contains(&key.as_str()));
    if let Some(odd) = odd.filter(|_| behavior == "pending_if_incomplete") {
        return Err(Refusal::invalid(format!(
            "`{odd}` cannot be updated with `payment_behavior` set to `pending_if_incomplete`."
        ))
        .param(odd.clone()));
    }
    let wanted = discounts::wanted(world, call, &["discounts"], text(&before, "customer"))?;
    let given =
        wanted.as_ref().map(|wanted| discounts::preview(world, call, text(&before, "customer"), wanted));
    let mut amendment = world.amend(call, &[], &before, given.as_deref())?;
    let after = &mut amendment.after;
    terms::details(call, after)?;
    terms::ending(call, after)?;
    terms::pause_collection(call, after)?;
    merge_metadata_of(call, after)?;
    terms::plain(world, call, after)?;
    let extras = extras(world, call, &before)?;
    let refusal = if amendment.at_once { unpayable(world, &amendment.after, owner) } else { None };
    match (behavior, refusal) {
        ("error_if_incomplete", Some(refusal)) => return Err(refusal),
        ("pending_if_incomplete", Some(_)) => {
            return Ok(pending(world, call, &before, &amendment, owner));
        }
        _ => {}
    }
    world.keep_prices(&amendment.changes);
    if let Some(wanted) = &wanted {
        world.discount(call, &mut amendment.after, wanted);
    }
    set(&mut amendment.after, "pending_update", Value::Null);
    for fields in extras {
        world.add_item(call, &amendment.after, fields);
    }
    let after = carry_out(world, call, amendment, (behavior, owner));
    world.say(call, "customer.subscription.updated", &after, Some(&before));
    Ok(after)
}

/// Writes the subscription, and bills what the change costs now or lets it wait.
fn carry_out(
    world: &mut Universe,
    call: &Call,
    amendment: Amendment,
    (behavior, owner): (&str, u32),
) -> Value {
    let offs = world.offs_for(&amendment);
    let Amendment { mut after, pieces, at_once, .. } = amendment;
    if int(&after, "cancel_at") > 0 {
        world.due.insert((int(&after, "cancel_at"), text(&after, "id").to_owned()));
    }
    world.put(&after);
    if !at_once {
        for piece in &pieces {
            world.wait(call, &after, piece, owner);
        }
        return after;
    }
    let manner = if behavior == "default_incomplete" { Manner::Wait } else { Manner::Allow };
    let now =
        Now { subscription: &after, pieces: &pieces, offs: &offs, reason: "subscription_update", manner };
    let invoice = world.bill_now(call, &now, owner);
    set(&mut after, "latest_invoice", text(&invoice, "id"));
    if text(&invoice, "status") == "open" && text(&after, "status") == "active" {
        set(&mut after, "status", "past_due");
    }
    world.used_up(&mut after, &invoice);
    world.put(&after);
    after
}

impl Universe {
    /// Puts a proration on the next invoice.
    pub(super) fn wait(&mut self, call: &Call, subscription: &Value, piece: &Piece, owner: u32) -> Value {
        let words = piece.words(&self.catalog);
        let credited = piece.credited.as_ref().map(|(invoice, lines)| {
            json!({
                "invoice_line_item_details": {"invoice": invoice, "invoice_line_items": lines},
                "type": "invoice_line_items",
            })
        });
        let item = self.add(Kind::InvoiceItem, owner, |id| {
            json!({
                "id": id, "object": "invoiceitem", "amount": piece.amount,
                "currency": text(subscription, "currency"), "customer": text(subscription, "customer"),
                "customer_account": null, "date": call.now, "description": words,
                "discountable": false, "discounts": [],
                "frozen_fields": ["pricing", "quantity", "discounts"], "invoice": null, "livemode": false,
                "metadata": {}, "net_amount": piece.amount,
                "parent": {
                    "subscription_details": {
                        "subscription": text(subscription, "id"), "subscription_item": piece.item,
                    },
                    "type": "subscription_details",
                },
                "period": {"end": piece.period.1, "start": piece.period.0}, "pricing": piece.pricing(),
                "proration": true,
                "proration_details": {"credited_items": credited, "discount_amounts": []},
                "quantity": piece.quantity, "quantity_decimal": piece.quantity.to_string(), "tax_rates": [],
                "test_clock": null,
            })
        });
        self.say(call, "invoiceitem.created", &item, None);
        item
    }
}
