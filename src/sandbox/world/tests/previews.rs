//! What is previewed is what happens: the same lines and the same sums, at any second and for any change.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{super::value::int, *};

/// Sums and lines of an invoice, without what only a stored one has.
fn essence(invoice: &Value) -> Value {
    let lines = invoice["lines"]["data"].as_array().unwrap();
    let sums = ["subtotal", "total", "amount_due", "starting_balance", "ending_balance"]
        .map(|key| invoice[key].clone());
    json!({
        "sums": sums,
        "lines": lines.iter().map(|line| json!([
            line["amount"], line["description"], line["period"], line["quantity"], line["discountable"],
            line["pricing"], line["parent"]["subscription_item_details"]["proration"],
            line["parent"]["subscription_item_details"]["proration_details"],
            line["discount_amounts"][0]["amount"],
        ])).collect::<Vec<_>>(),
    })
}

fn price(world: &mut Universe, key: &str) -> Value {
    all(world, "/v1/prices", json!({"lookup_keys": [key]}))[0]["id"].clone()
}

/// A subscription of Grace, with a coupon and with credit if they are wanted.
fn prepared(world: &mut Universe, coupon: bool, credit: i64) -> Value {
    let owner = customer(world, "grace@example.com");
    if credit != 0 {
        let mut whole = world.by_id(&owner).unwrap();
        super::super::value::set(&mut whole, "balance", credit);
        world.put(&whole);
    }
    let subscription = get(world, "/v1/subscriptions", json!({"customer": owner}))["data"][0].clone();
    if coupon {
        let path = format!("/v1/subscriptions/{}", text(&subscription, "id"));
        return post(world, &path, json!({"discounts": [{"coupon": "LOYAL10"}]}));
    }
    subscription
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_preview_is_what_happens(
        second in 0_i64..31 * 86_400,
        to in prop::sample::select(vec!["starter_month_usd", "growth_month_usd", "business_month_usd", "pro_year_usd", "starter_year_usd", ""]),
        quantity in 1_i64..9,
        coupon: bool,
        credit in prop::sample::select(vec![0_i64, -700, -50_000, 900]),
        behavior in prop::sample::select(vec!["always_invoice", "create_prorations", "none"]),
        more: bool,
    ) {
        let mut world = Universe::new(7, 12, NOW);
        let subscription = prepared(&mut world, coupon, credit);
        let item = &subscription["items"]["data"][0];
        let (start, end) = (int(item, "current_period_start"), int(item, "current_period_end"));
        let at = start + second % (end - start);
        let mut change = json!({"id": item["id"], "quantity": quantity.to_string()});
        if !to.is_empty() {
            change["price"] = price(&mut world, to);
        }
        let mut items = vec![change];
        if more {
            items.push(json!({"price": price(&mut world, "extra_seat_month_usd"), "quantity": "3"}));
        }
        let params = json!({"items": items, "proration_behavior": behavior, "proration_date": at.to_string()});
        let asked = json!({"subscription": subscription["id"], "subscription_details": params});
        let preview = post(&mut world, "/v1/invoices/create_preview", asked);
        let before = subscription["latest_invoice"].clone();
        let path = format!("/v1/subscriptions/{}", text(&subscription, "id"));
        let after = post(&mut world, &path, params);
        // What is not billed now is on the next invoice.
        let happened = if after["latest_invoice"] == before {
            post(&mut world, "/v1/invoices/create_preview", json!({"subscription": subscription["id"]}))
        } else {
            let invoice = world.by_id(text(&after, "latest_invoice")).unwrap();
            prop_assert_eq!(&invoice["status"], "paid");
            let charged: i64 = all(&mut world, "/v1/invoice_payments", json!({"invoice": invoice["id"]}))
                .iter()
                .map(|payment| int(payment, "amount_paid"))
                .sum();
            prop_assert_eq!(charged, int(&preview, "amount_due"));
            let owner = world.by_id(text(&invoice, "customer")).unwrap();
            prop_assert_eq!(&owner["balance"], &preview["ending_balance"]);
            invoice
        };
        prop_assert_eq!(essence(&happened), essence(&preview));
        // Money adds up.
        let lines = happened["lines"]["data"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|line| int(line, "amount")).sum();
        let off: i64 = happened["total_discount_amounts"].as_array().unwrap().iter().map(|x| int(x, "amount")).sum();
        prop_assert_eq!((int(&happened, "subtotal"), int(&happened, "total")), (sum, sum - off));
        prop_assert_eq!(
            int(&happened, "starting_balance") + int(&happened, "total"),
            int(&happened, "amount_due") + int(&happened, "ending_balance")
        );
    }
}

