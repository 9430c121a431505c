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

/// As [`fit`], but of an invoice's number at the end its own end stays, since that tells it from the others: `Pro · …-0012`.
pub fn fit_number(line: &Line, room: usize) -> Line {
    let Some(last) = line.0.last().filter(|_| line.width() > room) else { return fit(line, room) };
    let (before, word) = match last.text.rsplit_once(' ') {
        Some((before, word)) => (format!("{before} "), word),
        None => (String::new(), last.text.as_str()),
    };
    let Some(shortest) = number_end(word).map(|end| text::width(end).saturating_add(1)) else {
        return fit(line, room);
    };
    if shortest > room {
        return fit(line, room);
    }
    let mut short = Line(line.0.iter().take(line.0.len().saturating_sub(1)).cloned().collect());
    short.0.push(Span { text: before, tone: last.tone });
    let over = short.width().saturating_add(shortest).saturating_sub(room);
    if over > 0 {
        // Even what stands before it has to be cut. One mark is enough for both.
        short = fit(&short, room.saturating_sub(shortest).saturating_add(1));
        if let Some(cut) = short.0.last_mut() {
            cut.text = cut.text.trim_end_matches(['…', ' ']).to_owned();
        }
    }
    let left = room.saturating_sub(short.width()).saturating_sub(1);
    let skipped = word.chars().count().saturating_sub(left);
    let end: String = word.chars().skip(skipped).collect();
    short.then(format!("…{end}"), last.tone)
}

/// `-0012` of `HGMHSLMD-0012`.
fn number_end(word: &str) -> Option<&str> {
    let (prefix, number) = word.rsplit_once('-')?;
    let is_number = number.len() > 1 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_prefix =
        !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_number && is_prefix).then(|| word.get(prefix.len()..)).flatten()
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
    fn what_tells_an_invoice_from_others_stays() {
        let fitted = |text: &str, room: usize| fit_number(&Line::plain(text), room).text();
        assert_eq!(fitted("Pro · HGMHSLMD-0012", 30), "Pro · HGMHSLMD-0012");
        assert_eq!(fitted("Pro · HGMHSLMD-0012", 16), "Pro · …SLMD-0012");
        assert_eq!(fitted("Pro · HGMHSLMD-0012", 12), "Pro · …-0012");
        assert_eq!(fitted("Growth · HGMHSLMD-0012", 12), "Growth…-0012");
        assert_eq!(fitted("Growth · A-0012", 14), "Growth ·…-0012");
        assert_eq!(fitted("HGMHSLMD-0012", 10), "…SLMD-0012");
        assert_eq!(fitted("HGMHSLMD-0012", 6), "…-0012");
        assert_eq!(fitted("HGMHSLMD-0012", 5), "HGMH…", "no room for its end");
        assert_eq!(fitted("Workshop in Tokyo", 10), "Workshop …");
        assert_eq!(fitted("Annabel Smith-Jones", 12), "Annabel Smi…");
        assert_eq!(fit_number(&two("Pro · ", "A-1-0012"), 12).text(), "Pro · …-0012");
        for room in 0..24 {
            for text in ["Growth · HGMHSLMD-0012", "山田太郎 A-0012", "A-0012", ""] {
                assert!(fit_number(&Line::plain(text), room).width() <= room, "{text} in {room}");
            }
        }
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
