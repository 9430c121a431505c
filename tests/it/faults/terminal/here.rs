//! This machine fails: its clock, its disk, its ledger, its rules; or its terminal sends what nobody typed.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::PathBuf,
    process::Command,
};

use paydesk::{
    ledger::IntentState::{Settled, Withdrawn},
    sandbox::Clock,
};
use portable_pty::CommandBuilder;

use super::*;
use crate::{
    faults::machine::{NOBODY, give_away, ledger},
    harness::sitting::WIDE,
};

const MOST_50: &str =
    "[refunds]\nmax = { usd = \"50.00\" }\nautomatic = { usd = \"50.00\" }\nreason = \"required\"\n";
const MOST_10: &str =
    "[refunds]\nmax = { usd = \"10.00\" }\nautomatic = { usd = \"10.00\" }\nreason = \"required\"\n";
const BROKEN: &str = "[refundz]\n";

fn clock(shift_s: i64) -> Place {
    let clock = Clock::real();
    clock.shift(shift_s);
    Place { sandbox: Options { clock, ..Options::default() }, ..usual() }
}

/// At the end of the top line; a minute may be over since the clocks were set.
fn clock_said(pty: &Pty) -> String {
    let top = lines(&pty.text().replace("59 min", "60 min"), "clock");
    top.find("clock").map(|at| top[at..].to_owned()).unwrap_or_default()
}

/// A refund was made with this ledger before something befell it.
fn used(case: &Case) -> PathBuf {
    let line = format!("run refund_charge charge={} amount=1 reason=duplicate", case.charge(4_900));
    assert_eq!(case.run(&line).0, 0);
    case.running.forget_requests();
    ledger(case)
}

fn overwritten(case: &Case) {
    fs::write(used(case), "notes\n".repeat(3_000)).unwrap();
}

fn cut_short(case: &Case) {
    fs::OpenOptions::new().write(true).open(used(case)).unwrap().set_len(5_000).unwrap();
}

fn of_a_newer_version(case: &Case) {
    let other = rusqlite::Connection::open(used(case)).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
}

impl Sitting {
    /// Into the policy file, while the desk is open.
    fn rules(&self, text: &str) {
        // In one step: half a file would be rules that break.
        let (new, file) = ["policy.new", "policy.toml"].map(|name| self.case.home.path().join(name)).into();
        fs::write(&new, format!("version = 1\n{text}")).unwrap();
        fs::rename(new, file).unwrap();
    }

    /// No file grows any more.
    #[cfg(target_os = "linux")]
    fn fills_the_disk(&self) {
        let pid = self.pty.pid().to_string();
        let set = Command::new("prlimit").args(["--pid", &pid, "--fsize=1:"]).status();
        assert!(set.unwrap().success(), "prlimit");
    }

