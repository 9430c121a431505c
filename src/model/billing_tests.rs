//! Tests of what is billed, and how it is read.

use super::{
    super::{Charge, Page, Record},
    *,
};

#[test]
fn null_missing_unknown_and_expanded_are_all_taken() {
    let charge: Record<Charge> = Record::parse(
        r#"{"id":"ch_1","amount":9900,"amount_captured":9900,"amount_refunded":2000,"currency":"usd","status":"teleported",
            "captured":true,"description":null,"brand_new":{"x":1},"customer":{"id":"cus_1","deleted":true},
            "payment_intent":"pi_1","payment_method_details":{"type":"card","card":{"brand":"mastercard","last4":"4444"}}}"#,
    )
    .unwrap();
    assert_eq!(charge.status.to_string(), "teleported");
    assert_eq!(charge.customer_id().unwrap().as_str(), "cus_1");
    assert_eq!(charge.payment_intent_id().unwrap().as_str(), "pi_1");
    assert_eq!(charge.left_to_refund().to_string(), "$79.00");
    assert_eq!(charge.method(), "mc ··4444");
    assert!(charge.raw().contains("brand_new"));
    let again: Record<Charge> = serde_json::from_str(&serde_json::to_string(&charge).unwrap()).unwrap();
    assert_eq!(again.object(), charge.object());
}

#[test]
fn a_row_that_cannot_be_read_is_counted_not_hidden() {
    let page: Page<Charge> = Page::parse(
        r#"{"object":"list","data":[{"id":"ch_1"},{"id":"ch_2","amount":"many"}],"has_more":true}"#,
    )
    .unwrap();
    assert_eq!((page.rows.len(), page.unreadable, page.has_more), (1, 1, true));
}

#[test]
fn a_subscription_ends_by_either_field() {
    let read = |more: &str| {
        let json = format!(
            r#"{{"id":"sub_1","items":{{"data":[{{"current_period_end":50}},{{"current_period_end":40}}]}}{more}}}"#
        );
        Record::<Subscription>::parse(json).unwrap().ends_at()
    };
    assert_eq!(read(""), None);
    assert_eq!(read(r#","cancel_at_period_end":true"#), Some(Unix(40)));
    assert_eq!(read(r#","cancel_at":45"#), Some(Unix(45)));
}

#[test]
fn an_amount_is_only_said_when_it_can_be_computed() {
    let json = r#"{"id":"sub_1","currency":"usd","items":{"data":[
        {"quantity":2,"price":{"currency":"usd","unit_amount":4900,"recurring":{"interval":"month","interval_count":1}}}]}}"#;
    let subscription: Record<Subscription> = Record::parse(json).unwrap();
    assert_eq!(subscription.amount_words(), "$98.00/mo");
    let tiered: Record<Subscription> = Record::parse(json.replace("4900", "null")).unwrap();
    assert_eq!(tiered.amount_words(), "varies/mo");
    // What a call costs is no part of what a month costs.
    let item = |price: serde_json::Value| serde_json::json!({"id": "si_1", "price": price, "current_period_end": 2_000});
    let plan = serde_json::json!({"unit_amount": 4_900, "currency": "usd", "recurring": {"interval": "month", "interval_count": 1}});
    let calls = serde_json::json!({"unit_amount": 2, "currency": "usd",
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "metered"}});
    let read = |items: serde_json::Value, cancel_at: Option<i64>| -> Subscription {
        let json = serde_json::json!({"status": "active", "currency": "usd", "items": {"data": items}, "cancel_at": cancel_at});
        serde_json::from_value(json).unwrap()
    };
    let both = serde_json::json!([item(plan), item(calls.clone())]);
    assert_eq!(read(both.clone(), None).amount_words(), "$49.00/mo + usage");
    assert_eq!(read(serde_json::json!([item(calls)]), None).amount_words(), "varies/mo");
    // It bills once more where it ends in a period to come, and not where it ends with the one that runs.
    for (cancel_at, bills) in [(None, true), (Some(2_000), false), (Some(1_000), false), (Some(2_001), true)]
    {
        assert_eq!(read(both.clone(), cancel_at).bills(), bills, "{cancel_at:?}");
    }
}
