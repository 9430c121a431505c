//! Whatever is done and however it breaks off: the key and the customer's name, address and card reach neither stderr
//! nor the log nor any file.
//!
//! One file holds of people what the agent confirmed, since that is its purpose: the ledger, with the note, the sentence
//! (`refund $5.00 of ch_… to visa ··4242`) and what was sent, which is a new name or address where that is the change. What was
//! only read, and keys, are not even there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use paydesk::sandbox::{self, Options, Running};
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::pty::Pty;

const NAME: &str = "Ada Lovelace";
const EMAIL: &str = "ada@example.com";
const NOTE: &str = "met-her-in-Turin";
/// As a customer is called by a change.
const RENAMED: &str = "Augusta-King";
const LEDGER: &str = "ledger.sqlite3";
/// A copy of it, which may hold what it holds.
const COPY: &str = "copy.sqlite3";
const SIGNING: &str = "whsec_PlantedSigningSecret42";
/// What is printed of our own: nobody's name stands even in the result.
const OWN: &[&str] = &[
    "audit list --all",
    "audit verify",
    "audit export --format csv",
    "audit export --format jsonl",
    "audit reconcile --days 2",
    "pending",
    "pending --resolve",
    "policy check",
    "config show",
    "doctor",
    "webhook --listen 0.0.0.0:0",
    "audit backup",
];

struct Case {
    running: Running,
    home: TempDir,
}

