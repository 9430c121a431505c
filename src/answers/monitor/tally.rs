//! Sums: by day, agent, reason and customer, today against the caps, and the share of what was charged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Period, Scene};
use crate::{
    answers::{
        halves::both,
        names::{AT_ONCE, Numbers, send_for},
        timeline::agent,
    },
    model::{Charge, ChargeStatus, CreditNote, CustomerId, Link, Refund, RefundId},
    money::{Currency, Money},
    policy::{Policy, Rule},
    text::{Untrusted, many},
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
                let (refunds, charges) = (many(refunds.count, "refund"), many(charges.count, "charge"));
                format!("{refunds} to {charges} of {days} days: {percent}")
            }
            None => "no charges to compare with were read".to_owned(),
        };
        match self.disputes.count {
            0 => rate,
            count => format!("{rate}; {}", many(count, "dispute")),
        }
    }
}

/// A refund as it is counted: what is counted of it stands in a row, names as numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    pub(super) refund: &'a Refund,
    pub(super) day: usize,
    pub(super) at: Unix,
    pub(super) minor: i64,
    pub(super) currency: Currency,
    /// Somebody chose the amount: it is less than was taken.
    pub(super) chosen: bool,
    /// Who did it, where somebody left a name; [`NOBODY`] otherwise.
    pub(super) agent: usize,
    pub(super) customer: usize,
    reason: usize,
}

/// The number of whoever is not named.
pub(super) const NOBODY: usize = 0;

/// Every refund that is counted, and what their numbers stand for.
pub(super) struct Count<'a> {
    pub(super) rows: Vec<Counted<'a>>,
    pub(super) agents: Numbers<'a>,
    pub(super) customers: Numbers<'a>,
    reasons: Numbers<'a>,
}

/// The day for which a refund is counted: none where it came back, or lies outside the period.
pub(super) fn day(refund: &Refund, period: &Period) -> Option<usize> {
    period.day_of(refund.created).filter(|_| refund.counts())
}

/// To whom it went, where its charge came with it.
pub(super) fn customer(refund: &Refund) -> Option<&CustomerId> {
    charge(refund).and_then(Charge::customer_id)
}

fn charge(refund: &Refund) -> Option<&Charge> {
    refund.charge.as_ref().and_then(Link::object)
}

impl<'a> Count<'a> {
    pub(super) fn of(scene: &Scene<'a>, period: &Period) -> Self {
        let notes = by_refund(&scene.notes);
        let counted = scene.refunds.iter().filter_map(|refund| Some((*refund, day(refund, period)?)));
        let counted: Vec<(&Refund, usize)> = counted.collect();
        // Of customers there are nearly as many as refunds: they are half of all that is looked up.
        let ((customers, whom), mut count) = both(
            counted.len(),
            || whom(&counted),
            || {
                let (agents, reasons) = (named(0), named(0));
                let mut count =
                    Self { rows: Vec::with_capacity(counted.len()), agents, customers: named(0), reasons };
                let (mut texts, mut read) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE));
                let (mut whose, mut why) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE));
                for part in counted.chunks(AT_ONCE) {
                    send_for(
                        part.iter().flat_map(|(refund, _)| refund.metadata.keys()).map(Untrusted::as_str),
                    );
                    texts.clear();
                    texts.extend(part.iter().map(|(refund, _)| named_on(refund, &notes)));
                    whose.clear();
                    count.agents.of_all(&texts, &mut read, &mut whose);
                    texts.clear();
                    texts
                        .extend(part.iter().map(|(refund, _)| refund.reason.as_ref().map(Untrusted::as_str)));
                    why.clear();
                    count.reasons.of_all(&texts, &mut read, &mut why);
                    let named = whose.iter().zip(&why);
                    count.rows.extend(part.iter().zip(named).map(|(one, named)| row(one, named)));
                }
                count
            },
        );
        for (row, customer) in count.rows.iter_mut().zip(whom) {
            row.customer = customer.unwrap_or(NOBODY);
        }
        count.customers = customers;
        count
    }

    /// Those in one currency.
    pub(super) fn rows_in(&self, currency: Currency) -> impl Iterator<Item = &Counted<'a>> {
        self.rows.iter().filter(move |one| one.currency == currency)
    }
}

