//! A second Stripe, written from what Stripe says of itself and apart from the sandbox: charges, refunds, subscriptions and
//! invoices as far as a refund, a cancellation and a change of plan need them, and the keys that make a repeat safe. It also
//! notes what was really done, which is the truth that everything else is held against.

mod keys;
mod lists;
mod writes;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(super) use keys::Begun;
use keys::Kept;
pub(super) use lists::account;

use super::fault::Fault;
use crate::{
    request::{Method, Request},
    time::{DAY_S, Unix},
};

/// An answer as it stands on the wire.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// In small letters.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// Something that was really changed, by a call of paydesk.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    pub(super) at: Unix,
    /// The call that did it.
    pub(super) call: u64,
    /// Of a refund: whose, of which customer, how much.
    pub(super) refund: Option<Refunded>,
}

#[derive(Clone, Debug)]
pub(super) struct Refunded {
    pub(super) id: String,
    pub(super) agent: String,
    pub(super) minor: i64,
    pub(super) currency: String,
}

/// A status, and the body that goes with it.
type Said = (u16, Value);

#[derive(Debug)]
pub(super) struct Stripe {
    /// Everything that has an id but refunds.
    objects: BTreeMap<String, Value>,
    /// Newest first.
    refunds: Vec<Value>,
    keys: BTreeMap<String, Kept>,
    pub(super) done: Vec<Effect>,
    /// What was refunded of a charge, and since when.
    history: BTreeMap<String, Vec<(Unix, i64)>>,
    made: u32,
    /// Refunds name their customer.
    named: bool,
}

pub(super) fn refusal(status: u16, kind: &str, code: &str, message: &str) -> Said {
    (status, json!({"error": {"type": kind, "code": code, "message": message}}))
}

fn invalid(code: &str, message: &str) -> Said {
    refusal(400, "invalid_request_error", code, message)
}

fn missing(what: &str) -> Said {
    refusal(404, "invalid_request_error", "resource_missing", &format!("No such {what}"))
}

const PEOPLE: [(&str, &str, &str); 2] =
    [("cus_ada", "Ada Lovelace", "ada@"), ("cus_grace", "Grace Hopper", "grace@")];
/// Minor units of the charges of one customer.
const AMOUNTS: [(i64, &str); 4] = [(9_900, "usd"), (4_900, "usd"), (1_250, "usd"), (12_000, "jpy")];
/// What a month of each plan costs.
const PLANS: [(&str, i64); 2] = [("price_basic", 1_900), ("price_pro", 4_900)];

impl Stripe {
    /// Ada and Grace, with four charges, a subscription and an open invoice each, and two plans.
    pub(super) fn new(now: Unix, named: bool) -> Self {
        let mut objects = BTreeMap::new();
        let mut put = |object: Value| {
            objects.insert(object["id"].as_str().unwrap().to_owned(), object);
        };
        put(
            json!({"id": "prod_1", "object": "product", "name": "Team", "active": true, "created": now.0 - 300 * DAY_S}),
        );
        for (id, minor) in PLANS {
            put(json!({"id": id, "object": "price", "currency": "usd", "unit_amount": minor, "active": true,
                "product": "prod_1", "type": "recurring", "created": now.0 - 300 * DAY_S,
                "recurring": {"interval": "month", "interval_count": 1}}));
        }
        for (number, (customer, name, email)) in PEOPLE.into_iter().enumerate() {
            let started = now.0 - 200 * DAY_S - i64::try_from(number).unwrap();
            put(
                json!({"id": customer, "object": "customer", "name": name, "email": format!("{email}example.com"),
                "created": started, "currency": "usd", "balance": 0, "metadata": {}, "livemode": false,
                "discount": null, "invoice_settings": {"default_payment_method": null}}),
            );
            for (of, (minor, currency)) in AMOUNTS.into_iter().enumerate() {
                put(charge(customer, of, (minor, currency), now));
            }
            put(subscription(customer, now));
            put(
                json!({"id": format!("in_{}", short(customer)), "object": "invoice", "number": format!("A-000{number}"),
                "status": "open", "customer": customer, "currency": "usd", "total": 4_900, "amount_due": 4_900,
                "amount_paid": 0, "amount_remaining": 4_900, "amount_paid_off_stripe": 0, "attempt_count": 1,
                "created": now.0 - 5 * DAY_S, "livemode": false, "metadata": {}, "lines": {"object": "list", "data": []},
                "status_transitions": {"paid_at": null, "voided_at": null, "marked_uncollectible_at": null}}),
            );
        }
        Self {
            objects,
            refunds: Vec::new(),
            keys: BTreeMap::new(),
            done: Vec::new(),
            history: BTreeMap::new(),
            made: 0,
            named,
        }
    }

    /// Charges whose money can go back, with what is left of each.
    pub(super) fn refundable(&self) -> Vec<(String, i64, String)> {
        let charges = self.objects.values().filter(|object| object["object"] == "charge");
        let left = |charge: &Value| number(charge, "amount_captured") - number(charge, "amount_refunded");
        charges
            .filter(|charge| left(charge) > 0)
            .map(|charge| (word(charge, "id"), left(charge), word(charge, "currency")))
            .collect()
    }

