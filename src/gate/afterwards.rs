//! Refunds that came back: what went through at first is read again for as long as the bank may send it back, and what did not
//! stay is raised to the agent who made it, until they acknowledge it. Raising and acknowledging are in the audit trail, so
//! that neither is forgotten with the program.

use serde::{Deserialize, Serialize};

use super::{Gate, Identity, Stopped, on_ledger};
use crate::{
    actions::{self, Proof},
    ledger::{AuditFilter, AuditRecord, Event, Intent, IntentState, LedgerError, Store},
    model::{Kind, Record, Refund, RefundStatus},
    request::Request,
    stripe::{self, Failure, Priority, plain::explain},
    time::DAY_S,
};

/// So long a refund that succeeded can fail.
const BACK_S: i64 = 30 * DAY_S;
/// Refunds that are read again in one look. What is beyond is said.
const LOOKED_MOST: usize = 1_000;
/// As the audit trail names them.
pub(super) const RAISED: &str = "came_back";
pub(super) const ACKNOWLEDGED: &str = "acknowledged";
/// Nothing else can become of it: it is not read again.
pub(super) const ACKNOWLEDGED_FOR_GOOD: &str = "acknowledged_failure";

/// A refund that went through, as far as the ledger knows, and did not stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    pub intent: Intent,
    /// `re_…`
    pub refund: String,
    /// What became of it, in words.
    pub what: String,
    /// It failed or was cancelled: nothing else becomes of it.
    #[serde(default)]
    pub for_good: bool,
}

/// What a look found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    pub raised: Vec<Raised>,
    /// What was not looked at, and why.
    pub missed: Option<String>,
}

/// What an earlier look has said already.
struct Said(Vec<AuditRecord>);

impl Said {
    fn has(&self, events: &[&str], refund: &str, what: Option<&str>) -> bool {
        self.0.iter().any(|record| {
            events.contains(&record.event.as_str())
                && record.target == refund
                && what.is_none_or(|what| record.message.as_deref() == Some(what))
        })
    }
}

impl Gate {
    /// Reads this agent's refunds again, those of the named intents or, if none is named, those of the last days, and gives
    /// those that came back and that nobody has acknowledged. Each is recorded the first time.
    pub async fn look_after(&self, only: Vec<String>) -> Result<Looked, Stopped> {
        let since = self.now().plus(-BACK_S);
        let Identity { agent, account, live, .. } = self.identity.clone();
        let intents = on_ledger(&self.ledger, move |ledger| {
            if only.is_empty() {
                ledger.settled_refunds(&agent, &account, live, since)
            } else {
                named(ledger, &only)
            }
        });
        let mut intents = intents.await?;
        let said = self.said(None).await?;
        intents.retain(|intent| {
            let refund = intent.result_id.as_deref().unwrap_or_default();
            self.is_own_refund(intent) && !said.has(&[ACKNOWLEDGED_FOR_GOOD], refund, None)
        });
        let beyond = intents.len().saturating_sub(LOOKED_MOST);
        let mut looked = Looked::default();
        let mut unread = Vec::new();
        for intent in intents.into_iter().take(LOOKED_MOST) {
            match self.came_back(intent).await {
                Ok(None) => {}
                Ok(Some(one)) => looked.raised.extend(self.raise(one).await?),
                // The others are looked at all the same.
                Err(stopped) => unread.push(stopped.to_string()),
            }
        }
        let first = unread.first().map(|why| format!("{} could not be read: {why}", unread.len()));
        let older =
            (beyond > 0).then(|| format!("{beyond} older ones were not read: look at them at Stripe"));
        let missed: Vec<String> = first.into_iter().chain(older).collect();
        looked.missed = (!missed.is_empty()).then(|| missed.join("; "));
        Ok(looked)
    }