/// A refund, whose day is known, with the numbers of who did it and why; whom it went to comes later.
fn row<'a>(
    (refund, day): &(&'a Refund, usize),
    (agent, reason): (&Option<usize>, &Option<usize>),
) -> Counted<'a> {
    Counted {
        refund,
        day: *day,
        at: refund.created,
        minor: refund.amount,
        currency: refund.currency,
        chosen: charge(refund).is_some_and(|charge| refund.amount < charge.captured_money().minor()),
        agent: agent.unwrap_or(NOBODY),
        customer: NOBODY,
        reason: reason.unwrap_or(NOBODY),
    }
}

/// The credit note that made a refund, or was linked to it.
pub(super) fn by_refund<'a>(notes: &[&'a CreditNote]) -> BTreeMap<&'a RefundId, &'a CreditNote> {
    notes.iter().flat_map(|note| note.refund_ids().map(|id| (id, *note))).collect()
}

/// Whoever is named on it, or on the credit note that made it.
pub(super) fn named_on<'a>(
    refund: &'a Refund,
    notes: &BTreeMap<&RefundId, &'a CreditNote>,
) -> Option<&'a str> {
    let note = || notes.get(&refund.id).filter(|note| note.made(refund));
    agent(&refund.metadata).or_else(|| agent(&note()?.metadata))
}

/// Numbers of which the first is nobody's.
fn named<'a>(names: usize) -> Numbers<'a> {
    let mut numbers = Numbers::with_room(names);
    numbers.of("");
    numbers
}

/// A number for each customer, and to whom each refund went.
fn whom<'a>(refunds: &[(&'a Refund, usize)]) -> (Numbers<'a>, Vec<Option<usize>>) {
    let mut customers = named(refunds.len());
    let mut whom = Vec::with_capacity(refunds.len());
    let (mut names, mut read) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE));
    for part in refunds.chunks(AT_ONCE) {
        names.clear();
        names.extend(part.iter().map(|(refund, _)| customer(refund).map(CustomerId::as_str)));
        customers.of_all(&names, &mut read, &mut whom);
    }
    (customers, whom)
}

/// What stands at a number; the row is made as long as it has to be.
pub(super) fn at<T: Default>(row: &mut Vec<T>, number: usize) -> Option<&mut T> {
    if number >= row.len() {
        row.resize_with(number.saturating_add(1), T::default);
    }
    row.get_mut(number)
}

/// What is summed up of one currency while it is counted; by number, what is named.
#[derive(Default)]
struct Sums {
    days: Vec<Tally>,
    agents: Vec<Tally>,
    reasons: Vec<Tally>,
    customers: Vec<Tally>,
    today: Vec<Tally>,
    charged: Vec<Tally>,
    disputes: Tally,
}

fn on_day(days: &mut [Tally], day: usize, minor: i64) {
    if let Some(tally) = days.get_mut(day) {
        tally.add(minor);
    }
}

