//! The real binary on a pseudo-terminal: whatever ends it, the terminal is given back.
#![cfg(unix)]

use std::{
    io::{Read as _, Write as _},
    sync::mpsc,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};

const SLOW: Duration = Duration::from_secs(30);

/// The demo on a terminal of its own.
struct Sitting {
    _pty: PtyPair,
    keys: Box<dyn std::io::Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    heard: mpsc::Receiver<Vec<u8>>,
    screen: vt100::Parser,
    all: Vec<u8>,
    _home: tempfile::TempDir,
}

impl Sitting {
    fn open(line: &str, term: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let size = PtySize { rows: 42, cols: 140, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_paydesk"));
        command.args(line.split_whitespace());
        command.env_clear();
        command.env("TERM", term);
        command.env("HOME", home.path());
        let child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let (sender, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8_192];
            while let Ok(count) = reader.read(&mut buffer) {
                if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(42, 140, 0);
        Self { _pty: pty, keys, child, heard, screen, all: Vec::new(), _home: home }
    }

    fn take(&mut self) {
        if let Ok(bytes) = self.heard.recv_timeout(Duration::from_millis(50)) {
            self.screen.process(&bytes);
            self.all.extend(bytes);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a real program on a real terminal takes real time")]
    fn until(&mut self, what: &str, reached: impl Fn(&mut Self) -> bool) {
        let began = Instant::now();
        while !reached(self) {
            assert!(began.elapsed() < SLOW, "not {what}:\n{}", self.screen.screen().contents());
            self.take();
        }
    }

    fn shows(&mut self, text: &str) {
        self.until(text, |sitting| sitting.screen.screen().contents().contains(text));
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(std::process::Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits for the end and gives its code; the terminal must be as it was.
    fn ends(&mut self) -> u32 {
        self.until("ended", |sitting| sitting.child.try_wait().unwrap().is_some());
        for _ in 0..4 {
            self.take();
        }
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let all = String::from_utf8_lossy(&self.all).into_owned();
        let pushed = all.matches("\x1b[>3u").count();
        assert_eq!(pushed, all.matches("\x1b[<1u").count(), "keyboard flags are popped");
        assert!(all.rfind("\x1b[?2026l") >= all.rfind("\x1b[?2026h"), "no frame is left open");
        self.child.wait().unwrap().exit_code()
    }
}

#[test]
fn the_demo_opens_and_a_signal_ends_it() {
    for signal in ["-TERM", "-HUP"] {
        let mut sitting = Sitting::open("demo --customers 20", "xterm-256color");
        sitting.shows("DEMO");
        assert!(sitting.screen.screen().alternate_screen());
        sitting.signal(signal);
        assert_eq!(sitting.ends(), 0, "{signal}");
    }
}

#[test]
fn without_a_key_the_demo_opens_and_q_leaves() {
    let mut sitting = Sitting::open("", "xterm-256color");
    sitting.shows("DEMO");
    sitting.press(b"\x1b");
    sitting.shows("q quit");
    sitting.press(b"q");
    assert_eq!(sitting.ends(), 0);
}

#[test]
fn a_panic_gives_the_terminal_back_and_says_so() {
    let mut sitting = Sitting::open("demo --customers 20 --panic-after 2", "xterm-256color");
    assert_eq!(sitting.ends(), 1);
    assert!(sitting.screen.screen().contents().contains("please report it"));
}

#[test]
fn a_terminal_that_cannot_draw_is_told_what_to_use() {
    let mut sitting = Sitting::open("demo", "dumb");
    assert_eq!(sitting.ends(), 2);
    assert!(sitting.screen.screen().contents().contains("paydesk run"));
}

#[test]
fn stopped_and_continued_it_draws_again() {
    let mut sitting = Sitting::open("demo --customers 20", "xterm-256color");
    sitting.shows("DEMO");
    sitting.press(b"\x1a");
    sitting.until("given back", |sitting| !sitting.screen.screen().alternate_screen());
    sitting.signal("-CONT");
    sitting.until("taken again", |sitting| sitting.screen.screen().alternate_screen());
    sitting.shows("DEMO");
    sitting.signal("-TERM");
    assert_eq!(sitting.ends(), 0);
}
