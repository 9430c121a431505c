//! Which of two charges to give back: never one that fulfils an invoice, never one that is refunded or disputed already.

use std::{borrow::Cow, collections::BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Cause, LookAlike, Verdict, scene::Seen};
use crate::{
    model::{ChargeId, InvoiceId},
    money::Money,
    text::short_id,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// Give these back, and leave that one.
    Refund {
        charges: Vec<ChargeId>,
        keep: ChargeId,
        why: Cow<'static, str>,
    },
    /// Each has paid an invoice of its own: a credit note says that on the invoice too, and the plain refund would not.
    CreditNote {
        invoice: InvoiceId,
        charge: ChargeId,
        /// Others that are one too many in the same way, the newest first: each takes a note of its own.
        #[serde(default)]
        besides: Vec<(InvoiceId, ChargeId)>,
        why: Cow<'static, str>,
    },
    /// It was never taken: release what is held, or let it fall away.
    Release {
        charge: ChargeId,
        why: Cow<'static, str>,
    },
    Nothing {
        why: Cow<'static, str>,
    },
}

impl Proposal {
    pub fn why(&self) -> &str {
        match self {
            Self::Refund { why, .. }
            | Self::CreditNote { why, .. }
            | Self::Release { why, .. }
            | Self::Nothing { why } => why,
        }
    }

    /// The charge that it is about.
    pub fn charge(&self) -> Option<&ChargeId> {
        match self {
            Self::Refund { charges, .. } => charges.first(),
            Self::CreditNote { charge, .. } | Self::Release { charge, .. } => Some(charge),
            Self::Nothing { .. } => None,
        }
    }
}

/// The members are in the order of time.
pub(super) fn propose(verdict: Verdict, members: &[&Seen<'_>]) -> Proposal {
    let cause = match verdict {
        Verdict::Twice(cause) => cause,
        Verdict::Not(LookAlike::RefundedTooMuch) => return too_much_back(members),
        Verdict::Not(look) => return Proposal::Nothing { why: no(look).into() },
    };
    match cause {
        Cause::HoldAndCapture => held(members),
        // The id tells apart what began in one second.
        Cause::TwoSubscriptions => {
            let newer = |seen: &Seen<'_>| seen.subscription().map(|row| (row.start_date, row.id.to_string()));
            invoiced(members, newer, "newer")
        }
        Cause::OldAndNew => {
            let older = |seen: &Seen<'_>| {
                seen.subscription().map(|row| (std::cmp::Reverse(row.start_date), row.id.to_string()))
            };
            invoiced(members, older, "older")
        }
        Cause::TwoRecords if members.iter().all(|seen| seen.billed.is_some()) => {
            invoiced(members, |seen| Some(seen.at), "later")
        }
        Cause::SameInvoice => overpaid(members),
        Cause::OneOrder | Cause::ClientRetry | Cause::TwoRecords => surplus(members),
    }
}

fn no(look: LookAlike) -> &'static str {
    match look {
        LookAlike::Renewal => "each paid for a period of its own",
        LookAlike::TwoSeats => "each paid for a seat of its own",
        LookAlike::TwoOrders => "each paid for an order of its own",
        LookAlike::DepositAndRest => "together they pay one price",
        LookAlike::TwoProducts => "each paid for a product of its own",
        LookAlike::AlreadyRefunded | LookAlike::RefundedTooMuch => "it is given back already",
        LookAlike::AlreadyDisputed => {
            "the bank decides on it, or gives it back: a refund besides may pay twice"
        }
    }
}

