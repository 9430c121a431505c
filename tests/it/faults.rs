//! What goes wrong between the desk and Stripe while money moves: faults of every kind, objects that move under the
//! agent's eyes, broken rules, bad input, and keys pressed at random.

use paydesk::{
    desk::{Message, panes::PaneId, state::Mode},
    ledger::{AuditFilter, Intent, IntentState, Verified},
    policy::{Fact, Policy},
    stripe::Deadlines,
};

use crate::harness::desk::{Desk, Options, desk};

/// Short, so that what stalls is given up soon.
const SOON: Deadlines = Deadlines { connect_s: 1, read_s: 1, write_s: 1 };

fn impatient() -> Desk {
    Desk::open(Options { deadlines: SOON, ..Options::default() })
}

/// Of the selected row.
fn target(desk: &Desk) -> String {
    let pane = desk.state.focus;
    let at = paydesk::desk::panes::selected(&desk.state, pane).unwrap();
    (pane.pane().target)(&desk.state, at).unwrap().id
}

/// Ada's later $99.00 charge, its refund filled in and not yet confirmed.
fn form(desk: &mut Desk) -> String {
    desk.press("ada@").settle().press("<enter>").settle();
    let charge = target(desk);
    desk.press("r").settle().press("<space>").settle();
    charge
}

fn confirm(desk: &mut Desk) {
    desk.press("<enter><enter>").settle().press("99.00<enter>").settle();
}

/// Confirmed, and held for five seconds.
fn hold(desk: &mut Desk) -> String {
    let charge = form(desk);
    confirm(desk);
    charge
}

/// All intents on disk, newest first.
fn intents(desk: &Desk) -> Vec<Intent> {
    desk.gate.ledger().lock().unwrap().recent(100).unwrap()
}

fn states(desk: &Desk) -> Vec<IntentState> {
    intents(desk).iter().map(|intent| intent.state).collect()
}

/// Amounts of the charge's refunds, as Stripe itself tells them.
fn refunds_of(desk: &Desk, charge: &str) -> Vec<i64> {
    let list = desk.elsewhere("GET", &format!("/v1/refunds?charge={charge}&limit=100"), "");
    list["data"].as_array().unwrap().iter().map(|refund| refund["amount"].as_i64().unwrap()).collect()
}

fn notice(desk: &Desk) -> String {
    desk.state.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
}

fn spent_minor(desk: &Desk) -> i64 {
    let Fact::Known(spent) = &desk.state.spent else { panic!("{:?}", desk.state.spent) };
    spent.agent.0.iter().map(|(_, minor)| *minor).sum()
}

#[track_caller]
fn whole(desk: &Desk) {
    let ledger = desk.gate.ledger().lock().unwrap();
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(_)), "{:?}", ledger.verify());
    assert!(ledger.audit(&AuditFilter::default()).unwrap().len() >= 2);
}

/// Every attempt of one intent carries the same key and the same bytes.
#[track_caller]
fn one_key(desk: &Desk, row: &str) -> usize {
    let mut attempts: Vec<_> = desk
        .sandbox
        .requests()
        .into_iter()
        .filter(|seen| seen.method == "POST" && seen.path == "/v1/refunds")
        .map(|seen| (seen.idempotency_key, seen.params))
        .collect();
    let count = attempts.len();
    attempts.dedup();
    assert!(attempts.len() <= 1, "{row}: {attempts:?}");
    assert!(attempts.iter().all(|(key, _)| key.as_ref().is_some_and(|key| key.starts_with("pdk_"))), "{row}");
    count
}

