//! A ledger on a disk that fails, for tests: the real one, with trouble in front of any of its calls, or something done in its
//! place.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Agreed, Asked, AuditFilter, AuditRecord, Basis, Conflict, Counted, End, Event, Head, Intent, Ledger,
    LedgerError, Note, Part, Reserve, Reserved, Store, Visit, Whose,
};
use crate::{model::CustomerId, time::Unix};

/// Which call meets trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Reserve,
    BeginAttempt,
    Finish,
    Withdraw,
    Counted,
    /// Any other that writes.
    Other,
}

/// What becomes of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// Nothing is done.
    Before(LedgerError),
    /// It is done, and called a failure.
    After(LedgerError),
}

/// What stands between a gate and its ledger.
pub(crate) trait Mischief: Send + std::fmt::Debug {
    /// Asked before each call; `intent` is empty where it is about none.
    fn trouble(&self, _ledger: &Ledger, _call: Call, _intent: &str) -> Trouble {
        Trouble::None
    }
    /// A call that writes has reached the ledger.
    fn wrote(&self, _ledger: &Ledger, _intent: &str) {}

    fn reserve(
        &mut self,
        ledger: &mut Ledger,
        intent: &Intent,
        limits: &Reserve,
    ) -> Result<Reserved, Conflict> {
        ledger.reserve(intent, limits)
    }
    fn begin_attempt(&mut self, ledger: &mut Ledger, id: &str, now: Unix) -> Result<Intent, LedgerError> {
        ledger.begin_attempt(id, now)
    }
    fn finish(&mut self, ledger: &mut Ledger, id: &str, end: &End) -> Result<Intent, LedgerError> {
        ledger.finish(id, end)
    }
    fn withdraw(
        &mut self,
        ledger: &mut Ledger,
        id: &str,
        (now, why): (Unix, &str),
    ) -> Result<Intent, LedgerError> {
        ledger.withdraw(id, now, why)
    }
    /// What it keeps of an intent itself, in the ledger's place.
    fn keeps(&self, _id: &str) -> Option<(Intent, Vec<Basis>)> {
        None
    }
    /// What it makes of what the ledger has.
    fn told(&self, intent: Intent) -> Intent {
        intent
    }
    fn counted(&self, _ledger: &Ledger, counted: Vec<Counted>) -> Result<Vec<Counted>, LedgerError> {
        Ok(counted)
    }
}

#[derive(Debug)]
pub(crate) struct Faulty<M> {
    pub(crate) ledger: Ledger,
    pub(crate) mischief: M,
}

impl<M: Mischief> Faulty<M> {
    fn write<T, E: From<LedgerError>>(
        &mut self,
        (call, intent): (Call, &str),
        work: impl FnOnce(&mut M, &mut Ledger) -> Result<T, E>,
    ) -> Result<T, E> {
        let trouble = self.mischief.trouble(&self.ledger, call, intent);
        if let Trouble::Before(error) = trouble {
            return Err(error.into());
        }
        let done = work(&mut self.mischief, &mut self.ledger);
        self.mischief.wrote(&self.ledger, intent);
        match trouble {
            Trouble::After(error) if done.is_ok() => Err(error.into()),
            _ => done,
        }
    }
}

impl<M: Mischief> Store for Faulty<M> {
    fn reserve(&mut self, intent: &Intent, limits: &Reserve) -> Result<Reserved, Conflict> {
        self.write((Call::Reserve, &intent.id), |mischief, ledger| mischief.reserve(ledger, intent, limits))
    }

    fn begin_attempt(&mut self, id: &str, now: Unix) -> Result<Intent, LedgerError> {
        self.write((Call::BeginAttempt, id), |mischief, ledger| mischief.begin_attempt(ledger, id, now))
    }

    fn finish(&mut self, id: &str, end: &End) -> Result<Intent, LedgerError> {
        self.write((Call::Finish, id), |mischief, ledger| mischief.finish(ledger, id, end))
    }

    fn withdraw(&mut self, id: &str, now: Unix, why: &str) -> Result<Intent, LedgerError> {
        self.write((Call::Withdraw, id), |mischief, ledger| mischief.withdraw(ledger, id, (now, why)))
    }

    fn adopt(&mut self, id: &str) -> Result<bool, LedgerError> {
        if self.mischief.keeps(id).is_some() { Ok(true) } else { self.ledger.adopt(id) }
    }

    fn is_own(&self, id: &str) -> Result<bool, LedgerError> {
        if self.mischief.keeps(id).is_some() { Ok(true) } else { self.ledger.is_own(id) }
    }

