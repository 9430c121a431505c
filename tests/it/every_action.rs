//! Every action of the catalogue against the sandbox over HTTP: it succeeds, its object's state refuses it, the policy denies
//! it, and what went over the wire is what Stripe's endpoints take. The cases are a table: a new action is a row.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex, RwLock},
};

use jiff::tz::TimeZone;
use paydesk::{
    actions::{self, Action, Args, Effect, Gate as Part, Gives, Moment},
    gate::{Ask, Gate, Identity, Release, Stopped},
    ledger::{IntentState, Ledger},
    policy::{self, Given, Outcome, Policy},
    sandbox::{self, Running, Seen},
    stripe::{self, Client, Priority, Settings},
    time::{Clock, ManualClock, Unix},
};
use serde_json::Value;

use crate::{
    catalogue::{self, names_on_the_wire},
    harness::{command::get, desk::NOW},
};

type Pairs = &'static [(&'static str, &'static str)];

/// How the state of an object refuses.
#[derive(Clone, Copy)]
enum Refusal {
    /// The same once more.
    Again(&'static str),
    /// The same on something else.
    Of(Pairs, &'static str),
    /// No state refuses it.
    Never,
}
use Refusal::{Again, Never, Of};

/// Action, what is given (`@` names an object below), how it is refused, and the rule without which it is denied.
struct Case(&'static str, Pairs, Refusal, &'static str);

/// Reads: nothing refuses them, and only what is hidden is denied.
const READS: &[(&str, Pairs)] = &[
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

const CHANGES: &[Case] = &[
    Case("update_charge", &[("charge", "@charge"), ("description", "gift")], Never, "customers.update_email"),
    Case(
        "refund_charge",
        &[("charge", "@charge"), ("amount", "1.00"), ("reason", "duplicate"), ("note", "x")],
        Of(&[("charge", "@failed")], "nothing was taken"),
        "refunds.currency",
    ),
    Case(
        "cancel_payment",
        &[("payment_intent", "@held"), ("cancellation_reason", "abandoned")],
        Again("already cancelled"),
        "payments.cancel_held",
    ),
    Case(
        "capture_payment",
        &[("payment_intent", "@held")],
        Again("already captured"),
        "payments.capture_held",
    ),
    Case("cancel_refund", &[("refund", "@waiting")], Again("already cancelled"), "refunds.max"),
    Case(
        "update_customer",
        &[("customer", "@customer"), ("name", "Ada"), ("address_city", "London")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.update_email",
    ),
    Case(
        "adjust_customer_balance",
        &[("customer", "@customer"), ("amount", "5"), ("description", "sorry")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.max_credit",
    ),
    Case(
        "set_default_payment_method",
        &[("customer", "@cards"), ("payment_method", "@spare")],
        Again("already what the customer pays with"),
        "customers.update_payment_method",
    ),
    Case(
        "detach_payment_method",
        &[("payment_method", "@spare")],
        Again("belongs to nobody"),
        "customers.update_payment_method",
    ),
    Case(
        "remove_customer_discount",
        &[("customer", "@favoured")],
        Again("no discount on the customer"),
        "subscriptions.max_discount",
    ),
    Case(
        "create_portal_session",
        &[("customer", "@customer"), ("flow", "payment_method_update")],
        Of(&[("customer", "@gone")], "deleted"),
        "customers.portal_links",
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
    ),
    Case(
        "update_subscription",
        &[("subscription", "@plan"), ("items", "@item=@dearer:2, +@seat:3")],
        Of(&[("subscription", "@over")], "already cancelled"),
        "subscriptions.change_plan",
    ),
    Case(
        "cancel_subscription",
        &[("subscription", "@plan"), ("when", "now"), ("feedback", "unused")],
        Again("already cancelled"),
        "subscriptions.cancel",
    ),
    Case(
        "undo_cancellation",
        &[("subscription", "@ending")],
        Again("not set to end"),
        "subscriptions.cancel",
    ),
    Case(
        "pause_subscription",
        &[("subscription", "@plan"), ("behavior", "keep_as_draft"), ("resumes_at", "in 30d")],
        Again("resume it first"),
        "subscriptions.pause",
    ),
    Case(
        "resume_subscription",
        &[("subscription", "@collection")],
        Again("not paused"),
        "subscriptions.pause",
    ),
    Case("resume_subscription", &[("subscription", "@paused")], Again("not paused"), "subscriptions.pause"),
    Case(
        "extend_trial",
        &[("subscription", "@trial"), ("trial_end", "in 10d"), ("missing_payment_method", "pause")],
        Of(&[("subscription", "@over")], "already cancelled"),
        "subscriptions.max_trial_days",
    ),
    Case(
        "apply_discount",
        &[("subscription", "@plan"), ("coupon", "WELCOME20")],
        Again("on the subscription already"),
        "subscriptions.max_discount",
    ),
    Case(
        "apply_discount",
        &[("subscription", "@cheaper"), ("promotion_code", "@code")],
        Of(&[("promotion_code", "@ended")], "not active any more"),
        "subscriptions.max_discount",
    ),
    Case(
        "remove_subscription_discount",
        &[("subscription", "@cheaper")],
        Again("no discount on the subscription itself"),
        "subscriptions.max_discount",
    ),
    Case(
        "release_subscription_schedule",
        &[("schedule", "@schedule"), ("preserve_cancel_date", "true")],
        Again("released already"),
        "subscriptions.change_plan",
    ),
    Case(
        "finalize_invoice",
        &[("invoice", "@draft"), ("auto_advance", "false")],
        Again("it is final already"),
        "invoices.change",
    ),
    Case(
        "pay_invoice",
        &[("invoice", "@open"), ("paid_out_of_band", "true")],
        Again("already paid"),
        "invoices.change",
    ),
    Case(
        "send_invoice",
        &[("invoice", "@mailed")],
        Of(&[("invoice", "@open")], "charged automatically"),
        "invoices.change",
    ),
    Case(
        "mark_invoice_uncollectible",
        &[("invoice", "@open")],
        Again("written off already"),
        "invoices.change",
    ),
    Case("void_invoice", &[("invoice", "@open")], Again("it is void"), "invoices.change"),
    Case(
        "create_invoice_item",
        &[("customer", "@customer"), ("amount", "5"), ("direction", "credit"), ("description", "sorry")],
        Of(&[("customer", "@gone")], "deleted"),
        "invoices.change",
    ),
    Case(
        "create_invoice_item",
        &[("customer", "@drafted"), ("amount", "5"), ("invoice", "@draft")],
        Of(&[("customer", "@customer"), ("invoice", "@open")], "another customer's"),
        "invoices.change",
    ),
    Case(
        "create_credit_note",
        &[("invoice", "@paid"), ("credit_amount", "1.00"), ("email_type", "none")],
        Of(&[("invoice", "@draft")], "it is a draft"),
        "customers.max_credit",
    ),
    Case(
        "create_credit_note",
        &[("invoice", "@paid"), ("refund_amount", "1.00"), ("reason", "duplicate"), ("note", "x")],
        Of(&[("invoice", "@draft")], "it is a draft"),
        "refunds.currency",
    ),
    Case("void_credit_note", &[("credit_note", "@note")], Again("void already"), "customers.max_credit"),
    Case(
        "update_dispute",
        &[("dispute", "@dispute"), ("product_description", "a subscription")],
        Of(&[("dispute", "@lost")], "lost"),
        "disputes.stage",
    ),
    Case("close_dispute", &[("dispute", "@dispute")], Again("lost"), "disputes.accept"),
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

/// Everything may be done, and large amounts too.
const ALL: &str = r#"version = 1
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
cancel_held = true
capture_held = true
[disputes]
stage = true
submit = true
accept = true
"#;

struct Desk {
    running: Running,
    gate: Gate,
    client: Client,
    _folder: tempfile::TempDir,
}

async fn desk() -> Desk {
    let options = sandbox::Options {
        seed: 7,
        customers: 60,
        clock: sandbox::Clock::fixed(NOW),
        search_lag: std::time::Duration::ZERO,
        ..sandbox::Options::default()
    };
    let running = sandbox::start(options).await.unwrap();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Unix(NOW)));
    let mut settings =
        Settings::new(running.base_url().parse().unwrap(), running.secret_key().to_owned().into());
    settings.per_second = 0;
    let client = Client::new(settings, Arc::clone(&clock)).unwrap();
    let identity = Identity {
        agent: "maya".into(),
        profile: "test".into(),
        account: running.account().into(),
        live: false,
        zone: TimeZone::UTC,
        read_only: None,
    };
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(Mutex::new(Ledger::open(folder.path()).unwrap()));
    let rules = Arc::new(RwLock::new(Policy::parse(ALL, "policy.toml").unwrap()));
    let gate = Gate::new(Arc::new(client.clone()), ledger, rules, clock, identity);
    Desk { running, gate, client, _folder: folder }
}

impl Desk {
    /// What stands behind a name.
    fn object(&self, name: &str) -> String {
        let (_, list, fits, pointer) = OBJECTS
            .iter()
            .find(|(known, ..)| *known == name)
            .unwrap_or_else(|| panic!("@{name} is no object"));
        let path = match list.split_once('@').filter(|_| !list.contains("email=")) {
            Some((before, other)) => format!("{before}{}", self.object(other)),
            None => (*list).to_owned(),
        };
        let mut after = String::new();
        loop {
            let more = if path.contains('?') { '&' } else { '?' };
            let page = get(&self.running, &format!("{path}{more}limit=100{after}"));
            let rows = page["data"].as_array().unwrap_or_else(|| panic!("@{name}: {page}"));
            if let Some(found) = rows.iter().find(|row| fits(row)) {
                return found.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            }
            assert!(page["has_more"] == true, "the sandbox has no @{name}");
            after = format!("&starting_after={}", rows.last().unwrap()["id"].as_str().unwrap());
        }
    }

    /// With the ids in the place of the names.
    fn args(&self, given: Pairs) -> Args {
        given.iter().fold(Args::default(), |all, (field, value)| {
            let mut value = (*value).to_owned();
            while let Some(at) = value.find('@') {
                let name: String = value[at + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
                value = value.replacen(&format!("@{name}"), &self.object(&name), 1);
            }
            all.with(field, value)
        })
    }

    async fn prepare(&self, action: &str, args: &Args) -> Result<String, Stopped> {
        let ask = Ask {
            action: action.into(),
            args: args.clone(),
            given: Given::Yes,
            hold_ms: 0,
            asked: None,
            seen: None,
            confirmed: None,
            repeat_ok: false,
            confirm_word: None,
        };
        self.gate.prepare(&ask).await.map(|intent| intent.id)
    }

    /// The change, sent and settled.
    async fn done(&self, action: &str, args: &Args) {
        self.running.forget_requests();
        let id = self.prepare(action, args).await.unwrap_or_else(|stopped| panic!("{action}: {stopped}"));
        let ending = self
            .gate
            .send(&id, Release::Now, |_| {})
            .await
            .unwrap_or_else(|stopped| panic!("{action}: {stopped}"));
        assert_eq!(ending.intent.state, IntentState::Settled, "{action}: {:?}", ending.intent.message);
    }
}

/// The last call of a method is one that Stripe's table has for the action.
fn as_in_the_table(action: &Action, seen: &Seen) {
    let row = catalogue::row(action.name);
    let ways = row["ways"].as_array().unwrap();
    let same_path = |way: &&Value| {
        let (ours, theirs) = (seen.path.split('/'), way["path"].as_str().unwrap().split('/'));
        way["method"] == seen.method.as_str()
            && ours.clone().count() == theirs.clone().count()
            && ours.zip(theirs).all(|(ours, theirs)| theirs.starts_with('{') || ours == theirs)
    };
    let way = ways.iter().find(same_path);
    let way =
        way.unwrap_or_else(|| panic!("{}: {} {} is none of {ways:?}", action.name, seen.method, seen.path));
    let taken: BTreeSet<_> =
        way["parameters"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    for name in names_on_the_wire(&seen.params) {
        assert!(taken.contains(&name), "{}: {} takes no {name}: {taken:?}", action.name, seen.path);
    }
}

fn moment() -> Moment {
    Moment { now: Unix(NOW), zone: TimeZone::UTC }
}

fn written(running: &Running) -> Seen {
    let all = running.requests();
    all.into_iter().rev().find(|seen| seen.method != "GET").expect("something was written")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_made_once_and_then_refused_by_its_state() {
    for Case(name, given, refusal, _) in CHANGES {
        let desk = desk().await;
        let action = actions::find(name).unwrap();
        let args = desk.args(given);
        desk.done(name, &args).await;
        as_in_the_table(action, &written(&desk.running));
        let (args, why) = match refusal {
            Never => continue,
            Again(why) => (args, why),
            Of(other, why) => (
                desk.args(other).0.into_iter().fold(args, |all, (field, value)| all.with(&field, value)),
                why,
            ),
        };
        desk.running.forget_requests();
        let stopped = desk.prepare(name, &args).await.expect_err(name);
        assert!(matches!(stopped, Stopped::Invalid { .. }), "{name}: {stopped}");
        assert!(stopped.to_string().contains(why), "{name}: {stopped}");
        assert!(desk.running.requests().iter().all(|seen| seen.method == "GET"), "{name}: nothing is sent");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_denied_without_its_rule() {
    let desk = desk().await;
    *desk.gate.policy().write().unwrap() = Policy::parse("version = 1", "policy.toml").unwrap();
    for Case(name, given, _, rule) in CHANGES {
        let stopped = desk.prepare(name, &desk.args(given)).await.expect_err(name);
        let Stopped::Denied(decision) = &stopped else { panic!("{name}: {stopped}") };
        let denied: Vec<_> = decision.in_the_way().map(|looked| looked.rule.as_str()).collect();
        assert!(denied.contains(rule), "{name}: {denied:?}");
    }
    assert!(desk.running.requests().iter().all(|seen| seen.method == "GET"), "nothing is sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reading_shows_what_it_says() {
    let desk = desk().await;
    let hidden = Policy::parse("version = 1\ncustomers.view_invoices = false", "policy.toml").unwrap();
    for (name, given) in READS {
        let action = actions::find(name).unwrap();
        let args = desk.args(given);
        let request = desk
            .gate
            .reading(action, &args, &moment())
            .await
            .unwrap_or_else(|stopped| panic!("{name}: {stopped}"));
        desk.running.forget_requests();
        let reply = stripe::read(&desk.client, &request, Priority::Waiting).await;
        let reply = reply.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        as_in_the_table(action, desk.running.requests().last().unwrap());
        let found: Value = serde_json::from_str(&reply.body).unwrap();
        match action.gives {
            Gives::One(kind) => assert_eq!(found["object"], kind, "{name}"),
            Gives::List(kind) => {
                let rows = found["data"].as_array().unwrap_or_else(|| panic!("{name}: {found}"));
                assert!(rows.iter().all(|row| row["object"] == kind), "{name}: {:?}", rows.first());
                let may_be_empty =
                    ["list_customer_tax_ids", "list_customer_balance_transactions", "list_refunds"];
                assert!(!rows.is_empty() || may_be_empty.contains(name), "{name} finds nothing");
            }
        }
        let outcome = policy::may_read(&hidden, "maya", action).outcome;
        assert_eq!(outcome == Outcome::Deny, action.gate == Part::InvoicesView, "{name}");
    }
}

#[test]
fn every_action_has_a_case() {
    let here: BTreeSet<_> =
        READS.iter().map(|(name, _)| *name).chain(CHANGES.iter().map(|Case(name, ..)| *name)).collect();
    let all: BTreeSet<_> = actions::all().map(|action| action.name).collect();
    assert_eq!(here, all);
    for (name, _) in READS {
        assert_eq!(actions::find(name).unwrap().effect, Effect::Read, "{name}");
    }
}

/// What a plan change was shown to cost is what it costs: the preview's date goes into the change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_previewed_is_what_happens() {
    let desk = desk().await;
    let given = desk.args(&[
        ("subscription", "@plan"),
        ("price", "@dearer"),
        ("proration_behavior", "always_invoice"),
        ("proration_date", "1h"),
    ]);
    let preview = actions::find("preview_proration").unwrap();
    let request = desk.gate.reading(preview, &given, &moment()).await.unwrap();
    let reply = stripe::read(&desk.client, &request, Priority::Waiting).await.unwrap();
    let shown: Value = serde_json::from_str(&reply.body).unwrap();
    desk.done("update_subscription", &given).await;
    let path = format!("/v1/subscriptions/{}", given.get("subscription").unwrap());
    let changed = get(&desk.running, &path);
    assert_eq!(changed["items"]["data"].as_array().unwrap().len(), 1, "no second item is added");
    let invoice =
        get(&desk.running, &format!("/v1/invoices/{}", changed["latest_invoice"].as_str().unwrap()));
    let amounts = |invoice: &Value| {
        let lines = invoice["lines"]["data"].as_array().unwrap();
        lines.iter().map(|line| line["amount"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(invoice["total"], shown["total"]);
    assert_eq!(amounts(&invoice), amounts(&shown));
}

/// A plan, as somebody else may have left it: what is missing is refused by Stripe's own stand-in too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_paydesk_would_refuse_stripe_refuses_too() {
    let desk = desk().await;
    for (path, form) in [
        ("/v1/subscriptions/@over", "items[0][price]=@dearer"),
        ("/v1/subscriptions/@plan/resume", ""),
        ("/v1/invoices/@draft/void", ""),
        ("/v1/invoices/@paid/finalize", ""),
        ("/v1/invoices/@open/send", ""),
        ("/v1/credit_notes", "invoice=@draft&amount=100"),
        ("/v1/invoiceitems", "customer=@customer&invoice=@paid&amount=100&currency=usd"),
        ("/v1/subscriptions/@plan", "trial_end=1000000000"),
        ("/v1/subscriptions/@plan", "discounts[0][coupon]=SUMMER24"),
    ] {
        let fill = |text: &str| {
            let mut text = text.to_owned();
            while let Some(at) = text.find('@') {
                let name: String = text[at + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
                text = text.replacen(&format!("@{name}"), &desk.object(&name), 1);
            }
            text
        };
        let status = post(&desk.running, &fill(path), &fill(form));
        assert_eq!(status, 400, "{path} {form}");
    }
}

/// Past paydesk: the status of a call.
fn post(running: &Running, path: &str, form: &str) -> u16 {
    let address = running.base_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let key = running.secret_key();
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_whitespace().nth(1).unwrap().parse().unwrap()
}
