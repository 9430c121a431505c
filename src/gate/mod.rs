//! The only way to change anything at Stripe: decide → reserve → record → hold → send → settle, and recovery at start.
//!
//! Locks are held only inside blocking calls, never across an await. Calls on the ledger wait for the disk, so async
//! code hands them to a blocking thread; the few synchronous ones (`withdraw`) are single short transactions.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "a new case is decided, not defaulted"
)]

mod afterwards;
mod approval;
mod ask;
mod attempts;
mod by_hand;
mod facts;
mod harmless;
mod leave;
mod line;
mod look;
mod noted;
mod often;
mod prepare;
mod reconcile;
mod recover;
mod remembered;
mod second;
mod send;
mod subject;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod fake_reads;
#[cfg(test)]
mod mishap;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub use afterwards::{Looked, Raised};
pub use approval::{CODE_S, Code, Signer, Slip, Word};
pub use ask::Considered;
pub use by_hand::BY_HAND;
pub use harmless::NOBODY;
use jiff::tz::TimeZone;
pub use look::Found;
pub use send::NOT_KNOWN;

pub use prepare::Ask;
pub use reconcile::{Finding, Reconciled, What};
pub use send::{Progress, Release};
use serde::{Deserialize, Serialize};
pub use subject::moved;
use tokio::sync::watch;

use self::line::Line;
use crate::{
    actions::{self, Action, Subject},
    ledger::{Intent, LedgerError, Store},
    model::{Listed, Record},
    policy::{Decision, Fact, Facts, Policy, Spent},
    request::Request,
    stripe::{self, Failure, Pages, Priority, Reply, Transport, Whose, plain},
    time::{Clock, Unix},
};

/// Why a change was stopped before anything was sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The policy says no (`Outcome::Deny`) or asks a second person.
    Denied(Decision),
    /// What the policy asks a person was not answered, or not rightly.
    Unconfirmed { decision: Decision, message: String },
    /// What the decision rested on has moved: each line says what, before → after.
    Moved { changes: Vec<String>, decision: Decision },
    /// The arguments do not fit the object as it is now.
    Invalid { field: String, message: String },
    /// An equal intent of the last minutes: who, when, and whether it ended.
    Equal { earlier: Box<Intent>, message: String },
    /// Another change of this object is not settled yet.
    Busy { earlier: Box<Intent>, message: String },
    /// The facts could not be read.
    Facts(String),
    /// Its time is over: what was decided then is not sent now.
    Late(String),
    /// The ledger cannot write: nothing is sent without its record.
    Ledger(String),
}

impl fmt::Debug for Stopped {
    /// By its kind: the sentences name cards and quote Stripe.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(decision) => write!(f, "Denied({decision:?})"),
            Self::Unconfirmed { decision, .. } => write!(f, "Unconfirmed({decision:?})"),
            Self::Moved { changes, .. } => write!(f, "Moved({} facts)", changes.len()),
            Self::Invalid { field, .. } => write!(f, "Invalid({field})"),
            Self::Equal { earlier, .. } => write!(f, "Equal({})", earlier.id),
            Self::Busy { earlier, .. } => write!(f, "Busy({})", earlier.id),
            Self::Facts(_) => f.write_str("Facts"),
            Self::Late(_) => f.write_str("Late"),
            Self::Ledger(_) => f.write_str("Ledger"),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(decision) => f.write_str(&decision.denial()),
            Self::Unconfirmed { message, .. }
            | Self::Equal { message, .. }
            | Self::Busy { message, .. }
            | Self::Facts(message)
            | Self::Late(message)
            | Self::Ledger(message) => f.write_str(message),
            Self::Moved { changes, .. } => write!(f, "it has changed meanwhile: {}", changes.join(", ")),
            Self::Invalid { field, message } => write!(f, "{field}: {message}"),
        }
    }
}

impl From<LedgerError> for Stopped {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error.to_string())
    }
}

/// What the ledger says of an intent that its agent took back; anything else says what stopped it.
pub const TAKEN_BACK: &str = "taken back";

