//! Tests of the ledger's file: what is taken in, which steps exist, what is found damaged.

mod damage;

use std::fs;

use damage::on_disk;

use super::{
    super::{
        samples::{NOW, refund, usd},
        store::{Cap, Scope, Verified},
    },
    *,
};
use crate::money::Currency;

fn ledger() -> Ledger {
    Ledger::in_memory().unwrap()
}

fn end(state: IntentState) -> End {
    End {
        state,
        at: NOW.plus(3),
        by: None,
        request_id: Some("req_1".into()),
        result_id: Some("re_1".into()),
        message: None,
    }
}

fn limits() -> Reserve {
    Reserve { day_start: NOW.plus(-3_600), together: true, ..Reserve::default() }
}

fn cap(most_minor: i64) -> Reserve {
    let cap = Cap { scope: Scope::Team, currency: Currency::USD, most_minor, already_outside_minor: 0 };
    Reserve { caps: vec![cap], ..limits() }
}

#[test]
fn an_intent_comes_back_as_it_was() {
    let mut ledger = ledger();
    let intent = refund("int_1", "ch_1", 500);
    let basis = vec![Basis { what: "refunded".into(), value: "$0.00".into() }];
    ledger.reserve(&intent, &Reserve { basis: basis.clone(), ..limits() }).unwrap();
    assert_eq!(ledger.get("int_1").unwrap().unwrap(), intent);
    assert_eq!(ledger.basis("int_1").unwrap(), basis);
    assert_eq!(ledger.get("int_2").unwrap(), None);
    assert_eq!(ledger.open_intents().unwrap(), [intent]);
}

#[test]
fn one_object_has_one_open_intent() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    let again = Reserve { repeat_ok: true, ..limits() };
    let Err(Conflict::Busy(earlier)) = ledger.reserve(&refund("int_2", "ch_1", 700), &again) else {
        panic!("two changes of one charge at once")
    };
    assert_eq!(earlier.id, "int_1");
    ledger.reserve(&refund("int_3", "ch_2", 500), &limits()).unwrap();
    assert_eq!(ledger.get("int_2").unwrap(), None, "nothing of it was written");
    let elsewhere = Intent { account: "acct_2".into(), ..refund("int_4", "ch_1", 500) };
    ledger.reserve(&elsewhere, &limits()).unwrap();
}

#[test]
fn an_equal_intent_within_ten_minutes_asks_first() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    ledger.begin_attempt("int_1", NOW).unwrap();
    ledger.finish("int_1", &end(IntentState::Settled)).unwrap();
    let later = |id: &str, after, minor| Intent { created: NOW.plus(after), ..refund(id, "ch_1", minor) };
    let Err(Conflict::Equal(earlier)) = ledger.reserve(&later("int_2", 599, 500), &limits()) else {
        panic!("the same refund twice in ten minutes")
    };
    assert_eq!((earlier.id.as_str(), earlier.state), ("int_1", IntentState::Settled));
    ledger.reserve(&later("int_3", 599, 501), &limits()).unwrap();
    ledger.withdraw("int_3", NOW, "taken back").unwrap();
    ledger.reserve(&later("int_4", 599, 501), &limits()).unwrap();
    ledger.withdraw("int_4", NOW, "taken back").unwrap();
    ledger.reserve(&later("int_5", 601, 500), &limits()).unwrap();
    ledger.withdraw("int_5", NOW, "taken back").unwrap();
    ledger.reserve(&later("int_6", 599, 500), &Reserve { repeat_ok: true, ..limits() }).unwrap();
}

#[test]
fn another_payment_given_back_alike_asks_first() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    let twin = |id: &str, after, minor| Intent { created: NOW.plus(after), ..refund(id, "ch_2", minor) };
    let limits = || Reserve { together: false, ..limits() };
    let Err(Conflict::Equal(earlier)) = ledger.reserve(&twin("int_2", 86_399, 500), &limits()) else {
        panic!("both halves of a double charge")
    };
    assert_eq!((earlier.id.as_str(), earlier.state), ("int_1", IntentState::Held), "held is given back too");
    ledger.reserve(&twin("int_3", 0, 501), &limits()).unwrap();
    ledger.withdraw("int_3", NOW, "taken back").unwrap();
    ledger.reserve(&twin("int_4", 86_401, 500), &limits()).unwrap();
    ledger.withdraw("int_4", NOW, "taken back").unwrap();
    let mut other = twin("int_5", 0, 500);
    other.proposal.customer = crate::model::CustomerId::parse("cus_2").ok();
    ledger.reserve(&other, &limits()).unwrap();
    ledger.withdraw("int_5", NOW, "taken back").unwrap();
    ledger.reserve(&twin("int_6", 0, 500), &Reserve { together: true, ..limits() }).unwrap();
    ledger.withdraw("int_6", NOW, "taken back").unwrap();
    ledger.reserve(&twin("int_7", 0, 500), &Reserve { repeat_ok: true, ..limits() }).unwrap();
}

