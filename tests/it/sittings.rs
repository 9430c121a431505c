//! Sittings of the real binary in a real terminal that is sent anything: letters, keys, halves of escape sequences, pastes, sizes.
//! However it goes, the program does not break, ends when it is told to, and gives the terminal back.

use std::{process::Command, time::Duration};

use tempfile::TempDir;

use crate::harness::pty::Pty;

/// Unless `PAYDESK_SITTINGS` asks for more.
const SITTINGS: u64 = 6;
const CHUNKS: usize = 30;
/// Ctrl-Z stops a program until somebody lets it go on.
const STOPS: u8 = 0x1a;

const PIECES: [&[u8]; 14] = [
    b"\x1b",
    b"\x1b[",
    b"\x1b[A",
    b"\x1b[B",
    b"\x1b[<0;10;10M",
    b"\x1b[200~25.00\r\n\x1b[201~",
    b"\x1b[200~",
    b"\r",
    b"\t",
    b"ada@",
    b"r",
    b"\xf0\x9f",
    b"\xff\xfe",
    b"\x03",
];

#[expect(clippy::disallowed_methods, reason = "asks how many sittings are wanted")]
fn wanted() -> u64 {
    std::env::var("PAYDESK_SITTINGS").map_or(SITTINGS, |text| text.parse().unwrap())
}

fn chunk(random: &mut fastrand::Rng) -> Vec<u8> {
    match random.u8(0..3) {
        0 => (0..random.usize(1..40)).map(|_| random.u8(..)).filter(|byte| *byte != STOPS).collect(),
        1 => (0..random.usize(1..8)).flat_map(|_| PIECES[random.usize(0..PIECES.len())]).copied().collect(),
        _ => (0..random.usize(1..8)).map(|_| random.u8(0x20..0x7f)).collect(),
    }
}

fn sitting(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let home = TempDir::new().unwrap();
    let mut pty = Pty::start(home.path(), (140, 42), "xterm-256color", "demo --customers 20");
    pty.until_text("DEMO");
    for _ in 0..CHUNKS {
        if pty.has_ended() {
            break;
        }
        pty.send(&chunk(&mut random));
        if random.u8(0..4) == 0 {
            pty.resize(random.u16(1..300), random.u16(1..100));
        }
        pty.listen_for(Duration::from_millis(random.u64(1..30)));
    }
    if !pty.has_ended() {
        // It may be leaving by itself at this moment.
        let _told = Command::new("kill").args(["-TERM", &pty.pid().to_string()]).status();
    }
    let ended = pty.end();
    let said = String::from_utf8_lossy(pty.bytes()).into_owned();
    assert!(!said.contains("panicked") && ended.exit_code() != 101, "seed {seed}: {ended:?}\n{}", pty.text());
}

#[test]
fn whatever_a_terminal_sends_the_desk_lives_and_gives_it_back() {
    for seed in 0..wanted() {
        sitting(seed);
    }
}
