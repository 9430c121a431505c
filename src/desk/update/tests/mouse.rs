//! What a click, the wheel and a hint of the bottom line do.

use ratatui::{Terminal, backend::TestBackend, layout::Rect};

use super::update;
use crate::desk::{
    bottom, fixture,
    layout::{self, Parts},
    message::{Commands, Message, Mouse, MouseKind},
    modals::Modal,
    panes::PaneId,
    state::State,
};
use crate::ui::{
    self,
    theme::{Depth, Ground, Theme},
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
    // What lies below hears none of it.
    click(&mut state, rows.x + 9, rows.y);
    assert_eq!(state.pane(PaneId::Charges).selected, 1);
    assert!(!state.modals.is_empty());
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

/// The first cell of the first of these texts on the screen.
fn find_one(state: &State, wanted: &[String]) -> (u16, u16) {
    let found = wanted.iter().find_map(|wanted| looked_for(state, wanted));
    found.unwrap_or_else(|| panic!("{wanted:?} is not on the screen"))
}

fn find(state: &State, wanted: &str) -> (u16, u16) {
    find_one(state, &[wanted.to_owned()])
}

fn looked_for(state: &State, wanted: &str) -> Option<(u16, u16)> {
    let mut terminal = Terminal::new(TestBackend::new(state.width, state.height)).unwrap();
    terminal.draw(|frame| ui::view(state, &Theme::new(Depth::None, Ground::Dark), frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let cells = wanted.chars().count();
    for y in 0..state.height {
        let row: Vec<&str> = (0..state.width).map(|x| buffer[(x, y)].symbol()).collect();
        if let Some(x) = row.windows(cells).position(|some| some.concat() == wanted) {
            return Some((u16::try_from(x).unwrap(), y));
        }
    }
    None
}

/// The label of a field, behind the border of its form.
fn label(state: &State, name: &str) -> (u16, u16) {
    let (x, y) = find_one(state, &[format!("│ {name}"), format!("│▸{name}")]);
    (x + 2, y)
}

/// An option of a choice, chosen or not.
fn option(state: &State, name: &str) -> (u16, u16) {
    let (x, y) = find_one(state, &[format!("○ {name}"), format!("● {name}")]);
    (x + 2, y)
}

fn click_on(state: &mut State, wanted: &str) -> Commands {
    let (column, row) = find(state, wanted);
    at(state, MouseKind::Click, column, row)
}

/// The refund form of Ada's first charge, with its facts read.
fn refund(size: (u16, u16)) -> State {
    let mut state = fixture::state();
    (state.width, state.height) = size;
    state.search.typing = false;
    state.focus = PaneId::Charges;
    let asked = fixture::press(&mut state, "r");
    fixture::answer_facts(&mut state, &asked);
    state
}

fn focused(state: &State) -> &str {
    let Some(Modal::Refund(refund)) = state.modals.last() else { panic!("no form is open") };
    refund.draft.form.focused()
}

#[test]
fn a_click_on_a_field_of_a_form_focuses_it_and_on_an_option_chooses_it() {
    for size in [(140, 42), (80, 24), (60, 16)] {
        let mut state = refund(size);
        for (name, field) in [("Note", "note"), ("Amount", "amount"), ("Reason", "reason"), ("Note", "note")]
        {
            let (column, row) = label(&state, name);
            click(&mut state, column, row);
            assert_eq!(focused(&state), field, "{size:?}");
        }
        let (column, row) = label(&state, "Reason");
        click(&mut state, column, row);
        for name in ["requested by customer", "duplicate", "fraudulent", "duplicate"] {
            let (column, row) = option(&state, name);
            let commands = at(&mut state, MouseKind::Click, column, row);
            assert!(fixture::text(&state).contains(&format!("● {name}")), "{}", fixture::text(&state));
            assert_eq!((focused(&state), fixture::prepares(&commands.0)), ("reason", vec![]));
        }
        // Beside the options, the field alone.
        let (column, row) = label(&state, "Reason");
        click(&mut state, column, row);
        assert!(fixture::text(&state).contains("● duplicate"));
    }
}

#[test]
fn a_click_outside_of_a_form_loses_nothing() {
    let mut state = refund((140, 42));
    fixture::press(&mut state, "d<tab>called");
    let before = fixture::text(&state);
    for (column, row) in [(2, 3), (139, 20), (70, 1), (0, 0)] {
        click(&mut state, column, row);
        assert_eq!(fixture::text(&state), before);
    }
}

#[test]
fn a_click_on_a_row_of_what_lies_over_the_desk_selects_it_and_once_more_opens_it() {
    let mut state = fixture::state();
    state.search.typing = false;
    state.focus = PaneId::Charges;
    fixture::press(&mut state, ":");
    for name in ["list refunds", "get customer", "get charge"] {
        let _commands = click_on(&mut state, name);
        assert!(fixture::text(&state).contains(&format!("▸{name}")), "{}", fixture::text(&state));
        assert!(matches!(state.modals[..], [Modal::Palette(_)]));
    }
    let _commands = click_on(&mut state, "list refunds");
    let _commands = click_on(&mut state, "list refunds");
    assert!(matches!(state.modals[..], [Modal::Palette(_), Modal::Results(_)]), "{}", state.modals.len());
}

#[test]
fn a_hint_of_a_form_acts_as_its_key_but_none_that_confirms() {
    let mut state = refund((140, 42));
    fixture::press(&mut state, "d<s-tab><c-u>20");
    let hint = |state: &State, key: &str| {
        let spots = bottom::bottom(state).spots;
        let spot = spots.into_iter().find(|spot| spot.key == key).unwrap_or_else(|| panic!("no {key}"));
        (spot.x, state.height - 1)
    };
    let (x, y) = hint(&state, "Enter");
    for _ in 0..3 {
        let later = Message::Mouse(Mouse { kind: MouseKind::Click, column: x, row: y });
        assert_eq!(fixture::prepares(&update(&mut state, fixture::NOW_MS + 9_000, later).0), []);
    }
    assert_eq!(state.notice.as_ref().unwrap().text, "a click confirms nothing: Enter does, on the keyboard");
    let (x, y) = hint(&state, "Tab");
    click(&mut state, x, y);
    assert_ne!(focused(&state), "amount");
    let (x, y) = hint(&state, "Esc");
    click(&mut state, x, y);
    assert!(state.modals.is_empty());
}

#[test]
fn the_wheel_scrolls_the_list_of_what_lies_over_the_desk() {
    let mut state = fixture::state();
    state.search.typing = false;
    state.focus = PaneId::Charges;
    (state.width, state.height) = (80, 24);
    fixture::press(&mut state, "?");
    let _commands = at(&mut state, MouseKind::WheelDown, 40, 10);
    assert_eq!(state.modals[0].sheet(&state).scroll, 3);
    let _commands = at(&mut state, MouseKind::WheelUp, 40, 10);
    assert_eq!(state.modals[0].sheet(&state).scroll, 0);
    assert_eq!(state.pane(PaneId::Charges).selected, 0);
}
