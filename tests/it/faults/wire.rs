//! A fault on the refund itself, of every kind: once, and for as long as it is asked.

use paydesk::ledger::IntentState;

use super::*;
use crate::harness::desk::desk;

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
