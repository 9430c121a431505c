//! What must hold of every screen: LIVE cannot be missed, `NO_COLOR` means none, nothing that a stranger wrote moves a cell, and a
//! key that may not read everything leaves the rest usable.

use paydesk::{
    desk::state::Mode,
    ui::theme::{Depth, Ground, Theme},
};
use ratatui::{buffer::Buffer, style::Color};

use crate::harness::desk::{Desk, Options};

const SCREENS: &[&str] = &["", "r", "3x", "<enter>", "<enter>J", "a", ",", "T", "?", "f", "z"];

/// Few customers: these tests open many desks.
fn on(options: Options, keys: &str) -> Desk {
    let mut desk = Desk::open(Options { customers: 40, ..options });
    desk.press("ada@").settle().press("<enter>").settle().press(keys).settle();
    desk
}

fn live() -> Options {
    Options { mode: Mode::Live, ..Options::default() }
}

fn themes() -> impl Iterator<Item = Theme> {
    let depths = [Depth::True, Depth::Indexed, Depth::Basic];
    depths.into_iter().flat_map(|depth| [Ground::Dark, Ground::Light].map(|ground| Theme::new(depth, ground)))
}

fn text(buffer: &Buffer) -> Vec<String> {
    let area = *buffer.area();
    (0..area.height).map(|y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect()).collect()
}

#[test]
fn live_is_a_badge_on_every_screen_and_a_red_border_round_every_form() {
    for keys in SCREENS {
        let desk = on(live(), keys);
        for theme in themes() {
            let buffer = desk.buffer(&theme);
            let at = text(&buffer)[0].find("LIVE").unwrap_or_else(|| panic!("no badge after `{keys}`"));
            let column = u16::try_from(text(&buffer)[0][..at].chars().count()).unwrap();
            let badge = theme.style(paydesk::ui::theme::Role::BadgeLive);
            assert_eq!(Some(buffer[(column, 0)].bg), badge.bg, "after `{keys}`");
            assert_ne!(badge.bg, theme.style(paydesk::ui::theme::Role::BadgeSandbox).bg);
            if matches!(*keys, "r" | "3x") {
                let area = *buffer.area();
                let border = theme.style(paydesk::ui::theme::Role::BorderLive).fg;
                let corner = (0..area.height)
                    .flat_map(|y| (0..area.width).map(move |x| (x, y)))
                    .find(|at| buffer[*at].symbol() == "╭" && Some(buffer[*at].fg) == border);
                assert!(corner.is_some(), "no red border after `{keys}`");
            }
        }
    }
}

#[test]
fn the_live_refund_form_in_letters_of_style() {
    for (size, name) in [((140, 42), "140x42"), ((80, 24), "80x24"), ((60, 16), "60x16")] {
        let letters = in_letters(size);
        assert!(letters.contains('L') && letters.contains('r'), "LIVE is not to be seen at {name}");
        insta::assert_snapshot!(format!("live_refund_letters_{name}"), letters);
    }
}

fn in_letters(size: (u16, u16)) -> String {
    let desk = on(Options { size, ..live() }, "r");
    let theme = Theme::new(Depth::Basic, Ground::Dark);
    let buffer = desk.buffer(&theme);
    let red = theme.style(paydesk::ui::theme::Role::BorderLive).fg.unwrap();
    let badge = theme.style(paydesk::ui::theme::Role::BadgeLive).bg.unwrap();
    crate::harness::desk::letters(&buffer, |fg, bg| match (fg, bg) {
        (_, bg) if bg == badge => 'L',
        (fg, _) if fg == red => 'r',
        (Color::Reset, Color::Reset) => '.',
        (Color::Reset, _) => 'g',
        _ => 'c',
    })
}

#[test]
fn no_colour_means_none() {
    for mode in [Mode::Demo, Mode::Live] {
        for keys in SCREENS {
            let desk = on(Options { mode, ..Options::default() }, keys);
            let buffer = desk.buffer(&Theme::new(Depth::None, Ground::Dark));
            let coloured =
                buffer.content().iter().filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
            assert_eq!(coloured.count(), 0, "after `{keys}`");
        }
    }
}

#[test]
fn few_colours_stay_few() {
    for keys in ["", "r", "<enter>J"] {
        let desk = on(live(), keys);
        for ground in [Ground::Dark, Ground::Light] {
            let rgb = |colour: Color| matches!(colour, Color::Rgb(..));
            let many = |colour: Color| rgb(colour) || matches!(colour, Color::Indexed(16..));
            let indexed = desk.buffer(&Theme::new(Depth::Indexed, ground));
            assert!(indexed.content().iter().all(|cell| !rgb(cell.fg) && !rgb(cell.bg)));
            let basic = desk.buffer(&Theme::new(Depth::Basic, ground));
            assert!(basic.content().iter().all(|cell| !many(cell.fg) && !many(cell.bg)));
        }
    }
}

#[test]
fn read_only_is_said_on_every_screen() {
    for keys in SCREENS {
        on(Options { read_only: Some("by flag".into()), ..Options::default() }, keys).sees("READ-ONLY");
    }
}

/// Controls, direction marks and letters without width: what must never reach a terminal.
fn harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[track_caller]
fn harmless_and_aligned(desk: &Desk, what: &str) {
    let buffer = desk.buffer(&Theme::new(Depth::True, Ground::Dark));
    let area = *buffer.area();
    for y in 0..area.height {
        for x in 0..area.width {
            let symbol = buffer[(x, y)].symbol();
            assert!(!symbol.chars().any(harmful), "{symbol:?} at {x},{y}: {what}");
        }
        let last = buffer[(area.width - 1, y)].symbol();
        if y > 0 && y + 1 < area.height {
            assert!("╮│┃╯".contains(last), "row {y} ends in {last:?}: {what}\n{}", desk.screen());
        }
    }
}

#[test]
fn no_stranger_moves_a_cell() {
    for which in 1..=8 {
        let mut desk = Desk::open(Options { customers: 40, ..Options::default() });
        desk.press(&format!("hostile{which}@example.com")).settle().press("<enter>").settle();
        assert!(desk.state.open.is_some(), "hostile{which} is open");
        harmless_and_aligned(&desk, &format!("hostile{which}"));
        for keys in ["<enter>", "J", "<esc>", "r", "<esc>", "3x", "<esc>", "1J"] {
            desk.press(keys).settle();
            harmless_and_aligned(&desk, &format!("hostile{which} after {keys}"));
        }
    }
}

#[test]
fn a_narrow_key_names_the_permission_and_leaves_the_rest_usable() {
    let restrict = Some("*:write,charge:none,refund:none");
    let mut desk = on(Options { restrict, ..Options::default() }, "");
    desk.sees("this key may not read charges").sees("ask your lead").sees("rak_charge_read");
    desk.sees("Pro").sees("● paid").sees("ada@example.com");
    insta::assert_snapshot!("restricted_140x42", desk.screen());
    desk.press("3x").settle().sees("Cancel subscription");
}

#[test]
fn every_pane_that_may_not_be_read_says_so() {
    for (permission, says) in [
        ("*:write,subscription:none", "may not read subscriptions"),
        ("*:write,invoice:none", "may not read invoices"),
        ("*:write,customer:none", "rak_customer_read"),
    ] {
        let mut desk = Desk::open(Options { restrict: Some(permission), ..Options::default() });
        desk.press("ada@").settle().press("<enter>").settle().sees(says);
        assert!(!desk.left);
    }
}
