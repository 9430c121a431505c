//! The account's rate limit: a bucket of tokens that fills by the sandbox's clock.

/// So many requests a second, and as many at once after a quiet second.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    per_second: i64,
    /// Thousandths of a request.
    tokens: i64,
    filled_ms: i64,
}

impl Bucket {
    pub(super) fn new(per_second: u32, now_ms: i64) -> Self {
        let per_second = i64::from(per_second);
        Self { per_second, tokens: per_second * 1000, filled_ms: now_ms }
    }

    /// False: too fast.
    pub(super) fn take(&mut self, now_ms: i64) -> bool {
        let passed = now_ms.saturating_sub(self.filled_ms).max(0);
        self.filled_ms = now_ms;
        let more = passed.saturating_mul(self.per_second);
        self.tokens = self.tokens.saturating_add(more).min(self.per_second * 1000);
        let enough = self.tokens >= 1000;
        if enough {
            self.tokens -= 1000;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holds_as_many_as_it_says() {
        let mut bucket = Bucket::new(3, 0);
        assert_eq!([0, 0, 0, 0].map(|at| bucket.take(at)), [true, true, true, false]);
        assert!(!bucket.take(333));
        assert!(bucket.take(334));
        assert!(!bucket.take(335));
        assert_eq!([9_000, 9_000, 9_000, 9_000].map(|at| bucket.take(at)), [true, true, true, false]);
    }

    #[test]
    fn a_clock_set_back_gives_nothing_and_breaks_nothing() {
        let mut bucket = Bucket::new(1, 10_000);
        assert!(bucket.take(10_000));
        assert!(!bucket.take(0));
        assert!(bucket.take(1_000));
    }
}
