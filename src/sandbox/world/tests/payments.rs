//! Holds, cancellations, refunds that wait, and what may be said of a charge: how each ends, and when it may not.

use serde_json::{Value, json};

use super::{
    super::value::int,
    changes::{newest_event, path_of},
    *,
};

/// All cases of the odd payments stand in the first twenty customers.
fn small() -> Universe {
    Universe::new(7, 20, NOW)
}

fn find(world: &mut Universe, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    all(world, path, json!({})).into_iter().find(|object| fits(object)).unwrap()
}

fn with_status(world: &mut Universe, path: &str, status: &str) -> Value {
    find(world, path, |object| object["status"] == status)
}

fn pending(world: &mut Universe, currency: &str) -> i64 {
    let balance = get(world, "/v1/balance", json!({}));
    let rows = balance["pending"].as_array().unwrap();
    rows.iter().find(|row| row["currency"] == currency).map_or(0, |row| int(row, "amount"))
}

#[test]
fn a_capture_takes_a_part_and_lets_go_of_the_rest() {
    let mut world = small();
    let before = with_status(&mut world, "/v1/payment_intents", "requires_capture");
    let currency = text(&before, "currency").to_owned();
    let balance = pending(&mut world, &currency);
    let path = format!("{}/capture", path_of(&before));
    let asked = json!({"amount_to_capture": "20000", "metadata": {"ticket": "T-1"}});
    let after = post(&mut world, &path, asked);
    assert_eq!(
        (text(&after, "status"), int(&after, "amount_received"), int(&after, "amount_capturable")),
        ("succeeded", 20_000, 0)
    );
    assert_eq!(after["metadata"]["ticket"], "T-1");
    let charge = world.by_id(text(&after, "latest_charge")).unwrap();
    assert_eq!((int(&charge, "amount"), int(&charge, "amount_captured")), (25_000, 20_000));
    assert_eq!((&charge["captured"], int(&charge, "amount_refunded")), (&json!(true), 0));
    let movement = world.by_id(text(&charge, "balance_transaction")).unwrap();
    let fee = 20_000 * 29 / 1_000 + 30;
    assert_eq!((int(&movement, "amount"), int(&movement, "net")), (20_000, 20_000 - fee));
    assert_eq!((&movement["source"], &movement["status"]), (&charge["id"], &json!("pending")));
    assert_eq!(pending(&mut world, &currency), balance + 20_000 - fee);
    let event = newest_event(&mut world, "charge.captured");
    assert_eq!(event["data"]["previous_attributes"]["captured"], false);
    assert_eq!(newest_event(&mut world, "payment_intent.succeeded")["data"]["object"], after);
    let more = post(&mut world, "/v1/refunds", json!({"charge": charge["id"]}));
    assert_eq!(int(&more, "amount"), 20_000, "what was not captured cannot be refunded");
}

#[test]
fn what_cannot_be_captured_or_cancelled_says_why() {
    let mut world = small();
    let held = with_status(&mut world, "/v1/payment_intents", "requires_capture");
    let paid = with_status(&mut world, "/v1/payment_intents", "succeeded");
    let action = with_status(&mut world, "/v1/payment_intents", "requires_action");
    let unexpected = Some("payment_intent_unexpected_state");
    let cases = [
        (
            &held,
            "capture",
            json!({"amount_to_capture": "25001"}),
            Some("amount_too_large"),
            "greater than the amount",
        ),
        (
            &held,
            "capture",
            json!({"amount_to_capture": "0"}),
            Some("parameter_invalid_integer"),
            "greater than or equal",
        ),
        (&held, "capture", json!({"final_capture": "false"}), None, "multicapture"),
        (&held, "capture", json!({"application_fee_amount": "5"}), None, "application_fee_amount"),
        (&held, "cancel", json!({"cancellation_reason": "void_invoice"}), None, "must be one of"),
        (&paid, "capture", json!({}), unexpected, "has already been captured"),
        (
            &action,
            "capture",
            json!({}),
            unexpected,
            "a status of requires_action. Only a PaymentIntent with one",
        ),
        (
            &paid,
            "cancel",
            json!({}),
            unexpected,
            "You cannot cancel this PaymentIntent because it has a status of succ",
        ),
    ];
    for (intent, what, params, code, message) in cases {
        let refusal = refused(&mut world, Method::Post, &format!("{}/{what}", path_of(intent)), params);
        assert_eq!((refusal.status, refusal.code), (400, code), "{}", refusal.message);
        assert!(refusal.message.contains(message), "{}", refusal.message);
        let carried = refusal.more.get("payment_intent").map(|intent| intent["id"].clone());
        assert_eq!(carried, (code == unexpected).then(|| intent["id"].clone()));
        assert_eq!(&world.by_id(text(intent, "id")).unwrap(), intent, "nothing changed");
    }
    let missing = refused(&mut world, Method::Post, "/v1/payment_intents/pi_1/capture", json!({}));
    assert_eq!((missing.status, missing.param.as_deref()), (404, Some("intent")));
}

