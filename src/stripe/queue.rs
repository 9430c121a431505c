//! The queue before the rate limit: changes first, then what somebody looks at, then what may be wanted; in order of
//! arrival inside each. A request that is given up leaves the queue.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    NotSent, Priority, Urgency,
    rate::{Limiter, Limits, Take},
};
use crate::time::Clock;

pub const WAITING_MOST: usize = 512;
/// A turn that did not come within this time is given up: nothing was sent.
pub const WAIT_S_MOST: u64 = 120;

#[derive(Debug)]
struct Waiter {
    endpoint: String,
    search: bool,
    granted: oneshot::Sender<()>,
}

#[derive(Debug)]
struct Line {
    limiter: Limiter,
    waiting: BTreeMap<(Priority, u64), Waiter>,
    next: u64,
}

impl Line {
    /// Lets through who may go, in order; returns how long until it is worth another look.
    fn admit(&mut self, now_ms: i64) -> u64 {
        let Self { limiter, waiting, .. } = self;
        let mut soonest_ms = u64::MAX;
        let mut through = Vec::new();
        for ((priority, number), waiter) in waiting.iter() {
            let nobody_for_ms = limiter.nobody_for_ms(now_ms);
            if nobody_for_ms > 0 {
                soonest_ms = soonest_ms.min(nobody_for_ms);
                break;
            }
            match limiter.take(now_ms, &waiter.endpoint, waiter.search, *priority) {
                Take::Ready => through.push((*priority, *number)),
                Take::WaitMs(ms) => soonest_ms = soonest_ms.min(ms),
            }
        }
        for place in through {
            if let Some(waiter) = waiting.remove(&place) {
                // Who gave up meanwhile loses a token with it, nothing more.
                let _gone = waiter.granted.send(());
            }
        }
        soonest_ms
    }
}

/// Shared by all clones of a client.
#[derive(Clone, Debug)]
pub struct Queue {
    line: Arc<Mutex<Line>>,
    clock: Arc<dyn Clock>,
}

/// Leaves the queue when its request is dropped.
struct Place<'a> {
    queue: &'a Queue,
    at: (Priority, u64),
}

impl Place<'_> {
    /// Moves up, and keeps its number there: it has waited. Returns how long until it is worth another look.
    fn raise(&mut self, priority: Priority) -> u64 {
        let mut line = self.queue.lock();
        let waiter = line.waiting.remove(&self.at);
        self.at.0 = priority;
        line.waiting.extend(waiter.map(|waiter| (self.at, waiter)));
        line.admit(self.queue.clock.now_ms())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let _left = self.queue.lock().waiting.remove(&self.at);
    }
}

impl Queue {
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let limiter = Limiter::new(limits, clock.now_ms());
        Self { line: Arc::new(Mutex::new(Line { limiter, waiting: BTreeMap::new(), next: 0 })), clock }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        // Nothing in here panics half-way through a change.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when the request may be sent, if it still may: a machine may have slept meanwhile, and timers with it.
    pub async fn turn(
        &self,
        endpoint: &str,
        search: bool,
        urgency: impl Into<Urgency>,
    ) -> Result<(), NotSent> {
        let mut urgency = urgency.into();
        let until_ms = urgency.until_ms();
        let left_ms = |clock: &dyn Clock| until_ms.map(|until_ms| until_ms.saturating_sub(clock.now_ms()));
        let over = || if until_ms.is_some() { NotSent::Late } else { NotSent::GivenUp };
        let (granted, mut turn) = oneshot::channel();
        let (place, mut wait_ms) = {
            let mut line = self.lock();
            if line.waiting.len() >= WAITING_MOST {
                return Err(NotSent::GivenUp);
            }
            let at = (urgency.now(), line.next);
            line.next = line.next.wrapping_add(1);
            line.waiting.insert(at, Waiter { endpoint: endpoint.to_owned(), search, granted });
            (Place { queue: self, at }, line.admit(self.clock.now_ms()))
        };
        let mut place = place;
        let most = Duration::from_secs(WAIT_S_MOST);
        let left = left_ms(&*self.clock).map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        let give_up = tokio::time::sleep(left.map_or(most, |left| left.min(most)));
        tokio::pin!(give_up);
        loop {
            tokio::select! {
                biased;
                _granted = &mut turn => {
                    return if left_ms(&*self.clock).is_some_and(|ms| ms < 0) { Err(NotSent::Late) } else { Ok(()) };
                }
                () = &mut give_up => return Err(over()),
                () = urgency.above(place.at.0) => wait_ms = place.raise(urgency.now()),
                () = tokio::time::sleep(Duration::from_millis(wait_ms.clamp(1, 1_000))) => {
                    wait_ms = self.lock().admit(self.clock.now_ms());
                }
            }
        }
    }

    pub fn limited(&self, endpoint: &str, reason: Option<&str>) {
        let now_ms = self.clock.now_ms();
        self.lock().limiter.limited(now_ms, endpoint, reason);
    }

