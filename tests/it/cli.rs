//! The real binary against the sandbox over real sockets: exit codes, what is printed, and what happened at Stripe.

use paydesk::sandbox::{Faults, Options};
use serde_json::Value;

use crate::harness::command::{Case, get, said};

#[test]
fn a_refund_is_made_recorded_and_made_once() {
    let case = Case::new();
    let charge = case.charge(4_900);
    let refund = format!("run refund_charge charge={charge} amount=5 reason=duplicate");
    let (code, done) = case.json(&refund);
    assert_eq!(code, 0, "{done}");
    assert_eq!((&done["ok"], &done["action"]), (&Value::Bool(true), &"refund_charge".into()));
    assert_eq!(done["verdict"]["outcome"], "allow");
    assert!(done["intent"].as_str().unwrap().starts_with("int_"));
    assert!(done["request_id"].as_str().unwrap().starts_with("req_"));
    assert_eq!((&done["result"]["object"], &done["result"]["amount"]), (&"refund".into(), &500.into()));
    // The same once more asks first, and --yes is no answer to that question.
    let (code, again) = case.json(&format!("{refund} --yes"));
    assert_eq!((code, &again["error"]["kind"]), (4, &"unconfirmed".into()), "{again}");
    assert!(again["error"]["message"].as_str().unwrap().contains("maya did the same"), "{again}");
    assert_eq!(case.refunded(&charge), 500);
    assert_eq!(case.json(&format!("{refund} --repeat")).0, 0);
    assert_eq!(case.refunded(&charge), 1_000);
    let (code, trail) = case.json("audit list");
    assert_eq!((code, trail["result"].as_array().unwrap().len()), (0, 4), "{trail}");
    let (code, chain) = case.json("audit verify");
    assert_eq!((code, &chain["result"]["whole"]), (0, &Value::Bool(true)));
    let (code, one) = case.json(&format!("audit show {}", done["intent"].as_str().unwrap()));
    assert_eq!((code, &one["result"]["intent"]["state"]), (0, &"settled".into()));
}

#[test]
fn what_has_to_be_confirmed_is_not_sent_without_yes() {
    let case = Case::new();
    let charge = case.charge(9_900);
    let refund = format!("run refund_charge charge={charge} amount=99 reason=duplicate");
    let (code, failed) = case.json(&refund);
    assert_eq!((code, &failed["error"]["kind"]), (4, &"unconfirmed".into()), "{failed}");
    assert_eq!(case.refunded(&charge), 0);
    let (code, dry) = case.json(&format!("{refund} --yes --dry-run"));
    assert_eq!((code, &dry["result"]["outcome"]), (0, &"confirm".into()), "{dry}");
    let sent = &dry["result"]["request"];
    assert_eq!(sent["parameters"]["amount"], "9900");
    // With all that goes along; what is made only then is left open.
    assert_eq!(sent["parameters"]["metadata[paydesk_intent]"], "int_…");
    assert_eq!(sent["parameters"]["metadata[paydesk_agent]"], "maya");
    assert_eq!(sent["parameters"]["metadata[paydesk_reason]"], "duplicate");
    assert_eq!(sent["idempotency_key"], "pdk_…");
    assert_eq!(case.refunded(&charge), 0);
    assert_eq!(case.json(&format!("{refund} --yes")).0, 0);
    assert_eq!(case.refunded(&charge), 9_900);
}

#[test]
fn a_denial_names_its_rule_and_yes_does_not_lift_it() {
    let case = Case::new();
    let charge = case.charge(4_900);
    let policy = "version = 1\n[refunds]\nmax = { usd = \"3.00\" }\nautomatic = { usd = \"3.00\" }\n";
    std::fs::write(case.home.path().join("policy.toml"), policy).unwrap();
    let refund = format!("run refund_charge charge={charge} amount=5 reason=duplicate --yes");
    let (code, failed) = case.json(&refund);
    assert_eq!((code, &failed["error"]["kind"]), (3, &"denied".into()), "{failed}");
    assert_eq!(failed["error"]["rule"], "refunds.max");
    assert!(failed["error"]["message"].as_str().unwrap().contains("$3.00"), "{failed}");
    let (code, failed) = case.json(&format!("{refund} --read-only"));
    assert_eq!(code, 3, "{failed}");
    std::fs::write(case.home.path().join("policy.toml"), "version = 1\n[refund]\n").unwrap();
    let (code, failed) = case.json(&refund);
    assert_eq!(code, 3, "{failed}");
    let (code, _, error) = case.run("policy check");
    assert_eq!(code, 7);
    assert!(error.contains("policy.toml:2:") && error.contains("refunds"), "{error}");
    assert_eq!(case.refunded(&charge), 0);
}

