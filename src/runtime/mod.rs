//! Everything that the pure desk is not: the terminal, keys and signals, the two lanes of tasks, and the loop that joins
//! them to `desk::update` over one channel, so that there is one order of what happened.

pub mod browser;
pub mod changes;
pub mod clipboard;
pub mod dumps;
pub mod execute;
pub mod inbox;
pub mod input;
pub mod log;
pub mod panics;
pub mod policy_file;
pub mod record;
mod run;
mod screen;
pub mod signals;
pub mod tasks;
pub mod terminal;
pub mod through_gate;
pub mod trouble;
pub mod unseen;

pub use changes::Changes;
pub use execute::{Outside, Wire};
pub use run::{Desk, Draw, Left, run};
pub use terminal::{NoTerminal, Terminal};
pub use trouble::trouble;

use crate::desk::Message;

/// What can arrive at the loop.
#[derive(Debug)]
pub enum Event {
    Desk(Message),
    /// Ctrl-Z at the shell's own key, or from outside.
    Suspend,
    /// Back from being stopped: the terminal may have been used by others.
    Continued,
    /// The terminal is gone.
    Hangup,
}

/// Waiting events, at most: whoever produces more waits.
pub const EVENTS_MOST: usize = 1_024;