/// By currency, the one with most refunds first.
pub(super) fn volumes(count: &Count<'_>, scene: &Scene<'_>, period: &Period, policy: &Policy) -> Vec<Volume> {
    let mut all: BTreeMap<Currency, Sums> = BTreeMap::new();
    let today = period.len().saturating_sub(1);
    let empty = || Sums {
        days: vec![Tally::default(); period.len()],
        charged: vec![Tally::default(); period.len()],
        ..Sums::default()
    };
    for one in &count.rows {
        let sums = all.entry(one.currency).or_insert_with(empty);
        on_day(&mut sums.days, one.day, one.minor);
        let named = [
            (&mut sums.agents, one.agent),
            (&mut sums.reasons, one.reason),
            (&mut sums.customers, one.customer),
        ];
        for (row, number) in named {
            if let Some(tally) = at(row, number) {
                tally.add(one.minor);
            }
        }
        if let Some(tally) = at(&mut sums.today, one.agent).filter(|_| one.day == today) {
            tally.add(one.minor);
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
    let volume = |(currency, sums)| volume((currency, sums), count, scene, policy);
    let mut volumes: Vec<Volume> = all.into_iter().map(volume).collect();
    volumes.sort_by_key(|volume| std::cmp::Reverse((volume.all.count, volume.rate.charges.count)));
    volumes
}

fn volume(
    (currency, mut sums): (Currency, Sums),
    count: &Count<'_>,
    scene: &Scene<'_>,
    policy: &Policy,
) -> Volume {
    let all = sums.days.iter().fold(Tally::default(), |all, day| all.and(*day));
    let mut rate = Rate::default();
    for (day, (refunds, charges)) in sums.days.iter().zip(&sums.charged).enumerate() {
        if !scene.without_charges.contains(&day) {
            rate.days = rate.days.saturating_add(1);
            rate.refunds = rate.refunds.and(*refunds);
            rate.charges = rate.charges.and(*charges);
        }
    }
    if let Some(nobody) = sums.customers.get_mut(NOBODY) {
        *nobody = Tally::default();
    }
    Volume {
        currency,
        days: sums.days,
        charged: sums.charged,
        all,
        agents: largest(&sums.agents, &count.agents, usize::MAX),
        reasons: largest(&sums.reasons, &count.reasons, usize::MAX),
        customers: largest(&sums.customers, &count.customers, CUSTOMERS_MOST),
        today: capped(&largest(&sums.today, &count.agents, usize::MAX), currency, policy),
        rate,
        disputes: sums.disputes,
    }
}

/// The largest of them first, and no more than `most`.
fn largest(sums: &[Tally], names: &Numbers<'_>, most: usize) -> Vec<Named> {
    let sums = sums.iter().enumerate().filter(|(_, sum)| sum.count > 0);
    let mut all: Vec<(usize, Tally)> = sums.map(|(number, sum)| (number, *sum)).collect();
    let order = |(one, a): &(usize, Tally), (other, b): &(usize, Tally)| {
        let sums = (b.minor, b.count).cmp(&(a.minor, a.count));
        sums.then_with(|| names.name(*one).cmp(names.name(*other)))
    };
    if let Some(last) = most.checked_sub(1).filter(|last| *last < all.len()) {
        all.select_nth_unstable_by(last, order);
        all.truncate(most);
    }
    all.sort_unstable_by(order);
    all.into_iter().map(|(number, sum)| Named { name: names.name(number).to_owned(), sum }).collect()
}

/// Today's sums, the largest first, and the caps that the policy sets on them.
fn capped(today: &[Named], currency: Currency, policy: &Policy) -> Vec<Capped> {
    let team = today.iter().fold(0_i64, |sum, one| sum.saturating_add(one.sum.minor));
    let cap = |agent: &str, rule: Rule| policy.effective(agent).amount(rule, currency);
    let mut all: Vec<Capped> = today
        .iter()
        .filter(|one| !one.name.is_empty())
        .map(|one| Capped {
            agent: Some(one.name.clone()),
            spent: Money::new(one.sum.minor, currency),
            cap: cap(&one.name, Rule::CapAgent),
        })
        .collect();
    all.sort_by(|a, b| (b.spent.minor(), &a.agent).cmp(&(a.spent.minor(), &b.agent)));
    // A role may differ for one agent; the team's cap is everybody's.
    let team = Capped { agent: None, spent: Money::new(team, currency), cap: cap("", Rule::CapTeam) };
    std::iter::once(team).chain(all).collect()
}
