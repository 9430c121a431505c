//! What is found when the file was changed from outside, or put back.

use super::{super::super::head::HEAD_FILE, *};

pub(super) fn on_disk() -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    assert_eq!(ledger.verify().unwrap(), Verified::Whole(audit::empty_head()));
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    ledger.withdraw("int_1", NOW, "taken back").unwrap();
    (dir, ledger)
}

#[test]
fn a_database_put_back_is_noticed_by_the_file_beside_it() {
    let (dir, ledger) = on_disk();
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(Head { count: 2, .. })));
    ledger
        .connection
        .execute_batch(
            "DROP TRIGGER audit_remains; DELETE FROM audit WHERE seq = 2;
             UPDATE head SET count = 1, hash = (SELECT hash FROM audit WHERE seq = 1)",
        )
        .unwrap();
    let Verified::Broken { seq, what } = ledger.verify().unwrap() else { panic!("not noticed") };
    assert_eq!(seq, 2);
    assert!(what.contains("cut off"), "{what}");
    fs::remove_file(dir.path().join(HEAD_FILE)).unwrap();
    assert!(matches!(ledger.verify().unwrap(), Verified::Broken { .. }));
}

#[test]
fn nothing_is_taken_in_beside_a_chain_without_its_witness() {
    let (dir, mut ledger) = on_disk();
    let witness = dir.path().join(HEAD_FILE);
    let head = ledger.head().unwrap();
    let line = format!("{} {}", head.count, head.hash);
    let mut reserve = || ledger.reserve(&refund("int_9", "ch_9", 500), &limits());
    for broken in [None, Some("nonsense"), Some("x 00")] {
        match broken {
            None => fs::remove_file(&witness).unwrap(),
            Some(text) => fs::write(&witness, text).unwrap(),
        }
        let Err(Conflict::Ledger(error)) = reserve() else { panic!("taken in beside {broken:?}") };
        assert!(error.to_string().contains(&line), "it says what would be right: {error}");
    }
    fs::write(&witness, line).unwrap();
    reserve().unwrap();
}

#[test]
fn the_trail_and_the_frozen_part_cannot_be_changed_by_mistake() {
    let (_dir, ledger) = on_disk();
    for sql in [
        "UPDATE audit SET record = '{}'",
        "DELETE FROM audit",
        "DELETE FROM intents",
        "UPDATE intents SET frozen = '{}'",
        "UPDATE intents SET state = 'held'",
    ] {
        assert!(ledger.connection.execute(sql, []).is_err(), "{sql}");
    }
}

#[test]
fn a_request_that_was_changed_on_disk_is_never_handed_out() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    ledger
        .connection
        .execute_batch(
            "DROP TRIGGER intents_are_frozen;
             UPDATE intents SET frozen = replace(frozen, '\"500\"', '\"50000\"')",
        )
        .unwrap();
    let error = ledger.begin_attempt("int_1", NOW).unwrap_err();
    assert!(error.to_string().contains("does not give its hash"), "{error}");
}
