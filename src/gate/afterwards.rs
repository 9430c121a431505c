//! Refunds that came back: what went through at first is read again for as long as the bank may send it back, and what did not
//! stay is raised to the agent who made it, until they acknowledge it. Raising and acknowledging are in the audit trail, so
//! that neither is forgotten with the program.

use serde::{Deserialize, Serialize};

use super::{Gate, Stopped, on_ledger};
use crate::{
    actions::{self, Proof},
    ledger::{AuditFilter, AuditRecord, Event, Intent, IntentState, LedgerError, Store},
    model::{AnyId, Kind, Record, Refund, RefundStatus},
    request::Request,
    stripe::{self, Failure, Priority, plain::explain},
    time::DAY_S,
};

/// So long a refund that succeeded can fail.
const BACK_S: i64 = 30 * DAY_S;
/// Refunds that are read again in one look, and intents among which they are looked for.
const LOOKED_MOST: usize = 100;
const RECENT_MOST: usize = 1_000;
/// As the audit trail names them.
const RAISED: &str = "came_back";
const ACKNOWLEDGED: &str = "acknowledged";

/// A refund that went through, as far as the ledger knows, and did not stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    pub intent: Intent,
    /// `re_…`
    pub refund: String,
    /// What became of it, in words.
    pub what: String,
}

/// What an earlier look has said already.
struct Said(Vec<AuditRecord>);

impl Said {
    fn has(&self, event: &str, refund: &str, what: &str) -> bool {
        self.0.iter().any(|record| {
            record.event == event && record.target == refund && record.message.as_deref() == Some(what)
        })
    }
}

impl Gate {
    /// Reads this agent's refunds again, those of the named intents or, if none is named, the newest of the last days, and gives
    /// those that came back and that nobody has acknowledged. Each is recorded the first time.
    pub async fn look_after(&self, only: Vec<String>) -> Result<Vec<Raised>, Stopped> {
        let since = self.now().plus(-BACK_S);
        let agent = self.identity.agent.clone();
        let (intents, said) = on_ledger(&self.ledger, move |ledger| -> Result<_, LedgerError> {
            let intents = if only.is_empty() {
                let mut recent = ledger.recent(RECENT_MOST)?;
                recent.retain(|intent| intent.created >= since);
                recent
            } else {
                named(ledger, &only)?
            };
            let filter = AuditFilter { agent: Some(agent), ..AuditFilter::default() };
            let mut said = ledger.audit(&filter)?;
            said.retain(|record| [RAISED, ACKNOWLEDGED].contains(&record.event.as_str()));
            Ok((intents, Said(said)))
        })
        .await?;
        let mut raised = Vec::new();
        for intent in intents.into_iter().filter(|intent| self.is_own_refund(intent)).take(LOOKED_MOST) {
            let Some((refund, what)) = self.came_back(&intent).await? else { continue };
            if said.has(ACKNOWLEDGED, &refund, &what) {
                continue;
            }
            let one = Raised { intent, refund, what };
            if !said.has(RAISED, &one.refund, &one.what) {
                self.note_after(RAISED, &one).await?;
            }
            raised.push(one);
        }
        Ok(raised)
    }

    /// The agent has seen it: it is not raised again, unless something else becomes of it.
    pub async fn acknowledge(&self, raised: &Raised) -> Result<(), Stopped> {
        self.note_after(ACKNOWLEDGED, raised).await
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
            && intent.proposal.is_refund()
            && (&intent.agent, &intent.account, intent.live) == (&here.agent, &here.account, here.live)
    }

    /// The refund and what became of it, where that is worse than what the agent was told when it was made.
    async fn came_back(&self, intent: &Intent) -> Result<Option<(String, String)>, Stopped> {
        let Some(id) = intent.result_id.as_deref().and_then(AnyId::parse) else { return Ok(None) };
        if id.kind != Kind::Refund {
            return Ok(None);
        }
        let request = Request::get(id.kind.endpoint(), &[&id.id]);
        let reply = match stripe::read(&self.line, &request, Priority::Prefetch).await {
            Ok(reply) => reply,
            // Not to be found is no news about money.
            Err(Failure::Refused(error)) if error.status == 404 => return Ok(None),
            Err(failure) => return Err(Stopped::Facts(explain(&failure).to_string())),
        };
        let refund =
            Record::<Refund>::parse(reply.body).map_err(|shape| Stopped::Facts(shape.to_string()))?;
        let Some(what) = says(intent, refund.raw()) else { return Ok(None) };
        let worse = match &refund.status {
            RefundStatus::Failed | RefundStatus::Canceled => intent.message.as_ref() != Some(&what),
            RefundStatus::Pending | RefundStatus::RequiresAction => intent.message.is_none(),
            RefundStatus::Succeeded | RefundStatus::Other(_) => false,
        };
        Ok(worse.then_some((id.id, what)))
    }
}

/// What the action itself says of what it made, as it stands now.
fn says(intent: &Intent, raw: &str) -> Option<String> {
    match &actions::find(&intent.proposal.action)?.proof {
        Proof::Listed(listed) => (listed.says)(&serde_json::from_str(raw).ok()?),
        Proof::Object { .. } | Proof::Untold(_) => None,
    }
}

fn named(ledger: &dyn Store, ids: &[String]) -> Result<Vec<Intent>, LedgerError> {
    let mut intents = Vec::new();
    for id in ids {
        intents.extend(ledger.get(id)?);
    }
    Ok(intents)
}
