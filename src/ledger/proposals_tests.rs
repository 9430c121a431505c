//! Tests of proposals that wait: asked once, decided once, never by themselves.

use super::{
    super::{
        AuditFilter, Conflict, Ledger, LedgerError, Reserve, Store as _, Verified,
        samples::{NOW, refund},
    },
    *,
};
use crate::time::DAY_S;

fn ledger() -> Ledger {
    Ledger::in_memory().unwrap()
}

fn proposal(id: &str, charge: &str, minor: i64) -> Asked {
    let intent = refund("int_0", charge, minor);
    Asked {
        id: id.into(),
        state: AskedState::Waiting,
        proposal: intent.proposal,
        decision: intent.decision,
        asked_by: "assistant".into(),
        why: Some("Ada wrote that she paid twice".into()),
        account: "acct_1".into(),
        live: false,
        asked: NOW,
        expires: NOW.plus(DAY_S),
        agreed: vec![],
        decided_by: None,
        decided: None,
        intent: None,
        reason: None,
    }
}

fn confirming(id: &str) -> Reserve {
    Reserve { day_start: NOW.plus(-3_600), asked: Some(id.into()), ..Reserve::default() }
}

fn events(ledger: &Ledger, id: &str) -> Vec<String> {
    let filter = AuditFilter { intent: Some(id.into()), ..AuditFilter::default() };
    let records = ledger.audit(&filter).unwrap();
    let line = |record: super::super::AuditRecord| {
        format!("{} {} {}", record.event, record.agent, record.message.unwrap_or_default())
    };
    records.into_iter().map(line).map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn what_was_asked_comes_back_as_it_was_and_the_same_is_asked_once() {
    let mut ledger = ledger();
    let asked = proposal("prop_1", "ch_1", 500);
    assert_eq!(ledger.ask(&asked).unwrap(), asked);
    assert_eq!(ledger.asked("prop_1").unwrap().unwrap(), asked);
    assert_eq!(ledger.ask(&proposal("prop_2", "ch_1", 500)).unwrap().id, "prop_1");
    let other = Asked { asked_by: "noor".into(), ..proposal("prop_3", "ch_1", 500) };
    assert_eq!(ledger.ask(&other).unwrap().id, "prop_3", "somebody else asks for themselves");
    let ids: Vec<_> = ledger.waiting("acct_1", false).unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(ids, ["prop_1", "prop_3"]);
    assert_eq!(ledger.waiting("acct_1", true).unwrap(), []);
    assert_eq!(events(&ledger, "prop_1"), ["proposed assistant"]);
}

#[test]
fn confirming_takes_one_intent_in_and_never_a_second() {
    let mut ledger = ledger();
    ledger.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    ledger.reserve(&refund("int_1", "ch_1", 500), &confirming("prop_1")).unwrap();
    let asked = ledger.asked("prop_1").unwrap().unwrap();
    assert_eq!((asked.state, asked.intent.as_deref()), (AskedState::Confirmed, Some("int_1")));
    assert_eq!(asked.decided_by.as_deref(), Some("maya"));
    ledger.withdraw("int_1", NOW, "taken back").unwrap();
    let Err(Conflict::Asked { why, .. }) =
        ledger.reserve(&refund("int_2", "ch_1", 500), &confirming("prop_1"))
    else {
        panic!("one proposal, two intents")
    };
    assert_eq!(why, "maya confirmed it already (int_1)");
    assert_eq!(ledger.get("int_2").unwrap(), None, "nothing of it was written");
    assert_eq!(events(&ledger, "prop_1"), ["proposed assistant", "confirmed maya int_1"]);
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(head) if head.count == 4));
}

#[test]
fn two_desks_that_confirm_at_once_make_one_intent() {
    let dir = tempfile::tempdir().unwrap();
    Ledger::open(dir.path()).unwrap().ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    let confirm = |n: usize| {
        let mut ledger = Ledger::open(dir.path()).unwrap();
        ledger.reserve(&refund(&format!("int_{n}"), "ch_1", 500), &confirming("prop_1")).is_ok()
    };
    let done = std::thread::scope(|scope| {
        let desks: Vec<_> = (1..=4).map(|n| scope.spawn(move || confirm(n))).collect();
        desks.into_iter().map(|desk| desk.join().unwrap()).filter(|done| *done).count()
    });
    assert_eq!(done, 1);
    let ledger = Ledger::open(dir.path()).unwrap();
    let open = ledger.open_intents().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(ledger.asked("prop_1").unwrap().unwrap().intent.as_ref(), Some(&open[0].id));
}

