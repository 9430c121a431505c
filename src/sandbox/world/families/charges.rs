//! Charges, payment intents, disputes.

use serde_json::Value;

use super::{
    super::{
        Universe,
        kind::Kind,
        params::{cleared, merge_metadata_of, param, text_param},
        value::set,
    },
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

const CHARGE_FIELDS: [&str; 13] = [
    "amount",
    "billing_details.address.postal_code",
    "created",
    "currency",
    "customer",
    "disputed",
    "metadata",
    "payment_method_details.card.last4",
    "payment_method_details.card.exp_month",
    "payment_method_details.card.exp_year",
    "payment_method_details.card.brand",
    "payment_method_details.card.fingerprint",
    "refunded",
];

pub(in crate::sandbox) fn charges(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer), (&["payment_intent"], Kind::Intent)])?;
    world.list(call, Kind::Charge, scope, |charge| {
        ["customer", "payment_intent", "transfer_group"].iter().all(|name| same(call, name, charge))
    })
}

pub(in crate::sandbox) fn search_charges(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let fields: Vec<&str> = CHARGE_FIELDS.into_iter().chain(["status"]).collect();
    world.search(call, Kind::Charge, &fields)
}

pub(in crate::sandbox) fn update_charge(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = world.must(Kind::Charge, path_id(call), "id")?;
    let mut charge = before.clone();
    merge_metadata_of(call, &mut charge)?;
    for name in ["description", "receipt_email"] {
        if cleared(call, &[name]) {
            set(&mut charge, name, Value::Null);
        } else if let Some(text) = text_param(call, &[name]) {
            set(&mut charge, name, text);
        }
    }
    if let Some(report) = param(call, &["fraud_details"]).filter(|report| report.is_object()) {
        set(&mut charge, "fraud_details", report.clone());
    }
    world.put(&charge);
    world.say(call, "charge.updated", &charge, Some(&before));
    Ok(charge)
}

pub(in crate::sandbox) fn intents(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer)])?;
    world.list(call, Kind::Intent, scope, |_| true)
}

pub(in crate::sandbox) fn search_intents(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let fields = ["amount", "created", "currency", "customer", "metadata", "status"];
    world.search(call, Kind::Intent, &fields)
}

pub(in crate::sandbox) fn disputes(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["charge"], Kind::Charge), (&["payment_intent"], Kind::Intent)])?;
    world.list(call, Kind::Dispute, scope, |dispute| {
        ["charge", "payment_intent"].iter().all(|name| same(call, name, dispute))
    })
}
