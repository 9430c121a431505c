//! What the screen shows, at the sizes that people have.

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    layout::Position,
    style::{Color, Modifier},
};

use super::{
    sample,
    theme::{Depth, Ground, Theme},
    view,
};
use crate::desk::state::State;

pub(super) fn draw(state: &State, depth: Depth) -> (Buffer, Option<Position>) {
    let mut terminal = Terminal::new(TestBackend::new(state.width, state.height)).unwrap();
    let theme = Theme::new(depth, Ground::Dark);
    let mut drawn = None;
    let frame = terminal
        .draw(|frame| {
            view(state, &theme, frame);
            drawn = Some(frame.buffer_mut().clone());
        })
        .unwrap();
    let cursor = frame.area;
    let _same = cursor;
    let buffer = drawn.unwrap();
    let cursor = terminal.backend().cursor_visible().then(|| terminal.get_cursor_position().unwrap());
    (buffer, cursor)
}

pub(super) fn text(buffer: &Buffer) -> String {
    let mut all = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut skip: usize = 0;
        for x in 0..buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                row.push_str(symbol);
                skip = crate::text::width(symbol).max(1);
            }
            skip -= 1;
        }
        all.push_str(row.trim_end());
        all.push('\n');
    }
    all
}

#[test]
fn look() {
    for (w, h) in [(140, 42), (80, 24), (60, 16)] {
        println!("{}", text(&draw(&sample::desk(w, h), Depth::True).0));
        println!("{}", text(&draw(&sample::fresh(w, h), Depth::True).0));
    }
}
