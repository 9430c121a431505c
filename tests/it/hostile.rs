//! Every text field of every object is hostile at once: nothing of it reaches a cell, a pipe, a file, or the clipboard as it was.

use paydesk::{
    actions::{self, Effect},
    sandbox::Options,
};
use serde_json::Value;

use crate::{
    harness::{
        command::{Case, get, said},
        desk::{self, Desk},
        strangers::{self, Spoils},
    },
    reads::given,
};

/// Written anew here, from what a terminal and a reader do with them: `text` has a list of its own.
pub(crate) fn is_harmful(c: char) -> bool {
    let controls = ['\u{0}'..='\u{1f}', '\u{7f}'..='\u{9f}'];
    let hidden = [
        '\u{ad}'..='\u{ad}',
        '\u{61c}'..='\u{61c}',
        '\u{115f}'..='\u{1160}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{3164}'..='\u{3164}',
        '\u{feff}'..='\u{feff}',
        '\u{fff9}'..='\u{fffb}',
        '\u{e0000}'..='\u{e0fff}',
    ];
    controls.iter().chain(&hidden).any(|range| range.contains(&c))
}

#[track_caller]
fn harmless(what: &str, text: &str, but: &[char]) {
    let bad = text.chars().find(|c| is_harmful(*c) && !but.contains(c));
    if let Some(bad) = bad {
        let at = text.find(bad).unwrap();
        let near: String = text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
        panic!("{what}: {} after {near:?}", bad.escape_unicode());
    }
}