/// The chain covers its own table. Whichever page of the file is lost, nothing is changed on it, and it is said what is wrong.
#[test]
fn a_page_that_is_lost_is_found_wherever_it_is() {
    let whole = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(whole.path()).unwrap();
    for n in 0..40 {
        ledger.reserve(&refund(&format!("int_{n}"), &format!("ch_{n}"), 500), &limits()).unwrap();
    }
    ledger.sound().unwrap();
    drop(ledger);
    let file = "ledger.sqlite3";
    let (bytes, page) = (fs::read(whole.path().join(file)).unwrap(), 4_096);
    let pages = bytes.len() / page;
    assert!(pages > 15, "{pages}");
    for lost in 1..pages {
        let dir = tempfile::tempdir().unwrap();
        let mut damaged = bytes.clone();
        damaged[lost * page..(lost + 1) * page].fill(0);
        fs::write(dir.path().join(file), &damaged).unwrap();
        let opened = Ledger::open(dir.path());
        let Err(LedgerError::Damaged { reason, .. }) = &opened else {
            panic!("page {}: {opened:?}", lost + 1)
        };
        assert!(!reason.is_empty());
    }
}

#[test]
fn caps_count_what_is_reserved_and_free_what_was_not_done() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 600), &cap(1_000)).unwrap();
    let Err(Conflict::Cap { would_be, most, .. }) =
        ledger.reserve(&refund("int_2", "ch_2", 401), &cap(1_000))
    else {
        panic!("over the cap")
    };
    assert_eq!((would_be, most), (usd(1_001), usd(1_000)));
    ledger.reserve(&refund("int_3", "ch_3", 400), &cap(1_000)).unwrap();
    ledger.withdraw("int_1", NOW, "taken back").unwrap();
    ledger.reserve(&refund("int_4", "ch_4", 600), &cap(1_000)).unwrap();
    let day = super::super::store::Day {
        account: "acct_1",
        live: false,
        start: NOW.plus(-3_600),
        agent: "noor",
        customer: Some("cus_1"),
    };
    let spent = ledger.spent(&day).unwrap();
    assert_eq!(spent.team.of(Currency::USD), usd(1_000));
    assert_eq!(spent.customer.of(Currency::USD), usd(1_000));
    assert_eq!(spent.agent.of(Currency::USD), usd(0));
}

#[test]
fn yesterday_counts_only_while_it_is_open() {
    let mut ledger = ledger();
    let yesterday = |id: &str, charge: &str| Intent { created: NOW.plus(-90_000), ..refund(id, charge, 500) };
    ledger.reserve(&yesterday("int_1", "ch_1"), &limits()).unwrap();
    ledger.reserve(&yesterday("int_2", "ch_2"), &limits()).unwrap();
    ledger.begin_attempt("int_1", NOW).unwrap();
    ledger.begin_attempt("int_2", NOW).unwrap();
    ledger.finish("int_1", &end(IntentState::Settled)).unwrap();
    ledger.finish("int_2", &end(IntentState::Unknown)).unwrap();
    let counted = ledger.counted("acct_1", false, NOW.plus(-3_600)).unwrap();
    assert_eq!(counted.iter().map(|one| one.intent.as_str()).collect::<Vec<_>>(), ["int_2"]);
}

#[test]
fn only_the_steps_that_exist_are_taken() {
    for from in IntentState::ALL {
        for to in IntentState::ALL {
            let mut ledger = ledger();
            ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
            if from != IntentState::Held && from != IntentState::Withdrawn {
                ledger.begin_attempt("int_1", NOW).unwrap();
            }
            if !matches!(from, IntentState::Held | IntentState::Sending) {
                ledger.finish("int_1", &end(from)).unwrap();
            }
            let before = ledger.get("int_1").unwrap().unwrap();
            assert_eq!(before.state, from);
            let took = match to {
                IntentState::Sending => ledger.begin_attempt("int_1", NOW.plus(9)),
                _ => ledger.finish("int_1", &end(to)),
            };
            assert_eq!(took.is_ok(), from.may_become(to), "{from:?} → {to:?}");
            let after = ledger.get("int_1").unwrap().unwrap();
            match took {
                Ok(intent) => assert_eq!(intent, after),
                Err(_) => assert_eq!(after, before),
            }
        }
    }
}

#[test]
fn the_key_is_as_old_as_its_first_attempt() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    ledger.begin_attempt("int_1", NOW.plus(5)).unwrap();
    let again = ledger.begin_attempt("int_1", NOW.plus(50)).unwrap();
    assert_eq!((again.attempts, again.first_sent), (2, Some(NOW.plus(5))));
}

#[test]
fn what_could_be_sent_twice_or_is_not_what_was_hashed_is_not_written() {
    let mut ledger = ledger();
    let good = refund("int_1", "ch_1", 500);
    let mut keyless = good.clone();
    keyless.request.idempotency_key = None;
    let mut changed = good.clone();
    changed.request = changed.request.with("amount", 900);
    let sent = Intent { attempts: 1, ..good.clone() };
    for wrong in [keyless, changed, sent] {
        let error = ledger.reserve(&wrong, &limits()).unwrap_err();
        assert!(matches!(error, Conflict::Ledger(LedgerError::Malformed { .. })), "{error}");
    }
    assert_eq!(ledger.head().unwrap().count, 0);
}

