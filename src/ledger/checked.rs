//! Walking the chain without holding the ledger for longer than a part of it takes, and going on from there the next time.

use super::{
    audit::{Row, Walk},
    store::{Head, LedgerError, Verified},
};

/// Records read at once: a change waits for no more than these.
pub const PART: usize = 2_000;

/// Records of the chain in their order, and where it ended in the same view of the ledger.
#[derive(Debug)]
pub struct Part {
    pub(super) rows: Vec<Row>,
    pub(super) kept: Head,
    /// Nothing follows.
    pub(super) last: bool,
    /// Of all records, walked or not.
    pub(super) count: i64,
}

/// How far the chain was found whole. Kept for a sitting: what was walked once is not walked again by every look. A whole
/// check of everything begins with a new one.
#[derive(Clone, Debug, Default)]
pub struct Checked(Option<(Head, i64)>);

impl Checked {
    /// The number of the last record that was found whole.
    pub fn count(&self) -> i64 {
        self.0.as_ref().map_or(0, |(head, _)| head.count)
    }

    /// How many older ones were removed, as a checkpoint says.
    pub fn removed(&self) -> i64 {
        self.0.as_ref().map_or(0, |(_, removed)| *removed)
    }

    /// Walks on to the end. `noted` is the head that is kept apart, read before anything else, for it may only lag; `read`
    /// gives the records after one, and holds the ledger only meanwhile.
    pub fn go_on(
        &mut self,
        noted: Result<Option<Head>, String>,
        mut read: impl FnMut(i64) -> Result<Part, LedgerError>,
    ) -> Result<Verified, LedgerError> {
        let noted = match noted {
            Ok(noted) => noted,
            Err(what) => return Ok(Verified::Broken { seq: 1, what }),
        };
        // What speaks of a part that was walked already can only be asked by walking it again.
        let walked = self.0.as_ref().map(|(head, _)| head);
        if noted.as_ref().is_some_and(|noted| noted.count <= self.count()) && noted.as_ref() != walked {
            self.0 = None;
        }
        let mut resumed = self.0.is_some();
        let mut walk = Walk::on_from(self.0.take(), noted.clone());
        loop {
            let part = read(walk.count())?;
            let whole = part.rows.iter().all(|row| walk.take(row));
            // Records are gone that were walked already, or were to come next: from the beginning, to say which.
            if whole && part.last && part.count < walk.walked() || !whole && resumed {
                resumed = false;
                walk = Walk::on_from(None, noted.clone());
                continue;
            }
            if !whole || part.last {
                let removed = walk.removed();
                let verified = walk.end(&part.kept);
                if let Verified::Whole(head) = &verified {
                    self.0 = Some((head.clone(), removed));
                }
                return Ok(verified);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::ledger::{Event, Ledger, Store};

    fn append(ledger: &mut Ledger, count: usize) {
        for _ in 0..count {
            ledger.record_event(&Event { event: "login".into(), ..Event::default() }).unwrap();
        }
    }

    /// In parts of three.
    fn look(checked: &mut Checked, ledger: &Ledger, reads: &Cell<usize>) -> Verified {
        let read = |after| {
            reads.set(reads.get().saturating_add(1));
            ledger.chain(after, 3)
        };
        checked.go_on(ledger.noted(), read).unwrap()
    }

    #[test]
    fn what_was_walked_is_not_walked_again() {
        let mut ledger = Ledger::in_memory().unwrap();
        append(&mut ledger, 10);
        let (mut checked, reads) = (Checked::default(), Cell::new(0));
        assert_eq!(look(&mut checked, &ledger, &reads), Verified::Whole(ledger.head().unwrap()));
        assert_eq!((reads.take(), checked.count()), (4, 10));
        append(&mut ledger, 2);
        assert_eq!(look(&mut checked, &ledger, &reads), Verified::Whole(ledger.head().unwrap()));
        assert_eq!((reads.take(), checked.count()), (1, 12));
    }

    #[test]
    fn records_may_be_written_between_two_parts() {
        let ledger = std::cell::RefCell::new(Ledger::in_memory().unwrap());
        append(&mut ledger.borrow_mut(), 5);
        let noted = ledger.borrow().noted();
        let mut checked = Checked::default();
        // Were the ledger held in between, this could not write.
        let read = |after| {
            let part = ledger.borrow().chain(after, 3);
            if after == 0 {
                append(&mut ledger.borrow_mut(), 4);
            }
            part
        };
        let verified = checked.go_on(noted, read).unwrap();
        assert_eq!(verified, Verified::Whole(ledger.borrow().head().unwrap()));
        assert_eq!(checked.count(), 9);
    }

    #[test]
    fn a_tail_that_is_cut_off_after_it_was_walked_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(dir.path()).unwrap();
        append(&mut ledger, 6);
        let (mut checked, reads) = (Checked::default(), Cell::new(0));
        look(&mut checked, &ledger, &reads);
        let aside = rusqlite::Connection::open(dir.path().join("ledger.sqlite3")).unwrap();
        aside.execute_batch("DROP TRIGGER audit_remains; DELETE FROM audit WHERE seq > 4").unwrap();
        assert!(matches!(look(&mut checked, &ledger, &reads), Verified::Broken { seq: 5, .. }));
        look(&mut checked, &ledger, &reads);
        assert!(matches!(ledger.verify().unwrap(), Verified::Broken { .. }), "and by a whole check");
    }
}
