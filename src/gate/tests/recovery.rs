//! What was left open: settled by reading, sent again only while that is safe.

use super::*;

#[tokio::test]
async fn a_crash_after_the_first_byte_is_settled_by_the_next_desk() {
    for done in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk_in(dir.path(), None);
        desk.stripe.plan([Fault::Hang { done }]);
        let intent = desk.prepared(&refund("ch_1", "20")).await;
        assert!(desk.sent_or_cut_off(&intent).await.is_none(), "it hangs");
        assert_eq!(desk.kept(&intent.id).state, IntentState::Sending);
        let other = desk_in(dir.path(), Some(&desk));
        assert!(other.gate.recover().await.unwrap().is_empty(), "the first desk still runs");
        assert!(matches!(other.gate.prepare(&refund("ch_1", "5")).await, Err(Stopped::Busy { .. })));
        drop(desk);
        let endings = other.gate.recover().await.unwrap();
        assert_eq!(endings.len(), 1);
        assert_eq!(endings[0].intent.state, IntentState::Settled, "{:?}", endings[0].intent.message);
        assert_eq!(other.refunds(&intent.id), 1, "done before: {done}");
        assert!(other.gate.recover().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_task_that_ended_in_the_same_desk_is_settled_too() {
    let desk = desk();
    desk.stripe.plan([Fault::Hang { done: true }]);
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    assert!(desk.sent_or_cut_off(&intent).await.is_none(), "it hangs");
    let endings = desk.gate.recover().await.unwrap();
    assert_eq!(endings[0].intent.state, IntentState::Settled);
    assert_eq!(desk.refunds(&intent.id), 1);
}

#[tokio::test]
async fn what_was_held_by_a_desk_that_ended_is_withdrawn() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk_in(dir.path(), None);
    let intent = desk.prepared(&Ask { hold_ms: 5_000, ..refund("ch_1", "20") }).await;
    assert!(desk.gate.recover().await.unwrap().is_empty(), "its own desk may still send it");
    let other = desk_in(dir.path(), Some(&desk));
    assert!(other.gate.recover().await.unwrap().is_empty());
    assert!(other.gate.withdraw(&intent.id).is_err());
    assert!(other.gate.send(&intent.id, Release::Now, |_| {}).await.is_err());
    drop(desk);
    let endings = other.gate.recover().await.unwrap();
    assert_eq!(endings[0].intent.state, IntentState::Withdrawn);
    assert_eq!(other.writes(), 0);
}

#[tokio::test]
async fn an_old_key_is_never_sent_again() {
    let desk = desk();
    let ending = desk.refund_through(vec![Fault::LostBefore; 9]).await;
    let sent = desk.writes();
    desk.clock.advance_ms(23 * HOUR_S * 1_000);
    let endings = desk.gate.recover().await.unwrap();
    assert_eq!(endings[0].intent.state, IntentState::Unknown);
    assert!(endings[0].intent.message.as_deref().unwrap().contains("not sent again"));
    assert_eq!((desk.writes(), desk.stripe.world().refunds.len()), (sent, 0));
    let records = |desk: &Desk| lock(&desk.gate.ledger).head().unwrap().count;
    let before = records(&desk);
    desk.gate.recover().await.unwrap();
    assert_eq!(records(&desk), before, "what was said is not said again");
    let closed = desk.gate.close_by_hand(&ending.intent.id, false).await.unwrap();
    assert_eq!(closed.intent.state, IntentState::Refused);
    assert!(desk.gate.close_by_hand(&ending.intent.id, true).await.is_err());
}

#[tokio::test]
async fn a_key_that_grew_old_after_it_was_looked_up_is_not_sent() {
    let desk = desk();
    let unknown = desk.refund_through(vec![Fault::LostBefore; 9]).await.intent;
    let sent = desk.writes();
    desk.stripe.plan([]);
    desk.clock.advance_ms(24 * HOUR_S * 1_000);
    let ending = desk.gate.resend(unknown, None, &mut |_| {}).await.unwrap();
    assert_eq!((ending.intent.state, desk.writes()), (IntentState::Unknown, sent));
}

/// A discount that was taken off, and its answer lost.
async fn taken_off(desk: &Desk, meanwhile: impl FnMut(Progress) + Send) -> Intent {
    let args = Args::default().with("customer", "cus_1");
    let ask = Ask { action: "remove_customer_discount".into(), args, ..refund("ch_1", "1") };
    let intent = desk.prepared(&ask).await;
    desk.gate.send(&intent.id, Release::Now, meanwhile).await.unwrap().intent
}

#[tokio::test]
async fn what_carries_no_key_is_read_and_not_sent_again_blindly() {
    let desk = desk();
    desk.stripe.plan([Fault::LostAfter]);
    let stripe = Arc::clone(&desk.stripe);
    let given_anew = move |step: Progress| {
        if matches!(step, Progress::Waiting { .. } | Progress::LookingUp) {
            let discount = json!({"id": "di_2"});
            stripe.world().objects.get_mut("cus_1").unwrap()["discount"] = discount;
        }
    };
    let intent = taken_off(&desk, given_anew).await;
    let stands = |desk: &Desk| desk.stripe.world().objects["cus_1"]["discount"]["id"].clone();
    assert_eq!((intent.state, desk.writes()), (IntentState::Unknown, 1));
    desk.gate.recover().await.unwrap();
    assert_eq!((desk.kept(&intent.id).state, desk.writes()), (IntentState::Unknown, 1));
    desk.clock.advance_ms(24 * HOUR_S * 1_000);
    desk.gate.recover().await.unwrap();
    assert_eq!((desk.kept(&intent.id).state, desk.writes()), (IntentState::Unknown, 1));
    assert_eq!(stands(&desk), "di_2", "what somebody gave stays");
}

#[tokio::test]
async fn what_carries_no_key_is_sent_again_where_all_is_as_it_was() {
    let desk = desk();
    desk.stripe.plan([Fault::LostBefore]);
    let intent = taken_off(&desk, |_| {}).await;
    assert_eq!((intent.state, desk.writes()), (IntentState::Unknown, 1));
    desk.gate.recover().await.unwrap();
    assert_eq!((desk.kept(&intent.id).state, desk.writes()), (IntentState::Settled, 2));
}

#[tokio::test]
async fn each_ending_is_told_while_nobody_else_can_end_it() {
    let desk = desk();
    let unknown = desk.refund_through(vec![Fault::LostBefore; 9]).await.intent;
    desk.clock.advance_ms(24 * HOUR_S * 1_000);
    let told = Mutex::new(Vec::new());
    let tell = |ending: Ending| {
        let (gate, told) = (&desk.gate, &told);
        async move {
            // A person who decides at this moment is told that it is being looked at.
            let closed = gate.close_by_hand(&ending.intent.id, false).await;
            lock(told).push((ending.intent.state, closed.is_err()));
        }
    };
    desk.gate.recover_telling(tell).await.unwrap();
    assert_eq!(*lock(&told), [(IntentState::Unknown, true)]);
    assert!(desk.gate.close_by_hand(&unknown.id, false).await.is_ok());
}

#[tokio::test]
async fn a_young_key_is_sent_again_by_recovery_and_by_nothing_else() {
    let desk = desk();
    let ending = desk.refund_through(vec![Fault::LostBefore; 9]).await;
    assert_eq!(ending.intent.state, IntentState::Unknown);
    desk.stripe.plan([]);
    let endings = desk.gate.recover().await.unwrap();
    assert_eq!(endings[0].intent.state, IntentState::Settled, "{:?}", endings[0].intent.message);
    assert_eq!(desk.refunds(&ending.intent.id), 1);
}

#[tokio::test]
async fn recovery_sends_nothing_that_is_no_longer_right() {
    let desk = desk();
    desk.refund_through(vec![Fault::LostBefore; 9]).await;
    let sent = desk.writes();
    desk.stripe.refund_outside("ch_1", 500);
    let endings = desk.gate.recover().await.unwrap();
    assert_eq!(endings[0].intent.state, IntentState::Unknown);
    assert!(endings[0].intent.message.as_deref().unwrap().contains("refunded: $0.00 → $5.00"));
    assert_eq!(desk.writes(), sent);
}

#[tokio::test]
async fn nothing_is_recovered_while_stripe_cannot_be_read() {
    let desk = desk();
    desk.refund_through(vec![Fault::LostBefore; 9]).await;
    let sent = desk.writes();
    desk.stripe.world().deaf = Some("/v1/refunds".into());
    let endings = desk.gate.recover().await.unwrap();
    assert_eq!((endings[0].intent.state, desk.writes()), (IntentState::Unknown, sent));
}

#[tokio::test]
async fn what_waits_at_stripe_is_never_sent_again_and_settles_when_stripe_runs_it() {
    let desk = desk();
    let approval = refusal(400, "approval_required", "Approval is required");
    let ending = desk.refund_through([Fault::Says(approval)]).await;
    assert_eq!(desk.gate.recover().await.unwrap()[0].intent.state, IntentState::WaitingAtStripe);
    assert_eq!(desk.writes(), 1);
    // Somebody approves there, and Stripe runs what was sent.
    let request = Request { idempotency_key: None, ..ending.intent.request.clone() };
    desk.stripe.attempt(&request, Priority::Change.into()).await.unwrap();
    assert_eq!(desk.gate.recover().await.unwrap()[0].intent.state, IntentState::Settled);
    assert_eq!(desk.refunds(&ending.intent.id), 1);
}

#[tokio::test]
async fn a_person_decides_only_on_what_is_theirs_and_unknown() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk_in(dir.path(), None);
    let unknown = desk.refund_through(vec![Fault::LostBefore; 9]).await.intent;
    let other = desk_in(dir.path(), Some(&desk));
    let stopped = other.gate.close_by_hand(&unknown.id, true).await.unwrap_err();
    assert!(matches!(&stopped, Stopped::Busy { message, .. } if message.contains("is running")), "{stopped}");
    assert_eq!(desk.kept(&unknown.id).state, IntentState::Unknown);
    drop(desk);
    let held = other.prepared(&Ask { hold_ms: 5_000, ..refund("ch_2", "20") }).await;
    for (id, word) in [("int_none", "there is no intent"), (held.id.as_str(), "is held")] {
        let stopped = other.gate.close_by_hand(id, true).await.unwrap_err();
        assert!(matches!(&stopped, Stopped::Invalid { message, .. } if message.contains(word)), "{stopped}");
    }
    let stopped = other.gate.prepare(&refund("ch_1", "5")).await.unwrap_err();
    assert!(matches!(stopped, Stopped::Busy { .. }), "{stopped}");
    assert_eq!(
        other.gate.close_by_hand(&unknown.id, false).await.unwrap().intent.state,
        IntentState::Refused
    );
    let again = other.gate.close_by_hand(&unknown.id, true).await.unwrap_err().to_string();
    assert!(again.contains("is refused"), "{again}");
    // Its charge is free, its amount counts no more.
    other.prepared(&refund("ch_1", "5")).await;
}

