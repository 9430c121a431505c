//! Pairs by hand, one a cause and one a look-alike: the verdict, and what is proposed.

use serde_json::{Value, json};

use super::*;
use crate::{
    answers::{Bag, Look, Want},
    model::{AnyId, Kind},
};

const AT: i64 = 1_795_435_200;
const DAY_S: i64 = 86_400;

fn charge(n: usize, after_s: i64, change: Value) -> Value {
    let mut made = json!({"object": "charge", "id": format!("ch_{n}"), "amount": 9_900, "amount_captured": 9_900,
        "amount_refunded": 0, "currency": "usd", "created": AT + after_s, "status": "succeeded", "paid": true, "captured": true,
        "customer": "cus_1", "payment_intent": format!("pi_{n}"), "description": "Pro",
        "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242", "fingerprint": "f1"}}});
    merge(&mut made, change);
    made
}

fn merge(into: &mut Value, change: Value) {
    if let Value::Object(fields) = change {
        for (name, value) in fields {
            into[&name] = value;
        }
    }
}

/// An invoice of a month for product `prod_1`, paid by these charges.
fn invoice(id: &str, sub: Option<&str>, after_s: i64, total: i64, paid_by: &[usize]) -> Value {
    let payments: Vec<_> = paid_by
        .iter()
        .map(|n| {
            json!({"id": format!("inpay_{id}_{n}"), "status": "paid", "amount_paid": total,
            "payment": {"type": "payment_intent", "payment_intent": format!("pi_{n}")}})
        })
        .collect();
    json!({"object": "invoice", "id": id, "number": id.replace("in_", "A-"), "currency": "usd", "created": AT + after_s,
        "total": total, "amount_due": total, "payments": {"data": payments},
        "parent": sub.map(|sub| json!({"subscription_details": {"subscription": sub}})),
        "lines": {"data": [{"id": format!("il_{id}"), "amount": total, "currency": "usd",
            "period": {"start": AT + after_s, "end": AT + after_s + 30 * DAY_S},
            "pricing": {"price_details": {"product": "prod_1"}},
            "parent": sub.map(|sub| json!({"type": "subscription_item_details",
                "subscription_item_details": {"subscription": sub}}))}]}})
}

fn sub(id: &str, start: i64, change: Value) -> Value {
    let mut sub = json!({"object": "subscription", "id": id, "status": "active", "currency": "usd", "customer": "cus_1",
        "start_date": AT + start});
    merge(&mut sub, change);
    sub
}

fn bag(all: &[Value]) -> Bag {
    let mut bag = Bag::default();
    for value in all {
        let kind = Kind::of_object(value["object"].as_str().unwrap()).unwrap();
        let look = Look::first(Want::Object(AnyId { kind, id: value["id"].as_str().unwrap().to_owned() }));
        bag.take(&look, Ok(look.read(&value.to_string()).unwrap()));
    }
    bag
}

fn found(all: &[Value]) -> Vec<Group<'static>> {
    find(&Scene::of(&bag(all))).into_iter().map(Group::into_owned).collect()
}

/// The one group: its verdict and what it proposes.
#[track_caller]
fn check(all: &[Value], code: &str, refund: &[&str]) -> Group<'static> {
    let groups = found(all);
    let [group] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!(group.verdict.code(), code, "{:?}", group.signs);
    let ids: Vec<&str> = match &group.proposal {
        Proposal::Refund { charges, .. } => charges.iter().map(ChargeId::as_str).collect(),
        _ => Vec::new(),
    };
    assert_eq!(ids, refund, "{:?}", group.proposal);
    assert_eq!(
        group.is_likely(),
        matches!(group.verdict, Verdict::Twice(_)),
        "{}: {:?}",
        group.sure,
        group.signs
    );
    group.clone()
}

#[test]
fn one_invoice_paid_twice_gives_back_the_second_payment() {
    let all =
        [charge(1, 0, json!({})), charge(2, 4_000, json!({})), invoice("in_1", None, 0, 9_900, &[1, 2])];
    let group = check(&all, "same_invoice", &["ch_2"]);
    assert!(group.signs.contains(&Sign::Overpaid(Money::new(9_900, crate::money::Currency::USD))));
    let halves =
        [charge(1, 0, json!({})), charge(2, 4_000, json!({})), invoice("in_1", None, 0, 19_800, &[1, 2])];
    check(&halves, "deposit_and_rest", &[]);
}

