//! How the desk ends, or does not begin, and what stands on the screen that stays.

use paydesk::ledger::IntentState::{Sending, Settled, Withdrawn};
use portable_pty::CommandBuilder;

use super::*;
use crate::harness::sitting::WIDE;

impl Sitting {
    fn told_to_end(&mut self, signal: &str) {
        self.pty.signal(signal);
        assert_eq!(self.pty.end().exit_code(), 0, "{}", self.pty.text());
    }
}

const ROWS: &[Row] = &[
    Row {
        shows: stays,
        ..row(
            "told to end with nothing under way",
            |s| {
                s.pty.until_text("SANDBOX");
                s.told_to_end("TERM");
            },
            "",
            &[],
        )
    },
    Row {
        at: held,
        shows: stays,
        ..row(
            "told to end while a refund is held",
            |s| {
                s.pty.until_text("SANDBOX");
                s.hold();
                s.told_to_end("TERM");
            },
            "",
            &[Withdrawn],
        )
    },
    Row {
        shows: stays,
        ..row(
            "hung up while a refund is sent",
            |s| {
                s.pty.until_text("SANDBOX");
                s.sends_into("slow=2000@POST /v1/refunds");
                s.pty.until_text("refunding");
                s.told_to_end("HUP");
            },
            "",
            &[Settled],
        )
    },
    Row {
        shows: stays,
        ..row(
            "told to end twice while a refund is sent",
            |s| {
                s.pty.until_text("SANDBOX");
                s.sends_into("slow=60000@POST /v1/refunds");
                s.pty.until_text("refunding");
                s.pty.signal("TERM");
                s.told_to_end("INT");
            },
            "not known how it ended",
            &[Sending],
        )
    },
    Row {
        at: || Place { variables: &[("TERM", "dumb")], ..usual() },
        shows: stays,
        ..row("a terminal that cannot draw", |s| assert_eq!(s.pty.end().exit_code(), 2), "paydesk run", &[])
    },
];

#[test]
fn what_stands_on_the_screen_that_stays() {
    insta::assert_snapshot!(live_through_all(ROWS));
}

#[test]
fn what_a_panic_leaves() {
    let home = tempfile::tempdir().unwrap();
    let line = "demo --customers 20 --panic-after 2";
    let mut pty = Pty::start(home.path(), WIDE, "xterm-256color", line);
    assert_eq!(pty.end().exit_code(), 1);
    assert!(pty.text().contains("please report it"));
    // The line of the source is another one after each change of it.
    let place = |word: &str| if word.contains(".rs:") { "src/….rs:".to_owned() } else { word.to_owned() };
    let said = stays(&pty).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(said.split(' ').map(place).collect::<Vec<_>>().join(" "));
}

#[test]
fn what_is_told_without_anything_to_read_from() {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", "exec \"$PAYDESK\" demo </dev/null"]);
    let own = env!("CARGO_BIN_EXE_paydesk");
    let mut pty = Pty::run(home.path(), WIDE, command, &[("TERM", "xterm-256color"), ("PAYDESK", own)]);
    assert_eq!(pty.end().exit_code(), 2);
    assert!(pty.text().contains("needs a terminal"));
    insta::assert_snapshot!(stays(&pty));
}
