//! What can be changed about a customer and what is kept with one.

use serde_json::{Value, json};

use super::{
    super::{Kind, value::int},
    changes::newest_event,
    *,
};

fn small() -> Universe {
    Universe::new(7, 48, NOW)
}

/// Path of the customer at an index.
fn at(world: &Universe, index: u32) -> String {
    format!("/v1/customers/{}", world.ids.write(Kind::Customer, index, 0))
}

#[test]
fn a_customer_is_changed_and_the_log_names_what_was() {
    let mut world = small();
    let path = at(&world, 1);
    let before = get(&mut world, &path, json!({}));
    let after = post(
        &mut world,
        &path,
        json!({
            "name": "Rear Admiral Hopper", "email": "hopper@example.com", "phone": "",
            "address": {"city": "Arlington", "country": "US"}, "tax_exempt": "exempt",
            "preferred_locales": ["en", "fr"], "invoice_prefix": "HOPPER", "individual_name": "Grace Hopper",
            "invoice_settings": {"footer": "Thanks", "custom_fields": [{"name": "PO", "value": "7"}]},
            "shipping": {"address": {"line1": "1 Navy Yard"}, "name": "Grace"}, "metadata": {"rank": "admiral"},
        }),
    );
    assert_eq!((text(&after, "name"), &after["phone"]), ("Rear Admiral Hopper", &Value::Null));
    assert_eq!(after["address"]["line1"], Value::Null, "an address stands for the whole");
    assert_eq!(after["preferred_locales"], json!(["en", "fr"]));
    assert_eq!(after["invoice_settings"]["custom_fields"][0]["value"], "7");
    let default = &before["invoice_settings"]["default_payment_method"];
    assert_eq!(&after["invoice_settings"]["default_payment_method"], default);
    let event = newest_event(&mut world, "customer.updated");
    let was = &event["data"]["previous_attributes"];
    assert_eq!((&was["name"], &was["metadata"]), (&before["name"], &json!({"rank": null})));
    assert_eq!(was["invoice_settings"], json!({"custom_fields": null, "footer": null}));
    assert_eq!(customer(&mut world, "hopper@example.com"), text(&before, "id"));
    let found = get(&mut world, "/v1/customers/search", json!({"query": "name~\"admiral\""}));
    assert_eq!(found["data"][0], after);
}

#[test]
fn what_a_customer_cannot_be_is_refused() {
    let mut world = small();
    let path = at(&world, 1);
    let before = get(&mut world, &path, json!({}));
    let ada = format!("{}/payment_methods", at(&world, 0));
    let foreign = get(&mut world, &ada, json!({}))["data"][0]["id"].clone();
    let setting = "invoice_settings[default_payment_method]";
    let fields: Vec<Value> = (0..5).map(|at| json!({"name": at.to_string(), "value": "x"})).collect();
    for (params, code, param) in [
        (json!({"email": "nobody"}), Some("email_invalid"), "email"),
        (json!({"business_name": "x".repeat(151)}), None, "business_name"),
        (json!({"address": {"country": "USA"}}), None, "address[country]"),
        (json!({"shipping": {"name": "x"}}), Some("parameter_missing"), "shipping[address]"),
        (json!({"tax_exempt": "perhaps"}), None, "tax_exempt"),
        (json!({"invoice_prefix": "lower"}), None, "invoice_prefix"),
        (json!({"next_invoice_sequence": "1"}), None, "next_invoice_sequence"),
        (json!({"default_source": "card_1"}), Some("resource_missing"), "default_source"),
        (json!({"tax": {"ip_address": "here"}}), None, "tax[ip_address]"),
        (
            json!({"invoice_settings": {"default_payment_method": "pm_none"}}),
            Some("resource_missing"),
            setting,
        ),
        (json!({"invoice_settings": {"default_payment_method": foreign}}), Some("resource_missing"), setting),
        (json!({"invoice_settings": {"custom_fields": fields}}), None, "invoice_settings[custom_fields]"),
    ] {
        let refusal = refused(&mut world, Method::Post, &path, params);
        assert_eq!((refusal.code, refusal.param.as_deref()), (code, Some(param)), "{}", refusal.message);
        assert_eq!(get(&mut world, &path, json!({})), before);
    }
    let deleted = at(&world, 41);
    for (method, path) in [
        (Method::Post, deleted.clone()),
        (Method::Post, format!("{deleted}/balance_transactions")),
        (Method::Get, format!("{deleted}/tax_ids")),
        (Method::Delete, format!("{deleted}/discount")),
    ] {
        let refusal = refused(&mut world, method, &path, json!({"amount": "5", "currency": "usd"}));
        assert_eq!((refusal.status, refusal.code), (404, Some("resource_missing")), "{path}");
    }
}