#[test]
fn only_what_is_too_much_is_proposed_and_nothing_on_top_of_what_was_given_back() {
    // A deposit and then the whole: $20.00 are too much, and neither payment is that much.
    let deposit = |first: i64, second: i64| {
        let of =
            |n, after, amount: i64| charge(n, after, json!({"amount": amount, "amount_captured": amount}));
        [of(1, 0, first), of(2, 4_000, second), invoice("in_1", None, 0, 10_000, &[1, 2])]
    };
    for (first, second) in [(2_000, 10_000), (6_000, 6_000)] {
        let group = check(&deposit(first, second), "same_invoice", &[]);
        assert!(group.proposal.why().contains("$20.00 more was taken"), "{:?}", group.proposal);
    }
    // $90.00 of the one subscription's payment is given back already.
    let paid = |n: usize, after, back: i64| charge(n, after, json!({"amount_refunded": back}));
    let all = [
        paid(1, 100, 9_000),
        paid(2, 200, 0),
        invoice("in_1", Some("sub_1"), 0, 9_900, &[1]),
        invoice("in_2", Some("sub_2"), 100, 9_900, &[2]),
        sub("sub_1", -90 * DAY_S, json!({})),
        sub("sub_2", -60 * DAY_S, json!({})),
    ];
    let group = check(&all, "two_subscriptions", &[]);
    assert!(matches!(group.proposal, Proposal::Nothing { .. }), "{:?}", group.proposal);
}

#[test]
fn the_one_that_fulfils_an_invoice_stays_though_it_came_later() {
    let order = || json!({"metadata": {"order_id": "7"}});
    let all = [charge(1, 0, order()), charge(2, 240, order()), invoice("in_1", None, 240, 9_900, &[2])];
    let group = check(&all, "one_order", &["ch_1"]);
    assert_eq!(group.proposal.why(), "the other one fulfils invoice A-1");
    let orders = [
        charge(1, 0, json!({"metadata": {"order_id": "7"}})),
        charge(2, 240, json!({"metadata": {"order_id": "8"}})),
    ];
    check(&orders, "two_orders", &[]);
    let parts =
        [charge(1, 0, order()), charge(2, DAY_S, json!({"metadata": {"order_id": "7"}, "amount": 5_000}))];
    check(&parts, "deposit_and_rest", &[]);
}

#[test]
fn a_client_that_tries_again_and_again_leaves_one_group() {
    let all = [charge(1, 0, json!({})), charge(2, 200, json!({})), charge(3, 500, json!({}))];
    let group = check(&all, "client_retry", &["ch_2", "ch_3"]);
    assert_eq!(group.span_s(), 500);
    // Somebody waited before they tried again; longer than that it is another purchase.
    check(&[charge(1, 0, json!({})), charge(2, 2_400, json!({}))], "client_retry", &["ch_2"]);
    assert!(found(&[charge(1, 0, json!({})), charge(2, 2_800, json!({}))]).is_empty(), "an hour apart");
    let texts = found(&[charge(1, 0, json!({})), charge(2, 200, json!({"description": "Team"}))]);
    assert!(!texts[0].is_likely(), "two things of one price: {}", texts[0].sure);
    let details = |name: &str| {
        let of = |n, after, value: &str| charge(n, after, json!({"metadata": {name: value}}));
        found(&[of(1, 0, "17"), of(2, 200, "18")])
    };
    assert!(!details("ticket_id")[0].is_likely(), "two tickets: {:?}", details("ticket_id"));
    assert!(details("Checkout-Attempt")[0].is_likely(), "a number of the attempt says nothing");
}

