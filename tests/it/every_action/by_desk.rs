//! Every action by the desk's keys: found in the palette by its name, what it is about chosen, its form filled in, the
//! confirmation typed as the desk asks for it, the hold waited out. What shows then is what the other ways show.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use paydesk::{
    actions::{self, Action, FieldKind},
    desk::{
        Message,
        modals::Modal,
        sheet::{Item, Offer, Sheet},
        verdict::Needs,
    },
    ledger::AuditFilter,
    policy::Policy,
};

use super::{
    cases::{ALL, CHANGES, Case, Names, Pairs, READS},
    was_asked, was_made_once,
};
use crate::harness::desk::{Desk, Options};

/// Longer than Enter rests after it closed something, or after something came up.
pub(super) const PAUSE_MS: i64 = 700;
/// Longer than anything is held.
pub(super) const HELD_MS: i64 = 6_000;
/// Letters from which on a value is pasted.
const PASTED_FROM: usize = 200;
/// Keys of one kind in a row at most: fields of a form, options of a choice.
pub(super) const KEYS_MOST: usize = 60;

fn open() -> Desk {
    under(ALL)
}

/// A desk under these rules, with nobody open.
pub(super) fn under(rules: &str) -> Desk {
    let policy = Policy::parse(rules, "policy.toml").unwrap();
    let mut desk = Desk::open(Options { customers: 120, policy, ..Options::default() });
    // Out of the search box, and where nothing is selected: each action asks what it is about.
    desk.press("<esc>2").settle();
    desk
}

pub(super) fn sheet(desk: &Desk) -> Option<Sheet> {
    desk.state.modals.last().map(|modal| modal.sheet(&desk.state))
}

/// Where keys go: its label and, of a choice, what can be chosen.
fn focused(desk: &Desk) -> Option<(String, Option<Vec<Offer>>)> {
    let sheet = sheet(desk)?;
    sheet.items.into_iter().chain(sheet.pinned).find_map(|item| match item {
        Item::Input { label, field, .. } if field.focused => Some((label, None)),
        Item::Choice { label, options, focused: true } => Some((label, Some(options))),
        _ => None,
    })
}

/// Everything that the desk says.
pub(super) fn said(desk: &Desk) -> String {
    let notice = desk.state.notice.as_ref().map(|notice| notice.text.as_str()).unwrap_or_default();
    format!("{notice} {:?}", sheet(desk))
}

pub(super) fn enter(desk: &mut Desk) {
    desk.press("<enter>").settle().after_ms(PAUSE_MS);
}

/// What is longer than anybody types is pasted.
pub(super) fn types(desk: &mut Desk, text: &str) {
    if text.len() > PASTED_FROM {
        desk.send(Message::Paste(text.to_owned())).settle();
    } else {
        desk.press(&text.replace('<', "<lt>")).settle();
    }
}

/// Puts a value into its field, as somebody would who sees the form.
fn fill(desk: &mut Desk, action: &Action, (name, value): (&str, &str)) {
    let field = action.field(name).unwrap();
    let there = (0..KEYS_MOST).any(|_| {
        let found = focused(desk).is_some_and(|(label, _)| label == field.label);
        if !found {
            desk.press("<tab>");
        }
        found
    });
    assert!(there, "{}: no field {name}\n{}", action.name, desk.screen());
    let says = match field.kind {
        FieldKind::Choice(choices) => choices.iter().find(|choice| choice.value == value).unwrap().says,
        FieldKind::Bool if value == "true" => "yes",
        FieldKind::Bool => "no",
        _ => {
            desk.press("<c-u>");
            return types(desk, value);
        }
    };
    let chosen = (0..KEYS_MOST).any(|_| {
        let (_, options) = focused(desk).unwrap();
        let found = options.unwrap().iter().any(|offer| offer.chosen && offer.says == says);
        if !found {
            desk.press("<right>");
        }
        found
    });
    assert!(chosen, "{}: {name} is never {value}\n{}", action.name, desk.screen());
    desk.settle();
}

/// What somebody does who reads nothing: three Enters at once on what an Enter opened.
fn hastens(desk: &mut Desk, action: &Action) {
    desk.press("<enter><enter><enter>").settle();
    let form = desk.state.modals.last();
    assert!(!matches!(form, None | Some(Modal::Palette(_))), "{}: no form\n{}", action.name, desk.screen());
    assert!(desk.state.changes.is_empty(), "{} was not read:\n{}", action.name, desk.screen());
    desk.after_ms(PAUSE_MS);
}

