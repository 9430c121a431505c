//! Worlds in which everything goes wrong: the real gate, policy, ledger, retries and desk, at a second Stripe, in a time that
//! passes as it is told to, on one thread, from one number. The same number is the same world, step by step.
//!
//! What is real ends at two places. Below [`crate::stripe::Transport`] stands a line that loses, doubles and delays, and behind it
//! a Stripe that is written apart from the sandbox. Around [`crate::ledger::Ledger`], which is the real one on a real folder, stands
//! a disk that can be full. A process can be killed wherever it waits: what it had on disk stays, what it had sent goes on.
//!
//! After every step it is looked at what must hold (`truth`). A failure says its seed, what was drawn, and what happened last:
//!
//! ```text
//! PAYDESK_SEED=17 cargo test --features long --lib simulator::tests::one -- --nocapture
//! PAYDESK_SEEDS=100000 cargo test --release --features long --lib simulator::tests::many -- --nocapture
//! ```

mod crew;
mod desk;
mod disk;
mod fault;
mod fingers;
mod keys;
mod net;
mod options;
mod planted;
mod plants;
mod processes;
mod report;
mod script;
mod sim;
mod stripe;
mod tests;
mod truth;
mod world;
