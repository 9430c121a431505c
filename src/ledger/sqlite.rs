//! The ledger in one SQLite file. Several desks may share the folder: each step is one immediate transaction, durable
//! when it returns.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{
    Agreed, Asked, AuditRecord, Intent, IntentState, audit,
    budget::Counted,
    checked::Part,
    head::HeadFile,
    owner::Owner,
    proposals,
    remembered::{self, Note, Visit, Whose},
    rows,
    schema::{self, Look, failed},
    store::{AuditFilter, Basis, Conflict, End, Event, Head, LedgerError, Reserve, Reserved, Store},
    trail,
};
use crate::{model::CustomerId, time::Unix};

/// The default [`Store`].
#[derive(Debug)]
pub struct Ledger {
    pub(super) connection: Connection,
    /// For messages; `:memory:` in tests.
    pub(super) path: PathBuf,
    owner: Owner,
    head_file: HeadFile,
}

impl Ledger {
    /// Opens or makes `ledger.sqlite3` in `dir`, which is made too, for this user only.
    pub fn open(dir: &Path) -> Result<Self, LedgerError> {
        let path = schema::prepare_files(dir)?;
        let _turn = schema::take_turn(dir)?;
        let mut connection = Connection::open(&path).map_err(|error| failed(&path, &error))?;
        schema::set_up(&mut connection, &path)?;
        schema::sound(&connection, &path, Look::Quick)?;
        Owner::tidy(dir);
        let owner = Owner::in_folder(dir).map_err(|error| LedgerError::Folder {
            path: dir.to_owned(),
            reason: format!("this desk could not register there: {error}"),
        })?;
        let ledger = Self { connection, path, owner, head_file: HeadFile::in_folder(dir) };
        // A head that remembers records is the proof that there were some: it is never written over by an empty ledger.
        if ledger.head()?.count == 0
            && ledger.head_file.noted().map_or(true, |noted| noted.is_none_or(|head| head.count == 0))
        {
            ledger.head_file.note(&audit::empty_head(), ledger.owner.name());
        }
        Ok(ledger)
    }

    /// Forgotten when it is dropped: for tests and demonstrations.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let path = PathBuf::from(":memory:");
        let mut connection = Connection::open_in_memory().map_err(|error| failed(&path, &error))?;
        schema::set_up(&mut connection, &path)?;
        Ok(Self { connection, path, owner: Owner::in_memory(), head_file: HeadFile::none() })
    }

    /// Runs `work` in an immediate transaction, so that what it checks is still so when it writes.
    pub(super) fn change<T, E: From<LedgerError>>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &Path, &str) -> Result<(T, Option<Head>), E>,
    ) -> Result<T, E> {
        let said = |error: rusqlite::Error| failed(&self.path, &error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(said)?;
        let (value, head) = work(&transaction, &self.path, self.owner.name())?;
        transaction.commit().map_err(said)?;
        if let Some(head) = head {
            self.head_file.note(&head, self.owner.name());
        }
        Ok(value)
    }

    /// The head is noted after its record is durable, so it never names more records than there are, unless some were taken
    /// away. Nothing is changed on a past like that.
    pub(super) fn whole(&self) -> Result<(), LedgerError> {
        let (noted, kept) = (self.head_file.noted(), self.head()?);
        let noted = match noted {
            Ok(Some(noted)) => noted,
            Ok(None) => return Ok(()),
            // As `verify` sees it: a chain without its witness may have lost its end.
            Err(reason) => {
                let Head { count, hash } = kept;
                return Err(LedgerError::Witness { reason, count, hash });
            }
        };
        if noted.count <= kept.count {
            return Ok(());
        }
        let reason = format!("audit.head remembers {} records, and {} are there", noted.count, kept.count);
        Err(LedgerError::Damaged { path: self.path.clone(), reason })
    }
}

pub(super) fn head_of(connection: &Connection, path: &Path) -> Result<Head, LedgerError> {
    connection
        .query_row("SELECT count, hash FROM head", [], |row| {
            Ok(Head { count: row.get(0)?, hash: row.get(1)? })
        })
        .map_err(|error| failed(path, &error))
}

/// Writes the record and the new head. The caller's transaction makes both or neither.
pub(super) fn append(
    connection: &Connection,
    path: &Path,
    record: AuditRecord,
) -> Result<AuditRecord, LedgerError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    let record = audit::link(record, &head_of(connection, path)?);
    connection
        .prepare_cached(
            "INSERT INTO audit (seq, at, intent, target, agent, record, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                record.seq,
                record.at.0,
                record.intent,
                record.target,
                record.agent,
                audit::text(&record),
                record.hash
            ])
        })
        .map_err(said)?;
    connection.execute("UPDATE head SET count = ?1, hash = ?2", (record.seq, &record.hash)).map_err(said)?;
    Ok(record)
}

pub(super) fn head_after(record: &AuditRecord) -> Head {
    Head { count: record.seq, hash: record.hash.clone() }
}

