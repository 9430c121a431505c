//! The desk without a terminal: the real update, tasks, gate, ledger and client against the real sandbox over HTTP. Keys go
//! in, the screen comes out, and time passes only when a test says so.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};

use jiff::tz::TimeZone;
use paydesk::{
    desk::{
        self, Command, Commands, Message, State,
        key::parse_keys,
        state::{Mode, Session},
    },
    gate::{Gate, Identity},
    ledger::Ledger,
    policy::Policy,
    runtime::{EVENTS_MOST, Event, Outside, execute::Local, tasks::Tasks, through_gate::ThroughGate},
    sandbox::{self, Faults, Running},
    stripe::{Client, Settings},
    time::{Clock, ManualClock, Unix},
    ui::{
        self,
        theme::{Depth, Ground, Theme},
    },
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Color};
use tokio::{runtime::Runtime, sync::mpsc::Receiver};

/// 2026-11-23T12:00:00Z, a Monday.
pub const NOW: i64 = 1_795_435_200;
/// Timers that fire while settling: pauses of typing, rests on a row. A hold is longer and is waited for by name.
const SOON_MS: i64 = 1_000;
/// A test that waits longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Options {
    pub size: (u16, u16),
    pub policy: Policy,
    pub read_only: Option<String>,
    pub mode: Mode,
    pub customers: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { size: (140, 42), policy: Policy::builtin(), read_only: None, mode: Mode::Demo, customers: 400 }
    }
}

pub struct Desk {
    pub state: State,
    pub sandbox: Running,
    pub gate: Arc<Gate>,
    pub copied: Vec<String>,
    pub opened: Vec<String>,
    pub left: bool,
    /// Keeps the ledger's folder.
    pub folder: Arc<tempfile::TempDir>,
    sandbox_clock: sandbox::Clock,
    clock: Arc<ManualClock>,
    outside: Outside,
    events: Receiver<Event>,
    wakes: BTreeSet<i64>,
    runtime: Runtime,
}

/// A desk at 140×42 on the demo world.
pub fn desk() -> Desk {
    Desk::open(Options::default())
}

impl Desk {
    pub fn open(options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let sandbox_clock = sandbox::Clock::fixed(NOW);
        let clock = Arc::new(ManualClock::at(Unix(NOW)));
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let sandbox = runtime
            .block_on(sandbox::start(sandbox::Options {
                seed: 7,
                customers: options.customers,
                clock: sandbox_clock.clone(),
                search_lag: false,
                ..sandbox::Options::default()
            }))
            .unwrap();
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let mut settings =
            Settings::new(sandbox.base_url().parse().unwrap(), sandbox.secret_key().to_owned().into());
        settings.per_second = 0;
        let client = runtime.block_on(async { Client::new(settings, Arc::clone(&shared)).unwrap() });
        let identity = Identity {
            agent: "maya".into(),
            profile: "demo".into(),
            account: sandbox.account().into(),
            live: options.mode == Mode::Live,
            zone: TimeZone::UTC,
            read_only: options.read_only.clone(),
        };
        let ledger = Arc::new(Mutex::new(Ledger::open(folder.path()).unwrap()));
        let policy = Arc::new(RwLock::new(options.policy.clone()));
        let gate =
            Arc::new(Gate::new(Arc::new(client.clone()), ledger, policy, Arc::clone(&shared), identity));
        let session = Session {
            mode: options.mode,
            account: None,
            agent: "maya".into(),
            profile: "demo".into(),
            read_only: options.read_only,
            zone: "UTC".into(),
            undo_ms: 5_000,
            settings: Vec::new(),
        };
        let (sender, events) = tokio::sync::mpsc::channel(EVENTS_MOST);
        let outside = Outside::new(
            Arc::new(client),
            Arc::new(ThroughGate::new(Arc::clone(&gate))),
            Arc::new(|| None),
            Tasks::new(sender),
        );
        let mut state = State::new(session, options.policy, clock.now_ms(), options.size);
        let first = desk::start(&mut state);
        let mut desk = Self {
            state,
            sandbox,
            gate,
            copied: Vec::new(),
            opened: Vec::new(),
            left: false,
            folder,
            sandbox_clock,
            clock,
            outside,
            events,
            wakes: BTreeSet::new(),
            runtime,
        };
        desk.carry_out(first);
        desk.settle();
        desk
    }

