//! What must hold after every step: what the ledger and the screen say, held against what was really done.

use std::{collections::BTreeMap, path::Path};

use jiff::tz::TimeZone;

use super::{
    stripe::{Effect, Refunded},
    world::{Left, World},
};
use crate::{
    ledger::{AuditFilter, Checked, Intent, IntentState, Ledger, PART, Store as _, Verified, torn::Image},
    money::{Currency, Money},
    time::Unix,
};

/// Somebody was told how a change ended.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) intent: String,
    pub(super) state: IntentState,
}

/// What a person refunds at most in a day, minor units; the policy of every world says the same.
pub(super) const AGENT_CAP: i64 = 15_000;
pub(super) const TEAM_CAP: i64 = 20_000;
/// So long Stripe keeps a key, milliseconds: the same call is done again after that.
const KEPT_MS: i64 = 24 * 3_600_000;

/// One data folder, seen from outside.
pub(super) struct Truth {
    machine: usize,
    witness: Ledger,
    chain: Checked,
    /// What the bytes of a key were, and when they left first.
    keys: BTreeMap<String, (String, i64)>,
    /// Which intent a call was made for.
    calls: BTreeMap<u64, String>,
    /// By which calls an intent was really done.
    done: BTreeMap<String, Vec<u64>>,
    states: BTreeMap<String, IntentState>,
    told: BTreeMap<String, IntentState>,
}

type Held = Result<(), String>;

