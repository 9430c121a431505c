//! How often a customer may be refunded: counted at Stripe, with what this ledger knows beside, and kept by several desks.

use super::*;

const RULES: &str = "version = 1\n[refunds]\nmax = { usd = \"100.00\" }\nautomatic = { usd = \"50.00\" }\n\
    reason = \"optional\"\nmax_per_customer = { count = 2, days = 7 }\n";

fn limit(desk: &Desk) {
    *desk.gate.policy().write().unwrap() = Policy::parse(RULES, "policy.toml").unwrap();
}

async fn times(desk: &Desk, charge: &str) -> (u32, bool) {
    let target = AnyId::parse(charge).unwrap();
    match desk.gate.facts("refund_charge", &target, &Args::default()).await.spent {
        Fact::Known(spent) => (spent.times.unwrap().count, spent.local_only),
        Fact::Unknown(why) => panic!("{why}"),
    }
}

fn denied(result: Result<Intent, Stopped>) -> String {
    match result {
        Err(Stopped::Denied(decision)) => decision.denial(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn refunds_of_all_the_customers_payments_count_whoever_made_them() {
    let desk = desk();
    limit(&desk);
    assert_eq!(times(&desk, "ch_1").await, (0, false));
    desk.stripe.refund_outside("ch_2", 300);
    assert_eq!(times(&desk, "ch_1").await, (1, false));
    desk.prepared(&refund("ch_1", "5")).await;
    assert_eq!(times(&desk, "ch_2").await, (2, false), "what is held counts too");
    let why = denied(desk.gate.prepare(&refund("ch_2", "5")).await);
    assert!(
        why.contains("this would be refund 3 of 2 to this customer in 7 days (refunds.max_per_customer)"),
        "{why}"
    );
}

#[tokio::test]
async fn what_came_back_or_is_longer_ago_does_not_count() {
    let desk = desk();
    limit(&desk);
    desk.stripe.refund_outside("ch_1", 300);
    desk.stripe.refund_outside("ch_1", 200);
    assert_eq!(times(&desk, "ch_1").await, (2, false));
    desk.stripe.world().refunds[0]["status"] = json!("failed");
    assert_eq!(times(&desk, "ch_1").await, (1, false));
    desk.stripe.world().refunds[1]["created"] = json!(NOW.0 - 8 * DAY_S);
    assert_eq!(times(&desk, "ch_1").await, (0, false));
}

#[tokio::test]
async fn what_is_sent_counts_once_and_its_own_sending_not_at_all() {
    let desk = desk();
    limit(&desk);
    for (charge, amount) in [("ch_1", "5"), ("ch_2", "6")] {
        let intent = desk.prepared(&refund(charge, amount)).await;
        desk.sent(&intent).await;
    }
    assert_eq!(times(&desk, "ch_1").await, (2, false));
    assert_eq!(desk.writes(), 2);
}

#[tokio::test]
async fn a_payment_without_a_customer_counts_for_itself() {
    let desk = desk();
    limit(&desk);
    for charge in ["ch_1", "ch_2"] {
        desk.stripe.world().objects.get_mut(charge).unwrap()["customer"] = json!(null);
    }
    desk.stripe.refund_outside("ch_1", 300);
    desk.stripe.refund_outside("ch_1", 300);
    assert_eq!((times(&desk, "ch_1").await.0, times(&desk, "ch_2").await.0), (2, 0));
    denied(desk.gate.prepare(&refund("ch_1", "5")).await);
    desk.prepared(&refund("ch_2", "5")).await;
    assert_eq!(times(&desk, "ch_2").await.0, 1);
}

#[tokio::test]
async fn without_stripe_only_small_refunds_go_on_and_local_ones_count() {
    let desk = desk();
    limit(&desk);
    desk.prepared(&refund("ch_1", "5")).await;
    desk.stripe.world().deaf = Some("/v1/refunds".into());
    desk.stripe.world().objects.get_mut("ch_2").unwrap()["amount_refunded"] = json!(1);
    assert_eq!(times(&desk, "ch_2").await, (1, true));
    let why = denied(desk.gate.prepare(&refund("ch_2", "60")).await);
    assert!(
        why.contains("Stripe could not be asked what was refunded before: until it can, $50.00 is the most"),
        "{why}"
    );
    desk.prepared(&refund("ch_2", "6")).await;
}

#[tokio::test]
async fn two_desks_cannot_pass_the_count_together() {
    let dir = tempfile::tempdir().unwrap();
    let one = desk_in(dir.path(), None);
    let two = desk_in(dir.path(), Some(&one));
    limit(&one);
    limit(&two);
    one.stripe.refund_outside("ch_1", 100);
    let (a, b) = (refund("ch_1", "5"), refund("ch_2", "5"));
    let (first, second) = tokio::join!(one.gate.prepare(&a), two.gate.prepare(&b));
    let denied =
        [&first, &second].into_iter().filter(|result| matches!(result, Err(Stopped::Denied(_)))).count();
    assert_eq!(denied, 1, "{first:?} {second:?}");
}

#[tokio::test]
async fn other_refunds_meanwhile_stop_nothing_below_the_cap() {
    let dir = tempfile::tempdir().unwrap();
    let one = desk_in(dir.path(), None);
    let two = desk_in(dir.path(), Some(&one));
    let (a, b) = (refund("ch_1", "20"), refund("ch_2", "20"));
    let (first, second) = tokio::join!(one.gate.prepare(&a), two.gate.prepare(&b));
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
}
