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
