//! Where everything is, from size and state alone: the mouse and page-down need it as much as drawing does.

use ratatui::layout::Rect;

use super::{
    bottom, columns,
    panes::{self, PaneId},
    sheet::{
        Row,
        page::{self, Under},
    },
    state::State,
    tabs,
};

/// Columns and rows below which nothing useful can be shown.
pub const LEAST: (u16, u16) = (50, 12);
/// Columns and rows from which all panes stand side by side.
const WIDE: (u16, u16) = (110, 28);
/// The head card with its border.
const HEAD_ROWS: u16 = 4;
/// Screens at least this high give the head two lines where it has no border.
const HEAD_TWO: u16 = 20;
/// Tables at least this high have a line with the columns' titles.
const TITLES_FROM: u16 = 3;

/// Rectangles of everything on screen, in cells from the top left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    pub header: Rect,
    /// One pane at a time: the line that names them all.
    pub tabs: Option<Rect>,
    pub panes: Vec<(PaneId, Rect)>,
    /// The customer's card: with a border when it has room for one, one or two lines otherwise.
    pub head: Option<Rect>,
    /// What went wrong and is too long for the bottom line, in rows over it; none mostly.
    pub told: Rect,
    pub footer: Rect,
    /// Between header and footer: what a zoomed pane and a full sheet take.
    pub body: Rect,
    /// Which panes share the place of the charges stands on its lower border.
    pub strip: bool,
    pub too_small: bool,
}

/// What is under the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    Pane(PaneId),
    /// A row of a pane, by its position in view.
    Row(PaneId, usize),
    /// A column's title, by its index in the pane's columns.
    Header(PaneId, usize),
    Tab(PaneId),
    /// A hint of the bottom line, by its index in `keymap::hints` or in the hints of the topmost modal.
    Hint(usize),
    /// A modal is open: what of it is there, if anything.
    Modal(Option<Under>),
}

/// The parts inside a pane's border.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub search: Option<Rect>,
    pub titles: Option<Rect>,
    pub rows: Rect,
}

pub fn arrange(state: &State) -> Arrangement {
    let (width, height) = (state.width, state.height);
    if width < LEAST.0 || height < LEAST.1 {
        return Arrangement { too_small: true, ..Arrangement::default() };
    }
    let all = arranged(state, 0);
    // Rows change no pane's width.
    let focused = all.panes.iter().find(|(pane, _)| *pane == state.focus).map(|(_, area)| area.width);
    let told = bottom::told(state, focused.filter(|_| state.modals.is_empty())).len();
    if told == 0 { all } else { arranged(state, u16::try_from(told).unwrap_or(u16::MAX)) }
}

/// With so many rows over the bottom line.
fn arranged(state: &State, told: u16) -> Arrangement {
    let (width, height) = (state.width, state.height);
    let body = Rect::new(0, 1, width, height.saturating_sub(2).saturating_sub(told));
    let mut all = Arrangement {
        header: Rect::new(0, 0, width, 1),
        told: Rect::new(0, body.bottom(), width, told),
        footer: Rect::new(0, height.saturating_sub(1), width, 1),
        body,
        ..Arrangement::default()
    };
    if state.zoomed {
        all.strip = true;
        all.panes.push((state.focus, body));
    } else if width >= WIDE.0 && height >= WIDE.1 {
        all.strip = true;
        place_all(&mut all, in_place(state));
    } else {
        let head_rows = if height >= HEAD_TWO { 2 } else { 1 };
        let (tabs, rest) = split_top(body, 1);
        let (head, pane) = split_top(rest, head_rows);
        all.tabs = Some(tabs);
        all.head = Some(head);
        all.panes.push((state.focus, pane));
    }
    all
}

/// The pane in the place that the charges share with all further ones.
pub fn in_place(state: &State) -> PaneId {
    if state.focus.shares() { state.focus } else { state.place }
}

/// The panes that stand side by side, as keys go through them; none where one is seen at a time.
pub fn side_by_side(state: &State) -> Vec<PaneId> {
    let wide = state.width >= WIDE.0 && state.height >= WIDE.1;
    let panes = [PaneId::Customers, in_place(state), PaneId::Subscriptions, PaneId::Invoices];
    if wide { panes.to_vec() } else { Vec::new() }
}

