//! What can be read: objects by their id, and lists, newest first.

use serde_json::{Value, json};

use super::{Said, Stripe, missing, number, word};
use crate::request::Request;

pub(super) fn read(stripe: &Stripe, request: &Request) -> Said {
    let of_kind = |kind: &str| {
        let mut rows: Vec<Value> =
            stripe.objects.values().filter(|object| object["object"] == kind).cloned().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(number(row, "created")));
        rows
    };
    let rows = match request.endpoint.as_str() {
        "/v1/account" => return (200, account()),
        "/v1/invoices/create_preview" => return (200, preview(stripe, request)),
        "/v1/customers" | "/v1/customers/search" => of_kind("customer"),
        "/v1/charges" | "/v1/charges/search" => of_kind("charge"),
        "/v1/subscriptions" => of_kind("subscription"),
        "/v1/invoices" | "/v1/invoices/search" => of_kind("invoice"),
        "/v1/prices" => of_kind("price"),
        "/v1/products" => of_kind("product"),
        "/v1/refunds" => stripe.refunds.clone(),
        endpoint if endpoint.ends_with('}') => return object(stripe, request),
        _ => Vec::new(),
    };
    list(stripe, request, rows)
}

fn object(stripe: &Stripe, request: &Request) -> Said {
    let id = request.path.rsplit('/').next().unwrap_or_default();
    let refund = || stripe.refunds.iter().find(|refund| refund["id"] == id);
    match stripe.objects.get(id).or_else(refund) {
        Some(object) => (200, expanded(stripe, request, object.clone(), "")),
        None => missing(&format!("object: '{id}'")),
    }
}

fn list(stripe: &Stripe, request: &Request, rows: Vec<Value>) -> Said {
    let same = |row: &Value, name: &str| request.param(name).is_none_or(|meant| row[name] == meant);
    let since = request.param("created[gte]").and_then(|text| text.parse().ok()).unwrap_or(0_i64);
    let email = request.param("email");
    let most = request.param("limit").and_then(|text| text.parse().ok()).unwrap_or(10_usize);
    let mut rows: Vec<Value> = rows
        .into_iter()
        .filter(|row| same(row, "customer") && same(row, "charge"))
        .filter(|row| email.is_none_or(|email| row["email"] == email))
        .filter(|row| number(row, "created") >= since)
        .collect();
    if let Some(last) = request.param("starting_after") {
        let Some(at) = rows.iter().position(|row| row["id"] == last) else { return missing("object") };
        rows.drain(..=at);
    }
    let has_more = rows.len() > most;
    rows.truncate(most);
    let data: Vec<_> = rows.into_iter().map(|row| expanded(stripe, request, row, "data.")).collect();
    let object = if request.is_search() { "search_result" } else { "list" };
    (200, json!({"object": object, "data": data, "has_more": has_more, "url": request.path}))
}

/// The links that the call asks to be followed. `before` is what stands before their names.
fn expanded(stripe: &Stripe, request: &Request, mut object: Value, before: &str) -> Value {
    let asked = request.params.iter().filter(|(name, _)| name == "expand[]");
    for path in asked.filter_map(|(_, path)| path.strip_prefix(before)) {
        if path == "refunds" {
            let of = word(&object, "id");
            let rows: Vec<_> =
                stripe.refunds.iter().filter(|refund| refund["charge"] == of).take(10).cloned().collect();
            object["refunds"] = json!({"object": "list", "data": rows, "has_more": false});
        } else if let Some(found) = object[path].as_str().and_then(|id| stripe.objects.get(id)) {
            object[path] = found.clone();
        }
    }
    object
}

pub(in crate::simulator) fn account() -> Value {
    json!({"id": "acct_1", "object": "account",
        "settings": {"dashboard": {"display_name": "Acme", "timezone": "Etc/UTC"}}})
}

fn preview(stripe: &Stripe, request: &Request) -> Value {
    let of = request.param("subscription").and_then(|id| stripe.objects.get(id));
    let customer = of.map(|found| found["customer"].clone()).unwrap_or_default();
    json!({"id": "upcoming_in_1", "object": "invoice", "status": "draft", "customer": customer, "currency": "usd",
        "total": 1_900, "amount_due": 1_900, "amount_paid": 0, "amount_remaining": 1_900,
        "lines": {"object": "list", "data": [], "has_more": false}})
}
