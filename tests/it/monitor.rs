//! What was refunded in the last days: in the desk at three sizes, on the command line, and what is said of what cannot be known.

use std::collections::BTreeSet;

#[cfg(unix)]
use crate::harness::pty::Pty;
use crate::harness::{
    command::Case,
    desk::{Desk, Options, desk},
};

fn month(size: (u16, u16)) -> Desk {
    let mut desk = Desk::open(Options { size, ..Options::default() });
    desk.press("<esc>m").settle();
    desk
}

#[test]
fn a_month_at_a_glance_at_three_sizes() {
    for (width, height) in [(140, 42), (80, 24), (60, 16)] {
        let mut desk = month((width, height));
        desk.sees("Refunds ── the last 30 days · USD");
        insta::assert_snapshot!(format!("monitor_{width}x{height}"), desk.screen());
    }
}

#[test]
fn what_stands_out_is_followed_and_left_again() {
    let mut desk = month((140, 42));
    desk.sees("stands out").sees("rule: ");
    desk.press("c").settle().sees("· GBP").press("p").settle().sees("the last 90 days");
    desk.press("E").settle();
    assert!(desk.copied[0].starts_with("what,name,currency,refunds,amount,charges,charged\r\nday,2026-"));
    // Of what is on screen: the radar's own rows.
    desk.press("<tab>").settle().press("E").settle();
    assert!(
        desk.copied[1].starts_with("what can be done,due,amount,currency,about,says\r\n"),
        "{:?}",
        desk.copied[1]
    );
    assert!(desk.copied[1].contains(",dp_") && !desk.copied[1].contains("\r\nday,"), "{:?}", desk.copied[1]);
    desk.press("<esc>").settle().sees_not("stands out");
}

#[test]
fn a_day_is_pointed_at_and_lists_its_refunds() {
    for size @ (width, height) in [(140, 42), (80, 24)] {
        let mut desk = month(size);
        // Today, and then back to a day with refunds.
        desk.press("<left>").sees("▸ Monday, 23 Nov 2026");
        while desk.screen().contains(" in 0 refunds") {
            desk.press("<left>");
        }
        desk.press("<enter>").sees("Refunds ── of one day").sees("not named");
        insta::assert_snapshot!(format!("monitor_day_{width}x{height}"), desk.screen());
        desk.press("<enter>").settle().sees("─ refund ·").press("<esc>").settle();
        desk.press("<esc>").sees("▸ ").sees("stands out").press("<esc>").sees_not("▸ Mon");
        desk.press("<esc>").settle().sees_not("stands out");
    }
}

#[test]
fn who_is_known_is_named_beside_what_stands_out() {
    let mut desk = desk();
    desk.press("ada@example.com").settle().press("<enter>").settle();
    for _ in 0..6 {
        desk.after_ms(700_000);
        let customer = desk.state.open.clone().unwrap();
        let charges = desk.elsewhere("GET", &format!("/v1/charges?customer={customer}&limit=1"), "");
        let charge = charges["data"][0]["id"].as_str().unwrap().to_owned();
        desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount=100"));
    }
    desk.press("<esc>m").settle().sees("6 refunds within").sees("· Ada Lovelace");
    desk.sees("one customer was refunded again and again within a week");
}

#[test]
fn what_the_key_may_not_read_is_named() {
    let mut desk = Desk::open(Options { restrict: Some("*:write,dispute:none"), ..Options::default() });
    desk.press("<esc>m").settle().sees("? disputes since").sees("rak_dispute_read");
    let mut desk = Desk::open(Options { restrict: Some("*:write,charge:none"), ..Options::default() });
    desk.press("<esc>m")
        .settle()
        .sees("? refunds from")
        .sees("nothing was refunded or charged that could be read");
    insta::assert_snapshot!("monitor_restricted_140x42", desk.screen());
}

#[test]
fn a_refund_shows_at_once_in_the_month_that_lies_open() {
    let mut desk = desk();
    desk.press("ada@example.com")
        .settle()
        .press("<enter>")
        .settle()
        .press("D")
        .settle()
        .press("r")
        .settle()
        .press("<enter>")
        .settle();
    desk.press("99.00<enter>").settle().press("<esc>m").settle().sees("today everybody        $0.00");
    desk.after_ms(6_000).settle().sees("today maya            $99.00 ▕▍").sees("of $2,000.00");
}

