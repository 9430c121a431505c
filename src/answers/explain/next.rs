//! When the next charge comes, how much it will be, and what would change that.

use serde::{Deserialize, Serialize};

use super::{case::Case, sum};
use crate::{
    answers::{Upcoming, bag::Why, want::Want},
    model::{Charge, Invoice, InvoiceStatus, Subscription, SubscriptionStatus},
    money::Money,
    time::Unix,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Next {
    At {
        at: Unix,
        /// None where no preview could be had.
        amount: Option<Money>,
        /// What makes it another amount, or another day, a part of a sentence each.
        changes: Vec<String>,
    },
    /// Nothing more is charged by itself, and why.
    Never(String),
    /// What is left is charged, and nothing after it.
    Last(String),
    Unknown(String),
}

pub(super) fn next(case: &Case<'_>) -> Next {
    let Some(subscription) = case.subscription else {
        let of = case.invoice.and_then(Invoice::subscription_id);
        return match of.map(|id| case.bag.why_not(&Want::Object(id.any()))) {
            None => Next::Never("it is no subscription".into()),
            Some(Some(Why::NoSuch)) => Next::Never("the subscription is no more".into()),
            Some(_) => Next::Unknown("the subscription could not be read".into()),
        };
    };
    if subscription.is_over() {
        let ended = subscription.ended_at.or(subscription.canceled_at);
        let on = ended.map_or_else(String::new, |at| format!(" on {}", case.day(at)));
        return Next::Never(format!("the subscription ended{on}"));
    }
    if let Some(ends) = subscription.ends_at().filter(|_| !subscription.renews_before_it_ends()) {
        return last(case, subscription, ends);
    }
    match &subscription.status {
        SubscriptionStatus::Paused => return Next::Never("the subscription is paused".into()),
        SubscriptionStatus::Unpaid => {
            return Next::Never(
                "the subscription is unpaid, and nothing is collected until that is settled".into(),
            );
        }
        SubscriptionStatus::Incomplete => {
            return Next::Never(
                "the subscription has not begun: its first payment has not gone through".into(),
            );
        }
        SubscriptionStatus::Other(status) => {
            return Next::Unknown(format!("the subscription is in the state “{status}”"));
        }
        _ => {}
    }
    let upcoming = case.bag.upcoming(&subscription.id);
    let told = upcoming.map(|own| Upcoming::among(own, case.bag.all_upcoming()));
    let Some(at) = told.and_then(|told| told.at).or_else(|| subscription.period_end()) else {
        return Next::Unknown("the subscription does not say when its period ends".into());
    };
    if at < case.moment.now {
        return Next::Unknown(format!("its period ended on {}, and no later one was read", case.day(at)));
    }
    if let Some(pause) = &subscription.pause_collection
        && pause.resumes_at.is_none_or(|resumes| resumes > at)
    {
        let until = pause.resumes_at.map_or_else(
            || "until somebody resumes it".to_owned(),
            |resumes| format!("until {}, and goes on then", case.day(resumes)),
        );
        let later = if pause.behavior.as_str() == "keep_as_draft" {
            "; what falls due meanwhile is collected later"
        } else {
            ""
        };
        return Next::Never(format!("collection is paused {until}{later}"));
    }
    let amount = told.map(|told| told.due);
    Next::At { at, amount, changes: changes(case, subscription, upcoming) }
}

fn changes(case: &Case<'_>, subscription: &Subscription, upcoming: Option<&Invoice>) -> Vec<String> {
    let mut changes = Vec::new();
    if let Some(pause) = &subscription.pause_collection {
        let until = pause.resumes_at.map_or_else(String::new, |at| format!(" until {}", case.day(at)));
        changes.push(format!("collection is paused{until}"));
    }
    if subscription.status == SubscriptionStatus::PastDue {
        changes.push(match retried(case, subscription) {
            Some((at, left)) => format!("{left} of the last invoice is tried again on {}", case.day(at)),
            None => "the last invoice is not paid yet".into(),
        });
    }
    if let Some(ends) = subscription.ends_at() {
        changes.push(format!("the subscription ends on {}", case.day(ends)));
    }
    if subscription.status == SubscriptionStatus::Trialing {
        changes.push("the trial ends then".into());
    }
    if let Some(preview) = upcoming {
        let money = |minor: i64| Money::new(minor, preview.currency);
        let applied = sum::applied_balance(preview);
        let told = Upcoming::among(preview, case.bag.all_upcoming());
        if applied < 0 {
            let taken = money(preview.total.max(0).saturating_sub(told.due.minor()).max(0));
            changes.push(if told.due == money(preview.amount_due) {
                let credit = money(applied.saturating_neg());
                let others = case.bag.subscriptions().any(|other| {
                    other.id != subscription.id
                        && other.customer_id() == subscription.customer_id()
                        && other.bills()
                });
                let unless = if others { ", unless another bill takes it first" } else { "" };
                format!("{credit} of credit is taken off{unless}")
            } else if taken.is_zero() {
                "an earlier bill takes the credit".to_owned()
            } else {
                format!("{taken} of credit is taken off; an earlier bill takes the rest")
            });
        }
        changes.extend(told.left_words());
        let off = sum::discounts(preview);
        if off != 0 {
            changes.push(format!("{} of discount is taken off", money(off)));
        }
        let prorated: i64 = case
            .bag
            .lines(preview)
            .into_iter()
            .filter(|line| line.is_proration())
            .map(|line| line.amount)
            .fold(0, i64::saturating_add);
        if prorated != 0 {
            changes.push(format!("{} of prorations is on it", money(prorated)));
        }
    }
    if subscription.is_metered() {
        changes.push("usage until then is added".into());
    }
    if subscription.schedule.is_some() {
        changes.push("a schedule changes it by itself".into());
    }
    for end in subscription.discounts.iter().filter_map(|link| link.object()?.end) {
        changes.push(format!("a discount ends on {}", case.day(end)));
    }
    changes
}

/// Its end is set for when the period that runs is over.
fn last(case: &Case<'_>, subscription: &Subscription, ends: Unix) -> Next {
    let on = format!("the subscription ends on {}", case.day(ends));
    let usage = subscription.is_metered().then(|| "what is used until then is billed".to_owned());
    let retry = retried(case, subscription)
        .map(|(at, left)| format!("{left} of the last invoice is tried again on {}", case.day(at)));
    let left: Vec<_> = retry.into_iter().chain(usage).collect();
    if left.is_empty() { Next::Never(on) } else { Next::Last(format!("{on}; {}", left.join(", and "))) }
}

/// When Stripe tries again to collect what is open of the last invoice that did not go through, and how much that is.
pub(super) fn retried(case: &Case<'_>, subscription: &Subscription) -> Option<(Unix, Money)> {
    let failed = case.bag.invoices().filter(|invoice| {
        subscription.status == SubscriptionStatus::PastDue
            && invoice.subscription_id() == Some(&subscription.id)
            && invoice.status == InvoiceStatus::Open
            && invoice.attempt_count > 0
    });
    let last = failed.max_by_key(|invoice| invoice.created)?;
    let at = last.next_payment_attempt.filter(|at| *at > case.moment.now)?;
    Some((at, Money::new(last.amount_remaining, last.currency)))
}

/// The preview differs from what was charged.
pub(super) fn differs(next: &Next, charge: Option<&Charge>) -> Option<Money> {
    match (next, charge) {
        (Next::At { amount: Some(amount), .. }, Some(charge)) if *amount != charge.captured_money() => {
            Some(*amount)
        }
        _ => None,
    }
}