/// A fault on the refund, how the intent stands when the desk is quiet again, and after the fault is gone and it was
/// looked up once more.
#[track_caller]
fn row(spec: &str, then: IntentState, after: IntentState) {
    let fault =
        format!("{}@POST /v1/refunds#{}", spec.split('#').next().unwrap(), spec.split('#').nth(1).unwrap());
    let mut desk = impatient();
    let charge = hold(&mut desk);
    desk.faults(&fault).after_ms(5_000);
    let refunds = |desk: &mut Desk| refunds_of(desk.no_faults(), &charge);
    assert_eq!(states(&desk), [then], "{spec}: {}", notice(&desk));
    let said = notice(&desk);
    words(spec, then, &said);
    one_key(&desk, spec);
    let made = refunds(&mut desk);
    assert!(made.len() <= 1, "{spec}: {made:?}");
    match then {
        IntentState::Settled => assert_eq!(made, [9_900], "{spec}"),
        IntentState::Refused => assert!(made.is_empty(), "{spec}: {made:?}"),
        _ => {}
    }
    desk.press("<esc>T").settle().press("r").settle().press("<esc>").settle();
    assert_eq!(states(&desk), [after], "{spec}: {}", notice(&desk));
    if then != after {
        words(spec, after, &notice(&desk));
    }
    let made = refunds(&mut desk);
    let most = usize::from(after == IntentState::Settled);
    assert_eq!(made.len(), most, "{spec}: {made:?}");
    one_key(&desk, spec);
    whole(&desk);
    assert_eq!(spent_minor(&desk), if after == IntentState::Refused { 0 } else { 9_900 }, "{spec}");
    let open = desk.state.changes.len();
    assert_eq!(open, usize::from(!after.is_final()), "{spec}: {:?}", desk.state.changes);
}

#[track_caller]
fn words(spec: &str, state: IntentState, said: &str) {
    let (wanted, never): (&str, &[&str]) = match state {
        IntentState::Settled => ("refunded $99.00", &["refused", "not known"]),
        IntentState::Refused => ("refused", &["refunded", "not known"]),
        IntentState::Unknown => ("not known", &["refunded $", "refused:"]),
        other => panic!("{other:?}"),
    };
    assert!(said.contains(wanted), "{spec}: {said}");
    assert!(never.iter().all(|word| !said.contains(word)), "{spec}: {said}");
}

#[test]
fn a_fault_that_strikes_once_and_goes_is_outlived() {
    use IntentState::{Refused, Settled, Unknown};
    for (spec, then, after) in [
        ("reset-before#1", Settled, Settled),
        ("reset-after#1", Settled, Settled),
        // Stored under the key: asked again it is the same 500, and nothing at Stripe tells that it did not happen.
        ("500#1", Unknown, Unknown),
        ("500-after#1", Settled, Settled),
        ("html#1", Settled, Settled),
        ("html-after#1", Settled, Settled),
        ("truncated#1", Settled, Settled),
        ("garbage#1", Settled, Settled),
        ("huge#1", Settled, Settled),
        ("409#1", Settled, Settled),
        ("429#1", Settled, Settled),
        ("lock-timeout#1", Settled, Settled),
        ("503#1", Settled, Settled),
        ("401-expired#1", Refused, Refused),
    ] {
        row(spec, then, after);
    }
}

#[test]
fn a_fault_that_stays_leads_to_the_truth_or_to_not_known() {
    use IntentState::{Refused, Settled, Unknown};
    for (spec, then, after) in [
        ("reset-before#*", Unknown, Settled),
        ("reset-after#*", Settled, Settled),
        ("500#*", Unknown, Unknown),
        ("500-after#*", Settled, Settled),
        ("html#*", Unknown, Settled),
        ("html-after#*", Settled, Settled),
        ("truncated#*", Settled, Settled),
        ("garbage#*", Settled, Settled),
        ("409#*", Unknown, Settled),
        ("429#*", Refused, Refused),
        ("429=2#*", Refused, Refused),
        ("lock-timeout#*", Refused, Refused),
        ("503#*", Unknown, Settled),
        ("401-expired#*", Refused, Refused),
    ] {
        row(spec, then, after);
    }
}

#[test]
fn an_answer_that_is_too_large_is_not_kept() {
    row("huge#*", IntentState::Settled, IntentState::Settled);
}

