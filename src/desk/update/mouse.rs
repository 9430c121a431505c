//! The mouse: a click focuses, selects and presses hints; the wheel scrolls what lies under it.

use super::{keys, search, with_top};
use crate::desk::{
    keymap,
    layout::{self, Hit},
    message::{Commands, Mouse, MouseKind},
    panes::PaneId,
    state::State,
};

/// Rows a turn of the wheel.
const WHEEL_ROWS: isize = 3;

pub(super) fn mouse(state: &mut State, mouse: Mouse, commands: &mut Commands) {
    if !state.modals.is_empty() {
        let rows = match mouse.kind {
            MouseKind::WheelUp => -WHEEL_ROWS,
            MouseKind::WheelDown => WHEEL_ROWS,
            // A click never answers a modal: what it asks is answered by keys alone.
            MouseKind::Click => return,
        };
        with_top(state, commands, |modal, state, commands| modal.wheel(rows, state, commands));
        return;
    }
    match (mouse.kind, layout::hit(state, mouse.column, mouse.row)) {
        (MouseKind::Click, Some(hit)) => click(state, hit, commands),
        (wheel, Some(Hit::Pane(pane) | Hit::Row(pane, _) | Hit::Header(pane, _))) => {
            state.focus = pane;
            keys::step(state, if wheel == MouseKind::WheelUp { -WHEEL_ROWS } else { WHEEL_ROWS }, commands);
        }
        _ => {}
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
        Hit::Hint(at) => {
            let key = keymap::hints(state).get(at).and_then(|hint| hint.keys.first().copied());
            if let Some(key) = key {
                keys::press(state, key, commands);
            }
        }
        Hit::Modal => {}
    }
}
