//! The trail beside Stripe: what agrees, and every way in which it may not.

use serde_json::Value;

use super::*;
use crate::ledger::{canonical, sha256_hex};

fn ask(action: &str, args: &[(&str, &str)]) -> Ask {
    let args = args.iter().fold(Args::default(), |all, (name, value)| all.with(name, *value));
    Ask { action: action.into(), args, repeat_ok: true, ..refund("ch_1", "1") }
}

impl Desk {
    async fn did(&self, ask: &Ask) -> Intent {
        let intent = self.prepared(ask).await;
        let ended = self.sent(&intent).await.intent;
        assert_eq!(ended.state, IntentState::Settled, "{:?}", ended.message);
        ended
    }

    async fn reconciled(&self) -> Reconciled {
        self.gate.reconcile(NOW.plus(-DAY_S), &mut |_| {}).await.unwrap_or_else(|stopped| panic!("{stopped}"))
    }

    /// What was found, and what it says.
    async fn found(&self) -> Vec<(What, String)> {
        let found = self.reconciled().await.findings;
        found.into_iter().map(|one| (one.what, one.says)).collect()
    }

    /// Somebody changes the newest refund at Stripe.
    fn newest(&self, change: impl FnOnce(&mut Value)) {
        change(self.stripe.world().refunds.first_mut().unwrap());
    }
}

#[tokio::test]
async fn changes_of_every_shape_agree_and_what_others_did_is_named() {
    let desk = desk();
    desk.did(&refund("ch_1", "20")).await;
    desk.did(&refund("ch_2", "5")).await;
    desk.did(&ask("adjust_customer_balance", &[("customer", "cus_1"), ("amount", "10"), ("note", "sorry")]))
        .await;
    desk.did(&ask("update_customer", &[("customer", "cus_1"), ("description", "one")])).await;
    desk.did(&ask("update_customer", &[("customer", "cus_1"), ("description", "two")])).await;
    desk.did(&ask("void_invoice", &[("invoice", "in_1"), ("note", "billed twice")])).await;
    desk.did(&cancel("now")).await;
    let found = desk.reconciled().await;
    assert_eq!((found.compared, found.findings), (7, vec![]));
    desk.stripe.refund_outside("ch_2", 300);
    let found = desk.reconciled().await;
    assert_eq!((found.compared, found.differences().count()), (8, 0));
    let outside = &found.findings[0];
    assert_eq!(
        (outside.what, outside.amount, outside.object.as_deref()),
        (What::Outside, Some(usd(300)), Some("re_4"))
    );
}

/// What is found, in which words, when somebody does this to the refund at Stripe.
type Change = (What, &'static str, fn(&mut Value));

#[tokio::test]
async fn every_difference_of_a_refund_is_named() {
    let changes: Vec<Change> = vec![
        (What::Differs, "amount is 2100 at Stripe and 2000 here", |refund| refund["amount"] = json!(2_100)),
        (What::Differs, "charge is ch_2 at Stripe and ch_1 here", |refund| refund["charge"] = json!("ch_2")),
        (What::Differs, "reason is fraudulent at Stripe and duplicate here", |refund| {
            refund["reason"] = json!("fraudulent");
        }),
        (What::Differs, "paydesk_agent in its metadata", |refund| {
            refund["metadata"]["paydesk_agent"] = json!("noor");
        }),
        (What::MissingHere, "there is no record of it", |refund| {
            refund["metadata"]["paydesk_intent"] = json!("int_other");
        }),
        (What::CameBack, "it failed: unknown; the money is back in the balance: maya is told", |refund| {
            refund["status"] = json!("failed");
            refund["failure_reason"] = json!("unknown");
        }),
        (What::PastEdited, "stands nowhere in the trail", |refund| {
            refund["metadata"]["paydesk_audit_head"] = json!(sha256_hex(b"another past"));
        }),
        (What::PastEdited, "after what it was the end of", |refund| {
            refund["metadata"]["paydesk_audit_head"] = json!("HEAD");
        }),
    ];
    for (what, says, change) in changes {
        let desk = desk();
        desk.did(&refund("ch_1", "20")).await;
        let head = lock(&desk.gate.ledger).head().unwrap().hash;
        desk.newest(change);
        desk.newest(|refund| {
            let kept = &mut refund["metadata"]["paydesk_audit_head"];
            if kept == "HEAD" {
                *kept = json!(head);
            }
        });
        let found = desk.found().await;
        assert!(found.iter().any(|(found, said)| *found == what && said.contains(says)), "{says}: {found:?}");
    }
}

#[tokio::test]
async fn what_only_one_side_has_is_named() {
    let desk = desk();
    let intent = desk.did(&refund("ch_1", "20")).await;
    let kept = desk.stripe.world().refunds.clone();
    desk.stripe.world().refunds.clear();
    let found = desk.reconciled().await;
    assert_eq!(
        (found.findings[0].what, found.findings[0].intent.as_ref()),
        (What::MissingAtStripe, Some(&intent.id))
    );
    // Two that carry the mark of one.
    let mut twin = kept[0].clone();
    twin["id"] = json!("re_twin");
    desk.stripe.world().refunds = vec![kept[0].clone(), twin];
    let found = desk.found().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, What::Twice);
    // One that was recorded as refused.
    let other = self::desk();
    other.stripe.plan([Fault::Says(refusal(400, "", "no"))]);
    let refused = other.prepared(&refund("ch_1", "20")).await;
    assert_eq!(other.sent(&refused).await.intent.state, IntentState::Refused);
    assert_eq!(other.found().await, []);
    let mut done = kept[0].clone();
    done["metadata"]["paydesk_intent"] = json!(refused.id);
    other.stripe.world().refunds.push(done);
    assert_eq!(other.found().await[0].0, What::DoneAnyway);
}

