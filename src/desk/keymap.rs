//! Keys of the desk: one table that dispatches them, and from which the bottom line, the help and the docs are made. Keys of
//! actions come from the catalogue, by the kind of the selected row.

use serde::{Deserialize, Serialize};

use super::{
    key::Key,
    panes::{self, PaneId},
    state::State,
};
use crate::{
    actions::{self, Action, Subject},
    model::Kind,
};

/// What a key of the desk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Do {
    Search,
    Focus(PaneId),
    NextPane,
    PreviousPane,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Open,
    Back,
    Zoom,
    Raw,
    Sort,
    ReverseSort,
    Filter,
    CopyId,
    Browser,
    Reload,
    TakeBack,
    Reopen,
    Audit,
    Settings,
    Tasks,
    Help,
    Quit,
}

pub struct Binding {
    pub keys: &'static [&'static str],
    pub does: Do,
    /// The word on the bottom line; none keeps it off.
    pub hint: Option<&'static str>,
    pub help: &'static str,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Binding({:?})", self.keys)
    }
}

const fn bind(
    keys: &'static [&'static str],
    does: Do,
    hint: Option<&'static str>,
    help: &'static str,
) -> Binding {
    Binding { keys, does, hint, help }
}

/// In the order in which hints and help show them.
pub const DESK: &[Binding] = &[
    bind(&["<enter>"], Do::Open, Some("open"), "open the customer, or the row's detail"),
    bind(
        &["/"],
        Do::Search,
        Some("search"),
        "search: e-mail, name, phone, id, invoice number, last four digits, amount, pasted link",
    ),
    bind(&["u"], Do::TakeBack, Some("undo"), "take back the change that is still held"),
    bind(
        &["<c-o>"],
        Do::Reopen,
        None,
        "open the form of a change that was stopped since something moved meanwhile",
    ),
    bind(&["1"], Do::Focus(PaneId::Customers), None, "customers"),
    bind(&["2"], Do::Focus(PaneId::Charges), None, "charges"),
    bind(&["3"], Do::Focus(PaneId::Subscriptions), None, "subscriptions"),
    bind(&["4"], Do::Focus(PaneId::Invoices), None, "invoices"),
    bind(&["<tab>", "<right>", "l"], Do::NextPane, None, "next pane"),
    bind(&["<s-tab>", "<left>", "h"], Do::PreviousPane, None, "previous pane"),
    bind(&["<down>", "j"], Do::Down, None, "next row"),
    bind(&["<up>", "k"], Do::Up, None, "previous row"),
    bind(&["<pgdn>", "<c-d>"], Do::PageDown, None, "a page down"),
    bind(&["<pgup>", "<c-u>"], Do::PageUp, None, "a page up"),
    bind(&["<home>", "g"], Do::Top, None, "first row"),
    bind(&["<end>", "G"], Do::Bottom, None, "last row read; once more reads on"),
    bind(&["z"], Do::Zoom, Some("zoom"), "the focused pane takes the whole body, and back"),
    bind(&["J"], Do::Raw, None, "the row's raw JSON"),
    bind(&["s"], Do::Sort, None, "sort by the next column"),
    bind(&["S"], Do::ReverseSort, None, "turn the order round"),
    bind(&["f"], Do::Filter, None, "show only rows with this text"),
    bind(&["i"], Do::CopyId, None, "copy the row's id"),
    bind(&["o"], Do::Browser, Some("browser"), "open the row in Stripe's Dashboard"),
    bind(&["<c-r>"], Do::Reload, None, "read everything on screen again"),
    bind(&["a"], Do::Audit, Some("audit"), "the audit trail"),
    bind(&[","], Do::Settings, None, "settings and policy in force, with where each came from"),
    bind(&["T"], Do::Tasks, None, "tasks: what runs, what failed, try again"),
    bind(&["?"], Do::Help, Some("help"), "all keys that work here"),
    bind(&["<esc>"], Do::Back, None, "back, one step at a time"),
    bind(&["q", "<c-c>"], Do::Quit, Some("quit"), "leave; asks only when something is in flight"),
];

/// What a key means with this focus and selection.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    Do(Do),
    Act(&'static Action),
}