#[test]
fn a_hold_ends_after_a_week() {
    let mut world = small();
    let until = |world: &mut Universe, intent: &Value| {
        let charge = world.by_id(text(intent, "latest_charge")).unwrap();
        int(&charge["payment_method_details"]["card"], "capture_before")
    };
    let holds = all(&mut world, "/v1/payment_intents", json!({}));
    let holds: Vec<Value> = holds.into_iter().filter(|x| x["status"] == "requires_capture").collect();
    let ends: Vec<i64> = holds.iter().map(|hold| until(&mut world, hold)).collect();
    let (first, end) = holds.iter().zip(&ends).min_by_key(|pair| *pair.1).unwrap();
    assert!((NOW..NOW + 86_400).contains(end), "one ends today");
    let path = format!("{}/capture", path_of(first));
    let refusal = ask_at(&mut world, *end, Method::Post, &path, json!({})).unwrap_err();
    assert_eq!(refusal.code, Some("charge_expired_for_capture"));
    assert!(ask_at(&mut world, *end - 1, Method::Post, &path, json!({})).is_ok());
}

#[test]
fn cancelling_a_hold_gives_it_back_without_moving_the_balance() {
    let mut world = small();
    let before = with_status(&mut world, "/v1/payment_intents", "requires_capture");
    let movements = all(&mut world, "/v1/balance_transactions", json!({})).len();
    let path = format!("{}/cancel", path_of(&before));
    let after = post(&mut world, &path, json!({"cancellation_reason": "duplicate"}));
    assert_eq!((text(&after, "status"), text(&after, "cancellation_reason")), ("canceled", "duplicate"));
    assert_eq!((int(&after, "canceled_at"), int(&after, "amount_capturable")), (NOW, 0));
    let charge = world.by_id(text(&after, "latest_charge")).unwrap();
    assert_eq!((&charge["refunded"], &charge["captured"]), (&json!(true), &json!(false)));
    assert_eq!(int(&charge, "amount_refunded"), 25_000);
    let refunds = all(&mut world, "/v1/refunds", json!({"payment_intent": before["id"]}));
    assert_eq!(refunds.len(), 1);
    assert_eq!((&refunds[0]["balance_transaction"], &refunds[0]["reason"]), (&Value::Null, &Value::Null));
    assert_eq!(all(&mut world, "/v1/balance_transactions", json!({})).len(), movements);
    let event = newest_event(&mut world, "payment_intent.canceled");
    assert_eq!(event["data"]["previous_attributes"]["status"], "requires_capture");
    let again = refused(&mut world, Method::Post, &path, json!({}));
    assert!(again.message.contains("a status of canceled"), "{}", again.message);
    let action = with_status(&mut world, "/v1/payment_intents", "requires_action");
    let gone = post(&mut world, &format!("{}/cancel", path_of(&action)), json!({}));
    assert_eq!((&gone["next_action"], &gone["cancellation_reason"]), (&Value::Null, &Value::Null));
}

#[test]
fn the_payment_of_an_invoice_is_not_cancelled_by_hand() {
    let mut world = Universe::new(7, 100, NOW);
    let open = find(&mut world, "/v1/invoice_payments", |payment| payment["status"] == "open");
    let intent = text(&open["payment"], "payment_intent").to_owned();
    let refusal =
        refused(&mut world, Method::Post, &format!("/v1/payment_intents/{intent}/cancel"), json!({}));
    assert!(refusal.message.contains("Void the invoice"), "{}", refusal.message);
}

#[test]
fn a_charge_without_a_payment_intent_is_captured_or_let_go_itself() {
    let direct = |world: &mut Universe| {
        find(world, "/v1/charges", |x| x["payment_intent"].is_null() && x["captured"] == false)
    };
    let mut world = small();
    let held = direct(&mut world);
    let intents = all(&mut world, "/v1/payment_intents", json!({"customer": held["customer"]}));
    assert!(intents.iter().all(|intent| intent["latest_charge"] != held["id"]));
    let path = format!("{}/capture", path_of(&held));
    let after = post(&mut world, &path, json!({"amount": "24000", "receipt_email": "new@example.com"}));
    assert_eq!((int(&after, "amount_captured"), text(&after, "receipt_email")), (24_000, "new@example.com"));
    let again = refused(&mut world, Method::Post, &path, json!({}));
    assert_eq!(again.code, Some("charge_already_captured"));
    let refund = post(&mut world, "/v1/refunds", json!({"charge": held["id"]}));
    assert_eq!((int(&refund, "amount"), &refund["payment_intent"]), (24_000, &Value::Null));

    let mut world = small();
    let held = direct(&mut world);
    let refund = post(&mut world, "/v1/refunds", json!({"charge": held["id"]}));
    assert_eq!((int(&refund, "amount"), &refund["balance_transaction"]), (25_000, &Value::Null));
    let gone = refused(&mut world, Method::Post, &path, json!({}));
    assert_eq!(gone.code, Some("charge_already_refunded"));
    let intent =
        find(&mut world, "/v1/charges", |x| !x["payment_intent"].is_null() && x["captured"] == false);
    let wrong = refused(&mut world, Method::Post, &format!("{}/capture", path_of(&intent)), json!({}));
    assert!(wrong.message.contains(text(&intent, "payment_intent")), "{}", wrong.message);
}

