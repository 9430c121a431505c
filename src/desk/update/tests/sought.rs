//! What was pasted leads to its row: a payment to its charge, an invoice number to the invoice.

use super::*;

/// Ada, with three rows of each kind, and what is known of other objects.
fn ada() -> Desk {
    let charge = |at: u32| format!(r#"{{"id":"ch_{at}","currency":"usd","customer":"cus_ada"}}"#);
    let invoice = |at: u32| format!(r#"{{"id":"in_{at}","number":"A-000{at}","customer":"cus_ada"}}"#);
    let subscription = |at: u32| format!(r#"{{"id":"sub_{at}","status":"active","customer":"cus_ada"}}"#);
    let found = format!(r#"{{"object":"search_result","data":[{}]}}"#, invoice(2));
    desk()
        .answer("/v1/customers/cus_ada?", ADA)
        .list("/v1/charges", (0..3).map(charge))
        .list("/v1/invoices", (0..3).map(invoice))
        .list("/v1/subscriptions", (0..3).map(subscription))
        .answer("/v1/charges/ch_1", &charge(1))
        .answer("/v1/invoices/in_1", &invoice(1))
        .answer("/v1/invoices/search", &found)
        .answer("/v1/subscriptions/sub_2", &subscription(2))
        .answer("/v1/payment_intents/pi_1", r#"{"id":"pi_1","customer":"cus_ada","latest_charge":"ch_1"}"#)
        .answer(
            "/v1/payment_intents/pi_2",
            r#"{"id":"pi_2","customer":"cus_ada","latest_charge":{"id":"ch_2"}}"#,
        )
        .answer("/v1/payment_intents/pi_3", r#"{"id":"pi_3","customer":"cus_ada","latest_charge":null}"#)
        .answer("/v1/refunds/re_1", r#"{"id":"re_1","charge":"ch_1","payment_intent":"pi_1"}"#)
        .answer("/v1/disputes/du_1", r#"{"id":"du_1","charge":"ch_1"}"#)
}

#[test]
fn whatever_was_pasted_its_row_is_selected_and_its_pane_has_the_focus() {
    for (text, pane, row) in [
        ("ch_1", PaneId::Charges, "ch_1"),
        ("https://dashboard.stripe.com/acct_1/test/payments/pi_1", PaneId::Charges, "ch_1"),
        ("pi_1", PaneId::Charges, "ch_1"),
        ("pi_2", PaneId::Charges, "ch_2"),
        ("pi_3", PaneId::Charges, "ch_0"),
        ("re_1", PaneId::Charges, "ch_1"),
        ("du_1", PaneId::Charges, "ch_1"),
        ("in_1", PaneId::Invoices, "in_1"),
        ("A-0002", PaneId::Invoices, "in_2"),
        ("sub_2", PaneId::Subscriptions, "sub_2"),
    ] {
        let mut desk = ada();
        desk.settle();
        desk.send(Message::Paste(text.into()));
        desk.press("<enter>").settle();
        assert_eq!(desk.state.open.as_ref().map(crate::model::CustomerId::as_str), Some("cus_ada"), "{text}");
        assert_eq!(desk.state.focus, pane, "{text}");
        let at = panes::selected(&desk.state, pane).unwrap();
        assert_eq!((pane.pane().target)(&desk.state, at).unwrap().id, row, "{text}");
    }
}

/// Ada with 350 charges, and a payment of one far back among them.
fn long() -> Desk {
    let rows = (0..350).map(|at| format!(r#"{{"id":"ch_{at}","currency":"usd","customer":"cus_ada"}}"#));
    let intent = r#"{"id":"pi_1","customer":"cus_ada","latest_charge":"ch_250"}"#;
    let mut desk = desk()
        .answer("/v1/customers/cus_ada?", ADA)
        .list("/v1/charges", rows)
        .answer("/v1/payment_intents/pi_1", intent);
    desk.settle();
    desk.press("pi_1").settle();
    desk
}

#[test]
fn a_charge_far_back_is_read_up_to() {
    let mut desk = long();
    desk.press("<enter>").settle();
    assert_eq!(desk.state.pane(PaneId::Charges).selected, 250);
    assert_eq!(panes::count(&desk.state, PaneId::Charges), 300, "and no further");
}

#[test]
fn who_moves_on_is_not_taken_back() {
    let mut desk = long();
    desk.press("<enter><down>").settle();
    assert_eq!(desk.state.pane(PaneId::Charges).selected, 1);
    assert_eq!(panes::count(&desk.state, PaneId::Charges), 200, "what was asked already comes");
}

#[test]
fn an_amount_and_a_day_search_charges_of_that_day() {
    let charge = r#"{"object":"search_result","data":[{"id":"ch_1","amount":4900,"currency":"usd",
        "customer":{"id":"cus_ada","name":"Ada Lovelace"}},{"id":"ch_2","amount":49,"currency":"usd",
        "customer":{"id":"cus_bob","name":"Bob"}}]}"#;
    let mut desk = desk().answer("/v1/charges/search", charge).answer("/v1/customers/cus_ada?", ADA);
    desk.settle();
    let before = desk.asked.len();
    desk.press("49 yesterday").settle();
    let searched = |question: &Question| matches!(question, Question::ChargeSearch(query) if query.contains("created>="));
    assert_eq!(desk.asked[before..].iter().filter(|question| searched(question)).count(), 3);
    assert_eq!(desk.names().len(), 1, "49 cents are not meant: {:?}", desk.names());
    assert!(desk.names()[0].starts_with("Ada Lovelace | $49.00"));
}
