//! Key to frame: the real update and view with ten thousand charges open, drawn through the real terminal backend into
//! nothing. Prints rows of the table that `scripts/bench` makes.
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

const ROWS: usize = 10_000;
const NOW_MS: i64 = 1_795_435_200_000;
const SIZE: (u16, u16) = (140, 42);

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

/// What Stripe would answer; None: not asked in this bench's course.
fn answer(question: &Question) -> Option<String> {
    let customer = r#"{"id":"cus_bench","object":"customer","name":"Ada Lovelace","email":"ada@example.com","created":1700000000,
        "livemode":false,"balance":0,"metadata":{}}"#;
    match question {
        Question::Customers | Question::CustomersByEmail(_) | Question::CustomerSearch(_) => {
            Some(page(&[customer.to_owned()]))
        }
        Question::Customer(_) => Some(customer.to_owned()),
        Question::Charges { .. } => Some(page(&(0..ROWS).map(charge).collect::<Vec<_>>())),
        Question::Subscriptions { .. } | Question::Invoices { .. } | Question::PaymentMethods { .. } => {
            Some(page(&[]))
        }
        _ => None,
    }
}

fn tell(state: &mut State, message: Message) {
    let commands = desk::update(state, NOW_MS, message);
    reply(state, commands);
}

fn reply(state: &mut State, commands: Commands) {
    for command in commands.0 {
        let Command::Ask { task, question, .. } = command else { continue };
        let Some(json) = answer(&question) else { continue };
        let result = Ok(question.read(&json).expect("the bench's own answer is readable"));
        tell(state, Message::Reply { task, result });
    }
}

fn opened() -> State {
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
    };
    let mut state = State::new(session, Policy::builtin(), NOW_MS, SIZE);
    let commands = desk::start(&mut state);
    reply(&mut state, commands);
    for key in parse_keys("<esc><enter>2").expect("keys") {
        tell(&mut state, Message::Key(key));
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
fn measure(state: &mut State, keys: &str, times: usize) -> (Vec<Duration>, usize) {
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
            tell(state, Message::Key(*key));
            terminal.draw(|frame| ui::view(state, &theme, frame)).expect("drawn");
            found.push(began.elapsed());
        }
    }
    found.sort_unstable();
    (found, sent.get())
}

fn main() {
    let mut state = opened();
    let courses = [
        ("moving through the rows", "jjjj<pgdn><pgdn>kkG<pgup>g<down><up>"),
        ("sorting and filtering them", "sssfor<bs><bs><esc>"),
        ("opening and leaving the refund form", "r<tab>4<bs><esc>"),
    ];
    // A word of its name measures one course alone.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (what, keys) in courses.into_iter().filter(|(what, _)| what.contains(&wanted)) {
        let (times, bytes) = measure(&mut state, keys, 100);
        println!(
            "| key → frame, {ROWS} charges: {what} | p50 {}, p99 {}, {} bytes a frame | p99 5 ms | a pager 2–7 ms, a fuzzy finder 8 ms, Python terminal programs 24–300 ms |",
            show(rank(&times, 500)),
            show(rank(&times, 990)),
            bytes / times.len()
        );
    }
}
