//! Removing what is older than the settings keep, so that the ledger does not grow for ever. The chain is not broken by it: a
//! checkpoint in the chain names the record before the first one that is left, and `verify` begins there. Nothing that is open is
//! removed, nor what came after it, nor anything that a rule may still ask for.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    audit,
    rows::OPEN,
    schema::failed,
    sqlite::{Ledger, append, head_after},
    store::{Head, LedgerError},
};
use crate::time::{DAY_S, Unix};

/// No setting removes what is younger: caps, equal intents and refunds that may still come back need it.
pub const KEEP_LEAST_DAYS: u32 = 90;
/// A ledger that was not written to for longer tells nothing about today: a clock that is wrong would remove everything.
const CLOCK_S: i64 = 30 * DAY_S;
/// Not a few records every day, but a week's at once.
const AT_ONCE_S: i64 = 7 * DAY_S;

impl Ledger {
    /// Removes what ended so many days ago, with its records. Gives how many records that were.
    pub fn retire(&mut self, days: u32, now: Unix) -> Result<i64, LedgerError> {
        self.whole()?;
        let days = i64::from(days.max(KEEP_LEAST_DAYS)).saturating_mul(DAY_S);
        let said = |error: rusqlite::Error| failed(&self.path, &error);
        let ends = "SELECT (SELECT at FROM audit ORDER BY seq LIMIT 1), (SELECT at FROM audit ORDER BY seq DESC LIMIT 1)";
        let ends: (Option<i64>, Option<i64>) =
            self.connection.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?))).map_err(said)?;
        let (Some(oldest), Some(newest)) = ends else { return Ok(0) };
        // Nothing is written either: a record with that time would make the next look believe it.
        if now.since(Unix(newest)) > CLOCK_S {
            return Ok(0);
        }
        let before = now.plus(days.saturating_neg());
        if before.since(Unix(oldest)) <= AT_ONCE_S {
            return Ok(0);
        }
        self.change(|transaction, path, _| {
            let Some(end) = removable(transaction, path, before)? else { return Ok((0, None)) };
            let count = remove(transaction, path, before, &end)?;
            let record = append(transaction, path, audit::checkpoint(&end, now))?;
            Ok((count, Some(head_after(&record))))
        })
    }
}

/// The last record that may go: all before it are older, and nothing that they tell of is open.
fn removable(connection: &Connection, path: &Path, before: Unix) -> Result<Option<Head>, LedgerError> {
    let sql = format!(
        "SELECT seq, hash FROM audit WHERE seq < min(
             coalesce((SELECT min(seq) FROM audit WHERE at >= ?1), (SELECT max(seq) FROM audit)),
             coalesce((SELECT min(audit.seq) FROM audit JOIN intents ON audit.intent = intents.id WHERE {OPEN}), ?2),
             coalesce((SELECT min(audit.seq) FROM audit JOIN proposals ON audit.intent = proposals.id
                       WHERE proposals.state = 'waiting'), ?2))
         ORDER BY seq DESC LIMIT 1"
    );
    connection
        .query_row(&sql, params![before.0, i64::MAX], |row| {
            Ok(Head { count: row.get(0)?, hash: row.get(1)? })
        })
        .optional()
        .map_err(|error| failed(path, &error))
}

