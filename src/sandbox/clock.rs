//! The sandbox's clock: the machine's time, or a time that only moves when a test moves it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

/// Clones share one shift: who keeps a clone can move the time of a running server.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Unix milliseconds, or None for the machine's clock.
    fixed_ms: Option<i64>,
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    pub fn real() -> Self {
        Self { fixed_ms: None, shift_ms: Arc::default() }
    }

    /// Stands at `unix_s` until it is moved.
    pub fn fixed(unix_s: i64) -> Self {
        Self { fixed_ms: Some(unix_s.saturating_mul(1000)), shift_ms: Arc::default() }
    }

    /// Moves the time, backwards too; also that of a real clock.
    pub fn shift(&self, seconds: i64) {
        self.shift_ms.fetch_add(seconds.saturating_mul(1000), Ordering::Relaxed);
    }

    pub fn now_ms(&self) -> i64 {
        let base = self.fixed_ms.unwrap_or_else(machine_ms);
        base.saturating_add(self.shift_ms.load(Ordering::Relaxed))
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox is a server of its own, and this is its clock")]
fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_moved_and_clones_follow() {
        let clock = Clock::fixed(1_000);
        let other = clock.clone();
        assert_eq!((clock.now(), other.now_ms()), (1_000, 1_000_000));
        clock.shift(86_400);
        assert_eq!(other.now(), 87_400);
        clock.shift(-90_000);
        assert_eq!(other.now(), -2_600);
    }

    #[test]
    fn the_real_clock_is_past_the_year_2025_and_can_be_shifted() {
        let clock = Clock::real();
        let before = clock.now();
        assert!(before > 1_735_689_600);
        clock.shift(1_000_000);
        assert!(clock.now() >= before + 1_000_000);
    }
}
