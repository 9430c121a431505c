//! The real binary against the sandbox over real sockets, with a home of its own.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::{Command, Output},
};

use paydesk::sandbox::{self, Faults, Options, Running};
use serde_json::Value;

/// A sandbox, a private home, and the binary between them.
pub(crate) struct Case {
    runtime: tokio::runtime::Runtime,
    pub(crate) running: Running,
    pub(crate) home: tempfile::TempDir,
}

impl Case {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        // Whoever does not say how many gets a few.
        let many = options.customers == Options::default().customers;
        let customers = if many { 20 } else { options.customers };
        Self::serving(Options { customers, ..options })
    }

    /// With as many customers as the options say.
    pub(crate) fn serving(options: Options) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let running = runtime.block_on(sandbox::start(options)).unwrap();
        Self { runtime, running, home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
        command
            .args(line.split_whitespace())
            .env_clear()
            .env("PAYDESK_DATA_DIR", self.home.path().join("data"))
            .env("PAYDESK_CONFIG", self.home.path().join("config.toml"))
            .env("PAYDESK_AGENT", "maya")
            .env("STRIPE_API_BASE", self.running.base_url())
            .env("STRIPE_API_KEY", self.running.secret_key());
        if !self.home.path().join("config.toml").exists() {
            std::fs::write(self.home.path().join("config.toml"), "version = 1\n").unwrap();
        }
        command
    }

    pub(crate) fn run(&self, line: &str) -> (i32, String, String) {
        said(self.command(line).output().unwrap())
    }

    /// With `--json`: the exit code and the document.
    pub(crate) fn json(&self, line: &str) -> (i32, Value) {
        let (code, out, err) = self.run(&format!("{line} --json"));
        let document =
            serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}\n{out}\n{err}"));
        (code, document)
    }

    /// A charge in US dollars with at least `least` cents left to refund, made for this purpose by nobody: found.
    pub(crate) fn charge(&self, least: i64) -> String {
        let (code, found) = self.json("customer ada@example.com");
        assert_eq!(code, 0, "{found}");
        let fits = |charge: &&Value| {
            charge["currency"] == "usd"
                && charge["status"] == "succeeded"
                && charge["disputed"] == false
                && charge["amount_refunded"] == 0
                && charge["amount"].as_i64() >= Some(least)
        };
        let charges = found["result"]["charges"].as_array().unwrap();
        charges.iter().find(fits).expect("a charge to refund")["id"].as_str().unwrap().to_owned()
    }

    /// A subscription of Ada's that goes on.
    pub(crate) fn plan(&self) -> String {
        let (_, found) = self.json("customer ada@example.com");
        let all = found["result"]["subscriptions"].as_array().unwrap();
        all.iter().find(|one| one["status"] == "active").unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Whoever of those who have charges was deleted.
    pub(crate) fn deleted(&self) -> String {
        let charges = self.json("run list_charges --all").1;
        let all = charges["result"].as_array().unwrap().iter();
        let mut customers: Vec<_> = all.filter_map(|one| one["customer"].as_str()).collect();
        customers.sort_unstable();
        customers.dedup();
        let is_deleted = |id: &&&str| get(&self.running, &format!("/v1/customers/{id}"))["deleted"] == true;
        (*customers.iter().find(is_deleted).expect("a deleted customer")).to_owned()
    }

    /// How often a refund arrived at the sandbox and was executed, by what is there now.
    pub(crate) fn refunded(&self, charge: &str) -> i64 {
        let (_, found) = self.json(&format!("find {charge}"));
        found["result"][0]["amount_refunded"].as_i64().unwrap()
    }

    pub(crate) fn faults(&self, spec: &str) {
        self.running.set_faults(Faults::parse(spec).unwrap());
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
    }
}

pub(crate) fn said(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// What is true at the sandbox, asked past paydesk.
pub(crate) fn get(running: &Running, path: &str) -> Value {
    call(running, "GET", path, "").1
}

/// Any call past paydesk: its status, and what came back.
pub(crate) fn call(running: &Running, method: &str, path: &str, form: &str) -> (u16, Value) {
    let address = running.base_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let (key, length) = (running.secret_key(), form.len());
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body =
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{method} {path}: {error}\n{answer}"));
    (status, body)
}
