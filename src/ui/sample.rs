//! A desk as it stands in the middle of a day, for tests: Ada Lovelace with charges, subscriptions and invoices.

use serde_json::{Value, json};

use crate::{
    desk::{
        data::Slot,
        panes::PaneId,
        state::{Api, Found, Mode, Session, State},
    },
    ledger::{Intent, IntentState},
    model::{Customer, CustomerId, List, Page, Product, Record, SubscriptionId},
    money::{Currency, Money},
    policy::{Fact, Policy, Spent},
};

/// 22 Nov 2026 14:03 UTC.
pub(crate) const NOW_S: i64 = 1_795_356_180;
const DAY_S: i64 = 86_400;

fn policy() -> Policy {
    Policy::builtin()
}

pub(crate) fn record<T: serde::de::DeserializeOwned>(json: &Value) -> Record<T> {
    Record::parse(json.to_string()).unwrap()
}

pub(crate) fn slot<T>(value: T) -> Slot<T> {
    Slot { value: Some(value), read_at_ms: NOW_S * 1_000, ..Slot::default() }
}

pub(crate) fn rows<T: serde::de::DeserializeOwned>(values: &[Value], has_more: bool) -> Slot<List<T>> {
    let page = json!({"object": "list", "data": values, "has_more": has_more});
    slot(Page::parse(&page.to_string()).unwrap().into())
}

/// Nobody is open yet.
pub(crate) fn fresh(width: u16, height: u16) -> State {
    let account = json!({"id": "acct_1", "default_currency": "usd", "settings": {"dashboard": {"display_name": "Acme Inc"}}});
    let session = Session {
        mode: Mode::Demo,
        account: Some(record(&account)),
        bound_to: String::new(),
        agent: "maya".into(),
        profile: "default".into(),
        read_only: None,
        zone: jiff::tz::TimeZone::UTC,
        day_zone: jiff::tz::TimeZone::UTC,
        undo_ms: 5_000,
        poll_ms: 0,
        settings: Vec::new(),
        languages: crate::answers::reply::Languages::default(),
        tips: Vec::new(),
        profiles: Vec::new(),
    };
    let mut state = State::new(session, policy(), NOW_S * 1_000, (width, height));
    let mut spent = Spent::default();
    spent.agent.add(Money::new(31_200, Currency::USD));
    state.spent = Fact::Known(spent);
    state.api = Api { latency_ms: 38, ..Api::default() };
    state
}

/// Ada's desk.
pub(crate) fn desk(width: u16, height: u16) -> State {
    let mut state = fresh(width, height);
    for (id, name, email) in [
        ("cus_Qx81LmTz3f", "Ada Lovelace", "ada@example.com"),
        ("cus_Qx81LmTz3g", "Adam Ant", "adam@ant.io"),
        ("cus_Qx81LmTz3h", "山田 ada 太郎", "ada.yamada@example.jp"),
    ] {
        know(&mut state, id, name, email);
    }
    let ada = CustomerId::parse("cus_Qx81LmTz3f").unwrap();
    for (id, name) in [("prod_pro", "Pro"), ("prod_growth", "Growth")] {
        let product: Record<Product> = record(&json!({"id": id, "name": name}));
        state.data.products.insert(product.id.clone(), product);
    }
    let folder = state.data.folders.entry(ada.clone()).or_default();
    folder.customer = slot(record(&customer()));
    folder.charges = rows(&charges(), true);
    folder.subscriptions = rows(&subscriptions(), false);
    folder.invoices = rows(&invoices(), false);
    folder.index_payments();
    let next = json!({"id": "upcoming_1", "currency": "usd", "total": 9_900, "amount_due": 9_900, "period_end": NOW_S + 23 * DAY_S});
    folder.upcoming.insert(SubscriptionId::parse("sub_1Pro").unwrap(), slot(record(&next)));
    state.open = Some(ada);
    state.focus = PaneId::Charges;
    state
}

fn know(state: &mut State, id: &str, name: &str, email: &str) {
    let customer: Record<Customer> = record(&json!({"id": id, "name": name, "email": email}));
    state.search.found.push(Found { matched: vec![0, 1, 2], ..Found::plain(customer.id.clone()) });
    state.data.known.insert(customer.id.clone(), customer);
}

fn customer() -> Value {
    json!({
        "id": "cus_Qx81LmTz3f", "name": "Ada Lovelace", "email": "ada@example.com", "created": 1_710_201_600,
        "currency": "usd", "balance": -1_000, "address": {"country": "US"},
        "invoice_settings": {"default_payment_method": {"id": "pm_1", "type": "card",
            "card": {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2027}}},
    })
}

