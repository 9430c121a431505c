//! A pane: its border with what it says, its search box or its titles, and the rows that are in view, no others.

use ratatui::layout::{Position, Rect};

use super::field;
use crate::{
    desk::{
        bottom::key_of,
        columns::{self, Place},
        keymap::Do,
        layout::{self, count_words, first_row},
        panes::{self, Pane, PaneId},
        sheet::{Align, Field, Line, Row, Sign, Tone, line},
        state::State,
        summary,
    },
    text,
    ui::{canvas::Canvas, theme::Role},
};

/// Draws a pane; `tabbed` leaves its name to the tabs above it.
pub(in crate::ui) fn draw(canvas: &mut Canvas<'_>, state: &State, id: PaneId, area: Rect, tabbed: bool) {
    let pane = id.pane();
    let focused = state.focus == id;
    let role = if focused { Role::BorderFocus } else { Role::Border };
    canvas.border(area, role);
    title(canvas, state, pane, area, tabbed);
    let parts = layout::parts(id, area);
    if let Some(search) = parts.search {
        search_box(canvas, state, search);
    }
    if parts.rows.height == 0 || parts.rows.width == 0 {
        return;
    }
    let rows = layout::rows_in_view(state, id, parts.rows.height);
    let places = columns::place(pane.columns, &rows, parts.rows.width);
    let count = panes::count(state, id);
    if let Some(titles) = parts.titles.filter(|_| count > 0) {
        column_titles(canvas, pane, titles, &places);
    }
    if count == 0 {
        empty(canvas, state, pane, parts.rows);
        trouble(canvas, state, pane, area);
        return;
    }
    trouble(canvas, state, pane, area);
    let first = first_row(state, id, parts.rows.height);
    let selected = state.panes.get(&id).map_or(0, |view| view.selected).min(count.saturating_sub(1));
    for ((position, row), y) in (first..count).zip(&rows).zip(parts.rows.top()..parts.rows.bottom()) {
        let at = Rect { y, height: 1, ..parts.rows };
        let mark = match (position == selected, focused) {
            (true, true) => Mark::Selected,
            (true, false) => Mark::Remembered,
            (false, _) => Mark::None,
        };
        draw_row(canvas, pane, at, row, (&places, mark));
    }
    canvas.scrollbar(parts.rows, (first, usize::from(parts.rows.height), count), role);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    /// Selected where keys go.
    Selected,
    /// Selected in a pane that is not focused.
    Remembered,
}

fn draw_row(canvas: &mut Canvas<'_>, pane: &Pane, area: Rect, row: &Row, (places, mark): (&[Place], Mark)) {
    let selected = mark == Mark::Selected;
    if selected {
        let style = canvas.theme.style(Role::Selection);
        canvas.lay(area, style);
    }
    let y = area.y;
    let style = |tone: Tone, canvas: &Canvas<'_>| {
        if selected { canvas.theme.selected(tone) } else { canvas.theme.style(tone) }
    };
    if mark != Mark::None {
        let style = style(if selected { Tone::Accent } else { Tone::Dim }, canvas);
        canvas.text(Position { x: area.x, y }, area.right(), "▸", style);
    }
    if let Some((glyph, tone)) = sign(row.sign) {
        let style = style(tone, canvas);
        canvas.text(Position { x: area.x.saturating_add(1), y }, area.right(), glyph, style);
    }
    for place in places {
        let Some(cell) = row.cells.get(place.index) else { continue };
        let align = pane.columns.get(place.index).map_or(Align::Left, |column| column.align);
        let start = area.x.saturating_add(place.x);
        let end = start.saturating_add(place.width).min(area.right());
        let x = match align {
            Align::Left => start,
            Align::Right => {
                let width = u16::try_from(cell.width()).unwrap_or(u16::MAX);
                end.saturating_sub(width).max(start)
            }
        };
        let cell = line::fit_number(cell, usize::from(end.saturating_sub(start)));
        canvas.line(Position { x, y }, end, &cell, selected);
    }
}

fn sign(sign: Sign) -> Option<(&'static str, Tone)> {
    match sign {
        Sign::None => None,
        Sign::InFlight => Some(("◷", Tone::Warn)),
        Sign::Waiting => Some(("⚑", Tone::Info)),
        Sign::Fresh => Some(("✱", Tone::Accent)),
        Sign::Fading => Some(("✱", Tone::Dim)),
    }
}

fn column_titles(canvas: &mut Canvas<'_>, pane: &Pane, area: Rect, places: &[Place]) {
    for place in places {
        let Some(column) = pane.columns.get(place.index) else { continue };
        let start = area.x.saturating_add(place.x);
        let end = start.saturating_add(place.width);
        let shown = Line::toned(text::cut(column.title, usize::from(place.width)), Tone::Dim);
        match column.align {
            Align::Left => canvas.line(Position { x: start, y: area.y }, end, &shown, false),
            Align::Right => canvas.line_right(area.y, (start, end), &shown),
        };
    }
}

