//! What stands out among the refunds, each with the rule that found it in words.

use serde::{Deserialize, Serialize};

use super::{
    Scene,
    calendar::Period,
    hours,
    tally::{self, Count, NOBODY, Volume},
    threshold, unusual,
};
use crate::{
    answers::Quick,
    model::{AnyId, ChargeId, Dispute, DisputeStatus, Kind},
    money::{Currency, Money},
    policy::Policy,
    text::short_id,
    time::{DAY_S, Unix, span},
};

/// Refunds to one customer within so many days.
const BURST_S: i64 = 7 * DAY_S;
const BURST_LEAST: usize = 3;
/// So many are named whatever others have.
const BURST_ALWAYS: usize = 6;
/// Of so many customers one may have as many without it being strange, and a few of any number.
const BURST_ONE_OF: usize = 1_000;
const BURST_FEW: usize = 3;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    Day,
    Burst,
    Agent,
    Disputed,
    Threshold,
    Hours,
}

impl Sign {
    pub const ALL: [Self; 6] =
        [Self::Day, Self::Burst, Self::Agent, Self::Disputed, Self::Threshold, Self::Hours];

    pub fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Burst => "burst",
            Self::Agent => "agent",
            Self::Disputed => "refund_and_dispute",
            Self::Threshold => "below_threshold",
            Self::Hours => "hours",
        }
    }

    /// What it means, in plain words.
    pub fn plain(self) -> &'static str {
        match self {
            Self::Day => "far more was refunded on this day than such days usually have",
            Self::Burst => "one customer was refunded again and again within a week",
            Self::Agent => "this agent refunds far more often, or far more at a time, than the others",
            Self::Disputed => {
                "the money may go back twice: we refunded it, and the bank takes it back as well"
            }
            Self::Threshold => "many refunds end just below an amount from which the rules ask for more",
            Self::Hours => "refunds at hours at which hardly anybody makes one",
        }
    }

    /// What makes it strange, to the figure.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Day => {
                "4 usual spreads or more above the median of the other days of the same weekday. A usual spread is what chance alone makes of such a day; where these days differ more, it is as much wider (1.4826 times their median deviation). Where a weekday has few days, all days are compared"
            }
            Self::Burst => {
                "3 refunds or more to one customer within 7 days, where no more than 1 customer of 1000 (or 3 at all) has as many; 6 always"
            }
            Self::Agent => {
                "4 usual spreads or more above the median of the other agents, in refunds on a day at work or in the amount of one, and half as much again as three quarters of them. A usual spread is never less than a third of that median"
            }
            Self::Disputed => "a charge that was refunded and disputed: both take the money back",
            Self::Threshold => {
                "6 refunds or more of a chosen amount that lie in the last 5 % below a limit of the policy: 4 times as many as the amounts below these lead one to expect, and 5 usual spreads above the other agents' share"
            }
            Self::Hours => {
                "outside of the policy's hours. Where it has none: 5 refunds or more at hours at which the others make fewer than 1 of 200, and 5 usual spreads above their share"
            }
        }
    }
}

/// Something that stands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    pub sign: Sign,
    /// When it was last so.
    pub at: Unix,
    /// What can be opened about it.
    pub about: Option<AnyId>,
    pub agent: Option<String>,
    pub says: String,
}

/// The newest first.
pub(super) fn all(
    count: &Count<'_>,
    volumes: &[Volume],
    scene: &Scene<'_>,
    (period, policy): (&Period, &Policy),
) -> Vec<Alarm> {
    let mut squares: Quick<Currency, Vec<i128>> = Quick::default();
    for one in &count.rows {
        let days = squares.entry(one.currency).or_insert_with(|| vec![0; period.len()]);
        let amount = i128::from(one.minor);
        if let Some(sum) = days.get_mut(one.day) {
            *sum = sum.saturating_add(amount.saturating_mul(amount));
        }
    }
    let mut alarms = bursts(count);
    alarms.extend(disputed(count, scene));
    alarms.extend(hours::outside(count, period, policy));
    for volume in volumes {
        let none = Vec::new();
        let squares = squares.get(&volume.currency).unwrap_or(&none);
        alarms.extend(unusual::days(volume, squares, period));
        alarms.extend(unusual::agents(count, volume.currency, period));
        alarms.extend(threshold::below(count, volume.currency, policy));
    }
    alarms.sort_by(|a, b| (b.at, a.sign, &a.says).cmp(&(a.at, b.sign, &b.says)));
    alarms
}

