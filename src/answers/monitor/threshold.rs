//! Amounts that stay just below what would ask for more: somebody knows the limit.

use super::{
    alarms::{Alarm, Sign},
    robust::more_than_share,
    tally::{Count, NOBODY, at},
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

/// An agent who chose amounts, how often, and the limits that the rules have for them: minor units.
struct Chooses {
    often: i64,
    limits: Vec<i64>,
}

/// By agent and limit. Only amounts that somebody chose count: what is refunded whole was set by the price. The limit itself is a
/// round amount that anybody gives.
pub(super) fn below(count: &Count<'_>, currency: Currency, policy: &Policy) -> Vec<Alarm> {
    let mut agents: Vec<Option<Chooses>> = Vec::new();
    let mut bands: Quick<(usize, i64), Band> = Quick::default();
    for one in count.rows_in(currency).filter(|one| one.chosen && one.agent != NOBODY) {
        let Some(place) = at(&mut agents, one.agent) else { continue };
        let chooses = place.get_or_insert_with(|| {
            let rules = policy.effective(count.agents.name(one.agent));
            let limits = LIMITS.iter().filter_map(|rule| rules.amount(*rule, currency));
            Chooses { often: 0, limits: limits.map(Money::minor).collect() }
        });
        chooses.often = chooses.often.saturating_add(1);
        for limit in &chooses.limits {
            let part = |percent: i64| limit.saturating_mul(percent) / 100;
            if one.minor >= *limit || one.minor < part(BESIDE) {
                continue;
            }
            let band = bands.entry((one.agent, *limit)).or_default();
            if one.minor >= part(NEAR) {
                band.near = band.near.saturating_add(1);
                band.last = band.last.max(one.at);
            } else {
                band.beside = band.beside.saturating_add(1);
            }
        }
    }
    let chosen = |agent: usize| agents.get(agent).and_then(Option::as_ref).map_or(0, |one| one.often);
    // The amounts beside are spread over three times the width.
    let wide = NEAR.saturating_sub(BESIDE) / 100_i64.saturating_sub(NEAR).max(1);
    let everybody: i64 = agents.iter().flatten().map(|one| one.often).sum();
    let mut near: Quick<i64, i64> = Quick::default();
    for ((_, limit), band) in &bands {
        let count = near.entry(*limit).or_default();
        *count = count.saturating_add(band.near);
    }
    let strange = |agent: usize, limit: i64, band: &Band| {
        let own = chosen(agent);
        let others = near.get(&limit).copied().unwrap_or(0).saturating_sub(band.near);
        band.near >= LEAST
            && band.near.saturating_mul(wide) >= band.beside.saturating_mul(TIMES)
            && more_than_share((band.near, own), (others, everybody.saturating_sub(own)))
    };
    bands
        .into_iter()
        .filter(|((agent, limit), band)| strange(*agent, *limit, band))
        .map(|((agent, limit), band)| {
            let agent = count.agents.name(agent);
            Alarm {
                sign: Sign::Threshold,
                at: band.last,
                about: None,
                agent: Some(agent.to_owned()),
                says: format!("{agent}: {} refunds just below {}", band.near, Money::new(limit, currency)),
            }
        })
        .collect()
}
