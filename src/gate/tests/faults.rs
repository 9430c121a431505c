//! What goes wrong while it is sent: the network, Stripe, the disk.

use std::path::PathBuf;

use super::*;
use crate::ledger::faulty::{Call, Faulty, Mischief, Trouble};

/// Every fault that leaves the outcome open or bends the way, and how it has to end. In every row there is one
/// refund when it is settled and none when it is refused, and all attempts are the same bytes.
#[tokio::test]
async fn faults_end_in_the_truth() {
    use Fault::{Cut, LostAfter, LostBefore, None, NotSent, Says, Stored500};
    let says = |status, code: &str| Says(refusal(status, code, "no"));
    let already = || says(400, "charge_already_refunded");
    let rows: Vec<(&str, Vec<Fault>, IntentState)> = vec![
        ("answer lost, then replayed", vec![LostAfter], IntentState::Settled),
        ("request lost, then done", vec![LostBefore], IntentState::Settled),
        ("answer cut, then replayed", vec![Cut], IntentState::Settled),
        ("no connection at first", vec![NotSent, None], IntentState::Settled),
        ("no connection at all", vec![NotSent; 9], IntentState::Refused),
        ("lost for good, but done", vec![LostAfter; 9], IntentState::Settled),
        ("lost for good, not done", vec![LostBefore; 9], IntentState::Unknown),
        ("done, then away", vec![LostAfter, NotSent, NotSent, NotSent, NotSent], IntentState::Settled),
        ("a 500 that did it", vec![Stored500 { done: true }], IntentState::Settled),
        ("a 500 that did not", vec![Stored500 { done: false }], IntentState::Unknown),
        ("key in use", vec![says(409, "idempotency_key_in_use")], IntentState::Settled),
        ("locked", vec![says(429, "lock_timeout")], IntentState::Settled),
        ("too fast", vec![says(429, "rate_limit"), says(429, "rate_limit")], IntentState::Settled),
        ("too fast after a success", vec![LostAfter, says(429, "rate_limit")], IntentState::Settled),
        ("refused", vec![already()], IntentState::Refused),
        ("the echo of our own success", vec![LostAfter, already()], IntentState::Settled),
        ("refused after a loss", vec![LostBefore, already()], IntentState::Unknown),
        ("key revoked", vec![says(401, "")], IntentState::Refused),
        ("key revoked after a success", vec![LostAfter, says(401, "")], IntentState::Settled),
        ("no permission", vec![says(403, "")], IntentState::Refused),
        ("a second person at Stripe", vec![says(400, "approval_required")], IntentState::WaitingAtStripe),
        (
            "an answer about another charge",
            vec![Fault::Other(json!({"id": "re_9", "charge": "ch_2",
            "amount": 2000, "currency": "usd"}))],
            IntentState::Unknown,
        ),
        (
            "an answer with another amount",
            vec![Fault::Other(json!({"id": "re_9", "charge": "ch_1",
            "amount": 9900, "currency": "usd"}))],
            IntentState::Unknown,
        ),
    ];
    for (name, faults, state) in rows {
        let desk = desk();
        let ending = desk.refund_through(faults).await;
        let intent = &ending.intent;
        assert_eq!(intent.state, state, "{name}: {:?}", intent.message);
        assert_eq!(desk.kept(&intent.id).state, state, "{name}");
        let done = usize::from(state == IntentState::Settled);
        assert_eq!(desk.refunds(&intent.id), done, "{name}");
        assert_eq!(desk.stripe.world().refunds.len(), done, "{name}");
        for write in &desk.stripe.world().writes {
            assert_eq!(*write, intent.request, "{name}");
        }
        assert_eq!(usize::try_from(intent.attempts).unwrap(), desk.writes(), "{name}");
        assert_eq!(intent.result_id.is_some(), state == IntentState::Settled, "{name}");
    }
}

#[tokio::test]
async fn waiting_is_told_and_uses_the_same_key() {
    let desk = desk();
    desk.stripe.plan([Fault::Says(refusal(409, "idempotency_key_in_use", "in use"))]);
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let mut waits = 0;
    let count = |step: Progress| waits += u32::from(matches!(step, Progress::Waiting { .. }));
    desk.gate.send(&intent.id, Release::Now, count).await.unwrap();
    assert_eq!(waits, 1);
    assert!(desk.clock.now_ms() > NOW.0 * 1_000);
}