/// The list that lies on top: what is chosen from it stands in the line that its letters go into.
fn picks(desk: &mut Desk, id: &str) {
    assert!(matches!(desk.state.modals.last(), Some(Modal::Pick(_))), "no list\n{}", desk.screen());
    types(desk, id);
    enter(desk);
}

/// From the desk to the list in which what the action is about is chosen, with it in the line.
pub(super) fn chooses(desk: &mut Desk, action: &Action, given: &[(&'static str, String)]) {
    assert!(desk.state.modals.is_empty(), "{}\n{}", action.name, desk.screen());
    let target = action.target_field().unwrap_or(given[0].0);
    desk.press(":").settle();
    types(desk, action.name);
    enter(desk);
    assert!(matches!(desk.state.modals.last(), Some(Modal::Pick(_))), "no list\n{}", desk.screen());
    types(desk, &given.iter().find(|(known, _)| *known == target).unwrap().1);
}

/// From the desk to the form of a change, filled in. Where the desk says why not, there is none.
pub(super) fn form(desk: &mut Desk, action: &Action, given: &[(&'static str, String)]) {
    chooses(desk, action, given);
    let target = action.target_field().unwrap();
    hastens(desk, action);
    // The list in which it was chosen stays where there can be no form.
    let called = action.name.replace('_', " ");
    let named = sheet(desk).is_some_and(|sheet| sheet.title.text().to_lowercase().starts_with(&called));
    if named && matches!(desk.state.modals.last(), Some(Modal::Pick(_))) {
        return;
    }
    // What it begins with is chosen from a list that lies over the form, or typed where it is not that.
    let mut left: Vec<_> = given.iter().filter(|(name, _)| *name != target).collect();
    if let Some(Modal::Pick(_)) = desk.state.modals.last() {
        let title = sheet(desk).unwrap().title.text();
        let of_it = |(name, _): &&(&str, String)| title.starts_with(action.field(name).unwrap().label);
        match left.iter().position(of_it) {
            Some(at) => picks(desk, &left.remove(at).1),
            None => _ = desk.press("<esc>").settle(),
        }
    }
    for (name, value) in left {
        // The date of the preview is the change's by itself: nobody is asked for it.
        if desk.state.modals.is_empty() || *name == "proration_date" {
            continue;
        }
        fill(desk, action, (name, value));
    }
    // Whatever is shown of it beforehand has come.
    desk.after_ms(PAUSE_MS);
}

/// What the form wants typed, where it wants that.
fn wanted(desk: &Desk) -> Option<String> {
    let draft = match desk.state.modals.last()? {
        Modal::Refund(form) => &form.draft,
        Modal::Cancel(form) => &form.draft,
        Modal::Confirm(form) => &form.draft,
        _ => return None,
    };
    match draft.standing(&desk.state) {
        paydesk::desk::draft::Standing::Decided(proposal, decision) => {
            let needs = draft.needs(&proposal, &decision, &desk.state);
            needs.wanted().filter(|_| matches!(needs, Needs::Amount(_) | Needs::Word(_)))
        }
        _ => None,
    }
}

/// Confirms as the desk asks for it, until the form is gone.
fn confirms(desk: &mut Desk, action: &Action) {
    let mut typed = false;
    for _ in 0..4 {
        if desk.state.modals.is_empty() {
            return;
        }
        let asked = focused(desk).filter(|(label, _)| label.starts_with("Type ") && !typed);
        if let Some((_, word)) = asked.zip(wanted(desk)) {
            types(desk, &word);
            typed = true;
        }
        enter(desk);
    }
    assert!(desk.state.modals.is_empty(), "{} cannot be confirmed:\n{}", action.name, desk.screen());
}

/// What the audit trail says of the change that was begun last, in its order.
fn trail(desk: &Desk, action: &str) -> Vec<String> {
    let ledger = desk.gate.ledger().lock().unwrap();
    let all = ledger.audit(&AuditFilter { most: 10, ..AuditFilter::default() }).unwrap();
    let newest = all.iter().max_by_key(|record| record.seq).unwrap();
    assert_eq!(newest.action, action);
    let own = all.iter().filter(|record| record.intent == newest.intent);
    own.map(|record| record.event.clone()).collect()
}

/// Each on the same desk, as on a long day; a desk that one of them spoiled is not the next one's.
fn each<T>(cases: &[T], name: fn(&T) -> &'static str, one: fn(&mut Desk, &T)) {
    let (mut desk, mut failed) = (open(), Vec::new());
    for case in cases {
        if catch_unwind(AssertUnwindSafe(|| one(&mut desk, case))).is_err() {
            failed.push(name(case));
            desk = open();
        }
    }
    assert_eq!(failed, Vec::<&str>::new());
    assert!(desk.gate.ledger().lock().unwrap().verify().is_ok());
}

pub(super) fn closes_all(desk: &mut Desk) {
    for _ in 0..KEYS_MOST {
        if desk.state.modals.is_empty() {
            return;
        }
        desk.press("<esc>").settle();
    }
    panic!("it does not close\n{}", desk.screen());
}

/// From the desk to what a reading gives, or to why it gives nothing.
pub(super) fn asks(desk: &mut Desk, name: &str, given: &[(&'static str, String)]) {
    let action = actions::find(name).unwrap();
    desk.press(":").settle();
    types(desk, name);
    desk.press("<tab>").settle().after_ms(PAUSE_MS);
    if let Some(Modal::Palette(_)) = desk.state.modals.last() {
        // There is nothing that it could do without.
        enter(desk);
    }
    match (desk.state.modals.last(), given) {
        (Some(Modal::Pick(_)), [(_, id)]) => picks(desk, id),
        (Some(Modal::Reading(_)), given) => {
            for (name, value) in given {
                fill(desk, action, (name, value));
            }
            enter(desk);
        }
        (_, given) => panic!("{name}: {given:?}\n{}", desk.screen()),
    }
}

fn reads(desk: &mut Desk, (name, given): &(&'static str, Pairs)) {
    let action = actions::find(name).unwrap();
    let sandbox = Arc::clone(&desk.sandbox);
    let given = Names::new(&sandbox).pairs(given);
    sandbox.forget_requests();
    asks(desk, name, &given);
    let shown = matches!(desk.state.modals.last(), Some(Modal::Detail(_) | Modal::Results(_)));
    assert!(shown, "{name}\n{}", desk.screen());
    assert!(desk.state.tasks.failed.is_empty(), "{name}: {:?}", desk.state.tasks.failed);
    was_asked(action, &sandbox);
    closes_all(desk);
}

fn changes(desk: &mut Desk, case: &Case) {
    let Case(name, given, _, _, shows) = case;
    let action = actions::find(name).unwrap();
    let sandbox = Arc::clone(&desk.sandbox);
    let names = Names::new(&sandbox);
    let given = names.pairs(given);
    sandbox.forget_requests();
    form(desk, action, &given);
    confirms(desk, action);
    assert_eq!(desk.state.changes.len(), 1, "{name} is held:\n{}", desk.screen());
    assert_eq!(desk.changes_asked(), Vec::<String>::new(), "{name}: nothing is sent while it is held");
    desk.after_ms(HELD_MS);
    assert!(desk.state.changes.is_empty(), "{name} has not ended:\n{}", desk.screen());
    assert!(desk.state.notice.as_ref().is_some_and(|notice| notice.good), "{name}:\n{}", desk.screen());
    was_made_once(action, &sandbox);
    names.shows(name, *shows);
    assert_eq!(trail(desk, name), ["intended", "settled"], "{name}");

    let Some((given, why)) = case.refused(&names, given) else { return };
    sandbox.forget_requests();
    form(desk, action, &given);
    if !said(desk).contains(why) {
        // What moved since the desk read it is taken note of first.
        enter(desk);
    }
    assert!(said(desk).contains(why), "{name}: `{why}` is not said:\n{}", desk.screen());
    desk.press("<enter>").settle().after_ms(HELD_MS);
    assert_eq!(desk.changes_asked(), Vec::<String>::new(), "{name}: nothing is sent");
    closes_all(desk);
}

#[test]
fn every_reading_runs_by_keys() {
    each(READS, |(name, _)| name, reads);
}

#[test]
fn every_change_is_made_by_keys() {
    each(CHANGES, |Case(name, ..)| name, changes);
}
