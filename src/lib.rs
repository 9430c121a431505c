//! paydesk: the terminal desk for billing support at Stripe speed.
//!
//! Data flows one way. Keys, replies and timers become messages; `desk::update` turns a message into a new
//! state and a list of commands, and touches nothing else; `runtime` carries the commands out; `ui::view`
//! draws the state. Whatever changes something at Stripe goes through `gate`, which makes an
//! intent only from a `policy::Approved`, and only `policy::approve` can make that.
//!
//! ```text
//!   key · mouse · timer · reply
//!             │  one channel, one order
//!             ▼
//!    desk::update(&mut State, Message) ──► Commands              pure
//!             │                               │
//!             ▼                               ▼
//!    ui::view(&State, &Theme, &mut Frame)   runtime::tasks            read lane · write lane
//!             pure                            │
//!                                             ▼
//!                                    gate (Approved)             reserve → intent on disk → send → settle → audit
//! ```
//!
//! The modules below stand in the order of their layers: a file uses only what stands above its own row
//! (`tests/it/layering.rs` holds this), and `sandbox` stands apart from all of them.

pub mod money;
pub mod time;
pub mod text;
pub mod request;
pub mod model;
pub mod actions;
pub mod policy;
pub mod answers;
pub mod stripe;
pub mod ledger;
pub mod gate;
pub mod config;
pub mod desk;
pub mod ui;
pub mod runtime;
pub mod mcp;
pub mod cli;

#[cfg(test)]
mod simulator;

pub mod sandbox;

#[cfg(test)]
extern crate self as paydesk;
#[cfg(test)]
#[path = "../tests/it/pages.rs"]
mod pages;
