//! What callers may change, and what they are told when they may not.

use serde_json::{Value, json};

use super::{super::value::int, *};

/// Newest charge of a customer that fits.
pub(super) fn charge(world: &mut Universe, params: Value, fits: impl Fn(&Value) -> bool) -> Value {
    all(world, "/v1/charges", params).into_iter().find(|charge| fits(charge)).unwrap()
}

pub(super) fn refundable(world: &mut Universe) -> Value {
    let alan = customer(world, "alan@example.com");
    charge(world, json!({"customer": alan}), |charge| int(charge, "amount") == 4_900)
}

/// The only subscription of Grace.
fn grace(world: &mut Universe) -> Value {
    let id = customer(world, "grace@example.com");
    get(world, "/v1/subscriptions", json!({"customer": id}))["data"][0].clone()
}

pub(super) fn path_of(object: &Value) -> String {
    format!("/v1/{}s/{}", text(object, "object"), text(object, "id"))
}

pub(super) fn newest_event(world: &mut Universe, kind: &str) -> Value {
    get(world, "/v1/events", json!({"type": kind}))["data"][0].clone()
}

#[test]
fn a_refund_moves_charge_balance_and_log() {
    let mut world = world();
    all(&mut world, "/v1/refunds", json!({}));
    let before = refundable(&mut world);
    let refund = post(
        &mut world,
        "/v1/refunds",
        json!({"charge": before["id"], "amount": "1900", "reason": "duplicate", "metadata": {"agent": "maya"}}),
    );
    assert_eq!((refund["status"].as_str(), int(&refund, "amount")), (Some("succeeded"), 1_900));
    assert!(refund["destination_details"]["card"].get("reference_status").is_some());
    let after = world.by_id(text(&before, "id")).unwrap();
    assert_eq!((int(&after, "amount_refunded"), &after["refunded"]), (1_900, &json!(false)));
    let movement = world.by_id(text(&refund, "balance_transaction")).unwrap();
    assert_eq!((int(&movement, "amount"), int(&movement, "net")), (-1_900, -1_900));
    assert_eq!(movement["source"], refund["id"]);
    assert_eq!(get(&mut world, "/v1/refunds", json!({"limit": "1"}))["data"][0], refund);
    let event = newest_event(&mut world, "charge.refunded");
    assert_eq!(event["data"]["previous_attributes"], json!({"amount_refunded": 0}));
    assert_eq!(event["request"], json!({"id": "req_test", "idempotency_key": "key_test"}));
    let rest = post(&mut world, "/v1/refunds", json!({"payment_intent": before["payment_intent"]}));
    assert_eq!(int(&rest, "amount"), 3_000);
    let by_charge = all(&mut world, "/v1/refunds", json!({"charge": before["id"]}));
    assert_eq!(by_charge.len(), 2);
    let again = refused(&mut world, Method::Post, "/v1/refunds", json!({"charge": before["id"]}));
    assert_eq!((again.status, again.code), (400, Some("charge_already_refunded")));
}

#[test]
fn refunds_are_refused_in_stripes_words() {
    let mut world = world();
    let fine = refundable(&mut world);
    let (id, intent) = (fine["id"].clone(), fine["payment_intent"].clone());
    let mut check = |params: Value, code: Option<&str>, param: Option<&str>, message: &str| {
        let refusal = refused(&mut world, Method::Post, "/v1/refunds", params);
        assert_eq!(refusal.code, code, "{}", refusal.message);
        assert_eq!(refusal.param.as_deref(), param);
        assert!(refusal.message.contains(message), "{}", refusal.message);
    };
    let integer = Some("parameter_invalid_integer");
    check(json!({"charge": id, "amount": "0"}), integer, Some("amount"), "greater than or equal to 1");
    check(json!({"charge": id, "amount": "-5"}), integer, Some("amount"), "Invalid positive integer");
    check(json!({"charge": id, "amount": "1.5"}), integer, Some("amount"), "Invalid integer: 1.5");
    check(
        json!({"charge": id, "amount": "5000"}),
        None,
        Some("amount"),
        "Refund amount ($50.00) is greater than unrefunded amount on charge ($49.00)",
    );
    check(json!({"charge": id, "payment_intent": intent}), None, None, "You may only specify one of these");
    check(json!({}), Some("parameter_missing"), None, "payment_intent or charge");
    check(
        json!({"charge": id, "reason": "why"}),
        None,
        Some("reason"),
        "duplicate, fraudulent, or requested",
    );
    check(
        json!({"charge": "ch_none"}),
        Some("resource_missing"),
        Some("charge"),
        "No such charge: 'ch_none'",
    );
    check(json!({"charge": id, "metadata": {"k": "v".repeat(501)}}), None, Some("metadata[k]"), "up to 500");
}

