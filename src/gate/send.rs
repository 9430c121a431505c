//! Sending what is held: the facts once more, then the same bytes until an answer or reading tells how it ended.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};

use super::{
    Found, Gate, Stopped,
    facts::Reading,
    jitter, lock,
    look::{Said, check_reply},
    on_ledger, subject,
};
use crate::{
    actions,
    ledger::{Basis, End, Ending, Intent, IntentState, LedgerError},
    policy::{Confirm, Decision, Fact, Outcome},
    stripe::{
        ErrorKind, Failure, Priority, Reply, Transport as _,
        plain::explain,
        retry::{self, Access, Next, Verdict},
    },
};

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

/// So long are facts fresh enough for another attempt.
const FACTS_MS: i64 = 10_000;

/// What the first attempt rested on, and when that was read by this machine's clock.
struct Facts {
    basis: Vec<Basis>,
    read_ms: i64,
}

/// What the attempts came to.
enum Exchanged {
    Answered(Intent, Reply),
    Failed(Intent, Verdict, Failure),
    /// An attempt was not noted, for the ledger could not or paydesk is ending, so it was not made. The intent is as it was
    /// before.
    Unnoted(Intent, Stopped),
    /// Attempts failed without doing anything, and meanwhile it is no longer right to go on.
    Overtaken(Intent, Stopped),
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
        if self.is_late(&intent) {
            let why = "its time was over while this machine slept; nothing was sent";
            self.never_sent(intent, why.into()).await;
            return Err(not_now(why));
        }
        progress(Progress::Checking);
        let read_ms = self.clock.now_ms();
        if let Err(stopped) = self.still_right(&intent, &basis).await {
            self.never_sent(intent, format!("nothing was sent: {stopped}")).await;
            return Err(stopped);
        }
        if self.is_late(&intent) {
            let why = "its time was over before its facts were read; nothing was sent";
            self.never_sent(intent, why.into()).await;
            return Err(not_now(why));
        }
        match self.exchange(intent, Some(Facts { basis, read_ms }), &mut progress).await {
            // Before the first attempt, this is a plain "no": without its record nothing leaves.
            Exchanged::Unnoted(intent, stopped) if intent.state == IntentState::Held => Err(stopped),
            Exchanged::Overtaken(intent, stopped) => {
                let exchanged = Exchanged::Overtaken(intent, stopped.clone());
                let _noted = self.settle(exchanged, &mut progress).await;
                Err(stopped)
            }
            exchanged @ (Exchanged::Answered(..) | Exchanged::Failed(..) | Exchanged::Unnoted(..)) => {
                Ok(self.settle(exchanged, &mut progress).await)
            }
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

    /// Whether what was approved may still leave: the facts as they are now, the policy as it is now.
    pub(super) async fn still_right(&self, intent: &Intent, basis: &[Basis]) -> Result<(), Stopped> {
        self.heed_policy();
        let proposal = &intent.proposal;
        let action = actions::find(&proposal.action).ok_or_else(|| {
            let message = format!("there is no action {} any more", proposal.action);
            Stopped::Invalid { field: "action".into(), message }
        })?;
        let reading: Reading =
            self.read_facts(action, (&proposal.target, &proposal.args), Some(&intent.id)).await;
        let fresh = match &reading.facts.subject {
            Fact::Known(subject) => subject::basis(action, subject, &self.identity.zone),
            Fact::Unknown(why) => return Err(Stopped::Facts(why.clone())),
        };
        let decision = self.decide(proposal, &reading);
        let changes = subject::differences(basis, &fresh);
        if !changes.is_empty() {
            return Err(Stopped::Moved { changes, decision });
        }
        match ask_of(&decision) {
            None => Err(Stopped::Denied(decision)),
            asked if asked > ask_of(&intent.decision) => {
                let message = "the policy asks for more than was confirmed: confirm it again".into();
                Err(Stopped::Unconfirmed { decision, message })
            }
            Some(_) => Ok(()),
        }
    }

    /// Attempts until something is known or nothing more is worth trying. Each is on disk before its first byte. Without
    /// `facts`, an attempt before these may have been done. Once that is so, only the same key tells, and facts stop nothing.
    async fn exchange(
        &self,
        mut intent: Intent,
        mut facts: Option<Facts>,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Exchanged {
        let mut attempt: u32 = 1;
        loop {
            intent = match self.begin_attempt(&intent.id, self.now()).await {
                Ok(begun) => begun,
                Err(stopped) => return Exchanged::Unnoted(intent, stopped),
            };
            progress(Progress::Sending { attempt });
            let failure = match self.line.attempt(&intent.request, Priority::Change.into()).await {
                Ok(reply) => return Exchanged::Answered(intent, reply),
                Err(failure) => failure,
            };
            let age_s = intent.first_sent.map_or(0, |first| self.now().since(first));
            let next = retry::decide(attempt, &failure, Access::Write, age_s, facts.is_none(), jitter());
            match next {
                Next::Stop(verdict) => return Exchanged::Failed(intent, verdict, failure),
                Next::Retry { after_ms } => {
                    facts = facts.filter(|_| !retry::leaves_unknown(&failure));
                    let why = explain(&failure).what;
                    progress(Progress::Waiting { attempt, after_ms, why });
                    self.pause(after_ms).await;
                    if let Some(facts) = &mut facts
                        && let Err(stopped) = self.refresh(&intent, facts).await
                    {
                        return Exchanged::Overtaken(intent, stopped);
                    }
                }
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// Reads what has grown old while waiting, and looks again whether it may leave.
    async fn refresh(&self, intent: &Intent, facts: &mut Facts) -> Result<(), Stopped> {
        let now_ms = self.clock.now_ms();
        if now_ms.saturating_sub(facts.read_ms) <= FACTS_MS {
            return Ok(());
        }
        facts.read_ms = now_ms;
        self.still_right(intent, &facts.basis).await
    }

    /// Sends again what may never have arrived: same key, same bytes. `Err`: nothing was sent, and it stands as before.
    pub(super) async fn resend(
        &self,
        intent: Intent,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<Ending, Stopped> {
        let exchanged = self.exchange(intent, None, progress).await;
        if let Exchanged::Unnoted(_, stopped) = &exchanged
            && self.is_leaving()
        {
            return Err(stopped.clone());
        }
        Ok(self.settle(exchanged, progress).await)
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
                let words = told(&intent, &failure);
                match verdict {
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
            Exchanged::Unnoted(intent, stopped) => (intent, None, stopped.to_string()),
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
                let message = format!("it is not known whether it happened: {why}; {found}");
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
                let message =
                    format!("{said}but it could not be recorded: {error}; it is settled from Stripe later");
                Intent {
                    state: end.state,
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
fn told(intent: &Intent, failure: &Failure) -> String {
    let words = explain(failure).to_string();
    let lacks = matches!(failure, Failure::Refused(error) if error.error_kind() == ErrorKind::Permission);
    match actions::find(&intent.proposal.action).filter(|_| lacks) {
        Some(action) => format!("{words} ({} needs {})", action.name, action.permission),
        None => words,
    }
}

/// How much a decision asks of the person; none where it says no.
fn ask_of(decision: &Decision) -> Option<u8> {
    match &decision.outcome {
        Outcome::Allow => Some(0),
        Outcome::Confirm(Confirm::Plain) => Some(1),
        Outcome::Confirm(Confirm::TypeAmount(_) | Confirm::TypeName(_)) => Some(2),
        Outcome::SecondPerson | Outcome::Deny => None,
    }
}

fn approval(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Refused(error) => error.approval_request.clone(),
        Failure::NotSent(_) | Failure::Lost(_) | Failure::Unreadable { .. } => None,
    }
}
