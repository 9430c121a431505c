//! The customer's card: name and id on its border, who they are, what they paid. Without a border on small screens.

use ratatui::layout::{Position, Rect};

use super::{canvas::Canvas, theme::Role};
use crate::{
    desk::{
        layout,
        sheet::{Line, Tone},
        state::State,
        summary::{self, Head},
    },
    text,
};

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let head = summary::head(state);
    if area.height > 2 {
        card(canvas, &head, area);
    } else {
        compact(canvas, &head, area);
    }
}

fn card(canvas: &mut Canvas<'_>, head: &Head, area: Rect) {
    canvas.border(area, Role::Border);
    let (start, end) = (area.x.saturating_add(2), area.right().saturating_sub(2));
    let id =
        if head.id.is_empty() { Line::default() } else { Line::toned(format!(" {} ", head.id), Tone::Dim) };
    let left = canvas.line_right(area.y, (start, end), &id);
    let title = Line([Line::plain(" ").0, head.title.0.clone(), Line::plain(" ").0].concat());
    canvas.line(Position { x: start, y: area.y }, left.saturating_sub(1), &title, false);
    let inner = layout::inside(area);
    for (line, y) in [&head.who, &head.money].into_iter().zip(inner.top()..inner.bottom()) {
        let at = Position { x: inner.x.saturating_add(1), y };
        canvas.line(at, inner.right().saturating_sub(1), line, false);
    }
}

/// One or two lines: the name before either.
fn compact(canvas: &mut Canvas<'_>, head: &Head, area: Rect) {
    let (start, end) = (area.x.saturating_add(1), area.right().saturating_sub(1));
    let mut first = head.title.clone().then("  ", Tone::Plain);
    let two = area.height > 1;
    let mut end_of_first = end;
    if two {
        let id = Line::toned(text::short_id(&head.id), Tone::Dim);
        end_of_first = canvas.line_right(area.y, (start, end), &id).saturating_sub(2);
    }
    first.0.extend(if two || head.id.is_empty() { head.who.0.clone() } else { head.money.0.clone() });
    canvas.line(Position { x: start, y: area.y }, end_of_first, &first, false);
    if two {
        canvas.line(Position { x: start, y: area.y.saturating_add(1) }, end, &head.money, false);
    }
}
