//! Tests of the form that refunds: what it starts with, the verdict, every stop.

mod enter;

use super::*;
use crate::{
    desk::{
        fixture::{
            answer_facts, begin, charge, facts_task, intent, prepares, press, press_slowly, state, tell, text,
        },
        message::{Command, TaskId},
        panes::PaneId,
    },
    gate::Stopped,
    ledger::IntentState,
    model::{Charge, Record},
    policy::{Fact, Given, Spent},
};

/// The form for a row of the charges, with its facts read.
fn refund(row: usize) -> State {
    let mut state = state();
    let asked = begin(&mut state, PaneId::Charges, row, "refund_charge");
    answer_facts(&mut state, &asked);
    state
}

fn prepare_task(commands: &[Command]) -> TaskId {
    commands
        .iter()
        .find_map(|command| match command {
            Command::Prepare { task, .. } => Some(*task),
            _ => None,
        })
        .unwrap()
}

fn facts(refunded: i64) -> Fact<Subject> {
    let record = Record::<Charge>::parse(charge("ch_1", 9_900, refunded, "usd").to_string()).unwrap();
    Fact::Known(Subject::of(&record))
}

fn stop(state: &mut State, task: TaskId, stopped: Stopped) -> Vec<Command> {
    tell(state, &Message::Prepared { task, result: Err(Box::new(stopped)) })
}

#[test]
fn it_starts_with_all_that_is_left_and_where_something_is_missing() {
    let state = refund(1);
    let text = text(&state);
    assert!(text.contains("Refund ── Ada Lovelace"), "{text}");
    assert!(text.contains("Refunded  $20.00   left to refund  $29.00"), "{text}");
    assert!(text.contains("Amount [29.00] USD"), "{text}");
    assert!(text.contains("Reason▏ ○ duplicate"), "{text}");
    assert!(text.contains("Confirm a reason must be chosen"), "{text}");
}

#[test]
fn the_verdict_follows_each_keystroke() {
    let mut state = refund(0);
    press(&mut state, "d<up><c-u>");
    for (key, piece) in [
        ("2", "Enter refunds $2.00"),
        ("0", "Enter refunds $20.00"),
        ("0", "is more than is left to refund"),
        ("<bs>", "Enter refunds $20.00"),
        ("<bs>", "Enter refunds $2.00"),
        ("<bs>", "give an amount"),
        ("x", "is not an amount"),
    ] {
        press(&mut state, key);
        assert!(text(&state).contains(piece), "{key}: {}", text(&state));
    }
}

#[test]
fn the_bottom_line_says_what_enter_does() {
    let hint = |state: &State| {
        let hints = state.modals.last().unwrap().hints(state);
        hints.into_iter().find(|hint| hint.label() == "Enter").map(|hint| hint.word).unwrap_or_default()
    };
    let mut state = refund(0);
    assert_eq!(hint(&state), "", "it has to be right first");
    press(&mut state, "<tab>");
    assert_eq!(hint(&state), "goes to the reason");
    press(&mut state, "<enter>");
    for (keys, does) in [
        ("d", "to the confirmation"),
        ("<enter>", "confirms what is typed"),
        ("99", "refunds $99.00"),
        ("<up><up><up><c-u>", ""),
        ("<tab>", "shows what is wrong"),
        ("<up>", ""),
        ("20", "refunds $20.00"),
        ("<enter>", ""),
    ] {
        press(&mut state, keys);
        assert_eq!(hint(&state), does, "{keys}: {}", text(&state));
    }
}

#[test]
fn an_amount_with_too_many_decimals_names_the_currency() {
    let mut state = refund(2);
    press(&mut state, "d<up><c-u>10.50");
    assert!(text(&state).contains("`10.50` has too many decimals: JPY has 0"), "{}", text(&state));
    assert_eq!(press(&mut state, "<enter>"), []);
}

