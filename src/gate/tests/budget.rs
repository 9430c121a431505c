//! The day's sums: counted once, wherever they are seen.

use super::*;

#[tokio::test]
async fn two_desks_cannot_pass_a_cap_together() {
    let dir = tempfile::tempdir().unwrap();
    let one = desk_in(dir.path(), None);
    let two = desk_in(dir.path(), Some(&one));
    // $150.00 a day for maya: only one of $90.00 fits.
    let (a, b) = (refund("ch_1", "90"), refund("ch_2", "90"));
    let (first, second) = tokio::join!(one.gate.prepare(&a), two.gate.prepare(&b));
    let denied =
        [&first, &second].into_iter().filter(|result| matches!(result, Err(Stopped::Denied(_)))).count();
    assert_eq!(denied, 1, "{first:?} {second:?}");
    assert!(first.is_ok() || second.is_ok());
}

#[tokio::test]
async fn refunds_made_elsewhere_count_and_those_that_came_back_do_not() {
    let desk = desk();
    let target = AnyId::parse("ch_1").unwrap();
    let spent = async || match desk.gate.facts("refund_charge", &target, &Args::default()).await.spent {
        Fact::Known(spent) => spent,
        Fact::Unknown(why) => panic!("{why}"),
    };
    desk.refund_through([]).await;
    desk.stripe.refund_outside("ch_2", 300);
    let sums = spent().await;
    let all = [&sums.agent, &sums.team, &sums.customer].map(|sums| sums.of(Currency::USD));
    assert_eq!((all, sums.local_only), ([usd(2_000), usd(2_300), usd(2_300)], false));
    for refund in &mut desk.stripe.world().refunds {
        refund["status"] = json!("failed");
    }
    let sums = spent().await;
    assert_eq!((sums.agent.of(Currency::USD), sums.team.of(Currency::USD)), (usd(0), usd(0)));
    desk.stripe.world().deaf = Some("/v1/refunds".into());
    let sums = spent().await;
    assert_eq!((sums.team.of(Currency::USD), sums.local_only), (usd(2_000), true));
}

#[tokio::test]
async fn a_long_list_is_followed() {
    let desk = desk();
    for _ in 0..250 {
        desk.stripe.refund_outside("ch_1", 1);
    }
    let Fact::Known(spent) =
        desk.gate.facts("refund_charge", &AnyId::parse("ch_2").unwrap(), &Args::default()).await.spent
    else {
        panic!()
    };
    assert_eq!(spent.team.of(Currency::USD), usd(250));
}

#[tokio::test]
async fn stripes_clock_says_which_day_it_is() {
    let desk = desk();
    desk.refund_through([]).await;
    desk.stripe.world().ahead_s = DAY_S;
    let facts = desk.gate.facts("refund_charge", &AnyId::parse("ch_2").unwrap(), &Args::default()).await;
    assert_eq!((facts.now, desk.gate.skew_s()), (NOW.plus(DAY_S), DAY_S));
    let Fact::Known(spent) = facts.spent else { panic!() };
    assert_eq!(spent.team.of(Currency::USD), usd(0), "that was yesterday");
}

#[tokio::test]
async fn a_refusal_tells_the_time_too() {
    let desk = desk();
    desk.stripe.world().ahead_s = DAY_S;
    let facts =
        desk.gate.facts("cancel_subscription", &AnyId::parse("sub_gone").unwrap(), &Args::default()).await;
    assert!(matches!(facts.subject, Fact::Unknown(_)));
    assert_eq!((facts.now, desk.gate.skew_s()), (NOW.plus(DAY_S), DAY_S));
}

#[tokio::test]
async fn a_refund_that_tells_nobody_whose_it_is_leaves_the_sums_to_this_machine() {
    let desk = desk();
    desk.stripe.refund_outside("ch_2", 300);
    for refund in &mut desk.stripe.world().refunds {
        refund.as_object_mut().unwrap().remove("customer");
    }
    // This Stripe expands nothing: counting the refund as nobody's would leave room under the customer's cap.
    let facts = desk.gate.facts("refund_charge", &AnyId::parse("ch_1").unwrap(), &Args::default()).await;
    let Fact::Known(spent) = facts.spent else { panic!() };
    assert!(spent.local_only);
}

#[tokio::test]
async fn without_stripe_a_large_refund_is_denied_and_an_unread_charge_stops_all() {
    let desk = desk();
    desk.stripe.world().deaf = Some("/v1/refunds".into());
    assert!(matches!(desk.gate.prepare(&refund("ch_1", "60")).await, Err(Stopped::Denied(_))));
    let small = desk.prepared(&refund("ch_1", "20")).await;
    desk.stripe.world().deaf = Some("/v1/charges".into());
    assert!(matches!(desk.gate.prepare(&refund("ch_2", "20")).await, Err(Stopped::Facts(_))));
    assert!(matches!(desk.gate.send(&small.id, Release::Now, |_| {}).await, Err(Stopped::Facts(_))));
    assert_eq!((desk.kept(&small.id).state, desk.writes()), (IntentState::Withdrawn, 0));
}

#[tokio::test]
async fn the_days_sums_need_no_object() {
    let desk = desk();
    let intent = desk.prepared(&refund("ch_1", "20")).await;
    desk.sent(&intent).await;
    desk.stripe.refund_outside("ch_2", 500);
    let Fact::Known(spent) = desk.gate.spent().await else { panic!() };
    assert_eq!((spent.agent.of(Currency::USD), spent.team.of(Currency::USD)), (usd(2_000), usd(2_500)));
    assert_eq!(spent.customer.of(Currency::USD), usd(0), "of nobody in particular");
}
