//! Tests of single amounts and credit notes.

use serde_json::{Value, json};

use super::{
    super::{
        Done, Moment, Proposal, Subject,
        fixture::{NOW, args, done, propose, propose_on, reading, subject, with},
    },
    *,
};

fn customer() -> Value {
    json!({"id": "cus_1", "currency": "usd"})
}

fn item(on: &Subject, given: &[(&str, &str)]) -> Result<Proposal, String> {
    let given: Vec<_> = [("customer", "cus_1")].iter().chain(given).copied().collect();
    propose_on("create_invoice_item", on, &given)
}

#[test]
fn the_sign_is_on_the_wire_and_in_words() {
    let pays =
        item(&subject(&customer()), &[("amount", "10"), ("description", "setup"), ("metadata", "case=7")])
            .unwrap();
    assert_eq!(
        pays.request.canonical(),
        "POST /v1/invoiceitems\ncustomer=cus_1&amount=1000&currency=usd&description=setup&metadata[case]=7"
    );
    assert_eq!(pays.sentence, "on the next invoice of cus_1: the customer pays $10.00 more");
    assert_eq!((pays.terms.credit, pays.also.as_slice()), (None, &[][..]));
    let gets = item(&subject(&customer()), &[("amount", "10"), ("direction", "credit")]).unwrap();
    assert_eq!(gets.request.form(), "customer=cus_1&amount=-1000&currency=usd");
    assert_eq!(
        gets.sentence,
        "on the next invoice of cus_1: the customer gets $10.00 and pays that much less"
    );
    assert_eq!(gets.terms.credit.unwrap().minor(), 1_000);
    assert_eq!((gets.amount.unwrap().minor(), gets.also), (1_000, vec![Gate::Credit]));
}

#[test]
fn it_stands_where_it_may_stand() {
    let draft = |fields: Value| {
        subject(&with(&json!({"id": "in_1", "status": "draft", "customer": "cus_1"}), fields))
    };
    let on = |invoice: Subject| subject(&customer()).with("invoice", invoice);
    let given =
        [("amount", "1"), ("invoice", "in_1"), ("period_start", "2026-11-01"), ("period_end", "2026-11-30")];
    let fine = item(&on(draft(json!({}))), &given).unwrap();
    assert!(fine.sentence.starts_with("on the draft in_1: "));
    assert!(fine.request.form().ends_with("&invoice=in_1&period[start]=1793491200&period[end]=1795996800"));
    assert!(
        item(&on(draft(json!({"status": "open"}))), &given)
            .unwrap_err()
            .contains("invoice: it is open: only drafts take more")
    );
    assert!(
        item(&on(draft(json!({"customer": "cus_2"}))), &given).unwrap_err().contains("another customer's")
    );
    let over = subject(&json!({"id": "sub_1", "status": "canceled", "customer": "cus_1"}));
    let said =
        item(&subject(&customer()).with("subscription", over), &[("amount", "1"), ("subscription", "sub_1")])
            .unwrap_err();
    assert!(said.contains("it has no next invoice"), "{said}");
    for (given, why) in [
        (&[][..], "amount: give an amount, like 10.00, or a price"),
        (&[("amount", "-10")], "amount: "),
        (&[("amount", "1"), ("price", "price_1")], "not both"),
        (&[("amount", "1"), ("quantity", "2")], "it goes with a price"),
        (&[("amount", "1"), ("currency", "eur")], "this customer is billed in USD"),
        (&[("amount", "1"), ("period_start", "2026-11-01")], "give both ends"),
        (&[("amount", "1"), ("direction", "minus")], "not one of the customer pays it (charge)"),
    ] {
        let said = item(&subject(&customer()), given).unwrap_err();
        assert!(said.contains(why), "{given:?}: {said}");
    }
    let deleted = subject(&with(&customer(), json!({"deleted": true})));
    assert!(item(&deleted, &[("amount", "1")]).unwrap_err().contains("the customer is deleted"));
}

#[test]
fn a_price_that_is_paid_once_is_an_amount_too() {
    let price = |fields: Value| {
        let once = json!({"id": "price_1", "currency": "usd", "unit_amount": 500, "active": true, "recurring": null});
        subject(&customer()).with("price", subject(&with(&once, fields)))
    };
    let given = [("price", "price_1"), ("quantity", "3")];
    let fine = item(&price(json!({})), &given).unwrap();
    assert_eq!(fine.request.form(), "customer=cus_1&pricing[price]=price_1&quantity=3");
    assert!(fine.sentence.ends_with("the customer pays $15.00 more"));
    let recurs = price(json!({"recurring": {"interval": "month"}}));
    assert!(item(&recurs, &given).unwrap_err().contains("takes a price that is paid once"));
    assert!(item(&price(json!({"active": false})), &given).unwrap_err().contains("archived"));
}

