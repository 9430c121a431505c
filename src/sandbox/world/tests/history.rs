//! What the world is before anybody changes it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{super::value::int, *};

#[test]
fn the_same_seed_and_day_give_the_same_world() {
    for path in ["/v1/customers", "/v1/charges", "/v1/subscriptions", "/v1/events", "/v1/disputes"] {
        let page = |seed, now| get(&mut Universe::new(seed, 60, now), path, json!({"limit": "20"}));
        assert_eq!(page(7, NOW), page(7, NOW + 900), "{path}");
        assert_ne!(page(7, NOW), page(8, NOW), "{path}");
    }
}

#[test]
fn money_adds_up_over_the_whole_world() {
    let mut world = world();
    let charges = all(&mut world, "/v1/charges", json!({}));
    let refunds = all(&mut world, "/v1/refunds", json!({}));
    let movements = all(&mut world, "/v1/balance_transactions", json!({}));
    assert!(charges.len() > 2_000 && refunds.len() > 20, "{} charges", charges.len());
    let month = |object: &Value| int(object, "created") / (86_400 * 30);
    let mut expected: BTreeMap<(String, i64, &str), i64> = BTreeMap::new();
    let mut booked: BTreeMap<(String, i64, &str), i64> = BTreeMap::new();
    for charge in charges.iter().filter(|x| x["status"] == "succeeded" && x["captured"] == true) {
        *expected.entry((text(charge, "currency").into(), month(charge), "charge")).or_default() +=
            int(charge, "amount");
        let given: i64 = refunds
            .iter()
            .filter(|x| x["charge"] == charge["id"] && x["status"] != "failed")
            .map(|x| int(x, "amount"))
            .sum();
        assert_eq!(int(charge, "amount_refunded"), given);
        assert_eq!(charge["refunded"], given == int(charge, "amount"));
        assert!(given <= int(charge, "amount"));
    }
    for refund in &refunds {
        *expected.entry((text(refund, "currency").into(), month(refund), "refund")).or_default() -=
            int(refund, "amount");
    }
    for movement in movements.iter().filter(|x| x["type"] == "charge" || x["type"] == "refund") {
        let kind = if movement["type"] == "charge" { "charge" } else { "refund" };
        *booked.entry((text(movement, "currency").into(), month(movement), kind)).or_default() +=
            int(movement, "amount");
        assert_eq!(int(movement, "net"), int(movement, "amount") - int(movement, "fee"));
        if kind == "charge" {
            assert_eq!(int(movement, "fee"), int(movement, "amount") * 29 / 1_000 + 30);
        }
    }
    assert_eq!(expected, booked);
}

#[test]
fn invoices_are_paid_by_what_they_say() {
    let mut world = world();
    let payments = all(&mut world, "/v1/invoice_payments", json!({}));
    assert!(payments.len() > 1_000);
    for payment in payments.iter().step_by(7) {
        let invoice = world.by_id(text(payment, "invoice")).unwrap();
        let lines: i64 = invoice["lines"]["data"].as_array().unwrap().iter().map(|x| int(x, "amount")).sum();
        let off: i64 =
            invoice["total_discount_amounts"].as_array().unwrap().iter().map(|x| int(x, "amount")).sum();
        assert_eq!((int(&invoice, "subtotal"), int(&invoice, "total")), (lines, lines - off));
        let intent = world.by_id(payment["payment"]["payment_intent"].as_str().unwrap()).unwrap();
        let credited = int(&invoice, "pre_payment_credit_notes_amount");
        assert_eq!(int(&intent, "amount"), int(&invoice, "amount_due") + credited);
        // Nobody tries to charge an invoice that is sent.
        let Some(charge) = world.by_id(text(&intent, "latest_charge")) else {
            assert_eq!(
                (&invoice["collection_method"], &invoice["status"]),
                (&json!("send_invoice"), &json!("open"))
            );
            continue;
        };
        assert_eq!(charge["amount"], intent["amount"]);
        assert_eq!(charge["status"] == "succeeded", invoice["status"] == "paid");
        assert_eq!(charge["customer"], invoice["customer"]);
        let found = get(
            &mut world,
            "/v1/invoice_payments",
            json!({"payment": {"type": "payment_intent", "payment_intent": intent["id"]}}),
        );
        assert_eq!(found["data"][0]["invoice"], invoice["id"]);
    }
}

#[test]
fn nothing_happened_before_its_time() {
    let mut world = world();
    for path in ["/v1/charges", "/v1/refunds", "/v1/disputes", "/v1/invoices", "/v1/balance_transactions"] {
        for object in all(&mut world, path, json!({})) {
            assert!(int(&object, "created") < NOW, "{path} {object}");
        }
    }
    for refund in all(&mut world, "/v1/refunds", json!({})) {
        let charge = world.by_id(text(&refund, "charge")).unwrap();
        assert!(int(&charge, "created") < int(&refund, "created"));
    }
}

