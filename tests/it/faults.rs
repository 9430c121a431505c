//! What goes wrong between the desk and Stripe while money moves: faults of every kind, objects that move under the
//! agent's eyes, broken rules, bad input, and keys pressed at random.

use paydesk::{
    desk::{Message, panes::PaneId, state::Mode},
    ledger::{AuditFilter, Intent, IntentState, Verified},
    policy::{Fact, Policy},
    stripe::Deadlines,
};

use crate::harness::desk::{Desk, Options, desk};

/// Short, so that what stalls is given up soon.
const SOON: Deadlines = Deadlines { connect_s: 1, read_s: 1, write_s: 1 };

fn impatient() -> Desk {
    Desk::open(Options { deadlines: SOON, ..Options::default() })
}

/// Of the selected row.
fn target(desk: &Desk) -> String {
    let pane = desk.state.focus;
    let at = paydesk::desk::panes::selected(&desk.state, pane).unwrap();
    (pane.pane().target)(&desk.state, at).unwrap().id
}

/// Ada's later $99.00 charge, its refund filled in and not yet confirmed.
fn form(desk: &mut Desk) -> String {
    desk.press("ada@").settle().press("<enter>").settle();
    let charge = target(desk);
    desk.press("r").settle().press("<space>").settle();
    charge
}

fn confirm(desk: &mut Desk) {
    desk.press("<enter><enter>").settle().press("99.00<enter>").settle();
}

/// Confirmed, and held for five seconds.
fn hold(desk: &mut Desk) -> String {
    let charge = form(desk);
    confirm(desk);
    charge
}

/// All intents on disk, newest first.
fn intents(desk: &Desk) -> Vec<Intent> {
    desk.gate.ledger().lock().unwrap().recent(100).unwrap()
}

fn states(desk: &Desk) -> Vec<IntentState> {
    intents(desk).iter().map(|intent| intent.state).collect()
}

/// Amounts of the charge's refunds, as Stripe itself tells them.
fn refunds_of(desk: &Desk, charge: &str) -> Vec<i64> {
    let list = desk.elsewhere("GET", &format!("/v1/refunds?charge={charge}&limit=100"), "");
    list["data"].as_array().unwrap().iter().map(|refund| refund["amount"].as_i64().unwrap()).collect()
}

fn notice(desk: &Desk) -> String {
    desk.state.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
}

fn spent_minor(desk: &Desk) -> i64 {
    let Fact::Known(spent) = &desk.state.spent else { panic!("{:?}", desk.state.spent) };
    spent.agent.0.iter().map(|(_, minor)| *minor).sum()
}

#[track_caller]
fn whole(desk: &Desk) {
    let ledger = desk.gate.ledger().lock().unwrap();
    assert!(matches!(ledger.verify().unwrap(), Verified::Whole(_)), "{:?}", ledger.verify());
    assert!(ledger.audit(&AuditFilter::default()).unwrap().len() >= 2);
}

/// Every attempt of one intent carries the same key and the same bytes.
#[track_caller]
fn one_key(desk: &Desk, row: &str) -> usize {
    let mut attempts: Vec<_> = desk
        .sandbox
        .requests()
        .into_iter()
        .filter(|seen| seen.method == "POST" && seen.path == "/v1/refunds")
        .map(|seen| (seen.idempotency_key, seen.params))
        .collect();
    let count = attempts.len();
    attempts.dedup();
    assert!(attempts.len() <= 1, "{row}: {attempts:?}");
    assert!(attempts.iter().all(|(key, _)| key.as_ref().is_some_and(|key| key.starts_with("pdk_"))), "{row}");
    count
}