#[test]
fn subscriptions_twice_beside_each_other_and_one_after_the_other() {
    let both = |first: Value, second: Value, later: i64| {
        [
            charge(1, 0, json!({})),
            charge(2, later, json!({})),
            invoice("in_1", Some("sub_1"), 0, 9_900, &[1]),
            invoice("in_2", Some("sub_2"), later, 9_900, &[2]),
            sub("sub_1", 0, first),
            sub("sub_2", later, second),
        ]
    };
    let group = check(&both(json!({}), json!({}), DAY_S), "two_subscriptions", &[]);
    assert!(
        matches!(&group.proposal, Proposal::CreditNote { invoice, .. } if invoice.as_str() == "in_2"),
        "{group:?}"
    );
    let seats = both(json!({"metadata": {"seat": "a"}}), json!({"metadata": {"seat": "b"}}), DAY_S);
    check(&seats, "two_seats", &[]);
    let replaced = both(json!({"canceled_at": AT + 9 * DAY_S}), json!({}), DAY_S);
    let group = check(&replaced, "old_and_new", &[]);
    assert!(
        matches!(&group.proposal, Proposal::CreditNote { invoice, .. } if invoice.as_str() == "in_1"),
        "{group:?}"
    );
    let renewed = [
        charge(1, 0, json!({})),
        charge(2, 30 * DAY_S, json!({})),
        invoice("in_1", Some("sub_1"), 0, 9_900, &[1]),
        invoice("in_2", Some("sub_1"), 30 * DAY_S, 9_900, &[2]),
        sub("sub_1", 0, json!({})),
    ];
    check(&renewed, "renewal", &[]);
}

#[test]
fn the_same_person_is_known_by_address_or_card_whatever_the_record() {
    let customer = |id: &str, email: &str| json!({"object": "customer", "id": id, "email": email});
    let other = |change: Value| {
        let mut two = charge(2, 600, json!({"customer": "cus_2"}));
        merge(&mut two, change);
        two
    };
    let plastic = json!({"payment_method_details": {"type": "card", "card": {"fingerprint": "f2"}}});
    let all = [
        charge(1, 0, json!({})),
        other(plastic.clone()),
        customer("cus_1", "Ada@example.com"),
        customer("cus_2", "ada@example.com"),
    ];
    check(&all, "two_records", &["ch_2"]);
    check(&[charge(1, 0, json!({})), other(json!({}))], "two_records", &["ch_2"]);
    let strangers =
        [charge(1, 0, json!({})), other(plastic), customer("cus_1", "a@x.org"), customer("cus_2", "b@x.org")];
    assert!(found(&strangers).is_empty());
}

#[test]
fn what_is_held_beside_a_payment_is_released_and_not_refunded() {
    let all = [charge(1, 0, json!({"captured": false, "amount_captured": 0})), charge(2, 600, json!({}))];
    let group = check(&all, "hold_and_capture", &[]);
    assert!(matches!(&group.proposal, Proposal::Release { charge, .. } if charge.as_str() == "ch_1"));
}

#[test]
fn what_is_given_back_or_disputed_is_not_given_back_again() {
    let again = |change: Value| [charge(1, 0, json!({})), charge(2, 200, change)];
    let refunded = || json!({"amount_refunded": 9_900, "refunded": true});
    check(&again(refunded()), "already_refunded", &[]);
    // Of three of which two are refunded, one stays: that is no more than was too much.
    let three = [charge(1, 0, json!({})), charge(2, 200, refunded()), charge(3, 400, refunded())];
    check(&three, "already_refunded", &[]);
    // A part that was given back leaves the rest one too many.
    let group = check(&again(json!({"amount_refunded": 2_000})), "client_retry", &["ch_2"]);
    let back = Sign::RefundedInPart(Money::new(2_000, crate::money::Currency::USD));
    assert!(group.signs.contains(&back), "{:?}", group.signs);
    check(&again(json!({"disputed": true})), "already_disputed", &[]);
    // What the bank has closed, or decided for us, it gives nothing back of.
    let dispute = |id: &str, after_s: i64, status: &str| json!({"object": "dispute", "id": id, "charge": "ch_2", "created": AT + after_s, "status": status});
    for (stands, code) in [
        ("won", "client_retry"),
        ("warning_closed", "client_retry"),
        ("lost", "already_disputed"),
        ("needs_response", "already_disputed"),
        ("prevented", "already_disputed"),
    ] {
        let mut all = again(json!({"disputed": true})).to_vec();
        all.extend([dispute("du_1", 900, "warning_closed"), dispute("du_2", 1_000, stands)]);
        check(&all, code, if code == "client_retry" { &["ch_2"] } else { &[] });
        // A part that was lost before is lost.
        all.push(dispute("du_3", 100, "lost"));
        check(&all, "already_disputed", &[]);
    }
    assert!(found(&again(json!({"status": "failed"}))).is_empty());
    assert!(found(&again(json!({"currency": "eur"}))).is_empty());
}

