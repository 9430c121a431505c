//! Tests of the detail: links, actions, JSON.

use super::*;
use crate::{
    desk::{
        fixture::{press, state, tell, text},
        message::{TaskId, Trouble},
    },
    model::Record,
};

fn detail() -> State {
    let mut state = state();
    state.focus = PaneId::Charges;
    state.pane_mut(PaneId::Charges).selected = 1;
    press(&mut state, "<enter>");
    state
}

fn asked(commands: &[Command]) -> (TaskId, AnyId) {
    let ask = |command: &Command| match command {
        Command::Ask { task, question: Question::Object(id), .. } => Some((*task, id.clone())),
        _ => None,
    };
    commands.iter().find_map(ask).unwrap()
}

#[test]
fn a_charge_shows_its_fields_and_what_it_is_linked_to() {
    let text = text(&detail());
    for piece in [
        "Amount  $49.00\nStatus  succeeded\nCreated",
        "Left to refund  $29.00",
        "Description  Pro ␛[31m",
        "Id  ch_2\n── linked\n▸paid invoice         A-0012 · $99.00 · ● paid",
        "refund               $20.00 · succeeded",
        "customer             Ada Lovelace",
    ] {
        assert!(text.contains(piece), "{piece}: {text}");
    }
}

#[test]
fn enter_follows_and_esc_returns() {
    let mut state = detail();
    let (task, id) = asked(&press(&mut state, "jjj<enter>"));
    assert_eq!(id.id, "pi_1");
    assert!(text(&state).contains("charge › payment intent") && text(&state).contains("reading…"));
    let record =
        Record::parse(r#"{"id":"pi_1","amount":4900,"currency":"usd","latest_charge":"ch_2"}"#).unwrap();
    tell(&mut state, &Message::Reply { task, result: Ok(Answer::Object(id, Box::new(record))) });
    assert!(text(&state).contains("Amount  $49.00"), "{}", text(&state));
    assert_eq!(press(&mut state, "<enter>"), [], "the charge is known and needs no question");
    press(&mut state, "<esc><esc>");
    assert!(text(&state).contains("▸payment intent "), "{}", text(&state));
    press(&mut state, "<esc>");
    assert!(state.modals.is_empty());
}

#[test]
fn a_charge_that_was_just_refunded_shows_its_refund_in_place() {
    let mut state = detail();
    let mut intent = crate::desk::fixture::intent("int_1", crate::ledger::IntentState::Settled);
    intent.proposal.target = AnyId::parse("ch_2").unwrap();
    let ending = Box::new(crate::ledger::Ending::new(intent, None));
    let commands = tell(&mut state, &Message::Ended { task: TaskId(99), ending });
    let (task, id) = asked(&commands);
    assert!(Question::Object(id.clone()).request().target().contains("expand[]=refunds"));
    let mut charge = crate::desk::fixture::charge("ch_2", 4_900, 2_500, "usd");
    charge["refunds"]["data"][0]["id"] = "re_9".into();
    let record = Record::parse(charge.to_string()).unwrap();
    tell(&mut state, &Message::Reply { task, result: Ok(Answer::Object(id, Box::new(record))) });
    let shown = text(&state);
    assert!(shown.contains("Left to refund  $24.00") && shown.contains("re_9"), "{shown}");
}

#[test]
fn going_in_circles_keeps_the_way_home_short() {
    let mut state = detail();
    let (task, id) = asked(&press(&mut state, "j<enter>"));
    let json = r#"{"id":"pi_1","latest_charge":"ch_2"}"#;
    let answer = Answer::Object(id, Box::new(Record::parse(json).unwrap()));
    tell(&mut state, &Message::Reply { task, result: Ok(answer) });
    for _ in 0..20 {
        press(&mut state, "<enter>g<enter>");
    }
    press(&mut state, "<esc><esc><esc><esc>");
    assert!(state.modals.is_empty());
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut state = detail();
    let (task, _) = asked(&press(&mut state, "jjj<enter>"));
    let trouble = Trouble {
        what: "no such payment intent".into(),
        todo: "check the mode".into(),
        request_id: None,
        retry: false,
        missing: true,
    };
    tell(&mut state, &Message::Reply { task, result: Err(trouble) });
    assert!(text(&state).contains("✖ no such payment intent · check the mode"), "{}", text(&state));
}

#[test]
fn the_json_is_shown_searched_and_copied() {
    let mut state = detail();
    press(&mut state, "J/last4<enter>");
    let shown = text(&state);
    assert!(shown.contains("code /last4/") && shown.contains("\n  \"amount\": 4900,"), "{shown}");
    let scroll = |state: &State| state.modals[0].sheet(state).scroll;
    let at = usize::from(scroll(&state));
    let raw =
        state.data.folders.values().next().unwrap().charges.value.as_ref().unwrap().rows[1].raw().clone();
    assert!(shown::pretty(&raw).lines().nth(at).unwrap().contains("last4"));
    let commands = press(&mut state, "Yy");
    let copied: Vec<_> = commands
        .iter()
        .filter_map(|command| match command {
            Command::Copy { text, .. } => Some(text.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!((copied.len(), copied[0].starts_with("{\n"), copied[1].as_str()), (2, true, "ch_2"));
    press(&mut state, "<esc>J");
    assert!(text(&state).contains("Amount  $49.00"));
}

#[test]
fn the_keys_of_the_record_s_actions_work_here_too() {
    let mut state = detail();
    let hinted = |state: &State| {
        state.modals[0].hints(state).into_iter().map(|hint| (hint.label(), hint.word)).collect::<Vec<_>>()
    };
    assert!(hinted(&state).contains(&("r".into(), "refund".into())));
    press(&mut state, "r");
    assert!(text(&state).contains("Refund ── Ada Lovelace"), "{}", text(&state));
    press(&mut state, "<esc>");
    assert!(text(&state).contains("Left to refund"));
    state.session.read_only = Some("by flag".into());
    assert!(!hinted(&state).contains(&("r".into(), "refund".into())));
    press(&mut state, "r");
    assert_eq!(state.modals.len(), 1);
}

#[test]
fn a_small_screen_starts_at_the_top_and_the_links_are_reached_by_going_down() {
    let mut state = detail();
    (state.width, state.height) = (60, 14);
    assert!(!text(&state).contains('▸'));
    assert_eq!(press(&mut state, "<enter>"), [], "a link that is not on screen is not followed");
    assert_eq!(state.modals.len(), 1);
    press(&mut state, "<pgdn><pgdn>");
    assert!(text(&state).contains("▸"), "{}", text(&state));
    press(&mut state, "g");
    assert!(!text(&state).contains('▸'));
}

#[test]
fn o_opens_the_page_at_stripe() {
    let mut state = detail();
    let commands = press(&mut state, "o");
    assert!(
        matches!(&commands[..], [Command::Open { url, .. }] if url.ends_with("/test/payments/ch_2")),
        "{commands:?}"
    );
}
