//! Refunds: what may be given back, and what giving back changes.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        catalog::known_currency,
        events::{REFUND_SETTLES_S, bounces},
        kind::Kind,
        params::{choice, merge_metadata, merge_metadata_of, positive, text_param},
        plan::Transaction,
        render::{destination, money_text, transaction_json},
        value::{flag, int, set, text},
    },
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

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
    if text(charge, "status") == "failed" {
        return Err(Refusal::invalid(format!("Charge {id} failed and cannot be refunded."))
            .code("charge_not_refundable"));
    }
    if !flag(charge, "captured") {
        return Err(Refusal::invalid(format!(
            "Charge {id} has not been captured; cancel its PaymentIntent to release the funds."
        ))
        .code("charge_not_refundable"));
    }
    if flag(charge, "refunded") {
        return Err(Refusal::invalid(format!("Charge {id} has already been refunded."))
            .code("charge_already_refunded"));
    }
    let barred = flag(charge, "disputed")
        && world
            .all_of(Kind::Dispute, owner)
            .iter()
            .any(|dispute| text(dispute, "charge") == id && !flag(dispute, "is_charge_refundable"));
    if barred {
        return Err(Refusal::invalid(format!("Charge {id} has been charged back; cannot issue a refund."))
            .code("charge_disputed"));
    }
    Ok(())
}

pub(in crate::sandbox) fn create(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let amount = positive(call, &["amount"])?;
    let reason = choice(call, &["reason"], &REASONS)?.map(str::to_owned);
    let mut metadata = Map::new();
    merge_metadata(call, &mut metadata)?;
    let (before, owner) = target(world, call)?;
    refusable(world, &before, owner)?;
    let currency = text(&before, "currency");
    let left = int(&before, "amount_captured") - int(&before, "amount_refunded");
    let amount = amount.unwrap_or(left);
    if amount > left {
        let (asked, rest) = (money_text(amount, currency), money_text(left, currency));
        return Err(Refusal::invalid(format!(
            "Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        ))
        .param("amount"));
    }
    let (refund, charge) = give_back(world, call, &before, amount, (reason, metadata));
    world.say(call, "refund.created", &refund, None);
    world.say(call, "charge.refunded", &charge, Some(&before));
    Ok(refund)
}

/// Writes the refund, its movement of the balance, and the charge. Gives refund and charge.
fn give_back(
    world: &mut Universe,
    call: &Call,
    before: &Value,
    amount: i64,
    (reason, metadata): (Option<String>, Map<String, Value>),
) -> (Value, Value) {
    let owner = world.owner_of(text(before, "id")).unwrap_or(u32::MAX);
    let currency = known_currency(text(before, "currency"));
    let sepa = before.pointer("/payment_method_details/type").and_then(Value::as_str) == Some("sepa_debit");
    let status = if sepa { "pending" } else { "succeeded" };
    let member = |key: &str| before.get(key).cloned().unwrap_or(Value::Null);
    let mut refund = world.add(Kind::Refund, owner, |id| {
        json!({
            "id": id, "object": "refund", "amount": amount, "balance_transaction": null,
            "charge": member("id"), "created": call.now, "currency": currency,
            "customer": member("customer"), "destination_details": destination(sepa, "pending"),
            "metadata": metadata, "payment_intent": member("payment_intent"),
            "payment_method": member("payment_method"), "reason": reason, "receipt_number": null,
            "source_transfer_reversal": null, "status": status, "transfer_reversal": null,
        })
    });
    let id = text(&refund, "id").to_owned();
    let movement = Transaction {
        created: call.now,
        amount: -amount,
        fee: 0,
        currency,
        kind: "refund",
        source: (Kind::Refund, 0),
    };
    let movement = world.add(Kind::Transaction, owner, |own| transaction_json(own, &movement, &id));
    set(&mut refund, "balance_transaction", text(&movement, "id"));
    if sepa {
        set(&mut refund, "pending_reason", "processing");
    }
    if sepa || bounces(before) {
        world.due.insert((call.now + REFUND_SETTLES_S, id));
    }
    world.put(&refund);
    let mut charge = before.clone();
    let refunded = int(before, "amount_refunded") + amount;
    set(&mut charge, "amount_refunded", refunded);
    set(&mut charge, "refunded", refunded == int(before, "amount_captured"));
    world.put(&charge);
    (refund, charge)
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
    let (before, _) = world.must(Kind::Refund, path_id(call), "id")?;
    if text(&before, "status") != "requires_action" {
        return Err(Refusal::invalid(format!(
            "This refund cannot be canceled because it has a status of {}.",
            text(&before, "status")
        )));
    }
    let mut refund = before.clone();
    set(&mut refund, "status", "canceled");
    world.put(&refund);
    if let Ok((mut charge, _)) = world.must(Kind::Charge, text(&before, "charge"), "charge") {
        let refunded = int(&charge, "amount_refunded") - int(&before, "amount");
        set(&mut charge, "amount_refunded", refunded);
        set(&mut charge, "refunded", false);
        world.put(&charge);
    }
    world.say(call, "refund.updated", &refund, Some(&before));
    Ok(refund)
}