#[test]
fn some_charges_cannot_be_refunded() {
    let mut world = world();
    let disputed = charge(&mut world, json!({}), |x| x["disputed"] == true && x["currency"] == "jpy");
    let failed = charge(&mut world, json!({}), |x| x["status"] == "failed");
    let held = charge(&mut world, json!({}), |x| x["captured"] == false && x["status"] == "succeeded");
    for (charge, code) in
        [(disputed, "charge_disputed"), (failed, "charge_not_refundable"), (held, "charge_not_refundable")]
    {
        let refusal = refused(&mut world, Method::Post, "/v1/refunds", json!({"charge": charge["id"]}));
        assert_eq!((refusal.status, refusal.code), (400, Some(code)));
    }
    let inquiry = all(&mut world, "/v1/disputes", json!({}))
        .into_iter()
        .find(|x| x["is_charge_refundable"] == true)
        .unwrap();
    assert_eq!(
        text(&post(&mut world, "/v1/refunds", json!({"charge": inquiry["charge"]})), "object"),
        "refund"
    );
}

#[test]
fn a_sepa_refund_waits_a_minute() {
    let mut world = world();
    let sepa = charge(&mut world, json!({}), |x| {
        x["payment_method_details"]["type"] == "sepa_debit"
            && x["status"] == "succeeded"
            && x["disputed"] == false
            && x["amount_refunded"] == 0
    });
    let refund = post(&mut world, "/v1/refunds", json!({"charge": sepa["id"]}));
    assert_eq!((&refund["status"], &refund["pending_reason"]), (&json!("pending"), &json!("processing")));
    let path = path_of(&refund);
    let later =
        |world: &mut Universe, seconds| ask_at(world, NOW + seconds, Method::Get, &path, json!({})).unwrap();
    assert_eq!(later(&mut world, 59)["status"], "pending");
    assert_eq!(later(&mut world, 60)["status"], "succeeded");
    let event = newest_event(&mut world, "refund.updated");
    assert_eq!(event["request"], json!({"id": null, "idempotency_key": null}));
}

#[test]
fn a_refund_under_way_cannot_be_called_back() {
    let mut world = world();
    let refund = get(&mut world, "/v1/refunds", json!({}))["data"][0].clone();
    let refusal = refused(&mut world, Method::Post, &format!("{}/cancel", path_of(&refund)), json!({}));
    assert!(refusal.message.contains("cannot be canceled"), "{}", refusal.message);
}

#[test]
fn metadata_of_refunds_and_charges_merges() {
    let mut world = world();
    let refund = get(&mut world, "/v1/refunds", json!({}))["data"][0].clone();
    post(&mut world, &path_of(&refund), json!({"metadata": {"a": "1", "b": "2"}}));
    let after = post(&mut world, &path_of(&refund), json!({"metadata": {"a": "", "c": "3"}}));
    assert!(after["metadata"].get("a").is_none());
    assert_eq!((&after["metadata"]["b"], &after["metadata"]["c"]), (&json!("2"), &json!("3")));
    let charge = refundable(&mut world);
    let after = post(&mut world, &path_of(&charge), json!({"description": "seen", "metadata": {"x": "y"}}));
    assert_eq!((&after["description"], &after["metadata"]), (&json!("seen"), &json!({"x": "y"})));
    assert_eq!(get(&mut world, &path_of(&charge), json!({})), after);
}

