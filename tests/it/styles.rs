//! How the screens stand out, in letters: which cells are red because it is LIVE, selected, dim, money that goes, a key. Once in
//! colour, and once without any, where bold, underlined and reversed have to say the same.

use paydesk::{
    desk::state::Mode,
    policy::Policy,
    ui::theme::{Depth, Ground, Role, Theme},
};
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use crate::{
    harness::desk::{Desk, Options},
    inbox,
    palette::at,
};

const SIZES: [(u16, u16); 3] = [(140, 42), (80, 24), (60, 16)];

/// What an agent does, and the word that the pictures are named by.
const SCREENS: &[(&str, &str)] = &[
    ("desk", "ada@|<enter>"),
    ("detail", "ada@|<enter>|<enter>"),
    ("refund", "ada@|<enter>|r|<space>"),
    ("cancel", "grace@|<enter>|3x"),
    ("palette", "ada@|<enter>|:|refund"),
    ("plan_change", "grace@|<enter>|3c|growth $49.00/mo|<enter>"),
];

/// A policy under which Ada's $99.00 are too much.
const SMALL: &str = "version = 1\nrefunds.max.usd = \"50.00\"\nrefunds.reason = \"required\"";

/// The same, with the words of each too; `~1000` lets so many milliseconds pass. Some of them under a policy of their own.
const WORDED: &[(&str, &str, Option<&str>)] = &[
    ("help", "ada@|<enter>|?", None),
    ("help_found", "ada@|<enter>|?|/twice", None),
    ("settings", "ada@|<enter>|,", None),
    ("refund_denied", "ada@|<enter>|r|<space>", Some(SMALL)),
    ("refund_wrong", "ada@|<enter>|r|<space>|<s-tab><c-u>1,000.00", None),
    ("refund_held", "ada@|<enter>|r|<space>|<s-tab><c-u>20|~1000|<enter>", None),
    ("tasks", "ada@|<enter>|r|<space>|<s-tab><c-u>20|~1000|<enter>|T", None),
    ("refund_done", "ada@|<enter>|r|<space>|<s-tab><c-u>20|~1000|<enter>|~6000", None),
    ("audit", "ada@|<enter>|r|<space>|<s-tab><c-u>20|~1000|<enter>|~6000|a", None),
    ("too_late", "ada@|<enter>|r|<space>|<s-tab><c-u>20|~1000|<enter>|~6000|u", None),
    ("explain", "alan@|<enter>|e", None),
    ("duplicates", "ada@|<enter>|D", None),
    ("monitor", "ada@|<enter>|m", None),
    ("search", "grace", None),
    ("search_nothing", "zzyzzx", None),
];

/// In the order in which they are looked for: several roles may look alike to somebody with few colours.
const LETTERS: &[(Role, char)] = &[
    (Role::BadgeLive, 'L'),
    (Role::BadgeSandbox, 'S'),
    (Role::BadgeReadOnly, 'R'),
    (Role::BorderLive, 'r'),
    (Role::Match, 'm'),
    (Role::Key, 'k'),
    (Role::Accent, 'a'),
    (Role::Live, 'l'),
    (Role::Good, 'g'),
    (Role::Warn, 'w'),
    (Role::Bad, 'b'),
    (Role::Info, 'i'),
    (Role::Strong, 's'),
    (Role::Dim, 'd'),
    (Role::Border, '-'),
    (Role::Plain, '.'),
];

