//! What a change does, once it is executed.

use serde_json::{Value, json};

use super::{Said, Stripe, invalid, missing, number, word};
use crate::{
    request::{Method, Request},
    time::Unix,
};

pub(super) fn execute(stripe: &mut Stripe, request: &Request, now: Unix) -> Said {
    match (request.method, request.endpoint.as_str()) {
        (Method::Post, "/v1/refunds") => refund(stripe, request, now),
        (Method::Post, "/v1/subscriptions/{id}") => update(stripe, request, now),
        (Method::Delete, "/v1/subscriptions/{id}") => end(stripe, request, now),
        (Method::Post, "/v1/invoices/{id}/void") => close(stripe, request, ("void", "voided_at"), now),
        (Method::Post, "/v1/invoices/{id}/pay") => close(stripe, request, ("paid", "paid_at"), now),
        _ => super::refusal(404, "invalid_request_error", "", "Unrecognized request URL"),
    }
}

fn metadata(request: &Request) -> Value {
    let marks = request.params.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
        Some((name.to_owned(), json!(value)))
    });
    Value::Object(marks.collect())
}

fn refund(stripe: &mut Stripe, request: &Request, now: Unix) -> Said {
    let id = request.param("charge").unwrap_or_default();
    let Some(charge) = stripe.objects.get_mut(id) else { return missing("charge") };
    let (captured, refunded) = (number(charge, "amount_captured"), number(charge, "amount_refunded"));
    let minor = request.param("amount").map_or(Ok(captured - refunded), str::parse).unwrap_or(0);
    if charge["refunded"] == true {
        return invalid("charge_already_refunded", "Charge has already been refunded.");
    }
    if minor < 1 {
        return invalid("parameter_invalid_integer", "This value must be greater than or equal to 1.");
    }
    if refunded + minor > captured {
        return invalid("", "Refund amount is greater than unrefunded amount on charge.");
    }
    charge["amount_refunded"] = json!(refunded + minor);
    charge["refunded"] = json!(refunded + minor == captured);
    stripe.history.entry(id.to_owned()).or_default().push((now, refunded + minor));
    stripe.made += 1;
    let mut refund = json!({"id": format!("re_{}", stripe.made), "object": "refund", "amount": minor,
        "currency": charge["currency"], "charge": charge["id"], "created": now.0, "status": "succeeded",
        "reason": request.param("reason"), "metadata": metadata(request)});
    if stripe.named {
        refund["customer"] = charge["customer"].clone();
    }
    stripe.refunds.insert(0, refund.clone());
    (200, refund)
}

/// The subscription, unless there is none that can still be changed.
fn running<'a>(stripe: &'a mut Stripe, request: &Request) -> Result<&'a mut Value, Said> {
    let id = request.path.rsplit('/').next().unwrap_or_default();
    let found = stripe.objects.get_mut(id).filter(|found| found["object"] == "subscription");
    // Said of one that has ended too, although reading still finds it.
    found
        .filter(|found| found["status"] != "canceled")
        .ok_or_else(|| missing(&format!("subscription: '{id}'")))
}

fn update(stripe: &mut Stripe, request: &Request, now: Unix) -> Said {
    let price = match request.param("items[0][price]") {
        Some(id) => match stripe.objects.get(id) {
            Some(price) => Some(price.clone()),
            None => return missing("price"),
        },
        None => None,
    };
    let subscription = match running(stripe, request) {
        Ok(subscription) => subscription,
        Err(said) => return said,
    };
    let item = &mut subscription["items"]["data"][0];
    if request.param("items[0][id]").is_some_and(|id| item["id"] != id) {
        return invalid("resource_missing", "No such subscription_item");
    }
    if let Some(price) = price {
        item["price"] = price;
    }
    if let Some(quantity) = request.param("items[0][quantity]").and_then(|text| text.parse::<i64>().ok()) {
        item["quantity"] = json!(quantity);
    }
    let period_end = item["current_period_end"].clone();
    if let Some(at_end) = request.param("cancel_at_period_end") {
        let ends = at_end == "true";
        subscription["cancel_at_period_end"] = json!(ends);
        subscription["cancel_at"] = if ends { period_end } else { Value::Null };
        subscription["canceled_at"] = if ends { json!(now.0) } else { Value::Null };
    }
    if let Some(at) = request.param("cancel_at") {
        subscription["cancel_at"] = at.parse::<i64>().map_or(Value::Null, |at| json!(at));
        subscription["cancel_at_period_end"] = json!(false);
    }
    match (request.param("pause_collection[behavior]"), request.param("pause_collection")) {
        (Some(behavior), _) => {
            subscription["pause_collection"] = json!({"behavior": behavior, "resumes_at": null});
        }
        (None, Some("")) => subscription["pause_collection"] = Value::Null,
        (None, _) => {}
    }
    for (name, value) in metadata(request).as_object().unwrap() {
        if value == "" {
            subscription["metadata"].as_object_mut().unwrap().remove(name);
        } else {
            subscription["metadata"][name] = value.clone();
        }
    }
    (200, subscription.clone())
}

fn end(stripe: &mut Stripe, request: &Request, now: Unix) -> Said {
    match running(stripe, request) {
        Ok(subscription) => {
            subscription["status"] = json!("canceled");
            subscription["canceled_at"] = json!(now.0);
            subscription["ended_at"] = json!(now.0);
            (200, subscription.clone())
        }
        Err(said) => said,
    }
}

fn close(stripe: &mut Stripe, request: &Request, (status, stamp): (&str, &str), now: Unix) -> Said {
    let id = request.path.split('/').nth(3).unwrap_or_default();
    let Some(invoice) = stripe.objects.get_mut(id) else { return missing("invoice") };
    if invoice["status"] != "open" {
        return invalid("", &format!("This invoice is {}.", word(invoice, "status")));
    }
    invoice["status"] = json!(status);
    invoice["status_transitions"][stamp] = json!(now.0);
    if status == "paid" {
        invoice["amount_paid_off_stripe"] = invoice["amount_remaining"].clone();
        invoice["amount_remaining"] = json!(0);
    }
    (200, invoice.clone())
}
