//! Invoices, their lines and payments: reading.

use serde_json::Value;

use super::{
    super::{
        Universe,
        kind::Kind,
        lists::list_short,
        params::{choice, text_param},
        value::text,
    },
    path_id, same,
    subscriptions::within,
};
use crate::sandbox::{call::Call, error::Refusal};

/// In the order in which Stripe names them.
const STATUSES: [&str; 5] = ["draft", "open", "void", "paid", "uncollectible"];

/// The subscription that an invoice is for.
pub(super) fn subscription_of(invoice: &Value) -> &str {
    invoice.pointer("/parent/subscription_details/subscription").and_then(Value::as_str).unwrap_or("")
}

pub(in crate::sandbox) fn invoices(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let status = choice(call, &["status"], &STATUSES)?;
    let scope =
        world.scope(call, &[(&["customer"], Kind::Customer), (&["subscription"], Kind::Subscription)])?;
    let subscription = text_param(call, &["subscription"]);
    choice(call, &["collection_method"], &["charge_automatically", "send_invoice"])?;
    within(call, "due_date", 0)?;
    let dated = call.params.contains_key("due_date");
    world.list(call, Kind::Invoice, scope, |invoice| {
        let due = invoice.get("due_date").and_then(Value::as_i64);
        status.is_none_or(|status| text(invoice, "status") == status)
            && (!dated || due.is_some_and(|due| within(call, "due_date", due).unwrap_or(false)))
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
    let kind = choice(call, &["payment", "type"], &["payment_intent", "payment_record"])?;
    if kind.is_none() && super::super::params::param(call, &["payment"]).is_some() {
        return Err(super::super::params::required("payment[type]"));
    }
    choice(call, &["status"], &["canceled", "open", "paid"])?;
    let scope = world
        .scope(call, &[(&["invoice"], Kind::Invoice), (&["payment", "payment_intent"], Kind::Intent)])?;
    world.list(call, Kind::InvoicePayment, scope, |payment| {
        let paid_by = payment.pointer("/payment/payment_intent").and_then(Value::as_str);
        let of = payment.pointer("/payment/type").and_then(Value::as_str);
        kind.is_none_or(|kind| of == Some(kind))
            && ["invoice", "status"].iter().all(|name| same(call, name, payment))
            && intent.is_none_or(|intent| paid_by == Some(intent))
    })
}