fn held(members: &[&Seen<'_>]) -> Proposal {
    match members.iter().find(|seen| !seen.charge.captured) {
        Some(seen) => Proposal::Release {
            charge: seen.charge.id.clone(),
            why: "it is only held: nothing is to be given back, and releasing it makes the line go sooner"
                .into(),
        },
        None => Proposal::Nothing { why: "nothing is held any more".into() },
    }
}

/// One stays: the one that fulfils an invoice, or the first; the others go back.
fn surplus(members: &[&Seen<'_>]) -> Proposal {
    let fulfils = members.iter().find(|seen| seen.billed.is_some());
    let Some(keep) = fulfils.or_else(|| members.first()) else {
        return Proposal::Nothing { why: "there is no charge".into() };
    };
    // Of one invoice only the first payment fulfils it; one that fulfils another is not given back.
    let spare = |seen: &&&Seen<'_>| {
        let same = seen.billed.map(|billed| billed.key()) == keep.billed.map(|billed| billed.key());
        seen.charge.id != keep.charge.id
            && (seen.billed.is_none() || same)
            && !seen.charge.left_to_refund().is_zero()
            && !seen.disputed
    };
    if let Some(by_hand) = given_back(&[keep]) {
        return by_hand;
    }
    let charges: Vec<ChargeId> = members.iter().filter(spare).map(|seen| seen.charge.id.clone()).collect();
    if charges.is_empty() {
        return Proposal::Nothing { why: "each of them fulfils an invoice, or is given back already".into() };
    }
    let why = match keep.invoice() {
        Some(invoice) => format!("the other one fulfils invoice {}", invoice.title()),
        None => format!("{} was the first", short_id(keep.charge.id.as_str())),
    };
    Proposal::Refund { charges, keep: keep.charge.id.clone(), why: why.into() }
}

/// Payments of one invoice: only what is too much goes back.
fn overpaid(members: &[&Seen<'_>]) -> Proposal {
    let too_much = too_much(members);
    let proposal = surplus(members);
    let Proposal::Refund { charges, .. } = &proposal else { return proposal };
    let spare = members.iter().filter(|seen| charges.contains(&seen.charge.id));
    let spare = spare.fold(0_i64, |sum, seen| sum.saturating_add(seen.charge.left_to_refund().minor()));
    match (too_much, members.first()) {
        (over, Some(first)) if over < spare => {
            let over = Money::new(over.max(0), first.currency);
            let why = format!(
                "{over} more was taken than the invoice asked for, and no payment is as much: give that back by hand"
            );
            Proposal::Nothing { why: why.into() }
        }
        _ => proposal,
    }
}

/// What was taken for the invoice that they paid, and not given back, beyond what it asked for: minor units.
pub(super) fn too_much(members: &[&Seen<'_>]) -> i64 {
    let Some(invoice) = members.iter().find_map(|seen| seen.invoice()) else { return 0 };
    let due = if invoice.amount_due > 0 { invoice.amount_due } else { invoice.total };
    kept(members).saturating_sub(due)
}

/// What was taken and not given back: minor units.
pub(super) fn kept(members: &[&Seen<'_>]) -> i64 {
    let kept = |seen: &&Seen<'_>| seen.charge.left_to_refund().minor();
    members.iter().map(kept).fold(0_i64, i64::saturating_add)
}

/// Of all of them less stays than one of them came to.
fn too_much_back(members: &[&Seen<'_>]) -> Proposal {
    let taken = members.iter().map(|seen| seen.charge.captured_money()).min_by_key(|taken| taken.minor());
    let short = taken.map(|taken| Money::new(taken.minor().saturating_sub(kept(members)), taken.currency()));
    let all = members.iter().all(|seen| seen.charge.left_to_refund().is_zero());
    let what = match (all, members.len()) {
        (true, 2) => "both were given back",
        (true, _) => "all of them were given back",
        (false, _) => "more than one of them was given back",
    };
    let over = short.map(|short| format!(": {short} too much went out")).unwrap_or_default();
    Proposal::Nothing { why: format!("{what}{over}; what is still pending may be called back").into() }
}

/// Of some of them a part was given back: what is left to be given back is a person's to see.
fn given_back(members: &[&Seen<'_>]) -> Option<Proposal> {
    let given = members.iter().find(|seen| !seen.charge.refunded_money().is_zero())?;
    let (back, id) = (given.charge.refunded_money(), short_id(given.charge.id.as_str()));
    Some(Proposal::Nothing {
        why: format!("{back} of {id} is given back: see what is left to be given back by hand").into(),
    })
}

/// What else was paid for the same subscription, where one runs beside a single other: the newest first.
fn besides(members: &[&Seen<'_>], extra: &Seen<'_>) -> Vec<(InvoiceId, ChargeId)> {
    let id = |seen: &Seen<'_>| seen.subscription().map(|row| row.id.clone());
    let all: BTreeSet<_> = members.iter().filter_map(|seen| id(seen)).collect();
    let same = |seen: &&&Seen<'_>| seen.charge.id != extra.charge.id && id(seen) == id(extra);
    let same = members.iter().rev().filter(same).filter(|_| all.len() == 2);
    let left = same.filter(|seen| !seen.charge.left_to_refund().is_zero());
    left.filter_map(|seen| Some((seen.invoice()?.id.clone(), seen.charge.id.clone()))).collect()
}

/// The last by `key` is the one too many.
fn invoiced<K: Ord>(members: &[&Seen<'_>], key: impl Fn(&Seen<'_>) -> Option<K>, which: &str) -> Proposal {
    if let Some(by_hand) = given_back(members) {
        return by_hand;
    }
    let Some(extra) = members.iter().max_by_key(|seen| key(seen)) else {
        return Proposal::Nothing { why: "there is no charge".into() };
    };
    let besides = besides(members, extra);
    let more = match besides.len() {
        0 => String::new(),
        more => format!("; {more} more of it are one too many alike, each with an invoice of its own"),
    };
    // It would be charged once more.
    let runs = extra.subscription().filter(|row| !row.is_over() && row.ends_at().is_none());
    let more = runs.map_or(more.clone(), |row| {
        format!("{more}; {} runs on: end it, or it is charged again", short_id(row.id.as_str()))
    });
    match extra.invoice() {
        Some(invoice) => Proposal::CreditNote {
            invoice: invoice.id.clone(),
            charge: extra.charge.id.clone(),
            besides,
            why: format!(
                "it paid invoice {} of the {which} one: a credit note gives it back and says so on the invoice{more}",
                invoice.title()
            )
            .into(),
        },
        None => Proposal::Refund {
            charges: vec![extra.charge.id.clone()],
            keep: members.first().map_or_else(|| extra.charge.id.clone(), |seen| seen.charge.id.clone()),
            why: format!("it is the {which} one, and fulfils no invoice").into(),
        },
    }
}
