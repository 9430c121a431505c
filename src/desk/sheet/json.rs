//! JSON in colours, a line at a time: keys, texts, numbers and words in their tones, and the matches of a search.

use super::{Line, Span, Tone};
use crate::text;

/// One line of JSON text, made safe first. `find` marks every place where it stands, in any case; empty marks none.
pub(super) fn line(raw: &str, find: &str) -> Line {
    let safe = text::clean_lines(raw);
    let coloured = tokens(&safe);
    if find.is_empty() { coloured } else { marked(&coloured, find) }
}

fn tokens(text: &str) -> Line {
    let mut line = Line::default();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, tail) = rest.split_at(token_end(rest, first));
        let tone = match first {
            '"' if tail.trim_start().starts_with(':') => Tone::Info,
            '"' => Tone::Good,
            '0'..='9' | '-' => Tone::Strong,
            'a'..='z' => Tone::Warn,
            _ => Tone::Dim,
        };
        line = line.then(token, tone);
        rest = tail;
    }
    line
}

/// Where the token that starts with `first` ends, in bytes.
fn token_end(text: &str, first: char) -> usize {
    if first == '"' {
        let mut escaped = false;
        for (at, c) in text.char_indices().skip(1) {
            if c == '"' && !escaped {
                return at.saturating_add(1);
            }
            escaped = c == '\\' && !escaped;
        }
        return text.len();
    }
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    let same = |c: char| if word(first) { word(c) } else { !word(c) && c != '"' };
    text.char_indices().find(|(_, c)| !same(*c)).map_or(text.len(), |(at, _)| at)
}

/// The line with every letter of a match in a tone of its own.
fn marked(line: &Line, find: &str) -> Line {
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let letters: Vec<(char, Tone)> =
        line.0.iter().flat_map(|span| span.text.chars().map(|c| (c, span.tone))).collect();
    let wanted: Vec<char> = find.chars().map(lower).collect();
    let mut hit = vec![false; letters.len()];
    for (at, window) in letters.windows(wanted.len()).enumerate() {
        if window.iter().map(|(c, _)| lower(*c)).eq(wanted.iter().copied()) {
            hit.iter_mut().skip(at).take(wanted.len()).for_each(|letter| *letter = true);
        }
    }
    let mut spans: Vec<Span> = Vec::new();
    for ((c, tone), hit) in letters.into_iter().zip(hit) {
        let tone = if hit { Tone::Match } else { tone };
        match spans.last_mut() {
            Some(last) if last.tone == tone => last.text.push(c),
            _ => spans.push(Span { text: c.to_string(), tone }),
        }
    }
    Line(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, find: &str) -> Vec<(String, Tone)> {
        line(text, find).0.into_iter().map(|span| (span.text, span.tone)).collect()
    }

    #[test]
    fn tokens_have_tones() {
        let line = shown(r#"  "amount": -9900, "paid": true,"#, "");
        assert!(line.contains(&("\"amount\"".into(), Tone::Info)));
        assert!(line.contains(&("-9900".into(), Tone::Strong)));
        assert!(line.contains(&("true".into(), Tone::Warn)));
        assert!(shown(r#""a\"b": "x:y""#, "").contains(&("\"x:y\"".into(), Tone::Good)));
    }

    #[test]
    fn controls_are_made_visible_and_matches_are_marked() {
        assert_eq!(line("\"\x1b[31m\u{202e}\"", "").text(), "\"␛[31m·\"");
        let line = shown(r#""id": "ch_3Px""#, "CH_3");
        assert!(line.contains(&("ch_3".into(), Tone::Match)));
        assert!(!shown(r#""id""#, "zz").iter().any(|(_, tone)| *tone == Tone::Match));
    }
}
