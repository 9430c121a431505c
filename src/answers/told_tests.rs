//! What is told of charges, subscriptions and invoices in each of their states.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::{
    answers::{Look, Want, reply::Voice},
    model::{AnyId, ChargeId, Kind},
};

/// 2026-11-23T12:00:00Z
const NOW: i64 = 1_795_435_200;

fn moment() -> Moment {
    Moment { now: Unix(NOW), zone: TimeZone::UTC }
}

fn with(mut value: Value, more: &Value) -> Value {
    for (name, part) in more.as_object().unwrap() {
        value[name] = part.clone();
    }
    value
}

fn text(reply: &Reply) -> String {
    reply.text(&Voice::english(moment())).unwrap_or_else(|why| why.to_string())
}

fn bag(objects: &[Value]) -> Bag {
    let mut bag = Bag::default();
    for object in objects {
        let kind = Kind::of_object(object["object"].as_str().unwrap()).unwrap();
        let look = Look::first(Want::Object(AnyId { kind, id: object["id"].as_str().unwrap().to_owned() }));
        bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
    }
    bag
}

/// What is told of a charge of $50.00 since, with these members and beside these objects.
fn since(more: &Value, besides: &[Value]) -> String {
    let charge = json!({"object": "charge", "id": "ch_1", "amount": 5_000, "amount_captured": 5_000, "currency": "usd",
        "status": "succeeded", "paid": true, "captured": true, "created": NOW - 5 * DAY_S});
    let mut all = besides.to_vec();
    all.push(with(charge, more));
    let bag = bag(&all);
    let charge = bag.charge(&ChargeId::parse("ch_1").unwrap()).unwrap();
    let further: Vec<_> = after(&bag, charge, &moment()).iter().map(text).collect();
    further.join(" ")
}

fn refund(id: &str, amount: i64, status: &str, days: i64) -> Value {
    json!({"object": "refund", "id": id, "amount": amount, "currency": "usd", "created": NOW - days * DAY_S,
        "status": status, "charge": "ch_1"})
}

#[test]
fn a_refund_is_told_as_far_as_it_has_come() {
    let back = |minor: i64| json!({"amount_refunded": minor});
    for (minor, refunds, told) in [
        (0, vec![], ""),
        (
            2_000,
            vec![refund("re_1", 2_000, "succeeded", 1)],
            "$20.00 of it was refunded. Banks take 5 to 10 business days to show it.",
        ),
        (2_000, vec![refund("re_1", 2_000, "succeeded", 40)], "$20.00 of it was refunded."),
        (5_000, vec![refund("re_1", 5_000, "succeeded", 40)], "It was refunded in full."),
        (5_000, vec![refund("re_1", 5_000, "pending", 1)], "A refund of $50.00 is on its way."),
        (
            2_000,
            vec![refund("re_1", 2_000, "requires_action", 1)],
            "A refund of $20.00 waits for you: an e-mail asks where the money shall go.",
        ),
        (0, vec![refund("re_1", 2_000, "failed", 1)], "A refund of $20.00 came back from your bank."),
        (0, vec![refund("re_1", 2_000, "canceled", 1)], ""),
        (
            3_000,
            vec![refund("re_1", 2_000, "succeeded", 40), refund("re_2", 1_000, "pending", 1)],
            "$20.00 of it was refunded. A refund of $10.00 is on its way.",
        ),
        (2_000, vec![], "$20.00 of it was refunded, or is on its way back."),
    ] {
        assert_eq!(since(&back(minor), &refunds), told, "{minor} {refunds:?}");
    }
    // A hold that was given up is booked as a refund, and is none.
    assert_eq!(since(&json!({"captured": false, "amount_captured": 0, "amount_refunded": 5_000}), &[]), "");
}

#[test]
fn a_dispute_is_told_as_it_stands() {
    let disputed = json!({"disputed": true});
    for (status, told) in [
        ("needs_response", "which looks into it. It cannot be refunded meanwhile."),
        ("under_review", "which looks into it."),
        ("lost", "and the money goes back to you."),
        ("won", "decided that the payment stands."),
        ("warning_needs_response", "Your bank has asked us about it."),
        ("warning_closed", "has closed its question."),
        ("prevented", "before it became a dispute."),
        ("brand_new", "It was reported at your bank."),
    ] {
        let dispute =
            json!({"object": "dispute", "id": "du_1", "charge": "ch_1", "status": status, "created": NOW});
        let said = since(&disputed, &[dispute]);
        assert!(said.contains(told), "{status}: {said}");
        let open = matches!(status, "needs_response" | "under_review");
        assert_eq!(said.contains("looks into it"), open, "{status}: {said}");
    }
    assert_eq!(since(&disputed, &[]), "It was reported at your bank.");
}

fn of(more: &Value) -> String {
    let plain = json!({"id": "sub_1", "status": "active", "currency": "usd", "items": {"data": [
        {"quantity": 1, "current_period_end": NOW + 22 * DAY_S, "price": {"currency": "usd", "unit_amount": 9_900,
            "recurring": {"interval": "month", "interval_count": 1}}}]}});
    let read: Subscription = serde_json::from_value(with(plain, more)).unwrap();
    text(&subscription(&read, "Pro", &moment()))
}

