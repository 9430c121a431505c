//! Key to frame: the real update and view with many charges open, or many customers known, drawn through the real terminal backend
//! into nothing; and what they take of memory. Prints rows of the table that `scripts/bench` makes.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time and prints it"
)]

use std::{
    cell::Cell,
    io::{self, Write},
    rc::Rc,
    time::{Duration, Instant},
};

use paydesk::{
    desk::{
        self, Command, Commands, Message, Question, State,
        key::parse_keys,
        state::{Mode, Session},
    },
    policy::Policy,
    ui::{
        self,
        theme::{Depth, Ground, Theme},
    },
};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};

const NOW_MS: i64 = 1_795_435_200_000;
const SIZE: (u16, u16) = (140, 42);

/// What there is at Stripe.
#[derive(Clone, Copy)]
struct World {
    charges: usize,
    customers: usize,
}

/// Counts what a terminal would have been sent.
struct Sink(Rc<Cell<usize>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn page(rows: &[String]) -> String {
    format!(r#"{{"object":"list","has_more":false,"data":[{}]}}"#, rows.join(","))
}

fn charge(number: usize) -> String {
    let (amount, back) = (1_000 + number * 7 % 90_000, if number.is_multiple_of(9) { 500 } else { 0 });
    let created = NOW_MS / 1_000 - i64::try_from(number).unwrap_or(0) * 3_600;
    format!(
        r#"{{"id":"ch_bench{number:06}","object":"charge","amount":{amount},"amount_captured":{amount},
        "amount_refunded":{back},"currency":"usd","created":{created},"status":"succeeded","paid":true,"captured":true,
        "refunded":false,"disputed":false,"customer":"cus_bench","payment_intent":"pi_bench{number:06}",
        "description":"Order {number}, two seats of the Growth plan","livemode":false,"metadata":{{"order":"{number}"}},
        "payment_method_details":{{"type":"card","card":{{"brand":"visa","last4":"4242","exp_month":9,"exp_year":2030}}}}}}"#
    )
}

/// Names that differ, as names do.
fn customer(number: usize) -> String {
    const FIRST: [&str; 12] = [
        "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Ken", "Lynn", "Niklaus", "Radia",
        "Tony",
    ];
    const LAST: [&str; 10] = [
        "Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Allen", "Thompson", "Conway", "Hoare",
    ];
    let name = |all: &[&'static str], at: usize| all.get(at % all.len()).copied().unwrap_or_default();
    let (first, last) = (name(&FIRST, number), name(&LAST, number / FIRST.len()));
    format!(
        r#"{{"id":"cus_bench{number:06}","object":"customer","name":"{first} {last} {number}","created":1700000000,
        "email":"{first}.{number}@{last}.example","livemode":false,"balance":0,"metadata":{{}}}}"#
    )
}

/// What Stripe would answer; None: not asked in this bench's course.
fn answer(question: &Question, world: World) -> Option<String> {
    let customer = r#"{"id":"cus_bench","object":"customer","name":"Ada Lovelace","email":"ada@example.com","created":1700000000,
        "livemode":false,"balance":0,"metadata":{}}"#;
    match question {
        Question::Customers => {
            let others = (0..world.customers).map(self::customer);
            Some(page(&std::iter::once(customer.to_owned()).chain(others).collect::<Vec<_>>()))
        }
        Question::CustomersByEmail(_) | Question::CustomerSearch(_) => Some(page(&[])),
        Question::Customer(_) => Some(customer.to_owned()),
        Question::Charges { .. } => Some(page(&(0..world.charges).map(charge).collect::<Vec<_>>())),
        Question::Subscriptions { .. } | Question::Invoices { .. } | Question::PaymentMethods { .. } => {
            Some(page(&[]))
        }
        _ => None,
    }
}

fn tell(state: &mut State, message: Message, world: World) {
    let commands = desk::update(state, NOW_MS, message);
    reply(state, commands, world);
}

fn reply(state: &mut State, commands: Commands, world: World) {
    for command in commands.0 {
        let Command::Ask { task, question, .. } = command else { continue };
        let Some(json) = answer(&question, world) else { continue };
        let result = Ok(question.read(&json).expect("the bench's own answer is readable"));
        tell(state, Message::Reply { task, result }, world);
    }
}

