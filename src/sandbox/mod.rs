//! The embedded Stripe stand-in: a stateful, seeded server that speaks Stripe's protocol over loopback HTTP.
//! It is written from what Stripe does, knows nothing of the rest of the program, and the rest reaches it
//! only by HTTP.

mod call;
mod error;
mod routes;
mod world;

pub use call::{Access, Call, Method};
