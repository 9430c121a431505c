//! Tests of charges and refunds.

use jiff::tz::TimeZone;
use serde_json::json;

use super::{
    super::{Done, fixture},
    *,
};
use crate::{model::Record, time::Unix};

fn charge(json: &str) -> Subject {
    let base = r#"{"id":"ch_1","amount":9900,"amount_captured":9900,"amount_refunded":2000,"currency":"usd",
        "status":"succeeded","captured":true,"customer":"cus_1""#;
    // A field named twice: the later one counts.
    let json: serde_json::Value = serde_json::from_str(&format!("{base}{json}}}")).unwrap();
    Subject::of(&Record::<Charge>::parse(json.to_string()).unwrap())
}

fn build(args: &[(&str, &str)]) -> Result<Proposal, String> {
    let args =
        args.iter().fold(Args::default().with("charge", "ch_1"), |all, (name, value)| all.with(name, *value));
    let moment = Moment { now: Unix(0), zone: TimeZone::UTC };
    refund(&args, &charge(""), &moment).map_err(|error| error.to_string())
}

#[test]
fn no_amount_means_all_that_is_left_and_is_still_sent() {
    let proposal = build(&[("reason", "duplicate")]).unwrap();
    assert_eq!(proposal.request.form(), "charge=ch_1&amount=7900&reason=duplicate");
    assert_eq!(proposal.terms.partial, Some(false));
    assert_eq!(proposal.sentence, "refund $79.00 of ch_1");
}

#[test]
fn a_part_is_a_part() {
    let proposal = build(&[("amount", "20")]).unwrap();
    assert_eq!(proposal.amount.unwrap().minor(), 2000);
    assert_eq!(proposal.terms.partial, Some(true));
}

#[test]
fn wrong_arguments_are_named() {
    assert!(build(&[("amount", "79.01")]).unwrap_err().contains("more than is left to refund ($79.00)"));
    assert!(
        build(&[("reason", "because")])
            .unwrap_err()
            .contains("not one of duplicate; requested by customer (requested_by_customer)")
    );
    assert!(build(&[("charge", "ch_2")]).unwrap_err().contains("not the charge that was read"));
    assert!(build(&[("note", &"x".repeat(401))]).unwrap_err().contains("too many"));
}

#[test]
fn the_state_of_the_charge_decides() {
    let why = |json: &str| refundable(&charge(json)).unwrap_err();
    assert!(why(r#","status":"failed""#).contains("nothing was taken"));
    assert!(why(r#","captured":false"#).contains("only held"));
    assert!(why(r#","refunded":true"#).contains("already refunded"));
}

#[test]
fn each_reading_is_its_own_call() {
    for (name, given, call) in [
        ("get_charge", &[("charge", "ch_1")][..], "GET /v1/charges/ch_1"),
        ("search_charges", &[("query", "amount>100")], "GET /v1/charges/search?query=amount%3E100"),
        ("get_refund", &[("refund", "re_1")], "GET /v1/refunds/re_1"),
        (
            "list_refunds",
            &[("charge", "ch_1"), ("since", "2026-11-01")],
            "GET /v1/refunds?charge=ch_1&created[gte]=1793491200",
        ),
        (
            "get_balance_transaction",
            &[("balance_transaction", "txn_1")],
            "GET /v1/balance_transactions/txn_1",
        ),
        ("search_charges", &[], "query: it is required: give query=payment_method_details.card.last4:4242"),
        (
            "get_refund",
            &[("refund", "ch_1")],
            "refund: `ch_1` is a charge, but a refund is needed here (like re_…)",
        ),
    ] {
        assert_eq!(fixture::reading(name, given), call);
    }
}

#[test]
fn only_what_is_given_is_changed_and_shipping_goes_whole() {
    let shipped = json!({"id": "ch_1", "shipping": {"name": "Ada", "phone": null, "carrier": "DHL",
        "address": {"line1": "1 Way", "city": "London", "country": "GB"}}});
    let wire = |given: &[(&str, &str)]| {
        let given: Vec<_> = [("charge", "ch_1")].iter().chain(given).copied().collect();
        fixture::wire("update_charge", &shipped, &given)
    };
    assert_eq!(
        wire(&[("user_report", "fraudulent"), ("metadata", "order=17")]),
        "POST /v1/charges/ch_1\nfraud_details[user_report]=fraudulent&metadata[order]=17"
    );
    assert_eq!(
        wire(&[("shipping_tracking_number", "JD1"), ("shipping_address_city", "Leeds")]),
        "POST /v1/charges/ch_1\nshipping[tracking_number]=JD1&shipping[address][city]=Leeds&shipping[name]=Ada\
         &shipping[carrier]=DHL&shipping[address][line1]=1%20Way&shipping[address][country]=GB"
    );
    assert!(wire(&[]).contains("give at least one of description, receipt_email"));
    assert!(wire(&[("note", "x")]).contains("nothing is given"));
    assert!(wire(&[("receipt_email", "ada")]).contains("`ada` is no e-mail address"));
    let bare = json!({"id": "ch_1"});
    let bare = |given: &[(&str, &str)]| fixture::wire("update_charge", &bare, given);
    assert!(bare(&[("charge", "ch_1"), ("shipping_carrier", "DHL")]).starts_with("shipping_name: "));
    assert!(bare(&[("charge", "ch_1"), ("shipping_name", "Ada")]).starts_with("shipping_address_line1: "));
}

#[test]
fn a_receipt_that_is_mailed_is_said_before() {
    let given = [("charge", "ch_1"), ("receipt_email", "ada@example.com"), ("description", "x")];
    let proposal = fixture::propose("update_charge", &json!({"id": "ch_1"}), &given).unwrap();
    assert_eq!(
        proposal.sentence,
        "change description and receipt email of ch_1; Stripe mails a receipt to the address at once"
    );
    assert!(!format!("{proposal:?}").contains("ada@"));
}

#[test]
fn a_refund_is_called_back_only_while_it_waits_and_counts_against_no_cap() {
    let refund = json!({"id": "re_1", "status": "requires_action", "amount": 4_900, "currency": "usd",
        "charge": "ch_1"});
    let given = [("refund", "re_1"), ("note", "wrong customer")];
    let proposal = fixture::propose("cancel_refund", &refund, &given).unwrap();
    assert_eq!(proposal.request.canonical(), "POST /v1/refunds/re_1/cancel\n");
    assert_eq!(proposal.sentence, "call back the refund re_1: the customer does not get $49.00");
    assert_eq!((proposal.amount, proposal.is_refund()), (None, false));
    for (status, why) in [
        ("succeeded", "money that was sent cannot be called back"),
        ("pending", "on its way to the bank"),
        ("failed", "the money is back"),
        ("canceled", "already cancelled"),
    ] {
        let refund = fixture::with(&refund, json!({"status": status}));
        fixture::refused("cancel_refund", &refund, &[(&given, why)]);
    }
    let canceled = fixture::with(&refund, json!({"status": "canceled"}));
    assert!(matches!(fixture::done(&proposal, &canceled), Done::Yes(Some(_))));
    assert_eq!(fixture::done(&proposal, &refund), Done::No("re_1 is requires action".into()));
}

#[test]
fn what_goes_along_with_a_refund() {
    let proposal =
        build(&[("amount", "1"), ("instructions_email", "a@b.example"), ("metadata", "case=9")]).unwrap();
    assert_eq!(
        proposal.request.form(),
        "charge=ch_1&amount=100&instructions_email=a%40b.example&metadata[case]=9"
    );
}
