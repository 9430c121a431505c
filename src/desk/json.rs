//! JSON made readable without reading it: line breaks and indents are added between the tokens, and every token stays as
//! Stripe wrote it, digits and order of fields included.

/// Deeper nesting than this is not indented any further.
const DEPTH_MOST: usize = 40;

/// One field a line, two spaces a level. A text that is no JSON comes out readable too, only unevenly broken.
pub fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    let mut depth: usize = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push('"');
                string(&mut chars, &mut out);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth = depth.saturating_add(1);
                    indent(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                indent(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                indent(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// The next line with `needle` (in lower case) from line `now` on, or back from it, round and round; `here` counts `now` too.
pub fn find(text: &str, needle: &str, now: u16, (forward, here): (bool, bool)) -> u16 {
    let lines = text.lines().enumerate().filter(|(_, line)| line.to_lowercase().contains(needle));
    let hits: Vec<u16> = lines.filter_map(|(at, _)| u16::try_from(at).ok()).collect();
    let next = if forward {
        hits.iter().find(|at| **at > now || here && **at == now).or(hits.first())
    } else {
        hits.iter().rev().find(|at| **at < now).or(hits.last())
    };
    next.copied().unwrap_or(now)
}

/// The rest of a string, up to and with its closing quote.
fn string(chars: &mut impl Iterator<Item = char>, out: &mut String) {
    let mut escaped = false;
    for c in chars {
        out.push(c);
        if c == '"' && !escaped {
            return;
        }
        escaped = c == '\\' && !escaped;
    }
}

fn indent(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth.min(DEPTH_MOST)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_breaks_and_changes_no_token() {
        let text = r#"{"id":"ch_1","amount":9900,"big":12345678901234567890.10,"e":{},"l":[1,{"a":"x, \"y\" {"}],"n":null}"#;
        let shown = pretty(text);
        assert!(shown.contains("\n  \"amount\": 9900,\n"), "{shown}");
        assert!(shown.contains("12345678901234567890.10"));
        assert!(shown.contains("\"e\": {},"));
        assert!(shown.contains(r#""x, \"y\" {""#));
        assert_eq!(pretty(&shown), shown, "twice changes nothing");
        let compact: String = serde_json::from_str::<serde_json::Value>(&shown).unwrap().to_string();
        assert_eq!(compact, serde_json::from_str::<serde_json::Value>(text).unwrap().to_string());
    }

    #[test]
    fn a_search_goes_round_both_ways() {
        let text = "a\nB x\nc\nd X";
        assert_eq!([0, 1, 3].map(|now| find(text, "x", now, (true, false))), [1, 3, 1]);
        assert_eq!([0, 1, 3].map(|now| find(text, "x", now, (false, false))), [3, 3, 1]);
        assert_eq!((find(text, "x", 1, (true, true)), find(text, "z", 2, (true, false))), (1, 2));
    }

    #[test]
    fn anything_is_survived() {
        assert_eq!(pretty("\"open"), "\"open");
        assert!(pretty(&"[".repeat(3_000)).len() < 300_000);
    }
}
