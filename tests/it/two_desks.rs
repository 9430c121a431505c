//! Two desks on one data folder, at one Stripe: what they share, what each leaves alone, and who tidies up after whom.

use paydesk::{
    desk::modals::Modal,
    ledger::{IntentState, Verified},
    policy::Policy,
};

use crate::{
    faults::{intents, notice, refunds_of, states, target},
    harness::desk::{Desk, Options, desk},
};

fn lea(other: &Desk) -> Desk {
    Desk::beside(other, Options { agent: "lea", ..Options::default() })
}

fn maya_again(other: &Desk) -> Desk {
    Desk::beside(other, Options::default())
}

/// The refund form of Ada's charge in this row, with a reason.
fn form(desk: &mut Desk, row: usize) -> String {
    desk.press("<esc><esc>/<c-u>ada@").settle().press("<enter>").settle().press("g");
    for _ in 0..row {
        desk.press("j");
    }
    desk.settle();
    let charge = target(desk);
    desk.press("r").settle().press("<space>").settle();
    charge
}

fn amount(desk: &mut Desk, amount: &str) {
    let focused = |desk: &Desk| match desk.state.modals.first() {
        Some(Modal::Refund(refund)) => refund.draft.form.focused() == "amount",
        other => panic!("no refund form, but {other:?}"),
    };
    while !focused(desk) {
        desk.press("<tab>");
    }
    desk.press("<c-u>").press(amount).settle();
}

fn confirm(desk: &mut Desk, amount: &str) {
    desk.press("<enter><enter>").press(amount).press("<enter>");
}

#[track_caller]
fn whole(desk: &Desk) {
    let verified = desk.gate.ledger().lock().unwrap().verify().unwrap();
    assert!(matches!(verified, Verified::Whole(_)), "{verified:?}");
}

#[test]
fn the_same_charge_at_the_same_time_is_refunded_once() {
    let mut one = desk();
    let mut two = lea(&one);
    let charge = form(&mut one, 0);
    assert_eq!(form(&mut two, 0), charge);
    // Neither has heard of the other when both confirm.
    confirm(&mut one, "99.00");
    confirm(&mut two, "99.00");
    let limit = |desk: &Desk| desk.state.tasks.running.is_empty();
    one.until(limit);
    two.until(limit);
    assert_eq!(states(&one), [IntentState::Held]);
    let loser = if one.state.changes.is_empty() { &mut one } else { &mut two };
    loser.sees("waits to be sent");
    one.tick_ms(5_000);
    two.tick_ms(0);
    one.settle();
    two.settle();
    assert_eq!(refunds_of(&one, &charge), [9_900]);
    assert_eq!(states(&two), [IntentState::Settled]);
    whole(&two);
}

#[test]
fn what_one_desk_refunded_the_other_sees_moved() {
    let mut one = desk();
    let mut two = lea(&one);
    let charge = form(&mut two, 0);
    form(&mut one, 0);
    amount(&mut one, "20");
    one.press("<enter>").settle().after_ms(6_000);
    assert_eq!(refunds_of(&one, &charge), [2_000]);
    confirm(&mut two, "99.00");
    two.settle().sees("refunded: $0.00 → $20.00").sees("nothing was sent").after_ms(6_000);
    assert_eq!(refunds_of(&one, &charge), [2_000]);
}

#[test]
fn an_equal_refund_minutes_later_names_who_and_asks() {
    let mut one = desk();
    let mut two = lea(&one);
    let charge = form(&mut one, 0);
    amount(&mut one, "20");
    one.press("<enter>").settle().after_ms(6_000);
    form(&mut two, 0);
    amount(&mut two, "20");
    two.press("<enter>").settle().sees("maya did the same");
    assert_eq!(intents(&two).len(), 1);
    two.reads().press("<enter><enter>").settle().after_ms(6_000);
    assert_eq!(refunds_of(&two, &charge), [2_000], "Enter is no answer to it");
    two.press("y").settle().after_ms(6_000);
    assert_eq!(refunds_of(&two, &charge), [2_000, 2_000]);
    // After ten minutes nobody is asked.
    form(one.press("<esc><esc><esc>").after_ms(600_000), 0);
    amount(&mut one, "20");
    // With the $40.00 of before it is above what one Enter does.
    one.press("<enter>").settle().press("20.00<enter>").settle().after_ms(6_000);
    assert_eq!(refunds_of(&one, &charge), [2_000, 2_000, 2_000], "{}", one.screen());
}

