//! What the gate asks of a ledger, in words of its own: `sqlite` answers them from a file, tests may answer them badly.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::{
    Agreed, Asked, AuditRecord, Counted, Intent, IntentState, budget,
    checked::{Checked, PART, Part},
    remembered::{Note, Visit, Whose},
};
use crate::{
    actions::CancelWhen,
    model::CustomerId,
    money::{Currency, Money},
    policy::Spent,
    text::Hidden,
    time::Unix,
};

/// What a change was about, beyond what its record says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Whose object it was.
    pub customer: Option<String>,
    /// Of a cancellation: when it takes effect.
    pub ends: Option<CancelWhen>,
}

/// Why the ledger cannot do what was asked. Each says which file, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    #[error("the data folder {path} cannot be used: {reason}; choose another folder, or repair this one")]
    Folder { path: PathBuf, reason: String },
    #[error(
        "the ledger {path} was written by a newer paydesk (format {found}, this one knows {known}): update paydesk"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "the ledger {path} is damaged ({reason}) and was left as it is: move it and the files beside it aside, keep \
         them, and restore a copy; check open refunds in the Stripe Dashboard first"
    )]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "nothing is changed while audit.head does not tell how many records there were ({reason}): put it back from a \
         copy; where there is none, compare the last of the {count} records with Stripe (`paydesk audit show`), then write \
         `{count} {hash}` into it"
    )]
    Witness { reason: String, count: i64, hash: String },
    #[error("the ledger {path} is held by another program: close it, or wait and try again")]
    Locked { path: PathBuf },
    #[error("the disk with the ledger {path} is full: free some space, then try again")]
    Full { path: PathBuf },
    #[error("the ledger {path} cannot be written: make the file and its folder writable for you")]
    ReadOnly { path: PathBuf },
    #[error("the ledger {path} failed: {reason}")]
    Failed { path: PathBuf, reason: String },
    #[error("there is no intent {0} in this ledger")]
    Missing(String),
    #[error("{id} is {} and cannot become {}", from.name(), to.name())]
    Step { id: String, from: IntentState, to: IntentState },
    #[error("there is no proposal {0} in this ledger")]
    NoProposal(String),
    #[error("{id}: {why}")]
    Over { id: String, why: String },
    #[error("{0} proposals wait already: a person has to look at them before there are more")]
    Waiting(usize),
    #[error("{id} is not to be written: {reason}")]
    Malformed { id: String, reason: String },
    #[error("no copy was kept at {path}: {reason}")]
    Copy { path: PathBuf, reason: String },
}

/// Whose sum a cap limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Agent(String),
    /// Everybody on the account.
    Team,
    /// `cus_…`
    Customer(String),
}

/// The most that may be refunded in a day, this intent included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    pub scope: Scope,
    pub currency: Currency,
    pub most_minor: i64,
    /// Refunded beside this ledger, as Stripe shows it. Negative where refunds that the ledger counts came back.
    pub already_outside_minor: i64,
}

/// How often a customer may be refunded since then, this intent included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Often {
    /// As in [`Counted`].
    pub customer: String,
    pub since: Unix,
    pub most: i64,
    /// Refunded beside this ledger, as Stripe shows it. Negative where refunds that the ledger counts came back.
    pub beside: i64,
}

/// One thing that a decision rested on, with its value when it was read: `refunded`, `$0.00`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub what: String,
    pub value: String,
}

/// What has to hold for an intent to be taken in.
#[derive(Clone, Debug, Default)]
pub struct Reserve {
    pub day_start: Unix,
    pub caps: Vec<Cap>,
    /// Where the policy limits how often.
    pub often: Option<Often>,
    /// The agent saw the equal intent of the last minutes and wants another.
    pub repeat_ok: bool,
    /// It was confirmed together with others: that the same customer gets the same amount back of other payments is meant.
    pub together: bool,
    /// Kept beside the intent, and compared right before sending.
    pub basis: Vec<Basis>,
    /// `prop_…`: the proposal that is confirmed by it, which waits until then.
    pub asked: Option<String>,
}

/// The intent is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Of the audit record `intended`.
    pub seq: i64,
    pub head: String,
}

