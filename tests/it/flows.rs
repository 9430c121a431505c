//! The conversations, as keys, on the real sandbox over HTTP.

use paydesk::policy::Policy;

use crate::harness::desk::{Desk, Options, desk};

fn opened(name: &str) -> Desk {
    let mut desk = desk();
    desk.press(name).settle().press("<enter>").settle();
    desk
}

/// The refund form of Ada's later $99.00 charge, with a reason chosen.
fn refund_form() -> Desk {
    let mut desk = opened("ada@");
    desk.press("r").settle().press("<space>").settle();
    desk
}

/// Ada's refund, confirmed and held.
fn held() -> Desk {
    let mut desk = refund_form();
    desk.press("<enter><enter>").settle().press("99.00<enter>").settle();
    desk
}

fn refunds(desk: &Desk) -> usize {
    desk.changes_asked().iter().filter(|asked| *asked == "POST /v1/refunds").count()
}

/// States of all intents on disk, oldest first.
fn trail(desk: &mut Desk) -> Vec<String> {
    let ledger = desk.gate.ledger().lock().unwrap();
    let records = ledger.audit(&paydesk::ledger::AuditFilter { most: 50, ..Default::default() }).unwrap();
    records.iter().map(|record| record.event.clone()).collect()
}

#[test]
fn i_was_charged_twice() {
    let mut desk = refund_form();
    desk.sees("above $50.00 a refund must be confirmed").sees("left to refund  $99.00");
    insta::assert_snapshot!("refund_to_confirm_140x42", desk.screen());
    desk.press("<enter><enter>").settle().press("99.00<enter>").settle();
    desk.sees("refunding $99.00 to Ada");
    assert_eq!(refunds(&desk), 0, "nothing is sent while it is held");
    insta::assert_snapshot!("refund_held_140x42", desk.screen());
    desk.after_ms(5_000);
    assert_eq!(refunds(&desk), 1);
    desk.sees("refunded $99.00").sees("± refunded: $0.00 → $99.00");
    assert_eq!(trail(&mut desk), ["intended", "settled"]);
    insta::assert_snapshot!("refund_done_140x42", desk.screen());
    desk.press("<esc>")
        .sees("↩ refunded")
        .press("a")
        .settle()
        .sees("refund charge")
        .sees("✔ settled")
        .sees("whole");
    insta::assert_snapshot!("audit_140x42", desk.screen());
}

#[test]
fn what_was_refunded_counts_against_the_day() {
    let mut desk = held();
    desk.sees("refunds today $0.00 +$99.00 held");
    desk.after_ms(5_000).sees("refunds today $99.00");
}

#[test]
fn what_is_taken_back_counts_no_more() {
    let mut desk = held();
    desk.sees("refunds today $0.00 +$99.00 held").press("u").settle().sees("refunds today $0.00");
}

#[test]
fn a_refund_from_the_detail_is_seen_there() {
    let mut desk = opened("ada@");
    desk.press("<enter>").settle().sees("r refund").press("r").settle().press("<space>").settle();
    desk.press("<s-tab><c-u>20<enter>").settle().sees("Left to refund    $99.00").after_ms(6_000);
    assert_eq!(refunds(&desk), 1);
    desk.sees("Left to refund    $79.00").sees("refunded $20.00 to visa ··4242");
}

#[test]
fn u_takes_it_back_and_nothing_was_sent() {
    let mut desk = held();
    desk.after_ms(2_000).press("u").settle().after_ms(10_000);
    assert_eq!(refunds(&desk), 0);
    assert_eq!(trail(&mut desk), ["intended", "withdrawn"]);
    desk.sees("nothing was sent").sees_not("↩ refunded");
}

#[test]
fn u_too_late_says_what_was_sent_and_when_and_what_to_do_instead() {
    let mut desk = held();
    desk.after_ms(6_000).press("u").settle();
    desk.sees("too late: refund $99.00 to Ada Lovelace was sent at 12:00:")
        .sees("t shows where the money is");
    assert_eq!(refunds(&desk), 1);
    // Where letters and keys go elsewhere it is said too.
    desk.press("<esc>e").settle().press("u").settle().sees("too late: refund $99.00 to Ada Lovelace");
    let mut desk = opened("grace@");
    desk.press("u").settle().sees("nothing is held, and nothing was sent yet");
}

#[test]
fn what_was_sent_before_is_not_told_of_while_another_is_held() {
    let mut desk = held();
    desk.after_ms(6_000).press("<esc>j").settle().press("r").settle().press("<space>").settle();
    desk.press("<s-tab><c-u>20<enter>").settle().sees("refunding $20.00");
    // Where the letter means something else, what takes it back is named; where it is being taken back already, nothing is too late.
    desk.press("a").settle().press("u").settle().sees_not("too late");
    desk.press("<esc>").settle().press("uu").settle().sees_not("too late").after_ms(6_000);
    assert_eq!(refunds(&desk), 1);
}

