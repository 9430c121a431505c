//! Credit notes: previewing, issuing and voiding, and what that does to invoice, charge and balance.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        lists::list_short,
        params::{choice, merge_metadata, moment, required, text_param},
        value::{flag, int, set, text},
    },
    credit::{Note, note},
    path_id, refunds, same,
};
use crate::sandbox::{call::Call, error::Refusal};

const REASONS: [&str; 4] = ["duplicate", "fraudulent", "order_change", "product_unsatisfactory"];

/// `GET /v1/credit_notes`
pub(in crate::sandbox) fn credit_notes(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let scope = world.scope(call, &[(&["customer"], Kind::Customer), (&["invoice"], Kind::Invoice)])?;
    world.list(call, Kind::CreditNote, scope, |note| {
        ["customer", "invoice"].iter().all(|name| same(call, name, note))
    })
}

/// `GET /v1/credit_notes/{id}/lines`
pub(in crate::sandbox) fn lines(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (note, _) = world.must(Kind::CreditNote, path_id(call), "id")?;
    let lines = note.pointer("/lines/data").and_then(Value::as_array).cloned().unwrap_or_default();
    list_short(call, &lines, "credit note line item")
}

/// The invoice, which must be final and not void.
fn invoice(world: &mut Universe, call: &Call) -> Result<(Value, u32), Refusal> {
    let id = text_param(call, &["invoice"]).ok_or_else(|| required("invoice"))?;
    let (invoice, owner) = world.must(Kind::Invoice, id, "invoice")?;
    let status = text(&invoice, "status");
    if ["draft", "void"].contains(&status) {
        return Err(Refusal::invalid(format!(
            "Credit notes can only be created for invoices with a status of `open`, `paid`, or `uncollectible`. This invoice has a status of `{status}`."
        ))
        .param("invoice"));
    }
    Ok((invoice, owner))
}

/// The credit note that the call describes, without what only issuing makes.
fn described(world: &mut Universe, call: &Call) -> Result<(Value, Note, Value, u32), Refusal> {
    let (invoice, owner) = invoice(world, call)?;
    let reason = choice(call, &["reason"], &REASONS)?;
    choice(call, &["email_type"], &["credit_note", "none"])?;
    let effective = moment(call, &["effective_at"])?;
    let mut metadata = Map::new();
    merge_metadata(call, &mut metadata)?;
    let note = note(world, call, &invoice, owner)?;
    let count = world
        .all_of(Kind::CreditNote, owner)
        .iter()
        .filter(|other| text(other, "invoice") == text(&invoice, "id"))
        .count();
    let number = format!("{}-CN-{:02}", text(&invoice, "number"), count + 1);
    let id = world.fresh(Kind::CreditNote, owner);
    let mut drawn = note.json(&id, &invoice);
    for (name, value) in [
        ("created", json!(call.now)),
        ("effective_at", json!(effective.unwrap_or(call.now))),
        ("memo", json!(text_param(call, &["memo"]))),
        ("metadata", json!(metadata)),
        ("number", json!(number)),
        ("reason", json!(reason)),
    ] {
        set(&mut drawn, name, value);
    }
    Ok((drawn, note, invoice, owner))
}

/// `GET /v1/credit_notes/preview`
pub(in crate::sandbox) fn preview(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (mut drawn, note, _, _) = described(world, call)?;
    if note.refund > 0 {
        // The refund is not made yet.
        let refund = json!({"amount_refunded": note.refund, "payment_record_refund": null, "refund": null, "type": "refund"});
        if let Some(list) = drawn.get_mut("refunds").and_then(Value::as_array_mut) {
            list.push(refund);
        }
    }
    Ok(drawn)
}

/// `GET /v1/credit_notes/preview/lines`
pub(in crate::sandbox) fn preview_lines(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (drawn, ..) = described(world, call)?;
    let lines = drawn.pointer("/lines/data").and_then(Value::as_array).cloned().unwrap_or_default();
    list_short(call, &lines, "credit note line item")
}

