//! Lists and searches: limits, cursors, ranges, pages, the lag.

use serde_json::{Value, json};

use super::{
    super::value::int,
    changes::{path_of, refundable},
    *,
};

#[test]
fn lists_refuse_wrong_limits_and_cursors() {
    let mut world = world();
    for limit in ["0", "101", "x", "-1"] {
        let refusal = refused(&mut world, Method::Get, "/v1/charges", json!({"limit": limit}));
        assert_eq!(
            (refusal.code, refusal.param.as_deref()),
            (Some("parameter_invalid_integer"), Some("limit"))
        );
    }
    for path in ["/v1/charges", "/v1/products"] {
        for cursor in ["starting_after", "ending_before"] {
            let refusal = refused(&mut world, Method::Get, path, json!({cursor: "ch_none"}));
            assert_eq!((refusal.status, refusal.param.as_deref()), (404, Some(cursor)));
        }
        let both = json!({"starting_after": "a", "ending_before": "b"});
        assert_eq!(refused(&mut world, Method::Get, path, both).status, 400);
    }
    for path in ["/v1/charges", "/v1/customers", "/v1/subscriptions", "/v1/invoices", "/v1/disputes"] {
        let refusal = refused(&mut world, Method::Get, &format!("{path}/x_1"), json!({}));
        assert_eq!((refusal.status, refusal.code), (404, Some("resource_missing")));
    }
    let refusal = refused(&mut world, Method::Get, "/v1/invoices", json!({"customer": "cus_none"}));
    assert_eq!(refusal.message, "No such customer: 'cus_none'");
}

#[test]
fn created_narrows_a_list() {
    let mut world = world();
    let whole = all(&mut world, "/v1/charges", json!({}));
    let at = int(&whole[50], "created");
    let count =
        |world: &mut Universe, created: Value| all(world, "/v1/charges", json!({"created": created})).len();
    let expected = |keep: &dyn Fn(i64) -> bool| whole.iter().filter(|x| keep(int(x, "created"))).count();
    assert_eq!(count(&mut world, json!({"gte": at.to_string()})), expected(&|x| x >= at));
    assert_eq!(count(&mut world, json!({"gt": at.to_string()})), expected(&|x| x > at));
    assert_eq!(count(&mut world, json!({"lt": at.to_string()})), expected(&|x| x < at));
    assert_eq!(count(&mut world, json!(at.to_string())), expected(&|x| x == at));
}

#[test]
fn search_pages_and_lags() {
    let mut world = world();
    let query = json!({"query": "status:\"succeeded\"", "limit": "7"});
    let first = get(&mut world, "/v1/charges/search", query.clone());
    assert_eq!(
        (first["object"].as_str(), first["data"].as_array().unwrap().len()),
        (Some("search_result"), 7)
    );
    let mut next = query;
    next["page"] = first["next_page"].clone();
    let second = get(&mut world, "/v1/charges/search", next);
    let listed: Vec<Value> = all(&mut world, "/v1/charges", json!({}))
        .into_iter()
        .filter(|x| x["status"] == "succeeded")
        .collect();
    assert_eq!(first["data"].as_array().unwrap().as_slice(), &listed[..7]);
    assert_eq!(second["data"].as_array().unwrap().as_slice(), &listed[7..14]);
    world.search_lag_s = 5;
    let charge = refundable(&mut world);
    post(&mut world, &path_of(&charge), json!({"metadata": {"mark": "seen"}}));
    let found = |world: &mut Universe, now| {
        let query = json!({"query": "metadata[\"mark\"]:\"seen\""});
        let page = ask_at(world, now, Method::Get, "/v1/charges/search", query).unwrap();
        page["data"].as_array().unwrap().len()
    };
    assert_eq!((found(&mut world, NOW + 4), found(&mut world, NOW + 5)), (0, 1));
    let products = get(&mut world, "/v1/products/search", json!({"query": "name~\"pro\""}));
    assert_eq!(products["data"][0]["name"], "Pro");
}

#[test]
fn the_balance_is_the_sum_of_its_movements() {
    let mut world = Universe::new(2, 60, NOW);
    let before = get(&mut world, "/v1/balance", json!({}));
    let charge = refundable(&mut world);
    post(&mut world, "/v1/refunds", json!({"charge": charge["id"], "amount": "700"}));
    let after = get(&mut world, "/v1/balance", json!({}));
    let pending = |balance: &Value| {
        let rows = balance["pending"].as_array().unwrap();
        rows.iter().find(|row| row["currency"] == "usd").map_or(0, |row| int(row, "amount"))
    };
    assert_eq!(pending(&after), pending(&before) - 700);
    let net: i64 = all(&mut world, "/v1/balance_transactions", json!({"currency": "usd"}))
        .iter()
        .map(|movement| int(movement, "net"))
        .sum();
    let available = after["available"].as_array().unwrap();
    let available = available.iter().find(|row| row["currency"] == "usd").unwrap();
    assert_eq!(int(available, "amount") + pending(&after), net);
}

#[test]
fn the_cast_and_the_hostile_are_there_at_any_seed() {
    for seed in [0, 1, 99, u64::MAX] {
        let mut world = Universe::new(seed, 20, NOW);
        for email in ["ada@example.com", "grace@example.com", "alan@example.com"] {
            assert!(customer(&mut world, email).starts_with("cus_"), "{seed}");
        }
        let escapes = all(&mut world, "/v1/customers", json!({}))
            .iter()
            .filter(|customer| text(customer, "name").contains('\u{1b}'))
            .count();
        assert_eq!(escapes, 2, "{seed}");
        let longest = customer(&mut world, "hostile5@example.com");
        let longest = get(&mut world, &format!("/v1/customers/{longest}"), json!({}));
        assert_eq!(text(&longest, "name").chars().count(), 10_000);
    }
}
