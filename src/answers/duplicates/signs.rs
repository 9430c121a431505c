//! What speaks for a duplicate and what against, each with its weight in points.

use serde::{Deserialize, Serialize};

use crate::{money::Money, time::span};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    SameInvoice,
    /// More was taken than the invoice asked for.
    Overpaid(Money),
    /// Together no more than was asked for.
    WithinTotal,
    SameOrder,
    OtherOrder,
    SameAmount,
    OtherAmount,
    SameCard,
    OtherCard,
    /// Seconds.
    Apart(i64),
    NoInvoice,
    SameProduct,
    OtherProduct,
    PeriodsOverlap,
    PeriodsFollow,
    SameSubscription,
    BothRun,
    /// The old one was cancelled once the new one had begun.
    Replaced,
    OtherSeat,
    OtherText,
    /// Each says something else of what it is for.
    OtherDetails,
    SameEmail,
    OtherName,
    OtherRecord,
    OnlyHeld,
    /// So much was given back of one or both of them, and less than what is one too many.
    RefundedInPart(Money),
    Refunded,
    Disputed,
}

const MINUTES_S: i64 = 30 * 60;
const LATE_S: i64 = 45 * 60;
const DAY_S: i64 = 86_400;

impl Sign {
    /// Above zero it speaks for a duplicate, below zero against one.
    pub fn weight(self) -> i32 {
        match self {
            Self::SameInvoice | Self::OnlyHeld => 45,
            Self::Overpaid(_) | Self::SameOrder | Self::Replaced => 40,
            Self::Apart(s) if s <= MINUTES_S => 30,
            Self::SameAmount | Self::SameCard | Self::PeriodsOverlap => 20,
            Self::Apart(s) if s <= LATE_S => 20,
            Self::Apart(s) if s <= DAY_S => 5,
            Self::Apart(_) => 0,
            Self::NoInvoice | Self::OtherRecord => 5,
            Self::SameProduct => 25,
            Self::BothRun => 10,
            Self::SameEmail => 35,
            Self::OtherAmount | Self::OtherProduct | Self::RefundedInPart(_) => -5,
            Self::OtherCard => -10,
            Self::OtherName => -40,
            Self::OtherText | Self::OtherDetails => -35,
            Self::WithinTotal | Self::OtherOrder | Self::OtherSeat => -80,
            Self::PeriodsFollow | Self::SameSubscription => -50,
            Self::Refunded | Self::Disputed => -100,
        }
    }

    pub fn words(self) -> String {
        match self {
            Self::SameInvoice => "both paid the same invoice".into(),
            Self::Overpaid(by) => format!("{by} more was taken than the invoice asked for"),
            Self::WithinTotal => "together they are no more than was asked for".into(),
            Self::SameOrder => "both name the same order".into(),
            Self::OtherOrder => "each names an order of its own".into(),
            Self::SameAmount => "the same amount".into(),
            Self::OtherAmount => "another amount".into(),
            Self::SameCard => "the same card".into(),
            Self::OtherCard => "another card".into(),
            Self::Apart(s) => format!("{} apart", span(s)),
            Self::NoInvoice => "one of them paid no invoice".into(),
            Self::SameProduct => "the same product".into(),
            Self::OtherProduct => "another product".into(),
            Self::PeriodsOverlap => "they pay for the same time".into(),
            Self::PeriodsFollow => "they pay for periods that follow each other".into(),
            Self::SameSubscription => "one subscription".into(),
            Self::BothRun => "both subscriptions run".into(),
            Self::Replaced => "the old subscription was cancelled after the new one began".into(),
            Self::OtherSeat => "their subscriptions are for different seats or users".into(),
            Self::OtherText => "their descriptions differ".into(),
            Self::OtherDetails => "their details differ".into(),
            Self::SameEmail => "both records have the same e-mail".into(),
            Self::OtherName => "the two records have different names".into(),
            Self::OtherRecord => "they stand on two customer records".into(),
            Self::OnlyHeld => "one of them is only held, and was not taken".into(),
            Self::RefundedInPart(back) => format!("{back} of it is given back already"),
            Self::Refunded => "one of them is refunded already".into(),
            Self::Disputed => "one of them is disputed at the bank".into(),
        }
    }
}
