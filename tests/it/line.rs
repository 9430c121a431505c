//! Everything that happened to a customer, and where a refund is: in the desk at three sizes, and on the command line.

use crate::harness::{
    command::Case,
    desk::{Desk, Options, desk},
};

fn open(options: Options, keys: &str) -> Desk {
    let mut desk = Desk::open(options);
    desk.press("ada@example.com").settle().press("<enter>").settle();
    for key in paydesk::desk::key::parse_keys(keys).unwrap() {
        desk.send(paydesk::desk::Message::Key(key)).settle();
    }
    desk
}

#[test]
fn where_is_my_refund_takes_four_keys() {
    for (width, height) in [(140, 42), (80, 24), (60, 16)] {
        let desk = open(Options { size: (width, height), ..Options::default() }, "twy");
        let [reply] = &desk.copied[..] else { panic!("{:?}", desk.copied) };
        assert!(reply.starts_with("We gave back $") && reply.contains("reference ARN 7492"), "{reply}");
        insta::assert_snapshot!(format!("timeline_{width}x{height}"), desk.screen());
    }
}

#[test]
fn kinds_are_gone_through_and_records_followed() {
    let mut desk = open(Options::default(), "t");
    desk.sees("▤ invoice").sees("Stripe keeps what tells of them for 30 days");
    desk.press("f").settle().sees("only payments").sees_not("▤ invoice");
    desk.press("<enter>").settle().sees("─ charge ·").press("<esc>").settle().sees("only payments");
    desk.press("<esc>")
        .settle()
        .sees("▤ invoice")
        .press("G")
        .settle()
        .sees("became a customer")
        .press("<esc>")
        .settle()
        .sees_not("Timeline");
}

#[test]
fn on_a_subscription_t_is_its_own_and_the_other_key_opens_the_line() {
    let mut desk = open(Options::default(), "3t");
    desk.sees_not("Timeline").press("<esc>").settle().press("W").settle().sees("Timeline ── Ada Lovelace");
}

#[test]
fn what_this_desk_did_stands_on_the_line() {
    let mut desk = open(Options::default(), "Dr<enter>");
    desk.press("99.00<enter>").settle().after_ms(6_000).settle().press("<esc>t").settle();
    desk.sees("refund charge (duplicate) by maya: settled").sees("refunded by maya (duplicate)");
}

#[test]
fn events_that_may_not_be_read_are_a_gap() {
    let mut desk = open(Options { restrict: Some("*:write,event:none"), ..Options::default() }, "t");
    desk.sees("the events could not be read").sees("rak_event_read");
    insta::assert_snapshot!("timeline_restricted_140x42", desk.screen());
}

#[test]
fn nobody_open_is_told_what_to_do() {
    desk().press("<esc>t").settle().sees("open a customer first");
}

#[test]
fn the_command_line_has_the_trail_and_where_each_refund_is() {
    let case = Case::new();
    let charge = case.charge(2_000);
    let (code, done) =
        case.json(&format!("run refund_charge charge={charge} amount=1.00 reason=duplicate --yes"));
    assert_eq!(code, 0, "{done}");
    let (_, read) = case.json(&format!("run get_charge charge={charge}"));
    let customer = read["result"]["customer"].as_str().unwrap();
    let (code, line) = case.json(&format!("timeline {customer} --kind refunds,audit"));
    assert_eq!(code, 0, "{line}");
    let entries = line["result"]["entries"].as_array().unwrap();
    let audit = entries.iter().find(|entry| entry["kind"] == "audit").unwrap();
    assert!(audit["says"].as_str().unwrap().contains("refund charge (duplicate)"), "{line}");
    let refund = &entries.iter().find(|entry| entry["kind"] == "refund").unwrap()["refund"];
    assert!(refund["reply"].as_str().unwrap().starts_with("We gave back $1.00 on "), "{line}");
    assert!(refund["rows"].as_array().unwrap().iter().any(|row| row["what"] == "Reference"), "{line}");
    let (_, dry) =
        case.json(&format!("run refund_charge charge={charge} amount=1.00 reason=duplicate --dry-run"));
    let before = dry["result"]["before"].to_string();
    assert!(before.contains("is left to refund after it") && before.contains("Stripe's fee"), "{before}");
}

#[test]
fn a_payment_stands_for_its_charge() {
    let case = Case::new();
    let charge = case.charge(2_000);
    let (_, read) = case.json(&format!("run get_charge charge={charge}"));
    let payment = read["result"]["payment_intent"].as_str().unwrap();
    for given in [payment.to_owned(), format!("https://dashboard.stripe.com/test/payments/{payment}")] {
        let (code, found) = case.json(&format!("run get_charge charge={given}"));
        assert_eq!((code, found["result"]["id"].as_str()), (0, Some(charge.as_str())), "{found}");
    }
    let (code, dry) =
        case.json(&format!("run refund_charge charge={payment} amount=1.00 reason=duplicate --dry-run"));
    assert!(code == 0 && dry["result"]["request"].to_string().contains(&charge), "{dry}");
    let (code, _, err) = case.run("run get_charge charge=pi_doesnotexist");
    assert!(code == 2 && err.contains("charge: payment intent pi_doesnotexist: there is none"), "{err}");
}

#[test]
fn a_customer_who_was_deleted_is_said_to_be() {
    let case = Case::with(paydesk::sandbox::Options { customers: 45, ..Default::default() });
    let customer = case.deleted();
    let (code, told) = case.json(&format!("timeline {customer}"));
    assert_eq!(code, 0, "{told}");
    assert!(
        told["result"]["not_known"].to_string().contains("was deleted: only what Stripe still lists"),
        "{told}"
    );
    let (_, told) = case.json(&format!("duplicates {customer}"));
    assert!(told["result"]["not_known"].to_string().contains("was deleted"), "{told}");
    let (code, text, _) = case.run(&format!("customer {customer}"));
    assert!(
        code == 0 && text.contains("deleted: only what Stripe still lists") && !text.contains("1970"),
        "{text}"
    );
}

#[test]
fn declines_are_in_words_on_the_command_line() {
    let case = Case::new();
    let (code, line) = case.json("timeline alan@example.com --kind failures,changes,payments");
    assert_eq!(code, 0, "{line}");
    let entries = line["result"]["entries"].as_array().unwrap();
    let kinds = ["failure", "change", "payment"];
    assert!(entries.iter().all(|entry| kinds.contains(&entry["kind"].as_str().unwrap())), "{line}");
}
