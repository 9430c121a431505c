//! What can be found when both sides are compared, in words.

use serde::{Deserialize, Serialize};

use super::there::Row;
use crate::{ledger::Intent, money::Money, time::Unix};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Two things carry the mark of one intent.
    Twice,
    /// Not done as far as the ledger knows, and Stripe has it.
    DoneAnyway,
    /// Done as far as the ledger knows, and Stripe has nothing of it.
    MissingAtStripe,
    /// It carries our mark, and the ledger has no record of it.
    MissingHere,
    /// Both have it, and not alike.
    Differs,
    /// Stripe's copy of the chain's head stands nowhere in the chain, or the chain itself is broken.
    PastEdited,
    /// A refund that failed later, and nobody was told.
    CameBack,
    /// Not settled.
    Unknown,
    /// One of the two sides could not be read.
    NotCompared,
    /// Made by other means than paydesk.
    Outside,
    /// A desk is at work on it.
    UnderWay,
}

impl What {
    pub const ALL: [Self; 11] = [
        Self::Twice,
        Self::DoneAnyway,
        Self::MissingAtStripe,
        Self::MissingHere,
        Self::Differs,
        Self::PastEdited,
        Self::CameBack,
        Self::Unknown,
        Self::NotCompared,
        Self::Outside,
        Self::UnderWay,
    ];

    /// For a table.
    pub fn words(self) -> &'static str {
        match self {
            Self::Twice => "done twice",
            Self::DoneAnyway => "done anyway",
            Self::MissingAtStripe => "missing at Stripe",
            Self::MissingHere => "missing here",
            Self::Differs => "differs",
            Self::PastEdited => "past edited",
            Self::CameBack => "came back",
            Self::Unknown => "unknown",
            Self::NotCompared => "not compared",
            Self::Outside => "outside paydesk",
            Self::UnderWay => "under way",
        }
    }

    /// The two sides do not agree, or it cannot be said that they do.
    pub fn is_difference(self) -> bool {
        !matches!(self, Self::Outside | Self::UnderWay)
    }
}

/// One thing that was found, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub what: What,
    pub at: Unix,
    /// `int_…`
    pub intent: Option<String>,
    /// `re_…`, `sub_…`: at Stripe.
    pub object: Option<String>,
    pub action: Option<String>,
    pub agent: Option<String>,
    pub amount: Option<Money>,
    pub says: String,
}

impl Finding {
    pub(super) fn of_intent(what: What, intent: &Intent, says: impl Into<String>) -> Self {
        Self {
            what,
            at: intent.created,
            intent: Some(intent.id.clone()),
            object: intent.result_id.clone().or_else(|| Some(intent.proposal.target.id.clone())),
            action: Some(intent.proposal.action.clone()),
            agent: Some(intent.agent.clone()),
            amount: intent.proposal.counted(),
            says: says.into(),
        }
    }

    pub(super) fn of_row(what: What, row: &Row, says: impl Into<String>) -> Self {
        Self {
            what,
            at: row.at,
            intent: row.intent().map(crate::text::clean),
            object: Some(row.id.clone()),
            action: None,
            agent: row.agent().map(crate::text::clean),
            amount: row.amount,
            says: says.into(),
        }
    }

    /// Of something at Stripe of which nothing else is known here.
    pub(super) fn of_object(what: What, at: Unix, object: Option<String>, says: impl Into<String>) -> Self {
        Self { what, at, intent: None, object, action: None, agent: None, amount: None, says: says.into() }
    }

    /// Of both: ours, at Stripe's time and with Stripe's id.
    pub(super) fn of_both(what: What, intent: &Intent, row: &Row, says: impl Into<String>) -> Self {
        Self { at: row.at, object: Some(row.id.clone()), ..Self::of_intent(what, intent, says) }
    }
}
