//! Tests of plans: changes, previews, discounts, schedules.

use serde_json::{Value, json};

use super::{
    super::{
        Done, FieldError, Moment, Off, PlanMove, Proposal,
        fixture::{NOW, args, done, propose_on, subject, with},
    },
    *,
};

fn price(id: &str, minor: i64, interval: &str) -> Value {
    json!({"id": id, "currency": "usd", "unit_amount": minor, "active": true, "type": "recurring",
        "recurring": {"interval": interval, "interval_count": 1, "usage_type": "licensed"}})
}

fn item(id: &str, price: &Value, quantity: i64) -> Value {
    json!({"id": id, "price": price, "quantity": quantity, "current_period_start": NOW.0 - 864_000,
        "current_period_end": NOW.0 + 1_728_000})
}

fn one() -> Value {
    json!({"id": "sub_1", "status": "active", "currency": "usd", "customer": "cus_1", "collection_method":
        "charge_automatically", "discounts": [], "items": {"data": [item("si_1", &price("price_1", 9_900, "month"), 1)]}})
}

fn two() -> Value {
    let items = [
        item("si_1", &price("price_1", 9_900, "month"), 1),
        item("si_2", &price("price_2", 500, "month"), 4),
    ];
    with(&one(), json!({"items": {"data": items}}))
}

/// The subscription with the prices that are named.
fn read(subscription: &Value, prices: &[Value]) -> Subject {
    prices.iter().fold(subject(subscription), |all, price| all.with("price", subject(price)))
}

fn change(on: &Subject, given: &[(&str, &str)]) -> Result<Proposal, String> {
    let given: Vec<_> = [("subscription", "sub_1")].iter().chain(given).copied().collect();
    propose_on("update_subscription", on, &given)
}

fn wire(on: &Subject, given: &[(&str, &str)]) -> String {
    change(on, given).map_or_else(|wrong| wrong, |proposal| proposal.request.form())
}

#[test]
fn a_price_alone_goes_to_the_only_item_and_never_beside_it() {
    let on = read(&one(), &[price("price_9", 19_900, "month")]);
    for given in [&[("price", "price_9")][..], &[("items", "price_9")], &[("items", "si_1=price_9")]] {
        assert_eq!(
            wire(&on, given),
            "items[0][id]=si_1&items[0][price]=price_9&proration_behavior=create_prorations"
        );
    }
    assert_eq!(
        wire(
            &on,
            &[
                ("price", "price_9"),
                ("quantity", "3"),
                ("proration_behavior", "always_invoice"),
                ("proration_date", "1h")
            ]
        ),
        "items[0][id]=si_1&items[0][price]=price_9&items[0][quantity]=3&proration_behavior=always_invoice&proration_date=1795431600"
    );
    assert_eq!(
        wire(&on, &[("items", "+price_9:2")]),
        "items[0][price]=price_9&items[0][quantity]=2&proration_behavior=create_prorations"
    );
    assert_eq!(
        wire(&on, &[("quantity", "0")]),
        "items[0][id]=si_1&items[0][quantity]=0&proration_behavior=create_prorations"
    );
}

#[test]
fn of_several_items_it_is_said_which() {
    let on = read(&two(), &[price("price_9", 100, "month")]);
    let said = wire(&on, &[("price", "price_9")]);
    assert!(
        said.contains("2 items: say which one (si_…=price_…), or +price_… to add one; it has si_1, si_2"),
        "{said}"
    );
    assert_eq!(
        wire(&on, &[("items", "si_2=price_9:1, -si_1")]),
        "items[0][id]=si_2&items[0][price]=price_9&items[0][quantity]=1&items[1][id]=si_1&items[1][deleted]=true\
         &proration_behavior=create_prorations"
    );
    for (items, why) in [
        ("-si_1, -si_2", "cancel the subscription instead"),
        ("si_7:2", "si_7 is not in it: it has si_1, si_2"),
        ("si_1:2, si_1:3", "si_1 is given twice"),
        ("si_2=price_1", "price_1 would be in it twice"),
        ("si_1:1", "it is on that plan already: $119.00/mo"),
    ] {
        let said = wire(&on, &[("items", items)]);
        assert!(said.contains(why), "{items}: {said}");
    }
}

