//! Which rows of a pane are in view and in which order, and that selection and scroll stay within them.

use crate::desk::{
    layout,
    panes::{self, PANES, PaneId, SortKey},
    state::State,
};

/// Rows before the end at which the next page is asked for.
pub(super) const NEAR_END: usize = 20;

/// After every message: recomputes the order where one is wanted, and keeps the selection in view.
pub(super) fn keep(state: &mut State) {
    for pane in PANES {
        arrange(state, pane.id);
        let count = panes::count(state, pane.id);
        let rows = layout::page_rows(state, pane.id);
        let Some(view) = state.panes.get_mut(&pane.id) else { continue };
        view.selected = view.selected.min(count.saturating_sub(1));
        view.scroll = layout::window(view.selected, view.scroll, rows, count);
    }
}

/// The rows in view, and their order.
pub(super) fn arrange(state: &mut State, id: PaneId) {
    let pane = id.pane();
    let view = state.panes.get(&id);
    let sort = view.and_then(|view| view.sort);
    let needle = view.map(|view| view.filter.to_lowercase()).unwrap_or_default();
    if sort.is_none() && needle.is_empty() && pane.rank.is_none() {
        if view.is_some_and(|view| view.order.is_some()) {
            state.pane_mut(id).order = None;
        }
        return;
    }
    let (len, columns) = ((pane.len)(state), pane.columns.len());
    let matches = |at: usize| {
        needle.is_empty()
            || (pane.row)(state, at)
                .is_some_and(|row| row.cells.iter().any(|cell| cell.text().to_lowercase().contains(&needle)))
    };
    let mut rows: Vec<usize> = (0..len).filter(|at| matches(*at)).collect();
    if let Some((column, reversed)) = sort.filter(|(column, _)| *column < columns) {
        let mut keyed: Vec<(SortKey, usize)> =
            rows.into_iter().map(|at| ((pane.key)(state, at, column), at)).collect();
        keyed.sort_by(|a, b| if reversed { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) });
        rows = keyed.into_iter().map(|(_, at)| at).collect();
    } else if let Some(rank) = pane.rank {
        rows.sort_by_key(|at| rank(state, *at));
    }
    let order = rows.into_iter().filter_map(|at| u32::try_from(at).ok()).collect();
    state.pane_mut(id).order = Some(order);
}
