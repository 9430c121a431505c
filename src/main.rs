//! The binary: everything is in the library, so that tests and benches can reach it, and is compiled there once.

use std::process::ExitCode;

fn main() -> ExitCode {
    paydesk::cli::start(std::env::args_os())
}
