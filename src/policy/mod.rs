//! What may be done: `decide` is pure, total and deterministic, and the only maker of [`Approved`]. Whatever cannot be
//! loaded or computed is denied, with the reason.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "a new case is decided and not defaulted, and limits neither wrap nor round"
)]

mod rules;
mod error;
mod reader;
mod example;
mod role;
mod file;
mod common;
mod debug;
mod refund;
mod cancel;
mod plan;
mod other;
mod discount;
mod input;
mod decide;
mod approved;
mod approver;
mod lint;
mod order;
mod describe;
mod explain;
mod reach;
mod replay;
#[cfg(test)]
mod fixture;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::{
    approved::{Approved, NotApproved, approve},
    approver::ApproverKey,
    common::is_open,
    decide::{decide, largest_refund, may_read, may_see},
    describe::{CLOSED, Enforced, Row, changed, describe},
    error::PolicyError,
    example::{Example, Ran, run_examples},
    explain::{Why, explain},
    file::{BUILTIN, BUILTIN_SOURCE, Policy},
    lint::{Lint, lint},
    order::{Order, compare},
    reach::reaches,
    replay::{Left, Made, Past, Replayed, Verdict, days_before, replay},
    role::{ASSISTANT, BASE_ROLE, NO_ROLE, is_another_person, same_person},
    rules::{Info, Place, Rule, Rules, Set, Shape, Value},
};
use crate::{
    actions::Subject,
    money::{Currency, Money},
    time::Unix,
};

/// What a decision rests on. It is read again right before sending.
#[derive(Clone)]
pub struct Facts {
    /// By Stripe's clock where it is known.
    pub now: Unix,
    /// The account's zone: it says where a day begins.
    pub zone: TimeZone,
    pub live: bool,
    /// Why nothing may be changed at all, if so.
    pub read_only: Option<String>,
    pub agent: String,
    /// The object acted on, as read last.
    pub subject: Fact<Subject>,
    pub spent: Fact<Spent>,
}

/// Something that was read, or why it could not be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T> {
    Known(T),
    Unknown(String),
}

/// Refunded today (settled, reserved or unknown), minor units by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spent {
    pub agent: Sums,
    pub team: Sums,
    /// Of a payment without a customer: what was refunded of the payment.
    pub customer: Sums,
    /// What of the team's was refunded by other means than paydesk: in the Dashboard, say.
    #[serde(skip_serializing_if = "Sums::is_empty")]
    pub outside: Sums,
    /// How often the customer was refunded; none where nobody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    /// Only what this machine knows: Stripe could not be asked. Above the automatic threshold that is not enough.
    pub local_only: bool,
}

impl Spent {
    /// The same of nobody in particular, for whom nothing stands in the way yet.
    #[must_use]
    pub fn of_nobody(&self) -> Self {
        Self { customer: Sums::default(), times: Some(Times::NONE), ..self.clone() }
    }
}

/// Refunds of one customer that count, over so many days back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    pub count: u32,
    pub days: u32,
}

impl Times {
    /// However far back.
    pub const NONE: Self = Self { count: 0, days: u32::MAX };
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sums(pub BTreeMap<Currency, i64>);

impl Sums {
    pub fn of(&self, currency: Currency) -> Money {
        Money::new(self.0.get(&currency).copied().unwrap_or(0), currency)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Saturates: a sum too large to count is over every cap.
    pub fn add(&mut self, amount: Money) {
        let sum = self.0.entry(amount.currency()).or_insert(0);
        *sum = sum.saturating_add(amount.minor());
    }
}

/// The verdict on one proposal, with every rule that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use]
pub struct Decision {
    pub outcome: Outcome,
    pub rules: Vec<Looked>,
    /// SHA-256 of the policy text that decided, hex.
    pub policy_hash: String,
}

impl Decision {
    /// The rules that stand in the way most: those that deny, or else those that ask for more.
    pub fn in_the_way(&self) -> impl Iterator<Item = &Looked> {
        let worst = self.rules.iter().map(|looked| looked.mark).max();
        self.rules.iter().filter(move |looked| Some(looked.mark) == worst)
    }

    /// Why not, in the words of every such rule, with its name and what it would allow.
    pub fn denial(&self) -> String {
        let says = self.in_the_way().map(|looked| match &looked.allowed {
            Some(allowed) => format!("{} ({}); allowed: {allowed}", looked.says, looked.rule),
            None => format!("{} ({})", looked.says, looked.rule),
        });
        format!("policy does not allow this: {}", says.collect::<Vec<_>>().join(" · "))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// One Enter.
    Allow,
    Confirm(Confirm),
    SecondPerson,
    Deny,
}

/// How a person confirms.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// A second Enter.
    Plain,
    TypeAmount(Money),
    TypeName(String),
}

/// One rule that was looked at.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Its place in the policy file: `refunds.max`.
    pub rule: String,
    pub mark: Mark,
    /// What it was given to decide on: `$99.00`, `disputed`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub input: String,
    /// In words, for the agent: "$500.00 is the most one refund may be".
    pub says: String,
    /// For a denial: the largest thing that would be allowed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
    /// The parameter that only has to be given for this rule to be kept: `reason`, `note`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    Pass,
    Confirm,
    SecondPerson,
    Deny,
}

/// How a person answered what a decision asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// Nobody was asked, for the policy allowed it: it confirms nothing.
    Nothing,
    /// Enter in the modal, with nothing typed.
    Enter,
    /// What was typed to confirm.
    Typed(String),
    /// `--yes`: confirms whatever can be confirmed, lifts no denial.
    Yes,
}
