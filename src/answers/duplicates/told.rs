//! What the customer can be told of charges that look alike.

use super::{Group, Proposal, Verdict};
use crate::{
    answers::reply::{Fact, Reply},
    model::ChargeId,
};

pub fn reply(group: &Group) -> Reply {
    let at = |id: &ChargeId| {
        let member = group.charges.iter().find(|member| member.id == *id);
        member.map(|member| Fact::At(member.at))
    };
    let told = |case: &str| {
        Reply::plain(case)
            .with_some("amount", group.charges.first().map(|member| member.amount))
            .with_some("date", group.charges.last().map(|member| member.at))
    };
    match (&group.verdict, &group.proposal) {
        (Verdict::Twice(_), Proposal::Refund { charges, keep, .. }) => told("duplicate_refund")
            .with_some("first", at(keep))
            .with_some("second", charges.first().and_then(at)),
        (Verdict::Twice(_), Proposal::Release { .. }) => told("duplicate_held"),
        (Verdict::Twice(_), Proposal::CreditNote { .. }) => told("duplicate_credit"),
        (Verdict::Not(_), _) => told(&format!("not_twice_{}", group.verdict.code())),
        (Verdict::Twice(_), Proposal::Nothing { .. }) => Reply::none(),
    }
}
