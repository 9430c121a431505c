//! The bottom line, as `desk::bottom` lays it out.

use ratatui::layout::{Position, Rect};

use super::canvas::Canvas;
use crate::desk::{bottom, sheet::Tone, state::State};

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let bottom = bottom::bottom(state);
    let y = area.y;
    for spot in &bottom.spots {
        let (key, word) = if spot.dim { (Tone::Dim, Tone::Dim) } else { (Tone::Key, Tone::Plain) };
        let x = canvas.tone(Position { x: spot.x, y }, area.right(), &spot.key, key);
        canvas.tone(Position { x: x.saturating_add(1), y }, area.right(), &spot.word, word);
    }
    canvas.line(Position { x: bottom.tasks_x, y }, area.right(), &bottom.tasks, false);
}