    /// What a terminal sends for a paste.
    fn pastes(&mut self, text: &str) {
        self.pty.press(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// `r` on Ada's newest charge: no form opens.
    fn tries(&mut self) {
        self.ada();
        self.keys(&[("r", "read-only:")]);
    }
}

/// What the form says of the rules, and what is told.
fn verdict(pty: &Pty) -> String {
    let form = boxed(pty, "Refund");
    let rules = form.lines().skip_while(|row| !row.contains("── before it is sent"));
    let rules: String =
        rules.skip_while(|row| !row.contains(['✔', '✖', '!'])).flat_map(|row| [row, "\n"]).collect();
    rules + &told(pty)
}

const ROWS: &[Row] = &[
    Row {
        at: || clock(3_600),
        shows: clock_said,
        ..row("an hour behind", Sitting::ada, "clock 60 min", &[])
    },
    Row {
        at: || clock(-3_600),
        shows: clock_said,
        ..row("an hour ahead", Sitting::ada, "clock 60 min", &[])
    },
    row(
        "another program holds the ledger",
        |s| {
            s.refund();
            let other = rusqlite::Connection::open(ledger(&s.case)).unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            s.other = Some(other);
            s.pty.press("\r");
        },
        "another program",
        &[],
    ),
    Row {
        at: || Place { before: overwritten, ..usual() },
        ..row("the ledger is overwritten", Sitting::ada, "could not be looked up", &[])
    },
    Row {
        at: || Place { before: cut_short, ..usual() },
        ..row("the ledger is cut short", Sitting::tries, "read-only", &[])
    },
    Row {
        at: || Place { before: of_a_newer_version, ..usual() },
        ..row("the ledger is of a newer version", Sitting::ada, "HOME/data", &[])
    },
    Row {
        at: || Place { rules: MOST_50, ..usual() },
        shows: verdict,
        ..row(
            "the rules get tighter while the form is open",
            |s| {
                s.refund();
                s.rules(MOST_10);
            },
            "$10.00",
            &[],
        )
    },
    Row {
        at: || Place { rules: MOST_50, ..usual() },
        shows: verdict,
        ..row(
            "the rules break while the form is open",
            |s| {
                s.refund();
                s.rules(BROKEN);
            },
            "refundz",
            &[],
        )
    },
    Row {
        at: || Place { rules: MOST_50, ..held() },
        ..row(
            "the rules get tighter while it is held",
            |s| {
                s.hold();
                s.rules(MOST_10);
            },
            "nothing was sent",
            &[Withdrawn],
        )
    },
    Row {
        at: || Place { rules: MOST_50, ..held() },
        ..row(
            "the rules break while it is held",
            |s| {
                s.hold();
                s.rules(BROKEN);
            },
            "nothing was sent",
            &[Withdrawn],
        )
    },
    Row {
        shows: |pty| boxed_at_rest(pty, "1 Customers"),
        ..row(
            "a million pasted bytes",
            |s| {
                s.pty.until_text("SANDBOX");
                s.pastes(&"25.00\r\n".repeat(150_000));
                s.pty.until_text("25.00");
            },
            "25.00",
            &[],
        )
    },
    Row {
        at: held,
        ..row(
            "Enter is held",
            |s| {
                s.refund();
                s.pty.press(&"\r".repeat(200));
            },
            "refunded $20.00",
            &[Settled],
        )
    },
    Row {
        at: || Place { rules: "[subscriptions]\ncancel = [\"period_end\"]\n", ..usual() },
        shows: |pty| lines(&boxed(pty, "Cancel subscription"), "Type Pro"),
        ..row(
            "a paste in the field that confirms",
            |s| {
                s.keys(&[("grace@", "Grace Hopper"), ("\r", "● Pro "), ("3", "x cancel")]);
                s.keys(&[("x", "Type Pro to confirm"), ("\x1b[Z", "▸Type")]);
                s.pastes("Pro\r\nPro\r\n");
                // What was pasted is behind it once this is there.
                s.pty.press("P");
            },
            "[ P  ",
            &[],
        )
    },
    Row {
        at: || Place { variables: &[("LANG", "C")], ..usual() },
        ..row("the locale knows no UTF-8", |s| s.pty.until_text("SANDBOX"), "UTF-8", &[])
    },
    Row {
        shows: stays,
        ..row(
            "a small window",
            |s| {
                s.ada();
                s.pty.resize(40, 10);
            },
            "50 × 12",
            &[],
        )
    },
    Row {
        shows: |pty| {
            let edges = edges(pty, "1 Customers") + &edges(pty, "2 Charges") + &edges(pty, "4 Invoices");
            if rests(pty) { edges } else { String::new() }
        },
        ..row(
            "a window of one cell, then a wall of them",
            |s| {
                s.ada();
                s.pty.resize(1, 1);
                s.pty.resize(500, 200);
            },
            "4 Invoices ─ 14",
            &[],
        )
    },
];

#[test]
fn what_is_told_when_this_machine_fails() {
    insta::assert_snapshot!(live_through_all(ROWS));
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_told_when_the_disk_is_full() {
    const FULL: Row = row(
        "the disk is full",
        |s| {
            s.refund();
            s.fills_the_disk();
            s.pty.press("\r");
        },
        "disk",
        &[],
    );
    insta::assert_snapshot!(live_through(&FULL));
}

/// Whoever may do everything may write everywhere: there the desk is somebody else's.
#[cfg(target_os = "linux")]
#[test]
fn what_is_told_when_the_folder_cannot_be_written() {
    let case = Case::new();
    assert_eq!(case.run("find ada@example.com").0, 0);
    let data = case.home.path().join("data");
    let all = fs::metadata(&data).unwrap().uid() == 0;
    if all {
        give_away(case.home.path(), NOBODY);
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
    let own = env!("CARGO_BIN_EXE_paydesk");
    let mut command = CommandBuilder::new(if all { "setpriv" } else { own });
    if all {
        command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups", own]);
    }
    let config = case.home.path().join("config.toml");
    let variables = [
        ("PATH", "/usr/bin:/bin"),
        ("TERM", "xterm-256color"),
        ("PAYDESK_CONFIG", config.to_str().unwrap()),
        ("PAYDESK_AGENT", "maya"),
        ("STRIPE_API_BASE", case.running.base_url()),
        ("STRIPE_API_KEY", case.running.secret_key()),
    ];
    let pty = Pty::run(case.home.path(), WIDE, command, &variables);
    let mut sitting = Sitting { case, pty, other: None, unplugged: false };
    sitting.tries();
    insta::assert_snapshot!(told(&sitting.pty));
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
}