#[test]
fn a_note_that_is_typed_on_the_reason_changes_nothing_and_says_so() {
    let mut state = refund(0);
    press(&mut state, "d");
    assert!(text(&state).contains("`d` jumped to duplicate · ⌫ takes it back"), "{}", text(&state));
    press(&mut state, "<bs>");
    let before = text(&state);
    press(&mut state, "Paid<space>2<space>times");
    let shown = text(&state);
    assert!(shown.contains("no option begins with `paid  times`: nothing changed"), "{shown}");
    assert!(shown.contains("Amount [99.00") && !shown.contains('●'), "{shown}");
    press(&mut state, "<tab><s-tab>");
    assert_eq!(text(&state), before);
}

#[test]
fn what_was_typed_to_confirm_is_for_that_amount_only() {
    let mut state = refund(0);
    press(&mut state, "d<enter>98.00<enter>");
    assert!(text(&state).contains("that is not 99.00: nothing was confirmed"), "{}", text(&state));
    press(&mut state, "<c-u>99.00");
    press(&mut state, "<s-tab><s-tab><s-tab><bs>");
    let text = text(&state);
    assert!(text.contains("Amount [99.0▏]") && text.contains("to confirm []"), "{text}");
}

#[test]
fn a_denial_says_what_would_be_allowed_and_enter_says_why() {
    let mut state = state();
    let row = Record::<Charge>::parse(charge("ch_9", 90_000, 0, "usd").to_string()).unwrap();
    let folder = state.data.folders.values_mut().next().unwrap();
    folder.charges.value.as_mut().unwrap().rows.push(row);
    let asked = begin(&mut state, PaneId::Charges, 3, "refund_charge");
    answer_facts(&mut state, &asked);
    assert_eq!(press(&mut state, "d<enter>"), []);
    assert!(text(&state).contains("the most you may refund here is $500.00"), "{}", text(&state));
}

#[test]
fn enter_waits_for_the_facts() {
    let mut state = state();
    begin(&mut state, PaneId::Charges, 1, "refund_charge");
    assert!(prepares(&press(&mut state, "d<enter>")).is_empty());
    let text = text(&state);
    assert!(text.contains("Enter waits until the charge is read") && text.contains("one moment"), "{text}");
}

#[test]
fn facts_that_cannot_be_read_deny_and_can_be_read_again() {
    let mut state = state();
    let asked = begin(&mut state, PaneId::Charges, 1, "refund_charge");
    let why = Fact::Unknown("Stripe cannot be reached".into());
    tell(
        &mut state,
        &Message::Facts { task: facts_task(&asked), subject: why, spent: Fact::Unknown("x".into()) },
    );
    assert_eq!(prepares(&press(&mut state, "d<enter>")), []);
    let asked = press(&mut state, "<c-r>");
    answer_facts(&mut state, &asked);
    assert_eq!(prepares(&press(&mut state, "<enter>")).len(), 1);
}

#[test]
fn what_moved_while_the_form_opened_is_marked_and_enter_only_acknowledges() {
    let mut state = state();
    let asked = begin(&mut state, PaneId::Charges, 0, "refund_charge");
    press(&mut state, "d");
    let message = Message::Facts {
        task: facts_task(&asked),
        subject: facts(7_900),
        spent: Fact::Known(Spent::default()),
    };
    tell(&mut state, &message);
    let shown = text(&state);
    assert!(shown.contains("changed since: refunded $0.00 → $79.00"), "{shown}");
    assert!(shown.contains("Amount [20.00]"), "{shown}");
    assert_eq!(press(&mut state, "<enter>"), []);
    let seen = prepares(&press(&mut state, "<enter>20.00<enter>"))[0].seen.clone();
    assert_eq!(Fact::Known(seen), facts(7_900));
}