/// A fault on the refund, how the intent stands when the desk is quiet again, and after the fault is gone and it was
/// looked up once more.
#[track_caller]
fn row(spec: &str, then: IntentState, after: IntentState) {
    let fault =
        format!("{}@POST /v1/refunds#{}", spec.split('#').next().unwrap(), spec.split('#').nth(1).unwrap());
    let mut desk = impatient();
    let charge = hold(&mut desk);
    desk.faults(&fault).after_ms(5_000);
    let refunds = |desk: &mut Desk| refunds_of(desk.no_faults(), &charge);
    assert_eq!(states(&desk), [then], "{spec}: {}", notice(&desk));
    let said = notice(&desk);
    words(spec, then, &said);
    one_key(&desk, spec);
    let made = refunds(&mut desk);
    assert!(made.len() <= 1, "{spec}: {made:?}");
    match then {
        IntentState::Settled => assert_eq!(made, [9_900], "{spec}"),
        IntentState::Refused => assert!(made.is_empty(), "{spec}: {made:?}"),
        _ => {}
    }
    desk.press("<esc>T").settle().press("r").settle().press("<esc>").settle();
    assert_eq!(states(&desk), [after], "{spec}: {}", notice(&desk));
    if then != after {
        words(spec, after, &notice(&desk));
    }
    let made = refunds(&mut desk);
    let most = usize::from(after == IntentState::Settled);
    assert_eq!(made.len(), most, "{spec}: {made:?}");
    one_key(&desk, spec);
    whole(&desk);
    assert_eq!(spent_minor(&desk), if after == IntentState::Refused { 0 } else { 9_900 }, "{spec}");
    let open = desk.state.changes.len();
    assert_eq!(open, usize::from(!after.is_final()), "{spec}: {:?}", desk.state.changes);
}

#[track_caller]
fn words(spec: &str, state: IntentState, said: &str) {
    let (wanted, never): (&str, &[&str]) = match state {
        IntentState::Settled => ("refunded $99.00", &["refused", "not known"]),
        IntentState::Refused => ("refused", &["refunded", "not known"]),
        IntentState::Unknown => ("not known", &["refunded $", "refused:"]),
        other => panic!("{other:?}"),
    };
    assert!(said.contains(wanted), "{spec}: {said}");
    assert!(never.iter().all(|word| !said.contains(word)), "{spec}: {said}");
}

#[test]
fn a_fault_that_strikes_once_and_goes_is_outlived() {
    use IntentState::{Refused, Settled, Unknown};
    for (spec, then, after) in [
        ("reset-before#1", Settled, Settled),
        ("reset-after#1", Settled, Settled),
        // Stored under the key: asked again it is the same 500, and nothing at Stripe tells that it did not happen.
        ("500#1", Unknown, Unknown),
        ("500-after#1", Settled, Settled),
        ("html#1", Settled, Settled),
        ("html-after#1", Settled, Settled),
        ("truncated#1", Settled, Settled),
        ("garbage#1", Settled, Settled),
        ("huge#1", Settled, Settled),
        ("409#1", Settled, Settled),
        ("429#1", Settled, Settled),
        ("lock-timeout#1", Settled, Settled),
        ("503#1", Settled, Settled),
        ("401-expired#1", Refused, Refused),
    ] {
        row(spec, then, after);
    }
}

#[test]
fn a_fault_that_stays_leads_to_the_truth_or_to_not_known() {
    use IntentState::{Refused, Settled, Unknown};
    for (spec, then, after) in [
        ("reset-before#*", Unknown, Settled),
        ("reset-after#*", Settled, Settled),
        ("500#*", Unknown, Unknown),
        ("500-after#*", Settled, Settled),
        ("html#*", Unknown, Settled),
        ("html-after#*", Settled, Settled),
        ("truncated#*", Settled, Settled),
        ("garbage#*", Settled, Settled),
        ("409#*", Unknown, Settled),
        ("429#*", Refused, Refused),
        ("429=2#*", Refused, Refused),
        ("lock-timeout#*", Refused, Refused),
        ("503#*", Unknown, Settled),
        ("401-expired#*", Refused, Refused),
    ] {
        row(spec, then, after);
    }
}

#[test]
fn an_answer_that_is_too_large_is_not_kept() {
    row("huge#*", IntentState::Settled, IntentState::Settled);
}

#[test]
fn an_answer_that_stalls_or_drips_ends_at_the_deadline() {
    row("stall=1500#1", IntentState::Settled, IntentState::Settled);
    row("drip=40#1", IntentState::Settled, IntentState::Settled);
}

