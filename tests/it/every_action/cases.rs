//! The table: what each action is given, what refuses and denies it, and where its success is to be seen.

use std::{cell::RefCell, collections::BTreeMap};

use paydesk::{actions::Args, sandbox::Running};
use serde_json::Value;

use crate::harness::command::get;

pub(super) type Pairs = &'static [(&'static str, &'static str)];

/// How the state of an object refuses.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// The same once more.
    Again(&'static str),
    /// The same on something else.
    Of(Pairs, &'static str),
    /// No state refuses it.
    Never,
}
pub(super) use Refusal::{Again, Never, Of};

/// Where a success shows: what is read, a pointer into it, and what stands there then. `@` names an object below.
pub(super) type Shows = (&'static str, &'static str, &'static str);
/// Stripe keeps nothing of it that can be read.
pub(super) const NOWHERE: Shows = ("", "", "");

/// Action, what is given (`@` names an object below), how it is refused, the rule without which it is denied, and where its
/// success shows.
pub(super) struct Case(
    pub(super) &'static str,
    pub(super) Pairs,
    pub(super) Refusal,
    pub(super) &'static str,
    pub(super) Shows,
);

/// Reads: nothing refuses them, and only what is hidden is denied.
pub(super) const READS: &[(&str, Pairs)] = &[
    ("get_charge", &[("charge", "@charge")]),
    ("list_charges", &[("customer", "@customer")]),
    ("search_charges", &[("query", "amount>1000")]),
    ("get_payment_intent", &[("payment_intent", "@held")]),
    ("list_payment_intents", &[("customer", "@customer"), ("since", "2026-01-01")]),
    ("list_payment_intents", &[("query", "status:'requires_capture'")]),
    ("get_refund", &[("refund", "@refund")]),
    ("list_refunds", &[("charge", "@charge")]),
    ("get_balance_transaction", &[("balance_transaction", "@movement")]),
    ("get_customer", &[("customer", "@customer")]),
    ("search_customers", &[("query", "email~'ada'")]),
    ("list_payment_methods", &[("customer", "@customer"), ("type", "card")]),
    ("get_customer_balance", &[("customer", "@customer")]),
    ("list_customer_balance_transactions", &[("customer", "@customer")]),
    ("list_customer_tax_ids", &[("customer", "@customer")]),
    ("list_events", &[("type", "charge.*")]),
    ("get_subscription", &[("subscription", "@plan")]),
    ("list_subscriptions", &[("customer", "@customer"), ("status", "all")]),
    ("list_subscriptions", &[("query", "status:'active'")]),
    (
        "preview_proration",
        &[("subscription", "@plan"), ("price", "@dearer"), ("proration_behavior", "always_invoice")],
    ),
    ("get_subscription_schedule", &[("schedule", "@schedule")]),
    ("get_invoice", &[("invoice", "@open")]),
    ("list_invoices", &[("customer", "@customer"), ("status", "paid")]),
    ("search_invoices", &[("query", "status:'open'")]),
    ("get_upcoming_invoice", &[("subscription", "@plan"), ("coupon", "WELCOME20")]),
    ("list_invoice_lines", &[("invoice", "@open")]),
    ("list_invoice_payments", &[("invoice", "@paid")]),
    ("list_invoice_payments", &[("payment_intent", "@through")]),
    ("preview_credit_note", &[("invoice", "@paid"), ("credit_amount", "1.00")]),
    ("list_credit_notes", &[("since", "2020-01-01")]),
    ("get_product", &[("product", "@product")]),
    ("list_products", &[("active", "true")]),
    ("list_products", &[("query", "name~'pro'")]),
    ("get_price", &[("price", "@dearer")]),
    ("list_prices", &[("product", "@product"), ("currency", "usd"), ("interval", "month")]),
    ("list_promotion_codes", &[("code", "welcome20"), ("active", "true")]),
    ("list_disputes", &[("since", "2020-01-01")]),
    ("get_dispute", &[("dispute", "@dispute")]),
];

pub(super) const CHANGES: &[Case] = &[
    Case(
        "update_charge",
        &[("charge", "@charge"), ("description", "gift")],
        Never,
        "payments.edit",
        ("/v1/charges/@charge", "/description", "gift"),
    ),
    Case(
        "refund_charge",
        &[("charge", "@charge"), ("amount", "1.00"), ("reason", "duplicate"), ("note", "x")],
        Of(&[("charge", "@failed")], "nothing was taken"),
        "refunds.currency",
        ("/v1/charges/@charge", "/amount_refunded", "100"),
    ),
    Case(
        "cancel_payment",
        &[("payment_intent", "@held"), ("cancellation_reason", "abandoned")],
        Again("already cancelled"),
        "payments.cancel_held",
        ("/v1/payment_intents/@held", "/status", "canceled"),
    ),
    Case(
        "capture_payment",
        &[("payment_intent", "@held")],
        Again("already captured"),
        "payments.capture_held",
        ("/v1/payment_intents/@held", "/status", "succeeded"),
    ),
    Case(
        "cancel_refund",
        &[("refund", "@waiting")],
        Again("already cancelled"),
        "refunds.max",
        ("/v1/refunds/@waiting", "/status", "canceled"),
    ),
    Case(
        "update_customer",
        &[("customer", "@customer"), ("name", "Ada"), ("address_city", "London")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.update_email",
        ("/v1/customers/@customer", "/address/city", "London"),
    ),
    Case(
        "adjust_customer_balance",
        &[("customer", "@customer"), ("amount", "5"), ("description", "sorry")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.max_credit",
        ("/v1/customers/@customer/balance_transactions", "/data/0/description", "sorry"),
    ),
    Case(
        "set_default_payment_method",
        &[("customer", "@cards"), ("payment_method", "@spare")],
        Again("already what the customer pays with"),
        "customers.update_payment_method",
        ("/v1/customers/@cards", "/invoice_settings/default_payment_method", "@spare"),
    ),
    Case(
        "detach_payment_method",
        &[("payment_method", "@spare")],
        Again("belongs to nobody"),
        "customers.update_payment_method",
        ("/v1/payment_methods/@spare", "/customer", "null"),
    ),
    Case(
        "remove_customer_discount",
        &[("customer", "@favoured")],
        Again("no discount on the customer"),
        "subscriptions.max_discount",
        ("/v1/customers/@favoured", "/discount", "null"),
    ),
    Case(
        "create_portal_session",
        &[("customer", "@customer"), ("flow", "payment_method_update")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.portal_links",
        NOWHERE,
    ),
    Case(
        "update_subscription",
        &[
            ("subscription", "@plan"),
            ("price", "@dearer"),
            ("proration_behavior", "always_invoice"),
            ("proration_date", "1h"),
        ],
        Again("on that plan already"),
        "subscriptions.change_plan",
        ("/v1/subscriptions/@plan", "/items/data/0/price/id", "@dearer"),
    ),
    Case(
        "update_subscription",
        &[("subscription", "@plan"), ("items", "@item=@dearer:2, +@seat:3")],
        Of(&[("subscription", "@over")], "already cancelled"),
        "subscriptions.change_plan",
        ("/v1/subscriptions/@plan", "/items/data/1/price/id", "@seat"),
    ),
    Case(
        "cancel_subscription",
        &[("subscription", "@plan"), ("when", "now"), ("feedback", "unused")],
        Again("already cancelled"),
        "subscriptions.cancel",
        ("/v1/subscriptions/@plan", "/status", "canceled"),
    ),
    Case(
        "undo_cancellation",
        &[("subscription", "@ending")],
        Again("not set to end"),
        "subscriptions.cancel",
        ("/v1/subscriptions/@ending", "/cancel_at", "null"),
    ),
    Case(
        "pause_subscription",
        &[("subscription", "@plan"), ("behavior", "keep_as_draft"), ("resumes_at", "in 30d")],
        Again("resume it first"),
        "subscriptions.pause",
        ("/v1/subscriptions/@plan", "/pause_collection/behavior", "keep_as_draft"),
    ),
    Case(
        "resume_subscription",
        &[("subscription", "@collection")],
        Again("not paused"),
        "subscriptions.pause",
        ("/v1/subscriptions/@collection", "/pause_collection", "null"),
    ),
    Case(
        "resume_subscription",
        &[("subscription", "@paused")],
        Again("not paused"),
        "subscriptions.pause",
        ("/v1/subscriptions/@paused", "/status", "active"),
    ),
    Case(
        "extend_trial",
        &[("subscription", "@trial"), ("trial_end", "in 10d"), ("missing_payment_method", "pause")],
        Of(&[("subscription", "@over")], "already cancelled"),
        "subscriptions.max_trial_days",
        ("/v1/subscriptions/@trial", "/trial_settings/end_behavior/missing_payment_method", "pause"),
    ),
    Case(
        "apply_discount",
        &[("subscription", "@plan"), ("coupon", "WELCOME20")],
        Again("on the subscription already"),
        "subscriptions.max_discount",
        ("/v1/subscriptions/@plan?expand[]=discounts", "/discounts/0/source/coupon", "WELCOME20"),
    ),
    Case(
        "apply_discount",
        &[("subscription", "@cheaper"), ("promotion_code", "@code")],
        Of(&[("promotion_code", "@ended")], "not active any more"),
        "subscriptions.max_discount",
        ("/v1/subscriptions/@cheaper?expand[]=discounts", "/discounts/1/promotion_code", "@code"),
    ),
    Case(
        "remove_subscription_discount",
        &[("subscription", "@cheaper")],
        Again("no discount on the subscription itself"),
        "subscriptions.max_discount",
        ("/v1/subscriptions/@cheaper", "/discounts", "[]"),
    ),
    Case(
        "release_subscription_schedule",
        &[("schedule", "@schedule"), ("preserve_cancel_date", "true")],
        Again("released already"),
        "subscriptions.change_plan",
        ("/v1/subscription_schedules/@schedule", "/status", "released"),
    ),
    Case(
        "finalize_invoice",
        &[("invoice", "@draft"), ("auto_advance", "false")],
        Again("it is final already"),
        "invoices.change",
        ("/v1/invoices/@draft", "/status", "open"),
    ),
    Case(
        "pay_invoice",
        &[("invoice", "@open"), ("paid_out_of_band", "true")],
        Again("already paid"),
        "invoices.change",
        ("/v1/invoices/@open", "/status", "paid"),
    ),
    Case(
        "send_invoice",
        &[("invoice", "@mailed")],
        Of(&[("invoice", "@open")], "charged automatically"),
        "invoices.change",
        ("/v1/events?type=invoice.sent", "/data/0/data/object/id", "@mailed"),
    ),
    Case(
        "mark_invoice_uncollectible",
        &[("invoice", "@open")],
        Again("written off already"),
        "invoices.change",
        ("/v1/invoices/@open", "/status", "uncollectible"),
    ),
    Case(
        "void_invoice",
        &[("invoice", "@open")],
        Again("it is void"),
        "invoices.change",
        ("/v1/invoices/@open", "/status", "void"),
    ),
    Case(
        "create_invoice_item",
        &[("customer", "@customer"), ("amount", "5"), ("direction", "credit"), ("description", "sorry")],
        Of(&[("customer", "@gone")], "deleted"),
        "invoices.change",
        ("/v1/invoiceitems?customer=@customer", "/data/0/amount", "-500"),
    ),
    Case(
        "create_invoice_item",
        &[("customer", "@drafted"), ("amount", "5"), ("invoice", "@draft")],
        Of(&[("customer", "@customer"), ("invoice", "@open")], "another customer's"),
        "invoices.change",
        ("/v1/invoiceitems?invoice=@draft", "/data/0/amount", "500"),
    ),
    Case(
        "create_credit_note",
        &[("invoice", "@paid"), ("credit_amount", "1.00"), ("email_type", "none")],
        Of(&[("invoice", "@draft")], "it is a draft"),
        "customers.max_credit",
        ("/v1/credit_notes?invoice=@paid", "/data/0/amount", "100"),
    ),
    Case(
        "create_credit_note",
        &[("invoice", "@paid"), ("refund_amount", "1.00"), ("reason", "duplicate"), ("note", "x")],
        Of(&[("invoice", "@draft")], "it is a draft"),
        "refunds.currency",
        ("/v1/credit_notes?invoice=@paid", "/data/0/reason", "duplicate"),
    ),
    Case(
        "void_credit_note",
        &[("credit_note", "@note")],
        Again("void already"),
        "customers.max_credit",
        ("/v1/credit_notes/@note", "/status", "void"),
    ),
    Case(
        "update_dispute",
        &[("dispute", "@dispute"), ("product_description", "a subscription")],
        Of(&[("dispute", "@lost")], "lost"),
        "disputes.stage",
        ("/v1/disputes/@dispute", "/evidence/product_description", "a subscription"),
    ),
    Case(
        "close_dispute",
        &[("dispute", "@dispute")],
        Again("lost"),
        "disputes.accept",
        ("/v1/disputes/@dispute", "/status", "lost"),
    ),
];

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
pub(super) struct Names<'w> {
    running: &'w Running,
    known: RefCell<BTreeMap<String, String>>,
}

impl<'w> Names<'w> {
    pub(super) fn new(running: &'w Running) -> Self {
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
    pub(super) fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        while let Some(at) = text.find('@') {
            let name: String = text[at + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
            text = text.replacen(&format!("@{name}"), &self.object(&name), 1);
        }
        text
    }

    pub(super) fn pairs(&self, given: Pairs) -> Vec<(&'static str, String)> {
        given.iter().map(|(field, value)| (*field, self.fill(value))).collect()
    }

    pub(super) fn args(&self, given: Pairs) -> Args {
        self.pairs(given).into_iter().fold(Args::default(), |all, (field, value)| all.with(field, value))
    }

    /// The change is to be seen at the sandbox.
    #[track_caller]
    pub(super) fn shows(&self, action: &str, (path, pointer, expected): Shows) {
        if path.is_empty() {
            return;
        }
        let found = get(self.running, &self.fill(path));
        let there = found.pointer(pointer).cloned().unwrap_or(Value::Null);
        let there = there.as_str().map_or_else(|| there.to_string(), str::to_owned);
        assert_eq!(there, self.fill(expected), "{action}: {pointer} of {found}");
    }
}

/// Everything may be done, and large amounts too.
pub(super) const ALL: &str = r#"version = 1
[refunds]
max = { usd = "500.00" }
[subscriptions]
cancel = true
pause = true
change_plan = true
proration = "choose"
max_trial_days = 60
max_discount = { percent = 90, months = 24 }
[customers]
update_email = true
update_payment_method = true
portal_links = true
max_credit = { usd = "500.00", eur = "500.00", gbp = "500.00" }
[invoices]
change = true
max_write_off = { usd = "5000.00" }
max_item = { usd = "5000.00" }
[payments]
edit = true
cancel_held = true
capture_held = true
[disputes]
stage = true
submit = true
accept = true
"#;
