//! The desk in a real terminal: it starts, lives through every size, and gives the terminal back however it ends.

use std::time::Duration;

use tempfile::TempDir;

use crate::harness::pty::Pty;

struct Desk {
    pty: Pty,
    /// Removed with the desk.
    _home: TempDir,
}

/// `paydesk demo`, open and filled.
fn demo(more: &[&str]) -> Desk {
    let home = TempDir::new().unwrap();
    let mut arguments = vec!["demo", "--customers", "20"];
    arguments.extend(more);
    let pty = Pty::start(home.path(), 140, 42, &arguments);
    Desk { pty, _home: home }
}

fn opened() -> Desk {
    let mut desk = demo(&[]);
    desk.pty.until_text("Charges");
    desk.pty.assert_taken();
    desk
}

#[test]
fn starts_and_quits_with_q() {
    let mut desk = opened();
    desk.pty.press("q");
    let status = desk.pty.end();
    assert!(status.success(), "{status}");
}

#[test]
fn lives_through_every_size() {
    let mut desk = opened();
    let sizes = [(1, 1), (500, 200), (80, 24), (2, 60), (300, 1), (60, 16), (3, 3), (200, 2), (61, 17)];
    for round in 0..6 {
        for (columns, rows) in sizes {
            desk.pty.resize(columns, rows + round % 2);
        }
    }
    desk.pty.resize(1, 1);
    desk.pty.resize(140, 42);
    desk.pty.until("the whole desk again", |pty| {
        pty.text().contains("Charges") && pty.text().contains("Subscriptions") && pty.text().contains("Invoices")
    });
    desk.pty.press("q");
    assert!(desk.pty.end().success());
}

#[test]
fn gives_the_terminal_back_on_sigterm() {
    let mut desk = opened();
    desk.pty.signal("TERM");
    let status = desk.pty.end();
    assert!(status.signal().is_none(), "it left by itself: {status}");
}

#[test]
fn gives_the_terminal_back_on_sighup() {
    let mut desk = opened();
    desk.pty.signal("HUP");
    let status = desk.pty.end();
    assert!(status.signal().is_none(), "it left by itself: {status}");
}

#[test]
fn gives_the_terminal_back_on_a_panic() {
    let mut desk = demo(&["--panic-after", "2"]);
    let status = desk.pty.end();
    assert!(!status.success(), "a panic is no success");
    assert!(status.signal().is_none(), "{status}");
    let said = String::from_utf8_lossy(desk.pty.bytes()).into_owned();
    let (_, after) = said.rsplit_once("\x1b[?1049l").unwrap();
    assert!(after.contains("panicked"), "what happened is told on the screen that stays: {after}");
}

#[test]
fn is_suspended_and_goes_on() {
    let mut desk = opened();
    desk.pty.press("\x1a");
    desk.pty.until("the program stopped", Pty::stopped);
    desk.pty.until("the screen given back", |pty| pty.bytes().ends_with(b"\x1b[23;2t"));
    desk.pty.assert_given_back();
    let before = desk.pty.bytes().len();
    desk.pty.signal("CONT");
    desk.pty.until("a new frame", |pty| pty.bytes().len() > before && pty.text().contains("Charges"));
    desk.pty.assert_taken();
    desk.pty.press("q");
    assert!(desk.pty.end().success());
}

#[test]
fn writes_nothing_while_nothing_changes() {
    let mut desk = opened();
    // The last answers may still come in: the desk is at rest once a while has passed in silence.
    let quiet = (0..20).any(|_| desk.pty.listen_for(Duration::from_millis(500)) == 0);
    assert!(quiet, "the desk never came to rest");
    assert_eq!(desk.pty.listen_for(Duration::from_secs(1)), 0, "bytes written by an idle desk");
}
