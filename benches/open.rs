//! The real binary from outside: how soon it draws, how many rounds a customer takes, what it does when nothing happens, and
//! what it weighs. Prints rows of the table that `scripts/bench` makes.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    dead_code,
    reason = "a bench measures time and prints it, and needs only a part of the tests' terminal"
)]

#[path = "../tests/it/harness/pty.rs"]
mod pty;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use paydesk::sandbox::{self, Options, Running};
use pty::Pty;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const SIZE: (u16, u16) = (140, 42);
const RUNS: usize = 15;
const ROUND: Duration = Duration::from_millis(100);

/// A sandbox that is already up, and homes to start desks from.
struct World {
    running: Running,
    runtime: Runtime,
}

impl World {
    fn new(latency: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = Options { latency, search_lag: Duration::ZERO, ..Options::default() };
        Self { running: runtime.block_on(sandbox::start(options)).unwrap(), runtime }
    }

    fn desk(&self, home: &TempDir) -> Pty {
        let base = self.running.base_url();
        let key = self.running.secret_key();
        let variables = [("TERM", "xterm-256color"), ("STRIPE_API_BASE", base), ("STRIPE_API_KEY", key)];
        Pty::start_with(home.path(), SIZE, "", &variables)
    }
}

fn row(what: &str, measured: &str, goal: &str, others: &str) {
    println!("| {what} | {measured} | {goal} | {others} |");
}

fn ms(time: Duration) -> String {
    format!("{}.{} ms", time.as_millis(), time.as_micros() % 1_000 / 100)
}

/// The middle and the slowest of several runs.
fn spread(mut run: impl FnMut() -> Duration) -> String {
    let mut times: Vec<_> = (0..RUNS).map(|_| run()).collect();
    times.sort_unstable();
    format!("{} (worst of {RUNS}: {})", ms(times[RUNS / 2]), ms(times[RUNS - 1]))
}

fn start() {
    let nothing = spread(|| {
        let began = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
        command.arg("--version").stdout(Stdio::null()).status().unwrap();
        began.elapsed()
    });
    row("process start, nothing asked", &nothing, "10 ms", "official command line and SDKs 150–300 ms");

    let world = World::new(Duration::ZERO);
    let home = TempDir::new().unwrap();
    let first = |home: &TempDir| {
        let began = Instant::now();
        let mut desk = world.desk(home);
        desk.until("the first frame", |pty| pty.text().contains("Customers"));
        let took = began.elapsed();
        desk.signal("TERM");
        let _status = desk.end();
        took
    };
    let fresh = first(&home);
    row("process start → first frame, first time on this machine", &ms(fresh), "–", "–");
    let again = spread(|| first(&home));
    row(
        "process start → first frame",
        &again,
        "30 ms",
        "a file pager 15, a process list 90, database browsers 260–1,400 ms",
    );
}

fn idle() {
    let world = World::new(Duration::ZERO);
    let home = TempDir::new().unwrap();
    let mut desk = world.desk(&home);
    desk.until_text("Customers");
    while desk.listen_for(Duration::from_millis(700)) > 0 {}
    row(
        "memory at rest",
        &memory(&desk),
        "40 MiB",
        "a fuzzy finder 20, a Python table viewer 107, a Python database browser 189 MiB",
    );
    desk.press("ada@example.com");
    desk.until_text("▸ Ada Lovelace");
    desk.press("\r");
    desk.until("her desk", shows_customer);
    while desk.listen_for(Duration::from_millis(1_200)) > 0 {}
    let bytes = desk.listen_for(Duration::from_secs(3));
    row(
        "bytes written in 3 idle seconds",
        &bytes.to_string(),
        "0",
        "redraws: 6–11 in programs that draw on a tick",
    );
    row("memory with a customer open", &memory(&desk), "40 MiB", "–");
    desk.signal("TERM");
    let _status = desk.end();
}

