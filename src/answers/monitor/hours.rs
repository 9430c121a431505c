//! Refunds when nobody should make them, or hardly anybody does.

use jiff::civil::Weekday;

use super::{
    alarms::{Alarm, Sign},
    calendar::Period,
    robust::more_than_share,
    tally::{Count, NOBODY, at},
};
use crate::{
    answers::Quick,
    policy::{Policy, Rules, is_open},
    time::Unix,
};

const HOURS: usize = 24;
/// An hour is quiet where the others make less than one of so many refunds; it takes so many to know.
const QUIET_ONE_OF: i64 = 200;
const QUIET_KNOWN: i64 = 200;
/// Refunds of an agent at such hours.
const LEAST: i64 = 5;

/// When one agent refunded.
struct Clocked {
    rules: Rules,
    /// The rules name days or hours at all.
    keeps: bool,
    /// Where the policy says when they may.
    ruled: Option<i64>,
    by_hour: [i64; HOURS],
    last: [Unix; HOURS],
    last_ruled: Unix,
}

impl Clocked {
    fn of(rules: Rules, at: Unix, period: &Period) -> Self {
        let keeps = is_open(&rules, &at.zoned(period.zone())).is_some();
        let (by_hour, last) = ([0; HOURS], [Unix::default(); HOURS]);
        Self { rules, keeps, ruled: None, by_hour, last, last_ruled: Unix::default() }
    }
}

/// What is said of a minute of the week by the rules of an agent.
type Known = Quick<(usize, Option<Weekday>, i64), Option<bool>>;

pub(super) fn outside(count: &Count<'_>, period: &Period, policy: &Policy) -> Vec<Alarm> {
    let mut known: Known = Quick::default();
    let mut agents: Vec<Option<Clocked>> = Vec::new();
    for one in count.rows.iter().filter(|one| one.agent != NOBODY) {
        let Some(hour) = period.hour_in(one.day, one.at) else { continue };
        let Some(place) = at(&mut agents, one.agent) else { continue };
        let rules = || policy.effective(count.agents.name(one.agent));
        let clocked = place.get_or_insert_with(|| Clocked::of(rules(), one.at, period));
        // Where the rules name no hours, no minute is asked about.
        let open = clocked.keeps.then(|| {
            let minute = period.start(one.day).map_or(0, |start| one.at.since(start) / 60);
            let open = known.entry((one.agent, period.weekday(one.day), minute));
            *open.or_insert_with(|| is_open(&clocked.rules, &one.at.zoned(period.zone())))
        });
        if let Some(open) = open.flatten() {
            let often = clocked.ruled.get_or_insert(0);
            if !open {
                *often = often.saturating_add(1);
                clocked.last_ruled = clocked.last_ruled.max(one.at);
            }
        }
        if let (Some(often), Some(last)) = (clocked.by_hour.get_mut(hour), clocked.last.get_mut(hour)) {
            *often = often.saturating_add(1);
            *last = one.at.max(*last);
        }
    }
    let mut all = [0_i64; HOURS];
    for clocked in agents.iter().flatten() {
        for (sum, count) in all.iter_mut().zip(clocked.by_hour) {
            *sum = sum.saturating_add(count);
        }
    }
    let alarm = |(number, clocked): (usize, &Option<Clocked>)| {
        let (agent, clocked) = (count.agents.name(number), clocked.as_ref()?);
        let own: i64 = clocked.by_hour.iter().sum();
        let (count, last, when) = if let Some(count) = clocked.ruled {
            (count, clocked.last_ruled, "outside of the policy's hours")
        } else {
            let (count, last) = quiet(clocked, &all)?;
            (count, last, "when hardly anybody works")
        };
        let at = last.short(period.zone(), period.now());
        let says = format!("{agent}: {count} of {own} refunds {when}, the last {}", at.trim());
        let agent = Some(agent.to_owned());
        (count > 0).then_some(Alarm { sign: Sign::Hours, at: last, about: None, agent, says })
    };
    agents.iter().enumerate().filter_map(alarm).collect()
}

/// How many of an agent's are made at hours that are quiet among the others, where that is strange.
fn quiet(clocked: &Clocked, all: &[i64; HOURS]) -> Option<(i64, Unix)> {
    let own: i64 = clocked.by_hour.iter().sum();
    let others = all.iter().sum::<i64>().saturating_sub(own);
    if others < QUIET_KNOWN {
        return None;
    }
    let (mut count, mut share, mut last) = (0_i64, 0_i64, Unix::default());
    for ((mine, at), all) in clocked.by_hour.iter().zip(clocked.last).zip(all) {
        let rest = all.saturating_sub(*mine);
        if rest.saturating_mul(QUIET_ONE_OF) < others {
            count = count.saturating_add(*mine);
            share = share.saturating_add(rest);
            last = last.max(at);
        }
    }
    (count >= LEAST && more_than_share((count, own), (share, others))).then_some((count, last))
}
