//! A data folder after the power went out in the middle of a write: what was durable before is there, and of what was being
//! written any part. For tests.

use std::{fs, path::Path};

/// Disks write no less at once, bytes.
const SECTOR: usize = 512;

/// What stands in the files of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    database: Vec<u8>,
    log: Vec<u8>,
    head: Option<Vec<u8>>,
}

/// How much of a write there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tear {
    Nothing,
    /// All up to some byte.
    Beginning,
    /// Some of its sectors; the others are zeros, as a file that was made longer is.
    SomeSectors,
    /// All, with other bytes in the last sector.
    LastSectorSpoilt,
    /// All records, and not yet the head that is kept apart from them.
    WithoutItsHead,
    Everything,
}

impl Tear {
    pub(crate) const ALL: [Self; 6] = [
        Self::Nothing,
        Self::Beginning,
        Self::SomeSectors,
        Self::LastSectorSpoilt,
        Self::WithoutItsHead,
        Self::Everything,
    ];
}

impl Image {
    pub(crate) fn of(folder: &Path) -> Self {
        let read = |name: &str| fs::read(folder.join(name)).ok();
        Self {
            database: read("ledger.sqlite3").unwrap_or_default(),
            log: read("ledger.sqlite3-wal").unwrap_or_default(),
            head: read("audit.head"),
        }
    }

    /// After a write that began at `before` and would have led to `self`.
    pub(crate) fn torn(&self, before: &Self, tear: Tear, chance: &mut fastrand::Rng) -> Self {
        let old = before.log.len();
        // Everything else than appending to the log is done when that was made durable: either file tells all.
        if self.database != before.database || !self.log.starts_with(&before.log) || self.log.len() == old {
            return self.clone();
        }
        let mut log = self.log.clone();
        match tear {
            Tear::Nothing => log.truncate(old),
            Tear::Beginning => log.truncate(chance.usize(old..log.len())),
            Tear::SomeSectors => {
                let (_, new) = log.split_at_mut(old);
                for sector in new.chunks_mut(SECTOR).filter(|_| chance.bool()) {
                    sector.fill(0);
                }
                // One is missing for certain.
                if let Some(last) = new.chunks_mut(SECTOR).last() {
                    last.fill(0);
                }
            }
            Tear::LastSectorSpoilt => {
                let from = old.max(log.len().saturating_sub(SECTOR));
                log.split_at_mut(from).1.iter_mut().for_each(|byte| *byte = !*byte);
            }
            Tear::WithoutItsHead => {}
            Tear::Everything => return self.clone(),
        }
        Self { database: self.database.clone(), log, head: before.head.clone() }
    }

    /// Puts the files in place. Nobody may have them open.
    pub(crate) fn put(&self, folder: &Path) {
        let put = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
        put("ledger.sqlite3", &self.database);
        put("ledger.sqlite3-wal", &self.log);
        let _none = fs::remove_file(folder.join("ledger.sqlite3-shm"));
        match &self.head {
            Some(head) => put("audit.head", head),
            None => drop(fs::remove_file(folder.join("audit.head"))),
        }
    }
}
