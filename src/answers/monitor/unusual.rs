//! Days and agents that are far from what is usual: by the median and the median deviation, which what is looked for does not move,
//! and never nearer than chance alone would bring them.

use super::{
    alarms::{Alarm, Sign},
    calendar::{Period, day_words},
    robust::{MILLI, median, root, scaled, score, spread, tenths},
    tally::{Count, NOBODY, Tally, Volume, at},
};
use crate::money::{Currency, Money};

/// Spreads above the middle, in thousandths.
const FAR: i64 = 4_000;
/// A day with fewer refunds is nothing to look at.
const REFUNDS_LEAST: i64 = 5;
/// Other days of the same name that can be compared with; with fewer, all other days are.
const SAME_LEAST: usize = 3;
/// Further days of a name from which on they say by themselves how far such days are spread.
const OWN_LEAST: usize = 8;
/// The variance of a median of one, in those of one value and in millionths: half of π.
const MEDIAN_VARIES: i128 = 1_570_796;
/// Days to compare with at all.
pub(super) const DAYS_LEAST: usize = 7;
/// Refunds of an agent who can be told from the others, and of each of those.
const AGENT_LEAST: i64 = 20;
const PEER_LEAST: i64 = 5;
const PEERS_LEAST: usize = 3;
/// Agents differ by so much of what is usual without anything being wrong: part time, another shift.
const HABIT: (i64, i64) = (1, 3);

/// What is usual on a day, and how many others it rests on.
struct Usual {
    centre: i64,
    others: usize,
    same: bool,
}

fn usual(values: &[i64], day: usize, period: &Period) -> Option<Usual> {
    let others = |alike: &dyn Fn(usize) -> bool| -> Vec<i64> {
        values
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != day && alike(*at))
            .map(|(_, value)| *value)
            .collect()
    };
    let mut days = others(&|at| period.weekday(at) == period.weekday(day));
    let same = days.len() >= SAME_LEAST;
    if !same {
        days = others(&|_| true);
        if days.len() < DAYS_LEAST {
            return None;
        }
    }
    median(&mut days).map(|centre| Usual { centre, others: days.len(), same })
}

impl Usual {
    /// By how much more than chance a day lies from the middle of so few others, in thousandths: that middle is itself uncertain.
    fn few(&self) -> i64 {
        let others = i128::try_from(self.others).unwrap_or(1).max(1);
        let square = i128::from(MILLI).saturating_mul(i128::from(MILLI));
        root(square.saturating_add(MEDIAN_VARIES.checked_div(others).unwrap_or(0)))
    }
}

/// How far each day lies above what is usual, by what such a day is spread: what chance makes of it, and as many times that as days
/// are in fact spread. Those of its own name say so where there are enough of them; where there are few, all do, each measured by
/// what chance makes of its own, so that busy days say nothing of the size that quiet ones may have.
fn scores(values: &[i64], chance: &[i64], wary: bool, period: &Period) -> Vec<Option<(i64, Usual)>> {
    let all: Vec<Option<Usual>> = (0..values.len()).map(|day| usual(values, day, period)).collect();
    let far = |day: usize, usual: &Usual, wary: bool| {
        let chance = chance.get(day).copied().unwrap_or(0);
        let wide = if wary { scaled(chance, usual.few(), MILLI) } else { chance };
        score(values.get(day).copied().unwrap_or(0), usual.centre, wide)
    };
    let rests: Vec<Option<i64>> =
        all.iter().enumerate().map(|(day, usual)| Some(far(day, usual.as_ref()?, true))).collect();
    let wide = |day: usize| {
        let named = |at: usize| period.weekday(at) == period.weekday(day);
        let own = rests.iter().enumerate().filter(|(at, _)| named(*at)).filter_map(|(_, rest)| *rest);
        let own: Vec<i64> = own.collect();
        let enough = own.len() > OWN_LEAST;
        let rests = if enough { own } else { rests.iter().flatten().copied().collect() };
        spread(&rests, 0).max(MILLI)
    };
    all.into_iter()
        .enumerate()
        .map(|(day, usual)| {
            let usual = usual?;
            Some((scaled(far(day, &usual, wary), MILLI, wide(day)), usual))
        })
        .collect()
}

