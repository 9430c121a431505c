//! Any keys at one desk, at any size of the terminal: it never breaks, nothing changes that was not confirmed, and Esc leads home.

use std::sync::Arc;

use ratatui::{Terminal, backend::TestBackend};

use super::{
    fingers,
    options::Options,
    sim::{BEGINS, Held, Sim},
    world::{World, lock},
};
use crate::{
    desk::{Key, Message, key::Code},
    ui::{
        theme::{Depth, Ground, Theme},
        view,
    },
};

/// So many Esc lead home from anywhere.
const HOME_MOST: usize = 40;

/// Presses so many, and ends what was begun with the last; gives how many changes came of it.
pub(super) fn press(seed: u64, keys: usize) -> Result<usize, String> {
    fastrand::seed(seed);
    let mut sim = Sim::new(World::new(fastrand::Rng::with_seed(seed), Options::quiet(), BEGINS), None);
    let theme = Theme::new(Depth::True, Ground::Dark);
    let (mut pressed, mut turns) = (0, 0);
    while pressed < keys {
        pressed += one(&mut sim, &theme, turns).map_err(|what| {
            let trace = lock(&sim.world).trace.print();
            format!("seed {seed}, key {pressed}: {what}\n{trace}")
        })?;
        turns += 1;
    }
    let world = Arc::clone(&sim.world);
    let changes = lock(&world).stripe.done.len();
    Ok(changes)
}

/// A run of keys. Gives how many.
fn one(sim: &mut Sim, theme: &Theme, turn: usize) -> Result<usize, String> {
    if sim.desks.iter().all(|desk| desk.leaves_by.is_some()) {
        let now_ms = lock(&sim.world).now_ms;
        sim.pass_until(now_ms + 10_000)?;
        sim.open_desk(0);
    }
    let keys = fingers::next(&sim.desks[0].state, &mut lock(&sim.world));
    let mut pressed = 0;
    for (key, waits_ms) in keys {
        let now_ms = lock(&sim.world).now_ms;
        sim.pass_until(now_ms + waits_ms)?;
        if sim.desks.is_empty() {
            return Ok(pressed);
        }
        sim.press_first(Message::Key(key))?;
        pressed += 1;
    }
    if turn.is_multiple_of(50) {
        resize_and_draw(sim, theme)?;
    }
    if turn.is_multiple_of(200) {
        home(sim)?;
    }
    Ok(pressed)
}

fn resize_and_draw(sim: &mut Sim, theme: &Theme) -> Held {
    if sim.desks.is_empty() {
        return Ok(());
    }
    let (width, height, paste) = {
        let chance = &mut lock(&sim.world).chance;
        let roomy = chance.bool();
        let size = if roomy { (140, 42) } else { (chance.u16(1..200), chance.u16(1..60)) };
        (size.0, size.1, chance.u8(0..4) == 0)
    };
    sim.press_first(Message::Resize { width, height })?;
    if paste {
        sim.press_first(Message::Paste("25.00\n\u{1b}[31m".into()))?;
    }
    let state = &sim.desks[0].state;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).map_err(|error| error.to_string())?;
    terminal.draw(|frame| view(state, theme, frame)).map_err(|error| error.to_string())?;
    Ok(())
}

/// Esc, until nothing lies over the desk and nothing is typed.
fn home(sim: &mut Sim) -> Held {
    for _ in 0..HOME_MOST {
        let Some(desk) = sim.desks.first() else { return Ok(()) };
        let state = &desk.state;
        let is_home = state.modals.is_empty() && !state.zoomed && !state.search.typing;
        if desk.leaves_by.is_some() || is_home {
            return Ok(());
        }
        sim.press_first(Message::Key(Key::new(Code::Esc)))?;
        let now_ms = lock(&sim.world).now_ms;
        sim.pass_until(now_ms + 50)?;
    }
    let open: Vec<_> =
        sim.desks.iter().flat_map(|desk| &desk.state.modals).map(|modal| format!("{modal:?}")).collect();
    Err(format!("{HOME_MOST} times Esc do not lead home: {open:?}"))
}
