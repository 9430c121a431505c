//! Keys of the desk: one table that dispatches them, and from which the bottom line, the help and the docs are made. Keys of
//! actions come from the catalogue, by the kind of the selected row.

use serde::{Deserialize, Serialize};

use super::{
    binding::{self, Binding, Hint, Now, bind},
    changed, flow, form,
    key::Key,
    links,
    panes::{self, PANES, PaneId},
    reply,
    state::State,
};
use crate::{
    actions::{self, Action, Subject},
    answers::reply::NoReply,
    model::Kind,
};

/// What a key of the desk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Do {
    Search,
    Palette,
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
    Export,
    CopyId,
    Reply,
    Explain,
    Twice,
    Timeline,
    Monitor,
    Browser,
    Reload,
    TakeBack,
    WayBack,
    Reopen,
    Audit,
    Inbox,
    Recent,
    Live,
    Merge,
    Notes,
    Settings,
    Tasks,
    Help,
    Quit,
}

/// In the order in which hints and help show them; before the keys that move, those of the panes.
const DESK: &[Binding<Do>] = &[
    bind(&["<enter>"], Do::Open, Some("open"), "open the customer, or the row's detail"),
    bind(
        &["/"],
        Do::Search,
        Some("search"),
        "search: e-mail, name, phone, id, invoice number, last four digits, amount, pasted link",
    ),
    bind(&[":"], Do::Palette, Some("actions"), "every action, found by its name or by what it does"),
    bind(&["u", "<c-t>"], Do::TakeBack, Some("undo"), "take back the change that is still held"),
    bind(&["U"], Do::WayBack, Some("way back"), "undo the last change: the form that makes it as it was"),
    bind(
        &["<c-o>"],
        Do::Reopen,
        None,
        "open the form of a change that was stopped since something moved meanwhile",
    ),
    bind(&["<tab>", "<right>", "l"], Do::NextPane, None, "next pane").held(),
    bind(&["<s-tab>", "<left>", "h"], Do::PreviousPane, None, "previous pane").held(),
    bind(&["<down>", "j"], Do::Down, None, "next row").held(),
    bind(&["<up>", "k"], Do::Up, None, "previous row").held(),
    bind(&["<pgdn>", "<c-d>"], Do::PageDown, None, "a page down").held(),
    bind(&["<pgup>", "<c-u>"], Do::PageUp, None, "a page up").held(),
    bind(&["<home>", "g"], Do::Top, None, "first row"),
    bind(&["<end>", "G"], Do::Bottom, None, "last row read; once more reads on"),
    bind(&["z"], Do::Zoom, Some("zoom"), "the focused pane takes the whole body, and back"),
    bind(&["J"], Do::Raw, None, "the row's raw JSON"),
    bind(&["s"], Do::Sort, None, "sort by the next column"),
    bind(&["S"], Do::ReverseSort, None, "turn the order round"),
    bind(&["f"], Do::Filter, None, "show only rows with this text"),
    bind(&["E"], Do::Export, None, "export the pane's rows: copy them as CSV or JSON"),
    bind(&["i"], Do::CopyId, None, "copy the row's id"),
    bind(
        &["y"],
        Do::Reply,
        Some("copy reply"),
        "copy what the customer can be told: of what was just done, then of the row",
    ),
    bind(
        &["e"],
        Do::Explain,
        Some("explain"),
        "why this was charged: the row's charge or invoice, or the newest charge; `/` there takes what the customer says",
    ),
    bind(&["D"], Do::Twice, Some("duplicates"), "whether this customer was charged twice"),
    bind(
        &["t", "W"],
        Do::Timeline,
        None,
        "everything that happened to this customer, and where each refund is; on a subscription, whose `t` gives free time, it is `W`",
    ),
    bind(
        &["m"],
        Do::Monitor,
        None,
        "monitor: what was refunded in the last days, against the caps, and what stands out",
    ),
    bind(&["o"], Do::Browser, Some("browser"), "open the row in Stripe's Dashboard"),
    bind(&["<c-r>"], Do::Reload, None, "read everything on screen again"),
    bind(&["a"], Do::Audit, Some("audit"), "the audit trail"),
    bind(&["A"], Do::Inbox, None, "inbox: proposals that wait for a person"),
    bind(
        &["n"],
        Do::Notes,
        None,
        "notes on this customer: read them, write one down; the policy says where they are kept",
    ),
    bind(
        &["@"],
        Do::Merge,
        None,
        "charges, subscriptions and invoices of all records that share this e-mail, and of this one alone again",
    ),
    bind(&["L"], Do::Live, None, "live events: what happens on the account as it happens"),
    bind(&["H"], Do::Recent, None, "customers whose desk was opened lately, the latest first"),
    bind(&[","], Do::Settings, None, "settings and policy in force, with where each came from"),
    bind(&["T"], Do::Tasks, None, "tasks: what runs, what failed, try again"),
    bind(&["?", "<f1>"], Do::Help, Some("help"), "all keys that work here"),
    bind(&["<esc>"], Do::Back, None, "back, one step at a time"),
    bind(&["q", "<c-c>"], Do::Quit, Some("quit"), "leave; asks only when something is in flight"),
];