/// ` 2 Charges ─ 14+ ` to the left; what is being read, the filter and the order to the right.
fn title(canvas: &mut Canvas<'_>, state: &State, pane: &Pane, area: Rect, tabbed: bool) {
    let focused = state.focus == pane.id;
    let (start, end) = (area.x.saturating_add(2), area.right().saturating_sub(2));
    let mut x = start;
    if !tabbed {
        let (number, name) = if focused { (Tone::Accent, Tone::Accent) } else { (Tone::Dim, Tone::Plain) };
        let name = Line::toned(format!(" {} ", pane.number), number).then(format!("{} ", pane.name), name);
        x = canvas.line(Position { x, y: area.y }, end, &name, false);
        let count = Line::toned(format!(" {} ", count_words(state, pane.id)), Tone::Dim);
        // A nought would claim that nothing is there before anything was read.
        if panes::count(state, pane.id) > 0 || filtered(state, pane) {
            x = canvas.line(Position { x: x.saturating_add(1), y: area.y }, end, &count, false);
        }
    }
    let right = notes(state, pane);
    let width = u16::try_from(right.width()).unwrap_or(u16::MAX);
    if !right.0.is_empty() && x.saturating_add(1).saturating_add(width) <= end {
        canvas.line_right(area.y, (x, end), &right);
    }
}

fn filtered(state: &State, pane: &Pane) -> bool {
    state.panes.get(&pane.id).is_some_and(|view| !view.filter.is_empty())
}

fn notes(state: &State, pane: &Pane) -> Line {
    let mut notes = Line::default();
    let view = state.panes.get(&pane.id);
    if let Some(short_of) = (pane.short_of)(state).filter(|_| (pane.len)(state) > 0) {
        notes = notes.then(format!(" {short_of} "), Tone::Warn);
    }
    if (pane.loading)(state) {
        notes = notes.then(" ◌ reading ", Tone::Info);
    }
    if let Some(filter) = view.map(|view| view.filter.as_str()).filter(|filter| !filter.is_empty()) {
        notes = notes.then(format!(" only “{}” ", text::cut(filter, 20)), Tone::Warn);
    }
    match view.and_then(|view| view.sort) {
        Some((column, reversed)) => {
            let name = pane.columns.get(column).map_or("", |column| column.title).to_lowercase();
            notes.then(format!(" {name} {} ", if reversed { "↓" } else { "↑" }), Tone::Info)
        }
        // Stripe lists the newest first.
        None if (pane.len)(state) > 0 && pane.columns.iter().any(|column| column.title == "Date") => {
            notes.then(" date ↓ ", Tone::Dim)
        }
        None => notes,
    }
}

/// Nobody is open yet: the largest pane says what to do first.
fn welcomes(state: &State, pane: &Pane) -> bool {
    state.open.is_none() && pane.id == PaneId::Charges
}

fn empty(canvas: &mut Canvas<'_>, state: &State, pane: &Pane, area: Rect) {
    let words = if welcomes(state, pane) { summary::welcome_words(state) } else { vec![(pane.empty)(state)] };
    let room = usize::from(area.width.saturating_sub(4));
    let top = area.y.saturating_add(u16::from(area.height > 2));
    let rows = words.iter().flat_map(|words| line::wrap(words, room));
    for (row, y) in rows.zip(top..area.bottom()) {
        canvas.line(Position { x: area.x.saturating_add(2), y }, area.right(), &row, false);
    }
}

/// On the lower border: what went wrong with the last reading (the rows above are those from before), or how many rows of it
/// could not be read.
fn trouble(canvas: &mut Canvas<'_>, state: &State, pane: &Pane, area: Rect) {
    let Some(words) = panes::trouble(state, pane.id) else { return };
    if area.height > 1 {
        let shown = Line([Line::plain(" ").0, words.0, Line::plain(" ").0].concat());
        let at = Position { x: area.x.saturating_add(2), y: area.bottom().saturating_sub(1) };
        canvas.line(at, area.right().saturating_sub(2), &shown, false);
    }
}

/// `⌕ ada@▏`
fn search_box(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let input = &state.search.input;
    let typing = state.search.typing;
    let at = Position { x: area.x.saturating_add(1), y: area.y };
    let x = canvas.tone(at, area.right(), "⌕ ", if typing { Tone::Accent } else { Tone::Dim });
    let end = area.right().saturating_sub(1);
    if input.value().is_empty() && !typing {
        let key = key_of(Do::Search).map(|key| key.to_string()).unwrap_or_default();
        let words = Line::toned(key, Tone::Key).then(" to search", Tone::Dim);
        canvas.line(Position { x, y: area.y }, end, &words, false);
        return;
    }
    let box_ = Field { value: input.value().to_owned(), cursor: input.cursor(), ..Field::default() };
    // The last cell is the cursor's.
    let (seen, cursor) = field::visible(&box_, end.saturating_sub(x).saturating_sub(1));
    let style = match (typing, state.search.whole) {
        // As wherever a whole text is selected: a letter takes its place.
        (true, true) => canvas.theme.selected(Tone::Strong),
        (true, false) => canvas.theme.style(Tone::Strong),
        (false, _) => canvas.theme.style(Tone::Plain),
    };
    canvas.text(Position { x, y: area.y }, end, &seen, style);
    if typing {
        canvas.cursor = Some(Position { x: x.saturating_add(cursor), y: area.y });
    }
}
