//! An agent at the keys: often what the screen offers, often the way of a refund or a cancellation, and sometimes anything.

use super::world::World;
use crate::desk::{Key, State, key::parse_keys, keymap, modals::Modal};

/// Any key there is.
const ANY: &str = "<enter><esc><tab><s-tab><bs><del><up><down><left><right><home><end><pgup><pgdn><f1><space><c-r><c-t><c-u><c-c>\
     <c-o><c-d><c-a>abcdefghijklmnopqrstuvwxyzADFGJMRSTUXZ0123456789/:?,.@-_";

/// What is pressed next, and how long the agent waits before each key, in milliseconds.
pub(super) fn next(state: &State, world: &mut World) -> Vec<(Key, i64)> {
    let named = |line: &str| parse_keys(line).unwrap();
    let reads_help = matches!(state.modals.last(), Some(Modal::Help(_)));
    let (bent, regret, chance) = (world.options.bent, world.options.regret, &mut world.chance);
    let keys = match chance.u8(0..20) {
        _ if regret && !state.changes.is_empty() && chance.bool() => named("<esc>u"),
        _ if bent && !reads_help => named(&bent_on_it(state, chance)),
        // Help is read, and left.
        0..18 if reads_help => named("<esc>"),
        0..11 => named(&with_intent(state, chance)),
        11..16 => vec![offered(state, chance)],
        16 => named("<esc>"),
        17 => named("u"),
        _ => vec![any(chance)],
    };
    let slow = |key: Key| {
        // Long enough now and then for what was asked to come, and to be read.
        let waits_ms = if chance.u8(0..4) == 0 { chance.i64(200..4_000) } else { chance.i64(30..200) };
        (Key { repeat: chance.u8(0..60) == 0, ..key }, waits_ms)
    };
    keys.into_iter().map(slow).collect()
}

fn any(chance: &mut fastrand::Rng) -> Key {
    let keys = parse_keys(ANY).unwrap();
    keys[chance.usize(0..keys.len())]
}

/// A key of the bottom line.
fn offered(state: &State, chance: &mut fastrand::Rng) -> Key {
    let hints = state.modals.last().map_or_else(|| keymap::hints(state), |modal| modal.hints(state));
    let keys: Vec<Key> = hints.into_iter().filter(|hint| !hint.dim).flat_map(|hint| hint.keys).collect();
    if keys.is_empty() { any(chance) } else { keys[chance.usize(0..keys.len())] }
}

pub(super) const AMOUNTS: [&str; 6] = ["1.00", "5.00", "12.50", "25.00", "49.00", "90.00"];

/// The next step of somebody who knows what they want.
fn with_intent(state: &State, chance: &mut fastrand::Rng) -> String {
    if !state.modals.is_empty() {
        return in_a_form(chance);
    }
    if state.open.is_none() || chance.u8(0..8) == 0 {
        let who = if chance.bool() { "ada@" } else { "grace@" };
        return format!("/{who}<enter>");
    }
    let out = if state.search.typing { "<tab>" } else { "" };
    let down = "j".repeat(chance.usize(0..4));
    let on = match chance.u8(0..12) {
        0..7 => format!("2g{down}r"),
        7 | 8 => "3x".to_owned(),
        9 => "3X".to_owned(),
        10 => "3p".to_owned(),
        _ => "4v".to_owned(),
    };
    format!("{out}{on}")
}

/// The next step of somebody who does nothing else than refunding, and now and then cancelling.
fn bent_on_it(state: &State, chance: &mut fastrand::Rng) -> String {
    let amount = AMOUNTS[chance.usize(0..AMOUNTS.len())];
    let at = chance.u8(0..10);
    if !state.modals.is_empty() {
        return match at {
            0..8 => format!("<space><s-tab><c-u>{amount}<enter><enter><c-u>{amount}<enter>"),
            8 => "<enter><enter>Team<enter>".to_owned(),
            _ => "<esc>".to_owned(),
        };
    }
    if state.open.is_none() || at == 0 {
        return format!("/{}<enter>", if chance.bool() { "ada@" } else { "grace@" });
    }
    let out = if state.search.typing { "<tab>" } else { "" };
    let down = "j".repeat(chance.usize(0..3));
    if at == 1 { format!("{out}3x") } else { format!("{out}2g{down}r") }
}

fn in_a_form(chance: &mut fastrand::Rng) -> String {
    let amount = AMOUNTS[chance.usize(0..AMOUNTS.len())];
    match chance.u8(0..10) {
        // A reason, another amount, and whatever confirms it.
        0..4 => format!("<space><s-tab><c-u>{amount}<enter><enter><c-u>{amount}<enter>"),
        4 | 5 => format!("<enter><enter>{amount}<enter>"),
        6 => "<enter><enter>Team<enter>".to_owned(),
        7 => "<right><enter><enter><enter>Team<enter>".to_owned(),
        8 => "<enter>".to_owned(),
        _ => "<esc>".to_owned(),
    }
}
