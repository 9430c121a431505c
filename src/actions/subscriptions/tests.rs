//! Tests of subscriptions: cancelling, keeping, pausing, resuming, longer trials.

use jiff::tz::TimeZone;
use serde_json::json;

use super::{
    super::{
        Args, Done, Moment, PlanMove, Proposal, Subject,
        fixture::{done as told, propose, reading, with},
    },
    *,
};
use crate::{
    model::{Record, Subscription},
    time::Unix,
};

const NOW: Unix = Unix(1_795_435_200); // 2026-11-23T12:00:00Z

fn subject(more: &str) -> Subject {
    let json = format!(
        r#"{{"id":"sub_1","status":"active","currency":"usd","customer":"cus_1","items":{{"data":[{{"quantity":1,
        "current_period_end":1797325920,"price":{{"currency":"usd","unit_amount":9900,
        "recurring":{{"interval":"month","interval_count":1}}}}}}]}}{more}}}"#
    );
    let json: serde_json::Value = serde_json::from_str(&json).unwrap(); // a field named twice: the later one counts
    Subject::of(&Record::<Subscription>::parse(json.to_string()).unwrap())
}

fn build(action: &str, more: &str, args: &[(&str, &str)]) -> Result<Proposal, String> {
    let args = args
        .iter()
        .fold(Args::default().with("subscription", "sub_1"), |all, (name, value)| all.with(name, *value));
    let moment = Moment { now: NOW, zone: TimeZone::UTC };
    super::super::find(action)
        .unwrap()
        .propose(&args, &subject(more), &moment)
        .map_err(|error| error.to_string())
}

#[test]
fn each_way_to_end_is_its_own_request() {
    let wire = |args: &[(&str, &str)]| build("cancel_subscription", "", args).unwrap().request.canonical();
    assert_eq!(wire(&[]), "POST /v1/subscriptions/sub_1\ncancel_at_period_end=true");
    assert_eq!(
        wire(&[("when", "now"), ("feedback", "unused")]),
        "DELETE /v1/subscriptions/sub_1\ninvoice_now=false&prorate=false&cancellation_details[feedback]=unused"
    );
    assert!(
        wire(&[("feedback", "other"), ("feedback_option", "fbo_1")])
            .ends_with("&cancellation_details[feedback]=other&cancellation_details[feedback_option]=fbo_1")
    );
    assert_eq!(
        wire(&[("when", "date"), ("on", "2026-12-31")]),
        "POST /v1/subscriptions/sub_1\ncancel_at=1798675200&proration_behavior=none"
    );
    let credited = wire(&[("when", "date"), ("on", "2026-12-31"), ("proration", "create_prorations")]);
    assert!(credited.ends_with("&proration_behavior=create_prorations"), "{credited}");
}

