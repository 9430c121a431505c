//! What is drawn for one world before it begins: who works there, what goes wrong, and how often. A world in which everything
//! goes wrong at once hides as much as a calm one, so each kind of trouble is in some worlds and not in others.

use std::fmt;

use super::fault::Fault;

#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each kind of trouble is drawn by itself")]
pub(super) struct Options {
    /// Computers, each with a data folder of its own, at the same Stripe account.
    pub machines: usize,
    /// Desks that are open on each.
    pub desks: usize,
    /// What people and the world do, one after the other.
    pub steps: usize,
    pub doing: Doing,
    /// Agents know what they want: no key is pressed at random.
    pub bent: bool,
    /// They take back most of what they confirm.
    pub regret: bool,
    /// Each with how many of a thousand calls it hits.
    pub faults: Vec<(Fault, u32)>,
    /// Faults hit reads too.
    pub reads_fail: bool,
    /// Of ten thousand steps of the program, after how many its process is killed.
    pub crashes: u32,
    pub suspends: bool,
    pub clock_jumps: bool,
    pub full_disk: bool,
    /// Of a thousand writes of the ledger, in how many the power goes out.
    pub power_cuts: u32,
    /// Other people refund in the Dashboard.
    pub dashboard: bool,
    pub policy_edits: bool,
    pub signals: bool,
    /// Days pass between two things that are done.
    pub idle: bool,
    /// Everybody is one agent, and all are in a hurry.
    pub crowd: bool,
    /// Refunds that went through come back.
    pub comebacks: bool,
    /// Refunds name their customer.
    pub named: bool,
    /// The account's.
    pub zone: &'static str,
    pub undo_ms: i64,
    /// The longest way to Stripe or back.
    pub slow_ms: i64,
}

/// Of a hundred things that happen, how many are keys, commands, and settling what is open; the others are trouble.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doing {
    pub keys: u8,
    pub commands: u8,
    pub settles: u8,
}

impl Default for Doing {
    fn default() -> Self {
        Self { keys: 60, commands: 15, settles: 3 }
    }
}

/// What people and machines do to those who work.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    Dashboard,
    Sleep,
    Clock,
    Disk,
    Rules,
    Signal,
}

/// What was read may be so old when the bytes leave, seconds.
const FRESH_S: i64 = 120;
/// The same where nothing delays.
const FRESH_CALM_S: i64 = 20;

const ZONES: [&str; 4] = ["Etc/UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];

impl Options {
    pub(super) fn drawn(chance: &mut fastrand::Rng, steps: usize) -> Self {
        let mut often = |most: u32| if chance.bool() { chance.u32(1..=most) } else { 0 };
        let faults =
            Fault::ALL.iter().map(|fault| (*fault, often(40))).filter(|(_, often)| *often > 0).collect();
        let crashes = often(60);
        Self {
            machines: if chance.u8(0..6) == 0 { 2 } else { 1 },
            desks: chance.usize(1..=2),
            steps,
            doing: Doing::default(),
            bent: false,
            regret: false,
            faults,
            reads_fail: true,
            crashes,
            suspends: chance.bool(),
            clock_jumps: chance.u8(0..3) == 0,
            full_disk: chance.u8(0..4) == 0,
            power_cuts: if chance.u8(0..4) == 0 { chance.u32(1..150) } else { 0 },
            dashboard: chance.bool(),
            policy_edits: chance.u8(0..4) == 0,
            signals: chance.bool(),
            idle: chance.u8(0..8) == 0,
            crowd: chance.u8(0..4) == 0,
            comebacks: chance.u8(0..3) == 0,
            named: chance.bool(),
            zone: ZONES[chance.usize(0..ZONES.len())],
            undo_ms: [0, 2_000, 5_000][chance.usize(0..3)],
            slow_ms: [30, 300, 3_000][chance.usize(0..3)],
        }
    }

    /// One desk at which nothing goes wrong by itself.
    pub(super) fn quiet() -> Self {
        let calm = Self {
            machines: 1,
            desks: 1,
            named: true,
            zone: "Etc/UTC",
            undo_ms: 2_000,
            slow_ms: 100,
            ..Self::default()
        };
        Self { dashboard: true, ..calm }
    }

    /// Somebody refunding in the Dashboard is what happens most.
    pub(super) fn troubles(&self) -> Vec<Trouble> {
        let kinds = [
            (self.dashboard, Trouble::Dashboard),
            (self.dashboard, Trouble::Dashboard),
            (self.suspends, Trouble::Sleep),
            (self.clock_jumps, Trouble::Clock),
            (self.full_disk, Trouble::Disk),
            (self.policy_edits, Trouble::Rules),
            (self.signals, Trouble::Signal),
        ];
        kinds.into_iter().filter(|(is, _)| *is).map(|(_, kind)| kind).collect()
    }

    pub(super) fn fresh_s(&self) -> i64 {
        let calm = self.faults.is_empty() && !self.suspends && self.slow_ms <= 100;
        if calm { FRESH_CALM_S } else { FRESH_S }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