#[test]
fn what_moves_twice_is_told_from_what_was_seen_first() {
    let mut state = state();
    let mut asked = begin(&mut state, PaneId::Charges, 0, "refund_charge");
    press(&mut state, "1");
    for refunded in [2_000, 7_900] {
        let message = Message::Facts {
            task: facts_task(&asked),
            subject: facts(refunded),
            spent: Fact::Known(Spent::default()),
        };
        tell(&mut state, &message);
        asked = press(&mut state, "<c-r>");
    }
    let shown = text(&state);
    assert!(shown.contains("changed since: refunded $0.00 → $79.00"), "{shown}");
    assert_eq!(shown.matches("changed since").count(), 1, "{shown}");
    // Noted, and it moves once more: from what was noted.
    press(&mut state, "<enter>");
    let message = Message::Facts {
        task: facts_task(&asked),
        subject: facts(8_000),
        spent: Fact::Known(Spent::default()),
    };
    tell(&mut state, &message);
    assert!(text(&state).contains("changed since: refunded $79.00 → $80.00"), "{}", text(&state));
    assert_eq!(prepares(&press(&mut state, "<enter>")), [], "it has to be noted anew");
}

#[test]
fn an_amount_of_one_s_own_stays_when_the_rest_moves() {
    let mut state = state();
    let asked = begin(&mut state, PaneId::Charges, 0, "refund_charge");
    press(&mut state, "d<up><c-u>50");
    let message = Message::Facts {
        task: facts_task(&asked),
        subject: facts(7_900),
        spent: Fact::Known(Spent::default()),
    };
    tell(&mut state, &message);
    let shown = text(&state);
    assert!(
        shown.contains("Amount [50▏] USD")
            && shown.contains("$50.00 is more than is left to refund ($20.00)"),
        "{shown}"
    );
}

#[test]
fn a_fact_that_moved_at_the_gate_comes_back_before_and_after() {
    let mut state = refund(0);
    let commands = press(&mut state, "d<up><c-u>20<enter>");
    let decision = intent("int_1", IntentState::Held).decision;
    let moved = Stopped::Moved { changes: vec!["refunded $0.00 → $20.00".into()], decision };
    let asked = stop(&mut state, prepare_task(&commands), moved);
    assert!(text(&state).contains("changed since: refunded $0.00 → $20.00"), "{}", text(&state));
    assert!(text(&state).contains("nothing was sent"));
    let message = Message::Facts {
        task: facts_task(&asked),
        subject: facts(2_000),
        spent: Fact::Known(Spent::default()),
    };
    tell(&mut state, &message);
    assert!(text(&state).contains("left to refund  $79.00"), "{}", text(&state));
    assert_eq!(press(&mut state, "<enter>"), []);
    assert_eq!(prepares(&press_slowly(&mut state, "<enter>")).len(), 1);
}

#[test]
fn an_equal_change_asks_once_more_naming_who_and_when() {
    let mut state = refund(1);
    let commands = press(&mut state, "d<up><c-u>20<enter>");
    let earlier = Box::new(intent("int_0", IntentState::Settled));
    let equal = Stopped::Equal { earlier, message: "sam did the same a minute ago".into() };
    stop(&mut state, prepare_task(&commands), equal);
    let shown = text(&state);
    assert!(shown.contains("sam did the same a minute ago\nthat one is done"), "{shown}");
    assert_eq!(press(&mut state, "<enter><enter>"), []);
    let again = prepares(&press(&mut state, "y"));
    assert!(again[0].repeat_ok && again[0].given == Given::Enter);
    let mut state = refund(1);
    press(&mut state, "d<up><c-u>20<enter>");
    press(&mut state, "<esc>");
    assert!(state.modals.is_empty());
}

/// What is equal and was found later is asked about again.
#[test]
fn a_yes_to_once_more_is_good_for_one_answer() {
    let mut state = refund(1);
    let commands = press(&mut state, "d<up><c-u>20<enter>");
    let earlier = || Box::new(intent("int_0", IntentState::Settled));
    let equal = Stopped::Equal { earlier: earlier(), message: "sam did the same a minute ago".into() };
    stop(&mut state, prepare_task(&commands), equal);
    let commands = press(&mut state, "y");
    assert!(prepares(&commands)[0].repeat_ok);
    let asked = stop(&mut state, prepare_task(&commands), Stopped::Facts("no network".into()));
    answer_facts(&mut state, &asked);
    let again = press(&mut state, "<enter>");
    assert!(!prepares(&again)[0].repeat_ok, "{}", text(&state));
}

