//! The clipboard through what may stand between the desk and the terminal: a real tmux, and a real GNU screen. Where one of them is not
//! on the machine its test says so and is over.

use std::{io::Write as _, path::Path, process::Command};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::harness::{pty::Pty, sitting::WIDE};

/// Of the machine, at the time of the build: the tests' own programs are started with nothing of it.
const PATH: &str = env!("PATH");

/// Whether the program can be run at all.
fn is_here(program: &str, asks: &str) -> bool {
    let here = Command::new(program).arg(asks).output().is_ok();
    if !here {
        // Past what the test harness keeps to itself.
        let _said =
            writeln!(std::io::stderr(), "{program} is not on this machine: its clipboard is not tried");
    }
    here
}

/// In the terminal of `command`, which starts the demo: from the search box to the reply that is copied.
fn copied(home: &Path, command: CommandBuilder, way: &str) -> Pty {
    let data = home.join("data");
    let variables =
        [("TERM", "xterm-256color"), ("PATH", PATH), ("PAYDESK_DATA_DIR", data.to_str().unwrap())];
    let mut pty = Pty::run(home, WIDE, command, &variables);
    pty.until_text("DEMO");
    pty.press("alan@example.com");
    pty.until_text("Alan");
    pty.press("\r");
    // What is read ahead stands there before anybody is open.
    pty.until_text("r refund");
    pty.until_text("Growth · ");
    pty.press("e");
    pty.until_text("monthly renewal");
    pty.press("y");
    pty.until_text(&format!("copied ({way})"));
    pty
}

/// The reply that the terminal was told to copy, put together from all that reached it.
fn told(pty: &Pty) -> String {
    let bytes = String::from_utf8_lossy(pty.bytes()).into_owned();
    let (_, after) =
        bytes.rsplit_once("\x1b]52;").unwrap_or_else(|| panic!("no clipboard came through:\n{bytes:?}"));
    let (_, rest) = after.split_once(';').unwrap();
    let body: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "+/=".contains(*c)).collect();
    String::from_utf8(STANDARD.decode(body).unwrap()).unwrap()
}

#[test]
fn a_reply_reaches_tmux_and_the_terminal_around_it() {
    if !is_here("tmux", "-V") {
        return;
    }
    let home = TempDir::new().unwrap();
    let socket = home.path().join("tmux");
    let settings = home.path().join("tmux.conf");
    std::fs::write(&settings, "set -s set-clipboard on\n").unwrap();
    let mut command = CommandBuilder::new("tmux");
    let (socket_path, settings_path) = (socket.to_str().unwrap(), settings.to_str().unwrap());
    let demo = format!("{} demo --customers 20", env!("CARGO_BIN_EXE_paydesk"));
    command.args(["-S", socket_path, "-f", settings_path, "new-session", &demo]);
    let pty = copied(home.path(), command, "tmux");
    let tmux = |words: &[&str]| {
        let output = Command::new("tmux").arg("-S").arg(&socket).args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let held = tmux(&["show-buffer"]);
    tmux(&["kill-server"]);
    assert!(held.starts_with("The $49.00 charge") && held.contains("monthly renewal of Growth"), "{held}");
    assert_eq!(told(&pty), held);
}

#[test]
fn a_reply_passes_through_screen() {
    if !is_here("screen", "-v") {
        return;
    }
    let home = TempDir::new().unwrap();
    let rooms = home.path().join("screens");
    std::fs::create_dir(&rooms).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&rooms, private).unwrap();
    let settings = home.path().join("screenrc");
    std::fs::write(&settings, "startup_message off\ndefutf8 on\n").unwrap();
    let mut command = CommandBuilder::new("screen");
    let settings = settings.to_str().unwrap();
    let demo = [env!("CARGO_BIN_EXE_paydesk"), "demo", "--customers", "20"];
    command.args(["-U", "-c", settings, "-S", "paydesk"].iter().chain(&demo));
    command.env("SCREENDIR", &rooms);
    let mut pty = copied(home.path(), command, "terminal, through screen");
    let whole = told(&pty);
    // Its own word for leaving, with all that runs in it.
    pty.press("\x01:quit\r");
    let _whatever_screen_says = pty.end();
    assert!(whole.starts_with("The $49.00 charge") && whole.contains("monthly renewal of Growth"), "{whole}");
}