fn open() -> Value {
    json!({"id": "in_1", "number": "A-7", "status": "open", "currency": "usd", "customer": "cus_1", "subtotal": 9_900,
        "total": 9_900, "amount_remaining": 9_900, "lines": {"data": [{"id": "il_1", "amount": 6_000}, {"id": "il_2",
        "amount": 3_900}]}})
}

fn paid() -> Value {
    with(&open(), json!({"status": "paid", "amount_remaining": 0, "amount_paid": 9_900}))
}

fn note(on: &Value, given: &[(&str, &str)]) -> Result<Proposal, String> {
    let given: Vec<_> = [("invoice", "in_1")].iter().chain(given).copied().collect();
    propose("create_credit_note", on, &given)
}

fn wire(on: &Value, given: &[(&str, &str)]) -> String {
    note(on, given).map_or_else(|wrong| wrong, |proposal| proposal.request.form())
}

#[test]
fn what_is_open_is_lowered_first_and_what_was_paid_has_to_go_somewhere() {
    assert_eq!(wire(&open(), &[("amount", "20")]), "invoice=in_1&amount=2000&email_type=credit_note");
    let half = with(&open(), json!({"amount_remaining": 4_900, "amount_paid": 5_000}));
    assert_eq!(
        wire(
            &half,
            &[("amount", "60"), ("refund_amount", "11"), ("reason", "duplicate"), ("email_type", "none")]
        ),
        "invoice=in_1&amount=6000&refund_amount=1100&reason=duplicate&email_type=none"
    );
    assert_eq!(
        wire(&paid(), &[("refund_amount", "10"), ("credit_amount", "5"), ("out_of_band_amount", "2.50")]),
        "invoice=in_1&amount=1750&refund_amount=1000&credit_amount=500&out_of_band_amount=250&email_type=credit_note"
    );
    for (on, given, why) in [
        (open(), &[][..], "amount: give the amount of the note"),
        (open(), &[("amount", "99.01")], "$99.01 is more than can still be credited ($99.00)"),
        (open(), &[("amount", "20"), ("credit_amount", "20")], "is taken off what is still to pay: leave "),
        (paid(), &[("amount", "20")], "$20.00 of the note is of what was paid: say where it goes"),
        (
            paid(),
            &[("amount", "20"), ("refund_amount", "19")],
            "refund_amount: $20.00 of the note is of what was paid",
        ),
        (paid(), &[("amount", "20"), ("lines", "il_1=20")], "give an amount, or lines, not both"),
        (paid(), &[("refund_amount", "20"), ("reason", "because")], "not one of duplicate; fraudulent"),
    ] {
        let said = wire(&on, given);
        assert!(said.contains(why), "{given:?}: {said}");
    }
    for (fields, why) in [
        (json!({"status": "draft"}), "it is a draft: change it instead"),
        (json!({"status": "void"}), "it is void"),
        (json!({"pre_payment_credit_notes_amount": 9_900}), "all of it ($99.00) is credited already"),
    ] {
        let said = wire(&with(&open(), fields), &[("amount", "1")]);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn lines_are_credited_whole_or_in_part_where_they_tell_the_sum() {
    assert_eq!(
        wire(&open(), &[("lines", "il_1=10.00, il_2=")]),
        "invoice=in_1&lines[0][type]=invoice_line_item&lines[0][invoice_line_item]=il_1&lines[0][amount]=1000\
         &lines[1][type]=invoice_line_item&lines[1][invoice_line_item]=il_2&lines[1][amount]=3900&email_type=credit_note"
    );
    for (on, lines, why) in [
        (open(), "il_1=60.01", "$60.01 cannot be credited of il_1: it is $60.00"),
        (open(), "il_9=", "il_9 is no line of it: it has il_1, il_2"),
        (open(), "il_1=ten", "lines: il_1: "),
        (with(&open(), json!({"total": 9_000})), "il_1=", "tax or discounts are on the invoice"),
    ] {
        let said = wire(&on, &[("lines", lines)]);
        assert!(said.contains(why), "{lines}: {said}");
    }
}

#[test]
fn what_goes_back_and_what_is_given_are_told_apart() {
    let both =
        note(&paid(), &[("refund_amount", "10"), ("credit_amount", "5"), ("reason", "duplicate")]).unwrap();
    assert_eq!(
        both.sentence,
        "credit $15.00 of invoice A-7: $10.00 go back to the customer, the customer gets $5.00 of credit; the customer gets \
         it by e-mail"
    );
    assert_eq!(both.refunds().unwrap().minor(), 1_000);
    assert_eq!(both.terms.credit.unwrap().minor(), 500);
    assert_eq!((both.counted(), both.also.as_slice()), (both.terms.refund, &[Gate::Refund][..]));
    let lowers = note(&open(), &[("amount", "20")]).unwrap();
    assert!(lowers.sentence.starts_with("credit $20.00 of invoice A-7: the customer pays $20.00 less"));
    assert_eq!((lowers.refunds(), lowers.terms.credit.unwrap().minor()), (None, 2_000));
    let refund = json!({"id": "re_1", "status": "succeeded", "amount": 1_000, "currency": "usd"});
    let on = |fields: Value| subject(&paid()).with("refund", subject(&with(&refund, fields)));
    let given = [("invoice", "in_1"), ("refund", "re_1"), ("email_type", "none")];
    let linked = propose_on("create_credit_note", &on(json!({})), &given).unwrap();
    assert_eq!(linked.request.form(), "invoice=in_1&amount=1000&refunds[0][refund]=re_1&email_type=none");
    assert!(linked.terms.credit.unwrap().is_zero(), "it was given back already");
    let part = |amount| {
        let given = [&given[..], &[("amount_refunded", amount)]].concat();
        propose_on("create_credit_note", &on(json!({})), &given)
    };
    assert_eq!(
        part("4").unwrap().request.form(),
        "invoice=in_1&amount=400&refunds[0][refund]=re_1&refunds[0][amount_refunded]=400&email_type=none"
    );
    let wrong = part("10.01").unwrap_err();
    assert!(wrong.contains("amount_refunded: $10.01 is no part of re_1: it is $10.00"), "{wrong}");
    let alone = note(&paid(), &[("credit_amount", "5"), ("amount_refunded", "4")]).unwrap_err();
    assert!(alone.contains("name that refund too"), "{alone}");
    let failed = propose_on("create_credit_note", &on(json!({"status": "failed"})), &given).unwrap_err();
    assert!(failed.contains("re_1 is failed: it gave nothing back"), "{failed}");
}

#[test]
fn the_charge_behind_the_invoice_is_read_only_for_a_refund() {
    let invoice = json!({"payments": {"data": [{"payment": {"payment_intent": {"id": "pi_1", "latest_charge": "ch_1"}}},
        {"payment": {"payment_intent": {"id": "pi_2", "latest_charge": null}}}]}});
    let others = |given: &[(&str, &str)]| {
        let action = super::super::find("create_credit_note").unwrap();
        let others = action.others(&args(given), &invoice).unwrap();
        others.into_iter().map(|(reads, id)| format!("{} {id}", reads.field)).collect::<Vec<_>>()
    };
    assert_eq!(others(&[("amount", "5")]), [""; 0]);
    assert_eq!(others(&[("refund_amount", "5"), ("refund", "re_1")]), ["refund re_1", "refund_amount ch_1"]);
}

#[test]
fn a_preview_is_asked_as_the_note_will_be_made() {
    let preview = super::super::find("preview_credit_note").unwrap();
    let moment = Moment { now: NOW, zone: jiff::tz::TimeZone::UTC };
    let given = args(&[("invoice", "in_1"), ("refund_amount", "10"), ("memo", "sorry")]);
    let request = preview.call(&given, Some(&subject(&paid())), &moment).unwrap();
    assert_eq!(
        format!("{} {}", request.method.name(), request.target()),
        "GET /v1/credit_notes/preview?invoice=in_1&amount=1000&refund_amount=1000&memo=sorry"
    );
    assert_eq!(
        reading("list_credit_notes", &[("invoice", "in_1"), ("since", "2026-11-01")]),
        "GET /v1/credit_notes?invoice=in_1&created[gte]=1793491200"
    );
}

#[test]
fn a_note_is_taken_back_while_its_invoice_is_open() {
    let note = |fields: Value| {
        with(
            &json!({"id": "cn_1", "status": "issued", "amount": 2_000, "currency": "usd", "post_payment_amount": 0,
                "invoice": {"id": "in_1", "status": "open"}}),
            fields,
        )
    };
    let void = |fields: Value| propose("void_credit_note", &note(fields), &[("credit_note", "cn_1")]);
    let fine = void(json!({})).unwrap();
    assert_eq!(fine.request.canonical(), "POST /v1/credit_notes/cn_1/void\n");
    assert_eq!(fine.sentence, "take the credit note cn_1 back: the customer owes $20.00 more again");
    for (fields, why) in [
        (json!({"status": "void"}), "it is void already"),
        (json!({"post_payment_amount": 1}), "something of it went back"),
        (json!({"invoice": {"id": "in_1", "status": "paid"}}), "its invoice is paid"),
    ] {
        assert!(void(fields).unwrap_err().contains(why), "{why}");
    }
    let told = |fields: Value| done(&fine, &note(fields));
    assert_eq!(told(json!({"status": "void", "voided_at": NOW.0})), Done::Yes(None));
    assert!(matches!(told(json!({"status": "void", "voided_at": NOW.0 - 9})), Done::Before(_)));
    assert_eq!(told(json!({})), Done::No("cn_1 is issued".into()));
}
