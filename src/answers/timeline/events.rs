//! Changes that only events tell of: of plans, cards and addresses, and that an invoice was mailed. By whom, where it was paydesk.

use serde::Deserialize as _;
use serde_json::Value;

use super::{Entry, EntryKind};
use crate::{
    answers::explain::by,
    model::{AnyId, CustomerId, Event, Kind, ListOf, ProductId, SubscriptionItem},
    text::{Untrusted, clean},
};

/// That a refund was made: it has no customer, and is looked for by the refund.
pub(in crate::answers) const REFUND_MADE: &str = "refund.created";

/// What of an event's attributes is told, and how.
const SUBSCRIPTION: &[(&str, &str)] = &[
    ("trial_end", "its trial was moved"),
    ("discounts", "its discount was changed"),
    ("discount", "its discount was changed"),
    ("default_payment_method", "the way that it is paid was changed"),
];
const CUSTOMER: &[(&str, &str)] = &[
    ("name", "the name was changed"),
    ("address", "the address was changed"),
    ("balance", "the credit balance was changed"),
    ("invoice_settings", "the usual way to pay was changed"),
    ("default_source", "the usual way to pay was changed"),
];

/// Types that are read; at most 20 can be asked for.
pub(in crate::answers) const TYPES: [&str; 5] = [
    "customer.subscription.updated",
    "customer.updated",
    "invoice.sent",
    "payment_method.attached",
    "payment_method.detached",
];

/// The event is about this customer, or about something of theirs.
pub(in crate::answers) fn concerns(event: &Event, customer: &CustomerId) -> bool {
    let object = &event.data.object;
    let before = event.data.previous_attributes.as_ref().and_then(|before| before.get("customer"));
    object.customer_id() == Some(customer)
        // What was taken from them has its owner only in what was before.
        || (object.customer.is_none() && before.and_then(Value::as_str) == Some(customer.as_str()))
        || (object.object.as_str() == "customer" && object.id.as_str() == customer.as_str())
}

/// What a product is called, where that is known.
type Named<'a> = dyn Fn(&ProductId) -> Option<String> + 'a;

pub(in crate::answers) fn entry(event: &Event, named: &Named<'_>) -> Option<Entry> {
    let object = &event.data.object;
    let says = match event.kind.as_str() {
        "customer.subscription.updated" => changed(event, SUBSCRIPTION, terms(event, named))?,
        "customer.updated" => changed(event, CUSTOMER, email(event).into_iter().collect())?,
        "invoice.sent" => "the invoice was e-mailed".to_owned(),
        "payment_method.attached" => "a way to pay was added".to_owned(),
        "payment_method.detached" => "a way to pay was removed".to_owned(),
        _ => return None,
    };
    let kind = Kind::of_object(object.object.as_str()).unwrap_or(Kind::Event);
    let id = AnyId { kind, id: object.id.as_str().to_owned() };
    Some(Entry {
        at: event.created,
        kind: EntryKind::Change,
        amount: None,
        says: format!("{says}, {}", by(event)),
        id,
    })
}

/// Nothing but the credit balance was changed.
pub(super) fn is_of_the_balance(event: &Event) -> bool {
    let before = event.data.previous_attributes.as_ref().and_then(Value::as_object);
    before.is_some_and(|before| before.len() == 1 && before.contains_key("balance"))
}

fn before<'a>(event: &'a Event, name: &str) -> Option<&'a Value> {
    event.data.previous_attributes.as_ref()?.get(name)
}