#[test]
fn what_may_still_be_averted_stands_beside_it() {
    for (width, height) in [(140, 42), (80, 24), (60, 16)] {
        let mut desk = month((width, height));
        desk.press("<tab>").settle().sees("Radar ──").sees("refund it now");
        insta::assert_snapshot!(format!("radar_{width}x{height}"), desk.screen());
        desk.press("<enter>").settle().sees("─ charge ·").press("<esc>").settle().press("<tab>").settle();
        desk.sees("the last 30 days");
    }
}

#[test]
fn the_command_line_says_the_same() {
    let case = Case::new();
    let (code, told) = case.json("monitor --days 60");
    assert_eq!((code, &told["action"]), (0, &"monitor".into()), "{told}");
    let result = &told["result"];
    assert_eq!(result["days"].as_array().unwrap().len(), 60);
    let usd = result["volumes"].as_array().unwrap().iter().find(|one| one["currency"] == "usd").unwrap();
    let count = usd["refunds"]["count"].as_i64().unwrap();
    let days = usd["by_day"].as_array().unwrap();
    assert_eq!(days.iter().map(|day| day["refunds"]["count"].as_i64().unwrap()).sum::<i64>(), count);
    assert!(count > 0 && usd["rate"]["charges"]["count"].as_i64().unwrap() > count, "{usd}");
    for alarm in result["alarms"].as_array().unwrap() {
        assert!(!alarm["why"].as_str().unwrap().is_empty(), "{alarm}");
    }
    let (code, csv, _) = case.run("monitor --days 60 --csv");
    assert!(code == 0 && csv.starts_with("what,name,currency,refunds,amount,charges,charged\r\n"), "{csv}");
    let sum: i64 = csv
        .lines()
        .filter(|line| line.starts_with("day,") && line.contains(",usd,"))
        .map(|line| line.split(',').nth(3).unwrap().parse::<i64>().unwrap())
        .sum();
    assert_eq!(sum, count);
    let (code, text, _) = case.run("monitor");
    assert!(code == 0 && text.contains("today\teverybody"), "{text}");
    let (code, _, err) = case.run("monitor --days 0");
    assert!(code == 2 && err.contains("0 is not in 1..=366"), "{err}");
}

/// The `n` of `n of m parts`.
fn parts(text: &str) -> Option<usize> {
    let line = text.lines().find(|line| line.contains(" parts"))?;
    line.split(" of ")
        .next()?
        .rsplit(|c: char| !c.is_ascii_digit())
        .find(|word| !word.is_empty())?
        .parse()
        .ok()
}

#[test]
fn while_it_loads_a_line_moves() {
    let mut desk = desk();
    desk.press("<esc>m").sees("reading ▕").sees(" 0 of ");
    let mut seen = BTreeSet::new();
    let mut last = 0;
    // One answer after the other.
    while desk.screen().contains("reading ▕") {
        let now = parts(&desk.screen()).unwrap();
        assert!(now >= last, "it goes back from {last} to {now}");
        (last, _) = (now, seen.insert(now));
        desk.next();
    }
    assert!(seen.len() > 3, "{seen:?}");
    desk.settle().sees_not("reading ▕").sees("stands out");
}

#[cfg(unix)]
#[test]
fn whoever_watches_the_command_is_told_how_far_it_is_and_a_file_is_not() {
    // So many that a part of them is more than one page.
    let case = Case::with(paydesk::sandbox::Options { customers: 3_000, ..Default::default() });
    let (code, out, err) = case.run("monitor");
    assert!(code == 0 && !out.contains("reading:") && !err.contains("reading:"), "{out}{err}");
    let config = case.home.path().join("config.toml");
    let variables = [
        ("TERM", "xterm"),
        ("PAYDESK_CONFIG", config.to_str().unwrap()),
        ("PAYDESK_AGENT", "maya"),
        ("STRIPE_API_BASE", case.running.base_url()),
        ("STRIPE_API_KEY", case.running.secret_key()),
    ];
    let mut pty = Pty::start_with(case.home.path(), (200, 60), "monitor", &variables);
    assert_eq!(pty.end().exit_code(), 0, "{}", pty.text());
    let shown = String::from_utf8_lossy(pty.bytes()).into_owned();
    let told = shown.lines().find(|line| line.contains("reading: ")).unwrap_or_else(|| panic!("{shown}"));
    assert!(
        told.contains(" parts, ") && told.contains(" refunds and ") && told.contains(" charges so far"),
        "{told}"
    );
}
