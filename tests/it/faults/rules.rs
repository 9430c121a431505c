//! Rules that break, tighten or are missing, and amounts in the decimals of their currency.

use paydesk::{desk::state::Mode, ledger::IntentState, policy::Policy};

use super::*;
use crate::harness::desk::{Desk, Options, desk};

fn rules(text: &str) -> Policy {
    Policy::parse(&format!("version = 1\n{text}"), "policy.toml").unwrap()
}

fn broken() -> Policy {
    Policy::broken(&Policy::parse("version = 1\n[refundz]\n", "policy.toml").unwrap_err())
}

/// A charge in this currency that can be refunded.
fn charge_in(desk: &Desk, currency: &str) -> String {
    let mut after = String::new();
    for _ in 0..40 {
        let page = desk.elsewhere("GET", &format!("/v1/charges?limit=100{after}"), "");
        let rows = page["data"].as_array().unwrap();
        let fits = |row: &&serde_json::Value| {
            row["currency"] == currency
                && row["status"] == "succeeded"
                && row["captured"] == true
                && row["disputed"] == false
                && row["amount_refunded"] == 0
                && row["customer"].is_string()
        };
        if let Some(row) = rows.iter().find(fits) {
            return row["id"].as_str().unwrap().to_owned();
        }
        after = format!("&starting_after={}", rows.last().unwrap()["id"].as_str().unwrap());
    }
    panic!("no charge in {currency}");
}

/// The refund form of the charge, found by its id, with a reason chosen and the amount replaced.
fn form_of(desk: &mut Desk, charge: &str, amount: &str) {
    desk.press(charge).settle().press("<enter>").settle();
    assert_eq!(target(desk), charge);
    desk.press("r").settle().press("<space><s-tab><c-u>").press(amount).settle();
}

#[test]
fn a_policy_that_breaks_while_open_denies_the_next_decision() {
    let mut desk = desk();
    let charge = form(&mut desk);
    desk.policy(broken()).settle().sees("refundz");
    confirm(&mut desk);
    desk.after_ms(10_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
    // Mended, it goes on.
    desk.policy(Policy::builtin()).settle();
    confirm(&mut desk);
    desk.after_ms(2_000).policy(broken()).after_ms(10_000);
    assert_eq!(states(&desk), [IntentState::Withdrawn], "held when it broke: {}", notice(&desk));
    assert!(notice(&desk).contains("refundz"), "{}", notice(&desk));
    assert!(refunds_of(&desk, &charge).is_empty());
}

#[test]
fn stricter_rules_during_the_hold_stop_it() {
    let stricter = "[refunds]\nmax = { usd = \"50.00\" }\nautomatic = { usd = \"5.00\" }\n";
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.policy(rules(stricter)).after_ms(6_000);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    assert!(notice(&desk).contains("$50.00"), "{}", notice(&desk));
    assert!(refunds_of(&desk, &charge).is_empty());
}

#[test]
fn live_without_a_policy_file_changes_nothing() {
    let mut desk =
        Desk::open(Options { mode: Mode::Live, policy: Policy::without_file(true), ..Options::default() });
    form(&mut desk);
    desk.sees("READ-ONLY").press("r").settle().sees("read-only: there is no policy file");
    confirm(&mut desk);
    desk.after_ms(10_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}

#[test]
fn a_currency_without_a_limit_is_not_refunded() {
    let mut desk = desk();
    let charge = charge_in(&desk, "brl");
    form_of(&mut desk, &charge, "1.00");
    assert!(desk.state.modals.is_empty(), "{}", desk.screen());
    desk.press("2r").settle();
    assert!(notice(&desk).contains("(refunds."), "{}", notice(&desk));
    desk.press("<enter><enter><enter>1.00<enter>").settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}

#[test]
fn a_disputed_charge_is_not_refunded() {
    let mut desk = desk();
    desk.press("ada@").settle().press("<enter>").settle();
    let customer = desk.state.open.clone().unwrap();
    let list = desk.elsewhere("GET", &format!("/v1/charges?customer={customer}&limit=100"), "");
    let disputed = list["data"].as_array().unwrap().iter().find(|charge| charge["disputed"] == true).unwrap();
    let charge = disputed["id"].as_str().unwrap().to_owned();
    desk.press("/<c-u>").press(&charge).settle().press("<enter>").settle();
    assert_eq!(target(&desk), charge);
    desk.press("r").settle();
    assert!(notice(&desk).ends_with("(refunds.disputed)"), "{}", notice(&desk));
    desk.press("<enter><enter><enter>12000<enter><enter>").settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}

#[test]
fn amounts_have_the_decimals_of_their_currency() {
    let text = "[refunds]\nmax = { jpy = \"50000\", kwd = \"100.000\" }\nautomatic = { jpy = \"5000\", kwd = \"50.000\" }\n";
    for (currency, wrong, right, sent) in
        [("jpy", "10.50", "11", "amount=11&"), ("kwd", "5.1250", "5.125", "amount=5125&")]
    {
        let mut desk = Desk::open(Options { policy: rules(text), ..Options::default() });
        let charge = charge_in(&desk, currency);
        form_of(&mut desk, &charge, wrong);
        desk.press("<enter><enter><enter>").settle().after_ms(6_000);
        assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty(), "{currency} {wrong}");
        assert_eq!(desk.state.modals.len(), 1);
        desk.press("<esc>r").settle().press("<space><s-tab><c-u>").press(right).settle();
        desk.press("<enter><enter>").settle().after_ms(6_000);
        let posts: Vec<_> = desk
            .sandbox
            .requests()
            .into_iter()
            .filter(|seen| seen.path == "/v1/refunds" && seen.method == "POST")
            .collect();
        assert_eq!(posts.len(), 1, "{currency}: {}", desk.screen());
        assert!(posts[0].params.contains(sent), "{currency}: {}", posts[0].params);
        assert_eq!(states(&desk), [IntentState::Settled], "{}", notice(&desk));
    }
}

#[test]
fn a_part_and_then_the_rest() {
    let mut desk = desk();
    let charge = form(&mut desk);
    desk.press("<s-tab><c-u>20").settle().press("<enter>").settle().after_ms(6_000);
    assert_eq!(refunds_of(&desk, &charge), [2_000]);
    desk.press("<esc>r").settle().press("<space>").settle().sees("left to refund  $79.00");
    desk.press("<s-tab><c-u>79.01").settle().sees("more than is left");
    desk.press("<enter><enter>79.01<enter>").settle();
    assert_eq!(intents(&desk).len(), 1);
    desk.press("<esc>r").settle().press("<space>").settle();
    desk.press("<enter><enter>").settle().press("79.00<enter>").settle().after_ms(6_000);
    assert_eq!(states(&desk), [IntentState::Settled, IntentState::Settled], "{}", notice(&desk));
    assert_eq!(refunds_of(&desk, &charge), [7_900, 2_000]);
    assert_eq!(spent_minor(&desk), 9_900);
    desk.press("<esc>r").settle();
    assert!(desk.state.modals.is_empty(), "nothing is left");
}

#[test]
fn without_a_reason_nothing_is_confirmed() {
    let mut desk = desk();
    desk.press("ada@").settle().press("<enter>").settle().press("r").settle();
    desk.sees("a reason must be chosen").press("<enter><enter><enter>99.00<enter>").settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}
