//! The embedded Stripe stand-in: a stateful, seeded server that speaks Stripe's protocol over loopback HTTP.
//! It is written from what Stripe does, knows nothing of the rest of the program, and the rest reaches it
//! only by HTTP.
#![expect(
    clippy::result_large_err,
    reason = "a refusal ends a request: its size costs nothing, boxing would hide its words"
)]

mod asked;
mod auth;
mod call;
mod clock;
mod error;
mod exchange;
mod expand;
mod fault;
mod form;
mod idempotency;
mod limit;
mod params;
mod reply;
mod restrict;
mod router;
mod routes;
mod search;
mod seen;
mod server;
mod wire;
mod world;

pub use auth::Holder;
pub use call::{Access, Call, Method};
pub use clock::Clock;
pub use fault::{FAULT_HELP, FaultError, Faults};
pub use restrict::{RestrictError, Restrictions};
pub use seen::Seen;
pub use server::{Options, Running, SEARCH_LAG, StartError, start};
