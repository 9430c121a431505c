//! Keys of the desk: one table that dispatches them, and from which the bottom line, the help and the docs are made. Keys of
//! actions come from the catalogue, by the kind of the selected row.

mod table;

use self::table::DESK;
pub use self::table::{Do, desk};
use super::{
    binding::{self, Binding, Hint, Now, Told, bind},
    changed, flow, form,
    key::Key,
    links, panes, reply,
    state::State,
    usable, words,
};
use crate::{
    actions::{self, Action, Subject},
    answers::reply::NoReply,
    model::Kind,
};

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
    actions::all().filter(move |action| action.on.contains(&kind) && action.key.is_some()).map(|action| {
        bind(action.key.as_slice(), action, Some(action.hint), action.summary).called(action.also_called)
    })
}

/// Whether the action can be done to the object as it stands, with nothing else under way on it.
pub fn applies(state: &State, action: &Action, subject: Option<&Subject>, missing: &str) -> Now {
    let why = match subject {
        None => Err(missing.to_owned()),
        // What is under way says more than how the object stood before it.
        Some(subject) => usable::busy(state, subject.id()).map_or_else(|| (action.applies)(subject), Err),
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
pub fn help(state: &State) -> Vec<Told> {
    if state.search.typing {
        let texts = form::TEXT.iter().map(|row| (*row, Now::On));
        return binding::help(in_box(state)).into_iter().chain(binding::help(texts)).collect();
    }
    binding::help(rows(state))
}

/// The keys of the search box, for the docs.
pub fn box_help() -> Vec<Told> {
    binding::help(BOX.iter().map(|row| (*row, Now::On)))
}

/// All rows as they stand with this focus and selection.
fn rows(state: &State) -> impl Iterator<Item = (Binding<Meaning>, Now)> {
    let pane = state.focus.pane();
    let selected = panes::selected(state, pane.id);
    let subject = selected.and_then(|at| (pane.subject)(state, at));
    let acting = acting(state, pane.kind).map(move |row| {
        (row.within(Meaning::Act), applies(state, row.does, subject.as_ref(), "nothing is selected"))
    });
    acting.chain(desk().map(move |row| (row.within(Meaning::Do), stands(state, row.does))))
}

/// How a row of the desk stands with this focus and selection. What would do nothing is not offered; whoever presses it all the
/// same is told why.
fn stands(state: &State, does: Do) -> Now {
    let pane = state.focus.pane();
    let selected = panes::selected(state, pane.id);
    match does {
        // The action's own word: what the way back does.
        Do::WayBack => {
            changed::way_back(state).map_or(Now::Off, |undo| Now::Says(format!("way back: {}", undo.hint)))
        }
        // What was just done is told before the row.
        Do::Reply if changed::tells(state) => Now::On,
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
    }
}

/// What the palette lists of the desk, each with why it would do nothing now, where it would.
pub fn deeds(state: &State) -> impl Iterator<Item = (Binding<Do>, Result<(), String>)> {
    desk().filter(|row| row.name.is_some()).map(|row| {
        let nothing = |why: &str| Err(why.to_owned());
        let stands = match (row.does, stands(state, row.does)) {
            (Do::TakeBack, _) if !flow::can_take_back(state) => nothing("nothing is held"),
            (Do::Reopen, _) if state.returned.is_empty() => nothing("no change waits to be looked at again"),
            (_, Now::On | Now::Says(_)) => Ok(()),
            (_, Now::Dim(why)) => Err(why),
            (Do::WayBack, Now::Off) => nothing("the last change has no way back that could be taken now"),
            (Do::Explain | Do::Twice | Do::Timeline, Now::Off) => nothing("no customer is open"),
            (Do::Reply, Now::Off) => nothing("there is nothing that this row could tell a customer"),
            (Do::Browser, Now::Off) => nothing("this row has no page in the Dashboard"),
            (_, Now::Off) => nothing("no row is selected"),
        };
        (row, stands)
    })
}

/// The key of a row that is heard wherever the agent is.
fn heard_everywhere(row: Binding<Do>) -> Option<Key> {
    row.keys().find(|key| everywhere(*key).is_some())
}

/// A letter that no row has.
pub fn say_nothing(state: &mut State, key: Key) {
    let closed = state.read_only().filter(|_why| acts(state.focus.pane().kind).any(|row| row.has(key)));
    let takes_back = desk().find(|row| row.does == Do::TakeBack && row.has(key));
    let late = takes_back.and_then(|_| words::too_late(state));
    if let Some(why) = closed {
        state.answer_key(format!("read-only: {why}"));
    } else if let Some(all) = takes_back.filter(|_| flow::can_take_back(state)).and_then(heard_everywhere) {
        state.answer_key(format!("{key} does nothing here · {all} takes back what is held"));
    } else if let Some(late) = late {
        state.answer_key(late);
    } else if key.typed().is_some() {
        state.answer_key(format!("{key} does nothing here · ? shows the keys"));
    }
}

/// The desk's own keys, for the docs.
pub fn desk_help() -> Vec<Told> {
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
    use crate::text;

    #[test]
    fn every_key_reads_and_stands_once() {
        let mut seen = HashSet::new();
        for name in desk().flat_map(|binding| binding.keys) {
            assert!(seen.insert(Key::parse(name).unwrap_or_else(|| panic!("{name}"))), "{name} stands twice");
        }
    }

    #[test]
    fn a_deed_is_found_by_its_name_and_by_each_of_its_words_once() {
        let mut names = HashSet::new();
        for row in desk() {
            let fresh = row.name.is_none_or(|name| names.insert(name.to_lowercase()));
            assert!(fresh, "{:?} stands twice", row.name);
            let clear = |name: &str| actions::all().all(|action| action.name.replace('_', " ") != name);
            assert!(row.name.is_none_or(clear), "{:?} is an action", row.name);
            for (at, word) in row.words.iter().enumerate() {
                assert!(!row.words[..at].contains(word), "{word} stands twice beside {:?}", row.does);
                assert_eq!(text::called(row.words, word).map(str::len), Some(word.len()), "{word}");
            }
            // What opens or does something besides moving is in the palette, or is the way to it.
            let moves =
                row.held || matches!(row.does, Do::Focus(_) | Do::Top | Do::Bottom | Do::Back | Do::Open);
            let leads = matches!(row.does, Do::Search | Do::Palette | Do::ReverseSort);
            assert_eq!(row.name.is_some(), !moves && !leads, "{:?}", row.does);
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