#[test]
fn what_cannot_be_is_said_with_what_can() {
    let euro = with(&price("price_e", 9_000, "month"), json!({"currency": "eur"}));
    let once = with(&price("price_o", 9_000, "month"), json!({"recurring": null, "type": "one_time"}));
    let old = with(&price("price_a", 9_000, "month"), json!({"active": false}));
    let usage = with(
        &price("price_u", 9, "month"),
        json!({"recurring": {"interval": "month", "usage_type": "metered"}}),
    );
    let on = read(&one(), &[euro, once, old, usage]);
    for (given, why) in [
        (&[("price", "price_1")][..], "price: it is on that plan already: $99.00/mo"),
        (&[("quantity", "1")], "quantity: it is on that plan already"),
        (
            &[("price", "price_e")],
            "price: price_e is in EUR, the subscription in USD: a subscription keeps its currency",
        ),
        (&[("price", "price_o")], "is paid once"),
        (&[("price", "price_a")], "is archived"),
        (&[("price", "price_u"), ("quantity", "2")], "billed by usage: it has no quantity"),
        (&[("price", "prod_1")], "is a product, but a price is needed"),
        (&[("quantity", "1000000000")], "1000000000 is not between 0 and 1000000"),
        (&[("items", "si_1:1000000000")], "from 0 to 1000000"),
        (&[("price", "price_9"), ("items", "si_1:2")], "give price and quantity, or items, not both"),
        (&[], "nothing is given to change: give at least one of price, quantity, items"),
        (
            &[("quantity", "2"), ("proration_date", "30d")],
            "is not in the running period, 13 Nov 2026 to 13 Dec 2026",
        ),
        (&[("proration_behavior", "none")], "nothing is prorated: give price"),
        (&[("days_until_due", "30")], "give collection_method=send_invoice too"),
        (&[("proration_behavior", "maybe"), ("quantity", "2")], "billed at once (always_invoice); nothing"),
    ] {
        let said = wire(&on, given);
        assert!(said.contains(why), "{given:?}: {said}");
    }
    for (status, why) in
        [("canceled", "it is already cancelled"), ("incomplete", "its first invoice is not paid")]
    {
        let said = wire(&read(&with(&one(), json!({"status": status})), &[]), &[("quantity", "2")]);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn the_sentence_says_what_is_billed_and_when() {
    let prices =
        [price("price_9", 19_900, "month"), price("price_y", 99_000, "year"), price("price_l", 900, "month")];
    let on = read(&one(), &prices);
    let said = |given: &[(&str, &str)]| change(&on, given).unwrap().sentence;
    assert_eq!(
        said(&[("price", "price_9")]),
        "change sub_1 from $99.00/mo to $199.00/mo; the customer pays the difference for the running period with the next \
         invoice"
    );
    assert_eq!(
        said(&[("price", "price_l"), ("proration_behavior", "always_invoice"), ("proration_date", "1h")]),
        "change sub_1 from $99.00/mo to $9.00/mo; the customer gets credit for the unused time as of 23 Nov 11:00, invoiced \
         at once"
    );
    assert!(
        said(&[("price", "price_l"), ("proration_behavior", "none")])
            .ends_with("nothing is charged or given back for the running period")
    );
    let yearly = said(&[("price", "price_y"), ("proration_behavior", "always_invoice")]);
    assert!(
        yearly.contains(
            "to $990.00/yr; a new period begins now and is billed at once, and the billing day moves to today"
        ),
        "{yearly}"
    );
    // One bill: the whole period, and off it what was paid for the rest of the one before.
    for begins in [&yearly, &said(&[("price", "price_y")]), &said(&[("billing_cycle_anchor", "now")])] {
        assert!(begins.ends_with("; the customer gets credit for the unused time on that bill"), "{begins}");
    }
    assert!(!said(&[("quantity", "2")]).contains("billing day"));
    assert_eq!(
        said(&[("collection_method", "send_invoice"), ("days_until_due", "30"), ("note", "x")]),
        "change collection method and days until due of sub_1"
    );
    let planned = read(&with(&one(), json!({"schedule": "sub_sched_1"})), &prices);
    assert!(
        change(&planned, &[("price", "price_9")])
            .unwrap()
            .sentence
            .ends_with("; its schedule sub_sched_1 may change it again")
    );
    let trial = read(&with(&one(), json!({"status": "trialing"})), &prices);
    assert!(
        change(&trial, &[("price", "price_9")])
            .unwrap()
            .sentence
            .ends_with("it is on trial, so nothing is billed before its end")
    );
}

#[test]
fn dearer_and_cheaper_are_told_over_the_same_time() {
    let prices = [
        price("price_9", 19_900, "month"),
        price("price_l", 900, "month"),
        price("price_y", 118_800, "year"),
        price("price_z", 118_801, "year"),
        price("price_w", 2_200, "week"),
        with(&price("price_t", 1, "month"), json!({"unit_amount": null})),
    ];
    let on = read(&one(), &prices);
    for (given, moves) in [
        (&[("price", "price_9")][..], Some(PlanMove::Up)),
        (&[("price", "price_l")], Some(PlanMove::Down)),
        (&[("price", "price_l"), ("quantity", "11")], Some(PlanMove::Level)),
        (&[("price", "price_y")], Some(PlanMove::Level)),
        (&[("price", "price_z")], Some(PlanMove::Up)),
        (&[("price", "price_w")], Some(PlanMove::Down)),
        (&[("price", "price_t")], Some(PlanMove::Unknown)),
        (&[("price", "price_unread")], Some(PlanMove::Unknown)),
        (&[("items", "+price_l")], Some(PlanMove::Up)),
        (&[("quantity", "0")], Some(PlanMove::Down)),
        (&[("description", "x")], None),
    ] {
        assert_eq!(change(&on, given).unwrap().terms.plan, moves, "{given:?}");
    }
}

#[test]
fn every_price_that_is_named_is_read_once() {
    let action = super::super::find("update_subscription").unwrap();
    let others = |given: &[(&str, &str)]| {
        let others = action.others(&args(given), &Value::Null)?;
        Ok(others.into_iter().map(|(reads, id)| format!("{} {id}", reads.field)).collect::<Vec<_>>())
    };
    assert_eq!(
        others(&[("items", "si_1=price_9, +price_9:2, -si_2, si_3:4, +price_8")]),
        Ok(vec!["items price_9".into(), "items price_8".into()])
    );
    assert_eq!(others(&[("price", "price_9")]), Ok(vec!["price price_9".into()]));
    assert_eq!(others(&[("quantity", "3")]), Ok(vec![]));
    let wrong: Result<Vec<String>, FieldError> = others(&[("items", "pro")]);
    assert!(wrong.unwrap_err().to_string().starts_with("items: `pro` is none of price_"));
}

#[test]
fn the_preview_asks_for_the_change_that_will_be_made() {
    let on = read(&one(), &[price("price_9", 19_900, "month")]);
    let given = [
        ("subscription", "sub_1"),
        ("price", "price_9"),
        ("proration_date", "1h"),
        ("proration_behavior", "always_invoice"),
    ];
    let moment = Moment { now: NOW, zone: jiff::tz::TimeZone::UTC };
    let action = super::super::find("preview_proration").unwrap();
    let ask = |given: &[(&str, &str)]| action.call(&args(given), Some(&on), &moment);
    assert_eq!(
        ask(&given).unwrap().canonical(),
        "POST /v1/invoices/create_preview\nsubscription=sub_1&subscription_details[proration_behavior]=always_invoice\
         &subscription_details[proration_date]=1795431600&subscription_details[items][0][id]=si_1\
         &subscription_details[items][0][price]=price_9"
    );
    assert!(!ask(&given).unwrap().is_write());
    let bare = ask(&[("subscription", "sub_1"), ("coupon", "SORRY20"), ("cancel_now", "true")]).unwrap();
    assert_eq!(
        bare.form(),
        "subscription=sub_1&subscription_details[cancel_now]=true&discounts[0][coupon]=SORRY20"
    );
    assert!(
        ask(&[("subscription", "sub_1"), ("price", "price_1")])
            .unwrap_err()
            .to_string()
            .contains("on that plan already")
    );
    let unread = action.call(&args(&given), None, &moment).unwrap_err().to_string();
    assert_eq!(unread, "subscription: it has to be read first");
}

fn coupon(id: &str, fields: Value) -> Value {
    with(
        &json!({"id": id, "valid": true, "percent_off": 20, "duration": "repeating", "duration_in_months": 3}),
        fields,
    )
}

fn discount(on: &Value, coupon: &Value, given: &[(&str, &str)]) -> Result<Proposal, String> {
    let id = crate::model::AnyId::parse_as(coupon["id"].as_str().unwrap(), Kind::Coupon).unwrap();
    let on = subject(on).with("coupon", Subject::parse(&id, coupon.to_string()).unwrap());
    let given: Vec<_> =
        [("subscription", "sub_1"), ("coupon", &id.id)].iter().chain(given).copied().collect();
    propose_on("apply_discount", &on, &given)
}

#[test]
fn a_discount_comes_beside_those_that_are_there() {
    let first = discount(&one(), &coupon("SORRY20", json!({})), &[("note", "outage")]).unwrap();
    assert_eq!(first.request.form(), "discounts[0][coupon]=SORRY20");
    let now = discount(&one(), &coupon("SORRY20", json!({})), &[("proration_behavior", "none")]).unwrap();
    assert_eq!(now.request.form(), "discounts[0][coupon]=SORRY20&proration_behavior=none");
    assert_eq!((now.also.as_slice(), now.terms.plan), (&[Gate::Proration][..], Some(PlanMove::Down)));
    assert!(first.also.is_empty() && first.terms.plan.is_none());
    assert_eq!(
        first.sentence,
        "give sub_1 20 % off for 3 months (SORRY20): the customer pays less from the next invoice on"
    );
    assert_eq!(first.terms.off, Some(Off { hundredths: Some(2_000), months: Some(3) }));
    let there = json!([{"id": "di_1", "source": {"coupon": {"id": "OLD", "percent_off": 12.5, "duration": "forever"}}}, "di_2"]);
    let on = with(&one(), json!({"discounts": there}));
    let second = discount(&on, &coupon("SORRY20", json!({})), &[]).unwrap();
    assert_eq!(
        second.request.form(),
        "discounts[0][discount]=di_1&discounts[1][discount]=di_2&discounts[2][coupon]=SORRY20"
    );
    assert_eq!(second.terms.off.unwrap().hundredths, None, "one of them was not read");
    assert!(
        discount(&on, &coupon("OLD", json!({})), &[]).unwrap_err().contains("on the subscription already")
    );
}

#[test]
fn how_much_and_how_long_is_counted_against_us_never_for_us() {
    let off = |on: &Value, fields: Value| discount(on, &coupon("C", fields), &[]).unwrap().terms.off.unwrap();
    let months = |off: Off| off.months;
    assert_eq!(off(&one(), json!({"percent_off": 33.333})).hundredths, Some(3_334));
    let amount = json!({"percent_off": null, "amount_off": 1_000, "currency": "usd"});
    assert_eq!(off(&one(), amount.clone()).hundredths, Some(1_011), "a little over a tenth of $99.00");
    assert_eq!(months(off(&one(), json!({"duration": "once"}))), Some(1));
    assert_eq!(months(off(&one(), json!({"duration": "forever"}))), None);
    let yearly =
        with(&one(), json!({"items": {"data": [item("si_1", &price("price_y", 99_000, "year"), 1)]}}));
    assert_eq!(months(off(&yearly, json!({"duration": "once"}))), Some(12), "one invoice is for a year");
    let tiers = with(
        &one(),
        json!({"items": {"data": [item("si_1", &with(&price("price_t", 1, "month"), json!({"unit_amount": null})), 1)]}}),
    );
    assert_eq!(off(&tiers, amount).hundredths, None);
    for (fields, why) in [
        (json!({"valid": false}), "coupon: the coupon has ended or is used up"),
        (
            json!({"percent_off": null, "amount_off": 5, "currency": "eur"}),
            "the coupon is in EUR, the subscription in USD",
        ),
    ] {
        let said = discount(&one(), &coupon("C", fields), &[]).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_code_is_redeemed_by_its_id_where_it_may_be() {
    let apply = |code: Value, given: &[(&str, &str)]| {
        let code = with(
            &json!({"id": "promo_1", "active": true, "customer": null, "promotion": {"coupon": coupon("C", json!({}))}}),
            code,
        );
        propose_on("apply_discount", &subject(&one()).with("promotion_code", subject(&code)), given)
    };
    let given = [("subscription", "sub_1"), ("promotion_code", "promo_1")];
    let fine = apply(json!({}), &given).unwrap();
    assert_eq!(fine.request.form(), "discounts[0][promotion_code]=promo_1");
    assert_eq!(fine.terms.off.unwrap().hundredths, Some(2_000));
    assert!(apply(json!({"active": false}), &given).unwrap_err().contains("not active any more"));
    assert!(apply(json!({"customer": "cus_2"}), &given).unwrap_err().contains("another customer"));
    assert!(apply(json!({}), &[("subscription", "sub_1")]).unwrap_err().contains("give coupon=SORRY20"));
    let both = [&given[..], &[("coupon", "C")]].concat();
    assert!(apply(json!({}), &both).unwrap_err().contains("not both"));
    let typed = [("subscription", "sub_1"), ("promotion_code", "WELCOME")];
    assert!(apply(json!({}), &typed).unwrap_err().contains("starts like no id"));
}

#[test]
fn of_several_discounts_the_others_stay() {
    let on = |discounts: Value| with(&one(), json!({"discounts": discounts}));
    let wire = |discounts: Value, given: &[(&str, &str)]| {
        let given: Vec<_> = [("subscription", "sub_1")].iter().chain(given).copied().collect();
        let proposal = propose_on("remove_subscription_discount", &subject(&on(discounts)), &given);
        proposal.map_or_else(|wrong| wrong, |proposal| proposal.request.canonical())
    };
    assert_eq!(wire(json!(["di_1"]), &[]), "DELETE /v1/subscriptions/sub_1/discount\n");
    assert_eq!(
        wire(json!(["di_1", "di_2", "di_3"]), &[("discount", "di_2")]),
        "POST /v1/subscriptions/sub_1\ndiscounts[0][discount]=di_1&discounts[1][discount]=di_3"
    );
    assert!(wire(json!(["di_1", "di_2"]), &[]).contains("it has 2 discounts: say which, of di_1, di_2"));
    assert!(wire(json!(["di_1"]), &[("discount", "di_9")]).contains("di_9 is not on it: it has di_1"));
    assert!(wire(json!([]), &[]).contains("there is no discount on the subscription itself"));
    let proposal = propose_on(
        "remove_subscription_discount",
        &subject(&on(json!(["di_1", "di_2"]))),
        &[("subscription", "sub_1"), ("discount", "di_1")],
    )
    .unwrap();
    assert!(matches!(done(&proposal, &on(json!(["di_2"]))), Done::Yes(_)));
    // di_1 may have been taken off, and given anew as di_3.
    for still in [json!(["di_1", "di_2"]), json!(["di_2", "di_3"])] {
        assert!(matches!(done(&proposal, &on(still)), Done::Unseen(_)));
    }
}
