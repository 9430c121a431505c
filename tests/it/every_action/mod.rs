//! Every action of the catalogue against the sandbox over HTTP: it succeeds, its object's state refuses it, the policy denies
//! it, and what went over the wire is what Stripe's endpoints take. The cases are a table: a new action is a row.

mod by_assistant;
mod by_command;
mod by_desk;
mod cases;
mod denials;
mod late;
mod mistakes;

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

use self::cases::{ALL, CHANGES, Case, Names, READS};
use crate::{
    catalogue::{self, names_on_the_wire},
    harness::{command::get, desk::NOW},
};

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
            together: false,
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

/// The call is one that Stripe's table has for the action, and nothing goes with it that the endpoint does not take.
fn as_in_the_table(action: &Action, seen: &Seen) -> Result<(), String> {
    let row = catalogue::row(action.name);
    let ways = row["ways"].as_array().unwrap();
    let same_path = |way: &&Value| {
        let (ours, theirs) = (seen.path.split('/'), way["path"].as_str().unwrap().split('/'));
        way["method"] == seen.method.as_str()
            && ours.clone().count() == theirs.clone().count()
            && ours.zip(theirs).all(|(ours, theirs)| theirs.starts_with('{') || ours == theirs)
    };
    let way = ways.iter().find(same_path);
    let way = way.ok_or_else(|| format!("{}: {} {} is no way", action.name, seen.method, seen.path))?;
    let taken: BTreeSet<_> =
        way["parameters"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    match names_on_the_wire(&seen.params).into_iter().find(|name| !taken.contains(name)) {
        Some(name) => Err(format!("{}: {} takes no {name}: {taken:?}", action.name, seen.path)),
        None => Ok(()),
    }
}

/// Of a reading that it was asked for as the table says, by whatever way it came.
#[track_caller]
fn was_asked(action: &Action, running: &Running) {
    let all = running.requests();
    let answered = all.iter().filter(|seen| seen.status == Some(200));
    let tried: Vec<_> = answered.map(|seen| as_in_the_table(action, seen)).collect();
    assert!(tried.iter().any(Result::is_ok), "{}: {tried:?}", action.name);
}

/// Of a change that it was made once, as the table says.
#[track_caller]
fn was_made_once(action: &Action, running: &Running) {
    let all = running.requests();
    let written = |seen: &&Seen| seen.method != "GET" && !seen.path.ends_with("/create_preview");
    let [seen] = all.iter().filter(written).collect::<Vec<_>>()[..] else {
        panic!("{}: {all:?}", action.name);
    };
    assert_eq!(seen.status, Some(200), "{}: {seen:?}", action.name);
    as_in_the_table(action, seen).unwrap();
}

#[track_caller]
fn nothing_was_changed(name: &str, running: &Running) {
    let all = running.requests();
    let sent = all.iter().find(|seen| seen.method != "GET" && !seen.path.ends_with("/create_preview"));
    assert!(sent.is_none(), "{name}: {sent:?}");
}

fn moment() -> Moment {
    Moment { now: Unix(NOW), zone: TimeZone::UTC }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_made_once_and_then_refused_by_its_state() {
    for case in CHANGES {
        let Case(name, given, _, _, shows) = case;
        let desk = desk().await;
        let action = actions::find(name).unwrap();
        let names = Names::new(&desk.running);
        let args = names.args(given);
        desk.done(name, &args).await;
        names.shows(name, *shows);
        was_made_once(action, &desk.running);
        let Some((given, why)) = case.refused(&names, names.pairs(given)) else { continue };
        let args = given.into_iter().fold(Args::default(), |all, (field, value)| all.with(field, value));
        desk.running.forget_requests();
        let stopped = desk.prepare(name, &args).await.expect_err(name);
        assert!(matches!(stopped, Stopped::Invalid { .. }), "{name}: {stopped}");
        assert!(stopped.to_string().contains(why), "{name}: {stopped}");
        nothing_was_changed(name, &desk.running);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_denied_without_its_rule() {
    let desk = desk().await;
    *desk.gate.policy().write().unwrap() = Policy::parse("version = 1", "policy.toml").unwrap();
    let names = Names::new(&desk.running);
    for Case(name, given, _, rule, _) in CHANGES {
        let stopped = desk.prepare(name, &names.args(given)).await.expect_err(name);
        let Stopped::Denied(decision) = &stopped else { panic!("{name}: {stopped}") };
        let denied: Vec<_> = decision.in_the_way().map(|looked| looked.rule.as_str()).collect();
        assert!(denied.contains(rule), "{name}: {denied:?}");
    }
    assert!(desk.running.requests().iter().all(|seen| seen.method == "GET"), "nothing is sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reading_shows_what_it_says() {
    let desk = desk().await;
    let names = Names::new(&desk.running);
    let hidden = Policy::parse("version = 1\ncustomers.view_invoices = false", "policy.toml").unwrap();
    for (name, given) in READS {
        let action = actions::find(name).unwrap();
        let args = names.args(given);
        let request = desk
            .gate
            .reading(action, &args, &moment())
            .await
            .unwrap_or_else(|stopped| panic!("{name}: {stopped}"));
        desk.running.forget_requests();
        let reply = stripe::read(&desk.client, &request, Priority::Waiting).await;
        let reply = reply.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        was_asked(action, &desk.running);
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
    let given = Names::new(&desk.running).args(&[
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
    let names = Names::new(&desk.running);
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
        let status = post(&desk.running, &names.fill(path), &names.fill(form));
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
