//! Instants in whole Unix seconds, the clock as a thing that is handed in, and the ways in which people write a day.

use std::{
    fmt,
    sync::atomic::{AtomicI64, Ordering},
};

use jiff::{
    SignedDuration, Timestamp, ToSpan, ZonedDateTime,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// Seconds since 1970, as Stripe writes times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unix(pub i64);

pub const HOUR_S: i64 = 3_600;
pub const DAY_S: i64 = 86_400;
/// Further away than this, a date is written with its year.
const NEAR_S: i64 = 300 * DAY_S;

impl Unix {
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` until this; negative when it lies before.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    pub fn zoned(self, zone: &TimeZone) -> ZonedDateTime {
        let most = Timestamp::MAX.as_second();
        let least = Timestamp::MIN.as_second();
        Timestamp::from_second(self.0.clamp(least, most))
            .unwrap_or(Timestamp::UNIX_EPOCH)
            .to_zoned_datetime(zone.clone())
    }

    pub fn day(self, zone: &TimeZone) -> Date {
        self.zoned(zone).date()
    }

    /// The first second of the day that this lies in.
    #[must_use]
    pub fn start_of_day(self, zone: &TimeZone) -> Self {
        self.zoned(zone).start_of_day().map_or(self, |start| Self(start.timestamp().as_second()))
    }

    /// `22 Nov 14:01`, or `22 Nov  2025` so long ago that the day could be of another year: twelve cells, for tables.
    pub fn short(self, zone: &TimeZone, now: Self) -> String {
        let format = if self.is_near(now) { "%e %b %H:%M" } else { "%e %b  %Y" };
        self.zoned(zone).strftime(format).to_string()
    }

    /// `22 Nov 14:01:07`, where things follow each other within a minute; otherwise as [`Unix::short`].
    pub fn short_seconds(self, zone: &TimeZone, now: Self) -> String {
        if self.is_near(now) {
            self.zoned(zone).strftime("%e %b %H:%M:%S").to_string()
        } else {
            self.short(zone, now)
        }
    }

    /// A day and a month say which day is meant.
    fn is_near(self, now: Self) -> bool {
        self.since(now).abs() < NEAR_S
    }

    /// `22 Nov 2026`
    pub fn date(self, zone: &TimeZone) -> String {
        self.zoned(zone).strftime("%-d %b %Y").to_string()
    }

    /// `22 Nov`, or `22 Nov 2025` where that could be another year's.
    pub fn short_date(self, zone: &TimeZone, now: Self) -> String {
        let format = if self.is_near(now) { "%e %b" } else { "%e %b %Y" };
        self.zoned(zone).strftime(format).to_string()
    }

    /// `22 Nov 2026 14:01:07 +01:00`
    pub fn full(self, zone: &TimeZone) -> String {
        self.zoned(zone).strftime("%-d %b %Y %H:%M:%S %:z").to_string()
    }

    /// `2026-11-22T13:01:07Z`, for records.
    pub fn rfc3339(self) -> String {
        self.zoned(&TimeZone::UTC).timestamp().to_string()
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;

    fn now(&self) -> Unix {
        Unix(self.now_ms().div_euclid(1_000))
    }
}

/// The machine's clock: the one place that reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    pub fn at(now: Unix) -> Self {
        Self(AtomicI64::new(now.0.saturating_mul(1_000)))
    }

    pub fn advance_ms(&self, by: i64) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Why a text is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a time: write 2026-11-22, 2026-11-22T14:01:00Z, today, yesterday, 3d (ago), in 3d, in 2 months, or Unix seconds"
)]
pub struct NotATime(pub String);

/// `2026-11-22` (its first second in `zone`), `today`, `yesterday`, `tomorrow`, `3d` / `2h` (ago), `in 3d` / `+3d`, `in 2 months`, RFC 3339, Unix seconds.
pub fn parse_when(text: &str, now: Unix, zone: &TimeZone) -> Result<Unix, NotATime> {
    let error = || NotATime(text.chars().take(40).collect());
    let word = text.trim().to_ascii_lowercase();
    let today = now.zoned(zone);
    let day = |date: Date| {
        date.to_zoned_datetime(zone.clone())
            .map(|at| Unix(at.timestamp().as_second()))
            .map_err(|_out_of_range| error())
    };
    match word.as_str() {
        "now" => return Ok(now),
        "today" => return day(today.date()),
        "yesterday" => return day(today.date().saturating_sub(1.day())),
        "tomorrow" => return day(today.date().saturating_add(1.day())),
        _ => {}
    }
    let ahead = word.strip_prefix("in ").or_else(|| word.strip_prefix('+'));
    let (sign, amount) = ahead.map_or((-1, word.as_str()), |rest| (1, rest.trim()));
    if let Some(at) = months_ahead(&word, &today) {
        return Ok(at);
    }
    for (unit, seconds) in [('d', DAY_S), ('h', HOUR_S), ('w', 7 * DAY_S)] {
        if let Some(count) = amount.strip_suffix(unit).and_then(|count| count.parse::<u32>().ok()) {
            let span = SignedDuration::from_secs(i64::from(count).saturating_mul(seconds)).as_secs();
            return Ok(now.plus(span.saturating_mul(sign)));
        }
    }
    if let Ok(at) = text.trim().parse::<Timestamp>() {
        return Ok(Unix(at.as_second()));
    }
    // A date with a time but no zone would lose its time here, so it is refused.
    if let Some(date) = word.parse::<Date>().ok().filter(|_| !word.contains([':', 't'])) {
        return day(date);
    }
    word.parse::<i64>().ok().filter(|seconds| *seconds >= 100_000_000).map(Unix).ok_or_else(error)
}

/// `in 2 months`, `in 3 weeks`, `in 10 days`: as people say it; the same time of day.
fn months_ahead(word: &str, now: &ZonedDateTime) -> Option<Unix> {
    let [_, count, unit] = <[&str; 3]>::try_from(word.split_whitespace().collect::<Vec<_>>()).ok()?;
    let count = count.parse::<i64>().ok().filter(|count| word.starts_with("in ") && *count <= 1_200)?;
    let span = match unit.strip_suffix('s').unwrap_or(unit) {
        "day" => jiff::Span::new().try_days(count),
        "week" => jiff::Span::new().try_weeks(count),
        "month" => jiff::Span::new().try_months(count),
        "year" => jiff::Span::new().try_years(count),
        _ => return None,
    };
    Some(Unix(now.checked_add(span.ok()?).ok()?.timestamp().as_second()))
}

/// Months by their first three letters.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A day as people name it: `yesterday`, `2026-11-22`, `22 Nov`, `Nov 22 2025`, `Monday` (the last one), `3d` ago.
pub fn named_day(text: &str, now: Unix, zone: &TimeZone) -> Option<Date> {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix("on ").unwrap_or(&text);
    let today = now.day(zone);
    named(text, today)
        .or_else(|| weekday(text, today))
        .or_else(|| Some(parse_when(text, now, zone).ok()?.day(zone)))
}

/// `22 nov`, `nov 22`, `22 nov 2025`; without a year, the last one that was.
fn named(text: &str, today: Date) -> Option<Date> {
    let words: Vec<&str> = text.split([' ', '.', ',']).filter(|word| !word.is_empty()).collect();
    let (first, second, year) = match words.as_slice() {
        [first, second] => (first, second, None),
        [first, second, year] => {
            (first, second, Some(year.parse::<i16>().ok().filter(|year| (2_000..2_100).contains(year))?))
        }
        _ => return None,
    };
    let month = |word: &str| {
        let known = word.len() >= 3;
        let at = MONTHS.iter().position(|month| known && word.starts_with(month))?;
        i8::try_from(at.saturating_add(1)).ok()
    };
    let (day, month) = match (month(first), month(second)) {
        (Some(month), None) => (second, month),
        (None, Some(month)) => (first, month),
        _ => return None,
    };
    let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<i8>().ok()?;
    match year {
        Some(year) => Date::new(year, month, day).ok(),
        None => [today.year(), today.year().saturating_sub(1)]
            .into_iter()
            .filter_map(|year| Date::new(year, month, day).ok())
            .find(|date| *date <= today),
    }
}

/// The last day of that name, today among them.
fn weekday(text: &str, today: Date) -> Option<Date> {
    const DAYS: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let text = text.strip_prefix("last ").unwrap_or(text);
    let (_, wanted) = DAYS.into_iter().find(|(name, _)| text.len() >= 3 && name.starts_with(text))?;
    (0..7_i64).filter_map(|ago| today.checked_sub(ago.days()).ok()).find(|date| date.weekday() == wanted)
}

/// `23 days`, `3 h`, `12 min`, `5 s`: the largest unit that says it.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        s if s >= 2 * DAY_S => format!("{} days", s / DAY_S),
        s if s >= 2 * HOUR_S => format!("{} h", s / HOUR_S),
        s if s >= 120 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Unix = Unix(1_795_435_200); // 2026-11-23T12:00:00Z

    fn when(text: &str) -> String {
        parse_when(text, NOON, &TimeZone::UTC).map_or_else(|error| error.to_string(), Unix::rfc3339)
    }

    #[test]
    fn reads_the_forms_that_people_use() {
        assert_eq!(when("2026-11-22"), "2026-11-22T00:00:00Z");
        assert_eq!(when("Yesterday"), "2026-11-22T00:00:00Z");
        assert_eq!(when("3d"), "2026-11-20T12:00:00Z");
        assert_eq!(when("in 3d"), "2026-11-26T12:00:00Z");
        assert_eq!(when("+3d"), "2026-11-26T12:00:00Z");
        assert_eq!(when("2h"), "2026-11-23T10:00:00Z");
        assert_eq!(when("in 2 months"), "2027-01-23T12:00:00Z");
        assert_eq!(when("in 1 week"), "2026-11-30T12:00:00Z");
        assert_eq!(when("2026-11-22T14:01:00+01:00"), "2026-11-22T13:01:00Z");
        assert_eq!(when("1795435200"), "2026-11-23T12:00:00Z");
    }

    #[test]
    fn refuses_the_rest_with_examples() {
        for text in [
            "",
            "soon",
            "22.11.2026",
            "2026-11-22T14:01",
            "2026-13-01",
            "12",
            "99999999999999999d",
            "in 9 moons",
            "in 99999 years",
        ] {
            assert!(when(text).contains("is not a time"), "{text}");
        }
    }

    #[test]
    fn a_day_is_read_as_people_name_it() {
        let day = |text: &str| named_day(text, NOON, &TimeZone::UTC).map(|day| day.to_string());
        for (text, read) in [
            ("yesterday", "2026-11-22"),
            ("on 22 Nov", "2026-11-22"),
            ("Nov 24", "2025-11-24"),
            ("22nd november 2024", "2024-11-22"),
            ("last sunday", "2026-11-22"),
            ("3d", "2026-11-20"),
        ] {
            assert_eq!(day(text).as_deref(), Some(read), "{text}");
        }
        assert_eq!(day("49"), None);
    }

    #[test]
    fn a_day_starts_in_its_zone() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        assert_eq!(NOON.start_of_day(&tokyo).rfc3339(), "2026-11-22T15:00:00Z");
        assert_eq!(NOON.short(&tokyo, NOON), "23 Nov 21:00");
        assert_eq!(
            NOON.short(&tokyo, NOON.plus(365 * DAY_S)),
            "23 Nov  2026",
            "a year apart is not the same day"
        );
        assert_eq!(NOON.short(&tokyo, NOON.plus(-365 * DAY_S)), "23 Nov  2026");
        assert_eq!(NOON.short_date(&tokyo, NOON.plus(-299 * DAY_S)), "23 Nov");
        assert_eq!(NOON.short_date(&tokyo, NOON.plus(365 * DAY_S)), "23 Nov 2026");
        assert_eq!(Unix(i64::MAX).day(&TimeZone::UTC).year(), 9999);
    }

    #[test]
    fn spans_use_the_largest_unit() {
        assert_eq!(
            [span(5), span(600), span(7_200), span(23 * DAY_S), span(-4)],
            ["5 s", "10 min", "2 h", "23 days", "0 s"]
        );
    }
}
