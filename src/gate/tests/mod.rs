//! The whole path against a small Stripe: once and only once, whatever goes wrong on the way.

mod afterwards;
mod budget;
mod catalogue;
mod faults;
mod leaving;
mod often;
mod path;
mod power;
mod reconcile;
mod recovery;
mod second;
mod simulation;
mod steps;
mod subscriptions;

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
        AuditFilter, Ending, IntentState, Ledger, Verified,
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
max_discount = { percent = 20, months = 3 }
[customers]
max_credit = { usd = "50.00" }
update_email = true
update_payment_method = true
portal_links = true
[invoices]
change = true
max_write_off = { usd = "50.00" }
max_item = { usd = "50.00" }
[payments]
cancel_held = true
capture_held = true
[disputes]
stage = true
submit = true
accept = true
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
        Arc::<FakeStripe>::clone(&stripe),
        ledger,
        Arc::new(RwLock::new(policy(POLICY))),
        Arc::<ManualClock>::clone(&clock),
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
        confirmed: None,
        seen: None,
        repeat_ok: false,
        together: true,
        confirm_word: None,
        asked: None,
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

    /// Sends until it ends, or until the answer never comes and the task is dropped: then `None`.
    async fn sent_or_cut_off(&self, intent: &Intent) -> Option<Result<Ending, Stopped>> {
        tokio::select! {
            ended = self.gate.send(&intent.id, Release::Now, |_| {}) => Some(ended),
            () = self.stripe.hangs.notified() => None,
        }
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
