//! Lines made to fit: cut with `…`, or wrapped between words, by the cells that a terminal shows.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{Line, Span, Tone};
use crate::text;

/// The line in at most `room` cells, with `…` at the end when something was left out.
pub fn fit(line: &Line, room: usize) -> Line {
    if line.width() <= room {
        return line.clone();
    }
    // One cell is for the mark.
    let mut left = room.saturating_sub(1);
    let mut short = Line::default();
    for span in &line.0 {
        let width = text::width(&span.text);
        if width <= left {
            left = left.saturating_sub(width);
            short.0.push(span.clone());
            continue;
        }
        // With the mark behind it, a span that just fits is cut like any other that has something after it.
        let piece = text::cut(&format!("{}…", span.text), left.saturating_add(1).min(room));
        short.0.push(Span { text: piece, tone: span.tone });
        break;
    }
    short
}

/// The line in rows of at most `room` cells. Rows break at spaces; a word longer than a row breaks inside.
pub fn wrap(line: &Line, room: usize) -> Vec<Line> {
    let room = room.max(1);
    if line.width() <= room {
        return vec![line.clone()];
    }
    let mut rows = vec![Line::default()];
    let mut used: usize = 0;
    for (word, tone) in words(line) {
        let width = text::width(&word);
        let blank = word.trim().is_empty();
        if used.saturating_add(width) > room {
            if !blank && width <= room {
                rows.push(Line::default());
                used = 0;
            } else if blank {
                // The break stands for the space.
                used = room;
                continue;
            }
        }
        for (piece, width) in pieces(&word, width, room) {
            if used.saturating_add(width) > room {
                rows.push(Line::default());
                used = 0;
            }
            if blank && used == 0 && rows.len() > 1 {
                continue;
            }
            push(rows.last_mut(), piece, tone);
            used = used.saturating_add(width);
        }
    }
    rows
}

/// A word as it is, or by letters when it is longer than a row.
fn pieces(word: &str, width: usize, room: usize) -> Vec<(&str, usize)> {
    if width <= room {
        vec![(word, width)]
    } else {
        word.graphemes(true).map(|grapheme| (grapheme, text::width(grapheme).min(room))).collect()
    }
}

fn push(row: Option<&mut Line>, text: &str, tone: Tone) {
    let Some(row) = row else { return };
    match row.0.last_mut() {
        Some(last) if last.tone == tone => last.text.push_str(text),
        _ => row.0.push(Span { text: text.to_owned(), tone }),
    }
}

/// Words and the spaces between them, each with its tone.
fn words(line: &Line) -> Vec<(String, Tone)> {
    let mut words: Vec<(String, Tone)> = Vec::new();
    for span in &line.0 {
        let mut fresh = true;
        for c in span.text.chars() {
            match words.last_mut() {
                Some((word, _)) if !fresh && word.ends_with(' ') == (c == ' ') => word.push(c),
                _ => words.push((c.to_string(), span.tone)),
            }
            fresh = false;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(a: &str, b: &str) -> Line {
        Line::plain(a).then(b, Tone::Dim)
    }

    #[test]
    fn fits_with_a_mark_where_something_is_missing() {
        assert_eq!(fit(&two("Ada ", "Lovelace"), 12).text(), "Ada Lovelace");
        assert_eq!(fit(&two("Ada ", "Lovelace"), 8).text(), "Ada Lov…");
        assert_eq!(fit(&two("ab", "cd"), 3).text(), "ab…");
        assert_eq!(fit(&Line::plain("ab").then("c", Tone::Dim).then("d", Tone::Bad), 3).text(), "ab…");
        assert_eq!(fit(&two("山田", "太郎"), 5).text(), "山田…");
        assert_eq!(fit(&two("a", "b"), 0).text(), "");
    }

    #[test]
    fn wraps_between_words_and_keeps_tones() {
        let rows = wrap(&two("above $50.00 a refund ", "must be confirmed"), 16);
        let texts: Vec<_> = rows.iter().map(Line::text).collect();
        assert_eq!(texts, ["above $50.00 a ", "refund must be ", "confirmed"]);
        assert_eq!(rows[2].0[0].tone, Tone::Dim);
        let long = wrap(&Line::plain("x".repeat(25)), 10);
        assert_eq!(long.iter().map(Line::width).collect::<Vec<_>>(), [10, 10, 5]);
    }

    #[test]
    fn no_room_is_survived() {
        for room in 0..30 {
            for text in ["", " ", "山田 太郎", "a  b   c", "👩‍👩‍👧👩‍👩‍👧 x"] {
                let line = two(text, text);
                assert!(fit(&line, room).width() <= room, "{text} in {room}");
                assert!(wrap(&line, room).iter().all(|row| row.width() <= room.max(2)), "{text} in {room}");
            }
        }
    }
}