    /// Keys as tests write them: `ada@<enter>r`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_keys(keys).unwrap() {
            self.send(Message::Key(key));
        }
        self
    }

    pub fn send(&mut self, message: Message) -> &mut Self {
        self.outside.overhear(&message);
        let commands = desk::update(&mut self.state, self.clock.now_ms(), message);
        self.carry_out(commands);
        self
    }

    fn carry_out(&mut self, commands: Commands) {
        for command in commands.0 {
            let _inside = self.runtime.enter();
            match self.outside.carry_out(command) {
                None => {}
                Some(Local::Wake { at_ms }) => {
                    self.wakes.insert(at_ms);
                }
                Some(Local::Copy { task, text, what }) => {
                    self.copied.push(text.to_string());
                    self.send(Message::Done { task, result: Ok(what) });
                }
                Some(Local::Open { task, url }) => {
                    self.opened.push(url);
                    self.send(Message::Done { task, result: Ok(String::new()) });
                }
                Some(Local::Quit) => self.left = true,
            }
        }
    }

    /// Until nothing is in flight and no timer is due soon.
    pub fn settle(&mut self) -> &mut Self {
        let limit = self.clock.now_ms() + SOON_MS;
        self.run_until(limit)
    }

    /// Lets time pass, with everything that falls due in it.
    pub fn after_ms(&mut self, ms: i64) -> &mut Self {
        let limit = self.clock.now_ms() + ms;
        self.run_until(limit);
        let rest = limit - self.clock.now_ms();
        self.pass(rest.max(0));
        self.send(Message::Wake);
        self.settle()
    }

    fn pass(&mut self, ms: i64) {
        self.clock.advance_ms(ms);
        let seconds = self.clock.now().0 - self.sandbox_clock.now();
        self.sandbox_clock.shift(seconds);
    }

    fn run_until(&mut self, limit: i64) -> &mut Self {
        loop {
            while !self.state.tasks.running.is_empty() {
                let arrived =
                    self.runtime.block_on(async { tokio::time::timeout(PATIENCE, self.events.recv()).await });
                match arrived {
                    Ok(Some(Event::Desk(message))) => {
                        self.send(message);
                    }
                    other => panic!("{other:?} while waiting for {:?}", self.state.tasks.running),
                }
            }
            let Some(next) = self.wakes.first().copied().filter(|at| *at <= limit) else { return self };
            self.wakes.pop_first();
            self.pass((next - self.clock.now_ms()).max(0));
            self.send(Message::Wake);
        }
    }

    pub fn faults(&mut self, spec: &str) -> &mut Self {
        self.sandbox.set_faults(Faults::parse(spec).unwrap());
        self
    }

    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.send(Message::Resize { width, height })
    }

    pub fn buffer(&self, theme: &Theme) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.state.width, self.state.height)).unwrap();
        terminal.draw(|frame| ui::view(&self.state, theme, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text, with what differs from run to run made the same.
    pub fn screen(&self) -> String {
        let buffer = self.buffer(&Theme::new(Depth::True, Ground::Dark));
        let area = *buffer.area();
        let mut lines = Vec::new();
        for y in 0..area.height {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..area.width {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = paydesk::text::width(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            lines.push(steady(line.trim_end()));
        }
        lines.join("\n")
    }

    /// Fails with the screen when `text` is not on it.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "`{text}` is not on the screen:\n{screen}");
        self
    }

    #[track_caller]
    pub fn sees_not(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "`{text}` is on the screen:\n{screen}");
        self
    }

    /// `METHOD /path` of every change that the sandbox was asked for.
    pub fn changes_asked(&self) -> Vec<String> {
        self.sandbox
            .requests()
            .iter()
            .filter(|seen| seen.method != "GET" && !seen.path.ends_with("create_preview"))
            .map(|seen| format!("{} {}", seen.method, seen.path))
            .collect()
    }

    pub fn requests(&self, part: &str) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|seen| format!("{} {}", seen.method, seen.path).contains(part))
            .count()
    }
}

/// Random names are replaced by as many `x`: ids of intents and requests.
fn steady(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = ["int_", "req_", "pdk_"].iter().filter_map(|prefix| rest.find(prefix)).min() {
        let (before, name) = rest.split_at(at + 4);
        out.push_str(before);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        out.extend(std::iter::repeat_n('x', end));
        rest = &name[end..];
    }
    out + rest
}

/// Where a style stands, as text of the same shape: one letter a cell.
pub fn letters(buffer: &Buffer, letter: impl Fn(Color, Color) -> char) -> String {
    let area = *buffer.area();
    (0..area.height)
        .map(|y| (0..area.width).map(|x| letter(buffer[(x, y)].fg, buffer[(x, y)].bg)).collect::<String>())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Silences the lint that a command nobody looks at is lost.
pub fn count(commands: &[Command]) -> usize {
    commands.len()
}