/// A disk that fails at one kind of call.
#[derive(Debug)]
struct At(&'static str);

impl Mischief for At {
    fn trouble(&self, ledger: &Ledger, call: Call, id: &str) -> Trouble {
        let path = || PathBuf::from("ledger.sqlite3");
        let again = || ledger.get(id).unwrap().is_some_and(|intent| intent.attempts > 0);
        match (self.0, call) {
            ("reserve", Call::Reserve)
            | ("counted", Call::Counted)
            | ("begin_attempt", Call::BeginAttempt)
            | ("finish", Call::Finish) => Trouble::Before(LedgerError::Full { path: path() }),
            ("second attempt", Call::BeginAttempt) if again() => {
                Trouble::Before(LedgerError::Full { path: path() })
            }
            (at, Call::BeginAttempt) if at.starts_with("begin_attempt, after") => {
                Trouble::After(LedgerError::Failed { path: path(), reason: "disk I/O error".into() })
            }
            ("begin_attempt, after it was done, and finish", Call::Finish) => {
                Trouble::Before(LedgerError::Locked { path: path() })
            }
            _ => Trouble::None,
        }
    }
}

fn failing(at: &'static str) -> Desk {
    let clock = Arc::new(ManualClock::at(NOW));
    let stripe = FakeStripe::new(Arc::clone(&clock));
    let ledger = Faulty { ledger: Ledger::in_memory().unwrap(), mischief: At(at) };
    desk_with(Arc::new(Mutex::new(ledger)), stripe, clock)
}

#[tokio::test]
async fn without_its_record_nothing_is_sent() {
    let desk = failing("reserve");
    assert!(matches!(desk.gate.prepare(&refund("ch_1", "20")).await, Err(Stopped::Ledger(_))));
    let desk = failing("counted");
    assert!(matches!(desk.gate.prepare(&refund("ch_1", "20")).await, Err(Stopped::Denied(_))));
    let desk = failing("begin_attempt");
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let stopped = desk.gate.send(&intent.id, Release::Now, |_| {}).await.unwrap_err();
    assert!(matches!(&stopped, Stopped::Ledger(why) if why.contains("is full")), "{stopped}");
    assert_eq!(desk.writes(), 0);
}

#[tokio::test]
async fn what_a_failing_disk_kept_all_the_same_is_not_sent_later_behind_a_no() {
    let desk = failing("begin_attempt, after it was done");
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let stopped = desk.gate.send(&intent.id, Release::Now, |_| {}).await.unwrap_err();
    assert!(matches!(&stopped, Stopped::Ledger(why) if why.contains("I/O error")), "{stopped}");
    assert_eq!(desk.kept(&intent.id).state, IntentState::Refused);
    assert!(desk.gate.recover().await.unwrap().is_empty());
    assert_eq!(desk.writes(), 0);

    let desk = failing("begin_attempt, after it was done, and finish");
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let ending = desk.sent(&intent).await.intent;
    assert_eq!((ending.state, desk.writes()), (IntentState::Unknown, 0), "{:?}", ending.message);
}

#[tokio::test]
async fn what_was_done_but_not_recorded_is_said_and_stays_open() {
    let desk = failing("finish");
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let ending = desk.sent(&intent).await;
    assert_eq!(ending.intent.state, IntentState::Settled);
    assert!(ending.intent.message.unwrap().contains("could not be recorded"));
    assert_eq!(desk.kept(&intent.id).state, IntentState::Sending, "the next start settles it");
    assert_eq!(desk.refunds(&intent.id), 1);
}

/// On disk it is still being sent: what settles it later may send it again, once whatever refused it is mended.
#[tokio::test]
async fn what_was_refused_but_not_recorded_is_not_told_to_be_over() {
    let desk = failing("finish");
    let refused = Fault::Says(refusal(401, "", "Invalid API Key provided"));
    let intent = desk.refund_through([refused]).await.intent;
    assert_eq!(intent.state, IntentState::Unknown);
    let message = intent.message.unwrap();
    assert!(message.contains("could not be recorded") && message.contains("may be sent then"), "{message}");
    assert_eq!(desk.kept(&intent.id).state, IntentState::Sending);
}

#[tokio::test]
async fn a_disk_that_fails_between_two_attempts_ends_them() {
    for (fault, state) in
        [(Fault::LostAfter, IntentState::Settled), (Fault::LostBefore, IntentState::Unknown)]
    {
        let desk = failing("second attempt");
        let ending = desk.refund_through([fault]).await;
        assert_eq!((ending.intent.state, desk.writes()), (state, 1));
    }
}

fn busy_for(seconds: u64) -> Fault {
    let mut error = refusal(429, "rate_limit", "Too many requests");
    error.headers.retry_after_ms = seconds.checked_mul(1_000);
    Fault::Says(error)
}

#[tokio::test]
async fn facts_that_grew_old_while_waiting_are_read_again() {
    for (faults, stopped) in [
        (vec![busy_for(20)], true),
        // Fresh enough still.
        (vec![busy_for(5)], false),
        // The first attempt may have been done: then only its own key tells.
        (vec![Fault::LostBefore, busy_for(20)], false),
    ] {
        let desk = desk();
        let intent = desk.prepared(&refund("ch_1", "20")).await;
        desk.stripe.plan(faults.clone());
        let stripe = Arc::clone(&desk.stripe);
        let meanwhile = move |step: Progress| {
            if matches!(step, Progress::Waiting { after_ms, .. } if after_ms >= 5_000) {
                stripe.refund_outside("ch_1", 500);
            }
        };
        let sent = desk.gate.send(&intent.id, Release::Now, meanwhile).await;
        let kept = desk.kept(&intent.id);
        if stopped {
            assert!(matches!(sent, Err(Stopped::Moved { .. })), "{sent:?}");
            assert_eq!((kept.state, desk.writes()), (IntentState::Refused, 1));
            let says = kept.message.unwrap();
            assert!(says.contains("nothing was done") && says.contains("$0.00 → $5.00"), "{says}");
        } else {
            assert_eq!(kept.state, IntentState::Settled, "{faults:?}: {sent:?}");
        }
    }
}

#[tokio::test]
async fn facts_that_cannot_be_read_again_stop_it_too() {
    let desk = desk();
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    desk.stripe.plan([busy_for(20)]);
    let stripe = Arc::clone(&desk.stripe);
    let meanwhile = move |step: Progress| {
        if matches!(step, Progress::Waiting { .. }) {
            stripe.world().deaf = Some("/v1/charges".into());
        }
    };
    let sent = desk.gate.send(&intent.id, Release::Now, meanwhile).await;
    assert!(matches!(sent, Err(Stopped::Facts(_))), "{sent:?}");
    assert_eq!((desk.kept(&intent.id).state, desk.writes()), (IntentState::Refused, 1));
}

/// Sends with a machine that sleeps so long in the first wait for another attempt.
async fn sent_with_a_sleep(desk: &Desk, intent: &Intent, asleep_ms: i64) -> Result<Ending, Stopped> {
    let (clock, mut awake) = (Arc::clone(&desk.clock), true);
    let sleeps = move |step: Progress| {
        if matches!(step, Progress::Waiting { .. }) && std::mem::take(&mut awake) {
            clock.advance_ms(asleep_ms);
        }
    };
    desk.gate.send(&intent.id, Release::Now, sleeps).await
}

#[tokio::test]
async fn a_key_that_stripe_forgot_while_the_machine_slept_is_not_sent_again() {
    for (fault, state) in
        [(Fault::LostAfter, IntentState::Settled), (Fault::LostBefore, IntentState::Unknown)]
    {
        let desk = desk();
        let intent = desk.prepared(&refund("ch_1", "20")).await;
        desk.stripe.plan([fault]);
        let ending = sent_with_a_sleep(&desk, &intent, 30 * HOUR_S * 1_000).await.unwrap();
        assert_eq!((ending.intent.state, desk.writes()), (state, 1), "{:?}", ending.intent.message);
        assert_eq!(desk.refunds(&intent.id), usize::from(state == IntentState::Settled));
    }
}

#[tokio::test]
async fn what_was_never_sent_is_not_sent_hours_late() {
    for (slept_ms, sent) in [(60_000, true), (60_001, false), (9 * HOUR_S * 1_000, false)] {
        let desk = desk();
        let intent = desk.prepared(&refund("ch_1", "20")).await;
        desk.stripe.plan([Fault::NotSent]);
        let ended = sent_with_a_sleep(&desk, &intent, slept_ms).await;
        let kept = desk.kept(&intent.id);
        assert_eq!((ended.is_ok(), desk.refunds(&intent.id)), (sent, usize::from(sent)), "{slept_ms} ms");
        let state = if sent { IntentState::Settled } else { IntentState::Refused };
        assert_eq!(kept.state, state, "{:?}", kept.message);
    }
    // Waiting as long as Stripe asks is no sleep.
    let desk = desk();
    let ending = desk.refund_through([busy_for(60), busy_for(60), busy_for(60)]).await;
    assert_eq!((ending.intent.state, desk.writes()), (IntentState::Settled, 4));
}

#[tokio::test]
async fn what_waits_for_its_turn_leaves_on_fresh_facts_or_not_at_all() {
    for (queued_ms, stopped) in [(10_000, false), (10_001, true)] {
        let desk = desk();
        let intent = desk.prepared(&refund("ch_1", "20")).await;
        desk.stripe.plan([Fault::Queued(queued_ms)]);
        let stripe = Arc::clone(&desk.stripe);
        let meanwhile = move |step: Progress| {
            if step == (Progress::Sending { attempt: 1 }) {
                stripe.refund_outside("ch_1", 500);
            }
        };
        let sent = desk.gate.send(&intent.id, Release::Now, meanwhile).await;
        assert_eq!(matches!(sent, Err(Stopped::Moved { .. })), stopped, "{sent:?}");
        assert_eq!(desk.refunds(&intent.id), usize::from(!stopped));
    }
    // Where nothing has moved it goes through all the same.
    let desk = desk();
    let ending = desk.refund_through([Fault::Queued(11_000), Fault::Queued(11_000)]).await;
    assert_eq!((ending.intent.state, desk.writes()), (IntentState::Settled, 3));
}

#[tokio::test]
async fn a_key_that_grew_old_in_the_queue_does_not_leave() {
    let desk = desk();
    let ending = desk.refund_through([Fault::LostAfter, Fault::Queued(30 * HOUR_S * 1_000)]).await;
    assert_eq!(ending.intent.state, IntentState::Settled, "{:?}", ending.intent.message);
    assert_eq!(desk.refunds(&ending.intent.id), 1);
}

#[tokio::test]
async fn facts_are_stale_where_the_clock_was_set_back() {
    let desk = desk();
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    desk.stripe.plan([Fault::NotSent]);
    let (clock, stripe) = (Arc::clone(&desk.clock), Arc::clone(&desk.stripe));
    let set_back = move |step: Progress| {
        if matches!(step, Progress::Waiting { .. }) {
            clock.advance_ms(-HOUR_S * 1_000);
            stripe.refund_outside("ch_1", 500);
        }
    };
    let sent = desk.gate.send(&intent.id, Release::Now, set_back).await;
    assert!(matches!(sent, Err(Stopped::Moved { .. })), "{sent:?}");
}

#[tokio::test]
async fn what_was_read_while_the_clock_was_set_is_not_taken_for_fresh() {
    for moved_ms in [-1, -HOUR_S * 1_000, HOUR_S * 1_000] {
        let desk = desk();
        let intent = desk.prepared(&refund("ch_1", "20")).await;
        desk.stripe.world().read_moves_ms = moved_ms;
        let sent = desk.gate.send(&intent.id, Release::Now, |_| {}).await;
        assert!(matches!(sent, Err(Stopped::Late(_))), "{moved_ms}: {sent:?}");
        assert_eq!(desk.writes(), 0);
    }
}

#[tokio::test]
async fn a_missing_permission_has_stripes_name_and_ours() {
    let sentence =
        "does not have the required permissions. Having the 'rak_charge_write' permission would allow this.";
    let desk = desk();
    let ending = desk.refund_through([Fault::Says(refusal(403, "", sentence))]).await.intent;
    assert_eq!(ending.state, IntentState::Refused);
    let message = ending.message.unwrap();
    assert!(message.contains("rak_charge_write") && message.contains("charge:write"), "{message}");
}
