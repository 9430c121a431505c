//! What was intended, what was sent and how it ended, on disk before the first byte leaves; the audit chain; the day's budget;
//! notes on customers, and whose desk was opened.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "what is counted here is money and attempts"
)]

mod asked;
mod audit;
mod backup;
mod budget;
mod checked;
mod closed;
mod head;
#[cfg(test)]
mod migrations_tests;
mod owner;
mod proposals;
mod remembered;
mod retire;
mod rows;
mod schema;
mod sqlite;
mod store;
mod trail;

#[cfg(test)]
pub(crate) mod faulty;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
pub(crate) mod torn;

use std::{fmt, sync::Arc};

pub use asked::{Agreed, Asked, AskedState};
pub use audit::{canonical, sha256_hex};
pub use budget::{Counted, spent, times};
pub use checked::{Checked, PART, Part};
pub use closed::Closed;
use serde::{Deserialize, Serialize};

pub use remembered::{LATELY_MOST, Note, Visit, Whose};
pub use retire::KEEP_LEAST_DAYS;
pub use sqlite::Ledger;
pub use store::{
    About, AuditFilter, Basis, Cap, Conflict, Day, End, Event, Head, LedgerError, Often, Reserve, Reserved,
    Scope, Store, Verified,
};

use crate::{
    actions::Proposal,
    money::{Currency, Money},
    policy::Decision,
    request::Request,
    text::Hidden,
    time::Unix,
};

/// A proposal on disk, with its key: made once, sent with the same bytes for ever.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// `int_…`
    pub id: String,
    pub state: IntentState,
    pub proposal: Proposal,
    /// With idempotency key and metadata: exactly what is sent.
    pub request: Request,
    /// SHA-256 of the canonical request, hex.
    pub request_hash: String,
    pub decision: Decision,
    pub agent: String,
    pub profile: String,
    /// `acct_…`
    pub account: String,
    pub live: bool,
    pub created: Unix,
    /// Not sent before this.
    pub hold_until_ms: i64,
    /// When the first attempt began: the key's age is counted from here.
    pub first_sent: Option<Unix>,
    pub attempts: u32,
    /// Stripe's answer, once there is one that settles it.
    pub request_id: Option<String>,
    /// `re_…`, `sub_…`
    pub result_id: Option<String>,
    /// Why it ended as it did, in words.
    pub message: Option<String>,
}

impl fmt::Debug for Intent {
    /// Ids, amounts and where it stands; the key that repeats it and what people wrote stay out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("proposal", &self.proposal)
            .field("attempts", &self.attempts)
            .field("request_id", &self.request_id)
            .field("result_id", &self.result_id)
            .field("message", &self.message.as_deref().map(Hidden))
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Durable, in its seconds of grace, nothing sent.
    Held,
    /// An attempt began: from here on only an answer or reading can tell.
    Sending,
    Settled,
    Refused,
    /// Taken back, or never sent before the program ended.
    Withdrawn,
    Unknown,
    /// Stripe asks its own second person.
    WaitingAtStripe,
}

impl IntentState {
    pub const ALL: [Self; 7] = [
        Self::Held,
        Self::Sending,
        Self::Settled,
        Self::Refused,
        Self::Withdrawn,
        Self::Unknown,
        Self::WaitingAtStripe,
    ];

    /// As it stands in the database and in the audit trail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Settled => "settled",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Unknown => "unknown",
            Self::WaitingAtStripe => "waiting_at_stripe",
        }
    }

    /// Which steps exist. What is final stays as it is, and what may have been sent is never taken back.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Held => matches!(next, Self::Sending | Self::Withdrawn),
            Self::Sending | Self::Unknown => !matches!(next, Self::Held | Self::Withdrawn),
            // Stripe runs it itself: it is never sent again.
            Self::WaitingAtStripe => matches!(next, Self::Settled | Self::Refused | Self::WaitingAtStripe),
            Self::Settled | Self::Refused | Self::Withdrawn => false,
        }
    }

    /// Nothing more will happen to it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Settled | Self::Refused | Self::Withdrawn)
    }

    /// Its amount counts against the caps.
    pub fn counts(self) -> bool {
        !matches!(self, Self::Refused | Self::Withdrawn)
    }
}

/// One line of the audit trail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    pub seq: i64,
    pub at: Unix,
    /// `intended`, `settled`, `refused`, `withdrawn`, `unknown`, …
    pub event: String,
    pub intent: String,
    pub agent: String,
    pub action: String,
    pub target: String,
    /// Minor units.
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
    pub result_id: Option<String>,
    pub message: Option<String>,
    /// SHA-256 of the record before, hex; of nothing for the first.
    pub previous: String,
    /// SHA-256 of this record's canonical JSON without this field.
    pub hash: String,
}

impl AuditRecord {
    /// The amount, where there is one in a currency that can be read.
    pub fn money(&self) -> Option<Money> {
        let currency = self.currency.as_deref().and_then(Currency::parse);
        self.amount.zip(currency).map(|(minor, currency)| Money::new(minor, currency))
    }
}

impl fmt::Debug for AuditRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditRecord")
            .field("seq", &self.seq)
            .field("event", &self.event)
            .field("intent", &self.intent)
            .field("target", &self.target)
            .field("message", &self.message.as_deref().map(Hidden))
            .finish_non_exhaustive()
    }
}

/// How an intent ended, for the screen and for scripts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Ending {
    pub intent: Intent,
    /// The Stripe object that came back.
    pub result: Option<Arc<str>>,
    /// What it rested on and had moved when it was to be sent, before → after: then nothing was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<String>,
}

impl Ending {
    pub fn new(intent: Intent, result: Option<Arc<str>>) -> Self {
        Self { intent, result, moved: Vec::new() }
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ending({:?}, {} bytes)", self.intent, self.result.as_ref().map_or(0, |raw| raw.len()))
    }
}