#[test]
fn credit_adds_up_in_each_currency() {
    let mut world = small();
    let path = at(&world, 11);
    let moves = all(&mut world, &format!("{path}/balance_transactions"), json!({}));
    assert_eq!(moves.len(), 3);
    let sum: i64 = moves.iter().map(|movement| int(movement, "amount")).sum();
    let before = get(&mut world, &path, json!({}));
    assert_eq!((int(&before, "balance"), int(&moves[0], "ending_balance")), (sum, sum));
    let own = text(&before, "currency").to_owned();
    let asked =
        json!({"amount": "-1500", "currency": own, "description": "For the wait", "metadata": {"a": "b"}});
    let made = post(&mut world, &format!("{path}/balance_transactions"), asked);
    assert_eq!((int(&made, "ending_balance"), text(&made, "type")), (sum - 1_500, "adjustment"));
    let after = get(&mut world, &path, json!({}));
    assert_eq!(int(&after, "balance"), sum - 1_500);
    let event = newest_event(&mut world, "customer.updated");
    assert_eq!(event["data"]["previous_attributes"], json!({"balance": sum}));
    let other = if own == "chf" { "sek" } else { "chf" };
    let asked = json!({"amount": "700", "currency": other});
    let made = post(&mut world, &format!("{path}/balance_transactions"), asked);
    assert_eq!(int(&made, "ending_balance"), 700);
    let after = get(&mut world, &path, json!({}));
    assert_eq!(int(&after, "balance"), sum - 1_500, "another currency is another balance");
    let credit = world.expand_field(&after, "invoice_credit_balance").unwrap();
    assert_eq!(credit, json!({own: 1_500 - sum, other: -700}));
    let one = format!("{path}/balance_transactions/{}", text(&made, "id"));
    let noted = post(&mut world, &one, json!({"description": "By mistake"}));
    assert_eq!(get(&mut world, &one, json!({})), noted);
    let elsewhere = format!("{}/balance_transactions/{}", at(&world, 1), text(&made, "id"));
    assert_eq!(refused(&mut world, Method::Get, &elsewhere, json!({})).status, 404);
    post(&mut world, &path, json!({"balance": "0"}));
    let newest =
        get(&mut world, &format!("{path}/balance_transactions"), json!({"limit": "1"}))["data"][0].clone();
    assert_eq!((int(&newest, "amount"), int(&newest, "ending_balance")), (1_500 - sum, 0));
}

#[test]
fn credit_wants_an_amount_and_a_currency_in_bounds() {
    let mut world = small();
    let path = format!("{}/balance_transactions", at(&world, 11));
    let many: serde_json::Map<String, Value> = (0..51).map(|at| (format!("k{at}"), json!("v"))).collect();
    for (params, code, param) in [
        (json!({"currency": "usd"}), Some("parameter_missing"), "amount"),
        (json!({"amount": "1.5", "currency": "usd"}), Some("parameter_invalid_integer"), "amount"),
        (json!({"amount": "100"}), Some("parameter_missing"), "currency"),
        (json!({"amount": "100", "currency": "bits"}), None, "currency"),
        (json!({"amount": "-100000000", "currency": "usd"}), Some("amount_too_large"), "amount"),
        (json!({"amount": "1", "currency": "usd", "metadata": many}), None, "metadata"),
    ] {
        let refusal = refused(&mut world, Method::Post, &path, params);
        assert_eq!((refusal.code, refusal.param.as_deref()), (code, Some(param)), "{}", refusal.message);
    }
}

