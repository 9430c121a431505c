//! Invoices, their lines and payments, waiting items, credit notes.

use serde_json::Value;

use super::{
    super::{
        Universe,
        kind::Kind,
        lists::list_short,
        params::{boolean, choice, text_param},
        value::text,
    },
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

const STATUSES: [&str; 5] = ["draft", "open", "paid", "uncollectible", "void"];

/// The subscription that an invoice is for.
pub(super) fn subscription_of(invoice: &Value) -> &str {
    invoice.pointer("/parent/subscription_details/subscription").and_then(Value::as_str).unwrap_or("")
}

pub(in crate::sandbox) fn invoices(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let status = choice(call, &["status"], &STATUSES)?;
    let scope =
        world.scope(call, &[(&["customer"], Kind::Customer), (&["subscription"], Kind::Subscription)])?;
    let subscription = text_param(call, &["subscription"]);
    world.list(call, Kind::Invoice, scope, |invoice| {
        status.is_none_or(|status| text(invoice, "status") == status)
            && subscription.is_none_or(|id| subscription_of(invoice) == id)
            && same(call, "collection_method", invoice)
    })
}

pub(in crate::sandbox) fn search(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let fields = [
        "created",
        "currency",
        "customer",
        "last_finalization_error_code",
        "last_finalization_error_type",
        "metadata",
        "number",
        "receipt_number",
        "status",
        "subscription",
        "total",
    ];
    world.search(call, Kind::Invoice, &fields)
}

pub(in crate::sandbox) fn lines(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (invoice, _) = world.must(Kind::Invoice, path_id(call), "invoice")?;
    let lines = invoice.pointer("/lines/data").and_then(Value::as_array).cloned().unwrap_or_default();
    list_short(call, &lines, "invoice line item")
}

pub(in crate::sandbox) fn payments(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let intent = text_param(call, &["payment", "payment_intent"]);
    if text_param(call, &["payment", "type"]).is_none() && intent.is_some() {
        return Err(super::super::params::required("payment[type]"));
    }
    let scope = world
        .scope(call, &[(&["invoice"], Kind::Invoice), (&["payment", "payment_intent"], Kind::Intent)])?;
    world.list(call, Kind::InvoicePayment, scope, |payment| {
        let paid_by = payment.pointer("/payment/payment_intent").and_then(Value::as_str);
        ["invoice", "status"].iter().all(|name| same(call, name, payment))
            && intent.is_none_or(|intent| paid_by == Some(intent))
    })
}

pub(in crate::sandbox) fn items(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let pending = boolean(call, &["pending"])?;
    let scope = world.scope(call, &[(&["customer"], Kind::Customer), (&["invoice"], Kind::Invoice)])?;
    world.list(call, Kind::InvoiceItem, scope, |item| {
        let waits = text(item, "invoice").is_empty();
        pending.is_none_or(|pending| pending == waits) && same(call, "invoice", item)
    })
}

pub(in crate::sandbox) fn credit_notes(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer), (&["invoice"], Kind::Invoice)])?;
    world.list(call, Kind::CreditNote, scope, |note| same(call, "invoice", note))
}
