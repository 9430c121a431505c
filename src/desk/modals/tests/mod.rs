//! All modals in many states: what is hinted works, what is not hinted does nothing, and the docs list it.

mod built;

use std::collections::HashSet;

use super::*;
use crate::{
    desk::{
        fixture::{NOW_MS, intent, press},
        key::{Code, Key},
        message::{Command, Message, Mouse, MouseKind},
        panes::PaneId,
        question::Question,
        state::{Again, State},
        update,
    },
    gate::Stopped,
    ledger::IntentState,
};
use built::*;

/// Answers, as far as they were read.
fn answers() -> Vec<(&'static str, State)> {
    vec![
        ("timeline, reading", on_desk("t")),
        ("timeline", line("")),
        ("timeline, a refund", line("w")),
        ("timeline, a kind", line("f")),
        ("timeline, small", small(line("w"))),
        ("monitor, reading", on_desk("m")),
        ("monitor", month("")),
        ("monitor, small", small(month("j"))),
    ]
}

/// What is kept or found here, and asked of nobody.
fn of_here() -> Vec<(&'static str, State)> {
    vec![
        ("recent, reading", on_desk("H")),
        ("recent", recent("")),
        ("recent, letters", recent("ada")),
        ("notes, none", on_desk("n")),
        ("notes, a line", on_desk("ncalled")),
        ("notes, a card number", on_desk("n4242424242424242")),
        ("a pasted text", pasted()),
        ("live events, off", on_desk("L")),
        ("profiles, none", on_desk("P")),
        ("profiles", profiles("P")),
        ("profiles, another", profiles("Pj")),
        ("profiles, something held", {
            let mut state = with_change(IntentState::Held, "");
            state.session = profiles("").session;
            press(&mut state, "Pj");
            state
        }),
    ]
}

fn states() -> Vec<(&'static str, State)> {
    let mut all = forms_and_lists();
    all.extend(answers());
    all.extend(of_here());
    all
}

fn forms_and_lists() -> Vec<(&'static str, State)> {
    let refund = |keys: &str| form(PaneId::Charges, "refund_charge", keys);
    let cancel = |keys: &str| form(PaneId::Subscriptions, "cancel_subscription", keys);
    let equal = || Stopped::Equal {
        earlier: Box::new(intent("int_1", IntentState::Settled)),
        message: "equal".into(),
    };
    vec![
        ("refund, the reason missing", refund("")),
        ("refund, the amount", refund("d<up><c-u>20")),
        ("refund, the confirmation", refund("d<enter>")),
        ("refund, deciding", refund("d<up><c-u>20<enter>")),
        ("refund, facts unread", refund_stopped(Stopped::Facts("no net".into()))),
        ("refund, once more", refund_stopped(equal())),
        ("refund, small", small(refund("d"))),
        ("cancel", cancel("")),
        ("cancel, now", cancel("n<tab>")),
        ("cancel, on a date", cancel("o<tab>")),
        ("ways to cancel, asking", cancel("<f2>")),
        ("keep it running", ending()),
        ("quit, held", with_change(IntentState::Held, "q")),
        ("quit, unknown", with_change(IntentState::Unknown, "q")),
        ("detail", on_desk("<enter>")),
        ("detail, small", small(on_desk("<enter>"))),
        ("detail, not read", on_desk("j<enter>jjj<enter>")),
        ("detail, something held", with_change(IntentState::Held, "<enter>")),
        ("JSON", on_desk("J")),
        ("JSON, small", small(on_desk("J"))),
        ("JSON, searching", on_desk("J/ch")),
        ("JSON, found", on_desk("J/ch<enter>")),
        ("audit, reading", on_desk("a")),
        ("audit, empty", audit(0, "")),
        ("audit", audit(50, "")),
        ("audit, searching", audit(3, "/may")),
        ("audit, found", audit(3, "/may<enter>")),
        ("audit, one whole", audit(3, "<enter>")),
        ("audit, one whole, small", small(audit(3, "<enter>"))),
        ("settings", on_desk(",")),
        ("settings, small", small(on_desk(","))),
        ("tasks, none", on_desk("T")),
        ("tasks, a read", tasks(None, "T")),
        ("tasks, no read", tasks(None, "Tj")),
        ("tasks, failed", tasks(None, "TG")),
        ("tasks, failed, to be tried again", tasks(Some(Again::Ask(Question::Customers)), "TG")),
        ("tasks, came back", raised()),
        ("tasks, unknown", with_change(IntentState::Unknown, "T")),
        ("tasks, waiting", with_change(IntentState::WaitingAtStripe, "T")),
        ("tasks, held", with_change(IntentState::Held, "T")),
        ("it happened", with_change(IntentState::Unknown, "Ty")),
        ("filter", on_desk("f")),
        ("palette", on_desk(":")),
        ("palette, small", small(on_desk(":"))),
        ("palette, letters", on_desk(":refund")),
        ("palette, nothing found", on_desk(":xyzxyz")),
        ("palette, over a record", on_desk("<enter>:")),
        ("choosing what it is about", on_desk(":cancel_sub<enter>")),
        ("choosing, asking", on_desk(":get_dispute<enter>")),
        ("choosing, an id typed", on_desk(":get_dispute<enter>du_1")),
        ("reading form", on_desk(":list_charges<tab>")),
        ("reading form, a search", on_desk(":search_charges<enter>")),
        ("reading form, a long choice", on_desk(":list_payment_m<tab><tab>")),
        ("a list, reading", on_desk(":list_charges<enter>")),
        ("a list", listed("")),
        ("a list, its end", listed("G")),
        ("help", on_desk("?")),
        ("help, small", small(on_desk("?"))),
        ("help, searching", on_desk("?/")),
        ("help of a modal", on_desk("<enter>?")),
    ]
}