#[test]
fn answers_that_stall_for_ever_are_settled_by_reading() {
    row("stall=1500#*", IntentState::Settled, IntentState::Settled);
}

#[test]
fn what_stripe_asks_to_wait_is_waited() {
    let mut desk = desk();
    hold(&mut desk);
    desk.faults("429=7@POST /v1/refunds#1").after_ms(5_000);
    let waits = desk.waits.lock().unwrap().clone();
    assert_eq!(waits.len(), 1);
    assert!(waits[0].as_millis() >= 7_000, "{waits:?}");
}

// --- the reads that a decision rests on ---

#[test]
fn without_fresh_facts_nothing_is_sent_and_the_hold_is_withdrawn() {
    for fault in ["500", "reset-before", "401-expired", "garbage", "truncated", "html"] {
        let mut desk = impatient();
        let charge = hold(&mut desk);
        desk.faults(&format!("{fault}@GET /v1/charges/{charge}")).after_ms(5_000);
        assert_eq!(one_key(&desk, fault), 0, "{fault}");
        assert_eq!(states(&desk), [IntentState::Withdrawn], "{fault}");
        let said = notice(&desk);
        assert!(said.contains("nothing was sent"), "{fault}: {said}");
        assert!(said.contains("could not be read") || said.contains("cannot be read"), "{fault}: {said}");
        assert!(!desk.state.notice.as_ref().unwrap().good, "{fault}: {said}");
        assert!(desk.state.changes.is_empty(), "{fault}");
        whole(desk.no_faults());
        assert!(refunds_of(&desk, &charge).is_empty());
    }
}

#[test]
fn without_fresh_facts_nothing_is_written_down_either() {
    let mut desk = impatient();
    let charge = form(&mut desk);
    desk.faults(&format!("503@GET /v1/charges/{charge}"));
    confirm(&mut desk);
    desk.sees("nothing was sent");
    assert!(intents(&desk).is_empty());
    desk.no_faults().press("<c-r>").settle();
    confirm(&mut desk);
    desk.after_ms(5_000).sees("refunded $99.00");
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
}

#[test]
fn without_the_day_s_sums_what_is_above_the_automatic_threshold_is_denied() {
    let mut desk = impatient();
    let charge = hold(&mut desk);
    desk.faults("500@GET /v1/refunds").after_ms(5_000);
    assert_eq!(states(&desk), [IntentState::Withdrawn], "{}", notice(&desk));
    assert!(!desk.state.notice.as_ref().unwrap().good, "{}", notice(&desk));
    assert!(refunds_of(desk.no_faults(), &charge).is_empty());
}

// --- the object moved ---

fn refund_elsewhere(desk: &Desk, charge: &str, minor: i64) {
    desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount={minor}"));
}

fn ours(desk: &Desk) -> usize {
    let ours = |key: &Option<String>| key.as_ref().is_some_and(|key| key.starts_with("pdk_"));
    desk.sandbox.requests().iter().filter(|seen| ours(&seen.idempotency_key)).count()
}

#[test]
fn refunded_elsewhere_while_the_form_is_open() {
    let mut desk = desk();
    let charge = form(&mut desk);
    refund_elsewhere(&desk, &charge, 2_500);
    confirm(&mut desk);
    desk.sees("refunded: $0.00 → $25.00").sees("nothing was sent").after_ms(10_000);
    assert_eq!(ours(&desk), 0);
    assert!(intents(&desk).is_empty());
    // Only what is left is offered now, and it has to be confirmed anew.
    desk.press("<enter>").settle().sees("left to refund  $74.00");
    assert_eq!(ours(&desk), 0);
    assert_eq!(refunds_of(&desk, &charge), [2_500]);
}

#[test]
fn refunded_elsewhere_in_full_while_the_form_is_open() {
    let mut desk = desk();
    let charge = form(&mut desk);
    refund_elsewhere(&desk, &charge, 9_900);
    confirm(&mut desk);
    desk.sees("refunded: $0.00 → $99.00");
    desk.press("<enter><enter><enter>99.00<enter>").settle().after_ms(10_000);
    assert_eq!(ours(&desk), 0);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
}

