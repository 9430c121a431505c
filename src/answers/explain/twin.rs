//! Whether the charge is one of several for the same: the one too many, or the one that stays.

use super::{case::Case, cause::Cause};
use crate::{
    answers::duplicates::{self, Group, Verdict},
    model::{Charge, ChargeId},
};

fn of<'a>(case: &Case<'a>, charge: &Charge, which: impl Fn(&Group<'_>) -> bool) -> Option<Group<'a>> {
    let groups = duplicates::find(&duplicates::Scene::of(case.bag));
    let has = |group: &Group<'_>| group.charges.iter().any(|seen| *seen.id == charge.id);
    groups.into_iter().find(|group| group.is_likely() && has(group) && which(group))
}

/// It is proposed to give this one back: the charge that stays.
pub(super) fn duplicate(case: &Case<'_>, charge: &Charge) -> Option<ChargeId> {
    let group = of(case, charge, |group| group.refunds(&charge.id))?;
    let other = group.charges.iter().find(|seen| *seen.id != charge.id)?;
    Some(other.id.as_ref().clone())
}

/// What else was likely taken for the same, beside a charge that has a reason of its own.
pub(super) fn besides(case: &Case<'_>, main: &Cause) -> Option<String> {
    let charge = case.charge.filter(|_| !matches!(main, Cause::Duplicate(_)))?;
    let group = of(case, charge, |group| matches!(group.verdict, Verdict::Twice(_)))?;
    let others = group.charges.iter().filter(|seen| *seen.id != charge.id);
    let nearest = others.clone().min_by_key(|seen| (seen.at.since(charge.created).abs(), &seen.id))?;
    let (amount, on, why) = (nearest.amount, case.day(nearest.at), group.verdict.words());
    Some(match others.count() {
        1 => format!("Another charge, of {amount} on {on}, was likely for the same: {why}."),
        count => format!("{count} other charges were likely for the same, one of {amount} on {on}: {why}."),
    })
}
