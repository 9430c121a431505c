//! What happens at Stripe meanwhile: it comes by itself, stands marked on screen, and stops a form that rests on what it was before.

use paydesk::{desk::modals::Modal, ledger::IntentState, policy::Policy};

use crate::{
    faults::{states, target},
    harness::desk::{Desk, Options},
};

fn live(options: Options) -> Desk {
    let mut desk = Desk::open(Options { poll_ms: 10_000, ..options });
    desk.press("/<c-u>ada@example.com").settle().press("<enter>").settle();
    desk
}

/// Ada's newest charge, in US dollars.
fn charge(desk: &Desk) -> (String, i64) {
    let customer = desk.state.open.as_ref().unwrap();
    let charges = desk.elsewhere("GET", &format!("/v1/charges?customer={customer}&limit=10"), "");
    let newest = &charges["data"].as_array().unwrap()[0];
    (newest["id"].as_str().unwrap().to_owned(), newest["amount"].as_i64().unwrap())
}

#[test]
fn a_refund_at_another_desk_appears_in_the_form_and_stops_it() {
    let mut one = live(Options::default());
    let mut two = Desk::beside(&one, Options { agent: "lea", ..Options::default() });
    two.press("/<c-u>ada@example.com").settle().press("<enter>").settle();
    one.press("r").settle().sees("left to refund").sees("$99.00");
    two.press("r").settle().press("<space>").settle();
    two.press("<enter><enter>99.00<enter>").settle().after_ms(6_000);
    assert_eq!(states(&two), [IntentState::Settled], "{}", two.screen());
    // Whatever is typed meanwhile, the next look stops it.
    one.press("<space>").after_ms(10_000);
    one.sees("lea refunded $99.00 at")
        .sees("changed since: refunded $0.00 → $99.00")
        .sees("left to refund  $0.00");
    one.press("<enter><enter>99.00<enter>").settle().after_ms(6_000);
    assert_eq!(states(&one), [IntentState::Settled], "nothing more was intended: {}", one.screen());
    one.press("<esc>").settle().sees("↩ refunded");
}

#[test]
fn until_the_object_was_read_again_nothing_can_be_confirmed() {
    let mut desk = live(Options::default());
    let (charge, _) = charge(&desk);
    desk.press("r").settle().press("<space>").settle();
    desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount=2000"));
    // The event comes, and Stripe is slow to tell the charge.
    desk.faults("slow=2000@GET /v1/charges/*");
    desk.tick_ms(10_000).until(|desk| !desk.state.live.fresh.is_empty());
    desk.press("<enter><enter>99.00<enter>").sees("still reading the charge");
    assert!(states(&desk).is_empty());
    desk.no_faults().settle().sees("somebody else refunded $20.00 at").sees("left to refund  $79.00");
    assert!(states(&desk).is_empty());
}

#[test]
fn a_cancellation_elsewhere_stops_the_forms_of_that_subscription() {
    for key in ["x", "c"] {
        let mut desk = live(Options::default());
        let id = target(desk.press("3"));
        desk.press(key).settle();
        assert!(!desk.state.modals.is_empty(), "{key} opens a form");
        desk.elsewhere("DELETE", &format!("/v1/subscriptions/{id}"), "");
        desk.after_ms(10_000).settle();
        if matches!(desk.state.modals.last(), Some(Modal::Pick(_))) {
            desk.press("<esc>").settle();
        }
        desk.sees("somebody else ended the subscription at");
        desk.press("<enter><enter><enter>").settle().after_ms(6_000);
        assert!(states(&desk).is_empty(), "{key}: {}", desk.screen());
    }
}

#[test]
fn what_is_on_screen_is_read_again_once_and_its_mark_fades() {
    let mut desk = live(Options::default());
    let (charge, _) = charge(&desk);
    desk.after_ms(10_000).sees_not("✱");
    let before = desk.requests(&format!("GET /v1/charges/{charge}"));
    desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount=2000"));
    desk.press("k").after_ms(10_000).sees("✱").sees("◐ −$20.00");
    assert_eq!(desk.requests(&format!("GET /v1/charges/{charge}")), before + 1);
    desk.after_ms(11_000).sees("✱").after_ms(20_000).sees_not("✱");
    assert_eq!(desk.requests(&format!("GET /v1/charges/{charge}")), before + 1, "once");
}

