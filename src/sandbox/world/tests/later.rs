//! What happens by itself after a call.

use serde_json::{Value, json};

use super::{
    super::value::int,
    changes::{charge, newest_event, path_of},
    *,
};

#[test]
fn a_refund_to_the_test_card_that_bounces_succeeds_and_fails_later() {
    let mut world = world();
    let bouncing = charge(&mut world, json!({}), |charge| {
        charge.pointer("/payment_method_details/card/last4") == Some(&json!("5126"))
            && charge["status"] == "succeeded"
            && charge["captured"] == true
            && charge["disputed"] == false
            && charge["amount_refunded"] == 0
    });
    let refund = post(&mut world, "/v1/refunds", json!({"charge": bouncing["id"], "amount": "100"}));
    assert_eq!(refund["status"], "succeeded");
    let later = |world: &mut Universe, object: &Value| {
        ask_at(world, NOW + 60, Method::Get, &path_of(object), json!({})).unwrap()
    };
    let failed = later(&mut world, &refund);
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("expired_or_canceled_card"))
    );
    let movement = world.by_id(text(&failed, "failure_balance_transaction")).unwrap();
    assert_eq!((int(&movement, "amount"), text(&movement, "type")), (100, "refund_failure"));
    assert_eq!(later(&mut world, &bouncing)["amount_refunded"], 0);
    assert_eq!(newest_event(&mut world, "refund.failed")["data"]["object"]["id"], refund["id"]);
}
