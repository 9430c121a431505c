//! Sending what is held: the facts once more, then the same bytes until an answer or reading tells how it ended.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};

use super::{
    Found, Gate, Stopped,
    attempts::{Course, Exchanged, Facts},
    lock,
    look::{Said, check_reply},
    on_ledger,
};
use crate::{
    actions,
    ledger::{Basis, End, Ending, Intent, IntentState, LedgerError},
    request::Method,
    stripe::{ErrorKind, Failure, plain::explain, retry::Verdict},
};

/// How the message of what is unknown begins.
pub const NOT_KNOWN: &str = "it is not known whether it happened: ";

/// When it may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Only once its seconds of grace are over.
    AfterHold,
    /// At once: the command line has no key to take it back with.
    Now,
}

/// What is being done, for whoever waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The facts are read once more.
    Checking,
    Sending {
        attempt: u32,
    },
    Waiting {
        attempt: u32,
        after_ms: u64,
        why: String,
    },
    /// The answer did not tell: Stripe is read.
    LookingUp,
}

/// Holds an intent's place among those at work; gives it back however the work ends.
pub(super) struct Claim {
    all: Arc<Mutex<BTreeSet<String>>>,
    id: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.all).remove(&self.id);
    }
}

impl Gate {
    pub(super) fn claim(&self, id: &str) -> Option<Claim> {
        let fresh = lock(&self.in_flight).insert(id.to_owned());
        fresh.then(|| Claim { all: Arc::clone(&self.in_flight), id: id.to_owned() })
    }

