//! Asking for what one may not confirm oneself: a proposal is kept until a person decides, and never runs by itself.

use super::{Gate, Stopped, leave, on_ledger};
use crate::{
    actions::{Action, Args, Moment, Proposal, Subject},
    ledger::{Asked, AskedState, LedgerError},
    policy::{self, Decision, Fact},
};

/// What would be done, and what the policy says to it, on facts that were read just now.
#[derive(Clone, Debug)]
pub struct Considered {
    pub proposal: Proposal,
    pub decision: Decision,
    pub subject: Subject,
}

impl Gate {
    /// Reads, builds, decides; nothing is written and nothing sent. Times become the instants that they mean now.
    pub async fn consider(&self, action: &'static Action, args: &Args) -> Result<Considered, Stopped> {
        let invalid = |error: crate::actions::FieldError| Stopped::Invalid {
            field: error.field,
            message: error.reason,
        };
        let target = action.target(args).map_err(invalid)?;
        self.heed_policy();
        let facts = self.facts(action.name, &target, args).await;
        let subject = match &facts.subject {
            Fact::Known(subject) => subject.clone(),
            Fact::Unknown(why) => return Err(Stopped::Facts(why.clone())),
        };
        let moment = Moment { now: facts.now, zone: facts.zone.clone() };
        let frozen = args.frozen(action.fields, &moment).map_err(invalid)?;
        let proposal = action.propose(&frozen, &subject, &moment).map_err(invalid)?;
        let rules = self.policy.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let decision = policy::decide(&rules, &proposal, &facts);
        Ok(Considered { proposal, decision, subject })
    }

    /// Keeps it for a person, so many seconds; the same that waits already is given back instead.
    pub async fn ask(
        &self,
        considered: Considered,
        why: Option<String>,
        wait_s: i64,
    ) -> Result<Asked, Stopped> {
        self.check_account().await?;
        let (identity, now) = (&self.identity, self.now());
        let asked = Asked {
            id: format!("prop_{}", uuid::Uuid::now_v7().simple()),
            state: AskedState::Waiting,
            proposal: considered.proposal,
            decision: considered.decision,
            asked_by: identity.agent.clone(),
            why,
            account: identity.account.clone(),
            live: identity.live,
            asked: now,
            expires: now.plus(wait_s),
            decided_by: None,
            decided: None,
            intent: None,
            reason: None,
        };
        let leaving = self.leaving.clone();
        on_ledger(&self.ledger, move |ledger| {
            if *leaving.borrow() {
                return Err(leave::ending());
            }
            ledger.expire(now)?;
            Ok(ledger.ask(&asked)?)
        })
        .await
    }

    /// A proposal of this account, as it stands now.
    pub async fn asked(&self, id: &str) -> Result<Asked, LedgerError> {
        let (id, now) = (id.to_owned(), self.now());
        let (account, live) = (self.identity.account.clone(), self.identity.live);
        on_ledger(&self.ledger, move |ledger| {
            ledger.expire(now)?;
            let found = ledger.asked(&id)?.filter(|asked| (&asked.account, asked.live) == (&account, live));
            found.ok_or_else(|| LedgerError::NoProposal(crate::text::clean(&id)))
        })
        .await
    }

    /// Those of this account that wait for a person, oldest first. What is over is ended first.
    pub async fn waiting(&self) -> Result<Vec<Asked>, LedgerError> {
        let now = self.now();
        let (account, live) = (self.identity.account.clone(), self.identity.live);
        on_ledger(&self.ledger, move |ledger| {
            ledger.expire(now)?;
            ledger.waiting(&account, live)
        })
        .await
    }

    /// The person at this desk says no.
    pub async fn refuse(&self, id: &str, why: &str) -> Result<Asked, LedgerError> {
        let (id, why, by, now) = (id.to_owned(), why.to_owned(), self.identity.agent.clone(), self.now());
        on_ledger(&self.ledger, move |ledger| ledger.refuse(&id, &by, now, &why)).await
    }
}