#[test]
fn other_names_make_it_less_sure_that_two_records_are_one_person() {
    let pair = |name: &str, print: &str| {
        let card = json!({"type": "card", "card": {"brand": "visa", "last4": "4242", "fingerprint": print}});
        let customer = |id: &str, name: &str| json!({"object": "customer", "id": id, "email": "office@example.com", "name": name});
        let other = charge(2, 200, json!({"customer": "cus_2", "payment_method_details": card}));
        let all =
            [charge(1, 0, json!({})), other, customer("cus_1", "Laura Vargas"), customer("cus_2", name)];
        let groups = found(&all);
        let [group] = &groups[..] else { panic!("{groups:?}") };
        assert_eq!(group.verdict.code(), "two_records");
        let moment = crate::actions::Moment { now: Unix(AT), zone: jiff::tz::TimeZone::UTC };
        let told = reply(group).text(&crate::answers::reply::Voice::english(moment)).unwrap();
        assert_eq!(told.contains("We are looking into whether that was"), !group.is_likely(), "{told}");
        (group.sure, group.is_likely(), group.signs.contains(&Sign::OtherName))
    };
    assert_eq!(pair("VARGAS, L.", "f2"), (85, true, false));
    assert_eq!(pair("", "f2"), (85, true, false));
    assert_eq!(pair("李", "f2"), (85, true, false), "of one letter nothing can be said");
    assert_eq!(pair("Lorenzo Sasaki", "f2"), (45, false, true));
    assert_eq!(pair("Lorenzo Sasaki", "f1"), (75, true, true));
}

#[test]
fn two_subscriptions_for_months_are_counted_by_what_is_too_much() {
    let mut all = vec![sub("sub_1", -90 * DAY_S, json!({})), sub("sub_2", -89 * DAY_S, json!({}))];
    for month in 0..3_i64 {
        for (at, subscription) in [(1_usize, "sub_1"), (2, "sub_2")] {
            let n = usize::try_from(month).unwrap() * 2 + at;
            let after_s = (month * 30 - 90) * DAY_S + i64::try_from(at).unwrap() * 10 * DAY_S;
            all.push(charge(n, after_s, json!({})));
            all.push(invoice(&format!("in_{n}"), Some(subscription), after_s, 9_900, &[n]));
        }
    }
    let groups = found(&all);
    let group = groups.iter().find(|group| group.verdict.code() == "two_subscriptions").unwrap();
    let Proposal::CreditNote { charge: extra, besides, why, .. } = &group.proposal else {
        panic!("{group:?}")
    };
    let others: Vec<_> = besides.iter().map(|(_, charge)| charge.as_str()).collect();
    assert_eq!((extra.as_str(), others), ("ch_6", vec!["ch_4", "ch_2"]));
    assert!(
        why.ends_with(
            "2 more of it are one too many alike, each with an invoice of its own; sub_2 runs on: end it, or it is charged again"
        ),
        "{why}"
    );
    let moment = crate::actions::Moment { now: Unix(AT), zone: jiff::tz::TimeZone::UTC };
    let told = reply(group).text(&crate::answers::reply::Voice::english(moment)).unwrap();
    assert!(
        told.contains("and three of these were for the same time as another: $297.00 too much."),
        "{told}"
    );
    // What began in one second is still two, and of three at once it is not counted what is too much.
    let of = |all: &[Value]| match &found(all)[0].proposal {
        Proposal::CreditNote { charge, besides, .. } => (charge.to_string(), besides.len()),
        other => panic!("{other:?}"),
    };
    all[1] = sub("sub_2", -90 * DAY_S, json!({}));
    assert_eq!(of(&all), ("ch_6".to_owned(), 2));
    all.extend([
        sub("sub_3", -88 * DAY_S, json!({})),
        charge(7, -75 * DAY_S, json!({})),
        invoice("in_7", Some("sub_3"), -75 * DAY_S, 9_900, &[7]),
    ]);
    assert_eq!(of(&all), ("ch_7".to_owned(), 0));
}

