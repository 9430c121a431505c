//! Which row of a pane is selected: it stays where it was when rows come and go, and begins on a record, not on a bill to come.

use super::order;
use crate::{
    desk::{
        panes::{self, PANES, Pane, PaneId},
        state::State,
    },
    model::AnyId,
};

/// What is selected in a pane before a reply is kept.
#[derive(Debug)]
pub(super) enum Held {
    Record {
        target: AnyId,
        /// Below the first row.
        below: bool,
    },
    /// There was no record to select.
    Nothing,
}

/// In each pane; none where an agent went to a row that is no record, though there are some.
pub(super) fn held(state: &State) -> Vec<(PaneId, Held)> {
    let held = PANES.iter().filter_map(|pane| {
        let target = panes::selected(state, pane.id).and_then(|at| (pane.target)(state, at));
        let below = state.panes.get(&pane.id).is_some_and(|view| view.selected > 0);
        let held = target.map(|target| Held::Record { target, below });
        let held = held.or_else(|| first_record(state, pane).is_none().then_some(Held::Nothing))?;
        Some((pane.id, held))
    });
    held.collect()
}

/// The selection stays on its row when others come before it: the first row stays the first, unless what comes there is no record.
pub(super) fn hold(state: &mut State, held: Vec<(PaneId, Held)>) {
    for (pane, held) in held {
        order::arrange(state, pane);
        match held {
            Held::Record { target, below } => {
                let first = panes::selected(state, pane);
                let stays = first.and_then(|at| (pane.pane().target)(state, at));
                let other =
                    if below { stays.as_ref() != Some(&target) } else { first.is_some() && stays.is_none() };
                if other {
                    select_target(state, pane, &target);
                }
            }
            Held::Nothing => begin(state, pane),
        }
    }
}

/// On the first record, until somebody chooses.
pub(super) fn begin(state: &mut State, pane: PaneId) {
    order::arrange(state, pane);
    if let Some(position) = first_record(state, pane.pane()) {
        state.pane_mut(pane).selected = position;
    }
}

/// Where in view it is.
fn first_record(state: &State, pane: &Pane) -> Option<usize> {
    (0..panes::count(state, pane.id)).find(|position| {
        let at = panes::index_at(state, pane.id, *position);
        at.is_some_and(|at| (pane.target)(state, at).is_some())
    })
}

/// `false`: it is not in view.
pub(super) fn select_target(state: &mut State, pane: PaneId, target: &AnyId) -> bool {
    let len = (pane.pane().len)(state);
    let at = (0..len).find(|at| (pane.pane().target)(state, *at).as_ref() == Some(target));
    let Some(position) = at.and_then(|at| panes::position(state, pane, at)) else { return false };
    state.pane_mut(pane).selected = position;
    true
}