/// `POST /v1/credit_notes`
pub(in crate::sandbox) fn create(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (mut drawn, note, before, owner) = described(world, call)?;
    let charge = world.charge_of(&before);
    let charge = match (note.refund, charge) {
        (0, _) => None,
        (_, None) => {
            return Err(
                Refusal::invalid("This invoice has no payment that can be refunded.").param("refund_amount")
            );
        }
        (amount, Some(charge)) => {
            refunds::refusable(world, &charge, owner)?;
            let left = int(&charge, "amount_captured") - int(&charge, "amount_refunded");
            if amount > left {
                return Err(refunds::more_than_left(&charge, amount, left).param("refund_amount"));
            }
            Some(charge)
        }
    };
    let id = text(&drawn, "id").to_owned();
    if let Some(charge) = charge {
        let email = text(&before, "customer_email");
        let (refund, after) =
            refunds::give_back(world, call, &charge, (note.refund, email), (None, Map::new()));
        world.say(call, "refund.created", &refund, None);
        world.say(call, "charge.refunded", &after, Some(&charge));
        let made = json!({
            "amount_refunded": note.refund, "payment_record_refund": null, "refund": text(&refund, "id"),
            "type": "refund",
        });
        if let Some(list) = drawn.get_mut("refunds").and_then(Value::as_array_mut) {
            list.push(made);
        }
    }
    let moved = world.move_balance(call, (&before, &id), "credit_note", -note.credit);
    if !moved.is_empty() {
        set(&mut drawn, "customer_balance_transaction", moved);
    }
    world.add(Kind::CreditNote, owner, |_| drawn.clone());
    world.say(call, "credit_note.created", &drawn, None);
    credited(world, call, &before, (note.pre, note.post));
    Ok(drawn)
}

/// Lowers what is still to pay, and counts what was given back; all lowered is paid.
fn credited(world: &mut Universe, call: &Call, before: &Value, (pre, post): (i64, i64)) {
    let mut invoice = before.clone();
    for (name, change) in [
        ("amount_due", -pre),
        ("amount_remaining", -pre),
        ("pre_payment_credit_notes_amount", pre),
        ("post_payment_credit_notes_amount", post),
    ] {
        set(&mut invoice, name, int(before, name) + change);
    }
    world.put(&invoice);
    world.say(call, "invoice.updated", &invoice, Some(before));
    if pre == 0 {
        return;
    }
    if int(&invoice, "amount_remaining") == 0 {
        world.drop_payment(call, &invoice, "automatic");
        world.paid(call, &invoice, (0, 0));
        return;
    }
    reask(world, call, &invoice);
}

/// The open payment asks for what remains.
fn reask(world: &mut Universe, call: &Call, invoice: &Value) {
    let (mut payment, mut intent) = world.payment_of(call, invoice);
    let left = int(invoice, "amount_remaining");
    set(&mut payment, "amount_requested", left);
    set(&mut intent, "amount", left);
    world.put(&payment);
    world.put(&intent);
}

/// `POST /v1/credit_notes/{id}/void`: only while its invoice is open.
pub(in crate::sandbox) fn void(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = world.must(Kind::CreditNote, path_id(call), "id")?;
    if text(&before, "status") == "void" {
        return Err(Refusal::invalid("This credit note has already been voided."));
    }
    let (was, _) = world.must(Kind::Invoice, text(&before, "invoice"), "invoice")?;
    if text(&was, "status") != "open" || int(&before, "post_payment_amount") > 0 {
        return Err(Refusal::invalid(
            "You can only void a credit note while its invoice is open and nothing of it was paid out.",
        ));
    }
    let mut note = before.clone();
    set(&mut note, "status", "void");
    set(&mut note, "voided_at", call.now);
    world.put(&note);
    world.say(call, "credit_note.voided", &note, Some(&before));
    let pre = int(&before, "pre_payment_amount");
    let mut invoice = was.clone();
    for (name, change) in
        [("amount_due", pre), ("amount_remaining", pre), ("pre_payment_credit_notes_amount", -pre)]
    {
        set(&mut invoice, name, int(&was, name) + change);
    }
    world.put(&invoice);
    world.say(call, "invoice.updated", &invoice, Some(&was));
    reask(world, call, &invoice);
    Ok(note)
}

impl Universe {
    /// The charge that paid an invoice.
    pub(super) fn charge_of(&mut self, invoice: &Value) -> Option<Value> {
        let owner = self.owner_of(text(invoice, "id"))?;
        let payments = self.all_of(Kind::InvoicePayment, owner);
        let paid = payments.iter().find(|payment| {
            payment.get("invoice") == invoice.get("id") && text(payment, "status") == "paid"
        })?;
        let intent = paid.pointer("/payment/payment_intent").and_then(Value::as_str)?;
        let intent = self.by_id(intent)?;
        self.by_id(text(&intent, "latest_charge")).filter(|charge| flag(charge, "paid"))
    }
}