#[test]
fn what_is_confirmed_is_what_was_asked_for_and_by_somebody_else() {
    let mut ledger = ledger();
    ledger.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    let mut why = |intent: Intent, id: &str| match ledger.reserve(&intent, &confirming(id)) {
        Err(Conflict::Asked { why, .. }) => why,
        other => panic!("{other:?}"),
    };
    assert!(why(refund("int_1", "ch_2", 500), "prop_1").contains("something else"));
    assert!(why(refund("int_2", "ch_1", 500), "prop_2").contains("no such proposal"));
    let own = Intent { agent: "assistant".into(), ..refund("int_3", "ch_1", 500) };
    assert!(why(own, "prop_1").contains("an assistant is no person"));
    let elsewhere = Intent { account: "acct_2".into(), ..refund("int_4", "ch_1", 500) };
    assert!(why(elsewhere, "prop_1").contains("belongs to acct_1"));
    let late = Intent { created: NOW.plus(DAY_S), ..refund("int_5", "ch_1", 500) };
    assert!(why(late, "prop_1").contains("time was over"));
    assert_eq!(ledger.asked("prop_1").unwrap().unwrap().state, AskedState::Waiting);
}

#[test]
fn a_refusal_keeps_its_reason_and_the_trail_only_its_seal() {
    let mut ledger = ledger();
    ledger.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    let refused = ledger.refuse("prop_1", "maya", NOW.plus(9), "Ada has it back already").unwrap();
    assert_eq!((refused.state, refused.decided), (AskedState::Refused, Some(NOW.plus(9))));
    assert_eq!(ledger.asked("prop_1").unwrap().unwrap(), refused);
    let said = ledger.refuse("prop_1", "noor", NOW.plus(10), "no").unwrap_err().to_string();
    assert_eq!(said, "prop_1: maya refused it");
    assert!(matches!(ledger.refuse("prop_9", "noor", NOW, "no"), Err(LedgerError::NoProposal(_))));
    let events = events(&ledger, "prop_1");
    assert!(events[1].starts_with("declined maya reason sha256:"), "{events:?}");
    assert!(!events[1].contains("Ada"));
    ledger.ask(&proposal("prop_2", "ch_1", 500)).unwrap();
    assert_eq!(ledger.asked("prop_2").unwrap().unwrap().state, AskedState::Waiting, "asked anew");
}

#[test]
fn time_ends_what_nobody_decided() {
    let mut ledger = ledger();
    ledger.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    ledger.ask(&Asked { expires: NOW.plus(2 * DAY_S), ..proposal("prop_2", "ch_2", 500) }).unwrap();
    assert_eq!(ledger.expire(NOW.plus(DAY_S - 1)).unwrap(), 0);
    assert_eq!(ledger.expire(NOW.plus(DAY_S)).unwrap(), 1);
    assert_eq!(ledger.expire(NOW.plus(DAY_S)).unwrap(), 0);
    assert_eq!(ledger.asked("prop_1").unwrap().unwrap().state, AskedState::Expired);
    assert_eq!(ledger.waiting("acct_1", false).unwrap().len(), 1);
    assert_eq!(events(&ledger, "prop_1"), ["proposed assistant", "expired assistant"]);
}

#[test]
fn what_was_decided_stays_and_nothing_goes() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    ledger.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    let raw = Connection::open(dir.path().join(super::super::schema::FILE)).unwrap();
    let fails = |sql: &str| raw.execute(sql, []).unwrap_err().to_string();
    assert!(fails("UPDATE proposals SET expires = 1").contains("does not change"));
    assert!(fails("DELETE FROM proposals").contains("not removed"));
    ledger.refuse("prop_1", "maya", NOW, "no").unwrap();
    assert!(fails("UPDATE proposals SET state = 'waiting'").contains("was decided"));
}

