//! How fast to ask: token buckets for the account, for each endpoint and for search, that stay under Stripe's limits
//! and give way when Stripe says that it was too much. Pure: the time is handed in.

use std::collections::HashMap;

use super::Priority;

/// Stripe's own limit for one endpoint, whatever the account's.
pub const ENDPOINT_PER_S: u32 = 25;
pub const SEARCH_PER_S: u32 = 20;
/// Endpoints remembered; the catalogue has about a hundred.
const ENDPOINTS_MOST: usize = 512;
/// Tokens are counted in millionths, so that `milli-tokens per second × milliseconds` is exact.
const TOKEN: u64 = 1_000_000;
const SLOWEST_MILLI: u64 = 1_000;
/// One burst gives many 429s; they count as one.
const CUT_AGAIN_MS: i64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    Ready,
    WaitMs(u64),
}

/// What Stripe allows, and how much of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests per second for the account; 0 switches the whole limiter off.
    pub per_second: u32,
    pub share_percent: u32,
}

#[derive(Debug)]
struct Bucket {
    /// Milli-tokens per second: the setting, and what is left of it after 429s.
    full_milli: u64,
    now_milli: u64,
    /// Millionths of a token.
    level: u64,
    capacity: u64,
    /// Below this, [`Priority::Prefetch`] waits: people come first, and what runs for long starts without a burst.
    reserve: u64,
    filled_ms: i64,
    /// When a 429 last cut the rate, and what was left of it then.
    cut: Option<(i64, u64)>,
}

impl Bucket {
    fn new(limit: u32, share_percent: u32, now_ms: i64) -> Self {
        let percent = u64::from(share_percent.clamp(1, 100));
        let full_milli = u64::from(limit).saturating_mul(10).saturating_mul(percent).max(SLOWEST_MILLI);
        // An agent opening a customer asks a dozen things at once; what is left between our share and the limit is
        // the burst that never breaks it.
        let capacity = full_milli.saturating_mul(600).max(TOKEN);
        let spare = u64::from(limit).saturating_mul(TOKEN).saturating_sub(full_milli.saturating_mul(1_000));
        let reserve = capacity.saturating_sub(spare.max(TOKEN));
        Self {
            full_milli,
            now_milli: full_milli,
            level: capacity,
            capacity,
            reserve,
            filled_ms: now_ms,
            cut: None,
        }
    }

    fn fill(&mut self, now_ms: i64) {
        // A clock set back gives nothing and takes nothing.
        if now_ms < self.filled_ms {
            self.cut = self.cut.map(|_| (now_ms, self.now_milli));
        }
        let passed = u64::try_from(now_ms.saturating_sub(self.filled_ms)).unwrap_or(0);
        self.filled_ms = now_ms;
        self.level = self.level.saturating_add(self.now_milli.saturating_mul(passed)).min(self.capacity);
        if let Some((since_ms, left)) = self.cut {
            let passed = u64::try_from(now_ms.saturating_sub(since_ms)).unwrap_or(0);
            let grown = (self.full_milli / 10).saturating_mul(passed) / 1_000;
            self.now_milli = left.saturating_add(grown).min(self.full_milli);
        }
    }

    /// Milliseconds until a token is there for `priority`.
    fn wait_ms(&self, priority: Priority) -> u64 {
        let keep = if priority == Priority::Prefetch { self.reserve } else { 0 };
        let missing = keep.saturating_add(TOKEN).saturating_sub(self.level);
        missing.div_ceil(self.now_milli.max(1))
    }

    fn take(&mut self) {
        self.level = self.level.saturating_sub(TOKEN);
    }

    fn cut(&mut self, now_ms: i64) {
        self.fill(now_ms);
        if self.cut.is_some_and(|(last, _)| now_ms.saturating_sub(last) < CUT_AGAIN_MS) {
            return;
        }
        self.now_milli = (self.now_milli / 2).max(SLOWEST_MILLI);
        self.cut = Some((now_ms, self.now_milli));
        self.level = 0;
    }
}

/// The buckets of one account.
#[derive(Debug)]
pub struct Limiter {
    limits: Limits,
    account: Bucket,
    search: Bucket,
    endpoints: HashMap<String, Bucket>,
}

impl Limiter {
    pub fn new(limits: Limits, now_ms: i64) -> Self {
        Self {
            limits,
            account: Bucket::new(limits.per_second, limits.share_percent, now_ms),
            search: Bucket::new(SEARCH_PER_S.min(limits.per_second), limits.share_percent, now_ms),
            endpoints: HashMap::new(),
        }
    }

