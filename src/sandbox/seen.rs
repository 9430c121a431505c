//! What the server was asked: a bounded log, so that a test can count requests and compare retries.

use std::collections::VecDeque;

use super::auth::Holder;

const SEEN_MOST: usize = 10_000;

/// One request, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub path: String,
    /// The body as sent (its first 16 KiB), or the query when there is none.
    pub params: String,
    /// None: the key was refused, or never looked at.
    pub key: Option<Holder>,
    /// None: the connection was dropped without an answer.
    pub status: Option<u16>,
    pub idempotency_key: Option<String>,
    /// `req_…`, as in the answer.
    pub request_id: String,
    /// Whether a handler ran.
    pub executed: bool,
    /// Whether a stored answer was given again.
    pub replayed: bool,
    /// Unix milliseconds by the sandbox's clock, when it arrived.
    pub when_ms: i64,
    /// When it arrived and when it was answered, among all arrivals and answers: which of two requests waited for the other.
    pub arrived: u64,
    pub answered: u64,
}

#[derive(Debug, Default)]
pub(super) struct SeenLog {
    log: VecDeque<Seen>,
    moments: u64,
}

impl SeenLog {
    /// Counts arrivals and answers together.
    pub(super) fn moment(&mut self) -> u64 {
        self.moments = self.moments.saturating_add(1);
        self.moments
    }

    /// An answer goes out.
    pub(super) fn push(&mut self, mut seen: Seen) {
        if self.log.len() == SEEN_MOST {
            self.log.pop_front();
        }
        seen.answered = self.moment();
        self.log.push_back(seen);
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<Seen> {
        self.log.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        self.log.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let mut log = SeenLog::default();
        for when_ms in 0..10_002 {
            log.push(Seen {
                method: "GET".to_owned(),
                path: "/".to_owned(),
                params: String::new(),
                key: None,
                status: Some(200),
                idempotency_key: None,
                request_id: "req_1".to_owned(),
                executed: false,
                replayed: false,
                when_ms,
                arrived: 0,
                answered: 0,
            });
        }
        let all = log.all();
        assert_eq!((all.len(), all[0].when_ms, all[9_999].when_ms), (SEEN_MOST, 2, 10_001));
        assert_eq!(all[0].answered, 3, "in the order in which they were answered");
        log.clear();
        assert!(log.all().is_empty());
    }
}
