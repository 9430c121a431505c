//! What stands before a refund, check by check.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::{
    answers::Why,
    model::{AnyId, Kind},
    time::Unix,
};

const NOW: i64 = 1_795_435_200;

fn charge() -> Value {
    json!({"object": "charge", "id": "ch_1", "amount": 9_900, "amount_captured": 9_900, "currency": "usd", "status": "succeeded",
        "paid": true, "captured": true, "created": NOW - 5 * DAY_S, "payment_intent": "pi_1",
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}}})
}

fn with(change: impl FnOnce(&mut Value)) -> Value {
    let mut made = charge();
    change(&mut made);
    made
}

fn bag(all: &[Value], available: i64) -> Bag {
    let mut bag = Bag::default();
    let balance = json!({"object": "balance", "available": [{"amount": available, "currency": "usd"}]});
    let look = Look::first(Want::Balance);
    bag.take(&look, Ok(look.read(&balance.to_string()).unwrap()));
    for value in all {
        let kind = Kind::of_object(value["object"].as_str().unwrap()).unwrap();
        let look = Look::first(Want::Object(AnyId { kind, id: value["id"].as_str().unwrap().to_owned() }));
        bag.take(&look, Ok(look.read(&value.to_string()).unwrap()));
    }
    bag
}

fn said(bag: &Bag) -> Vec<(Weight, String)> {
    let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
    let charge = bag.charge(&ChargeId::parse("ch_1").unwrap()).unwrap();
    preflight(bag, charge, None, &moment).into_iter().map(|check| (check.weight, check.says)).collect()
}

#[track_caller]
fn first(all: &[Value], available: i64, weight: Weight, words: &str) {
    let said = said(&bag(all, available));
    let (found, says) = &said[0];
    assert!(*found == weight && says.contains(words), "{said:?}");
}

#[test]
fn what_stripe_would_refuse_comes_first() {
    first(&[with(|charge| charge["captured"] = json!(false))], 99_999, Weight::Stops, "only held");
    first(&[with(|charge| charge["status"] = json!("failed"))], 99_999, Weight::Stops, "did not go through");
    first(
        &[with(|charge| charge["amount_refunded"] = json!(9_900))],
        99_999,
        Weight::Stops,
        "all of it is given back",
    );
    let disputed = || with(|charge| charge["disputed"] = json!(true));
    let dispute = |status: &str, refundable: bool| json!({"object": "dispute", "id": "du_1", "charge": "ch_1", "status": status, "is_charge_refundable": refundable});
    first(&[disputed(), dispute("needs_response", false)], 99_999, Weight::Stops, "would pay twice");
    first(
        &[disputed(), dispute("warning_needs_response", true)],
        99_999,
        Weight::Warns,
        "closes the inquiry",
    );
    first(&[disputed()], 99_999, Weight::Stops, "how that stands is not known");
    // An inquiry that came before and was closed is not how it stands.
    let mut inquiry = dispute("warning_closed", false);
    inquiry["id"] = json!("du_0");
    inquiry["created"] = json!(NOW - 9_000);
    let mut now = dispute("needs_response", false);
    now["created"] = json!(NOW - 100);
    first(&[disputed(), inquiry, now], 99_999, Weight::Stops, "would pay twice");
}

#[test]
fn a_balance_that_is_too_small_waits_or_fails_by_the_method() {
    first(&[charge()], 9_899, Weight::Warns, "it waits as pending");
    let debit = with(|charge| {
        charge["payment_method_details"] = json!({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}});
    });
    first(&[debit], 9_899, Weight::Stops, "fails at once");
    first(&[charge()], 9_900, Weight::Good, "$99.00 available");
    let mut bag = bag(&[charge()], 0);
    bag.take(&Look::first(Want::Balance), Err(Why::Hidden("this key may not read the balance".into())));
    assert_eq!(said(&bag)[0].0, Weight::Unknown);
}

