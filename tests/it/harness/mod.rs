//! What the tests drive the program with.

pub(crate) mod desk;
pub(crate) mod pty;