/// Of one customer: the most refunds within a week, from the first of them to the last.
struct Burst {
    count: usize,
    first: Unix,
    last: Unix,
}

fn most(times: &mut [Unix]) -> Option<Burst> {
    times.sort_unstable();
    let mut best: Option<Burst> = None;
    let mut from = 0_usize;
    for (at, last) in times.iter().enumerate() {
        while times.get(from).is_some_and(|first| last.since(*first) > BURST_S) {
            from = from.saturating_add(1);
        }
        let count = at.saturating_sub(from).saturating_add(1);
        let first = times.get(from).copied().unwrap_or(*last);
        if best.as_ref().is_none_or(|best| count >= best.count) {
            best = Some(Burst { count, first, last: *last });
        }
    }
    best
}

/// Customers who were given back money again and again.
fn bursts(count: &Count<'_>) -> Vec<Alarm> {
    let mut counts = vec![0_usize; count.customers.len()];
    for one in &count.rows {
        if let Some(known) = counts.get_mut(one.customer) {
            *known = known.saturating_add(1);
        }
    }
    let few = (count.customers.len().saturating_sub(1) / BURST_ONE_OF).max(BURST_FEW);
    // Of most customers there is one refund: only of the others the times are looked at.
    let often =
        |number: usize| number != NOBODY && counts.get(number).is_some_and(|count| *count >= BURST_LEAST);
    let mut times: Quick<usize, Vec<Unix>> = Quick::default();
    for one in count.rows.iter().filter(|one| often(one.customer)) {
        times.entry(one.customer).or_default().push(one.at);
    }
    let bursts: Vec<(&str, Burst)> = times
        .into_iter()
        .filter_map(|(number, mut times)| Some((count.customers.name(number), most(&mut times)?)))
        .collect();
    let has = |count: usize| bursts.iter().filter(|(_, burst)| burst.count >= count).count();
    let least = (BURST_LEAST..BURST_ALWAYS).find(|count| has(*count) <= few).unwrap_or(BURST_ALWAYS);
    let alarm = |(customer, burst): &(&str, Burst)| Alarm {
        sign: Sign::Burst,
        at: burst.last,
        about: Some(AnyId { kind: Kind::Customer, id: (*customer).to_owned() }),
        agent: None,
        says: format!(
            "{}: {} refunds within {}",
            short_id(customer),
            burst.count,
            span(burst.last.since(burst.first).max(1))
        ),
    };
    bursts.iter().filter(|(_, burst)| burst.count >= least).map(alarm).collect()
}

/// A dispute that moves money: an inquiry does not yet, one that was won or prevented gave it back.
fn takes_money(dispute: &Dispute) -> bool {
    !matches!(
        dispute.status,
        DisputeStatus::WarningNeedsResponse
            | DisputeStatus::WarningUnderReview
            | DisputeStatus::WarningClosed
            | DisputeStatus::Won
            | DisputeStatus::Prevented
    )
}

/// Money that goes back twice.
fn disputed(count: &Count<'_>, scene: &Scene<'_>) -> Vec<Alarm> {
    if scene.disputes.is_empty() {
        return Vec::new();
    }
    let disputes: Quick<&ChargeId, &Dispute> = scene
        .disputes
        .iter()
        .filter(|dispute| takes_money(dispute))
        .filter_map(|dispute| Some((dispute.charge_id()?, *dispute)))
        .collect();
    let alarm = |one: &tally::Counted<'_>| {
        let charge = one.refund.charge_id()?;
        let dispute = disputes.get(charge)?;
        let later = dispute.created.since(one.at);
        let says = if later >= 0 {
            let refunded = Money::new(one.minor, one.currency);
            format!("{refunded} refunded, and the charge disputed {} later", span(later.max(1)))
        } else {
            let refunded = Money::new(one.minor, one.currency);
            format!("{refunded} refunded {} after the charge was disputed", span(later.saturating_neg()))
        };
        Some(Alarm {
            sign: Sign::Disputed,
            at: dispute.created.max(one.at),
            about: Some(dispute.id.any()),
            agent: (one.agent != NOBODY).then(|| count.agents.name(one.agent).to_owned()),
            says: format!("{}: {says}", short_id(charge.as_str())),
        })
    };
    count.rows.iter().filter_map(alarm).collect()
}