/// Who acts, where.
#[derive(Clone, Debug)]
pub struct Identity {
    pub agent: String,
    pub profile: String,
    /// `acct_…`
    pub account: String,
    pub live: bool,
    /// The account's zone: it says where a day begins.
    pub zone: TimeZone,
    /// Why nothing may be changed, if so.
    pub read_only: Option<String>,
}

impl Identity {
    /// What a decision rests on. The one maker, for the gate and for whoever shows what it would decide; `now` is Stripe's.
    pub fn facts(&self, now: Unix, subject: Fact<Subject>, spent: Fact<Spent>) -> Facts {
        Facts {
            now,
            zone: self.zone.clone(),
            live: self.live,
            read_only: self.read_only.clone(),
            agent: self.agent.clone(),
            subject,
            spent,
        }
    }
}

pub type SharedLedger = Arc<Mutex<dyn Store>>;
pub type SharedPolicy = Arc<RwLock<Policy>>;
/// The rules anew, when their file has changed since this was asked last.
pub type PolicySource = Arc<dyn Fn() -> Option<Policy> + Send + Sync>;
/// How waiting is done: tests do not wait.
pub type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Everything that a change goes through. Shared behind an [`Arc`] by screen and command line.
pub struct Gate {
    line: Line,
    ledger: SharedLedger,
    policy: SharedPolicy,
    clock: Arc<dyn Clock>,
    identity: Identity,
    /// Intents that a task of this process is at work on.
    in_flight: Arc<Mutex<BTreeSet<String>>>,
    /// Whether the key was seen to belong to the account that the identity names.
    account_checked: AtomicBool,
    policy_source: Option<PolicySource>,
    /// Nothing new begins any more.
    leaving: watch::Sender<bool>,
    /// Intents of which this process has begun an attempt, in their order.
    sent: Arc<Mutex<Vec<String>>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("identity", &self.identity).finish_non_exhaustive()
    }
}

fn action_named(name: &str) -> Result<&'static Action, Stopped> {
    actions::find(name).ok_or_else(|| {
        let message = format!("there is no action `{}`", crate::text::clean(name));
        Stopped::Invalid { field: "action".into(), message }
    })
}

/// What a panic left behind a lock is still whole: the ledger's transactions roll back, the set is only added to.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` where waiting for the disk holds up nobody. It runs to its end even when nobody waits for it any more.
pub async fn on_ledger<T, E>(
    ledger: &SharedLedger,
    work: impl FnOnce(&mut dyn Store) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<LedgerError> + Send + 'static,
{
    let ledger = Arc::clone(ledger);
    let done = aside(move || work(&mut *lock(&ledger))).await;
    done.map_err(|reason| LedgerError::Failed { path: "ledger".into(), reason })?
}

/// Runs what waits for the disk on a thread of its own; `Err`: it broke off, and why. Where no runtime drives it, it is a step
/// that is done at once, and whoever waits can be gone before it and after it.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        return runtime.spawn_blocking(work).await.map_err(|error| error.to_string());
    }
    tokio::task::yield_now().await;
    let done = work();
    tokio::task::yield_now().await;
    Ok(done)
}

/// In thousandths, as `retry::decide` takes it.
fn jitter() -> u16 {
    fastrand::u16(0..=1_000)
}

impl Gate {
    pub fn new(
        transport: Arc<dyn Transport>,
        ledger: SharedLedger,
        policy: SharedPolicy,
        clock: Arc<dyn Clock>,
        identity: Identity,
    ) -> Self {
        Self {
            line: Line::new(transport, Arc::clone(&clock)),
            ledger,
            policy,
            clock,
            identity,
            in_flight: Arc::default(),
            account_checked: AtomicBool::new(true),
            policy_source: None,
            leaving: watch::Sender::default(),
            sent: Arc::default(),
        }
    }

    #[must_use]
    pub fn with_sleep(mut self, sleep: Sleep) -> Self {
        self.line.sleep = sleep;
        self
    }