#[test]
fn the_day_s_cap_is_one_for_both() {
    let text = "version = 1\n[refunds]\nmax = { usd = \"100.00\" }\nautomatic = { usd = \"100.00\" }\n\
                daily_cap = { per_team = { usd = \"100.00\" } }\n";
    let policy = Policy::parse(text, "policy.toml").unwrap();
    let options = |agent| Options { agent, policy: policy.clone(), ..Options::default() };
    let mut one = Desk::open(options("maya"));
    let mut two = Desk::beside(&one, options("lea"));
    let first = form(&mut one, 0);
    let second = form(&mut two, 1);
    assert_ne!(first, second);
    amount(&mut one, "60");
    amount(&mut two, "60");
    // At once: each alone is below the cap, both together pass it.
    one.press("<enter>");
    two.press("<enter>");
    one.until(|desk| desk.state.tasks.running.is_empty());
    two.until(|desk| desk.state.tasks.running.is_empty());
    assert_eq!(states(&one), [IntentState::Held], "{}\n{}", one.screen(), two.screen());
    one.tick_ms(5_000);
    two.tick_ms(0);
    one.settle();
    two.settle();
    let both: i64 = [refunds_of(&one, &first), refunds_of(&one, &second)].concat().iter().sum();
    assert_eq!(both, 6_000);
    // The rest up to the cap is open to the other.
    let (other, row) = if refunds_of(&one, &first).is_empty() { (&mut one, 0) } else { (&mut two, 1) };
    other.press("<esc><esc><esc><esc>").settle();
    form(other, row);
    amount(other, "40.01");
    other.press("<enter>").settle().after_ms(6_000);
    assert_eq!(intents(other).len(), 1, "{}", other.screen());
    amount(other, "40");
    other.press("<enter>").settle().after_ms(6_000);
    assert_eq!(states(other), [IntentState::Settled, IntentState::Settled], "{}", other.screen());
    whole(other);
}

#[test]
fn what_the_other_holds_or_sends_is_left_alone_while_it_runs() {
    let mut one = desk();
    let charge = form(&mut one, 0);
    confirm(&mut one, "99.00");
    one.until(|desk| desk.state.tasks.running.is_empty());
    let mut two = maya_again(&one);
    assert_eq!(states(&two), [IntentState::Held], "recovery at start leaves it");
    assert!(two.state.changes.is_empty());
    two.press("u").settle();
    assert_eq!(states(&two), [IntentState::Held], "it is not this desk's to take back");
    one.faults("slow=2500@POST /v1/refunds").tick_ms(5_000);
    one.until(|desk| states(desk) == [IntentState::Sending]);
    let third = maya_again(&one);
    assert_eq!(states(&third), [IntentState::Sending]);
    one.settle();
    assert_eq!(refunds_of(one.no_faults(), &charge), [9_900]);
    assert_eq!(one.requests("POST /v1/refunds"), 1);
}

#[test]
fn what_a_dead_desk_held_is_withdrawn_by_the_next() {
    let mut one = desk();
    let keep = lea(&one);
    let charge = form(&mut one, 0);
    confirm(&mut one, "99.00");
    one.until(|desk| desk.state.tasks.running.is_empty());
    drop(one);
    let mut two = lea(&keep);
    assert_eq!(states(&two), [IntentState::Withdrawn]);
    assert!(notice(&two).contains("never sent"), "{}", notice(&two));
    two.after_ms(10_000);
    assert!(refunds_of(&two, &charge).is_empty());
    whole(&two);
}

/// Killed while the refund is on its way: with `fault` on it, the next desk finds `made` refunds when it looks.
fn killed_while_sending(fault: &str) {
    let mut one = desk();
    let keep = lea(&one);
    let charge = form(&mut one, 0);
    confirm(&mut one, "99.00");
    one.until(|desk| desk.state.tasks.running.is_empty());
    one.faults(&format!("{fault}@POST /v1/refunds#1")).tick_ms(5_000);
    one.until(|desk| states(desk) == [IntentState::Sending]);
    if fault.starts_with("stall") {
        one.until(|desk| desk.requests("POST /v1/refunds") == 1);
    }
    drop(one);
    let mut two = lea(&keep);
    // What the dead desk sent may still run at Stripe: then its key is in use, and it is not known yet.
    let state = states(&two)[0];
    assert!(matches!(state, IntentState::Settled | IntentState::Unknown), "{fault}: {}", notice(&two));
    keep.wait(async { tokio::time::sleep(std::time::Duration::from_millis(700)).await });
    if state == IntentState::Unknown {
        assert!(notice(&two).contains("not known"), "{}", notice(&two));
        two.press("<esc><esc>T").settle().press("r").settle();
    }
    assert_eq!(states(&two), [IntentState::Settled], "{fault}: {}", notice(&two));
    assert!(notice(&two).contains("refunded $99.00"), "{}", notice(&two));
    assert_eq!(refunds_of(&two, &charge), [9_900], "{fault}");
    assert_eq!(intents(&two)[0].agent, "maya");
    whole(&two);
}

#[test]
fn what_a_dead_desk_was_sending_is_settled_once() {
    killed_while_sending("stall=60000");
    killed_while_sending("slow=500");
    killed_while_sending("reset-before");
}