#[test]
fn refunded_elsewhere_during_the_hold() {
    for (minor, moved) in [(9_900, "refunded: $0.00 → $99.00"), (1_000, "refunded: $0.00 → $10.00")] {
        let mut desk = desk();
        let charge = hold(&mut desk);
        desk.after_ms(2_000);
        refund_elsewhere(&desk, &charge, minor);
        desk.after_ms(10_000);
        assert_eq!(ours(&desk), 0);
        assert_eq!(states(&desk), [IntentState::Withdrawn]);
        let said = notice(&desk);
        assert!(said.contains(moved) && said.contains("nothing was sent"), "{said}");
        assert!(!desk.state.notice.as_ref().unwrap().good, "{said}");
        desk.sees(moved);
        assert_eq!(refunds_of(&desk, &charge), [minor]);
        whole(&desk);
    }
}

#[test]
fn refunded_elsewhere_after_the_check_is_never_doubled() {
    // After a 429 nothing was done, so Stripe's "already refunded" is an answer; after a 503 it may be our own echo.
    for (fault, then) in [("429", IntentState::Refused), ("503", IntentState::Unknown)] {
        let mut desk = desk();
        let charge = hold(&mut desk);
        desk.meanwhile("POST", "/v1/refunds", &format!("charge={charge}&amount=9900"));
        desk.faults(&format!("{fault}@POST /v1/refunds#1")).after_ms(5_000);
        assert_eq!(refunds_of(&desk, &charge), [9_900]);
        assert_eq!(states(&desk), [then], "{}", notice(&desk));
        assert!(
            notice(&desk).contains("already refunded") || then == IntentState::Unknown,
            "{}",
            notice(&desk)
        );
        assert!(!notice(&desk).contains("refunded $99.00"), "{}", notice(&desk));
        whole(&desk);
    }
}

fn cancel_form(desk: &mut Desk) -> String {
    desk.press("grace@").settle().press("<enter>").settle().press("3").settle();
    let subscription = target(desk);
    desk.press("x").settle();
    subscription
}

#[test]
fn cancelled_elsewhere_while_the_form_is_open_and_during_the_hold() {
    let mut desk = desk();
    let subscription = cancel_form(&mut desk);
    desk.elsewhere("DELETE", &format!("/v1/subscriptions/{subscription}"), "");
    desk.press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    desk.sees("status: active → canceled").sees("nothing was sent").after_ms(10_000);
    assert_eq!(ours(&desk), 0);

    let mut desk = Desk::open(Options::default());
    let subscription = cancel_form(&mut desk);
    desk.press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    assert_eq!(states(&desk), [IntentState::Held]);
    desk.elsewhere("DELETE", &format!("/v1/subscriptions/{subscription}"), "");
    desk.after_ms(6_000);
    assert_eq!(ours(&desk), 0);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    let said = notice(&desk);
    assert!(said.contains("status: active → canceled") && said.contains("nothing was sent"), "{said}");
}

#[test]
fn another_plan_elsewhere_stops_a_cancellation() {
    let mut desk = desk();
    let subscription = cancel_form(&mut desk);
    desk.press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    let now = desk.elsewhere("GET", &format!("/v1/subscriptions/{subscription}"), "");
    let item = now["items"]["data"][0]["id"].as_str().unwrap().to_owned();
    let form = format!("items[0][id]={item}&items[0][quantity]=3");
    desk.elsewhere("POST", &format!("/v1/subscriptions/{subscription}"), &form);
    desk.after_ms(6_000);
    assert_eq!(ours(&desk), 0);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    let said = notice(&desk);
    assert!(said.contains("× 1 → ") && said.contains("× 3"), "{said}");
}

// --- the policy ---

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
    desk.sees("there is no policy file");
    confirm(&mut desk);
    desk.after_ms(10_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}

