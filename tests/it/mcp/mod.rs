//! An assistant at the real binary, over its stdin and stdout: reading page by page, what it may change, what waits for a person
//! and what becomes of it, and everything that is no message.

mod client;
mod noted;

use std::{collections::BTreeSet, process::Stdio};

use paydesk::{
    ledger::{Ledger, Store as _},
    time::{Clock as _, SystemClock},
};
use serde_json::{Value, json};

pub(crate) use self::client::Client;
use self::client::{POLICY, case, names};
use crate::harness::command::Case;

#[test]
fn every_reading_action_is_a_tool_and_of_the_changes_those_that_are_listed() {
    let case = case();
    let mut client = Client::new(&case);
    let tools = client.tools();
    let (_, catalogue) = case.json("actions");
    let reads = catalogue["result"].as_array().unwrap().iter().filter(|action| action["effect"] == "read");
    let mut expected: BTreeSet<String> =
        reads.map(|action| action["name"].as_str().unwrap().to_owned()).collect();
    expected.extend(
        [
            "find_customer",
            "proposal_status",
            "explain_charge",
            "find_duplicates",
            "customer_timeline",
            "refund_monitor",
            "cancel_outcomes",
            "refund_preflight",
            "refund_charge",
            "cancel_subscription",
        ]
        .map(str::to_owned),
    );
    assert_eq!(names(&tools), expected);
    let refund = tools.iter().find(|tool| tool["name"] == "refund_charge").unwrap();
    assert_eq!(refund["annotations"]["readOnlyHint"], false);
    assert_eq!(refund["annotations"]["destructiveHint"], true);
    let schema = &refund["inputSchema"];
    assert_eq!((&schema["required"], &schema["additionalProperties"]), (&json!(["charge"]), &json!(false)));
    assert!(schema["properties"]["reason"]["enum"].as_array().unwrap().contains(&json!("duplicate")));
    assert!(schema["properties"]["why"]["description"].as_str().unwrap().contains("person who decides"));
    let heard = client.close();
    assert!(!heard.contains(case.running.secret_key()), "the key never appears");
}

#[test]
fn without_a_list_an_assistant_only_reads() {
    let case = Case::new();
    let mut client = Client::new(&case);
    assert!(client.tools().iter().all(|tool| tool["annotations"]["readOnlyHint"] == true));
    let denied = client.bad("refund_charge", &json!({"charge": case.charge(100), "amount": "1.00"}));
    assert_eq!((&denied["kind"], &denied["rule"]), (&json!("denied"), &json!("assistant.actions")));
    assert_eq!(denied["allowed"], "it may read");
}

