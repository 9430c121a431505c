//! Actions of every shape of proof, through the same gate: none of them is known to it by name.

use super::*;

fn ask(action: &str, args: &[(&str, &str)]) -> Ask {
    let args = args.iter().fold(Args::default(), |all, (name, value)| all.with(name, *value));
    Ask { action: action.into(), args, ..refund("ch_1", "1") }
}

fn every() -> [Ask; 4] {
    [
        ask("pay_invoice", &[("invoice", "in_1")]),
        ask("void_invoice", &[("invoice", "in_1"), ("note", "billed twice")]),
        ask("adjust_customer_balance", &[("customer", "cus_1"), ("amount", "10"), ("note", "sorry")]),
        outside(),
    ]
}

fn outside() -> Ask {
    ask("pay_invoice", &[("invoice", "in_1"), ("paid_out_of_band", "true")])
}

/// How often it is there.
fn done(desk: &Desk) -> usize {
    let world = desk.stripe.world();
    world.balance.len().saturating_add(usize::from(world.objects["in_1"]["status"] != "open"))
}

#[tokio::test]
async fn is_done_once_and_recorded() {
    for ask in every() {
        let desk = desk();
        let intent = desk.prepared(&ask).await;
        let ending = desk.sent(&intent).await;
        assert_eq!(ending.intent.state, IntentState::Settled, "{}: {:?}", ask.action, ending.intent.message);
        assert_eq!((done(&desk), desk.writes()), (1, 1), "{}", ask.action);
        let marked = intent.request.param("metadata[paydesk_intent]").is_some();
        assert_eq!(marked, ask.action == "adjust_customer_balance", "{}", ask.action);
    }
}

#[tokio::test]
async fn a_lost_answer_is_found_by_reading() {
    for ask in every() {
        for faults in [vec![Fault::LostAfter; 9], vec![Fault::Stored500 { done: true }], vec![Fault::Cut; 9]]
        {
            let desk = desk();
            desk.stripe.plan(faults.clone());
            let intent = desk.prepared(&ask).await;
            let ending = desk.sent(&intent).await.intent;
            // A payment by card carries no mark: that it was ours, only its key tells.
            let tells = intent.request.param("off_session").is_none();
            let state = if tells { IntentState::Settled } else { IntentState::Unknown };
            assert_eq!(ending.state, state, "{} {faults:?}: {:?}", ask.action, ending);
            assert_eq!(done(&desk), 1, "{}", ask.action);
        }
    }
}

#[tokio::test]
async fn a_payment_by_card_is_claimed_only_where_its_key_tells_that_it_was_ours() {
    let card = &every()[0];
    for (faults, by_us, state) in [
        (vec![Fault::LostAfter; 9], true, IntentState::Settled),
        // The customer paid while ours was lost on its way.
        (vec![Fault::LostBefore; 9], false, IntentState::Unknown),
        // What is kept under the key is an error, and tells nothing.
        (vec![Fault::Stored500 { done: true }], true, IntentState::Unknown),
    ] {
        let desk = desk();
        desk.stripe.plan(faults);
        let intent = desk.prepared(card).await;
        assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Unknown);
        if !by_us {
            is_paid(&desk, desk.gate.now(), &json!({}));
        }
        desk.stripe.plan([]);
        let told = desk.gate.recover().await.unwrap().remove(0).intent;
        assert_eq!(told.state, state, "{:?}", told.message);
        desk.clock.advance_ms(24 * HOUR_S * 1_000);
        let sent = desk.writes();
        desk.gate.recover().await.unwrap();
        assert_eq!((desk.kept(&intent.id).state, desk.writes()), (state, sent), "an old key is not asked");
    }
}

