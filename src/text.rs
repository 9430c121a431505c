//! Text written by strangers, made safe once at the border: nothing in it can move a cursor, colour a cell, hide itself,
//! reverse reading order, or become a formula in a spreadsheet. What was there is shown, not dropped.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use serde::{Deserialize, Deserializer, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Longer texts are cut: no field that the desk shows needs more, and the raw JSON is kept beside.
const CHARS_MOST: usize = 2_000;
/// A letter with more marks than this is a trick, not a language.
const MARKS_MOST: usize = 4;

/// Safe to draw, print, log as data and put on a clipboard. Made from anything.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    pub fn new(text: &str) -> Self {
        Self(clean(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Untrusted {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::new(&text))
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hidden(&self.0).fmt(f)
    }
}

/// Stands for a text in `{:?}`, by which customers' words must not reach a log: how long it is, not what it says.
pub struct Hidden<'a>(pub &'a str);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} chars>", self.0.chars().count())
    }
}

/// One line of text with every control, bidi and invisible character replaced by something visible and harmless.
pub fn clean(text: &str) -> String {
    clean_with(text, CHARS_MOST, false)
}

/// As [`clean`], but line breaks and tabs stay: for JSON and logs that are shown whole.
pub fn clean_lines(text: &str) -> String {
    clean_with(text, usize::MAX, true)
}

fn clean_with(text: &str, most: usize, lines: bool) -> String {
    let mut out = String::with_capacity(text.len().min(most.saturating_mul(4)));
    let mut marks: usize = 0;
    for (count, c) in text.chars().enumerate() {
        if count >= most {
            out.push('…');
            break;
        }
        marks = if is_mark(c) { marks.saturating_add(1) } else { 0 };
        match c {
            '\n' if lines => out.push(c),
            '\t' if lines => out.push_str("    "),
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            // The picture of the control character: ␛ for escape.
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('·')),
            '\x7f' => out.push('␡'),
            c if marks > MARKS_MOST || is_unsafe(c) => {
                if !out.ends_with('·') {
                    out.push('·');
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// JSON whose texts hold strangers' letters, for a terminal: what [`clean`] would replace is written `\\u….`, so that it reads as the
/// same and is seen as what it is.
pub fn escaped(json: &str) -> Cow<'_, str> {
    let harmful = |c: char| c == '\u{7f}' || c == '\u{2028}' || c == '\u{2029}' || is_unsafe(c);
    if !json.chars().any(harmful) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if harmful(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ok = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// C1 controls, bidi controls, letters of no width (the joiners too: a family of emoji falls into its members, which every
/// terminal counts alike), deprecated format characters, tags, variation selectors beyond the emoji one, private use and
/// noncharacters.
fn is_unsafe(c: char) -> bool {
    matches!(u32::from(c),
        0x80..=0x9f | 0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
        | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfeff | 0xffa0
        | 0xfe00..=0xfe0e | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
        | 0xe000..=0xf8ff | 0xe0000..=0xe0fff | 0xf0000..=0x0010_ffff)
        || u32::from(c) & 0xfffe == 0xfffe
}

fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36f | 0x483..=0x489 | 0x591..=0x5bd | 0x610..=0x61a | 0x64b..=0x65f
        | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f | 0xe31 | 0xe34..=0xe3a | 0xe47..=0xe4e)
}

/// Terminal cells that the text takes.
pub fn width(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    text.graphemes(true).map(grapheme_width).sum()
}

/// Printable ASCII, a cell a byte: most of what a desk draws, and there is no need to look for what belongs together in it.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn grapheme_width(grapheme: &str) -> usize {
    grapheme.width().min(2)
}

/// Blanks behind it, up to so many cells; what is wider stays as it is.
pub fn padded(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(width(text))))
}

/// At most `cells` wide, with `…` where something was left out.
pub fn cut(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used: usize = 0;
    for grapheme in text.graphemes(true) {
        let next = used.saturating_add(grapheme_width(grapheme));
        if next.saturating_add(1) > cells {
            break;
        }
        out.push_str(grapheme);
        used = next;
    }
    // What was short already needs no second mark.
    if cells > 0 && !out.ends_with('…') {
        out.push('…');
    }
    out
}

