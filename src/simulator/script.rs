//! What people and the world do, one thing after the other, and how it all ends.

use std::sync::Arc;

use super::{
    fingers,
    options::Trouble,
    sim::{Held, Sim},
    truth::{AGENT_CAP, TEAM_CAP, Told},
    world::{Nap, Shared, lock},
};
use crate::{
    actions::Args,
    gate::{Ask, Gate, Release},
    ledger::IntentState,
    policy::{Given, Policy},
};

/// Of one refund, minor units: what the rules say at first, and what they say when they are made tighter.
pub(super) const MOST: i64 = 10_000;
const TIGHT: i64 = 2_000;

const HOUR_MS: i64 = 3_600_000;

pub(super) fn rules(most: i64) -> Policy {
    let usd = |minor: i64| format!("{{ usd = \"{}.{:02}\", jpy = \"20000\" }}", minor / 100, minor % 100);
    let text = format!(
        "version = 1\n[refunds]\nmax = {}\nautomatic = {{ usd = \"30.00\", jpy = \"3000\" }}\nreason = \"required\"\n\
         daily_cap = {{ per_agent = {}, per_team = {} }}\n[subscriptions]\ncancel = [\"period_end\", \"now\"]\n\
         pause = true\nchange_plan = true\nproration = \"choose\"\n[invoices]\nchange = true\n\
         max_write_off = {{ usd = \"60.00\" }}\n",
        usd(most),
        usd(AGENT_CAP),
        usd(TEAM_CAP)
    );
    Policy::parse(&text, "policy.toml").unwrap()
}

/// Somebody at a command line: what they ask for is decided, recorded and sent.
async fn run(gate: Gate, ask: Ask, world: Shared) {
    let Ok(intent) = gate.prepare(&ask).await else { return };
    let state = match gate.send(&intent.id, Release::Now, |_| {}).await {
        Ok(ending) => ending.intent.state,
        // It says that nothing was done.
        Err(_) => IntentState::Withdrawn,
    };
    lock(&world).told.push(Told { intent: intent.id, state });
}

async fn resolve(gate: Gate, world: Shared) {
    let Ok(endings) = gate.recover().await else { return };
    for ending in endings {
        let told = Told { intent: ending.intent.id, state: ending.intent.state };
        lock(&world).told.push(told);
    }
}

impl Sim {
    pub(super) fn live(&mut self) -> Held {
        let steps = lock(&self.world).options.steps;
        for _ in 0..steps {
            self.do_something()?;
            let now_ms = lock(&self.world).now_ms;
            let rests_ms = self.rest_ms();
            self.pass_until(now_ms + rests_ms)?;
        }
        self.calm_down()
    }

    fn rest_ms(&self) -> i64 {
        let world = &mut *lock(&self.world);
        let chance = &mut world.chance;
        match chance.u8(0..100) {
            0..20 if world.options.idle => chance.i64(20 * HOUR_MS..30 * HOUR_MS),
            0..60 if world.options.crowd => chance.i64(0..300),
            0..80 => chance.i64(0..3_000),
            80..97 => chance.i64(3_000..120_000),
            97 | 98 => chance.i64(120_000..HOUR_MS),
            _ => chance.i64(HOUR_MS..30 * HOUR_MS),
        }
    }

    fn do_something(&mut self) -> Held {
        let (desks, machines, doing, what) = {
            let mut world = lock(&self.world);
            let what = world.chance.u8(0..100);
            (world.options.desks * world.options.machines, world.options.machines, world.options.doing, what)
        };
        let machine = lock(&self.world).chance.usize(0..machines);
        if self.desks.len() < desks && what < doing.keys.min(40) {
            self.open_desk(machine);
            return Ok(());
        }
        let (commands, settles) = (doing.keys + doing.commands, doing.keys + doing.commands + doing.settles);
        if what < doing.keys {
            return self.press();
        }
        if what < commands {
            self.at_the_command_line(machine);
            return Ok(());
        }
        if what < settles {
            self.resolve(machine);
            return Ok(());
        }
        self.trouble(machine)
    }

    fn press(&mut self) -> Held {
        let awake: Vec<usize> = {
            let world = lock(&self.world);
            let here = self.desks.iter().enumerate();
            here.filter(|(_, desk)| {
                world.machines[desk.machine].wakes_ms <= world.now_ms && desk.leaves_by.is_none()
            })
            .map(|(at, _)| at)
            .collect()
        };
        if awake.is_empty() {
            return Ok(());
        }
        let at = awake[lock(&self.world).chance.usize(0..awake.len())];
        let process = self.desks[at].process;
        let keys = fingers::next(&self.desks[at].state, &mut lock(&self.world));
        for (key, waits_ms) in keys {
            let now_ms = lock(&self.world).now_ms;
            self.pass_until(now_ms + waits_ms)?;
            // It may be gone by now.
            let Some(at) = self.desks.iter().position(|desk| desk.process == process) else { return Ok(()) };
            self.desks[at].press(key, &mut self.crew)?;
            self.look()?;
        }
        Ok(())
    }

