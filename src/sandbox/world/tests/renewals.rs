//! Periods end while the sandbox runs: what is billed, by whom it is paid, and that the sums agree.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{plan::fee, value::int},
    *,
};

const DAY: i64 = 86_400;
/// Until a draft is final.
const HOUR: i64 = 3_600;

fn read(world: &mut Universe, now: i64, path: &str, params: Value) -> Value {
    ask_at(world, now, Method::Get, path, params).unwrap()
}

/// The newest of a list of somebody's.
fn newest(world: &mut Universe, now: i64, path: &str, customer: &str) -> Value {
    read(world, now, path, json!({"customer": customer, "limit": "1"}))["data"][0].clone()
}

/// Every object that was made after `NOW`, at `now`.
fn since(world: &mut Universe, now: i64, path: &str) -> Vec<Value> {
    let mut found: Vec<Value> = vec![];
    loop {
        let mut params = json!({"limit": "100", "created": {"gt": NOW.to_string()}});
        if let Some(last) = found.last() {
            params["starting_after"] = last["id"].clone();
        }
        let page = read(world, now, path, params);
        found.extend(page["data"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            return found;
        }
    }
}

fn period_end(subscription: &Value) -> i64 {
    int(&subscription["items"]["data"][0], "current_period_end")
}

#[test]
fn a_renewal_makes_invoice_lines_payment_charge_and_events() {
    let mut world = world();
    let grace = customer(&mut world, "grace@example.com");
    let before = newest(&mut world, NOW, "/v1/subscriptions", &grace);
    let end = period_end(&before);
    let old = newest(&mut world, end - 1, "/v1/invoices", &grace);
    assert!(int(&old, "created") < NOW, "nothing happens before its time");
    // The period is over: a draft, and the subscription stands in the next one.
    let draft = newest(&mut world, end, "/v1/invoices", &grace);
    assert_eq!((&draft["status"], &draft["billing_reason"]), (&json!("draft"), &json!("subscription_cycle")));
    assert_eq!((int(&draft, "created"), int(&draft, "total")), (end, 9_900));
    let line = &draft["lines"]["data"][0];
    let after = newest(&mut world, end, "/v1/subscriptions", &grace);
    assert_eq!((&line["period"]["start"], &line["period"]["end"]), (&json!(end), &json!(period_end(&after))));
    assert!(period_end(&after) > end + 27 * DAY && after["latest_invoice"] == draft["id"]);
    // An hour later it is final, and paid.
    let now = end + HOUR;
    let invoice = newest(&mut world, now, "/v1/invoices", &grace);
    assert_eq!((&invoice["id"], &invoice["status"]), (&draft["id"], &json!("paid")));
    assert_eq!((int(&invoice, "amount_paid"), int(&invoice, "amount_remaining")), (9_900, 0));
    assert_ne!(invoice["number"], old["number"]);
    let charge = newest(&mut world, now, "/v1/charges", &grace);
    assert_eq!(
        (int(&charge, "amount"), &charge["status"], int(&charge, "created")),
        (9_900, &json!("succeeded"), now)
    );
    let paying = read(&mut world, now, "/v1/invoice_payments", json!({"invoice": invoice["id"]}));
    let paying = &paying["data"][0];
    assert_eq!(
        (&paying["status"], &paying["payment"]["payment_intent"]),
        (&json!("paid"), &charge["payment_intent"])
    );
    let movement = world.by_id(text(&charge, "balance_transaction")).unwrap();
    assert_eq!((int(&movement, "amount"), int(&movement, "fee")), (9_900, fee(9_900)));
    for (name, object) in [
        ("invoice.created", &invoice),
        ("customer.subscription.updated", &after),
        ("invoice.finalized", &invoice),
        ("invoice.paid", &invoice),
        ("charge.succeeded", &charge),
    ] {
        let events = read(&mut world, now, "/v1/events", json!({"type": name, "limit": "100"}));
        let said = events["data"].as_array().unwrap();
        let event = said.iter().find(|event| event["data"]["object"]["id"] == object["id"]);
        assert!(event.is_some_and(|event| event["request"]["id"].is_null()), "no {name}");
    }
    // Once.
    let later = newest(&mut world, end + 2 * DAY, "/v1/invoices", &grace);
    assert_eq!(later["id"], invoice["id"]);
}

#[test]
fn a_month_of_renewals_adds_up() {
    let mut world = world();
    let now = NOW + 31 * DAY;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let charges = since(&mut world, now, "/v1/charges");
    let paid = charges.iter().filter(|charge| charge["status"] == "succeeded");
    assert!(paid.clone().count() > 150, "{} charges", charges.len());
    for charge in paid {
        *sums.entry(text(charge, "currency").to_owned()).or_default() +=
            int(charge, "amount") - fee(int(charge, "amount"));
        let invoice = read(
            &mut world,
            now,
            "/v1/invoice_payments",
            json!({"payment": {"type": "payment_intent", "payment_intent": charge["payment_intent"]}}),
        );
        let invoice = world.by_id(text(&invoice["data"][0], "invoice")).unwrap();
        assert_eq!((&invoice["status"], &invoice["amount_paid"]), (&json!("paid"), &charge["amount"]));
        let lines: i64 = invoice["lines"]["data"].as_array().unwrap().iter().map(|x| int(x, "amount")).sum();
        let off: i64 =
            invoice["total_discount_amounts"].as_array().unwrap().iter().map(|x| int(x, "amount")).sum();
        assert_eq!(int(&invoice, "total"), lines - off);
    }
    // One of them is given back, so that the sum has all three parts.
    let given = charges.iter().find(|x| x["status"] == "succeeded" && x["currency"] == "usd").unwrap();
    ask_at(&mut world, now, Method::Post, "/v1/refunds", json!({"charge": given["id"], "amount": "500"}))
        .unwrap();
    *sums.entry("usd".into()).or_default() -= 500;
    let mut booked: BTreeMap<String, i64> = BTreeMap::new();
    for movement in since(&mut world, now, "/v1/balance_transactions") {
        *booked.entry(text(&movement, "currency").to_owned()).or_default() += int(&movement, "net");
    }
    assert_eq!(sums, booked);
    let running = read(&mut world, now, "/v1/subscriptions", json!({"status": "active", "limit": "100"}));
    assert!(running["data"].as_array().unwrap().iter().all(|sub| period_end(sub) > now));
}

#[test]
fn it_is_the_same_whoever_looks_and_when() {
    let now = NOW + 40 * DAY;
    let mut watched = Universe::new(7, 60, NOW);
    for day in 0..40 {
        read(&mut watched, NOW + day * DAY, "/v1/events", json!({}));
    }
    let mut asleep = Universe::new(7, 60, NOW);
    // Customers one by one, the last first: each catches up by itself.
    for owner in (0..60).rev() {
        let id = asleep.ids.write(super::super::Kind::Customer, owner, 0);
        asleep.advance(now);
        asleep.by_id(&id).unwrap();
    }
    for path in
        ["/v1/charges", "/v1/invoices", "/v1/balance_transactions", "/v1/events", "/v1/invoice_payments"]
    {
        let (seen, found) = (since(&mut watched, now, path), since(&mut asleep, now, path));
        assert!(!seen.is_empty(), "{path}");
        let sorted = |mut list: Vec<Value>| {
            list.sort_by_key(|object| text(object, "id").to_owned());
            list
        };
        assert_eq!(sorted(seen), sorted(found), "{path}");
    }
}

#[test]
fn what_the_bank_refuses_is_tried_four_times_and_owed() {
    let mut world = world();
    let edsger = customer(&mut world, "edsger@example.com");
    let end = period_end(&newest(&mut world, NOW, "/v1/subscriptions", &edsger));
    let now = end + HOUR;
    let invoice = newest(&mut world, now, "/v1/invoices", &edsger);
    assert_eq!((&invoice["status"], int(&invoice, "attempt_count")), (&json!("open"), 1));
    assert_eq!(int(&invoice, "next_payment_attempt"), now + 3 * DAY);
    assert_eq!(newest(&mut world, now, "/v1/charges", &edsger)["status"], "failed");
    assert_eq!(newest(&mut world, now, "/v1/subscriptions", &edsger)["status"], "past_due");
    let tried = |world: &mut Universe, now: i64| {
        let invoice =
            ask_at(world, now, Method::Get, &format!("/v1/invoices/{}", text(&invoice, "id")), json!({}));
        let invoice = invoice.unwrap();
        (int(&invoice, "attempt_count"), invoice["next_payment_attempt"].is_null())
    };
    assert_eq!(tried(&mut world, now + 3 * DAY), (2, false));
    assert_eq!(tried(&mut world, now + 20 * DAY), (4, true));
}

#[test]
fn trials_schedules_and_ends_come_when_their_day_comes() {
    let mut world = world();
    let donald = customer(&mut world, "donald@example.com");
    let trial = newest(&mut world, NOW, "/v1/subscriptions", &donald);
    assert_eq!(trial["status"], "trialing");
    let end = int(&trial, "trial_end");
    let running = newest(&mut world, end + HOUR, "/v1/subscriptions", &donald);
    assert_eq!((&running["status"], period_end(&running) > end + 27 * DAY), (&json!("active"), true));
    // $99.00, less the $10.00 of the first bill.
    assert_eq!(int(&newest(&mut world, end + HOUR, "/v1/charges", &donald), "amount"), 8_900);
    let katherine = customer(&mut world, "katherine@example.com");
    let before = newest(&mut world, NOW, "/v1/subscriptions", &katherine);
    let end = period_end(&before);
    let raised = newest(&mut world, end + HOUR, "/v1/subscriptions", &katherine);
    assert_eq!(int(&raised["items"]["data"][0]["price"], "unit_amount"), 24_900);
    let schedule = world.by_id(text(&before, "schedule")).unwrap();
    assert_eq!(int(&schedule["current_phase"], "start_date"), end);
    let over = newest(&mut world, period_end(&raised) + 1, "/v1/subscriptions", &katherine);
    assert!(over["schedule"].is_null(), "its last phase is over");
    assert_eq!(world.by_id(text(&before, "schedule")).unwrap()["status"], "released");
    // Who cancelled is billed no more.
    let grace = customer(&mut world, "grace@example.com");
    let hers = newest(&mut world, NOW, "/v1/subscriptions", &grace);
    let path = format!("/v1/subscriptions/{}", text(&hers, "id"));
    post(&mut world, &path, json!({"cancel_at_period_end": "true"}));
    let charge = newest(&mut world, NOW, "/v1/charges", &grace);
    let later = period_end(&hers) + 2 * HOUR;
    assert_eq!(newest(&mut world, later, "/v1/charges", &grace)["id"], charge["id"]);
    assert_eq!(read(&mut world, later, &path, json!({}))["status"], "canceled");
}
