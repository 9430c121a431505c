//! The power goes out in each write of a refund, and leaves any part of it on the disk: the next start finds a ledger that opens,
//! a whole trail, and the truth.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::ledger::{
    faulty::{Call, Faulty, Mischief, Trouble},
    torn::{Image, Tear},
};

/// Writes of a refund that goes through: it is taken in, it is being sent, it ended.
const WRITES: usize = 3;

/// The power goes out in this write; what is left of it is put where it is looked for.
#[derive(Debug)]
struct Cut {
    folder: PathBuf,
    at: usize,
    tear: Tear,
    writes: AtomicUsize,
    before: Mutex<Option<Image>>,
    left: Arc<Mutex<Option<Image>>>,
}

fn dark() -> LedgerError {
    LedgerError::Failed { path: "ledger.sqlite3".into(), reason: "disk I/O error".into() }
}

impl Mischief for Cut {
    fn trouble(&self, _ledger: &Ledger, call: Call, _intent: &str) -> Trouble {
        if lock(&self.left).is_some() {
            return Trouble::Before(dark());
        }
        if call == Call::Counted || self.writes.fetch_add(1, Ordering::Relaxed) != self.at {
            return Trouble::None;
        }
        *lock(&self.before) = Some(Image::of(&self.folder));
        Trouble::After(dark())
    }

    fn wrote(&self, _ledger: &Ledger, _intent: &str) {
        if let Some(before) = lock(&self.before).take() {
            let mut chance = fastrand::Rng::with_seed(7);
            *lock(&self.left) = Some(Image::of(&self.folder).torn(&before, self.tear, &mut chance));
        }
    }
}

async fn cut_off(at: usize, tear: Tear, fault: Fault) {
    let row = format!("write {at}, {tear:?}, {fault:?}");
    let dir = tempfile::tempdir().unwrap();
    let left = Arc::default();
    let cut = Cut {
        folder: dir.path().to_owned(),
        at,
        tear,
        writes: AtomicUsize::new(0),
        before: Mutex::default(),
        left: Arc::clone(&left),
    };
    let clock = Arc::new(ManualClock::at(NOW));
    let stripe = FakeStripe::new(Arc::clone(&clock));
    let ledger = Faulty { ledger: Ledger::open(dir.path()).unwrap(), mischief: cut };
    let desk = desk_with(Arc::new(Mutex::new(ledger)), stripe, clock);
    desk.stripe.plan([fault]);
    if let Ok(intent) = desk.gate.prepare(&refund("ch_1", "20")).await {
        drop(desk.gate.send(&intent.id, Release::Now, |_| {}).await);
    }
    let Desk { gate, stripe, clock } = desk;
    drop(gate);
    lock(&left).take().unwrap_or_else(|| panic!("{row}: there was no such write")).put(dir.path());

    let next = desk_with(Arc::new(Mutex::new(Ledger::open(dir.path()).unwrap())), stripe, clock);
    next.gate.recover().await.unwrap();
    for intent in lock(&next.gate.ledger).recent(10).unwrap() {
        assert!(intent.state.is_final(), "{row}: {intent:?}");
        let done = usize::from(intent.state == IntentState::Settled);
        assert_eq!(next.refunds(&intent.id), done, "{row}: {intent:?}");
    }
    let made = next.stripe.world().refunds.len();
    assert!(made <= 1 && (at < 2 || made == 1), "{row}: {made}");
    // And work goes on.
    next.stripe.plan([]);
    let again = Ask { repeat_ok: true, ..refund("ch_1", "10") };
    assert_eq!(next.sent(&next.prepared(&again).await).await.intent.state, IntentState::Settled, "{row}");
    assert!(matches!(lock(&next.gate.ledger).verify().unwrap(), Verified::Whole(_)), "{row}");
}

#[tokio::test]
async fn whatever_is_left_of_a_write_the_next_start_finds_the_truth() {
    for at in 0..WRITES {
        for tear in Tear::ALL {
            for fault in [Fault::None, Fault::LostAfter] {
                Box::pin(cut_off(at, tear, fault)).await;
            }
        }
    }
}
