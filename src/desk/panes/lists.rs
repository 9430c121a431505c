//! What panes over the open customer's folder share.

use serde::de::DeserializeOwned;

use crate::{
    desk::{
        data::{Folder, Slot},
        question::Question,
        sheet::{Line, Tone},
        state::State,
    },
    model::{CustomerId, List, Listed, Record},
};

pub(super) fn folder(state: &State) -> Option<&Folder> {
    state.open.as_ref().and_then(|id| state.data.folder(id))
}

pub(super) fn len<T: 'static>(state: &State, rows: fn(&Folder) -> Option<&List<T>>) -> usize {
    folder(state).and_then(rows).map_or(0, |list| list.rows.len())
}

pub(super) fn get<T: DeserializeOwned + 'static>(
    state: &State,
    rows: fn(&Folder) -> Option<&List<T>>,
    at: usize,
) -> Option<&Record<T>> {
    folder(state).and_then(rows)?.rows.get(at)
}

pub(super) fn has_more<T: 'static>(state: &State, rows: fn(&Folder) -> Option<&List<T>>) -> bool {
    folder(state).and_then(rows).is_some_and(|list| list.has_more)
}

pub(super) fn unreadable<T: 'static>(state: &State, rows: fn(&Folder) -> Option<&List<T>>) -> usize {
    folder(state).and_then(rows).map_or(0, |list| list.unreadable)
}

pub(super) fn loading<T>(state: &State, slot: fn(&Folder) -> &Slot<T>) -> bool {
    folder(state).is_some_and(|folder| slot(folder).loading.is_some())
}

/// Why there is no row.
pub(super) fn empty<T>(state: &State, slot: fn(&Folder) -> &Slot<T>, nothing: &str) -> Line {
    let Some(folder) = folder(state) else { return Line::toned("choose a customer", Tone::Dim) };
    let slot = slot(folder);
    match (&slot.trouble, &slot.value, slot.loading) {
        (Some(trouble), ..) => Line::toned(format!("✖ {}", trouble.line()), Tone::Bad),
        (None, Some(_), _) => Line::toned(nothing, Tone::Dim),
        (None, None, _) => Line::toned("reading…", Tone::Dim),
    }
}

/// Whose list it is and where it goes on, where it does.
pub(super) fn next<T: Listed + 'static>(
    state: &State,
    slot: fn(&Folder) -> &Slot<List<T>>,
) -> Option<(CustomerId, Option<String>)> {
    let next = slot(folder(state)?).next()?;
    Some((state.open.clone()?, Some(next)))
}

/// The charges go on: what Stripe lists by charge goes on with them.
pub(super) fn more_charges(state: &State) -> Option<Question> {
    let (customer, after) = next(state, |folder| &folder.charges)?;
    Some(Question::Charges { customer, after })
}

pub(super) fn of_charges_so_far(state: &State) -> Option<String> {
    more_charges(state).map(|_| "of the charges read so far".to_owned())
}

/// Why there is nothing, and what that is not all of.
pub(super) fn none_of_charges(state: &State, nothing: &str) -> String {
    match of_charges_so_far(state) {
        Some(so_far) => format!("{nothing} {so_far} · G reads on"),
        None => nothing.to_owned(),
    }
}

/// A change of this object is held, being sent or unknown.
pub(super) fn in_flight(state: &State, id: &str) -> bool {
    state.changes.iter().any(|change| change.intent.proposal.target.id == id)
}
