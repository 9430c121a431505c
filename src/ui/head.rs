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
        compact(canvas, &head, area, !state.session.tips.is_empty());
    }
}

fn card(canvas: &mut Canvas<'_>, head: &Head, area: Rect) {
    canvas.border(area, Role::Border);
    let (start, end) = (area.x.saturating_add(2), area.right().saturating_sub(2));
    let id =
        if head.id.is_empty() { Line::default() } else { Line::toned(format!(" {} ", head.id), Tone::Dim) };
    let left = canvas.line_right(area.y, (start, end), &id);
    let marks = if head.marks.0.is_empty() {
        Line::default()
    } else {
        Line([Line::toned("── ", Tone::Dim).0, head.marks.0.clone(), Line::plain(" ").0].concat())
    };
    let title = Line([Line::plain(" ").0, head.title.0.clone(), Line::plain(" ").0, marks.0].concat());
    canvas.line(Position { x: start, y: area.y }, left.saturating_sub(1), &title, false);
    // On the lower border: the lines above are full, and this must not be overlooked.
    if !head.alert.0.is_empty() {
        let alert = Line([Line::plain(" ").0, head.alert.0.clone(), Line::plain(" ").0].concat());
        canvas.line(Position { x: start, y: area.bottom().saturating_sub(1) }, end, &alert, false);
    }
    let inner = layout::inside(area);
    let money = summary::dotted(head.money.clone(), head.flags.clone());
    for (line, y) in [&head.who, &money].into_iter().zip(inner.top()..inner.bottom()) {
        let at = Position { x: inner.x.saturating_add(1), y };
        canvas.line(at, inner.right().saturating_sub(1), line, false);
    }
}

/// One or two lines: the name first, and what must not be overlooked before what may be cut.
fn compact(canvas: &mut Canvas<'_>, head: &Head, area: Rect, tips: bool) {
    let (start, mut end) = (area.x.saturating_add(1), area.right().saturating_sub(1));
    let y = area.y;
    let flags = summary::dotted(head.flags.clone(), head.marks.clone());
    let flags = summary::dotted(flags, head.alert_short.clone());
    let money = summary::dotted(flags, head.money.clone());
    let two = area.height > 1;
    if two {
        let at = Position { x: start, y: y.saturating_add(1) };
        canvas.line(at, end, &money, false);
        let id = Line::toned(text::short_id(&head.id), Tone::Dim);
        end = canvas.line_right(y, (start, end), &id).saturating_sub(2);
    }
    // The keys of the welcome stand on the bottom line too.
    let rest = if two || (head.id.is_empty() && !tips) { &head.who } else { &money };
    let mut first = head.title.clone().then("  ", Tone::Plain);
    first.0.extend(rest.0.iter().cloned());
    canvas.line(Position { x: start, y }, end, &first, false);
}
