//! Notes on a customer: kept on this machine for every desk on the data folder, or at Stripe by the gate where the policy says so.

use paydesk::{
    ledger::{IntentState, Verified},
    policy::Policy,
};

use crate::harness::desk::{Desk, Options, desk};

fn ada(desk: &mut Desk) -> &mut Desk {
    desk.press("/<c-u>ada@example.com").settle().press("<enter>").settle()
}

#[test]
fn a_note_is_there_for_the_next_desk_in_its_head_and_on_the_line_of_time() {
    let mut one = desk();
    ada(&mut one)
        .press("n")
        .settle()
        .sees("no note yet")
        .press("called,<space>wants<space>yearly<enter>")
        .settle();
    one.sees("maya: called, wants yearly").press("<esc>").sees("✎ 1 note");
    let mut two = Desk::beside(&one, Options { agent: "lea", ..Options::default() });
    ada(&mut two).sees("✎ 1 note").press("n").sees("maya: called, wants yearly");
    two.press("me<space>too<enter>").settle().sees("lea: me too").press("<esc>").sees("✎ 2 notes");
    two.press("t").settle().sees("✐ note").sees("maya: called, wants yearly").sees("lea: me too");
    // Nothing of it went to Stripe.
    assert_eq!(two.changes_asked(), Vec::<String>::new());
    let verified = two.gate.ledger().lock().unwrap().verify().unwrap();
    assert!(matches!(verified, Verified::Whole(_)), "{verified:?}");
}

#[test]
fn in_metadata_it_goes_through_the_gate_and_is_read_back() {
    let rules = "version = 1\n[customers]\nupdate_email = true\nnotes = \"metadata\"\n";
    let policy = Policy::parse(rules, "policy.toml").unwrap();
    let mut desk = Desk::open(Options { policy, ..Options::default() });
    ada(&mut desk).press("n").press("called,<space>wants<space>yearly<enter>").settle();
    desk.sees("wants yearly").press("<enter>").reads().press("<enter>").settle().after_ms(6_000);
    let customer = desk.state.open.clone().unwrap();
    let there = desk.elsewhere("GET", &format!("/v1/customers/{customer}"), "");
    let notes: Vec<_> =
        there["metadata"].as_object().unwrap().iter().filter(|(name, _)| name.starts_with("note_")).collect();
    assert_eq!(notes.len(), 1, "{there}\n{}", desk.screen());
    assert_eq!(notes[0].1, "maya: called, wants yearly");
    desk.sees("✎ 1 note").press("n").sees("at Stripe").sees("maya: called, wants yearly");
    let intents = desk.gate.ledger().lock().unwrap().recent(9).unwrap();
    assert_eq!(intents.iter().map(|intent| intent.state).collect::<Vec<_>>(), [IntentState::Settled]);
}

#[test]
fn notes_at_two_sizes() {
    for size @ (width, height) in [(140, 42), (80, 24)] {
        let mut desk = Desk::open(Options { size, ..Options::default() });
        ada(&mut desk).press("ncalled<space>about<space>the<space>second<space>charge<enter>").settle();
        desk.press("4242424242424242");
        insta::assert_snapshot!(format!("notes_{width}x{height}"), desk.screen());
    }
}
