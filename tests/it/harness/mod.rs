//! What the tests drive the program with.

pub mod desk;
pub(crate) mod pty;
