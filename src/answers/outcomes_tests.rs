//! What each way of ending comes to.

use jiff::tz::TimeZone;

use super::*;
use crate::{
    answers::want::Found,
    model::{AnyId, Invoice, Kind, Record},
    policy::Policy,
    time::DAY_S,
};

const NOW: i64 = 1_795_435_200;

fn bag(preview: i64) -> Bag {
    let mut bag = Bag::default();
    let id = SubscriptionId::parse("sub_1").unwrap();
    let end = NOW + 22 * DAY_S;
    for (kind, object) in [
        (
            Kind::Subscription,
            json!({"id": "sub_1", "status": "active", "currency": "usd", "start_date": NOW - 99 * DAY_S,
                "items": {"data": [{"id": "si_1", "current_period_end": end, "price": {"id": "price_1"}}]}}),
        ),
        (
            Kind::Invoice,
            json!({"id": "in_1", "number": "A-7", "status": "open", "currency": "usd", "total": 9_900,
                "amount_remaining": 4_900, "parent": {"subscription_details": {"subscription": "sub_1"}}}),
        ),
    ] {
        let id = AnyId { kind, id: object["id"].as_str().unwrap().to_owned() };
        let look = Look::first(Want::Object(id));
        bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
    }
    let invoice = |total: i64| -> Box<Record<Invoice>> {
        let json = json!({"id": "upcoming", "currency": "usd", "total": total, "amount_due": total});
        Box::new(Record::parse(json.to_string()).unwrap())
    };
    bag.take(&Look::first(Want::EndedNow(id.clone())), Ok(Found::Upcoming(invoice(preview))));
    bag.take(&Look::first(Want::Upcoming(id)), Ok(Found::Upcoming(invoice(9_900))));
    bag
}

fn told(bag: &Bag, on: Option<i64>, policy: &str) -> Outcomes {
    let policy = Policy::parse(&format!("version = 1\n{policy}"), "policy.toml").unwrap();
    let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
    let id = SubscriptionId::parse("sub_1").unwrap();
    outcomes(bag, &id, on.map(Unix), (&policy.effective("maya"), &moment)).unwrap()
}

#[test]
fn each_way_says_its_access_its_money_and_what_can_be_taken_back() {
    let all = told(&bag(-7_260), None, "subscriptions.cancel = [\"period_end\", \"now\"]");
    let money: Vec<_> = all.ways.iter().map(|one| one.money.as_str()).collect();
    assert_eq!(
        money,
        [
            "nothing back, no further invoice: not the $99.00 of 15 Dec",
            "nothing back for unused days, no further invoice: not the $99.00 of 15 Dec",
            "$72.60 of credit to the balance, by Stripe's preview; no money back",
            "billed as usual until then",
            "nothing is collected meanwhile ($99.00 of 15 Dec first)",
            "less from now on instead of $99.00 of 15 Dec; Stripe's preview comes with the plan",
        ]
    );
    assert_eq!(all.ways[0].access, Access::Until(Unix(NOW + 22 * DAY_S)));
    assert_eq!(
        all.open.as_deref(),
        Some(
            "A-7 ($49.00) stays open, whichever way, and is no longer collected by itself once this has ended: have it paid, or void it"
        )
    );
    let back: Vec<_> = all.ways.iter().map(|one| one.undo).collect();
    assert_eq!(
        back,
        [
            "until then it can be kept",
            "no: only a new subscription begins again",
            "no: the credit stays, and only a new subscription begins again",
            "until then it can be kept",
            "collects again once it is resumed",
            "can be changed back; what that costs is shown first",
        ]
    );
    let access: Vec<_> = all.ways.iter().map(|one| one.access).skip(1).collect();
    assert_eq!(access, [Access::EndsNow, Access::EndsNow, Access::Unknown, Access::GoesOn, Access::GoesOn]);
    let denied: Vec<_> = all.ways.iter().map(|one| one.denied.map(Rule::name)).collect();
    assert_eq!(
        denied,
        [
            None,
            None,
            Some("subscriptions.proration"),
            Some("subscriptions.cancel"),
            Some("subscriptions.pause"),
            Some("subscriptions.change_plan")
        ]
    );
}

