//! The mouse on the real program, in the sequences that terminals send.

use std::time::Duration;

use crate::harness::pty::Pty;

/// Where a text stands in a row from `first` on, in cells from the top left.
fn find(pty: &Pty, wanted: &str, first: usize) -> (usize, usize) {
    let text = pty.text();
    let rows = text.lines().enumerate().skip(first);
    let found = rows.filter_map(|(row, line)| Some((line.find(wanted)?, row, line)));
    let (at, row, line) =
        found.min_by_key(|(_, row, _)| *row).unwrap_or_else(|| panic!("no `{wanted}`:\n{text}"));
    (line[..at].chars().count(), row)
}

/// Pressed and let go.
fn click(pty: &mut Pty, (column, row): (usize, usize)) {
    let (x, y) = (column + 1, row + 1);
    pty.press(&format!("\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m"));
}

fn wheel_down(pty: &mut Pty, (column, row): (usize, usize)) {
    pty.press(&format!("\x1b[<65;{};{}M", column + 1, row + 1));
}

/// Until nothing is drawn any more.
fn quiet(pty: &mut Pty) {
    while pty.listen_for(Duration::from_millis(400)) > 0 {}
}

fn line(pty: &Pty, row: usize) -> String {
    pty.text().lines().nth(row).unwrap_or_default().to_owned()
}

#[test]
fn clicks_and_the_wheel_reach_rows_hints_and_what_lies_over_the_desk() {
    let home = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(home.path(), (140, 42), "xterm-256color", "demo --customers 20 --latency 0");
    pty.until_text("DEMO");
    pty.press("ada@example.com");
    pty.until_text("▸ Ada Lovelace");
    pty.press("\r");
    pty.until_text("Subscription update");
    // A row.
    let (column, first) = find(&pty, "≈", 0);
    click(&mut pty, (column + 4, first + 1));
    pty.until("the second charge", |pty| line(pty, first + 1).contains("│▸"));
    // The wheel goes on by three.
    wheel_down(&mut pty, (column + 4, first));
    pty.until("three rows on", |pty| line(pty, first + 4).contains("│▸"));
    // A hint of the bottom line, and the wheel in what it opens.
    let help = find(&pty, "? help", 41);
    click(&mut pty, help);
    pty.until_text("─ Keys ─");
    let (x, y) = find(&pty, "take back the change", 0);
    wheel_down(&mut pty, (x, y));
    pty.until("the help further on", |pty| find(pty, "take back the change", 0).1 < y);
    pty.press("\x1b");
    pty.until("the desk", |pty| !pty.text().contains("─ Keys ─"));
    // A form by its hint, an option by a click, and no click that confirms.
    click(&mut pty, (column + 4, first));
    pty.until("the first charge", |pty| line(pty, first).contains("│▸"));
    let refund = find(&pty, "r refund", 41);
    click(&mut pty, refund);
    pty.until_text("Refund ── Ada Lovelace");
    pty.until_text("○ requested by customer");
    // What is still being read may move the form's rows.
    quiet(&mut pty);
    let option = find(&pty, "requested by customer", 0);
    click(&mut pty, option);
    pty.until_text("● requested by customer");
    quiet(&mut pty);
    let note = find(&pty, "Note  ", 0);
    click(&mut pty, (note.0 + 10, note.1));
    pty.until_text("▸Note");
    pty.press("called");
    pty.until_text("[ called");
    let enter = find(&pty, "Enter", 41);
    click(&mut pty, enter);
    pty.until_text("a click confirms nothing");
    let (esc, row) = find(&pty, "Esc", 41);
    click(&mut pty, (esc, row));
    pty.until("the desk", |pty| !pty.text().contains("Refund ── Ada Lovelace"));
    assert!(!pty.text().contains("refunding"), "{}", pty.text());
    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
}
