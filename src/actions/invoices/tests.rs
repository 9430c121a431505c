//! Tests of invoices: finalising, collecting, mailing, giving up.

use jiff::tz::TimeZone;
use serde_json::json;

use super::{
    super::{
        Args, Done, Moment, Proposal, Sent, Subject,
        fixture::{NOW, done as shows, propose, reading, with},
    },
    *,
};
use crate::{model::Record, time::Unix};

fn invoice(more: &str) -> Subject {
    let base = r#"{"id":"in_1","number":"A-7","status":"open","currency":"usd","total":9900,"amount_remaining":4900,
        "customer":"cus_1""#;
    // A field named twice: the later one counts.
    let json: serde_json::Value = serde_json::from_str(&format!("{base}{more}}}")).unwrap();
    Subject::of(&Record::<Invoice>::parse(json.to_string()).unwrap())
}

fn build(action: &str, more: &str, args: &[(&str, &str)]) -> Result<Proposal, String> {
    let args = args
        .iter()
        .fold(Args::default().with("invoice", "in_1"), |all, (name, value)| all.with(name, *value));
    let moment = Moment { now: Unix(0), zone: TimeZone::UTC };
    let action = super::super::find(action).unwrap();
    action.propose(&args, &invoice(more), &moment).map_err(|error| error.to_string())
}

#[test]
fn each_way_to_pay_is_its_own_request() {
    let card = build("pay_invoice", "", &[]).unwrap();
    assert_eq!(card.request.canonical(), "POST /v1/invoices/in_1/pay\noff_session=true");
    assert_eq!(card.sentence, "charge $49.00 for invoice A-7 now");
    assert_eq!(card.terms.write_off, None);
    let cash = build("pay_invoice", "", &[("paid_out_of_band", "true")]).unwrap();
    assert_eq!(cash.request.form(), "paid_out_of_band=true");
    assert_eq!(cash.terms.write_off, cash.amount, "what nobody was charged for is given up");
    let there = build("pay_invoice", "", &[("off_session", "false")]).unwrap();
    assert_eq!(there.request.form(), "off_session=false");
    assert!(
        there.sentence.ends_with("the customer is there, to confirm it at their bank"),
        "{}",
        there.sentence
    );
    let both =
        build("pay_invoice", "", &[("paid_out_of_band", "true"), ("off_session", "true")]).unwrap_err();
    assert!(both.contains("nothing is charged"), "{both}");
}

#[test]
fn voiding_gives_up_what_was_still_to_pay() {
    let proposal = build("void_invoice", "", &[("note", "billed twice")]).unwrap();
    assert_eq!(proposal.request.canonical(), "POST /v1/invoices/in_1/void\n");
    assert_eq!(proposal.sentence, "void invoice A-7 ($49.00): the customer does not owe it");
    assert_eq!(proposal.terms.write_off.unwrap().minor(), 4_900);
    assert_eq!(proposal.terms.note.as_deref(), Some("billed twice"));
}