#[test]
fn that_more_went_back_than_was_too_much_is_said() {
    let moment = crate::actions::Moment { now: Unix(AT + DAY_S), zone: jiff::tz::TimeZone::UTC };
    let told = |group: &Group<'_>| {
        reply(group).text(&crate::answers::reply::Voice::english(moment.clone())).unwrap()
    };
    let back = |minor: i64| json!({"amount_refunded": minor});
    let group = check(&[charge(1, 0, back(9_900)), charge(2, 200, back(9_900))], "refunded_too_much", &[]);
    assert!(group.proposal.why().starts_with("both were given back: $99.00 too much went out"), "{group:?}");
    assert!(told(&group).starts_with("You were charged $99.00 twice, and $198.00 of it is refunded."));
    let group = check(&[charge(1, 0, back(2_000)), charge(2, 200, back(9_900))], "refunded_too_much", &[]);
    assert!(group.proposal.why().contains("$20.00 too much went out"), "{group:?}");
}

#[test]
fn a_reply_counts_what_there_is_and_names_the_one_that_goes_back() {
    let moment = crate::actions::Moment { now: Unix(AT + DAY_S), zone: jiff::tz::TimeZone::UTC };
    let told = |all: &[Value]| {
        reply(&found(all)[0]).text(&crate::answers::reply::Voice::english(moment.clone())).unwrap()
    };
    let three = told(&[charge(1, 0, json!({})), charge(2, 200, json!({})), charge(3, 500, json!({}))]);
    assert!(three.starts_with("You were charged $99.00 three times, from "), "{three}");
    assert!(three.contains("2 of these charges are to be given back"), "{three}");
    let half = told(&[charge(1, 0, json!({})), charge(2, 200, json!({"amount_refunded": 4_950}))]);
    assert!(half.contains("$49.50 of it went back already, and the other $49.50 will follow"), "{half}");
    let order = || json!({"metadata": {"order_id": "7"}});
    let later =
        told(&[charge(1, 0, order()), charge(2, 240, order()), invoice("in_1", None, 240, 9_900, &[2])]);
    assert!(later.contains("The first one is to be given back"), "{later}");
    let seats = told(&[
        charge(1, 0, json!({})),
        charge(2, 30 * DAY_S, json!({})),
        charge(3, 60 * DAY_S, json!({})),
        invoice("in_1", Some("sub_1"), 0, 9_900, &[1]),
        invoice("in_2", Some("sub_1"), 30 * DAY_S, 9_900, &[2]),
        invoice("in_3", Some("sub_1"), 60 * DAY_S, 9_900, &[3]),
        sub("sub_1", 0, json!({})),
    ]);
    assert!(seats.starts_with("The three $99.00 charges are for periods that follow"), "{seats}");
}

#[test]
fn what_is_asked_for_comes_to_other_records_by_address_and_by_card() {
    let customer = CustomerId::parse("cus_1").unwrap();
    let mut bag = Bag::default();
    let mut asked = Vec::new();
    for _ in 0..8 {
        for look in looks(&bag, &customer) {
            let json = match &look.want {
                Want::Object(_) => json!({"id": "cus_1", "object": "customer", "email": "ada@example.com"}),
                Want::Charges(id) if *id == customer => {
                    json!({"data": [charge(1, 0, json!({}))], "has_more": false})
                }
                Want::SameAddress(_) => json!({"data": [{"id": "cus_2"}], "has_more": false}),
                Want::SameCard(_) => {
                    json!({"data": [charge(9, 0, json!({"customer": "cus_3"}))], "has_more": false})
                }
                _ => json!({"data": [], "has_more": false}),
            };
            bag.take(&look, Ok(look.read(&json.to_string()).unwrap()));
            asked.push(look.want);
        }
    }
    for id in ["cus_1", "cus_2", "cus_3"] {
        let id = CustomerId::parse(id).unwrap();
        assert!(asked.contains(&Want::Charges(id.clone())) && asked.contains(&Want::Invoices(id)));
    }
    assert_eq!(asked.len(), 4 + 2 + 6, "{asked:?}");
}
