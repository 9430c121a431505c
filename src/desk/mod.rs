//! The desk without its screen: state, what changes it, and what it wants done. Pure: no I/O, no clock, no lock, no runtime.

pub mod bottom;
pub mod columns;
pub mod data;
pub mod json;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod modals;
pub mod panes;
pub mod question;
pub mod sheet;
pub mod state;
pub mod summary;
mod update;

pub use key::Key;
pub use message::{Command, Commands, Message};
pub use question::{Answer, Question};
pub use state::State;
pub use update::update;
