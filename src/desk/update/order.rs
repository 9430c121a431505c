//! Which rows of a pane are in view and in which order, and that selection and scroll stay within them. What was found out
//! about the rows is kept until they change: a key costs no more than what it asks anew.

use std::{collections::BTreeMap, sync::Arc};

use memchr::memmem;

use crate::desk::{
    layout,
    panes::{self, PANES, PaneId, SortKey},
    state::{PaneState, State},
};

/// Rows before the end at which the next page is asked for.
pub(super) const NEAR_END: usize = 20;

/// What is known of one pane's rows as long as they are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// `State::revision` when it was found out.
    revision: u64,
    /// All rows by each column they were sorted by.
    sorted: BTreeMap<Option<Sort>, Arc<[u32]>>,
    /// What is shown of each row, in small letters: what a filter looks through.
    texts: Option<Arc<[String]>>,
    /// What the order in view was made for.
    for_view: Option<(Option<Sort>, String)>,
}

/// A column and whether it is reversed.
type Sort = (usize, bool);

/// After every message: recomputes the order where something else is wanted, and keeps the selection in view.
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
    let Some(view) = state.panes.get_mut(&id) else { return };
    if view.sort.is_none() && view.filter.is_empty() && id.pane().rank.is_none() {
        view.order = None;
        view.made.for_view = None;
        return;
    }
    let wanted = (view.sort, view.filter.to_lowercase());
    let mut made = std::mem::take(&mut view.made);
    if made.revision != state.revision {
        made = Made { revision: state.revision, ..Made::default() };
    }
    if made.for_view.as_ref() != Some(&wanted) {
        let order = rows(state, id, &wanted, &mut made);
        made.for_view = Some(wanted);
        state.pane_mut(id).order = Some(order);
    }
    state.pane_mut(id).made = made;
}

/// Rows in view. A filter that went on being typed looks only through what it found before.
fn rows(state: &State, id: PaneId, (sort, needle): &(Option<Sort>, String), made: &mut Made) -> Vec<u32> {
    let narrower = |(before, filter): &(Option<Sort>, String)| before == sort && needle.starts_with(filter);
    let before = state.panes.get(&id).and_then(|view: &PaneState| view.order.as_ref());
    let base = match before.filter(|_| made.for_view.as_ref().is_some_and(narrower)) {
        Some(before) => Arc::from(before.as_slice()),
        None => sorted(state, id, *sort, made),
    };
    if needle.is_empty() {
        return base.to_vec();
    }
    let texts = made.texts.get_or_insert_with(|| texts(state, id));
    let needle = memmem::Finder::new(needle);
    let matches = |at: &u32| {
        let text = usize::try_from(*at).ok().and_then(|at| texts.get(at));
        text.is_some_and(|text| needle.find(text.as_bytes()).is_some())
    };
    base.iter().copied().filter(matches).collect()
}

fn sorted(state: &State, id: PaneId, sort: Option<Sort>, made: &mut Made) -> Arc<[u32]> {
    let pane = id.pane();
    let len = u32::try_from((pane.len)(state)).unwrap_or(u32::MAX);
    if let Some(order) = made.sorted.get(&sort) {
        return Arc::clone(order);
    }
    let index = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let mut rows: Vec<u32> = (0..len).collect();
    if let Some((column, reversed)) = sort.filter(|(column, _)| *column < pane.columns.len()) {
        let key = |at: u32| (pane.key)(state, index(at), column);
        let mut keyed: Vec<(SortKey, u32)> = rows.into_iter().map(|at| (key(at), at)).collect();
        keyed.sort_by(|a, b| if reversed { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) });
        rows = keyed.into_iter().map(|(_, at)| at).collect();
    } else if let Some(rank) = pane.rank {
        rows.sort_by_key(|at| rank(state, index(*at)));
    }
    let order: Arc<[u32]> = rows.into();
    made.sorted.insert(sort, Arc::clone(&order));
    order
}

fn texts(state: &State, id: PaneId) -> Arc<[String]> {
    let pane = id.pane();
    let text = |at: usize| {
        let cells = (pane.row)(state, at).map(|row| row.cells).unwrap_or_default();
        // No filter holds a line's end, so none reaches over two cells.
        let spans = cells
            .iter()
            .flat_map(|cell| cell.0.iter().map(|span| span.text.as_str()).chain(std::iter::once("\n")));
        spans.collect::<String>().to_lowercase()
    };
    (0..(pane.len)(state)).map(text).collect()
}