/// Resident memory as the kernel counts it.
fn memory(desk: &Pty) -> String {
    let output = Command::new("ps").args(["-o", "rss=", "-p", &desk.pid().to_string()]).output().unwrap();
    let kib: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or_default();
    format!("{}.{} MiB", kib / 1_024, kib % 1_024 * 10 / 1_024)
}

fn shows_customer(pty: &Pty) -> bool {
    let text = pty.text();
    ["ada@example.com · ", "Subscription update", "renews", "-0011"].iter().all(|word| text.contains(word))
}

/// One request and its answer, by a client that does nothing else: the middle of several.
fn bare_round(running: &Running) -> Duration {
    let address = running.base_url().trim_start_matches("http://");
    let mut times: Vec<_> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            let mut stream = TcpStream::connect(address).unwrap();
            let key = running.secret_key();
            write!(stream, "GET /v1/charges?limit=1 HTTP/1.0\r\nAuthorization: Bearer {key}\r\n\r\n")
                .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

fn customer() {
    let world = World::new(ROUND);
    let bare = bare_round(&world.running);
    let home = TempDir::new().unwrap();
    let rest = |desk: &mut Pty| while desk.listen_for(Duration::from_millis(700)) > 0 {};
    let mut typed = Vec::new();
    let mut listed = Vec::new();
    for _ in 0..5 {
        let mut desk = world.desk(&home);
        desk.until_text("Customers");
        rest(&mut desk);
        let began = Instant::now();
        desk.press("ada@example.com");
        // Enter opens the row that is selected: an agent waits for the right one to stand there.
        desk.until_text("▸ Ada Lovelace");
        desk.press("\r");
        desk.until("her charges, subscriptions and invoices", shows_customer);
        typed.push(began.elapsed());
        desk.signal("TERM");
        let _status = desk.end();

        let mut desk = world.desk(&home);
        desk.until_text("Customers");
        rest(&mut desk);
        desk.press("ada@example.com");
        desk.until_text("▸ Ada Lovelace");
        rest(&mut desk);
        let began = Instant::now();
        desk.press("\r");
        desk.until("her charges, subscriptions and invoices", shows_customer);
        listed.push(began.elapsed());
        desk.signal("TERM");
        let _status = desk.end();
    }
    typed.sort_unstable();
    listed.sort_unstable();
    let round = format!("{} a round", ms(bare));
    let goal = |rounds: u32| ms(bare * rounds + Duration::from_millis(10));
    row(
        &format!("customer, everything on screen, from the e-mail ({round})"),
        &ms(typed[typed.len() / 2]),
        &format!("{}: two rounds and 10 ms", goal(2)),
        "an SDK in sequence 7 rounds, in parallel 2 rounds and 150 ms of start",
    );
    row(
        &format!("customer, everything on screen, from the list ({round})"),
        &ms(listed[listed.len() / 2]),
        &format!("{}: one round and 10 ms, less what was read ahead", goal(1)),
        "–",
    );
    let _inside = world.runtime.enter();
    drop(world.running);
}

/// A sandbox of its own process: until it says where it listens, and until the newest hundred charges are there.
fn sandbox(customers: u32, goal: &str) {
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
    command.args(["sandbox", "--customers", &customers.to_string()]).stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ready = began.elapsed();
    let mut words = line.split_whitespace();
    let (base, key) = (words.next().unwrap(), words.next().unwrap());
    let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
    write!(stream, "GET /v1/charges?limit=100 HTTP/1.0\r\nAuthorization: Bearer {key}\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    let first = began.elapsed();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(page.matches("\"object\": \"charge\"").count(), 100, "a page of charges");
    row(&format!("sandbox of {customers} customers: ready"), &ms(ready), goal, "–");
    row(
        &format!("sandbox of {customers} customers: first page of charges, from its start"),
        &ms(first),
        goal,
        "–",
    );
}

fn main() {
    if std::env::args().any(|argument| argument == "sandbox") {
        // This part alone.
        sandboxes();
        return;
    }
    start();
    idle();
    customer();
    sandboxes();
}

fn sandboxes() {
    sandbox(400, "300 ms");
    sandbox(100_000, "3,000 ms");
}
