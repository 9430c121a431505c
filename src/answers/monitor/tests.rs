//! Sums, shares and what stands out, by hand.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::time::{DAY_S, HOUR_S, Unix};

/// 23 Nov 2026 12:00 UTC, a Monday.
const NOW: i64 = 1_795_435_200;

fn refund(at: i64, amount: i64, more: &Value) -> Refund {
    let mut json = json!({"id": format!("re_{at}_{amount}"), "amount": amount, "currency": "usd", "created": at,
        "status": "succeeded", "reason": "duplicate", "metadata": {"agent": "maya"},
        "charge": {"id": format!("ch_{at}"), "amount": 9_900, "amount_captured": 9_900, "captured": true, "currency": "usd",
            "customer": "cus_1"}});
    for (name, value) in more.as_object().unwrap() {
        json[name] = value.clone();
    }
    serde_json::from_value(json).unwrap()
}

fn told(refunds: &[Refund], policy: &str) -> Monitor {
    let period = period(&Moment { now: Unix(NOW), zone: TimeZone::UTC }, 30);
    let scene = Scene { refunds: refunds.iter().collect(), ..Scene::default() };
    let policy = Policy::parse(&format!("version = 1\n{policy}"), "policy.toml").unwrap();
    monitor(&scene, &period, &policy)
}

#[test]
fn what_came_back_and_what_is_older_is_not_counted() {
    let all = [
        refund(NOW - DAY_S, 500, &json!({})),
        refund(NOW - 2 * DAY_S, 700, &json!({"status": "failed"})),
        refund(NOW - 40 * DAY_S, 900, &json!({})),
        refund(NOW - DAY_S, 12_000, &json!({"currency": "jpy"})),
    ];
    let told = told(&all, "");
    let sums: Vec<_> = told.volumes.iter().map(|volume| (volume.currency.code(), volume.all)).collect();
    assert_eq!(sums, [("jpy", Tally { count: 1, minor: 12_000 }), ("usd", Tally { count: 1, minor: 500 })]);
    assert_eq!(told.alarms, []);
}

#[test]
fn today_stands_beside_the_caps_of_whoever_refunded() {
    let all = [
        refund(NOW - HOUR_S, 2_000, &json!({})),
        refund(NOW - HOUR_S, 500, &json!({"metadata": {"paydesk_agent": "lea"}})),
        refund(NOW - HOUR_S, 300, &json!({"metadata": {}})),
    ];
    let rules = "refunds.daily_cap = { per_agent = { usd = \"50.00\" }, per_team = { usd = \"90.00\" } }\n\
        roles.lead = { extends = \"agent\", refunds.daily_cap.per_agent = { usd = \"70.00\" } }\nagents.lea = \"lead\"";
    let told = told(&all, rules);
    let today: Vec<_> = told.volumes[0]
        .today
        .iter()
        .map(|one| (one.agent.as_deref(), one.spent.to_string(), one.cap.unwrap().to_string()))
        .collect();
    assert_eq!(
        today,
        [
            (None, "$28.00".into(), "$90.00".into()),
            (Some("maya"), "$20.00".into(), "$50.00".into()),
            (Some("lea"), "$5.00".into(), "$70.00".into())
        ]
    );
    assert_eq!(told.volumes[0].agents.last().unwrap().shown(), "not named");
}

#[test]
fn what_a_credit_note_gave_back_is_its_makers() {
    let of_nobody = json!({"metadata": {}});
    let all = [
        refund(NOW - HOUR_S, 2_000, &of_nobody),
        refund(NOW - 3 * HOUR_S, 700, &of_nobody),
        refund(NOW - HOUR_S, 500, &json!({"metadata": {"agent": "lea"}})),
    ];
    let parts: Vec<_> =
        all.iter().map(|refund| json!({"amount_refunded": refund.amount, "refund": refund.id})).collect();
    let note = json!({"id": "cn_1", "created": NOW - HOUR_S, "refunds": parts, "metadata": {"paydesk_agent": "maya"}});
    let note: CreditNote = serde_json::from_value(note).unwrap();
    let scene = Scene { refunds: all.iter().collect(), notes: vec![&note], ..Scene::default() };
    let period = period(&Moment { now: Unix(NOW), zone: TimeZone::UTC }, 30);
    let told = monitor(&scene, &period, &Policy::builtin());
    let agents: Vec<_> =
        told.volumes[0].agents.iter().map(|one| (one.shown().to_owned(), one.sum.minor)).collect();
    // The second was there before the note, and the third says itself whose it is.
    assert_eq!(agents, [("maya".into(), 2_000), ("not named".into(), 700), ("lea".into(), 500)]);
}

#[test]
fn a_week_is_too_short_to_say_what_is_usual() {
    let one = refund(NOW - HOUR_S, 2_000, &json!({}));
    let scene = Scene { refunds: vec![&one], ..Scene::default() };
    let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
    let gaps = |days: u32| monitor(&scene, &period(&moment, days), &Policy::builtin()).gaps;
    assert_eq!(gaps(7), ["what a day usually has: 7 days are too few to tell"]);
    assert!(gaps(30).is_empty());
}

#[test]
fn hours_of_the_policy_are_a_rule_and_not_a_guess() {
    let all = [refund(NOW - 9 * HOUR_S, 500, &json!({})), refund(NOW - 2 * HOUR_S, 500, &json!({}))];
    let found = told(&all, "hours.from = \"08:00\"\nhours.to = \"20:00\"");
    let says: Vec<_> = found.alarms.iter().map(|alarm| alarm.says.as_str()).collect();
    assert_eq!(says, ["maya: 1 of 2 refunds outside of the policy's hours, the last 23 Nov 03:00"]);
    assert_eq!(told(&all, "").alarms, [], "nobody said when they work");
}

#[test]
fn a_refund_of_the_whole_price_just_below_a_limit_is_no_sign() {
    let rules = "refunds.automatic = { usd = \"50.00\" }";
    let of = |price: i64, customer: &str, at: i64| {
        let charge = json!({"id": format!("ch_{at}"), "amount": price, "amount_captured": price, "captured": true,
            "currency": "usd", "customer": customer});
        refund(NOW - at * DAY_S, 4_900, &json!({"charge": charge}))
    };
    let whole: Vec<_> = (0..8).map(|at| of(4_900, &format!("cus_{at}"), at)).collect();
    assert_eq!(told(&whole, rules).alarms, []);
    let chosen: Vec<_> = (0..8).map(|at| of(9_900, &format!("cus_{at}"), at)).collect();
    assert_eq!(told(&chosen, rules).alarms[0].says, "maya: 8 refunds just below $50.00");
}

#[test]
fn rows_for_a_spreadsheet_have_all_their_cells() {
    let told = told(&[refund(NOW - HOUR_S, 2_000, &json!({}))], "");
    let rows = rows(&told);
    assert!(rows.iter().all(|row| row.len() == TITLES.len()), "{rows:?}");
    assert!(
        rows.contains(&["day", "2026-11-23", "usd", "1", "20.00", "0", "0.00"].map(str::to_owned).to_vec())
    );
    assert!(rows.contains(&["agent", "maya", "usd", "1", "20.00", "", ""].map(str::to_owned).to_vec()));
}
