//! A small world has every kind of life that a desk meets, each looked for by itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    super::{
        Kind,
        value::{flag, int},
    },
    *,
};

/// So many days a desk can look back.
const TWO_YEARS: i64 = 730 * 86_400;

fn states(objects: &[Value]) -> BTreeSet<&str> {
    objects.iter().map(|object| text(object, "status")).collect()
}

fn at<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn subscriptions(world: &mut Universe) -> Vec<Value> {
    all(world, "/v1/subscriptions", json!({"status": "all"}))
}

/// The prices that customers pay, one an item.
fn prices(subscriptions: &[Value]) -> Vec<&Value> {
    let items = subscriptions.iter().flat_map(|sub| sub["items"]["data"].as_array().unwrap());
    items.map(|item| &item["price"]).collect()
}

#[test]
fn prices_are_monthly_and_yearly_counted_and_tiered() {
    let mut world = world();
    let subscriptions = subscriptions(&mut world);
    let prices = prices(&subscriptions);
    for interval in ["month", "year"] {
        assert!(prices.iter().any(|price| at(price, "/recurring/interval") == interval), "no {interval}");
    }
    for usage in ["licensed", "metered"] {
        assert!(prices.iter().any(|price| at(price, "/recurring/usage_type") == usage), "no {usage}");
    }
    assert!(prices.iter().any(|price| price["billing_scheme"] == "tiered"));
}

#[test]
fn subscriptions_are_in_every_state() {
    let mut world = world();
    let subscriptions = subscriptions(&mut world);
    for status in ["active", "trialing", "past_due", "unpaid", "incomplete", "paused", "canceled"] {
        assert!(states(&subscriptions).contains(status), "no {status} subscription");
    }
    assert!(subscriptions.iter().any(|x| x["status"] == "trialing" && int(x, "trial_end") > NOW));
    assert!(subscriptions.iter().any(|x| x["cancel_at_period_end"] == true));
    assert!(subscriptions.iter().any(|x| !x["schedule"].is_null()));
    assert!(subscriptions.iter().any(|x| x["discounts"] != json!([])));
    let behaviors: BTreeSet<&str> =
        subscriptions.iter().map(|x| at(x, "/pause_collection/behavior")).collect();
    for behavior in ["keep_as_draft", "void"] {
        assert!(behaviors.contains(behavior), "no collection paused with {behavior}");
    }
    assert!(subscriptions.iter().any(|x| x["collection_method"] == "send_invoice"));
    let now_ends = |x: &Value| int(&x["items"]["data"][0], "current_period_end") > NOW - 86_400;
    assert!(subscriptions.iter().filter(|x| x["status"] == "active").all(now_ends));
    let schedules = all(&mut world, "/v1/subscription_schedules", json!({}));
    for status in ["active", "not_started", "released", "canceled", "completed"] {
        assert!(states(&schedules).contains(status), "no {status} schedule");
    }
}

#[test]
fn somebody_upgraded_in_the_middle_of_a_month() {
    let mut world = world();
    let invoices = all(&mut world, "/v1/invoices", json!({}));
    let changed = invoices.iter().find(|invoice| {
        let lines = invoice["lines"]["data"].as_array().unwrap();
        let prorations: Vec<i64> = lines
            .iter()
            .filter(|line| line.pointer("/parent/subscription_item_details/proration") == Some(&json!(true)))
            .map(|line| int(line, "amount"))
            .collect();
        prorations.iter().any(|amount| *amount < 0) && prorations.iter().any(|amount| *amount > 0)
    });
    assert!(changed.is_some(), "no credit for the old price beside a debit for the new");
    for status in ["draft", "open", "paid", "uncollectible", "void"] {
        assert!(states(&invoices).contains(status), "no {status} invoice");
    }
}