#[test]
fn keeping_what_is_about_to_be_cancelled_takes_it_back() {
    let mut desk = opened("grace@");
    desk.press("3x").settle().press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    desk.sees("cancelling Pro at period end for Grace Hopper in 4 s · u takes it back");
    // To keep it is not to send it: the key that would undo it afterwards takes it back now.
    desk.press("X").settle().sees("taken back: nothing was sent").after_ms(6_000).sees_not("too late");
    assert!(desk.changes_asked().is_empty());
}

#[test]
fn a_wrong_amount_typed_again_confirms_nothing() {
    let mut desk = refund_form();
    desk.press("<enter><enter>").settle().press("9.90<enter>").settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
    assert!(trail(&mut desk).is_empty());
    assert!(!desk.state.modals.is_empty(), "the form stays open");
}

#[test]
fn a_paste_never_confirms() {
    let mut desk = refund_form();
    desk.press("<enter><enter>").settle();
    desk.send(paydesk::desk::Message::Paste("99.00\r\n".into()));
    desk.press("<enter>").settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}

#[test]
fn a_second_enter_makes_no_second_refund() {
    let mut desk = refund_form();
    desk.press("<enter><enter>").settle().press("99.00<enter><enter><enter>").settle().after_ms(10_000);
    assert_eq!(refunds(&desk), 1);
    assert_eq!(trail(&mut desk), ["intended", "settled"]);
}

#[test]
fn a_small_refund_needs_one_enter() {
    let mut desk = refund_form();
    desk.press("<s-tab><c-u>20").settle().sees("Enter refunds $20.00");
    insta::assert_snapshot!("refund_automatic_140x42", desk.screen());
    desk.press("<enter><enter><enter>").settle().after_ms(6_000);
    assert_eq!(refunds(&desk), 1);
    desk.press("<esc>").sees("◐ −$20.00");
}

/// Stripe's test card ··5126: the refund succeeds, and the bank sends it back later.
#[test]
fn a_refund_that_comes_back_is_raised_to_who_made_it_until_they_acknowledge_it() {
    let mut desk = desk();
    let query = "query=payment_method_details.card.last4:%225126%22%20AND%20status:%22succeeded%22";
    let found = desk.elsewhere("GET", &format!("/v1/charges/search?limit=100&{query}"), "");
    let charges = found["data"].as_array().unwrap();
    let fits = |charge: &&serde_json::Value| {
        let recent = charge["created"].as_i64() > Some(crate::harness::desk::NOW - 90 * 86_400);
        recent && charge["amount_refunded"] == 0 && charge["disputed"] == false && charge["currency"] == "usd"
    };
    let charge = charges.iter().find(fits).unwrap()["id"].as_str().unwrap().to_owned();
    desk.press(&charge)
        .settle()
        .press("<enter>")
        .settle()
        .press("r")
        .settle()
        .press("<space><s-tab><c-u>3<enter>");
    desk.settle().after_ms(6_000).sees("refunded ");
    assert_eq!(refunds(&desk), 1);
    let raised = "came back · ";
    desk.sees_not(raised).after_ms(120_000).sees_not(raised);
    // A read of the customer brings it; so does the next start, until it is acknowledged.
    desk.press("<c-r>").settle().sees(raised);
    let mut next = Desk::beside(&desk, Options::default());
    next.sees(raised).press("<esc>T").settle().sees("came back: refund").sees("expired or canceled card");
    insta::assert_snapshot!("came_back_140x42", next.screen());
    next.press("a").settle().sees_not("came back: refund");
    Desk::beside(&desk, Options::default()).sees_not(raised);
    assert_eq!(trail(&mut desk), ["intended", "settled", "came_back", "acknowledged_failure"]);
}

#[test]
fn above_the_maximum_is_denied_with_what_would_be_allowed() {
    let text = "version = 1\n[refunds]\nmax = { usd = \"30.00\" }\nautomatic = { usd = \"5.00\" }\n";
    let policy = Policy::parse(text, "policy.toml").unwrap();
    let mut desk = Desk::open(Options { policy, ..Options::default() });
    desk.press("ada@").settle().press("<enter>").settle().press("r").settle().press("<space>").settle();
    desk.sees("$30.00 is the most one refund may be").sees("refunds.max");
    insta::assert_snapshot!("refund_denied_140x42", desk.screen());
    desk.press("<enter><enter><enter><enter>").settle().after_ms(10_000);
    assert!(desk.changes_asked().is_empty());
}