#[test]
fn so_many_wait_and_no_more() {
    let mut ledger = ledger();
    for n in 0..WAITING_MOST {
        ledger.ask(&proposal(&format!("prop_{n}"), &format!("ch_{n}"), 500)).unwrap();
    }
    let said = ledger.ask(&proposal("prop_x", "ch_x", 500)).unwrap_err().to_string();
    assert!(said.contains("100 proposals wait already"), "{said}");
}

#[test]
fn another_desk_that_writes_is_noticed_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = Ledger::open(dir.path()).unwrap();
    let mut there = Ledger::open(dir.path()).unwrap();
    let before = here.version().unwrap();
    here.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    assert_eq!(here.version().unwrap(), before);
    there.ask(&proposal("prop_2", "ch_2", 500)).unwrap();
    assert_ne!(here.version().unwrap(), before);
}

#[test]
fn debug_shows_nobodys_words() {
    let asked = Asked { reason: Some("Ada has it".into()), ..proposal("prop_1", "ch_1", 500) };
    let shown = format!("{asked:?}");
    assert!(shown.contains("prop_1") && !shown.contains("Ada"), "{shown}");
    assert_eq!(asked.state, AskedState::Waiting);
}

#[test]
fn words_of_two_persons_are_kept_apart_and_each_is_said_once() {
    let mut ledger = ledger();
    ledger.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    let word = |by: &str| Agreed { by: by.into(), at: NOW, code: None };
    assert_eq!(ledger.agree("prop_1", &word("maya")).unwrap().agreed, [word("maya")]);
    let mut no = |by: &str| ledger.agree("prop_1", &word(by)).unwrap_err().to_string();
    assert!(no("Maya").contains("Maya agreed to it already"));
    assert!(no("assistant").contains("no person"));
    let asked = ledger.asked("prop_1").unwrap().unwrap();
    let others = |agent| asked.others(agent).collect::<Vec<_>>();
    assert_eq!((others("maya"), others("lea")), (vec![], vec!["maya"]));
    let late = Agreed { at: NOW.plus(DAY_S), ..word("lea") };
    assert!(ledger.agree("prop_1", &late).unwrap_err().to_string().contains("time was over"));
    let other = Asked { asked_by: "noor".into(), ..proposal("prop_2", "ch_2", 500) };
    ledger.ask(&other).unwrap();
    assert!(ledger.agree("prop_2", &word("noor")).unwrap_err().to_string().contains("noor asked for it"));
    assert!(matches!(ledger.agree("prop_9", &word("lea")), Err(LedgerError::NoProposal(_))));
    assert_eq!(events(&ledger, "prop_1"), ["proposed assistant", "agreed maya"]);
}

#[test]
fn who_asked_confirms_only_what_another_person_agreed_to() {
    let mut ledger = ledger();
    ledger.ask(&Asked { asked_by: "maya".into(), ..proposal("prop_1", "ch_1", 500) }).unwrap();
    let alone = ledger.reserve(&refund("int_1", "ch_1", 500), &confirming("prop_1"));
    assert!(
        matches!(&alone, Err(Conflict::Asked { why, .. }) if why.contains("maya asked for it")),
        "{alone:?}"
    );
    ledger.agree("prop_1", &Agreed { by: "lea".into(), at: NOW, code: Some("ab".into()) }).unwrap();
    let mut intent = refund("int_2", "ch_1", 500);
    intent.proposal.terms.second = Some("zoe".into());
    let other = ledger.reserve(&intent, &confirming("prop_1"));
    assert!(
        matches!(&other, Err(Conflict::Asked { why, .. }) if why.contains("another person")),
        "{other:?}"
    );
    intent.proposal.terms.second = Some("lea".into());
    ledger.reserve(&intent, &confirming("prop_1")).unwrap();
    assert_eq!(events(&ledger, "prop_1")[1..], ["agreed lea code sha256:ab", "confirmed maya int_2"]);
}

#[test]
fn another_call_is_something_else_however_alike() {
    let mut ledger = ledger();
    ledger.ask(&proposal("prop_1", "ch_1", 500)).unwrap();
    let mut intent = refund("int_1", "ch_1", 500);
    intent.proposal.request = intent.proposal.request.with("instructions_email", "a@example.com");
    let other = ledger.reserve(&intent, &confirming("prop_1"));
    assert!(
        matches!(&other, Err(Conflict::Asked { why, .. }) if why.contains("something else")),
        "{other:?}"
    );
}
