//! Further panes: read when they are first shown and not before, once, again when something moved in them.

use super::*;
use crate::model::{CustomerId, Kind};

fn intents(from: usize, to: usize) -> impl Iterator<Item = String> {
    (from..to).rev().map(|at| {
        format!(r#"{{"id":"pi_{at}","amount":100,"currency":"usd","created":{at},"status":"succeeded"}}"#)
    })
}

fn opened() -> Desk {
    let mut desk = desk()
        .answer("/v1/customers?limit", TWO)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("/v1/customers/cus_bob?", r#"{"id":"cus_bob","name":"Bob"}"#)
        .list("/v1/payment_intents", intents(0, 150))
        .list("/v1/products", [r#"{"id":"prod_1","name":"Pro"}"#.to_owned()]);
    desk.settle().press("<esc><enter>").settle();
    desk
}

fn asked(desk: &Desk, pane: PaneId) -> usize {
    let of =
        |question: &&Question| matches!(question, Question::Listed { pane: asked, .. } if *asked == pane);
    desk.asked.iter().filter(of).count()
}

#[test]
fn a_pane_is_read_when_it_is_first_shown_and_known_at_once_later() {
    let mut desk = opened();
    assert_eq!(asked(&desk, PaneId::Payments), 0, "not before");
    desk.press("5");
    assert!((PaneId::Payments.pane().loading)(&desk.state));
    assert_eq!((PaneId::Payments.pane().empty)(&desk.state).text(), "reading…");
    desk.settle();
    assert_eq!((panes::count(&desk.state, PaneId::Payments), desk.state.focus), (100, PaneId::Payments));
    desk.press("2").settle().press("5").settle();
    assert_eq!(asked(&desk, PaneId::Payments), 1, "nothing is fetched twice");
    desk.press("G").settle();
    assert_eq!((panes::count(&desk.state, PaneId::Payments), asked(&desk, PaneId::Payments)), (150, 2));
    desk.press("G").settle();
    assert_eq!(asked(&desk, PaneId::Payments), 2, "it has no more");
}

#[test]
fn esc_goes_back_to_the_charges_and_then_on() {
    let mut desk = opened();
    desk.press("6");
    assert_eq!((desk.state.focus, desk.state.place), (PaneId::Refunds, PaneId::Refunds));
    desk.press("3");
    assert_eq!(
        (desk.state.focus, desk.state.place),
        (PaneId::Subscriptions, PaneId::Refunds),
        "it stays where it is"
    );
    desk.press("<tab><tab>");
    assert_eq!(desk.state.focus, PaneId::Customers);
    desk.press("<tab>");
    assert_eq!(desk.state.focus, PaneId::Refunds);
    desk.press("<esc>");
    assert_eq!((desk.state.focus, desk.state.place), (PaneId::Charges, PaneId::Charges));
    desk.press("63<esc><esc>");
    assert_eq!((desk.state.focus, desk.state.place), (PaneId::Customers, PaneId::Charges));
}

#[test]
fn tab_goes_through_all_panes_where_one_is_seen_at_a_time() {
    let mut desk = opened();
    (desk.state.width, desk.state.height) = (80, 24);
    desk.press("4<tab>").settle();
    assert_eq!((desk.state.focus, asked(&desk, PaneId::Payments)), (PaneId::Payments, 1));
    desk.press("<s-tab><s-tab><s-tab><s-tab><s-tab>");
    assert_eq!(desk.state.focus, PaneId::Prices);
}

#[test]
fn another_customer_has_their_own_and_the_account_s_lists_stay() {
    let mut desk = opened();
    desk.press("=").settle().press("5").settle().press("1j<enter>").settle();
    assert_eq!(desk.state.open.as_ref().map(CustomerId::as_str), Some("cus_bob"));
    assert_eq!(desk.state.place, PaneId::Charges, "whoever is opened shows their charges");
    desk.press("5").settle().press("=").settle();
    assert_eq!((asked(&desk, PaneId::Payments), asked(&desk, PaneId::Products)), (2, 1));
    let asked = desk.asked.iter().filter_map(Question::customer).filter(|id| id.as_str() == "cus_bob");
    assert!(asked.count() > 0);
}

#[test]
fn what_moved_is_read_again_at_once_where_it_is_seen_and_when_it_is_shown_elsewhere() {
    let mut desk = opened();
    desk.press("5").settle();
    let ada = desk.state.open.clone().unwrap();
    let moved = |desk: &mut Desk, kinds: &[Kind]| {
        let target = crate::model::AnyId::parse("pi_149").unwrap();
        let mut commands = crate::desk::Commands::default();
        super::super::refresh(&mut desk.state, (&ada, &target), kinds, &mut commands);
        desk.take(commands.0);
    };
    moved(&mut desk, &[Kind::Charge]);
    desk.settle();
    assert_eq!(asked(&desk, PaneId::Payments), 1, "another kind");
    moved(&mut desk, &[Kind::PaymentIntent]);
    desk.settle();
    assert_eq!(asked(&desk, PaneId::Payments), 2);
    desk.press("2");
    moved(&mut desk, &[Kind::PaymentIntent]);
    desk.settle();
    assert_eq!(asked(&desk, PaneId::Payments), 2, "nobody sees it");
    desk.press("5");
    assert_eq!(panes::count(&desk.state, PaneId::Payments), 100, "what is known is there at once");
    desk.settle();
    assert_eq!(asked(&desk, PaneId::Payments), 3);
}

#[test]
fn what_a_change_of_a_refund_or_a_dispute_moved_is_read_again() {
    let charge = r#"{"id":"ch_1","amount":9900,"currency":"usd","disputed":true,"status":"succeeded",
        "refunds":{"data":[{"id":"re_1","amount":500,"currency":"usd","status":"pending"}]}}"#;
    let mut desk = desk()
        .answer("/v1/customers?limit", TWO)
        .answer("/v1/customers/cus_ada?", ADA)
        .answer("/v1/disputes?", r#"{"data":[{"id":"du_1","amount":9900,"currency":"usd","charge":"ch_1"}]}"#)
        .list("/v1/charges", [charge.to_owned()]);
    desk.settle().press("<esc><enter>").settle();
    for (action, target, labels) in [
        ("cancel_refund", "re_1", &["charge", "charges"][..]),
        ("update_dispute", "du_1", &["charge", "dispute"]),
    ] {
        let mut intent = crate::desk::fixture::intent("int_1", crate::ledger::IntentState::Settled);
        intent.proposal.action = action.into();
        intent.proposal.target = crate::model::AnyId::parse(target).unwrap();
        intent.proposal.customer = None;
        let ending = Box::new(crate::ledger::Ending::new(intent, None));
        let before = desk.asked.len();
        desk.send(Message::Ended { task: crate::desk::message::TaskId(999), ending });
        desk.settle();
        let asked: Vec<String> = desk.asked[before..].iter().map(Question::label).collect();
        for label in labels {
            assert!(asked.iter().any(|asked| asked == label), "{action}: {label} in {asked:?}");
        }
        let counts = [PaneId::Refunds, PaneId::Disputes].map(|pane| panes::count(&desk.state, pane));
        assert_eq!(counts, [1, 1], "{action}");
    }
}

#[test]
fn a_reload_reads_what_is_seen_and_a_list_that_was_given_up_says_so() {
    let mut desk = opened();
    desk.press("5").settle().press("2<c-r>").settle();
    assert_eq!(asked(&desk, PaneId::Payments), 1);
    desk.press("5").settle();
    assert_eq!(asked(&desk, PaneId::Payments), 2);
    desk.press("<c-r>").settle();
    assert_eq!(asked(&desk, PaneId::Payments), 3);
    desk.press("8");
    let task = *desk.state.tasks.running.keys().next_back().unwrap();
    let mut commands = crate::desk::Commands::default();
    desk.state.forget(task, &mut commands);
    desk.take(commands.0);
    assert_eq!((PaneId::CreditNotes.pane().empty)(&desk.state).text(), "not read · Ctrl-r reads it");
    desk.press("<c-r>").settle();
    assert_eq!((PaneId::CreditNotes.pane().empty)(&desk.state).text(), "no credit note yet");
}

#[test]
fn a_recorded_sitting_shows_the_same_rows() {
    let mut desk = opened();
    desk.press("5").settle();
    let again: State = serde_json::from_str(&serde_json::to_string(&desk.state).unwrap()).unwrap();
    assert_eq!((again.place, panes::count(&again, PaneId::Payments)), (PaneId::Payments, 100));
    let pane = PaneId::Payments.pane();
    assert_eq!((pane.row)(&again, 7), (pane.row)(&desk.state, 7));
    assert_eq!((pane.subject)(&again, 7), (pane.subject)(&desk.state, 7));
}
