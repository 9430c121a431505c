//! Tests of the bottom line.

use super::*;

fn wanted(words: &[&str]) -> Vec<Wanted> {
    let hint = |(index, word): (usize, &&str)| Wanted {
        index,
        key: "x".into(),
        word: (*word).to_owned(),
        dim: false,
        kept: *word == "help",
    };
    words.iter().enumerate().map(hint).collect()
}

#[test]
fn hints_are_cut_from_the_right_and_the_help_stays() {
    let all = wanted(&["refund", "open", "search", "help", "quit"]);
    let shown = |room: usize| -> Vec<_> { spots(&all, room).into_iter().map(|s| s.word).collect() };
    assert_eq!(shown(80), ["refund", "open", "search", "help", "quit"]);
    assert_eq!(shown(35), ["refund", "open", "search", "help"]);
    assert_eq!(shown(26), ["refund", "open", "help"]);
    assert_eq!(shown(8), ["help"]);
    assert!(shown(3).is_empty());
}

#[test]
fn a_trouble_too_long_for_the_line_is_told_whole_above_it() {
    let mut state = super::super::fixture::state();
    let words = "refused: the key lacks the permission charge_write: nothing was done, and it can be granted where the keys are kept";
    for (width, height) in [(140, 42), (80, 24), (60, 16)] {
        (state.width, state.height) = (width, height);
        state.say(words, false);
        let told = told(&state, None);
        let whole: Vec<_> = told.iter().map(Line::text).collect();
        assert_eq!(whole.join(" ").split_whitespace().collect::<Vec<_>>().join(" "), format!("✖ {words}"));
        assert_eq!(bottom(&state).tasks, Line::default(), "and not said twice");
        assert!(told.iter().all(|line| line.width() <= usize::from(width) - 2));
        state.say("the key is refused", false);
        assert!(super::told(&state, None).is_empty() && !bottom(&state).tasks.0.is_empty());
        state.say(words, true);
        assert!(super::told(&state, None).is_empty(), "what went well may be cut");
    }
}

#[test]
fn what_can_be_done_comes_first_and_a_click_finds_it() {
    let mut state = super::super::fixture::state();
    state.search.typing = false;
    state.focus = super::super::panes::PaneId::Subscriptions;
    let all = keymap::hints(&state);
    let (dim, shown) = (all.iter().filter(|hint| hint.dim).count(), hints(&state));
    assert!(dim > 1 && all.iter().skip_while(|hint| !hint.dim).any(|hint| !hint.dim), "{all:?}");
    assert!(shown.iter().rev().take(dim).all(|hint| hint.dim));
    assert!(shown.iter().all(|hint| all[hint.index].word == hint.word));
    assert_eq!(shown.len(), all.len());
}

#[test]
fn what_is_held_is_taken_back_by_a_key_that_works_where_the_agent_is() {
    let mut state = super::super::fixture::state();
    state.changes = vec![ChangeLine {
        intent: super::super::fixture::intent("int_1", IntentState::Held),
        task: None,
        note: None,
    }];
    let told = |state: &State| change(state, IntentState::Held, 40).unwrap().text();
    state.search.typing = false;
    assert!(told(&state).ends_with(" · u undo"), "{}", told(&state));
    state.search.typing = true;
    assert!(told(&state).ends_with(" · Ctrl-t undo"), "{}", told(&state));
    assert_eq!(keymap::everywhere(Key::ctrl('t')), Some(Do::TakeBack));
    assert_eq!(key_now(&state, Do::Tasks).unwrap(), "Esc T");
}

#[test]
fn what_is_held_names_whose_it_is_as_long_as_there_is_room() {
    let mut state = super::super::fixture::state();
    state.search.typing = false;
    state.changes = vec![ChangeLine {
        intent: super::super::fixture::intent("int_1", IntentState::Held),
        task: None,
        note: None,
    }];
    let mut told = |width: u16| {
        state.width = width;
        bottom(&state).tasks.text()
    };
    assert_eq!(told(140), "◷ refunding $99.00 to Ada Lovelace in 5 s · u takes it back");
    assert_eq!(told(80), "◷ refunding $99.00 to Ada Lovelace in 5 s · u undo");
    assert_eq!(told(60), "◷ refunding $99.00 to Ada Lovelace in 5 s · u undo");
    assert_eq!(told(50), "◷ refunding $99.00 in 5 s · u undo");
    state.width = 60;
    assert_eq!(bottom(&state).spots.iter().map(|spot| &*spot.word).collect::<Vec<_>>(), ["help"]);
}

#[test]
fn a_plan_that_changes_says_what_it_becomes() {
    let mut state = super::super::fixture::state();
    let mut intent = super::super::fixture::intent("int_1", IntentState::Held);
    let proposal = &mut intent.proposal;
    proposal.action = "update_subscription".into();
    proposal.gate = crate::actions::Gate::ChangePlan;
    proposal.target = crate::model::AnyId::parse("sub_1").unwrap();
    proposal.amount = None;
    proposal.sentence = "change sub_1 from $99.00/mo to $490.00/yr; billed at once".into();
    let product = crate::model::ProductId::parse("prod_2").unwrap();
    proposal.terms.becomes =
        Some(crate::actions::Becomes { price: "$490.00/yr".into(), product: Some(product) });
    state.changes = vec![ChangeLine { intent, task: None, note: None }];
    let growth = r#"{"id": "prod_2", "object": "product", "name": "Growth"}"#;
    let said = |state: &State| {
        let line = bottom(state).tasks.text();
        (line, super::super::words::sentence(state, &state.changes[0].intent.proposal))
    };
    state.width = 140;
    let (line, sentence) = said(&state);
    assert_eq!(line, "◷ changing Pro to $490.00/yr for Ada Lovelace in 5 s · u takes it back");
    assert_eq!(sentence, "change Pro from $99.00/mo to $490.00/yr; billed at once");
    let growth = crate::model::Record::<crate::model::Product>::parse(growth).unwrap();
    state.data.products.insert(growth.id.clone(), growth);
    let (line, sentence) = said(&state);
    assert_eq!(line, "◷ changing Pro to Growth $490.00/yr for Ada Lovelace in 5 s · u takes it back");
    assert_eq!(sentence, "change Pro from $99.00/mo to Growth $490.00/yr; billed at once");
}

#[test]
fn a_spot_is_found_by_its_column() {
    let bottom = Bottom { spots: spots(&wanted(&["ab", "cd"]), 40), ..Bottom::default() };
    assert_eq!([0, 1, 4, 5, 7, 30].map(|x| bottom.spot_at(x)), [None, Some(0), Some(0), None, Some(1), None]);
}

#[test]
fn good_news_makes_room_for_the_keys_and_bad_news_stays() {
    let mut state = super::super::fixture::state();
    state.search.typing = false;
    for (good, stays) in [(true, false), (false, true)] {
        state.say("said", good);
        super::super::fixture::press(&mut state, "j");
        assert!(state.notice.is_some(), "it was just said");
        state.notice.as_mut().unwrap().at_ms -= 8_001;
        super::super::fixture::press(&mut state, "j");
        assert_eq!(state.notice.is_some(), stays);
    }
}
