//! `paydesk policy explain` and `policy replay`, as the real binary answers them.

use serde_json::Value;

use crate::harness::command::{Case, get};

const RULES: &str = "version = 1\n[refunds]\nmax = { usd = \"100.00\", eur = \"5.00\" }\nautomatic = { usd = \"20.00\" }\n\
    max_age_days = 3650\nmax_per_customer = { count = 50, days = 30 }\n[subscriptions]\ncancel = [\"period_end\"]\n\
    [roles.lead]\nrefunds.max = { usd = \"500.00\" }\n[agents]\nlea = \"lead\"\n";

fn case(rules: &str) -> Case {
    let case = Case::new();
    std::fs::write(case.home.path().join("policy.toml"), rules).unwrap();
    case
}

fn rule<'d>(document: &'d Value, name: &str) -> &'d Value {
    let rules = document["result"]["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["rule"] == name).unwrap_or_else(|| panic!("{name}: {document:#}"))
}

#[test]
fn explain_tells_each_rule_with_what_it_was_given_and_where_it_stands() {
    let case = case(RULES);
    let charge = case.charge(3_000);
    let line = format!("policy explain refund_charge charge={charge} amount=30.00 reason=duplicate");
    let (code, maya) = case.json(&line);
    assert_eq!((code, &maya["result"]["outcome"]), (0, &"confirm".into()), "{maya:#}");
    let max = rule(&maya, "refunds.max");
    assert_eq!((&max["input"], &max["verdict"]), (&"$30.00".into(), &"pass".into()));
    assert!(max["source"].as_str().unwrap().ends_with("policy.toml:3"), "{max}");
    assert_eq!(rule(&maya, "refunds.automatic")["verdict"], "confirm");
    assert!(rule(&maya, "refunds.max_per_customer")["input"].as_str().unwrap().ends_with("before this one"));
    assert_eq!(rule(&maya, "charge.left")["enforced_by"], "Stripe");
    let (_, lea) = case.json(&format!("{line} --agent lea"));
    let max = rule(&lea, "refunds.max");
    assert!(max["source"].as_str().unwrap().ends_with("policy.toml:10 (lead)"), "{max}");
    assert_eq!(lea["result"]["role"], "lead");
    assert_eq!(case.refunded(&charge), 0, "nothing is sent");
    let (code, table, _) = case.run(&line);
    assert!(code == 0 && table.contains("refunds.automatic") && table.contains("policy.toml:4"), "{table}");
}

#[test]
fn explain_takes_another_file_and_what_only_reads() {
    let case = case(RULES);
    let charge = case.charge(3_000);
    let other = case.home.path().join("other.toml");
    std::fs::write(
        &other,
        "version = 1\n[refunds]\nmax = { usd = \"1.00\" }\n[customers]\nview_invoices = false\n",
    )
    .unwrap();
    let other = other.display();
    let line =
        format!("policy explain refund_charge charge={charge} amount=30.00 reason=duplicate --file {other}");
    let (code, denied) = case.json(&line);
    assert_eq!(
        (code, &denied["result"]["outcome"]),
        (0, &"deny".into()),
        "to explain a denial is no failure"
    );
    assert_eq!(rule(&denied, "refunds.max")["allowed"], "the most you may refund here is $1.00");
    let (code, read) = case.json(&format!("policy explain list_invoices --file {other}"));
    assert_eq!((code, &read["result"]["outcome"]), (0, &"deny".into()), "{read:#}");
    assert_eq!(case.run("policy explain refund_chrage").0, 2);
    assert_eq!(case.run("policy explain refund_charge charge=-").0, 2);
}

fn sum(verdicts: &Value) -> i64 {
    verdicts.as_array().unwrap().iter().map(|row| row["count"].as_i64().unwrap()).sum()
}

#[test]
fn replay_decides_the_past_anew() {
    let case = case(RULES);
    let charge = case.charge(3_000);
    let refund = format!("run refund_charge charge={charge} amount=30.00 reason=duplicate --yes");
    assert_eq!(case.run(&refund).0, 0);
    let (code, told) = case.json("policy replay --days 400");
    assert_eq!(code, 0, "{told:#}");
    let result = &told["result"];
    let decided = result["decided"].as_i64().unwrap();
    assert!(decided > 5, "{result:#}");
    assert_eq!(sum(&result["now"]["verdicts"]), decided);
    let made = get(&case.running, "/v1/refunds?limit=100")["data"].as_array().unwrap().len();
    let refunds: i64 = result["now"]["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["of"] == "refunds")
        .map(|row| row["count"].as_i64().unwrap())
        .sum();
    let left = result["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["id"].as_str().unwrap().starts_with("re_"));
    assert!(usize::try_from(refunds).unwrap() + left.count() >= made.min(100), "{result:#}");
    let kinds =
        result["now"]["verdicts"].as_array().unwrap().iter().filter(|row| row["of"] == "cancellations");
    assert!(kinds.count() > 0, "{result:#}");
    // The one that was just made is decided as it was.
    assert!(result["now"]["rules"].as_array().unwrap().iter().any(|row| row["rule"] == "refunds.automatic"));
}

#[test]
fn replay_tells_what_a_new_file_would_change() {
    let case = case(RULES);
    let charge = case.charge(3_000);
    let refund = format!("run refund_charge charge={charge} amount=30.00 reason=duplicate --yes");
    assert_eq!(case.run(&refund).0, 0);
    let file = |name: &str, rules: &str| {
        let path = case.home.path().join(name);
        std::fs::write(&path, rules).unwrap();
        path.display().to_string()
    };
    let same = file("same.toml", RULES);
    let (code, told) = case.json(&format!("policy replay --days 2 --file {same}"));
    assert_eq!((code, told["result"]["changed"].as_array().map(Vec::len)), (0, Some(0)), "{told:#}");
    let tight =
        file("tight.toml", &RULES.replace("\"100.00\"", "\"10.00\"").replace("\"20.00\"", "\"10.00\""));
    let (code, told) = case.json(&format!("policy replay --days 2 --file {tight}"));
    assert_eq!(code, 9, "{told:#}");
    let changed = told["error"]["result"]["changed"].as_array().unwrap();
    let ours = changed.iter().find(|row| row["agent"] == "maya").unwrap();
    assert_eq!((&ours["now"], &ours["then"]), (&"confirm".into(), &"deny".into()));
    assert_eq!(ours["rules"], serde_json::json!(["refunds.max"]));
    let (code, table, notes) = case.run(&format!("policy replay --days 2 --file {tight}"));
    assert_eq!(code, 9);
    assert!(table.contains("refunds.max") && table.contains("Count then"), "{table}");
    assert!(notes.contains("by maya, $30.00: confirm → deny (refunds.max)"), "{notes}");
    assert_eq!(case.run(&format!("policy replay --file {}/nowhere.toml", case.home.path().display())).0, 7);
}
