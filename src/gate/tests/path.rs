//! The plain way: asked, held, sent once, or stopped before anything left.

use super::*;

#[tokio::test]
async fn a_refund_goes_its_way_once() {
    let desk = desk();
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    assert_eq!(desk.kept(&intent.id), intent);
    assert_eq!((intent.state, desk.writes()), (IntentState::Held, 0));
    let mut steps = Vec::new();
    let ending = desk.gate.send(&intent.id, Release::AfterHold, |step| steps.push(step)).await.unwrap();
    assert_eq!(steps, [Progress::Checking, Progress::Sending { attempt: 1 }]);
    assert_eq!(
        (ending.intent.state, ending.intent.result_id.as_deref()),
        (IntentState::Settled, Some("re_1"))
    );
    assert_eq!(desk.kept(&intent.id), ending.intent);
    assert!(ending.result.unwrap().contains("re_1"));
    let sent = desk.stripe.world().writes[0].clone();
    assert_eq!(sent, intent.request);
    let mark = |name: &str| sent.param(&format!("metadata[paydesk_{name}]")).unwrap().to_owned();
    assert_eq!(
        (mark("intent"), mark("agent"), mark("note")),
        (intent.id.clone(), "maya".into(), "billed twice".into())
    );
    assert_eq!(mark("audit_head").len(), 64);
    assert!(sent.idempotency_key.unwrap().starts_with("pdk_"));
    let trail = lock(&desk.gate.ledger).audit(&AuditFilter::default()).unwrap();
    assert_eq!(trail.iter().map(|one| one.event.as_str()).collect::<Vec<_>>(), ["intended", "settled"]);
    assert!(matches!(lock(&desk.gate.ledger).verify().unwrap(), Verified::Whole(_)));
}

#[tokio::test]
async fn twice_asked_is_once_done() {
    let desk = desk();
    let first = desk.prepared(&refund("ch_1", "20")).await;
    let Err(Stopped::Busy { earlier, message }) = desk.gate.prepare(&refund("ch_1", "20")).await else {
        panic!("two open intents")
    };
    assert_eq!(earlier.id, first.id);
    assert!(message.contains("maya"), "{message}");
    desk.sent(&first).await;
    let again = desk.gate.send(&first.id, Release::Now, |_| {}).await;
    assert!(matches!(again, Err(Stopped::Invalid { .. })), "a settled intent is not sent again");
    assert!(matches!(desk.gate.prepare(&refund("ch_1", "20")).await, Err(Stopped::Equal { .. })));
    assert_eq!(desk.stripe.world().refunds.len(), 1);
    let wanted = desk.prepared(&Ask { repeat_ok: true, ..refund("ch_1", "20") }).await;
    desk.sent(&wanted).await;
    assert_eq!(desk.stripe.world().refunds.len(), 2);
}

#[tokio::test]
async fn the_other_half_of_a_double_charge_asks_first() {
    let desk = desk();
    let first = desk.prepared(&Ask { together: false, ..refund("ch_1", "20") }).await;
    let other = Ask { together: false, ..refund("ch_2", "20") };
    let Err(Stopped::Equal { earlier, message }) = desk.gate.prepare(&other).await else {
        panic!("both halves are given back")
    };
    assert_eq!(earlier.id, first.id);
    assert!(message.contains("maya gave this customer the same amount back of another payment"), "{message}");
    desk.prepared(&Ask { repeat_ok: true, ..other }).await;
}

#[tokio::test]
async fn what_is_held_can_be_taken_back_and_is_not_sent_early() {
    let desk = desk();
    let intent = desk.prepared(&Ask { hold_ms: 5_000, ..refund("ch_1", "20") }).await;
    let early = desk.gate.send(&intent.id, Release::AfterHold, |_| {}).await;
    assert!(matches!(early, Err(Stopped::Invalid { .. })));
    assert_eq!(desk.kept(&intent.id).state, IntentState::Held);
    assert_eq!(desk.gate.withdraw(&intent.id).unwrap().state, IntentState::Withdrawn);
    assert!(desk.gate.withdraw(&intent.id).is_err());
    desk.clock.advance_ms(6_000);
    assert!(desk.gate.send(&intent.id, Release::Now, |_| {}).await.is_err());
    assert_eq!(desk.writes(), 0);
}

#[tokio::test]
async fn a_charge_that_moved_before_or_after_preparing_stops_it() {
    let desk = desk();
    let target = AnyId::parse("ch_1").unwrap();
    let Fact::Known(seen) = desk.gate.facts("refund_charge", &target, &Args::default()).await.subject else {
        panic!()
    };
    desk.stripe.refund_outside("ch_1", 9_900);
    let ask = Ask { seen: Some(seen), ..refund("ch_1", "20") };
    let Err(Stopped::Moved { changes, .. }) = desk.gate.prepare(&ask).await else { panic!("not noticed") };
    assert!(changes.contains(&"refunded: $0.00 → $99.00".to_owned()), "{changes:?}");

    let intent = desk.prepared(&refund("ch_2", "20")).await;
    desk.stripe.refund_outside("ch_2", 100);
    let Err(Stopped::Moved { changes, .. }) = desk.gate.send(&intent.id, Release::Now, |_| {}).await else {
        panic!("not noticed")
    };
    assert_eq!(changes, ["refunded: $0.00 → $1.00"]);
    let kept = desk.kept(&intent.id);
    assert_eq!(kept.state, IntentState::Withdrawn);
    assert!(kept.message.unwrap().contains("$0.00 → $1.00"));
    assert_eq!(desk.writes(), 0);
}