    /// Asked before every decision, so that no edited rule waits for anything.
    #[must_use]
    pub fn with_policy_source(mut self, source: PolicySource) -> Self {
        self.policy_source = Some(source);
        self
    }

    /// The rules that hold now.
    pub fn rules(&self) -> Policy {
        self.heed_policy();
        self.in_force().clone()
    }

    /// The rules as they were read last; a panic leaves none of them half written.
    pub fn in_force(&self) -> RwLockReadGuard<'_, Policy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the rules again, if their file has changed.
    pub fn heed_policy(&self) {
        let Some(source) = &self.policy_source else { return };
        // Held while the file is read: of two who read it, the one that read it last writes last.
        let mut policy = self.policy.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = source() {
            *policy = read;
        }
    }

    /// The identity's account is remembered, not read: before the first change the key is asked whose it is.
    #[must_use]
    pub fn with_account_to_check(self) -> Self {
        self.account_checked.store(false, Ordering::Relaxed);
        self
    }

    /// Whether the key belongs to the account that the profile is bound to. A key that does not tell changes nothing.
    async fn check_account(&self) -> Result<(), Stopped> {
        if self.account_checked.load(Ordering::Relaxed) || self.identity.account.is_empty() {
            return Ok(());
        }
        let told = stripe::whose(&self.line, Priority::Change).await;
        let told = told.map_err(|failure| Stopped::Facts(plain::explain(&failure).what))?;
        match &told {
            Whose::Untold(why) => return Err(Stopped::Facts(why.clone())),
            Whose::Account(_) | Whose::Named(_) if told.id() == Some(self.identity.account.as_str()) => {}
            Whose::Account(_) | Whose::Named(_) => {
                return Err(Stopped::Facts(format!(
                    "this key belongs to {}, but the profile `{}` is bound to {}: nothing is changed",
                    told.id().unwrap_or_default(),
                    self.identity.profile,
                    self.identity.account
                )));
            }
        }
        self.account_checked.store(true, Ordering::Relaxed);
        Ok(())
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    pub fn ledger(&self) -> &SharedLedger {
        &self.ledger
    }

    /// Write to it when the policy file changed: the next decision heeds it.
    pub fn policy(&self) -> &SharedPolicy {
        &self.policy
    }

    /// By Stripe's clock, as far as an answer told it.
    pub fn now(&self) -> Unix {
        self.clock.now().plus(self.line.skew_s())
    }

    /// Seconds that Stripe's clock is ahead of this machine's.
    pub fn skew_s(&self) -> i64 {
        self.line.skew_s()
    }

    /// Takes back what is still held. Nothing was sent.
    pub fn withdraw(&self, id: &str) -> Result<Intent, Stopped> {
        let mut ledger = lock(&self.ledger);
        if !ledger.adopt(id)? {
            let message = "another desk that is running holds it".into();
            return Err(Stopped::Invalid { field: "intent".into(), message });
        }
        Ok(ledger.withdraw(id, self.now(), TAKEN_BACK)?)
    }

    async fn pause(&self, ms: u64) {
        self.line.pause(Duration::from_millis(ms)).await;
    }

    /// A read, repeated as far as that is worth it.
    async fn read(&self, request: &Request) -> Result<Reply, Failure> {
        stripe::read(&self.line, request, Priority::Change).await
    }

    /// All rows of a list, newest first, or why they could not all be read.
    async fn read_all<T: Listed>(&self, list: Request) -> Result<Vec<Record<T>>, String> {
        let pages = Pages::<T>::new(&self.line, list, Priority::Change);
        let list = pages.all(PAGES_MOST).await.map_err(|failure| plain::explain(&failure).what)?;
        if list.has_more {
            return Err(format!("more than {PAGES_MOST} pages: the list is too long to be counted"));
        }
        if list.unreadable > 0 {
            return Err(format!("{} rows of the list could not be read", list.unreadable));
        }
        Ok(list.rows)
    }
}

/// Of a hundred rows each.
const PAGES_MOST: usize = 20;
