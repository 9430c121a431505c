//! Changes that only events tell of: of plans, cards and addresses, and that an invoice was mailed. By whom, where it was paydesk.

use serde_json::Value;

use super::{Entry, EntryKind};
use crate::{
    answers::explain::by,
    model::{AnyId, CustomerId, Event, Kind},
    text::Untrusted,
};

/// What of an event's attributes is told, and how.
const SUBSCRIPTION: &[(&str, &str)] = &[
    ("items", "its plan, price or quantity was changed"),
    ("plan", "its plan or price was changed"),
    ("quantity", "its quantity was changed"),
    ("pause_collection", "it was paused, or goes on"),
    ("cancel_at_period_end", "it was set to end, or to go on"),
    ("cancel_at", "it was set to end, or to go on"),
    ("trial_end", "its trial was moved"),
    ("discounts", "its discount was changed"),
    ("discount", "its discount was changed"),
    ("default_payment_method", "the way that it is paid was changed"),
];
const CUSTOMER: &[(&str, &str)] = &[
    ("email", "the e-mail address was changed"),
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
    object.customer_id() == Some(customer)
        || (object.object.as_str() == "customer" && object.id.as_str() == customer.as_str())
}

pub(in crate::answers) fn entry(event: &Event) -> Option<Entry> {
    let object = &event.data.object;
    let says = match event.kind.as_str() {
        "customer.subscription.updated" => changed(event, SUBSCRIPTION)?,
        "customer.updated" => changed(event, CUSTOMER)?,
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

fn changed(event: &Event, known: &[(&str, &str)]) -> Option<String> {
    let before = event.data.previous_attributes.as_ref().and_then(Value::as_object)?;
    let mut says: Vec<&str> = Vec::new();
    for (name, words) in known {
        if before.contains_key(*name) && !says.contains(words) {
            says.push(words);
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
        let told = |event: &Event| entry(event).map(|entry| entry.says);
        let plan = event(
            TYPES[0],
            subscription.clone(),
            json!({"items": {}, "quantity": 1, "latest_invoice": "in_1"}),
        );
        assert_eq!(
            told(&plan).unwrap(),
            "its plan, price or quantity was changed, its quantity was changed, by Stripe itself or in the Dashboard"
        );
        assert_eq!(told(&event(TYPES[0], subscription, json!({"latest_invoice": "in_1"}))), None);
        assert!(concerns(&plan, &CustomerId::parse("cus_1").unwrap()));
        assert!(!concerns(&plan, &CustomerId::parse("cus_2").unwrap()));
    }
}
