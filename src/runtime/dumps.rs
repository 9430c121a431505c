//! No core file and no look from outside: a key and customers are in this process's memory, and what is on disk outlives it.

/// Asks the system for it, before anything secret is read. A system that knows no such thing goes on without.
#[cfg(unix)]
pub fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _unlimited_where_refused = setrlimit(Resource::Core, none);
    // The limit does not hold for a core that is handed to a program.
    #[cfg(target_os = "linux")]
    let _dumpable_where_refused =
        rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(not(unix))]
pub fn forbid() {}
