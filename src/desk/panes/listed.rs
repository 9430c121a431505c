//! What panes over a list of their own share: it is read when the pane is first shown, and its rows are of the pane's kind.

use super::PaneId;
use crate::{
    actions::Subject,
    desk::{
        data::Slot,
        question::Question,
        sheet::{Line, Tone},
        state::State,
    },
    model::{AnyId, AnyObject, List, Object, Record},
};

/// A pane over a list of its own, without what only it knows: name, columns, rows.
macro_rules! listed {
    ($id:ident of $kind:ident, $nothing:literal) => {
        $crate::desk::panes::Pane {
            id: $crate::desk::panes::PaneId::$id,
            number: "",
            name: "",
            about: "",
            kind: <$kind as $crate::model::Object>::KIND,
            further: true,
            source: None,
            columns: &[],
            len: |state| $crate::desk::panes::listed::len(state, $crate::desk::panes::PaneId::$id),
            rank: None,
            row: |_, _| None,
            key: |_, _, _| $crate::desk::panes::SortKey::Number(0),
            target: |state, at| {
                $crate::desk::panes::listed::target(state, $crate::desk::panes::PaneId::$id, at)
            },
            subject: |state, at| {
                $crate::desk::panes::listed::subject(state, $crate::desk::panes::PaneId::$id, at)
            },
            raw: |state, at| {
                let row = $crate::desk::panes::listed::row(state, $crate::desk::panes::PaneId::$id, at);
                row.map(|row| row.raw().clone())
            },
            empty: |state| {
                $crate::desk::panes::listed::empty(state, $crate::desk::panes::PaneId::$id, $nothing)
            },
            loading: |state| $crate::desk::panes::listed::loading(state, $crate::desk::panes::PaneId::$id),
            has_more: |state| {
                $crate::desk::panes::listed::list(state, $crate::desk::panes::PaneId::$id)
                    .is_some_and(|list| list.has_more)
            },
            more: |state| $crate::desk::panes::listed::more(state, $crate::desk::panes::PaneId::$id),
            short_of: |_| None,
            unreadable: |state| {
                $crate::desk::panes::listed::list(state, $crate::desk::panes::PaneId::$id)
                    .map_or(0, |list| list.unreadable)
            },
        }
    };
}
pub(super) use listed;

/// Its list as far as it was read: the open customer's, or the account's own.
pub(super) fn slot(state: &State, pane: PaneId) -> Option<&Slot<List<AnyObject>>> {
    if pane.pane().source.as_ref()?.is_account_wide() {
        state.data.lists.get(&pane)
    } else {
        state.data.folder(state.open.as_ref()?)?.lists.get(&pane)
    }
}

pub(super) fn list(state: &State, pane: PaneId) -> Option<&List<AnyObject>> {
    slot(state, pane)?.value.as_ref()
}

pub(super) fn len(state: &State, pane: PaneId) -> usize {
    list(state, pane).map_or(0, |list| list.rows.len())
}

pub(super) fn row(state: &State, pane: PaneId, at: usize) -> Option<&Record<AnyObject>> {
    list(state, pane)?.rows.get(at)
}

/// The row as its own kind.
pub(super) fn object<T: Object>(state: &State, pane: PaneId, at: usize) -> Option<&T> {
    row(state, pane, at)?.read()
}

pub(super) fn target(state: &State, pane: PaneId, at: usize) -> Option<AnyId> {
    use crate::model::Listed as _;
    Some(AnyId { kind: pane.pane().kind, id: row(state, pane, at)?.list_id().to_owned() })
}

pub(super) fn subject(state: &State, pane: PaneId, at: usize) -> Option<Subject> {
    Some(Subject::of_row(target(state, pane, at)?, row(state, pane, at)?))
}

pub(super) fn loading(state: &State, pane: PaneId) -> bool {
    slot(state, pane).is_some_and(|slot| slot.loading.is_some())
}

/// Why there is no row.
pub(super) fn empty(state: &State, pane: PaneId, nothing: &str) -> Line {
    let account_wide = pane.pane().source.as_ref().is_some_and(super::Source::is_account_wide);
    if state.open.is_none() && !account_wide {
        return Line::toned("choose a customer", Tone::Dim);
    }
    let slot = slot(state, pane);
    match slot {
        Some(Slot { trouble: Some(trouble), .. }) => {
            Line::toned(format!("✖ {} · {}", trouble.what, trouble.todo), Tone::Bad)
        }
        Some(Slot { value: Some(_), .. }) => Line::toned(nothing, Tone::Dim),
        Some(Slot { loading: Some(_), .. }) => Line::toned("reading…", Tone::Dim),
        Some(_) | None => Line::toned("not read · Ctrl-r reads it", Tone::Dim),
    }
}

pub(super) fn more(state: &State, pane: PaneId) -> Option<Question> {
    let after = Some(slot(state, pane)?.next()?);
    let mut question = first(state, pane)?;
    if let Question::Listed { after: from, .. } = &mut question {
        *from = after;
    }
    Some(question)
}

/// The list of a question was read, is being read, or cannot be, and nothing has moved in it since.
pub(in crate::desk) fn is_known(state: &State, question: &Question) -> bool {
    let Question::Listed { pane, .. } = question else { return false };
    slot(state, *pane).is_some_and(|slot| !slot.is_untouched() && (!slot.is_old || slot.loading.is_some()))
}

/// Its first page; none where it has no list of its own, or nobody is open whose it would be.
pub(in crate::desk) fn first(state: &State, pane: PaneId) -> Option<Question> {
    let customer =
        if pane.pane().source.as_ref()?.is_account_wide() { None } else { Some(state.open.clone()?) };
    Some(Question::Listed { pane, customer, after: None })
}
