//! Attempts at one call until something is known, each only while what was approved may still leave: facts that are fresh, its
//! time, its key.

use super::{Gate, Progress, Stopped, facts::Reading, jitter, subject};
use crate::{
    actions,
    ledger::{Basis, Intent, IntentState},
    policy::{Confirm, Decision, Fact, Outcome},
    stripe::{
        Failure, Reply, Transport as _, Urgency,
        plain::explain,
        retry::{self, Access, KEY_AGE_MOST_S, Next, Verdict},
    },
};

/// How long after its time an attempt may still be made: then nobody may be looking any more.
const LATE_MS: i64 = 60_000;
const OVERSLEPT: &str = "its time was over before it could leave: this machine slept, its clock was set, or reading took too long";
/// So long are facts fresh enough for another attempt.
const FACTS_MS: i64 = 10_000;

/// What an approval rested on, and when that was read last, by this machine's clock; none where it was not read yet.
pub(super) struct Facts {
    basis: Vec<Basis>,
    read_ms: Option<i64>,
}

impl Facts {
    pub(super) fn unread(basis: Vec<Basis>) -> Self {
        Self { basis, read_ms: None }
    }
}

/// What has to hold for the next attempt to be made.
pub(super) struct Course {
    /// An attempt before it may have been done.
    pub(super) unknown: bool,
    /// What must not have moved. None where only its own key tells any more, which can do nothing a second time.
    pub(super) facts: Option<Facts>,
    /// When it was to be made, by this machine's clock.
    pub(super) due_ms: i64,
}

/// What the attempts came to.
pub(super) enum Exchanged {
    Answered(Intent, Reply),
    Failed(Intent, Verdict, Failure),
    /// Another attempt was not made: it could not be noted, or paydesk is ending, or it could do something a second time. The
    /// intent is as it was before.
    Unmade(Intent, Stopped),
    /// Nothing was done so far, and meanwhile it is no longer right to go on.
    Overtaken(Intent, Stopped),
}

impl Gate {
    /// Attempts until something is known or nothing more is worth trying. Before each it is asked whether it may still leave,
    /// and each is on disk before its first byte. Once one may have been done, only the same key tells, and facts stop
    /// nothing; what carries no key is not sent again after that.
    pub(super) async fn exchange(
        &self,
        mut intent: Intent,
        mut course: Course,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Exchanged {
        let keyed = intent.request.idempotency_key.is_some();
        let access = if keyed { Access::Write } else { Access::Unkeyed };
        let mut attempt: u32 = 1;
        loop {
            if let Err(stopped) = self.may_leave(&intent, &mut course).await {
                let end = if course.unknown { Exchanged::Unmade } else { Exchanged::Overtaken };
                return end(intent, stopped);
            }
            intent = match self.begin_attempt(&intent.id, self.now()).await {
                Ok(begun) => begun,
                Err(stopped) => return Exchanged::Unmade(intent, stopped),
            };
            progress(Progress::Sending { attempt });
            let until = Urgency::Until(self.until_ms(&intent, &course));
            let failure = match self.line.attempt(&intent.request, until).await {
                Ok(reply) => return Exchanged::Answered(intent, reply),
                Err(failure) => failure,
            };
            match retry::decide(attempt, &failure, access, self.key_age_s(&intent), course.unknown, jitter())
            {
                Next::Stop(verdict) => return Exchanged::Failed(intent, verdict, failure),
                Next::Retry { after_ms } => {
                    course.unknown |= retry::leaves_unknown(&failure);
                    course.facts = course.facts.filter(|_| !(course.unknown && keyed));
                    let wait_ms = i64::try_from(after_ms).unwrap_or(i64::MAX);
                    course.due_ms = self.clock.now_ms().saturating_add(wait_ms);
                    let why = explain(&failure).what;
                    progress(Progress::Waiting { attempt, after_ms, why });
                    self.pause(after_ms).await;
                }
            }
            attempt = attempt.saturating_add(1);
        }
    }

    /// Since the first attempt, by the clock on the wall: timers stand still while a machine sleeps.
    pub(super) fn key_age_s(&self, intent: &Intent) -> i64 {
        intent.first_sent.map_or(0, |first| self.now().since(first))
    }

    /// Whether the next attempt may still be made.
    async fn may_leave(&self, intent: &Intent, course: &mut Course) -> Result<(), Stopped> {
        if let Some(facts) = &mut course.facts {
            self.refresh(intent, facts).await?;
        }
        if course.unknown && self.key_age_s(intent) >= KEY_AGE_MOST_S {
            let why = "Stripe may have forgotten its key by now, and would do it again";
            return Err(Stopped::Late(why.into()));
        }
        if !course.unknown && self.is_late(course.due_ms) {
            return Err(Stopped::Late(OVERSLEPT.into()));
        }
        Ok(())
    }

    /// Until when the attempt may wait for its turn, by this machine's clock: what was asked before it has to hold then.
    fn until_ms(&self, intent: &Intent, course: &Course) -> i64 {
        let left_s = KEY_AGE_MOST_S.saturating_sub(self.key_age_s(intent));
        let key_ms = self.clock.now_ms().saturating_add(left_s.saturating_mul(1_000));
        let read_ms = course.facts.as_ref().and_then(|facts| facts.read_ms);
        let facts_ms = read_ms.map_or(i64::MAX, |read_ms| read_ms.saturating_add(FACTS_MS));
        let due_ms = if course.unknown { i64::MAX } else { course.due_ms.saturating_add(LATE_MS) };
        key_ms.min(facts_ms).min(due_ms)
    }

    /// Reads what has grown old, and looks again whether it may leave.
    async fn refresh(&self, intent: &Intent, facts: &mut Facts) -> Result<(), Stopped> {
        let began_ms = self.clock.now_ms();
        // A span below zero tells of a clock that was set back, and nothing of an age.
        let age_ms = facts.read_ms.map(|read_ms| began_ms.saturating_sub(read_ms));
        if age_ms.is_some_and(|age_ms| (0..=FACTS_MS).contains(&age_ms)) {
            return Ok(());
        }
        let right = self.still_right(intent, &facts.basis);
        // What was never sent will not be any more once leaving has begun; what was sent is seen to its end.
        if intent.state == IntentState::Held {
            self.unless_leaving(Box::pin(right)).await??;
        } else {
            right.await?;
        }
        let now_ms = self.clock.now_ms();
        // A clock that was set back meanwhile tells nothing of how long it took.
        if !(0..=LATE_MS).contains(&now_ms.saturating_sub(began_ms)) {
            return Err(Stopped::Late(OVERSLEPT.into()));
        }
        facts.read_ms = Some(now_ms);
        Ok(())
    }

    /// Whether it was due so long ago, by this machine's clock, that nobody may be looking any more.
    pub(super) fn is_late(&self, due_ms: i64) -> bool {
        self.clock.now_ms().saturating_sub(due_ms) > LATE_MS
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
