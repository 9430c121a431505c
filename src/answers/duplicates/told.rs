//! What the customer can be told of charges that look alike.

use super::{Group, Member, Proposal, Verdict};
use crate::{
    answers::reply::{Fact, Reply},
    model::ChargeId,
    money::Money,
};

pub fn reply(group: &Group<'_>) -> Reply {
    let count = group.charges.len();
    let (first, last) = (group.charges.first(), group.charges.last());
    let at = |member: Option<&Member<'_>>| member.map(|member| Fact::At(member.at));
    let told = |case: &str| {
        Reply::plain(case)
            .with("number", Fact::number(count))
            .with("charged", charged(group))
            .with_some("amount", first.map(|member| member.amount))
            .with_some("date", last.map(|member| member.at))
            .with_some("first", at(first))
            .with_some("second", at(last))
            .with_some("back", group.refunded())
    };
    match (&group.verdict, &group.proposal) {
        // What is not sure is not told as if it were.
        (Verdict::Twice(_), Proposal::Refund { .. } | Proposal::CreditNote { .. }) if !group.is_likely() => {
            told("duplicate_possible")
        }
        (Verdict::Twice(_), Proposal::Refund { charges, .. }) => match (count, charges.as_slice()) {
            (2, [one]) => match parts(group, one) {
                Some((part, rest)) => told("duplicate_refund_rest")
                    .with("which", which(group, one))
                    .with("part", part)
                    .with("rest", rest),
                None => told("duplicate_refund").with("which", which(group, one)),
            },
            (_, back) => {
                let back = i64::try_from(back.len()).unwrap_or(i64::MAX);
                told("duplicate_refund_more").with("count", back)
            }
        },
        (Verdict::Twice(_), Proposal::Release { .. }) => told("duplicate_held"),
        (Verdict::Twice(_), Proposal::CreditNote { charge, besides, .. }) if !besides.is_empty() => {
            let is_extra = |member: &&Member<'_>| {
                *member.id == *charge || besides.iter().any(|(_, other)| *other == *member.id)
            };
            let extra: Vec<_> = group.charges.iter().filter(is_extra).collect();
            let mut left = extra.iter().map(|member| member.amount.checked_sub(member.refunded).ok());
            let first = left.next().flatten();
            let back = first.and_then(|first| left.try_fold(first, |sum, part| sum.checked_add(part?).ok()));
            told("duplicate_credit_more").with("count", Fact::number(extra.len())).with_some("back", back)
        }
        (Verdict::Twice(_), Proposal::CreditNote { .. }) => told("duplicate_credit"),
        (Verdict::Not(_), _) => told(&format!("not_twice_{}", group.verdict.code())),
        (Verdict::Twice(_), Proposal::Nothing { .. }) => Reply::none(),
    }
}

/// What went back of it already, and what is left; none where nothing did.
fn parts(group: &Group<'_>, charge: &ChargeId) -> Option<(Money, Money)> {
    let member = group.charges.iter().find(|member| *member.id == *charge)?;
    let rest = member.amount.checked_sub(member.refunded).ok()?;
    (!member.refunded.is_zero()).then_some((member.refunded, rest))
}

/// Of two: the older or the newer one.
fn which(group: &Group<'_>, charge: &ChargeId) -> Fact {
    let is_first = group.charges.first().is_some_and(|member| *member.id == *charge);
    Fact::word(if is_first { "the_first" } else { "the_second" })
}

/// `$99.00 twice`; without an amount where each has its own.
fn charged(group: &Group<'_>) -> Fact {
    let times = Fact::times(group.charges.len());
    let amount = group.charges.first().map(|member| member.amount);
    let same = group.charges.iter().all(|member| Some(member.amount) == amount);
    Fact::say(match amount.filter(|_| same) {
        Some(amount) => Reply::new("charged_alike", [("times", times), ("amount", amount.into())]),
        None => Reply::new("charged_apart", [("times", times)]),
    })
}
