//! `paydesk audit` on the real binary: nothing is left out silently, and one change is shown whole.

use serde_json::Value;

use crate::harness::command::Case;

/// Two refunds of one charge, so four records; gives their intents.
fn two_refunds(case: &Case) -> Vec<String> {
    let charge = case.charge(4_900);
    ["5", "6"]
        .map(|amount| {
            let line =
                format!("run refund_charge charge={charge} amount={amount} reason=duplicate note=twice");
            let (code, done) = case.json(&line);
            assert_eq!(code, 0, "{done}");
            done["intent"].as_str().unwrap().to_owned()
        })
        .to_vec()
}

fn numbers(listed: &Value) -> Vec<i64> {
    listed["result"].as_array().unwrap().iter().map(|record| record["seq"].as_i64().unwrap()).collect()
}

#[test]
fn a_list_says_what_it_leaves_out() {
    let case = Case::new();
    two_refunds(&case);
    let (code, out, err) = case.run("audit list --limit 3");
    assert_eq!((code, out.lines().count()), (0, 4), "{out}");
    assert_eq!(err, "paydesk: 3 of 4; --all shows the rest\n");
    assert_eq!(numbers(&case.json("audit list --limit 1").1), [4]);
    for whole in ["audit list", "audit list --all", "audit list --limit 4"] {
        let (code, out, err) = case.run(whole);
        assert_eq!((code, out.lines().count(), err.as_str()), (0, 5, ""), "{whole}");
    }
    assert_eq!(case.run("audit list --limit 0").0, 2);
    assert_eq!(case.run("audit list --all --limit 3").0, 2);
}

#[test]
fn a_cancellation_says_when_it_takes_effect() {
    let case = Case::new();
    let one = case.plan();
    let line = format!("run cancel_subscription subscription={one} when=period_end --yes");
    assert_eq!(case.json(&line).0, 0);
    let (_, listed) = case.json("audit list");
    assert_eq!(listed["result"][0]["ends"], "at period end", "{listed}");
    let (_, out, _) = case.run("audit list");
    assert!(out.lines().skip(1).all(|row| row.contains("\tat period end")), "{out}");
    let (_, csv, _) = case.run("audit export --format csv");
    assert!(csv.lines().next().unwrap().ends_with(",hash,ends"), "{csv}");
    assert!(csv.lines().skip(1).all(|row| row.ends_with(",at period end")), "{csv}");
    two_refunds(&case);
    assert!(case.json("audit list --action refund_charge").1["result"][0].get("ends").is_none());
}

#[test]
fn records_are_found_by_who_what_and_when() {
    let case = Case::new();
    two_refunds(&case);
    let listed = |filter: &str| numbers(&case.json(&format!("audit list {filter}")).1);
    assert_eq!(listed("--agent maya"), [1, 2, 3, 4]);
    assert!(listed("--agent lea").is_empty());
    assert_eq!(listed("--action refund_charge --since 1h"), [1, 2, 3, 4]);
    assert!(listed("--action cancel_subscription").is_empty());
    assert!(listed("--since tomorrow").is_empty());
    assert!(listed("--target ch_1").is_empty());
    let (code, _, err) = case.run("audit list --action refund_chrage");
    assert!(code == 2 && err.contains("did you mean `refund_charge`"), "{err}");
    let (code, _, err) = case.run("audit list --since soon");
    assert!(code == 2 && err.contains("--since: `soon` is not a time"), "{err}");
}

