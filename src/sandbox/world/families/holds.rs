//! Payments that wait: taking held money, and letting go of what has not gone through.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        fields::{bounded, email_field, text_field, without_connect},
        kind::Kind,
        params::{boolean, choice, integer, merge_metadata_of, param, positive, required, text_param},
        plan::fee,
        render::destination_json,
        value::{flag, int, set, text},
    },
    path_id,
};
use crate::sandbox::{call::Call, error::Refusal};

const CANCELABLE: [&str; 5] =
    ["requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing"];
const CANCEL_REASONS: [&str; 4] = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];
/// What a card's statement shows behind the merchant's name.
const DESCRIPTOR_LENGTH: usize = 22;
const REFERENCE_LENGTH: usize = 25;

/// The error carries the payment intent, so that a client sees what it is now.
fn unexpected(intent: &Value, message: String) -> Refusal {
    let mut refusal = Refusal::invalid(message).code("payment_intent_unexpected_state");
    refusal.more.insert("payment_intent".to_owned(), intent.clone());
    refusal
}

/// Refuses what cannot be captured any more, and more than is held.
fn takeable(call: &Call, charge: &Value, amount: i64, held: i64, name: &str) -> Result<(), Refusal> {
    let until = charge.pointer("/payment_method_details/card/capture_before").and_then(Value::as_i64);
    if until.is_some_and(|until| until <= call.now) {
        return Err(Refusal::invalid(
            "The charge cannot be captured as the authorization has expired. Auth and capture charges must be captured \
             within a set number of days (7 by default).",
        )
        .code("charge_expired_for_capture"));
    }
    if amount > held {
        return Err(Refusal::invalid(
            "The payment could not be captured because the requested capture amount is greater than the amount you can \
             capture for this charge.",
        )
        .code("amount_too_large")
        .param(name));
    }
    Ok(())
}

/// Takes held money: the charge is captured, the balance moves. Gives the charge.
fn take(world: &mut Universe, call: &Call, before: &Value, amount: i64, owner: u32) -> Value {
    let mut charge = before.clone();
    let (id, currency) = (text(before, "id"), text(before, "currency"));
    let movement = world.book(call.now, owner, (amount, fee(amount), currency), ("charge", id));
    set(&mut charge, "amount_captured", amount);
    set(&mut charge, "captured", true);
    set(&mut charge, "balance_transaction", movement);
    if let Some(card) = charge.pointer_mut("/payment_method_details/card") {
        set(card, "capture_before", Value::Null);
    }
    world.put(&charge);
    charge
}

/// Gives a hold back: a refund that moves no balance, since nothing was taken. Gives refund and charge.
pub(super) fn release(world: &mut Universe, call: &Call, before: &Value, owner: u32) -> (Value, Value) {
    let amount = int(before, "amount");
    let member = |key: &str| before.get(key).cloned().unwrap_or(Value::Null);
    let mut destination = destination_json("card", "pending");
    set(&mut destination, "card", json!({"type": "reversal"}));
    let refund = world.add(Kind::Refund, owner, |id| {
        json!({
            "id": id, "object": "refund", "amount": amount, "balance_transaction": null, "charge": member("id"),
            "created": call.now, "currency": member("currency"), "customer": member("customer"),
            "customer_account": null, "destination_details": destination, "metadata": {},
            "payment_intent": member("payment_intent"), "payment_method": member("payment_method"), "reason": null,
            "receipt_number": null, "source_transfer_reversal": null, "status": "succeeded",
            "transfer_reversal": null,
        })
    });
    let mut charge = before.clone();
    set(&mut charge, "amount_refunded", amount);
    set(&mut charge, "refunded", true);
    if let Some(card) = charge.pointer_mut("/payment_method_details/card") {
        set(card, "capture_before", Value::Null);
    }
    world.put(&charge);
    world.say(call, "refund.created", &refund, None);
    world.say(call, "charge.refunded", &charge, Some(before));
    (refund, charge)
}

pub(in crate::sandbox) fn capture_intent(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Intent, path_id(call), "intent")?;
    let amount = positive(call, &["amount_to_capture"])?;
    let last = boolean(call, &["final_capture"])?;
    let mut intent = before.clone();
    merge_metadata_of(call, &mut intent)?;
    details(call, &mut intent)?;
    without_connect(call)?;
    let status = text(&before, "status");
    if status == "succeeded" {
        let message = "This PaymentIntent could not be captured because it has already been captured.";
        return Err(unexpected(&before, message.to_owned()));
    }
    if status != "requires_capture" {
        return Err(unexpected(
            &before,
            format!(
                "This PaymentIntent could not be captured because it has a status of {status}. Only a PaymentIntent with \
                 one of the following statuses may be captured: requires_capture."
            ),
        ));
    }
    let held = int(&before, "amount_capturable");
    let amount = amount.unwrap_or(held);
    let (charge, _) = world.must(Kind::Charge, text(&before, "latest_charge"), "intent")?;
    takeable(call, &charge, amount, held, "amount_to_capture")?;
    if last == Some(false) {
        return Err(Refusal::invalid(
            "`final_capture` can only be false for payments that support multicapture; see \
             `payment_method_details[card][multicapture][status]` of the charge.",
        )
        .param("final_capture"));
    }
    set(&mut intent, "status", "succeeded");
    set(&mut intent, "amount_capturable", 0);
    set(&mut intent, "amount_received", amount);
    let taken = take(world, call, &charge, amount, owner);
    world.put(&intent);
    world.say(call, "charge.captured", &taken, Some(&charge));
    world.say(call, "payment_intent.succeeded", &intent, Some(&before));
    Ok(intent)
}