#[test]
fn a_currency_without_a_limit_is_not_refunded() {
    let mut desk = desk();
    let charge = charge_in(&desk, "brl");
    form_of(&mut desk, &charge, "1.00");
    desk.sees("refunds.max");
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
    desk.press("r").settle().press("<space>").settle().sees("refunds.disputed");
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
    desk.press("r").settle().press("<space>").settle().sees("left to refund  $79.00");
    desk.press("<s-tab><c-u>79.01").settle().sees("more than is left");
    desk.press("<enter><enter>79.01<enter>").settle();
    assert_eq!(intents(&desk).len(), 1);
    desk.press("<esc>r").settle().press("<space>").settle();
    desk.press("<enter><enter>").settle().press("79.00<enter>").settle().after_ms(6_000);
    assert_eq!(states(&desk), [IntentState::Settled, IntentState::Settled], "{}", notice(&desk));
    assert_eq!(refunds_of(&desk, &charge), [7_900, 2_000]);
    assert_eq!(spent_minor(&desk), 9_900);
    desk.press("r").settle();
    assert!(desk.state.modals.is_empty(), "nothing is left");
}

#[test]
fn what_is_no_amount_confirms_nothing() {
    let mut desk = desk();
    form(&mut desk);
    for amount in [
        "-5", "0", "0.00", "NaN", "inf", "1e2", "1,000.00", "1'000", "1 000", "99.01", "99.000", "5.5.5",
        "٥", "$", "", "5 eur",
    ] {
        desk.press("<s-tab><s-tab><s-tab><tab>");
        while desk.state.modals.first().is_some_and(|_| !focused(&desk, "amount")) {
            desk.press("<tab>");
        }
        desk.press("<c-u>").press(&amount.replace(' ', "<space>")).settle();
        desk.press("<enter><enter>").settle().press("<enter>").settle();
        assert!(intents(&desk).is_empty(), "{amount}");
        assert_eq!(desk.state.modals.len(), 1, "{amount}");
    }
    desk.after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}

fn focused(desk: &Desk, field: &str) -> bool {
    let Some(paydesk::desk::modals::Modal::Refund(refund)) = desk.state.modals.first() else { return false };
    refund.draft.form.focused() == field
}

#[test]
fn without_a_reason_nothing_is_confirmed() {
    let mut desk = desk();
    desk.press("ada@").settle().press("<enter>").settle().press("r").settle();
    desk.sees("a reason must be chosen").press("<enter><enter><enter>99.00<enter>").settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}

// --- keys that Stripe may have forgotten ---

#[test]
fn what_is_older_than_its_key_is_never_sent_again_by_itself() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.faults("503@POST /v1/refunds").after_ms(5_000);
    assert_eq!(states(&desk), [IntentState::Unknown]);
    desk.no_faults().after_ms(23 * 3_600_000);
    let before = desk.requests("POST /v1/refunds");
    for _ in 0..3 {
        desk.press("<esc>T").settle().press("r").settle().press("<esc>").settle();
    }
    assert_eq!(desk.requests("POST /v1/refunds"), before);
    assert_eq!(states(&desk), [IntentState::Unknown]);
    let said = notice(&desk);
    assert!(said.contains("not known") && said.contains("not sent again"), "{said}");
    assert!(refunds_of(&desk, &charge).is_empty());
    let after = Desk::beside(&desk, Options::default());
    assert_eq!(after.requests("POST /v1/refunds"), before, "nor by another desk");
    whole(&desk);
}

#[test]
fn a_second_before_its_key_is_too_old_it_is_sent_again() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.faults("503@POST /v1/refunds").after_ms(5_000);
    desk.no_faults().after_ms(23 * 3_600_000 - 20_000);
    desk.press("<esc>T").settle().press("r").settle();
    assert_eq!(states(&desk), [IntentState::Settled]);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
    one_key(&desk, "resent");
}

// --- leaving ---

#[test]
fn leaving_while_held_asks_and_waits() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.press("q").sees("Leave?").sees("held, is sent in");
    assert!(!desk.left);
    desk.press("<esc>").sees("refunding $99.00 in");
    desk.press("qw");
    assert!(!desk.left, "it is still held");
    desk.after_ms(5_000);
    assert!(desk.left);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
}

