//! What happened, and what is wanted: the two halves of the desk's only conversation with the world. Both are plain data.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    key::Key,
    question::{Answer, Question},
};
use crate::{
    actions::{Args, CancelWhen, Subject},
    gate::{Looked, Raised, Stopped},
    ledger::{Asked, AuditRecord, Ending, Intent, Note, Visit},
    model::{AnyId, CustomerId},
    policy::{Fact, Given, Policy, Spent},
};

/// Names a task for as long as the program runs. Counted in the state, so that a replay counts the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskId(pub u64);

/// Something that happened.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Message {
    Key(Key),
    /// Bracketed paste: goes into fields, confirms nothing.
    Paste(String),
    Mouse(Mouse),
    Resize {
        width: u16,
        height: u16,
    },
    /// A time that was asked for with [`Command::Wake`] has come.
    Wake,
    /// The answer to [`Command::Ask`].
    Reply {
        task: TaskId,
        result: Result<Answer, Trouble>,
    },
    /// What a decision would rest on now: the answer to [`Command::Facts`].
    Facts {
        task: TaskId,
        subject: Fact<Subject>,
        spent: Fact<Spent>,
    },
    /// An intent is on disk and held, or why not: the answer to [`Command::Prepare`].
    Prepared {
        task: TaskId,
        result: Result<Box<Intent>, Box<Stopped>>,
    },
    /// A proposal waits for a second person, or why not: the answer to [`Command::Second`].
    Proposed {
        task: TaskId,
        result: Result<Box<Asked>, Box<Stopped>>,
    },
    /// Something to say about a change that is being sent: "Stripe is busy, again in 2 s".
    Sending {
        task: TaskId,
        note: String,
    },
    /// How a change ended: the answer to [`Command::Send`], [`Command::Withdraw`], [`Command::Close`] and, one by one,
    /// [`Command::Recover`].
    Ended {
        task: TaskId,
        ending: Box<Ending>,
    },
    /// Recovery is through, or why it could not begin: `task` is done.
    Recovered {
        task: TaskId,
        result: Result<(), String>,
    },
    /// Refunds that came back: the answer to [`Command::LookAfter`].
    Raised {
        task: TaskId,
        result: Result<Looked, String>,
    },
    /// The answer to [`Command::Acknowledge`].
    Acknowledged {
        task: TaskId,
        refund: String,
        result: Result<(), String>,
    },
    /// The answer to [`Command::Audit`].
    Audit {
        task: TaskId,
        result: Result<AuditPage, String>,
    },
    /// The answer to [`Command::Remember`] and [`Command::Note`].
    Remembered {
        task: TaskId,
        result: Result<Memory, String>,
    },
    /// What waits for a person now: the answer to [`Command::Inbox`], [`Command::Refuse`] and [`Command::Code`], or why not.
    Inbox {
        task: TaskId,
        result: Result<Vec<Asked>, String>,
    },
    /// Another process has written, and this waits for a person now.
    Waiting {
        asked: Vec<Asked>,
    },
    /// The answer to [`Command::Copy`] and [`Command::Open`].
    Done {
        task: TaskId,
        result: Result<String, String>,
    },
    /// The policy file changed (or broke: then it is a closed policy).
    PolicyLoaded {
        policy: Box<Policy>,
    },
    /// How the last calls went.
    Api {
        latency_ms: u64,
        skew_s: i64,
    },
    /// A write task died: its outcome is unknown until it was read.
    Crashed {
        task: TaskId,
    },
    /// SIGTERM, SIGHUP: leave as soon as sends in flight have ended.
    Terminate,
}

/// Cells from the top left, 0-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mouse {
    pub kind: MouseKind,
    pub column: u16,
    pub row: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MouseKind {
    Click,
    WheelUp,
    WheelDown,
}

/// A failed read, in words for an agent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What happened: "Stripe refused: the key may not read charges".
    pub what: String,
    /// What to do about it.
    pub todo: String,
    /// `req_…`
    pub request_id: Option<String>,
    /// Asking again may help.
    pub retry: bool,
    /// Stripe says that there is no such object.
    pub missing: bool,
}

impl Trouble {
    /// On one line: what, what to do, and by which id Stripe knows of it.
    pub fn line(&self) -> String {
        let id = self.request_id.as_ref().map_or_else(String::new, |id| format!(" · {id}"));
        format!("{} · {}{id}", self.what, self.todo)
    }
}

/// The audit trail's newest records, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub records: Vec<AuditRecord>,
    /// Whose object each intent is about: ids, as far as it names one.
    #[serde(default)]
    pub customers: BTreeMap<String, String>,
    /// Of cancellations, when each takes effect.
    #[serde(default)]
    pub ends: BTreeMap<String, CancelWhen>,
    /// How the whole chain stands, in words.
    pub chain: String,
    pub chain_ok: bool,
}