#[test]
fn payments_failed_are_held_and_were_given_back() {
    let mut world = world();
    let charges = all(&mut world, "/v1/charges", json!({}));
    assert!(charges.iter().any(|x| x["status"] == "failed" && !x["failure_code"].is_null()));
    assert!(charges.iter().any(|x| x["status"] == "succeeded" && x["captured"] == false));
    assert!(charges.iter().any(|x| x["disputed"] == true));
    assert!(charges.iter().any(|x| x["refunded"] == true));
    let partly = |x: &&Value| int(x, "amount_refunded") > 0 && int(x, "amount_refunded") < int(x, "amount");
    assert!(charges.iter().filter(partly).count() > 2);
    for captured in [true, false] {
        assert!(charges.iter().any(|x| x["payment_intent"].is_null() && x["captured"] == captured));
    }
    let intents = all(&mut world, "/v1/payment_intents", json!({}));
    for status in ["requires_capture", "requires_action", "requires_payment_method", "succeeded"] {
        assert!(states(&intents).contains(status), "no payment intent {status}");
    }
    let refunds = all(&mut world, "/v1/refunds", json!({}));
    for status in ["pending", "requires_action", "succeeded", "failed"] {
        assert!(states(&refunds).contains(status), "no {status} refund");
    }
    let oldest = charges.iter().map(|charge| int(charge, "created")).min().unwrap();
    assert!(oldest <= NOW - TWO_YEARS, "{} days of history", (NOW - oldest) / 86_400);
}

#[test]
fn disputes_are_at_every_stage_and_several_need_an_answer() {
    let mut world = world();
    let disputes = all(&mut world, "/v1/disputes", json!({}));
    for status in [
        "needs_response",
        "under_review",
        "won",
        "lost",
        "warning_needs_response",
        "warning_under_review",
        "warning_closed",
        "prevented",
        "appeal_needs_response",
        "appeal_under_review",
    ] {
        assert!(states(&disputes).contains(status), "no dispute {status}");
    }
    let wait = |x: &&Value| {
        x["status"] == "needs_response"
            && x.pointer("/evidence_details/due_by").and_then(Value::as_i64) > Some(NOW)
    };
    assert!(disputes.iter().filter(wait).count() >= 2);
}

#[test]
fn money_is_of_several_currencies_and_exponents() {
    let mut world = world();
    let charges = all(&mut world, "/v1/charges", json!({}));
    let paid: BTreeSet<&str> = charges.iter().map(|charge| text(charge, "currency")).collect();
    let customers = all(&mut world, "/v1/customers", json!({}));
    let own: BTreeSet<&str> = customers.iter().map(|customer| text(customer, "currency")).collect();
    for currency in ["usd", "eur", "gbp", "jpy", "kwd", "brl"] {
        assert!(paid.contains(currency), "nobody paid in {currency}");
        assert!(own.contains(currency), "nobody's currency is {currency}");
    }
}

#[test]
fn customers_have_what_customers_have() {
    let mut world = world();
    let customers = all(&mut world, "/v1/customers", json!({}));
    assert!(customers.iter().any(|customer| !customer["discount"].is_null()), "no discount on a customer");
    assert!(customers.iter().any(|customer| int(customer, "balance") < 0), "nobody has credit");
    assert!(customers.iter().any(|customer| flag(customer, "delinquent")), "nobody owes");
    let kept = |world: &mut Universe, what: &str| -> usize {
        let path = |customer: &Value| format!("/v1/customers/{}/{what}", text(customer, "id"));
        let counts = customers.iter().map(|customer| all(world, &path(customer), json!({})).len());
        counts.max().unwrap()
    };
    assert!(kept(&mut world, "payment_methods") > 1 && kept(&mut world, "balance_transactions") > 2);
    assert!(kept(&mut world, "tax_ids") > 0);
    let deleted = (0..400).filter(|at| {
        let id = world.ids.write(Kind::Customer, *at, 0);
        world.by_id(&id).unwrap() == json!({"id": id, "object": "customer", "deleted": true})
    });
    let deleted = deleted.count();
    assert!(deleted > 0, "nobody was deleted");
    assert_eq!(deleted + customers.len(), 400);
    let addresses: BTreeSet<&str> = customers.iter().map(|x| text(x, "email")).collect();
    assert!(addresses.len() < customers.len(), "nobody shares an address");
    for path in ["/v1/coupons", "/v1/promotion_codes", "/v1/credit_notes", "/v1/invoiceitems"] {
        assert!(!all(&mut world, path, json!({})).is_empty(), "{path}");
    }
}