#[test]
fn many_changes_are_few_questions() {
    let mut desk = live(Options::default());
    desk.after_ms(10_000);
    let customer = desk.state.open.clone().unwrap();
    for at in 0..30 {
        desk.elsewhere(
            "POST",
            "/v1/invoiceitems",
            &format!("customer={customer}&amount=100&currency=usd&description=n{at}"),
        );
        desk.elsewhere("POST", &format!("/v1/customers/{customer}"), &format!("description=n{at}"));
    }
    let before = desk.sandbox.requests().len();
    desk.press("k").after_ms(10_000);
    let asked = desk.sandbox.requests().len() - before;
    assert!(asked <= 6, "{asked} questions for 60 events");
}

#[test]
fn nobody_looks_while_nobody_is_there() {
    let mut desk = live(Options::default());
    desk.after_ms(10_000);
    let looks = desk.requests("GET /v1/events");
    assert!(looks >= 1);
    for _ in 0..30 {
        desk.after_ms(10_000);
    }
    let later = desk.requests("GET /v1/events");
    assert!((5..=13).contains(&(later - looks)), "for two minutes only: {}", later - looks);
    desk.press("k").settle();
    assert_eq!(desk.requests("GET /v1/events"), later + 1, "and at once when somebody is back");
}

#[test]
fn a_key_that_may_not_read_events_is_said_and_asked_for_no_more() {
    let mut desk = live(Options {
        restrict: Some(
            "charge:write,customer:read,subscription:read,invoice:read,payment_method:read,product:read",
        ),
        ..Options::default()
    });
    desk.after_ms(10_000).press("L").settle().sees("off: this key lacks the permission event:read");
    let looks = desk.requests("GET /v1/events");
    desk.after_ms(60_000).press("k").settle();
    assert_eq!(desk.requests("GET /v1/events"), looks);
    assert!(desk.state.tasks.failed.is_empty() || !desk.press("<esc>T").screen().contains("live events"));
}

#[test]
fn after_failures_it_is_asked_less_often_and_then_as_usual() {
    let mut desk = live(Options::default());
    desk.faults("garbage@GET /v1/events");
    desk.after_ms(10_000).press("L").settle().sees("again in");
    desk.no_faults().after_ms(60_000).press("k").settle().sees("polling every 10 s");
}

#[test]
fn the_list_shows_what_happened_and_leads_to_it() {
    for size @ (width, height) in [(140, 42), (80, 24)] {
        let mut desk = live(Options { size, customers: 40, ..Options::default() });
        let (charge, _) = charge(&desk);
        desk.press("L").settle();
        desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount=2000"));
        desk.after_ms(10_000).settle();
        desk.sees("Live events ── polling every 10 s").sees("somebody else refunded $20.00");
        insta::assert_snapshot!(format!("live_{width}x{height}"), desk.screen());
        desk.press("jj").press("kk<enter>").settle();
        assert!(matches!(desk.state.modals.last(), Some(Modal::Detail(_))), "{}", desk.screen());
        desk.press("<esc>p").settle().sees("paused");
        let looks = desk.requests("GET /v1/events");
        desk.after_ms(20_000);
        assert_eq!(desk.requests("GET /v1/events"), looks);
    }
}

#[test]
fn switched_off_nothing_is_asked() {
    let mut desk = Desk::open(Options { poll_ms: 0, policy: Policy::builtin(), ..Options::default() });
    desk.press("/<c-u>ada@example.com").settle().press("<enter>").settle().after_ms(60_000);
    desk.press("L").settle().sees("off: live_seconds is 0");
    assert_eq!(desk.requests("GET /v1/events"), 0);
}
