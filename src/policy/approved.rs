//! The sealed permission to send: it can only be made here, by deciding here and now. A decision that was stored, sent
//! or typed is no permission.

use super::{Confirm, Decision, Facts, Given, Outcome, decide::decide, file::Policy};
use crate::{actions::Proposal, money::Money};

/// A proposal that the policy allows and a person confirmed. It can neither be copied nor read from anywhere.
#[derive(Debug)]
#[must_use]
pub struct Approved {
    proposal: Proposal,
    decision: Decision,
}

impl Approved {
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// What is sent and why it may be: the permission is used up.
    pub fn into_parts(self) -> (Proposal, Decision) {
        (self.proposal, self.decision)
    }
}

/// Why there is no permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// Nothing lifts a denial.
    Denied(Decision),
    /// The person at this desk cannot be the second one too.
    SecondPerson(Decision),
    /// What was asked for was not typed.
    Unconfirmed { decision: Decision, message: String },
}

/// Decides, and takes the answer that was given to what the decision asks.
pub fn approve(
    policy: &Policy,
    proposal: Proposal,
    facts: &Facts,
    given: &Given,
) -> Result<Approved, Box<NotApproved>> {
    let decision = decide(policy, &proposal, facts);
    let missing = match &decision.outcome {
        Outcome::Allow => None,
        Outcome::Confirm(how) => unconfirmed(how, given),
        Outcome::SecondPerson => return Err(Box::new(NotApproved::SecondPerson(decision))),
        Outcome::Deny => return Err(Box::new(NotApproved::Denied(decision))),
    };
    match missing {
        None => Ok(Approved { proposal, decision }),
        Some(message) => Err(Box::new(NotApproved::Unconfirmed { decision, message })),
    }
}

/// What is still to be done, if the answer is not what was asked for.
fn unconfirmed(how: &Confirm, given: &Given) -> Option<String> {
    match (how, given) {
        (_, Given::Yes) | (Confirm::Plain, Given::Enter) => None,
        (Confirm::Plain, Given::Typed(_)) => Some("confirm with Enter alone".into()),
        (Confirm::TypeAmount(amount), Given::Enter) => {
            Some(format!("type the amount to confirm: {}", amount.plain()))
        }
        (Confirm::TypeAmount(amount), Given::Typed(text)) => match Money::parse(text, amount.currency()) {
            Ok(typed) if typed == *amount => None,
            Ok(typed) => Some(format!("{typed} is not the amount: it is {amount}")),
            Err(error) => Some(error.to_string()),
        },
        (Confirm::TypeName(name), Given::Enter) => Some(format!("type `{name}` to confirm")),
        (Confirm::TypeName(name), Given::Typed(text)) => {
            let same = text.trim().to_lowercase() == name.trim().to_lowercase();
            (!same).then(|| format!("that is not `{name}`"))
        }
    }
}
