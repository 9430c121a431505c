//! What was refunded in the last days: by day, agent, reason and customer, against the caps, beside what was charged and disputed;
//! and what stands out, each with its rule in words.

mod alarms;
mod calendar;
mod csv;
mod hours;
mod json;
mod robust;
mod tally;
mod threshold;
mod unusual;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::{
    alarms::{Alarm, Sign},
    calendar::Period,
    csv::{TITLES, rows},
    json::json,
    tally::{Capped, Named, Rate, Tally, Volume},
};
use super::{
    Bag,
    want::{Look, Want},
};
use crate::{
    actions::Moment,
    model::{AnyId, Charge, ChargeId, CreditNote, CustomerId, Dispute, DisputeId, Kind, Refund},
    money::Currency,
    policy::Policy,
};

/// Days in one read, so that a month is read in several at once.
const SLICE_DAYS: usize = 3;

/// What was read of the days, whoever read it.
#[derive(Clone, Debug, Default)]
pub struct Scene<'a> {
    pub refunds: Vec<&'a Refund>,
    pub charges: Vec<&'a Charge>,
    pub disputes: Vec<&'a Dispute>,
    /// They name who made the refunds that came of them.
    pub notes: Vec<&'a CreditNote>,
    /// Days, by their place in the period, whose charges were not all read.
    pub without_charges: Vec<usize>,
}

/// The refunds of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    /// `2026-11-22`, the oldest first; the last is today.
    pub days: Vec<String>,
    /// By currency, the one with most refunds first.
    pub volumes: Vec<Volume>,
    /// What stands out, the newest first.
    pub alarms: Vec<Alarm>,
    /// What could not be read.
    pub gaps: Vec<String>,
}

/// Every read that the answer rests on.
fn wants(period: &Period) -> impl Iterator<Item = Want> {
    let slices: Vec<_> = period.slices(SLICE_DAYS).collect();
    let refunds = slices.clone().into_iter().map(|(from, until)| Want::RefundsIn(from, until));
    let charges = slices.into_iter().map(|(from, until)| Want::ChargesIn(from, until));
    let since = period.since();
    refunds.chain(charges).chain([Want::DisputesSince(since), Want::CreditNotesSince(since)])
}

/// The reads of the next round; none when everything is there that can be.
pub fn looks(bag: &Bag, period: &Period) -> Vec<Look> {
    wants(period).filter_map(|want| bag.next(&want)).collect()
}

/// Reads that are over, and how many there are.
pub fn progress(bag: &Bag, period: &Period) -> (usize, usize) {
    let over = wants(period).filter(|want| bag.next(want).is_none()).count();
    (over, wants(period).count())
}

/// What was read, as [`monitor`] takes it.
pub fn scene<'a>(bag: &'a Bag, period: &Period) -> Scene<'a> {
    let unread = |(place, (from, until))| {
        let whole = bag.is_whole(&Want::ChargesIn(from, until));
        let first = SLICE_DAYS.saturating_mul(place);
        (!whole).then(|| first..first.saturating_add(SLICE_DAYS))
    };
    Scene {
        refunds: bag.refunds().collect(),
        charges: bag.charges().collect(),
        disputes: bag.disputes().collect(),
        notes: bag.notes().collect(),
        without_charges: period.slices(SLICE_DAYS).enumerate().filter_map(unread).flatten().collect(),
    }
}

/// What could not be read, in words: what has the same reason stands together.
pub fn gaps(bag: &Bag, period: &Period) -> Vec<String> {
    let mut gaps: Vec<(Vec<String>, String)> = Vec::new();
    for want in wants(period) {
        let why = match bag.why_not(&want) {
            Some(why) => why.words(),
            None if bag.is_cut(&want) => "there are more than were read".to_owned(),
            None => continue,
        };
        match gaps.iter_mut().find(|(_, known)| *known == why) {
            Some((parts, _)) => parts.push(want.words()),
            None => gaps.push((vec![want.words()], why)),
        }
    }
    let one = |(parts, why): (Vec<String>, String)| {
        let first = parts.first().cloned().unwrap_or_default();
        match parts.len() {
            1 => format!("{first}: {why}"),
            many => format!("{first}, and {} parts more: {why}", many.saturating_sub(1)),
        }
    };
    gaps.into_iter().map(one).collect()
}

/// Days are those of `period`; whoever refunded is held to the rules that the policy has for them.
pub fn monitor(scene: &Scene<'_>, period: &Period, policy: &Policy) -> Monitor {
    let count = tally::Count::of(scene, period);
    let volumes = tally::volumes(&count, scene, period, policy);
    let alarms = alarms::all(&count, &volumes, scene, (period, policy));
    let few = period.len() <= unusual::DAYS_LEAST && !volumes.is_empty();
    let few = few.then(|| format!("what a day usually has: {} days are too few to tell", period.len()));
    let days = period.dates().map(|date| date.to_string()).collect();
    Monitor { days, volumes, alarms, gaps: few.into_iter().collect() }
}

/// Whether all was read that says what stands out, of days enough to know what is usual.
pub fn can_tell(bag: &Bag, period: &Period) -> bool {
    let read = |want: &Want| bag.why_not(want).is_none() && !bag.is_cut(want);
    period.len() > unusual::DAYS_LEAST
        && wants(period).filter(|want| !matches!(want, Want::CreditNotesSince(_))).all(|want| read(&want))
}

/// Everything at once, from what was read.
pub fn of_bag(bag: &Bag, period: &Period, policy: &Policy) -> Monitor {
    let mut told = monitor(&scene(bag, period), period, policy);
    told.gaps.splice(0..0, gaps(bag, period));
    let refunds = |want: &Want| matches!(want, Want::RefundsIn(..));
    if wants(period).filter(refunds).all(|want| bag.why_not(&want).is_some()) {
        // Nothing was read is not: nothing was refunded.
        told.volumes.clear();
    }
    told
}

/// A refund of one day: who made it, and to whom, as far as that is told.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    pub refund: &'a Refund,
    pub agent: Option<&'a str>,
    pub customer: Option<&'a CustomerId>,
}

/// The refunds that are counted for a day, the newest first.
pub fn made_on<'a>(bag: &'a Bag, period: &Period, (day, currency): (usize, Currency)) -> Vec<Made<'a>> {
    let notes: Vec<_> = bag.notes().collect();
    let notes = tally::by_refund(&notes);
    let of_day =
        bag.refunds().filter(|refund| refund.currency == currency && tally::day(refund, period) == Some(day));
    let mut made: Vec<_> = of_day
        .map(|refund| Made {
            refund,
            agent: tally::named_on(refund, &notes),
            customer: tally::customer(refund),
        })
        .collect();
    made.sort_by_key(|one| std::cmp::Reverse((one.refund.created, &one.refund.id)));
    made
}

/// Whom a record of the answer is about.
pub fn whose<'a>(bag: &'a Bag, id: &AnyId) -> Option<&'a CustomerId> {
    let charge = |id: &str| ChargeId::parse(id).ok().and_then(|id| bag.charge(&id));
    match id.kind {
        Kind::Charge => charge(&id.id)?.customer_id(),
        Kind::Dispute => {
            let dispute = bag.dispute(&DisputeId::parse(&id.id).ok()?)?;
            charge(dispute.charge_id()?.as_str())?.customer_id()
        }
        _ => None,
    }
}

/// The period of the last `days` days, today among them.
pub fn period(moment: &Moment, days: u32) -> Period {
    Period::ending(moment, days)
}