/// All rows of the desk itself.
pub fn desk() -> impl Iterator<Item = Binding<Do>> {
    let moves = DESK.iter().position(|row| row.does == Do::NextPane).unwrap_or(0);
    let (first, rest) = DESK.split_at(moves);
    let panes = PANES.iter().map(|pane| {
        let keys = std::slice::from_ref(&pane.number);
        bind(keys, Do::Focus(pane.id), None, pane.about)
    });
    first.iter().copied().chain(panes).chain(rest.iter().copied())
}

/// What works whatever is open or typed, by those of its keys that are no letters.
const EVERYWHERE: [Do; 2] = [Do::TakeBack, Do::Quit];

/// What the key does from anywhere.
pub fn everywhere(key: Key) -> Option<Do> {
    let mut rows = DESK.iter().filter(|row| EVERYWHERE.contains(&row.does));
    rows.find(|row| key.typed().is_none() && row.has(key)).map(|row| row.does)
}

/// What a key means with this focus and selection.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    Do(Do),
    Act(&'static Action),
}

/// The row for a key, with what it means.
pub fn meaning(state: &State, key: Key) -> Option<Binding<Meaning>> {
    let kind = state.focus.pane().kind;
    let acting = acting(state, kind).map(|row| row.within(Meaning::Act));
    acting.chain(desk().map(|row| row.within(Meaning::Do))).find(|row| row.has(key))
}

/// The rows of actions whose key works on a record of this kind. Read-only shows none.
pub fn acting(state: &State, kind: Kind) -> impl Iterator<Item = Binding<&'static Action>> + use<> {
    let open = state.read_only().is_none();
    open.then(|| acts(kind)).into_iter().flatten()
}

/// The keys of all actions on such a record, whether they may be done or not.
fn acts(kind: Kind) -> impl Iterator<Item = Binding<&'static Action>> {
    actions::all()
        .filter(move |action| action.on.contains(&kind) && action.key.is_some())
        .map(|action| bind(action.key.as_slice(), action, Some(action.hint), action.summary))
}

/// Whether the action can be done to the object as it stands.
pub fn applies(action: &Action, subject: Option<&Subject>, missing: &str) -> Now {
    let why = match subject {
        None => Err(missing.to_owned()),
        Some(subject) => (action.applies)(subject),
    };
    why.map_or_else(Now::Dim, |()| Now::On)
}

/// What a key does while letters go into the search box. All others edit the text, or do what they do on the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InBox {
    Open,
    Down,
    Up,
    /// Out of the box, and what the key does on the desk.
    Out,
    Clear,
    Leave,
}

/// In the order in which the bottom line shows them.
pub const BOX: &[Binding<InBox>] = &[
    bind(&["<enter>"], InBox::Open, Some("open"), "open who was typed, or whom the selection is on"),
    bind(&["<down>"], InBox::Down, Some("next"), "next customer").held(),
    bind(&["<up>"], InBox::Up, None, "previous customer").held(),
    bind(
        &["<tab>", "<s-tab>", "<pgdn>", "<pgup>"],
        InBox::Out,
        Some("panes"),
        "out of the box, and on as on the desk",
    )
    .held(),
    bind(&["<f1>"], InBox::Out, None, "all keys that work here"),
    bind(&["<esc>"], InBox::Clear, Some("clear"), "empty the box"),
    bind(&["<esc>"], InBox::Leave, Some("leave the box"), "leave the box"),
];

/// The keys of the box as they stand: Esc empties it first.
pub fn in_box(state: &State) -> impl Iterator<Item = (Binding<InBox>, Now)> + use<> {
    let empty = state.search.input.value().is_empty();
    BOX.iter().map(move |row| {
        let now = match row.does {
            InBox::Clear => Now::on(!empty),
            InBox::Leave => Now::on(empty),
            InBox::Open | InBox::Down | InBox::Up | InBox::Out => Now::On,
        };
        (*row, now)
    })
}

/// The bottom line for the desk itself; a modal has a table of its own.
pub fn hints(state: &State) -> Vec<Hint> {
    if state.search.typing {
        let quit = DESK.iter().filter(|row| row.does == Do::Quit).map(|row| (*row, Now::On));
        let mut hints = binding::hints(in_box(state), true);
        hints.extend(binding::hints(quit, true));
        return hints;
    }
    let held = flow::can_take_back(state);
    let shown = rows(state).filter(|(row, _)| held || !matches!(row.does, Meaning::Do(Do::TakeBack)));
    binding::hints(shown, false)
}