#[test]
fn an_unknown_outcome_is_kept_and_settled_later_with_one_refund() {
    let case = Case::new();
    let charge = case.charge(4_900);
    case.faults("reset-after@POST /v1/refunds,garbage@GET /v1/refunds#4+");
    let refund = format!("run refund_charge charge={charge} amount=5 reason=duplicate");
    let (code, failed) = case.json(&refund);
    assert_eq!((code, &failed["error"]["kind"]), (6, &"unknown_outcome".into()), "{failed}");
    case.running.set_faults(Faults::default());
    let (code, open) = case.json("pending");
    assert_eq!((code, &open["result"][0]["state"]), (0, &"unknown".into()), "{open}");
    // Nothing more is done to this charge until that is settled.
    let (code, failed) = case.json(&format!("{refund} --repeat"));
    assert_eq!(code, 6, "{failed}");
    let (code, settled) = case.json("pending --resolve");
    assert_eq!((code, &settled["result"][0]["state"]), (0, &"settled".into()), "{settled}");
    assert_eq!(case.refunded(&charge), 500);
    assert_eq!(case.json("pending").1["result"].as_array().unwrap().len(), 0);
}

#[test]
fn what_stays_unknown_is_listed_and_a_person_decides() {
    let case = Case::new();
    let charge = case.charge(4_900);
    // A 500 that is kept for the key: nothing was done, and no reading tells so.
    case.faults("500@POST /v1/refunds");
    let refund = format!("run refund_charge charge={charge} amount=5 reason=duplicate");
    let (code, failed) = case.json(&refund);
    assert_eq!(code, 6, "{failed}");
    let id = failed["error"]["intent"].as_str().unwrap().to_owned();
    let (code, failed) = case.json("pending --resolve");
    assert_eq!((code, &failed["error"]["kind"]), (6, &"unknown_outcome".into()), "{failed}");
    assert_eq!(failed["error"]["result"][0]["intent"], id.as_str(), "{failed}");
    let (code, _, error) = case.run("pending --resolve");
    assert!(code == 6 && error.contains(&id) && error.contains("--did-not-happen"), "{error}");
    assert_eq!(case.run("pending --happened int_none --yes").0, 2);
    let (code, _, error) = case.run(&format!("pending --did-not-happen {id}"));
    assert!(code == 4 && error.contains("look in the Dashboard first"), "{error}");
    assert_eq!(case.json(&refund).0, 6);
    let (code, closed) = case.json(&format!("pending --did-not-happen {id} --yes"));
    assert_eq!((code, &closed["result"][0]["state"]), (0, &"refused".into()), "{closed}");
    let (code, _, error) = case.run(&format!("pending --happened {id} --yes"));
    assert!(code == 2 && error.contains("is refused"), "{error}");
    case.running.set_faults(Faults::default());
    assert_eq!(case.json(&refund).0, 0);
    assert_eq!(case.refunded(&charge), 500);
    let (_, one) = case.json(&format!("audit show {id}"));
    assert!(one.to_string().contains("closed by hand by maya: it did not happen"), "{one}");
}