#[test]
fn cancel_at_period_end_and_keep_after_all() {
    let mut desk = opened("grace@");
    desk.press("3x").settle().sees("● at period end").sees("no refund, no credit");
    insta::assert_snapshot!("cancel_140x42", desk.screen());
    desk.press("<enter><enter><enter>").settle().press("Pro<enter>").settle().after_ms(6_000);
    assert_eq!(desk.changes_asked().len(), 1, "{:?}", desk.changes_asked());
    desk.press("<esc>").sees("ends 15 Dec");
    desk.press("3X").settle();
    insta::assert_snapshot!("keep_140x42", desk.screen());
    desk.press("<enter>").reads().press("<enter>").settle().after_ms(6_000);
    desk.press("<esc>").sees("renews 15 Dec");
    assert_eq!(trail(&mut desk), ["intended", "settled", "intended", "settled"]);
    desk.press("a").settle().sees("cancel subscription at period end");
}

#[test]
fn cancel_now() {
    let mut desk = opened("grace@");
    desk.press("3x").settle().press("<right>").settle().sees("● now");
    desk.press("<enter><enter><enter><enter>").settle().press("pro<enter>").settle().after_ms(6_000);
    assert!(
        desk.changes_asked().iter().any(|asked| asked.starts_with("DELETE /v1/subscriptions/sub_")),
        "{:?}",
        desk.changes_asked()
    );
    desk.sees("status: active → canceled").press("<esc>").sees("ended 23 Nov").sees("Pro was cancelled");
}

#[test]
fn cancel_on_a_date_ends_it_that_day_and_is_known_again_by_reading() {
    let text = "version = 1\n[subscriptions]\ncancel = [\"date\"]\n";
    let policy = Policy::parse(text, "policy.toml").unwrap();
    let mut desk = Desk::open(Options { policy, ..Options::default() });
    desk.press("grace@").settle().press("<enter>").settle().press("3x").settle();
    desk.press("o<tab>2027-01-31").settle().sees("until 31 Jan 2027");
    // The answer is lost on its way: what became of it is read.
    desk.faults("reset-after@POST /v1/subscriptions/*#1");
    desk.press("<enter><enter>Pro<enter>").settle().after_ms(6_000);
    let asked: Vec<_> = desk.changes_asked();
    assert!(asked.iter().all(|asked| asked.starts_with("POST /v1/subscriptions/sub_")), "{asked:?}");
    desk.sees("ends 31 Jan 2027");
    assert_eq!(trail(&mut desk).last().map(String::as_str), Some("settled"));
}

#[test]
fn why_was_i_charged_49_yesterday() {
    let mut desk = desk();
    desk.press("alan@").settle().press("<enter>").settle().press("<enter>").settle();
    insta::assert_snapshot!("detail_140x42", desk.screen());
    desk.press("J").settle().sees("\"amount\"");
    insta::assert_snapshot!("detail_json_140x42", desk.screen());
}

#[test]
fn escape_leads_home_from_everywhere() {
    for keys in ["r", "3x", "?", "a", ",", "T", "f", "<enter>", "J", "<enter><enter>", "z", "q"] {
        let mut desk = opened("ada@");
        desk.press(keys).settle();
        if desk.left {
            continue;
        }
        for _ in 0..6 {
            desk.press("<esc>").settle();
        }
        assert!(desk.state.modals.is_empty(), "after {keys}");
        assert!(!desk.left && desk.changes_asked().is_empty(), "after {keys}");
    }
}

#[test]
fn read_only_shows_no_changing_key_and_does_nothing() {
    let mut desk = Desk::open(Options { read_only: Some("read-only by flag".into()), ..Options::default() });
    desk.press("ada@").settle().press("<enter>").settle().sees("READ-ONLY").sees_not("refund  ");
    desk.press("r").settle();
    assert!(desk.state.modals.is_empty());
}

#[test]
fn refunds_that_a_charge_does_not_carry_itself_are_read_behind_it() {
    let mut desk = desk();
    desk.press("ada@example.com<enter>").settle();
    let ada = desk.state.open.clone().unwrap();
    let charges = desk.state.data.folders[&ada].charges.value.as_ref().unwrap();
    let whole = charges.rows.iter().find(|charge| charge.amount == 4_900 && charge.amount_refunded == 0);
    let charge = whole.unwrap().id.to_string();
    for _ in 0..12 {
        desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount=100"));
    }
    desk.press("<c-r>").settle();
    let refunds: Vec<_> = desk.state.data.folders.values().flat_map(|folder| &folder.refunds).collect();
    assert_eq!(refunds.len(), 1, "only of the one that was full");
    assert_eq!((refunds[0].0.as_str(), refunds[0].1.value.as_ref().unwrap().rows.len()), (&*charge, 12));
}