pub fn meaning(state: &State, key: Key) -> Option<Meaning> {
    let acting =
        acting(state).find(|action| action.key.and_then(Key::parse).is_some_and(|bound| bound.is(key)));
    acting.map(Meaning::Act).or_else(|| {
        let bound = |binding: &&Binding| {
            binding.keys.iter().filter_map(|name| Key::parse(name)).any(|bound| bound.is(key))
        };
        DESK.iter().find(bound).map(|binding| Meaning::Do(binding.does))
    })
}

/// Keys and words of the actions that can be done to this object as it stands.
pub fn applying(state: &State, kind: Kind, subject: &Subject) -> Vec<(String, String)> {
    acting_on(state, kind)
        .filter(|action| (action.applies)(subject).is_ok())
        .filter_map(|action| Some((action.key?.to_owned(), action.hint.to_owned())))
        .collect()
}

/// Those for rows of the focused pane.
fn acting(state: &State) -> impl Iterator<Item = &'static Action> {
    acting_on(state, state.focus.pane().kind)
}

/// Actions whose key works on a record of this kind. Read-only shows none.
pub fn acting_on(state: &State, kind: Kind) -> impl Iterator<Item = &'static Action> {
    let closed = state.session.read_only.is_some();
    actions::all().filter(move |action| !closed && action.on.contains(&kind))
}

/// One entry of the bottom line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: Key,
    pub word: &'static str,
    /// Why it would do nothing now: then it is dim.
    pub dim: Option<String>,
}

/// While letters go into the search box, these keys do something else.
const BOX: &[(&str, &str)] = &[
    ("<enter>", "open"),
    ("<down>", "next"),
    ("<tab>", "panes"),
    ("<esc>", "leave the box"),
    ("<c-c>", "quit"),
];

/// The bottom line for the desk itself; a modal brings its own.
pub fn hints(state: &State) -> Vec<Hint> {
    if state.search.typing {
        let hint = |(key, word): &(&str, &'static str)| Some(Hint { key: Key::parse(key)?, word, dim: None });
        return BOX.iter().filter_map(hint).collect();
    }
    let pane = state.focus;
    let subject = panes::selected(state, pane).and_then(|at| (pane.pane().subject)(state, at));
    let acting = acting(state).filter_map(|action| {
        let dim = match &subject {
            None => Some("nothing is selected".to_owned()),
            Some(subject) => (action.applies)(subject).err(),
        };
        Some(Hint { key: Key::parse(action.key?)?, word: action.hint, dim })
    });
    let held = state.changes.iter().any(|change| change.intent.state == crate::ledger::IntentState::Held);
    let desk = DESK.iter().filter(|binding| binding.does != Do::TakeBack || held).filter_map(|binding| {
        Some(Hint { key: Key::parse(binding.keys.first()?)?, word: binding.hint?, dim: None })
    });
    acting.chain(desk).collect()
}

/// Keys and what they do, for the help: actions of the focused pane first.
pub fn help(state: &State) -> Vec<(String, String)> {
    let acting = acting(state)
        .filter_map(|action| Some((Key::parse(action.key?)?.to_string(), action.summary.to_owned())));
    acting.chain(desk_help()).collect()
}

/// The desk's own keys, for help and docs.
pub fn desk_help() -> impl Iterator<Item = (String, String)> {
    DESK.iter().map(|binding| {
        let keys: Vec<_> =
            binding.keys.iter().filter_map(|name| Key::parse(name)).map(|key| key.to_string()).collect();
        (keys.join("  "), binding.help.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_reads_and_stands_once() {
        let mut seen = HashSet::new();
        for name in DESK.iter().flat_map(|binding| binding.keys) {
            assert!(seen.insert(Key::parse(name).unwrap_or_else(|| panic!("{name}"))), "{name} stands twice");
        }
    }

    #[test]
    fn no_action_takes_a_key_of_the_desk() {
        let desk: HashSet<_> =
            DESK.iter().flat_map(|binding| binding.keys).filter_map(|name| Key::parse(name)).collect();
        for action in actions::all() {
            let key = action.key.and_then(Key::parse);
            assert!(key.is_none_or(|key| !desk.contains(&key)), "{} takes a key of the desk", action.name);
        }
    }
}