    pub fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    pub fn rate_milli(&self) -> Option<u64> {
        self.lock().limiter.rate_milli()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::time::{ManualClock, SystemClock, Unix};

    const TEST: Limits = Limits { per_second: 25, share_percent: 80 };

    fn drained(queue: &Queue, n: usize) {
        let now = queue.clock.now_ms();
        let mut line = queue.lock();
        for at in 0..n {
            assert_eq!(line.limiter.take(now, &format!("GET /{at}"), false, Priority::Change), Take::Ready);
        }
    }

    fn enqueue(queue: &Queue, priority: Priority, name: &str) -> oneshot::Receiver<()> {
        let (granted, turn) = oneshot::channel();
        let mut line = queue.lock();
        let at = (priority, line.next);
        line.next += 1;
        line.waiting.insert(at, Waiter { endpoint: name.to_owned(), search: false, granted });
        turn
    }

    #[test]
    fn who_waits_for_a_change_goes_first_and_nobody_overtakes_his_equals() {
        let clock = Arc::new(ManualClock::at(Unix(1_000)));
        let queue = Queue::new(TEST, clock.clone());
        drained(&queue, 12);
        let mut turns = [
            enqueue(&queue, Priority::Prefetch, "GET /p"),
            enqueue(&queue, Priority::Waiting, "GET /w1"),
            enqueue(&queue, Priority::Waiting, "GET /w2"),
            enqueue(&queue, Priority::Change, "POST /c"),
        ];
        let mut order = Vec::new();
        for _ in 0..12 {
            clock.advance_ms(50);
            let _wait = queue.lock().admit(clock.now_ms());
            for (who, turn) in ["p", "w1", "w2", "c"].iter().zip(&mut turns) {
                if turn.try_recv().is_ok() {
                    order.push(*who);
                }
            }
        }
        assert_eq!(order, ["c", "w1", "w2", "p"]);
    }

    #[test]
    fn one_slow_endpoint_does_not_hold_up_the_others() {
        let clock = Arc::new(ManualClock::at(Unix(1_000)));
        let queue = Queue::new(TEST, clock.clone());
        drained(&queue, 1);
        queue.limited("GET /0", Some("endpoint-rate"));
        let mut slow = enqueue(&queue, Priority::Change, "GET /0");
        let mut quick = enqueue(&queue, Priority::Prefetch, "GET /1");
        assert_eq!(queue.lock().admit(clock.now_ms()), 100);
        assert!(slow.try_recv().is_err());
        assert!(quick.try_recv().is_ok());
    }

    #[tokio::test]
    async fn a_request_that_is_dropped_leaves_the_queue() {
        let queue = Queue::new(TEST, Arc::new(ManualClock::at(Unix(1_000))));
        drained(&queue, 12);
        {
            let turn = queue.turn("GET /x", false, Priority::Waiting);
            tokio::pin!(turn);
            assert!((&mut turn).now_or_never().is_none());
            assert_eq!(queue.waiting(), 1);
        }
        assert_eq!(queue.waiting(), 0);
    }

    #[tokio::test]
    async fn what_is_raised_goes_with_those_whom_somebody_waits_for() {
        let clock = Arc::new(ManualClock::at(Unix(1_000)));
        let queue = Queue::new(TEST, clock.clone());
        drained(&queue, 12);
        let (raise, urgency) = Urgency::told(Priority::Prefetch);
        let turn = queue.turn("GET /p", false, urgency);
        tokio::pin!(turn);
        assert!((&mut turn).now_or_never().is_none());
        let mut later = enqueue(&queue, Priority::Waiting, "GET /w");
        raise.to(Priority::Waiting);
        raise.to(Priority::Prefetch);
        assert!((&mut turn).now_or_never().is_none());
        assert_eq!(queue.waiting(), 2);
        // One token: it was there before the other, and read ahead it would have waited for the reserve too.
        clock.advance_ms(50);
        let _wait = queue.lock().admit(clock.now_ms());
        assert_eq!((&mut turn).now_or_never(), Some(Ok(())));
        assert!(later.try_recv().is_err());
    }

    #[tokio::test]
    async fn the_queue_has_an_end() {
        let queue = Queue::new(TEST, Arc::new(ManualClock::at(Unix(1_000))));
        drained(&queue, 12);
        let kept: Vec<_> = (0..WAITING_MOST).map(|_| enqueue(&queue, Priority::Waiting, "GET /x")).collect();
        assert_eq!(queue.turn("GET /x", false, Priority::Change).await, Err(NotSent::GivenUp));
        assert_eq!(kept.len(), queue.waiting());
    }

    #[tokio::test]
    async fn what_is_only_of_use_until_then_does_not_leave_later() {
        let clock = Arc::new(ManualClock::at(Unix(1_000)));
        let queue = Queue::new(TEST, clock.clone());
        let until = |ms: i64| Urgency::Until(clock.now_ms() + ms);
        assert_eq!(queue.turn("POST /x", false, until(0)).await, Ok(()));
        assert_eq!(queue.turn("POST /y", false, until(-1)).await, Err(NotSent::Late));
        drained(&queue, 10);
        // Its turn comes while the machine sleeps.
        let turn = queue.turn("POST /z", false, until(60_000));
        tokio::pin!(turn);
        assert!(turn.as_mut().now_or_never().is_none());
        clock.advance_ms(60_001);
        let _wait = queue.lock().admit(clock.now_ms());
        assert_eq!(turn.await, Err(NotSent::Late));
        assert_eq!(queue.waiting(), 0);
    }

    #[tokio::test]
    async fn turns_come_by_the_real_clock() {
        let clock = Arc::new(SystemClock);
        let queue = Queue::new(Limits { per_second: 100, share_percent: 100 }, clock.clone());
        let began = clock.now_ms();
        let turns = (0..30).map(|_| queue.turn("GET /x", false, Priority::Waiting));
        let all = futures_util::future::join_all(turns).await;
        assert!(all.iter().all(Result::is_ok));
        // Fifteen at once from the endpoint's bucket, the other fifteen at 25 a second.
        let took = clock.now_ms() - began;
        assert!((550..5_000).contains(&took), "{took} ms");
        assert_eq!(queue.waiting(), 0);
    }
}