#[test]
fn a_subscription_is_told_in_each_of_its_states() {
    let state = |status: &str| json!({"status": status});
    for (more, told) in [
        (state("active"), "Pro ($99.00/mo) is active. The next billing date is 15 Dec."),
        (
            state("past_due"),
            "The last payment for Pro ($99.00/mo) has not gone through yet, and is still to be paid.",
        ),
        (
            state("unpaid"),
            "Payments for Pro ($99.00/mo) did not go through, and are still to be paid. Nothing more is collected by itself until then.",
        ),
        (state("incomplete"), "Pro ($99.00/mo) has not begun yet: its first payment has not gone through."),
        (
            state("incomplete_expired"),
            "Pro never began, since its first payment did not go through. Nothing is charged.",
        ),
        (state("paused"), "Pro ($99.00/mo) is paused. Nothing is charged meanwhile."),
        (
            json!({"status": "trialing", "trial_end": NOW + 4 * DAY_S}),
            "Pro ($99.00/mo) is on trial until 27 Nov. The next payment is due then.",
        ),
        (
            json!({"status": "canceled", "ended_at": NOW - DAY_S}),
            "Pro has ended on 22 Nov, and does not renew.",
        ),
        (
            json!({"cancel_at_period_end": true}),
            "Pro ($99.00/mo) ends on 15 Dec. You keep access until then, and it does not renew.",
        ),
        (
            json!({"cancel_at": NOW + 40 * DAY_S}),
            "Pro ($99.00/mo) ends on 2 Jan. You keep access until then, and it is billed as usual until then.",
        ),
        (
            json!({"status": "past_due", "cancel_at_period_end": true}),
            "The last payment for Pro ($99.00/mo) has not gone through yet, and is still to be paid. Your subscription ends on 15 Dec.",
        ),
        (
            json!({"status": "past_due", "collection_method": "send_invoice"}),
            "What was invoiced for Pro ($99.00/mo) is still to be paid.",
        ),
        (
            json!({"pause_collection": {"behavior": "void", "resumes_at": NOW + 4 * DAY_S}}),
            "Payments for Pro ($99.00/mo) are paused. Nothing is charged meanwhile. They go on from 27 Nov.",
        ),
        (state("teleported"), "there is nothing to tell a customer about this"),
        (state("canceled"), "there is nothing to tell a customer about this"),
    ] {
        assert_eq!(of(&more), told, "{more}");
    }
}

#[test]
fn a_date_that_has_passed_is_not_promised() {
    let stale = json!({"items": {"data": [{"current_period_end": NOW - DAY_S, "price": {"id": "price_1"}}]}});
    assert!(of(&stale).contains("needs the date"), "{}", of(&stale));
    let read = |more: &Value| -> Subscription {
        serde_json::from_value(with(json!({"id": "sub_1", "status": "active", "items": {"data": []}}), more))
            .unwrap()
    };
    let told = |more: &Value, at: i64| {
        next(&read(more), Some(Unix(at)), &moment()).iter().map(text).collect::<String>()
    };
    assert_eq!(told(&json!({}), NOW + DAY_S), "Your next billing date is 24 Nov.");
    assert_eq!(told(&json!({}), NOW - DAY_S), "");
    for status in ["paused", "unpaid", "incomplete", "canceled"] {
        assert_eq!(told(&json!({"status": status}), NOW + DAY_S), "", "{status}");
    }
    assert_eq!(told(&json!({"pause_collection": {"behavior": "void"}}), NOW + DAY_S), "");
}

#[test]
fn an_invoice_is_told_in_each_of_its_states() {
    let told = |more: Value| {
        let plain = json!({"id": "in_1", "number": "A-1", "currency": "usd", "created": NOW - DAY_S, "total": 5_000,
            "amount_due": 5_000, "amount_paid": 5_000, "amount_remaining": 0, "status": "paid"});
        text(&invoice(&serde_json::from_value::<Invoice>(with(plain, &more)).unwrap()))
    };
    assert_eq!(told(json!({})), "Invoice A-1 of 22 Nov for $50.00 is paid.");
    assert!(
        told(json!({"amount_paid_off_stripe": 5_000}))
            .ends_with("paid in another way. Nothing was charged for it here.")
    );
    assert!(
        told(json!({"amount_paid_off_stripe": 2_000})).ends_with("is paid, $20.00 of it in another way.")
    );
    assert!(told(json!({"amount_due": 0, "amount_paid": 0})).contains("settled by your credit"));
    assert!(
        told(json!({"status": "open", "amount_remaining": 3_000})).ends_with("$30.00 is still to be paid.")
    );
    assert!(told(json!({"status": "void"})).ends_with("Nothing is to be paid."));
    assert!(told(json!({"status": "uncollectible"})).contains("nothing to tell"));
}

#[test]
fn an_invoice_is_told_with_its_page_and_with_nothing_that_is_no_link() {
    let told = |status: &str, page: &str| {
        let plain = json!({"id": "in_1", "number": "A-1", "currency": "usd", "created": NOW - DAY_S, "total": 5_000,
            "amount_due": 5_000, "amount_remaining": 5_000, "status": status, "hosted_invoice_url": page});
        text(&invoice(&serde_json::from_value::<Invoice>(plain).unwrap()))
    };
    let page = "https://invoice.stripe.com/i/acct_1/test_1?s=ap";
    let paid = "Invoice A-1 of 22 Nov for $50.00 is paid.";
    assert_eq!(told("paid", page), format!("{paid} You can see it and save it at {page}"));
    assert!(told("open", page).ends_with(&format!(" You can see and pay it at {page}")));
    assert!(told("void", page).ends_with("Nothing is to be paid."));
    for other in
        ["", "http://invoice.stripe.com/i/1", "javascript:alert(1)", "https://a b", "https://\u{202e}moc"]
    {
        assert_eq!(told("paid", other), paid, "{other}");
    }
}
