//! The desk without a terminal: the real update, tasks, gate, ledger and client against the real sandbox over HTTP. Keys go
//! in, the screen comes out, and time passes only when a test says so.

mod outside;
mod seen;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};

use jiff::tz::TimeZone;
use paydesk::{
    desk::{
        self, Commands, Message, State,
        key::parse_keys,
        state::{Mode, Session, Tip},
    },
    gate::{Gate, Identity},
    ledger::Ledger,
    policy::Policy,
    runtime::{
        EVENTS_MOST, Event, Outside, Wire, execute::Local, record::Recorder, tasks::Tasks,
        through_gate::ThroughGate,
    },
    sandbox::{self, Running},
    stripe::{Client, Deadlines, Settings},
    time::{Clock, ManualClock, Unix},
};
use tokio::{runtime::Runtime, sync::mpsc::Receiver};

pub(crate) use self::seen::{letters, screen};

/// 2026-11-23T12:00:00Z, a Monday.
pub(crate) const NOW: i64 = 1_795_435_200;
/// Timers that fire while settling: pauses of typing, rests on a row. A hold is longer and is waited for by name.
const SOON_MS: i64 = 1_000;
/// A test that waits longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Options {
    pub(crate) size: (u16, u16),
    pub(crate) policy: Policy,
    pub(crate) read_only: Option<String>,
    pub(crate) mode: Mode,
    pub(crate) customers: u32,
    pub(crate) agent: &'static str,
    /// Works with a restricted key of these permissions, as `charge:read,refund:write`.
    pub(crate) restrict: Option<&'static str>,
    pub(crate) tips: Vec<Tip>,
    /// How often events are asked for; 0: never.
    pub(crate) poll_ms: i64,
    /// Of the client; Stripe's own unless a test waits for them.
    pub(crate) deadlines: Deadlines,
    /// Stands between the desk and the sandbox: gives its own address for the sandbox's.
    pub(crate) through: Option<fn(&str) -> String>,
    /// The sitting is recorded in this new file.
    pub(crate) record: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            size: (140, 42),
            policy: Policy::builtin(),
            read_only: None,
            mode: Mode::Demo,
            customers: 400,
            agent: "maya",
            restrict: None,
            tips: Vec::new(),
            poll_ms: 0,
            deadlines: Deadlines::default(),
            through: None,
            record: None,
        }
    }
}

pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) sandbox: Arc<Running>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) copied: Vec<String>,
    pub(crate) opened: Vec<String>,
    pub(crate) left: bool,
    /// Keeps the ledger's folder.
    pub(crate) folder: Arc<tempfile::TempDir>,
    /// How long retries would have waited: here they do not.
    pub(crate) waits: Arc<Mutex<Vec<Duration>>>,
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
    sandbox_clock: sandbox::Clock,
    clock: Arc<ManualClock>,
    outside: Outside,
    events: Receiver<Event>,
    wakes: BTreeSet<i64>,
    recorder: Option<Recorder>,
    /// This desk's own threads: they end with it, as at a crash.
    runtime: Runtime,
    /// The sandbox's, which outlives each desk.
    server: Arc<Runtime>,
}

/// A client that does not tell how long calls take: screens stay the same from run to run.
struct Quiet(Client);

impl Wire for Quiet {
    fn figures(&self) -> Option<(u64, i64)> {
        None
    }

    fn warm(&self) {
        Wire::warm(&self.0);
    }
}

/// Happens once, while a retry would wait.
type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

fn threads() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// What desks on one data folder share.
struct Shared {
    sandbox: Arc<Running>,
    sandbox_clock: sandbox::Clock,
    clock: Arc<ManualClock>,
    folder: Arc<tempfile::TempDir>,
    server: Arc<Runtime>,
}

/// A desk at 140×42 on the demo world.
pub(crate) fn desk() -> Desk {
    Desk::open(Options::default())
}

fn session(options: &Options) -> Session {
    Session {
        mode: options.mode,
        account: None,
        bound_to: String::new(),
        agent: options.agent.into(),
        profile: "demo".into(),
        read_only: options.read_only.clone(),
        zone: TimeZone::UTC,
        day_zone: TimeZone::UTC,
        undo_ms: 5_000,
        poll_ms: options.poll_ms,
        settings: Vec::new(),
        languages: paydesk::answers::reply::Languages::default(),
        tips: options.tips.clone(),
        profiles: Vec::new(),
    }
}

impl Desk {
    pub(crate) fn open(options: Options) -> Self {
        let server = Arc::new(threads());
        let sandbox_clock = sandbox::Clock::fixed(NOW);
        let sandbox = server
            .block_on(sandbox::start(sandbox::Options {
                seed: 7,
                customers: options.customers,
                clock: sandbox_clock.clone(),
                search_lag: Duration::ZERO,
                restrict: options.restrict.unwrap_or("*:write").parse().unwrap(),
                ..sandbox::Options::default()
            }))
            .unwrap();
        let shared = Shared {
            sandbox: Arc::new(sandbox),
            sandbox_clock,
            clock: Arc::new(ManualClock::at(Unix(NOW))),
            folder: Arc::new(tempfile::tempdir().unwrap()),
            server,
        };
        Self::on(shared, options)
    }

    /// A second desk on the same data folder, the same Stripe and the same clock.
    pub(crate) fn beside(other: &Self, options: Options) -> Self {
        let shared = Shared {
            sandbox: Arc::clone(&other.sandbox),
            sandbox_clock: other.sandbox_clock.clone(),
            clock: Arc::clone(&other.clock),
            folder: Arc::clone(&other.folder),
            server: Arc::clone(&other.server),
        };
        Self::on(shared, options)
    }

