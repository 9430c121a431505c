//! What an event tells whoever has its objects before them: which objects it moved, whose they are, and in words what happened and who
//! did it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    explain::{By, by},
    timeline,
};
use crate::{
    model::{AnyId, CustomerId, Event, Kind, Record},
    money::{Currency, Money},
    text::clean,
    time::Unix,
};

/// Links of an object that move with it, and what they lead to.
const LINKS: &[(&str, Kind)] = &[
    ("/charge", Kind::Charge),
    ("/payment_intent", Kind::PaymentIntent),
    ("/invoice", Kind::Invoice),
    ("/subscription", Kind::Subscription),
    ("/parent/subscription_details/subscription", Kind::Subscription),
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// `evt_…`
    pub event: String,
    pub at: Unix,
    /// What it happened to.
    pub id: AnyId,
    /// All that has moved: the object, and those that it is a part of.
    pub touches: Vec<AnyId>,
    pub customer: Option<CustomerId>,
    /// `refund created`
    pub what: String,
    /// `maya refunded $99.00`; none where the event's name tells as much.
    pub says: Option<String>,
}

/// None of a shape that has no object.
pub fn of(event: &Record<Event>) -> Option<News> {
    let object = &event.data.object;
    let whole: Value = serde_json::from_str(event.raw()).ok()?;
    let whole = whole.pointer("/data/object")?;
    let kind = Kind::of_object(object.object.as_str()).unwrap_or(Kind::Event);
    let id = AnyId { kind, id: object.id.as_str().to_owned() };
    let links = LINKS.iter().filter_map(|(at, kind)| {
        let link = whole.pointer(at)?;
        let id = link.as_str().or_else(|| link.get("id")?.as_str())?;
        AnyId::parse_as(id, *kind).ok()
    });
    let customer = match kind {
        Kind::Customer => CustomerId::parse(&id.id).ok(),
        _ => object.customer_id().cloned(),
    };
    Some(News {
        event: event.id.to_string(),
        at: event.created,
        touches: std::iter::once(id.clone()).chain(links).collect(),
        says: says(event, whole),
        what: clean(event.kind.as_str()).replace(['.', '_'], " "),
        customer,
        id,
    })
}

fn says(event: &Event, object: &Value) -> Option<String> {
    let money = || {
        let currency = object.get("currency").and_then(Value::as_str).and_then(Currency::parse)?;
        Some(Money::new(object.get("amount").and_then(Value::as_i64)?, currency).to_string())
    };
    let who = who(event);
    Some(match event.kind.as_str() {
        "refund.created" => format!("{who} refunded {}", money()?),
        "refund.failed" => format!("a refund of {} came back", money()?),
        "charge.dispute.created" => format!("{} was disputed at the bank", money()?),
        "customer.subscription.deleted" => format!("{who} ended the subscription"),
        "invoice.paid" => "the invoice was paid".to_owned(),
        "invoice.voided" => format!("{who} voided the invoice"),
        _ => timeline::events::entry(event, &|_| None)?.says,
    })
}

/// The agent where it was paydesk's, else as much as the event tells.
fn who(event: &Event) -> String {
    match by(event) {
        By::Agent(agent) => clean(&agent),
        By::Call(_) => "somebody else".to_owned(),
        By::Elsewhere => "Stripe, or somebody in the Dashboard,".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn news(event: &Value) -> News {
        of(&Record::parse(event.to_string()).unwrap()).unwrap()
    }

    fn refunded(request: &Value) -> Value {
        json!({"id": "evt_1", "object": "event", "type": "refund.created", "created": 7, "request": request,
            "data": {"object": {"id": "re_1", "object": "refund", "amount": 9_900, "currency": "usd", "charge": "ch_1",
                "payment_intent": {"id": "pi_1"}, "metadata": {"paydesk_agent": "maya\u{1b}"}}}})
    }

    #[test]
    fn a_refund_moves_its_charge_and_says_who_made_it() {
        let told = news(&refunded(&json!({"id": "req_1", "idempotency_key": "pdk_1"})));
        let touches: Vec<_> = told.touches.iter().map(|id| id.id.as_str()).collect();
        assert_eq!(touches, ["re_1", "ch_1", "pi_1"]);
        assert_eq!(
            (told.says.as_deref(), told.what.as_str()),
            (Some("maya␛ refunded $99.00"), "refund created")
        );
        let outside = news(&refunded(&json!({"id": "req_1", "idempotency_key": "their-own"})));
        assert_eq!(outside.says.as_deref(), Some("somebody else refunded $99.00"));
        let dashboard = news(&refunded(&Value::Null));
        assert_eq!(dashboard.says.as_deref(), Some("Stripe, or somebody in the Dashboard, refunded $99.00"));
    }

    #[test]
    fn an_invoice_moves_its_subscription_and_names_its_customer() {
        let told = news(
            &json!({"id": "evt_1", "type": "invoice.updated", "created": 7, "data": {"object": {"id": "in_1",
            "object": "invoice", "customer": "cus_1", "parent": {"subscription_details": {"subscription": "sub_1"}}}}}),
        );
        assert_eq!(
            told.touches.iter().map(|id| id.kind).collect::<Vec<_>>(),
            [Kind::Invoice, Kind::Subscription]
        );
        assert_eq!(told.customer, CustomerId::parse("cus_1").ok());
        assert_eq!(told.says, None);
        let customer = news(&json!({"id": "evt_1", "type": "customer.updated", "created": 7,
            "data": {"object": {"id": "cus_9", "object": "customer"}}}));
        assert_eq!(customer.customer, CustomerId::parse("cus_9").ok());
    }

    #[test]
    fn hostile_and_unknown_shapes_are_harmless() {
        let told = news(&json!({"id": "evt_1", "type": "\u{1b}[31mx.y_z", "created": null,
            "data": {"object": {"id": "\u{202e}", "object": "\u{7}", "charge": "sub_1", "invoice": 7}}}));
        assert_eq!(told.what, "␛[31mx y z");
        assert_eq!(told.touches.len(), 1, "{told:?}");
        let none: Record<Event> = Record::parse(r#"{"id":"evt_1","type":"v2.core.x"}"#).unwrap();
        assert_eq!(of(&none), None);
    }
}