fn written(state: &State) -> String {
    serde_json::to_string(state).unwrap()
}

/// It changes the state or wants something; saying that it does nothing is neither.
fn does_something(state: &State, before: &str, key: Key) -> bool {
    let mut after = state.clone();
    let commands = update(&mut after, NOW_MS, Message::Key(key)).0;
    // It counts what may look different, whether it does or not.
    after.picture = state.picture;
    let says_so = |text: &str| text.contains("does nothing here") || text.starts_with("too late: ");
    if after.notice.as_ref().is_some_and(|notice| says_so(&notice.text)) {
        after.notice.clone_from(&state.notice);
    }
    !commands.is_empty() || written(&after) != before
}

fn offered(state: &State) -> Vec<Key> {
    state.modals.last().unwrap().rows(state).into_iter().flat_map(|(keys, _)| keys).collect()
}

#[test]
fn every_state_is_over_the_desk() {
    for (name, state) in states() {
        assert!(!state.modals.is_empty(), "{name}");
    }
}

#[test]
fn no_key_means_two_things_at_once() {
    for (name, state) in states() {
        let mut seen = HashSet::new();
        for key in offered(&state) {
            assert!(seen.insert(key), "{name}: {key}");
        }
    }
}

/// At an end of a list, or on what is chosen already, a key has nothing to do: it works from somewhere else.
#[test]
fn what_can_be_used_does_something_and_what_cannot_says_why() {
    for (name, state) in states() {
        let modal = state.modals.last().unwrap();
        for (keys, now) in modal.rows(&state) {
            for key in keys.into_iter().filter(|key| !modal.types() || key.typed().is_none()) {
                if let Now::Dim(why) = &now {
                    let mut state = state.clone();
                    assert_eq!(update(&mut state, NOW_MS, Message::Key(key)).0, [], "{name}: {key}");
                    assert_eq!(state.notice.as_ref().map(|notice| &notice.text), Some(why), "{name}: {key}");
                    continue;
                }
                let works = ["", "<home>", "<end>", "<right>", "d"].iter().any(|first| {
                    let mut state = state.clone();
                    press(&mut state, first);
                    does_something(&state, &written(&state), key)
                });
                assert!(works, "{name}: {key} is offered and does nothing");
            }
        }
    }
}

