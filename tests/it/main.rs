//! The one integration binary: screens, flows, faults and the shape of the source tree.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod docs;
mod harness;
mod layering;
mod pty;
