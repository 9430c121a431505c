//! Time that passes over an unknown change, and leaving while something is held, sent or not known.

use paydesk::{desk::Message, ledger::IntentState};

use super::*;
use crate::harness::desk::{Desk, Options, desk};

#[test]
fn what_is_older_than_its_key_is_never_sent_again_by_itself() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.faults("503@POST /v1/refunds").after_ms(5_000);
    assert_eq!(states(&desk), [IntentState::Unknown]);
    desk.no_faults().after_ms(23 * 3_600_000);
    let before = desk.requests("POST /v1/refunds");
    for _ in 0..3 {
        desk.press("<esc>T").settle().press("r").settle().press("<esc>").settle();
    }
    assert_eq!(desk.requests("POST /v1/refunds"), before);
    assert_eq!(states(&desk), [IntentState::Unknown]);
    let said = notice(&desk);
    assert!(said.contains("not known") && said.contains("not sent again"), "{said}");
    assert!(refunds_of(&desk, &charge).is_empty());
    let after = Desk::beside(&desk, Options::default());
    assert_eq!(after.requests("POST /v1/refunds"), before, "nor by another desk");
    whole(&desk);
}

#[test]
fn a_second_before_its_key_is_too_old_it_is_sent_again() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.faults("503@POST /v1/refunds").after_ms(5_000);
    desk.no_faults().after_ms(23 * 3_600_000 - 20_000);
    desk.press("<esc>T").settle().press("r").settle();
    assert_eq!(states(&desk), [IntentState::Settled]);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
    one_key(&desk, "resent");
}

#[test]
fn leaving_while_held_asks_and_waits() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.press("q").sees("Leave?").sees("held, is sent in");
    assert!(!desk.left);
    desk.press("<esc>").sees("refunding $99.00 to Ada");
    desk.press("qw");
    assert!(!desk.left, "it is still held");
    desk.after_ms(5_000);
    assert!(desk.left);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
}

#[test]
fn leaving_while_it_is_sent_leaves_by_itself_and_says_afterwards_what_went_wrong() {
    for (fault, words) in [("401-expired", "refused:"), ("503", "not known how it ended:")] {
        let mut desk = desk();
        hold(&mut desk);
        desk.faults(&format!("slow=2000@POST /v1/refunds,{fault}@POST /v1/refunds")).tick_ms(5_000);
        desk.until(|desk| states(desk) == [IntentState::Sending]).press("q").sees("Leave?");
        assert!(!desk.left, "nobody answered yet");
        desk.press("w").sees("leaves by itself");
        assert!(!desk.left);
        desk.settle();
        assert!(desk.left, "{fault}");
        let said = paydesk::desk::flow::farewell(&desk.state);
        assert!(said.len() == 1 && said[0].contains(words) && said[0].contains("refund $99.00"), "{said:?}");
    }
}

#[test]
fn leaving_and_taking_back_what_is_held() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.press("qu").settle().press("w").settle();
    assert!(desk.left);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    assert!(refunds_of(&desk, &charge).is_empty());
}

#[test]
fn leaving_while_not_known_asks() {
    let mut desk = desk();
    hold(&mut desk);
    desk.faults("503@POST /v1/refunds").after_ms(5_000).press("<esc>q").settle();
    desk.sees("not known how it ended");
    assert!(!desk.left);
    desk.press("w").settle();
    assert!(desk.left);
}

#[test]
fn asked_to_end_by_the_system_takes_back_what_is_held() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.send(Message::Terminate).settle();
    assert!(desk.left);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    assert!(refunds_of(&desk, &charge).is_empty());
}

#[test]
fn asked_to_end_by_the_system_waits_for_what_is_sent() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.faults("slow=2000@POST /v1/refunds").tick_ms(5_000);
    desk.until(|desk| states(desk) == [IntentState::Sending]).send(Message::Terminate);
    assert!(!desk.left);
    desk.press("qq<enter>").settle();
    assert!(desk.left);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
    assert_eq!(states(&desk), [IntentState::Settled]);
}

#[test]
fn asked_to_end_while_it_is_decided_sends_nothing() {
    let mut desk = desk();
    let charge = form(&mut desk);
    desk.press("<enter><enter>").settle();
    desk.faults(&format!("slow=2000@GET /v1/charges/{charge}"))
        .press("99.00<enter>")
        .send(Message::Terminate);
    assert!(!desk.left, "it is being written down");
    desk.settle().after_ms(20_000);
    assert!(desk.left);
    assert_eq!(states(&desk), [IntentState::Withdrawn], "{}", notice(&desk));
    assert!(refunds_of(desk.no_faults(), &charge).is_empty());
}
