//! Input that is bad by kind: what is no amount, a megabyte pasted, a key held down.

use paydesk::desk::Message;

use super::*;
use crate::harness::desk::{Desk, Options, desk};

#[test]
fn what_is_no_amount_confirms_nothing() {
    let mut desk = desk();
    form(&mut desk);
    for amount in [
        "-5", "0", "0.00", "NaN", "inf", "1e2", "1,000.00", "1'000", "1 000", "99.01", "99.000", "5.5.5",
        "٥", "$", "", "5 eur",
    ] {
        desk.press("<s-tab><s-tab><s-tab><tab>");
        while desk.state.modals.first().is_some_and(|_| !focused(&desk, "amount")) {
            desk.press("<tab>");
        }
        desk.press("<c-u>").press(&amount.replace(' ', "<space>")).settle();
        desk.press("<enter><enter>").settle().press("<enter>").settle();
        assert!(intents(&desk).is_empty(), "{amount}");
        assert_eq!(desk.state.modals.len(), 1, "{amount}");
    }
    desk.after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}

fn focused(desk: &Desk, field: &str) -> bool {
    let Some(paydesk::desk::modals::Modal::Refund(refund)) = desk.state.modals.first() else { return false };
    refund.draft.form.focused() == field
}

#[test]
fn a_megabyte_pasted_is_cut_and_quick() {
    let mut desk = desk();
    let began = desk.requests("GET");
    let paste = "\u{1b}[31m9é\u{202e}\r\n".repeat(100_000);
    desk.send(Message::Paste(paste.clone())).settle();
    assert!(desk.state.search.input.value().chars().count() <= 400);
    assert!(desk.requests("GET") <= began + 8);
    assert!(!desk.screen().contains(['\u{1b}', '\u{202e}']));
    desk.press("<c-u>");
    form(&mut desk);
    for _ in 0..6 {
        desk.send(Message::Paste(paste.clone())).press("<tab>").settle();
    }
    assert!(!desk.screen().contains(['\u{1b}', '\u{202e}']));
    // What was typed; what was read for the form is not the paste's doing.
    let kept: serde_json::Value = serde_json::to_value(&desk.state.modals).unwrap();
    let draft = kept[0]["Refund"]["draft"].to_string();
    assert!(draft.contains("amount") && draft.len() < 60_000, "{} bytes", draft.len());
    desk.press("<enter><enter><enter>").settle().after_ms(6_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}

fn held_enter(desk: &mut Desk, times: usize) {
    let mut enter = paydesk::desk::key::parse_keys("<enter>").unwrap()[0];
    desk.send(Message::Key(enter));
    enter.repeat = true;
    for _ in 0..times {
        desk.send(Message::Key(enter));
    }
}

#[test]
fn enter_held_down_confirms_once_at_most() {
    let mut desk = desk();
    let charge = form(&mut desk);
    desk.press("<s-tab><c-u>20").settle();
    for _ in 0..3 {
        held_enter(&mut desk, 40);
        desk.settle();
    }
    desk.after_ms(10_000);
    assert_eq!(refunds_of(&desk, &charge), [2_000]);
    assert_eq!(intents(&desk).len(), 1);
    // A cancellation that two Enters confirm is not confirmed by one that is held.
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("3x").settle();
    held_enter(&mut desk, 40);
    desk.settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}
