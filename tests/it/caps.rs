//! Many real commands at once, on one data folder and at one Stripe: together they keep what one of them may not pass.

use std::process::Child;

use serde_json::Value;

use crate::harness::command::{Case, get, said};

/// Charges in US dollars with at least $20.00 left, of as many customers as there are.
fn charges(case: &Case) -> Vec<Value> {
    let all = get(&case.running, "/v1/charges?limit=100");
    let fits = |charge: &&Value| {
        charge["currency"] == "usd"
            && charge["status"] == "succeeded"
            && charge["captured"] == true
            && charge["disputed"] == false
            && charge["customer"].is_string()
            && charge["amount"].as_i64().unwrap() - charge["amount_refunded"].as_i64().unwrap() >= 2_000
    };
    all["data"].as_array().unwrap().iter().filter(fits).cloned().collect()
}

fn policy(case: &Case, rules: &str) {
    let text = format!(
        "version = 1\n[refunds]\nmax = {{ usd = \"100.00\" }}\nautomatic = {{ usd = \"100.00\" }}\nmax_age_days = 3650\n{rules}\n"
    );
    std::fs::write(case.home.path().join("policy.toml"), text).unwrap();
    let (code, _, error) = case.run("policy check");
    assert_eq!(code, 0, "{error}");
}

/// $10.00 of each, all at the same time; how each ended.
fn refund_at_once(case: &Case, charges: &[Value]) -> Vec<(i32, String)> {
    let start = |charge: &Value| {
        let id = charge["id"].as_str().unwrap();
        let line = format!("run refund_charge charge={id} amount=10.00 reason=duplicate --yes --repeat");
        let mut command = case.command(&line);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    // The folder is made once, by nobody in particular.
    assert_eq!(case.run("pending").0, 0);
    let running: Vec<Child> = charges.iter().map(start).collect();
    let end = |child: Child| {
        let (code, _, err) = said(child.wait_with_output().unwrap());
        (code, err)
    };
    running.into_iter().map(end).collect()
}

fn made(case: &Case) -> usize {
    let refunds = get(&case.running, "/v1/refunds?limit=100");
    refunds["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|refund| refund["metadata"]["paydesk_intent"].is_string())
        .count()
}

#[track_caller]
fn held(case: &Case, ended: &[(i32, String)], fit: usize, rule: &str) {
    let done = ended.iter().filter(|(code, _)| *code == 0).count();
    assert_eq!((done, made(case)), (fit, fit), "{ended:?}");
    for (code, error) in ended.iter().filter(|(code, _)| *code != 0) {
        assert!(*code == 3 && error.contains(rule), "{code}: {error}");
    }
    assert_eq!(case.run("audit verify").0, 0);
}

#[test]
fn twelve_commands_at_once_keep_the_day_s_cap_to_the_last_cent() {
    let case = Case::new();
    let charges = charges(&case);
    assert!(charges.len() >= 12, "{}", charges.len());
    policy(&case, "daily_cap = { per_agent = { usd = \"50.00\" } }");
    let ended = refund_at_once(&case, &charges[..12]);
    held(&case, &ended, 5, "refunds.daily_cap.per_agent");
}

#[test]
fn commands_at_once_keep_how_often_a_customer_may_be_refunded() {
    let case = Case::new();
    let all = charges(&case);
    let of = |customer: &Value| all.iter().filter(|charge| charge["customer"] == *customer).count();
    let most = all.iter().max_by_key(|charge| of(&charge["customer"])).unwrap()["customer"].clone();
    let theirs: Vec<_> = all.iter().filter(|charge| charge["customer"] == most).take(6).cloned().collect();
    assert!(theirs.len() >= 4, "{}", theirs.len());
    policy(&case, "max_per_customer = { count = 100, days = 1 }");
    let counted = || {
        let id = theirs[0]["id"].as_str().unwrap();
        let line = format!("run refund_charge charge={id} amount=10.00 reason=duplicate --dry-run");
        let (code, document) = case.json(&line);
        assert_eq!(code, 0, "{document}");
        let rules = document["verdict"]["rules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["rule"] == "refunds.max_per_customer").unwrap();
        rule["input"].as_str().unwrap().split(' ').next().unwrap().parse::<usize>().unwrap()
    };
    let before = counted();
    policy(&case, &format!("max_per_customer = {{ count = {}, days = 1 }}", before + 2));
    let ended = refund_at_once(&case, &theirs);
    held(&case, &ended, 2, "refunds.max_per_customer");
}