#[test]
fn every_step_leaves_its_record_without_personal_words() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    ledger.begin_attempt("int_1", NOW).unwrap();
    ledger.finish("int_1", &end(IntentState::Settled)).unwrap();
    ledger
        .record_event(&Event {
            at: NOW,
            event: "login".into(),
            agent: "maya".into(),
            target: "acct_1".into(),
            intent: String::new(),
            message: None,
        })
        .unwrap();
    let records = ledger.audit(&AuditFilter::default()).unwrap();
    assert_eq!(
        records.iter().map(|record| record.event.as_str()).collect::<Vec<_>>(),
        ["intended", "settled", "login"]
    );
    assert_eq!(records[1].result_id.as_deref(), Some("re_1"));
    assert_eq!((records[0].amount, records[0].currency.as_deref()), (Some(500), Some("usd")));
    assert_eq!(records[1].previous, records[0].hash);
    let text = serde_json::to_string(&records).unwrap();
    assert!(!text.contains("Ada"), "{text}");
    let intended = records[0].message.as_deref().unwrap();
    assert!(intended.starts_with("amount=500 note sha256:"), "{intended}");
    let of_intent = AuditFilter { intent: Some("int_1".into()), most: 1, ..AuditFilter::default() };
    assert_eq!(ledger.audit(&of_intent).unwrap()[0].event, "settled");
    let Verified::Whole(head) = ledger.verify().unwrap() else { panic!("broken") };
    assert_eq!((head.count, head.hash.as_str()), (3, records[2].hash.as_str()));
}

#[test]
fn two_desks_share_a_folder_and_leave_each_others_intents() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = Ledger::open(dir.path()).unwrap();
    let mut two = Ledger::open(dir.path()).unwrap();
    one.reserve(&refund("int_1", "ch_1", 600), &cap(1_000)).unwrap();
    assert!(matches!(two.reserve(&refund("int_2", "ch_1", 1), &limits()), Err(Conflict::Busy(_))));
    assert!(matches!(two.reserve(&refund("int_3", "ch_3", 500), &cap(1_000)), Err(Conflict::Cap { .. })));
    assert!(!two.adopt("int_1").unwrap());
    assert!(one.adopt("int_1").unwrap() && one.is_own("int_1").unwrap());
    drop(one);
    assert!(!two.is_own("int_1").unwrap());
    assert!(two.adopt("int_1").unwrap() && two.is_own("int_1").unwrap());
    two.withdraw("int_1", NOW, "its desk ended before it was sent").unwrap();
    assert!(matches!(two.verify().unwrap(), Verified::Whole(_)));
}

#[test]
fn what_is_written_survives() {
    let (dir, ledger) = on_disk();
    drop(ledger);
    let ledger = Ledger::open(dir.path()).unwrap();
    assert_eq!(ledger.recent(5).unwrap()[0].state, IntentState::Withdrawn);
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(Head { count: 2, .. })));
    let left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("desk-"))
        .collect();
    assert_eq!(left.len(), 1, "an ended desk leaves no lock: {left:?}");
}

#[test]
fn a_full_disk_says_so_and_changes_nothing() {
    let mut ledger = ledger();
    ledger.reserve(&refund("int_1", "ch_1", 500), &limits()).unwrap();
    let pages: i64 = ledger.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    ledger.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    let mut large = refund("int_2", "ch_2", 500);
    large.proposal.sentence = "x".repeat(100_000);
    let error = ledger.reserve(&large, &limits()).unwrap_err();
    assert!(error.to_string().contains("is full"), "{error}");
    assert_eq!(ledger.get("int_2").unwrap(), None);
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(Head { count: 1, .. })));
}

#[test]
fn many_desks_at_once_keep_one_cap_and_one_chain() {
    const DESKS: usize = 4;
    const EACH: usize = 8;
    let dir = tempfile::tempdir().unwrap();
    let start = std::sync::Barrier::new(DESKS);
    let one = &|desk: usize| {
        start.wait();
        let mut ledger = Ledger::open(dir.path()).unwrap();
        let reserve = |n: usize| {
            let intent = refund(&format!("int_{desk}_{n}"), &format!("ch_{desk}x{n}"), 100);
            match ledger.reserve(&intent, &cap(2_000)) {
                Ok(_) => true,
                Err(Conflict::Cap { .. }) => false,
                Err(other) => panic!("{other}"),
            }
        };
        (0..EACH).map(reserve).filter(|taken| *taken).count()
    };
    let taken: usize = std::thread::scope(|scope| {
        let desks: Vec<_> = (0..DESKS).map(|desk| scope.spawn(move || one(desk))).collect();
        desks.into_iter().map(|desk| desk.join().unwrap()).sum()
    });
    assert_eq!(taken, 20);
    let ledger = Ledger::open(dir.path()).unwrap();
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(Head { count: 20, .. })));
}