#[test]
fn every_listed_object_is_found_by_its_id() {
    let mut world = Universe::new(3, 90, NOW);
    for path in [
        "/v1/charges",
        "/v1/invoices",
        "/v1/invoice_payments",
        "/v1/payment_intents",
        "/v1/subscriptions",
        "/v1/subscription_schedules",
        "/v1/refunds",
        "/v1/disputes",
        "/v1/credit_notes",
        "/v1/balance_transactions",
        "/v1/events",
        "/v1/products",
        "/v1/prices",
        "/v1/coupons",
        "/v1/promotion_codes",
        "/v1/invoiceitems",
    ] {
        let listed = all(&mut world, path, json!({}));
        assert!(!listed.is_empty(), "{path}");
        for object in listed {
            let id = text(&object, "id");
            assert_eq!(world.object(id).unwrap(), object);
            assert_eq!(get(&mut world, &format!("{path}/{id}"), json!({})), object);
        }
    }
}

#[test]
fn events_reach_thirty_days_back() {
    let mut world = world();
    let events = all(&mut world, "/v1/events", json!({}));
    assert!(events.iter().all(|event| int(event, "created") >= NOW - 30 * 86_400));
    let paid = all(&mut world, "/v1/events", json!({"type": "invoice.paid"}));
    assert!(!paid.is_empty() && paid.len() < events.len());
    assert!(paid.iter().all(|event| event["data"]["object"]["status"] == "paid"));
    let some = all(&mut world, "/v1/events", json!({"types": ["refund.created", "charge.*"]}));
    assert!(
        some.iter().all(
            |event| text(event, "type") == "refund.created" || text(event, "type").starts_with("charge.")
        )
    );
}

#[test]
fn a_large_world_answers() {
    let mut world = Universe::new(5, 100_000, NOW);
    let ada = customer(&mut world, "ada@example.com");
    assert_eq!(get(&mut world, &format!("/v1/customers/{ada}"), json!({}))["name"], "Ada Lovelace");
    let page = get(&mut world, "/v1/charges", json!({"limit": "100"}));
    assert_eq!(page["data"].as_array().unwrap().len(), 100);
    assert!(world.rows[&super::super::Kind::Charge].len() > 900_000);
    let found = get(&mut world, "/v1/customers/search", json!({"query": "name~\"lovelace\""}));
    assert_eq!(found["data"][0]["id"], ada.as_str());
}

#[test]
fn the_cast_is_found_and_is_as_told() {
    let mut world = world();
    let ada = customer(&mut world, "ada@example.com");
    let subscriptions = get(&mut world, "/v1/subscriptions", json!({"customer": ada}));
    assert_eq!(subscriptions["data"].as_array().unwrap().len(), 2);
    let card = get(&mut world, &format!("/v1/customers/{ada}/payment_methods"), json!({}));
    assert_eq!(card["data"][0]["card"]["last4"], "4242");
    let whole = get(&mut world, &format!("/v1/customers/{ada}"), json!({}));
    assert_eq!(int(&whole, "balance"), -1_000);
    assert_eq!(world.expand_field(&whole, "invoice_credit_balance"), Some(json!({"usd": 1_000})));
    assert!(whole.get("subscriptions").is_none());
    let nested = world.expand_field(&whole, "subscriptions").unwrap();
    assert_eq!(nested["total_count"], 2);
    let charge = get(&mut world, "/v1/charges", json!({"customer": ada, "limit": "100"}))["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|charge| int(charge, "amount_refunded") == 2_000)
        .cloned()
        .unwrap();
    assert_eq!(int(&charge, "amount"), 4_900);
    assert_eq!(world.expand_field(&charge, "refunds").unwrap()["data"][0]["metadata"]["agent"], "maya");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn pages_have_no_gaps_and_no_doubles(limits in prop::collection::vec(1_usize..=100, 1..6), customer in 0_u32..60) {
        let mut world = Universe::new(11, 60, NOW);
        let owner = world.ids.write(super::super::Kind::Customer, customer, 0);
        for params in [json!({}), json!({"customer": owner})] {
            let whole = all(&mut world, "/v1/charges", params.clone());
            let mut paged: Vec<Value> = vec![];
            for limit in limits.iter().cycle() {
                let mut params = params.clone();
                params["limit"] = json!(limit.to_string());
                if let Some(last) = paged.last() {
                    params["starting_after"] = last["id"].clone();
                }
                let page = get(&mut world, "/v1/charges", params);
                paged.extend(page["data"].as_array().unwrap().iter().cloned());
                if page["has_more"] == false {
                    break;
                }
            }
            prop_assert_eq!(&paged, &whole);
            prop_assert!(whole.windows(2).all(|pair| int(&pair[0], "created") >= int(&pair[1], "created")));
            if whole.len() > 5 {
                let mut params = params.clone();
                params["ending_before"] = whole[4]["id"].clone();
                params["limit"] = json!("3");
                let page = get(&mut world, "/v1/charges", params);
                prop_assert_eq!(page["data"].as_array().unwrap().as_slice(), &whole[1..4]);
                prop_assert_eq!(&page["has_more"], true);
            }
        }
    }
}
