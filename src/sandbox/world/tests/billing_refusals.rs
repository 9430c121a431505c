//! Parameters of billing that make no sense: which one is named, with which code.

use serde_json::{Value, json};

use super::{
    super::value::{int, joined},
    billing::{invoice, small, subscription},
    *,
};

/// Parameters, the code and the parameter that the refusal names.
type Row = (Value, Option<&'static str>, &'static str);

fn refuses(world: &mut Universe, path: &str, rows: Vec<Row>) {
    for (params, code, param) in rows {
        let refusal = refused(world, Method::Post, path, params.clone());
        let named = refusal.param.as_deref().unwrap_or("");
        assert_eq!((refusal.code, named), (code, param), "{params}: {}", refusal.message);
        if path == "/v1/credit_notes" {
            let previewed = refused(world, Method::Get, "/v1/credit_notes/preview", params);
            assert_eq!(previewed, refusal, "the preview says the same");
        }
    }
}

const MISSING: Option<&str> = Some("parameter_missing");
const NONE_SUCH: Option<&str> = Some("resource_missing");

#[test]
fn items_of_a_subscription() {
    let mut world = small();
    let running = subscription(&mut world, "grace@example.com");
    let path = format!("/v1/subscriptions/{}", text(&running, "id"));
    let item = running["items"]["data"][0].clone();
    let (id, own) = (item["id"].clone(), item["price"]["id"].clone());
    let euro = all(&mut world, "/v1/prices", json!({"currency": "eur"}))[0]["id"].clone();
    let old = all(&mut world, "/v1/prices", json!({"active": "false"}))[0]["id"].clone();
    let data = json!({"currency": "usd"});
    let rows = vec![
        (json!([{"id": id, "price": euro}]), None, "items[0][price]"),
        (json!([{"id": id, "price": old}]), None, "items[0][price]"),
        (json!([{"price": own}]), None, "items[0][price]"),
        (json!([{"id": id, "deleted": "true"}]), None, "items"),
        (json!([{"id": id, "price_data": data}]), MISSING, "items[0][price_data][product]"),
    ];
    let rows = rows.into_iter().map(|(items, code, param)| (json!({"items": items}), code, param)).collect();
    refuses(&mut world, &path, rows);
    assert_eq!(subscription(&mut world, "grace@example.com"), running, "nothing has changed");
    let metered = subscription(&mut world, "donald@example.com");
    let path = format!("/v1/subscriptions/{}", text(&metered, "id"));
    let items = metered["items"]["data"].as_array().unwrap();
    let counted = items.iter().find(|item| item["price"]["recurring"]["usage_type"] == "metered").unwrap();
    let change = json!({"items": [{"id": counted["id"], "quantity": "2"}]});
    refuses(&mut world, &path, vec![(change, None, "items[0][quantity]")]);
}

#[test]
fn terms_of_a_subscription() {
    let mut world = small();
    let running = subscription(&mut world, "grace@example.com");
    let path = format!("/v1/subscriptions/{}", text(&running, "id"));
    let ada = customer(&mut world, "ada@example.com");
    let hers = get(&mut world, &format!("/v1/customers/{ada}/payment_methods"), json!({}))["data"][0].clone();
    let past = (NOW - 1).to_string();
    let pending = json!({"payment_behavior": "pending_if_incomplete", "metadata": {"a": "b"}});
    let rows = vec![
        (json!({"trial_end": past}), None, "trial_end"),
        (json!({"cancel_at": past}), None, "cancel_at"),
        (json!({"billing_cycle_anchor": "now"}), None, "billing_cycle_anchor"),
        (json!({"days_until_due": "5"}), None, "days_until_due"),
        (json!({"collection_method": "send_invoice"}), None, "days_until_due"),
        (json!({"default_payment_method": hers["id"]}), NONE_SUCH, "default_payment_method"),
        (json!({"payment_behavior": "hope"}), None, "payment_behavior"),
        (pending, None, "metadata"),
        (json!({"pause_collection": {"resumes_at": past}}), MISSING, "pause_collection[behavior]"),
    ];
    refuses(&mut world, &path, rows);
    assert_eq!(subscription(&mut world, "grace@example.com"), running, "nothing has changed");
}