impl Truth {
    pub(super) fn of(machine: usize, folder: &Path) -> Self {
        Self {
            machine,
            witness: Ledger::open(folder).unwrap(),
            chain: Checked::default(),
            keys: BTreeMap::new(),
            calls: BTreeMap::new(),
            done: BTreeMap::new(),
            states: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    pub(super) fn knows(&self, call: u64) -> bool {
        self.calls.contains_key(&call)
    }

    /// Before its first byte leaves, a change is on disk as one that is being sent, with exactly these bytes.
    pub(super) fn leaves(&mut self, left: &Left, world: &mut World) -> Held {
        let request = &left.request;
        if let Some(key) = &request.idempotency_key {
            let now_ms = world.now_ms;
            let (bytes, first_ms) =
                self.keys.entry(key.clone()).or_insert_with(|| (request.canonical(), now_ms));
            if *bytes != request.canonical() {
                return Err(format!("call {}: the same key with other bytes", left.call));
            }
            // A clock that was set back makes every key look younger.
            if now_ms - *first_ms > KEPT_MS && !world.options.clock_jumps {
                return Err(format!("call {} leaves with a key that Stripe has forgotten", left.call));
            }
        }
        let mut open = self.witness.open_intents().map_err(|error| error.to_string())?;
        let at =
            open.iter().position(|intent| intent.request == *request && intent.state == IntentState::Sending);
        let Some(intent) = at.map(|at| open.swap_remove(at)) else {
            return Err(format!(
                "call {} leaves, and no intent on disk is being sent with these bytes",
                left.call
            ));
        };
        if let Some(other) = open.iter().find(|other| other.proposal.target == intent.proposal.target) {
            let (name, other) = (world.trace.name(&intent.id), world.trace.name(&other.id));
            return Err(format!("{name} leaves while {other} of the same object is not settled"));
        }
        self.calls.insert(left.call, intent.id.clone());
        let name = world.trace.name(&intent.id);
        world.trace.note(world.now_ms, &format!("call {} is {name}, attempt {}", left.call, intent.attempts));
        let records = self.trail(&intent.id)?;
        if records.first().map(String::as_str) != Some("intended") {
            return Err(format!("{name} is sent, and its record is {records:?}"));
        }
        if self.told.get(&intent.id).is_some_and(|told| told.is_final()) {
            return Err(format!("{name} is sent after somebody was told that it is over"));
        }
        if intent.attempts == 1 { self.leaves_first(&intent, &name, world) } else { Ok(()) }
    }

    /// The first attempt rests on facts that are fresh and on rules that hold, and not before the time to take it back is over.
    fn leaves_first(&self, intent: &Intent, name: &str, world: &World) -> Held {
        let machine = &world.machines[self.machine];
        // A clock that was set back makes a hold of none out of what is over.
        if !world.options.clock_jumps && world.now_ms + machine.off_ms < intent.hold_until_ms {
            return Err(format!("{name} is sent while it is held"));
        }
        if intent.proposal.refunds().is_none() {
            return Ok(());
        }
        let minor = intent.proposal.amount.map_or(0, Money::minor);
        let since = world.now().plus(-world.options.fresh_s());
        let most = world
            .rules
            .iter()
            .filter(|(until, _)| until.is_none_or(|until| until >= since))
            .map(|(_, most)| *most);
        if intent.proposal.amount.is_some_and(|amount| amount.currency() == Currency::USD)
            && Some(minor) > most.max()
        {
            return Err(format!("{name} of {minor} is sent, and the rules allow less by now"));
        }
        let basis = self.witness.basis(&intent.id).map_err(|error| error.to_string())?;
        let rested = basis.into_iter().find(|fact| fact.what == "refunded").map(|fact| fact.value);
        let charge = &intent.proposal.target.id;
        let lately = world.stripe.refunded_lately(charge, since);
        let currency = intent.proposal.amount.map_or(Currency::USD, Money::currency);
        let fresh = |minor: &i64| Some(Money::new(*minor, currency).to_string()) == rested;
        if !lately.iter().any(fresh) {
            return Err(format!(
                "{name} rests on {rested:?} refunded of {charge}, which was {lately:?} since {since:?}"
            ));
        }
        Ok(())
    }

    fn trail(&self, intent: &str) -> Result<Vec<String>, String> {
        let filter = AuditFilter { intent: Some(intent.to_owned()), ..AuditFilter::default() };
        let records = self.witness.audit(&filter).map_err(|error| error.to_string())?;
        Ok(records.into_iter().map(|record| record.event).collect())
    }

    /// Something was really done.
    pub(super) fn happens(&mut self, effect: &Effect, world: &mut World) -> Held {
        let Some(intent) = self.calls.get(&effect.call).cloned() else { return Ok(()) };
        world.happened.insert(intent.clone());
        let calls = self.done.entry(intent.clone()).or_default();
        calls.push(effect.call);
        if calls.len() > 1 {
            return Err(format!("{} was done twice, by the calls {calls:?}", world.trace.name(&intent)));
        }
        if let Some(refund) = &effect.refund {
            caps_hold(refund, effect.at, world)?;
        }
        self.agree(&intent, world)
    }

    /// An intent was written, or somebody was told of one.
    pub(super) fn written(&mut self, intent: &str, world: &mut World) -> Held {
        let found = self.witness.get(intent).map_err(|error| error.to_string())?;
        let Some(found) = found else { return Ok(()) };
        let before = self.states.insert(intent.to_owned(), found.state);
        let name = world.trace.name(intent);
        if before != Some(found.state) {
            world.trace.note(world.now_ms, &format!("{name} is {} on disk", found.state.name()));
        }
        if let Some(before) = before
            && before.is_final()
            && before != found.state
        {
            return Err(format!("{name} was {} and is {}", before.name(), found.state.name()));
        }
        self.agree(intent, world)
    }

    pub(super) fn was_told(&mut self, told: &Told, world: &mut World) -> Held {
        let name = world.trace.name(&told.intent);
        world.trace.note(world.now_ms, &format!("{name}: somebody is told that it is {}", told.state.name()));
        self.told.insert(told.intent.clone(), told.state);
        self.agree(&told.intent, world)
    }

    pub(super) fn is_of(&self, intent: &str) -> bool {
        self.states.contains_key(intent)
    }

    /// Done is what was done, and nothing else; what failed or was taken back never happens.
    fn agree(&self, intent: &str, world: &mut World) -> Held {
        let done = self.done.get(intent).map_or(0, Vec::len);
        for (who, state) in [("the ledger", self.states.get(intent)), ("somebody", self.told.get(intent))] {
            let wrong = match state {
                // What another computer did at the same time cannot be told from ours where no mark stays.
                Some(IntentState::Settled) => done == 0 && world.machines.len() == 1,
                Some(IntentState::Refused | IntentState::Withdrawn | IntentState::Held) => done > 0,
                _ => false,
            };
            if let Some(state) = state.filter(|_| wrong) {
                let name = world.trace.name(intent);
                return Err(format!("{name} is {} as {who} has it, and was done {done} times", state.name()));
            }
        }
        Ok(())
    }

    pub(super) fn chain_holds(&mut self) -> Held {
        let Self { witness, chain, .. } = self;
        let verified = chain
            .go_on(witness.noted(), |after| witness.chain(after, PART))
            .map_err(|error| error.to_string())?;
        match verified {
            Verified::Whole(_) => Ok(()),
            Verified::Broken { seq, what } => Err(format!("the audit chain is broken at {seq}: {what}")),
        }
    }

    /// Of all that is on disk: the state, its records and what was done are one story, and the day's sum is that of its intents.
    pub(super) fn adds_up(&mut self, zone: &TimeZone, now: Unix, world: &mut World) -> Held {
        let all = self.witness.recent(10_000).map_err(|error| error.to_string())?;
        let day_start = now.start_of_day(zone);
        let mut sum = 0;
        for intent in &all {
            self.written(&intent.id, world)?;
            let name = world.trace.name(&intent.id);
            let records = self.trail(&intent.id)?;
            let ends: Vec<_> = records
                .iter()
                .filter(|event| ["settled", "refused", "withdrawn"].contains(&event.as_str()))
                .collect();
            let right = match intent.state {
                state if state.is_final() => ends == [state.name()],
                _ => ends.is_empty(),
            };
            if records.first().map(String::as_str) != Some("intended") || !right {
                return Err(format!("{name} is {}, and its records are {records:?}", intent.state.name()));
            }
            let counts = intent.state.counts() && (intent.created >= day_start || !intent.state.is_final());
            if let Some(amount) = intent.proposal.refunds().filter(|_| counts) {
                sum += amount.minor();
            }
        }
        let counted = self.witness.counted("acct_1", false, day_start).map_err(|error| error.to_string())?;
        let told: i64 = counted.iter().map(|one| one.amount.minor()).sum();
        if told != sum {
            return Err(format!("the day's budget is {told}, and its intents sum to {sum}"));
        }
        self.chain_holds()
    }

    /// What was seen on the disk is there still.
    pub(super) fn power_is_back(&mut self, folder: &Path, left: &Image, world: &mut World) -> Held {
        // Whoever closes the files last tidies them up: that has to be over by then.
        self.witness = Ledger::in_memory().unwrap();
        left.put(folder);
        let opened = Ledger::open(folder);
        self.witness = opened.map_err(|error| format!("since the power went out: {error}"))?;
        for (intent, before) in self.states.clone() {
            let name = world.trace.name(&intent);
            let now = self.witness.get(&intent).map_err(|error| error.to_string())?.map(|found| found.state);
            let lost = match now {
                None => true,
                Some(IntentState::Held) => before != IntentState::Held,
                Some(now) => before.is_final() && now != before,
            };
            if lost {
                let now = now.map_or("gone", IntentState::name);
                return Err(format!("{name} was {} and is {now} since the power went out", before.name()));
            }
            self.written(&intent, world)?;
        }
        self.chain_holds().map_err(|what| format!("since the power went out: {what}"))
    }

    pub(super) fn open(&self) -> Vec<Intent> {
        self.witness.open_intents().unwrap()
    }

    pub(super) fn count(&self) -> usize {
        self.states.len()
    }
}

/// The sums of the account's day at Stripe, as they are with this refund.
fn caps_hold(refund: &Refunded, at: Unix, world: &World) -> Held {
    // Two computers that share no folder can both be right at the same moment.
    if refund.currency != "usd" || world.machines.len() > 1 {
        return Ok(());
    }
    let zone = TimeZone::get(world.options.zone).unwrap();
    let day = at.start_of_day(&zone).0;
    let counts = |row: &&serde_json::Value| {
        row["created"].as_i64() >= Some(day) && row["status"] != "failed" && row["currency"] == "usd"
    };
    let minor = |row: &serde_json::Value| row["amount"].as_i64().unwrap_or_default();
    let rows: Vec<_> = world.stripe.refunds().iter().filter(counts).collect();
    let agent: i64 = rows
        .iter()
        .filter(|row| row["metadata"]["paydesk_agent"] == refund.agent)
        .map(|row| minor(row))
        .sum();
    if agent > AGENT_CAP {
        return Err(format!("{} has refunded {agent} today, and {AGENT_CAP} is the most", refund.agent));
    }
    // What others did in the Dashboard a moment ago may not have been seen.
    let seen = |row: &&&serde_json::Value| {
        row["metadata"]["paydesk_agent"].is_string()
            || row["created"].as_i64() < Some(at.0 - world.options.fresh_s())
    };
    let team: i64 = rows.iter().filter(seen).map(|row| minor(row)).sum();
    if team > TEAM_CAP {
        return Err(format!("the team has refunded {team} today, and {TEAM_CAP} is the most"));
    }
    Ok(())
}