#[test]
fn one_change_is_shown_whole_by_its_id_and_by_the_number_of_a_record() {
    let case = Case::new();
    let intents = two_refunds(&case);
    let (code, by_id, _) = case.run(&format!("audit show {}", intents[1]));
    assert_eq!(code, 0);
    let value = |name: &str| {
        let line = by_id.lines().find(|line| line.split('\t').next() == Some(name));
        line.unwrap_or_else(|| panic!("no {name}:\n{by_id}")).split('\t').nth(1).unwrap().to_owned()
    };
    let is = |name: &str, wanted: &str| assert_eq!(value(name), wanted, "{name}");
    is("intent", &intents[1]);
    is("state", "settled");
    is("action", "refund_charge");
    is("amount", "$6.00");
    is("reason", "duplicate");
    is("note", "twice");
    is("agent", "maya");
    is("profile", "default");
    is("account", case.running.account());
    is("mode", "test");
    is("verdict", "allow");
    is("call", "POST /v1/refunds");
    is("attempts", "1");
    is("fact refunded", "$5.00");
    for (name, start) in [
        ("object", "ch_"),
        ("customer", "cus_"),
        ("rule refunds.max", "pass: "),
        ("idempotency key", "pdk_"),
        ("request id", "req_"),
        ("result", "re_"),
        ("record 3", "intended · "),
        ("record 4", "settled · "),
    ] {
        assert!(value(name).starts_with(start), "{name}: {}", value(name));
    }
    assert_eq!(value("policy hash").len(), 64);
    // Each record stands with its hash and the one before it.
    let hashes: Vec<&str> =
        by_id.lines().filter(|line| line.contains("hash\t") && line.starts_with(' ')).collect();
    assert_eq!(hashes.len(), 2, "{by_id}");
    let (code, by_number, _) = case.run("audit show 3");
    assert_eq!(code, 0);
    assert_eq!(by_number.strip_prefix("asked for\trecord 3\n"), Some(by_id.as_str()));
    let (code, whole) = case.json("audit show 4");
    assert_eq!(
        (code, &whole["intent"], &whole["result"]["record"]["seq"]),
        (0, &intents[1].as_str().into(), &4.into())
    );
    let intent = &whole["result"]["intent"];
    assert!(intent["request"]["idempotency_key"].as_str().unwrap().starts_with("pdk_"), "{intent}");
    assert!(intent["decision"]["rules"].as_array().unwrap().len() > 3, "{intent}");
    let chain = &whole["result"]["records"];
    assert_eq!(chain[1]["previous"], chain[0]["hash"]);
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let case = Case::new();
    let (code, _, err) = case.run("audit show 7");
    assert!(code == 2 && err.contains("there is no record 7: nothing was changed yet"), "{err}");
    let intents = two_refunds(&case);
    let (code, _, err) = case.run("audit show 9");
    assert!(code == 2 && err.contains("there is no record 9: the newest is 4"), "{err}");
    let (code, _, err) = case.run("audit show re_1");
    assert!(code == 2 && err.contains(&format!("the newest is {} (refund $6.00", intents[1])), "{err}");
    let near = intents[0].replace("int_", "int");
    let (code, _, err) = case.run(&format!("audit show {near}"));
    assert!(code == 2 && err.contains(&format!("did you mean {}?", intents[0])), "{err}");
}

#[test]
fn the_trail_leaves_as_a_file() {
    let case = Case::new();
    let intents = two_refunds(&case);
    let (code, csv, _) = case.run("audit export --format csv");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!((code, lines.len()), (0, 5), "{csv}");
    assert!(lines[0].starts_with("seq,at,event,intent,agent,action,target,amount,currency,"), "{csv}");
    assert!(
        lines[2].starts_with("2,") && lines[2].contains(&intents[0]) && lines[2].contains(",5.00,usd,"),
        "{csv}"
    );
    let (code, text, _) = case.run("audit export --format jsonl --since 1h");
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((code, records.len()), (0, 4));
    assert_eq!(records[1]["previous"], records[0]["hash"]);
    for name in ["Ada", "ada@", "Lovelace"] {
        assert!(!csv.contains(name) && !text.contains(name), "{name}");
    }
    assert_eq!(case.run("audit export").0, 2);
}

