//! The world asked through its own table of routes: sums, pages, refusals, previews.

mod asking;
mod billing;
mod billing_refusals;
mod changes;
mod collecting;
mod customers;
mod disputes;
mod everything;
mod history;
mod later;
mod payments;
mod previews;
mod renewals;

use serde_json::{Value, json};

use super::{Universe, value::text};
use crate::sandbox::{
    call::{Call, Method, World},
    error::Refusal,
};

/// A moment in the middle of a day.
const NOW: i64 = 20_780 * 86_400 + 40_000;

fn world() -> Universe {
    Universe::new(7, 400, NOW)
}

/// `/v1/a/{id}/b` against `/v1/a/x/b`: what stands for the braces.
fn matched(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (want, have): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    let fits = want.len() == have.len() && want.iter().zip(&have).all(|(w, h)| w.starts_with('{') || w == h);
    fits.then(|| {
        want.iter().zip(have).filter(|(w, _)| w.starts_with('{')).map(|(_, h)| h.to_owned()).collect()
    })
}

#[expect(clippy::needless_pass_by_value, reason = "a literal at each call reads better")]
fn ask_at(
    world: &mut Universe,
    now: i64,
    method: Method,
    path: &str,
    params: Value,
) -> Result<Value, Refusal> {
    let (route, ids) = Universe::routes()
        .iter()
        .filter(|route| route.method == method)
        .find_map(|route| matched(route.pattern, path).map(|ids| (route, ids)))
        .unwrap_or_else(|| panic!("no route for {path}"));
    world.advance(now);
    (route.answer)(
        world,
        &Call {
            path: path.to_owned(),
            ids,
            params: params.as_object().unwrap().clone(),
            now,
            request_id: "req_test".into(),
            idempotency_key: Some("key_test".into()),
        },
    )
}

fn get(world: &mut Universe, path: &str, params: Value) -> Value {
    ask_at(world, NOW, Method::Get, path, params).unwrap()
}

fn refused(world: &mut Universe, method: Method, path: &str, params: Value) -> Refusal {
    ask_at(world, NOW, method, path, params).unwrap_err()
}

fn post(world: &mut Universe, path: &str, params: Value) -> Value {
    ask_at(world, NOW, Method::Post, path, params).unwrap()
}

/// Every object of a list, page by page.
#[expect(clippy::needless_pass_by_value, reason = "a literal at each call reads better")]
fn all(world: &mut Universe, path: &str, params: Value) -> Vec<Value> {
    let mut found: Vec<Value> = vec![];
    loop {
        let mut params = params.clone();
        params["limit"] = json!("100");
        if let Some(last) = found.last() {
            params["starting_after"] = last["id"].clone();
        }
        let page = get(world, path, params);
        found.extend(page["data"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            return found;
        }
    }
}

/// Id of one of the cast.
fn customer(world: &mut Universe, email: &str) -> String {
    let page = get(world, "/v1/customers", json!({"email": email}));
    text(&page["data"][0], "id").to_owned()
}
