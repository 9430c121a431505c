//! The desk without its screen: state, what changes it, and what it wants done. Pure: no I/O, no clock, no lock, no runtime.

pub mod afterwards;
pub mod binding;
pub mod bottom;
mod candidates;
pub mod changed;
pub mod columns;
pub mod data;
mod debug;
pub mod draft;
mod fields;
#[cfg(test)]
mod fixture;
pub mod finder;
pub mod flow;
pub mod form;
mod fuzzy;
pub mod json;
pub mod key;
pub mod keymap;
mod lanes;
pub mod layout;
mod linked;
pub mod listing;
pub mod links;
pub mod message;
pub mod modals;
pub mod panes;
pub mod picking;
pub mod question;
pub mod records;
pub mod scattered;
pub mod sheet;
pub mod source;
pub mod start;
pub mod state;
pub mod summary;
pub mod tabs;
mod update;
pub mod usable;
pub mod verdict;
mod words;

pub use key::Key;
pub use message::{Command, Commands, Message};
pub use question::{Answer, Question};
pub use state::State;
pub use update::{start, update};
