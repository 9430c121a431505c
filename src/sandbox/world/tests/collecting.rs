//! Money through invoices: finalised, paid, refused, given up, credited, and what each leaves behind.

use serde_json::{Value, json};

use super::{
    super::value::int,
    billing::{find, invoice, small, subscription},
    *,
};

fn act(world: &mut Universe, invoice: &Value, verb: &str, params: Value) -> Value {
    post(world, &format!("/v1/invoices/{}/{verb}", text(invoice, "id")), params)
}

fn said(world: &mut Universe, name: &str, id: &Value) -> Value {
    let events = all(world, "/v1/events", json!({"type": name}));
    events
        .into_iter()
        .find(|event| event["data"]["object"]["id"] == *id)
        .unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn a_draft_is_finalised_paid_and_leaves_its_traces() {
    let mut world = small();
    let draft = invoice(&mut world, "margaret@example.com", "draft");
    let before = world.by_id(text(&draft, "customer")).unwrap();
    let open = act(&mut world, &draft, "finalize", json!({"auto_advance": "false"}));
    assert_eq!(
        (&open["status"], &open["attempted"], int(&open, "attempt_count")),
        (&json!("open"), &json!(false), 0)
    );
    let number = format!("{}-{:04}", text(&before, "invoice_prefix"), int(&before, "next_invoice_sequence"));
    assert_eq!(open["number"], number.as_str());
    assert!(
        open["hosted_invoice_url"].is_string() && int(&open["status_transitions"], "finalized_at") == NOW
    );
    said(&mut world, "invoice.finalized", &open["id"]);
    let paid = act(&mut world, &open, "pay", json!({}));
    let due = int(&open, "amount_due");
    assert_eq!(
        (&paid["status"], int(&paid, "amount_paid"), int(&paid, "amount_remaining")),
        (&json!("paid"), due, 0)
    );
    assert_eq!((int(&paid, "attempt_count"), int(&paid["status_transitions"], "paid_at")), (1, NOW));
    let payments = all(&mut world, "/v1/invoice_payments", json!({"invoice": open["id"]}));
    assert_eq!((payments.len(), int(&payments[0], "amount_paid")), (1, due));
    let intent = world.by_id(payments[0]["payment"]["payment_intent"].as_str().unwrap()).unwrap();
    assert_eq!((&intent["status"], int(&intent, "amount_received")), (&json!("succeeded"), due));
    let charge = world.by_id(text(&intent, "latest_charge")).unwrap();
    assert_eq!((int(&charge, "amount"), &charge["paid"]), (due, &json!(true)));
    let movement = world.by_id(text(&charge, "balance_transaction")).unwrap();
    assert_eq!((int(&movement, "amount"), &movement["source"]), (due, &charge["id"]));
    assert_eq!(int(&movement, "net"), due - int(&movement, "fee"));
    for (name, id) in [
        ("invoice.paid", &paid["id"]),
        ("invoice.payment_succeeded", &paid["id"]),
        ("invoice_payment.paid", &payments[0]["id"]),
        ("payment_intent.succeeded", &intent["id"]),
        ("charge.succeeded", &charge["id"]),
    ] {
        said(&mut world, name, id);
    }
    let changed = said(&mut world, "invoice.updated", &paid["id"]);
    assert_eq!(changed["data"]["previous_attributes"]["status"], "open");
    let expanded = world.expand_field(&paid, "payments").unwrap();
    assert_eq!(expanded["data"][0]["status"], "paid");
}

#[test]
fn a_refused_card_leaves_the_invoice_open_and_another_way_pays_it() {
    let mut world = small();
    let open = invoice(&mut world, "edsger@example.com", "open");
    let path = format!("/v1/invoices/{}/pay", text(&open, "id"));
    let refusal = refused(&mut world, Method::Post, &path, json!({}));
    assert_eq!((refusal.status, refusal.kind, refusal.code), (402, "card_error", Some("card_declined")));
    assert_eq!(refusal.more["decline_code"], "generic_decline");
    assert_eq!(refusal.more["payment_intent"]["status"], "requires_payment_method");
    let after = world.by_id(text(&open, "id")).unwrap();
    assert_eq!(
        (&after["status"], int(&after, "attempt_count")),
        (&json!("open"), int(&open, "attempt_count") + 1)
    );
    let charge = world.by_id(refusal.more["charge"].as_str().unwrap()).unwrap();
    assert_eq!((&charge["status"], &charge["balance_transaction"]), (&json!("failed"), &Value::Null));
    said(&mut world, "invoice.payment_failed", &open["id"]);
    assert_eq!(subscription(&mut world, "edsger@example.com")["status"], "past_due");
    let paid = act(&mut world, &open, "pay", json!({"paid_out_of_band": "true"}));
    let due = int(&open, "amount_due");
    assert_eq!((int(&paid, "amount_paid"), int(&paid, "amount_paid_off_stripe")), (due, due));
    assert_eq!(paid["attempt_count"], after["attempt_count"]);
    assert_eq!(subscription(&mut world, "edsger@example.com")["status"], "active");
    let owner = world.by_id(text(&open, "customer")).unwrap();
    assert_eq!(owner["delinquent"], false);
}

#[test]
fn giving_up_and_voiding_end_what_was_owed() {
    let mut world = small();
    let open = invoice(&mut world, "barbara@example.com", "open");
    let sent = act(&mut world, &open, "send", json!({}));
    assert_eq!(sent, open);
    said(&mut world, "invoice.sent", &open["id"]);
    let given_up = act(&mut world, &open, "mark_uncollectible", json!({}));
    assert_eq!((&given_up["status"], &given_up["auto_advance"]), (&json!("uncollectible"), &json!(false)));
    assert_eq!(given_up["status_details"]["uncollectible"]["reason"], "user_forgiven");
    said(&mut world, "invoice.marked_uncollectible", &open["id"]);
    let void = act(&mut world, &given_up, "void", json!({}));
    assert_eq!((&void["status"], int(&void["status_transitions"], "voided_at")), (&json!("void"), NOW));
    said(&mut world, "invoice.voided", &open["id"]);
    let payments = all(&mut world, "/v1/invoice_payments", json!({"invoice": open["id"]}));
    assert_eq!(payments[0]["status"], "canceled");
    let intent = world.by_id(payments[0]["payment"]["payment_intent"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&intent["status"], &intent["cancellation_reason"]),
        (&json!("canceled"), &json!("void_invoice"))
    );
    assert_eq!(subscription(&mut world, "barbara@example.com")["status"], "past_due", "another one is late");
    let late = invoice(&mut world, "barbara@example.com", "open");
    act(&mut world, &late, "void", json!({}));
    assert_eq!(subscription(&mut world, "barbara@example.com")["status"], "active");
}

#[test]
fn voiding_gives_used_credit_back() {
    let mut world = small();
    let draft = invoice(&mut world, "margaret@example.com", "draft");
    let mut owner = world.by_id(text(&draft, "customer")).unwrap();
    super::super::value::set(&mut owner, "balance", -1_200);
    world.put(&owner);
    let open = act(&mut world, &draft, "finalize", json!({}));
    assert_eq!(int(&open, "amount_due"), int(&open, "total") - 1_200);
    let balance = |world: &mut Universe| int(&world.by_id(text(&draft, "customer")).unwrap(), "balance");
    assert_eq!(balance(&mut world), 0);
    act(&mut world, &open, "void", json!({}));
    assert_eq!(balance(&mut world), -1_200);
    let moves = get(
        &mut world,
        &format!("/v1/customers/{}/balance_transactions", text(&draft, "customer")),
        json!({}),
    );
    assert_eq!(
        (&moves["data"][0]["type"], &moves["data"][1]["type"]),
        (&json!("unapplied_from_invoice"), &json!("applied_to_invoice"))
    );
}

#[test]
fn waiting_items_land_on_drafts_and_can_be_taken_back() {
    let mut world = small();
    let draft = invoice(&mut world, "margaret@example.com", "draft");
    let params = json!({
        "customer": draft["customer"], "invoice": draft["id"], "amount": "700", "currency": "usd",
        "description": "Late fee", "metadata": {"ticket": "T-1"}, "discountable": "false",
    });
    let item = post(&mut world, "/v1/invoiceitems", params);
    assert_eq!(
        (&item["object"], &item["invoice"], &item["metadata"]["ticket"]),
        (&json!("invoiceitem"), &draft["id"], &json!("T-1"))
    );
    said(&mut world, "invoiceitem.created", &item["id"]);
    let after = world.by_id(text(&draft, "id")).unwrap();
    assert_eq!(int(&after, "total"), int(&draft, "total") + 700);
    let lines =
        get(&mut world, &format!("/v1/invoices/{}/lines", text(&draft, "id")), json!({"limit": "100"}));
    let line = lines["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(line["parent"]["invoice_item_details"]["invoice_item"], item["id"]);
    let path = format!("/v1/invoiceitems/{}", text(&item, "id"));
    let gone = ask_at(&mut world, NOW, Method::Delete, &path, json!({})).unwrap();
    assert_eq!(gone, json!({"id": item["id"], "object": "invoiceitem", "deleted": true}));
    assert_eq!(refused(&mut world, Method::Get, &path, json!({})).status, 404);
    assert_eq!(int(&world.by_id(text(&draft, "id")).unwrap(), "total"), int(&draft, "total"));
}

#[test]
fn a_credit_note_on_a_paid_invoice_goes_three_ways() {
    let mut world = small();
    let grace = customer(&mut world, "grace@example.com");
    let paid = find(&mut world, "/v1/invoices", json!({"customer": grace}), &json!({"status": "paid"}));
    let params = json!({
        "invoice": paid["id"], "reason": "product_unsatisfactory", "memo": "sorry", "refund_amount": "900",
        "credit_amount": "300", "out_of_band_amount": "100",
        "lines": [
            {"type": "invoice_line_item", "invoice_line_item": paid["lines"]["data"][0]["id"], "amount": "1000"},
            {"type": "custom_line_item", "description": "Trouble", "unit_amount": "150", "quantity": "2"},
        ],
    });
    let preview = get(&mut world, "/v1/credit_notes/preview", params.clone());
    let lines = get(&mut world, "/v1/credit_notes/preview/lines", params.clone());
    let note = post(&mut world, "/v1/credit_notes", params);
    for key in [
        "amount",
        "subtotal",
        "total",
        "post_payment_amount",
        "pre_payment_amount",
        "type",
        "number",
        "out_of_band_amount",
        "lines",
    ] {
        assert_eq!(note[key], preview[key], "{key}");
    }
    assert_eq!((int(&note, "total"), lines["data"].as_array().unwrap().len()), (1_300, 2));
    assert_eq!((&note["type"], &note["status"]), (&json!("post_payment"), &json!("issued")));
    let refund = world.by_id(note["refunds"][0]["refund"].as_str().unwrap()).unwrap();
    assert_eq!((int(&refund, "amount"), &refund["status"]), (900, &json!("succeeded")));
    let charge = world.by_id(text(&refund, "charge")).unwrap();
    assert_eq!(int(&charge, "amount_refunded"), 900);
    let moved = world.by_id(text(&note, "customer_balance_transaction")).unwrap();
    assert_eq!(
        (int(&moved, "amount"), &moved["credit_note"], &moved["type"]),
        (-300, &note["id"], &json!("credit_note"))
    );
    let after = world.by_id(text(&paid, "id")).unwrap();
    assert_eq!((int(&after, "post_payment_credit_notes_amount"), &after["status"]), (1_300, &json!("paid")));
    for (name, id) in [
        ("credit_note.created", &note["id"]),
        ("refund.created", &refund["id"]),
        ("charge.refunded", &charge["id"]),
    ] {
        said(&mut world, name, id);
    }
    let path = format!("/v1/credit_notes/{}/void", text(&note, "id"));
    assert!(
        refused(&mut world, Method::Post, &path, json!({}))
            .message
            .starts_with("You can only void a credit note")
    );
    let left = int(&paid, "total") - 1_300;
    let over = json!({"invoice": paid["id"], "amount": (left + 1).to_string(), "credit_amount": (left + 1).to_string()});
    let refusal = refused(&mut world, Method::Post, "/v1/credit_notes", over);
    assert!(
        refusal.message.contains("greater than the amount that can still be credited"),
        "{}",
        refusal.message
    );
}

#[test]
fn a_refund_made_before_is_linked_and_not_made_again() {
    let mut world = small();
    let grace = customer(&mut world, "grace@example.com");
    let paid = find(&mut world, "/v1/invoices", json!({"customer": grace}), &json!({"status": "paid"}));
    let payment = all(&mut world, "/v1/invoice_payments", json!({"invoice": paid["id"]}))[0].clone();
    let refund = post(
        &mut world,
        "/v1/refunds",
        json!({"payment_intent": payment["payment"]["payment_intent"], "amount": "2000"}),
    );
    let whole = int(&paid, "total").to_string();
    let unlinked = json!({"invoice": paid["id"], "amount": whole, "credit_amount": whole});
    assert_eq!(
        refused(&mut world, Method::Post, "/v1/credit_notes", unlinked).param.as_deref(),
        Some("amount")
    );
    let linked = json!({"invoice": paid["id"], "amount": "2000", "refunds": [{"refund": refund["id"]}]});
    let note = post(&mut world, "/v1/credit_notes", linked.clone());
    assert_eq!(
        (&note["refunds"][0]["refund"], int(&note["refunds"][0], "amount_refunded")),
        (&refund["id"], 2_000)
    );
    let charge = world.by_id(text(&refund, "charge")).unwrap();
    assert_eq!(int(&charge, "amount_refunded"), 2_000);
    assert_eq!(
        refused(&mut world, Method::Post, "/v1/credit_notes", linked).param.as_deref(),
        Some("refunds[0][refund]")
    );
}

#[test]
fn a_credit_note_on_an_open_invoice_lowers_it_and_void_raises_it_again() {
    let mut world = small();
    let open = invoice(&mut world, "frances@example.com", "open");
    let left = int(&open, "amount_remaining");
    assert_eq!((int(&open, "pre_payment_credit_notes_amount"), left), (1_000, 3_900));
    let note = post(&mut world, "/v1/credit_notes", json!({"invoice": open["id"], "amount": "400"}));
    assert_eq!((&note["type"], int(&note, "pre_payment_amount")), (&json!("pre_payment"), 400));
    let remaining = |world: &mut Universe| int(&world.by_id(text(&open, "id")).unwrap(), "amount_remaining");
    assert_eq!(remaining(&mut world), left - 400);
    let void = post(&mut world, &format!("/v1/credit_notes/{}/void", text(&note, "id")), json!({}));
    assert_eq!((&void["status"], int(&void, "voided_at")), (&json!("void"), NOW));
    said(&mut world, "credit_note.voided", &note["id"]);
    assert_eq!(remaining(&mut world), left);
    let again =
        refused(&mut world, Method::Post, &format!("/v1/credit_notes/{}/void", text(&note, "id")), json!({}));
    assert_eq!(again.message, "This credit note has already been voided.");
    post(&mut world, "/v1/credit_notes", json!({"invoice": open["id"], "amount": left.to_string()}));
    let after = world.by_id(text(&open, "id")).unwrap();
    assert_eq!(
        (&after["status"], int(&after, "amount_paid"), int(&after, "amount_due")),
        (&json!("paid"), 0, 0)
    );
}

#[test]
fn a_pause_gives_back_and_a_resumption_bills_anew() {
    let mut world = small();
    let running = subscription(&mut world, "grace@example.com");
    let path = |verb: &str| format!("/v1/subscriptions/{}/{verb}", text(&running, "id"));
    let paused = post(&mut world, &path("pause"), json!({}));
    assert_eq!(
        (&paused["status"], &paused["status_details"]["paused"]["subscription"]["type"]),
        (&json!("paused"), &json!("pause_requested"))
    );
    let waiting = all(&mut world, "/v1/invoiceitems", json!({"customer": running["customer"]}));
    assert_eq!((waiting.len(), int(&waiting[0], "amount") < 0), (1, true));
    said(&mut world, "customer.subscription.paused", &running["id"]);
    let nothing = json!({"subscription": running["id"]});
    assert_eq!(
        refused(&mut world, Method::Post, "/v1/invoices/create_preview", nothing).code,
        Some("invoice_upcoming_none")
    );
    let asked = json!({"subscription": running["id"], "subscription_details": {"resume_at": "now"}});
    let preview = post(&mut world, "/v1/invoices/create_preview", asked);
    let resumed = post(&mut world, &path("resume"), json!({}));
    assert_eq!((&resumed["status"], int(&resumed, "billing_cycle_anchor")), (&json!("active"), NOW));
    let bill = world.by_id(text(&resumed, "latest_invoice")).unwrap();
    assert_eq!(
        (&bill["status"], &bill["total"], &bill["amount_due"]),
        (&json!("paid"), &preview["total"], &preview["amount_due"])
    );
    said(&mut world, "customer.subscription.resumed", &running["id"]);
}

#[test]
fn a_change_that_cannot_be_paid_is_left_open_refused_or_kept_waiting() {
    let mut world = small();
    let before = subscription(&mut world, "edsger@example.com");
    let path = format!("/v1/subscriptions/{}", text(&before, "id"));
    let business =
        all(&mut world, "/v1/prices", json!({"lookup_keys": ["business_month_usd"]}))[0]["id"].clone();
    let change = |behavior: &str| {
        json!({
            "items": [{"id": before["items"]["data"][0]["id"], "price": business}],
            "proration_behavior": "always_invoice", "payment_behavior": behavior,
        })
    };
    let refusal = refused(&mut world, Method::Post, &path, change("error_if_incomplete"));
    assert_eq!((refusal.status, refusal.code), (402, Some("card_declined")));
    assert_eq!(subscription(&mut world, "edsger@example.com"), before);
    let pending = post(&mut world, &path, change("pending_if_incomplete"));
    assert_eq!(pending["items"], before["items"]);
    assert_eq!(pending["pending_update"]["subscription_items"][0]["price"]["id"], business);
    let stands = post(&mut world, &path, change("allow_incomplete"));
    assert_eq!(stands["items"]["data"][0]["price"]["id"], business);
    let bill = world.by_id(text(&stands, "latest_invoice")).unwrap();
    assert_eq!((&bill["status"], int(&bill, "attempt_count")), (&json!("open"), 1));
}

#[test]
fn discounts_are_counted_used_up_and_removed() {
    let mut world = small();
    let trying = subscription(&mut world, "donald@example.com");
    let path = format!("/v1/subscriptions/{}", text(&trying, "id"));
    assert_eq!(trying["discounts"].as_array().unwrap().len(), 1);
    let after = post(&mut world, &path, json!({"trial_end": "now"}));
    let bill = world.by_id(text(&after, "latest_invoice")).unwrap();
    assert_eq!((int(&bill, "subtotal"), int(&bill, "total")), (9_900, 8_900));
    assert_eq!(after["discounts"], json!([]), "it was for one bill");
    let code = all(&mut world, "/v1/promotion_codes", json!({"code": "THANKYOU"}))[0].clone();
    let with = post(
        &mut world,
        &path,
        json!({"discounts": [{"promotion_code": code["id"]}, {"coupon": "NONPROFIT25"}]}),
    );
    assert_eq!(with["discounts"].as_array().unwrap().len(), 2);
    let used = world.by_id(text(&code, "id")).unwrap();
    assert_eq!(int(&used, "times_redeemed"), int(&code, "times_redeemed") + 1);
    said(&mut world, "customer.discount.created", &with["discounts"][0]);
    let gone = ask_at(&mut world, NOW, Method::Delete, &format!("{path}/discount"), json!({})).unwrap();
    assert_eq!((&gone["id"], &gone["deleted"]), (&with["discounts"][0], &json!(true)));
    assert_eq!(get(&mut world, &path, json!({}))["discounts"], json!([with["discounts"][1]]));
    said(&mut world, "customer.discount.deleted", &with["discounts"][0]);
}