#[test]
fn names_try_to_harm_whoever_shows_them() {
    let mut world = world();
    let customers = all(&mut world, "/v1/customers", json!({}));
    let someone = |what: &str, is: &dyn Fn(&str) -> bool| {
        assert!(customers.iter().any(|customer| is(text(customer, "name"))), "no name with {what}");
    };
    someone("a colour sequence", &|name| name.contains("\u{1b}[31m"));
    someone("a clipboard sequence", &|name| name.contains("\u{1b}]52;"));
    someone("a title sequence", &|name| name.contains("\u{1b}]0;"));
    someone("a bidi override", &|name| name.contains('\u{202e}'));
    someone("a bidi isolate", &|name| name.contains('\u{2066}'));
    someone("a zero-width joiner between letters", &|name| name.contains("h\u{200d}J"));
    someone("a zero-width space", &|name| name.contains('\u{200b}'));
    someone("10,000 characters", &|name| name.chars().count() == 10_000);
    someone("an emoji family", &|name| name.contains("👩\u{200d}👩\u{200d}👧\u{200d}👦"));
    someone("ideographs", &|name| name.contains("漢字"));
    someone("combining marks", &|name| name.contains("Z\u{351}\u{36b}\u{343}"));
    someone("a formula", &|name| name.starts_with('='));
    assert!(customers.iter().any(|x| text(x, "description").contains("\r\n")), "no line break");
}

#[test]
fn three_conversations_wait_to_be_had() {
    let mut world = world();
    let charges = |world: &mut Universe, email: &str| {
        let id = customer(world, email);
        all(world, "/v1/charges", json!({"customer": id}))
    };
    let ada = charges(&mut world, "ada@example.com");
    let twice: Vec<&Value> =
        ada.iter().filter(|x| int(x, "amount") == 9_900 && int(x, "created") > NOW - 2 * 86_400).collect();
    assert_eq!(twice.len(), 2, "charged twice");
    assert!(
        twice.iter().all(|x| x["status"] == "succeeded" && x["currency"] == "usd" && x["refunded"] == false)
    );
    assert_ne!(twice[0]["payment_intent"], twice[1]["payment_intent"]);
    assert_eq!(int(twice[0], "created") - int(twice[1], "created"), 240);
    let grace = customer(&mut world, "grace@example.com");
    let hers = all(&mut world, "/v1/subscriptions", json!({"customer": grace}));
    assert_eq!((hers.len(), &hers[0]["status"], &hers[0]["cancel_at"]), (1, &json!("active"), &Value::Null));
    let product = world.by_id(at(&hers[0], "/items/data/0/price/product")).unwrap();
    assert_eq!(product["name"], "Pro");
    let alan = charges(&mut world, "alan@example.com");
    assert_eq!((int(&alan[0], "amount"), &alan[0]["status"]), (4_900, &json!("succeeded")));
    assert!((NOW - 2 * 86_400..NOW - NOW % 86_400).contains(&int(&alan[0], "created")), "it was yesterday");
    let alan = customer(&mut world, "alan@example.com");
    let invoice = &all(&mut world, "/v1/invoices", json!({"customer": alan}))[0];
    assert_eq!(invoice["billing_reason"], "subscription_cycle");
    assert!(at(invoice, "/lines/data/0/description").contains("Growth"), "{invoice}");
}
