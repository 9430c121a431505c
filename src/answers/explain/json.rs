//! An explanation as one JSON document, for scripts and assistants.

use serde_json::{Value, json};

use super::{Explanation, Fit, Next, PartKind, Sum};
use crate::{answers::reply::Voice, money::Money};

pub fn money(money: Money) -> Value {
    json!({
        "amount": money.minor(),
        "currency": money.currency().code(),
        "decimal": format!("{} {}", money.plain(), money.currency().code().to_uppercase()),
    })
}

/// The whole answer. Text from Stripe in it was made safe when it was read.
pub fn json(told: &Explanation, voice: &Voice) -> Value {
    json!({
        "about": told.about.as_ref().map(|id| &id.id),
        "cause": told.causes.first().map(super::Cause::code),
        "causes": told.causes.iter().map(super::Cause::code).collect::<Vec<_>>(),
        "says": told.says,
        "sum": told.sum.as_ref().map(sum),
        "chain": told.chain.iter()
            .map(|step| json!({"kind": step.id.kind, "id": step.id.id, "says": step.says}))
            .collect::<Vec<_>>(),
        "next": next(&told.next),
        "unknown": told.unknown,
        "others": told.others.iter().map(fit).collect::<Vec<_>>(),
        "looked_at": told.looked.iter().map(|looked| json!({"what": looked.what, "not": looked.not})).collect::<Vec<_>>(),
        "reply": told.reply.text(voice).ok(),
    })
}

fn sum(sum: &Sum) -> Value {
    let part = |part: &super::Part| json!({"kind": part.kind, "amount": money(part.amount), "what": part.what, "detail": part.detail});
    json!({
        "parts": sum.parts.iter().map(part).collect::<Vec<_>>(),
        "total": money(sum.total),
        "charged": money(sum.charged),
        "stand": sum.stand,
        "adds_up": sum.adds_up(),
        "unexplained": (!sum.adds_up()).then(|| money(sum.rest)),
        "tax_included": sum.tax_included.map(money),
        "refunded": sum.refunded.map(money),
    })
}

fn next(next: &Next) -> Value {
    match next {
        Next::At { at, amount, changes } => {
            json!({"at": at.0, "amount": amount.map(money), "would_change": changes})
        }
        Next::Never(why) => json!({"never": why}),
        Next::Last(what) => json!({"last": what}),
        Next::Unknown(why) => json!({"unknown": why}),
    }
}

fn fit(fit: &Fit) -> Value {
    json!({"charge": fit.charge.as_str(), "amount": money(fit.amount), "at": fit.at.0, "how": fit.how})
}

impl PartKind {
    /// In a word, for a table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Usage => "usage",
            Self::OneOff => "one-off",
            Self::Proration => "proration",
            Self::Discount => "discount",
            Self::Tax => "tax",
            Self::Shipping => "shipping",
            Self::Balance => "balance",
            Self::CreditNote => "credit note",
            Self::PaidOtherwise => "paid",
            Self::NotTaken => "not taken",
        }
    }
}