#[test]
fn a_subscription_ends_with_its_period_and_can_be_kept() {
    let mut world = world();
    let before = grace(&mut world);
    let end = int(&before["items"]["data"][0], "current_period_end");
    let path = path_of(&before);
    let asked = json!({
        "cancel_at_period_end": "true", "cancellation_details": {"feedback": "too_expensive", "comment": "bye"},
        "metadata": {"paydesk": "x"},
    });
    let after = post(&mut world, &path, asked);
    assert_eq!((int(&after, "cancel_at"), int(&after, "canceled_at")), (end, NOW));
    assert_eq!(after["status"], "active");
    assert_eq!(
        after["cancellation_details"],
        json!({"comment": "bye", "feedback": "too_expensive", "reason": "cancellation_requested"})
    );
    let event = newest_event(&mut world, "customer.subscription.updated");
    assert_eq!(event["data"]["previous_attributes"]["cancel_at_period_end"], false);
    let kept = post(&mut world, &path, json!({"cancel_at_period_end": "false", "metadata": ""}));
    assert_eq!(kept, before);
    post(&mut world, &path, json!({"cancel_at": (NOW + 100).to_string()}));
    let ended = ask_at(&mut world, NOW + 100, Method::Get, &path, json!({})).unwrap();
    assert_eq!((&ended["status"], int(&ended, "ended_at")), (&json!("canceled"), NOW + 100));
    let events = all(&mut world, "/v1/events", json!({"type": "customer.subscription.deleted"}));
    assert_eq!(events.iter().filter(|event| event["data"]["object"]["id"] == before["id"]).count(), 1);
}

#[test]
fn a_second_cancel_finds_nothing_but_reading_does() {
    let mut world = world();
    let before = grace(&mut world);
    let path = path_of(&before);
    let after = ask_at(&mut world, NOW, Method::Delete, &path, json!({})).unwrap();
    assert_eq!((&after["status"], int(&after, "ended_at")), (&json!("canceled"), NOW));
    let again = refused(&mut world, Method::Delete, &path, json!({}));
    assert_eq!((again.status, again.code), (404, Some("resource_missing")));
    assert_eq!(again.message, format!("No such subscription: '{}'", text(&before, "id")));
    assert_eq!(get(&mut world, &path, json!({}))["status"], "canceled");
    let refusal = refused(&mut world, Method::Post, &path, json!({"cancel_at_period_end": "true"}));
    assert!(refusal.message.starts_with("A canceled subscription can only update"));
    post(&mut world, &path, json!({"metadata": {"a": "b"}}));
    let listed = |world: &mut Universe, params| all(world, "/v1/subscriptions", params).len();
    let owner = before["customer"].clone();
    assert_eq!(listed(&mut world, json!({"customer": owner})), 0);
    for status in ["all", "ended", "canceled"] {
        assert_eq!(listed(&mut world, json!({"customer": owner, "status": status})), 1);
    }
}

#[test]
fn the_end_now_previews_the_unused_seconds() {
    let mut world = world();
    let subscription = grace(&mut world);
    let item = &subscription["items"]["data"][0];
    let (start, end) = (int(item, "current_period_start"), int(item, "current_period_end"));
    let preview = post(
        &mut world,
        "/v1/invoices/create_preview",
        json!({"subscription": subscription["id"], "subscription_details": {"cancel_now": "true"}}),
    );
    let whole = end - start;
    let credit = -(-9_900 * (end - NOW)).div_euclid(whole);
    assert_eq!(int(&preview, "total"), -credit);
    assert_eq!((int(&preview, "amount_due"), int(&preview, "ending_balance")), (0, -credit));
    let line = &preview["lines"]["data"][0];
    assert_eq!(line["parent"]["subscription_item_details"]["proration"], true);
    assert_eq!(line["period"], json!({"end": end, "start": NOW}));
    let path = path_of(&subscription);
    let params = json!({"prorate": "true", "invoice_now": "true"});
    ask_at(&mut world, NOW, Method::Delete, &path, params).unwrap();
    let customer = world.by_id(text(&subscription, "customer")).unwrap();
    assert_eq!(int(&customer, "balance"), -credit);
}

