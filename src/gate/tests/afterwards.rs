//! Refunds that came back after they had gone through.

use super::*;

/// Stripe says something else of the first refund from now on.
fn becomes(desk: &Desk, status: &str, reason: (&str, &str)) {
    let mut world = desk.stripe.world();
    let refund = world.refunds.last_mut().unwrap();
    refund["status"] = json!(status);
    refund[reason.0] = json!(reason.1);
}

fn trail(desk: &Desk) -> Vec<(String, String, String)> {
    let records = lock(&desk.gate.ledger).audit(&AuditFilter::default()).unwrap();
    let last = records.into_iter().skip(2);
    last.map(|record| (record.event, record.target, record.intent)).collect()
}

#[tokio::test]
async fn what_failed_later_is_raised_until_it_is_acknowledged() {
    let desk = desk();
    let ending = desk.refund_through([]).await;
    assert_eq!(desk.gate.look_after(Vec::new()).await.unwrap().raised, [], "it stayed so far");
    becomes(&desk, "failed", ("failure_reason", "expired_or_canceled_card"));
    for _ in 0..2 {
        let raised = desk.gate.look_after(Vec::new()).await.unwrap().raised;
        assert_eq!((raised.len(), raised[0].intent.id.as_str()), (1, ending.intent.id.as_str()));
        assert!(raised[0].what.contains("failed: expired or canceled card"), "{}", raised[0].what);
    }
    let told = ("came_back".to_owned(), "re_1".to_owned(), ending.intent.id.clone());
    assert_eq!(trail(&desk), std::slice::from_ref(&told), "recorded once");
    let raised = desk.gate.look_after(vec![ending.intent.id.clone()]).await.unwrap().raised;
    desk.gate.acknowledge(&raised[0]).await.unwrap();
    assert_eq!(desk.gate.look_after(Vec::new()).await.unwrap().raised, []);
    assert_eq!(trail(&desk), [told, ("acknowledged_failure".into(), "re_1".into(), ending.intent.id)]);
    assert!(matches!(lock(&desk.gate.ledger).verify().unwrap(), Verified::Whole(_)));
}

#[tokio::test]
async fn pending_for_want_of_balance_is_raised_and_its_failure_once_more() {
    let desk = desk();
    desk.refund_through([]).await;
    becomes(&desk, "pending", ("pending_reason", "insufficient_funds"));
    let raised = desk.gate.look_after(Vec::new()).await.unwrap().raised;
    assert_eq!(raised[0].what, "pending at Stripe: insufficient funds");
    desk.gate.acknowledge(&raised[0]).await.unwrap();
    assert_eq!(desk.gate.look_after(Vec::new()).await.unwrap().raised, []);
    becomes(&desk, "canceled", ("x", ""));
    assert_eq!(
        desk.gate.look_after(Vec::new()).await.unwrap().raised.len(),
        1,
        "something else became of it"
    );
}

#[tokio::test]
async fn only_one_s_own_of_the_last_days_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let desk = desk_in(dir.path(), None);
    desk.refund_through([]).await;
    becomes(&desk, "failed", ("failure_reason", "unknown"));
    let mut other = desk_in(dir.path(), Some(&desk));
    Arc::get_mut(&mut other.gate).unwrap().identity.agent = "sam".into();
    assert_eq!(other.gate.look_after(Vec::new()).await.unwrap().raised, []);
    desk.clock.advance_ms((30 * DAY_S + HOUR_S) * 1_000);
    assert_eq!(desk.gate.look_after(Vec::new()).await.unwrap().raised, []);
}

/// Refunds as an earlier look left them: each of one cent, all on one charge.
async fn many(desk: &Desk, count: usize) {
    for _ in 0..count {
        let ask = Ask { repeat_ok: true, ..refund("ch_1", "0.01") };
        let intent = desk.prepared(&ask).await;
        desk.sent(&intent).await;
    }
}

#[tokio::test]
async fn all_of_the_last_days_are_read_and_one_that_cannot_be_hides_no_other() {
    let desk = desk();
    many(&desk, 120).await;
    for refund in &mut desk.stripe.world().refunds {
        refund["status"] = json!("failed");
    }
    desk.stripe.world().deaf = Some("/v1/refunds/re_50".into());
    let looked = desk.gate.look_after(Vec::new()).await.unwrap();
    assert_eq!(looked.raised.len(), 119);
    assert!(looked.raised.iter().any(|one| one.refund == "re_1"), "the oldest");
    assert!(looked.missed.as_deref().unwrap().starts_with("1 could not be read: "), "{:?}", looked.missed);
    // What was acknowledged as failed costs no reading any more.
    for one in &looked.raised {
        desk.gate.acknowledge(one).await.unwrap();
    }
    desk.stripe.world().deaf = Some("/v1/refunds/".into());
    let looked = desk.gate.look_after(Vec::new()).await.unwrap();
    assert!(looked.missed.unwrap().starts_with("1 could not be read: "));
}

#[tokio::test]
async fn where_stripe_cannot_be_read_that_is_said() {
    let desk = desk();
    desk.refund_through([]).await;
    desk.stripe.world().deaf = Some("/v1/refunds/".into());
    let looked = desk.gate.look_after(Vec::new()).await.unwrap();
    assert!(looked.raised.is_empty() && looked.missed.is_some(), "{looked:?}");
}

/// A paid invoice of $49.00, and a credit note of it that gives all of it back: the refund carries no mark.
async fn credited(desk: &Desk) -> Intent {
    let paid = json!({"status": "paid", "amount_paid": 4900, "amount_remaining": 0, "subtotal": 4900,
        "pre_payment_credit_notes_amount": 0, "post_payment_credit_notes_amount": 0, "lines": {"data": []},
        "payments": {"data": [{"payment": {"payment_intent": {"id": "pi_1", "latest_charge": "ch_1"}}}]}});
    for (name, value) in paid.as_object().unwrap() {
        desk.stripe.world().objects.get_mut("in_1").unwrap()[name] = value.clone();
    }
    let args =
        Args::default().with("invoice", "in_1").with("refund_amount", "49.00").with("reason", "duplicate");
    let ask = Ask { action: "create_credit_note".into(), args, ..refund("ch_1", "1") };
    let intent = desk.prepared(&ask).await;
    desk.sent(&intent).await.intent
}

#[tokio::test]
async fn the_refund_of_a_credit_note_counts_once_and_is_raised_where_it_comes_back() {
    let desk = desk();
    let intent = credited(&desk).await;
    assert_eq!(intent.state, IntentState::Settled);
    let Fact::Known(spent) = desk.gate.spent().await else { panic!() };
    let sums = [&spent.agent, &spent.team].map(|sums| sums.of(Currency::USD));
    assert_eq!(sums, [usd(4_900), usd(4_900)], "in the ledger and at Stripe it is one");
    assert_eq!(desk.gate.look_after(Vec::new()).await.unwrap(), Looked::default(), "it stayed so far");
    becomes(&desk, "failed", ("failure_reason", "expired_or_canceled_card"));
    let raised = desk.gate.look_after(Vec::new()).await.unwrap().raised;
    assert_eq!((raised.len(), &raised[0].intent.id), (1, &intent.id));
    assert!(raised[0].what.contains("failed: expired or canceled card"), "{}", raised[0].what);
    let Fact::Known(spent) = desk.gate.spent().await else { panic!() };
    assert_eq!(spent.team.of(Currency::USD), usd(0), "what came back is free again");
    desk.gate.acknowledge(&raised[0]).await.unwrap();
    assert_eq!(desk.gate.look_after(Vec::new()).await.unwrap().raised, []);
}
