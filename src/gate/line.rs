//! The gate's line to Stripe: it hears Stripe's clock in every answer, and waits as it is told to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use super::Sleep;
use crate::{
    request::Request,
    stripe::{Attempt, Pause, Transport, Urgency},
    time::Clock,
};

pub(super) struct Line {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    pub(super) sleep: Sleep,
    /// Stripe's clock less ours, seconds, by its last answer.
    skew_s: AtomicI64,
}

impl Line {
    pub(super) fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let sleep: Sleep = Arc::new(|time| Box::pin(tokio::time::sleep(time)));
        Self { inner, clock, sleep, skew_s: AtomicI64::new(0) }
    }

    pub(super) fn skew_s(&self) -> i64 {
        self.skew_s.load(Ordering::Relaxed)
    }
}

impl Transport for Line {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a> {
        Box::pin(async move {
            let outcome = self.inner.attempt(request, urgency).await;
            // A refusal tells the time as well as a success does.
            let headers = match &outcome {
                Ok(reply) => Some(&reply.headers),
                Err(failure) => failure.headers(),
            };
            if let Some(date) = headers.and_then(|headers| headers.date) {
                self.skew_s.store(date.since(self.clock.now()), Ordering::Relaxed);
            }
            outcome
        })
    }

    fn pause(&self, time: Duration) -> Pause<'_> {
        (self.sleep)(time)
    }
}