    fn ask(&self) -> Ask {
        let mut world = lock(&self.world);
        let refundable = world.stripe.refundable();
        let chance = &mut world.chance;
        let who = if chance.bool() { "ada" } else { "grace" };
        let subscription = format!("sub_{who}");
        let (action, args) = match chance.u8(0..10) {
            0..7 if !refundable.is_empty() => {
                let (charge, left, currency) = &refundable[chance.usize(0..refundable.len())];
                let amount = match (currency.as_str(), chance.u8(0..4)) {
                    ("usd", 0) => format!("{}.{:02}", left / 100, left % 100),
                    ("usd", _) => fingers::AMOUNTS[chance.usize(0..fingers::AMOUNTS.len())].to_owned(),
                    (_, 0) => left.to_string(),
                    _ => "1000".to_owned(),
                };
                let args =
                    Args::default().with("charge", charge).with("amount", amount).with("reason", "duplicate");
                ("refund_charge", args)
            }
            0..8 => {
                let when = if chance.bool() { "now" } else { "period_end" };
                ("cancel_subscription", Args::default().with("subscription", subscription).with("when", when))
            }
            8 => ("undo_cancellation", Args::default().with("subscription", subscription)),
            _ => {
                let price = if chance.bool() { "price_pro" } else { "price_basic" };
                (
                    "update_subscription",
                    Args::default().with("subscription", subscription).with("price", price),
                )
            }
        };
        Ask {
            action: action.into(),
            args,
            given: Given::Yes,
            hold_ms: 0,
            confirmed: None,
            seen: None,
            repeat_ok: chance.bool(),
            together: false,
            confirm_word: None,
            asked: None,
        }
    }

    fn at_the_command_line(&mut self, machine: usize) {
        let ask = self.ask();
        let agent = self.somebody();
        let (process, gate, _) = self.gate(machine, agent);
        self.note(&format!("process {process}: {agent} runs {} on machine {machine}", ask.action));
        self.runs.insert(process, machine);
        self.crew.begin(process, run(gate, ask, Arc::clone(&self.world)));
    }

    fn resolve(&mut self, machine: usize) {
        let (process, gate, _) = self.gate(machine, "sam");
        self.note(&format!("process {process}: sam settles what is open on machine {machine}"));
        self.runs.insert(process, machine);
        self.crew.begin(process, resolve(gate, Arc::clone(&self.world)));
    }

    /// One of the kinds that are in this world.
    fn trouble(&mut self, machine: usize) -> Held {
        let mut world = lock(&self.world);
        let now_ms = world.now_ms;
        let kinds = world.options.troubles();
        if kinds.is_empty() {
            return Ok(());
        }
        let at = world.chance.usize(0..kinds.len());
        let line = match kinds[at] {
            Trouble::Dashboard => {
                let refundable = world.stripe.refundable();
                if refundable.is_empty() {
                    return Ok(());
                }
                let at = world.chance.usize(0..refundable.len());
                let (charge, left, _) = &refundable[at];
                let minor = world.chance.i64(1..=(*left).min(3_000));
                let now = world.now();
                world.stripe.refund_outside(charge, minor, now);
                format!("somebody refunds {minor} of {charge} in the Dashboard")
            }
            Trouble::Sleep => {
                world.falls_asleep(machine);
                return Ok(());
            }
            Trouble::Clock => {
                let by_ms = world.chance.i64(-2 * HOUR_MS..2 * HOUR_MS);
                world.machines[machine].off_ms += by_ms;
                format!("the clock of machine {machine} jumps by {} s", by_ms / 1_000)
            }
            Trouble::Disk => {
                let full = !world.machines[machine].disk_full;
                world.machines[machine].disk_full = full;
                format!(
                    "the disk of machine {machine} is {}",
                    if full { "full" } else { "not full any more" }
                )
            }
            Trouble::Rules => {
                drop(world);
                self.edit_rules();
                return Ok(());
            }
            Trouble::Signal => {
                drop(world);
                return self.end_one();
            }
        };
        world.trace.note(now_ms, &line);
        Ok(())
    }

