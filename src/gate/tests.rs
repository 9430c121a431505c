//! The whole path against a small Stripe: once and only once, whatever goes wrong on the way.

use std::{
    path::Path,
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};

use jiff::tz::TimeZone;
use serde_json::json;

use super::{
    fake::{FakeStripe, Fault, refusal},
    *,
};
use crate::{
    actions::Args,
    ledger::{
        AuditFilter, AuditRecord, Basis, Conflict, Counted, End, Ending, Event, Head, IntentState, Ledger,
        Reserve, Reserved, Verified,
        samples::{NOW, usd},
    },
    model::AnyId,
    money::Currency,
    policy::{Fact, Given},
    request::Method,
    time::{DAY_S, HOUR_S, ManualClock},
};

const POLICY: &str = r#"
version = 1
[refunds]
max = { usd = "500.00" }
automatic = { usd = "50.00" }
reason = "optional"
daily_cap = { per_agent = { usd = "150.00" }, per_team = { usd = "1000.00" }, per_customer = { usd = "1000.00" } }
[subscriptions]
cancel = ["period_end", "now"]
"#;

struct Desk {
    gate: Arc<Gate>,
    stripe: Arc<FakeStripe>,
    clock: Arc<ManualClock>,
}

fn policy(text: &str) -> Policy {
    Policy::parse(text, "policy.toml").unwrap()
}

fn desk_with(ledger: SharedLedger, stripe: Arc<FakeStripe>, clock: Arc<ManualClock>) -> Desk {
    let identity = Identity {
        agent: "maya".into(),
        profile: "test".into(),
        account: "acct_1".into(),
        live: false,
        zone: TimeZone::UTC,
        read_only: None,
    };
    let waits = Arc::clone(&clock);
    let gate = Gate::new(
        Arc::clone(&stripe) as Arc<dyn Transport>,
        ledger,
        Arc::new(RwLock::new(policy(POLICY))),
        Arc::clone(&clock) as Arc<dyn Clock>,
        identity,
    )
    .with_sleep(Arc::new(move |time: Duration| {
        waits.advance_ms(i64::try_from(time.as_millis()).unwrap());
        Box::pin(std::future::ready(()))
    }));
    Desk { gate: Arc::new(gate), stripe, clock }
}

fn desk() -> Desk {
    let clock = Arc::new(ManualClock::at(NOW));
    let stripe = FakeStripe::new(Arc::clone(&clock));
    desk_with(Arc::new(Mutex::new(Ledger::in_memory().unwrap())), stripe, clock)
}

/// Another desk at the same Stripe, with its ledger in `dir`.
fn desk_in(dir: &Path, at: Option<&Desk>) -> Desk {
    let clock = at.map_or_else(|| Arc::new(ManualClock::at(NOW)), |desk| Arc::clone(&desk.clock));
    let stripe = at.map_or_else(|| FakeStripe::new(Arc::clone(&clock)), |desk| Arc::clone(&desk.stripe));
    desk_with(Arc::new(Mutex::new(Ledger::open(dir).unwrap())), stripe, clock)
}

fn refund(charge: &str, amount: &str) -> Ask {
    Ask {
        action: "refund_charge".into(),
        args: Args::default()
            .with("charge", charge)
            .with("amount", amount)
            .with("reason", "duplicate")
            .with("note", "billed twice"),
        given: Given::Yes,
        hold_ms: 0,
        seen: None,
        repeat_ok: false,
        confirm_word: None,
    }
}

fn cancel(when: &str) -> Ask {
    Ask {
        action: "cancel_subscription".into(),
        args: Args::default().with("subscription", "sub_1").with("when", when),
        ..refund("ch_1", "1")
    }
}

impl Desk {
    async fn prepared(&self, ask: &Ask) -> Intent {
        self.gate.prepare(ask).await.unwrap_or_else(|stopped| panic!("{stopped}"))
    }

