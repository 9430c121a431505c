//! What comes of a world: what it was, or why it is not as it must be.

use std::fmt;

use super::options::Options;

/// Why a world is not as it must be, and everything that it takes to see it again.
pub(super) struct Failure {
    pub(super) seed: u64,
    pub(super) options: Options,
    pub(super) steps: u64,
    pub(super) what: String,
    pub(super) trace: String,
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, options, steps, what, trace } = self;
        write!(f, "seed {seed}, step {steps}: {what}\n{options}\n{trace}")
    }
}

/// What a world was.
#[derive(Clone, Debug, Default)]
pub(super) struct Report {
    pub(super) worlds: usize,
    pub(super) steps: u64,
    pub(super) calls: u64,
    pub(super) faults: usize,
    pub(super) crashes: usize,
    pub(super) power_cuts: usize,
    pub(super) intents: usize,
    pub(super) changes: usize,
    pub(super) refunds: usize,
    pub(super) by_hand: usize,
    pub(super) simulated_ms: i64,
    /// The same for worlds that went the same way.
    pub(super) sum: (u64, u64),
}

impl Report {
    pub(super) fn add(&mut self, other: &Self) {
        self.worlds += other.worlds;
        self.steps += other.steps;
        self.calls += other.calls;
        self.faults += other.faults;
        self.crashes += other.crashes;
        self.power_cuts += other.power_cuts;
        self.intents += other.intents;
        self.changes += other.changes;
        self.refunds += other.refunds;
        self.by_hand += other.by_hand;
        self.simulated_ms += other.simulated_ms;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} worlds, {} hours in them, {} steps, {} calls with {} faults, {} kills, {} power cuts; {} intents, {} changes made of which {} \
             refunds, {} closed by hand; none twice, none lost",
            self.worlds,
            self.simulated_ms / 3_600_000,
            self.steps,
            self.calls,
            self.faults,
            self.crashes,
            self.power_cuts,
            self.intents,
            self.changes,
            self.refunds,
            self.by_hand
        )
    }
}
