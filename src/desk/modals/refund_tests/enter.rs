//! Which Enter confirms, and which does not.

use super::*;
use crate::desk::{
    fixture::{NOW_MS, paste},
    update,
};

#[test]
fn two_enters_prepare_once() {
    let mut state = refund(1);
    let commands = press(&mut state, "d<up><c-u>20<enter><enter><enter>");
    let prepared = prepares(&commands);
    assert_eq!(prepared.len(), 1);
    assert_eq!((prepared[0].args.get("amount"), &prepared[0].given), (Some("20"), &Given::Enter));
    assert_eq!(prepared[0].hold_ms, 5_000);
    assert!(text(&state).contains("deciding on fresh facts…"));
    press(&mut state, "<up>9<c-a>");
    let held = intent("int_1", IntentState::Held);
    tell(&mut state, &Message::Prepared { task: prepare_task(&commands), result: Ok(Box::new(held)) });
    assert!(state.modals.is_empty());
}

#[test]
fn the_enter_after_the_one_that_confirmed_opens_nothing_for_a_moment() {
    let mut state = refund(1);
    let commands = press(&mut state, "d<up><c-u>20<enter>");
    let held = intent("int_1", IntentState::Held);
    tell(&mut state, &Message::Prepared { task: prepare_task(&commands), result: Ok(Box::new(held)) });
    assert!(state.modals.is_empty());
    let key_at = |state: &mut State, after_ms: i64, key: Key| {
        let _commands = update(state, NOW_MS + after_ms, Message::Key(key));
        state.modals.len()
    };
    let enter = Key::parse("<enter>").unwrap();
    assert_eq!(key_at(&mut state, 0, enter), 0);
    assert_eq!(key_at(&mut state, 599, enter), 0);
    assert_eq!(key_at(&mut state, 599, Key::char('?')), 1, "other keys work");
    assert_eq!(key_at(&mut state, 599, Key::char('?')), 0);
    assert_eq!(key_at(&mut state, 600, Key { repeat: true, ..enter }), 0, "held down, it opens nothing");
    assert_eq!(key_at(&mut state, 600, enter), 1);
    // A clock that is set back does not make it deaf for longer.
    press(&mut state, "<esc>");
    assert_eq!(key_at(&mut state, -1, enter), 1);
}

#[test]
fn a_held_down_key_and_a_paste_never_confirm() {
    let mut state = refund(1);
    press(&mut state, "d");
    let mut modal = state.modals.pop().unwrap();
    let mut commands = Commands::default();
    let held = Key { repeat: true, ..Key::parse("<enter>").unwrap() };
    modal.press(held, &mut state, &mut commands);
    assert_eq!(commands.0, []);
    state.modals.push(modal);

    let mut state = refund(0);
    press(&mut state, "d<enter>");
    assert!(text(&state).contains("Type the amount again to confirm [▏]"), "{}", text(&state));
    paste(&mut state, "99.00\n");
    assert!(text(&state).contains("a paste confirms nothing"));
    assert_eq!(press(&mut state, "<enter>"), []);
    let commands = press(&mut state, "99<enter>");
    assert_eq!(prepares(&commands)[0].given, Given::Typed("99".into()));
}