#[tokio::test]
async fn what_the_customer_paid_by_card_was_not_marked_paid_outside_by_us() {
    for (off, state) in [(0, IntentState::Refused), (4_900, IntentState::Settled)] {
        let desk = desk();
        desk.stripe.plan(vec![Fault::LostBefore; 9]);
        let intent = desk.prepared(&outside()).await;
        desk.sent(&intent).await;
        is_paid(&desk, desk.gate.now(), &json!({"amount_paid_off_stripe": off}));
        let sent = desk.writes();
        let told = desk.gate.recover().await.unwrap().remove(0).intent;
        assert_eq!((told.state, desk.writes()), (state, sent), "{:?}", told.message);
        let says = told.message.unwrap_or_default();
        assert_eq!(says.contains("paid through Stripe meanwhile"), off == 0, "{says}");
    }
}

#[tokio::test]
async fn what_never_arrived_is_sent_again_while_its_key_is_young() {
    for ask in every() {
        let desk = desk();
        desk.stripe.plan(vec![Fault::LostBefore; 9]);
        let intent = desk.prepared(&ask).await;
        assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Unknown, "{}", ask.action);
        desk.stripe.plan([]);
        let endings = desk.gate.recover().await.unwrap();
        assert_eq!((endings[0].intent.state, done(&desk)), (IntentState::Settled, 1), "{}", ask.action);
    }
}

#[tokio::test]
async fn an_old_one_that_is_not_there_is_closed_only_where_its_state_proves_it() {
    for (ask, state) in every().into_iter().zip([
        // A payment may be under way, and a list may have been read too early: a person looks.
        IntentState::Unknown,
        // What is void stays void, so what is open was not voided.
        IntentState::Refused,
        IntentState::Unknown,
        IntentState::Unknown,
    ]) {
        let desk = desk();
        desk.stripe.plan(vec![Fault::LostBefore; 9]);
        let intent = desk.prepared(&ask).await;
        desk.sent(&intent).await;
        let sent = desk.writes();
        desk.clock.advance_ms(24 * HOUR_S * 1_000);
        let endings = desk.gate.recover().await.unwrap();
        assert_eq!((endings[0].intent.state, desk.writes()), (state, sent), "{}", ask.action);
    }
}

#[tokio::test]
async fn what_moved_meanwhile_stops_it() {
    for (ask, change, moved) in [
        (&every()[0], json!({"amount_remaining": 100}), "still to pay: $49.00 → $1.00"),
        (&every()[2], json!({"balance": -500}), "balance: $0.00 → −$5.00"),
    ] {
        let desk = desk();
        let intent = desk.prepared(ask).await;
        let id = intent.proposal.target.id.clone();
        for (name, value) in change.as_object().unwrap() {
            desk.stripe.world().objects.get_mut(&id).unwrap()[name] = value.clone();
        }
        let stopped = desk.gate.send(&intent.id, Release::Now, |_| {}).await.unwrap_err();
        assert!(matches!(&stopped, Stopped::Moved { changes, .. } if changes == &[moved]), "{stopped}");
        assert_eq!((desk.writes(), done(&desk)), (0, 0));
    }
}

#[tokio::test]
async fn what_somebody_else_voided_was_not_voided_by_us() {
    let desk = desk();
    let intent = desk.prepared(&every()[1]).await;
    desk.stripe.plan(vec![Fault::LostBefore; 9]);
    let first = desk.sent(&intent).await.intent.first_sent.unwrap();
    {
        let mut world = desk.stripe.world();
        let invoice = world.objects.get_mut("in_1").unwrap();
        invoice["status"] = json!("void");
        invoice["status_transitions"]["voided_at"] = json!(first.plus(-60).0);
    }
    let ended = desk.gate.recover().await.unwrap().remove(0).intent;
    assert_eq!(ended.state, IntentState::Refused);
    assert!(ended.message.unwrap().contains("it was already void"));
}

#[tokio::test]
async fn an_answer_about_another_amount_settles_nothing() {
    let desk = desk();
    desk.stripe.plan([Fault::Other(json!({"id": "cbtxn_9", "amount": -9_999, "currency": "usd"}))]);
    let intent = desk.prepared(&every()[2]).await;
    assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Unknown);
}