    /// Sends what is held. `Err`: nothing was done, and the intent is withdrawn (refused, where an attempt had failed
    /// before) unless it could not be sent yet.
    /// `Ok`: how it ended, which may be unknown. Dropping the future leaves an intent that `recover` settles.
    pub async fn send(
        &self,
        id: &str,
        release: Release,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Ending, Stopped> {
        let not_now = |message: &str| Stopped::Invalid { field: "intent".into(), message: message.into() };
        let _claim = self.claim(id).ok_or_else(|| not_now("it is being sent already"))?;
        let (intent, basis) = self.held(id, release).await?;
        progress(Progress::Checking);
        let (due_ms, facts) = (intent.hold_until_ms, Some(Facts::unread(basis)));
        let course = Course { unknown: false, facts, due_ms };
        match self.exchange(intent, course, &mut progress).await {
            Exchanged::Unmade(intent, stopped) if intent.state == IntentState::Held => {
                self.not_noted(intent, stopped).await
            }
            Exchanged::Overtaken(intent, stopped) if intent.state == IntentState::Held => {
                self.never_sent(intent, format!("nothing was sent: {stopped}")).await;
                Err(stopped)
            }
            Exchanged::Overtaken(intent, stopped) => {
                let exchanged = Exchanged::Overtaken(intent, stopped.clone());
                let _noted = self.settle(exchanged, &mut progress).await;
                Err(stopped)
            }
            exchanged @ (Exchanged::Answered(..) | Exchanged::Failed(..) | Exchanged::Unmade(..)) => {
                Ok(self.settle(exchanged, &mut progress).await)
            }
        }
    }

    /// Before the first attempt, this is a plain "no": without its record nothing leaves. But a disk that failed may have
    /// kept the record all the same, and whoever settles it later would send it: so it is ended here, and where that cannot
    /// be written, nobody knows how it ends.
    async fn not_noted(&self, intent: Intent, stopped: Stopped) -> Result<Ending, Stopped> {
        let id = intent.id.clone();
        let kept = on_ledger(&self.ledger, move |ledger| ledger.get(&id)).await;
        match kept.map(|kept| kept.map(|kept| kept.state)) {
            Ok(Some(IntentState::Sending)) => {}
            Ok(_) => return Err(stopped),
            Err(error) => return Ok(unsure(intent, &error)),
        }
        let words = format!("nothing was sent: {stopped}");
        let (id, end) = (intent.id.clone(), self.end(IntentState::Refused, None, None, Some(words)));
        match on_ledger(&self.ledger, move |ledger| ledger.finish(&id, &end)).await {
            Ok(_) => Err(stopped),
            Err(error) => Ok(unsure(intent, &error)),
        }
    }

    /// Where even this cannot be written, or the agent was quicker: nothing leaves all the same.
    async fn never_sent(&self, intent: Intent, why: String) {
        let now = self.now();
        let _noted = on_ledger(&self.ledger, move |ledger| ledger.withdraw(&intent.id, now, &why)).await;
    }

    async fn held(&self, id: &str, release: Release) -> Result<(Intent, Vec<Basis>), Stopped> {
        let not_now = |message: String| Stopped::Invalid { field: "intent".into(), message };
        let owned = id.to_owned();
        let found = on_ledger(&self.ledger, move |ledger| -> Result<_, LedgerError> {
            let own = ledger.is_own(&owned)?;
            Ok((ledger.get(&owned)?, ledger.basis(&owned)?, own))
        });
        let (Some(intent), basis, own) = found.await? else {
            return Err(LedgerError::Missing(id.to_owned()).into());
        };
        if !own {
            return Err(not_now("another desk made it, and sends it".into()));
        }
        let here = &self.identity;
        if (&intent.account, intent.live) != (&here.account, here.live) {
            return Err(not_now(format!(
                "it belongs to {}, this desk works on {}",
                intent.account, here.account
            )));
        }
        if intent.state != IntentState::Held {
            return Err(not_now(format!("it is {} already", intent.state.name())));
        }
        let left_ms = intent.hold_until_ms.saturating_sub(self.clock.now_ms());
        if release == Release::AfterHold && left_ms > 0 {
            return Err(not_now(format!("it is held for {left_ms} ms more")));
        }
        Ok((intent, basis))
    }

    /// Sends again what may never have arrived: same key, same bytes. `facts` where it carries no key. `Err`: nothing was
    /// sent, and it stands as before.
    pub(super) async fn resend(
        &self,
        intent: Intent,
        facts: Option<Facts>,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Ending, Stopped> {
        let course = Course { unknown: true, facts, due_ms: self.clock.now_ms() };
        let exchanged = self.exchange(intent, course, progress).await;
        if let Exchanged::Unmade(_, stopped) = &exchanged
            && self.is_leaving()
        {
            return Err(stopped.clone());
        }
        Ok(self.settle(exchanged, progress).await)
    }

    /// Whether reading shows anything but that it was not done.
    async fn has_changed(&self, intent: &Intent) -> bool {
        !matches!(self.resolve_by_reading(intent).await, Found::NotThere { .. })
    }

    async fn settle(&self, exchanged: Exchanged, progress: &mut (impl FnMut(Progress) + Send)) -> Ending {
        let (intent, request_id, why) = match exchanged {
            Exchanged::Answered(intent, reply) => {
                let request_id = reply.headers.request_id.clone();
                match check_reply(&intent, &reply) {
                    Ok(Said { state, result_id, message }) => {
                        let end = self.end(state, request_id, Some(result_id), message);
                        return self.conclude(intent, end, Some(reply.body)).await;
                    }
                    Err(why) => (intent, request_id, why),
                }
            }
            Exchanged::Failed(intent, verdict, failure) => {
                let request_id = failure.headers().and_then(|headers| headers.request_id.clone());
                let words = told(&intent, verdict, &failure);
                match verdict {
                    // Whoever carries it may repeat what has no key: then the answer is the echo of its own success.
                    Verdict::Refused
                        if is_gone(&intent, &failure) && Box::pin(self.has_changed(&intent)).await =>
                    {
                        (intent, request_id, words)
                    }
                    Verdict::NotSent | Verdict::Refused => {
                        let end = self.end(IntentState::Refused, request_id, None, Some(words));
                        return self.conclude(intent, end, None).await;
                    }
                    Verdict::WaitingAtStripe => {
                        let waits_for = approval(&failure);
                        let end = self.end(IntentState::WaitingAtStripe, request_id, waits_for, Some(words));
                        return self.conclude(intent, end, None).await;
                    }
                    Verdict::Unknown => (intent, request_id, words),
                }
            }
            Exchanged::Unmade(intent, stopped) => (intent, None, stopped.to_string()),
            Exchanged::Overtaken(intent, stopped) => {
                let words = format!("nothing was done: {stopped}");
                let end = self.end(IntentState::Refused, None, None, Some(words));
                return self.conclude(intent, end, None).await;
            }
        };
        progress(Progress::LookingUp);
        match self.resolve_by_reading(&intent).await {
            Found::Done { result_id, message, raw } => {
                let end = self.end(IntentState::Settled, request_id, Some(result_id), message);
                self.conclude(intent, end, Some(raw)).await
            }
            Found::Before(why) => {
                let end = self.end(IntentState::Refused, request_id, None, Some(why));
                self.conclude(intent, end, None).await
            }
            Found::NotThere { why: found, .. }
            | Found::ByKey { why: found, .. }
            | Found::CannotTell(found) => {
                let message = format!("{NOT_KNOWN}{why}; {found}");
                let end = self.end(IntentState::Unknown, request_id, None, Some(message));
                self.conclude(intent, end, None).await
            }
        }
    }

    pub(super) fn end(
        &self,
        state: IntentState,
        request_id: Option<String>,
        result_id: Option<String>,
        message: Option<String>,
    ) -> End {
        End { state, at: self.now(), by: None, request_id, result_id, message }
    }

    /// Writes how it ended. Where that fails, what is known is still said: the intent stays open on disk, and the next
    /// start settles it by reading.
    pub(super) async fn conclude(&self, intent: Intent, end: End, result: Option<Arc<str>>) -> Ending {
        let (id, what) = (intent.id.clone(), end.clone());
        let written = on_ledger(&self.ledger, move |ledger| ledger.finish(&id, &what)).await;
        let intent = match written {
            Ok(written) => written,
            Err(error) => {
                let said = end.message.map(|said| format!("{said}; ")).unwrap_or_default();
                // On disk it is still open: recovery may send again what was refused, and then it is not over.
                let (state, later) = if end.state == IntentState::Refused {
                    (IntentState::Unknown, ", and may be sent then")
                } else {
                    (end.state, "")
                };
                let message = format!(
                    "{said}but it could not be recorded: {error}; it is settled from Stripe later{later}"
                );
                Intent {
                    state,
                    request_id: end.request_id,
                    result_id: end.result_id,
                    message: Some(message),
                    ..intent
                }
            }
        };
        Ending::new(intent, result)
    }
}

/// Why it failed. A missing permission is named as Stripe does and as the catalogue does: keys are made by either.
fn told(intent: &Intent, verdict: Verdict, failure: &Failure) -> String {
    if verdict == Verdict::Unknown {
        return explain(failure).what;
    }
    let words = explain(failure).to_string();
    let lacks = matches!(failure, Failure::Refused(error) if error.error_kind() == ErrorKind::Permission);
    match actions::find(&intent.proposal.action).filter(|_| lacks) {
        Some(action) => format!("{words} ({} needs {})", action.name, action.permission),
        None => words,
    }
}

fn approval(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Refused(error) => error.approval_request.clone(),
        Failure::NotSent(_) | Failure::Lost(_) | Failure::Unreadable { .. } => None,
    }
}

/// A DELETE that finds nothing to be ended.
fn is_gone(intent: &Intent, failure: &Failure) -> bool {
    let missing = matches!(failure, Failure::Refused(error) if error.error_kind() == ErrorKind::Missing);
    missing && intent.request.method == Method::Delete
}

/// Nothing was sent, and what the disk kept of that is not known.
fn unsure(intent: Intent, error: &LedgerError) -> Ending {
    let message = format!(
        "nothing was sent now, but that could not be recorded: {error}; it is settled from Stripe later, and may be sent then"
    );
    Ending::new(Intent { state: IntentState::Unknown, message: Some(message), ..intent }, None)
}
