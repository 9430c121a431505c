//! The ledger of one process: the real one, on a disk that can be full.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{
    planted::Late,
    plants::Plant,
    world::{Shared, lock},
};
use crate::{
    ledger::{
        Agreed, Asked, AuditFilter, AuditRecord, Basis, Conflict, Counted, End, Event, Head, Intent, Ledger,
        LedgerError, Part, Reserve, Reserved, Store,
    },
    time::Unix,
};

#[derive(Debug)]
pub(super) struct Disk {
    pub(super) inner: Ledger,
    pub(super) world: Shared,
    pub(super) machine: usize,
    pub(super) plant: Option<Plant>,
    /// What a planted mistake keeps in memory only.
    pub(super) late: Late,
}

impl Disk {
    /// Writes, unless the disk is full. Where the end of a write is not told it may be done and called a failure.
    fn write<T, E: From<LedgerError>>(
        &mut self,
        intent: &str,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let trouble = {
            let mut world = lock(&self.world);
            let full = world.machines[self.machine].disk_full && !world.calm;
            if full { Some(world.chance.u8(0..4)) } else { None }
        };
        let path = PathBuf::from("ledger.sqlite3");
        match trouble {
            Some(0 | 1) => return Err(LedgerError::Full { path }.into()),
            Some(2) => {
                work(self)?;
                self.touch(intent);
                return Err(LedgerError::Failed { path, reason: "disk I/O error".into() }.into());
            }
            _ => {}
        }
        let done = work(self);
        self.touch(intent);
        done
    }

    fn touch(&self, intent: &str) {
        let mut world = lock(&self.world);
        if !intent.is_empty() && !world.machines[self.machine].touched.iter().any(|known| known == intent) {
            world.machines[self.machine].touched.push(intent.to_owned());
        }
    }
}

impl Store for Disk {
    fn reserve(&mut self, intent: &Intent, limits: &Reserve) -> Result<Reserved, Conflict> {
        self.write(&intent.id, |disk| disk.planted_reserve(intent, limits))
    }

    fn begin_attempt(&mut self, id: &str, now: Unix) -> Result<Intent, LedgerError> {
        self.write(id, |disk| disk.planted_begin(id, now))
    }

    fn finish(&mut self, id: &str, end: &End) -> Result<Intent, LedgerError> {
        self.write(id, |disk| disk.planted_finish(id, end))
    }

    fn withdraw(&mut self, id: &str, now: Unix, why: &str) -> Result<Intent, LedgerError> {
        self.write(id, |disk| disk.planted_withdraw(id, now, why))
    }

    fn adopt(&mut self, id: &str) -> Result<bool, LedgerError> {
        if self.late.has(id) { Ok(true) } else { self.inner.adopt(id) }
    }

    fn is_own(&self, id: &str) -> Result<bool, LedgerError> {
        if self.late.has(id) { Ok(true) } else { self.inner.is_own(id) }
    }

    fn get(&self, id: &str) -> Result<Option<Intent>, LedgerError> {
        match self.late.get(id) {
            Some(intent) => Ok(Some(intent)),
            None => Ok(self.inner.get(id)?.map(|intent| self.planted_get(intent))),
        }
    }

    fn basis(&self, id: &str) -> Result<Vec<Basis>, LedgerError> {
        match self.late.basis(id) {
            Some(basis) => Ok(basis),
            None => self.inner.basis(id),
        }
    }

    fn open_intents(&self) -> Result<Vec<Intent>, LedgerError> {
        self.inner.open_intents()
    }

    fn recent(&self, most: usize) -> Result<Vec<Intent>, LedgerError> {
        self.inner.recent(most)
    }

    fn made(
        &self,
        whose: (&str, bool),
        since: Unix,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Intent>, LedgerError> {
        self.inner.made(whose, since, after, most)
    }

    fn settled_refunds(
        &self,
        agent: &str,
        account: &str,
        live: bool,
        since: Unix,
    ) -> Result<Vec<Intent>, LedgerError> {
        self.inner.settled_refunds(agent, account, live, since)
    }

    fn counted(&self, account: &str, live: bool, day_start: Unix) -> Result<Vec<Counted>, LedgerError> {
        self.planted_counted(self.inner.counted(account, live, day_start)?)
    }

    fn head(&self) -> Result<Head, LedgerError> {
        self.inner.head()
    }

    fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>, LedgerError> {
        self.inner.audit(filter)
    }

    fn audit_count(&self, filter: &AuditFilter) -> Result<usize, LedgerError> {
        self.inner.audit_count(filter)
    }

    fn chain(&self, after: i64, most: usize) -> Result<Part, LedgerError> {
        self.inner.chain(after, most)
    }

    fn places(&self, hashes: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, LedgerError> {
        self.inner.places(hashes)
    }

    fn noted(&self) -> Result<Option<Head>, String> {
        self.inner.noted()
    }

    fn record_event(&mut self, event: &Event) -> Result<AuditRecord, LedgerError> {
        self.write("", |disk| disk.inner.record_event(event))
    }

    fn ask(&mut self, asked: &Asked) -> Result<Asked, LedgerError> {
        self.write("", |disk| disk.inner.ask(asked))
    }

    fn asked(&self, id: &str) -> Result<Option<Asked>, LedgerError> {
        self.inner.asked(id)
    }

    fn waiting(&self, account: &str, live: bool) -> Result<Vec<Asked>, LedgerError> {
        self.inner.waiting(account, live)
    }

    fn agree(&mut self, id: &str, agreed: &Agreed) -> Result<Asked, LedgerError> {
        self.write("", |disk| disk.inner.agree(id, agreed))
    }

    fn refuse(&mut self, id: &str, by: &str, now: Unix, why: &str) -> Result<Asked, LedgerError> {
        self.write("", |disk| disk.inner.refuse(id, by, now, why))
    }

    fn expire(&mut self, now: Unix) -> Result<usize, LedgerError> {
        self.write("", |disk| disk.inner.expire(now))
    }

    fn version(&self) -> Result<i64, LedgerError> {
        self.inner.version()
    }
}