#[test]
fn a_plan_change_previews_what_the_update_bills() {
    let mut world = world();
    let subscription = grace(&mut world);
    let item = subscription["items"]["data"][0].clone();
    let (start, end) = (int(&item, "current_period_start"), int(&item, "current_period_end"));
    let at = NOW + 600;
    let business = all(&mut world, "/v1/prices", json!({"lookup_keys": ["business_month_usd"]}))[0].clone();
    let change = json!([{"id": item["id"], "price": business["id"]}]);
    let preview = post(
        &mut world,
        "/v1/invoices/create_preview",
        json!({"subscription": subscription["id"], "subscription_details": {
            "items": change, "proration_behavior": "always_invoice", "proration_date": at.to_string(),
        }}),
    );
    let part = |amount: i64| (amount * (end - at)).div_euclid(end - start);
    assert_eq!(int(&preview, "amount_due"), part(24_900) + part(-9_900));
    let later = post(
        &mut world,
        "/v1/invoices/create_preview",
        json!({"subscription": subscription["id"], "subscription_details": {
            "items": change, "proration_date": at.to_string(),
        }}),
    );
    assert_eq!(int(&later, "total"), part(24_900) + part(-9_900) + 24_900);
    let after = post(
        &mut world,
        &path_of(&subscription),
        json!({"items": change, "proration_behavior": "always_invoice", "proration_date": at.to_string()}),
    );
    assert_eq!(after["items"]["data"][0]["price"]["id"], business["id"]);
    let invoice = world.by_id(text(&after, "latest_invoice")).unwrap();
    assert_eq!((&invoice["status"], &invoice["total"]), (&json!("paid"), &preview["total"]));
    let payments = all(&mut world, "/v1/invoice_payments", json!({"invoice": invoice["id"]}));
    let intent = world.by_id(payments[0]["payment"]["payment_intent"].as_str().unwrap()).unwrap();
    let taken = world.by_id(text(&intent, "latest_charge")).unwrap();
    assert_eq!((&taken["amount"], int(&taken, "created")), (&preview["amount_due"], NOW));
}

#[test]
fn a_change_can_wait_for_the_next_invoice() {
    let mut world = world();
    let subscription = grace(&mut world);
    let item = subscription["items"]["data"][0]["id"].clone();
    let growth = all(&mut world, "/v1/prices", json!({"lookup_keys": ["growth_month_usd"]}))[0]["id"].clone();
    post(&mut world, &path_of(&subscription), json!({"items": [{"id": item, "price": growth}]}));
    let owner = subscription["customer"].clone();
    let waiting = all(&mut world, "/v1/invoiceitems", json!({"customer": owner, "pending": "true"}));
    assert_eq!(waiting.len(), 2);
    let sum: i64 = waiting.iter().map(|item| int(item, "amount")).sum();
    assert!(sum < 0);
    let next = post(&mut world, "/v1/invoices/create_preview", json!({"customer": owner}));
    assert_eq!(int(&next, "total"), 4_900 + sum);
    ask_at(&mut world, NOW, Method::Delete, &path_of(&subscription), json!({})).unwrap();
    assert!(all(&mut world, "/v1/invoiceitems", json!({"customer": owner})).is_empty());
}

#[test]
fn what_cannot_be_previewed_or_changed_is_refused() {
    let mut world = world();
    let subscription = grace(&mut world);
    let path = path_of(&subscription);
    let (id, item) = (subscription["id"].clone(), subscription["items"]["data"][0]["id"].clone());
    let euro = all(&mut world, "/v1/prices", json!({"currency": "eur"}))[0]["id"].clone();
    for (params, param) in [
        (json!({"items": [{"id": "si_none", "price": euro}]}), "items[0][id]"),
        (json!({"items": [{"id": item, "price": "price_none"}]}), "items[0][price]"),
        (json!({"items": [{"id": item, "price": euro}]}), "items[0][price]"),
        (json!({"items": [{"id": item, "quantity": "x"}]}), "items[0][quantity]"),
        (json!({"items": [{"id": item, "quantity": i64::MAX.to_string()}]}), "items[0][quantity]"),
        (json!({"pause_collection": {"behavior": "sleep"}}), "pause_collection[behavior]"),
        (json!({"proration_behavior": "maybe"}), "proration_behavior"),
        (json!({"cancel_at": (NOW - 5).to_string()}), "cancel_at"),
        (json!({"cancellation_details": {"feedback": "angry"}}), "cancellation_details[feedback]"),
    ] {
        let refusal = refused(&mut world, Method::Post, &path, params);
        assert_eq!(refusal.param.as_deref(), Some(param), "{}", refusal.message);
    }
    assert_eq!(get(&mut world, &path, json!({})), subscription);
    let both = json!({"cancel_at": (NOW + 9).to_string(), "cancel_at_period_end": "true"});
    assert!(refused(&mut world, Method::Post, &path, both).message.contains("only specify one"));
    let outside = json!({"subscription": id, "subscription_details": {"proration_date": "5"}});
    refused(&mut world, Method::Post, "/v1/invoices/create_preview", outside);
    post(&mut world, &path, json!({"cancel_at_period_end": "true"}));
    let refusal =
        refused(&mut world, Method::Post, "/v1/invoices/create_preview", json!({"subscription": id}));
    assert_eq!(refusal.code, Some("invoice_upcoming_none"));
    let scheduled = all(&mut world, "/v1/subscription_schedules", json!({}))[0].clone();
    let path = format!("/v1/subscriptions/{}", text(&scheduled, "subscription"));
    let refusal = refused(&mut world, Method::Post, &path, json!({"cancel_at_period_end": "true"}));
    assert!(refusal.message.contains("managed by the subscription schedule"));
}