#[test]
fn the_state_of_the_invoice_decides() {
    for (status, why) in
        [("paid", "already paid"), ("void", "nothing is owed"), ("draft", "finalise it first")]
    {
        let said = payable(&invoice(&format!(r#","status":"{status}""#))).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    assert!(payable(&invoice(r#","status":"uncollectible""#)).is_ok());
    assert!(
        build("void_invoice", "", &[("invoice", "in_2")])
            .unwrap_err()
            .contains("not the invoice that was read")
    );
}

#[test]
fn what_was_done_is_told_by_the_state_and_its_time() {
    let asked = |action: &str, args: &[_], done: fn(&Sent<'_>, &Subject) -> Done, more: &str| {
        let proposal = build(action, "", args).unwrap();
        let request = &proposal.request;
        let sent = Sent { intent: "int_1", proposal: &proposal, request, since: Unix(100) };
        done(&sent, &invoice(more))
    };
    let told =
        |action: &str, done: fn(&Sent<'_>, &Subject) -> Done, more: &str| asked(action, &[], done, more);
    let paid_at = |at: i64| format!(r#","status":"paid","status_transitions":{{"paid_at":{at}}}"#);
    assert!(matches!(told("pay_invoice", paid, &paid_at(100)), Done::ByKey(_)), "by a card, but by whom?");
    let outside =
        |off: &str| asked("pay_invoice", &[("paid_out_of_band", "true")], paid, &(paid_at(100) + off));
    assert_eq!(outside(r#","amount_paid_off_stripe":4900"#), Done::Yes(None));
    assert!(
        matches!(outside(r#","amount_paid_off_stripe":0"#), Done::Before(_)),
        "the customer paid by card"
    );
    assert!(matches!(outside(""), Done::ByKey(_)), "a version of Stripe that does not tell");
    assert!(matches!(told("pay_invoice", paid, &paid_at(99)), Done::Before(_)));
    assert!(matches!(told("pay_invoice", paid, ""), Done::Unseen(_)), "it may be on its way");
    let void_at = r#","status":"void","status_transitions":{"voided_at":100}"#;
    assert_eq!(told("void_invoice", voided, void_at), Done::Yes(None));
    assert_eq!(told("void_invoice", voided, ""), Done::No("in_1 is open".into()));
    assert!(matches!(told("void_invoice", voided, r#","status":"void""#), Done::CannotTell(_)));
}

fn stands(fields: serde_json::Value) -> serde_json::Value {
    with(
        &json!({"id": "in_1", "number": "A-7", "status": "open", "currency": "usd", "total": 9_900, "amount_due": 9_900,
            "amount_remaining": 4_900, "customer": "cus_1", "collection_method": "send_invoice", "customer_email": "a@b.example",
            "auto_advance": true}),
        fields,
    )
}

fn change(action: &str, fields: serde_json::Value, given: &[(&str, &str)]) -> Result<Proposal, String> {
    let given: Vec<_> = [("invoice", "in_1")].iter().chain(given).copied().collect();
    propose(action, &stands(fields), &given)
}

#[test]
fn each_reading_is_its_own_call() {
    for (name, given, call) in [
        ("get_invoice", &[("invoice", "in_1")][..], "GET /v1/invoices/in_1"),
        (
            "list_invoices",
            &[("subscription", "sub_1"), ("status", "open"), ("due_until", "2026-11-01")],
            "GET /v1/invoices?subscription=sub_1&status=open&due_date[lt]=1793491200",
        ),
        ("search_invoices", &[("query", "total>100")], "GET /v1/invoices/search?query=total%3E100"),
        ("list_invoice_lines", &[("invoice", "in_1")], "GET /v1/invoices/in_1/lines"),
        ("list_invoice_payments", &[("invoice", "in_1")], "GET /v1/invoice_payments?invoice=in_1"),
        (
            "list_invoice_payments",
            &[("payment_intent", "pi_1")],
            "GET /v1/invoice_payments?payment[payment_intent]=pi_1&payment[type]=payment_intent",
        ),
        (
            "get_upcoming_invoice",
            &[],
            "subscription: give a subscription, or a customer for the nearest of all their subscriptions, or a schedule",
        ),
        (
            "get_upcoming_invoice",
            &[("schedule", "sub_sched_1"), ("subscription", "sub_1")],
            "schedule: give subscription or schedule, not both",
        ),
        ("search_invoices", &[], "query: it is required: give query=number:'A-0012'"),
    ] {
        assert_eq!(reading(name, given), call);
    }
    let moment = Moment { now: NOW, zone: TimeZone::UTC };
    let given = super::super::fixture::args(&[
        ("subscription", "sub_1"),
        ("coupon", "SORRY20"),
        ("cancel_now", "true"),
    ]);
    let next = super::super::find("get_upcoming_invoice").unwrap().request(&given, &moment).unwrap();
    assert_eq!(
        next.form(),
        "subscription=sub_1&discounts[0][coupon]=SORRY20&subscription_details[cancel_now]=true"
    );
    assert!(!next.is_write());
    let with = |items: &str, currency: &str| {
        let given = [("subscription", "sub_1"), ("invoice_items", items), ("currency", currency)];
        let given = super::super::fixture::args(&given[..if currency.is_empty() { 2 } else { 3 }]);
        let next = super::super::find("get_upcoming_invoice").unwrap().request(&given, &moment);
        next.map_or_else(|error| error.to_string(), |request| request.form())
    };
    let yen = with("setup=10.00, sorry=-500", "jpy");
    assert!(yen.starts_with("invoice_items: setup: "), "{yen}");
    assert_eq!(
        with("setup=10.00, sorry=-5.00", "usd"),
        "subscription=sub_1&invoice_items[0][amount]=1000&invoice_items[0][currency]=usd\
         &invoice_items[0][description]=setup&invoice_items[1][amount]=-500&invoice_items[1][currency]=usd\
         &invoice_items[1][description]=sorry"
    );
    assert!(with("setup=10.00", "").contains("give the currency"));
}

#[test]
fn a_draft_goes_on_as_it_was_confirmed() {
    let draft = json!({"status": "draft"});
    let own = change("finalize_invoice", draft.clone(), &[]).unwrap();
    assert_eq!(own.request.canonical(), "POST /v1/invoices/in_1/finalize\nauto_advance=true");
    assert_eq!(
        own.sentence,
        "finalise invoice A-7 ($99.00): it is owed from now on; Stripe mails it to the customer by itself"
    );
    let still = change("finalize_invoice", draft.clone(), &[("auto_advance", "false")]).unwrap();
    assert!(still.sentence.ends_with("nothing more happens until somebody acts"));
    let charged = with(&draft, json!({"collection_method": "charge_automatically"}));
    assert!(
        change("finalize_invoice", charged, &[])
            .unwrap()
            .sentence
            .ends_with("Stripe charges the customer by itself")
    );
    assert!(
        change("finalize_invoice", json!({"status": "paid"}), &[])
            .unwrap_err()
            .contains("it is paid: it is final already")
    );
    let told = |fields: serde_json::Value| shows(&own, &stands(fields));
    assert_eq!(told(json!({"status_transitions": {"finalized_at": NOW.0}})), Done::Yes(None));
    assert!(matches!(
        told(json!({"status": "paid", "status_transitions": {"finalized_at": NOW.0 - 9}})),
        Done::Before(_)
    ));
    assert_eq!(told(draft), Done::No("in_1 is draft".into()));
}

#[test]
fn only_what_the_customer_pays_alone_is_mailed() {
    let mailed = change("send_invoice", json!({"livemode": true}), &[]).unwrap();
    assert_eq!(mailed.request.canonical(), "POST /v1/invoices/in_1/send\n");
    assert_eq!(mailed.sentence, "e-mail invoice A-7 ($49.00 to pay) to the customer");
    assert!(
        change("send_invoice", json!({}), &[])
            .unwrap()
            .sentence
            .ends_with("(in test mode Stripe mails nothing)")
    );
    for (fields, why) in [
        (json!({"collection_method": "charge_automatically"}), "it is charged automatically"),
        (json!({"customer_email": null}), "the customer has no e-mail address"),
        (json!({"status": "draft"}), "finalise it first"),
        (json!({"status": "paid"}), "already paid"),
        (json!({"status": "void"}), "nothing is owed"),
    ] {
        assert!(change("send_invoice", fields, &[]).unwrap_err().contains(why), "{why}");
    }
}

#[test]
fn what_is_written_off_can_still_be_paid() {
    let off = change("mark_invoice_uncollectible", json!({}), &[("note", "moved away")]).unwrap();
    assert_eq!(off.request.canonical(), "POST /v1/invoices/in_1/mark_uncollectible\n");
    assert_eq!(off.terms.write_off.unwrap().minor(), 4_900);
    assert!(off.sentence.starts_with("write $49.00 of invoice A-7 off: "));
    for (status, why) in
        [("uncollectible", "written off already"), ("paid", "already paid"), ("draft", "finalise it first")]
    {
        let said = change("mark_invoice_uncollectible", json!({"status": status}), &[]).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    let at = |at: i64| json!({"status_transitions": {"marked_uncollectible_at": at}});
    let told = |fields: serde_json::Value| shows(&off, &stands(fields));
    assert_eq!(told(with(&at(NOW.0), json!({"status": "uncollectible"}))), Done::Yes(None));
    assert_eq!(told(with(&at(NOW.0), json!({"status": "paid"}))), Done::Yes(None), "paid since");
    assert!(matches!(told(with(&at(NOW.0 - 9), json!({"status": "uncollectible"}))), Done::Before(_)));
    assert_eq!(told(json!({})), Done::No("in_1 is open".into()));
}

#[test]
fn another_card_for_one_payment_is_the_customers_own() {
    let id = ("payment_method", "pm_1");
    let by = |owner: &str| {
        let card = json!({"id": "pm_1", "type": "card", "customer": owner, "card": {"brand": "visa", "last4": "4242"}});
        let on = super::super::fixture::subject(&stands(json!({})))
            .with("payment_method", super::super::fixture::subject(&card));
        super::super::fixture::propose_on("pay_invoice", &on, &[("invoice", "in_1"), id])
    };
    let fine = by("cus_1").unwrap();
    assert_eq!(fine.request.form(), "off_session=true&payment_method=pm_1");
    assert_eq!(
        (fine.also.as_slice(), fine.sentence.as_str()),
        (&[Gate::PaymentMethod][..], "charge $49.00 for invoice A-7 now with visa ··4242")
    );
    assert!(by("cus_2").unwrap_err().contains("pm_1 is not this customer's"));
    let forgiven = change("pay_invoice", json!({}), &[("forgive", "true")]).unwrap();
    assert_eq!(
        (forgiven.request.form().as_str(), forgiven.terms.write_off),
        ("off_session=true&forgive=true", forgiven.amount)
    );
    assert!(
        change("pay_invoice", json!({}), &[("paid_out_of_band", "true"), id])
            .unwrap_err()
            .contains("leave it out")
    );
}
