//! The few strokes that everything is drawn with. All of them stay inside their area and inside the screen, whatever the
//! size, and go by the cells that a terminal shows.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use super::theme::{Role, Theme};
use crate::{
    desk::sheet::{Line, Tone, line},
    text,
};

pub(super) struct Canvas<'a> {
    pub(super) buffer: &'a mut Buffer,
    pub(super) theme: &'a Theme,
    /// Where the terminal's cursor stands after this frame.
    pub(super) cursor: Option<Position>,
}

impl Canvas<'_> {
    pub(super) fn screen(&self) -> Rect {
        self.buffer.area
    }

    /// Text in one style from `at` on, cut at `end`; gives the column after it.
    pub(super) fn text(&mut self, at: Position, end: u16, text: &str, style: Style) -> u16 {
        let screen = self.screen();
        let end = end.min(screen.right());
        if at.y < screen.y || at.y >= screen.bottom() || at.x < screen.x || at.x >= end {
            return at.x;
        }
        let room = usize::from(end.saturating_sub(at.x));
        // What was there leaves nothing behind: plain words on a red border are plain.
        self.buffer.set_stringn(at.x, at.y, text, room, Style::reset().patch(style)).0
    }

    /// A line in its tones, with `…` where it does not fit; gives the column after it.
    pub(super) fn line(&mut self, at: Position, end: u16, line: &Line, selected: bool) -> u16 {
        let room = end.min(self.screen().right()).saturating_sub(at.x);
        let mut x = at.x;
        for span in &line::fit(line, usize::from(room)).0 {
            let style = if selected { self.theme.selected(span.tone) } else { self.theme.style(span.tone) };
            x = self.text(Position { x, y: at.y }, end, &span.text, style);
        }
        x
    }

    /// As [`Canvas::line`], ending at `end` instead of starting somewhere.
    pub(super) fn line_right(&mut self, y: u16, (start, end): (u16, u16), line: &Line) -> u16 {
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
        let x = end.saturating_sub(width).max(start);
        self.line(Position { x, y }, end, line, false);
        x
    }

    pub(super) fn tone(&mut self, at: Position, end: u16, text: &str, tone: Tone) -> u16 {
        let style = self.theme.style(tone);
        self.text(at, end, text, style)
    }

    /// A style laid over what is there.
    pub(super) fn lay(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.screen());
        self.buffer.set_style(area, style);
    }

    /// Empty cells.
    pub(super) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.screen());
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
            }
        }
    }

    /// What is there steps back: its letters stay, its colours go.
    pub(super) fn shade(&mut self, area: Rect) {
        let style = self.theme.style(Role::Shade);
        let area = area.intersection(self.screen());
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.set_style(Style::reset().patch(style));
            }
        }
    }

    /// Rounded corners.
    pub(super) fn border(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        if area.width < 2 || area.height < 2 {
            return;
        }
        let (left, right) = (area.x, area.right().saturating_sub(1));
        let (top, bottom) = (area.y, area.bottom().saturating_sub(1));
        let across = "─".repeat(usize::from(area.width.saturating_sub(2)));
        for (y, start, end) in [(top, "╭", "╮"), (bottom, "╰", "╯")] {
            self.text(Position { x: left, y }, area.right(), &format!("{start}{across}{end}"), style);
        }
        for y in top.saturating_add(1)..bottom {
            self.text(Position { x: left, y }, area.right(), "│", style);
            self.text(Position { x: right, y }, area.right(), "│", style);
        }
    }

    /// Where among `count` the `shown` from `first` on stand, on the right border of `area`.
    pub(super) fn scrollbar(&mut self, area: Rect, (first, shown, count): (usize, usize, usize), role: Role) {
        let height = usize::from(area.height);
        if count <= shown || height == 0 {
            return;
        }
        let size = height.saturating_mul(shown).checked_div(count).unwrap_or(0).clamp(1, height);
        let travel = height.saturating_sub(size);
        let top =
            first.saturating_mul(travel).checked_div(count.saturating_sub(shown)).unwrap_or(0).min(travel);
        let style = self.theme.style(role);
        for row in top..top.saturating_add(size) {
            let y = area.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
            self.text(Position { x: area.right(), y }, area.right().saturating_add(1), "┃", style);
        }
    }

    /// A word on a ground of its own, with half a cell of margin; gives the column after it.
    pub(super) fn badge(&mut self, at: Position, end: u16, word: &str, role: Role) -> u16 {
        let style = self.theme.style(role);
        // The margins are half blocks in the colour of the ground.
        let edge = style.bg.map_or_else(Style::new, |ground| Style::new().fg(ground));
        let x = self.text(at, end, "▐", edge);
        let x = self.text(Position { x, y: at.y }, end, word, style);
        self.text(Position { x, y: at.y }, end, "▌", edge)
    }
}

/// Cells that a badge takes.
pub(super) fn badge_width(word: &str) -> usize {
    text::width(word).saturating_add(2)
}
