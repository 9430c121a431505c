//! What the title bar tells about the line to Stripe: speed, load and how far the two clocks are apart.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{ErrorKind, Failure, Headers};
use crate::time::Unix;

const NONE: i64 = i64::MIN;

/// One look at the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// From request to the end of its answer, smoothed; `None` before the first.
    pub latency_ms: Option<u32>,
    pub in_flight: u32,
    /// Requests held back by the rate limit.
    pub waiting: usize,
    pub sent: u64,
    /// Attempts without any readable answer.
    pub failed: u64,
    /// Answers of 429, locks apart.
    pub limited: u64,
    /// Requests per second that the limiter lets through now, in thousandths; `None` without a limit.
    pub rate_milli: Option<u64>,
    /// Stripe's clock minus this machine's, in seconds.
    pub skew_s: Option<i64>,
}

#[derive(Debug)]
pub(super) struct Meters {
    /// Eighths of a millisecond, so that smoothing does not stick to a value.
    latency_eighths: AtomicI64,
    in_flight: AtomicU32,
    sent: AtomicU64,
    failed: AtomicU64,
    limited: AtomicU64,
    skew_s: AtomicI64,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            latency_eighths: AtomicI64::new(NONE),
            in_flight: AtomicU32::new(0),
            sent: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            skew_s: AtomicI64::new(NONE),
        }
    }
}

/// Counts as in flight until it is dropped, also when its task is cancelled.
pub(super) struct Flight<'a>(&'a Meters);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

impl Meters {
    pub(super) fn depart(&self) -> Flight<'_> {
        self.in_flight.fetch_add(1, Relaxed);
        self.sent.fetch_add(1, Relaxed);
        Flight(self)
    }

    /// A whole answer came after `ms`; `now` is this machine's time.
    pub(super) fn answered(&self, ms: i64, headers: &Headers, now: Unix) {
        // A clock that jumped in between would show nonsense for a long time.
        if (0..=600_000).contains(&ms) {
            let before = self.latency_eighths.load(Relaxed);
            let next = if before == NONE {
                ms.saturating_mul(8)
            } else {
                before.saturating_sub(before / 8).saturating_add(ms)
            };
            self.latency_eighths.store(next, Relaxed);
        }
        if let Some(date) = headers.date {
            self.skew_s.store(date.since(now), Relaxed);
        }
    }

    pub(super) fn failed(&self, failure: &Failure) {
        match failure {
            Failure::Refused(error) if error.error_kind() == ErrorKind::RateLimit => {
                self.limited.fetch_add(1, Relaxed);
            }
            Failure::Refused(_) => {}
            _ => {
                self.failed.fetch_add(1, Relaxed);
            }
        }
    }

    pub(super) fn latency_ms(&self) -> Option<u32> {
        match self.latency_eighths.load(Relaxed) {
            NONE => None,
            eighths => u32::try_from(eighths / 8).ok(),
        }
    }

    pub(super) fn skew_s(&self) -> Option<i64> {
        Some(self.skew_s.load(Relaxed)).filter(|skew| *skew != NONE)
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            latency_ms: self.latency_ms(),
            in_flight: self.in_flight.load(Relaxed),
            sent: self.sent.load(Relaxed),
            failed: self.failed.load(Relaxed),
            limited: self.limited.load(Relaxed),
            skew_s: self.skew_s(),
            ..Stats::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_is_smoothed_and_reaches_a_new_level() {
        let meters = Meters::default();
        assert_eq!(meters.latency_ms(), None);
        let answered = |ms| meters.answered(ms, &Headers::default(), Unix(0));
        answered(80);
        assert_eq!(meters.latency_ms(), Some(80));
        answered(160);
        assert_eq!(meters.latency_ms(), Some(90));
        answered(-5_000);
        answered(10_000_000);
        assert_eq!(meters.latency_ms(), Some(90));
        (0..200).for_each(|_| answered(20));
        assert!((20..=21).contains(&meters.latency_ms().unwrap()));
    }

    #[test]
    fn the_clocks_are_compared() {
        let meters = Meters::default();
        assert_eq!(meters.skew_s(), None);
        let headers = Headers { date: Some(Unix(1_000)), ..Headers::default() };
        meters.answered(10, &headers, Unix(4_600));
        meters.answered(10, &Headers::default(), Unix(9_999));
        assert_eq!(meters.skew_s(), Some(-3_600));
    }

    #[test]
    fn a_flight_ends_when_it_is_dropped() {
        let meters = Meters::default();
        let flights = [meters.depart(), meters.depart()];
        assert_eq!((meters.stats().in_flight, meters.stats().sent), (2, 2));
        drop(flights);
        assert_eq!((meters.stats().in_flight, meters.stats().sent), (0, 2));
    }
}