#[test]
fn collection_is_paused_and_resumed() {
    let mut world = world();
    let path = path_of(&grace(&mut world));
    let paused = post(&mut world, &path, json!({"pause_collection": {"behavior": "void"}}));
    assert_eq!(paused["pause_collection"], json!({"behavior": "void", "resumes_at": null}));
    assert_eq!(paused["status"], "active");
    let resumed = post(&mut world, &path, json!({"pause_collection": ""}));
    assert!(resumed["pause_collection"].is_null());
}

#[test]
fn discounts_replace_each_other_and_lower_the_next_bill() {
    let mut world = world();
    let subscription = grace(&mut world);
    let (path, id) = (path_of(&subscription), subscription["id"].clone());
    let next = |world: &mut Universe| {
        int(&post(world, "/v1/invoices/create_preview", json!({"subscription": id})), "total")
    };
    let coupon = post(&mut world, &path, json!({"discounts": [{"coupon": "NONPROFIT25"}]}));
    assert_eq!(next(&mut world), 9_900 - 2_475);
    let discount = world.object(coupon["discounts"][0].as_str().unwrap()).unwrap();
    assert_eq!(discount["source"]["coupon"], "NONPROFIT25");
    let code = all(&mut world, "/v1/promotion_codes", json!({"code": "WELCOME20"}))[0]["id"].clone();
    post(&mut world, &path, json!({"discounts": [{"promotion_code": code}]}));
    assert_eq!(next(&mut world), 9_900 - 1_980);
    assert_eq!(post(&mut world, &path, json!({"discounts": ""}))["discounts"], json!([]));
    assert_eq!(next(&mut world), 9_900);
    let refusal = refused(&mut world, Method::Post, &path, json!({"discounts": [{"coupon": "NONE"}]}));
    assert_eq!(refusal.param.as_deref(), Some("discounts[0][coupon]"));
}

#[test]
fn a_trial_moves_the_billing_day_and_its_end_bills() {
    let mut world = world();
    let subscription = grace(&mut world);
    let path = path_of(&subscription);
    let end = NOW + 10 * 86_400;
    let after = post(&mut world, &path, json!({"trial_end": end.to_string(), "proration_behavior": "none"}));
    assert_eq!((&after["status"], int(&after, "billing_cycle_anchor")), (&json!("trialing"), end));
    assert_eq!(int(&after["items"]["data"][0], "current_period_end"), end);
    for wrong in [NOW - 1, NOW + 800 * 86_400] {
        let refusal = refused(&mut world, Method::Post, &path, json!({"trial_end": wrong.to_string()}));
        assert_eq!(refusal.param.as_deref(), Some("trial_end"));
    }
    let growth = all(&mut world, "/v1/prices", json!({"lookup_keys": ["growth_month_usd"]}))[0]["id"].clone();
    let change = json!([{"id": after["items"]["data"][0]["id"], "price": growth}]);
    post(&mut world, &path, json!({"items": change}));
    let owner = json!({"customer": after["customer"]});
    assert!(all(&mut world, "/v1/invoiceitems", owner).is_empty(), "a trial has nothing to prorate");
    let over = post(&mut world, &path, json!({"trial_end": "now"}));
    assert_eq!(over["status"], "active");
    let invoice = world.by_id(text(&over, "latest_invoice")).unwrap();
    assert_eq!((int(&invoice, "total"), &invoice["status"]), (4_900, &json!("paid")));
}