/// One allowed step of one intent, with its record.
fn step(
    transaction: &Transaction<'_>,
    path: &Path,
    id: &str,
    end: &End,
) -> Result<(Intent, Option<Head>), LedgerError> {
    let before = rows::get(transaction, path, id)?.ok_or_else(|| LedgerError::Missing(id.to_owned()))?;
    if !before.state.may_become(end.state) || end.state == IntentState::Sending {
        return Err(LedgerError::Step { id: id.to_owned(), from: before.state, to: end.state });
    }
    transaction
        .execute(
            "UPDATE intents SET state = ?2, message = ?5,
                 request_id = coalesce(?3, request_id), result_id = coalesce(?4, result_id) WHERE id = ?1",
            params![id, end.state.name(), end.request_id, end.result_id, end.message],
        )
        .map_err(|error| failed(path, &error))?;
    let record = append(transaction, path, audit::step(&before, end))?;
    let after = Intent {
        state: end.state,
        request_id: end.request_id.clone().or(before.request_id),
        result_id: end.result_id.clone().or(before.result_id),
        message: end.message.clone(),
        ..before
    };
    Ok((after, Some(head_after(&record))))
}

impl Store for Ledger {
    fn reserve(&mut self, intent: &Intent, limits: &Reserve) -> Result<Reserved, Conflict> {
        rows::check_new(intent)?;
        self.whole()?;
        self.change(|transaction, path, owner| {
            rows::check_free(transaction, path, intent, limits)?;
            rows::check_limits(transaction, path, intent, limits)?;
            rows::insert(transaction, path, owner, intent, limits)?;
            if let Some(id) = &limits.asked {
                proposals::confirm(transaction, path, id, intent)?;
            }
            let record = append(transaction, path, audit::intended(intent))?;
            let head = head_after(&record);
            Ok((Reserved { seq: record.seq, head: record.hash }, Some(head)))
        })
    }

    fn begin_attempt(&mut self, id: &str, now: Unix) -> Result<Intent, LedgerError> {
        self.change(|transaction, path, _| {
            let before =
                rows::get(transaction, path, id)?.ok_or_else(|| LedgerError::Missing(id.to_owned()))?;
            if !before.state.may_become(IntentState::Sending) {
                let (from, to) = (before.state, IntentState::Sending);
                return Err(LedgerError::Step { id: id.to_owned(), from, to });
            }
            let first = before.first_sent.unwrap_or(now);
            let attempts = before.attempts.saturating_add(1);
            transaction
                .execute(
                    "UPDATE intents SET state = 'sending', attempts = ?2, first_sent = ?3 WHERE id = ?1",
                    params![id, attempts, first.0],
                )
                .map_err(|error| failed(path, &error))?;
            Ok((Intent { state: IntentState::Sending, first_sent: Some(first), attempts, ..before }, None))
        })
    }

    fn finish(&mut self, id: &str, end: &End) -> Result<Intent, LedgerError> {
        self.change(|transaction, path, _| step(transaction, path, id, end))
    }

    fn withdraw(&mut self, id: &str, now: Unix, why: &str) -> Result<Intent, LedgerError> {
        let end = End {
            state: IntentState::Withdrawn,
            at: now,
            by: None,
            request_id: None,
            result_id: None,
            message: Some(why.to_owned()),
        };
        self.finish(id, &end)
    }

    fn adopt(&mut self, id: &str) -> Result<bool, LedgerError> {
        let owner = rows::text(&self.connection, &self.path, "SELECT owner FROM intents WHERE id = ?1", id)?;
        if owner == self.owner.name() {
            return Ok(true);
        }
        if !self.owner.is_gone(&owner) {
            return Ok(false);
        }
        self.change(|transaction, path, own| {
            // Unless a third desk was quicker, or the intent has ended meanwhile.
            let sql =
                format!("UPDATE intents SET owner = ?3 WHERE id = ?1 AND owner = ?2 AND {}", rows::OPEN);
            let taken = transaction.execute(&sql, (id, &owner, own)).map_err(|error| failed(path, &error))?;
            Ok((taken == 1, None))
        })
    }

    fn is_own(&self, id: &str) -> Result<bool, LedgerError> {
        let owner = rows::text(&self.connection, &self.path, "SELECT owner FROM intents WHERE id = ?1", id)?;
        Ok(owner == self.owner.name())
    }

    fn get(&self, id: &str) -> Result<Option<Intent>, LedgerError> {
        rows::get(&self.connection, &self.path, id)
    }

    fn basis(&self, id: &str) -> Result<Vec<Basis>, LedgerError> {
        let text = rows::text(&self.connection, &self.path, "SELECT basis FROM intents WHERE id = ?1", id)?;
        serde_json::from_str(&text)
            .map_err(|error| LedgerError::Damaged { path: self.path.clone(), reason: error.to_string() })
    }