impl Case {
    fn new(runtime: &tokio::runtime::Runtime) -> Self {
        let running =
            runtime.block_on(sandbox::start(Options { customers: 20, ..Options::default() })).unwrap();
        let home = TempDir::new().unwrap();
        fs::write(home.path().join("config.toml"), "version = 1\n").unwrap();
        Self { running, home }
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("paydesk.log")
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TERM", "xterm-256color".into()),
            ("PAYDESK_DATA_DIR", self.home.path().join("data").display().to_string()),
            ("PAYDESK_CONFIG", self.home.path().join("config.toml").display().to_string()),
            ("PAYDESK_AGENT", "maya".into()),
            ("PAYDESK_LOG", self.log().display().to_string()),
            ("STRIPE_API_BASE", self.running.base_url().to_owned()),
            ("STRIPE_API_KEY", self.running.secret_key().to_owned()),
            ("STRIPE_WEBHOOK_SECRET", SIGNING.to_owned()),
        ]
    }

    /// What is printed as the result, which is for whoever asked; stderr is added to `heard`.
    fn run(&self, line: &str, heard: &mut Vec<u8>) -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
        command.args(line.split_whitespace()).arg("--json").env_clear().envs(self.variables());
        let output = command.output().unwrap();
        heard.extend(output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// As a table; what is printed is added to `heard` too.
    fn own(&self, line: &str, heard: &mut Vec<u8>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
        command.args(line.split_whitespace()).env_clear().envs(self.variables());
        if line == "audit backup" {
            command.arg(self.home.path().join(COPY));
        }
        let output = command.output().unwrap();
        assert!(output.status.code().is_some(), "{line} was killed");
        heard.extend(output.stdout);
        heard.extend(output.stderr);
    }

    /// What is read of a customer and a charge, and what is printed of our own, which is given back.
    fn everything_own(&self, customer: &str, charge: &str, stderr: &mut Vec<u8>) -> Vec<u8> {
        for line in ["timeline", "duplicates"] {
            self.run(&format!("{line} {customer}"), stderr);
        }
        self.run(&format!("explain {charge}"), stderr);
        let mut own = Vec::new();
        for line in OWN {
            self.own(line, &mut own);
        }
        assert!(
            holds(&own, "update_customer") && holds(&own, "all agree"),
            "the commands did what they are for"
        );
        own
    }

    /// The desk finds the customer, opens them, and breaks off with a message that quotes the search box.
    fn broken_off(&self) -> Vec<u8> {
        let variables = self.variables();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut pty = Pty::start_with(self.home.path(), (140, 42), "--panic-after 200", &variables);
        pty.until_text("Customers");
        pty.press(EMAIL);
        pty.until_text(NAME);
        pty.press("\r");
        pty.until_text("visa ··");
        pty.press("/");
        while !pty.has_ended() {
            let before = pty.bytes().len();
            pty.press("x");
            pty.until("another frame, or the end", |pty| pty.bytes().len() > before || pty.has_ended());
        }
        assert_eq!(pty.end().exit_code(), 1);
        let left = b"\x1b[?1049l";
        let at = pty.bytes().windows(left.len()).rposition(|window| window == left).unwrap();
        pty.bytes()[at..].to_vec()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[test]
fn nothing_about_a_customer_and_no_key_leaks() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let case = Case::new(&runtime);
    let mut stderr = Vec::new();
    let found = case.run(&format!("customer {EMAIL}"), &mut stderr);
    assert_eq!(found["result"]["customer"]["name"], NAME, "the planted customer is the one: {found}");
    let fits = |charge: &&Value| {
        charge["status"] == "succeeded"
            && charge["disputed"] == false
            && charge["amount_refunded"] == 0
            && charge["payment_method_details"]["card"]["last4"].is_string()
            && charge["currency"] == "usd"
            && charge["amount"].as_i64() > Some(1_000)
    };
    let charge = found["result"]["charges"].as_array().unwrap().iter().find(fits).unwrap();
    let (id, digits) = (&charge["id"], charge["payment_method_details"]["card"]["last4"].as_str().unwrap());
    let id = id.as_str().unwrap();
    case.run(&format!("find {EMAIL}"), &mut stderr);
    let done = case
        .run(&format!("run refund_charge charge={id} amount=5 reason=duplicate note={NOTE}"), &mut stderr);
    assert_eq!(done["ok"], true, "{done}");
    for fails in [
        format!("run refund_charge charge={id} amount=5 reason=duplicate note={NOTE} --yes"),
        format!("run refund_charge charge=ch_none amount=5 reason=duplicate note={NOTE} --yes"),
        format!("run refund_charge charge={id} amount=99999999 reason=duplicate note={NOTE} --yes"),
        "find nobody@example.com".to_owned(),
        "customer cus_none".to_owned(),
    ] {
        case.run(&fails, &mut stderr);
    }
    let crash = case.broken_off();
    let said = String::from_utf8_lossy(&crash);
    assert!(said.contains("broke off at") && said.contains("kept back"), "it was a panic: {said}");
    let customer = found["result"]["customer"]["id"].as_str().unwrap();
    let renamed =
        case.run(&format!("run update_customer customer={customer} name={RENAMED} --yes"), &mut stderr);
    assert_eq!(renamed["ok"], true, "{renamed}");

    let own = case.everything_own(customer, id, &mut stderr);
    let key = case.running.secret_key();
    let card = format!("··{digits}");
    let secrets = [key, NAME, EMAIL, "Lovelace", "nobody@example.com", NOTE, card.as_str(), RENAMED, SIGNING];
    let mut places = vec![
        ("stderr".to_owned(), stderr),
        ("our own output".to_owned(), own),
        ("the crash".to_owned(), crash),
    ];
    let all = files(case.home.path());
    assert!(all.iter().any(|path| path.ends_with(LEDGER)) && all.contains(&case.log()), "{all:?}");
    for path in all {
        places.push((path.display().to_string(), fs::read(&path).unwrap()));
    }
    for (place, bytes) in places {
        let may = if place.contains(LEDGER) || place.contains(COPY) {
            [NOTE, card.as_str(), RENAMED]
        } else {
            [""; 3]
        };
        for secret in secrets.iter().filter(|secret| !may.contains(*secret)) {
            assert!(!holds(&bytes, secret), "{secret} stands in {place}");
        }
        if place.ends_with(LEDGER) {
            assert!([NOTE, RENAMED].iter().all(|sent| holds(&bytes, sent)), "the search finds what is there");
        }
    }
    let _inside = runtime.enter();
    drop(case);
}

/// The limit and the flag that the system heeds, of a desk that is open.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_broken_off_leaves_no_core_file() {
    use std::os::unix::process::ExitStatusExt as _;
    let folder = TempDir::new().unwrap();
    let script = format!("ulimit -c unlimited; exec {} sandbox --customers 5", env!("CARGO_BIN_EXE_paydesk"));
    let mut command = Command::new("sh");
    let command =
        command.args(["-c", &script]).current_dir(folder.path()).stdout(std::process::Stdio::piped());
    let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    let mut said = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut said)
        .unwrap();
    assert!(!said.is_empty(), "it has started");
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    assert!(Command::new("kill").args(["-ABRT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait().unwrap();
    assert!(ended.signal() == Some(6) && !ended.core_dumped(), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was left");
}

/// What `ps` shows of it while it runs, and of what it starts.
#[cfg(target_os = "linux")]
#[test]
fn no_process_list_shows_a_key() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let case = Case::new(&runtime);
    let variables = case.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut pty = Pty::start_with(case.home.path(), (140, 42), "", &variables);
    pty.until_text("Customers");
    pty.press(EMAIL);
    pty.until_text(NAME);
    let own = fs::read(format!("/proc/{}/cmdline", pty.pid())).unwrap();
    // Of it and of what it started: others on this machine are named what they like.
    let id = pty.pid().to_string();
    let listed = Command::new("ps").args(["-o", "args=", "-p", &id, "--ppid", &id]).output().unwrap().stdout;
    assert!(holds(&listed, "paydesk"), "it is in the list");
    for secret in [case.running.secret_key(), NAME, EMAIL] {
        assert!(!holds(&own, secret) && !holds(&listed, secret), "{secret} is in the process list");
    }
    pty.signal("TERM");
    assert_eq!(pty.end().exit_code(), 0);
    let _inside = runtime.enter();
    drop(case);
}

/// Keys end where they begin to be secret, and a card shows its last four digits alone.
#[test]
fn no_snapshot_holds_a_key_or_a_card() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all: Vec<_> = ["src", "tests"].iter().flat_map(|folder| files(&root.join(folder))).collect();
    let snapshots: Vec<_> =
        all.iter().filter(|path| path.extension().is_some_and(|end| end == "snap")).collect();
    assert!(snapshots.len() > 100, "{}", snapshots.len());
    for path in snapshots {
        let text = fs::read_to_string(path).unwrap();
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let key = ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "whsec_"]
                .iter()
                .find_map(|kind| word.strip_prefix(kind));
            assert!(key.is_none_or(|rest| rest.len() <= 4), "{}: {word}", path.display());
            let card = word.len() >= 13 && word.len() <= 19 && word.bytes().all(|byte| byte.is_ascii_digit());
            // The one that Stripe prints for whoever tries things out.
            assert!(!card || word == "4242424242424242", "{}: {word}", path.display());
        }
    }
}
