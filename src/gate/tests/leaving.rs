//! Told to end in the middle: what was sent is named however it stands, and nothing new begins.

use super::*;

fn void() -> Ask {
    let args = Args::default().with("invoice", "in_1").with("note", "billed twice");
    Ask { action: "void_invoice".into(), args, ..refund("ch_1", "1") }
}

/// A refund and a voided invoice of which no byte arrived.
async fn two_unknown(desk: &Desk) -> [Intent; 2] {
    let mut unknown = Vec::new();
    for ask in [refund("ch_1", "20"), void()] {
        desk.stripe.plan(vec![Fault::LostBefore; 9]);
        let intent = desk.prepared(&ask).await;
        assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Unknown);
        unknown.push(intent);
    }
    desk.stripe.plan([]);
    unknown.try_into().unwrap()
}

/// The same ledger and Stripe in a process that begins now: it has sent nothing yet.
fn begun_anew(desk: Desk) -> Desk {
    let Desk { gate, stripe, clock } = desk;
    desk_with(Arc::clone(&gate.ledger), stripe, clock)
}

#[tokio::test]
async fn what_was_settled_between_signal_and_question_is_named() {
    let desk = desk();
    let ending = desk.refund_through([]).await;
    let named = desk.gate.leave().await.unwrap();
    assert_eq!(named, [ending.intent], "a refund was made: nobody says that nothing was changed");
}

#[tokio::test]
async fn what_was_settled_first_is_named_and_what_is_being_read_is_given_up() {
    let desk = desk();
    let [first, second] = two_unknown(&desk).await;
    let desk = begun_anew(desk);
    desk.stripe.world().mute = Some("/v1/invoices/".into());
    let sent = desk.writes();
    let told = async {
        desk.stripe.hangs.notified().await;
        desk.gate.leave().await.unwrap()
    };
    let (endings, named) = tokio::join!(desk.gate.recover(), told);
    assert_eq!(
        named.iter().map(|one| (&one.id, one.state)).collect::<Vec<_>>(),
        [(&first.id, IntentState::Settled)]
    );
    let endings = endings.unwrap();
    assert_eq!(endings.len(), 2, "{endings:?}");
    assert_eq!((&endings[0].intent.id, endings[0].intent.state), (&first.id, IntentState::Settled));
    let left = &endings[1].intent;
    assert_eq!((&left.id, left.state), (&second.id, IntentState::Unknown));
    assert!(left.message.as_deref().unwrap().contains("paydesk is ending"), "{:?}", left.message);
    assert_eq!(desk.writes(), sent.saturating_add(1));
    let kept = desk.kept(&second.id).message.unwrap();
    assert!(!kept.contains("paydesk is ending"), "the ledger keeps what was known: {kept}");
}

#[tokio::test]
async fn recovery_begins_nothing_new() {
    let desk = desk();
    let [first, _] = two_unknown(&desk).await;
    let desk = begun_anew(desk);
    let sent = desk.writes();
    assert_eq!(desk.gate.leave().await.unwrap(), [], "it was sent by another run");
    assert!(desk.gate.recover().await.is_err(), "not even Stripe is asked");
    // Told between the facts and the attempt.
    let kept = desk.kept(&first.id);
    assert!(desk.gate.resend(kept.clone(), None, &mut |_| {}).await.is_err());
    assert_eq!((desk.kept(&first.id), desk.writes()), (kept, sent));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_attempt_of_what_was_sent_is_nothing_new() {
    let desk = desk();
    desk.stripe.plan([Fault::Says(refusal(429, "rate_limit", "Too many requests"))]);
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let gate = Arc::clone(&desk.gate);
    let meanwhile = move |step: Progress| {
        if matches!(step, Progress::Waiting { .. }) {
            let gate = Arc::clone(&gate);
            tokio::task::block_in_place(move || {
                let named = tokio::runtime::Handle::current().block_on(gate.leave()).unwrap();
                assert_eq!(named.len(), 1);
            });
        }
    };
    let ending = desk.gate.send(&intent.id, Release::Now, meanwhile).await.unwrap();
    assert_eq!(ending.intent.state, IntentState::Settled);
}