/// A bank debit: Stripe takes it with a 200, and the invoice stays open for days.
#[tokio::test]
async fn what_stripe_took_and_has_not_done_is_not_called_done_and_never_sent_again() {
    let desk = desk();
    let open = desk.stripe.world().objects["in_1"].clone();
    desk.stripe.plan([Fault::Other(open)]);
    let intent = desk.prepared(&every()[0]).await;
    let ending = desk.sent(&intent).await.intent;
    assert_eq!(ending.state, IntentState::WaitingAtStripe, "{:?}", ending.message);
    assert!(ending.message.as_deref().unwrap().contains("has not done it yet: in_1 is open"));
    for _ in 0..2 {
        desk.clock.advance_ms(20 * HOUR_S * 1_000);
        let again = desk.gate.recover().await.unwrap().remove(0).intent;
        assert_eq!((again.state, desk.writes()), (IntentState::WaitingAtStripe, 1));
    }
    is_paid(&desk, desk.gate.now(), &json!({}));
    let settled = desk.gate.recover().await.unwrap().remove(0).intent;
    assert_eq!((settled.state, desk.writes()), (IntentState::Settled, 1), "{:?}", settled.message);
}

/// The invoice is paid by now, however that came.
fn is_paid(desk: &Desk, at: crate::time::Unix, more: &serde_json::Value) {
    let mut world = desk.stripe.world();
    let invoice = world.objects.get_mut("in_1").unwrap();
    invoice["status"] = json!("paid");
    invoice["status_transitions"]["paid_at"] = json!(at.0);
    for (name, value) in more.as_object().unwrap() {
        invoice[name] = value.clone();
    }
}

fn intended(desk: &Desk) -> Vec<String> {
    let records = lock(&desk.gate.ledger).audit(&AuditFilter::default()).unwrap();
    let intended = records.into_iter().filter(|record| record.event == "intended");
    intended.map(|record| record.message.unwrap_or_default()).collect()
}

#[tokio::test]
async fn the_trail_tells_opposites_apart_and_one_is_not_taken_for_the_other() {
    let adjust = |more: &[(&str, &str)]| {
        let base = [("customer", "cus_1"), ("amount", "10"), ("description", "Ada"), ("note", "sorry")];
        ask("adjust_customer_balance", &[&base, more].concat())
    };
    let desk = desk();
    for one in [adjust(&[]), adjust(&[("direction", "debit")])] {
        let intent = desk.prepared(&one).await;
        desk.sent(&intent).await;
    }
    let again = desk.gate.prepare(&adjust(&[])).await.unwrap_err();
    assert!(matches!(again, Stopped::Equal { .. }), "{again}");
    let told = intended(&desk);
    assert!(told[0].starts_with("amount=-1000 currency=usd note sha256:"), "{told:?}");
    assert!(told[1].starts_with("amount=1000 currency=usd note sha256:"), "{told:?}");
    let desk = super::desk();
    for one in [&every()[0], &outside()] {
        let intent = desk.prepared(one).await;
        desk.gate.withdraw(&intent.id).unwrap();
    }
    assert_eq!(intended(&desk), ["off_session=true", "paid_out_of_band=true"]);
}

#[tokio::test]
async fn the_policy_decides_on_every_one() {
    let desk = desk();
    let too_much = ask("adjust_customer_balance", &[("customer", "cus_1"), ("amount", "50.01")]);
    let stopped = desk.gate.prepare(&too_much).await.unwrap_err();
    assert!(stopped.to_string().contains("customers.max_credit"), "{stopped}");
    *desk.gate.policy().write().unwrap() = policy("version = 1");
    for ask in every() {
        assert!(matches!(desk.gate.prepare(&ask).await, Err(Stopped::Denied(_))), "{}", ask.action);
    }
}