/// Why an intent was not taken in. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("{} on the same object is {}", .0.id, .0.state.name())]
    Busy(Box<Intent>),
    #[error("{} was the same, a few minutes ago", .0.id)]
    Equal(Box<Intent>),
    #[error("the sum of the day would be {would_be}, and {most} is the most")]
    Cap { scope: Scope, would_be: Money, most: Money },
    #[error("{customer} would be refunded {would_be} times, and {most} is the most")]
    Often { customer: String, would_be: i64, most: i64 },
    /// The proposal that is to be confirmed cannot be.
    #[error("{id}: {why}")]
    Asked { id: String, why: String },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// How an intent ends, or where it stands after an attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct End {
    pub state: IntentState,
    pub at: Unix,
    /// Who said so, where it was a person and not Stripe.
    pub by: Option<String>,
    pub request_id: Option<String>,
    pub result_id: Option<String>,
    pub message: Option<String>,
}

/// Something other than a change that belongs in the trail: a login, a changed policy. Ids and hashes only, no names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Event {
    pub at: Unix,
    pub event: String,
    pub agent: String,
    pub target: String,
    /// `int_…`: of the change that it is about; empty where it is about none.
    pub intent: String,
    pub message: Option<String>,
}

impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("End")
            .field("state", &self.state)
            .field("at", &self.at)
            .field("request_id", &self.request_id)
            .field("result_id", &self.result_id)
            .field("message", &self.message.as_deref().map(Hidden))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("event", &self.event)
            .field("target", &self.target)
            .field("message", &self.message.as_deref().map(Hidden))
            .finish_non_exhaustive()
    }
}

/// Where the chain ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub count: i64,
    /// Hex; the hash of nothing while there is no record.
    pub hash: String,
}

/// Which audit records; the newest `most` of those that match, oldest first. `most` of zero is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub since: Option<Unix>,
    pub until: Option<Unix>,
    pub intent: Option<String>,
    pub target: Option<String>,
    pub agent: Option<String>,
    /// Its name in the catalogue.
    pub action: Option<String>,
    /// This record alone.
    pub seq: Option<i64>,
    pub most: usize,
}

/// What walking the chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    Whole(Head),
    Broken {
        /// The first record that is wrong or missing.
        seq: i64,
        what: String,
    },
}

/// A ledger. Calls block on the disk, so async callers hand them to a blocking thread. What they return is durable.
pub trait Store: Send + std::fmt::Debug {
    /// Checks and writes in one transaction: not busy, not equal, within the caps; then the intent (held) and its
    /// audit record.
    fn reserve(&mut self, intent: &Intent, limits: &Reserve) -> Result<Reserved, Conflict>;

    /// Marks the intent as being sent, before the first byte leaves. `first_sent` is set once.
    fn begin_attempt(&mut self, id: &str, now: Unix) -> Result<Intent, LedgerError>;

    /// State and audit record in one transaction.
    fn finish(&mut self, id: &str, end: &End) -> Result<Intent, LedgerError>;

    /// Only while held.
    fn withdraw(&mut self, id: &str, now: Unix, why: &str) -> Result<Intent, LedgerError>;

    /// Whether the intent is this desk's to handle: its own, or one of a desk that no longer runs, which is taken over.
    fn adopt(&mut self, id: &str) -> Result<bool, LedgerError>;

    /// Whether this desk made the intent or took it over.
    fn is_own(&self, id: &str) -> Result<bool, LedgerError>;

    fn get(&self, id: &str) -> Result<Option<Intent>, LedgerError>;

    fn basis(&self, id: &str) -> Result<Vec<Basis>, LedgerError>;

    /// Held, sending, unknown, waiting at Stripe; oldest first.
    fn open_intents(&self) -> Result<Vec<Intent>, LedgerError>;

    /// The newest `most`, newest first.
    fn recent(&self, most: usize) -> Result<Vec<Intent>, LedgerError>;