    /// What this agent was told and has acknowledged, of one refund or of all.
    async fn said(&self, target: Option<String>) -> Result<Said, Stopped> {
        let agent = Some(self.identity.agent.clone());
        let filter = AuditFilter { target, agent, ..AuditFilter::default() };
        let mut said = on_ledger(&self.ledger, move |ledger| ledger.audit(&filter)).await?;
        said.retain(|record| [RAISED, ACKNOWLEDGED, ACKNOWLEDGED_FOR_GOOD].contains(&record.event.as_str()));
        Ok(Said(said))
    }

    /// Recorded the first time. `None`: it was acknowledged, perhaps while others were read.
    async fn raise(&self, one: Raised) -> Result<Option<Raised>, Stopped> {
        let (said, what) = (self.said(Some(one.refund.clone())).await?, Some(one.what.as_str()));
        if said.has(&[ACKNOWLEDGED, ACKNOWLEDGED_FOR_GOOD], &one.refund, what) {
            return Ok(None);
        }
        if !said.has(&[RAISED], &one.refund, what) {
            self.note_after(RAISED, &one).await?;
        }
        Ok(Some(one))
    }

    /// The agent has seen it: it is not raised again, unless something else becomes of it.
    pub async fn acknowledge(&self, raised: &Raised) -> Result<(), Stopped> {
        let event = if raised.for_good { ACKNOWLEDGED_FOR_GOOD } else { ACKNOWLEDGED };
        self.note_after(event, raised).await
    }

    async fn note_after(&self, event: &str, raised: &Raised) -> Result<(), Stopped> {
        let event = Event {
            at: self.now(),
            event: event.to_owned(),
            agent: self.identity.agent.clone(),
            target: raised.refund.clone(),
            intent: raised.intent.id.clone(),
            message: Some(raised.what.clone()),
        };
        on_ledger(&self.ledger, move |ledger| ledger.record_event(&event)).await?;
        Ok(())
    }

    fn is_own_refund(&self, intent: &Intent) -> bool {
        let here = &self.identity;
        intent.state == IntentState::Settled
            && intent.proposal.refunds().is_some()
            && (&intent.agent, &intent.account, intent.live) == (&here.agent, &here.account, here.live)
    }

    /// What became of its refund, where that is worse than what the agent was told when it was made.
    async fn came_back(&self, intent: Intent) -> Result<Option<Raised>, Stopped> {
        let Some(id) = self.refund_made_by(&intent).await? else { return Ok(None) };
        let request = Request::get(id.kind.endpoint(), &[&id.id]);
        let reply = match stripe::read(&self.line, &request, Priority::Prefetch).await {
            Ok(reply) => reply,
            // Not to be found is no news about money.
            Err(Failure::Refused(error)) if error.status == 404 => return Ok(None),
            Err(failure) => return Err(Stopped::Facts(explain(&failure).to_string())),
        };
        let refund =
            Record::<Refund>::parse(reply.body).map_err(|shape| Stopped::Facts(shape.to_string()))?;
        let Some(what) = says(refund.raw()) else { return Ok(None) };
        let (worse, for_good) = match &refund.status {
            RefundStatus::Failed | RefundStatus::Canceled => (intent.message.as_ref() != Some(&what), true),
            RefundStatus::Pending | RefundStatus::RequiresAction => (intent.message.is_none(), false),
            RefundStatus::Succeeded | RefundStatus::Other(_) => (false, false),
        };
        Ok(worse.then_some(Raised { intent, refund: id.id, what, for_good }))
    }
}

/// What is said of a refund as it stands now, by the action that makes refunds and nothing else.
fn says(raw: &str) -> Option<String> {
    let refunds = Kind::Refund.endpoint().trim_end_matches("/{id}");
    let listed = actions::all().find_map(|action| match &action.proof {
        Proof::Listed(listed) if listed.path == refunds => Some(listed),
        Proof::Listed(_) | Proof::Object { .. } | Proof::Untold(_) => None,
    });
    (listed?.says)(&serde_json::from_str(raw).ok()?)
}

fn named(ledger: &dyn Store, ids: &[String]) -> Result<Vec<Intent>, LedgerError> {
    let mut intents = Vec::new();
    for id in ids {
        intents.extend(ledger.get(id)?);
    }
    Ok(intents)
}
