//! An action with its arguments, frozen: what a person reads, what policy decides on, what is sent.

use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Action, Args, Effect, FieldKind, Gate, Subject, find};
use crate::{
    model::{AnyId, CustomerId, ProductId},
    money::Money,
    request::Request,
    text::Hidden,
    time::Unix,
};

/// When a cancellation takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelWhen {
    PeriodEnd,
    Now,
    On(Unix),
}

impl CancelWhen {
    /// `now`, `at period end`, `on 31 Dec 2026`
    pub fn words(self, zone: &TimeZone) -> String {
        match self {
            Self::PeriodEnd => "at period end".into(),
            Self::Now => "now".into(),
            Self::On(at) => format!("on {}", at.date(zone)),
        }
    }
}

/// A step that has a rule of its own within its part of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Money that is held, or waited for, is not taken.
    CancelHeld,
    CaptureHeld,
    /// What stands beside a charge changes: its description, shipping, fraud mark.
    EditCharge,
    /// A refund that is still under way does not go to the customer.
    CallRefundBack,
    TakeDiscount,
    StageEvidence,
    SubmitEvidence,
    AcceptDispute,
    /// Planned changes of a plan are given up, whatever they were.
    DropSchedule,
    /// What a credit note took off is owed again.
    TakeCreditBack,
    /// A single amount that the customer pays besides.
    BillItem,
}

/// Whether a subscription costs more or less from now on, over the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanMove {
    Up,
    Down,
    Level,
    /// Tiers or usage decide, or a price was not read.
    Unknown,
}

/// The plan after a change, in the words of its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Becomes {
    /// `$490.00/yr`
    pub price: String,
    pub product: Option<ProductId>,
}

/// What discounts take off, those that are there already included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Off {
    /// Hundredths of a percent of what is billed; none where it cannot be told.
    pub hundredths: Option<u32>,
    /// How many months the new one takes something off; none: for ever.
    pub months: Option<u32>,
}

/// What a discount takes off each bill that it is for: a part of it in percent, as Stripe writes it, or an amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakesOff {
    Percent(String),
    Amount(Money),
}

/// How long a discount takes something off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasts {
    Once,
    Months(i64),
    ForEver,
}

/// What rules look at besides the amount. Each is `None` where the action has no such thing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Why, in Stripe's or the form's own values.
    pub reason: Option<String>,
    pub note: Option<String>,
    pub cancel: Option<CancelWhen>,
    /// `create_prorations`, `always_invoice`, `none`
    pub proration: Option<String>,
    /// The part of the sentence that says what is billed for it, as far as that can be told without asking Stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<String>,
    /// Less than everything that is left.
    pub partial: Option<bool>,
    /// What is given up for good: an invoice that nobody will pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_off: Option<Money>,
    /// What the customer is given besides what goes back to them: credit, or less to pay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
    /// The part that goes back to the customer, where the action does more than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanMove>,
    /// What is paid from then on, and for which product where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Becomes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off: Option<Off>,
    /// What the new discount alone takes off and how long, where its coupon was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<(TakesOff, Lasts)>,
    /// Until when nothing has to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_until: Option<Unix>,
    /// Until when it is paid anyway, and nothing is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_until: Option<Unix>,
    /// Each of them has to be allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What has to be typed to confirm what cannot be taken back: a plan's name, a card's last digits.
    pub confirm_word: Option<String>,
    /// The other person who stands behind it, beside the agent who confirms. From the ledger, never from the arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
}

/// Frozen: neither selection nor clock change it any more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The action's name in the catalogue.
    pub action: String,
    pub effect: Effect,
    pub gate: Gate,
    /// Further parts of the policy that have to agree, for what these arguments do besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Gate>,
    pub args: Args,
    pub target: AnyId,
    pub customer: Option<CustomerId>,
    /// The money that it is about, if any.
    pub amount: Option<Money>,
    pub terms: Terms,
    /// What will happen, as a person confirms it: "Refund $99.00 of ch_… to visa ··4242".
    pub sentence: String,
    /// The call, still without key and metadata.
    pub request: Request,
}

impl Proposal {
    /// What the action does to the object that was read. It names no amount and no terms yet.
    pub(super) fn of(
        action: &Action,
        (args, subject): (&Args, &Subject),
        request: Request,
        sentence: impl Into<String>,
    ) -> Self {
        Self {
            action: action.name.to_owned(),
            effect: action.effect,
            gate: action.gate,
            also: Vec::new(),
            args: args.clone(),
            target: subject.id().clone(),
            customer: subject.customer(),
            amount: None,
            terms: Terms::default(),
            sentence: sentence.into(),
            request,
        }
    }

    /// It is a refund, and nothing else.
    pub fn is_refund(&self) -> bool {
        self.gate == Gate::Refund && !self.terms.steps.contains(&Step::CallRefundBack)
    }

    /// The money that goes back to a customer by it, alone or as a part.
    pub fn refunds(&self) -> Option<Money> {
        if self.is_refund() { self.amount } else { self.terms.refund }
    }

    /// The same with another sum that goes back.
    #[must_use]
    pub fn refunding(mut self, amount: Money) -> Self {
        if self.is_refund() {
            self.amount = Some(amount);
        } else {
            self.terms.refund = Some(amount);
        }
        self
    }

    /// Whose refunds are counted together with it: the customer's, or the payment's own where it has no customer.
    pub fn whose(&self) -> &str {
        self.customer.as_ref().map_or(self.target.id.as_str(), CustomerId::as_str)
    }

    /// What the ledger counts: what goes back where something does, or else what it is about.
    pub fn counted(&self) -> Option<Money> {
        self.refunds().or(self.amount)
    }

    /// What the call says besides whom it is about: amounts with their sign, ids, choices. Whatever was written freely, or
    /// looks as if it had been, is left out: it may be somebody's own.
    pub fn plain_terms(&self) -> Vec<(&str, &str)> {
        let Some(action) = find(&self.action) else { return Vec::new() };
        let is_free =
            |kind| matches!(kind, FieldKind::Text { .. } | FieldKind::Texts { .. } | FieldKind::Pairs);
        let written = action.fields.iter().filter(|field| is_free(field.kind));
        let written: Vec<&str> = written
            .filter_map(|field| self.args.get(field.name))
            .flat_map(|text| std::iter::once(text).chain(text.split([',', '='])))
            .map(str::trim)
            .collect();
        let is_plain = |value: &str| {
            let fixed = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
            value != self.target.id
                && value.chars().all(fixed)
                && !written.iter().any(|text| text.eq_ignore_ascii_case(value))
        };
        let params = self.request.params.iter().filter(|(_, value)| is_plain(value));
        params.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terms")
            .field("reason", &self.reason)
            .field("note", &self.note.as_deref().map(Hidden))
            .field("cancel", &self.cancel)
            .field("proration", &self.proration)
            .field("partial", &self.partial)
            .field("write_off", &self.write_off)
            .field("credit", &self.credit)
            .field("refund", &self.refund)
            .field("plan", &self.plan)
            .field("becomes", &self.becomes)
            .field("off", &self.off)
            .field("free_until", &self.free_until)
            .field("paid_until", &self.paid_until)
            .field("steps", &self.steps)
            .field("second", &self.second)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Proposal {
    /// Without its sentence, which names card and plan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proposal")
            .field("action", &self.action)
            .field("target", &self.target)
            .field("amount", &self.amount)
            .field("terms", &self.terms)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
