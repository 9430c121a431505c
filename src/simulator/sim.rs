//! One world from its beginning to its end: people and the world do something, time passes, and after every step it is looked
//! at what must hold. At the end everything is calm, and every intent has to be settled.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, RwLock},
};

use jiff::tz::TimeZone;

use super::{
    crew::Crew,
    desk::Desk,
    options::Options,
    plants::Plant,
    report::{Failure, Report},
    truth::Truth,
    world::{Due, Shared, World, lock},
};
use crate::{desk::Message, policy::Policy, time::Unix};

/// Monday, 23 November 2026, noon.
pub(super) const BEGINS: Unix = Unix(1_795_435_200);

pub(super) type Held = Result<(), String>;

pub(super) struct Sim {
    pub(super) world: Shared,
    pub(super) crew: Crew,
    pub(super) desks: Vec<Desk>,
    pub(super) truths: Vec<Truth>,
    pub(super) folders: Vec<tempfile::TempDir>,
    /// Processes that are no desks, each on its machine.
    pub(super) runs: BTreeMap<u64, usize>,
    pub(super) processes: u64,
    pub(super) rules: Arc<RwLock<(u64, Policy)>>,
    pub(super) plant: Option<Plant>,
    pub(super) report: Report,
    /// Effects that were looked at.
    seen: usize,
}

/// In memory where the system has such a place: thousands of syncs cost nothing there.
fn folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Lives through one world.
pub(super) fn run(seed: u64, steps: usize) -> Result<Report, Box<Failure>> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let options = Options::drawn(&mut chance, steps);
    run_with((seed, chance), options, None)
}

/// Lives through a world of this kind, with a mistake or without one.
pub(super) fn run_in(seed: u64, options: Options, plant: Option<Plant>) -> Result<Report, Box<Failure>> {
    run_with((seed, fastrand::Rng::with_seed(seed)), options, plant)
}

fn run_with(
    (seed, chance): (u64, fastrand::Rng),
    options: Options,
    plant: Option<Plant>,
) -> Result<Report, Box<Failure>> {
    // Retries are spread by chance too.
    fastrand::seed(seed);
    let mut sim = Sim::new(World::new(chance, options.clone(), BEGINS), plant);
    let lived = sim.live();
    let world = lock(&sim.world);
    let (steps, simulated_ms) = (sim.report.steps, world.now_ms - BEGINS.0 * 1_000);
    match lived {
        Ok(()) => {
            let changes = world.stripe.done.len();
            let refunds = world.stripe.done.iter().filter(|effect| effect.refund.is_some()).count();
            let intents = sim.truths.iter().map(Truth::count).sum();
            let (calls, faults, sum) = (world.calls, world.faults, world.trace.sum());
            drop(world);
            Ok(Report {
                worlds: 1,
                calls,
                faults,
                intents,
                changes,
                refunds,
                simulated_ms,
                sum,
                ..sim.report.clone()
            })
        }
        Err(what) => Err(Box::new(Failure { seed, options, steps, what, trace: world.trace.print() })),
    }
}

impl Sim {
    pub(super) fn new(world: World, plant: Option<Plant>) -> Self {
        let folders: Vec<_> = world.machines.iter().map(|_| folder()).collect();
        let truths =
            folders.iter().enumerate().map(|(machine, folder)| Truth::of(machine, folder.path())).collect();
        Self {
            world: Arc::new(Mutex::new(world)),
            crew: Crew::default(),
            desks: Vec::new(),
            truths,
            folders,
            runs: BTreeMap::new(),
            processes: 0,
            rules: Arc::new(RwLock::new((0, super::script::rules(super::script::MOST)))),
            plant,
            report: Report::default(),
            seen: 0,
        }
    }

    pub(super) fn zone(&self) -> TimeZone {
        TimeZone::get(lock(&self.world).options.zone).unwrap()
    }

    pub(super) fn note(&self, line: &str) {
        let mut world = lock(&self.world);
        let now_ms = world.now_ms;
        world.trace.note(now_ms, line);
    }

    pub(super) fn machine_of(&self, process: u64) -> usize {
        let desk = self.desks.iter().find(|desk| desk.process == process);
        desk.map(|desk| desk.machine).or_else(|| self.runs.get(&process).copied()).unwrap_or(0)
    }

    fn sleeps(&self, machine: usize) -> bool {
        let world = lock(&self.world);
        world.machines[machine].wakes_ms > world.now_ms
    }

    /// Time passes until then; everything that can go on meanwhile does, in some order.
    pub(super) fn pass_until(&mut self, until_ms: i64) -> Held {
        loop {
            self.end_what_is_over();
            let awake: Vec<u64> = {
                let ready = self.crew.ready();
                ready
                    .into_iter()
                    .filter(|(_, process)| !self.sleeps(self.machine_of(*process)))
                    .map(|(actor, _)| actor)
                    .collect()
            };
            let listening: Vec<usize> = (0..self.desks.len())
                .filter(|at| !self.sleeps(self.desks[*at].machine) && self.desks[*at].has_heard())
                .collect();
            let choices = awake.len() + listening.len();
            if choices == 0 {
                if !self.next_moment(until_ms)? {
                    return Ok(());
                }
                continue;
            }
            let chosen = lock(&self.world).chance.usize(0..choices);
            match awake.get(chosen) {
                Some(actor) => self.crew.step(*actor),
                None => self.desks[listening[chosen - awake.len()]].hear(&mut self.crew)?,
            }
            self.lose_power()?;
            self.look()?;
            self.maybe_crash();
            self.maybe_sleep();
        }
    }

