//! Two records with one e-mail address: seen together, each row with its mark, and each action done to the record that it is of.

use paydesk::ledger::IntentState;

use crate::harness::desk::{Desk, Options};

/// Ada's record and another with her address; whose id is `open` of the two is open.
fn two(size: (u16, u16), ada_is_open: bool) -> (Desk, String) {
    let mut desk = Desk::open(Options { size, customers: 40, ..Options::default() });
    let id = |desk: &Desk, email: &str| {
        let found = desk.elsewhere("GET", &format!("/v1/customers?email={email}"), "");
        found["data"][0]["id"].as_str().unwrap().to_owned()
    };
    let (ada, other) = (id(&desk, "ada@example.com"), id(&desk, "grace@example.com"));
    desk.elsewhere("POST", &format!("/v1/customers/{other}"), "email=ada@example.com");
    let (open, twin) = if ada_is_open { (ada, other) } else { (other, ada) };
    desk.press("<c-u>").press(&open).settle().press("<enter>").settle();
    assert_eq!(desk.state.open.as_ref().unwrap().as_str(), open);
    desk.after_ms(2_000);
    (desk, twin)
}

#[test]
fn both_records_are_seen_together_and_told_apart() {
    for size @ (width, height) in [(140, 42), (80, 24)] {
        let (mut desk, twin) = two(size, true);
        assert_eq!(
            desk.state.shares.others.iter().map(paydesk::model::CustomerId::as_str).collect::<Vec<_>>(),
            [twin.as_str()]
        );
        desk.sees("2 records share this e-mail").press("@").settle().sees("① ").sees("② ");
        insta::assert_snapshot!(format!("merged_{width}x{height}"), desk.screen());
        desk.press("@").settle().sees("2 records share this e-mail").sees_not("① ");
    }
}

#[test]
fn an_action_on_the_other_s_row_names_it_and_is_done_to_it() {
    let (mut desk, ada) = two((140, 42), false);
    // Ada's newest charge is the newest of both.
    desk.press("@").settle().press("2g").settle().press("r").settle();
    desk.sees(&format!("Refund ── Ada Lovelace · {}", paydesk::text::short_id(&ada)));
    desk.press("<space>20<enter>").settle().after_ms(6_000);
    let intents = desk.gate.ledger().lock().unwrap().recent(9).unwrap();
    assert_eq!(intents.len(), 1, "{}", desk.screen());
    assert_eq!(intents[0].state, IntentState::Settled);
    assert_eq!(intents[0].proposal.customer.as_ref().unwrap().as_str(), ada);
    desk.press("<esc>").sees("◐ −$20.00");
}

#[test]
fn others_with_the_address_are_looked_for_once() {
    let (mut desk, _) = two((140, 42), true);
    let asked = desk.requests("GET /v1/customers");
    desk.press("<c-r>").settle();
    assert_eq!(
        desk.requests("GET /v1/customers"),
        asked + 2,
        "the customer and their ways to pay, and nobody else"
    );
}
