//! The real binary in a real pseudo-terminal: what it writes, what that looks like, and how it leaves the terminal.

use std::{
    io::{Read as _, Write},
    path::Path,
    process::Command,
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};

/// A debug build on a busy machine; only a hanging program waits that long.
const PATIENCE: Duration = Duration::from_mins(1);

enum Heard {
    Bytes(Vec<u8>),
    /// The program has ended.
    Ended(ExitStatus),
    /// Everything it wrote was read.
    Closed,
}

/// One program in one terminal.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    /// Kept open, so that the terminal's modes can be read after the program has left.
    slave: Option<Box<dyn SlavePty + Send>>,
    keys: Box<dyn Write + Send>,
    heard: Receiver<Heard>,
    pid: u32,
    screen: vt100::Parser,
    written: Vec<u8>,
    ended: Option<ExitStatus>,
    modes_before: String,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

#[expect(clippy::disallowed_methods, reason = "a deadline for a real program")]
fn now() -> Instant {
    Instant::now()
}

impl Pty {
    /// The program with the words of `line`; its home folder, and with it its data, is `home`.
    pub(crate) fn start(home: &Path, size: (u16, u16), term: &str, line: &str) -> Self {
        Self::start_with(home, size, line, &[("TERM", term)])
    }

    /// The same with variables of its own.
    pub(crate) fn start_with(home: &Path, size: (u16, u16), line: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_paydesk"));
        command.args(line.split_whitespace());
        Self::run(home, size, command, variables)
    }

    /// Another program, which may start ours.
    pub(crate) fn run(
        home: &Path,
        (columns, rows): (u16, u16),
        mut command: CommandBuilder,
        variables: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        // In a shell's own modes a Ctrl-C among keys that come too late throws away what was written and not read yet; a terminal reads
        // at once, a busy test does not.
        if let Some(name) = pair.master.tty_name() {
            let _kept = Command::new("stty").arg("-F").arg(name).arg("noflsh").status();
        }
        let modes_before = modes(&*pair.master);
        command.env_clear();
        command.env("HOME", home);
        command.env("PAYDESK_DATA_DIR", home.join("data"));
        command.env("LANG", "C.UTF-8");
        for (name, value) in variables {
            command.env(name, value);
        }
        let mut child = pair.slave.spawn_command(command).unwrap();
        let pid = child.process_id().unwrap();
        let (tell, heard) = mpsc::channel();
        listen(&*pair.master, tell.clone());
        thread::spawn(move || {
            let _nobody = tell.send(Heard::Ended(child.wait().unwrap()));
        });
        let keys = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(rows, columns, 0);
        let (slave, written) = (Some(pair.slave), Vec::new());
        Self { master: pair.master, slave, keys, heard, pid, screen, written, ended: None, modes_before }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Any bytes; a program that has left takes none.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _taken = self.keys.write_all(bytes).and_then(|()| self.keys.flush());
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        // The emulator of the test falls over below a few cells; the program's terminal is as small as it is told.
        self.screen.screen_mut().set_size(rows.max(8), columns.max(8));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// By its name, as `kill` knows it: TERM, HUP, CONT.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(sent.unwrap().success(), "kill -{name}");
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// What the terminal shows.
    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Every byte that the program has written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.written
    }