#[test]
fn a_refund_that_waits_for_the_customer_is_called_back() {
    let mut world = small();
    let before = with_status(&mut world, "/v1/refunds", "requires_action");
    assert_eq!(before["next_action"]["type"], "display_details");
    let charge = world.by_id(text(&before, "charge")).unwrap();
    let currency = text(&before, "currency").to_owned();
    let (given, balance) = (int(&charge, "amount_refunded"), pending(&mut world, &currency));
    let path = format!("{}/cancel", path_of(&before));
    let after = post(&mut world, &path, json!({}));
    assert_eq!((text(&after, "status"), text(&after, "failure_reason")), ("canceled", "merchant_request"));
    assert!(after.get("next_action").is_none());
    let movement = world.by_id(text(&after, "failure_balance_transaction")).unwrap();
    assert_eq!((int(&movement, "amount"), &movement["source"]), (int(&before, "amount"), &before["id"]));
    assert_eq!(pending(&mut world, &currency), balance + int(&before, "amount"));
    let charge = world.by_id(text(&before, "charge")).unwrap();
    assert_eq!(int(&charge, "amount_refunded"), given - int(&before, "amount"));
    let event = newest_event(&mut world, "refund.updated");
    assert_eq!(event["data"]["previous_attributes"]["status"], "requires_action");
    let again = refused(&mut world, Method::Post, &path, json!({}));
    assert!(again.message.contains("a status of canceled"), "{}", again.message);
    let anew = post(
        &mut world,
        "/v1/refunds",
        json!({"charge": charge["id"], "instructions_email": "x@example.com"}),
    );
    assert_eq!(
        (text(&anew, "status"), text(&anew, "instructions_email")),
        ("requires_action", "x@example.com")
    );
    let listed = get(&mut world, &format!("{}/refunds", path_of(&charge)), json!({}));
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
}

#[test]
fn cash_goes_back_as_far_as_there_is_some() {
    let mut world = small();
    let rich = world.ids.write(super::super::Kind::Customer, 14, 0);
    let path = format!("/v1/customers/{rich}/cash_balance");
    let cash = get(&mut world, &path, json!({}));
    let (currency, have) = cash["available"].as_object().unwrap().iter().next().unwrap();
    let ask = |amount: i64| json!({"origin": "customer_balance", "customer": rich, "currency": currency, "amount": amount.to_string()});
    let have = have.as_i64().unwrap();
    let refusal = refused(&mut world, Method::Post, "/v1/refunds", ask(have + 1));
    assert_eq!(refusal.code, Some("balance_insufficient"));
    let refund = post(&mut world, "/v1/refunds", ask(have - 400));
    assert_eq!((text(&refund, "status"), &refund["charge"]), ("requires_action", &Value::Null));
    assert_eq!(get(&mut world, &path, json!({}))["available"][currency], 400);
    post(&mut world, &format!("{}/cancel", path_of(&refund)), json!({}));
    assert_eq!(get(&mut world, &path, json!({})), cash);
}

#[test]
fn a_charge_takes_notes_but_not_any() {
    let mut world = small();
    let before = with_status(&mut world, "/v1/charges", "succeeded");
    let path = path_of(&before);
    let asked = json!({
        "description": "seen", "receipt_email": "new@example.com", "fraud_details": {"user_report": "safe"},
        "transfer_group": "G", "shipping": {"address": {"line1": "Road 1"}, "name": "Ada"},
    });
    let after = post(&mut world, &path, asked);
    assert_eq!(
        (&after["fraud_details"], text(&after["shipping"], "name")),
        (&json!({"user_report": "safe"}), "Ada")
    );
    assert_eq!(
        newest_event(&mut world, "charge.updated")["data"]["previous_attributes"]["transfer_group"],
        Value::Null
    );
    let other = customer(&mut world, "ada@example.com");
    let other =
        if before["customer"] == other.as_str() { customer(&mut world, "alan@example.com") } else { other };
    for (params, code, param) in [
        (json!({"receipt_email": "no"}), Some("email_invalid"), "receipt_email"),
        (json!({"fraud_details": {"user_report": "maybe"}}), None, "fraud_details[user_report]"),
        (json!({"shipping": {"name": "Ada"}}), Some("parameter_missing"), "shipping[address]"),
        (json!({"transfer_group": "H"}), None, "transfer_group"),
        (json!({"customer": other}), None, "customer"),
    ] {
        let refusal = refused(&mut world, Method::Post, &path, params);
        assert_eq!((refusal.code, refusal.param.as_deref()), (code, Some(param)), "{}", refusal.message);
    }
    let clear = post(&mut world, &path, json!({"fraud_details": {"user_report": ""}, "description": ""}));
    assert_eq!((&clear["fraud_details"], &clear["description"]), (&json!({}), &Value::Null));
    assert_eq!(world.by_id(text(&before, "id")).unwrap(), clear);
}