/// Customers to the left; the customer's card, charges, and below them subscriptions beside invoices to the right.
fn place_all(all: &mut Arrangement, in_place: PaneId) {
    let customers = (all.body.width / 4).saturating_add(2).clamp(30, 46);
    let (left, right) = split_left(all.body, customers);
    let (head, lists) = split_top(right, HEAD_ROWS);
    let below = (lists.height / 3).clamp(7, 12);
    let (charges, below) = split_top(lists, lists.height.saturating_sub(below));
    let (subscriptions, invoices) = split_left(below, below.width.saturating_mul(49) / 100);
    all.head = Some(head);
    all.panes = vec![
        (PaneId::Customers, left),
        (in_place, charges),
        (PaneId::Subscriptions, subscriptions),
        (PaneId::Invoices, invoices),
    ];
}

fn split_top(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let rest = Rect { y: area.y.saturating_add(rows), height: area.height.saturating_sub(rows), ..area };
    (Rect { height: rows, ..area }, rest)
}

fn split_left(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    let rest = Rect { x: area.x.saturating_add(columns), width: area.width.saturating_sub(columns), ..area };
    (Rect { width: columns, ..area }, rest)
}

/// What is left inside a border.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// The parts of a pane: customers have a search box, the others titles over their columns.
pub fn parts(pane: PaneId, area: Rect) -> Parts {
    let inner = inside(area);
    let (first, rest) = split_top(inner, 1);
    match pane {
        PaneId::Customers => Parts { search: Some(first), titles: None, rows: rest },
        _ if inner.height >= TITLES_FROM => Parts { search: None, titles: Some(first), rows: rest },
        _ => Parts { search: None, titles: None, rows: inner },
    }
}

/// Rows of a pane that are visible at once; 0 for a pane that is not on screen.
pub fn page_rows(state: &State, pane: PaneId) -> usize {
    let shown = arrange(state).panes.into_iter().find(|(id, _)| *id == pane);
    shown.map_or(0, |(_, area)| usize::from(parts(pane, area).rows.height))
}

/// The first row to show, as near to `scroll` as the selection's being visible allows.
pub fn window(selected: usize, scroll: usize, height: usize, count: usize) -> usize {
    let last_page = count.saturating_sub(height);
    let selected = selected.min(count.saturating_sub(1));
    let least = selected.saturating_add(1).saturating_sub(height);
    scroll.clamp(least, selected.max(least)).min(last_page)
}

/// The first visible row of a pane whose table has `height` rows.
pub fn first_row(state: &State, pane: PaneId, height: u16) -> usize {
    let (selected, scroll) = state.panes.get(&pane).map_or((0, 0), |view| (view.selected, view.scroll));
    window(selected, scroll, usize::from(height), panes::count(state, pane))
}

/// The rows of a pane whose table has `height` rows, as they are shown.
pub fn rows_in_view(state: &State, pane: PaneId, height: u16) -> Vec<Row> {
    let first = first_row(state, pane, height);
    let last = first.saturating_add(usize::from(height)).min(panes::count(state, pane));
    let row = |at: usize| panes::index_at(state, pane, at).and_then(|at| (pane.pane().row)(state, at));
    (first..last).map(|at| row(at).unwrap_or_default()).collect()
}

/// `14+`: rows in view, with a mark when Stripe has more; `3/14+` under a filter.
pub fn count_words(state: &State, pane: PaneId) -> String {
    let all = (pane.pane().len)(state);
    let more = if (pane.pane().has_more)(state) { "+" } else { "" };
    let filtered = state.panes.get(&pane).is_some_and(|view| !view.filter.is_empty());
    if filtered { format!("{}/{all}{more}", panes::count(state, pane)) } else { format!("{all}{more}") }
}

/// What is at a cell; `None` for nothing that a click could mean.
pub fn hit(state: &State, column: u16, row: u16) -> Option<Hit> {
    let all = arrange(state);
    let at = (column, row).into();
    if all.footer.contains(at) {
        return bottom::bottom(state).spot_at(column).map(Hit::Hint);
    }
    if let Some(modal) = state.modals.last() {
        let sheet = modal.sheet(state);
        return Some(Hit::Modal(page::place(&sheet, all.body).under(&sheet, (column, row))));
    }
    if let Some(area) = all.tabs.filter(|area| area.contains(at)) {
        let tab = tabs::tabs(state, area).into_iter().find(|tab| tab.area.contains(at))?;
        return Some(Hit::Tab(tab.pane));
    }
    if let Some(tab) = tabs::strip(state, &all).into_iter().find(|tab| tab.area.contains(at)) {
        return Some(Hit::Tab(tab.pane));
    }
    let (pane, area) = all.panes.into_iter().find(|(_, area)| area.contains(at))?;
    Some(hit_pane(state, pane, area, (column, row)))
}

