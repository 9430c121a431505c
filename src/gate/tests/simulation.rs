//! Many desks' days in little time: random faults, crashes at every await of a send, machines that sleep, desks that end, keys
//! that are forgotten, people who refund outside. What must never happen is looked for after every step.

#![expect(clippy::arithmetic_side_effects, reason = "sums in tests are small")]

use super::*;

const SEEDS: u64 = 60;
const STEPS: usize = 12;

fn fault(chance: &mut fastrand::Rng) -> Fault {
    let says = |status, code: &str| Fault::Says(refusal(status, code, "no"));
    match chance.u8(0..16) {
        0 => Fault::NotSent,
        1 | 2 => Fault::LostBefore,
        3 | 4 => Fault::LostAfter,
        5 => Fault::Cut,
        6 => Fault::Stored500 { done: chance.bool() },
        7 => says(409, "idempotency_key_in_use"),
        8 => says(429, "lock_timeout"),
        9 => says(400, "charge_already_refunded"),
        10 => says(401, ""),
        11 => Fault::Hang { done: chance.bool() },
        12 => Fault::Queued(chance.i64(1..20_000)),
        13 => Fault::Queued(chance.i64(1..30) * HOUR_S * 1_000),
        _ => Fault::None,
    }
}

/// Now and then the machine sleeps between two attempts, and its timers with it.
fn asleep(clock: &Arc<ManualClock>, mut chance: fastrand::Rng) -> impl FnMut(Progress) + Send {
    let clock = Arc::clone(clock);
    move |step| {
        if matches!(step, Progress::Waiting { .. }) && chance.u8(0..4) == 0 {
            clock.advance_ms(chance.i64(1..30) * HOUR_S * 1_000);
        }
    }
}

/// What the ledger says has to be what Stripe has, as far as it claims to know.
fn check(seed: u64, desk: &Desk) {
    let world = desk.stripe.world();
    for intent in lock(&desk.gate.ledger).recent(1_000).unwrap() {
        let done = world.refunds_of(&intent.id);
        assert!(done <= 1, "seed {seed}: {} was done {done} times", intent.id);
        match intent.state {
            IntentState::Settled => assert_eq!(done, 1, "seed {seed}: done, it says: {intent:?}"),
            IntentState::Refused | IntentState::Withdrawn | IntentState::Held => {
                assert_eq!(done, 0, "seed {seed}: not done, it says: {intent:?}");
            }
            IntentState::Sending | IntentState::Unknown | IntentState::WaitingAtStripe => {}
        }
    }
    let mut keys = std::collections::BTreeMap::new();
    for write in &world.writes {
        let bytes = keys.entry(write.idempotency_key.clone()).or_insert_with(|| write.clone());
        assert_eq!(bytes, write, "seed {seed}: one key, two requests");
    }
    let ours: i64 = world
        .refunds
        .iter()
        .filter(|refund| refund["metadata"]["paydesk_agent"] == "maya")
        .filter(|refund| {
            refund["created"].as_i64().unwrap() >= desk.gate.now().start_of_day(&TimeZone::UTC).0
        })
        .map(|refund| refund["amount"].as_i64().unwrap())
        .sum();
    assert!(ours <= 15_000, "seed {seed}: the cap of the day is passed: {ours}");
    drop(world);
    assert!(matches!(lock(&desk.gate.ledger).verify().unwrap(), Verified::Whole(_)), "seed {seed}");
}

async fn live_through(seed: u64) -> (usize, usize) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut desk = desk_in(dir.path(), None);
    for _ in 0..STEPS {
        let faults: Vec<_> = (0..chance.usize(0..8)).map(|_| fault(&mut chance)).collect();
        desk.stripe.plan(faults);
        match chance.u8(0..10) {
            0 => desk.clock.advance_ms(chance.i64(1..30) * HOUR_S * 1_000),
            1 => {
                let amount = chance.i64(1..300);
                let charge = if chance.bool() { "ch_1" } else { "ch_2" };
                let left = 9_900 - desk.stripe.world().objects[charge]["amount_refunded"].as_i64().unwrap();
                if amount <= left {
                    desk.stripe.refund_outside(charge, amount);
                }
            }
            2 => {
                let next = desk_in(dir.path(), Some(&desk));
                desk = next;
            }
            3 => tokio::select! {
                endings = desk.gate.recover() => drop(endings),
                () = desk.stripe.hangs.notified() => {}
            },
            _ => {
                let charge = if chance.bool() { "ch_1" } else { "ch_2" };
                let amount = ["1", "5", "20", "40"][chance.usize(0..4)];
                let ask = Ask { repeat_ok: chance.bool(), ..refund(charge, amount) };
                if let Ok(intent) = desk.gate.prepare(&ask).await
                    && chance.u8(0..8) > 0
                {
                    let naps = chance.fork();
                    tokio::select! {
                        ended = desk.gate.send(&intent.id, Release::Now, asleep(&desk.clock, naps)) => drop(ended),
                        () = desk.stripe.hangs.notified() => {}
                    }
                }
            }
        }
        check(seed, &desk);
    }
    // When all is calm again, what is young is settled for good.
    desk.stripe.plan([]);
    let calm = desk_in(dir.path(), Some(&desk));
    drop(desk);
    calm.gate.recover().await.unwrap();
    check(seed, &calm);
    let open = lock(&calm.gate.ledger).open_intents().unwrap();
    for intent in &open {
        assert!(intent.message.is_some(), "seed {seed}: open without a word: {intent:?}");
        assert_eq!(intent.state, IntentState::Unknown, "seed {seed}");
    }
    (calm.stripe.world().refunds.len(), open.len())
}

#[tokio::test]
async fn nothing_is_done_twice_and_nothing_is_lost() {
    let (mut refunds, mut open) = (0, 0);
    for seed in 0..SEEDS {
        let (made, left) = Box::pin(live_through(seed)).await;
        refunds += made;
        open += left;
    }
    // A simulation in which nothing happens proves nothing.
    assert!(refunds > 80 && open > 3, "{refunds} refunds, {open} left open");
}