#[tokio::test]
async fn what_is_not_settled_is_named_until_it_is() {
    let desk = desk();
    desk.stripe.plan(vec![Fault::LostAfter, Fault::LostBefore, Fault::LostBefore]);
    desk.stripe.world().deaf = Some("/v1/refunds".into());
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    desk.stripe.plan(vec![Fault::LostAfter; 9]);
    assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Unknown);
    assert!(
        matches!(desk.gate.reconcile(NOW, &mut |_| {}).await, Err(Stopped::Facts(_))),
        "nothing is agreed unread"
    );
    desk.stripe.world().deaf = None;
    let found = desk.found().await;
    assert_eq!((found.len(), found[0].0), (1, What::Unknown), "{found:?}");
    assert!(found[0].1.contains("recorded as unknown, and done"), "{found:?}");
    desk.gate.recover().await.unwrap();
    assert_eq!(desk.found().await, []);
    // A desk is at work on this one.
    let held = desk.prepared(&refund("ch_2", "5")).await;
    assert_eq!(desk.found().await[0].0, What::UnderWay);
    desk.clock.advance_ms(2 * HOUR_S * 1_000);
    assert_eq!(desk.found().await[0].0, What::Unknown, "{} for hours", held.id);
}

#[tokio::test]
async fn what_came_back_is_a_difference_until_somebody_was_told() {
    let desk = desk();
    desk.did(&refund("ch_1", "20")).await;
    desk.newest(|refund| refund["status"] = json!("failed"));
    assert_eq!(desk.found().await[0].0, What::CameBack);
    desk.gate.look_after(Vec::new()).await.unwrap();
    assert_eq!(desk.found().await, []);
}

#[tokio::test]
async fn what_was_changed_after_us_is_named() {
    let desk = desk();
    let first = desk.did(&ask("update_customer", &[("customer", "cus_1"), ("description", "one")])).await;
    desk.did(&ask("update_customer", &[("customer", "cus_1"), ("description", "two")])).await;
    let carries = |mark: Value| {
        desk.stripe.world().objects.get_mut("cus_1").unwrap()["metadata"]["paydesk_intent"] = mark;
    };
    carries(json!("int_elsewhere"));
    assert_eq!(desk.found().await[0].0, What::MissingHere);
    carries(json!(first.id));
    assert_eq!(desk.found().await[0].0, What::MissingAtStripe);
    carries(json!(""));
    assert_eq!(desk.found().await[0].0, What::Differs);
    desk.stripe.world().objects.get_mut("cus_1").unwrap()["deleted"] = json!(true);
    assert_eq!(desk.reconciled().await.differences().count(), 0, "there is nothing left to compare with");
    desk.stripe.world().deaf = Some("/v1/customers/".into());
    assert_eq!(desk.found().await[0].0, What::NotCompared);
}

#[tokio::test]
async fn all_pages_are_read_and_told() {
    let desk = desk();
    for _ in 0..120 {
        desk.did(&Ask { repeat_ok: true, ..refund("ch_1", "0.01") }).await;
    }
    let mut told = Vec::new();
    let found = desk.gate.reconcile(NOW.plus(-DAY_S), &mut |line| told.push(line.to_owned())).await.unwrap();
    assert_eq!((found.compared, found.findings), (120, vec![]));
    assert!(
        told.contains(&"100 refunds read".into()) && told.contains(&"120 refunds read".into()),
        "{told:?}"
    );
}

/// Who can write the file can write another past that is whole in itself. Stripe's copies of its ends contradict it.
#[tokio::test]
async fn a_past_that_was_written_anew_whole_contradicts_stripe() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk_in(dir.path(), None);
    desk.did(&refund("ch_1", "20")).await;
    desk.did(&refund("ch_2", "5")).await;
    assert_eq!(desk.found().await, []);
    let file = rusqlite::Connection::open(dir.path().join("ledger.sqlite3")).unwrap();
    file.execute_batch("DROP TRIGGER audit_is_frozen").unwrap();
    let mut previous = sha256_hex(b"");
    for seq in 1..=4 {
        let text: String =
            file.query_row("SELECT record FROM audit WHERE seq = ?1", [seq], |row| row.get(0)).unwrap();
        let mut record: Value = serde_json::from_str(&text).unwrap();
        record["agent"] = json!("noor");
        record["previous"] = json!(previous);
        let text = canonical(&record);
        previous = sha256_hex(text.as_bytes());
        file.execute("UPDATE audit SET record = ?2, hash = ?3 WHERE seq = ?1", (seq, text, &previous))
            .unwrap();
    }
    file.execute("UPDATE head SET hash = ?1", [&previous]).unwrap();
    std::fs::write(dir.path().join("audit.head"), format!("4 {previous}\n")).unwrap();
    assert!(
        matches!(lock(&desk.gate.ledger).verify().unwrap(), Verified::Whole(_)),
        "nothing here contradicts it"
    );
    let found = desk.found().await;
    assert_eq!(
        (found.len(), found[0].0),
        (1, What::PastEdited),
        "the second refund knew the first one's end: {found:?}"
    );
}