    fn get(&self, id: &str) -> Result<Option<Intent>, LedgerError> {
        match self.mischief.keeps(id) {
            Some((intent, _)) => Ok(Some(intent)),
            None => Ok(self.ledger.get(id)?.map(|intent| self.mischief.told(intent))),
        }
    }

    fn basis(&self, id: &str) -> Result<Vec<Basis>, LedgerError> {
        match self.mischief.keeps(id) {
            Some((_, basis)) => Ok(basis),
            None => self.ledger.basis(id),
        }
    }

    fn open_intents(&self) -> Result<Vec<Intent>, LedgerError> {
        self.ledger.open_intents()
    }

    fn recent(&self, most: usize) -> Result<Vec<Intent>, LedgerError> {
        self.ledger.recent(most)
    }

    fn settled_refunds(
        &self,
        agent: &str,
        account: &str,
        live: bool,
        since: Unix,
    ) -> Result<Vec<Intent>, LedgerError> {
        self.ledger.settled_refunds(agent, account, live, since)
    }

    fn made(
        &self,
        whose: (&str, bool),
        since: Unix,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Intent>, LedgerError> {
        self.ledger.made(whose, since, after, most)
    }

    fn counted(&self, account: &str, live: bool, day_start: Unix) -> Result<Vec<Counted>, LedgerError> {
        match self.mischief.trouble(&self.ledger, Call::Counted, "") {
            Trouble::Before(error) | Trouble::After(error) => Err(error),
            Trouble::None => {
                self.mischief.counted(&self.ledger, self.ledger.counted(account, live, day_start)?)
            }
        }
    }

    fn head(&self) -> Result<Head, LedgerError> {
        self.ledger.head()
    }

    fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>, LedgerError> {
        self.ledger.audit(filter)
    }

    fn audit_count(&self, filter: &AuditFilter) -> Result<usize, LedgerError> {
        self.ledger.audit_count(filter)
    }

    fn places(&self, hashes: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, LedgerError> {
        self.ledger.places(hashes)
    }

    fn sound(&self) -> Result<(), LedgerError> {
        self.ledger.sound()
    }
    fn chain(&self, after: i64, most: usize) -> Result<Part, LedgerError> {
        self.ledger.chain(after, most)
    }

    fn noted(&self) -> Result<Option<Head>, String> {
        self.ledger.noted()
    }

    fn record_event(&mut self, event: &Event) -> Result<AuditRecord, LedgerError> {
        self.write((Call::Other, ""), |_, ledger| ledger.record_event(event))
    }

    fn ask(&mut self, asked: &Asked) -> Result<Asked, LedgerError> {
        self.write((Call::Other, ""), |_, ledger| ledger.ask(asked))
    }

    fn asked(&self, id: &str) -> Result<Option<Asked>, LedgerError> {
        self.ledger.asked(id)
    }

    fn waiting(&self, account: &str, live: bool) -> Result<Vec<Asked>, LedgerError> {
        self.ledger.waiting(account, live)
    }

    fn agree(&mut self, id: &str, agreed: &Agreed) -> Result<Asked, LedgerError> {
        self.write((Call::Other, ""), |_, ledger| ledger.agree(id, agreed))
    }

    fn refuse(&mut self, id: &str, by: &str, now: Unix, why: &str) -> Result<Asked, LedgerError> {
        self.write((Call::Other, ""), |_, ledger| ledger.refuse(id, by, now, why))
    }

    fn expire(&mut self, now: Unix) -> Result<usize, LedgerError> {
        self.write((Call::Other, ""), |_, ledger| ledger.expire(now))
    }

    fn visited(&mut self, whose: Whose<'_>, visit: &Visit) -> Result<(), LedgerError> {
        self.write((Call::Other, ""), |_, ledger| ledger.visited(whose, visit))
    }

    fn lately(&self, whose: Whose<'_>) -> Result<Vec<Visit>, LedgerError> {
        self.ledger.lately(whose)
    }

    fn note(&mut self, whose: Whose<'_>, note: (&CustomerId, &Note)) -> Result<(), LedgerError> {
        self.write((Call::Other, ""), |_, ledger| ledger.note(whose, note))
    }

    fn notes(&self, whose: Whose<'_>, customer: &CustomerId) -> Result<Vec<Note>, LedgerError> {
        self.ledger.notes(whose, customer)
    }

    fn version(&self) -> Result<i64, LedgerError> {
        self.ledger.version()
    }
}
