//! Sums: by day, agent, reason and customer, today against the caps, and the share of what was charged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Period, Scene};
use crate::{
    answers::{Quick, timeline::agent},
    model::{Charge, ChargeId, ChargeStatus, CustomerId, Link, Refund},
    money::{Currency, Money},
    policy::{Policy, Rule},
    text::Untrusted,
    time::Unix,
};

/// Customers that are listed.
const CUSTOMERS_MOST: usize = 10;

/// How many, and how much together in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub count: i64,
    pub minor: i64,
}

impl Tally {
    pub(super) fn add(&mut self, minor: i64) {
        self.count = self.count.saturating_add(1);
        self.minor = self.minor.saturating_add(minor);
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self { count: self.count.saturating_add(other.count), minor: self.minor.saturating_add(other.minor) }
    }
}

/// What a sum is of: an agent, a reason, a customer. Empty where Stripe names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub name: String,
    pub sum: Tally,
}

impl Named {
    /// The name, or that there is none.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() { "not named" } else { &self.name }
    }
}

/// What somebody refunded today, and the cap on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped {
    /// None: the whole team.
    pub agent: Option<String>,
    pub spent: Money,
    pub cap: Option<Money>,
}

/// Refunds beside charges, over the days whose charges were all read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    pub days: usize,
    pub refunds: Tally,
    pub charges: Tally,
}

impl Rate {
    /// Refunds for a thousand charges, to the nearest; none without charges.
    pub fn per_mille(&self) -> Option<i64> {
        let half = self.charges.count / 2;
        self.refunds.count.saturating_mul(1_000).saturating_add(half).checked_div(self.charges.count)
    }
}

/// The refunds in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    pub currency: Currency,
    /// As many as the period has days.
    pub days: Vec<Tally>,
    pub charged: Vec<Tally>,
    pub all: Tally,
    /// By sum, the largest first.
    pub agents: Vec<Named>,
    pub reasons: Vec<Named>,
    pub customers: Vec<Named>,
    /// The team, then whoever refunded today.
    pub today: Vec<Capped>,
    pub rate: Rate,
    pub disputes: Tally,
}

impl Volume {
    /// `12 refunds to 340 charges of 30 days: 3.5 %; 2 disputes`
    pub fn rate_words(&self) -> String {
        let Rate { days, refunds, charges } = self.rate;
        let rate = match self.rate.per_mille() {
            Some(per_mille) => {
                let percent = format!("{}.{} %", per_mille / 10, per_mille.rem_euclid(10));
                format!("{} refunds to {} charges of {days} days: {percent}", refunds.count, charges.count)
            }
            None => "no charges to compare with were read".to_owned(),
        };
        match self.disputes.count {
            0 => rate,
            1 => format!("{rate}; 1 dispute"),
            many => format!("{rate}; {many} disputes"),
        }
    }
}

/// A refund as it is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    pub(super) refund: &'a Refund,
    pub(super) day: usize,
    pub(super) at: Unix,
    /// Who did it, where somebody left a name.
    pub(super) agent: Option<&'a str>,
    pub(super) charge: Option<&'a ChargeId>,
    /// The charge itself, where it came with the refund.
    pub(super) of: Option<&'a Charge>,
    pub(super) customer: Option<&'a CustomerId>,
}

/// None of what came back, and of what lies outside the period.
pub(super) fn counted<'a>(refund: &'a Refund, period: &Period) -> Option<Counted<'a>> {
    let day = period.day_of(refund.created).filter(|_| refund.counts())?;
    let of = refund.charge.as_ref().and_then(Link::object);
    Some(Counted {
        refund,
        day,
        at: refund.created,
        agent: agent(&refund.metadata),
        charge: refund.charge_id(),
        of,
        customer: of.and_then(Charge::customer_id),
    })
}

/// What is summed up of one currency while it is counted.
#[derive(Default)]
struct Sums<'a> {
    days: Vec<Tally>,
    agents: Quick<&'a str, Tally>,
    reasons: Quick<&'a str, Tally>,
    customers: Quick<&'a str, Tally>,
    today: Quick<&'a str, i64>,
    charged: Vec<Tally>,
    disputes: Tally,
}

fn on_day(days: &mut [Tally], day: usize, minor: i64) {
    if let Some(tally) = days.get_mut(day) {
        tally.add(minor);
    }
}

