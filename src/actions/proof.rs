//! How reading tells whether a change was made, whatever became of its answer. Data and pure functions: the gate reads, and
//! asks them.
//!
//! Most changes show: an object keeps our mark in its metadata, a step that cannot be taken back shows in the object's state
//! with its time, and what is made (a refund, a credit note, a balance transaction, an invoice item) stands in a list with
//! our mark. Two of Stripe's calls leave nothing that can be read: an invoice that was mailed once more (`send_invoice`), and
//! a portal link (`create_portal_session`). Those are [`Proof::Untold`]: when their answer is lost they stay unknown, are never
//! sent again by themselves, and a person decides.

use serde_json::Value;

use super::{Proposal, Subject};
use crate::{model::Object, request::Request, text, time::Unix};

/// Where Stripe keeps the id of the intent that made or changed an object.
pub const MARK: &str = "paydesk_intent";

/// A change as it was sent, for whoever looks what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// `int_…`
    pub intent: &'a str,
    pub proposal: &'a Proposal,
    pub request: &'a Request,
    /// By Stripe's clock: what it stamped before this was not our doing.
    pub since: Unix,
}

/// What an object tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Done, and what is worth saying beside it.
    Yes(Option<String>),
    /// Somebody else did it: ours was not done, and cannot be any more.
    Before(String),
    /// It is so, and not to be seen by whose doing. The same call tells under its key, and can do nothing a second time.
    ByKey(String),
    /// Not done, for sure: what it does is not undone.
    No(String),
    /// It does not show. It may have been done, and undone since.
    Unseen(String),
    CannotTell(String),
}

/// What comes back when the change succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The object that it was done to.
    Itself,
    /// Something else: a deleted discount, a session.
    Another,
}

#[derive(Clone, Copy, Debug)]
pub enum Proof {
    /// The object that it was done to tells by its mark or its state.
    Object { done: fn(&Sent<'_>, &Subject) -> Done, answer: Answer },
    /// What was made stands in a list.
    Listed(Listed),
    /// Nothing that can be read tells it, and why.
    Untold(&'static str),
}

/// A list in which what was made carries our mark.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// `/v1/refunds`; a placeholder stands for the object that it was done to.
    pub path: &'static str,
    /// The list's parameters, and the parameters of the call that they are filled from.
    pub by: &'static [(&'static str, &'static str)],
    /// "refunds"
    pub noun: &'static str,
    /// Parameters of the call that come back in fields of what was made: an answer without them speaks of something else.
    pub echoes: &'static [(&'static str, &'static str)],
    /// What is worth saying of one: pending, failed later.
    pub says: fn(&Value) -> Option<String>,
}

impl Sent<'_> {
    pub fn marks(&self, object: &Value) -> bool {
        object.get("metadata").and_then(|all| all.get(MARK)).and_then(Value::as_str) == Some(self.intent)
    }
}

/// It was not to be read as a `T`.
pub(super) fn unreadable<T: Object>(object: &Subject) -> Done {
    Done::CannotTell(format!("{} cannot be read as {}", object.id(), text::a(T::KIND.noun())))
}

/// For updates of what takes metadata: our mark is there, or it may have been made and overwritten since.
pub(super) fn by_mark(sent: &Sent<'_>, object: &Subject) -> Done {
    if sent.marks(&object.value()) {
        Done::Yes(None)
    } else {
        Done::Unseen(format!("{} does not carry {}", object.id(), sent.intent))
    }
}

/// For steps that are not taken back: whether the object stands where the step leads, and since when.
pub(super) fn by_step(
    sent: &Sent<'_>,
    object: &Subject,
    stands: bool,
    status: &str,
    at: Option<Unix>,
) -> Done {
    let id = object.id();
    match at {
        _ if !stands => Done::No(format!("{id} is {status}")),
        Some(at) if at >= sent.since => Done::Yes(None),
        Some(_) => Done::Before(format!("it was already {status}; nothing was changed by this")),
        None => Done::CannotTell(format!("{id} is {status}, and does not say since when")),
    }
}

/// For steps that leave no time behind: whether the object stands where the step leads. It did not when the call was sent, for
/// then nothing would have been.
pub(super) fn by_state(object: &Subject, stands: bool, status: &str) -> Done {
    let id = object.id();
    if stands {
        Done::Yes(Some(format!("{id} is {status}; Stripe does not tell by whom")))
    } else {
        Done::No(format!("{id} is {status}"))
    }
}

/// For what is taken away and may be given anew: whether it is gone. Where it is there, it may be another.
pub(super) fn by_absence(object: &Subject, gone: bool, what: &str) -> Done {
    let id = object.id();
    if gone {
        Done::Yes(Some(format!("{id} has no such {what} any more; Stripe does not tell by whom")))
    } else {
        Done::Unseen(format!("{id} has a {what}: the same one, or one that was given since"))
    }
}
