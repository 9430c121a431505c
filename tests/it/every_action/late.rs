//! What an assistant asked for, and what a person came to too late: its time was over, or its object has moved. It is told in the same
//! words in the inbox of the desk, by `approve`, and to the assistant, and nothing is sent.

use std::sync::Arc;

use paydesk::{
    actions::{self, Args},
    ledger::{Ledger, Store as _},
    time::{Clock as _, DAY_S, SystemClock},
};

use super::{
    by_assistant::{arguments, trusting},
    by_command::world,
    by_desk::{self, PAUSE_MS},
    cases::{ALL, Names, Pairs},
};
use crate::{
    harness::{
        command::{call, said},
        desk::{Desk, Options},
    },
    mcp::Client,
};

/// Action, what is asked for, what somebody else does meanwhile, and why it cannot be done then.
struct Moved(&'static str, Pairs, (&'static str, &'static str, &'static str), &'static str);

const MOVED: &[Moved] = &[
    Moved(
        "refund_charge",
        &[("charge", "@charge"), ("amount", "1.00"), ("reason", "duplicate"), ("note", "x")],
        ("POST", "/v1/refunds", "charge=@charge"),
        "is already refunded in full",
    ),
    Moved(
        "cancel_payment",
        &[("payment_intent", "@held"), ("cancellation_reason", "abandoned")],
        ("POST", "/v1/payment_intents/@held/cancel", ""),
        "already cancelled",
    ),
    Moved(
        "cancel_subscription",
        &[("subscription", "@plan"), ("when", "now")],
        ("DELETE", "/v1/subscriptions/@plan", ""),
        "already cancelled",
    ),
    Moved(
        "undo_cancellation",
        &[("subscription", "@ending")],
        ("POST", "/v1/subscriptions/@ending", "cancel_at_period_end=false"),
        "not set to end",
    ),
    Moved("void_invoice", &[("invoice", "@open")], ("POST", "/v1/invoices/@open/void", ""), "it is void"),
];

/// The reason that goes with an expired one, wherever it is told.
const OVER: &str = "its time was over before anybody decided";

#[test]
fn what_has_moved_meanwhile_is_told_to_whoever_asked_and_by_approve() {
    let world = world(&trusting(ALL));
    let mut client = Client::new(&world);
    for Moved(name, given, (method, path, form), why) in MOVED {
        let names = Names::new(&world.running);
        let asked = client.good(name, &arguments(name, names.pairs(given)));
        assert_eq!(asked["state"], "waiting", "{name}: {asked}");
        let id = asked["proposal"].as_str().unwrap();
        assert!(client.status(id)["in_the_way"].is_null(), "{name}: nothing is in its way yet");
        let (status, answer) = call(&world.running, method, &names.fill(path), &names.fill(form));
        assert_eq!(status, 200, "{name}: {answer}");
        world.running.forget_requests();
        let told = client.status(id);
        assert_eq!(told["state"], "waiting", "{name}: {told}");
        let message = told["in_the_way"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(why), "{name}: no `{why}` in: {told}");
        let (code, out, err) = said(world.command(&format!("approve {id} --yes")).output().unwrap());
        assert!(code != 0 && err.contains(why), "{name}: {code} {out}{err}");
        let sent = world.running.requests().into_iter().filter(|seen| seen.method != "GET").count();
        assert_eq!(sent, 0, "{name}: nothing is sent");
    }
    client.close();
}

/// Asked for by an assistant on the same machine, with what stands behind the names.
fn proposed(desk: &Desk, name: &str, given: Pairs) {
    let assistant = Desk::beside(
        desk,
        Options { agent: "assistant", policy: desk.state.policy.clone(), ..Options::default() },
    );
    let args = Names::new(&desk.sandbox).pairs(given);
    let args = args.into_iter().fold(Args::default(), |all, (field, value)| all.with(field, value));
    let action = actions::find(name).unwrap();
    let considered = assistant.wait(assistant.gate.consider(action, &args)).unwrap();
    assistant.wait(assistant.gate.ask(considered, None, 86_400)).unwrap();
}

#[test]
fn what_has_moved_meanwhile_is_told_in_those_words_in_the_inbox() {
    for Moved(name, given, (method, path, form), why) in MOVED {
        let mut desk = by_desk::under(ALL);
        let sandbox = Arc::clone(&desk.sandbox);
        let names = Names::new(&sandbox);
        let (path, form) = (names.fill(path), names.fill(form));
        proposed(&desk, name, given);
        desk.elsewhere(method, &path, &form);
        sandbox.forget_requests();
        desk.press("A").settle().press("<enter>").settle().after_ms(PAUSE_MS);
        if !by_desk::said(&desk).contains(why) {
            // What moved is taken note of first.
            by_desk::enter(&mut desk);
        }
        assert!(by_desk::said(&desk).contains(why), "{name}: no `{why}`:\n{}", desk.screen());
        desk.press("<enter>").settle().after_ms(by_desk::HELD_MS);
        assert_eq!(desk.changes_asked(), Vec::<String>::new(), "{name}: nothing is sent");
    }
}

#[test]
fn what_nobody_decided_in_time_is_told_in_the_same_words_everywhere() {
    let Moved(name, given, ..) = &MOVED[0];
    let world = world(&trusting(ALL));
    let mut client = Client::new(&world);
    let names = Names::new(&world.running);
    let asked = client.good(name, &arguments(name, names.pairs(given)));
    let id = asked["proposal"].as_str().unwrap();
    // A day later, as far as the ledger can tell.
    let mut ledger = Ledger::open(&world.home.path().join("data")).unwrap();
    ledger.expire(SystemClock.now().plus(2 * DAY_S)).unwrap();
    drop(ledger);
    let told = client.status(id);
    assert_eq!(told["state"], "expired", "{told}");
    assert!(told["says"].as_str().unwrap().starts_with(OVER), "{told}");
    let (code, out, err) = said(world.command(&format!("approve {id} --yes")).output().unwrap());
    assert!(code != 0 && err.contains(OVER), "{code} {out}{err}");
    client.close();
    let mut desk = by_desk::under(ALL);
    proposed(&desk, name, given);
    desk.press("A").settle().tick_ms(86_400_000).sees(OVER);
    desk.press("<enter>").settle();
    assert!(by_desk::said(&desk).contains(OVER), "{}", desk.screen());
    assert_eq!(desk.changes_asked(), Vec::<String>::new(), "nothing is sent");
}
