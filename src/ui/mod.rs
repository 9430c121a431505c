//! The screen: draws the state and decides nothing. It reads no clock, keeps nothing between frames, and costs what is on
//! screen, however much was read.

mod canvas;
mod footer;
mod head;
mod header;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
pub mod theme;
mod widgets;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
pub use theme::Theme;

use self::{
    canvas::Canvas,
    widgets::{sheet, table},
};
use crate::desk::{
    layout::{self, Arrangement, LEAST},
    sheet::{Line, Sheet, Tone, line},
    state::State,
    tabs,
};

/// Draws everything. Text and colours are a function of the state alone.
pub fn view(state: &State, theme: &Theme, frame: &mut Frame<'_>) {
    let mut canvas = Canvas { buffer: frame.buffer_mut(), theme, cursor: None };
    let all = layout::arrange(state);
    if all.too_small {
        too_small(&mut canvas, state);
        return;
    }
    desk(&mut canvas, state, &all);
    let sheets: Vec<_> = state.modals.iter().map(|modal| modal.sheet(state)).collect();
    modals(&mut canvas, &sheets, all.body, state.live());
    if let Some(cursor) = canvas.cursor.filter(|cursor| canvas.screen().contains(*cursor)) {
        frame.set_cursor_position(cursor);
    }
}

fn desk(canvas: &mut Canvas<'_>, state: &State, all: &Arrangement) {
    header::draw(canvas, state, all.header);
    if let Some(area) = all.tabs {
        tabs(canvas, state, area);
    }
    if let Some(area) = all.head {
        head::draw(canvas, state, area);
    }
    for (pane, area) in &all.panes {
        table::draw(canvas, state, *pane, *area, all.tabs.is_some());
    }
    for tab in tabs::strip(state, all) {
        let Rect { x, y, .. } = tab.area;
        let x = canvas.tone(Position { x, y }, tab.area.right(), " ", Tone::Dim);
        let x = canvas.tone(Position { x, y }, tab.area.right(), tab.key, Tone::Key);
        let name = if tab.name.is_empty() { " ".to_owned() } else { format!(" {} ", tab.name) };
        canvas.tone(Position { x, y }, tab.area.right(), &name, Tone::Dim);
    }
    footer::told(canvas, state, all);
    footer::draw(canvas, state, all.footer);
}

fn tabs(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    for tab in tabs::tabs(state, area) {
        let at = Position { x: tab.area.x, y: tab.area.y };
        if tab.pane == state.focus {
            let style = canvas.theme.selected(Tone::Accent);
            canvas.text(at, tab.area.right(), &tab.text(), style);
        } else {
            canvas.tone(at, tab.area.right(), &tab.text(), Tone::Dim);
        }
    }
}

/// Modals above the last that takes the whole body; what lies below each steps back.
fn modals(canvas: &mut Canvas<'_>, sheets: &[Sheet], body: Rect, live: bool) {
    let first = sheets.iter().rposition(|sheet| sheet.full).unwrap_or(0);
    for sheet in sheets.iter().skip(first) {
        canvas.cursor = None;
        canvas.shade(body);
        sheet::draw(canvas, sheet, body, live);
    }
}

/// One line says what is needed, wrapped when even that is too wide.
fn too_small(canvas: &mut Canvas<'_>, state: &State) {
    let (columns, rows) = LEAST;
    let words = format!("paydesk needs {columns} × {rows}; this is {} × {}", state.width, state.height);
    let screen = canvas.screen();
    for (row, y) in line::wrap(&Line::plain(words), usize::from(screen.width)).iter().zip(screen.rows()) {
        canvas.line(Position { x: screen.x, y: y.y }, screen.right(), row, false);
    }
}