#[test]
fn an_answer_that_stalls_or_drips_ends_at_the_deadline() {
    row("stall=1500#1", IntentState::Settled, IntentState::Settled);
    row("drip=40#1", IntentState::Settled, IntentState::Settled);
}

#[test]
fn answers_that_stall_for_ever_are_settled_by_reading() {
    row("stall=1500#*", IntentState::Settled, IntentState::Settled);
}

#[test]
fn what_stripe_asks_to_wait_is_waited() {
    let mut desk = desk();
    hold(&mut desk);
    desk.faults("429=7@POST /v1/refunds#1").after_ms(5_000);
    let waits = desk.waits.lock().unwrap().clone();
    assert_eq!(waits.len(), 1);
    assert!(waits[0].as_millis() >= 7_000, "{waits:?}");
}

// --- the reads that a decision rests on ---

#[test]
fn without_fresh_facts_nothing_is_sent_and_the_hold_is_withdrawn() {
    for fault in ["500", "reset-before", "401-expired", "garbage", "truncated", "html"] {
        let mut desk = impatient();
        let charge = hold(&mut desk);
        desk.faults(&format!("{fault}@GET /v1/charges/{charge}")).after_ms(5_000);
        assert_eq!(one_key(&desk, fault), 0, "{fault}");
        assert_eq!(states(&desk), [IntentState::Withdrawn], "{fault}");
        let said = notice(&desk);
        assert!(said.contains("nothing was sent"), "{fault}: {said}");
        assert!(said.contains("could not be read") || said.contains("cannot be read"), "{fault}: {said}");
        assert!(!desk.state.notice.as_ref().unwrap().good, "{fault}: {said}");
        assert!(desk.state.changes.is_empty(), "{fault}");
        whole(desk.no_faults());
        assert!(refunds_of(&desk, &charge).is_empty());
    }
}

#[test]
fn without_fresh_facts_nothing_is_written_down_either() {
    let mut desk = impatient();
    let charge = form(&mut desk);
    desk.faults(&format!("503@GET /v1/charges/{charge}"));
    confirm(&mut desk);
    desk.sees("nothing was sent");
    assert!(intents(&desk).is_empty());
    desk.no_faults().press("<c-r>").settle();
    confirm(&mut desk);
    desk.after_ms(5_000).sees("refunded $99.00");
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
}

#[test]
fn without_the_day_s_sums_what_is_above_the_automatic_threshold_is_denied() {
    let mut desk = impatient();
    let charge = hold(&mut desk);
    desk.faults("500@GET /v1/refunds").after_ms(5_000);
    assert_eq!(states(&desk), [IntentState::Withdrawn], "{}", notice(&desk));
    assert!(!desk.state.notice.as_ref().unwrap().good, "{}", notice(&desk));
    assert!(refunds_of(desk.no_faults(), &charge).is_empty());
}

// --- the object moved ---

fn refund_elsewhere(desk: &Desk, charge: &str, minor: i64) {
    desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount={minor}"));
}

fn ours(desk: &Desk) -> usize {
    let ours = |key: &Option<String>| key.as_ref().is_some_and(|key| key.starts_with("pdk_"));
    desk.sandbox.requests().iter().filter(|seen| ours(&seen.idempotency_key)).count()
}

#[test]
fn refunded_elsewhere_while_the_form_is_open() {
    let mut desk = desk();
    let charge = form(&mut desk);
    refund_elsewhere(&desk, &charge, 2_500);
    confirm(&mut desk);
    desk.sees("refunded: $0.00 → $25.00").sees("nothing was sent").after_ms(10_000);
    assert_eq!(ours(&desk), 0);
    assert!(intents(&desk).is_empty());
    // Only what is left is offered now, and it has to be confirmed anew.
    desk.press("<enter>").settle().sees("left to refund  $74.00");
    assert_eq!(ours(&desk), 0);
    assert_eq!(refunds_of(&desk, &charge), [2_500]);
}

