//! How it ended, found by reading, as the action's own proof says; and whether an answer speaks of what was sent.

use std::{fmt, sync::Arc};

use serde_json::Value;

use super::{Gate, subject};
use crate::{
    actions::{self, Answer, Done, Listed, Proof, Sent, Subject},
    ledger::{Intent, IntentState},
    model::Record,
    request::Request,
    stripe::{Reply, plain::explain},
    text::{Hidden, clean},
};

/// Stripe's clock is known to whole seconds, on both ends: our own step may be stamped that much before its sending.
const CLOCKS_S: i64 = 2;

/// What reading found.
#[derive(Clone, PartialEq, Eq)]
pub enum Found {
    Done {
        result_id: String,
        /// What is worth saying about it: pending, failed later, done by somebody else.
        message: Option<String>,
        raw: Arc<str>,
    },
    /// Somebody else did it, in words: ours was not done, and cannot be any more.
    Before(String),
    /// It is so, in words, and not to be seen by whose doing. The same call tells under its key, and can do nothing.
    ByKey { why: String, raw: Arc<str> },
    /// It is not there, in words. `surely`: it was not done, for what it does is not undone.
    NotThere { why: String, surely: bool },
    /// Reading failed, or cannot tell.
    CannotTell(String),
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { result_id, .. } => write!(f, "Done({result_id})"),
            Self::Before(why) => write!(f, "Before({:?})", Hidden(why)),
            Self::ByKey { why, .. } => write!(f, "ByKey({:?})", Hidden(why)),
            Self::NotThere { surely, .. } => write!(f, "NotThere(surely: {surely})"),
            Self::CannotTell(why) => write!(f, "CannotTell({:?})", Hidden(why)),
        }
    }
}

fn proof(intent: &Intent) -> Option<&'static Proof> {
    actions::find(&intent.proposal.action).map(|action| &action.proof)
}

fn sent(intent: &Intent) -> Sent<'_> {
    Sent {
        intent: &intent.id,
        proposal: &intent.proposal,
        request: &intent.request,
        // Stripe's clock on both sides: that of the first attempt by its answers, see `Gate::now`.
        since: intent.first_sent.unwrap_or(intent.created).plus(-CLOCKS_S),
    }
}

impl Gate {
    /// Looks at Stripe what became of the intent. Sends nothing.
    pub async fn resolve_by_reading(&self, intent: &Intent) -> Found {
        match proof(intent) {
            Some(Proof::Object { done, .. }) => self.look_at_object(intent, *done).await,
            Some(Proof::Listed(listed)) => self.look_in_list(intent, listed).await,
            Some(Proof::Untold(why)) => Found::CannotTell((*why).to_owned()),
            None => Found::CannotTell(format!("there is no action {} any more", intent.proposal.action)),
        }
    }