#[test]
fn a_longer_interval_begins_a_new_period() {
    let mut world = Universe::new(7, 12, NOW);
    let subscription = prepared(&mut world, false, 0);
    let item = subscription["items"]["data"][0].clone();
    let yearly = price(&mut world, "pro_year_usd");
    let path = format!("/v1/subscriptions/{}", text(&subscription, "id"));
    let after = post(&mut world, &path, json!({"items": [{"id": item["id"], "price": yearly}]}));
    assert_eq!(int(&after, "billing_cycle_anchor"), NOW);
    let changed = &after["items"]["data"][0];
    assert_eq!((int(changed, "current_period_start"), &changed["price"]["id"]), (NOW, &yearly));
    assert!(int(changed, "current_period_end") >= NOW + 365 * 86_400);
    let invoice = world.by_id(text(&after, "latest_invoice")).unwrap();
    let lines = invoice["lines"]["data"].as_array().unwrap();
    assert!(text(&lines[0], "description").starts_with("Unused time on Pro after"), "{}", lines[0]);
    assert_eq!((int(&lines[1], "amount"), &lines[1]["discountable"]), (99_000, &json!(true)));
    assert_eq!(invoice["billing_reason"], "subscription_update");
    let credited = &lines[0]["parent"]["subscription_item_details"]["proration_details"]["credited_items"];
    assert_eq!(credited["invoice"], subscription["latest_invoice"]);
}

#[test]
fn a_credit_below_the_least_charge_waits_on_the_balance() {
    let mut world = Universe::new(7, 12, NOW);
    let subscription = prepared(&mut world, false, 0);
    let item = &subscription["items"]["data"][0];
    let end = int(item, "current_period_end");
    let change = json!({
        "items": [{"id": item["id"], "quantity": "2"}], "proration_behavior": "always_invoice",
        "proration_date": (end - 3 * 3_600).to_string(),
    });
    let path = format!("/v1/subscriptions/{}", text(&subscription, "id"));
    let after = post(&mut world, &path, change);
    let invoice = world.by_id(text(&after, "latest_invoice")).unwrap();
    let total = int(&invoice, "total");
    assert!((1..50).contains(&total), "{total}");
    assert_eq!((int(&invoice, "amount_due"), &invoice["status"]), (0, &json!("paid")));
    assert_eq!((&invoice["attempted"], int(&invoice, "attempt_count")), (&json!(true), 0));
    let owner = world.by_id(text(&invoice, "customer")).unwrap();
    assert_eq!(int(&owner, "balance"), total);
}

#[test]
fn a_schedule_prices_the_next_period() {
    let mut world = Universe::new(7, 30, NOW);
    let owner = customer(&mut world, "katherine@example.com");
    let subscription = get(&mut world, "/v1/subscriptions", json!({"customer": owner}))["data"][0].clone();
    for asked in [
        json!({"customer": owner}),
        json!({"subscription": subscription["id"]}),
        json!({"schedule": subscription["schedule"]}),
    ] {
        let next = post(&mut world, "/v1/invoices/create_preview", asked);
        assert_eq!((int(&next, "total"), int(&next, "amount_due")), (24_900, 22_400), "credit is used");
    }
    let path = format!("/v1/subscription_schedules/{}/release", text(&subscription, "schedule"));
    post(&mut world, &path, json!({}));
    let next = post(&mut world, "/v1/invoices/create_preview", json!({"customer": owner}));
    assert_eq!(int(&next, "total"), 4_900);
}

#[test]
fn previews_show_discounts_items_trials_and_new_subscriptions() {
    let mut world = Universe::new(7, 12, NOW);
    let subscription = prepared(&mut world, false, 0);
    let (id, owner) = (subscription["id"].clone(), subscription["customer"].clone());
    let total = |world: &mut Universe, more: Value| {
        let asked = super::super::value::joined(json!({"subscription": id}), more);
        int(&post(world, "/v1/invoices/create_preview", asked), "total")
    };
    assert_eq!(total(&mut world, json!({})), 9_900);
    assert_eq!(total(&mut world, json!({"discounts": [{"coupon": "NONPROFIT25"}]})), 9_900 - 2_475);
    assert_eq!(total(&mut world, json!({"discounts": [{"coupon": "TENOFF"}]})), 8_900);
    let item = json!({"invoice_items": [{"amount": "-500", "currency": "usd", "description": "Sorry"}]});
    assert_eq!(total(&mut world, item), 9_400);
    post(&mut world, "/v1/invoiceitems", json!({"customer": owner, "amount": "250", "currency": "usd"}));
    assert_eq!(total(&mut world, json!({})), 10_150);
    assert_eq!(total(&mut world, json!({"preview_mode": "recurring"})), 9_900);
    let end = (NOW + 9 * 86_400).to_string();
    let trial = json!({"subscription_details": {"trial_end": end, "proration_behavior": "none"}});
    assert_eq!(total(&mut world, trial), 10_150, "billed when the trial is over");
    let seat = price(&mut world, "growth_month_usd");
    let new =
        json!({"customer": owner, "subscription_details": {"items": [{"price": seat, "quantity": "2"}]}});
    let new = post(&mut world, "/v1/invoices/create_preview", new);
    assert_eq!(int(&new, "subtotal"), 9_800 + 250);
    assert!(all(&mut world, "/v1/invoiceitems", json!({"customer": owner})).len() == 1, "nothing is kept");
}