fn hit_pane(state: &State, pane: PaneId, area: Rect, (column, row): (u16, u16)) -> Hit {
    let parts = parts(pane, area);
    let at = (column, row).into();
    if let Some(titles) = parts.titles.filter(|titles| titles.contains(at)) {
        let x = column.saturating_sub(titles.x);
        let over = |place: &columns::Place| {
            place.x <= x && x < place.x.saturating_add(place.width).saturating_add(columns::GAP)
        };
        let rows = rows_in_view(state, pane, parts.rows.height);
        let places = columns::place(pane.pane().columns, &rows, titles.width);
        return places.into_iter().find(over).map_or(Hit::Pane(pane), |place| Hit::Header(pane, place.index));
    }
    if !parts.rows.contains(at) {
        return Hit::Pane(pane);
    }
    let below = usize::from(row.saturating_sub(parts.rows.y));
    let position = first_row(state, pane, parts.rows.height).saturating_add(below);
    if position < panes::count(state, pane) { Hit::Row(pane, position) } else { Hit::Pane(pane) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::sample;

    #[test]
    fn a_window_follows_the_selection_and_no_further() {
        assert_eq!(window(0, 0, 10, 100), 0);
        assert_eq!(window(9, 0, 10, 100), 0);
        assert_eq!(window(10, 0, 10, 100), 1);
        assert_eq!(window(5, 20, 10, 100), 5);
        assert_eq!(window(99, 0, 10, 100), 90);
        assert_eq!(window(99, 99, 10, 100), 90, "no empty rows below the last");
        assert_eq!(window(500, 3, 10, 7), 0);
        assert_eq!(window(0, 0, 0, 0), 0);
        assert_eq!(window(3, 0, 0, 9), 4, "without room nothing is visible, and nothing breaks");
    }

    #[test]
    fn panes_tile_the_body_exactly() {
        for (width, height) in [(110, 28), (140, 42), (200, 60), (111, 33)] {
            let all = arrange(&sample::desk(width, height));
            let mut areas: Vec<_> = all.panes.iter().map(|(_, area)| *area).collect();
            areas.extend(all.head);
            let cells: u32 = areas.iter().map(|area| area.area()).sum();
            assert_eq!(cells, all.body.area(), "{width} × {height}");
            for (at, one) in areas.iter().enumerate() {
                assert!(areas.iter().skip(at + 1).all(|other| !one.intersects(*other)));
            }
        }
    }

    #[test]
    fn a_further_pane_takes_the_place_of_the_charges_and_no_other() {
        let areas = |focus: PaneId, place: PaneId, (width, height): (u16, u16)| {
            let mut state = sample::desk(width, height);
            (state.focus, state.place) = (focus, place);
            arrange(&state).panes
        };
        let plain = areas(PaneId::Charges, PaneId::Charges, (140, 42));
        let refunds = areas(PaneId::Invoices, PaneId::Refunds, (140, 42));
        for ((pane, area), (now, same)) in plain.iter().zip(&refunds) {
            let wanted = if *pane == PaneId::Charges { PaneId::Refunds } else { *pane };
            assert_eq!((wanted, area), (*now, same));
        }
        assert_eq!(areas(PaneId::Refunds, PaneId::Charges, (140, 42)), refunds, "the focused one is seen");
        assert_eq!(areas(PaneId::Prices, PaneId::Charges, (80, 24))[0].0, PaneId::Prices);
        assert_eq!(areas(PaneId::Invoices, PaneId::Prices, (80, 24))[0].0, PaneId::Invoices);
    }

    #[test]
    fn small_screens_show_one_pane_and_zoom_gives_it_everything() {
        let mut state = sample::desk(80, 24);
        assert_eq!(arrange(&state).panes.len(), 1);
        assert_eq!(arrange(&state).head.map(|head| head.height), Some(2));
        assert_eq!(page_rows(&state, PaneId::Charges), 16);
        assert_eq!(page_rows(&state, PaneId::Customers), 0, "not on screen");
        state.zoomed = true;
        assert_eq!(arrange(&state).panes, [(PaneId::Charges, arrange(&state).body)]);
        assert!(arrange(&sample::desk(49, 12)).too_small && !arrange(&sample::desk(50, 12)).too_small);
    }
}
