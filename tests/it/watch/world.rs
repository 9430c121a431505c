//! Months of refunds of which it is known what is strange about them: a calm team, and what was planted among it. Written from how
//! support works, not from the rules that look for it.

use jiff::{civil::Weekday, tz::TimeZone};
use paydesk::{
    model::{
        Charge, ChargeId, ChargeStatus, CustomerId, Dispute, DisputeId, DisputeStatus, Link, Refund,
        RefundId, RefundStatus,
    },
    money::Currency,
    text::Untrusted,
    time::Unix,
};

/// 2026-11-23T12:00:00Z, a Monday.
pub(crate) const NOW: i64 = 1_795_435_200;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const MIDNIGHT: i64 = NOW - 12 * HOUR;
pub(crate) const DAYS: i64 = 30;
pub(crate) const AGENTS: [&str; 8] = ["maya", "tom", "ines", "kofi", "lea", "sven", "yuki", "omar"];
const PRICES: [i64; 6] = [900, 1_900, 4_900, 9_900, 19_900, 49_900];
const REASONS: [&str; 3] = ["requested_by_customer", "duplicate", "fraudulent"];

pub(crate) const PLANTS: [&str; 7] =
    ["day", "burst", "agent", "agent", "refund_and_dispute", "below_threshold", "hours"];

pub(crate) struct World {
    pub(crate) refunds: Vec<Refund>,
    pub(crate) charges: Vec<Charge>,
    pub(crate) disputes: Vec<Dispute>,
    rng: fastrand::Rng,
    customers: u32,
}

impl World {
    /// About so many refunds, to as many customers as a shop with so many has.
    pub(crate) fn calm(seed: u64, refunds: u32) -> Self {
        let rng = fastrand::Rng::with_seed(seed);
        let mut world = Self {
            refunds: Vec::new(),
            charges: Vec::new(),
            disputes: Vec::new(),
            rng,
            customers: refunds.max(100) * 25,
        };
        // Five working days weigh eight parts each, the two others three.
        let part = refunds / 200;
        for day in 0..DAYS {
            let start = MIDNIGHT - (DAYS - 1 - day) * DAY;
            let weekend =
                matches!(Unix(start).zoned(&TimeZone::UTC).weekday(), Weekday::Saturday | Weekday::Sunday);
            // Each of many customers may come: how many do is left to chance.
            for _ in 0..part * if weekend { 3 } else { 8 } * 20 {
                if world.rng.u32(0..20) == 0 {
                    let at = start + world.working_hour();
                    world.any(at);
                }
            }
            for _ in 0..part * 40 {
                world.charge(start + DAY / 2, 4_900);
            }
        }
        for _ in 0..refunds / 200 {
            let at = NOW - world.rng.i64(DAY..20 * DAY);
            let charge = world.charge(at, 9_900);
            world.dispute(&charge, at + 3 * HOUR, DisputeStatus::NeedsResponse);
        }
        world.refunds.retain(|refund| refund.created.0 <= NOW);
        world
    }

    /// From eight to eight, most around noon; now and then somebody stays late.
    fn working_hour(&mut self) -> i64 {
        if self.rng.u32(0..500) == 0 {
            return self.rng.i64(20 * HOUR..23 * HOUR);
        }
        8 * HOUR + i64::midpoint(self.rng.i64(0..12 * HOUR), self.rng.i64(0..12 * HOUR))
    }

    /// An ordinary refund by any of the team: some work half of the time.
    fn any(&mut self, at: i64) {
        let pick = self.rng.usize(0..AGENTS.len() * 2);
        let agent = if pick < AGENTS.len() { pick } else { pick % (AGENTS.len() / 2) };
        let price = PRICES[self.rng.usize(0..PRICES.len())];
        let amount = match self.rng.u32(0..8) {
            0 => price / 2,
            1 => price * self.rng.i64(5..95) / 100,
            2 => [500, 1_000, 2_000, 2_500, 5_000][self.rng.usize(0..5)].min(price),
            _ => price,
        };
        let customer = self.rng.u32(0..self.customers);
        self.refund((at, price, amount.max(50)), AGENTS[agent], customer);
    }

    fn charge(&mut self, at: i64, amount: i64) -> ChargeId {
        let id = ChargeId::from(format!("ch_{}", self.charges.len()));
        self.charges.push(Charge {
            id: id.clone(),
            amount,
            amount_captured: amount,
            currency: Currency::USD,
            created: Unix(at),
            status: ChargeStatus::Succeeded,
            captured: true,
            ..Charge::default()
        });
        id
    }

