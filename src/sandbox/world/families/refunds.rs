//! Refunds: what may be given back, and what giving back changes.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        events::{REFUND_SETTLES_S, bounces},
        fields::{self, email},
        kind::Kind,
        lists::Scope,
        params::{boolean, choice, merge_metadata, merge_metadata_of, positive, required, text_param},
        render::{destination_json, destination_kind, instructions, money_text},
        value::{flag, int, joined, set, text},
    },
    holds::release,
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

/// `GET /v1/charges/{id}/refunds`, which a charge's own list leads to.
pub(in crate::sandbox) fn of_charge(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (charge, owner) = world.must(Kind::Charge, path_id(call), "id")?;
    world.list(call, Kind::Refund, Scope::One(owner), |refund| text(refund, "charge") == text(&charge, "id"))
}

pub(in crate::sandbox) fn refunds(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["charge"], Kind::Charge), (&["payment_intent"], Kind::Intent)])?;
    world.list(call, Kind::Refund, scope, |refund| {
        ["charge", "payment_intent"].iter().all(|name| same(call, name, refund))
    })
}

/// The charge that the call means, with its customer's index.
fn target(world: &mut Universe, call: &Call) -> Result<(Value, u32), Refusal> {
    match (text_param(call, &["charge"]), text_param(call, &["payment_intent"])) {
        (Some(_), Some(_)) => {
            Err(Refusal::invalid("You may only specify one of these parameters: charge, payment_intent."))
        }
        (Some(charge), None) => world.must(Kind::Charge, charge, "charge"),
        (None, Some(intent)) => {
            let (intent, _) = world.must(Kind::Intent, intent, "payment_intent")?;
            let charge = text(&intent, "latest_charge");
            if text(&intent, "status") != "succeeded" || charge.is_empty() {
                return Err(Refusal::invalid(format!(
                    "This PaymentIntent ({}) does not have a successful charge to refund.",
                    text(&intent, "id")
                ))
                .param("payment_intent"));
            }
            world.must(Kind::Charge, charge, "payment_intent")
        }
        (None, None) => Err(Refusal::invalid(
            "One of the following params should be provided for this request: payment_intent or charge.",
        )
        .code("parameter_missing")),
    }
}

/// Why this charge cannot be refunded at all.
fn refusable(world: &mut Universe, charge: &Value, owner: u32) -> Result<(), Refusal> {
    let id = text(charge, "id");
    let barred = |code: &'static str, message: &str| {
        Err(Refusal::invalid(format!("Charge {id} {message}")).code(code))
    };
    if text(charge, "status") == "failed" {
        return barred("charge_not_refundable", "failed and cannot be refunded.");
    }
    if flag(charge, "refunded") {
        return barred("charge_already_refunded", "has already been refunded.");
    }
    if !flag(charge, "captured") && !text(charge, "payment_intent").is_empty() {
        return barred(
            "charge_not_refundable",
            "has not been captured; cancel its PaymentIntent to release the funds.",
        );
    }
    let disputes = if flag(charge, "disputed") { world.all_of(Kind::Dispute, owner) } else { vec![] };
    if disputes.iter().any(|x| text(x, "charge") == id && !flag(x, "is_charge_refundable")) {
        return barred("charge_disputed", "has been charged back; cannot issue a refund.");
    }
    Ok(())
}

/// What only accounts with connected accounts, or customers with a cash balance, can ask.
fn elsewhere(call: &Call) -> Result<(), Refusal> {
    if boolean(call, &["refund_application_fee"])? == Some(true) {
        return Err(
            Refusal::invalid("This charge has no application fee to refund.").param("refund_application_fee")
        );
    }
    if boolean(call, &["reverse_transfer"])? == Some(true) {
        return Err(
            Refusal::invalid("This charge has no associated transfer to reverse.").param("reverse_transfer")
        );
    }
    Ok(())
}