#[test]
fn after_a_long_rest_connections_are_opened_while_the_agent_types() {
    let mut desk = desk();
    // A moment later it is asked who else has the address: that is the last call.
    desk.press("ada@example.com<enter>").settle().after_ms(3_000);
    desk.press("/<c-u>g").settle();
    assert_eq!(desk.requests("HEAD /"), 0, "the last call was only just");
    desk.after_ms(31_000);
    desk.press("r");
    // One to see that it is HTTP/1.1, six for what opening a customer asks at once.
    desk.until(|desk| desk.requests("HEAD /") == 7);
    desk.press("ace").settle();
    assert_eq!(desk.requests("HEAD /"), 7);
}

/// Requests that opening a customer needs before all their panes are there, from the `from`th that the sandbox saw on.
fn opening(desk: &Desk, from: usize) -> Vec<paydesk::sandbox::Seen> {
    let needed = |path: &str| {
        let of_a_customer = path.strip_prefix("/v1/customers").is_some_and(|rest| rest != "/search");
        of_a_customer || ["/v1/charges", "/v1/subscriptions", "/v1/invoices"].contains(&path)
    };
    desk.sandbox.requests().into_iter().skip(from).filter(|seen| needed(&seen.path)).collect()
}

/// How often one request waited for another's answer, and one more: the longest chain.
fn rounds(seen: &[paydesk::sandbox::Seen]) -> usize {
    let mut seen: Vec<_> = seen.iter().collect();
    seen.sort_by_key(|seen| seen.arrived);
    let mut depths: Vec<usize> = Vec::new();
    for later in &seen {
        let before = seen.iter().zip(&depths).filter(|(earlier, _)| earlier.answered < later.arrived);
        depths.push(before.map(|(_, depth)| depth + 1).max().unwrap_or(1));
    }
    depths.into_iter().max().unwrap_or(0)
}

#[test]
fn a_customer_opens_in_two_rounds_from_the_address() {
    let mut desk = desk();
    desk.faults("slow=1500");
    let from = desk.sandbox.requests().len();
    desk.send(paydesk::desk::Message::Paste("ada@example.com".into()));
    desk.press("<enter>").settle().sees("Ada Lovelace").sees("$99.00");
    let opening = opening(&desk, from);
    let asked: Vec<_> = opening.iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect();
    assert_eq!((opening.len(), rounds(&opening)), (6, 2), "{asked:?}");
}

#[test]
fn a_customer_opens_in_one_round_from_the_list() {
    let mut desk = desk();
    desk.faults("slow=1500");
    let from = desk.sandbox.requests().len();
    // Nobody rested on the row.
    desk.press("<down><enter>").settle();
    let opening = opening(&desk, from);
    let asked: Vec<_> = opening.iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect();
    assert_eq!((opening.len(), rounds(&opening)), (5, 1), "{asked:?}");
}

#[test]
fn a_hold_goes_on_while_another_customer_is_open_and_is_sent_once() {
    let mut desk = held();
    desk.press("/grace@").settle().press("<enter>").settle();
    desk.sees("Grace Hopper").sees("refunding $99.00 to Ada").sees_not("ada@example.com · customer since");
    assert_eq!(refunds(&desk), 0);
    desk.after_ms(5_000).sees("refunded $99.00").after_ms(30_000);
    assert_eq!(refunds(&desk), 1);
    assert_eq!(trail(&mut desk), ["intended", "settled"]);
    desk.press("/ada@").settle().press("<enter>").settle().sees("↩ refunded").after_ms(30_000);
    assert_eq!(refunds(&desk), 1);
}

#[test]
fn a_pasted_payment_leads_to_its_charge_and_an_invoice_number_to_the_invoice() {
    let desk = opened("ada@");
    let ada = desk.state.open.clone().unwrap();
    let folder = &desk.state.data.folders[&ada];
    let mut charges = folder.charges.value.as_ref().unwrap().rows.iter().skip(2);
    let charge = charges.find(|charge| charge.payment_intent_id().is_some()).unwrap().clone();
    let invoice = folder.invoices.value.as_ref().unwrap().rows[1].clone();
    let intent = charge.payment_intent_id().unwrap().to_string();
    let selected = |desk: &Desk| {
        let pane = desk.state.focus.pane();
        let at = paydesk::desk::panes::selected(&desk.state, pane.id).unwrap();
        (pane.name, (pane.target)(&desk.state, at).unwrap().id)
    };
    let paste = |text: &str| {
        let mut desk = crate::harness::desk::desk();
        desk.send(paydesk::desk::Message::Paste(text.to_owned()));
        desk.press("<enter>").settle();
        desk
    };
    let link = format!("https://dashboard.stripe.com/test/payments/{intent}");
    assert_eq!(selected(&paste(&link)), ("Charges", charge.id.to_string()));
    assert_eq!(selected(&paste(invoice.title())), ("Invoices", invoice.id.to_string()));
    assert_eq!(selected(&paste(invoice.id.as_str())), ("Invoices", invoice.id.to_string()));
}