/// By currency, the one with most refunds first.
pub(super) fn volumes(
    counted: &[Counted<'_>],
    scene: &Scene<'_>,
    period: &Period,
    policy: &Policy,
) -> Vec<Volume> {
    let mut all: BTreeMap<Currency, Sums<'_>> = BTreeMap::new();
    let today = period.len().saturating_sub(1);
    let empty = || Sums {
        days: vec![Tally::default(); period.len()],
        charged: vec![Tally::default(); period.len()],
        ..Sums::default()
    };
    for one in counted {
        let sums = all.entry(one.refund.currency).or_insert_with(empty);
        let minor = one.refund.amount;
        on_day(&mut sums.days, one.day, minor);
        sums.agents.entry(one.agent.unwrap_or_default()).or_default().add(minor);
        let reason = one.refund.reason.as_ref().map(Untrusted::as_str).unwrap_or_default();
        sums.reasons.entry(reason).or_default().add(minor);
        let customer = one.customer.map(CustomerId::as_str).unwrap_or_default();
        sums.customers.entry(customer).or_default().add(minor);
        if one.day == today {
            let spent = sums.today.entry(one.agent.unwrap_or_default()).or_default();
            *spent = spent.saturating_add(minor);
        }
    }
    for charge in &scene.charges {
        let through = charge.status == ChargeStatus::Succeeded && charge.captured;
        let Some(day) = period.day_of(charge.created).filter(|_| through) else { continue };
        let sums = all.entry(charge.currency).or_insert_with(empty);
        on_day(&mut sums.charged, day, charge.captured_money().minor());
    }
    for dispute in scene.disputes.iter().filter(|dispute| period.day_of(dispute.created).is_some()) {
        all.entry(dispute.currency).or_insert_with(empty).disputes.add(dispute.amount);
    }
    let mut volumes: Vec<Volume> =
        all.into_iter().map(|(currency, sums)| volume(currency, sums, scene, policy)).collect();
    volumes.sort_by_key(|volume| std::cmp::Reverse((volume.all.count, volume.rate.charges.count)));
    volumes
}

fn volume(currency: Currency, sums: Sums<'_>, scene: &Scene<'_>, policy: &Policy) -> Volume {
    let all = sums.days.iter().fold(Tally::default(), |all, day| all.and(*day));
    let mut rate = Rate::default();
    for (day, (refunds, charges)) in sums.days.iter().zip(&sums.charged).enumerate() {
        if !scene.without_charges.contains(&day) {
            rate.days = rate.days.saturating_add(1);
            rate.refunds = rate.refunds.and(*refunds);
            rate.charges = rate.charges.and(*charges);
        }
    }
    let mut customers = sums.customers;
    customers.remove("");
    Volume {
        currency,
        days: sums.days,
        charged: sums.charged,
        all,
        agents: named(sums.agents, usize::MAX),
        reasons: named(sums.reasons, usize::MAX),
        customers: named(customers, CUSTOMERS_MOST),
        today: capped(&sums.today, currency, policy),
        rate,
        disputes: sums.disputes,
    }
}

/// The largest of them first, and no more than `most`.
fn named(sums: Quick<&str, Tally>, most: usize) -> Vec<Named> {
    let mut all: Vec<(&str, Tally)> = sums.into_iter().collect();
    let order = |(one, a): &(&str, Tally), (other, b): &(&str, Tally)| {
        (b.minor, b.count, one).cmp(&(a.minor, a.count, other))
    };
    if let Some(last) = most.checked_sub(1).filter(|last| *last < all.len()) {
        all.select_nth_unstable_by(last, order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
    all.into_iter().map(|(name, sum)| Named { name: name.to_owned(), sum }).collect()
}

/// Today's sums and the caps that the policy sets on them.
fn capped(today: &Quick<&str, i64>, currency: Currency, policy: &Policy) -> Vec<Capped> {
    let team = today.values().fold(0_i64, |sum, minor| sum.saturating_add(*minor));
    let cap = |agent: &str, rule: Rule| policy.effective(agent).amount(rule, currency);
    let mut all: Vec<Capped> = today
        .iter()
        .filter(|(agent, _)| !agent.is_empty())
        .map(|(agent, minor)| Capped {
            agent: Some((*agent).to_owned()),
            spent: Money::new(*minor, currency),
            cap: cap(agent, Rule::CapAgent),
        })
        .collect();
    all.sort_by(|a, b| (b.spent.minor(), &a.agent).cmp(&(a.spent.minor(), &b.agent)));
    // A role may differ for one agent; the team's cap is everybody's.
    let team = Capped { agent: None, spent: Money::new(team, currency), cap: cap("", Rule::CapTeam) };
    std::iter::once(team).chain(all).collect()
}
