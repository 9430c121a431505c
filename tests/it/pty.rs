//! The desk in a real terminal: it starts, lives through every size, and gives the terminal back however it ends.

use std::time::Duration;

use tempfile::TempDir;

use crate::harness::{
    command::Case,
    pty::Pty,
    sitting::{self, WIDE},
};

struct Desk {
    pty: Pty,
    /// Removed with the desk.
    _home: TempDir,
}

fn started(line: &str, term: &str) -> Desk {
    let home = TempDir::new().unwrap();
    let pty = Pty::start(home.path(), WIDE, term, line);
    Desk { pty, _home: home }
}

/// The demo, open and on screen.
fn opened() -> Desk {
    let mut desk = started("demo --customers 20", "xterm-256color");
    desk.pty.until_text("DEMO");
    desk.pty.assert_taken();
    desk
}

/// Leaves it as an agent does: out of the search box, then quit.
fn quit(desk: &mut Desk) {
    desk.pty.press("\x1b");
    // Escape and a letter in one breath would be read as Alt and the letter.
    desk.pty.until_text("/ to search");
    desk.pty.press("q");
    assert_eq!(desk.pty.end().exit_code(), 0);
}

#[test]
fn without_a_key_the_demo_opens_and_q_leaves() {
    let mut desk = started("", "xterm-256color");
    desk.pty.until_text("DEMO");
    desk.pty.assert_taken();
    quit(&mut desk);
}

/// Not every terminal has an alternate screen: there the desk is drawn over what the shell printed, and none of it may shine
/// through where the first frame has blanks.
#[test]
fn nothing_of_the_shell_shines_through() {
    let desk = opened();
    let stream = String::from_utf8_lossy(desk.pty.bytes()).replace("\u{1b}[?1049h", "");
    let mut plain = vt100::Parser::new(WIDE.1, WIDE.0, 0);
    plain.process("§".repeat(usize::from(WIDE.0) * usize::from(WIDE.1)).as_bytes());
    plain.process(stream.as_bytes());
    let shown = plain.screen().contents();
    assert!(shown.contains("DEMO"), "{shown}");
    assert!(!shown.contains('§'), "{shown}");
}

#[test]
fn lives_through_every_size() {
    let mut desk = opened();
    let sizes = [(1, 1), (500, 200), (80, 24), (2, 60), (300, 1), (60, 16), (3, 3), (200, 2), (61, 17)];
    // A thousand, as fast as a window is dragged.
    for round in 0..112 {
        for (columns, rows) in sizes {
            desk.pty.resize(columns, rows + round % 2);
        }
    }
    for (columns, rows) in sizes {
        let before = desk.pty.bytes().len();
        desk.pty.resize(columns, rows);
        desk.pty.until("a frame of the new size", |pty| pty.bytes().len() > before);
    }
    desk.pty.resize(WIDE.0, WIDE.1);
    desk.pty.until("the whole desk again", |pty| {
        ["DEMO", "Charges", "Subscriptions", "Invoices"].iter().all(|word| pty.text().contains(word))
    });
    quit(&mut desk);
}

/// A pane of tmux is made narrow and wide again before the desk has looked: its size is the one that it had, what is shown is cut.
#[test]
fn what_another_size_cut_off_is_drawn_again() {
    let mut desk = opened();
    let corner =
        |pty: &Pty| pty.screen().cell(WIDE.1 - 2, WIDE.0 - 1).is_some_and(|cell| cell.contents() == "╯");
    desk.pty.until("the last corner", |pty| pty.frame_is_whole() && corner(pty));
    for _ in 0..20 {
        desk.pty.resize(90, 30);
        desk.pty.resize(WIDE.0, WIDE.1);
        desk.pty.until("the last corner again", |pty| pty.frame_is_whole() && corner(pty));
    }
    quit(&mut desk);
}

#[test]
fn a_signal_ends_it_and_gives_the_terminal_back() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut desk = opened();
        desk.pty.signal(signal);
        let status = desk.pty.end();
        assert!(status.signal().is_none(), "SIG{signal}: it left by itself: {status}");
        assert_eq!(status.exit_code(), 0, "SIG{signal}");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_says_so() {
    let mut desk = started("demo --customers 20 --panic-after 2", "xterm-256color");
    assert_eq!(desk.pty.end().exit_code(), 1);
    assert!(desk.pty.text().contains("please report it"), "on the screen that stays: {}", desk.pty.text());
}

