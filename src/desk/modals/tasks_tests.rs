//! Tests of the list of what runs, failed or is unknown.

use super::*;
use crate::desk::{
    fixture::{NOW_MS, intent, press, state, tell, text},
    message::{Command, Message, Trouble},
    question::Question,
};

fn tasks() -> State {
    let mut state = state();
    state.search.typing = false;
    let unknown = intent("int_1", IntentState::Unknown);
    state.changes.push(ChangeLine { intent: unknown, task: None, note: Some("cut\u{1b}".into()) });
    let mut commands = Commands::default();
    state.now_ms = NOW_MS - 3_000;
    state.ask(Question::Account, false, &mut commands);
    let trouble = Trouble {
        what: "the key may not read charges".into(),
        todo: "grant it".into(),
        request_id: Some("req_1".into()),
        retry: true,
        missing: false,
    };
    state.failed("charges", trouble, Some(Again::Ask(Question::Customers)));
    press(&mut state, "T");
    state
}

#[test]
fn changes_reads_and_failures_are_listed_with_age_and_reason() {
    let shown = text(&tasks());
    for piece in [
        "▸not known how it ended: refund $99.00 of ch_1 to visa ··4242\n  cut␛",
        "⠿ reading the account  3 s",
        "✖ charges  3 s ago\n  the key may not read charges\n  grant it\n  req_1 · r tries again",
    ] {
        assert!(shown.contains(piece), "{piece}: {shown}");
    }
}

#[test]
fn r_tries_again_and_x_gives_up_a_read_only() {
    let mut state = tasks();
    assert!(matches!(press(&mut state, "r")[..], [Command::Recover { .. }]));
    let commands = press(&mut state, "jjjr");
    assert!(matches!(&commands[..], [Command::Ask { question: Question::Customers, .. }]), "{commands:?}");
    assert!(state.tasks.failed.is_empty());
    let commands = press(&mut state, "kkkkjx");
    assert!(matches!(&commands[..], [Command::Cancel { .. }]), "{commands:?}");
    assert_eq!(press(&mut state, "kkkx"), []);
    press(&mut state, "<esc>");
    assert!(state.modals.is_empty());
}

#[test]
fn a_key_acts_on_what_was_selected_whatever_comes_before_it_meanwhile() {
    let raised = |refund: &str| Raised {
        intent: intent("int_7", IntentState::Settled),
        refund: refund.into(),
        what: "it failed".into(),
        for_good: true,
    };
    let mut state = tasks();
    state.raised.push(raised("re_1"));
    press(&mut state, "g");
    state.raised.push(raised("re_2"));
    let commands = press(&mut state, "a");
    let [Command::Acknowledge { raised: acknowledged, .. }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(acknowledged.refund, "re_1");
    // What is gone is acted on no more, and nothing in its place.
    state.raised.remove(0);
    assert_eq!(press(&mut state, "a"), []);
    assert!(!text(&state).contains('▸'), "{}", text(&state));
    assert_eq!(press(&mut state, "ka").len(), 1);
}

#[test]
fn settling_that_could_not_begin_is_said_kept_and_tried_again() {
    let mut state = state();
    state.search.typing = false;
    let mut commands = Commands::default();
    flow::recover(&mut state, &mut commands);
    for _ in 0..2 {
        let Some(Command::Recover { task }) = commands.0.pop() else { panic!("{commands:?}") };
        let result = Err("this key belongs to acct_2".to_owned());
        tell(&mut state, &Message::Recovered { task, result });
        let notice = state.notice.clone().unwrap();
        assert!(!notice.good && notice.text.contains("acct_2"), "{notice:?}");
        assert_eq!(state.tasks.failed.len(), 1);
        press(&mut state, "T");
        assert!(text(&state).contains("this key belongs to acct_2"), "{}", text(&state));
        commands.0 = press(&mut state, "r");
        assert!(state.tasks.failed.is_empty());
        press(&mut state, "<esc>");
    }
}

#[test]
fn settling_that_dies_is_kept_and_tried_again() {
    let mut state = state();
    let mut commands = Commands::default();
    flow::recover(&mut state, &mut commands);
    let Some(Command::Recover { task }) = commands.0.pop() else { panic!("{commands:?}") };
    assert_eq!(tell(&mut state, &Message::Crashed { task }), []);
    assert_eq!(state.tasks.failed[0].again, Some(Again::Recover));
}