#[track_caller]
fn no_formula(what: &str, cell: &str) {
    let bare = cell.trim_start();
    let number = bare
        .strip_prefix('-')
        .map(|rest| rest.strip_prefix(['$', '€', '£', '¥', '₹', '₩', '₪']).unwrap_or(rest))
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b','));
    let formula =
        bare.starts_with(['=', '+', '-', '@', '|', '%', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    assert!(!formula || number || bare.len() <= 1, "{what}: {cell:?} is a formula");
}

struct Stranger {
    case: Case,
    base: String,
    spoils: Spoils,
}

impl Stranger {
    fn new(spoils: Spoils) -> Self {
        let case = Case::with(Options { customers: 60, ..Options::default() });
        let base = strangers::before(case.running.base_url(), spoils);
        Self { case, base, spoils }
    }

    fn run(&self, line: &str, more: &[String]) -> (i32, String, String) {
        let mut command = self.case.command(line);
        said(command.env("STRIPE_API_BASE", &self.base).args(more).output().unwrap())
    }

    /// As a table in a pipe, and as JSON.
    fn checked(&self, line: &str, more: &[String], shown: &mut usize) {
        let (code, out, err) = self.run(line, more);
        // Where even Stripe's own words are others some things cannot be done, and that is said as safely.
        assert!(code == 0 || self.spoils == Spoils::Everything, "{line} {more:?}: {code} {err}");
        harmless(line, &out, &['\n', '\t']);
        harmless(line, &err, &['\n']);
        *shown += out.matches('␛').count();
        let mut columns = None;
        for row in out.lines() {
            let cells: Vec<&str> = row.split('\t').collect();
            let table = cells.len() > 2;
            // What is printed in sections has several tables, one after another.
            if table && line.starts_with("run ") {
                assert_eq!(*columns.get_or_insert(cells.len()), cells.len(), "{line}: {row}");
            }
            for cell in cells {
                no_formula(line, cell);
            }
        }
        let (_, out, _) = self.run(&format!("{line} --json"), more);
        harmless(&format!("{line} --json"), &out, &['\n']);
        serde_json::from_str::<Value>(&out).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn nothing_that_a_stranger_wrote_reaches_a_command_s_output_as_it_was() {
    for spoils in [Spoils::Words, Spoils::Everything] {
        let stranger = Stranger::new(spoils);
        let mut shown = 0;
        for action in actions::all().filter(|action| action.effect == Effect::Read) {
            stranger.checked(&format!("run {}", action.name), &given(&stranger.case, action), &mut shown);
        }
        let ada = get(&stranger.case.running, "/v1/customers?email=ada@example.com")["data"][0]["id"].clone();
        let ada = ada.as_str().unwrap();
        for line in ["customer", "timeline", "duplicates", "find"] {
            stranger.checked(&format!("{line} {ada}"), &[], &mut shown);
        }
        assert!(shown > 50, "what is harmful is shown as what it is: {shown}");
    }
}

#[test]
fn the_trail_of_a_change_among_strangers_is_a_file_without_formulas() {
    let stranger = Stranger::new(Spoils::Words);
    let charge = stranger.case.charge(4_900);
    let note = "note==HYPERLINK(\"http://evil.example\")\u{1b}[31m\u{202e}".to_owned();
    let (code, out, err) = stranger
        .run(&format!("run refund_charge charge={charge} amount=5 reason=duplicate --yes --json"), &[note]);
    assert_eq!(code, 0, "{out}{err}");
    harmless("run refund_charge --json", &out, &['\n']);
    for (format, but) in [("csv", ['\n', '\r']), ("jsonl", ['\n', '\n'])] {
        let (code, out, _) = stranger.run(&format!("audit export --format {format}"), &[]);
        assert_eq!((code, out.lines().count()), (0, if format == "csv" { 3 } else { 2 }));
        harmless(format, &out, &but);
        assert!(!out.contains("HYPERLINK") && !out.contains("evil"), "notes stay out of the trail: {out}");
        if format == "csv" {
            for cell in out.lines().flat_map(|line| line.split(',')) {
                no_formula("csv", cell.trim_matches('"'));
            }
        }
    }
    let (code, out, _) = stranger.run("audit show 1", &[]);
    assert_eq!(code, 0);
    harmless("audit show", &out, &['\n', '\t']);
}

/// Every cell of the screen as it is drawn, and every row as wide as the screen.
#[track_caller]
fn drawn(desk: &Desk, after: &str, shown: &mut usize) {
    let screen = desk.screen();
    harmless(after, &screen, &['\n']);
    *shown += screen.matches('␛').count();
    let wide = screen.lines().map(paydesk::text::width).max().unwrap_or_default();
    assert!(wide <= usize::from(desk.state.width), "{after}: a row is {wide} cells wide");
}

/// This customer's desk, wherever its keys lead: every pane with its first row's screens, every screen of the desk, at the three sizes.
pub(crate) fn everywhere(desk: &mut Desk, customer: &str, mut seen: impl FnMut(&Desk, &str)) {
    seen(desk, "at the start");
    desk.press(&format!("/{customer}<enter>")).settle();
    seen(desk, "a customer");
    for pane in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-", "=", "+"] {
        desk.press(pane).settle();
        seen(desk, pane);
        for keys in ["<enter>", "J", "<esc>", "i", "y", "e", "<esc>", "r", "<esc>", "x", "<esc>", "<esc>"] {
            desk.press(keys).settle();
            seen(desk, &format!("{pane} {keys}"));
        }
    }
    for (width, height) in [(80, 24), (60, 16), (140, 42)] {
        desk.resize(width, height);
        for keys in ["1", "D", "t", "W", "m", "a", ",", "T", "A", "H", "@", "?", ":", "3<f2>", "3p", "/visa"]
        {
            desk.press(keys).settle();
            seen(desk, &format!("{keys} at {width}x{height}"));
            desk.press("<esc><esc><esc>").settle();
        }
    }
}

#[test]
fn nothing_that_a_stranger_wrote_reaches_the_screen_or_the_clipboard_as_it_was() {
    let kinds: [fn(&str) -> String; 2] =
        [|base| strangers::before(base, Spoils::Words), |base| strangers::before(base, Spoils::Everything)];
    for through in kinds {
        let options = desk::Options { customers: 60, through: Some(through), ..desk::Options::default() };
        let mut desk = Desk::open(options);
        let mut shown = 0;
        let ada = get(&desk.sandbox, "/v1/customers?email=ada@example.com")["data"][0]["id"].clone();
        everywhere(&mut desk, ada.as_str().unwrap(), |desk, after| drawn(desk, after, &mut shown));
        for text in &desk.copied {
            harmless("the clipboard", text, &['\n']);
        }
        assert!(desk.copied.len() > 3, "{:?}", desk.copied);
        assert!(shown > 100, "what is harmful is shown as what it is: {shown}");
    }
}
