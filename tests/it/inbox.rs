//! What an assistant proposed, in the inbox of the desk: seen, confirmed in its usual form, refused, and decided once by whoever is
//! first.

use paydesk::{
    actions::{self, Args},
    ledger::{Asked, AskedState, IntentState, Verified},
};
use serde_json::Value;

use crate::harness::desk::{Desk, Options, desk};

pub(crate) fn assistant(other: &Desk) -> Desk {
    Desk::beside(other, Options { agent: "assistant", ..Options::default() })
}

/// Ada's newest charge in US dollars.
pub(crate) fn charge(desk: &Desk) -> String {
    let found = desk.elsewhere("GET", "/v1/customers?email=ada@example.com", "");
    let customer = found["data"][0]["id"].as_str().unwrap().to_owned();
    let charges = desk.elsewhere("GET", &format!("/v1/charges?customer={customer}&limit=100"), "");
    let fits = |charge: &&Value| {
        charge["currency"] == "usd"
            && charge["paid"] == true
            && charge["amount_refunded"] == 0
            && charge["disputed"] == false
    };
    charges["data"].as_array().unwrap().iter().find(fits).unwrap()["id"].as_str().unwrap().to_owned()
}

pub(crate) fn proposes(assistant: &Desk, charge: &str, amount: &str) -> String {
    let args = Args::default().with("charge", charge).with("amount", amount).with("reason", "duplicate");
    let action = actions::find("refund_charge").unwrap();
    let considered = assistant.wait(assistant.gate.consider(action, &args)).unwrap();
    let why = Some("she wrote that she paid twice".to_owned());
    assistant.wait(assistant.gate.ask(considered, why, 86_400)).unwrap().id
}

fn asked(desk: &Desk, id: &str) -> Asked {
    desk.wait(desk.gate.asked(id)).unwrap()
}

fn refunded(desk: &Desk, charge: &str) -> i64 {
    desk.elsewhere("GET", &format!("/v1/charges/{charge}"), "")["amount_refunded"].as_i64().unwrap()
}

pub(crate) fn inbox(desk: &mut Desk) -> &mut Desk {
    desk.press("<esc><esc>A").settle()
}

#[test]
fn a_person_confirms_in_the_usual_form_and_the_change_is_theirs() {
    let mut desk = desk();
    let assistant = assistant(&desk);
    let charge = charge(&desk);
    let id = proposes(&assistant, &charge, "25.00");
    inbox(&mut desk).sees("1 proposal waits").sees("assistant asked").sees("she wrote that she paid twice");
    desk.sees("A 1 waiting");
    desk.press("<enter>").settle().sees("assistant asks for it: she wrote").sees("25.00").sees("● duplicate");
    desk.press("<enter>").settle().sees("that was quick");
    assert_eq!(refunded(&desk, &charge), 0, "looking confirms nothing");
    desk.reads().press("<enter>").settle().after_ms(6_000);
    assert_eq!(refunded(&desk, &charge), 2_500);
    let asked = asked(&desk, &id);
    assert_eq!((asked.state, asked.decided_by.as_deref()), (AskedState::Confirmed, Some("maya")));
    let intent = desk.gate.ledger().lock().unwrap().get(&asked.intent.unwrap()).unwrap().unwrap();
    assert_eq!((intent.state, intent.agent.as_str()), (IntentState::Settled, "maya"));
    inbox(&mut desk).sees("nothing waits for a person").sees_not("waiting");
    let verified = desk.gate.ledger().lock().unwrap().verify().unwrap();
    assert!(matches!(verified, Verified::Whole(_)), "{verified:?}");
}

#[test]
fn what_waits_stands_on_its_row_and_in_the_customer_s_head() {
    let mut desk = desk();
    let assistant = assistant(&desk);
    let charge = charge(&desk);
    proposes(&assistant, &charge, "25.00");
    desk.press("ada@example.com").settle().press("<enter>").settle().sees_not("waits");
    desk.press("A").settle().press("<esc>").sees("⚑ 1 proposal waits A").sees("waits · ");
    insta::assert_snapshot!("inbox_row_140x42", desk.screen());
    desk.resize(80, 24);
    insta::assert_snapshot!("inbox_row_80x24", desk.screen());
    desk.press("A<enter>").settle();
    desk.reads().press("<enter>").settle().after_ms(6_000);
    desk.press("<esc>").settle().sees_not("waits · ").sees_not("proposal waits");
}