pub(crate) fn charge(id: usize, ago_s: i64, amount: i64) -> Value {
    json!({
        "id": format!("ch_3PxL{id:08}"), "amount": amount, "amount_captured": amount, "currency": "usd",
        "created": NOW_S - ago_s, "status": "succeeded", "paid": true, "captured": true,
        "payment_intent": format!("pi_{id}"), "customer": "cus_Qx81LmTz3f",
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
    })
}

fn charges() -> Vec<Value> {
    let mut all: Vec<Value> = [
        (120, 9_900),
        (360, 9_900),
        (7 * DAY_S, 4_900),
        (38 * DAY_S, 12_000),
        (52 * DAY_S, 9_900),
        (60 * DAY_S, 123_400),
        (83 * DAY_S, 9_900),
    ]
    .into_iter()
    .enumerate()
    .map(|(at, (ago, amount))| charge(at, ago, amount))
    .collect();
    all[2]["amount_refunded"] = json!(2_000);
    all[3]["currency"] = json!("jpy");
    all[3]["disputed"] = json!(true);
    all[3]["description"] =
        json!("Workshop in 東京, two seats, with a very long description that has to be cut");
    all[3]["payment_method_details"]["card"] = json!({"brand": "mastercard", "last4": "4444"});
    all[4]["amount_refunded"] = json!(9_900);
    all[4]["refunded"] = json!(true);
    all[5]["status"] = json!("failed");
    all[5]["paid"] = json!(false);
    all[6]["status"] = json!("pending");
    all
}

fn subscription(id: &str, product: &str, amount: i64) -> Value {
    json!({
        "id": id, "status": "active", "currency": "usd", "created": NOW_S - 300 * DAY_S, "customer": "cus_Qx81LmTz3f",
        "items": {"data": [{"id": "si_1", "quantity": 1, "current_period_end": NOW_S + 23 * DAY_S,
            "price": {"id": "price_1", "product": product, "currency": "usd", "unit_amount": amount,
                "recurring": {"interval": "month", "interval_count": 1}}}]},
    })
}

fn subscriptions() -> Vec<Value> {
    let mut paused = subscription("sub_1Growth", "prod_growth", 4_900);
    paused["pause_collection"] = json!({"behavior": "void"});
    vec![subscription("sub_1Pro", "prod_pro", 9_900), paused]
}

fn invoice(number: &str, ago_s: i64, total: i64, subscription: &str, intents: &[&str]) -> Value {
    let payments: Vec<_> = intents
        .iter()
        .map(|intent| json!({"payment": {"type": "payment_intent", "payment_intent": intent}}))
        .collect();
    json!({
        "id": format!("in_{number}"), "number": number, "currency": "usd", "total": total, "created": NOW_S - ago_s,
        "status": "paid", "payments": {"data": payments},
        "parent": {"subscription_details": {"subscription": subscription}},
    })
}

fn invoices() -> Vec<Value> {
    let mut due = invoice("A-0011", 7 * DAY_S, 4_900, "sub_1Growth", &["pi_2"]);
    due["status"] = json!("open");
    due["attempt_count"] = json!(1);
    vec![invoice("A-0012", 120, 9_900, "sub_1Pro", &["pi_0", "pi_1"]), due]
}

/// A refund of the newest charge, as far as it got.
pub(crate) fn intent(state: IntentState) -> Intent {
    serde_json::from_value(json!({
        "id": "int_1", "state": state, "request_hash": "", "agent": "maya", "profile": "default", "account": "acct_1",
        "live": false, "created": NOW_S, "hold_until_ms": NOW_S * 1_000 + 3_400, "first_sent": null, "attempts": 0,
        "request_id": null, "result_id": null, "message": null,
        "decision": {"outcome": "allow", "rules": [], "policy_hash": ""},
        "request": crate::request::Request::post("/v1/refunds", &[]),
        "proposal": {
            "action": "refund_charge", "effect": "money", "gate": "refund", "args": {}, "customer": "cus_Qx81LmTz3f",
            "target": {"kind": "charge", "id": "ch_3PxL00000000"}, "terms": {}, "sentence": "Refund $99.00",
            "amount": {"minor": 9_900, "currency": "usd"}, "request": crate::request::Request::post("/v1/refunds", &[]),
        },
    }))
    .unwrap()
}
