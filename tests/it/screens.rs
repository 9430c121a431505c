//! What the agent sees, one screen a story, on the real sandbox at three sizes.

use paydesk::cli::demo::tips;

use crate::harness::desk::{Desk, Options, desk};

fn at(size: (u16, u16)) -> Desk {
    Desk::open(Options { size, ..Options::default() })
}

#[test]
fn an_opened_customer() {
    insta::assert_snapshot!(
        "customer_140x42",
        desk().press("ada@").settle().press("<enter>").settle().screen()
    );
}

#[test]
fn an_opened_customer_on_a_small_terminal() {
    insta::assert_snapshot!(
        "customer_80x24",
        at((80, 24)).press("ada@").settle().press("<enter>").settle().screen()
    );
    insta::assert_snapshot!(
        "customer_60x16",
        at((60, 16)).press("ada@").settle().press("<enter>").settle().screen()
    );
}

/// What an agent does, and the word that the pictures are named by.
const STORIES: &[(&str, &str)] = &[
    ("refund", "ada@|<enter>|r|<space>"),
    ("refund_reason_missing", "ada@|<enter>|r"),
    ("cancel", "grace@|<enter>|3x"),
    ("cancel_now_paused", "ada@|<enter>|3j|x|<right>"),
    ("detail", "ada@|<enter>|<enter>"),
    ("help", "ada@|<enter>|?"),
    ("audit", "ada@|<enter>|a"),
    ("settings", "ada@|<enter>|,"),
    ("tasks", "ada@|<enter>|T"),
    ("welcome", ""),
];

/// Keys with pauses between them, each pause until everything has settled.
fn told(size: (u16, u16), keys: &str) -> Desk {
    let mut desk = Desk::open(Options { size, tips: tips(), ..Options::default() });
    for keys in keys.split('|') {
        desk.press(keys).settle();
    }
    desk
}

#[test]
fn every_story_fits_a_small_terminal() {
    for (name, keys) in STORIES {
        for (width, height) in [(80, 24), (60, 16)] {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), told((width, height), keys).screen());
        }
    }
}

#[test]
fn the_welcome_says_what_to_do_first() {
    let mut desk = told((140, 42), "");
    desk.sees("Find a customer first.").sees("grace@example.com").sees("wants to stop");
    insta::assert_snapshot!("welcome_140x42", desk.screen());
}

#[test]
fn the_keys_that_the_welcome_names_do_what_it_says() {
    for (tip, says, sees) in [
        (0, "charged twice", "Refund ── Ada Lovelace"),
        (1, "wants to stop", "Cancel subscription ── Grace Hopper"),
        (2, "yesterday's $49.00", "copied: "),
    ] {
        let tip = &tips()[tip];
        assert!(tip.what.contains(says), "{}", tip.what);
        let mut desk = told((140, 42), &format!("{}|<enter>", tip.who));
        for key in tip.keys.split(' ') {
            assert!(tip.what.contains(&format!(" {key} ")), "{key} is not in `{}`", tip.what);
            desk.press(key).settle();
        }
        desk.sees(sees);
    }
}

/// The focused field, and what has to be typed, stay on screen however small it is.
#[test]
fn the_focused_field_is_always_on_screen() {
    for size in [(140, 42), (80, 24), (60, 16), (50, 12)] {
        let mut desk = told(size, "grace@|<enter>|3x");
        for (keys, seen) in
            [("<tab>", "▸Why"), ("<tab>", "▸Note"), ("<tab>", "▸Type Pro"), ("<tab>", "▸When")]
        {
            desk.press(keys)
                .settle()
                .sees(seen)
                .sees("Type Pro to confirm")
                .sees("! a subscription may be ended");
        }
        let mut desk = told(size, "ada@|<enter>|r|<space>");
        desk.sees("● duplicate");
        for (keys, seen) in
            [("<s-tab>", "▸Amount"), ("<tab><tab>", "▸Note"), ("<tab>", "Type the amount again to confirm")]
        {
            desk.press(keys).settle().sees(seen);
        }
    }
}
