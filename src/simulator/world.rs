//! What all parts of a world share: its time, its chance, Stripe, the calls on their way, and a trace of what happened.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    future::Future,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{disk::Cut, net::Flight, options::Options, stripe::Stripe, truth::Told};
use crate::{ledger::torn::Image, request::Request, time::Clock, time::Unix};

/// Something that happens at its time.
#[derive(Debug)]
pub(super) enum Due {
    Wake(Waker),
    /// A call reaches Stripe; the second of two alike is answered to nobody.
    Arrives {
        call: u64,
        heard: bool,
    },
    /// Stripe has executed it.
    Executes {
        call: u64,
        heard: bool,
    },
    /// What came of a call reaches who made it.
    Told {
        call: u64,
        how: super::net::How,
    },
    /// Stripe does after all what it had answered with a 500.
    RollsForward {
        call: u64,
    },
    ComesBack {
        refund: String,
    },
}

/// A call that has left and that has to be on record by then.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) call: u64,
    pub(super) process: u64,
    pub(super) request: Request,
}

/// One computer, with its data folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Machine {
    /// Its clock less the world's.
    pub(super) off_ms: i64,
    /// It sleeps until then.
    pub(super) wakes_ms: i64,
    /// Writing fails: before anything is done, or after it was.
    pub(super) disk_full: bool,
    /// Intents that were written since somebody looked.
    pub(super) touched: Vec<String>,
    /// The power is about to go out.
    pub(super) cut: Option<Cut>,
    /// It is out: what is left on the disk.
    pub(super) left: Option<Image>,
    /// For who plants a disk that does not sync: what it was before the last write.
    pub(super) unsynced: Option<Image>,
}

impl Machine {
    pub(super) fn is_dark(&self) -> bool {
        self.left.is_some()
    }
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) now_ms: i64,
    pub(super) chance: fastrand::Rng,
    pub(super) options: Options,
    pub(super) stripe: Stripe,
    pub(super) machines: Vec<Machine>,
    pub(super) flights: BTreeMap<u64, Flight>,
    pub(super) calls: u64,
    /// Faults have stopped.
    pub(super) calm: bool,
    pub(super) left: Vec<Left>,
    /// What somebody was told of an intent, in order.
    pub(super) told: Vec<Told>,
    /// Intents that were really done.
    pub(super) happened: BTreeSet<String>,
    /// What one refund may be at most, minor units, and until when; the last holds.
    pub(super) rules: Vec<(Option<Unix>, i64)>,
    pub(super) trace: Trace,
    pub(super) faults: usize,
    due: BTreeMap<(i64, u64), Due>,
    dues: u64,
}

pub(super) type Shared = Arc<Mutex<World>>;

pub(super) fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(super) fn new(chance: fastrand::Rng, options: Options, now: Unix) -> Self {
        Self {
            now_ms: now.0 * 1_000,
            chance,
            stripe: Stripe::new(now, options.named),
            machines: vec![Machine::default(); options.machines],
            options,
            flights: BTreeMap::new(),
            calls: 0,
            calm: false,
            left: Vec::new(),
            told: Vec::new(),
            happened: BTreeSet::new(),
            rules: vec![(None, super::script::MOST)],
            trace: Trace::default(),
            faults: 0,
            due: BTreeMap::new(),
            dues: 0,
        }
    }

    pub(super) fn now(&self) -> Unix {
        Unix(self.now_ms.div_euclid(1_000))
    }

    pub(super) fn at(&mut self, at_ms: i64, due: Due) -> (i64, u64) {
        self.dues += 1;
        let place = (at_ms.max(self.now_ms), self.dues);
        self.due.insert(place, due);
        place
    }

    pub(super) fn forget(&mut self, place: (i64, u64)) {
        self.due.remove(&place);
    }

    /// When something happens next.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// What is due by now, the earliest first.
    pub(super) fn take_due(&mut self) -> Option<Due> {
        let place = *self.due.keys().next().filter(|(at, _)| *at <= self.now_ms)?;
        self.due.remove(&place)
    }

    /// A machine sleeps: seconds, or longer than a key is kept.
    pub(super) fn falls_asleep(&mut self, machine: usize) {
        let hours = if self.chance.bool() { 30 } else { 2 };
        let sleeps_ms = self.chance.i64(1_000..hours * 3_600_000);
        self.sleeps_for(machine, sleeps_ms);
    }

    pub(super) fn sleeps_for(&mut self, machine: usize, sleeps_ms: i64) {
        self.machines[machine].wakes_ms = self.now_ms + sleeps_ms;
        let line = format!("machine {machine} sleeps for {} s", sleeps_ms / 1_000);
        self.trace.note(self.now_ms, &line);
    }

    pub(super) fn any_due(&self, is: impl Fn(&Due) -> bool) -> bool {
        self.due.values().any(is)
    }

    /// One chance in so many.
    pub(super) fn one_in(&mut self, many: u32) -> bool {
        self.chance.u32(0..many) == 0
    }
}

/// The clock of one computer.
#[derive(Clone)]
pub(super) struct Watch {
    pub(super) world: Shared,
    pub(super) machine: usize,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watch({})", self.machine)
    }
}

impl Clock for Watch {
    fn now_ms(&self) -> i64 {
        let world = lock(&self.world);
        world.now_ms + world.machines[self.machine].off_ms
    }
}

/// Waits in the world's time.
pub(super) struct Nap {
    world: Shared,
    until_ms: i64,
    place: Option<(i64, u64)>,
}

impl Nap {
    pub(super) fn new(world: &Shared, ms: u128) -> Self {
        let until_ms = lock(world).now_ms + i64::try_from(ms).unwrap();
        Self { world: Arc::clone(world), until_ms, place: None }
    }
}

impl Future for Nap {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let shared = Arc::clone(&self.world);
        let mut world = lock(&shared);
        if let Some(place) = self.place.take() {
            world.forget(place);
        }
        if world.now_ms >= self.until_ms {
            return Poll::Ready(());
        }
        self.place = Some(world.at(self.until_ms, Due::Wake(context.waker().clone())));
        Poll::Pending
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            lock(&self.world).forget(place);
        }
    }
}

const LINES_MOST: usize = 120;

/// What happened: the last lines, and a number that tells whether two worlds went the same way.
#[derive(Debug, Default)]
pub(super) struct Trace {
    lines: VecDeque<String>,
    hash: u64,
    count: u64,
    /// Ids of intents are made by real chance: here they are called by the order in which they came.
    names: BTreeMap<String, usize>,
}

impl Trace {
    pub(super) fn name(&mut self, intent: &str) -> String {
        let next = self.names.len() + 1;
        format!("int#{}", self.names.entry(intent.to_owned()).or_insert(next))
    }

    pub(super) fn note(&mut self, now_ms: i64, line: &str) {
        let line = format!("{now_ms} {line}");
        let mut hasher = DefaultHasher::new();
        (self.hash, &line).hash(&mut hasher);
        self.hash = hasher.finish();
        self.count += 1;
        self.lines.push_back(line);
        if self.lines.len() > LINES_MOST {
            self.lines.pop_front();
        }
    }

    pub(super) fn print(&self) -> String {
        self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// The same for two worlds in which the same things happened at the same times.
    pub(super) fn sum(&self) -> (u64, u64) {
        (self.count, self.hash)
    }
}