#[test]
fn a_pasted_number_takes_the_place_of_what_was_filled_in() {
    let mut state = refund(0);
    press(&mut state, "<s-tab>");
    assert!(text(&state).contains("▸Amount") || text(&state).contains("Amount [99.00▏"), "{}", text(&state));
    tell(&mut state, &Message::Paste("20.00".into()));
    assert!(text(&state).contains("Amount [20.00▏]"), "{}", text(&state));
    tell(&mut state, &Message::Paste("1".into()));
    assert!(
        text(&state).contains("Amount [20.001▏]"),
        "what was pasted is the agent's own: {}",
        text(&state)
    );
}

#[test]
fn a_number_typed_at_once_is_the_amount_and_no_reason() {
    let mut state = refund(0);
    press(&mut state, "30");
    let shown = text(&state);
    assert!(shown.contains("Amount [30▏]") && !shown.contains("●"), "{shown}");
    press(&mut state, "<tab><c-u>1.5");
    assert!(text(&state).contains("Amount [1.5▏]"), "{}", text(&state));
    press(&mut state, "<tab>r<bs>f");
    assert!(text(&state).contains("● fraudulent"), "{}", text(&state));
    press(&mut state, "<tab>7<up>");
    assert!(text(&state).contains("Note [7]"), "a note takes digits: {}", text(&state));
}

#[test]
fn every_stop_is_said_in_words_and_the_form_goes_on() {
    let decision = || intent("int_1", IntentState::Held).decision;
    let earlier = || Box::new(intent("int_0", IntentState::Unknown));
    for (stopped, piece) in [
        (Stopped::Denied(decision()), "nothing was sent: on fresh facts, policy does not allow this"),
        (Stopped::Unconfirmed { decision: decision(), message: "type 20.00".into() }, "type 20.00"),
        (
            Stopped::Invalid { field: "amount".into(), message: "too much".into() },
            "too much: nothing was sent",
        ),
        (
            Stopped::Busy { earlier: earlier(), message: "another is open".into() },
            "not known yet how it ended",
        ),
        (Stopped::Facts("no network".into()), "no network: nothing was sent"),
        (Stopped::Ledger("disk full".into()), "it cannot be recorded, so nothing was sent: disk full"),
    ] {
        let mut state = refund(1);
        let commands = press(&mut state, "d<up><c-u>20<enter>");
        let asked = stop(&mut state, prepare_task(&commands), stopped);
        assert!(text(&state).contains(piece), "{piece}: {}", text(&state));
        answer_facts(&mut state, &asked);
        assert_eq!(prepares(&press(&mut state, "<enter>")).len(), 1, "{piece}");
    }
}

#[test]
fn esc_closes_it_from_anywhere() {
    for keys in ["<esc>", "d<enter><esc>", "<tab>abc<esc>", "d<up><c-u>20<enter><esc>"] {
        let mut state = refund(0);
        press(&mut state, keys);
        assert!(state.modals.is_empty(), "{keys}");
    }
}

#[test]
fn it_survives_being_written_down() {
    let mut state = refund(0);
    press(&mut state, "d<enter>9");
    let again: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    assert_eq!(text(&again), text(&state));
}

#[test]
fn a_number_takes_the_place_of_an_amount_that_nobody_typed() {
    let mut state = refund(0);
    press(&mut state, "<s-tab>20");
    assert!(text(&state).contains("Amount [20▏]"), "{}", text(&state));
    press(&mut state, ".5");
    assert!(text(&state).contains("Amount [20.5▏]"), "what was typed is gone on with: {}", text(&state));
}
