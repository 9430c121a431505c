//! What panes over the open customer's folder share.

use serde::de::DeserializeOwned;

use crate::{
    desk::{
        data::{Folder, Slot},
        live, merged,
        question::Question,
        sheet::{Line, Sign, Tone},
        state::State,
    },
    model::{CustomerId, List, Listed, Record},
};

/// A pane over a list that comes with the customer, without what only it knows: name, columns, rows.
macro_rules! with_customer {
    ($id:ident of $kind:ident in $field:ident, $nothing:literal) => {
        $crate::desk::panes::lists::with_customer!($id of $kind in $field by $id, $nothing)
    };
    ($id:ident of $kind:ident in $field:ident by $question:ident, $nothing:literal) => {
        $crate::desk::panes::Pane {
            id: $crate::desk::panes::PaneId::$id,
            number: "",
            name: "",
            about: "",
            kind: <$kind as $crate::model::Object>::KIND,
            further: false,
            source: None,
            columns: &[],
            len: |state| $crate::desk::panes::lists::len(state, |folder| folder.$field.value.as_ref()),
            rank: None,
            row: |_, _| None,
            key: |_, _, _| $crate::desk::panes::SortKey::Number(0),
            target: |state, at| {
                let row = $crate::desk::panes::lists::get(state, |folder| folder.$field.value.as_ref(), at);
                row.map(|row| row.id.any())
            },
            subject: |state, at| {
                let row = $crate::desk::panes::lists::get(state, |folder| folder.$field.value.as_ref(), at);
                row.map($crate::actions::Subject::of)
            },
            raw: |state, at| {
                let row = $crate::desk::panes::lists::get(state, |folder| folder.$field.value.as_ref(), at);
                row.map(|row| row.raw().clone())
            },
            empty: |state| $crate::desk::panes::lists::empty(state, |folder| &folder.$field, $nothing),
            loading: |state| $crate::desk::panes::lists::loading(state, |folder| &folder.$field),
            has_more: |state| {
                $crate::desk::panes::lists::has_more(state, |folder| folder.$field.value.as_ref())
            },
            more: |state| {
                let (customer, after) = $crate::desk::panes::lists::next(state, |folder| &folder.$field)?;
                Some($crate::desk::question::Question::$question { customer, after })
            },
            short_of: |_| None,
            unreadable: |state| {
                $crate::desk::panes::lists::unreadable(state, |folder| folder.$field.value.as_ref())
            },
        }
    };
}
pub(super) use with_customer;

pub(super) fn folder(state: &State) -> Option<&Folder> {
    state.open.as_ref().and_then(|id| state.data.folder(id))
}

/// The open customer's folder, then those of the records that are shown together with it.
pub(super) fn folders(state: &State) -> impl Iterator<Item = (&CustomerId, &Folder)> {
    merged::whose(state).filter_map(|id| Some((id, state.data.folder(id)?)))
}

pub(super) fn len<T: 'static>(state: &State, rows: fn(&Folder) -> Option<&List<T>>) -> usize {
    folders(state).filter_map(|(_, folder)| rows(folder)).map(|list| list.rows.len()).sum()
}

pub(super) fn get<T: DeserializeOwned + 'static>(
    state: &State,
    rows: fn(&Folder) -> Option<&List<T>>,
    at: usize,
) -> Option<&Record<T>> {
    let mut at = at;
    for list in folders(state).filter_map(|(_, folder)| rows(folder)) {
        match at.checked_sub(list.rows.len()) {
            Some(behind) => at = behind,
            None => return list.rows.get(at),
        }
    }
    None
}

pub(super) fn has_more<T: 'static>(state: &State, rows: fn(&Folder) -> Option<&List<T>>) -> bool {
    folders(state).filter_map(|(_, folder)| rows(folder)).any(|list| list.has_more)
}

pub(super) fn unreadable<T: 'static>(state: &State, rows: fn(&Folder) -> Option<&List<T>>) -> usize {
    folders(state).filter_map(|(_, folder)| rows(folder)).map(|list| list.unreadable).sum()
}

pub(super) fn loading<T>(state: &State, slot: fn(&Folder) -> &Slot<T>) -> bool {
    folders(state).any(|(_, folder)| slot(folder).loading.is_some())
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
    folders(state).find_map(|(id, folder)| Some((id.clone(), Some(slot(folder).next()?))))
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

/// What is going on with this object: a change of it is under way here, a proposal to change it waits, or it moved at Stripe a
/// moment ago.
pub(super) fn sign(state: &State, id: &str) -> Sign {
    if state.changes.iter().any(|change| change.intent.proposal.target.id == id) {
        return Sign::InFlight;
    }
    if is_waited_for(state, id) { Sign::Waiting } else { live::sign(state, id) }
}

/// A proposal to change this object waits for a person.
fn is_waited_for(state: &State, id: &str) -> bool {
    state.waiting.iter().any(|asked| asked.proposal.target.id == id)
}

/// The cell, and before it that a proposal waits, where one does.
pub(super) fn waiting(state: &State, id: &str, cell: Line) -> Line {
    if !is_waited_for(state, id) {
        return cell;
    }
    let mut line = Line::toned("waits · ", Tone::Info);
    line.0.extend(cell.0);
    line
}
