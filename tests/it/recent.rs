//! Customers opened lately: kept from one sitting to the next, by id alone, and named again when they are shown.

use std::fs;

use crate::harness::desk::{Desk, Options, desk};

fn open(desk: &mut Desk, address: &str) {
    desk.press("<esc><esc>/<c-u>").press(address).settle().press("<enter>").settle();
}

#[test]
fn the_next_sitting_knows_who_was_opened_and_enter_opens_them() {
    let mut one = desk();
    for address in ["ada@example.com", "grace@example.com"] {
        open(&mut one, address);
        one.after_ms(61_000);
    }
    let grace = one.state.open.clone().unwrap();
    let folder = one.folder.clone();
    let mut two = Desk::beside(&one, Options::default());
    drop(one);
    // Nobody is known by the newest customers alone.
    two.state.data.known = paydesk::desk::data::Data::default().known;
    two.press("<esc>H").settle().sees("2 of 2").sees("ada@example.com").sees("grace@example.com");
    two.sees("▸Grace Hopper").press("ada").sees("1 of 2").press("<esc><down>");
    two.press("<enter>").settle().sees("customer since 15 Sep 2025").sees("2 Charges");
    assert_ne!(two.state.open.as_ref(), Some(&grace));
    two.press("H").settle().sees("▸Ada Lovelace");
    // On disk there are ids and times: no name, no address.
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_type().unwrap().is_file() {
            continue;
        }
        let held = fs::read(entry.path()).unwrap();
        for personal in ["Lovelace", "Hopper", "@example.com"] {
            let there = held.windows(personal.len()).any(|part| part == personal.as_bytes());
            assert!(!there, "{personal} in {:?}", entry.file_name());
        }
    }
}

#[test]
fn who_was_opened_at_the_other_desk_stands_here_too() {
    let mut one = desk();
    let mut two = Desk::beside(&one, Options { agent: "lea", ..Options::default() });
    two.press("<esc>H").settle().sees("nobody was opened yet").press("<esc>");
    open(&mut one, "ada@example.com");
    two.press("H").settle().sees("▸Ada Lovelace");
}

#[test]
fn recent_customers_at_two_sizes() {
    for size @ (width, height) in [(140, 42), (80, 24)] {
        let mut desk = Desk::open(Options { size, ..Options::default() });
        for address in ["ada@example.com", "grace@example.com"] {
            open(&mut desk, address);
            desk.after_ms(61_000);
        }
        insta::assert_snapshot!(format!("recent_{width}x{height}"), desk.press("H").settle().screen());
    }
}
