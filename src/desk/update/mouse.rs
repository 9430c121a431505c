//! The mouse: a click focuses, selects and presses hints, in what lies over the desk too, where it confirms nothing; the wheel
//! scrolls what lies under it.

use super::{keys, search, with_top};
use crate::desk::{
    key::{Code, Key},
    keymap,
    layout::{self, Hit},
    message::{Commands, Mouse, MouseKind},
    modals::detail::Detail,
    panes::PaneId,
    sheet::{
        Item, Sheet,
        page::{Part, Under},
    },
    state::State,
};

/// More than any form has.
const FIELDS_MOST: usize = 64;

/// Rows a turn of the wheel.
const WHEEL_ROWS: isize = 3;

pub(super) fn mouse(state: &mut State, mouse: Mouse, commands: &mut Commands) {
    state.looks_on = false;
    keys::gives_way(state, Detail::came_just_now);
    let rows = match mouse.kind {
        MouseKind::WheelUp => -WHEEL_ROWS,
        MouseKind::WheelDown => WHEEL_ROWS,
        MouseKind::Click => {
            if let Some(hit) = layout::hit(state, mouse.column, mouse.row) {
                click(state, hit, commands);
            }
            return;
        }
    };
    if !state.modals.is_empty() {
        with_top(state, commands, |modal, state, commands| modal.wheel(rows, state, commands));
        return;
    }
    if let Some(Hit::Pane(pane) | Hit::Row(pane, _) | Hit::Header(pane, _)) =
        layout::hit(state, mouse.column, mouse.row)
    {
        state.focus = pane;
        keys::step(state, rows, commands);
    }
}

fn click(state: &mut State, hit: Hit, commands: &mut Commands) {
    match hit {
        Hit::Pane(PaneId::Customers) | Hit::Tab(PaneId::Customers) => search::enter(state),
        Hit::Pane(pane) | Hit::Tab(pane) => keys::focus(state, pane),
        Hit::Row(pane, position) => {
            let again = state.focus == pane && state.pane(pane).selected == position;
            keys::focus(state, pane);
            keys::select(state, position, commands);
            if again {
                keys::act(state, keymap::Do::Open, commands);
            }
        }
        Hit::Header(pane, column) => {
            let view = state.pane_mut(pane);
            view.sort = match view.sort {
                Some((sorted, reversed)) if sorted == column => Some((column, !reversed)),
                _ => Some((column, false)),
            };
        }
        Hit::Hint(at) if !state.modals.is_empty() => {
            let hints = state.modals.last().map(|modal| modal.hints(state)).unwrap_or_default();
            if let Some(key) = hints.get(at).and_then(|hint| hint.keys.first().copied()) {
                press(state, key, commands);
            }
        }
        Hit::Hint(at) => {
            let key = keymap::hints(state).get(at).and_then(|hint| hint.keys.first().copied());
            if let Some(key) = key {
                keys::press(state, key, commands);
            }
        }
        Hit::Modal(under) => {
            if let Some(under) = under {
                on_sheet(state, under, commands);
            }
        }
    }
}

/// A key of the topmost modal, as far as a click may press it.
fn press(state: &mut State, key: Key, commands: &mut Commands) {
    with_top(state, commands, |modal, state, commands| modal.click(key, state, commands));
}

fn top_sheet(state: &State) -> Sheet {
    state.modals.last().map(|modal| modal.sheet(state)).unwrap_or_default()
}

/// A field takes the keys, an option is chosen, a row is selected, and opened once it is.
fn on_sheet(state: &mut State, under: Under, commands: &mut Commands) {
    let sheet = top_sheet(state);
    match sheet.part(under.part).get(under.item) {
        Some(Item::Input { .. }) => {
            focus_field(state, field_at(&sheet, under), commands);
        }
        Some(Item::Choice { options, .. }) => {
            let field = field_at(&sheet, under);
            focus_field(state, field, commands);
            if let Some(option) = under.option {
                choose(state, field, (option, options.len()), commands);
            }
        }
        Some(Item::Pick { .. } | Item::Entry { .. }) if under.part == Part::Items => {
            select(state, &sheet, under.item, commands);
        }
        _ => {}
    }
}

/// Fields and choices, from top to bottom.
fn fields(sheet: &Sheet) -> impl Iterator<Item = (Part, usize, &Item)> {
    let parts = [Part::Head, Part::Items, Part::Pinned];
    let items = parts
        .into_iter()
        .flat_map(|part| sheet.part(part).iter().enumerate().map(move |(at, item)| (part, at, item)));
    items.filter(|(.., item)| matches!(item, Item::Input { .. } | Item::Choice { .. }))
}

fn field_at(sheet: &Sheet, under: Under) -> Option<usize> {
    fields(sheet).position(|(part, at, _)| (part, at) == (under.part, under.item))
}

/// Its name, and whether keys go to it.
fn named(item: &Item) -> Option<(&str, bool)> {
    match item {
        Item::Input { label, field, .. } => Some((label, field.focused)),
        Item::Choice { label, focused, .. } => Some((label, *focused)),
        _ => None,
    }
}

/// Tab by Tab, as hands would: what that says of a field on the way it says here too. By its name: a field may be shown only while
/// keys go to it.
fn focus_field(state: &mut State, wanted: Option<usize>, commands: &mut Commands) {
    let sheet = top_sheet(state);
    let wanted = wanted.and_then(|at| named(fields(&sheet).nth(at)?.2)).map(|(label, _)| label.to_owned());
    let focused = |state: &State| {
        let sheet = top_sheet(state);
        let found = fields(&sheet).filter_map(|(.., item)| named(item)).find(|(_, focused)| *focused);
        found.map(|(label, _)| label.to_owned())
    };
    for _ in 0..FIELDS_MOST {
        let before = focused(state);
        if before == wanted || before.is_none() {
            return;
        }
        press(state, Key::new(Code::Tab), commands);
    }
}

/// Goes through the options of the focused choice until it is this one.
fn choose(state: &mut State, field: Option<usize>, (option, count): (usize, usize), commands: &mut Commands) {
    if field.is_none() {
        return;
    }
    for _ in 0..count {
        let sheet = top_sheet(state);
        let item = fields(&sheet).find(|(.., item)| matches!(item, Item::Choice { focused: true, .. }));
        match item {
            Some((.., Item::Choice { options, .. }))
                if !options.get(option).is_none_or(|offer| offer.chosen) => {}
            _ => return,
        }
        press(state, Key::new(Code::Right), commands);
    }
}

/// Moves the selection to the row, as the wheel would; a row that is selected already is opened.
fn select(state: &mut State, sheet: &Sheet, item: usize, commands: &mut Commands) {
    let rows = sheet.items.iter().enumerate().filter_map(|(at, item)| match item {
        Item::Pick { selected, .. } | Item::Entry { selected, .. } => Some((at, *selected)),
        _ => None,
    });
    let rows: Vec<(usize, bool)> = rows.collect();
    let place = |found: fn(&(usize, bool), usize) -> bool| rows.iter().position(|row| found(row, item));
    let (Some(clicked), Some(selected)) = (place(|row, item| row.0 == item), place(|row, _| row.1)) else {
        return;
    };
    if clicked == selected {
        press(state, Key::new(Code::Enter), commands);
        return;
    }
    let signed = |at: usize| isize::try_from(at).unwrap_or(isize::MAX);
    let by = signed(clicked).saturating_sub(signed(selected));
    with_top(state, commands, |modal, state, commands| modal.wheel(by, state, commands));
}