    async fn look_at_object(&self, intent: &Intent, done: fn(&Sent<'_>, &Subject) -> Done) -> Found {
        let target = &intent.proposal.target;
        let Some(request) = subject::read_request(target, &[]) else {
            return Found::CannotTell(format!("{} cannot be looked up", crate::text::a(target.kind.noun())));
        };
        let reply = match self.read(&request).await {
            Ok(reply) => reply,
            Err(failure) => {
                return Found::CannotTell(format!("{target} could not be read: {}", explain(&failure).what));
            }
        };
        let object = match Subject::parse(target, Arc::clone(&reply.body)) {
            Ok(object) => object,
            Err(error) => return Found::CannotTell(error.to_string()),
        };
        match done(&sent(intent), &object) {
            Done::Yes(message) => Found::Done { result_id: target.id.clone(), message, raw: reply.body },
            Done::Before(why) => Found::Before(why),
            Done::ByKey(why) => Found::ByKey { why, raw: reply.body },
            Done::No(why) => Found::NotThere { why, surely: true },
            Done::Unseen(why) => Found::NotThere { why, surely: false },
            Done::CannotTell(why) => Found::CannotTell(why),
        }
    }

    async fn look_in_list(&self, intent: &Intent, listed: &Listed) -> Found {
        let target = &intent.proposal.target;
        let ids: &[&str] = if listed.path.contains('{') { &[&target.id] } else { &[] };
        let mut request = Request::get(listed.path, ids).with("limit", 100);
        for (name, from) in listed.by {
            let Some(value) = intent.request.param(from) else {
                return Found::CannotTell(format!("what was sent names no {from}"));
            };
            request = request.with(name, value);
        }
        let noun = listed.noun;
        let rows: Vec<Record<Value>> = match self.read_all(request).await {
            Ok(rows) => rows,
            Err(why) => return Found::CannotTell(format!("the {noun} of {target} could not be read: {why}")),
        };
        let sent = sent(intent);
        match rows.iter().find(|row| sent.marks(row.object())) {
            Some(row) => Found::Done {
                result_id: clean(id_of(row.object())),
                message: (listed.says)(row.object()),
                raw: Arc::clone(row.raw()),
            },
            None => Found::NotThere { why: none_of(&rows, noun, intent), surely: false },
        }
    }
}

fn none_of(rows: &[Record<Value>], noun: &str, intent: &Intent) -> String {
    let (id, target) = (&intent.id, &intent.proposal.target);
    match rows.len() {
        0 => format!("{target} has no {noun} so far"),
        many => format!("none of the {many} {noun} of {target} carries {id}"),
    }
}

fn id_of(object: &Value) -> &str {
    object.get("id").and_then(Value::as_str).unwrap_or_default()
}

/// What a success says of what was sent.
pub(super) struct Said {
    /// Settled; or taken by Stripe, which has not done it yet.
    pub(super) state: IntentState,
    pub(super) result_id: String,
    pub(super) message: Option<String>,
}

/// Whether Stripe has answered with success, and had not done it by then: it does that itself, or not at all.
pub(super) fn is_accepted(intent: &Intent) -> bool {
    intent.state == IntentState::WaitingAtStripe
        && intent.result_id.as_ref() == Some(&intent.proposal.target.id)
}

/// Whether a success speaks of what was sent: our object, our amount. `Err` says what is wrong.
pub(super) fn check_reply(intent: &Intent, reply: &Reply) -> Result<Said, String> {
    let value: Value = serde_json::from_str(&reply.body).map_err(|_shape| "Stripe's answer is no JSON")?;
    let id = id_of(&value);
    let target = &intent.proposal.target;
    let settled = |result_id: String, message| Ok(Said { state: IntentState::Settled, result_id, message });
    match proof(intent) {
        Some(Proof::Object { done, answer: Answer::Itself }) => {
            let object = Subject::parse(target, Arc::clone(&reply.body))
                .map_err(|_other| format!("Stripe answered about {}, not {target}", clean(id)))?;
            match done(&sent(intent), &object) {
                Done::No(why) => Err(format!("Stripe took it, and answered that {why}")),
                Done::Yes(message) => settled(target.id.clone(), message),
                // A payment that is under way: a bank takes days for some.
                Done::Unseen(why) => Ok(Said {
                    state: IntentState::WaitingAtStripe,
                    result_id: target.id.clone(),
                    message: Some(format!("Stripe took it and has not done it yet: {why}")),
                }),
                // The answer is the one to this very call: it is our doing.
                Done::Before(_) | Done::ByKey(_) | Done::CannotTell(_) => settled(target.id.clone(), None),
            }
        }
        Some(Proof::Listed(listed)) => {
            let echo = |path: &str| value.get(path).map(plain).unwrap_or_default();
            let other = listed
                .echoes
                .iter()
                .find(|(name, path)| intent.request.param(name).is_some_and(|meant| meant != echo(path)));
            match other {
                Some((_, path)) => {
                    Err(format!("Stripe answered about another one: its {path} is {}", clean(&echo(path))))
                }
                None if id.is_empty() => Err("Stripe answered without an id".into()),
                None => settled(clean(id), (listed.says)(&value)),
            }
        }
        // A deleted discount has no id of its own.
        Some(Proof::Object { answer: Answer::Another, .. }) if id.is_empty() => {
            settled(target.id.clone(), None)
        }
        Some(Proof::Object { answer: Answer::Another, .. } | Proof::Untold(_)) if !id.is_empty() => {
            settled(clean(id), None)
        }
        Some(Proof::Object { .. } | Proof::Untold(_)) => Err("Stripe answered without an id".into()),
        None => Err(format!("there is no action {} any more", intent.proposal.action)),
    }
}

/// As it stands in a form: a link by its id, a number by its digits.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) => id_of(value).to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}