#[test]
fn what_ends_at_period_end_already_is_not_told_to_once_more() {
    let again = |args: &[(&str, &str)]| build("cancel_subscription", r#","cancel_at_period_end":true"#, args);
    assert!(again(&[]).unwrap_err().contains("ends at period end already"));
    assert!(again(&[("when", "now")]).is_ok() && again(&[("when", "date"), ("on", "2026-12-31")]).is_ok());
}

#[test]
fn an_end_beside_that_of_a_schedule_is_not_asked_for() {
    let planned = r#","schedule":"sub_sched_1","cancel_at":1798675200"#;
    let why = |action: &str, args: &[(&str, &str)]| build(action, planned, args).unwrap_err();
    let says = "the schedule sub_sched_1 decides when it ends, and Stripe refuses an end beside it: release that first (release_subscription_schedule schedule=sub_sched_1)";
    assert!(why("cancel_subscription", &[]).contains(says));
    assert!(why("cancel_subscription", &[("when", "date"), ("on", "2026-12-31")]).contains(says));
    assert!(why("undo_cancellation", &[]).contains(says));
    assert!(build("cancel_subscription", planned, &[("when", "now")]).is_ok());
}

#[test]
fn the_sentence_says_when_it_ends() {
    let proposal = build("cancel_subscription", "", &[]).unwrap();
    assert_eq!(proposal.sentence, "cancel sub_1 ($99.00/mo) at period end, 15 Dec 2026");
}

#[test]
fn wrong_dates_are_named() {
    let why = |args: &[(&str, &str)]| build("cancel_subscription", "", args).unwrap_err();
    assert!(why(&[("when", "date")]).contains("give the date"));
    assert!(why(&[("when", "date"), ("on", "yesterday")]).contains("lies in the past"));
    assert!(why(&[("when", "now"), ("on", "2026-12-31")]).contains("when=date only"));
    assert!(
        why(&[("when", "soon")]).contains("not one of at period end (period_end); now; on a date (date)")
    );
}

#[test]
fn keeping_clears_the_field_that_is_set() {
    let wire = |more: &str| build("undo_cancellation", more, &[]).unwrap().request.form();
    assert_eq!(wire(r#","cancel_at_period_end":true"#), "cancel_at_period_end=false");
    assert_eq!(wire(r#","cancel_at":1798675200"#), "cancel_at=");
    assert!(build("undo_cancellation", "", &[]).unwrap_err().contains("not set to end"));
    let given = [("proration_behavior", "none")];
    let free = build("undo_cancellation", r#","cancel_at":1796083200"#, &given).unwrap();
    assert_eq!(free.request.form(), "cancel_at=&proration_behavior=none");
    assert_eq!((free.also.as_slice(), free.terms.plan), (&[Gate::Proration][..], Some(PlanMove::Up)));
    assert!(
        build("cancel_subscription", r#","status":"canceled""#, &[])
            .unwrap_err()
            .contains("already cancelled")
    );
}

#[test]
fn keeping_says_what_becomes_of_it_and_asks_about_days_only_where_some_were_cut_off() {
    let said = |more: &str, given: &[(&str, &str)]| {
        build("undo_cancellation", more, given).map(|proposal| proposal.sentence)
    };
    let at_end = r#","cancel_at_period_end":true,"cancel_at":1797325920"#;
    let renews = "keep sub_1 ($99.00/mo): it renews on 15 Dec 2026 instead of ending";
    assert_eq!(said(at_end, &[]).unwrap(), renews);
    let early = r#","cancel_at":1796083200"#;
    let goes_on = "keep sub_1 ($99.00/mo): it goes on after 1 Dec 2026 instead of ending";
    assert_eq!(said(early, &[]).unwrap(), goes_on);
    for (value, days) in [
        ("none", "are not charged"),
        ("always_invoice", "are billed at once"),
        ("create_prorations", "are on the next invoice"),
    ] {
        let given = [("proration_behavior", value)];
        assert_eq!(said(early, &given).unwrap(), format!("{goes_on}; the days that come back {days}"));
        for none in [at_end, r#","cancel_at":1798675200"#] {
            let why = said(none, &given).unwrap_err();
            assert!(why.contains("cuts off no day that was paid for"), "{why}");
        }
    }
}

fn stands(fields: serde_json::Value) -> serde_json::Value {
    with(
        &serde_json::json!({"id": "sub_1", "status": "active", "currency": "usd", "customer": "cus_1",
            "collection_method": "charge_automatically", "items": {"data": [{"id": "si_1", "quantity": 1,
            "current_period_end": 1_797_325_920, "price": {"id": "price_1", "currency": "usd", "unit_amount": 9_900,
            "recurring": {"interval": "month", "interval_count": 1}}}]}}),
        fields,
    )
}

fn wire(action: &str, fields: serde_json::Value, given: &[(&str, &str)]) -> String {
    let given: Vec<_> = [("subscription", "sub_1")].iter().chain(given).copied().collect();
    propose(action, &stands(fields), &given)
        .map_or_else(|wrong| wrong, |proposal| proposal.request.canonical())
}

#[test]
fn each_reading_is_its_own_call() {
    for (name, given, call) in [
        ("get_subscription", &[("subscription", "sub_1")][..], "GET /v1/subscriptions/sub_1"),
        (
            "list_subscriptions",
            &[("customer", "cus_1"), ("status", "all"), ("ends_until", "2026-12-01")],
            "GET /v1/subscriptions?customer=cus_1&status=all&current_period_end[lt]=1796083200",
        ),
        (
            "list_subscriptions",
            &[("query", "status:'active'")],
            "GET /v1/subscriptions/search?query=status%3A%27active%27",
        ),
        (
            "get_subscription_schedule",
            &[("schedule", "sub_sched_1")],
            "GET /v1/subscription_schedules/sub_sched_1",
        ),
    ] {
        assert_eq!(reading(name, given), call);
    }
    assert!(
        reading("list_subscriptions", &[("query", "x"), ("status", "all")])
            .contains("says everything by itself")
    );
    assert!(
        reading("get_subscription_schedule", &[("schedule", "sub_1")]).contains("is a subscription, but a")
    );
}

#[test]
fn collection_is_paused_and_the_service_goes_on() {
    let pause = |given: &[(&str, &str)]| wire("pause_subscription", json!({}), given);
    assert_eq!(
        pause(&[("behavior", "void"), ("resumes_at", "in 30d"), ("metadata", "case=7")]),
        "POST /v1/subscriptions/sub_1\npause_collection[behavior]=void&pause_collection[resumes_at]=1798027200&metadata[case]=7"
    );
    assert!(
        pause(&[("behavior", "stop")])
            .contains("not one of invoices wait as drafts, to be collected later (keep_as_draft)")
    );
    assert!(pause(&[]).contains("behavior: it is required"));
    assert!(pause(&[("behavior", "void"), ("resumes_at", "yesterday")]).contains("lies in the past"));
    let given = [("subscription", "sub_1"), ("behavior", "keep_as_draft")];
    let said = propose("pause_subscription", &stands(json!({})), &given).unwrap().sentence;
    assert_eq!(
        said,
        "pause collection of sub_1 ($99.00/mo) until somebody resumes it: the service goes on, invoices wait as drafts, to \
         be collected later"
    );
    for (fields, why) in [
        (json!({"pause_collection": {"behavior": "void"}}), "paused already (void): resume it first"),
        (json!({"status": "paused"}), "it is paused already, whole"),
        (json!({"status": "canceled"}), "it is already cancelled"),
    ] {
        let said = wire("pause_subscription", fields, &[("behavior", "void")]);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn two_pauses_end_by_two_calls() {
    let collection = json!({"pause_collection": {"behavior": "void"}});
    let whole = json!({"status": "paused"});
    let resume = |fields: &serde_json::Value, given: &[(&str, &str)]| {
        wire("resume_subscription", fields.clone(), given)
    };
    assert_eq!(resume(&collection, &[]), "POST /v1/subscriptions/sub_1\npause_collection=");
    assert_eq!(
        resume(&whole, &[]),
        "POST /v1/subscriptions/sub_1/resume\nbilling_cycle_anchor[type]=now&payment_behavior=resume_on_payment_attempt"
    );
    assert_eq!(
        resume(
            &whole,
            &[("billing_cycle_anchor", "unchanged"), ("payment_behavior", "resume_on_payment_success")]
        ),
        "POST /v1/subscriptions/sub_1/resume\nbilling_cycle_anchor[type]=unchanged&payment_behavior=resume_on_payment_success\
         &proration_behavior=create_prorations"
    );
    assert!(
        resume(&collection, &[("billing_cycle_anchor", "now")])
            .contains("here only collection is, leave it out")
    );
    assert!(
        resume(&whole, &[("proration_behavior", "none")]).contains("give billing_cycle_anchor=unchanged too")
    );
    assert!(resume(&json!({}), &[]).contains("it is not paused"));
    let mailed = json!({"status": "paused", "collection_method": "send_invoice"});
    assert!(resume(&mailed, &[]).contains("its invoices are mailed"));
    let said = |fields: serde_json::Value| {
        propose("resume_subscription", &stands(fields), &[("subscription", "sub_1")]).unwrap().sentence
    };
    assert!(said(whole).ends_with("the customer is charged for it at once"));
    assert!(said(collection).contains("invoices are charged from now on, the next on 15 Dec 2026"));
}

#[test]
fn free_time_ends_on_a_day_that_is_still_to_come() {
    let extend = |fields: serde_json::Value, given: &[(&str, &str)]| wire("extend_trial", fields, given);
    assert_eq!(
        extend(
            json!({"status": "trialing"}),
            &[("trial_end", "in 14d"), ("missing_payment_method", "pause")]
        ),
        "POST /v1/subscriptions/sub_1\ntrial_end=1796644800&proration_behavior=none\
         &trial_settings[end_behavior][missing_payment_method]=pause"
    );
    for (end, why) in [
        ("yesterday", "22 Nov 2026 lies in the past"),
        ("now", "it is active: there is no trial to end"),
        ("in 731d", "Stripe takes two years at most"),
        ("soon", "is not a time"),
    ] {
        let said = extend(json!({}), &[("trial_end", end)]);
        assert!(said.contains(why), "{end}: {said}");
    }
    assert!(extend(json!({"trial_end": 1_796_644_800}), &[("trial_end", "in 14d")]).contains("already"));
    let said = |fields, given: &[(&str, &str)]| {
        let given: Vec<_> =
            [("subscription", "sub_1"), ("trial_end", "in 14d")].iter().chain(given).copied().collect();
        propose("extend_trial", &stands(fields), &given).unwrap().sentence
    };
    assert_eq!(
        said(json!({"status": "trialing", "trial_end": NOW.0 + 86_400}), &[]),
        "sub_1 ($99.00/mo) is free until 7 Dec 2026 instead of 24 Nov 2026, and billed on that day from then on"
    );
    // Paid until later than that: it would be no gift.
    let earlier = extend(json!({}), &[("trial_end", "in 14d")]);
    assert!(
        earlier.contains("it is paid until 15 Dec 2026, and what is paid is not given back"),
        "{earlier}"
    );
    let given = [("subscription", "sub_1"), ("trial_end", "in 60d")];
    let made = |fields| propose("extend_trial", &stands(fields), &given).unwrap();
    let later = made(json!({}));
    assert!(
        later.sentence.ends_with("; it is paid until 15 Dec 2026, and that is not given back"),
        "{}",
        later.sentence
    );
    assert!(later.terms.paid_until.is_some());
    // Only what is charged by itself and runs is known to be paid: of all else the days count from now.
    for other in [
        json!({"status": "past_due"}),
        json!({"status": "unpaid"}),
        json!({"status": "paused"}),
        json!({"status": "trialing"}),
        json!({"collection_method": "send_invoice"}),
        json!({"pause_collection": {"behavior": "void"}}),
    ] {
        assert_eq!(made(other.clone()).terms.paid_until, None, "{other}");
    }
    let credited = [given[0], given[1], ("proration_behavior", "create_prorations")];
    let credited = propose("extend_trial", &stands(json!({})), &credited).unwrap();
    assert_eq!(credited.terms.paid_until, None, "what is paid is given back");
    assert!(
        said(json!({}), &[("proration_behavior", "always_invoice")])
            .ends_with("the customer gets credit for the days already paid, invoiced at once")
    );
}

#[test]
fn a_trial_that_ends_now_is_guarded_like_a_charge_and_stays_now_until_it_is_sent() {
    let trial = || stands(json!({"status": "trialing", "trial_end": NOW.0 + 86_400}));
    let given = [("subscription", "sub_1"), ("trial_end", "now")];
    let ends = propose("extend_trial", &trial(), &given).unwrap();
    assert_eq!(ends.request.canonical(), "POST /v1/subscriptions/sub_1\ntrial_end=now");
    assert_eq!(
        ends.sentence,
        "end the trial of sub_1 ($99.00/mo) now: a period begins and the customer is charged for it at once"
    );
    assert_eq!((ends.effect, ends.also.as_slice()), (Effect::Money, &[Gate::InvoicesWrite][..]));
    let moment = Moment { now: NOW, zone: TimeZone::UTC };
    assert_eq!(ends.args.frozen(TRIAL.fields, &moment).unwrap().get("trial_end"), Some("now"));
    let with = [given[0], given[1], ("proration_behavior", "none")];
    assert!(propose("extend_trial", &trial(), &with).unwrap_err().contains("leave it out"));
}

#[test]
fn planned_changes_are_given_up_while_there_are_any() {
    let schedule = |status: &str| json!({"id": "sub_sched_1", "status": status, "subscription": "sub_1", "end_behavior": "cancel"});
    let release = |status: &str, given: &[(&str, &str)]| {
        let given: Vec<_> = [("schedule", "sub_sched_1")].iter().chain(given).copied().collect();
        propose("release_subscription_schedule", &schedule(status), &given)
    };
    let proposal = release("active", &[("preserve_cancel_date", "true")]).unwrap();
    assert_eq!(
        proposal.request.canonical(),
        "POST /v1/subscription_schedules/sub_sched_1/release\npreserve_cancel_date=true"
    );
    assert!(proposal.sentence.ends_with("stays as it is now, and still ends when it was to end"));
    assert!(release("not_started", &[]).unwrap().sentence.ends_with(", and goes on instead of ending"));
    for status in ["completed", "released", "canceled"] {
        assert!(release(status, &[]).is_err(), "{status}");
    }
    let released = |at: i64| with(&schedule("released"), json!({"released_at": at}));
    assert_eq!(told(&proposal, &released(NOW.0)), Done::Yes(None));
    assert!(matches!(told(&proposal, &released(NOW.0 - 9)), Done::Before(_)));
    assert!(matches!(told(&proposal, &schedule("active")), Done::No(_)));
}

#[test]
fn what_was_done_is_told_by_the_mark_or_by_how_it_stands() {
    let given = [("subscription", "sub_1"), ("behavior", "void")];
    let pause = propose("pause_subscription", &stands(json!({})), &given).unwrap();
    assert_eq!(told(&pause, &stands(json!({"metadata": {"paydesk_intent": "int_1"}}))), Done::Yes(None));
    assert!(matches!(
        told(&pause, &stands(json!({"pause_collection": {"behavior": "void"}}))),
        Done::Yes(Some(_))
    ));
    assert!(matches!(
        told(&pause, &stands(json!({"pause_collection": {"behavior": "keep_as_draft"}}))),
        Done::Unseen(_)
    ));
    let given = [("subscription", "sub_1"), ("trial_end", "in 14d")];
    let trial = propose("extend_trial", &stands(json!({"status": "trialing"})), &given).unwrap();
    assert!(matches!(told(&trial, &stands(json!({"trial_end": 1_796_644_800}))), Done::Yes(Some(_))));
    assert!(matches!(told(&trial, &stands(json!({}))), Done::Unseen(_)));
    let whole =
        propose("resume_subscription", &stands(json!({"status": "paused"})), &[("subscription", "sub_1")])
            .unwrap();
    assert!(matches!(
        told(&whole, &stands(json!({"metadata": {"paydesk_intent": "int_9"}}))),
        Done::ByKey(_)
    ));
    assert!(matches!(told(&whole, &stands(json!({"status": "paused"}))), Done::Unseen(_)));
}