/// What a capture can say about the payment beside its amount.
fn details(call: &Call, intent: &mut Value) -> Result<(), Refusal> {
    for name in ["statement_descriptor", "statement_descriptor_suffix"] {
        text_field(call, intent, name, DESCRIPTOR_LENGTH)?;
    }
    if param(call, &["payment_details"]).is_some() {
        let mut found = Map::new();
        for name in ["customer_reference", "order_reference"] {
            let sent = bounded(call, &["payment_details", name], REFERENCE_LENGTH)?;
            found.insert(name.to_owned(), sent.map_or(Value::Null, Value::from));
        }
        set(intent, "payment_details", Value::Object(found));
    }
    if let Some(id) = text_param(call, &["hooks", "inputs", "tax", "calculation"]) {
        return Err(Refusal::missing("tax calculation", id, "hooks[inputs][tax][calculation]"));
    }
    if param(call, &["amount_details"]).is_some_and(Value::is_object) {
        let mut found = intent.get("amount_details").cloned().unwrap_or_else(|| json!({}));
        if let Some(off) = integer(call, &["amount_details", "discount_amount"])? {
            set(&mut found, "discount_amount", off);
        }
        for (name, parts) in [
            ("shipping", &["amount", "from_postal_code", "to_postal_code"][..]),
            ("tax", &["total_tax_amount"][..]),
        ] {
            let Some(Value::Object(sent)) = param(call, &["amount_details", name]) else { continue };
            let mut part = Map::new();
            for member in parts {
                let value = if member.ends_with("amount") {
                    json!(integer(call, &["amount_details", name, member])?)
                } else {
                    sent.get(*member).cloned().unwrap_or(Value::Null)
                };
                part.insert((*member).to_owned(), value);
            }
            set(&mut found, name, Value::Object(part));
        }
        line_items(call)?;
        set(intent, "amount_details", found);
    }
    Ok(())
}

/// Line items are only read back by an endpoint of their own; here they must be whole.
fn line_items(call: &Call) -> Result<(), Refusal> {
    let Some(Value::Array(lines)) = param(call, &["amount_details", "line_items"]) else { return Ok(()) };
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) =
            ["product_name", "quantity", "unit_cost"].iter().find(|name| line.get(**name).is_none())
        {
            return Err(required(&format!("amount_details[line_items][{at}][{name}]")));
        }
    }
    Ok(())
}

/// `POST /v1/charges/{id}/capture`, for charges from before payment intents.
pub(in crate::sandbox) fn capture_charge(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Charge, path_id(call), "id")?;
    let id = text(&before, "id");
    let amount = positive(call, &["amount"])?;
    without_connect(call)?;
    let mut charge = before.clone();
    email_field(call, &mut charge, "receipt_email")?;
    for name in ["statement_descriptor", "statement_descriptor_suffix"] {
        text_field(call, &mut charge, name, DESCRIPTOR_LENGTH)?;
    }
    let intent = text(&before, "payment_intent");
    if !intent.is_empty() {
        return Err(Refusal::invalid(format!(
            "Charge {id} was created by the PaymentIntent {intent}. Capture the PaymentIntent instead."
        )));
    }
    if text(&before, "status") == "failed" {
        return Err(Refusal::invalid(format!("Charge {id} failed and cannot be captured.")));
    }
    if flag(&before, "captured") {
        return Err(Refusal::invalid(format!("Charge {id} has already been captured."))
            .code("charge_already_captured"));
    }
    if flag(&before, "refunded") {
        return Err(Refusal::invalid(format!("Charge {id} has already been refunded."))
            .code("charge_already_refunded"));
    }
    let held = int(&before, "amount");
    let amount = amount.unwrap_or(held);
    takeable(call, &before, amount, held, "amount")?;
    let charge = take(world, call, &charge, amount, owner);
    world.say(call, "charge.captured", &charge, Some(&before));
    Ok(charge)
}

pub(in crate::sandbox) fn cancel_intent(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Intent, path_id(call), "intent")?;
    let reason = choice(call, &["cancellation_reason"], &CANCEL_REASONS)?.map(str::to_owned);
    let status = text(&before, "status");
    if !CANCELABLE.contains(&status) {
        return Err(unexpected(
            &before,
            format!(
                "You cannot cancel this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one \
                 of the following statuses may be canceled: {}.",
                CANCELABLE.join(", ")
            ),
        ));
    }
    if let Some(invoice) = invoice_of(world, text(&before, "id"), owner) {
        return Err(Refusal::invalid(format!(
            "You cannot cancel this PaymentIntent because it was created by the invoice {invoice}. Void the invoice \
             instead."
        )));
    }
    let mut intent = before.clone();
    for (name, value) in [
        ("status", json!("canceled")),
        ("canceled_at", json!(call.now)),
        ("cancellation_reason", json!(reason)),
        ("amount_capturable", json!(0)),
        ("next_action", Value::Null),
    ] {
        set(&mut intent, name, value);
    }
    world.put(&intent);
    if status == "requires_capture"
        && let Ok((charge, _)) = world.must(Kind::Charge, text(&before, "latest_charge"), "intent")
    {
        release(world, call, &charge, owner);
    }
    world.say(call, "payment_intent.canceled", &intent, Some(&before));
    Ok(intent)
}

/// The invoice that made a payment intent.
fn invoice_of(world: &mut Universe, intent: &str, owner: u32) -> Option<String> {
    let payments = world.all_of(Kind::InvoicePayment, owner);
    let by =
        |payment: &&Value| payment.pointer("/payment/payment_intent").and_then(Value::as_str) == Some(intent);
    payments.iter().find(by).map(|payment| text(payment, "invoice").to_owned())
}