/// What chance alone spreads a count by, in thousandths: the root of it.
fn chance_of(count: i64) -> i64 {
    root(i128::from(count.max(MILLI)).saturating_mul(i128::from(MILLI)))
}

/// Days with more refunds, or more refunded, than such days have.
pub(super) fn days(volume: &Volume, squares: &[i128], period: &Period) -> Vec<Alarm> {
    let counts: Vec<i64> = volume.days.iter().map(|day| day.count.saturating_mul(MILLI)).collect();
    let sums: Vec<i64> = volume.days.iter().map(|day| day.minor).collect();
    // What is usual of the counts, a day.
    let centres: Vec<i64> = (0..counts.len())
        .map(|day| usual(&counts, day, period).map_or(0, |usual| usual.centre.max(MILLI)))
        .collect();
    let chances: Vec<i64> = centres.iter().map(|centre| chance_of(*centre)).collect();
    let of_counts = scores(&counts, &chances, false, period);
    let total: i128 = squares.iter().sum();
    // A sum is spread by how many there are and by how different they are.
    let chance = |(day, centre): (usize, &i64)| {
        let others = volume.all.count.saturating_sub(volume.days.get(day).map_or(0, |tally| tally.count));
        let rest = total.saturating_sub(squares.get(day).copied().unwrap_or(0));
        let mean = rest.checked_div(i128::from(others.max(1))).unwrap_or(0);
        root(mean.saturating_mul(i128::from(*centre)) / i128::from(MILLI))
    };
    let chances: Vec<i64> = centres.iter().enumerate().map(chance).collect();
    // A few large ones move it.
    let of_sums = scores(&sums, &chances, true, period);
    let mut alarms = Vec::new();
    for (day, tally) in volume.days.iter().enumerate().filter(|(_, tally)| tally.count >= REFUNDS_LEAST) {
        let count = of_counts.get(day).and_then(Option::as_ref).filter(|(far, _)| *far >= FAR);
        let sum = of_sums.get(day).and_then(Option::as_ref).filter(|(far, _)| *far >= FAR);
        let far = |found: Option<&(i64, Usual)>| found.map_or(0, |(far, _)| *far);
        let by_count = far(count) >= far(sum);
        let Some((far, usual)) = (if by_count { count } else { sum }) else { continue };
        alarms.extend(day_alarm(day, *tally, (volume.currency, by_count), (*far, usual), period));
    }
    alarms
}

fn day_alarm(
    day: usize,
    tally: Tally,
    (currency, by_count): (Currency, bool),
    (far, usual): (i64, &Usual),
    period: &Period,
) -> Option<Alarm> {
    let date = period.date(day)?;
    let such = if usual.same { format!("on a {}", date.strftime("%A")) } else { "on a day".to_owned() };
    let refunded = Money::new(tally.minor, currency);
    let is_today = day.saturating_add(1) == period.len();
    let when = if is_today { "today".to_owned() } else { day_words(date) };
    let says = if by_count {
        let often = usual.centre.saturating_add(MILLI / 2) / MILLI;
        format!(
            "{when}: {} refunds, {refunded}; {often} are usual {such} ({} times the usual spread)",
            tally.count,
            tenths(far)
        )
    } else {
        let sum = Money::new(usual.centre, currency);
        format!(
            "{when}: {refunded} in {} refunds; {sum} are usual {such} ({} times the usual spread)",
            tally.count,
            tenths(far)
        )
    };
    Some(Alarm { sign: Sign::Day, at: period.start(day)?, about: None, agent: None, says })
}