#[test]
fn what_a_running_desk_works_on_is_listed_and_left_to_it() {
    use paydesk::ledger::{Ledger, Store as _};
    let case = Case::new();
    let charge = case.charge(4_900);
    case.faults("500@POST /v1/refunds");
    let refund = format!("run refund_charge charge={charge} amount=5 reason=duplicate");
    let id = case.json(&refund).1["error"]["intent"].as_str().unwrap().to_owned();
    let mut desk = Ledger::open(&case.home.path().join("data")).unwrap();
    assert!(desk.adopt(&id).unwrap());
    let (code, failed) = case.json("pending --resolve");
    let listed = &failed["error"]["result"][0];
    assert_eq!((code, &listed["intent"]), (6, &id.as_str().into()), "{failed}");
    assert_eq!(listed["message"], "a desk that is running works on it");
    let (code, _, error) = case.run(&format!("pending --happened {id} --yes"));
    assert!(code == 6 && error.contains("a desk that is running works on"), "{error}");
    drop(desk);
    assert_eq!(case.run(&format!("pending --happened {id} --yes")).0, 0);
}

#[test]
fn a_closed_pipe_is_no_failure_and_a_pipe_gets_separated_values() {
    let case = Case::new();
    let (code, out, _) = case.run("find ada@example.com");
    assert_eq!(code, 0);
    assert!(out.lines().count() >= 2 && out.lines().all(|line| line.split('\t').count() == 7), "{out}");
    let mut child = case.command("actions --json").stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Kind, id, customer, who, date, amount, what.
fn row(case: &Case, line: &str) -> Vec<String> {
    let (code, out, err) = case.run(line);
    assert_eq!((code, out.lines().count()), (0, 2), "{line}\n{out}\n{err}");
    out.lines().nth(1).unwrap().split('\t').map(ToOwned::to_owned).collect()
}

#[test]
fn what_is_found_by_its_id_says_whose_how_much_and_when() {
    let case = Case::new();
    let charge = case.charge(4_900);
    let (_, made) = case.json(&format!("run refund_charge charge={charge} amount=5 reason=duplicate"));
    let refund = made["result"]["id"].as_str().unwrap().to_owned();
    let (_, ada) = case.json("customer ada@example.com");
    let all = |list: &str| ada["result"][list].as_array().unwrap().clone();
    let id = |object: &Value, field: &str| object[field].as_str().unwrap().to_owned();
    let charges = all("charges");
    let paid = charges.iter().find(|found| found["id"] == charge.as_str()).unwrap();
    let disputed = charges.iter().find(|found| found["disputed"] == true).unwrap();
    let contested = get(&case.running, &format!("/v1/disputes?charge={}", id(disputed, "id")));
    let amount = row(&case, &format!("find {charge}"))[5].clone();
    assert!(amount.starts_with('$'), "{amount}");
    for (wanted, kind, money, what) in [
        (charge.clone(), "charge", amount.as_str(), "paid, $5.00 refunded · visa ··4242"),
        (id(paid, "payment_intent"), "payment intent", &amount, "succeeded"),
        (refund, "refund", "$5.00", "succeeded"),
        (id(&all("invoices")[0], "id"), "invoice", "$", "paid"),
        (id(&all("subscriptions")[0], "id"), "subscription", "$", "paused"),
        (id(&contested["data"][0], "id"), "dispute", "¥12,000", "needs response"),
    ] {
        let row = row(&case, &format!("find {wanted}"));
        assert_eq!((row[0].as_str(), row[1].as_str()), (kind, wanted.as_str()));
        assert!(row[2].starts_with("cus_") && row[3] == "Ada Lovelace", "{row:?}");
        assert!(row[4].contains(" 202"), "{row:?}");
        assert!(row[5].starts_with(money) && row[6].contains(what), "{row:?}");
    }
    let (code, out, err) = case.run("find ch_none");
    assert_eq!((code, out.lines().count()), (0, 1));
    assert!(err.contains("Stripe has no charge ch_none in this account and mode"), "{err}");
}

#[test]
fn four_digits_find_the_card_and_an_amount_with_commas_the_charge() {
    let desk = Case::new();
    let (status, cards) = desk.json("find 4242");
    assert_eq!(status, 0);
    assert!(!cards["result"].as_array().unwrap().is_empty(), "no charge by card");
    let (_, yen) = desk.json("find ¥12,000");
    assert!(yen["result"].as_array().unwrap().iter().any(|charge| charge["currency"] == "jpy"), "{yen}");
}

#[test]
fn a_policy_file_that_somebody_named_must_be_there() {
    let desk = Case::new();
    let charge = desk.charge(1_000);
    std::fs::write(
        desk.home.path().join("c.toml"),
        "version = 1\n[desk]\npolicy = \"/nowhere/policy.toml\"\n",
    )
    .unwrap();
    let config = desk.home.path().join("c.toml");
    let line = format!(
        "--config {} run refund_charge charge={charge} amount=3 reason=duplicate --yes",
        config.display()
    );
    let (status, _, err) = desk.run(&line);
    assert_eq!(status, 3, "{err}");
    assert!(err.contains("/nowhere/policy.toml"), "{err}");
    assert_eq!(desk.refunded(&charge), 0);
}

#[test]
fn a_ledger_that_was_taken_away_is_missed() {
    let desk = Case::new();
    let charge = desk.charge(1_000);
    let refund =
        |amount: &str| format!("run refund_charge charge={charge} amount={amount} reason=duplicate --yes");
    assert_eq!(desk.run(&refund("3")).0, 0);
    assert_eq!(desk.run("audit verify").0, 0);
    let folder = desk.home.path().join("data");
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("ledger.sqlite3") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    assert_eq!(desk.run("audit verify").0, 9, "audit.head remembers what is gone");
    let before = desk.refunded(&charge);
    assert_ne!(desk.run(&refund("4")).0, 0);
    assert_eq!(desk.refunded(&charge), before, "nothing is changed on a past that was taken away");
}

#[test]
fn a_command_asks_for_nothing_that_it_does_not_print() {
    let desk = Case::new();
    assert_eq!(desk.run("find ada@example.com").0, 0);
    let asked = desk.running.requests();
    assert!(asked.iter().all(|seen| seen.method == "GET" && seen.path.starts_with("/v1/")), "{asked:?}");
}

#[test]
fn a_certificate_file_that_is_none_is_named() {
    let desk = Case::new();
    let file = desk.home.path().join("company.pem");
    let (code, _, error) = desk.run(&format!("find ada@example.com --ca-file {}", file.display()));
    assert!(code == 7 && error.contains("company.pem") && error.contains("ca_file"), "{error}");
    std::fs::write(&file, "no certificate").unwrap();
    let config = "version = 1\n[network]\nca_file = \"company.pem\"\n";
    std::fs::write(desk.home.path().join("config.toml"), config).unwrap();
    let (code, _, error) = desk.run("find ada@example.com");
    assert!(code == 7 && error.contains("company.pem") && error.contains("no certificate"), "{error}");
}

#[test]
fn what_a_key_may_not_read_is_named_and_the_rest_is_printed() {
    let restrict = "*:write,charge:none,refund:none,payment_method:none".parse().unwrap();
    let desk = Case::with(Options { restrict, ..Options::default() });
    let asked = |line: &str| {
        let mut command = desk.command(line);
        said(command.env("STRIPE_API_KEY", desk.running.restricted_key()).output().unwrap())
    };
    let (code, out, error) = asked("customer ada@example.com --json");
    assert_eq!(code, 0, "{out}\n{error}");
    let result = serde_json::from_str::<Value>(&out).unwrap()["result"].clone();
    assert_eq!((&result["charges"], &result["payment_methods"]), (&Value::Null, &Value::Null));
    assert!(!result["subscriptions"].as_array().unwrap().is_empty());
    assert!(!result["invoices"].as_array().unwrap().is_empty());
    let missing = result["missing"].as_array().unwrap();
    let named: Vec<_> = missing.iter().map(|one| (&one["part"], &one["permission"])).collect();
    let charges = (&Value::from("charges"), &Value::from("rak_charge_read"));
    let methods = (&Value::from("payment_methods"), &Value::from("rak_payment_method_read"));
    assert_eq!(named, [charges, methods]);
    assert!(missing[0]["reason"].as_str().unwrap().contains("rak_charge_read"), "{missing:?}");
    let (code, out, error) = asked("customer ada@example.com");
    assert_eq!(code, 0);
    assert!(out.contains("charges\t\t\t\tnot read: the key lacks the permission rak_charge_read"), "{out}");
    assert!(error.contains("the payment methods could not be read"), "{error}");
    let (_, whole) = desk.json("customer ada@example.com");
    assert_eq!(whole["result"]["missing"], Value::Array(vec![]));
}

#[test]
fn a_customer_is_printed_as_the_desk_shows_them() {
    let case = Case::new();
    let (code, out, error) = case.run("customer ada@example.com");
    assert_eq!(code, 0, "{error}");
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    let of = |kind: &str| -> Vec<&Vec<&str>> { rows.iter().filter(|row| row[0] == kind).collect() };
    assert!(
        of("subscription").iter().any(|row| row[3] == "$99.00/mo" && row[4].starts_with("Pro · renews "))
    );
    assert!(of("subscription").iter().any(|row| row[4] == "Growth · paused"), "{out}");
    assert!(of("charge").iter().any(|row| row[4] == "paid, $20.00 refunded · visa ··4242"), "{out}");
    assert_eq!((of("refunded")[0][3], of("credit balance")[0][3]), ("$20.00", "$10.00"));
    assert_eq!(of("paid").iter().map(|row| row[3]).filter(|paid| paid.starts_with(['$', '¥'])).count(), 2);
    assert!(of("dispute")[0][4].starts_with("needs response · "), "{out}");
    let (_, json) = case.json("customer ada@example.com");
    let summary = &json["result"]["summary"];
    assert_eq!(summary["credit_balance"], serde_json::json!({"amount": 1_000, "currency": "usd"}));
    assert_eq!(summary["refunded"], serde_json::json!([{"amount": 2_000, "currency": "usd"}]));
    assert_eq!(summary["disputes_open"], 1);
    let plans = summary["subscriptions"].as_array().unwrap();
    let pro = plans.iter().find(|plan| plan["plan"] == "Pro").unwrap();
    assert!(pro["price"] == "$99.00/mo" && pro["state"].as_str().unwrap().starts_with("renews "), "{pro}");
    let charges = json["result"]["charges"].as_array().unwrap();
    let paid: i64 = charges
        .iter()
        .filter(|charge| charge["status"] == "succeeded" && charge["currency"] == "usd")
        .map(|charge| charge["amount_captured"].as_i64().unwrap())
        .sum();
    assert_eq!(summary["paid"][0]["amount"], paid);
}

#[test]
fn a_search_says_that_there_is_more_and_all_of_it_is_printed_when_asked_for() {
    let case = Case::serving(Options { customers: 400, ..Options::default() });
    let (code, out, error) = case.run("find $49.00");
    assert_eq!((code, out.lines().count()), (0, 101), "{error}");
    assert!(error.contains("there is more than is shown here: --all shows it"), "{error}");
    let (code, all, error) = case.run("find $49.00 --all");
    assert!(code == 0 && all.lines().count() > 101 && all.starts_with(&out[..40]), "{}", all.lines().count());
    assert_eq!(error, "");
    let ids: std::collections::HashSet<_> = all.lines().map(|line| line.split('\t').nth(1)).collect();
    assert_eq!(ids.len(), all.lines().count(), "each once");
}

#[test]
fn nothing_found_says_where_it_was_looked_for() {
    let case = Case::new();
    for (words, place, late) in [
        ("nosuchname", "in names and e-mail addresses", "Somebody new may be missing"),
        ("$98765.43", "in charges of $98765.43", "A charge of the last minute may be missing"),
        ("ZZZZ-9999", "in invoice numbers and names", "An invoice of the last minute may be missing"),
    ] {
        let (code, _, error) = case.run(&format!("find {words}"));
        assert_eq!(code, 0, "{words}");
        assert!(error.contains(place) && error.contains(late), "{words}: {error}");
    }
    let (_, _, error) = case.run("find nobody@example.com");
    assert!(error.contains("customers of this address") && !error.contains("missing"), "{error}");
    let (_, _, error) = case.run("find $98765.43 yesterday");
    assert!(error.contains("on that day") && !error.contains("missing"), "{error}");
}