#[test]
fn a_detached_card_is_nobodys_default_any_more() {
    let mut world = small();
    let path = at(&world, 4);
    let cards = all(&mut world, &format!("{path}/payment_methods"), json!({}));
    assert_eq!(cards.len(), 2);
    let whole = get(&mut world, &path, json!({}));
    let default = text(&whole["invoice_settings"], "default_payment_method").to_owned();
    let other = cards.iter().find(|card| card["id"] != default.as_str()).unwrap()["id"].clone();
    let chosen = post(&mut world, &path, json!({"invoice_settings": {"default_payment_method": other}}));
    assert_eq!(chosen["invoice_settings"]["default_payment_method"], other);
    let detach = format!("/v1/payment_methods/{}/detach", other.as_str().unwrap());
    let gone = post(&mut world, &detach, json!({}));
    assert_eq!((&gone["customer"], &gone["id"]), (&Value::Null, &other));
    let event = newest_event(&mut world, "payment_method.detached");
    assert_eq!(event["data"]["previous_attributes"], json!({"customer": whole["id"]}));
    let after = get(&mut world, &path, json!({}));
    assert_eq!(after["invoice_settings"]["default_payment_method"], Value::Null);
    for list in [json!({"customer": whole["id"]}), json!({"customer": whole["id"], "type": "card"})] {
        let left = all(&mut world, "/v1/payment_methods", list);
        assert!(left.iter().all(|card| card["id"] != other));
    }
    let again = refused(&mut world, Method::Post, &detach, json!({}));
    assert!(again.message.contains("not attached to a customer so detachment is impossible"));
    let back = json!({"invoice_settings": {"default_payment_method": other}});
    assert!(
        refused(&mut world, Method::Post, &path, back).message.contains("must be attached to the customer")
    );
    for (path, param) in
        [("/v1/payment_methods", "customer_account"), ("/v1/payment_intents", "customer_account")]
    {
        let refusal = refused(&mut world, Method::Get, path, json!({param: "acct_1"}));
        assert_eq!((refusal.code, refusal.param.as_deref()), (Some("resource_missing"), Some(param)));
    }
    let wrong = refused(&mut world, Method::Get, "/v1/payment_methods", json!({"type": "cheque"}));
    assert_eq!(wrong.param.as_deref(), Some("type"));
}

#[test]
fn a_detached_card_leaves_its_subscription_without_one() {
    let mut world = small();
    let grace = customer(&mut world, "grace@example.com");
    let before = get(&mut world, "/v1/subscriptions", json!({"customer": grace}))["data"][0].clone();
    let card =
        get(&mut world, &format!("/v1/customers/{grace}/payment_methods"), json!({}))["data"][0].clone();
    let mut paying = before.clone();
    paying["default_payment_method"] = card["id"].clone();
    world.put(&paying);
    post(&mut world, &format!("/v1/payment_methods/{}/detach", text(&card, "id")), json!({}));
    assert_eq!(
        world.by_id(text(&before, "id")).unwrap(),
        before,
        "Stripe lets it go, and the next invoice may fail"
    );
    let event = newest_event(&mut world, "customer.subscription.updated");
    assert_eq!(event["data"]["previous_attributes"], json!({"default_payment_method": card["id"]}));
    assert!(all(&mut world, &format!("/v1/customers/{grace}/payment_methods"), json!({})).is_empty());
}

#[test]
fn a_discount_goes_once() {
    let mut world = small();
    let path = at(&world, 10);
    let discount = get(&mut world, &path, json!({}))["discount"].clone();
    let gone = ask_at(&mut world, NOW, Method::Delete, &format!("{path}/discount"), json!({})).unwrap();
    assert_eq!((&gone["id"], &gone["deleted"]), (&discount["id"], &json!(true)));
    assert_eq!(get(&mut world, &path, json!({}))["discount"], Value::Null);
    assert_eq!(newest_event(&mut world, "customer.discount.deleted")["data"]["object"]["id"], discount["id"]);
    let again = refused(&mut world, Method::Delete, &format!("{path}/discount"), json!({}));
    assert_eq!((again.status, again.code), (404, Some("resource_missing")));
}