    fn refund(&mut self, (at, price, amount): (i64, i64, i64), agent: &str, customer: u32) -> ChargeId {
        let id = ChargeId::from(format!("ch_r{}", self.refunds.len()));
        let charge = Charge {
            id: id.clone(),
            amount: price,
            amount_captured: price,
            currency: Currency::USD,
            created: Unix(at - DAY),
            status: ChargeStatus::Succeeded,
            captured: true,
            customer: Some(Link::Id(CustomerId::from(format!("cus_{customer}")))),
            ..Charge::default()
        };
        let reason = REASONS[self.rng.usize(0..REASONS.len())];
        self.refunds.push(Refund {
            id: RefundId::from(format!("re_{}", self.refunds.len())),
            amount,
            currency: Currency::USD,
            created: Unix(at),
            status: RefundStatus::Succeeded,
            reason: Some(Untrusted::new(reason)),
            charge: Some(Link::Object(Box::new(charge))),
            metadata: [(Untrusted::new("agent"), Untrusted::new(agent))].into(),
            ..Refund::default()
        });
        id
    }

    fn dispute(&mut self, charge: &ChargeId, at: i64, status: DisputeStatus) {
        self.disputes.push(Dispute {
            id: DisputeId::from(format!("du_{}", self.disputes.len())),
            amount: 9_900,
            currency: Currency::USD,
            created: Unix(at),
            status,
            charge: Some(Link::Id(charge.clone())),
            ..Dispute::default()
        });
    }

    /// On a working day, or on one of a weekend, so many percent of what such a day usually has. The day is given back.
    pub(crate) fn crowd(&mut self, weekend: bool, percent: u32) -> String {
        let is_weekend = |start: i64| {
            matches!(Unix(start).zoned(&TimeZone::UTC).weekday(), Weekday::Saturday | Weekday::Sunday)
        };
        let days: Vec<i64> = (2..20).map(|day| MIDNIGHT - day * DAY).collect();
        let days: Vec<i64> = days.into_iter().filter(|start| is_weekend(*start) == weekend).collect();
        let start = days[self.rng.usize(0..days.len())];
        let usual = self.customers / 25 / 200 * if weekend { 3 } else { 8 };
        for _ in 0..usual * (percent - 100) / 100 {
            let at = start + self.working_hour();
            self.any(at);
        }
        Unix(start).zoned(&TimeZone::UTC).strftime("%a %-d %b").to_string()
    }

    /// Somebody does what should be seen. What it is about is given back: a day, a customer, an agent, a charge.
    pub(crate) fn plant(&mut self, which: usize) -> String {
        let day = self.rng.i64(2..20);
        let start = MIDNIGHT - day * DAY;
        let usual = i64::try_from(self.refunds.len()).unwrap() / DAYS;
        match which {
            0 => {
                for _ in 0..usual * 2 + 15 {
                    let at = start + self.working_hour();
                    self.any(at);
                }
                Unix(start).zoned(&TimeZone::UTC).strftime("%a %-d %b").to_string()
            }
            1 => {
                let customer = self.customers + 7;
                for nth in 0..self.rng.i64(4..7) {
                    self.refund((start + nth * 20 * HOUR + 10 * HOUR, 4_900, 4_900), "tom", customer);
                }
                format!("cus_{customer}")
            }
            // Far more often than the others.
            2 => {
                for _ in 0..usual * DAYS {
                    let at = MIDNIGHT - self.rng.i64(1..28) * DAY + self.working_hour();
                    self.refund((at, 1_900, 1_900), "zoe", self.customers - 1);
                }
                "zoe: ".into()
            }
            // Far more at a time.
            3 => {
                for nth in 0..40 {
                    let at = MIDNIGHT - (1 + nth % 25) * DAY + self.working_hour();
                    let customer = self.rng.u32(0..self.customers);
                    self.refund((at, 99_900, 45_000), "zoe", customer);
                }
                "zoe: ".into()
            }
            4 => {
                let customer = self.rng.u32(0..self.customers);
                let charge = self.refund((start, 9_900, 9_900), "ines", customer);
                self.dispute(&charge, start + 2 * DAY, DisputeStatus::Lost);
                charge.as_str().to_owned()
            }
            5 => {
                for _ in 0..10 {
                    let at = MIDNIGHT - self.rng.i64(1..28) * DAY + self.working_hour();
                    let (customer, amount) = (self.rng.u32(0..self.customers), self.rng.i64(4_780..5_000));
                    self.refund((at, 9_900, amount), "zoe", customer);
                }
                "zoe: ".into()
            }
            _ => {
                for nth in 0..9 {
                    let customer = self.rng.u32(0..self.customers);
                    self.refund((MIDNIGHT - (1 + 2 * nth) * DAY + 3 * HOUR, 4_900, 4_900), "zoe", customer);
                }
                "zoe: ".into()
            }
        }
    }
}