/// The selected row by its ground; elsewhere the role whose style the cell has; `?` where no role has it.
fn in_colour(cell: &Cell, theme: &Theme) -> char {
    let has = |role: Role| {
        let style = theme.style(role);
        style.fg.unwrap_or(Color::Reset) == cell.fg
            && style.bg.unwrap_or(Color::Reset) == cell.bg
            && style.add_modifier == cell.modifier
    };
    let ground = theme.style(Role::Selection).bg;
    if ground == Some(cell.bg) {
        return '▒';
    }
    let shade = theme.style(Role::Shade);
    // What frames and what a key is called have one colour.
    let edge = "╭╮╰╯│─".contains(cell.symbol());
    let found = LETTERS.iter().find(|(role, _)| has(*role)).map(|(_, letter)| *letter);
    let found = found.map(|letter| if edge && letter == 'k' { 'f' } else { letter });
    let shaded = shade.fg == Some(cell.fg) || (has(Role::Shade) && shade.add_modifier == cell.modifier);
    found.unwrap_or(if shaded { ':' } else { '?' })
}

fn without_colour(cell: &Cell) -> char {
    assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "no colour is none");
    let modifier = cell.modifier;
    [(Modifier::REVERSED, '▒'), (Modifier::UNDERLINED, 'u'), (Modifier::BOLD, 'b'), (Modifier::DIM, 'd')]
        .into_iter()
        .find(|(one, _)| modifier.contains(*one))
        .map_or('.', |(_, letter)| letter)
}

/// A letter a cell; what is blank and plain stays blank.
fn letters(buffer: &Buffer, letter: impl Fn(&Cell) -> char) -> String {
    let area = *buffer.area();
    let line = |y| {
        let one = |x| match (letter(&buffer[(x, y)]), buffer[(x, y)].symbol()) {
            ('▒', _) => '▒',
            (letter @ ('L' | 'S' | 'R'), _) => letter,
            (_, " ") => ' ',
            (letter, _) => letter,
        };
        (0..area.width).map(one).collect::<String>().trim_end().to_owned()
    };
    (0..area.height).map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn looks(name: &str, desk: &Desk) {
    let (width, height) = (desk.state.width, desk.state.height);
    let colour = Theme::new(Depth::True, Ground::Dark);
    let shown = letters(&desk.buffer(&colour), |cell| in_colour(cell, &colour));
    assert!(shown.contains("LLLL"), "LIVE is not to be seen: {name}\n{shown}");
    insta::assert_snapshot!(format!("{name}_{width}x{height}_colour"), shown);
    let none = Theme::new(Depth::None, Ground::Dark);
    insta::assert_snapshot!(
        format!("{name}_{width}x{height}_none"),
        letters(&desk.buffer(&none), without_colour)
    );
}

#[test]
fn every_screen_stands_out_as_it_should() {
    for (name, keys) in SCREENS {
        for size in SIZES {
            let mut desk = at(size, Mode::Live);
            for keys in keys.split('|') {
                desk.press(keys).settle().after_ms(500);
            }
            looks(name, &desk);
        }
    }
}

/// One desk a story, seen at each size.
#[test]
fn every_screen_reads_and_stands_out_as_it_should() {
    for (name, keys, policy) in WORDED {
        let mut options = Options { mode: Mode::Live, ..Options::default() };
        if let Some(rules) = policy {
            options.policy = Policy::parse(rules, "policy.toml").unwrap();
        }
        let mut desk = Desk::open(options);
        for keys in keys.split('|') {
            match keys.strip_prefix('~') {
                Some(ms) => desk.after_ms(ms.parse().unwrap()),
                None => desk.press(keys).settle(),
            };
        }
        for (width, height) in SIZES {
            desk.resize(width, height).settle();
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), desk.screen());
            looks(name, &desk);
        }
    }
}

#[test]
fn what_waits_for_a_person_stands_out_as_it_should() {
    for size in SIZES {
        let mut desk = Desk::open(Options { size, mode: Mode::Live, ..Options::default() });
        let assistant = inbox::assistant(&desk);
        let charge = inbox::charge(&desk);
        inbox::proposes(&assistant, &charge, "25.00");
        inbox::proposes(&assistant, &charge, "61.00");
        desk.after_ms(600_000);
        inbox::inbox(&mut desk).press("j").settle();
        looks("inbox", &desk);
    }
}
