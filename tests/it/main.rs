//! The one integration binary: screens, flows, faults and the shape of the source tree.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod afterwards;
mod agreement;
mod answers;
mod audit;
mod batches;
#[cfg(unix)]
mod between;
mod caps;
mod catalogue;
mod changed;
mod cli;
mod config;
#[cfg(unix)]
mod desk_killed;
mod docs;
mod every_action;
mod exits;
mod faults;
mod flows;
mod foretold;
mod harness;
mod hostile;
mod inbox;
mod keys;
#[cfg(unix)]
mod kill;
mod layering;
mod limits;
mod letter;
mod line;
mod live;
#[cfg(unix)]
mod login;
mod looks;
mod mcp;
mod merged;
mod mistakes;
mod monitor;
#[cfg(unix)]
mod mouse;
mod notes;
mod mutations;
mod nulls;
mod pages;
mod palette;
mod panes;
mod policy;
#[cfg(unix)]
mod privacy;
#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod profiles;
mod reads;
#[cfg(unix)]
mod recent;
mod replay;
#[cfg(unix)]
mod sandbox;
mod screens;
mod safety;
mod second_person;
mod shells;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod sittings;
mod styles;
mod two_desks;
mod twice;
mod watch;
mod ways;
mod webhook;
mod whole;
mod why;
