//! The objects of the sandbox that the cases are about, by what they have to be.

use std::{cell::RefCell, collections::BTreeMap};

use paydesk::{actions::Args, sandbox::Running};
use serde_json::Value;

use super::{Pairs, Shows};
use crate::harness::command::get;

/// Objects of the sandbox by name: the list that they stand in, what tells them, and where the id is.
type Which = (&'static str, &'static str, fn(&Value) -> bool, &'static str);

fn is(object: &Value, field: &str, value: &str) -> bool {
    object[field] == value
}

/// Active, of one item, in dollars, with nothing special about it.
fn plain(sub: &Value) -> bool {
    is(sub, "status", "active")
        && is(sub, "currency", "usd")
        && sub["schedule"].is_null()
        && sub["cancel_at"].is_null()
        && sub["pause_collection"].is_null()
        && sub["discounts"] == serde_json::json!([])
        && sub["items"]["data"].as_array().unwrap().len() == 1
}

const ID: &str = "/id";

const OBJECTS: &[Which] = &[
    ("customer", "/v1/customers?email=ada@example.com", |_| true, ID),
    ("gone", "/v1/invoices?expand[]=data.customer", |one| one["customer"]["deleted"] == true, "/customer/id"),
    ("cards", "/v1/customers?email=patricia.nowak40@post.example", |_| true, ID),
    ("favoured", "/v1/customers", |one| !one["discount"].is_null(), ID),
    (
        "charge",
        "/v1/charges",
        |one| {
            is(one, "status", "succeeded")
                && is(one, "currency", "usd")
                && one["captured"] == true
                && one["disputed"] == false
                && one["amount_refunded"] == 0
        },
        ID,
    ),
    ("failed", "/v1/charges", |one| is(one, "status", "failed"), ID),
    ("movement", "/v1/charges", |one| one["balance_transaction"].is_string(), "/balance_transaction"),
    ("held", "/v1/payment_intents", |one| is(one, "status", "requires_capture"), ID),
    ("through", "/v1/invoice_payments?status=paid", |_| true, "/payment/payment_intent"),
    ("refund", "/v1/refunds", |one| is(one, "status", "succeeded"), ID),
    ("waiting", "/v1/refunds", |one| is(one, "status", "requires_action"), ID),
    ("spare", "/v1/payment_methods?customer=@cards", |_| true, ID),
    (
        "plan",
        "/v1/subscriptions",
        |one| plain(one) && one["items"]["data"][0]["price"]["lookup_key"] == "pro_month_usd",
        ID,
    ),
    (
        "item",
        "/v1/subscriptions",
        |one| plain(one) && one["items"]["data"][0]["price"]["lookup_key"] == "pro_month_usd",
        "/items/data/0/id",
    ),
    ("dearer", "/v1/prices?lookup_keys[]=business_month_usd", |_| true, ID),
    ("yearly", "/v1/prices?lookup_keys[]=pro_year_usd", |_| true, ID),
    ("euro", "/v1/prices?lookup_keys[]=business_month_eur", |_| true, ID),
    ("same", "/v1/prices?lookup_keys[]=pro_month_usd", |_| true, ID),
    ("seat", "/v1/prices?lookup_keys[]=extra_seat_month_usd", |_| true, ID),
    ("product", "/v1/prices?lookup_keys[]=pro_month_usd", |_| true, "/product"),
    ("over", "/v1/subscriptions?status=canceled", |_| true, ID),
    (
        "ending",
        "/v1/subscriptions",
        |one| is(one, "status", "active") && one["schedule"].is_null() && !one["cancel_at"].is_null(),
        ID,
    ),
    ("collection", "/v1/subscriptions", |one| !one["pause_collection"].is_null(), ID),
    ("paused", "/v1/subscriptions?status=paused", |_| true, ID),
    ("trial", "/v1/subscriptions?status=trialing", |one| one["schedule"].is_null(), ID),
    (
        "cheaper",
        "/v1/subscriptions",
        |one| is(one, "status", "active") && one["discounts"].as_array().unwrap().len() == 1,
        ID,
    ),
    ("code", "/v1/promotion_codes?code=SORRY15", |_| true, ID),
    ("ended", "/v1/promotion_codes?code=SUMMER24", |_| true, ID),
    ("schedule", "/v1/subscription_schedules", |one| is(one, "status", "active"), ID),
    ("draft", "/v1/invoices?status=draft", |_| true, ID),
    ("drafted", "/v1/invoices?status=draft", |_| true, "/customer"),
    (
        "open",
        "/v1/invoices?status=open&collection_method=charge_automatically",
        |one| is(one, "currency", "usd"),
        ID,
    ),
    ("mailed", "/v1/invoices?status=open&collection_method=send_invoice", |_| true, ID),
    (
        "paid",
        "/v1/invoices?status=paid",
        |one| {
            is(one, "currency", "usd")
                && one["post_payment_credit_notes_amount"] == 0
                && one["amount_paid"].as_i64() > Some(500)
        },
        ID,
    ),
    ("note", "/v1/credit_notes", |one| is(one, "status", "issued") && is(one, "type", "pre_payment"), ID),
    ("dispute", "/v1/disputes", |one| is(one, "status", "needs_response"), ID),
    ("lost", "/v1/disputes", |one| is(one, "status", "lost"), ID),
];

/// What stands behind the names, each looked up once: a change moves what a name would find.
pub(crate) struct Names<'w> {
    running: &'w Running,
    known: RefCell<BTreeMap<String, String>>,
}