    pub(super) fn refunds(&self) -> &[Value] {
        &self.refunds
    }

    pub(super) fn charges(&self) -> impl Iterator<Item = &Value> {
        self.objects.values().filter(|object| object["object"] == "charge")
    }

    /// Reads, or what is said where there is nothing.
    pub(super) fn read(&mut self, request: &Request, now: Unix) -> Said {
        self.pass_time(now);
        lists::read(self, request)
    }

    /// What ends by itself has ended, and what is renewed is renewed.
    fn pass_time(&mut self, now: Unix) {
        for object in self.objects.values_mut().filter(|object| object["object"] == "subscription") {
            if object["status"] == "canceled" {
                continue;
            }
            let ends = object["cancel_at"].as_i64();
            if let Some(ends) = ends.filter(|ends| *ends <= now.0) {
                object["status"] = json!("canceled");
                object["ended_at"] = json!(ends);
                object["canceled_at"] = json!(ends);
            }
            while number(&object["items"]["data"][0], "current_period_end") <= now.0 && ends.is_none() {
                let item = &mut object["items"]["data"][0];
                let end = number(item, "current_period_end");
                item["current_period_start"] = json!(end);
                item["current_period_end"] = json!(end + 30 * DAY_S);
            }
        }
    }

    /// Somebody refunds in the Dashboard.
    pub(super) fn refund_outside(&mut self, charge: &str, minor: i64, now: Unix) {
        let request = Request::post("/v1/refunds", &[]).with("charge", charge).with("amount", minor);
        let _said = writes::execute(self, &request, now);
    }

    /// What a call really does. Gives whether it was done.
    fn execute(&mut self, request: &Request, call: u64, now: Unix) -> Said {
        self.pass_time(now);
        let said = writes::execute(self, request, now);
        if said.0 == 200 {
            let refund = (request.endpoint == "/v1/refunds").then(|| Refunded {
                id: word(&said.1, "id"),
                agent: word(&said.1["metadata"], "paydesk_agent"),
                minor: number(&said.1, "amount"),
                currency: word(&said.1, "currency"),
            });
            self.done.push(Effect { at: now, call, refund });
        }
        said
    }

    /// A refund that went through comes back after all.
    pub(super) fn come_back(&mut self, refund: &str, now: Unix) {
        let found =
            self.refunds.iter_mut().find(|found| found["id"] == refund && found["status"] == "succeeded");
        let Some(found) = found else { return };
        found["status"] = json!("failed");
        found["failure_reason"] = json!("expired_or_canceled_card");
        let (charge, minor) = (word(found, "charge"), number(found, "amount"));
        let charge = self.objects.get_mut(&charge).unwrap();
        let refunded = number(charge, "amount_refunded") - minor;
        charge["amount_refunded"] = json!(refunded);
        charge["refunded"] = json!(false);
        self.history.entry(word(charge, "id")).or_default().push((now, refunded));
    }

    /// What was refunded of it at any moment since then, minor units.
    pub(super) fn refunded_lately(&self, charge: &str, since: Unix) -> Vec<i64> {
        let steps = self.history.get(charge).map(Vec::as_slice).unwrap_or_default();
        let before = steps.iter().rev().find(|(at, _)| *at < since).map_or(0, |(_, refunded)| *refunded);
        std::iter::once(before)
            .chain(steps.iter().filter(|(at, _)| *at >= since).map(|(_, refunded)| *refunded))
            .collect()
    }
}

fn charge(customer: &str, of: usize, (minor, currency): (i64, &str), now: Unix) -> Value {
    let age = i64::try_from(of).unwrap() * 9 + 2;
    json!({"id": format!("ch_{}{of}", short(customer)), "object": "charge", "amount": minor, "amount_captured": minor,
        "amount_refunded": 0, "refunded": false, "currency": currency, "status": "succeeded", "captured": true,
        "paid": true, "disputed": false, "customer": customer, "livemode": false, "metadata": {},
        "billing_details": {"name": null, "email": null},
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
        "created": now.0 - age * DAY_S})
}

fn subscription(customer: &str, now: Unix) -> Value {
    json!({"id": format!("sub_{}", short(customer)), "object": "subscription", "status": "active", "customer": customer,
        "currency": "usd", "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null, "ended_at": null,
        "trial_end": null, "schedule": null, "pause_collection": null, "metadata": {}, "livemode": false,
        "collection_method": "charge_automatically", "discounts": [],
        "created": now.0 - 100 * DAY_S, "start_date": now.0 - 100 * DAY_S,
        "items": {"object": "list", "data": [{"id": format!("si_{}", short(customer)), "object": "subscription_item",
            "quantity": 1, "current_period_start": now.0 - 3 * DAY_S, "current_period_end": now.0 + 27 * DAY_S,
            "price": {"id": "price_basic", "object": "price", "currency": "usd", "unit_amount": 1_900, "active": true,
                "product": "prod_1", "recurring": {"interval": "month", "interval_count": 1}}}]}})
}

fn number(object: &Value, name: &str) -> i64 {
    object[name].as_i64().unwrap_or_default()
}

fn word(object: &Value, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}

/// `ada` of `cus_ada`
fn short(customer: &str) -> &str {
    customer.trim_start_matches("cus_")
}
