//! Draws Stripe's JSON from a customer's plan: one function a kind, nothing kept.

mod billing;
mod customer;
mod lines;
mod payment;
mod subscription;

use serde_json::{Map, Value, json};

use super::{
    catalog::{Catalog, small},
    ids::Ids,
    kind::Kind,
    plan::Plan,
};

pub(super) use billing::{LINES_MOST, invoice_frame, list_of, money_text};
pub(super) use customer::invoice_number;
pub(super) use lines::{LineParts, line_json, note_line_json};
pub(super) use payment::{EVIDENCE, destination_json, destination_kind, instructions, transaction_json};

/// Everything that is needed to draw an object of one customer.
pub(super) struct Draw<'a> {
    pub(super) ids: Ids,
    pub(super) catalog: &'a Catalog,
    pub(super) plan: &'a Plan,
    pub(super) owner: u32,
}

impl Draw<'_> {
    pub(super) fn id(&self, kind: Kind, place: usize) -> String {
        self.ids.write(kind, self.owner, small(place))
    }

    fn customer_id(&self) -> String {
        self.id(Kind::Customer, 0)
    }

    /// The object of a kind at its ordinal, as the plan has it.
    pub(super) fn object(&self, kind: Kind, place: usize) -> Option<Value> {
        match kind {
            Kind::Customer => (place == 0).then(|| self.customer()),
            Kind::PaymentMethod => self.payment_method(place),
            Kind::Subscription => self.subscription(place),
            Kind::Schedule => self.schedule(place),
            Kind::Invoice => self.invoice(place),
            Kind::InvoicePayment => self.invoice_payment(place),
            Kind::InvoiceItem => self.invoice_item(place),
            Kind::Intent => self.intent(place),
            Kind::Charge => self.charge(place),
            Kind::Refund => self.refund(place),
            Kind::Dispute => self.dispute(place),
            Kind::Transaction => self.transaction(place),
            Kind::BalanceMove => self.balance_move(place),
            Kind::CreditNote => self.credit_note(place),
            Kind::TaxId => self.tax_id(place),
            Kind::Discount => self.discount(place),
            Kind::Event => self.event(place),
            _ => None,
        }
    }

    fn event(&self, place: usize) -> Option<Value> {
        let happening = self.plan.happenings.get(place)?;
        let object = self.object(happening.object.0, happening.object.1)?;
        let mut data = Map::new();
        data.insert("object".to_owned(), object);
        if happening.name == "customer.subscription.updated" {
            data.insert(
                "previous_attributes".to_owned(),
                json!({"cancel_at_period_end": false, "cancel_at": null, "canceled_at": null}),
            );
        }
        Some(event_json(&self.id(Kind::Event, place), happening.name, happening.created, &data, None))
    }
}

/// `request`: `{id, idempotency_key}`, none when nobody asked.
pub(super) fn event_json(
    id: &str,
    name: &str,
    created: i64,
    data: &Map<String, Value>,
    request: Option<Value>,
) -> Value {
    let request = request.unwrap_or_else(|| json!({"id": null, "idempotency_key": null}));
    json!({
        "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": created, "data": data,
        "livemode": false, "pending_webhooks": 0, "request": request, "type": name,
    })
}

/// An option as JSON, null when there is none.
fn or_null<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or(Value::Null, Into::into)
}