    /// Where the power went out every process has ended, and the next one finds what is left on the disk.
    fn lose_power(&mut self) -> Held {
        for machine in 0..self.truths.len() {
            let Some(left) = lock(&self.world).machines[machine].left.take() else { continue };
            self.report.power_cuts += 1;
            let running = self.desks.iter().map(|desk| desk.process).chain(self.runs.keys().copied());
            let here: Vec<u64> = running.filter(|process| self.machine_of(*process) == machine).collect();
            for process in here {
                self.kill(process);
            }
            let folder = self.folders[machine].path();
            self.truths[machine].power_is_back(folder, &left, &mut lock(&self.world))?;
        }
        Ok(())
    }

    /// A lid is closed in the middle of anything.
    fn maybe_sleep(&mut self) {
        let mut world = lock(&self.world);
        if world.calm || !world.options.suspends || world.chance.u32(0..2_000) > 0 {
            return;
        }
        let machine = world.chance.usize(0..self.truths.len());
        world.falls_asleep(machine);
    }

    /// The next thing that happens by itself. Gives whether there is one until then.
    fn next_moment(&mut self, until_ms: i64) -> Result<bool, String> {
        let mut world = lock(&self.world);
        let Some(at_ms) = world.next_ms().filter(|at| *at <= until_ms) else {
            world.now_ms = world.now_ms.max(until_ms);
            return Ok(false);
        };
        world.now_ms = world.now_ms.max(at_ms);
        while let Some(due) = world.take_due() {
            match due {
                Due::Wake(waker) => waker.wake(),
                Due::Arrives { call, heard } => world.arrives(call, heard),
                Due::Executes { call, heard } => world.executes(call, heard),
                Due::Told { call, how } => world.tells(call, how),
                Due::RollsForward { call } => world.rolls_forward(call),
                Due::ComesBack { refund } => {
                    let now_ms = world.now_ms;
                    let now = world.now();
                    world.stripe.come_back(&refund, now);
                    world.trace.note(now_ms, &format!("{refund} comes back"));
                }
            }
        }
        drop(world);
        self.look()?;
        Ok(true)
    }

    fn end_what_is_over(&mut self) {
        let over: Vec<u64> =
            self.desks.iter().filter(|desk| desk.is_over(&self.crew)).map(|desk| desk.process).collect();
        for process in over {
            self.note(&format!("process {process} has left"));
            self.kill(process);
        }
        let done: Vec<u64> = self.runs.keys().copied().filter(|run| self.crew.count(*run) == 0).collect();
        for process in done {
            self.runs.remove(&process);
        }
    }

    fn maybe_crash(&mut self) {
        let processes: Vec<u64> =
            self.desks.iter().map(|desk| desk.process).chain(self.runs.keys().copied()).collect();
        let mut world = lock(&self.world);
        let often = world.options.crashes;
        if world.calm || processes.is_empty() || world.chance.u32(0..10_000) >= often {
            return;
        }
        let process = processes[world.chance.usize(0..processes.len())];
        drop(world);
        self.crash(process);
    }

    pub(super) fn crash(&mut self, process: u64) {
        self.note(&format!("process {process} is killed"));
        self.report.crashes += 1;
        self.kill(process);
    }

    /// The first desk hears it.
    pub(super) fn press_first(&mut self, message: Message) -> Held {
        if let Some(desk) = self.desks.first_mut() {
            desk.tell(message, &mut self.crew)?;
        }
        self.look()
    }

    /// What must hold, where something has changed.
    pub(super) fn look(&mut self) -> Held {
        self.report.steps += 1;
        let world = &mut *lock(&self.world);
        for left in std::mem::take(&mut world.left) {
            let machine = {
                let desk = self.desks.iter().find(|desk| desk.process == left.process);
                desk.map(|desk| desk.machine).or_else(|| self.runs.get(&left.process).copied()).unwrap_or(0)
            };
            self.truths[machine].leaves(&left, world)?;
        }
        while let Some(effect) = world.stripe.done.get(self.seen).cloned() {
            self.seen += 1;
            for truth in self.truths.iter_mut().filter(|truth| truth.knows(effect.call)) {
                truth.happens(&effect, world)?;
            }
        }
        for (machine, truth) in self.truths.iter_mut().enumerate() {
            let touched = std::mem::take(&mut world.machines[machine].touched);
            if !touched.is_empty() {
                truth.chain_holds()?;
            }
            for intent in touched {
                truth.written(&intent, world)?;
            }
        }
        for told in std::mem::take(&mut world.told) {
            for truth in self.truths.iter_mut().filter(|truth| truth.is_of(&told.intent)) {
                truth.was_told(&told, world)?;
            }
        }
        Ok(())
    }
}
