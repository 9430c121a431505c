//! Ledgers that older programs wrote: each is brought to the present format with all that it holds.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{
    Asked, AskedState, AuditFilter, Intent, Ledger, Reserve, Store, Verified,
    samples::{NOW, refund},
    schema::{APPLICATION, FILE, STEPS, VERSION, prepare_files},
};

/// A ledger of that format with an open intent, a settled one and, where the format has them, a proposal that waits.
fn written_by(format: i64, dir: &Path) -> (Vec<Intent>, Option<Asked>) {
    let mut now = Ledger::in_memory().unwrap();
    let intents: Vec<Intent> =
        ["int_1", "int_2"].iter().zip(["ch_1", "ch_2"]).map(|(id, charge)| refund(id, charge, 500)).collect();
    for intent in &intents {
        now.reserve(intent, &Reserve { together: true, ..Reserve::default() }).unwrap();
    }
    let asked = Asked {
        id: "prop_1".into(),
        state: AskedState::Waiting,
        proposal: refund("x", "ch_3", 700).proposal,
        decision: intents[0].decision.clone(),
        asked_by: "maya".into(),
        why: Some("too much for me".into()),
        account: "acct_1".into(),
        live: false,
        asked: NOW,
        expires: NOW.plus(86_400),
        agreed: Vec::new(),
        decided_by: None,
        decided: None,
        intent: None,
        reason: None,
    };
    let asked = (format >= 2).then(|| now.ask(&asked).unwrap());
    let path = prepare_files(dir).unwrap();
    let old = Connection::open(&path).unwrap();
    for step in &STEPS[..usize::try_from(format).unwrap()] {
        old.execute_batch(step).unwrap();
    }
    old.pragma_update(None, "application_id", APPLICATION).unwrap();
    old.pragma_update(None, "user_version", format).unwrap();
    old.pragma_update(None, "foreign_keys", false).unwrap();
    for table in ["intents", "audit", "head", "proposals"] {
        copy(&now.connection, &old, table);
    }
    let head = now.head().unwrap();
    std::fs::write(dir.join("audit.head"), format!("{} {}\n", head.count, head.hash)).unwrap();
    (intents, asked)
}

/// The columns that the older format has.
fn copy(from: &Connection, to: &Connection, table: &str) {
    let sql = "SELECT name FROM pragma_table_info(?1)";
    let columns: Vec<String> =
        to.prepare(sql).unwrap().query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    if columns.is_empty() {
        return;
    }
    let names = columns.join(", ");
    let marks = vec!["?"; columns.len()].join(", ");
    let mut statement = from.prepare(&format!("SELECT {names} FROM {table}")).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let values: Vec<rusqlite::types::Value> = (0..columns.len()).map(|at| row.get(at).unwrap()).collect();
        let insert = format!("INSERT INTO {table} ({names}) VALUES ({marks})");
        to.execute(&insert, rusqlite::params_from_iter(values)).unwrap();
    }
}

#[test]
fn every_older_format_is_brought_up_to_date_with_all_that_it_holds() {
    for format in 1..=VERSION {
        let dir = tempfile::tempdir().unwrap();
        let (intents, asked) = written_by(format, dir.path());
        let mut ledger = Ledger::open(dir.path()).unwrap_or_else(|error| panic!("{format}: {error}"));
        let version: i64 = ledger.connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, VERSION, "{format}");
        assert_eq!(ledger.open_intents().unwrap(), intents, "{format}");
        assert_eq!(
            ledger.waiting("acct_1", false).unwrap(),
            asked.into_iter().collect::<Vec<_>>(),
            "{format}"
        );
        assert_eq!(ledger.verify().unwrap(), Verified::Whole(ledger.head().unwrap()), "{format}");
        // It is worked with as with a new one.
        assert!(ledger.adopt("int_1").unwrap(), "{format}: its desk is gone");
        ledger.withdraw("int_1", NOW, "taken back").unwrap();
        ledger
            .reserve(&refund("int_9", "ch_1", 700), &Reserve { together: true, ..Reserve::default() })
            .unwrap();
        let records = ledger.audit(&AuditFilter::default()).unwrap();
        assert_eq!(ledger.verify().unwrap(), Verified::Whole(ledger.head().unwrap()), "{format}");
        assert_eq!(records.last().unwrap().intent, "int_9");
        assert_eq!(ledger.retire(365, NOW).unwrap(), 0);
        for table in ["intents", "audit", "proposals"] {
            let gone = ledger.connection.execute(&format!("DELETE FROM {table}"), params![]);
            let empty = table == "proposals" && format == 1;
            assert!(gone.is_err() || empty, "{format}: {table} can be removed");
        }
        drop(ledger);
        Ledger::open(dir.path()).unwrap();
        assert!(dir.path().join(FILE).exists());
    }
}
