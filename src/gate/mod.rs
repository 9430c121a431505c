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
mod by_hand;
mod facts;
mod look;
mod prepare;
mod recover;
mod send;
mod subject;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

pub use afterwards::Raised;
pub use by_hand::BY_HAND;
use jiff::tz::TimeZone;
pub use look::Found;

pub use prepare::Ask;
pub use send::{Progress, Release};
use serde::{Deserialize, Serialize};
pub use subject::moved;

use crate::{
    ledger::{Intent, LedgerError, Store},
    model::{Account, Record},
    policy::{Decision, Policy},
    request::Request,
    stripe::{
        ErrorKind, Failure, Headers, Priority, Reply, Transport, plain,
        retry::{self, Access, Next},
    },
    time::{Clock, Unix},
};

/// Why a change was stopped before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The ledger cannot write: nothing is sent without its record.
    Ledger(String),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(decision) => {
                let says: Vec<_> = decision
                    .rules
                    .iter()
                    .filter(|rule| rule.mark >= crate::policy::Mark::SecondPerson)
                    .map(|rule| format!("{} ({})", rule.says, rule.rule))
                    .collect();
                write!(f, "policy: {}", says.join("; "))
            }
            Self::Unconfirmed { message, .. }
            | Self::Equal { message, .. }
            | Self::Busy { message, .. }
            | Self::Facts(message)
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

pub type SharedLedger = Arc<Mutex<dyn Store>>;
pub type SharedPolicy = Arc<RwLock<Policy>>;
/// The rules anew, when their file has changed since this was asked last.
pub type PolicySource = Arc<dyn Fn() -> Option<Policy> + Send + Sync>;
/// How waiting is done: tests do not wait.
pub type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Everything that a change goes through. Shared behind an [`Arc`] by screen and command line.
pub struct Gate {
    transport: Arc<dyn Transport>,
    ledger: SharedLedger,
    policy: SharedPolicy,
    clock: Arc<dyn Clock>,
    identity: Identity,
    sleep: Sleep,
    /// Stripe's clock less ours, seconds, by its last answer.
    skew_s: AtomicI64,
    /// Intents that a task of this process is at work on.
    in_flight: Arc<Mutex<BTreeSet<String>>>,
    /// Whether the key was seen to belong to the account that the identity names.
    account_checked: AtomicBool,
    policy_source: Option<PolicySource>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// What a panic left behind a lock is still whole: the ledger's transactions roll back, the set is only added to.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
            transport,
            ledger,
            policy,
            clock,
            identity,
            sleep: Arc::new(|time| Box::pin(tokio::time::sleep(time))),
            skew_s: AtomicI64::new(0),
            in_flight: Arc::default(),
            account_checked: AtomicBool::new(true),
            policy_source: None,
        }
    }

    #[must_use]
    pub fn with_sleep(mut self, sleep: Sleep) -> Self {
        self.sleep = sleep;
        self
    }

    /// Asked before every decision, so that no edited rule waits for anything.
    #[must_use]
    pub fn with_policy_source(mut self, source: PolicySource) -> Self {
        self.policy_source = Some(source);
        self
    }

    fn heed_policy(&self) {
        if let Some(policy) = self.policy_source.as_ref().and_then(|source| source()) {
            *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
        }
    }

    /// The identity's account is remembered, not read: before the first change the key is asked whose it is.
    #[must_use]
    pub fn with_account_to_check(self) -> Self {
        self.account_checked.store(false, Ordering::Relaxed);
        self
    }

    /// Whether the key belongs to the account that the profile is bound to. A key that may not tell is taken at its word.
    async fn check_account(&self) -> Result<(), Stopped> {
        if self.account_checked.load(Ordering::Relaxed) || self.identity.account.is_empty() {
            return Ok(());
        }
        let request = Request::get("/v1/account", &[]);
        match crate::stripe::read(&*self.transport, &request, Priority::Change).await {
            Ok(reply) => {
                let account: Record<Account> =
                    Record::parse(reply.body).map_err(|shape| Stopped::Facts(shape.to_string()))?;
                if account.id != self.identity.account {
                    return Err(Stopped::Facts(format!(
                        "this key belongs to {}, but the profile `{}` is bound to {}: nothing is changed",
                        account.id, self.identity.profile, self.identity.account
                    )));
                }
            }
            Err(Failure::Refused(error)) if error.error_kind() == ErrorKind::Permission => {}
            Err(failure) => return Err(Stopped::Facts(plain::explain(&failure).what)),
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
        self.clock.now().plus(self.skew_s.load(Ordering::Relaxed))
    }

    /// Seconds that Stripe's clock is ahead of this machine's.
    pub fn skew_s(&self) -> i64 {
        self.skew_s.load(Ordering::Relaxed)
    }

    fn heed_clock(&self, headers: &Headers) {
        if let Some(date) = headers.date {
            self.skew_s.store(date.since(self.clock.now()), Ordering::Relaxed);
        }
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

    /// Runs `work` on a thread that may block. It runs to its end even when nobody waits for it any more.
    async fn on_ledger<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
    ) -> Result<T, LedgerError> {
        let ledger = Arc::clone(&self.ledger);
        tokio::task::spawn_blocking(move || work(&mut *lock(&ledger)))
            .await
            .map_err(|error| LedgerError::Failed { path: "ledger".into(), reason: error.to_string() })
    }

    async fn pause(&self, ms: u64) {
        (self.sleep)(Duration::from_millis(ms)).await;
    }

    /// A read, repeated as far as that is worth it.
    async fn read(&self, request: &Request) -> Result<Reply, Failure> {
        assert!(!request.is_write(), "{} {} is no read", request.method.name(), request.path);
        let mut attempt: u32 = 1;
        loop {
            let failure = match self.transport.attempt(request, Priority::Change).await {
                Ok(reply) => {
                    self.heed_clock(&reply.headers);
                    return Ok(reply);
                }
                Err(failure) => failure,
            };
            match retry::decide(attempt, &failure, Access::Read, 0, false, jitter()) {
                Next::Retry { after_ms } => self.pause(after_ms).await,
                Next::Stop(_) => return Err(failure),
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// All rows of a list, newest first, or why they could not all be read.
    async fn read_all<T: serde::de::DeserializeOwned>(
        &self,
        first: Request,
        id: fn(&T) -> &str,
    ) -> Result<Vec<crate::model::Record<T>>, String> {
        let mut rows = Vec::new();
        let mut request = first.clone();
        for _ in 0..PAGES_MOST {
            let reply = self
                .read(&request)
                .await
                .map_err(|failure| crate::stripe::plain::explain(&failure).to_string())?;
            let page = crate::model::Page::<T>::parse(&reply.body).map_err(|error| error.to_string())?;
            if page.unreadable > 0 {
                return Err(format!("{} rows of the list could not be read", page.unreadable));
            }
            let last = page.rows.last().map(|row| id(row.object()).to_owned());
            rows.extend(page.rows);
            match last {
                Some(last) if page.has_more => request = first.clone().with("starting_after", last),
                Some(_) | None => return Ok(rows),
            }
        }
        Err(format!("more than {PAGES_MOST} pages: the list is too long to be counted"))
    }
}

/// Of a hundred rows each.
const PAGES_MOST: usize = 20;
