//! What a desk remembers beside changes: whose desk was opened lately, by id alone, and what agents wrote down about customers.

use std::{fmt, path::Path};

use rusqlite::{Connection, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{schema::failed, store::LedgerError};
use crate::{model::CustomerId, text::Hidden, time::Unix};

/// Customers that are remembered as opened, of one account.
pub const LATELY_MOST: usize = 50;

/// A customer whose desk was opened here, and when that was last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub customer: CustomerId,
    pub at: Unix,
}

/// What an agent wrote down about a customer. Kept on this machine.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub author: String,
    pub at: Unix,
    pub text: String,
}

impl Note {
    /// Who, and what; as it was written.
    pub fn says(&self) -> String {
        format!("{}: {}", self.author, self.text)
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note")
            .field("at", &self.at)
            .field("text", &Hidden(&self.text))
            .finish_non_exhaustive()
    }
}

/// The account's id, and whether it is live.
pub type Whose<'a> = (&'a str, bool);

/// Who was opened longest ago makes room.
pub(super) fn visited(
    transaction: &Transaction<'_>,
    path: &Path,
    (account, live): Whose<'_>,
    visit: &Visit,
) -> Result<(), LedgerError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    let most = i64::try_from(LATELY_MOST).unwrap_or(i64::MAX);
    transaction
        .execute(
            "INSERT INTO opened (account, live, customer, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (account, live, customer) DO UPDATE SET at = excluded.at",
            params![account, live, visit.customer.as_str(), visit.at.0],
        )
        .map_err(said)?;
    transaction
        .execute(
            "DELETE FROM opened WHERE account = ?1 AND live = ?2 AND customer NOT IN
                 (SELECT customer FROM opened WHERE account = ?1 AND live = ?2 ORDER BY at DESC, customer LIMIT ?3)",
            params![account, live, most],
        )
        .map_err(said)?;
    Ok(())
}

/// The latest first.
pub(super) fn lately(
    connection: &Connection,
    path: &Path,
    (account, live): Whose<'_>,
) -> Result<Vec<Visit>, LedgerError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    let sql = "SELECT customer, at FROM opened WHERE account = ?1 AND live = ?2 ORDER BY at DESC, customer";
    let mut statement = connection.prepare_cached(sql).map_err(said)?;
    let rows = statement.query_map(params![account, live], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
    let rows: Vec<(String, i64)> = rows.and_then(Iterator::collect).map_err(said)?;
    let visit = |(customer, at): (String, i64)| {
        Some(Visit { customer: CustomerId::parse(&customer).ok()?, at: Unix(at) })
    };
    Ok(rows.into_iter().filter_map(visit).collect())
}

/// Behind those that were written before; none is ever changed.
pub(super) fn note(
    transaction: &Transaction<'_>,
    path: &Path,
    (account, live): Whose<'_>,
    (customer, note): (&CustomerId, &Note),
) -> Result<(), LedgerError> {
    let values = params![account, live, customer.as_str(), note.author, note.at.0, note.text];
    transaction
        .execute(
            "INSERT INTO notes (account, live, customer, author, at, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            values,
        )
        .map_err(|error| failed(path, &error))?;
    Ok(())
}

/// The latest first.
pub(super) fn notes(
    connection: &Connection,
    path: &Path,
    (account, live): Whose<'_>,
    customer: &CustomerId,
) -> Result<Vec<Note>, LedgerError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    let sql = "SELECT author, at, text FROM notes WHERE account = ?1 AND live = ?2 AND customer = ?3 ORDER BY n DESC";
    let mut statement = connection.prepare_cached(sql).map_err(said)?;
    let rows = statement.query_map(params![account, live, customer.as_str()], |row| {
        Ok(Note { author: row.get(0)?, at: Unix(row.get(1)?), text: row.get(2)? })
    });
    rows.and_then(Iterator::collect).map_err(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Ledger, Store as _, samples::NOW};

    fn visit(name: &str, after_s: i64) -> Visit {
        Visit { customer: CustomerId::parse(&format!("cus_{name}")).unwrap(), at: NOW.plus(after_s) }
    }

    fn ids(ledger: &Ledger, whose: Whose<'_>) -> Vec<String> {
        ledger.lately(whose).unwrap().into_iter().map(|visit| visit.customer.to_string()).collect()
    }

    #[test]
    fn the_latest_comes_first_each_once_and_accounts_are_kept_apart() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (("acct_1", false), ("acct_1", true));
        let mut ledger = Ledger::open(dir.path()).unwrap();
        for (name, at) in [("a", 1), ("b", 2), ("a", 3)] {
            ledger.visited(one, &visit(name, at)).unwrap();
        }
        ledger.visited(other, &visit("c", 4)).unwrap();
        drop(ledger);
        let ledger = Ledger::open(dir.path()).unwrap();
        assert_eq!(ledger.lately(one).unwrap(), [visit("a", 3), visit("b", 2)]);
        assert_eq!(ids(&ledger, other), ["cus_c"]);
        assert_eq!(ids(&ledger, ("acct_2", false)), Vec::<String>::new());
    }

    fn said(text: &str, after_s: i64) -> Note {
        Note { author: "maya".into(), at: NOW.plus(after_s), text: text.into() }
    }

    #[test]
    fn notes_are_added_and_stay_as_they_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (("acct_1", false), ("acct_1", true));
        let (ada, bob) = (visit("ada", 0).customer, visit("bob", 0).customer);
        let mut ledger = Ledger::open(dir.path()).unwrap();
        ledger.note(one, (&ada, &said("called", 0))).unwrap();
        ledger.note(one, (&ada, &said("called", 0))).unwrap();
        ledger.note(one, (&bob, &said("writes", 1))).unwrap();
        ledger.note(other, (&ada, &said("is live", 2))).unwrap();
        for sql in ["UPDATE notes SET text = 'x'", "DELETE FROM notes"] {
            assert!(ledger.connection.execute(sql, []).is_err(), "{sql}");
        }
        let file = dir.path().join("copy.sqlite3");
        ledger.backup(&file).unwrap();
        drop(ledger);
        let ledger = Ledger::open(dir.path()).unwrap();
        assert_eq!(ledger.notes(one, &ada).unwrap(), [said("called", 0), said("called", 0)]);
        assert_eq!(ledger.notes(other, &ada).unwrap(), [said("is live", 2)]);
        let copied = Connection::open(file).unwrap();
        let count: i64 = copied.query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 4, "and the copy has them");
    }

    #[test]
    fn who_was_opened_longest_ago_makes_room() {
        let mut ledger = Ledger::in_memory().unwrap();
        let whose = ("acct_1", false);
        let all = i64::try_from(LATELY_MOST).unwrap();
        for at in 0..all.saturating_add(3) {
            ledger.visited(whose, &visit(&format!("n{at}"), at)).unwrap();
        }
        let kept = ids(&ledger, whose);
        assert_eq!(kept.len(), LATELY_MOST);
        assert_eq!((kept.first().unwrap().as_str(), kept.last().unwrap().as_str()), ("cus_n52", "cus_n3"));
    }
}