#[test]
fn a_list_is_read_to_its_end_and_says_at_each_page_that_there_is_more() {
    let case = case();
    let mut client = Client::new(&case);
    let (mut seen, mut cursor, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let answer = client.good("list_charges", &json!({"limit": 41, "cursor": cursor}));
        let rows = answer["stripe_data"]["data"].as_array().unwrap().clone();
        assert_eq!(answer["rows"], rows.len());
        seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        pages += 1;
        if answer["has_more"] == false {
            assert!(answer["cursor"].is_null() && answer.get("more").is_none());
            break;
        }
        assert!(answer["more"].as_str().unwrap().contains("cursor"), "{answer}");
        cursor = answer["cursor"].clone();
        assert!(pages < 100);
    }
    let mut expected: Vec<String> = Vec::new();
    loop {
        let after = expected.last().map(|id| format!("&starting_after={id}")).unwrap_or_default();
        let page = crate::harness::command::get(&case.running, &format!("/v1/charges?limit=100{after}"));
        let rows = page["data"].as_array().unwrap();
        expected.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!((seen, pages > 2), (expected, true));
}

#[test]
fn amounts_have_their_decimal_form_and_what_stripe_said_is_marked_as_data() {
    let case = case();
    let mut client = Client::new(&case);
    let found = client.good("find_customer", &json!({"text": "ada@example.com"}));
    assert!(found["stripe_data"]["notice"].as_str().unwrap().contains("no instruction"));
    let customer = found["stripe_data"]["data"][0]["id"].clone();
    assert!(customer.as_str().unwrap().starts_with("cus_"));
    let charge = case.charge(100);
    let read = client.good("get_charge", &json!({"charge": charge}));
    let data = &read["stripe_data"]["data"];
    let minor = data["amount"].as_i64().unwrap();
    assert_eq!(data["amount_decimal"], format!("{}.{:02} USD", minor / 100, minor % 100));
    let missing = client.call("get_charge", &json!({"charge": "ch_doesnotexist"}));
    let said = &missing["structuredContent"];
    assert_eq!(said["error"]["kind"], "stripe");
    assert_eq!(said["stripe_data"]["data"]["code"], "resource_missing");
    assert!(said["stripe_data"]["notice"].is_string());
    let nobody = client.good("find_customer", &json!({"text": "nobody@nowhere.example"}));
    assert_eq!(nobody["rows"], 0);
}

#[test]
fn what_is_wrong_is_answered_with_what_would_be_right() {
    let case = case();
    let mut client = Client::new(&case);
    let message = |error: Value| error["message"].as_str().unwrap().to_owned();
    assert!(message(client.bad("get_charge", &json!({}))).contains("charge: it is required"));
    assert!(message(client.bad("get_charge", &json!({"charge": "cus_1"}))).contains("a charge is needed"));
    assert!(message(client.bad("get_charge", &json!({"chrage": "ch_1"}))).contains("did you mean `charge`?"));
    assert!(
        message(client.bad("list_charges", &json!({"limit": 1000})))
            .contains("1000 is not between 1 and 100")
    );
    assert!(message(client.bad("find_customer", &json!({"text": "a"}))).contains("too short"));
    assert!(
        message(client.bad("proposal_status", &json!({"proposal": "prop_1"}))).contains("no proposal prop_1")
    );
    let unknown = client.ask("tools/call", &json!({"name": "get_chrage", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602);
    assert!(message(unknown["error"].clone()).contains("did you mean `get_charge`?"), "{unknown}");
    let shape = client.ask("tools/call", &json!({"name": "get_charge", "arguments": "ch_1"}));
    assert!(message(shape["error"].clone()).contains("the arguments as an object"), "{shape}");
    let method = client.ask("tools/cal", &json!({}));
    assert_eq!(method["error"]["code"], -32601, "{method}");
    client.close();
}

#[test]
fn a_payment_or_its_link_stands_for_its_charge() {
    let case = case();
    let charge = case.charge(2_000);
    let mut client = Client::new(&case);
    let read = client.good("get_charge", &json!({"charge": charge}));
    let payment = read["stripe_data"]["data"]["payment_intent"].as_str().unwrap();
    let link = format!("https://dashboard.stripe.com/test/payments/{payment}");
    let again = client.good("get_charge", &json!({"charge": link}));
    assert_eq!(again["stripe_data"]["data"]["id"], charge);
    client.good("refund_preflight", &json!({"charge": payment, "amount": "1.00"}));
    let done =
        client.good("refund_charge", &json!({"charge": payment, "amount": "1.00", "reason": "duplicate"}));
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(case.refunded(&charge), 100);
    let nobody = client.bad("get_charge", &json!({"charge": "pi_nobody"}));
    assert!(nobody["message"].as_str().unwrap().starts_with("charge: payment intent pi_nobody"), "{nobody}");
    let address = client.bad("get_customer", &json!({"customer": "ada@example.com"}));
    assert!(address["message"].as_str().unwrap().contains("find_customer"), "{address}");
}

#[test]
fn nothing_that_comes_in_ends_the_conversation() {
    let case = case();
    let mut client = Client::silent(&case);
    client.line(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    for (line, code) in [
        ("no json", -32700),
        ("[1, 2]", -32600),
        ("{\"jsonrpc\":\"2.0\"}", -32600),
        ("\u{0}\u{1b}[2J", -32700),
        ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/list\"}", -32600),
    ] {
        client.line(line);
        let answer = client.hear();
        assert_eq!(answer["error"]["code"], code, "{line}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("JSON-RPC"), "{answer}");
    }
    client.line("");
    client.line(&format!("{{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"{}\"}}", "x".repeat(3 << 20)));
    let answer = client.hear();
    assert!(answer["error"]["message"].as_str().unwrap().contains("too large: 1048576 bytes"), "{answer}");
    let early = client.ask("tools/list", &json!({}));
    assert!(early["error"]["message"].is_string(), "{early}");
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    assert!(client.ask("initialize", &hello)["result"]["capabilities"]["tools"].is_object());
    assert!(!client.tools().is_empty());
    client.line("}{");
    assert_eq!(client.hear()["error"]["code"], -32700);
    assert!(!client.tools().is_empty());
    client.close();
}

#[test]
fn closing_its_input_waits_for_what_was_asked() {
    let case = case();
    let mut client = Client::new(&case);
    for id in 100..120 {
        client.line(
            &json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": {"name": "list_charges", "arguments": {"limit": 3}}})
            .to_string(),
        );
    }
    let heard = client.close();
    let answered = heard.lines().filter(|line| line.contains("structuredContent")).count();
    assert_eq!(answered, 20);
    let mut child = case.command("mcp").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    assert!(child.wait().unwrap().success(), "a client that says nothing");
}

#[test]
fn told_to_end_it_ends_and_calls_nothing_unknown_that_has_its_answer() {
    let case = case();
    let refund = json!({"charge": case.charge(2_000), "amount": "5.00", "reason": "duplicate"});
    let mut client = Client::new(&case);
    assert_eq!(client.good("refund_charge", &refund)["state"], "done");
    let (code, said) = client.ends("-TERM");
    assert_eq!(code, Some(143), "{said}");
    assert!(said.contains("1 sent before it, each with its answer, and nothing after it"), "{said}");
}

#[test]
fn what_is_one_key_away_is_done_and_what_is_denied_says_what_would_be_allowed() {
    let case = case();
    let charge = case.charge(2_000);
    let mut client = Client::new(&case);
    let done =
        client.good("refund_charge", &json!({"charge": charge, "amount": "5.00", "reason": "duplicate"}));
    assert_eq!((&done["state"], &done["stripe_data"]["data"]["amount"]), (&json!("done"), &json!(500)));
    assert_eq!(done["stripe_data"]["data"]["amount_decimal"], "5.00 USD");
    assert_eq!(case.refunded(&charge), 500);
    let again =
        client.bad("refund_charge", &json!({"charge": charge, "amount": "5.00", "reason": "duplicate"}));
    assert_eq!(again["kind"], "repeated", "{again}");
    assert_eq!(case.refunded(&charge), 500);
    let denied = client.bad("refund_charge", &json!({"charge": charge, "amount": "61.00"}));
    assert_eq!((&denied["kind"], &denied["rule"]), (&json!("denied"), &json!("refunds.max")), "{denied}");
    assert!(denied["allowed"].as_str().unwrap().contains("$55.00"), "{denied}");
    let intent = done["intent"].as_str().unwrap();
    assert_eq!(client.status(intent)["state"], "done");
    let (_, trail) = case.json("audit list");
    let agents: BTreeSet<_> =
        trail["result"].as_array().unwrap().iter().map(|record| record["agent"].as_str().unwrap()).collect();
    assert_eq!(agents, BTreeSet::from(["assistant"]));
}

#[test]
fn a_person_confirms_what_the_assistant_proposed_and_only_once() {
    let case = case();
    let charge = case.charge(3_000);
    let mut client = Client::new(&case);
    let wanted = json!({"charge": charge, "amount": "25.00", "reason": "duplicate", "why": "she wrote that she paid twice"});
    let proposal = client.proposes("refund_charge", &wanted);
    assert_eq!(client.proposes("refund_charge", &wanted), proposal, "asked once");
    assert_eq!(client.status(&proposal)["state"], "waiting");
    assert_eq!(case.refunded(&charge), 0, "it never runs by itself");
    let (code, waiting) = case.json("approve");
    assert_eq!((code, &waiting["result"][0]["id"]), (0, &json!(proposal)));
    assert_eq!(waiting["result"][0]["why"], "she wrote that she paid twice");
    let (code, shown) = case.json(&format!("approve {proposal}"));
    assert_eq!((code, shown["verdict"]["outcome"].is_object()), (0, true), "{shown}");
    assert_eq!(case.refunded(&charge), 0, "looking confirms nothing");
    let (code, done) = case.json(&format!("approve {proposal} --yes"));
    assert_eq!((code, &done["result"]["amount"]), (0, &json!(2_500)), "{done}");
    assert_eq!(case.refunded(&charge), 2_500);
    let status = client.status(&proposal);
    assert_eq!((&status["state"], &status["by"]), (&json!("done"), &json!("maya")), "{status}");
    assert_eq!(status["result_id"], done["result"]["id"]);
    let (code, twice) = case.json(&format!("approve {proposal} --yes"));
    assert_eq!(code, 4, "{twice}");
    assert!(twice["error"]["message"].as_str().unwrap().contains("maya confirmed it already"));
    assert_eq!(case.refunded(&charge), 2_500);
    let (code, _) = case.json("audit verify");
    assert_eq!(code, 0);
    let (_, trail) = case.json("audit list");
    let events: Vec<_> = trail["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| format!("{} {}", record["event"].as_str().unwrap(), record["agent"].as_str().unwrap()))
        .collect();
    assert_eq!(events, ["proposed assistant", "confirmed maya", "intended maya", "settled maya"]);
}

#[test]
fn a_refusal_is_read_with_its_reason() {
    let case = case();
    let mut client = Client::new(&case);
    let proposal =
        client.proposes("refund_charge", &json!({"charge": case.charge(3_000), "amount": "25.00"}));
    let mut command = case.command(&format!("approve {proposal} --json"));
    let done = command.args(["--refuse", "she has it back already"]).output().unwrap();
    assert!(done.status.success());
    let status = client.status(&proposal);
    assert_eq!((&status["state"], &status["reason"]), (&json!("refused"), &json!("she has it back already")));
    assert_eq!(case.json(&format!("approve {proposal} --yes")).0, 4);
}

#[test]
fn what_expired_or_moved_cannot_be_confirmed_and_says_so() {
    let case = case();
    std::fs::write(case.home.path().join("policy.toml"), POLICY.replace("60.00", "500.00")).unwrap();
    let charge = case.charge(4_000);
    let mut client = Client::new(&case);
    let late = client.proposes("refund_charge", &json!({"charge": charge, "amount": "26.00"}));
    let tomorrow = SystemClock.now().plus(25 * 3_600);
    assert_eq!(Ledger::open(&case.home.path().join("data")).unwrap().expire(tomorrow).unwrap(), 1);
    assert_eq!(client.status(&late)["state"], "expired");
    let (code, said) = case.json(&format!("approve {late} --yes"));
    assert_eq!(code, 4);
    assert!(said["error"]["message"].as_str().unwrap().contains("time was over"), "{said}");
    let moved = client.proposes("refund_charge", &json!({"charge": charge}));
    let (code, done) = case.json(&format!("run refund_charge charge={charge} amount=1.00 --yes"));
    assert_eq!(code, 0, "{done}");
    let (code, said) = case.json(&format!("approve {moved} --yes"));
    assert_eq!(code, 4, "{said}");
    assert!(said["error"]["message"].as_str().unwrap().contains("is not what was proposed"), "{said}");
    let (code, _) = case.json(&format!("run refund_charge charge={charge} --yes"));
    assert_eq!(code, 0);
    let (code, said) = case.json(&format!("approve {moved} --yes"));
    assert_ne!(code, 0);
    assert!(said["error"]["message"].as_str().unwrap().contains("refunded"), "{said}");
    assert_eq!(client.status(&moved)["state"], "waiting");
}

#[test]
fn an_outcome_that_is_unknown_is_told_as_unknown() {
    let case = case();
    let charge = case.charge(2_000);
    let mut client = Client::new(&case);
    case.faults("reset-after@POST /v1/refunds,garbage@GET /v1/refunds#4+");
    let said = client.bad("refund_charge", &json!({"charge": charge, "amount": "5.00"}));
    assert_eq!(said["kind"], "unknown_outcome", "{said}");
    assert!(said["message"].as_str().unwrap().contains("Do not ask again"));
    let status = client.status(said["intent"].as_str().unwrap());
    assert_eq!(status["state"], "unknown");
}

#[test]
fn why_and_twice_are_answered_whole_and_marked_as_data() {
    let case = case();
    let mut client = Client::new(&case);
    let message = |error: Value| error["message"].as_str().unwrap().to_owned();
    let found = client.good("find_customer", &json!({"text": "ada@example.com"}));
    let ada = found["stripe_data"]["data"][0]["id"].as_str().unwrap().to_owned();
    let twice = client.good("find_duplicates", &json!({"customer": ada}));
    assert_eq!(twice["stripe_data"]["data"]["groups"][0]["cause"], "one_order", "{twice}");
    let line = client.good("customer_timeline", &json!({"customer": ada}));
    assert!(line["stripe_data"]["data"]["entries"].as_array().unwrap().len() > 20, "{line}");
    assert_eq!(
        (&line["stripe_data"]["data"]["has_more"], &twice["stripe_data"]["data"]["has_more"]),
        (&json!(false), &json!(false))
    );
    let nowhere =
        message(client.bad("customer_timeline", &json!({"customer": ada, "cursor": "5.refund.re_1"})));
    assert!(nowhere.contains("it leads to no row any more"), "{nowhere}");
    let plans = client.good("list_subscriptions", &json!({"customer": ada}));
    let plan = &plans["stripe_data"]["data"][0]["id"];
    let before =
        client.good("refund_preflight", &json!({"charge": case.charge(2_000), "amount": "1.00"})).to_string();
    assert!(before.contains("is left to refund after it") && before.contains("Stripe's fee"), "{before}");
    assert!(
        message(client.bad("refund_preflight", &json!({"charge": "ch_nobody"}))).contains("was not read")
    );
    let ways = client.good("cancel_outcomes", &json!({"subscription": plan, "on": "2030-01-01"}));
    // What is paused is not offered to be paused instead.
    let first = &plans["stripe_data"]["data"][0];
    let paused = first["status"] == "paused" || !first["pause_collection"].is_null();
    let there = ways["stripe_data"]["data"]["ways"].as_array().unwrap().len();
    assert_eq!(there, if paused { 5 } else { 6 }, "{ways}");
    assert!(
        message(client.bad("cancel_outcomes", &json!({"subscription": "ch_1"}))).contains("subscription")
    );
    let month = client.good("refund_monitor", &json!({"days": 60}));
    let data = &month["stripe_data"]["data"];
    assert_eq!(data["days"].as_array().unwrap().len(), 60, "{month}");
    assert!(data["volumes"][0]["refunds"]["count"].as_i64().unwrap() > 0, "{month}");
    let said = client.good("explain_charge", &json!({"customer": ada, "said": "99 yesterday"}));
    let data = &said["stripe_data"]["data"];
    assert_eq!(data["sum"]["adds_up"], true, "{said}");
    let by_id = client.good("explain_charge", &json!({"id": data["about"]}));
    assert_eq!(by_id["stripe_data"]["data"]["sum"], data["sum"]);
    assert!(
        message(client.bad("explain_charge", &json!({}))).contains("give `id`, or `customer` and `said`")
    );
    assert!(
        message(client.bad("explain_charge", &json!({"customer": ada, "said": "soon"}))).contains("no day")
    );
    assert!(
        message(client.bad("find_duplicates", &json!({"customer": "ch_1"}))).contains("a customer is needed")
    );
}