    fn open_intents(&self) -> Result<Vec<Intent>, LedgerError> {
        rows::select(&self.connection, &self.path, &format!("WHERE {} ORDER BY n", rows::OPEN), [])
    }

    fn recent(&self, most: usize) -> Result<Vec<Intent>, LedgerError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        rows::select(&self.connection, &self.path, "ORDER BY n DESC LIMIT ?1", [most])
    }

    fn made(
        &self,
        whose: (&str, bool),
        since: Unix,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Intent>, LedgerError> {
        let made = "WHERE account = ?1 AND live = ?2 AND created >= ?3
                      AND n > coalesce((SELECT n FROM intents WHERE id = ?4), 0) ORDER BY n LIMIT ?5";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        rows::select(&self.connection, &self.path, made, params![whose.0, whose.1, since.0, after, most])
    }

    fn settled_refunds(
        &self,
        agent: &str,
        account: &str,
        live: bool,
        since: Unix,
    ) -> Result<Vec<Intent>, LedgerError> {
        let settled = "WHERE account = ?1 AND live = ?2 AND created >= ?3 AND agent = ?4 AND gate = 'refund'
                         AND state = 'settled' ORDER BY n DESC";
        rows::select(&self.connection, &self.path, settled, params![account, live, since.0, agent])
    }

    fn counted(&self, account: &str, live: bool, day_start: Unix) -> Result<Vec<Counted>, LedgerError> {
        rows::counted(&self.connection, &self.path, account, live, day_start)
    }

    fn head(&self) -> Result<Head, LedgerError> {
        head_of(&self.connection, &self.path)
    }

    fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>, LedgerError> {
        trail::select(&self.connection, &self.path, filter)
    }

    fn audit_count(&self, filter: &AuditFilter) -> Result<usize, LedgerError> {
        trail::count(&self.connection, &self.path, filter)
    }

    fn sound(&self) -> Result<(), LedgerError> {
        schema::sound(&self.connection, &self.path, Look::Thorough)
    }

    fn chain(&self, after: i64, most: usize) -> Result<Part, LedgerError> {
        trail::part(&self.connection, &self.path, after, most)
    }

    fn places(&self, hashes: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, LedgerError> {
        trail::places(&self.connection, &self.path, hashes)
    }

    fn noted(&self) -> Result<Option<Head>, String> {
        self.head_file.noted()
    }

    fn record_event(&mut self, event: &Event) -> Result<AuditRecord, LedgerError> {
        self.change(|transaction, path, _| {
            let record = append(transaction, path, audit::other(event))?;
            let head = head_after(&record);
            Ok((record, Some(head)))
        })
    }

    fn ask(&mut self, asked: &Asked) -> Result<Asked, LedgerError> {
        self.whole()?;
        self.change(|transaction, path, _| proposals::ask(transaction, path, asked))
    }

    fn asked(&self, id: &str) -> Result<Option<Asked>, LedgerError> {
        proposals::find(&self.connection, &self.path, id)
    }

    fn waiting(&self, account: &str, live: bool) -> Result<Vec<Asked>, LedgerError> {
        proposals::waiting(&self.connection, &self.path, account, live)
    }

    fn agree(&mut self, id: &str, agreed: &Agreed) -> Result<Asked, LedgerError> {
        self.whole()?;
        self.change(|transaction, path, _| proposals::agree(transaction, path, id, agreed))
    }

    fn refuse(&mut self, id: &str, by: &str, now: Unix, why: &str) -> Result<Asked, LedgerError> {
        self.change(|transaction, path, _| proposals::refuse(transaction, path, id, (by, now, why)))
    }

    fn expire(&mut self, now: Unix) -> Result<usize, LedgerError> {
        if proposals::none_due(&self.connection, &self.path, now)? {
            return Ok(0);
        }
        self.change(|transaction, path, _| proposals::expire(transaction, path, now))
    }

    fn visited(&mut self, whose: Whose<'_>, visit: &Visit) -> Result<(), LedgerError> {
        self.change(|transaction, path, _| Ok((remembered::visited(transaction, path, whose, visit)?, None)))
    }

    fn lately(&self, whose: Whose<'_>) -> Result<Vec<Visit>, LedgerError> {
        remembered::lately(&self.connection, &self.path, whose)
    }

    fn note(&mut self, whose: Whose<'_>, note: (&CustomerId, &Note)) -> Result<(), LedgerError> {
        self.change(|transaction, path, _| Ok((remembered::note(transaction, path, whose, note)?, None)))
    }

    fn notes(&self, whose: Whose<'_>, customer: &CustomerId) -> Result<Vec<Note>, LedgerError> {
        remembered::notes(&self.connection, &self.path, whose, customer)
    }

    fn version(&self) -> Result<i64, LedgerError> {
        self.connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(|error| failed(&self.path, &error))
    }
}

#[cfg(test)]
#[path = "sqlite_tests/mod.rs"]
mod tests;