/// What one agent did: how often, on which days, and each amount.
#[derive(Default)]
struct Habits {
    count: i64,
    days: Vec<bool>,
    amounts: Vec<i64>,
}

impl Habits {
    /// How many days they refunded on.
    fn worked(&self) -> i64 {
        let days = self.days.iter().filter(|worked| **worked).count();
        i64::try_from(days).unwrap_or(1).max(1)
    }

    /// Refunds on a day on which they refunded, in thousandths.
    fn pace(&self) -> i64 {
        self.count.saturating_mul(MILLI).checked_div(self.worked()).unwrap_or(0)
    }

    /// What chance alone spreads that by.
    fn chance(&self) -> i64 {
        chance_of(self.count.saturating_mul(MILLI)).checked_div(self.worked()).unwrap_or(0)
    }

    fn typical(&mut self) -> i64 {
        median(&mut self.amounts).unwrap_or(0)
    }
}

/// Agents who refund far more often, or far more at a time, than the others.
pub(super) fn agents(count: &Count<'_>, currency: Currency, period: &Period) -> Vec<Alarm> {
    let mut all: Vec<Habits> = Vec::new();
    for one in count.rows_in(currency).filter(|one| one.agent != NOBODY) {
        let Some(habits) = at(&mut all, one.agent) else { continue };
        habits.count = habits.count.saturating_add(1);
        if let Some(worked) = at(&mut habits.days, one.day) {
            *worked = true;
        }
        habits.amounts.push(one.minor);
    }
    let known = all.iter_mut().enumerate().filter(|(_, habits)| habits.count >= PEER_LEAST);
    let mut figures: Vec<(&str, &Habits, i64, i64)> = known
        .map(|(number, habits)| {
            let (pace, typical) = (habits.pace(), habits.typical());
            (count.agents.name(number), &*habits, pace, typical)
        })
        .collect();
    figures.sort_by_key(|(agent, ..)| *agent);
    let mut alarms = Vec::new();
    for (agent, habits, pace, typical) in figures.iter().filter(|(_, habits, ..)| habits.count >= AGENT_LEAST)
    {
        let others = |of: fn(&(&str, &Habits, i64, i64)) -> i64| -> Vec<i64> {
            figures.iter().filter(|(name, ..)| name != agent).map(of).collect()
        };
        let often = out_of_line(*pace, others(|(_, _, pace, _)| *pace), habits.chance());
        let much = out_of_line(*typical, others(|(.., typical)| *typical), 0);
        let says = match (often, much) {
            (Some((far, centre)), _) => format!(
                "{agent}: {} refunds on a day at work; {} are usual among the others ({} times the usual spread)",
                tenths(*pace),
                tenths(centre),
                tenths(far)
            ),
            (None, Some((far, centre))) => format!(
                "{agent}: {} at a time; {} is usual among the others ({} times the usual spread)",
                Money::new(*typical, currency),
                Money::new(centre, currency),
                tenths(far)
            ),
            (None, None) => continue,
        };
        let last = habits.days.iter().rposition(|worked| *worked);
        let at = last.and_then(|day| period.start(day)).unwrap_or(period.now());
        alarms.push(Alarm { sign: Sign::Agent, at, about: None, agent: Some((*agent).to_owned()), says });
    }
    alarms
}

/// How far above the others, and what is usual among them.
fn out_of_line(value: i64, mut others: Vec<i64>, chance: i64) -> Option<(i64, i64)> {
    if others.len() < PEERS_LEAST {
        return None;
    }
    let centre = median(&mut others)?;
    others.sort_unstable();
    // Where some work half of the time, those who do not are nothing strange.
    let upper = others.get(others.len().saturating_mul(3) / 4).copied()?;
    let habit = scaled(centre, HABIT.0, HABIT.1);
    let far = score(value, centre, spread(&others, centre).max(habit).max(chance));
    (far >= FAR && value > scaled(upper, 3, 2)).then_some((far, centre))
}