#[test]
fn what_stripe_would_refuse_is_said_with_the_way_that_is_left() {
    let refused = |more: Value| {
        let mut bag = bag(0);
        let mut sub: Value =
            serde_json::from_str(&bag.raw(&AnyId::parse("sub_1").unwrap()).unwrap()).unwrap();
        sub.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let look = Look::first(Want::Object(AnyId::parse("sub_1").unwrap()));
        bag.take(&look, Ok(look.read(&sub.to_string()).unwrap()));
        told(&bag, None, "").ways.into_iter().map(|one| one.refused.unwrap_or_default()).collect::<Vec<_>>()
    };
    let planned = refused(json!({"schedule": "sub_sched_1"}));
    let which: Vec<bool> = planned
        .iter()
        .map(|why| why.contains("release_subscription_schedule schedule=sub_sched_1"))
        .collect();
    assert_eq!(which, [true, false, false, true, false, false], "{planned:?}");
    // What is paused is not offered to be paused.
    assert_eq!(refused(json!({"status": "paused"})).len(), 5);
    assert_eq!(refused(json!({"pause_collection": {"behavior": "void"}})).len(), 5);
    assert_eq!(refused(json!({"cancel_at_period_end": true}))[0], "it ends at period end already");
    assert!(refused(json!({})).iter().all(String::is_empty));
}

#[test]
fn a_date_after_the_next_bill_says_so_and_what_is_used_is_due() {
    let far = told(&bag(0), Some(NOW + 40 * DAY_S), "");
    assert!(far.ways[3].money.contains("$99.00 of 15 Dec, and what follows"), "{}", far.ways[3].money);
    let near = told(&bag(1_500), Some(NOW + 4 * DAY_S), "");
    assert_eq!(near.ways[3].money, "nothing more is billed before then; nothing back");
    assert_eq!(near.ways[2].money, "$15.00 for what was used is still to pay, by Stripe's preview");
    assert_eq!(far.ways[2].money, "nothing to give back, by Stripe's preview");
}

#[test]
fn credit_that_only_waits_says_that_no_invoice_will_come() {
    let waits = "subscriptions.cancel = [\"now\"]\nsubscriptions.proration = \"create_prorations\"";
    let money = |preview: i64| told(&bag(preview), None, waits).ways[2].money.clone();
    assert_eq!(
        money(-7_260),
        format!(
            "$72.60 of credit, by Stripe's preview, that waits for a next invoice: {NO_NEXT}; no money back"
        )
    );
    assert_eq!(money(0), "nothing to give back, by Stripe's preview");
}

#[test]
fn what_was_not_read_is_not_foretold() {
    assert!(looks(&Bag::default(), &SubscriptionId::parse("sub_1").unwrap(), None).len() == 4);
    let mut bag = bag(0);
    let look = Look::first(Want::EndedNow(SubscriptionId::parse("sub_1").unwrap()));
    bag.take(&look, Err(super::super::Why::Hidden("no".into())));
    assert_eq!(told(&bag, None, "").gaps, ["preview of ending sub_1 now: no"]);
}

#[test]
fn a_date_and_a_smaller_plan_have_stripes_own_figures() {
    let mut bag = bag(0);
    let id = SubscriptionId::parse("sub_1").unwrap();
    let price = |id: &str, minor: i64, interval: &str, active: bool| {
        json!({"id": id, "object": "price", "active": active, "currency": "usd", "unit_amount": minor,
            "product": {"id": format!("prod_{id}"), "name": id.to_uppercase()},
            "recurring": {"interval": interval, "interval_count": 1, "usage_type": "licensed"}})
    };
    let mut own: Value = serde_json::from_str(&bag.raw(&id.any()).unwrap()).unwrap();
    own["items"]["data"][0]["price"] = price("pro", 9_900, "month", true);
    let look = Look::first(Want::Object(id.any()));
    bag.take(&look, Ok(look.read(&own.to_string()).unwrap()));
    let on = Unix(NOW + 40 * DAY_S);
    let asked: Vec<_> = looks(&bag, &id, Some(on)).into_iter().map(|look| look.want).collect();
    let plans = Want::PlansIn(crate::money::Currency::USD);
    assert!(asked.contains(&Want::EndedOn(id.clone(), on)) && asked.contains(&plans), "{asked:?}");
    let all = json!({"data": [price("growth", 4_900, "month", true), price("tiny", 900, "month", true),
        price("old", 5_900, "month", false), price("year", 8_900, "year", true), price("team", 19_900, "month", true)]});
    let look = Look::first(plans);
    bag.take(&look, Ok(look.read(&all.to_string()).unwrap()));
    let smaller =
        looks(&bag, &id, Some(on)).into_iter().find(|look| matches!(look.want, Want::Replaced(..))).unwrap();
    let form = smaller.request().form();
    assert!(form.contains("[price]=growth") && form.contains("[id]=si_1"), "{form}");
    let invoice = |due: i64, total: i64| json!({"id": "upcoming", "currency": "usd", "total": total, "amount_due": due, "period_end": NOW + 22 * DAY_S});
    bag.take(&smaller, Ok(smaller.read(&invoice(1_230, 1_230).to_string()).unwrap()));
    let dated = Look::first(Want::EndedOn(id.clone(), on));
    bag.take(&dated, Ok(dated.read(&invoice(9_900, 9_900).to_string()).unwrap()));
    let ways = told(&bag, Some(on.0), "").ways;
    assert_eq!(
        ways[3].money,
        "$99.00 is billed on 15 Dec before it ends, by Stripe's preview, and what follows; nothing back"
    );
    assert_eq!(
        ways[5].money,
        "with GROWTH ($49.00/mo) the next bill is $12.30 instead of $99.00 of 15 Dec, by Stripe's preview"
    );
}

