//! Answers to what customers ask, as pure functions on models: why a charge, whether twice, what before a refund, what happened when;
//! and to what a lead asks: what was refunded, and what stands out. What must be read is told as data, round by round, so that the desk,
//! the command line and an assistant gather alike; an answer says nothing that was not read.

pub mod bag;
pub mod done;
mod due;
pub mod duplicates;
pub mod explain;
mod halves;
pub mod monitor;
mod names;
pub mod news;
pub mod open;
pub mod outcomes;
pub mod payment;
pub mod preflight;
pub mod radar;
pub mod reply;
pub mod timeline;
pub mod told;
mod upcoming;
pub mod want;

pub use bag::{Bag, Why};
pub use due::Due;
pub use upcoming::Upcoming;
pub use want::{Found, Look, Want};

/// What is looked up by the hundred thousand: quick, and nobody gains by choosing names that it sorts badly.
pub(crate) type Quick<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// Rounds of reading for one answer. More would be a question that leads in circles.
pub const ROUNDS_MOST: usize = 24;