/// What people wrote is not only unlinked but overwritten.
fn remove(connection: &Connection, path: &Path, before: Unix, end: &Head) -> Result<i64, LedgerError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    let later = "SELECT intent FROM audit WHERE seq > ?1";
    let run = |sql: &str| connection.execute(sql, params![end.count, before.0]);
    connection.pragma_update(None, "secure_delete", true).map_err(said)?;
    connection
        .execute("UPDATE kept SET removed = ?1, since = ?2", params![end.count, before.0])
        .map_err(said)?;
    run(&format!(
        "DELETE FROM proposals WHERE state <> 'waiting' AND expires < ?2 AND id NOT IN ({later})
             AND (intent IS NULL OR intent NOT IN ({later}))"
    ))
    .map_err(said)?;
    run(&format!(
        "DELETE FROM intents WHERE NOT ({OPEN}) AND created < ?2 AND id NOT IN ({later})
             AND id NOT IN (SELECT intent FROM proposals WHERE intent IS NOT NULL)"
    ))
    .map_err(said)?;
    connection.execute("DELETE FROM notes WHERE at < ?1", [before.0]).map_err(said)?;
    let count = connection.execute("DELETE FROM audit WHERE seq <= ?1", [end.count]).map_err(said)?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{
        AuditFilter, Checked, End, Event, Intent, IntentState, Reserve, Store, Verified,
        samples::{NOW, refund},
    };

    const YEAR: i64 = 365 * DAY_S;

    fn ended(ledger: &mut Ledger, id: &str, at: Unix) {
        let intent = Intent { created: at, ..refund(id, &format!("ch_{id}"), 500) };
        ledger.reserve(&intent, &Reserve { repeat_ok: true, ..Reserve::default() }).unwrap();
        ledger.begin_attempt(id, at).unwrap();
        let end = End {
            state: IntentState::Settled,
            at,
            by: None,
            request_id: None,
            result_id: Some(format!("re_{id}")),
            message: None,
        };
        ledger.finish(id, &end).unwrap();
    }

    /// One refund a week over two years, until now.
    fn two_years(ledger: &mut Ledger) {
        for week in 0..104 {
            ended(ledger, &format!("int_{week}"), NOW.plus(-2 * YEAR).plus((7 * DAY_S).saturating_mul(week)));
        }
    }

    fn numbers(ledger: &Ledger) -> Vec<i64> {
        ledger.audit(&AuditFilter::default()).unwrap().iter().map(|record| record.seq).collect()
    }

    #[test]
    fn the_old_goes_the_chain_stays_whole_and_the_size_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(dir.path()).unwrap();
        two_years(&mut ledger);
        let mut checked = Checked::default();
        checked.go_on(ledger.noted(), |after| ledger.chain(after, 50)).unwrap();
        let removed = ledger.retire(365, NOW).unwrap();
        assert!((100..110).contains(&removed), "{removed}");
        assert_eq!(
            numbers(&ledger),
            (removed.saturating_add(1)..=209).collect::<Vec<_>>(),
            "and the checkpoint"
        );
        let whole = Verified::Whole(ledger.head().unwrap());
        assert_eq!(ledger.verify().unwrap(), whole);
        assert_eq!(
            checked.go_on(ledger.noted(), |after| ledger.chain(after, 50)).unwrap(),
            whole,
            "and for who walked it before"
        );
        assert_eq!(checked.removed(), removed);
        assert_eq!(ledger.get("int_0").unwrap(), None);
        assert!(ledger.get("int_103").unwrap().is_some());
        let last = ledger.audit(&AuditFilter { most: 1, ..AuditFilter::default() }).unwrap().pop().unwrap();
        assert_eq!(
            (last.event.as_str(), last.target.split(' ').next()),
            ("checkpoint", Some(removed.to_string().as_str()))
        );
        assert_eq!(ledger.retire(365, NOW).unwrap(), 0, "a week's at once");
        assert!(ledger.retire(365, NOW.plus(20 * DAY_S)).unwrap() > 0);
        assert!(matches!(ledger.verify().unwrap(), Verified::Whole(_)), "a second checkpoint tells of more");
        drop(ledger);
        assert!(matches!(Ledger::open(dir.path()).unwrap().verify().unwrap(), Verified::Whole(_)));
    }

    #[test]
    fn what_is_open_and_all_after_it_stays() {
        let mut ledger = Ledger::in_memory().unwrap();
        ended(&mut ledger, "int_a", NOW.plus(-2 * YEAR));
        let open = Intent { created: NOW.plus(-2 * YEAR + 1), ..refund("int_open", "ch_9", 500) };
        ledger.reserve(&open, &Reserve { together: true, ..Reserve::default() }).unwrap();
        ledger.begin_attempt("int_open", open.created).unwrap();
        two_years(&mut ledger);
        assert_eq!(ledger.retire(365, NOW).unwrap(), 2);
        assert_eq!(ledger.get("int_a").unwrap(), None);
        assert_eq!(ledger.open_intents().unwrap().len(), 1);
        assert_eq!(numbers(&ledger)[0], 3);
        assert!(matches!(ledger.verify().unwrap(), Verified::Whole(_)));
    }

    #[test]
    fn what_a_rule_may_ask_for_stays_whatever_the_settings_and_the_clock_say() {
        let mut ledger = Ledger::in_memory().unwrap();
        two_years(&mut ledger);
        ledger.retire(1, NOW).unwrap();
        let least = NOW.plus(i64::from(KEEP_LEAST_DAYS).saturating_mul(-DAY_S));
        let counted = ledger.counted("acct_1", false, least).unwrap().len();
        assert_eq!(counted, 12, "every refund of the last ninety days");
        // A clock that jumped ten years ahead removes nothing, however often.
        for _ in 0..2 {
            assert_eq!(ledger.retire(1, NOW.plus(10 * YEAR)).unwrap(), 0);
        }
        assert_eq!(ledger.counted("acct_1", false, least).unwrap().len(), counted);
        assert!(matches!(ledger.verify().unwrap(), Verified::Whole(_)));
    }

    #[test]
    fn nothing_is_removed_by_mistake() {
        let mut ledger = Ledger::in_memory().unwrap();
        two_years(&mut ledger);
        ledger.retire(365, NOW).unwrap();
        for sql in [
            "DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)",
            "DELETE FROM intents WHERE id = 'int_103'",
            "DELETE FROM kept; DELETE FROM audit",
        ] {
            assert!(ledger.connection.execute_batch(sql).is_err(), "{sql}");
        }
        let mut empty = Ledger::in_memory().unwrap();
        assert_eq!(empty.retire(365, NOW).unwrap(), 0);
        empty.record_event(&Event { at: NOW, event: "login".into(), ..Event::default() }).unwrap();
        assert_eq!(empty.retire(365, NOW.plus(10 * YEAR)).unwrap(), 0, "one record is no year's");
    }
}
