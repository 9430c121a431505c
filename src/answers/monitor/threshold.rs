//! Amounts that stay just below what would ask for more: somebody knows the limit.

use super::{
    alarms::{Alarm, Sign},
    robust::more_than_share,
    tally::Counted,
};
use crate::{
    answers::Quick,
    money::{Currency, Money},
    policy::{Policy, Rule},
    time::Unix,
};

/// Limits above which a refund asks for more.
const LIMITS: [Rule; 4] =
    [Rule::RefundsAutomatic, Rule::RefundsNoteAbove, Rule::RefundsSecondPerson, Rule::RefundsMax];
/// Percent of the limit at which "just below" begins, and where the amounts begin that it is compared with.
const NEAR: i64 = 95;
const BESIDE: i64 = 80;
const LEAST: i64 = 6;
/// As often as the amounts beside lead one to expect.
const TIMES: i64 = 4;

#[derive(Clone, Copy, Default)]
struct Band {
    near: i64,
    beside: i64,
    last: Unix,
}

/// By agent and limit. Only amounts that somebody chose count: what is refunded whole was set by the price. The limit itself is a
/// round amount that anybody gives.
pub(super) fn below(counted: &[Counted<'_>], currency: Currency, policy: &Policy) -> Vec<Alarm> {
    let mut limits: Quick<&str, Vec<Money>> = Quick::default();
    let mut bands: Quick<(&str, i64), Band> = Quick::default();
    // Of each agent: amounts that they chose.
    let mut chosen: Quick<&str, i64> = Quick::default();
    for one in counted.iter().filter(|one| one.refund.currency == currency) {
        let (Some(agent), Some(charge)) = (one.agent, one.of) else { continue };
        let amount = one.refund.amount;
        if amount >= charge.captured_money().minor() {
            continue;
        }
        let count = chosen.entry(agent).or_default();
        *count = count.saturating_add(1);
        let limits = limits.entry(agent).or_insert_with(|| {
            let rules = policy.effective(agent);
            LIMITS.iter().filter_map(|rule| rules.amount(*rule, currency)).collect()
        });
        for limit in limits.iter().map(|limit| limit.minor()) {
            let part = |percent: i64| limit.saturating_mul(percent) / 100;
            if amount >= limit || amount < part(BESIDE) {
                continue;
            }
            let band = bands.entry((agent, limit)).or_default();
            if amount >= part(NEAR) {
                band.near = band.near.saturating_add(1);
                band.last = band.last.max(one.at);
            } else {
                band.beside = band.beside.saturating_add(1);
            }
        }
    }
    // The amounts beside are spread over three times the width.
    let wide = NEAR.saturating_sub(BESIDE) / 100_i64.saturating_sub(NEAR).max(1);
    let everybody: i64 = chosen.values().sum();
    let mut near: Quick<i64, i64> = Quick::default();
    for ((_, limit), band) in &bands {
        let count = near.entry(*limit).or_default();
        *count = count.saturating_add(band.near);
    }
    let strange = |agent: &str, limit: i64, band: &Band| {
        let own = chosen.get(agent).copied().unwrap_or(0);
        let others = near.get(&limit).copied().unwrap_or(0).saturating_sub(band.near);
        band.near >= LEAST
            && band.near.saturating_mul(wide) >= band.beside.saturating_mul(TIMES)
            && more_than_share((band.near, own), (others, everybody.saturating_sub(own)))
    };
    bands
        .into_iter()
        .filter(|((agent, limit), band)| strange(agent, *limit, band))
        .map(|((agent, limit), band)| Alarm {
            sign: Sign::Threshold,
            at: band.last,
            about: None,
            agent: Some(agent.to_owned()),
            says: format!("{agent}: {} refunds just below {}", band.near, Money::new(limit, currency)),
        })
        .collect()
}
