//! A modal: a box in the middle of the body, or the whole body, with its items from top to bottom.

use ratatui::layout::{Position, Rect};

use super::field;
use crate::{
    desk::{
        layout,
        sheet::{
            Line, Sheet, Tone,
            page::{self, Drawn},
        },
    },
    ui::{
        canvas::{Canvas, badge_width},
        theme::Role,
    },
};

pub(in crate::ui) fn draw(canvas: &mut Canvas<'_>, sheet: &Sheet, body: Rect, live: bool) {
    let placed = page::place(sheet, body);
    let area = placed.area;
    canvas.clear(area);
    let role = if sheet.tone == Tone::Live { Role::BorderLive } else { Role::BorderModal };
    canvas.border(area, role);
    title(canvas, sheet, area, live && sheet.tone == Tone::Live);
    let inner = layout::inside(area);
    for (row, y) in placed.head.iter().zip(inner.top()..inner.bottom()) {
        draw_row(canvas, row, Rect { y, height: 1, ..inner });
    }
    let (top, pinned) = placed.tops();
    let shown = Rect { y: top, height: placed.room.min(inner.bottom().saturating_sub(top)), ..inner };
    for (row, y) in placed.rows.iter().zip(shown.top()..shown.bottom()) {
        draw_row(canvas, row, Rect { y, height: 1, ..inner });
    }
    let last = inner.bottom().saturating_sub(placed.footer).saturating_sub(placed.gap);
    for (row, y) in placed.pinned.iter().zip(pinned..last) {
        draw_row(canvas, row, Rect { y, height: 1, ..inner });
    }
    if placed.footer > 0 && inner.height > 0 {
        let at = Position { x: inner.x.saturating_add(1), y: inner.bottom().saturating_sub(1) };
        canvas.line(at, inner.right().saturating_sub(1), &sheet.footer, false);
    }
    let view = placed.view;
    if !view.whole() {
        canvas.scrollbar(shown, (view.first, view.shown.max(1), view.all), role);
    }
}

fn title(canvas: &mut Canvas<'_>, sheet: &Sheet, area: Rect, live: bool) {
    let (start, mut end) = (area.x.saturating_add(2), area.right().saturating_sub(2));
    if live {
        let x = end.saturating_sub(u16::try_from(badge_width("LIVE")).unwrap_or(0));
        canvas.badge(Position { x, y: area.y }, end, "LIVE", Role::BadgeLive);
        end = x.saturating_sub(1);
    }
    if !sheet.title.0.is_empty() {
        let title = Line([Line::plain(" ").0, sheet.title.0.clone(), Line::plain(" ").0].concat());
        canvas.line(Position { x: start, y: area.y }, end, &title, false);
    }
}

fn draw_row(canvas: &mut Canvas<'_>, row: &Drawn, area: Rect) {
    let y = area.y;
    if row.selected {
        let style = canvas.theme.style(Role::Selection);
        canvas.lay(area, style);
    }
    if row.focused {
        let style =
            if row.selected { canvas.theme.selected(Tone::Accent) } else { canvas.theme.style(Tone::Accent) };
        canvas.text(Position { x: area.x, y }, area.right(), "▸", style);
    }
    let (start, end) = (area.x.saturating_add(1), area.right().saturating_sub(1));
    let x = canvas.line(Position { x: start, y }, end, &row.line, row.selected);
    if let Some((field, after)) = &row.field {
        let after_width = u16::try_from(after.width()).unwrap_or(u16::MAX);
        // What stands after the field goes before the field is squeezed to nothing.
        let least = x.saturating_add(12).saturating_add(after_width);
        let stop = if after_width > 0 && least <= end {
            end.saturating_sub(after_width).saturating_sub(1)
        } else {
            end
        };
        let x = field::draw(canvas, Position { x, y }, stop, field);
        if stop < end || after_width == 0 {
            canvas.line(Position { x: x.saturating_add(1), y }, end, after, false);
        }
    }
}
