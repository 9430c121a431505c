//! The real binary: in an environment of its own, its answers as JSON, and a sandbox that ends with the test.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;

/// A debug build on a busy machine; only a hanging program waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// What the program takes from the environment, and nothing of ours.
const KEPT: &[&str] = &["PATH", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE", "TMPDIR"];

pub(crate) fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_paydesk")
}

/// The variables that are handed on.
pub(crate) fn environment() -> Vec<(String, String)> {
    std::env::vars().filter(|(name, _)| KEPT.contains(&name.as_str())).collect()
}

/// The program with `home` as its whole world: data, settings and home folder lie below it.
pub(crate) fn paydesk(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).env_clear().envs(environment());
    command.env("HOME", home).env("XDG_CONFIG_HOME", home.join("config"));
    command.env("PAYDESK_DATA_DIR", home.join("data")).stdin(Stdio::null());
    command
}

/// The one JSON document on its standard output.
pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "no JSON ({error}), {}:\n{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// `paydesk sandbox` as a process of its own.
pub(crate) struct Sandbox {
    child: Child,
    pub(crate) base: String,
    pub(crate) key: String,
}

impl Sandbox {
    /// Started on a free port, with `options` of its command line.
    pub(crate) fn start(home: &Path, options: &[&str]) -> Self {
        let mut arguments = vec!["sandbox", "--listen", "127.0.0.1:0"];
        arguments.extend(options);
        let mut command = paydesk(home, &arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, told) = mpsc::channel();
        // Its output is read to the end, so that it never waits for us.
        thread::spawn(move || {
            while let Some(Ok(line)) = lines.next() {
                let _ended = tell.send(line);
            }
        });
        let line = told.recv_timeout(PATIENCE).expect("the sandbox says where it listens");
        let word = |start: &str| {
            let found = line.split(|c: char| c.is_whitespace() || "\"',".contains(c));
            found.map(ToOwned::to_owned).find(|word| word.starts_with(start))
        };
        let base = word("http://").unwrap_or_else(|| panic!("no address in {line:?}"));
        let key = word("sk_test_").unwrap_or_else(|| panic!("no key in {line:?}"));
        Self { child, base, key }
    }

    /// A command against this sandbox.
    pub(crate) fn paydesk(&self, home: &Path, arguments: &[&str]) -> Command {
        let mut command = paydesk(home, arguments);
        command.env("STRIPE_API_KEY", &self.key).env("STRIPE_API_BASE", &self.base);
        command
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