#[test]
fn a_terminal_that_cannot_draw_is_told_what_to_use() {
    let mut desk = started("demo", "dumb");
    assert_eq!(desk.pty.end().exit_code(), 2);
    assert!(desk.pty.text().contains("paydesk run"));
    assert!(!desk.pty.bytes().contains(&0x1b), "not one escape sequence reaches a terminal that knows none");
}

#[test]
fn stopped_it_gives_the_terminal_back_and_continued_it_draws_again() {
    let mut desk = opened();
    for round in 0..2 {
        desk.pty.press("\x1a");
        desk.pty.until("stopped by the kernel, screen given back", |pty| {
            pty.stopped() && !pty.screen().alternate_screen()
        });
        desk.pty.assert_given_back();
        desk.pty.signal("CONT");
        desk.pty.until("taken again", |pty| pty.is_taken() && pty.text().contains("DEMO"));
        desk.pty.assert_taken();
        assert!(!desk.pty.stopped(), "round {round}");
    }
    quit(&mut desk);
}

/// Leaving while a refund is held: it is sent, it ends badly, the desk leaves by itself, and the shell's screen says so.
#[test]
fn what_ended_badly_while_leaving_is_on_the_screen_that_stays() {
    let case = Case::new();
    case.faults("401-expired@POST /v1/refunds");
    let mut pty = sitting::desk(&case);
    sitting::form(&mut pty, "20");
    for (keys, seen) in
        [("\r", "refunding $20.00 to Ada"), ("q", "wait, then leave"), ("w", "leaves by itself")]
    {
        pty.press(keys);
        pty.until_text(seen);
    }
    assert_eq!(pty.end().exit_code(), 0);
    let left = pty.text();
    assert!(left.contains("refund $20.00 of ch_") && left.contains("refused: "), "{left}");
}

/// The minute at the end of the top line: where it is over, that is a change.
fn clock(pty: &Pty) -> String {
    let text = pty.text();
    let minute = text.lines().next().and_then(|line| line.split_whitespace().last()).unwrap_or_default();
    assert!(minute.len() == 5 && minute.contains(':'), "no clock: {text}");
    minute.to_owned()
}

#[test]
fn an_idle_desk_writes_nothing() {
    let mut desk = opened();
    // The last answers may still come in: it is at rest once a while has passed in silence.
    let rests = (0..20).any(|_| desk.pty.listen_for(Duration::from_millis(700)) == 0);
    assert!(rests, "the desk never came to rest");
    // A minute that is over is a change: two looks have at most one of those.
    let mut written = || desk.pty.listen_for(Duration::from_secs(2));
    let looks = [written(), written()];
    assert!(looks.contains(&0), "bytes written by an idle desk: {looks:?}");
}

#[test]
fn a_frame_is_drawn_only_after_a_change() {
    let mut desk = opened();
    desk.pty.press("\x1b");
    desk.pty.until_text("/ to search");
    let rests = (0..20).any(|_| desk.pty.listen_for(Duration::from_millis(700)) == 0);
    assert!(rests, "the desk never came to rest");
    // F5 means nothing here. A frame would show as its brackets, even with nothing between them.
    let frames = |pty: &Pty| String::from_utf8_lossy(pty.bytes()).matches("\x1b[?2026h").count();
    let (before, began) = (frames(&desk.pty), clock(&desk.pty));
    for _ in 0..5 {
        desk.pty.press("\x1b[15~");
        desk.pty.listen_for(Duration::from_millis(50));
    }
    desk.pty.press("z");
    desk.pty.until("the frame of a key that does something", |pty| frames(pty) > before);
    desk.pty.listen_for(Duration::from_millis(200));
    let minute = usize::from(clock(&desk.pty) != began);
    assert_eq!(frames(&desk.pty), before + 1 + minute, "one change, one frame");
    desk.pty.press("q");
    assert_eq!(desk.pty.end().exit_code(), 0);
}