    /// Takes a place for one request now, or says how long to wait before asking again. `endpoint` is method and
    /// path pattern: `GET /v1/charges/{id}`.
    pub fn take(&mut self, now_ms: i64, endpoint: &str, search: bool, priority: Priority) -> Take {
        if self.limits.per_second == 0 {
            return Take::Ready;
        }
        if !self.endpoints.contains_key(endpoint) {
            if self.endpoints.len() >= ENDPOINTS_MOST {
                self.endpoints.clear();
            }
            let limit = ENDPOINT_PER_S.min(self.limits.per_second);
            let bucket = Bucket::new(limit, self.limits.share_percent, now_ms);
            self.endpoints.insert(endpoint.to_owned(), bucket);
        }
        let searching = search.then_some(&mut self.search);
        let mut buckets: Vec<&mut Bucket> = self
            .endpoints
            .get_mut(endpoint)
            .into_iter()
            .chain(searching)
            .chain([&mut self.account])
            .collect();
        let mut wait_ms = 0;
        for bucket in &mut buckets {
            bucket.fill(now_ms);
            wait_ms = wait_ms.max(bucket.wait_ms(priority));
        }
        if wait_ms > 0 {
            return Take::WaitMs(wait_ms);
        }
        buckets.into_iter().for_each(Bucket::take);
        Take::Ready
    }

    /// Milliseconds until the account's bucket lets anybody through, whatever he asks for.
    pub fn nobody_for_ms(&mut self, now_ms: i64) -> u64 {
        if self.limits.per_second == 0 {
            return 0;
        }
        self.account.fill(now_ms);
        self.account.wait_ms(Priority::Change)
    }

    /// Stripe answered 429, and not for a lock. `reason` is its `Stripe-Rate-Limited-Reason`; a limit on one object
    /// says nothing about the others, so it changes nothing here.
    pub fn limited(&mut self, now_ms: i64, endpoint: &str, reason: Option<&str>) {
        let reason = reason.unwrap_or("global");
        if reason.starts_with("endpoint") {
            if let Some(bucket) = self.endpoints.get_mut(endpoint) {
                bucket.cut(now_ms);
            }
        } else if reason.starts_with("global") {
            self.account.cut(now_ms);
        }
    }