#[test]
fn what_it_does_not_do_is_told() {
    let invoice = json!({"object": "invoice", "id": "in_1", "number": "A-1", "status": "paid", "currency": "usd",
        "parent": {"subscription_details": {"subscription": "sub_1"}},
        "payments": {"data": [{"id": "inpay_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}]}});
    let subscription = json!({"object": "subscription", "id": "sub_1", "status": "active", "currency": "usd",
        "items": {"data": [{"current_period_end": NOW + 20 * DAY_S}]}});
    let old = with(|charge| charge["created"] = json!(NOW - 200 * DAY_S));
    let mut paused = subscription.clone();
    paused["pause_collection"] = json!({"behavior": "void", "resumes_at": NOW + 60 * DAY_S});
    let all = said(&bag(&[old.clone(), invoice.clone(), paused], 99_999));
    let waits = "the subscription goes on, and its payments are paused until 22 Jan";
    assert!(all.iter().any(|(_, says)| says == waits), "{all:?}");
    let said: Vec<_> =
        said(&bag(&[old, invoice, subscription], 99_999)).into_iter().map(|(_, says)| says).collect();
    assert_eq!(
        said,
        [
            "it is 200 days old: a card that was closed since may send it back",
            "the balance covers it: $999.99 available",
            "seen on visa ··4242 in 5 to 10 business days",
            "the subscription goes on, and bills again on 13 Dec",
            "invoice A-1 stays paid",
            "Stripe's fee is not returned",
        ]
    );
}

fn all(
    more: impl FnOnce(&mut Value),
    besides: &[Value],
    amount: Option<i64>,
) -> Vec<(Weight, String, Option<String>)> {
    let mut objects = vec![with(more)];
    objects.extend(besides.to_vec());
    let bag = bag(&objects, 99_999);
    let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
    let charge = bag.charge(&ChargeId::parse("ch_1").unwrap()).unwrap();
    let amount = amount.map(|minor| Money::new(minor, charge.currency));
    preflight(&bag, charge, amount, &moment)
        .into_iter()
        .map(|check| (check.weight, check.says, check.instead))
        .collect()
}

fn has(all: &[(Weight, String, Option<String>)], weight: Weight, words: &str) -> bool {
    all.iter().any(|(found, says, _)| *found == weight && says.contains(words))
}

fn warned(actionable: bool) -> Bag {
    let mut bag = bag(&[charge()], 99_999);
    let page = json!({"object": "list", "has_more": false, "data": [{"id": "issfr_1", "object": "radar.early_fraud_warning",
        "created": NOW - DAY_S, "actionable": actionable, "fraud_type": "made_with_stolen_card", "charge": "ch_1"}]});
    let look = Look::first(Want::WarningsOf(ChargeId::parse("ch_1").unwrap()));
    bag.take(&look, Ok(look.read(&page.to_string()).unwrap()));
    bag
}

#[test]
fn a_warning_of_the_card_network_comes_before_the_dispute() {
    let told = said(&warned(true));
    assert_eq!(
        told[0],
        (
            Weight::Warns,
            "the card network warned of fraud on 22 Nov (made with stolen card): a dispute may follow"
                .to_owned()
        )
    );
    assert!(
        said(&warned(false))
            .iter()
            .any(|(weight, says)| *weight == Weight::Note && says.contains("warned of fraud"))
    );
    let mut hidden = bag(&[charge()], 99_999);
    let look = Look::first(Want::WarningsOf(ChargeId::parse("ch_1").unwrap()));
    hidden.take(&look, Err(Why::Hidden("this key may not read disputes".into())));
    assert!(said(&hidden)[0].1.contains("warned of fraud is not known: this key may not read disputes"));
}

#[test]
fn what_went_on_to_a_connected_account_is_kept_there() {
    let sent =
        all(|charge| charge["transfer_data"] = json!({"amount": 8_000, "destination": "acct_9"}), &[], None);
    assert!(has(&sent, Weight::Warns, "$80.00 of it went on to the connected account acct_9"), "{sent:?}");
    let made = all(|charge| charge["on_behalf_of"] = json!("acct_9"), &[], None);
    assert!(has(&made, Weight::Note, "made for the connected account acct_9"), "{made:?}");
}

#[test]
fn a_way_to_pay_that_leads_nowhere_back_stops_it() {
    let paid = |kind: &str| all(|charge| charge["payment_method_details"] = json!({"type": kind}), &[], None);
    assert!(has(&paid("boleto"), Weight::Stops, "cannot give back what was paid with boleto"));
    assert!(!paid("klarna").iter().any(|(weight, ..)| *weight == Weight::Stops));
    assert!(has(&paid("customer_balance"), Weight::Note, "asks the customer by e-mail"));
    let debit = all(
        |charge| {
            charge["payment_method_details"] = json!({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}});
        },
        &[],
        None,
    );
    assert!(has(&debit, Weight::Note, "can still pull the debit back"), "{debit:?}");
}

#[test]
fn a_part_says_what_is_left_and_all_that_nothing_is() {
    assert!(has(&all(|_| {}, &[], Some(2_000)), Weight::Note, "a part: $79.00 is left to refund after it"));
    assert!(has(&all(|_| {}, &[], Some(9_900)), Weight::Note, "nothing is left to refund after it"));
    assert!(!all(|_| {}, &[], None).iter().any(|(_, says, _)| says.contains("left to refund")));
}

#[test]
fn a_refund_on_its_way_a_fresh_charge_and_a_dispute_that_is_over_are_told() {
    let refund = json!({"object": "refund", "id": "re_1", "charge": "ch_1", "amount": 2_000, "currency": "usd",
        "status": "requires_action", "created": NOW - 60});
    let told = all(|_| {}, &[refund], None);
    let waits =
        told.iter().find(|(_, says, _)| says.contains("a refund of $20.00 is on its way already")).unwrap();
    assert_eq!((waits.0, waits.2.as_deref()), (Weight::Warns, Some("wait for it, or call it back")));
    let fresh = all(|charge| charge["created"] = json!(NOW - 60), &[], None);
    assert!(has(&fresh, Weight::Note, "the charge itself may disappear"), "{fresh:?}");
    let lost = json!({"object": "dispute", "id": "du_1", "charge": "ch_1", "status": "lost", "created": NOW - DAY_S});
    let told = all(|charge| charge["disputed"] = json!(true), &[lost], None);
    assert!(has(&told, Weight::Warns, "it was disputed at the bank: lost"), "{told:?}");
}

#[test]
fn all_that_is_read_for_it_is_named() {
    let id = ChargeId::parse("ch_1").unwrap();
    let words: Vec<_> = looks(&Bag::default(), &id).iter().map(|look| look.want.words()).collect();
    assert_eq!(words, ["charge ch_1", "the balance", "early fraud warnings of ch_1"]);
    let around: Vec<_> =
        looks_around(&bag(&[charge()], 0), &id).iter().map(|look| look.want.words()).collect();
    assert_eq!(around, ["early fraud warnings of ch_1", "invoices that pi_1 paid"]);
}

#[test]
fn another_payment_that_may_be_the_same_is_named_with_what_became_of_it() {
    let own = |change: fn(&mut Value)| {
        with(|charge| {
            charge["customer"] = json!("cus_1");
            charge["payment_method_details"]["card"]["fingerprint"] = json!("f1");
            change(charge);
        })
    };
    let twin = |change: fn(&mut Value)| {
        let mut twin = own(|_| {});
        twin["id"] = json!("ch_2");
        twin["payment_intent"] = json!("pi_2");
        twin["created"] = json!(NOW - 5 * DAY_S - 240);
        change(&mut twin);
        twin
    };
    let says = |all: &[Value]| {
        said(&bag(all, 99_999)).into_iter().filter(|(weight, _)| *weight == Weight::Warns).collect::<Vec<_>>()
    };
    // Refunded in the Dashboard: nothing of it stands in any trail of paydesk.
    let back = |refund: Value| {
        let mut twin = twin(|twin| twin["amount_refunded"] = json!(9_900));
        twin["refunds"] = json!({"data": [refund]});
        twin
    };
    let refund = |metadata: Value| json!({"id": "re_1", "amount": 9_900, "currency": "usd", "status": "succeeded", "charge": "ch_2", "metadata": metadata});
    let elsewhere = says(&[own(|_| {}), back(refund(json!({})))]);
    assert_eq!(
        elsewhere[0].1,
        "$99.00 of ch_2, the same amount 4 min before, is given back already, not with paydesk"
    );
    let ours = says(&[own(|_| {}), back(refund(json!({"paydesk_agent": "maya"})))]);
    assert!(ours[0].1.ends_with("is given back already by maya"), "{ours:?}");
    let note = json!({"object": "credit_note", "id": "cn_1", "refunds": [{"amount_refunded": 9_900, "refund": "re_1"}],
        "metadata": {"paydesk_agent": "lea"}});
    let by_note = says(&[own(|_| {}), back(refund(json!({}))), note]);
    assert!(by_note[0].1.ends_with("is given back already by lea"), "{by_note:?}");
    // Of the two, the other one is too much.
    let other = says(&[own(|_| {}), twin(|twin| twin["created"] = json!(NOW - 5 * DAY_S + 240))]);
    assert_eq!(other[0].1, "of the likely duplicates ch_2 is the one to give back: ch_1 was the first");
    // This one is: nothing warns of it.
    assert_eq!(says(&[own(|_| {}), twin(|_| {})]), []);
    for honest in [
        twin(|twin| twin["amount"] = json!(4_900)),
        twin(|twin| twin["customer"] = json!("cus_2")),
        twin(|twin| {
            twin["created"] = json!(NOW - 9 * DAY_S);
            twin["amount_refunded"] = json!(9_900);
        }),
    ] {
        assert_eq!(says(&[own(|_| {}), honest.clone()]), [], "{honest}");
    }
    let mut orders = [own(|_| {}), back(refund(json!({})))];
    for (at, order) in orders.iter_mut().enumerate() {
        order["metadata"] = json!({"order_id": at.to_string()});
    }
    assert_eq!(says(&orders), [], "each is for an order of its own");
}