#[tokio::test]
async fn the_trail_says_who_decided() {
    let desk = desk();
    let unknown = desk.refund_through(vec![Fault::LostBefore; 9]).await.intent;
    let Desk { gate, stripe, clock } = desk;
    let mut gate = Arc::into_inner(gate).unwrap();
    gate.identity.agent = "lea@example.com".into();
    let desk = Desk { gate: Arc::new(gate), stripe, clock };
    let ending = desk.gate.close_by_hand(&unknown.id, true).await.unwrap();
    assert!(ending.intent.message.unwrap().starts_with(BY_HAND));
    let trail = lock(&desk.gate.ledger).audit(&AuditFilter::default()).unwrap();
    let last = trail.last().unwrap();
    assert_eq!((last.event.as_str(), last.agent.as_str()), ("settled", "lea@example.com"));
    assert!(last.message.as_deref().unwrap().ends_with("it happened"));
    assert_eq!(trail.first().unwrap().agent, "maya");
    assert!(matches!(lock(&desk.gate.ledger).verify().unwrap(), Verified::Whole(_)));
}

#[tokio::test]
async fn a_read_only_desk_decides_nothing() {
    let desk = desk();
    let unknown = desk.refund_through(vec![Fault::LostBefore; 9]).await.intent;
    let Desk { gate, stripe, clock } = desk;
    let mut gate = Arc::into_inner(gate).unwrap();
    gate.identity.read_only = Some("by flag".into());
    let desk = Desk { gate: Arc::new(gate), stripe, clock };
    assert!(desk.gate.close_by_hand(&unknown.id, true).await.is_err());
    assert_eq!(desk.kept(&unknown.id).state, IntentState::Unknown);
}