    /// Reads on until `done`; fails with the screen when that never comes.
    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = now() + PATIENCE;
        while !done(self) {
            let left = deadline.saturating_duration_since(now());
            assert!(!left.is_zero(), "never came: {what}; the screen is\n{}", self.text());
            // A program that stops or dies writes nothing: look again now and then.
            self.hear(left.min(Duration::from_millis(20)));
        }
    }

    pub(crate) fn until_text(&mut self, text: &str) {
        self.until(text, |pty| pty.frame_is_whole() && pty.text().contains(text));
    }

    /// Reads for that long, whatever comes, and gives the number of bytes.
    pub(crate) fn listen_for(&mut self, time: Duration) -> usize {
        let (deadline, before) = (now() + time, self.written.len());
        loop {
            let left = deadline.saturating_duration_since(now());
            if left.is_zero() {
                return self.written.len() - before;
            }
            self.hear(left);
        }
    }

    /// Whether the kernel has stopped it, as a shell's job is.
    pub(crate) fn stopped(&self) -> bool {
        let output = Command::new("ps").args(["-o", "stat=", "-p", &self.pid.to_string()]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().starts_with('T')
    }

    /// Waits for the end, reads what is left, and says how it ended. The terminal must be as it was found.
    #[must_use]
    pub(crate) fn end(&mut self) -> ExitStatus {
        self.until("the end of the program", |pty| pty.ended.is_some());
        assert_eq!(modes(&*self.master), self.modes_before, "the line discipline is as it was");
        // With the last holder gone the reader comes to the end of what was written.
        drop(self.slave.take());
        while !matches!(self.heard.recv_timeout(PATIENCE).map(|heard| self.take(heard)), Ok(true)) {}
        self.assert_given_back();
        self.ended.clone().unwrap()
    }

    /// Alternate screen left, cursor shown, mouse and bracketed paste off, the line discipline untouched.
    pub(crate) fn assert_given_back(&self) {
        assert_eq!(modes(&*self.master), self.modes_before, "the line discipline is as it was");
        let screen = self.screen.screen();
        let last = &self.written[self.written.len().saturating_sub(300)..];
        let last = String::from_utf8_lossy(last).escape_debug().to_string();
        assert!(!screen.alternate_screen(), "the alternate screen is left: {:?} after {last}", self.ended);
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is free");
        // The raw stream too: a terminal emulator in the test may be kinder than a real one.
        assert_ne!(self.last_mode("1049"), Some(true), "the alternate screen is left in the stream");
        assert_ne!(self.last_mode("25"), Some(false), "the cursor is shown in the stream");
        assert_ne!(self.last_mode("2004"), Some(true), "bracketed paste is off in the stream");
        for mouse in ["1000", "1002", "1003", "1006"] {
            assert_ne!(self.last_mode(mouse), Some(true), "mouse mode {mouse} is off in the stream");
        }
        assert_ne!(self.last_mode("2026"), Some(true), "no frame is held back");
        let all = String::from_utf8_lossy(&self.written);
        let (pushed, popped) = (all.matches("\x1b[>3u").count(), all.matches("\x1b[<1u").count());
        assert_eq!(pushed, popped, "what was asked of the keyboard is taken back");
    }

    /// Keys come one by one, and the alternate screen is shown: both, since they are not set in one step.
    pub(crate) fn is_taken(&self) -> bool {
        modes(&*self.master) != self.modes_before && self.screen.screen().alternate_screen()
    }

    /// Raw, on the alternate screen, with paste in brackets: what a desk that is open looks like from below.
    pub(crate) fn assert_taken(&self) {
        assert_ne!(modes(&*self.master), self.modes_before, "keys come one by one");
        assert!(self.screen.screen().alternate_screen(), "the desk is on the alternate screen");
        assert!(self.screen.screen().bracketed_paste(), "a paste is told from typing");
    }

    /// Nothing of a frame is still to come.
    pub(crate) fn frame_is_whole(&self) -> bool {
        self.last_mode("2026") != Some(true)
    }

    /// Whether the private mode was set (true) or reset last; None: neither.
    fn last_mode(&self, mode: &str) -> Option<bool> {
        let last = |end: char| {
            let sequence = format!("\x1b[?{mode}{end}");
            self.written.windows(sequence.len()).rposition(|window| window == sequence.as_bytes())
        };
        match (last('h'), last('l')) {
            (None, None) => None,
            (set, reset) => Some(set > reset),
        }
    }

    fn hear(&mut self, time: Duration) {
        if let Ok(heard) = self.heard.recv_timeout(time) {
            self.take(heard);
        }
    }

    /// True once everything was read.
    fn take(&mut self, heard: Heard) -> bool {
        match heard {
            Heard::Bytes(bytes) => {
                self.screen.process(&bytes);
                self.written.extend(bytes);
            }
            Heard::Ended(status) => self.ended = Some(status),
            Heard::Closed => return true,
        }
        false
    }
}

impl Drop for Pty {
    /// A test that failed leaves no program behind.
    fn drop(&mut self) {
        if self.ended.is_none() {
            let _gone = Command::new("kill").args(["-KILL", &self.pid().to_string()]).status();
        }
    }
}

/// The modes of the line discipline, comparable; its type belongs to a library that is not ours.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("a pseudo-terminal has modes"))
}

fn listen(master: &(dyn MasterPty + Send), tell: Sender<Heard>) {
    let mut reader = master.try_clone_reader().unwrap();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            // A pseudo-terminal without a program ends with an error on some systems.
            let read = reader.read(&mut buffer).unwrap_or(0);
            let heard = if read == 0 { Heard::Closed } else { Heard::Bytes(buffer[..read].to_vec()) };
            if tell.send(heard).is_err() || read == 0 {
                return;
            }
        }
    });
}
