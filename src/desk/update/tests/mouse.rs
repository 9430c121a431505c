//! What a click, the wheel and a hint of the bottom line do.

use ratatui::layout::Rect;

use super::update;
use crate::desk::{
    bottom, fixture,
    layout::{self, Parts},
    message::{Commands, Message, Mouse, MouseKind},
    modals::Modal,
    panes::PaneId,
    state::State,
};

fn at(state: &mut State, kind: MouseKind, column: u16, row: u16) -> Commands {
    let mouse = Mouse { kind, column, row };
    update(state, fixture::NOW_MS, Message::Mouse(mouse))
}

fn click(state: &mut State, column: u16, row: u16) {
    let _commands = at(state, MouseKind::Click, column, row);
}

fn area(state: &State, pane: PaneId) -> Rect {
    let panes = layout::arrange(state).panes;
    panes.into_iter().find(|(id, _)| *id == pane).unwrap().1
}

fn parts(state: &State, pane: PaneId) -> Parts {
    layout::parts(pane, area(state, pane))
}

#[test]
fn a_click_on_a_row_selects_it_and_focuses_its_pane() {
    let mut state = fixture::state();
    state.focus = PaneId::Customers;
    state.search.typing = true;
    let rows = parts(&state, PaneId::Charges).rows;
    click(&mut state, rows.x + 5, rows.y + 2);
    assert_eq!((state.focus, state.pane(PaneId::Charges).selected), (PaneId::Charges, 2));
    assert!(!state.search.typing && state.modals.is_empty());
    // Another row is selected, the same one opened.
    click(&mut state, rows.x + 9, rows.y + 1);
    assert_eq!(state.pane(PaneId::Charges).selected, 1);
    assert!(state.modals.is_empty());
    click(&mut state, rows.x + 9, rows.y + 1);
    assert!(matches!(state.modals.last(), Some(Modal::Detail(_))));
    // A click answers no modal.
    click(&mut state, rows.x + 9, rows.y);
    assert_eq!(state.pane(PaneId::Charges).selected, 1);
    assert_eq!(state.modals.len(), 1);
}

#[test]
fn a_click_below_the_rows_or_on_the_border_focuses_only() {
    let mut state = fixture::state();
    state.focus = PaneId::Customers;
    let charges = area(&state, PaneId::Charges);
    click(&mut state, charges.x + 4, charges.y);
    assert_eq!((state.focus, state.pane(PaneId::Charges).selected), (PaneId::Charges, 0));
    let invoices = area(&state, PaneId::Invoices);
    click(&mut state, invoices.x + 3, invoices.bottom() - 2);
    assert_eq!((state.focus, state.pane(PaneId::Invoices).selected), (PaneId::Invoices, 0));
    assert!(state.modals.is_empty());
    let customers = area(&state, PaneId::Customers);
    click(&mut state, customers.x + 2, customers.y);
    assert!(state.focus == PaneId::Customers && state.search.typing, "the search box is what is in it");
}

#[test]
fn a_click_on_a_columns_title_sorts_by_it_and_again_the_other_way() {
    let mut state = fixture::state();
    let titles = parts(&state, PaneId::Charges).titles.unwrap();
    click(&mut state, titles.x + 3, titles.y);
    assert_eq!(state.pane(PaneId::Charges).sort, Some((0, false)));
    click(&mut state, titles.x + 3, titles.y);
    assert_eq!(state.pane(PaneId::Charges).sort, Some((0, true)));
}

#[test]
fn the_wheel_scrolls_the_pane_under_the_pointer_and_no_other() {
    let mut state = fixture::state();
    state.focus = PaneId::Subscriptions;
    let rows = parts(&state, PaneId::Charges).rows;
    let _commands = at(&mut state, MouseKind::WheelDown, rows.x + 1, rows.y);
    assert_eq!(state.pane(PaneId::Charges).selected, 2, "three rows, as far as there are");
    assert_eq!(state.pane(PaneId::Subscriptions).selected, 0);
    let _commands = at(&mut state, MouseKind::WheelUp, rows.x + 1, rows.y);
    assert_eq!(state.pane(PaneId::Charges).selected, 0);
    // In the header there is nothing to scroll.
    let before = state.focus;
    let _commands = at(&mut state, MouseKind::WheelDown, 3, 0);
    assert_eq!((state.focus, state.pane(PaneId::Charges).selected), (before, 0));
}

#[test]
fn a_hint_of_the_bottom_line_acts_as_its_key() {
    let mut state = fixture::state();
    state.focus = PaneId::Charges;
    let hint = |state: &State, word: &str| {
        let spots = bottom::bottom(state).spots;
        let spot = spots.into_iter().find(|spot| spot.word == word).unwrap_or_else(|| panic!("no {word}"));
        (spot.x, spot.width, state.height - 1)
    };
    let (x, width, y) = hint(&state, "zoom");
    click(&mut state, x + width - 1, y);
    assert!(state.zoomed);
    let (x, _, y) = hint(&state, "zoom");
    click(&mut state, x, y);
    assert!(!state.zoomed);
    let (x, _, y) = hint(&state, "search");
    click(&mut state, x, y);
    assert!(state.search.typing && state.focus == PaneId::Customers);
    let (x, width, y) = hint(&state, "leave the box");
    click(&mut state, x + width, y);
    assert!(state.search.typing, "the gap between two hints is none");
    click(&mut state, x, y);
    assert!(!state.search.typing);
}

#[test]
fn a_click_on_a_tab_shows_its_pane() {
    let mut state = fixture::state();
    (state.width, state.height) = (80, 24);
    state.focus = PaneId::Charges;
    let state = state;
    let tabs = layout::arrange(&state).tabs.unwrap();
    for tab in crate::desk::tabs::tabs(&state, tabs) {
        // What is shown of them moves with the focus.
        let mut state = state.clone();
        click(&mut state, tab.area.x + 1, tab.area.y);
        assert_eq!(state.focus, tab.pane);
    }
}