#[test]
fn two_desks_that_confirm_one_proposal_make_one_change() {
    let mut one = desk();
    let mut two = Desk::beside(&one, Options { agent: "lea", ..Options::default() });
    let assistant = assistant(&one);
    let charge = charge(&one);
    let id = proposes(&assistant, &charge, "25.00");
    for desk in [&mut one, &mut two] {
        inbox(desk).press("<enter>").settle().sees("assistant asks for it").reads();
    }
    one.press("<enter>");
    two.press("<enter>");
    let quiet = |desk: &Desk| desk.state.tasks.running.is_empty();
    one.until(quiet);
    two.until(quiet);
    assert_eq!(one.gate.ledger().lock().unwrap().recent(10).unwrap().len(), 1);
    one.tick_ms(6_000);
    two.tick_ms(0);
    one.settle();
    two.settle();
    assert_eq!(refunded(&one, &charge), 2_500);
    assert_eq!(asked(&one, &id).state, AskedState::Confirmed);
}

#[test]
fn what_was_confirmed_elsewhere_cannot_be_confirmed_again_an_hour_later() {
    let mut one = desk();
    let mut two = Desk::beside(&one, Options { agent: "lea", ..Options::default() });
    let assistant = assistant(&one);
    let charge = charge(&one);
    proposes(&assistant, &charge, "25.00");
    inbox(&mut two).press("<enter>").settle();
    inbox(&mut one).press("<enter>").reads().press("<enter>").settle().after_ms(3_600_000);
    assert_eq!(refunded(&one, &charge), 2_500);
    // What it rests on has moved: the second look asks, and then the proposal itself says no.
    two.reads().press("<enter>").settle().press("<enter>").reads().press("<enter>").settle().after_ms(6_000);
    assert_eq!(refunded(&one, &charge), 2_500);
    two.sees("nothing was sent");
}

#[test]
fn a_refusal_reaches_whoever_asked_with_its_reason() {
    let mut desk = desk();
    let assistant = assistant(&desk);
    let charge = charge(&desk);
    let id = proposes(&assistant, &charge, "25.00");
    inbox(&mut desk)
        .press("x")
        .sees("Refuse, since")
        .press("she<space>has<space>it")
        .press("<enter>")
        .settle();
    desk.sees("nothing waits for a person");
    let told = asked(&assistant, &id);
    assert_eq!((told.state, told.reason.as_deref()), (AskedState::Refused, Some("she has it")));
    assert_eq!(refunded(&desk, &charge), 0);
}

#[test]
fn a_day_later_it_is_over_and_the_open_inbox_says_so() {
    let mut desk = desk();
    let assistant = assistant(&desk);
    let id = proposes(&assistant, &charge(&desk), "25.00");
    inbox(&mut desk).sees("until");
    desk.tick_ms(86_400_000).sees("its time was over").press("<enter>").settle().sees("its time was over");
    inbox(desk.press("<esc>")).sees("nothing waits for a person");
    assert_eq!(asked(&assistant, &id).state, AskedState::Expired);
}

#[test]
fn a_charge_that_was_refunded_meanwhile_is_not_refunded_by_it() {
    let mut desk = desk();
    let assistant = assistant(&desk);
    let charge = charge(&desk);
    proposes(&assistant, &charge, "25.00");
    desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}"));
    let before = refunded(&desk, &charge);
    inbox(&mut desk)
        .press("<enter>")
        .reads()
        .press("<enter>")
        .reads()
        .press("<enter>")
        .reads()
        .after_ms(6_000);
    assert_eq!(refunded(&desk, &charge), before);
    assert!(desk.gate.ledger().lock().unwrap().recent(10).unwrap().is_empty());
}

#[test]
fn the_inbox_at_three_sizes() {
    for size @ (width, height) in [(140, 42), (80, 24), (60, 16)] {
        let mut desk = Desk::open(Options { size, ..Options::default() });
        let assistant = assistant(&desk);
        let charge = charge(&desk);
        proposes(&assistant, &charge, "25.00");
        proposes(&assistant, &charge, "61.00");
        desk.after_ms(600_000);
        insta::assert_snapshot!(
            format!("inbox_{width}x{height}"),
            inbox(&mut desk).press("j").settle().screen()
        );
        desk.press("<enter>").settle();
        insta::assert_snapshot!(format!("inbox_form_{width}x{height}"), desk.screen());
    }
}