    fn on(shared: Shared, options: Options) -> Self {
        let Shared { sandbox, sandbox_clock, clock, folder, server } = shared;
        let runtime = threads();
        let watch: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let key = if options.restrict.is_some() { sandbox.restricted_key() } else { sandbox.secret_key() };
        let base = options
            .through
            .map_or_else(|| sandbox.base_url().to_owned(), |through| through(sandbox.base_url()));
        let mut settings = Settings::new(base.parse().unwrap(), key.to_owned().into());
        settings.per_second = 0;
        settings.deadlines = options.deadlines;
        let client = runtime.block_on(async { Client::new(settings, Arc::clone(&watch)).unwrap() });
        let identity = Identity {
            agent: options.agent.into(),
            profile: "demo".into(),
            account: sandbox.account().into(),
            live: options.mode == Mode::Live,
            zone: TimeZone::UTC,
            read_only: options.read_only.clone(),
        };
        let ledger = Arc::new(Mutex::new(Ledger::open(folder.path()).unwrap()));
        let policy = Arc::new(RwLock::new(options.policy.clone()));
        let waits = Arc::new(Mutex::new(Vec::new()));
        let meanwhile: Arc<Mutex<Option<Meanwhile>>> = Arc::default();
        let (noted, then) = (Arc::clone(&waits), Arc::clone(&meanwhile));
        let gate = Gate::new(Arc::new(client.clone()), ledger, policy, Arc::clone(&watch), identity)
            .with_sleep(Arc::new(move |time| {
                noted.lock().unwrap().push(time);
                let happens = then.lock().unwrap().take();
                happens.unwrap_or_else(|| Box::pin(tokio::task::yield_now()))
            }));
        let gate = Arc::new(gate);
        let session = session(&options);
        let (sender, events) = tokio::sync::mpsc::channel(EVENTS_MOST);
        let outside = Outside::new(
            Arc::new(client.clone()),
            Arc::new(ThroughGate::new(Arc::clone(&gate))),
            Arc::new(Quiet(client.clone())),
            Tasks::new(sender),
        );
        let mut state = State::new(session, options.policy, clock.now_ms(), options.size);
        let first = desk::start(&mut state);
        let mut recorder = options.record.as_deref().map(|path| Recorder::create(path).unwrap());
        if let Some(recorder) = &mut recorder {
            recorder.begin(clock.now_ms(), &state);
        }
        let mut desk = Self {
            state,
            sandbox,
            gate,
            copied: Vec::new(),
            opened: Vec::new(),
            left: false,
            folder,
            waits,
            meanwhile,
            sandbox_clock,
            clock,
            outside,
            events,
            wakes: BTreeSet::new(),
            recorder,
            runtime,
            server,
        };
        desk.carry_out(first);
        desk.settle();
        desk
    }

    /// Keys as tests write them: `ada@<enter>r`.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_keys(keys).unwrap() {
            self.send(Message::Key(key));
        }
        self
    }

    pub(crate) fn send(&mut self, message: Message) -> &mut Self {
        self.outside.overhear(&message);
        if let Some(recorder) = &mut self.recorder {
            recorder.note(self.clock.now_ms(), &message);
        }
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
    pub(crate) fn settle(&mut self) -> &mut Self {
        let limit = self.clock.now_ms() + SOON_MS;
        self.run_until(limit)
    }

    /// Lets time pass, with everything that falls due in it.
    pub(crate) fn after_ms(&mut self, ms: i64) -> &mut Self {
        let limit = self.clock.now_ms() + ms;
        self.run_until(limit);
        let rest = limit - self.clock.now_ms();
        self.pass(rest.max(0));
        self.send(Message::Wake);
        self.settle()
    }

    /// As long as somebody takes who reads what came up before they confirm it.
    pub(crate) fn reads(&mut self) -> &mut Self {
        self.after_ms(1_000)
    }

    fn pass(&mut self, ms: i64) {
        self.clock.advance_ms(ms);
        let seconds = self.clock.now().0 - self.sandbox_clock.now();
        self.sandbox_clock.shift(seconds);
    }

    fn run_until(&mut self, limit: i64) -> &mut Self {
        loop {
            while !self.state.tasks.running.is_empty() {
                self.next();
            }
            let Some(next) = self.wakes.first().copied().filter(|at| *at <= limit) else { return self };
            self.wakes.pop_first();
            self.pass((next - self.clock.now_ms()).max(0));
            self.send(Message::Wake);
        }
    }

    /// Lets time pass and tells the desk, but waits for nothing that this starts.
    pub(crate) fn tick_ms(&mut self, ms: i64) -> &mut Self {
        self.pass(ms);
        self.send(Message::Wake)
    }

    /// Takes in what has come so far.
    pub(crate) fn hear(&mut self) -> &mut Self {
        while let Ok(Event::Desk(message)) = self.events.try_recv() {
            self.send(message);
        }
        self
    }

    /// Waits for one thing to come, and takes in that alone.
    pub(crate) fn next(&mut self) -> &mut Self {
        let arrived =
            self.runtime.block_on(async { tokio::time::timeout(PATIENCE, self.events.recv()).await });
        match arrived {
            Ok(Some(Event::Desk(message))) => self.send(message),
            other => panic!("{other:?} while waiting for {:?}", self.state.tasks.running),
        }
    }

    /// Until `done`, hearing whatever comes.
    #[track_caller]
    pub(crate) fn until(&mut self, done: impl Fn(&Self) -> bool) -> &mut Self {
        for _ in 0..PATIENCE.as_millis() {
            self.hear();
            if done(self) {
                return self;
            }
            self.wait(async { tokio::time::sleep(Duration::from_millis(1)).await });
        }
        panic!("it never came to that:\n{}", self.screen());
    }

    /// Runs a call of the gate's, as another way in than the screen would.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}
