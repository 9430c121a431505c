//! Tests of ways to pay, discounts and portal links.

use serde_json::json;

use super::{
    super::fixture::{done, propose, propose_on, reading, refused, subject, wire, with},
    *,
};

fn customer() -> Value {
    json!({"id": "cus_1", "invoice_settings": {"default_payment_method": "pm_1"}, "discount": {"id": "di_1"},
        "subscriptions": {"data": [
            {"id": "sub_1", "default_payment_method": null}, {"id": "sub_2", "default_payment_method": "pm_9"}]}})
}

fn card(id: &str, customer: &Value) -> Value {
    json!({"id": id, "type": "card", "card": {"brand": "visa", "last4": "4242"}, "customer": customer})
}

#[test]
fn payment_methods_are_listed_by_kind() {
    let call = reading("list_payment_methods", &[("customer", "cus_1"), ("type", "sepa_debit")]);
    assert_eq!(call, "GET /v1/customers/cus_1/payment_methods?type=sepa_debit");
    let wrong = reading("list_payment_methods", &[("customer", "cus_1"), ("type", "gold")]);
    assert!(wrong.contains("`gold` is not one of card; your own kind (custom)"), "{wrong}");
}

#[test]
fn only_ones_own_way_to_pay_becomes_the_default() {
    let given = [("customer", "cus_1"), ("payment_method", "pm_2")];
    let of = |owner: Value| {
        let subject = subject(&customer()).with("payment_method", subject(&card("pm_2", &owner)));
        propose_on("set_default_payment_method", &subject, &given)
    };
    let proposal = of(json!("cus_1")).unwrap();
    assert_eq!(
        proposal.request.canonical(),
        "POST /v1/customers/cus_1\ninvoice_settings[default_payment_method]=pm_2"
    );
    assert_eq!(
        proposal.sentence,
        "pay the invoices of cus_1 with visa ··4242; except sub_2, with a way to pay of their own"
    );
    assert!(of(json!("cus_2")).unwrap_err().contains("pm_2 belongs to another customer"));
    assert!(of(Value::Null).unwrap_err().contains("it belongs to nobody any more"));
    let same = [("customer", "cus_1"), ("payment_method", "pm_1")];
    refused(
        "set_default_payment_method",
        &customer(),
        &[(&same, "pm_1 is already what the customer pays with")],
    );
}

#[test]
fn removing_what_pays_something_is_said_and_its_digits_are_typed() {
    let given = [("payment_method", "pm_9")];
    let used = propose("detach_payment_method", &card("pm_9", &customer()), &given).unwrap();
    assert_eq!(used.request.canonical(), "POST /v1/payment_methods/pm_9/detach\n");
    assert_eq!(
        used.sentence,
        "remove visa ··4242 (pm_9) from its customer for good; it is the default and pays sub_2: the next invoices will fail"
    );
    assert_eq!(used.terms.confirm_word.as_deref(), Some("4242"));
    let main =
        propose("detach_payment_method", &card("pm_1", &customer()), &[("payment_method", "pm_1")]).unwrap();
    assert!(main.sentence.contains("pays everything that has no way to pay of its own"), "{}", main.sentence);
    let spare =
        propose("detach_payment_method", &card("pm_5", &customer()), &[("payment_method", "pm_5")]).unwrap();
    assert_eq!(spare.sentence, "remove visa ··4242 (pm_5) from its customer for good");
    refused(
        "detach_payment_method",
        &card("pm_9", &Value::Null),
        &[(&given, "it belongs to nobody any more")],
    );
    assert!(matches!(done(&used, &card("pm_9", &Value::Null)), Done::Yes(Some(_))));
    assert!(matches!(done(&used, &card("pm_9", &json!("cus_1"))), Done::No(_)));
}

#[test]
fn a_discount_that_is_there_is_taken_away() {
    let given = [("customer", "cus_1")];
    let proposal = propose("remove_customer_discount", &customer(), &given).unwrap();
    assert_eq!(proposal.request.canonical(), "DELETE /v1/customers/cus_1/discount\n");
    assert!(proposal.sentence.contains("the customer pays the full price"), "{}", proposal.sentence);
    let without = with(&customer(), json!({"discount": null}));
    refused("remove_customer_discount", &without, &[(&given, "there is no discount on the customer")]);
    assert!(matches!(done(&proposal, &without), Done::Yes(Some(_))));
    // It may have been taken away, and another given since.
    assert!(matches!(done(&proposal, &customer()), Done::Unseen(_)));
}

#[test]
fn a_link_leads_where_it_says() {
    let id = ("customer", "cus_1");
    assert_eq!(
        wire("create_portal_session", &customer(), &[id]),
        "POST /v1/billing_portal/sessions\ncustomer=cus_1"
    );
    let cancel = [id, ("flow", "subscription_cancel"), ("subscription", "sub_1"), ("locale", "fr")];
    assert_eq!(
        wire("create_portal_session", &customer(), &cancel),
        "POST /v1/billing_portal/sessions\ncustomer=cus_1&flow_data[type]=subscription_cancel\
         &flow_data[subscription_cancel][subscription]=sub_1&locale=fr"
    );
    for (flow, also) in [
        ("subscription_cancel", vec![Gate::Cancel]),
        ("subscription_pause", vec![Gate::Pause]),
        ("subscription_update", vec![Gate::ChangePlan]),
    ] {
        let given = [id, ("flow", flow), ("subscription", "sub_1")];
        assert_eq!(propose("create_portal_session", &customer(), &given).unwrap().also, also);
    }
    let details = propose("create_portal_session", &customer(), &[id, ("flow", "customer_update")]).unwrap();
    assert_eq!(details.also, [Gate::CustomerDetails]);
    let whole = propose("create_portal_session", &customer(), &[id]).unwrap();
    assert_eq!(whole.also, PORTAL.also, "the whole portal lets a customer do all of it");
    assert!(details.sentence.contains("\"their details\" for cus_1: whoever has it acts as the customer"));
}

#[test]
fn a_link_to_a_subscription_needs_one_of_the_customers_own() {
    let id = ("customer", "cus_1");
    refused(
        "create_portal_session",
        &customer(),
        &[
            (&[id, ("flow", "subscription_cancel")], "give the subscription that the link leads to"),
            (&[id, ("subscription", "sub_1")], "the link does not lead to a subscription"),
            (&[id, ("return_url", "example.com")], "give a whole web address"),
            (&[id, ("locale", "xx")], "not one of as the customer prefers (auto); Bulgarian (bg)"),
        ],
    );
    let given = [id, ("flow", "subscription_pause"), ("subscription", "sub_1")];
    let on = |one: Value| {
        propose_on("create_portal_session", &subject(&customer()).with("subscription", subject(&one)), &given)
    };
    assert!(on(json!({"id": "sub_1", "status": "active", "customer": "cus_1"})).is_ok());
    let others = on(json!({"id": "sub_1", "status": "active", "customer": "cus_2"}));
    assert!(others.unwrap_err().contains("it is another customer's"));
    let over = on(json!({"id": "sub_1", "status": "canceled", "customer": "cus_1"}));
    assert!(over.unwrap_err().contains("it is cancelled"));
}
