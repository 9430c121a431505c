//! Asking for what one may not confirm oneself: a proposal is kept until a person decides, and never runs by itself.

use super::{Ask, Gate, Stopped, action_named, leave, on_ledger, prepare::invalid};
use crate::{
    actions::{Action, Args, Moment, Proposal, Subject},
    ledger::{Agreed, Asked, AskedState, LedgerError},
    policy::{self, Decision, Fact, Facts, Outcome},
    time::Unix,
};

/// What would be done, and what the policy says to it, on facts that were read just now.
#[derive(Clone, Debug)]
pub struct Considered {
    pub proposal: Proposal,
    pub decision: Decision,
    pub subject: Subject,
}

/// How long what one person asked of another waits.
const WAIT_S: i64 = crate::time::DAY_S;

/// Only what takes two persons is kept for a second one.
fn wants_second(decision: &Decision) -> Result<(), Stopped> {
    match decision.outcome {
        Outcome::SecondPerson => Ok(()),
        Outcome::Deny => Err(Stopped::Denied(decision.clone())),
        Outcome::Allow | Outcome::Confirm(_) => {
            let message = "nobody else has to agree to it: confirm it yourself".into();
            Err(Stopped::Unconfirmed { decision: decision.clone(), message })
        }
    }
}

impl Gate {
    /// Reads, builds, decides; nothing is written and nothing sent. Times become the instants that they mean now.
    pub async fn consider(&self, action: &'static Action, args: &Args) -> Result<Considered, Stopped> {
        self.consider_beside(action, args, |_, _| {}).await
    }

    /// The same beside what is to be done too: `also` adds that to the facts.
    pub async fn consider_beside(
        &self,
        action: &'static Action,
        args: &Args,
        also: impl FnOnce(&Proposal, &mut Facts),
    ) -> Result<Considered, Stopped> {
        self.look_at(action, args, None, also).await
    }

    /// What waits, as it stands now for the person at this desk: on fresh facts, by their rules, and as of when it was asked for.
    pub async fn consider_asked(&self, asked: &Asked) -> Result<Considered, Stopped> {
        let action = action_named(&asked.proposal.action)?;
        let then = (asked.asked, self.other_person(asked));
        self.look_at(action, &asked.proposal.args, Some(then), |_, _| {}).await
    }

    /// `then`: when it was asked for, and the other person behind it.
    pub(super) async fn look_at(
        &self,
        action: &'static Action,
        args: &Args,
        then: Option<(Unix, Option<String>)>,
        also: impl FnOnce(&Proposal, &mut Facts),
    ) -> Result<Considered, Stopped> {
        let target = action.target(args).map_err(invalid)?;
        self.heed_policy();
        let mut facts = self.facts(action.name, &target, args).await;
        let subject = match &facts.subject {
            Fact::Known(subject) => subject.clone(),
            Fact::Unknown(why) => return Err(Stopped::Facts(why.clone())),
        };
        let moment = Moment { now: facts.now, zone: facts.zone.clone() };
        let frozen = args.frozen(action.fields, &moment).map_err(invalid)?;
        let (then, second) = then.map_or((None, None), |(then, second)| (Some(then), second));
        let mut proposal = self.propose(action, &frozen, &subject, (facts.now, then)).map_err(invalid)?;
        proposal.terms.second = second;
        also(&proposal, &mut facts);
        let rules = self.in_force();
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
            agreed: Vec::new(),
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

    /// What this person confirms as the first of two: their word on a proposal that waits, or a new one that does.
    pub async fn ask_second(&self, ask: &Ask) -> Result<Asked, Stopped> {
        if let Some(id) = &ask.asked {
            return self.agree(id).await;
        }
        let action = action_named(&ask.action)?;
        self.heed_policy();
        let target = action.target(&ask.args).map_err(invalid)?;
        let reading = self.read_facts(action, (&target, &ask.args), None).await;
        let (proposal, _) = self.rebuilt(action, (ask, None), &reading)?;
        let decision = self.decide(&proposal, &reading);
        wants_second(&decision)?;
        let Fact::Known(subject) = reading.facts.subject else {
            return Err(Stopped::Facts("the object could not be read".into()));
        };
        self.ask(Considered { proposal, decision, subject }, None, WAIT_S).await
    }

    /// The person at this desk agrees to what takes two: it waits on for the other one.
    pub async fn agree(&self, id: &str) -> Result<Asked, Stopped> {
        self.check_account().await?;
        self.is_person()?;
        let asked = self.asked(id).await?;
        let considered = self.consider_asked(&asked).await?;
        wants_second(&considered.decision)?;
        let agreed = Agreed { by: self.identity.agent.clone(), at: self.now(), code: None };
        self.agreed(&asked.id, agreed).await
    }

    /// What waits for a person is for no assistant to decide.
    pub(super) fn is_person(&self) -> Result<(), Stopped> {
        let rules = self.in_force();
        if rules.is_person(&self.identity.agent) {
            return Ok(());
        }
        let message = "an assistant is no person, and confirms nothing".into();
        Err(Stopped::Invalid { field: "agent".into(), message })
    }

    pub(super) async fn agreed(&self, id: &str, agreed: Agreed) -> Result<Asked, Stopped> {
        let (id, leaving) = (id.to_owned(), self.leaving.clone());
        on_ledger(&self.ledger, move |ledger| {
            if *leaving.borrow() {
                return Err(leave::ending());
            }
            Ok(ledger.agree(&id, &agreed)?)
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