fn opened(world: World) -> State {
    let session = Session {
        mode: Mode::Demo,
        account: None,
        bound_to: String::new(),
        agent: "maya".into(),
        profile: "bench".into(),
        read_only: None,
        zone: jiff::tz::TimeZone::UTC,
        day_zone: jiff::tz::TimeZone::UTC,
        undo_ms: 5_000,
        poll_ms: 0,
        settings: Vec::new(),
        languages: paydesk::answers::reply::Languages::default(),
        tips: Vec::new(),
        profiles: Vec::new(),
    };
    let mut state = State::new(session, Policy::builtin(), NOW_MS, SIZE);
    let commands = desk::start(&mut state);
    reply(&mut state, commands, world);
    let keys = if world.customers > 0 { "<esc>/" } else { "<esc><enter>2" };
    for key in parse_keys(keys).expect("keys") {
        tell(&mut state, Message::Key(key), world);
    }
    state
}

/// The value below which `per_thousand` of the sorted times lie.
fn rank(times: &[Duration], per_thousand: usize) -> Duration {
    let at = (times.len() * per_thousand / 1_000).min(times.len() - 1);
    times.get(at).copied().unwrap_or_default()
}

fn show(time: Duration) -> String {
    format!("{}.{:02} ms", time.as_micros() / 1_000, time.as_micros() % 1_000 / 10)
}

/// Types the keys again and again, and times each from the key to the last byte of its frame.
fn measure(state: &mut State, world: World, keys: &str, times: usize) -> (Vec<Duration>, usize) {
    let theme = Theme::new(Depth::True, Ground::Dark);
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let sent = Rc::new(Cell::new(0));
    let backend = CrosstermBackend::new(Sink(Rc::clone(&sent)));
    let mut terminal = Terminal::with_options(backend, options).expect("a terminal of fixed size");
    terminal.draw(|frame| ui::view(state, &theme, frame)).expect("drawn");
    let keys = parse_keys(keys).expect("keys");
    let mut found = Vec::new();
    for _ in 0..times {
        for key in &keys {
            let began = Instant::now();
            tell(state, Message::Key(*key), world);
            terminal.draw(|frame| ui::view(state, &theme, frame)).expect("drawn");
            found.push(began.elapsed());
        }
    }
    found.sort_unstable();
    (found, sent.get())
}

/// Resident memory of this process, in MiB.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1_024)
}

const CHARGES: [(&str, &str); 3] = [
    ("moving through the rows", "jjjj<pgdn><pgdn>kkG<pgup>g<down><up>"),
    ("sorting and filtering them", "sssfor<bs><bs><esc>"),
    ("opening and leaving the refund form", "r<tab>4<bs><esc>"),
];
/// From an empty box to a name and back: each letter ends with the finished list on screen.
const CUSTOMERS: [(&str, &str); 2] = [
    ("typing a name and taking it back", "lovl<bs><bs><bs><bs>"),
    ("typing a number that few have", "4242<bs><bs><bs><bs>"),
];

fn main() {
    // A word of its name measures one course alone.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (charges, customers, most) in [(10_000, 0, "5 ms"), (100_000, 0, "5 ms"), (0, 100_000, "8 ms")] {
        let world = World { charges, customers };
        let (courses, named) = if customers > 0 {
            (&CUSTOMERS[..], format!("{customers} customers"))
        } else {
            (&CHARGES[..], format!("{charges} charges"))
        };
        let courses: Vec<_> = courses.iter().filter(|(what, _)| what.contains(&wanted)).collect();
        if courses.is_empty() {
            continue;
        }
        let mut state = opened(world);
        for (what, keys) in courses {
            let (times, bytes) = measure(&mut state, world, keys, 100);
            println!(
                "| key → frame, {named}: {what} | p50 {}, p99 {}, {} bytes a frame | p99 {most} | a pager 2–7 ms, a fuzzy finder 8 ms (46 over 100,000 names), Python terminal programs 24–300 ms |",
                show(rank(&times, 500)),
                show(rank(&times, 990)),
                bytes / times.len()
            );
        }
        if let Some(memory) = memory() {
            println!(
                "| memory of the state and its screen, {named} | {memory} MiB | 150 MiB | a fuzzy finder 47, a Python table viewer 107, a Python database browser 189 MiB |"
            );
        }
    }
}
