//! Processes of a world: desks and commands, each with the real gate over the real ledger of its machine's folder, and their ends.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, RwLock},
};

use jiff::tz::TimeZone;

use super::{
    desk::Desk,
    disk::Disk,
    net::Wire,
    planted::{Late, Line},
    plants::Plant,
    sim::Sim,
    world::{Nap, Watch, lock},
};
use crate::{
    desk::{
        State,
        state::{Mode, Session},
    },
    gate::{Gate, Identity, PolicySource, SharedLedger},
    ledger::{Ledger, faulty::Faulty},
    model::Record,
    stripe::Transport,
};

const AGENTS: [&str; 3] = ["maya", "noor", "sam"];

impl Sim {
    /// The gate of a new process on this machine, and what it reads over.
    pub(super) fn gate(&mut self, machine: usize, agent: &str) -> (u64, Gate, Arc<dyn Transport>) {
        self.processes += 1;
        let process = self.processes;
        let line = |plant| {
            let wire = Wire { world: Arc::clone(&self.world), process, machine };
            Arc::new(Line { wire, plant, read: Mutex::default(), left: Mutex::default() })
                as Arc<dyn Transport>
        };
        let folder = self.folders[machine].path();
        let disk = Disk {
            folder: folder.to_owned(),
            world: Arc::clone(&self.world),
            machine,
            plant: self.plant,
            late: Late::default(),
        };
        let ledger = Faulty { ledger: Ledger::open(folder).unwrap(), mischief: disk };
        let ledger: SharedLedger = Arc::new(Mutex::new(ledger));
        let identity = Identity {
            agent: agent.to_owned(),
            profile: "test".into(),
            account: "acct_1".into(),
            live: false,
            zone: self.zone(),
            read_only: None,
        };
        let policy = Arc::new(RwLock::new(self.rules.read().unwrap().1.clone()));
        let clock = Arc::new(Watch { world: Arc::clone(&self.world), machine });
        let world = Arc::clone(&self.world);
        let gate = Gate::new(line(self.plant), ledger, policy, clock, identity)
            .with_sleep(Arc::new(move |time| Box::pin(Nap::new(&world, time.as_millis()))));
        let gate = if self.plant == Some(Plant::RulesReadOnce) {
            gate
        } else {
            gate.with_policy_source(self.edited())
        };
        (process, gate, line(None))
    }

    /// The rules, when they have changed since this gate has read them.
    fn edited(&self) -> PolicySource {
        let rules = Arc::clone(&self.rules);
        let known = Mutex::new(rules.read().unwrap().0);
        Arc::new(move || {
            let rules = rules.read().unwrap();
            let mut known = known.lock().unwrap();
            let is_new = *known != rules.0;
            *known = rules.0;
            is_new.then(|| rules.1.clone())
        })
    }

    pub(super) fn somebody(&self) -> &'static str {
        let mut world = lock(&self.world);
        let agents = if world.options.crowd { 1 } else { AGENTS.len() };
        AGENTS[world.chance.usize(0..agents)]
    }

    pub(super) fn open_desk(&mut self, machine: usize) {
        let agent = self.somebody();
        let (process, gate, line) = self.gate(machine, agent);
        let (now_ms, undo_ms) = {
            let world = lock(&self.world);
            (world.now_ms + world.machines[machine].off_ms, world.options.undo_ms)
        };
        let account = super::stripe::account();
        let session = Session {
            mode: Mode::Sandbox,
            account: Some(Record::parse(account.to_string()).unwrap()),
            bound_to: "acct_1".into(),
            agent: agent.into(),
            profile: "test".into(),
            read_only: None,
            zone: TimeZone::UTC,
            day_zone: self.zone(),
            undo_ms,
            poll_ms: 0,
            settings: Vec::new(),
            languages: crate::answers::reply::Languages::default(),
            tips: Vec::new(),
            profiles: Vec::new(),
        };
        let policy = self.rules.read().unwrap().1.clone();
        let state = State::new(session, policy, now_ms, (140, 42));
        self.note(&format!("process {process}: {agent} opens a desk on machine {machine}"));
        let desk =
            Desk::open((process, machine), state, (gate, line), (&self.world, self.plant), &mut self.crew);
        self.desks.push(desk);
    }

    /// The process is gone, wherever it stood. What it left on disk stays, sometimes its lock file too.
    pub(super) fn kill(&mut self, process: u64) {
        let machine = self.machine_of(process);
        let locks = self.locks(machine);
        self.crew.kill(process);
        self.desks.retain(|desk| desk.process != process);
        self.runs.remove(&process);
        let left = self.locks(machine);
        if lock(&self.world).chance.bool() {
            for gone in locks.into_iter().filter(|lock| !left.contains(lock)) {
                std::fs::write(gone, "").unwrap();
            }
        }
    }

    fn locks(&self, machine: usize) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folders[machine].path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("desk-")))
            .collect()
    }
}