/// The money of "now, with credit" beside an invoice that is `change`d, where Stripe foretells so much.
fn with_credit(preview: i64, change: &Value) -> String {
    let mut bag = bag(preview);
    let mut invoice = json!({"id": "in_1", "number": "A-7", "status": "open", "currency": "usd", "total": 4_900,
        "amount_remaining": 4_900, "parent": {"subscription_details": {"subscription": "sub_1"}},
        "lines": {"data": [{"id": "il_1", "period": {"start": NOW - 8 * DAY_S, "end": NOW + 22 * DAY_S}}]}});
    for (name, value) in change.as_object().unwrap() {
        invoice[name] = value.clone();
    }
    let subscription =
        json!({"id": "sub_1", "status": "past_due", "currency": "usd", "latest_invoice": invoice["latest"]});
    for (kind, object) in [(Kind::Subscription, subscription), (Kind::Invoice, invoice)] {
        let id = AnyId { kind, id: object["id"].as_str().unwrap().to_owned() };
        let look = Look::first(Want::Object(id));
        bag.take(&look, Ok(look.read(&object.to_string()).unwrap()));
    }
    told(&bag, None, "").ways[2].money.clone()
}

#[test]
fn credit_for_days_that_nobody_paid_is_called_that() {
    let paid = "$72.60 of credit to the balance, by Stripe's preview; no money back";
    let gives = "credit for its days gives away what nobody has paid; end without credit";
    for (change, words) in [
        (json!({"latest": "in_1"}), format!("A-7 ($49.00) is not paid: {gives}, and void it")),
        // Not the newest: a change was paid since.
        (json!({"latest": "in_2"}), format!("A-7 ($49.00) is not paid: {gives}, and void it")),
        (json!({"latest": "in_1", "status": "uncollectible"}), format!("A-7 ($49.00) is written off: {gives}")),
        // What was asked for is void, and the days were never paid.
        (json!({"latest": "in_1", "status": "void", "amount_remaining": 0}), format!("A-7 ($49.00) is void: {gives}")),
        (
            json!({"latest": "in_1", "status": "draft"}),
            format!("the newest invoice ($49.00) is a draft, and not paid yet: {gives}"),
        ),
        (
            json!({"latest": "in_1", "amount_paid": 3_900, "amount_remaining": 1_000}),
            "A-7 is not paid in full ($10.00 left): credit for its days gives away what was not paid".to_owned(),
        ),
        (
            json!({"latest": "in_9", "id": "in_5", "status": "paid"}),
            "it is past due: credit for days that were not paid gives away what nobody has paid; end without credit"
                .to_owned(),
        ),
    ] {
        assert_eq!(with_credit(-7_260, &change), format!("{paid}; but {words}"), "{change}");
    }
    let earlier =
        json!({"data": [{"id": "il_1", "period": {"start": NOW - 90 * DAY_S, "end": NOW - 60 * DAY_S}}]});
    for change in [
        json!({"latest": "in_1", "status": "paid", "amount_remaining": 0}),
        json!({"latest": "in_1", "lines": earlier}),
    ] {
        assert_eq!(with_credit(-7_260, &change), paid, "{change}");
    }
    // Where there is no credit, none is warned of.
    assert_eq!(with_credit(0, &json!({"latest": "in_1"})), "nothing to give back, by Stripe's preview");
    assert!(!with_credit(1_200, &json!({"latest": "in_1"})).contains("credit"));
}
