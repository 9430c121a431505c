//! What several tests need to drive the program from outside.

pub(crate) mod program;
pub(crate) mod pty;