    /// The intents of an account since then, oldest first: those after this one, `most` at once.
    fn made(
        &self,
        whose: (&str, bool),
        since: Unix,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Intent>, LedgerError>;

    /// An agent's refunds since then that went through, newest first.
    fn settled_refunds(
        &self,
        agent: &str,
        account: &str,
        live: bool,
        since: Unix,
    ) -> Result<Vec<Intent>, LedgerError>;

    /// Refunds that count against the caps of the day: made since its start, or older and still open.
    fn counted(&self, account: &str, live: bool, day_start: Unix) -> Result<Vec<Counted>, LedgerError>;

    fn head(&self) -> Result<Head, LedgerError>;

    fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>, LedgerError>;

    /// How many records match, whatever `most` says.
    fn audit_count(&self, filter: &AuditFilter) -> Result<usize, LedgerError>;

    /// The numbers of the records with these hashes, and nought for that of nothing.
    fn places(&self, hashes: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, LedgerError>;

    /// What the records are about, by intent.
    fn about(&self, records: &[AuditRecord]) -> Result<BTreeMap<String, About>, LedgerError> {
        let intents: BTreeSet<&str> = records.iter().map(|record| record.intent.as_str()).collect();
        let mut found = BTreeMap::new();
        for id in intents {
            let about = self.get(id)?.map(|Intent { proposal, .. }| About {
                customer: proposal.customer.map(|customer| customer.to_string()),
                ends: proposal.terms.cancel,
            });
            found.extend(about.map(|about| (id.to_owned(), about)));
        }
        Ok(found)
    }

    /// Whether the store itself is whole, beyond what the chain covers; the error says where it is not.
    fn sound(&self) -> Result<(), LedgerError>;

    /// The records after this one, `most` at once; see [`Checked::go_on`].
    fn chain(&self, after: i64, most: usize) -> Result<Part, LedgerError>;

    /// The head as it is kept apart from the records; `Err`: why it is no witness.
    fn noted(&self) -> Result<Option<Head>, String>;

    /// Looks through the store and walks the whole chain, from its beginning.
    fn verify(&self) -> Result<Verified, LedgerError> {
        self.sound()?;
        Checked::default().go_on(self.noted(), |after| self.chain(after, PART))
    }

    fn record_event(&mut self, event: &Event) -> Result<AuditRecord, LedgerError>;

    /// Keeps a proposal until a person decides, or gives back the same that waits already. It never runs by itself: only
    /// [`Store::reserve`] with its id makes an intent of it, and at most one.
    fn ask(&mut self, asked: &Asked) -> Result<Asked, LedgerError>;

    /// By its own id, or by that of the intent that it led to.
    fn asked(&self, id: &str) -> Result<Option<Asked>, LedgerError>;

    /// Those of an account that nobody has decided yet, oldest first.
    fn waiting(&self, account: &str, live: bool) -> Result<Vec<Asked>, LedgerError>;

    /// A person says yes to what takes another one too: it waits on.
    fn agree(&mut self, id: &str, agreed: &Agreed) -> Result<Asked, LedgerError>;

    /// A person says no, and why.
    fn refuse(&mut self, id: &str, by: &str, now: Unix, why: &str) -> Result<Asked, LedgerError>;

    /// Ends those whose time is over, and says how many that were.
    fn expire(&mut self, now: Unix) -> Result<usize, LedgerError>;

    /// Remembers that a customer's desk was opened, of the last ones of an account.
    fn visited(&mut self, whose: Whose<'_>, visit: &Visit) -> Result<(), LedgerError>;

    /// Customers of an account whose desk was opened lately, the latest first.
    fn lately(&self, whose: Whose<'_>) -> Result<Vec<Visit>, LedgerError>;

    /// Adds a note on a customer of an account.
    fn note(&mut self, whose: Whose<'_>, note: (&CustomerId, &Note)) -> Result<(), LedgerError>;

    /// The notes on a customer, the latest first.
    fn notes(&self, whose: Whose<'_>, customer: &CustomerId) -> Result<Vec<Note>, LedgerError>;

    /// Another number whenever somebody else has written: a look that reads nothing.
    fn version(&self) -> Result<i64, LedgerError>;

    /// The day's sums as far as this ledger knows them.
    fn spent(&self, day: &Day<'_>) -> Result<Spent, LedgerError> {
        let counted = self.counted(day.account, day.live, day.start)?;
        Ok(budget::spent(&counted, day.agent, day.customer))
    }
}

/// Whose day is summed.
#[derive(Clone, Copy, Debug)]
pub struct Day<'a> {
    pub account: &'a str,
    pub live: bool,
    pub start: Unix,
    pub agent: &'a str,
    /// `cus_…`
    pub customer: Option<&'a str>,
}
