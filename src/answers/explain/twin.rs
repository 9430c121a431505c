//! Whether the charge is one of several for the same: the one too many, or the one that stays.

use super::{case::Case, cause::Cause};
use crate::{
    answers::duplicates::{self, Group, Proposal, Verdict},
    model::{Charge, ChargeId},
};

/// Charges are compared once, whoever asks of them.
fn of<'c, 'a>(
    case: &'c Case<'a>,
    charge: &Charge,
    which: impl Fn(&Group<'_>) -> bool,
) -> Option<&'c Group<'a>> {
    let groups = case.groups.get_or_init(|| duplicates::find(&duplicates::Scene::of(case.bag)));
    let has = |group: &Group<'_>| group.charges.iter().any(|seen| *seen.id == charge.id);
    groups.iter().find(|group| group.is_likely() && has(group) && which(group))
}

/// It is proposed to give this one back: the charge that stays.
pub(super) fn duplicate(case: &Case<'_>, charge: &Charge) -> Option<ChargeId> {
    match &of(case, charge, |group| group.refunds(&charge.id))?.proposal {
        Proposal::Refund { keep, .. } => Some(keep.clone()),
        _ => None,
    }
}

/// What else was likely taken for the same, beside a charge that has a reason of its own.
pub(super) fn besides(case: &Case<'_>, main: &Cause) -> Option<String> {
    let charge = case.charge.filter(|_| !matches!(main, Cause::Duplicate(_)))?;
    // A hold beside its payment took nothing, and is told as one where it is asked about.
    let twice = |group: &Group<'_>| matches!(group.verdict, Verdict::Twice(why) if why != duplicates::Cause::HoldAndCapture);
    let group = of(case, charge, twice)?;
    let others = group.charges.iter().filter(|seen| *seen.id != charge.id);
    let nearest = others.clone().min_by_key(|seen| (seen.at.since(charge.created).abs(), &seen.id))?;
    let (amount, on, why) = (nearest.amount, case.day(nearest.at), group.verdict.words());
    Some(match others.count() {
        1 => format!("Another charge, of {amount} on {on}, was likely for the same: {why}."),
        count => format!("{count} other charges were likely for the same, one of {amount} on {on}: {why}."),
    })
}
