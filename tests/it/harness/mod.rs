//! What the tests drive the program with.

pub(crate) mod command;
pub(crate) mod desk;
pub(crate) mod pty;
pub(crate) mod sitting;
pub(crate) mod strangers;
