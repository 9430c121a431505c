//! What to do after a failed attempt: ask again and when, or stop and what is then known. Pure: no clock, no chance.

use super::{ApiError, ErrorKind, Failure, NotSent};
use crate::time::HOUR_S;

pub const READ_ATTEMPTS_MOST: u32 = 4;
pub const WRITE_ATTEMPTS_MOST: u32 = 5;
/// Stripe keeps a key for 24 hours; after that the same request would run again. One hour is kept in hand.
pub const KEY_AGE_MOST_S: i64 = 23 * HOUR_S;
pub const AFTER_MS_MOST: u64 = 60_000;
const BACKOFF_MS: u64 = 500;
const BACKOFF_MS_MOST: u64 = 8_000;
/// A success that cannot be read is asked for once more, not four times: it may be large.
const UNREADABLE_READS_MOST: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    Read,
    /// With an idempotency key.
    Write,
    /// Without: a second one may be done to what was made since. It is never sent again blindly.
    Unkeyed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// The same bytes again, with the same key.
    Retry {
        after_ms: u64,
    },
    Stop(Verdict),
}

/// What is known after the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Nothing has left this machine.
    NotSent,
    /// Stripe said no, and nothing was done.
    Refused,
    /// It may have been done: only reading tells.
    Unknown,
    /// Stripe holds it for its own second person, and will run it itself: it is never sent again.
    WaitingAtStripe,
}

/// `attempt` counts from 1 and has just ended with `outcome`. `key_age_s` counts from the first send of the key,
/// `earlier_unknown` says that an attempt before this one may have been executed ([`leaves_unknown`]), and `jitter`
/// is a random number in 0..=1000.
#[expect(clippy::too_many_arguments, reason = "each is a plain fact, and a call reads as the rule does")]
pub fn decide(
    attempt: u32,
    outcome: &Failure,
    kind: Access,
    key_age_s: i64,
    earlier_unknown: bool,
    jitter: u16,
) -> Next {
    let again = match kind {
        Access::Read => attempt < READ_ATTEMPTS_MOST && worth_reading_again(attempt, outcome),
        Access::Write => {
            attempt < WRITE_ATTEMPTS_MOST && key_age_s < KEY_AGE_MOST_S && worth_sending_again(outcome)
        }
        Access::Unkeyed => {
            attempt < WRITE_ATTEMPTS_MOST && !leaves_unknown(outcome) && worth_sending_again(outcome)
        }
    };
    if again {
        Next::Retry { after_ms: after_ms(attempt, outcome, jitter) }
    } else {
        Next::Stop(verdict(outcome, earlier_unknown))
    }
}

/// Whether the attempt that ended so may have been executed at Stripe, or speaks of one that may.
pub fn leaves_unknown(outcome: &Failure) -> bool {
    match outcome {
        Failure::NotSent(_) => false,
        Failure::Lost(_) | Failure::Unreadable { .. } => true,
        // Only a 4xx says no; a code that is known from there means less under another status.
        Failure::Refused(error) => {
            !(400..=499).contains(&error.status)
                || matches!(
                    error.error_kind(),
                    ErrorKind::Server | ErrorKind::KeyInUse | ErrorKind::KeyReused
                )
        }
    }
}

fn verdict(outcome: &Failure, earlier_unknown: bool) -> Verdict {
    match outcome {
        Failure::Refused(error) if error.error_kind() == ErrorKind::ApprovalRequired => {
            Verdict::WaitingAtStripe
        }
        _ if leaves_unknown(outcome) => Verdict::Unknown,
        // A stored answer speaks about the earlier attempt; any other speaks about this one only.
        Failure::Refused(error) if error.headers.is_replay() => Verdict::Refused,
        _ if earlier_unknown => Verdict::Unknown,
        Failure::NotSent(_) => Verdict::NotSent,
        _ => Verdict::Refused,
    }
}

/// A change whose turn came too late is looked at again first, by whoever asks this.
fn another_may_leave(why: &NotSent) -> bool {
    matches!(why, NotSent::Connect(_) | NotSent::ConnectTimeout(_) | NotSent::Late)
}

fn worth_sending_again(outcome: &Failure) -> bool {
    match outcome {
        Failure::NotSent(why) => another_may_leave(why),
        // Ordinary successes say `Stripe-Should-Retry: false` too. The replay brings the answer that was cut.
        Failure::Lost(_) | Failure::Unreadable { status: 200..=299, .. } => true,
        Failure::Unreadable { status, headers, .. } => headers.should_retry.unwrap_or(*status != 500),
        Failure::Refused(error) => refusal_may_change(error, matches!(error.status, 502..=504)),
    }
}

fn worth_reading_again(attempt: u32, outcome: &Failure) -> bool {
    match outcome {
        Failure::NotSent(why) => another_may_leave(why),
        Failure::Lost(_) => true,
        Failure::Unreadable { status: 200..=299, .. } => attempt < UNREADABLE_READS_MOST,
        Failure::Unreadable { status, headers, .. } => {
            headers.should_retry.unwrap_or(*status >= 500 || *status == 429)
        }
        Failure::Refused(error) => refusal_may_change(error, error.status >= 500),
    }
}

/// `server_may` says whether a fault of the server's is worth another try. What Stripe says itself wins over
/// everything but its second person.
fn refusal_may_change(error: &ApiError, server_may: bool) -> bool {
    match (error.error_kind(), error.headers.should_retry) {
        (ErrorKind::ApprovalRequired, _) => false,
        (_, Some(said)) => said,
        (ErrorKind::KeyInUse | ErrorKind::RateLimit | ErrorKind::Locked, None) => true,
        (ErrorKind::Server, None) => server_may,
        _ => false,
    }
}

/// Half a second, doubled each time up to eight, of which a random half is dropped so that desks do not march in
/// step. Never less than Stripe asks for, up to a minute.
fn after_ms(attempt: u32, outcome: &Failure, jitter: u16) -> u64 {
    let doublings = attempt.saturating_sub(1).min(8);
    let full = BACKOFF_MS.saturating_mul(1_u64 << doublings).min(BACKOFF_MS_MOST);
    let half = full / 2;
    let backoff = half.saturating_add(half.saturating_mul(u64::from(jitter.min(1_000))) / 1_000);
    let asked = outcome.headers().and_then(|headers| headers.retry_after_ms);
    backoff.max(asked.unwrap_or(0)).min(AFTER_MS_MOST)
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
