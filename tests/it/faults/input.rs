//! Input that is bad by kind: what is no amount, a megabyte pasted, a key held down.

use paydesk::{desk::Message, policy::Policy};

use super::*;
use crate::harness::desk::{Desk, Options, desk};

const SEPARATORS: &str =
    "is ambiguous: write 49.00, without thousands separators and with a point before the decimals";
const LIKE: &str = "is not an amount: write it like 49.00";
const ABOVE: &str = "an amount must be above zero: write it like 49.00";

/// What is typed for the amount of $99.00, what of it the sentence names, and what it says would be right.
const AMOUNTS: &[(&str, &str, &str)] = &[
    ("99.000", "`99.000`", "has too many decimals: USD has 2, so write it like 49.00"),
    ("1.005", "`1.005`", "has too many decimals: USD has 2, so write it like 49.00"),
    ("-5", "", ABOVE),
    ("0", "", ABOVE),
    ("0.00", "", ABOVE),
    ("99.01", "$99.01", "is more than is left to refund ($99.00)"),
    ("9900", "$9,900.00", "is more than is left to refund ($99.00)"),
    ("NaN", "`NaN`", LIKE),
    ("inf", "`inf`", LIKE),
    ("1e2", "`1e2`", LIKE),
    ("ninety", "`ninety`", LIKE),
    ("9o.00", "`9o.00`", LIKE),
    ("٥", "`٥`", LIKE),
    ("1,000.00", "`1,000.00`", SEPARATORS),
    ("1.000,00", "`1.000,00`", SEPARATORS),
    ("1'000", "`1'000`", SEPARATORS),
    ("1 000", "`1 000`", SEPARATORS),
    ("5.5.5", "`5.5.5`", SEPARATORS),
    ("$", "", "no amount given: write it like 49.00"),
    ("", "", "give an amount"),
    ("5 eur", "`5 eur` names EUR", "but the amount here is in USD"),
    ("99999999999999", "`99999999999999`", "is larger than any amount that Stripe takes"),
];

/// The words of a modal that is as wide as the screen, in one line, however they are wrapped.
fn told(desk: &Desk) -> String {
    let lines = desk.screen();
    let words = lines.lines().flat_map(str::split_whitespace).filter(|word| !matches!(*word, "│" | "┃"));
    words.collect::<Vec<_>>().join(" ")
}

/// On a screen that a form takes the whole width of.
fn narrow(policy: Policy) -> Desk {
    Desk::open(Options { size: (70, 40), policy, ..Options::default() })
}

fn nothing_confirmed(desk: &mut Desk, typed: &str) {
    desk.reads().press("<enter>").reads().press("<enter><enter>").reads();
    assert!(intents(desk).is_empty(), "{typed}");
    assert_eq!(desk.state.modals.len(), 1, "{typed}");
}

#[test]
fn what_is_no_amount_is_named_with_what_would_be_right_and_confirms_nothing() {
    let mut desk = narrow(Policy::builtin());
    form(&mut desk);
    for (typed, named, right) in AMOUNTS {
        while !focused(&desk, "amount") {
            desk.press("<tab>");
        }
        desk.press("<c-u>").press(&typed.replace(' ', "<space>")).settle();
        let shown = told(&desk);
        assert!(shown.contains(named) && shown.contains(right), "{typed}: {shown}");
        nothing_confirmed(&mut desk, typed);
        let shown = told(&desk);
        assert!(shown.contains(named) && shown.contains(right), "{typed}, after Enter: {shown}");
    }
    desk.after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}

#[test]
fn a_reason_that_is_required_is_asked_for_by_name() {
    let mut desk = narrow(Policy::builtin());
    desk.press("ada@").settle().press("<enter>").settle().press("r").settle();
    let shown = told(&desk);
    assert!(shown.contains("a reason must be chosen") && shown.contains("○ duplicate"), "{shown}");
    nothing_confirmed(&mut desk, "no reason");
    assert!(told(&desk).contains("a reason must be chosen"), "{}", told(&desk));
}

/// What is typed for the day on which a subscription is to end.
const DAYS: &[(&str, &str)] = &[
    ("2020-01-01", "1 Jan 2020 lies in the past: give a date that is still to come"),
    ("yesterday", "22 Nov 2026 lies in the past: give a date that is still to come"),
    ("2026-02-30", "`2026-02-30`"),
    ("someday", "`someday`"),
    ("", "give the date on which it ends, like 2026-12-31"),
];

#[test]
fn a_day_in_the_past_or_none_at_all_cancels_nothing_and_says_why() {
    let rules = "version = 1\nsubscriptions.cancel = [\"period_end\", \"date\"]";
    let mut desk = narrow(Policy::parse(rules, "policy.toml").unwrap());
    desk.press("grace@").settle().press("<enter>").settle().press("3x").settle().press("o<tab>");
    for (typed, says) in DAYS {
        while !focused(&desk, "on") {
            desk.press("<tab>");
        }
        desk.press("<c-u>").press(typed).settle();
        assert!(told(&desk).contains(says), "{typed}: {}", told(&desk));
        nothing_confirmed(&mut desk, typed);
    }
    desk.after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}

fn focused(desk: &Desk, field: &str) -> bool {
    use paydesk::desk::modals::Modal;
    match desk.state.modals.first() {
        Some(Modal::Refund(refund)) => refund.draft.form.focused() == field,
        Some(Modal::Cancel(cancel)) => cancel.draft.form.focused() == field,
        _ => panic!("no form is open"),
    }
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
