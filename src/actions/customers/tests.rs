//! Tests of a customer's details and balance.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{super::fixture, *};
use crate::{model::Record, time::Unix};

fn build(more: &str, args: &[(&str, &str)]) -> Result<Proposal, String> {
    let args = args
        .iter()
        .fold(Args::default().with("customer", "cus_1"), |all, (name, value)| all.with(name, *value));
    let json = format!(r#"{{"id":"cus_1"{more}}}"#);
    let customer = Subject::of(&Record::<Customer>::parse(json).unwrap());
    let moment = Moment { now: Unix(0), zone: TimeZone::UTC };
    adjust(&args, &customer, &moment).map_err(|error| error.to_string())
}

#[test]
fn credit_is_negative_on_the_wire_and_positive_to_people() {
    let proposal = build(r#","currency":"eur""#, &[("amount", "10"), ("description", "sorry")]).unwrap();
    assert_eq!(proposal.request.form(), "amount=-1000&currency=eur&description=sorry");
    assert_eq!(proposal.amount.unwrap().to_string(), "€10.00");
    assert_eq!(proposal.sentence, "give €10.00 of credit towards the next invoice");
}

#[test]
fn no_more_credit_is_taken_back_than_there_is() {
    let held = r#","currency":"usd","balance":-500"#;
    let back = |amount: &str| build(held, &[("amount", amount), ("direction", "debit")]);
    assert_eq!(back("5").unwrap().request.form(), "amount=500&currency=usd");
    assert!(back("5.01").unwrap_err().contains("more than the credit"));
}

#[test]
fn the_currency_is_the_customers_or_has_to_be_said() {
    assert!(build("", &[("amount", "10")]).unwrap_err().contains("say in which currency"));
    assert!(
        build("", &[("amount", "10"), ("currency", "jpy")]).unwrap().request.form().contains("currency=jpy")
    );
    let other = build(r#","currency":"usd""#, &[("amount", "10"), ("currency", "jpy")]).unwrap_err();
    assert!(other.contains("billed in"), "{other}");
    assert!(build(r#","deleted":true"#, &[("amount", "1")]).unwrap_err().contains("deleted"));
}

#[test]
fn each_reading_is_its_own_call() {
    let id = ("customer", "cus_1");
    for (name, given, call) in [
        ("get_customer", &[id][..], "GET /v1/customers/cus_1"),
        ("search_customers", &[("query", "email~'ada'")], "GET /v1/customers/search?query=email~%27ada%27"),
        (
            "get_customer_balance",
            &[id],
            "GET /v1/customers/cus_1?expand[]=invoice_credit_balance&expand[]=cash_balance",
        ),
        (
            "list_customer_balance_transactions",
            &[id, ("invoice", "in_1")],
            "GET /v1/customers/cus_1/balance_transactions?invoice=in_1",
        ),
        ("list_customer_tax_ids", &[id], "GET /v1/customers/cus_1/tax_ids"),
        (
            "list_events",
            &[("types", "charge.refunded, charge.dispute.created"), ("delivery_success", "no")],
            "GET /v1/events?types[]=charge.refunded&types[]=charge.dispute.created&delivery_success=false",
        ),
        ("list_events", &[("type", "charge.*"), ("types", "a")], "types: give type or types, not both"),
        ("list_events", &[("types", &["a"; 21].join(","))], "types: 21 kinds are too many: Stripe takes 20"),
        ("get_customer", &[], "customer: it is required: give customer=cus_Pgc…"),
    ] {
        assert_eq!(fixture::reading(name, given), call);
    }
}

fn ada() -> Value {
    json!({"id": "cus_1", "email": "ada@example.com",
        "address": {"line1": "1 Way", "line2": null, "city": "London", "state": "", "country": "GB"}})
}

fn changed(given: &[(&str, &str)]) -> String {
    let given: Vec<_> = [("customer", "cus_1")].iter().chain(given).copied().collect();
    fixture::wire("update_customer", &ada(), &given)
}

#[test]
fn only_what_is_given_is_changed_and_an_address_goes_whole() {
    for (given, form) in [
        (&[("email", "a@b.example")][..], "email=a%40b.example"),
        (&[("address_city", "Leeds")], "address[city]=Leeds&address[line1]=1%20Way&address[country]=GB"),
        (
            &[("shipping_name", "Ada"), ("shipping_address_line1", "2 Way")],
            "shipping[name]=Ada&shipping[address][line1]=2%20Way",
        ),
        (
            &[("preferred_locales", "fr, en-GB"), ("tax_exempt", "reverse")],
            "preferred_locales[]=fr&preferred_locales[]=en-GB&tax_exempt=reverse",
        ),
        (
            &[("tax_validate_location", "immediately"), ("invoice_footer", "Hi")],
            "tax[validate_location]=immediately&invoice_settings[footer]=Hi",
        ),
        (
            &[("invoice_custom_fields", "PO=17, Cost=b")],
            "invoice_settings[custom_fields][0][name]=PO&invoice_settings[custom_fields][0][value]=17\
             &invoice_settings[custom_fields][1][name]=Cost&invoice_settings[custom_fields][1][value]=b",
        ),
        (&[("clear", "phone, invoice_footer")], "phone=&invoice_settings[footer]="),
        (&[("metadata", "plan=")], "metadata[plan]="),
    ] {
        assert_eq!(changed(given), format!("POST /v1/customers/cus_1\n{form}"));
    }
}

#[test]
fn wrong_details_are_named() {
    let long = "x".repeat(21);
    for (given, message) in [
        (&[][..], "give at least one of email, name, business_name"),
        (&[("note", "why")], "nothing is given to change"),
        (&[("email", "ada example.com")], "no e-mail address"),
        (&[("phone", &long)], "phone: 21 characters are too many: Stripe takes 20"),
        (&[("tax_exempt", "yes")], "not one of taxed as usual (none); exempt;"),
        (&[("clear", "balance")], "`balance` is not one of email, name"),
        (&[("clear", "phone"), ("phone", "1")], "clear: phone is given and cleared"),
        (&[("clear", "address"), ("address_city", "x")], "clear: address is given and cleared"),
        (&[("invoice_custom_fields", "a=1,b=2,c=3,d=4,e=5")], "5 are too many: Stripe takes 4"),
        (&[("invoice_custom_fields", "a=")], "a value has 1 to 140 characters, not 0"),
        (&[("shipping_phone", "1")], "shipping_name: nothing can be shipped"),
        (&[("metadata", "paydesk_intent=x")], "kept for the audit trail"),
    ] {
        let said = changed(given);
        assert!(said.contains(message), "{given:?}: {said}");
    }
    let deleted = json!({"id": "cus_1", "deleted": true});
    let given = [("customer", "cus_1"), ("name", "Ada")];
    fixture::refused("update_customer", &deleted, &[(&given, "the customer is deleted")]);
}

#[test]
fn a_new_address_for_receipts_is_said_and_never_shown() {
    let given = [("customer", "cus_1"), ("email", "new@example.com"), ("phone", "1")];
    let proposal = fixture::propose("update_customer", &ada(), &given).unwrap();
    assert_eq!(
        proposal.sentence,
        "change email and phone of cus_1; receipts and invoices go to the new address"
    );
}