/// Of the same agent at the same account, with a data folder of its own.
fn from_another_folder(case: &Case, line: &str) -> Value {
    let mut command = case.command(&format!("{line} --json"));
    let output = command.env("PAYDESK_DATA_DIR", case.home.path().join("other")).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_trail_is_compared_with_stripe_and_the_code_says_whether_they_agree() {
    let case = Case::new();
    let intents = two_refunds(&case);
    let customer =
        case.json("customer ada@example.com").1["result"]["customer"]["id"].as_str().unwrap().to_owned();
    assert_eq!(case.json(&format!("run update_customer customer={customer} description=asked --yes")).0, 0);
    let (code, out, err) = case.run("audit reconcile --days 1");
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.starts_with("Found\tTime\tAgent\tAction\tAmount\tObject\tIntent\tSays\n"), "{out}");
    assert!(err.contains("refunds read") && err.contains(": all agree"), "{err}");
    let (code, agreed) = case.json("audit reconcile");
    let result = &agreed["result"];
    assert_eq!((code, &result["differences"]), (0, &serde_json::json!([])), "{agreed}");
    let outside = result["others"].as_array().unwrap();
    assert!(outside.iter().any(|one| one["what"] == "outside"), "the world has refunds of others: {agreed}");
    let by: Vec<&str> = outside.iter().filter_map(|one| one["agent"].as_str()).collect();
    assert!(
        !by.is_empty() && !by.contains(&"maya"),
        "who made them is noted in another tool's way: {agreed}"
    );
    assert!(result["compared"].as_u64().unwrap() >= 3 + u64::try_from(outside.len()).unwrap());
    assert!(!agreed.to_string().contains(&intents[0]), "what agrees is not listed");

    // Somebody works with another data folder: here is no record of it.
    let charge = case.charge(4_900);
    let made = from_another_folder(
        &case,
        &format!("run refund_charge charge={charge} amount=7 reason=duplicate note=x"),
    );
    assert_eq!(made["ok"], true, "{made}");
    let (code, out, err) = case.run("audit reconcile --since 1h");
    assert_eq!(code, 9, "{out}{err}");
    assert!(out.lines().any(|line| line.starts_with("missing here\t") && line.contains("$7.00")), "{out}");
    assert!(err.contains("and not all agree: 1 missing here"), "{err}");
    let (code, differs) = case.json("audit reconcile --since 1h");
    let found = &differs["error"]["result"]["differences"][0];
    assert_eq!((code, &differs["error"]["kind"]), (9, &"difference".into()));
    assert_eq!((&found["what"], &found["intent"]), (&"missing_here".into(), &made["intent"]), "{differs}");

    assert_eq!(case.run("audit reconcile --days 0").0, 2);
    assert_eq!(case.run("audit reconcile --days 3 --since 1h").0, 2);
    case.faults("reset-before@GET /v1/refunds*");
    let (code, _, err) = case.run("audit reconcile");
    assert_eq!(code, 8, "what could not be read was not compared: {err}");
}

#[cfg(unix)]
#[test]
fn a_copy_takes_the_ledger_s_place() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::new();
    two_refunds(&case);
    let file = case.home.path().join("copy.sqlite3");
    let (code, out, err) = case.run(&format!("audit backup {}", file.display()));
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let head = out.lines().find_map(|line| line.strip_prefix("audit.head\t")).unwrap();
    assert!(head.starts_with("4 "), "{out}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, _, err) = case.run(&format!("audit backup {}", file.display()));
    assert!(code == 7 && err.contains("it is not overwritten"), "{err}");
    // As docs/SAFETY.md tells: the damaged files aside, the copy in their place, the end of its chain beside it.
    let before = case.json("audit list").1["result"].clone();
    let data = case.home.path().join("data");
    std::fs::rename(&data, case.home.path().join("aside")).unwrap();
    assert_eq!(case.run("audit verify").0, 0, "an empty one is made");
    for left in std::fs::read_dir(&data).unwrap() {
        std::fs::remove_file(left.unwrap().path()).unwrap();
    }
    std::fs::copy(&file, data.join("ledger.sqlite3")).unwrap();
    std::fs::write(data.join("audit.head"), format!("{head}\n")).unwrap();
    assert_eq!(case.json("audit list").1["result"], before);
    let (code, verified) = case.json("audit verify");
    assert_eq!(
        (code, &verified["result"]["records"], &verified["result"]["removed"]),
        (0, &4.into(), &0.into())
    );
}
