//! The bottom line, as `desk::bottom` lays it out, and what is told at length over it.

use ratatui::layout::{Position, Rect};

use super::canvas::Canvas;
use crate::desk::{bottom, layout::Arrangement, sheet::Tone, state::State};

/// What went wrong, whole, in the rows that the layout left for it.
pub(super) fn told(canvas: &mut Canvas<'_>, state: &State, all: &Arrangement) {
    let focused = all.panes.iter().find(|(pane, _)| *pane == state.focus).map(|(_, area)| area.width);
    for (line, row) in bottom::told(state, focused).iter().zip(all.told.rows()) {
        canvas.line(Position { x: row.x.saturating_add(1), y: row.y }, row.right(), line, false);
    }
}

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