/// What the ledger remembers beside changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Customers who were opened, the latest first.
    pub lately: Vec<Visit>,
    /// Whose notes were asked for, and they, the latest first.
    #[serde(default)]
    pub notes: Option<(CustomerId, Vec<Note>)>,
}

/// A change that an agent confirmed: what the gate needs to prepare it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub action: String,
    pub args: Args,
    pub target: AnyId,
    /// The object as the agent saw it: if it has moved since, nothing is sent.
    pub seen: Subject,
    /// The call that was confirmed, in its canonical form: another one is not sent in its place.
    pub confirmed: String,
    pub given: Given,
    pub confirm_word: Option<String>,
    /// The agent was told of an equal change minutes ago and wants this one too.
    pub repeat_ok: bool,
    pub hold_ms: i64,
    /// `prop_…`: the proposal that the agent confirms with it.
    #[serde(default)]
    pub asked: Option<String>,
}

/// Something to be done outside.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// The read lane.
    Ask {
        task: TaskId,
        question: Question,
        prefetch: bool,
    },
    /// Somebody waits now for what was read ahead.
    Raise {
        task: TaskId,
    },
    /// Forget a read that nobody waits for any more.
    Cancel {
        task: TaskId,
    },
    /// Open connections, since calls may come soon after a long rest.
    Warm,
    /// Send [`Message::Wake`] at this time, or soon after.
    Wake {
        at_ms: i64,
    },
    /// Read what a decision on this would rest on.
    Facts {
        task: TaskId,
        action: String,
        target: AnyId,
        /// The objects that are named besides.
        #[serde(default)]
        args: Args,
    },
    /// Today's refunds only: answered by [`Message::Facts`] with no subject.
    Spent {
        task: TaskId,
    },
    /// The write lane, first half: decide on fresh facts, reserve, record.
    Prepare {
        task: TaskId,
        change: Box<Change>,
    },
    /// What takes two persons and the first of them confirmed: it is kept for the other one, and nothing is sent.
    Second {
        task: TaskId,
        change: Box<Change>,
    },
    /// The write lane, second half: the hold is over.
    Send {
        task: TaskId,
        intent: String,
    },
    /// Take back what is still held.
    Withdraw {
        task: TaskId,
        intent: String,
    },
    /// A person looked at Stripe and says how an unknown change ended.
    Close {
        task: TaskId,
        intent: String,
        happened: bool,
    },
    /// Settle what an earlier run left behind.
    Recover {
        task: TaskId,
    },
    /// Read again whether refunds stayed: those of these intents, or all of the last days.
    LookAfter {
        task: TaskId,
        only: Vec<String>,
    },
    /// The agent has seen that a refund came back.
    Acknowledge {
        task: TaskId,
        raised: Box<Raised>,
    },
    Audit {
        task: TaskId,
    },
    /// Read what is remembered, with the notes on a customer where one is named; whose desk was opened is remembered first.
    Remember {
        task: TaskId,
        whose: Option<CustomerId>,
        opened: bool,
    },
    /// Write a note on a customer down on this machine: answered by [`Message::Remembered`].
    Note {
        task: TaskId,
        customer: CustomerId,
        text: String,
    },
    /// Read which proposals wait for a person.
    Inbox {
        task: TaskId,
    },
    /// The agent says no to a proposal, and why.
    Refuse {
        task: TaskId,
        /// `prop_…`
        asked: String,
        why: String,
    },
    /// The code of a second person for a proposal.
    Code {
        task: TaskId,
        /// `prop_…`
        asked: String,
        code: String,
    },
    /// To the clipboard.
    Copy {
        task: TaskId,
        text: Arc<str>,
        what: String,
    },
    /// In the browser.
    Open {
        task: TaskId,
        url: String,
    },
    Quit,
}

impl Command {
    /// Stripe is asked for something.
    pub fn calls(&self) -> bool {
        match self {
            Self::Ask { .. }
            | Self::Facts { .. }
            | Self::Spent { .. }
            | Self::Prepare { .. }
            | Self::Second { .. }
            | Self::Send { .. }
            | Self::Recover { .. }
            | Self::LookAfter { .. } => true,
            Self::Raise { .. }
            | Self::Acknowledge { .. }
            | Self::Cancel { .. }
            | Self::Warm
            | Self::Wake { .. }
            | Self::Withdraw { .. }
            | Self::Close { .. }
            | Self::Audit { .. }
            | Self::Remember { .. }
            | Self::Note { .. }
            | Self::Inbox { .. }
            | Self::Refuse { .. }
            | Self::Code { .. }
            | Self::Copy { .. }
            | Self::Open { .. }
            | Self::Quit => false,
        }
    }
}

/// What one message led to. Not carrying them out loses something, hence `must_use`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[must_use]
pub struct Commands(pub Vec<Command>);

impl Commands {
    pub fn push(&mut self, command: Command) {
        self.0.push(command);
    }
}