pub(in crate::sandbox) fn create(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let amount = positive(call, &["amount"])?;
    let reason = choice(call, &["reason"], &REASONS)?.map(str::to_owned);
    let email = email(call, &["instructions_email"])?;
    let mut metadata = Map::new();
    merge_metadata(call, &mut metadata)?;
    elsewhere(call)?;
    if choice(call, &["origin"], &["customer_balance"])?.is_some() {
        return from_cash(world, call, amount, &metadata);
    }
    let (before, owner) = target(world, call)?;
    refusable(world, &before, owner)?;
    let currency = text(&before, "currency");
    if let Some(asked) = fields::currency(call, &["currency"])?.filter(|asked| asked != currency) {
        return Err(Refusal::invalid(format!(
            "The currency of the refund ({asked}) must be the currency of the charge ({currency})."
        ))
        .param("currency"));
    }
    let held = !flag(&before, "captured");
    let all = int(&before, if held { "amount" } else { "amount_captured" });
    let left = all - int(&before, "amount_refunded");
    let amount = amount.unwrap_or(left);
    if amount > left {
        let (asked, rest) = (money_text(amount, currency), money_text(left, currency));
        return Err(Refusal::invalid(format!(
            "Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        ))
        .param("amount"));
    }
    if held {
        // A charge without a payment intent lets go of its hold by a refund, whole.
        return Ok(release(world, call, &before, owner).0);
    }
    let email = email.unwrap_or_else(|| text(&before, "receipt_email")).to_owned();
    let (refund, charge) = give_back(world, call, &before, (amount, &email), (reason, metadata));
    world.say(call, "refund.created", &refund, None);
    world.say(call, "charge.refunded", &charge, Some(&before));
    if flag(&charge, "refunded") && flag(&charge, "disputed") {
        end_inquiries(world, call, text(&charge, "id"), owner);
    }
    Ok(refund)
}

/// Whoever asked has the money back: an inquiry about the charge is over.
fn end_inquiries(world: &mut Universe, call: &Call, charge: &str, owner: u32) {
    let open = ["warning_needs_response", "warning_under_review"];
    for before in world.all_of(Kind::Dispute, owner) {
        if text(&before, "charge") == charge && open.contains(&text(&before, "status")) {
            let mut dispute = before.clone();
            set(&mut dispute, "status", "warning_closed");
            world.put(&dispute);
            world.say(call, "charge.dispute.closed", &dispute, Some(&before));
        }
    }
}

/// Writes the refund, its movement of the balance, and the charge. Gives refund and charge.
fn give_back(
    world: &mut Universe,
    call: &Call,
    before: &Value,
    (amount, email): (i64, &str),
    (reason, metadata): (Option<String>, Map<String, Value>),
) -> (Value, Value) {
    let owner = world.owner_of(text(before, "id")).unwrap_or(u32::MAX);
    let currency = text(before, "currency");
    let method = before.pointer("/payment_method_details/type").and_then(Value::as_str).unwrap_or("card");
    let status = match method {
        "sepa_debit" => "pending",
        "customer_balance" => "requires_action",
        _ => "succeeded",
    };
    let destination = destination_json(destination_kind(method, currency), "pending");
    let member = |key: &str| before.get(key).cloned().unwrap_or(Value::Null);
    let mut refund = world.add(Kind::Refund, owner, |id| {
        json!({
            "id": id, "object": "refund", "amount": amount, "balance_transaction": null,
            "charge": member("id"), "created": call.now, "currency": currency,
            "customer": member("customer"), "customer_account": null, "destination_details": destination,
            "metadata": metadata, "payment_intent": member("payment_intent"),
            "payment_method": member("payment_method"), "reason": reason, "receipt_number": null,
            "source_transfer_reversal": null, "status": status, "transfer_reversal": null,
        })
    });
    let id = text(&refund, "id").to_owned();
    let movement = world.book(call.now, owner, (-amount, 0, currency), ("refund", &id));
    set(&mut refund, "balance_transaction", movement);
    match status {
        "pending" => {
            set(&mut refund, "pending_reason", "processing");
            world.due.insert((call.now + REFUND_SETTLES_S, id));
        }
        "requires_action" => {
            refund = joined(refund, Value::Object(instructions(email, call.now)));
        }
        _ if bounces(before) => {
            world.due.insert((call.now + REFUND_SETTLES_S, id));
        }
        _ => {}
    }
    world.put(&refund);
    let mut charge = before.clone();
    let refunded = int(before, "amount_refunded") + amount;
    set(&mut charge, "amount_refunded", refunded);
    set(&mut charge, "refunded", refunded == int(before, "amount_captured"));
    world.put(&charge);
    (refund, charge)
}

/// A refund of money that the customer sent and nothing is matched with.
fn from_cash(
    world: &mut Universe,
    call: &Call,
    amount: Option<i64>,
    metadata: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let id = text_param(call, &["customer"]).ok_or_else(|| required("customer"))?;
    let amount = amount.ok_or_else(|| required("amount"))?;
    let currency = fields::currency(call, &["currency"])?.ok_or_else(|| required("currency"))?;
    let (customer, owner) = world.must(Kind::Customer, id, "customer")?;
    if flag(&customer, "deleted") {
        return Err(Refusal::missing("customer", id, "customer"));
    }
    let left = world.cash_of(id, owner).get(&currency).and_then(Value::as_i64).unwrap_or(0);
    if amount > left {
        return Err(Refusal::invalid(format!(
            "The refund amount ({}) is greater than the customer's available cash balance ({}).",
            money_text(amount, &currency),
            money_text(left, &currency)
        ))
        .code("balance_insufficient")
        .param("amount"));
    }
    let destination = destination_json(destination_kind("customer_balance", &currency), "pending");
    let email = email(call, &["instructions_email"])?.unwrap_or_else(|| text(&customer, "email"));
    let asked = Value::Object(instructions(email, call.now));
    let mut refund = world.add(Kind::Refund, owner, |own| {
        let made = json!({
            "id": own, "object": "refund", "amount": amount, "balance_transaction": null, "charge": null,
            "created": call.now, "currency": currency, "customer": id, "customer_account": null,
            "destination_details": destination, "metadata": metadata, "payment_intent": null,
            "payment_method": null, "reason": null, "receipt_number": null, "source_transfer_reversal": null,
            "status": "requires_action", "transfer_reversal": null,
        });
        joined(made, asked)
    });
    let own = text(&refund, "id").to_owned();
    let movement = world.book(call.now, owner, (-amount, 0, &currency), ("refund", &own));
    set(&mut refund, "balance_transaction", movement);
    world.put(&refund);
    world.say(call, "refund.created", &refund, None);
    Ok(refund)
}

pub(in crate::sandbox) fn update(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = world.must(Kind::Refund, path_id(call), "id")?;
    let mut refund = before.clone();
    merge_metadata_of(call, &mut refund)?;
    world.put(&refund);
    world.say(call, "refund.updated", &refund, Some(&before));
    Ok(refund)
}

pub(in crate::sandbox) fn cancel(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::Refund, path_id(call), "id")?;
    if text(&before, "status") != "requires_action" {
        return Err(Refusal::invalid(format!(
            "This refund cannot be canceled because it has a status of {}.",
            text(&before, "status")
        )));
    }
    // The money comes back to the merchant's balance, as after a failure.
    let (amount, currency) = (int(&before, "amount"), text(&before, "currency"));
    let movement =
        world.book(call.now, owner, (amount, 0, currency), ("refund_failure", text(&before, "id")));
    let mut refund = before.clone();
    set(&mut refund, "status", "canceled");
    set(&mut refund, "failure_balance_transaction", movement);
    set(&mut refund, "failure_reason", "merchant_request");
    if let Some(members) = refund.as_object_mut() {
        members.shift_remove("next_action");
    }
    world.put(&refund);
    world.say(call, "refund.updated", &refund, Some(&before));
    if let Ok((charged, _)) = world.must(Kind::Charge, text(&before, "charge"), "charge") {
        let mut charge = charged.clone();
        set(&mut charge, "amount_refunded", int(&charged, "amount_refunded") - amount);
        set(&mut charge, "refunded", false);
        world.put(&charge);
        world.say(call, "charge.updated", &charge, Some(&charged));
    }
    Ok(refund)
}
