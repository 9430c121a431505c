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
    /// Each with how many of a thousand calls it hits.
    pub faults: Vec<(Fault, u32)>,
    /// Of ten thousand steps of the program, after how many its process is killed.
    pub crashes: u32,
    pub suspends: bool,
    pub clock_jumps: bool,
    pub full_disk: bool,
    /// Other people refund in the Dashboard.
    pub dashboard: bool,
    pub policy_edits: bool,
    pub signals: bool,
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
            faults,
            crashes,
            suspends: chance.bool(),
            clock_jumps: chance.u8(0..3) == 0,
            full_disk: chance.u8(0..4) == 0,
            dashboard: chance.bool(),
            policy_edits: chance.u8(0..4) == 0,
            signals: chance.bool(),
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
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