#[test]
fn tax_ids_and_cash_are_there_and_what_is_unshown_is_kept() {
    let mut world = small();
    let paths: Vec<String> =
        (0..48).filter(|index| *index != 41).map(|index| format!("{}/tax_ids", at(&world, index))).collect();
    let found: usize = paths.iter().map(|path| all(&mut world, path, json!({})).len()).sum();
    assert!(found > 0);
    let path = at(&world, 14);
    let asked = json!({
        "cash_balance": {"settings": {"reconciliation_mode": "manual"}}, "tax": {"ip_address": "192.0.2.7"},
    });
    let customer = post(&mut world, &path, asked);
    assert!(customer.get("cash_balance").is_none() && customer.get("tax").is_none());
    let cash = get(&mut world, &format!("{path}/cash_balance"), json!({}));
    assert_eq!(cash["settings"], json!({"reconciliation_mode": "manual", "using_merchant_default": false}));
    assert_eq!(world.expand_field(&customer, "cash_balance"), Some(cash));
    assert_eq!(world.expand_field(&customer, "tax").unwrap()["ip_address"], "192.0.2.7");
}

#[test]
fn a_portal_link_is_made_for_its_customer_only() {
    let mut world = small();
    let ada = customer(&mut world, "ada@example.com");
    let mine = get(&mut world, "/v1/subscriptions", json!({"customer": ada}))["data"][0]["id"].clone();
    let grace = customer(&mut world, "grace@example.com");
    let path = "/v1/billing_portal/sessions";
    let flow = |subscription: &Value| {
        json!({"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription},
            "after_completion": {"type": "redirect", "redirect": {"return_url": "https://example.com/done"}}})
    };
    let asked = json!({"customer": ada, "return_url": "https://example.com", "locale": "de", "flow_data": flow(&mine)});
    let session = post(&mut world, path, asked);
    assert!(text(&session, "url").starts_with("https://billing.stripe.com/p/session/test_"));
    assert_eq!(session["flow"]["subscription_cancel"], json!({"retention": null, "subscription": mine}));
    assert_eq!(session["flow"]["after_completion"]["type"], "redirect");
    assert_eq!(newest_event(&mut world, "billing_portal.session.created")["data"]["object"], session);
    let plain = post(&mut world, path, json!({"customer": ada}));
    assert_eq!(plain["flow"], Value::Null);
    assert_ne!(plain["url"], session["url"]);
    let deleted = world.ids.write(Kind::Customer, 41, 0);
    let place = "flow_data[subscription_cancel][subscription]";
    for (params, code, param) in [
        (json!({}), Some("parameter_missing"), "customer"),
        (json!({"customer": deleted}), Some("resource_missing"), "customer"),
        (json!({"customer": ada, "return_url": "example.com"}), Some("url_invalid"), "return_url"),
        (json!({"customer": ada, "locale": "tlh"}), None, "locale"),
        (json!({"customer": ada, "configuration": "bpc_none"}), Some("resource_missing"), "configuration"),
        (
            json!({"customer": ada, "flow_data": {"type": "subscription_cancel"}}),
            Some("parameter_missing"),
            place,
        ),
        (json!({"customer": grace, "flow_data": flow(&mine)}), None, place),
        (
            json!({"customer": ada, "after_expiration": {"customer_login": {}}}),
            Some("parameter_missing"),
            "after_expiration[type]",
        ),
    ] {
        let refusal = refused(&mut world, Method::Post, path, params);
        assert_eq!((refusal.code, refusal.param.as_deref()), (code, Some(param)), "{}", refusal.message);
    }
}

#[test]
fn events_are_asked_for_by_one_type_or_by_several() {
    let mut world = small();
    let both = json!({"type": "charge.succeeded", "types": ["refund.created"]});
    assert_eq!(refused(&mut world, Method::Get, "/v1/events", both).status, 400);
    let many: Vec<String> = (0..21).map(|at| format!("a.{at}")).collect();
    assert_eq!(
        refused(&mut world, Method::Get, "/v1/events", json!({"types": many})).param.as_deref(),
        Some("types")
    );
    assert!(all(&mut world, "/v1/events", json!({"delivery_success": "false"})).is_empty());
    assert!(!all(&mut world, "/v1/events", json!({"delivery_success": "true"})).is_empty());
}