#[test]
fn leaving_and_taking_back_what_is_held() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.press("qu").settle().press("w").settle();
    assert!(desk.left);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    assert!(refunds_of(&desk, &charge).is_empty());
}

#[test]
fn leaving_while_not_known_asks() {
    let mut desk = desk();
    hold(&mut desk);
    desk.faults("503@POST /v1/refunds").after_ms(5_000).press("<esc>q").settle();
    desk.sees("not known how it ended");
    assert!(!desk.left);
    desk.press("w").settle();
    assert!(desk.left);
}

#[test]
fn asked_to_end_by_the_system_takes_back_what_is_held() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.send(Message::Terminate).settle();
    assert!(desk.left);
    assert_eq!(states(&desk), [IntentState::Withdrawn]);
    assert!(refunds_of(&desk, &charge).is_empty());
}

#[test]
fn asked_to_end_by_the_system_waits_for_what_is_sent() {
    let mut desk = desk();
    let charge = hold(&mut desk);
    desk.faults("slow=300@POST /v1/refunds").tick_ms(5_000);
    desk.until(|desk| states(desk) == [IntentState::Sending]).send(Message::Terminate);
    assert!(!desk.left);
    desk.press("qq<enter>").settle();
    assert!(desk.left);
    assert_eq!(refunds_of(&desk, &charge), [9_900]);
    assert_eq!(states(&desk), [IntentState::Settled]);
}

#[test]
fn asked_to_end_while_it_is_decided_sends_nothing() {
    let mut desk = desk();
    let charge = form(&mut desk);
    desk.press("<enter><enter>").settle();
    desk.faults(&format!("slow=200@GET /v1/charges/{charge}")).press("99.00<enter>").send(Message::Terminate);
    assert!(!desk.left, "it is being written down");
    desk.settle().after_ms(20_000);
    assert!(desk.left);
    assert_eq!(states(&desk), [IntentState::Withdrawn], "{}", notice(&desk));
    assert!(refunds_of(desk.no_faults(), &charge).is_empty());
}

// --- bad input by kind ---

#[test]
fn a_megabyte_pasted_is_cut_and_quick() {
    let mut desk = desk();
    let began = desk.requests("GET");
    let paste = "\u{1b}[31m9é\u{202e}\r\n".repeat(100_000);
    desk.send(Message::Paste(paste.clone())).settle();
    assert!(desk.state.search.input.value().chars().count() <= 400);
    assert!(desk.requests("GET") <= began + 8);
    assert!(!desk.screen().contains(['\u{1b}', '\u{202e}']));
    desk.press("<c-u>");
    form(&mut desk);
    for _ in 0..6 {
        desk.send(Message::Paste(paste.clone())).press("<tab>").settle();
    }
    assert!(!desk.screen().contains(['\u{1b}', '\u{202e}']));
    assert!(serde_json::to_string(&desk.state.modals).unwrap().len() < 60_000);
    desk.press("<enter><enter><enter>").settle().after_ms(6_000);
    assert!(desk.changes_asked().is_empty() && intents(&desk).is_empty());
}

fn held_enter(desk: &mut Desk, times: usize) {
    let mut enter = paydesk::desk::key::parse_keys("<enter>").unwrap()[0];
    desk.send(Message::Key(enter));
    enter.repeat = true;
    for _ in 0..times {
        desk.send(Message::Key(enter));
    }
}

#[test]
fn enter_held_down_confirms_once_at_most() {
    let mut desk = desk();
    let charge = form(&mut desk);
    desk.press("<s-tab><c-u>20").settle();
    for _ in 0..3 {
        held_enter(&mut desk, 40);
        desk.settle();
    }
    desk.after_ms(10_000);
    assert_eq!(refunds_of(&desk, &charge), [2_000]);
    assert_eq!(intents(&desk).len(), 1);
    // A cancellation that two Enters confirm is not confirmed by one that is held.
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("3x").settle();
    held_enter(&mut desk, 40);
    desk.settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}
