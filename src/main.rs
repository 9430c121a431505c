//! The binary: everything is in the library, so that tests and benches can reach it.

use std::{panic::AssertUnwindSafe, process::ExitCode, time::Duration};

use paydesk::{
    cli::{self, exit, out::note},
    runtime::panics,
};

/// Two are enough: requests wait, they do not compute, and the desk draws on the thread that starts it.
const WORKERS: usize = 2;
/// What still blocks after the command has ended was counted as unknown; it is not waited for.
const SHUTDOWN: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    panics::install();
    let parsed = match cli::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => {
            let _told = note(&format!("this system starts no threads: {error}"));
            return ExitCode::from(exit::DEFECT);
        }
    };
    // A panic has been reported by the hook, which also gave the terminal back.
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(cli::main(parsed))));
    runtime.shutdown_timeout(SHUTDOWN);
    ended.unwrap_or_else(|_panic| {
        let _told = note("this is a defect of paydesk: please report it");
        ExitCode::from(exit::DEFECT)
    })
}
