//! Proposals that wait for a person: who asked for what, until when, who stands behind it, and what became of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    actions::Proposal,
    policy::{ASSISTANT, Decision, Policy, is_another_person, same_person},
    text::{Hidden, clean},
    time::Unix,
};

/// A proposal that somebody asked for who may not confirm it: an assistant, or a first of two persons.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// `prop_…`
    pub id: String,
    pub state: AskedState,
    pub proposal: Proposal,
    /// What the policy said to it when it was asked for.
    pub decision: Decision,
    /// An agent's name; `assistant`.
    pub asked_by: String,
    /// In their words.
    pub why: Option<String>,
    /// `acct_…`
    pub account: String,
    pub live: bool,
    pub asked: Unix,
    /// From here on it cannot be confirmed.
    pub expires: Unix,
    /// Persons who agreed and could not confirm it alone, in their order.
    #[serde(default)]
    pub agreed: Vec<Agreed>,
    /// The person who confirmed or refused it.
    pub decided_by: Option<String>,
    pub decided: Option<Unix>,
    /// `int_…`: what confirming it led to.
    pub intent: Option<String>,
    /// Why it was refused, in that person's words.
    pub reason: Option<String>,
}

/// A person's word on a proposal that takes two of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    pub by: String,
    pub at: Unix,
    /// SHA-256 of the signed code that said so, hex; none where it was said at a desk on this data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("proposal", &self.proposal)
            .field("asked_by", &self.asked_by)
            .field("why", &self.why.as_deref().map(Hidden))
            .field("agreed", &self.agreed)
            .field("intent", &self.intent)
            .field("reason", &self.reason.as_deref().map(Hidden))
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedState {
    Waiting,
    /// An intent was made of it: how that stands says what was done.
    Confirmed,
    Refused,
    Expired,
}

impl AskedState {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Confirmed, Self::Refused, Self::Expired];

    /// As it stands in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    /// As the audit trail has it, where `refused` is what Stripe does.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Waiting => "proposed",
            Self::Confirmed => "confirmed",
            Self::Refused => "declined",
            Self::Expired => "expired",
        }
    }
}

impl Asked {
    /// Why it cannot be decided any more at this time; none while it waits.
    pub fn over(&self, now: Unix) -> Option<String> {
        let who = clean(self.decided_by.as_deref().unwrap_or("somebody"));
        match self.state {
            AskedState::Waiting if now < self.expires => None,
            AskedState::Waiting | AskedState::Expired => {
                Some("its time was over before anybody decided".into())
            }
            AskedState::Confirmed => {
                Some(format!("{who} confirmed it already ({})", self.intent.as_deref().unwrap_or_default()))
            }
            AskedState::Refused => Some(format!("{who} refused it")),
        }
    }

    /// Others than this one who stand behind it: whoever asked or agreed, the latest first. An assistant is no person.
    pub fn others(&self, agent: &str) -> impl Iterator<Item = &str> {
        let agreed = self.agreed.iter().rev().map(|agreed| agreed.by.as_str());
        agreed.chain([self.asked_by.as_str()]).filter(move |by| is_another_person(agent, by))
    }

    /// The second person beside this one, by a policy that tells assistants from persons.
    pub fn second(&self, agent: &str, policy: &Policy) -> Option<String> {
        self.others(agent).find(|other| policy.is_person(other)).map(str::to_owned)
    }

    /// Why this agent cannot say yes to it, whatever the rules say.
    pub fn not_by(&self, agent: &str) -> Option<String> {
        if same_person(agent, ASSISTANT) {
            return Some("an assistant is no person, and confirms nothing".into());
        }
        let own = same_person(&self.asked_by, agent) && self.others(agent).next().is_none();
        own.then(|| format!("{} asked for it, and so cannot confirm it", clean(agent)))
    }

    /// The same thing to the same object, asked for by the same.
    pub(super) fn is_again(&self, other: &Self) -> bool {
        let one = (&self.proposal.action, &self.proposal.target, &self.proposal.args, &self.asked_by);
        one == (&other.proposal.action, &other.proposal.target, &other.proposal.args, &other.asked_by)
    }
}