#[test]
fn refunded_elsewhere_in_full_while_the_form_is_open() {
    let mut desk = desk();
    let charge = form(&mut desk);
    refund_elsewhere(&desk, &charge, 9_900);
    confirm(&mut desk);
    desk.sees("refunded: $0.00 → $99.00");
    desk.press("<enter><enter><enter>99.00<enter>").settle().after_ms(10_000);
    assert_eq!(ours(&desk), 0);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
}

#[test]
fn refunded_elsewhere_during_the_hold() {
    for (minor, moved) in [(9_900, "refunded: $0.00 → $99.00"), (1_000, "refunded: $0.00 → $10.00")] {
        let mut desk = desk();
        let charge = hold(&mut desk);
        desk.after_ms(2_000);
        refund_elsewhere(&desk, &charge, minor);
        desk.after_ms(10_000);
        assert_eq!(ours(&desk), 0);
        assert_eq!(states(&desk), [IntentState::Withdrawn]);
        let said = notice(&desk);
        assert!(said.contains(moved) && said.contains("nothing was sent"), "{said}");
        assert!(!desk.state.notice.as_ref().unwrap().good, "{said}");
        desk.sees(moved);
        assert_eq!(refunds_of(&desk, &charge), [minor]);
        whole(&desk);
    }
}

#[test]
fn refunded_elsewhere_after_the_check_is_never_doubled() {
    // After a 429 nothing was done, so Stripe's "already refunded" is an answer; after a 503 it may be our own echo.
    for (fault, then) in [("429", IntentState::Refused), ("503", IntentState::Unknown)] {
        let mut desk = desk();
        let charge = hold(&mut desk);
        desk.meanwhile("POST", "/v1/refunds", &format!("charge={charge}&amount=9900"));
        desk.faults(&format!("{fault}@POST /v1/refunds#1")).after_ms(5_000);
        assert_eq!(refunds_of(&desk, &charge), [9_900]);
        assert_eq!(states(&desk), [then], "{}", notice(&desk));
        assert!(notice(&desk).contains("already refunded") || then == IntentState::Unknown, "{}", notice(&desk));
        assert!(!notice(&desk).contains("refunded $99.00"), "{}", notice(&desk));
        whole(&desk);
    }
}

fn cancel_form(desk: &mut Desk) -> String {
    desk.press("grace@").settle().press("<enter>").settle().press("3").settle();
    let subscription = target(desk);
    desk.press("x").settle();
    subscription
}

#[test]
fn cancelled_elsewhere_while_the_form_is_open_and_during_the_hold() {
    let mut desk = desk();
    let subscription = cancel_form(&mut desk);
    desk.elsewhere("DELETE", &format!("/v1/subscriptions/{subscription}"), "");
    desk.press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    desk.sees("status: active → canceled").sees("nothing was sent").after_ms(10_000);
    assert_eq!(ours(&desk), 0);

    let mut desk = Desk::open(Options::default());
    let subscription = cancel_form(&mut desk);
    desk.press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    assert_eq!(states(&desk), [IntentState::Held]);
    desk.elsewhere("DELETE", &format!("/v1/subscriptions/{subscription}"), "");
    desk.after_ms(6_000);
    assert_eq!(ours(&desk), 0);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    let said = notice(&desk);
    assert!(said.contains("status: active → canceled") && said.contains("nothing was sent"), "{said}");
}

#[test]
fn another_plan_elsewhere_stops_a_cancellation() {
    let mut desk = desk();
    let subscription = cancel_form(&mut desk);
    desk.press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    let now = desk.elsewhere("GET", &format!("/v1/subscriptions/{subscription}"), "");
    let item = now["items"]["data"][0]["id"].as_str().unwrap().to_owned();
    let form = format!("items[0][id]={item}&items[0][quantity]=3");
    desk.elsewhere("POST", &format!("/v1/subscriptions/{subscription}"), &form);
    desk.after_ms(6_000);
    assert_eq!(ours(&desk), 0);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    let said = notice(&desk);
    assert!(said.contains("× 1 → ") && said.contains("× 3"), "{said}");
}
