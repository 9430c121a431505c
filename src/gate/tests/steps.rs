//! Changes of payments, customers and disputes: each shape of proof finds what was done, and nothing is done twice.

use super::*;

fn ask(action: &str, args: &[(&str, &str)]) -> Ask {
    let args = args.iter().fold(Args::default(), |args, (name, value)| args.with(name, *value));
    Ask { action: action.into(), args, ..refund("ch_1", "1") }
}

/// By the mark, by a time, by the state, where something else answers; and which call carries the mark.
fn every() -> [(Ask, bool); 8] {
    [
        (ask("capture_payment", &[("payment_intent", "pi_1"), ("amount_to_capture", "40")]), true),
        (ask("update_customer", &[("customer", "cus_1"), ("name", "Ada")]), true),
        (
            ask(
                "update_dispute",
                &[("dispute", "du_1"), ("product_description", "seats"), ("submit", "true")],
            ),
            true,
        ),
        (ask("cancel_payment", &[("payment_intent", "pi_1")]), false),
        (ask("cancel_refund", &[("refund", "re_wait")]), false),
        (ask("close_dispute", &[("dispute", "du_1")]), false),
        (ask("detach_payment_method", &[("payment_method", "pm_1")]), false),
        (ask("remove_customer_discount", &[("customer", "cus_1")]), false),
    ]
}

#[tokio::test]
async fn is_done_once_and_carries_our_mark_where_stripe_keeps_one() {
    for (ask, marked) in every() {
        let desk = desk();
        let intent = desk.prepared(&ask).await;
        let ending = desk.sent(&intent).await.intent;
        assert_eq!(ending.state, IntentState::Settled, "{}: {:?}", ask.action, ending.message);
        assert_eq!(desk.writes(), 1, "{}", ask.action);
        assert_eq!(intent.request.param("metadata[paydesk_intent]").is_some(), marked, "{}", ask.action);
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_by_reading() {
    for (ask, _) in every() {
        for faults in [vec![Fault::LostAfter; 9], vec![Fault::Stored500 { done: true }], vec![Fault::Cut; 9]]
        {
            let desk = desk();
            desk.stripe.plan(faults.clone());
            let intent = desk.prepared(&ask).await;
            let ending = desk.sent(&intent).await.intent;
            assert_eq!(ending.state, IntentState::Settled, "{} {faults:?}: {:?}", ask.action, ending.message);
        }
    }
}

#[tokio::test]
async fn what_never_arrived_is_not_taken_for_done() {
    for (ask, marked) in every() {
        let desk = desk();
        desk.stripe.plan(vec![Fault::LostBefore; 9]);
        let intent = desk.prepared(&ask).await;
        let ending = desk.sent(&intent).await.intent;
        assert_ne!(ending.state, IntentState::Settled, "{}", ask.action);
        desk.stripe.plan([]);
        desk.clock.advance_ms(24 * HOUR_S * 1_000);
        let sent = desk.writes();
        desk.gate.recover().await.unwrap();
        // The state proves that a step was not taken, where it cannot be taken back; a mark that is missing may have been
        // overwritten, a discount may have been given anew.
        let open = marked || ask.action == "remove_customer_discount";
        let state = if open { IntentState::Unknown } else { IntentState::Refused };
        assert_eq!((desk.kept(&intent.id).state, desk.writes()), (state, sent), "{}", ask.action);
    }
}

#[tokio::test]
async fn a_link_whose_answer_was_lost_is_left_to_a_person_and_never_made_twice() {
    let link = ask("create_portal_session", &[("customer", "cus_1"), ("flow", "payment_method_update")]);
    let desk = desk();
    let intent = desk.prepared(&link).await;
    let ending = desk.sent(&intent).await.intent;
    assert_eq!((ending.state, ending.result_id.as_deref()), (IntentState::Settled, Some("bps_1")));
    let desk = self::desk();
    desk.stripe.plan(vec![Fault::LostAfter; 9]);
    let intent = desk.prepared(&link).await;
    let ending = desk.sent(&intent).await.intent;
    assert_eq!(ending.state, IntentState::Unknown);
    let sent = desk.writes();
    desk.clock.advance_ms(24 * HOUR_S * 1_000);
    let recovered = desk.gate.recover().await.unwrap();
    assert_eq!((recovered[0].intent.state, desk.writes()), (IntentState::Unknown, sent));
}

#[tokio::test]
async fn who_else_captured_it_is_told_and_nothing_is_taken_twice() {
    let desk = desk();
    let intent = desk.prepared(&every()[0].0).await;
    desk.stripe.plan(vec![Fault::LostBefore; 9]);
    desk.sent(&intent).await;
    desk.stripe.world().objects.get_mut("pi_1").unwrap()["status"] = json!("succeeded");
    let ended = desk.gate.recover().await.unwrap().remove(0).intent;
    assert_eq!(ended.state, IntentState::Refused);
    assert!(ended.message.unwrap().contains("nothing was taken twice"));
}

#[tokio::test]
async fn what_moved_meanwhile_stops_it_and_is_not_shown_where_it_is_private() {
    for (ask, change, moved) in [
        (&every()[0].0, json!({"amount_capturable": 5_000}), "held: $99.00 → $50.00"),
        (&every()[1].0, json!({"email": "ada@example.com"}), "e-mail: changed"),
        (&every()[5].0, json!({"evidence_details": {"submission_count": 1}}), "handed in: none → 1"),
    ] {
        let desk = desk();
        let intent = desk.prepared(ask).await;
        let id = intent.proposal.target.id.clone();
        for (name, value) in change.as_object().unwrap() {
            desk.stripe.world().objects.get_mut(&id).unwrap()[name] = value.clone();
        }
        let stopped = desk.gate.send(&intent.id, Release::Now, |_| {}).await.unwrap_err();
        assert!(matches!(&stopped, Stopped::Moved { changes, .. } if changes == &[moved]), "{stopped}");
        assert_eq!(desk.writes(), 0);
    }
}

#[tokio::test]
async fn what_is_final_takes_what_has_to_be_typed() {
    for (ask, word) in [
        (&every()[2].0, "submit"),
        (&every()[5].0, "49.00"),
        (&every()[6].0, "4242"),
        (&every()[7].0, "us_1"),
    ] {
        let desk = desk();
        for wrong in [Given::Enter, Given::Typed("yes".into())] {
            let stopped = desk.gate.prepare(&Ask { given: wrong, ..ask.clone() }).await.unwrap_err();
            assert!(matches!(stopped, Stopped::Unconfirmed { .. }), "{}: {stopped}", ask.action);
        }
        desk.prepared(&Ask { given: Given::Typed(word.into()), ..ask.clone() }).await;
    }
}

#[tokio::test]
async fn the_policy_decides_on_every_one() {
    let desk = desk();
    *desk.gate.policy().write().unwrap() = policy("version = 1");
    for (ask, _) in every() {
        assert!(matches!(desk.gate.prepare(&ask).await, Err(Stopped::Denied(_))), "{}", ask.action);
    }
}
