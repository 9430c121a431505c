//! A charge with everything around it, as Stripe would send it, to be changed by each test.

mod causes;
mod gaps;
mod untaken;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::{
    answers::{Found, Look, Want, Why, reply::Voice},
    model::{Page, Record},
    time::{DAY_S, Unix},
};

/// 2026-11-23T12:00:00Z
const NOW: i64 = 1_795_435_200;
/// The period that was paid for began two days ago.
const START: i64 = NOW - 2 * DAY_S;
const MONTH_S: i64 = 30 * DAY_S;

fn moment() -> Moment {
    Moment { now: Unix(NOW), zone: TimeZone::UTC }
}

/// Objects by their ids, as Stripe would send them.
struct World(Vec<Value>);

impl World {
    /// Growth, $49.00 a month, renewed two days ago for the second time.
    fn renewal() -> Self {
        Self(vec![
            json!({"object": "customer", "id": "cus_1", "name": "Ada", "email": "ada@example.com"}),
            json!({"object": "product", "id": "prod_g", "name": "Growth"}),
            price("price_g", 4_900),
            subscription(),
            invoice("in_1", START - MONTH_S, "subscription_cycle", &[line("il_1", 4_900, START - MONTH_S)]),
            invoice("in_2", START, "subscription_cycle", &[line("il_2", 4_900, START)]),
            charge("ch_1", "pi_1", 4_900, START - MONTH_S),
            charge("ch_2", "pi_2", 4_900, START),
            intent("pi_1", "ch_1", 4_900),
            intent("pi_2", "ch_2", 4_900),
        ])
    }

    fn one(&mut self, id: &str) -> &mut Value {
        self.0.iter_mut().find(|value| value["id"] == id).unwrap()
    }

    fn with(mut self, id: &str, change: impl FnOnce(&mut Value)) -> Self {
        change(self.one(id));
        self
    }

    fn and(mut self, value: Value) -> Self {
        self.0.push(value);
        self
    }

    /// Amounts of the newest invoice and its charge, all of them.
    fn costs(self, subtotal: i64, total: i64) -> Self {
        let paid = |invoice: &mut Value| {
            for (field, amount) in
                [("subtotal", subtotal), ("total", total), ("amount_due", total), ("amount_paid", total)]
            {
                invoice[field] = json!(amount);
            }
        };
        let taken = |charge: &mut Value| {
            charge["amount"] = json!(total);
            charge["amount_captured"] = json!(total);
        };
        self.with("in_2", paid).with("ch_2", taken)
    }

    fn bag(&self) -> Bag {
        let mut bag = Bag::default();
        for value in &self.0 {
            let object = value["object"].as_str().unwrap();
            let id = value["id"].as_str().unwrap().to_owned();
            if object == "event" {
                let page = Page { rows: vec![Record::parse(value.to_string()).unwrap()], ..Page::default() };
                bag.know(Want::ChangesAround(Unix(START)), Found::Events(page), true);
                continue;
            }
            let id = AnyId { kind: Kind::of_object(object).unwrap(), id };
            let look = Look::first(Want::Object(id));
            bag.take(&look, Ok(look.read(&value.to_string()).unwrap()));
        }
        bag
    }

    fn told(&self, id: &str) -> Explanation {
        explain(&self.bag(), &Ask::About(AnyId::parse(id).unwrap()), &moment())
    }
}

fn price(id: &str, amount: i64) -> Value {
    json!({"object": "price", "id": id, "currency": "usd", "unit_amount": amount, "product": "prod_g",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"}})
}

fn subscription() -> Value {
    json!({"object": "subscription", "id": "sub_1", "status": "active", "currency": "usd", "customer": "cus_1",
        "start_date": START - 2 * MONTH_S, "items": {"data": [{"id": "si_1", "quantity": 1, "price": price("price_g", 4_900),
            "current_period_start": START, "current_period_end": START + MONTH_S}]}})
}

fn line(id: &str, amount: i64, start: i64) -> Value {
    json!({"id": id, "object": "line_item", "amount": amount, "currency": "usd", "quantity": 1, "description": "1 × Growth",
        "period": {"start": start, "end": start + MONTH_S},
        "pricing": {"price_details": {"price": "price_g", "product": "prod_g"}, "unit_amount_decimal": amount.to_string()},
        "parent": {"type": "subscription_item_details",
            "subscription_item_details": {"proration": false, "subscription": "sub_1", "subscription_item": "si_1"}}})
}

fn proration(id: &str, amount: i64, quantity: i64, unit: i64) -> Value {
    let mut line = line(id, amount, START);
    line["quantity"] = json!(quantity);
    line["pricing"]["unit_amount_decimal"] = json!(unit.to_string());
    line["parent"]["subscription_item_details"]["proration"] = json!(true);
    line["description"] =
        json!(if amount < 0 { "Unused time on Growth" } else { "Remaining time on Growth" });
    line
}

fn item(id: &str, amount: i64, text: &str) -> Value {
    json!({"id": id, "object": "line_item", "amount": amount, "currency": "usd", "quantity": 1, "description": text,
        "period": {"start": START, "end": START}, "pricing": null,
        "parent": {"type": "invoice_item_details", "invoice_item_details": {"proration": false}}})
}

fn invoice(id: &str, at: i64, reason: &str, lines: &[Value]) -> Value {
    let total: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    let intent = id.replace("in_", "pi_");
    json!({"object": "invoice", "id": id, "number": id.replace("in_", "A-000"), "status": "paid", "currency": "usd",
        "customer": "cus_1", "created": at, "billing_reason": reason, "attempt_count": 1, "subtotal": total, "total": total,
        "amount_due": total, "amount_paid": total, "starting_balance": 0, "ending_balance": 0,
        "parent": {"subscription_details": {"subscription": "sub_1"}}, "lines": {"data": lines, "has_more": false},
        "payments": {"data": [{"id": id.replace("in_", "inpay_"), "status": "paid", "amount_paid": total,
            "payment": {"type": "payment_intent", "payment_intent": intent}}]}})
}

fn charge(id: &str, intent: &str, amount: i64, at: i64) -> Value {
    json!({"object": "charge", "id": id, "amount": amount, "amount_captured": amount, "amount_refunded": 0, "currency": "usd",
        "created": at, "status": "succeeded", "paid": true, "captured": true, "customer": "cus_1", "payment_intent": intent,
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242", "fingerprint": "f1"}}})
}

fn intent(id: &str, charge: &str, amount: i64) -> Value {
    json!({"object": "payment_intent", "id": id, "amount": amount, "currency": "usd", "status": "succeeded",
        "latest_charge": charge, "capture_method": "automatic", "customer": "cus_1"})
}

/// What the customer is told, or why nothing.
fn reply(told: &Explanation) -> String {
    told.reply.text(&Voice::english(moment())).unwrap_or_else(|why| why.to_string())
}

/// The causes in order, whether the sum is whole, and the words.
#[track_caller]
fn check(world: &World, causes: &[&str], words: &str) -> Explanation {
    let told = world.told("ch_2");
    let found: Vec<_> = told.causes.iter().map(Cause::code).collect();
    assert_eq!(found, causes, "{:?}", told.says);
    let sum = told.sum.as_ref().unwrap();
    assert!(sum.adds_up(), "{} of {} is left: {:?}", sum.rest, sum.charged, sum.parts);
    let said = told.says.join(" ");
    assert!(said.contains(words), "`{words}` is not in: {said}");
    told
}