/// Keys and what they do, for the help: actions of the focused pane first.
pub fn help(state: &State) -> Vec<(String, String)> {
    if state.search.typing {
        let texts = form::TEXT.iter().map(|row| (*row, Now::On));
        return binding::help(in_box(state)).into_iter().chain(binding::help(texts)).collect();
    }
    binding::help(rows(state))
}

/// The keys of the search box, for the docs.
pub fn box_help() -> Vec<(String, String)> {
    binding::help(BOX.iter().map(|row| (*row, Now::On)))
}

/// All rows as they stand with this focus and selection.
fn rows(state: &State) -> impl Iterator<Item = (Binding<Meaning>, Now)> {
    let pane = state.focus.pane();
    let selected = panes::selected(state, pane.id);
    let subject = selected.and_then(|at| (pane.subject)(state, at));
    let acting = acting(state, pane.kind).map(move |row| {
        (row.within(Meaning::Act), applies(row.does, subject.as_ref(), "nothing is selected"))
    });
    let now = move |does: Do| match does {
        // The action's own word: what the way back does.
        Do::WayBack => {
            changed::way_back(state).map_or(Now::Off, |undo| Now::Says(format!("way back: {}", undo.hint)))
        }
        // What would do nothing here is not offered; whoever presses it all the same is told why.
        // What was just done is told before the row.
        Do::Reply if super::changed::tells(state) => Now::On,
        Do::Reply => match selected.map(|at| reply::about(state, pane, at)) {
            Some(Err(why @ NoReply::Missing { .. })) => Now::Dim(why.to_string()),
            told => Now::on(told.is_some_and(|told| told.is_ok())),
        },
        Do::Browser => {
            let target = selected.and_then(|at| (pane.target)(state, at));
            Now::on(target.and_then(|target| links::dashboard_url(state, &target)).is_some())
        }
        Do::Explain | Do::Twice | Do::Timeline => Now::on(state.open.is_some()),
        Do::CopyId | Do::Raw => Now::on(selected.is_some()),
        _ => Now::On,
    };
    acting.chain(desk().map(move |row| (row.within(Meaning::Do), now(row.does))))
}

/// A letter that no row has.
pub fn say_nothing(state: &mut State, key: Key) {
    let closed = state.read_only().filter(|_why| acts(state.focus.pane().kind).any(|row| row.has(key)));
    if let Some(why) = closed {
        state.answer_key(format!("read-only: {why}"));
    } else if key.typed().is_some() {
        state.answer_key(format!("{key} does nothing here · ? shows the keys"));
    }
}

/// The desk's own keys, for the docs.
pub fn desk_help() -> Vec<(String, String)> {
    binding::help(desk().map(|row| (row, Now::On)))
}

/// The keys that show the help, everywhere.
pub fn asks_help() -> impl Iterator<Item = Key> {
    DESK.iter().filter(|row| row.does == Do::Help).flat_map(Binding::keys)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_reads_and_stands_once() {
        let mut seen = HashSet::new();
        for name in desk().flat_map(|binding| binding.keys) {
            assert!(seen.insert(Key::parse(name).unwrap_or_else(|| panic!("{name}"))), "{name} stands twice");
        }
    }

    #[test]
    fn a_key_means_one_thing_in_the_search_box_however_full_it_is() {
        let mut state = super::super::fixture::state();
        for text in ["", "ada@"] {
            state.search.input = tui_input::Input::new(text.to_owned());
            let mut seen = HashSet::new();
            for (row, _) in in_box(&state).filter(|(_, now)| *now == Now::On) {
                for key in row.keys() {
                    assert!(seen.insert(key), "{key} stands twice with `{text}`");
                    assert!(!form::TEXT.iter().any(|text| text.has(key)), "{key} edits the text too");
                    assert!(key.typed().is_none(), "{key} is a letter of the text");
                }
            }
            assert_eq!(seen.len(), 9, "Esc does one thing with `{text}`");
        }
    }

    #[test]
    fn no_action_takes_a_key_of_the_desk() {
        // The line of time has another key wherever an action takes its first.
        let gives_way = |row: &Binding<Do>, name: &str| row.does == Do::Timeline && name == "t";
        let desk: HashSet<_> = desk()
            .flat_map(|row| row.keys.iter().filter(move |name| !gives_way(&row, name)))
            .filter_map(|name| Key::parse(name))
            .collect();
        for action in actions::all() {
            let key = action.key.and_then(Key::parse);
            assert!(key.is_none_or(|key| !desk.contains(&key)), "{} takes a key of the desk", action.name);
        }
    }
}
