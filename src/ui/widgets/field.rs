//! A text field in its brackets, scrolled so that the cursor is always seen.

use ratatui::layout::Position;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    desk::sheet::{Field, Tone},
    text,
    ui::canvas::Canvas,
};

/// A field with no wish of its own.
const WIDTH: u16 = 30;

/// Cells that the field takes with its brackets, in at most `room`.
pub(in crate::ui) fn width(field: &Field, room: u16) -> u16 {
    let wanted = if field.width == 0 { WIDTH } else { field.width };
    wanted.saturating_add(4).min(room)
}

/// Draws `[ 99.00     ]` and puts the terminal's cursor into it when it is focused; gives the column after it.
pub(in crate::ui) fn draw(canvas: &mut Canvas<'_>, at: Position, end: u16, field: &Field) -> u16 {
    let whole = width(field, end.saturating_sub(at.x));
    let room = whole.saturating_sub(4);
    let edge = if field.focused { Tone::Accent } else { Tone::Dim };
    let inner = canvas.tone(at, end, "[ ", edge);
    let stop = inner.saturating_add(room);
    let y = at.y;
    if field.value.is_empty() {
        let shown = text::cut(&field.placeholder, usize::from(room));
        canvas.tone(Position { x: inner, y }, stop, &shown, Tone::Dim);
    } else {
        let tone = if field.focused { Tone::Strong } else { Tone::Plain };
        canvas.tone(Position { x: inner, y }, stop, &visible(field, room).0, tone);
    }
    if field.focused {
        let x = inner.saturating_add(visible(field, room).1);
        canvas.cursor = Some(Position { x, y });
    }
    canvas.tone(Position { x: stop, y }, end, " ]", edge)
}

/// The part of the text that is seen, and the cell of the cursor in it. The cursor may stand behind the last letter, on the
/// space before the bracket.
pub(in crate::ui) fn visible(field: &Field, room: u16) -> (String, u16) {
    let room = usize::from(room);
    let before: String = field.value.chars().take(field.cursor).collect();
    let mut skipped = text::width(&before).saturating_sub(room);
    let mut cursor = text::width(&before);
    let mut seen = String::new();
    let mut used: usize = 0;
    for grapheme in text::clean(&field.value).graphemes(true) {
        let width = text::width(grapheme);
        if skipped > 0 {
            skipped = skipped.saturating_sub(width);
            cursor = cursor.saturating_sub(width);
            continue;
        }
        if used.saturating_add(width) > room {
            break;
        }
        seen.push_str(grapheme);
        used = used.saturating_add(width);
    }
    (seen, u16::try_from(cursor.min(room)).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(value: &str, cursor: usize, room: u16) -> (String, u16) {
        visible(&Field { value: value.into(), cursor, ..Field::default() }, room)
    }

    #[test]
    fn the_cursor_is_always_seen() {
        assert_eq!(seen("99.00", 5, 10), ("99.00".into(), 5));
        assert_eq!(seen("billed twice", 12, 6), (" twice".into(), 6));
        assert_eq!(seen("billed twice", 0, 6), ("billed".into(), 0));
        assert_eq!(seen("山田太郎", 4, 5).1, 4, "wide letters are never halved");
        assert_eq!(seen("x", 1, 0), (String::new(), 0));
    }
}
