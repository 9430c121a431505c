//! Changes of subscriptions, which are told by the state of the object.

use super::*;

#[tokio::test]
async fn a_cancellation_is_settled_by_reading() {
    for (when, faults) in [
        ("now", vec![Fault::LostAfter]), // the second DELETE finds nothing
        ("now", vec![Fault::LostAfter; 9]),
        ("period_end", vec![Fault::LostAfter; 9]),
        ("period_end", vec![Fault::Stored500 { done: true }]),
        ("now", vec![]),
        ("period_end", vec![]),
    ] {
        let desk = desk();
        desk.stripe.plan(faults.clone());
        let intent = desk.prepared(&cancel(when)).await;
        assert_eq!(intent.request.idempotency_key.is_some(), intent.request.method == Method::Post);
        let ending = desk.sent(&intent).await;
        assert_eq!(
            ending.intent.state,
            IntentState::Settled,
            "{when} {faults:?} {:?}",
            ending.intent.message
        );
        assert_eq!(ending.intent.result_id.as_deref(), Some("sub_1"));
    }
}

#[tokio::test]
async fn a_first_delete_that_finds_nothing_is_refused() {
    let desk = desk();
    desk.stripe.plan([Fault::Says(refusal(404, "resource_missing", "No such subscription"))]);
    let intent = desk.prepared(&cancel("now")).await;
    assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Refused);
}

#[tokio::test]
async fn a_delete_that_was_repeated_on_its_way_has_ended_it() {
    let desk = desk();
    desk.stripe.plan([Fault::Twice]);
    let intent = desk.prepared(&cancel("now")).await;
    let ended = desk.sent(&intent).await.intent;
    assert_eq!((ended.state, ended.attempts), (IntentState::Settled, 1), "{:?}", ended.message);
}

#[tokio::test]
async fn a_subscription_that_stands_as_before_tells_that_nothing_happened() {
    let desk = desk();
    desk.stripe.plan(vec![Fault::LostBefore; 9]);
    let intent = desk.prepared(&cancel("now")).await;
    assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Unknown);
    desk.clock.advance_ms(24 * HOUR_S * 1_000);
    let endings = desk.gate.recover().await.unwrap();
    assert_eq!(endings[0].intent.state, IntentState::Refused);
    assert_eq!(desk.stripe.world().objects["sub_1"]["status"], "active");
}

#[tokio::test]
async fn keeping_clears_the_marks_of_the_cancellation() {
    let desk = desk();
    let intent = desk.prepared(&cancel("period_end")).await;
    desk.sent(&intent).await;
    let keep = Ask {
        action: "undo_cancellation".into(),
        args: Args::default().with("subscription", "sub_1"),
        ..cancel("period_end")
    };
    let kept = desk.prepared(&keep).await;
    assert_eq!(desk.sent(&kept).await.intent.state, IntentState::Settled);
    let subscription = desk.stripe.world().objects["sub_1"].clone();
    assert_eq!(subscription["cancel_at_period_end"], false);
    assert_eq!(subscription["metadata"]["paydesk_intent"], kept.id.as_str());
    assert_eq!(kept.request.param("metadata[paydesk_note]"), Some(""));
}

#[tokio::test]
async fn a_subscription_without_our_mark_does_not_tell_that_nothing_happened() {
    let desk = desk();
    let intent = desk.prepared(&cancel("period_end")).await;
    desk.stripe.plan(vec![Fault::LostBefore; 9]);
    assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Unknown);
    desk.clock.advance_ms(24 * HOUR_S * 1_000);
    // It may have been done, and somebody may have undone it since: only a person can tell.
    let endings = desk.gate.recover().await.unwrap();
    assert_eq!(endings[0].intent.state, IntentState::Unknown, "{:?}", endings[0].intent.message);
    assert!(endings[0].intent.message.as_deref().unwrap().contains("look, and decide"));
}

#[tokio::test]
async fn a_subscription_that_was_cancelled_before_was_not_cancelled_by_us() {
    for (ahead_s, before_s, state) in [
        (0, 10, IntentState::Refused),
        // Compared by Stripe's clock, not by this machine's.
        (HOUR_S, 10, IntentState::Refused),
        (-HOUR_S, 10, IntentState::Refused),
        (HOUR_S, -1, IntentState::Settled),
        (-HOUR_S, 0, IntentState::Settled),
    ] {
        let desk = desk();
        desk.stripe.world().ahead_s = ahead_s;
        let intent = desk.prepared(&cancel("now")).await;
        desk.stripe.plan(vec![Fault::LostBefore; 9]);
        let ending = desk.sent(&intent).await;
        assert_eq!(ending.intent.state, IntentState::Unknown);
        let at = ending.intent.first_sent.unwrap().plus(-before_s).0;
        desk.stripe.world().objects.get_mut("sub_1").unwrap()["canceled_at"] = json!(at);
        desk.stripe.world().objects.get_mut("sub_1").unwrap()["status"] = json!("canceled");
        let ended = desk.gate.recover().await.unwrap().remove(0).intent;
        assert_eq!(ended.state, state, "{ahead_s} {before_s}: {:?}", ended.message);
        let says = ended.message.unwrap_or_default();
        assert_eq!(says.contains("it was already cancelled"), state == IntentState::Refused, "{says}");
    }
}

#[tokio::test]
async fn a_cancelled_subscription_without_a_time_is_left_to_a_person() {
    let desk = desk();
    let intent = desk.prepared(&cancel("now")).await;
    desk.stripe.plan(vec![Fault::LostBefore; 9]);
    desk.sent(&intent).await;
    desk.stripe.world().objects.get_mut("sub_1").unwrap()["status"] = json!("canceled");
    assert_eq!(desk.gate.recover().await.unwrap()[0].intent.state, IntentState::Unknown);
}
