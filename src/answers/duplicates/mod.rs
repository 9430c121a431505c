//! Whether somebody was charged twice: charges that look alike, what each pair is, the evidence for and against it with its weight,
//! and which one to give back.

mod evidence;
mod find;
mod judge;
mod json;
mod marks;
mod paid;
mod people;
mod plan;
mod propose;
mod scene;
mod signs;
#[cfg(test)]
mod tests;
mod told;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use self::{
    find::find,
    json::json,
    marks::Marks,
    plan::{gaps, looks},
    propose::Proposal,
    scene::{Paid, Scene, Sources},
    signs::Sign,
    told::reply,
};
use crate::{
    model::{ChargeId, CustomerId},
    money::Money,
    time::Unix,
};

/// At this many points a group is called likely.
pub const LIKELY: i32 = 60;

/// What makes two charges one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// One invoice, paid twice.
    SameInvoice,
    /// Two payment intents for one order.
    OneOrder,
    /// The same amount from the same card, minutes apart: a client that tried again.
    ClientRetry,
    /// Two subscriptions to the same product at once.
    TwoSubscriptions,
    /// The subscription that was to be replaced has been billed once more.
    OldAndNew,
    /// The same person has two customer records.
    TwoRecords,
    /// An authorisation beside the payment: it falls away.
    HoldAndCapture,
}

/// What only looks like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookAlike {
    /// Periods that follow each other.
    Renewal,
    TwoSeats,
    TwoOrders,
    DepositAndRest,
    TwoProducts,
    AlreadyRefunded,
    /// More of them was given back than one too many.
    RefundedTooMuch,
    AlreadyDisputed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Twice(Cause),
    Not(LookAlike),
}

/// One of the charges of a group. What it is called is borrowed from the charge and its invoice: of a hundred thousand charges most
/// are looked at no further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member<'a> {
    pub id: Cow<'a, ChargeId>,
    pub amount: Money,
    /// What was given back of it.
    pub refunded: Money,
    pub at: Unix,
    pub customer: Option<Cow<'a, CustomerId>>,
    /// The invoice that it fulfils, by its number.
    pub fulfils: Option<Cow<'a, str>>,
}

impl Member<'_> {
    fn into_owned(self) -> Member<'static> {
        let Self { id, amount, refunded, at, customer, fulfils } = self;
        Member {
            id: Cow::Owned(id.into_owned()),
            amount,
            refunded,
            at,
            customer: customer.map(|id| Cow::Owned(id.into_owned())),
            fulfils: fulfils.map(|number| Cow::Owned(number.into_owned())),
        }
    }
}

/// Charges that belong together, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group<'a> {
    pub verdict: Verdict,
    /// 0 to 100: the sum of the signs' weights.
    pub sure: i32,
    pub charges: Vec<Member<'a>>,
    pub signs: Vec<Sign>,
    pub proposal: Proposal,
}

impl Group<'_> {
    /// To be kept beyond what it was found in.
    pub fn into_owned(self) -> Group<'static> {
        let Self { verdict, sure, charges, signs, proposal } = self;
        let charges = charges.into_iter().map(Member::into_owned).collect();
        Group { verdict, sure, charges, signs, proposal }
    }

    pub fn is_likely(&self) -> bool {
        matches!(self.verdict, Verdict::Twice(_)) && self.sure >= LIKELY
    }

    /// It is proposed to give this one back.
    pub fn refunds(&self, charge: &ChargeId) -> bool {
        matches!(&self.proposal, Proposal::Refund { charges, .. } if charges.contains(charge))
    }

    /// What was given back of all of them.
    pub fn refunded(&self) -> Option<Money> {
        let mut all = self.charges.iter().map(|member| member.refunded);
        let first = all.next()?;
        all.try_fold(first, |sum, part| sum.checked_add(part).ok())
    }

    /// From the first to the last.
    pub fn span_s(&self) -> i64 {
        match self.charges.as_slice() {
            [first, .., last] => last.at.since(first.at),
            _ => 0,
        }
    }

    pub fn newest(&self) -> Option<Unix> {
        self.charges.last().map(|last| last.at)
    }
}

impl Verdict {
    /// As JSON and tests call it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Twice(Cause::SameInvoice) => "same_invoice",
            Self::Twice(Cause::OneOrder) => "one_order",
            Self::Twice(Cause::ClientRetry) => "client_retry",
            Self::Twice(Cause::TwoSubscriptions) => "two_subscriptions",
            Self::Twice(Cause::OldAndNew) => "old_and_new",
            Self::Twice(Cause::TwoRecords) => "two_records",
            Self::Twice(Cause::HoldAndCapture) => "hold_and_capture",
            Self::Not(LookAlike::Renewal) => "renewal",
            Self::Not(LookAlike::TwoSeats) => "two_seats",
            Self::Not(LookAlike::TwoOrders) => "two_orders",
            Self::Not(LookAlike::DepositAndRest) => "deposit_and_rest",
            Self::Not(LookAlike::TwoProducts) => "two_products",
            Self::Not(LookAlike::AlreadyRefunded) => "already_refunded",
            Self::Not(LookAlike::RefundedTooMuch) => "refunded_too_much",
            Self::Not(LookAlike::AlreadyDisputed) => "already_disputed",
        }
    }

    /// In a person's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Twice(Cause::SameInvoice) => "one invoice was paid twice",
            Self::Twice(Cause::OneOrder) => "two payments for one order",
            Self::Twice(Cause::ClientRetry) => "a payment that was tried again",
            Self::Twice(Cause::TwoSubscriptions) => "two subscriptions to the same product",
            Self::Twice(Cause::OldAndNew) => "the old subscription was billed beside the new one",
            Self::Twice(Cause::TwoRecords) => "the same person has two customer records",
            Self::Twice(Cause::HoldAndCapture) => {
                "an authorisation beside the payment: nothing was taken twice"
            }
            Self::Not(LookAlike::Renewal) => "no duplicate: periods that follow each other",
            Self::Not(LookAlike::TwoSeats) => "no duplicate: two seats",
            Self::Not(LookAlike::TwoOrders) => "no duplicate: two orders",
            Self::Not(LookAlike::DepositAndRest) => "no duplicate: parts of one price",
            Self::Not(LookAlike::TwoProducts) => "no duplicate: two products",
            Self::Not(LookAlike::AlreadyRefunded) => "was one, and is refunded already",
            Self::Not(LookAlike::RefundedTooMuch) => "was one, and more was given back than was too much",
            Self::Not(LookAlike::AlreadyDisputed) => "was one, and is disputed at the bank",
        }
    }
}