#[test]
fn discounts_of_a_subscription() {
    let mut world = small();
    let running = subscription(&mut world, "grace@example.com");
    let path = format!("/v1/subscriptions/{}", text(&running, "id"));
    let mut rows = vec![
        (json!({"coupon": "NONE"}), NONE_SUCH, "discounts[0][coupon]"),
        (json!({"coupon": "SUMMER24"}), Some("coupon_expired"), "discounts[0][coupon]"),
        (json!({"promotion_code": "promo_none"}), NONE_SUCH, "discounts[0][promotion_code]"),
        (json!({"coupon": "LOYAL10", "discount": "di_1"}), None, "discounts[0]"),
    ];
    for word in ["SUMMER24", "FIRSTTIME", "BIGSPENDER", "FORADA"] {
        let code = all(&mut world, "/v1/promotion_codes", json!({"code": word}))[0]["id"].clone();
        rows.push((json!({"promotion_code": code}), None, "discounts[0][promotion_code]"));
    }
    let rows =
        rows.into_iter().map(|(one, code, param)| (json!({"discounts": [one]}), code, param)).collect();
    refuses(&mut world, &path, rows);
    assert_eq!(subscription(&mut world, "grace@example.com"), running, "nothing has changed");
}

#[test]
fn invoice_items() {
    let mut world = small();
    let paid = invoice(&mut world, "ada@example.com", "paid");
    let draft = invoice(&mut world, "margaret@example.com", "draft");
    let owner = paid["customer"].clone();
    let old = all(&mut world, "/v1/prices", json!({"active": "false"}))[0]["id"].clone();
    let item = |more: Value| joined(json!({"customer": owner, "currency": "usd", "amount": "5"}), more);
    let rows = vec![
        (json!({"amount": "5"}), MISSING, "customer"),
        (json!({"customer": owner, "currency": "usd"}), MISSING, "amount"),
        (json!({"customer": owner, "amount": "5"}), MISSING, "currency"),
        (item(json!({"invoice": paid["id"]})), Some("invoice_not_editable"), "invoice"),
        (item(json!({"invoice": draft["id"]})), NONE_SUCH, "invoice"),
        (item(json!({"subscription": "sub_none"})), NONE_SUCH, "subscription"),
        (item(json!({"pricing": {"price": old}})), None, "pricing[price]"),
        (item(json!({"amount": "9999999999999"})), Some("amount_too_large"), "amount"),
        (item(json!({"period": {"start": "9", "end": "3"}})), None, "period[end]"),
    ];
    refuses(&mut world, "/v1/invoiceitems", rows);
}

#[test]
fn credit_notes() {
    let mut world = small();
    let paid = invoice(&mut world, "ada@example.com", "paid");
    let draft = invoice(&mut world, "margaret@example.com", "draft");
    let void = invoice(&mut world, "edsger@example.com", "void");
    let note = |more: Value| joined(json!({"invoice": paid["id"]}), more);
    let over = (int(&paid, "total") + 1).to_string();
    let line = |line: Value| note(json!({"lines": [line]}));
    let named = json!({"type": "invoice_line_item", "invoice_line_item": "il_none"});
    let rows = vec![
        (json!({}), MISSING, "invoice"),
        (json!({"invoice": draft["id"], "amount": "5"}), None, "invoice"),
        (json!({"invoice": void["id"], "amount": "5"}), None, "invoice"),
        (note(json!({})), MISSING, ""),
        (note(json!({"amount": over, "credit_amount": over})), None, "amount"),
        (note(json!({"amount": "500"})), None, ""),
        (note(json!({"amount": "500", "credit_amount": "400"})), None, ""),
        (note(json!({"amount": "500", "credit_amount": "500", "reason": "why"})), None, "reason"),
        (line(named), NONE_SUCH, "lines[0][invoice_line_item]"),
        (line(json!({"type": "custom_line_item", "unit_amount": "5"})), MISSING, "lines[0][description]"),
    ];
    refuses(&mut world, "/v1/credit_notes", rows);
}
