//! The days of a period: where each begins in the account's zone, so that a hundred thousand refunds are told apart by a search.

use jiff::{
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{
    actions::Moment,
    time::{DAY_S, HOUR_S, Unix},
};

const HOURS: usize = 24;

/// Whole days up to now, by the account's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The oldest first.
    days: Vec<(Date, Unix)>,
    now: Unix,
    #[serde(with = "jiff::fmt::serde::tz::required")]
    zone: TimeZone,
}

impl Period {
    pub fn ending(moment: &Moment, days: u32) -> Self {
        let mut date = moment.now.day(&moment.zone);
        let mut all = Vec::new();
        for _ in 0..days.max(1) {
            let start = date.to_zoned_datetime(moment.zone.clone());
            let start = start.map_or(moment.now, |start| Unix(start.timestamp().as_second()));
            all.push((date, start));
            let Ok(before) = date.yesterday() else { break };
            date = before;
        }
        all.reverse();
        Self { days: all, now: moment.now, zone: moment.zone.clone() }
    }

    pub fn now(&self) -> Unix {
        self.now
    }

    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    pub fn len(&self) -> usize {
        self.days.len()
    }

    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    pub fn since(&self) -> Unix {
        self.days.first().map_or(self.now, |(_, start)| *start)
    }

    pub fn dates(&self) -> impl Iterator<Item = Date> {
        self.days.iter().map(|(date, _)| *date)
    }

    pub fn date(&self, day: usize) -> Option<Date> {
        self.days.get(day).map(|(date, _)| *date)
    }

    pub fn start(&self, day: usize) -> Option<Unix> {
        self.days.get(day).map(|(_, start)| *start)
    }

    pub fn weekday(&self, day: usize) -> Option<Weekday> {
        self.date(day).map(Date::weekday)
    }

    /// Its place among the days; none of what lies outside.
    pub fn day_of(&self, at: Unix) -> Option<usize> {
        let after = self.days.partition_point(|(_, start)| *start <= at);
        after.checked_sub(1).filter(|_| at.0 < self.now.0.saturating_add(DAY_S))
    }

    /// The hour of one of its days. On the two days of a year whose clock is changed it may be one off.
    pub(super) fn hour_in(&self, day: usize, at: Unix) -> Option<usize> {
        let start = self.start(day)?;
        let hour = at.since(start).checked_div(HOUR_S)?;
        usize::try_from(hour).ok().map(|hour| hour.min(HOURS.saturating_sub(1)))
    }

    /// From and until, a few days each.
    pub(super) fn slices(&self, days: usize) -> impl Iterator<Item = (Unix, Unix)> + Clone {
        let starts: Vec<Unix> = self.days.iter().map(|(_, start)| *start).step_by(days.max(1)).collect();
        // What is made while it is read belongs to the last one.
        let end = self.start(self.len().saturating_sub(1)).unwrap_or(self.now).plus(2 * DAY_S);
        let ends = starts.iter().skip(1).copied().chain([end]).collect::<Vec<_>>();
        starts.into_iter().zip(ends)
    }
}

/// `Tue 17 Nov`
pub(super) fn day_words(date: Date) -> String {
    date.strftime("%a %e %b").to_string().replace("  ", " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 23 Nov 2026 12:00 UTC.
    const NOW: Unix = Unix(1_795_435_200);

    fn period(zone: &str, days: u32) -> Period {
        Period::ending(&Moment { now: NOW, zone: TimeZone::get(zone).unwrap() }, days)
    }

    #[test]
    fn days_begin_at_midnight_of_the_accounts_zone_and_the_last_is_today() {
        let days = period("Europe/Berlin", 30);
        assert_eq!(days.len(), 30);
        assert_eq!(days.date(29).unwrap().to_string(), "2026-11-23");
        assert_eq!(days.since().rfc3339(), "2026-10-24T22:00:00Z", "summer time until the 25th");
        assert_eq!(days.day_of(NOW), Some(29));
        assert_eq!(days.day_of(days.since()), Some(0));
        assert_eq!(days.day_of(days.since().plus(-1)), None);
        assert_eq!(days.hour_in(29, NOW), Some(13));
    }

    #[test]
    fn slices_leave_no_second_out() {
        for count in [1, 2, 3, 7, 30, 31] {
            let days = period("UTC", count);
            let slices: Vec<_> = days.slices(3).collect();
            assert_eq!(slices.first().unwrap().0, days.since());
            assert!(slices.last().unwrap().1 > NOW);
            assert!(slices.windows(2).all(|pair| pair[0].1 == pair[1].0), "{slices:?}");
        }
    }
}
