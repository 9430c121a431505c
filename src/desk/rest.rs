//! Enter rests for a moment after what it does became something else: nobody can have read that yet, and an Enter this soon
//! belongs to the press before.

use serde::{Deserialize, Serialize};

/// As long as it takes to see what stands there now.
const RESTS_MS: i64 = 600;

/// Since when Enter rests, if it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest(Option<i64>);

impl Rest {
    pub fn begin(&mut self, now_ms: i64) {
        self.0 = Some(now_ms);
    }

    pub fn end(&mut self) {
        self.0 = None;
    }

    /// A clock that is set back does not make it last longer.
    pub fn is_on(self, now_ms: i64) -> bool {
        self.0.is_some_and(|since| (0..RESTS_MS).contains(&now_ms.saturating_sub(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_after_a_moment_and_whenever_the_clock_is_set_back() {
        let mut rest = Rest::default();
        assert!(!rest.is_on(0));
        rest.begin(1_000);
        assert_eq!([999, 1_000, 1_599, 1_600].map(|now| rest.is_on(now)), [false, true, true, false]);
        rest.end();
        assert!(!rest.is_on(1_000));
    }
}