    fn edit_rules(&mut self) {
        let most = {
            let mut world = lock(&self.world);
            let now = world.now();
            let tight = world.rules.last().is_some_and(|(_, most)| *most == MOST);
            let most = if tight { TIGHT } else { MOST };
            if let Some((until, _)) = world.rules.last_mut() {
                *until = Some(now);
            }
            world.rules.push((None, most));
            most
        };
        self.note(&format!("the rules allow {most} from now on"));
        let mut rules = self.rules.write().unwrap();
        *rules = (rules.0 + 1, self::rules(most));
    }

    fn end_one(&mut self) -> Held {
        if self.desks.is_empty() {
            return Ok(());
        }
        let at = lock(&self.world).chance.usize(0..self.desks.len());
        let desk = &mut self.desks[at];
        let process = desk.process;
        // A machine that sleeps hears nothing.
        let sleeps = {
            let world = lock(&self.world);
            world.machines[desk.machine].wakes_ms > world.now_ms
        };
        if sleeps {
            return Ok(());
        }
        desk.terminate(&mut self.crew)?;
        self.note(&format!("process {process} is told to end"));
        self.look()
    }

    /// Nothing goes wrong any more: everything that was begun comes to its end.
    fn calm_down(&mut self) -> Held {
        {
            let mut world = lock(&self.world);
            world.calm = true;
            let now_ms = world.now_ms;
            for machine in &mut world.machines {
                machine.wakes_ms = now_ms;
                machine.disk_full = false;
            }
        }
        self.note("everything is calm");
        self.let_pass(10 * 60_000)?;
        for desk in &self.desks {
            let running = &desk.state.tasks.running;
            if !running.is_empty() {
                let labels: Vec<_> = running.values().map(|task| task.label.clone()).collect();
                return Err(format!("process {} still waits for {labels:?}", desk.process));
            }
        }
        let left: Vec<u64> = self.runs.keys().copied().collect();
        if !left.is_empty() {
            return Err(format!("the processes {left:?} come to no end"));
        }
        for process in self.desks.iter().map(|desk| desk.process).collect::<Vec<_>>() {
            self.kill(process);
        }
        let machines = self.truths.len();
        for _ in 0..3 {
            (0..machines).for_each(|machine| self.resolve(machine));
            self.let_pass(HOUR_MS)?;
        }
        for machine in 0..machines {
            self.close_the_rest(machine)?;
        }
        self.last_look()
    }

    fn let_pass(&mut self, ms: i64) -> Held {
        let now_ms = lock(&self.world).now_ms;
        self.pass_until(now_ms + ms)
    }

    /// What no reading can tell stays open with a word on why, until a person has looked.
    fn close_the_rest(&mut self, machine: usize) -> Held {
        let open = self.truths[machine].open();
        for intent in open {
            let name = lock(&self.world).trace.name(&intent.id);
            let waits = matches!(intent.state, IntentState::Unknown | IntentState::WaitingAtStripe);
            if !waits || intent.message.is_none() {
                return Err(format!("{name} is {} for ever, with {:?}", intent.state.name(), intent.message));
            }
            self.report.by_hand += 1;
            let happened = lock(&self.world).happened.contains(&intent.id);
            let (process, gate, _) = self.gate(machine, "sam");
            self.runs.insert(process, machine);
            let world = Arc::clone(&self.world);
            self.crew.begin(process, async move {
                if let Ok(ending) = gate.close_by_hand(&intent.id, happened).await {
                    lock(&world).told.push(Told { intent: ending.intent.id, state: ending.intent.state });
                }
                Nap::new(&world, 1).await;
            });
            self.let_pass(1_000)?;
        }
        match self.truths[machine].open().first() {
            Some(intent) => Err(format!("{} cannot be closed", lock(&self.world).trace.name(&intent.id))),
            None => Ok(()),
        }
    }

    fn last_look(&mut self) -> Held {
        let zone = self.zone();
        let world = &mut *lock(&self.world);
        let now = world.now();
        for truth in &mut self.truths {
            truth.adds_up(&zone, now, world)?;
        }
        for charge in world.stripe.charges() {
            if charge["amount_refunded"].as_i64() > charge["amount_captured"].as_i64() {
                return Err(format!("more was refunded than there was: {charge}"));
            }
        }
        let ours =
            world.stripe.refunds().iter().filter_map(|refund| refund["metadata"]["paydesk_intent"].as_str());
        for intent in ours.map(str::to_owned).collect::<Vec<_>>() {
            if !self.truths.iter().any(|truth| truth.is_of(&intent)) {
                return Err("a refund carries an intent that no ledger knows".into());
            }
        }
        Ok(())
    }
}