    async fn sent(&self, intent: &Intent) -> Ending {
        self.gate
            .send(&intent.id, Release::AfterHold, |_| {})
            .await
            .unwrap_or_else(|stopped| panic!("{stopped}"))
    }

    fn kept(&self, id: &str) -> Intent {
        lock(&self.gate.ledger).get(id).unwrap().unwrap()
    }

    /// The fault, then one refund of $20.00 through the whole path.
    async fn refund_through(&self, faults: impl IntoIterator<Item = Fault>) -> Ending {
        self.stripe.plan(faults);
        let intent = self.prepared(&refund("ch_1", "20")).await;
        self.sent(&intent).await
    }

    fn refunds(&self, id: &str) -> usize {
        self.stripe.world().refunds_of(id)
    }

    fn writes(&self) -> usize {
        self.stripe.world().writes.len()
    }
}

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

/// Every fault that leaves the outcome open or bends the way, and how it has to end. In every row there is one
/// refund when it is settled and none when it is refused, and all attempts are the same bytes.
#[tokio::test]
async fn faults_end_in_the_truth() {
    use Fault::{Cut, LostAfter, LostBefore, None, NotSent, Says, Stored500};
    let says = |status, code: &str| Says(Box::new(refusal(status, code, "no")));
    let already = || says(400, "charge_already_refunded");
    let rows: Vec<(&str, Vec<Fault>, IntentState)> = vec![
        ("answer lost, then replayed", vec![LostAfter], IntentState::Settled),
        ("request lost, then done", vec![LostBefore], IntentState::Settled),
        ("answer cut, then replayed", vec![Cut], IntentState::Settled),
        ("no connection at first", vec![NotSent, None], IntentState::Settled),
        ("no connection at all", vec![NotSent; 9], IntentState::Refused),
        ("lost for good, but done", vec![LostAfter; 9], IntentState::Settled),
        ("lost for good, not done", vec![LostBefore; 9], IntentState::Unknown),
        (
            "done, then out of reach",
            vec![LostAfter, NotSent, NotSent, NotSent, NotSent],
            IntentState::Settled,
        ),
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
    desk.stripe.plan([Fault::Says(Box::new(refusal(409, "idempotency_key_in_use", "in use")))]);
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let mut waits = 0;
    let count = |step: Progress| waits += u32::from(matches!(step, Progress::Waiting { .. }));
    desk.gate.send(&intent.id, Release::Now, count).await.unwrap();
    assert_eq!(waits, 1);
    assert!(desk.clock.now_ms() > NOW.0 * 1_000);
}

#[tokio::test]
async fn a_crash_after_the_first_byte_is_settled_by_the_next_desk() {
    for done in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let desk = desk_in(dir.path(), None);
        desk.stripe.plan([Fault::Hang { done }]);
        let intent = desk.prepared(&refund("ch_1", "20")).await;
        let cut = tokio::time::timeout(
            Duration::from_millis(200),
            desk.gate.send(&intent.id, Release::Now, |_| {}),
        );
        assert!(cut.await.is_err(), "it hangs");
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
    let cut =
        tokio::time::timeout(Duration::from_millis(200), desk.gate.send(&intent.id, Release::Now, |_| {}));
    assert!(cut.await.is_err());
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
    let ending = desk.refund_through([Fault::Says(Box::new(approval))]).await;
    assert_eq!(desk.gate.recover().await.unwrap()[0].intent.state, IntentState::WaitingAtStripe);
    assert_eq!(desk.writes(), 1);
    // Somebody approves there, and Stripe runs what was sent.
    let request = Request { idempotency_key: None, ..ending.intent.request.clone() };
    desk.stripe.attempt(&request, Priority::Change).await.unwrap();
    assert_eq!(desk.gate.recover().await.unwrap()[0].intent.state, IntentState::Settled);
    assert_eq!(desk.refunds(&ending.intent.id), 1);
}

#[tokio::test]
async fn a_charge_that_moved_before_or_after_preparing_stops_it() {
    let desk = desk();
    let target = AnyId::parse("ch_1").unwrap();
    let Fact::Known(seen) = desk.gate.facts("refund_charge", &target).await.subject else { panic!() };
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
async fn two_desks_cannot_pass_a_cap_together() {
    let dir = tempfile::tempdir().unwrap();
    let one = desk_in(dir.path(), None);
    let two = desk_in(dir.path(), Some(&one));
    // $150.00 a day for maya: only one of $90.00 fits.
    let (a, b) = (refund("ch_1", "90"), refund("ch_2", "90"));
    let (first, second) = tokio::join!(one.gate.prepare(&a), two.gate.prepare(&b));
    let denied =
        [&first, &second].into_iter().filter(|result| matches!(result, Err(Stopped::Denied(_)))).count();
    assert_eq!(denied, 1, "{first:?} {second:?}");
    assert!(first.is_ok() || second.is_ok());
}

#[tokio::test]
async fn refunds_made_elsewhere_count_and_those_that_came_back_do_not() {
    let desk = desk();
    let target = AnyId::parse("ch_1").unwrap();
    let spent = async || match desk.gate.facts("refund_charge", &target).await.spent {
        Fact::Known(spent) => spent,
        Fact::Unknown(why) => panic!("{why}"),
    };
    desk.refund_through([]).await;
    desk.stripe.refund_outside("ch_2", 300);
    let sums = spent().await;
    let all = [&sums.agent, &sums.team, &sums.customer].map(|sums| sums.of(Currency::USD));
    assert_eq!((all, sums.local_only), ([usd(2_000), usd(2_300), usd(2_300)], false));
    for refund in &mut desk.stripe.world().refunds {
        refund["status"] = json!("failed");
    }
    let sums = spent().await;
    assert_eq!((sums.agent.of(Currency::USD), sums.team.of(Currency::USD)), (usd(0), usd(0)));
    desk.stripe.world().deaf = Some("/v1/refunds".into());
    let sums = spent().await;
    assert_eq!((sums.team.of(Currency::USD), sums.local_only), (usd(2_000), true));
}

#[tokio::test]
async fn a_long_list_is_followed() {
    let desk = desk();
    for _ in 0..250 {
        desk.stripe.refund_outside("ch_1", 1);
    }
    let Fact::Known(spent) = desk.gate.facts("refund_charge", &AnyId::parse("ch_2").unwrap()).await.spent
    else {
        panic!()
    };
    assert_eq!(spent.team.of(Currency::USD), usd(250));
}

#[tokio::test]
async fn stripes_clock_says_which_day_it_is() {
    let desk = desk();
    desk.refund_through([]).await;
    desk.stripe.world().ahead_s = DAY_S;
    let facts = desk.gate.facts("refund_charge", &AnyId::parse("ch_2").unwrap()).await;
    assert_eq!((facts.now, desk.gate.skew_s()), (NOW.plus(DAY_S), DAY_S));
    let Fact::Known(spent) = facts.spent else { panic!() };
    assert_eq!(spent.team.of(Currency::USD), usd(0), "that was yesterday");
}

#[tokio::test]
async fn without_stripe_a_large_refund_is_denied_and_an_unread_charge_stops_all() {
    let desk = desk();
    desk.stripe.world().deaf = Some("/v1/refunds".into());
    assert!(matches!(desk.gate.prepare(&refund("ch_1", "60")).await, Err(Stopped::Denied(_))));
    let small = desk.prepared(&refund("ch_1", "20")).await;
    desk.stripe.world().deaf = Some("/v1/charges".into());
    assert!(matches!(desk.gate.prepare(&refund("ch_2", "20")).await, Err(Stopped::Facts(_))));
    assert!(matches!(desk.gate.send(&small.id, Release::Now, |_| {}).await, Err(Stopped::Facts(_))));
    assert_eq!((desk.kept(&small.id).state, desk.writes()), (IntentState::Withdrawn, 0));
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
    desk.stripe.plan([Fault::Says(Box::new(refusal(404, "resource_missing", "No such subscription")))]);
    let intent = desk.prepared(&cancel("now")).await;
    assert_eq!(desk.sent(&intent).await.intent.state, IntentState::Refused);
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

/// A ledger whose disk fails at one kind of call.
#[derive(Debug)]
struct Failing {
    ledger: Ledger,
    at: &'static str,
}

impl Failing {
    fn fails(&self, call: &str) -> Result<(), LedgerError> {
        if self.at == call { Err(LedgerError::Full { path: "ledger.sqlite3".into() }) } else { Ok(()) }
    }
}

impl Store for Failing {
    fn reserve(&mut self, intent: &Intent, limits: &Reserve) -> Result<Reserved, Conflict> {
        self.fails("reserve")?;
        self.ledger.reserve(intent, limits)
    }
    fn begin_attempt(&mut self, id: &str, now: Unix) -> Result<Intent, LedgerError> {
        self.fails("begin_attempt")?;
        if self.ledger.get(id)?.is_some_and(|intent| intent.attempts > 0) {
            self.fails("second attempt")?;
        }
        self.ledger.begin_attempt(id, now)
    }
    fn finish(&mut self, id: &str, end: &End) -> Result<Intent, LedgerError> {
        self.fails("finish")?;
        self.ledger.finish(id, end)
    }
    fn withdraw(&mut self, id: &str, now: Unix, why: &str) -> Result<Intent, LedgerError> {
        self.ledger.withdraw(id, now, why)
    }
    fn adopt(&mut self, id: &str) -> Result<bool, LedgerError> {
        self.ledger.adopt(id)
    }
    fn is_own(&self, id: &str) -> Result<bool, LedgerError> {
        self.ledger.is_own(id)
    }
    fn get(&self, id: &str) -> Result<Option<Intent>, LedgerError> {
        self.ledger.get(id)
    }
    fn basis(&self, id: &str) -> Result<Vec<Basis>, LedgerError> {
        self.ledger.basis(id)
    }
    fn open_intents(&self) -> Result<Vec<Intent>, LedgerError> {
        self.ledger.open_intents()
    }
    fn recent(&self, most: usize) -> Result<Vec<Intent>, LedgerError> {
        self.ledger.recent(most)
    }
    fn counted(&self, account: &str, live: bool, day_start: Unix) -> Result<Vec<Counted>, LedgerError> {
        self.fails("counted")?;
        self.ledger.counted(account, live, day_start)
    }
    fn head(&self) -> Result<Head, LedgerError> {
        self.ledger.head()
    }
    fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>, LedgerError> {
        self.ledger.audit(filter)
    }
    fn verify(&self) -> Result<Verified, LedgerError> {
        self.ledger.verify()
    }
    fn record_event(&mut self, event: &Event) -> Result<AuditRecord, LedgerError> {
        self.ledger.record_event(event)
    }
}

fn failing(at: &'static str) -> Desk {
    let clock = Arc::new(ManualClock::at(NOW));
    let stripe = FakeStripe::new(Arc::clone(&clock));
    desk_with(Arc::new(Mutex::new(Failing { ledger: Ledger::in_memory().unwrap(), at })), stripe, clock)
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
async fn what_was_done_but_not_recorded_is_said_and_stays_open() {
    let desk = failing("finish");
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    let ending = desk.sent(&intent).await;
    assert_eq!(ending.intent.state, IntentState::Settled);
    assert!(ending.intent.message.unwrap().contains("could not be recorded"));
    assert_eq!(desk.kept(&intent.id).state, IntentState::Sending, "the next start settles it");
    assert_eq!(desk.refunds(&intent.id), 1);
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

#[test]
fn the_gate_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Gate>();
    fn sendable<T: Send>(_: T) {}
    let desk = desk();
    sendable(desk.gate.send("int_1", Release::Now, |_| {}));
    sendable(desk.gate.recover());
}
