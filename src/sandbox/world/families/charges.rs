//! Charges and payment intents: lists, searches, and what may be said of a charge.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        fields::{email_field, shipping, text_field},
        kind::Kind,
        params::{choice, cleared, merge_metadata_of, text_param},
        value::{set, text},
    },
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

const REPORTS: [&str; 2] = ["fraudulent", "safe"];
const TEXT_LENGTH: usize = 5_000;
const CHARGE_FIELDS: [&str; 14] = [
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
    "status",
];

pub(in crate::sandbox) fn charges(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer), (&["payment_intent"], Kind::Intent)])?;
    world.list(call, Kind::Charge, scope, |charge| {
        ["customer", "payment_intent", "transfer_group"].iter().all(|name| same(call, name, charge))
    })
}

pub(in crate::sandbox) fn search_charges(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    world.search(call, Kind::Charge, &CHARGE_FIELDS)
}

pub(in crate::sandbox) fn update_charge(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = world.must(Kind::Charge, path_id(call), "id")?;
    let mut charge = before.clone();
    merge_metadata_of(call, &mut charge)?;
    text_field(call, &mut charge, "description", TEXT_LENGTH)?;
    email_field(call, &mut charge, "receipt_email")?;
    if let Some(shipping) = shipping(call, &["carrier", "phone", "tracking_number"])? {
        set(&mut charge, "shipping", shipping);
    }
    let report = ["fraud_details", "user_report"];
    if cleared(call, &report) {
        set(&mut charge, "fraud_details", json!({}));
    } else if let Some(report) = choice(call, &report, &REPORTS)? {
        set(&mut charge, "fraud_details", json!({"user_report": report}));
    }
    if let Some(id) = text_param(call, &["customer"]) {
        let (customer, _) = world.must(Kind::Customer, id, "customer")?;
        if !text(&before, "customer").is_empty() && text(&before, "customer") != id {
            return Err(Refusal::invalid(
                "You cannot update the customer of this charge, since it already has one.",
            )
            .param("customer"));
        }
        set(&mut charge, "customer", text(&customer, "id"));
    }
    if let Some(group) = text_param(call, &["transfer_group"]) {
        if !text(&before, "transfer_group").is_empty() && text(&before, "transfer_group") != group {
            return Err(Refusal::invalid("`transfer_group` can only be set once.").param("transfer_group"));
        }
        set(&mut charge, "transfer_group", group);
    }
    world.put(&charge);
    world.say(call, "charge.updated", &charge, Some(&before));
    Ok(charge)
}

pub(in crate::sandbox) fn intent(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    world.must(Kind::Intent, path_id(call), "intent").map(|found| found.0)
}

pub(in crate::sandbox) fn intents(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer)])?;
    world.list(call, Kind::Intent, scope, |_| true)
}

pub(in crate::sandbox) fn search_intents(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let fields = ["amount", "created", "currency", "customer", "metadata", "status"];
    world.search(call, Kind::Intent, &fields)
}
