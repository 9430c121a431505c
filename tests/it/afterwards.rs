//! What a change leaves behind: what the customer is told, the next bill, the selection, the way back.

use crate::{
    faults::target,
    harness::desk::{Desk, Options},
};

#[test]
fn after_a_change_of_plan_the_reply_names_the_new_one() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("3c").settle().press("growth").settle();
    desk.press("<enter>").settle().reads().press("<enter>").settle().reads().press("<enter>").settle();
    desk.after_ms(6_000).settle().press("y").settle();
    let reply = desk.copied.last().unwrap_or_else(|| panic!("{}", desk.screen()));
    assert!(reply.contains("Growth ($49.00/mo)"), "{reply}");
    assert!(reply.contains("what was paid and not used is taken off your next invoice"), "{reply}");
}

/// The field that confirms what is taken now, as the form has it.
fn to_type(screen: &str) -> String {
    let line =
        screen.lines().find_map(|line| line.split_once("billed now, to confirm")).map(|(line, _)| line);
    line.and_then(|line| line.split(' ').find(|word| word.starts_with(|first: char| first.is_ascii_digit())))
        .map_or_else(|| panic!("{screen}"), |amount| amount.trim_end_matches(',').to_owned())
}

#[test]
fn what_a_change_takes_and_nobody_can_tell_is_confirmed_by_a_word_and_not_by_a_key() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("3c").settle().press("growth 490").settle();
    desk.faults("500@POST /v1/invoices/create_preview#*");
    desk.press("<enter>")
        .settle()
        .sees("no preview: ")
        .sees(", the end of its id, to confirm without a preview")
        .reads();
    desk.press("<enter><enter>").settle().reads().press("<enter>").settle();
    assert!(desk.state.changes.is_empty() && desk.changes_asked().is_empty(), "{}", desk.screen());
    desk.press("LcEp<enter>").settle();
    assert_eq!(desk.state.changes.len(), 1, "{}", desk.screen());
}

#[test]
fn a_change_of_plan_that_bills_at_once_is_shown_and_told_with_its_amount() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("3c").settle().press("growth 490").settle();
    desk.press("<enter>").settle().reads().press("<enter>").settle().reads();
    let amount = to_type(&desk.screen());
    desk.press(&format!("{amount}<enter>")).settle();
    desk.after_ms(6_000).settle().sees("± plan: Pro $99.00/mo → Growth $490.00/yr").sees_not("± price");
    desk.sees("✔ changed to Growth $490.00/yr for Grace Hopper");
    desk.press("y").settle();
    let reply = desk.copied.last().unwrap_or_else(|| panic!("{}", desk.screen()));
    assert!(reply.contains(&format!("${amount} was charged now. Growth ($490.00/yr)")), "{reply}");
    // Why that was, a year is told as a year.
    desk.press("<esc>").settle().press("2<home>e").settle().sees("made on 23 Nov by maya: a new period at");
    desk.press("y").settle();
    let why = desk.copied.last().unwrap();
    assert!(
        why.contains("the change from Pro ($99.00/mo) to Growth ($490.00/yr), with which a new period began"),
        "{why}"
    );
}

/// Confirmed by typing the amount again.
fn credited(desk: &mut Desk, amount: &str) {
    desk.press("1b").settle().press(amount).settle().press("<enter>").settle().reads();
    desk.press(&format!("{amount}<enter>")).settle().after_ms(6_000).settle();
    assert_eq!(desk.changes_asked().len(), 1, "{}", desk.screen());
}

#[test]
fn credit_is_on_the_next_bill_and_goes_back_as_the_same_amount_at_the_desk_that_it_was_given_at() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().sees("$99.00  ◌ preview");
    credited(&mut desk, "20");
    desk.press("<esc>").settle().sees("$79.00  ◌ preview");
    desk.press("/<c-u>ada@").settle().press("<enter>").settle().press("U").settle();
    assert!(desk.state.modals.is_empty(), "{}", desk.screen());
    desk.press("/<c-u>grace@").settle().press("<enter>").settle().press("U").settle();
    desk.sees("Adjust customer balance ── Grace Hopper").sees("● it is taken back").sees("[ 20 ");
}

#[test]
fn the_selection_stays_on_its_invoice_while_bills_to_come_are_read_again() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("4j").settle();
    let invoice = target(&desk);
    for change in ["3x", "3X"] {
        desk.press(change).settle().press("<enter>").settle().reads();
        desk.press(if change == "3x" { "Pro<enter>" } else { "<enter>" }).settle().after_ms(6_000).settle();
        desk.press("<esc>").settle().press("4").settle();
        assert_eq!(target(&desk), invoice, "{}", desk.screen());
    }
}

#[test]
fn who_was_found_by_an_invoice_has_it_selected_when_the_bill_to_come_is_there() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("4j").settle();
    let invoice = target(&desk);
    let mut desk = Desk::open(Options::default());
    desk.press(&format!("{invoice}<enter>")).settle().sees("◌ preview");
    assert_eq!(target(&desk), invoice, "{}", desk.screen());
}

#[test]
fn the_selection_begins_on_an_invoice_whichever_comes_first_and_when_all_is_known() {
    let mut desk = Desk::open(Options::default());
    desk.faults("slow=2000@GET /v1/invoices");
    desk.press("grace@").settle().press("<enter>").settle().sees("◌ preview");
    desk.tick_ms(5_000).press("4").settle();
    assert!(target(&desk).starts_with("in_"), "{}", desk.screen());
    // The bill to come is chosen by whoever wants it, and stays chosen.
    desk.press("k<c-r>").settle().sees("▸  next");
    desk.press("/<c-u>ada@").settle().press("<enter>").settle();
    desk.press("/<c-u>grace@").settle().press("<enter>4").settle();
    assert!(target(&desk).starts_with("in_"), "{}", desk.screen());
}

#[test]
fn what_somebody_else_does_to_a_subscription_is_on_its_bill_to_come() {
    let mut desk = Desk::open(Options { poll_ms: 10_000, ..Options::default() });
    desk.press("grace@").settle().press("<enter>").settle().press("3").settle();
    desk.after_ms(10_000).sees("$99.00  ◌ preview");
    let plan = target(&desk);
    let read = desk.elsewhere("GET", &format!("/v1/subscriptions/{plan}"), "");
    let item = read["items"]["data"][0]["id"].as_str().unwrap();
    let change = format!("items[0][id]={item}&items[0][quantity]=2&proration_behavior=none");
    desk.elsewhere("POST", &format!("/v1/subscriptions/{plan}"), &change);
    desk.press("k").after_ms(10_000).settle().sees("$198.00  ◌ preview");
}
