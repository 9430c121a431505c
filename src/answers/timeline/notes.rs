//! What agents wrote down about a customer: by name and time in the customer's own metadata, where it is kept there.

use super::{Entry, EntryKind};
use crate::{
    model::{CustomerId, Metadata},
    text::{clean, many},
    time::Unix,
};

/// `note_2026-11-22T13:01:07Z`: names of metadata that hold a note.
const NAME: &str = "note_";

/// Under which name a note of this time is kept: the next second's where that is taken.
pub fn name(at: Unix, metadata: &Metadata) -> String {
    let name = |at: Unix| format!("{NAME}{}", at.rfc3339());
    let taken = |at: Unix| metadata.keys().any(|known| known.as_str() == name(at));
    (0..60).map(|after| at.plus(after)).find(|at| !taken(*at)).map_or_else(|| name(at.plus(60)), name)
}

/// When each was written, and what; the latest first.
pub fn in_metadata(metadata: &Metadata) -> impl Iterator<Item = (Unix, &str)> {
    // By their names, which are times.
    metadata.iter().rev().filter_map(|(name, text)| {
        let at = name.as_str().strip_prefix(NAME)?.parse::<jiff::Timestamp>().ok()?;
        Some((Unix(at.as_second()), text.as_str()))
    })
}

/// What is said instead to whoever is not shown them.
pub fn kept_back(count: usize) -> String {
    let notes = many(i64::try_from(count).unwrap_or(i64::MAX), "note");
    format!("{notes} of agents, kept on this machine alone: no assistant is shown them, ask an agent")
}

pub fn entry(at: Unix, says: &str, customer: &CustomerId) -> Entry {
    Entry { at, kind: EntryKind::Note, amount: None, says: clean(says), id: customer.any() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_found_by_the_name_that_it_was_kept_under() {
        let at = Unix(1_795_435_200);
        let mut metadata = Metadata::default();
        let first = name(at, &metadata);
        assert_eq!(first, "note_2026-11-23T12:00:00Z");
        metadata.insert(first.as_str().into(), "maya: called".into());
        let second = name(at, &metadata);
        assert_eq!(second, "note_2026-11-23T12:00:01Z", "none is written over");
        metadata.insert(second.as_str().into(), "lea: too".into());
        metadata.insert("note_of_ours".into(), "nothing".into());
        metadata.insert("order".into(), "17".into());
        let found: Vec<_> = in_metadata(&metadata).collect();
        assert_eq!(found, [(at.plus(1), "lea: too"), (at, "maya: called")]);
    }
}