/// `ch_3PxL…9Q`: the start and the end of an id, which is what people compare.
pub fn short_id(id: &str) -> String {
    let count = id.chars().count();
    if count <= 14 {
        return id.to_owned();
    }
    let head: String = id.chars().take(7).collect();
    let tail: String = id.chars().skip(count.saturating_sub(4)).collect();
    format!("{head}…{tail}")
}

/// A cell that no spreadsheet takes for a formula. Quoting is the CSV writer's work.
pub fn csv_cell(text: &str) -> String {
    let safe = clean(text);
    // What programs read has the sign that they know.
    let safe = match safe.strip_prefix('−') {
        Some(rest) if is_amount(rest) => format!("-{rest}"),
        _ => safe,
    };
    // A plain number may start with a sign, and an amount.
    let number = safe.strip_prefix('-').is_some_and(is_amount);
    if safe.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']) && !number {
        format!("'{safe}")
    } else {
        safe
    }
}

/// The farthest slip of the pen that is still taken for one.
const SLIPS_MOST: usize = 3;

/// The known name that was probably meant. Where names are dotted, the last part mistyped or in the wrong table, or the whole.
pub fn nearest<'n>(given: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (section, last) = given.rsplit_once('.').unwrap_or(("", given));
    let length = |text: &str| text.chars().count();
    let room = length(last).checked_div(3).unwrap_or(0).clamp(1, SLIPS_MOST);
    names
        .filter_map(|name| {
            let (its_section, its_last) = name.rsplit_once('.').unwrap_or(("", name));
            if its_last == last {
                return Some((0, name));
            }
            if its_section != section {
                let whole = strsim::osa_distance(given, name);
                return (whole.saturating_mul(3) <= length(given)).then_some((whole, name));
            }
            let begins = |one: &str, other: &str| length(other) >= 3 && one.starts_with(other);
            let slips = strsim::osa_distance(last, its_last);
            let near = slips <= room && slips < length(last);
            (near || begins(last, its_last) || begins(its_last, last)).then_some((slips, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `1 refund`, `12 refunds`
pub fn many(count: i64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `an invoice`, `a charge`.
pub fn a(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// `5.00`, `$1,204.00`: a number, maybe behind one sign of a currency. No letter: behind a minus `A1` is somebody's cell.
fn is_amount(text: &str) -> bool {
    let number = text.strip_prefix(['$', '€', '£', '¥', '₹', '₩', '₪']).unwrap_or(text);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
}

/// Rows as a file for a spreadsheet: nothing in a cell becomes a formula.
pub fn csv(rows: &[Vec<String>]) -> String {
    let cell = |text: &String| {
        let safe = csv_cell(text);
        let quoted = safe.contains([',', '"']);
        if quoted { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
    };
    let lines: Vec<_> = rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(",")).collect();
    lines.join("\r\n") + "\r\n"
}

/// The first of these names that has all of the text's words, or their beginnings, in their order.
pub fn called<'a, T: AsRef<str>>(names: &'a [T], text: &str) -> Option<&'a str> {
    fn words(text: &str) -> impl Iterator<Item = &str> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
    }
    let text = text.to_lowercase();
    let wanted: Vec<&str> = words(&text).collect();
    let has = |name: &&str| {
        let mut words = words(name);
        wanted.iter().all(|wanted| words.any(|word| word.to_lowercase().starts_with(wanted)))
    };
    names.iter().map(AsRef::as_ref).find(has).filter(|_| !wanted.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_text_is_shown_and_harmless() {
        assert_eq!(clean("\x1b]0;owned\x07x"), "␛]0;owned␇x");
        assert_eq!(clean("a\u{202e}gnp.exe"), "a·gnp.exe");
        assert_eq!(clean("zero\u{200b}\u{200b}width"), "zero·width");
        assert_eq!(clean("two\nlines\tand tab"), "two lines and tab");
        assert_eq!(clean("\u{9b}31m"), "·31m");
        assert_eq!(clean("👩\u{200d}👩\u{200d}👧"), "👩·👩·👧");
        for invisible in ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'] {
            assert_eq!(clean(&format!("a{invisible}b")), "a·b", "{}", invisible.escape_unicode());
        }
        assert_eq!(clean("山田 太郎"), "山田 太郎");
        assert_eq!(clean(&"x".repeat(10_000)).chars().count(), CHARS_MOST + 1);
        assert!(clean(&format!("e{}", "\u{301}".repeat(50))).chars().count() < 8);
    }

    #[test]
    fn cuts_by_cells_not_by_characters() {
        assert_eq!(cut("Ada Lovelace", 20), "Ada Lovelace");
        assert_eq!(cut("Ada Lovelace", 6), "Ada L…");
        assert_eq!(cut("山田太郎", 5), "山田…");
        assert_eq!(cut("👩‍👩‍👧👩‍👩‍👧", 3), "👩‍👩‍👧…");
        assert_eq!(cut("abc", 0), "");
    }

    proptest! {
        #[test]
        fn a_plain_text_is_as_wide_as_its_graphemes(text in "[ -~]{0,40}") {
            prop_assert_eq!(width(&text), text.graphemes(true).map(grapheme_width).sum::<usize>());
        }
    }

    #[test]
    fn formulas_are_neutralised() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell(" @x"), "' @x");
        assert_eq!(csv_cell("-99.00"), "-99.00");
        assert_eq!(csv_cell("-1+cmd"), "'-1+cmd");
        assert_eq!(csv_cell("−$1,204.00"), "-$1,204.00");
        assert_eq!(csv_cell("−KWD 5.000"), "−KWD 5.000", "no sign that a spreadsheet knows");
        assert_eq!(csv_cell("-A1"), "'-A1");
        assert_eq!(csv_cell("-$1+cmd"), "'-$1+cmd");
        assert_eq!(csv_cell("− the rest"), "− the rest");
        assert_eq!(csv_cell("Ada"), "Ada");
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["refunds.max", "refunds.max_age_days", "refunds.reason", "refunds", "hours.days"];
        let near = |key: &str| nearest(key, names.into_iter());
        assert_eq!(near("refunds.maximum"), Some("refunds.max"));
        assert_eq!(near("refunds.reson"), Some("refunds.reason"));
        assert_eq!(near("refund"), Some("refunds"));
        assert_eq!(near("max"), Some("refunds.max"), "in the wrong place");
        assert_eq!(near("refunds.zzz"), None);
        assert_eq!(near(""), None);
        let plain = |key: &str| nearest(key, ["undo_seconds", "color", "data_dir"].into_iter());
        assert_eq!(plain("undo_secs"), Some("undo_seconds"));
        assert_eq!(plain("undo"), Some("undo_seconds"));
        assert_eq!(plain("colour"), Some("color"));
        assert_eq!(plain("kangaroo"), None);
    }

    #[test]
    fn ids_keep_both_ends() {
        assert_eq!(short_id("ch_3PxLabcdefghij9Qzz"), "ch_3PxL…9Qzz");
        assert_eq!(short_id("cus_1"), "cus_1");
    }

    proptest! {
        #[test]
        fn json_for_a_terminal_reads_as_the_same(text in any::<String>()) {
            let json = serde_json::Value::String(text).to_string();
            let out = escaped(&json);
            prop_assert!(out.chars().all(|c| !c.is_control() && !is_unsafe(c)));
            let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
            prop_assert_eq!(read(&out), read(&json));
        }
    }

    proptest! {
        #[test]
        fn nothing_unsafe_survives(text in any::<String>()) {
            let out = clean(&text);
            prop_assert!(out.chars().all(|c| !c.is_control() && !is_unsafe(c)));
            prop_assert_eq!(clean(&out), out.clone(), "cleaning twice changes nothing");
            let room = 7;
            prop_assert!(width(&cut(&out, room)) <= room);
        }
    }

    #[test]
    fn a_spreadsheet_gets_quoted_cells_and_no_formula() {
        let rows = [vec!["a,b".to_owned(), "=1+1".into(), "say \"hi\"\nthere".into(), "-5.00".into()]];
        assert_eq!(csv(&rows), "\"a,b\",'=1+1,\"say \"\"hi\"\" there\",-5.00\r\n");
    }
}