/// Of the keys that mean something anywhere, and one that means nothing anywhere.
#[test]
fn what_is_not_offered_does_nothing() {
    let states = states();
    let known: HashSet<Key> = states.iter().flat_map(|(_, state)| offered(state)).collect();
    for (name, state) in states.iter().filter(|(_, state)| !state.modals.last().unwrap().types()) {
        let (before, offered) = (written(state), offered(state));
        let help = |key: &Key| matches!(key.code, Code::F(1) | Code::Char('?'));
        let other = known.iter().copied().chain([Key::char('~')]).filter(|key| !offered.contains(key));
        for key in other.filter(|key| !help(key)) {
            assert!(!does_something(state, &before, key), "{name}: {key} is not offered and does something");
        }
    }
}

#[test]
fn a_held_key_answers_nothing() {
    for (name, state) in states() {
        let before = written(&state);
        for code in [Code::Enter, Code::Esc, Code::Char('y'), Code::Char('w'), Code::Char('u')] {
            let key = Key { repeat: true, ..Key::new(code) };
            if !(state.modals.last().unwrap().types() && key.typed().is_some()) {
                assert!(!does_something(&state, &before, key), "{name}: {key}");
            }
        }
    }
}

/// Wherever it goes, and twice.
#[test]
fn no_click_confirms_sends_or_records_anything() {
    let changes = |command: &Command| {
        matches!(
            command,
            Command::Prepare { .. }
                | Command::Second { .. }
                | Command::Send { .. }
                | Command::Close { .. }
                | Command::Refuse { .. }
                | Command::Code { .. }
                | Command::Note { .. }
                | Command::Acknowledge { .. }
        )
    };
    for (name, state) in states() {
        let click = |state: &mut State, column: u16, row: u16| {
            let mouse = Mouse { kind: MouseKind::Click, column, row };
            // Long after it came up: an Enter would be heard.
            let commands = update(state, NOW_MS + 4_000, Message::Mouse(mouse)).0;
            assert!(!commands.iter().any(changes), "{name}: a click at {column}, {row}: {commands:?}");
        };
        // Where the box is: what lies beside it hears nothing.
        let sheet = state.modals.last().unwrap().sheet(&state);
        let area = page::place(&sheet, layout::arrange(&state).body).area;
        let mut walked = state.clone();
        for row in area.rows().map(|row| row.y) {
            click(&mut walked, area.x + area.width / 3, row);
            click(&mut walked, area.x + area.width / 3, row);
            if walked.modals.is_empty() {
                break;
            }
        }
        for spot in crate::desk::bottom::bottom(&state).spots {
            let mut state = state.clone();
            let row = state.height.saturating_sub(1);
            click(&mut state, spot.x, row);
            click(&mut state, spot.x, row);
        }
    }
}

#[test]
fn the_help_over_a_modal_shows_its_keys_and_gives_it_back() {
    let mut state = audit(3, "");
    press(&mut state, "?");
    let shown = crate::desk::fixture::text(&state);
    assert!(shown.contains("Enter  the whole record") && !shown.contains("Refund"), "{shown}");
    press(&mut state, "<esc>");
    assert!(matches!(state.modals[..], [Modal::Audit(_)]));
    // A field takes the letter.
    let mut state = audit(3, "/");
    press(&mut state, "?");
    assert!(crate::desk::fixture::text(&state).ends_with("/?▏"));
    press(&mut state, "<f1>");
    assert!(matches!(state.modals[..], [Modal::Audit(_), Modal::Help(_)]));
}

#[test]
fn the_docs_list_every_key_of_every_state() {
    let docs = include_str!("../../../../docs/keys.md");
    for (name, state) in states() {
        for Told { keys, what, .. } in state.modals.last().unwrap().help(&state) {
            let what = what.split(" · not now: ").next().unwrap();
            assert!(docs.contains(&format!(" | {what} |")), "{name}: {keys} {what}");
        }
    }
}