    /// Requests per second that the account's bucket lets through now, in thousandths; `None` without a limit.
    pub fn rate_milli(&self) -> Option<u64> {
        (self.limits.per_second > 0).then_some(self.account.now_milli)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: Limits = Limits { per_second: 25, share_percent: 80 };
    const LIVE: Limits = Limits { per_second: 100, share_percent: 80 };
    const CHARGES: &str = "GET /v1/charges";

    /// Asks every millisecond, for as long as `until_ms`; how many got through.
    fn run(limiter: &mut Limiter, from_ms: i64, until_ms: i64, mut name: impl FnMut(i64) -> String) -> u32 {
        run_as(limiter, from_ms, until_ms, Priority::Prefetch, &mut name)
    }

    fn run_as(
        limiter: &mut Limiter,
        from_ms: i64,
        until_ms: i64,
        priority: Priority,
        name: &mut impl FnMut(i64) -> String,
    ) -> u32 {
        let mut through = 0;
        for now in from_ms..until_ms {
            while limiter.take(now, &name(i64::from(through)), false, priority) == Take::Ready {
                through += 1;
            }
        }
        through
    }

    fn many(n: i64) -> String {
        format!("GET /v1/{}", n % 50)
    }

    #[test]
    fn prefetch_never_passes_the_limit_in_any_second_and_uses_its_share() {
        let mut limiter = Limiter::new(TEST, 0);
        assert!(run(&mut limiter, 0, 1_000, many) <= 25);
        let later = run(&mut limiter, 1_000, 11_000, many);
        assert!((199..=201).contains(&later), "{later}");
    }

    #[test]
    fn one_endpoint_is_held_below_its_own_limit() {
        let mut limiter = Limiter::new(LIVE, 0);
        let charges = run(&mut limiter, 0, 10_000, |_| CHARGES.to_owned());
        assert!((200..=205).contains(&charges), "{charges}");
        let mut limiter = Limiter::new(LIVE, 0);
        let all = run(&mut limiter, 0, 10_000, many);
        assert!((800..=820).contains(&all), "{all}");
    }

    #[test]
    fn search_has_a_bucket_of_its_own() {
        let mut limiter = Limiter::new(LIVE, 0);
        let mut through = 0;
        for now in 0..10_000 {
            let name = many(i64::from(through));
            while limiter.take(now, &name, true, Priority::Prefetch) == Take::Ready {
                through += 1;
            }
        }
        assert!((160..=164).contains(&through), "{through}");
    }

    #[test]
    fn a_person_may_use_the_reserve() {
        let mut limiter = Limiter::new(TEST, 0);
        let burst = |limiter: &mut Limiter, priority| {
            (0..100).take_while(|n| limiter.take(0, &many(*n), false, priority) == Take::Ready).count()
        };
        assert_eq!(burst(&mut limiter, Priority::Prefetch), 5);
        assert_eq!(burst(&mut limiter, Priority::Waiting), 7);
        assert_eq!(limiter.take(0, CHARGES, false, Priority::Waiting), Take::WaitMs(50));
        assert_eq!(limiter.take(49, CHARGES, false, Priority::Change), Take::WaitMs(1));
        assert_eq!(limiter.take(50, CHARGES, false, Priority::Change), Take::Ready);
    }

    #[test]
    fn a_wait_that_was_kept_is_enough() {
        let mut limiter = Limiter::new(TEST, 0);
        let mut now = 0;
        for _ in 0..500 {
            match limiter.take(now, CHARGES, false, Priority::Prefetch) {
                Take::Ready => {}
                Take::WaitMs(ms) => {
                    now += i64::try_from(ms).unwrap();
                    assert_eq!(limiter.take(now, CHARGES, false, Priority::Prefetch), Take::Ready);
                }
            }
        }
        assert!(now > 10_000);
    }

    #[test]
    fn a_429_halves_what_it_names_and_it_grows_back() {
        let mut limiter = Limiter::new(LIVE, 0);
        limiter.limited(0, CHARGES, Some("global-rate"));
        assert_eq!(limiter.rate_milli(), Some(40_000));
        // The rest of the same burst.
        limiter.limited(300, CHARGES, Some("global-concurrency"));
        assert_eq!(limiter.rate_milli(), Some(42_400));
        limiter.account.fill(2_000);
        assert_eq!(limiter.rate_milli(), Some(56_000));
        limiter.account.fill(60_000);
        assert_eq!(limiter.rate_milli(), Some(80_000));
        for second in 61..90 {
            limiter.limited(second * 1_000, CHARGES, None);
        }
        assert!(limiter.rate_milli().unwrap() >= SLOWEST_MILLI);
        limiter.limited(100_000, CHARGES, Some("resource-specific"));
    }

    #[test]
    fn the_rate_grows_back_also_when_asked_every_millisecond() {
        let mut limiter = Limiter::new(LIVE, 0);
        limiter.limited(0, CHARGES, Some("global-rate"));
        let _many = run(&mut limiter, 0, 6_000, many);
        assert_eq!(limiter.rate_milli(), Some(80_000));
    }

    #[test]
    fn a_429_of_one_endpoint_leaves_the_others_alone() {
        let mut limiter = Limiter::new(LIVE, 0);
        assert_eq!(limiter.take(0, CHARGES, false, Priority::Waiting), Take::Ready);
        limiter.limited(0, CHARGES, Some("endpoint-rate"));
        assert_eq!(limiter.rate_milli(), Some(80_000));
        assert_eq!(limiter.take(0, CHARGES, false, Priority::Waiting), Take::WaitMs(100));
        assert_eq!(limiter.take(0, "GET /v1/refunds", false, Priority::Waiting), Take::Ready);
    }

    #[test]
    fn a_clock_that_jumps_neither_stops_nor_floods() {
        let mut limiter = Limiter::new(TEST, 1_000_000);
        while limiter.take(1_000_000, &many(0), false, Priority::Waiting) == Take::Ready {}
        assert_eq!(limiter.take(0, &many(0), false, Priority::Waiting), Take::WaitMs(50));
        assert_eq!(limiter.take(50, &many(0), false, Priority::Waiting), Take::Ready);
        let after_sleep = (0..100)
            .take_while(|n| limiter.take(i64::MAX, &many(*n), false, Priority::Waiting) == Take::Ready);
        assert_eq!(after_sleep.count(), 12);
    }

    #[test]
    fn nothing_waits_without_a_limit() {
        let mut limiter = Limiter::new(Limits { per_second: 0, share_percent: 80 }, 0);
        assert!((0..10_000).all(|_| limiter.take(0, CHARGES, true, Priority::Prefetch) == Take::Ready));
        assert_eq!(limiter.rate_milli(), None);
    }

    #[test]
    fn names_without_end_do_not_fill_memory() {
        let mut limiter = Limiter::new(LIVE, 0);
        for n in 0..2_000 {
            let _ready = limiter.take(n, &format!("GET /v1/{n}"), false, Priority::Waiting);
        }
        assert!(limiter.endpoints.len() <= ENDPOINTS_MOST);
    }
}
