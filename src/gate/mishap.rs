//! What can go wrong with one write to the small Stripe of the tests.

use serde_json::Value;

use crate::stripe::ApiError;

/// What goes wrong with one write.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    None,
    /// No connection.
    NotSent,
    /// Waits so many milliseconds for its turn.
    Queued(i64),
    /// Lost on the way there.
    LostBefore,
    /// Done, and the answer lost.
    LostAfter,
    /// Repeated on its way: what is answered is the second.
    Twice,
    /// Done, and the answer cut short.
    Cut,
    /// A 500, kept for the key.
    Stored500 {
        done: bool,
    },
    /// Refused before anything is executed or kept.
    Says(Box<ApiError>),
    /// The answer never comes.
    Hang {
        done: bool,
    },
    /// A success that speaks of something else.
    Other(Value),
}