#[tokio::test]
async fn a_policy_that_was_tightened_while_it_was_held_holds() {
    let desk = desk();
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    *desk.gate.policy.write().unwrap() =
        policy(&POLICY.replace("max = { usd = \"500.00\" }", "max = { usd = \"19.99\" }"));
    let stopped = desk.gate.send(&intent.id, Release::Now, |_| {}).await.unwrap_err();
    assert!(matches!(stopped, Stopped::Denied(_)), "{stopped}");
    assert_eq!((desk.kept(&intent.id).state, desk.writes()), (IntentState::Withdrawn, 0));

    *desk.gate.policy.write().unwrap() = policy(POLICY);
    let one_enter = desk.prepared(&Ask { given: Given::Enter, ..refund("ch_1", "20") }).await;
    *desk.gate.policy.write().unwrap() = policy(&POLICY.replace("usd = \"50.00\"", "usd = \"1.00\""));
    let stopped = desk.gate.send(&one_enter.id, Release::Now, |_| {}).await.unwrap_err();
    assert!(matches!(stopped, Stopped::Unconfirmed { .. }), "{stopped}");
    assert_eq!(desk.writes(), 0);
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_named() {
    let desk = desk();
    for (ask, field) in [
        (refund("cus_1", "20"), "charge"),
        (refund("", "20"), "charge"),
        (refund("ch_1", "99.01"), "amount"),
        (Ask { action: "refund_all".into(), ..refund("ch_1", "1") }, "action"),
    ] {
        let stopped = desk.gate.prepare(&ask).await.unwrap_err();
        assert!(matches!(&stopped, Stopped::Invalid { field: named, .. } if named == field), "{stopped}");
    }
}

#[test]
fn the_gate_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sendable<T: Send>(_: T) {}
    shared::<Gate>();
    let desk = desk();
    sendable(desk.gate.send("int_1", Release::Now, |_| {}));
    sendable(desk.gate.recover());
}

#[tokio::test]
async fn a_remembered_account_is_checked_before_the_first_change() {
    let Desk { gate, stripe, clock } = desk();
    let gate = Arc::new(Arc::into_inner(gate).unwrap().with_account_to_check());
    let desk = Desk { gate, stripe, clock };
    let whose = |id: &str| json!({"id": id, "object": "account"});
    desk.stripe.world().objects.insert("account".into(), whose("acct_2"));
    let stopped = desk.gate.prepare(&refund("ch_1", "20")).await.unwrap_err().to_string();
    assert!(stopped.contains("acct_2") && stopped.contains("acct_1"), "{stopped}");
    // A key that may not read its account changes nothing, unless the refusal names the account.
    let refuse = |message: &str| {
        desk.stripe.world().refuses = Some(("/v1/account".into(), refusal(403, "", message)));
    };
    refuse("the required permissions are not available for use by restricted keys");
    let stopped = desk.gate.prepare(&refund("ch_1", "20")).await.unwrap_err().to_string();
    assert!(stopped.contains("it cannot be told whose key this is"), "{stopped}");
    let sentence = |id: &str| {
        format!(
            "The key does not have the required permissions for this endpoint on account '{id}'. Having …"
        )
    };
    refuse(&sentence("acct_2"));
    assert!(desk.gate.prepare(&refund("ch_1", "20")).await.unwrap_err().to_string().contains("acct_2"));
    refuse(&sentence("acct_1"));
    assert_eq!(desk.prepared(&refund("ch_1", "20")).await.state, IntentState::Held);
}

#[tokio::test]
async fn a_hold_that_outlived_a_sleeping_machine_is_not_sent() {
    for (slept_ms, sent) in [(65_000, true), (65_001, false), (9 * HOUR_S * 1_000, false)] {
        let desk = desk();
        let intent = desk.prepared(&Ask { hold_ms: 5_000, ..refund("ch_1", "20") }).await;
        desk.clock.advance_ms(slept_ms);
        let ended = desk.gate.send(&intent.id, Release::AfterHold, |_| {}).await;
        assert_eq!((ended.is_ok(), desk.writes()), (sent, usize::from(sent)), "{slept_ms} ms");
        if !sent {
            let kept = desk.kept(&intent.id);
            assert_eq!(kept.state, IntentState::Withdrawn);
            let says = kept.message.unwrap();
            assert!(says.starts_with("nothing was sent: its time was over"), "{says}");
        }
    }
}