/// What of a subscription is told with what it was before and what it is now.
fn terms(event: &Event, named: &Named<'_>) -> Vec<String> {
    let object = &event.data.object;
    let mut says = Vec::new();
    let items = before(event, "items")
        .map(|items| ListOf::<SubscriptionItem>::deserialize(items).unwrap_or_default());
    let plans = items.map(|items| (plan(&items, named), plan(&object.items, named)));
    match (plans, before(event, "quantity").and_then(Value::as_i64), object.quantity) {
        (Some((from, to)), ..) if !from.is_empty() && !to.is_empty() && from != to => {
            says.push(format!("its plan was changed from {from} to {to}"));
        }
        (Some(_), ..) => says.push("its plan, price or quantity was changed".to_owned()),
        (None, Some(from), Some(to)) => says.push(format!("its quantity was changed from {from} to {to}")),
        (None, Some(_), None) => says.push("its quantity was changed".to_owned()),
        (None, None, _) => {
            says.extend(before(event, "plan").map(|_| "its plan or price was changed".to_owned()));
        }
    }
    if before(event, "pause_collection").is_some() {
        let words = if object.pause_collection.is_some() { "it was paused" } else { "it goes on again" };
        says.push(words.to_owned());
    }
    if before(event, "cancel_at_period_end").or(before(event, "cancel_at")).is_some() {
        let ends = object.cancel_at_period_end || object.cancel_at.is_some();
        says.push(if ends { "it was set to end" } else { "it was set to go on" }.to_owned());
    }
    says
}

/// `2 × Pro ($99.00/mo)`; empty where nothing is told.
fn plan(items: &ListOf<SubscriptionItem>, named: &Named<'_>) -> String {
    let one = |item: &SubscriptionItem| {
        let price = &item.price;
        let name = price.product_id().and_then(named);
        let name =
            name.or_else(|| price.nickname.as_ref().map(ToString::to_string).filter(|name| !name.is_empty()));
        let each = price.unit_amount.map(|_| price.words());
        let says = match (name, each) {
            (Some(name), Some(each)) => format!("{name} ({each})"),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => price.id.to_string(),
        };
        match item.quantity {
            Some(quantity) if quantity != 1 => format!("{quantity} × {says}"),
            _ => says,
        }
    };
    items.data.iter().map(one).collect::<Vec<_>>().join(" + ")
}

fn email(event: &Event) -> Option<String> {
    let from = before(event, "email")?.as_str().map(clean).filter(|from| !from.is_empty());
    let to = event.data.object.email.as_ref().map(ToString::to_string).filter(|to| !to.is_empty());
    Some(match (from, to) {
        (Some(from), Some(to)) => format!("the e-mail address was changed from {from} to {to}"),
        _ => "the e-mail address was changed".to_owned(),
    })
}

/// `says` first, and then what is known to have changed without what it was.
fn changed(event: &Event, known: &[(&str, &str)], mut says: Vec<String>) -> Option<String> {
    let before = event.data.previous_attributes.as_ref().and_then(Value::as_object)?;
    for (name, words) in known {
        if before.contains_key(*name) && !says.iter().any(|said| said == words) {
            says.push((*words).to_owned());
        }
    }
    (!says.is_empty()).then(|| says.join(", "))
}

/// Named by its own number where the invoice was read.
pub(super) fn number(entry: &mut Entry, title: Option<&Untrusted>) {
    if let Some(title) = title.filter(|title| !title.is_empty()) {
        entry.says = entry.says.replacen("the invoice", &format!("invoice {title}"), 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_only_events_tell_is_told_with_who_did_it() {
        let event = |kind: &str, object: Value, before: Value| -> Event {
            serde_json::from_value(json!({"id": "evt_1", "type": kind, "created": 5, "request": null,
                "data": {"object": object, "previous_attributes": before}}))
            .unwrap()
        };
        let subscription = json!({"id": "sub_1", "object": "subscription", "customer": "cus_1"});
        let told = |event: &Event| entry(event, &|_| None).map(|entry| entry.says);
        let plan = event(
            TYPES[0],
            subscription.clone(),
            json!({"items": {}, "quantity": 1, "latest_invoice": "in_1"}),
        );
        assert_eq!(
            told(&plan).unwrap(),
            "its plan, price or quantity was changed, by Stripe itself or in the Dashboard"
        );
        assert_eq!(told(&event(TYPES[0], subscription, json!({"latest_invoice": "in_1"}))), None);
        assert!(concerns(&plan, &CustomerId::parse("cus_1").unwrap()));
        assert!(!concerns(&plan, &CustomerId::parse("cus_2").unwrap()));
    }
}
