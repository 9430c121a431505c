//! What is done to one invoice: finalise, pay, send, give up, void.

use serde_json::Value;

use super::{
    super::{
        Universe,
        kind::Kind,
        params::{boolean, text_param},
        value::{flag, int, set, text},
    },
    bill::collect::no_method,
    invoices::subscription_of,
    path_id,
};
use crate::sandbox::{call::Call, error::Refusal};

/// The invoice in the path; endpoints differ in how they name it when it is not there.
fn named(world: &mut Universe, call: &Call, param: &str) -> Result<Value, Refusal> {
    world.must(Kind::Invoice, path_id(call), param).map(|found| found.0)
}

fn not_open() -> Refusal {
    Refusal::invalid("You can only pass in open invoices. This invoice isn't open.")
}

/// `GET /v1/invoices/{id}`
pub(in crate::sandbox) fn invoice(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    named(world, call, "invoice")
}

/// `POST /v1/invoices/{id}/finalize`
pub(in crate::sandbox) fn finalize(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let draft = named(world, call, "id")?;
    let advance = boolean(call, &["auto_advance"])?;
    if text(&draft, "status") != "draft" {
        return Err(Refusal::invalid(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
        ));
    }
    Ok(world.finalize(call, &draft, advance.unwrap_or_else(|| flag(&draft, "auto_advance"))))
}

/// The method that the call names, which must be the customer's, or the one that is saved.
fn method(world: &mut Universe, call: &Call, invoice: &Value) -> Result<Value, Refusal> {
    let Some((name, id)) = ["payment_method", "source"]
        .into_iter()
        .find_map(|name| text_param(call, &[name]).map(|id| (name, id)))
    else {
        return world.method_of(invoice).ok_or_else(no_method);
    };
    let (method, _) = world.must(Kind::PaymentMethod, id, name)?;
    if text(&method, "customer") != text(invoice, "customer") {
        return Err(Refusal::invalid(format!(
            "The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer."
        ))
        .code("resource_missing")
        .param(name));
    }
    Ok(method)
}

/// `POST /v1/invoices/{id}/pay`: a draft is finalised first.
pub(in crate::sandbox) fn pay(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let mut invoice = named(world, call, "id")?;
    let outside = boolean(call, &["paid_out_of_band"])?.unwrap_or(false);
    for name in ["forgive", "off_session"] {
        boolean(call, &[name])?;
    }
    match text(&invoice, "status") {
        "paid" => return Err(Refusal::invalid("Invoice is already paid")),
        "void" => return Err(not_open()),
        _ => {}
    }
    // Nothing is finalised for a payment that cannot be tried.
    let method = if outside { None } else { Some(method(world, call, &invoice)?) };
    if text(&invoice, "status") == "draft" {
        invoice = world.finalize(call, &invoice, false);
        if text(&invoice, "status") == "paid" {
            return Ok(invoice);
        }
    }
    let Some(method) = method else {
        let amount = int(&invoice, "amount_remaining");
        world.drop_payment(call, &invoice, "automatic");
        return Ok(world.paid(call, &invoice, (amount, amount)));
    };
    let before = world.by_id(subscription_of(&invoice));
    let paid = world.collect(call, &invoice, &method)?;
    if let Some(before) = before {
        apply_pending(world, call, &before, &paid);
    }
    Ok(paid)
}

/// A change that waited for this invoice is made.
fn apply_pending(world: &mut Universe, call: &Call, before: &Value, invoice: &Value) {
    let update = before.get("pending_update").cloned().unwrap_or(Value::Null);
    let waits = update.is_object() && text(before, "latest_invoice") == text(invoice, "id");
    if !waits || int(&update, "expires_at") <= call.now {
        return;
    }
    let was = world.by_id(text(before, "id")).unwrap_or(Value::Null);
    let mut after = was.clone();
    for (name, key) in [("billing_cycle_anchor", "billing_cycle_anchor"), ("trial_end", "trial_end")] {
        set(&mut after, name, update.get(key).cloned().unwrap_or(Value::Null));
    }
    if let Some(list) = after.get_mut("items") {
        set(list, "data", update.get("subscription_items").cloned().unwrap_or(Value::Null));
    }
    set(&mut after, "pending_update", Value::Null);
    world.put(&after);
    world.say(call, "customer.subscription.pending_update_applied", &after, Some(&was));
    world.say(call, "customer.subscription.updated", &after, Some(&was));
}

/// `POST /v1/invoices/{id}/send`: a draft is finalised first.
pub(in crate::sandbox) fn send(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let mut invoice = named(world, call, "invoice")?;
    if text(&invoice, "collection_method") != "send_invoice" {
        return Err(Refusal::invalid(
            "You can only manually send an invoice if its collection method is 'send_invoice'.",
        ));
    }
    if text(&invoice, "customer_email").is_empty() {
        return Err(Refusal::invalid(
            "The customer must have an email address in order to send them an invoice.",
        ));
    }
    match text(&invoice, "status") {
        "draft" => invoice = world.finalize(call, &invoice, flag(&invoice, "auto_advance")),
        "open" | "uncollectible" => {}
        _ => {
            return Err(Refusal::invalid(
                "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact with details, so we can help.",
            ));
        }
    }
    world.say(call, "invoice.sent", &invoice, None);
    Ok(invoice)
}

/// `POST /v1/invoices/{id}/void`
pub(in crate::sandbox) fn void(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let invoice = named(world, call, "id")?;
    match text(&invoice, "status") {
        "open" | "uncollectible" => Ok(world.void(call, &invoice)),
        "paid" => Err(Refusal::invalid("Invoices with `paid` payments cannot be voided.")),
        _ => Err(not_open()),
    }
}

/// `POST /v1/invoices/{id}/mark_uncollectible`
pub(in crate::sandbox) fn mark_uncollectible(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let invoice = named(world, call, "id")?;
    match text(&invoice, "status") {
        "open" => Ok(world.uncollectible(call, &invoice, "user_forgiven")),
        "uncollectible" => Err(Refusal::invalid("This invoice has already been marked uncollectible.")),
        _ => Err(not_open()),
    }
}