impl<'w> Names<'w> {
    pub(crate) fn new(running: &'w Running) -> Self {
        Self { running, known: RefCell::default() }
    }

    fn object(&self, name: &str) -> String {
        let known = self.known.borrow().get(name).cloned();
        known.unwrap_or_else(|| {
            let id = self.look_up(name);
            self.known.borrow_mut().insert(name.to_owned(), id.clone());
            id
        })
    }

    fn look_up(&self, name: &str) -> String {
        let (_, list, fits, pointer) = OBJECTS
            .iter()
            .find(|(known, ..)| *known == name)
            .unwrap_or_else(|| panic!("@{name} is no object"));
        let path = if list.contains("email=") { (*list).to_owned() } else { self.fill(list) };
        let mut after = String::new();
        loop {
            let more = if path.contains('?') { '&' } else { '?' };
            let page = get(self.running, &format!("{path}{more}limit=100{after}"));
            let rows = page["data"].as_array().unwrap_or_else(|| panic!("@{name}: {page}"));
            if let Some(found) = rows.iter().find(|row| fits(row)) {
                return found.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            }
            assert!(page["has_more"] == true, "the sandbox has no @{name}");
            after = format!("&starting_after={}", rows.last().unwrap()["id"].as_str().unwrap());
        }
    }

    /// With the ids in the place of the names.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        while let Some(at) = text.find('@') {
            let name: String = text[at + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
            text = text.replacen(&format!("@{name}"), &self.object(&name), 1);
        }
        text
    }

    pub(crate) fn pairs(&self, given: Pairs) -> Vec<(&'static str, String)> {
        given.iter().map(|(field, value)| (*field, self.fill(value))).collect()
    }

    pub(crate) fn args(&self, given: Pairs) -> Args {
        self.pairs(given).into_iter().fold(Args::default(), |all, (field, value)| all.with(field, value))
    }

    /// The change is to be seen at the sandbox.
    #[track_caller]
    pub(crate) fn shows(&self, action: &str, (path, pointer, expected): Shows) {
        if path.is_empty() {
            return;
        }
        let found = get(self.running, &self.fill(path));
        let there = found.pointer(pointer).cloned().unwrap_or(Value::Null);
        let there = there.as_str().map_or_else(|| there.to_string(), str::to_owned);
        assert_eq!(there, self.fill(expected), "{action}: {pointer} of {found}");
    }
}
