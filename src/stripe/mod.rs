//! Talking to Stripe: what comes back from one attempt, and (in the files beside) the client, the retry decision,
//! the rate limit, pages, and the signatures of events that Stripe sends by itself.

mod cancelled;
pub mod client;
mod connect;
mod decode;
mod error;
mod gather;
pub mod key;
pub mod meters;
pub mod pages;
pub mod plain;
pub mod queue;
pub mod rate;
mod read;
pub mod retry;
pub mod settings;
mod urgency;
pub mod webhook;
mod whose;
#[cfg(test)]
mod wire;

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

pub use cancelled::{all, cancelled};
pub use client::{API_VERSION, Client};
#[cfg(test)]
pub(crate) use decode::{answer as read_answer, headers as read_headers};
pub use error::{ApiError, ErrorKind, Failure, NotSent};
pub use gather::gather;
pub use key::{Key, KeyError, Kind, Mode, masked};
pub use meters::Stats;
pub use pages::Pages;
pub use read::read;
pub use settings::{Deadlines, Settings, SetupError};
pub use urgency::{Raise, Urgency};
pub use whose::{Whose, whose};

use crate::{request::Request, time::Unix};

/// What a successful attempt brought back.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Headers,
    /// The JSON text as Stripe sent it.
    pub body: Arc<str>,
}

/// The response headers that decide something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `req_…`
    pub request_id: Option<String>,
    /// The request that first used this key; another than `request_id` reveals a replay.
    pub original_request: Option<String>,
    /// `Idempotent-Replayed: true`
    pub replayed: bool,
    pub should_retry: Option<bool>,
    pub retry_after_ms: Option<u64>,
    /// `global-rate`, `endpoint-concurrency`, …: present on a true rate limit, absent on a lock.
    pub limited_reason: Option<String>,
    /// Stripe's clock: it decides which day it is for the caps.
    pub date: Option<Unix>,
}

impl Headers {
    /// The answer was stored by an earlier attempt with the same key: it speaks about that attempt.
    pub fn is_replay(&self) -> bool {
        self.replayed
            || matches!((&self.original_request, &self.request_id), (Some(first), Some(this)) if first != this)
    }
}

impl fmt::Debug for Reply {
    /// Bodies carry customers' data and stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("request_id", &self.headers.request_id)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Who waits for a call: the rate limiter serves them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A change, or the facts that it rests on.
    Change,
    /// The agent looks at an empty place.
    Waiting,
    /// Something that may be wanted soon.
    Prefetch,
}

pub type Attempt<'a> = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send + 'a>>;
pub type Pause<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One attempt at one call: nothing is retried in here. `client::Client` is the real one; tests bring their own.
pub trait Transport: Send + Sync {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a>;

    /// Waits before another attempt; tests do not wait.
    fn pause(&self, time: Duration) -> Pause<'_> {
        Box::pin(tokio::time::sleep(time))
    }
}
