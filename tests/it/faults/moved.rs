//! What a change rests on cannot be read, or has moved: nothing is sent, and the agent is told what and why.

use paydesk::ledger::IntentState;

use super::*;
use crate::harness::desk::{Desk, Options, desk};

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
    desk.sees("changed since: refunded $0.00 → $25.00").sees("nothing was sent").after_ms(10_000);
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
    desk.sees("changed since: refunded $0.00 → $99.00");
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
        // The form is there again as it was, with what moved, and has to be confirmed anew.
        desk.sees(&format!("changed since: {}", moved.replacen(": ", " ", 1)))
            .sees("[ 99.00 ")
            .sees("● duplicate");
        assert_eq!(refunds_of(&desk, &charge), [minor]);
        desk.press("<enter>").reads().press("<enter><enter>").settle().after_ms(10_000);
        assert_eq!(refunds_of(&desk, &charge), [minor], "$99.00 is more than is left");
        if minor < 9_900 {
            desk.sees("▸Amount").press("<c-a>").settle().press("<enter>").sees("Type the amount again");
            desk.press("89.00<enter>").settle().after_ms(6_000);
            assert_eq!(refunds_of(&desk, &charge).len(), 2, "{}", notice(&desk));
        }
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
        assert!(
            notice(&desk).contains("already refunded") || then == IntentState::Unknown,
            "{}",
            notice(&desk)
        );
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
    desk.sees("changed since: status active → canceled").sees("nothing was sent").after_ms(10_000);
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
    assert!(said.contains("quantities: 1 → 3"), "{said}");
}
