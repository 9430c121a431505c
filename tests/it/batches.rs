//! Batches of `paydesk run`: ids from standard input, decided as a whole, carried out one by one, and gone on with.

use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use paydesk::{
    ledger::{IntentState, Ledger, Store as _},
    sandbox::Faults,
};
use serde_json::Value;

use crate::harness::command::{Case, get, said};

fn fed(case: &Case, line: &str, input: &str) -> Output {
    feed(case.command(line), input)
}

fn feed(command: Command, input: &str) -> Output {
    begin(command, input).wait_with_output().unwrap()
}

fn begun(case: &Case, line: &str, input: &str) -> Child {
    begin(case.command(line), input)
}

fn begin(mut command: Command, input: &str) -> Child {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever has nothing to read may end before everything is written.
    let _written = child.stdin.take().unwrap().write_all(input.as_bytes());
    child
}

fn run(case: &Case, line: &str, input: &str) -> (i32, String, String) {
    said(fed(case, line, input))
}

fn json(case: &Case, line: &str, input: &str) -> (i32, Value) {
    let (code, out, err) = run(case, &format!("{line} --json"), input);
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}\n{out}\n{err}")))
}

/// Charges of anybody that can be refunded, in US dollars.
fn charges(case: &Case, count: usize) -> Vec<String> {
    let all = get(&case.running, "/v1/charges?limit=100");
    let fits = |charge: &&Value| {
        charge["currency"] == "usd"
            && charge["status"] == "succeeded"
            && charge["captured"] == true
            && charge["disputed"] == false
            && charge["amount_refunded"] == 0
            && charge["amount"].as_i64() >= Some(1_000)
    };
    let found: Vec<_> = all["data"].as_array().unwrap().iter().filter(fits).collect();
    found[..count].iter().map(|charge| charge["id"].as_str().unwrap().to_owned()).collect()
}

fn refunded(case: &Case, charges: &[String]) -> Vec<i64> {
    let one =
        |id: &String| get(&case.running, &format!("/v1/charges/{id}"))["amount_refunded"].as_i64().unwrap();
    charges.iter().map(one).collect()
}

/// How often a refund was asked for since the last time.
fn posts(case: &Case) -> usize {
    let count = case.running.requests().iter().filter(|seen| seen.method == "POST").count();
    case.running.forget_requests();
    count
}

const REFUND: &str = "run refund_charge charge=- amount=5 reason=duplicate";

#[test]
fn ids_are_read_one_a_line_and_each_has_its_result() {
    let case = Case::new();
    let charges = charges(&case, 2);
    let input = format!("{}\n\nch_none\nhttps://dashboard.stripe.com/payments/{}\n", charges[0], charges[1]);
    let (code, document) = json(&case, "run get_charge charge=-", &input);
    assert_eq!((code, &document["ok"]), (5, &false.into()), "{document}");
    let entries = document["result"].as_array().unwrap();
    let seen: Vec<_> =
        entries.iter().map(|one| (one["line"].as_i64().unwrap(), one["ok"].as_bool().unwrap())).collect();
    assert_eq!(seen, [(1, true), (3, false), (4, true)]);
    assert_eq!(entries[2]["result"]["id"], charges[1].as_str());
    assert_eq!(entries[1]["error"]["stripe"]["code"], "resource_missing");
    let (code, out, err) = run(&case, "run get_charge charge=-", &input);
    assert_eq!((code, out.lines().count()), (5, 3), "{out}");
    assert!(err.contains("line 3: ch_none: ") && err.contains("1 of 3 could not be read"), "{err}");
    let (code, lists) =
        json(&case, "run list_charges customer=- --limit 2", "ada@example.com\ngrace@example.com\n");
    let both = lists["result"].as_array().unwrap();
    assert_eq!((code, both.len(), both[1]["result"].as_array().unwrap().len()), (0, 2, 2), "{lists}");
}

#[test]
fn a_bad_line_is_found_before_anything_is_sent() {
    let case = Case::new();
    let good = charges(&case, 2).join("\n");
    let first = good.lines().next().unwrap().to_owned();
    case.running.forget_requests();
    for (line, input, says) in [
        (REFUND, format!("{good}\ncus_1\n"), "line 3: charge: `cus_1` is a customer"),
        (REFUND, format!("{good}\n\n{first}\n"), "stands in line 1 already"),
        (REFUND, "\n \n".to_owned(), "charge: no ids came on standard input"),
        ("run get_charge charge=-", format!("{good}\nnonsense\n"), "line 3: charge: "),
        ("run list_charges customer=- payment_intent=-", good.clone(), "cannot both be read"),
        ("run refund_charge charge=ch_1 --skip-denied", good.clone(), "are for a batch of changes: charge=-"),
        ("run get_charge charge=- --results x", good.clone(), "are for a batch of changes"),
    ] {
        let (code, out, err) = run(&case, &format!("{line} --yes"), &input);
        assert!(code == 2 && out.is_empty() && err.contains(says), "{line}: {err}");
    }
    assert_eq!(case.running.requests(), []);
}

#[test]
fn a_batch_is_asked_for_once_and_gone_on_with() {
    let case = Case::new();
    let charges = charges(&case, 3);
    let input = charges.join("\n");
    let line = format!("{REFUND} --results {}", case.home.path().join("results.jsonl").display());
    let (code, failed) = json(&case, &line, &input);
    assert_eq!((code, &failed["error"]["kind"]), (4, &"unconfirmed".into()), "{failed}");
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("3 changes, $15.00 in all; 3 allowed, 0 to be confirmed"), "{message}");
    assert_eq!(failed["error"]["result"].as_array().unwrap().len(), 3);
    let (code, dry) = json(&case, &format!("{line} --dry-run"), &input);
    assert_eq!((code, &dry["result"][1]["request"]["parameters"]["amount"]), (0, &"500".into()), "{dry}");
    assert_eq!(posts(&case), 0);
    let (code, done) = json(&case, &format!("{line} --yes"), &input);
    assert_eq!((code, posts(&case)), (0, 3), "{done}");
    assert!(done["result"].as_array().unwrap().iter().all(|one| one["result"]["amount"] == 500), "{done}");
    assert_eq!(refunded(&case, &charges), [500, 500, 500]);
    let kept = std::fs::read_to_string(case.home.path().join("results.jsonl")).unwrap();
    assert_eq!(kept.lines().count(), 7, "{kept}");
    // Once more: all of it is done. Half a line at the end is what a crash leaves.
    let short = kept.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n{\"line\":3,";
    for text in [kept.clone(), short] {
        std::fs::write(case.home.path().join("results.jsonl"), text).unwrap();
        let (code, again) = json(&case, &format!("{line} --yes"), &input);
        assert_eq!((code, posts(&case)), (0, 0), "{again}");
        assert!(
            again["result"].as_array().unwrap().iter().all(|one| one["state"] == "done before"),
            "{again}"
        );
    }
    // Another batch does not go on in its file.
    let (code, other) = json(&case, &line.replace("amount=5", "amount=6"), &input);
    assert_eq!((code, &other["error"]["kind"]), (7, &"config".into()), "{other}");
    assert!(other["error"]["message"].as_str().unwrap().contains("with other parameters"), "{other}");
}

#[test]
fn what_is_denied_stops_the_whole_unless_it_is_left_out() {
    let case = Case::new();
    let charges = charges(&case, 3);
    let input = format!("{}\nch_none\n{}\n{}\n", charges[0], charges[1], charges[2]);
    // Two of these fit under the cap of the day: the batch counts what stands before a line.
    let policy = "version = 1\n[refunds]\nmax = { usd = \"9.00\" }\nautomatic = { usd = \"9.00\" }\n[refunds.daily_cap]\nper_agent = { usd = \"12.00\" }\n";
    std::fs::write(case.home.path().join("policy.toml"), policy).unwrap();
    posts(&case);
    let (code, failed) = json(&case, &format!("{REFUND} --yes"), &input);
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(
        code == 5
            && message.contains("2 of 4 cannot be done, so nothing was sent")
            && message.contains("line 2"),
        "{failed}"
    );
    let last = &failed["error"]["result"][3];
    assert_eq!(
        (&last["outcome"], &last["error"]["rule"]),
        (&"not".into(), &"refunds.daily_cap.per_agent".into())
    );
    assert_eq!((posts(&case), refunded(&case, &charges)), (0, vec![0, 0, 0]));
    let (code, done) = json(&case, &format!("{REFUND} --yes --skip-denied"), &input);
    assert_eq!((code, posts(&case)), (0, 2), "{done}");
    let states: Vec<_> =
        done["result"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["done", "left out", "done", "left out"]);
    assert_eq!(refunded(&case, &charges), [500, 500, 0]);
    // The cap holds against the next batch too.
    let (code, failed) = json(&case, &format!("{REFUND} --yes"), &charges[2]);
    assert_eq!((code, &failed["error"]["rule"]), (3, &"refunds.daily_cap.per_agent".into()), "{failed}");
}

#[test]
fn an_unknown_outcome_stops_it_and_is_settled_before_it_goes_on() {
    let case = Case::new();
    let charges = charges(&case, 3);
    let input = charges.join("\n");
    let line = format!("{REFUND} --yes --results {}", case.home.path().join("results.jsonl").display());
    // A 500 that is kept for the key: nothing was done, and no reading tells so.
    case.faults("500@POST /v1/refunds#2");
    posts(&case);
    let (code, failed) = json(&case, &line, &input);
    assert_eq!((code, &failed["error"]["kind"]), (6, &"unknown_outcome".into()), "{failed}");
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("stopped at 2 of 3, and the 1 behind it were not sent"), "{message}");
    let states: Vec<_> =
        failed["error"]["result"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect();
    assert_eq!(states, ["done", "unknown"]);
    assert_eq!(refunded(&case, &charges), [500, 0, 0]);
    case.running.set_faults(Faults::default());
    posts(&case);
    let (code, again) = json(&case, &line, &input);
    let message = again["error"]["message"].as_str().unwrap();
    assert!(code == 6 && message.contains("line 2") && message.contains("pending --resolve"), "{again}");
    assert_eq!(posts(&case), 0);
    let intent = again["error"]["intent"].as_str().unwrap();
    assert_eq!(case.run(&format!("pending --did-not-happen {intent} --yes")).0, 0);
    let (code, done) = json(&case, &line, &input);
    assert_eq!(code, 0, "{done}");
    assert_eq!((posts(&case), refunded(&case, &charges)), (2, vec![500, 500, 500]));
    assert_eq!(done["result"][0]["state"], "done before");
}

#[test]
fn what_would_stop_all_of_them_stops_at_the_first() {
    let case = Case::new();
    let charges = charges(&case, 3);
    case.faults("401-expired@POST /v1/refunds#2");
    posts(&case);
    let (code, failed) = json(&case, &format!("{REFUND} --yes"), &charges.join("\n"));
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(
        code == 5 && message.contains("stopped at 2 of 3") && message.contains("--results FILE"),
        "{failed}"
    );
    assert_eq!((posts(&case), refunded(&case, &charges)), (2, vec![500, 0, 0]));
}

/// Active subscriptions that are not set to end.
fn subscriptions(case: &Case, count: usize) -> Vec<String> {
    let all = get(&case.running, "/v1/subscriptions?limit=100&status=active");
    let fits = |one: &&Value| one["cancel_at"].is_null() && one["schedule"].is_null();
    let found: Vec<_> = all["data"].as_array().unwrap().iter().filter(fits).collect();
    found[..count].iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_time_from_now_is_one_instant_for_the_whole_batch() {
    let case = Case::new();
    let rules = "version = 1\n[subscriptions]\ncancel = [\"date\"]\n";
    std::fs::write(case.home.path().join("policy.toml"), rules).unwrap();
    let ids = subscriptions(&case, 3);
    // So slow that the clock goes on between deciding and sending.
    case.running.set_faults(Faults::parse("slow=400").unwrap());
    let mut command = case.command("run cancel_subscription subscription=- when=date --yes --json");
    command.arg("on=in 14d");
    let (code, out, err) = said(feed(command, &ids.join("\n")));
    assert_eq!(code, 0, "{out}{err}");
    let ends = |id: &String| get(&case.running, &format!("/v1/subscriptions/{id}"))["cancel_at"].as_i64();
    let first = ends(&ids[0]);
    assert!(first.is_some() && ids.iter().all(|id| ends(id) == first), "{:?}", ids.iter().map(ends));
}

#[expect(clippy::disallowed_methods, reason = "another process is watched")]
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(30), "never came: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// How many of a batch stand in the ledger, and whether the newest is in this state.
fn stands(case: &Case, count: usize, state: IntentState) -> bool {
    let path = case.home.path().join("data");
    // Before the first one there is no ledger yet.
    let all =
        path.exists().then(|| Ledger::open(&path)).and_then(Result::ok).map(|one| one.recent(20).unwrap());
    all.is_some_and(|all| all.len() == count && all.first().is_some_and(|newest| newest.state == state))
}

/// The refunds that a desk has made of each charge.
fn made(case: &Case, charges: &[String]) -> Vec<usize> {
    let one = |id: &String| {
        let page = get(&case.running, &format!("/v1/refunds?charge={id}"));
        let all = page["data"].as_array().unwrap().iter();
        all.filter(|refund| refund["metadata"]["paydesk_intent"].is_string()).count()
    };
    charges.iter().map(one).collect()
}

/// The signal, when it comes, how the batch ends, and what is said. An answer that is on its way is waited for, and a reading is
/// not.
const SIGNALS: &[(&str, usize, IntentState, &str, i32, &str)] = &[
    ("INT", 1, IntentState::Sending, "slow=2500@POST /v1/refunds#1", 9, "told to end after 1 of 4"),
    ("TERM", 3, IntentState::Sending, "slow=2500@POST /v1/refunds#3", 9, "told to end after 3 of 4"),
    ("HUP", 4, IntentState::Sending, "slow=2500@POST /v1/refunds#4", 0, ""),
    // Held, and read once more: two readings before the sending of each, after the four of deciding.
    ("INT", 2, IntentState::Held, "slow=60000@GET /v1/charges/*#8+", 9, "told to end after 1 of 4"),
    // The second is read to be decided on: there is none of it on disk.
    ("TERM", 1, IntentState::Settled, "slow=60000@GET /v1/charges/*#7+", 9, "told to end after 1 of 4"),
];

/// Whatever ended it, and in whatever moment: gone on with, each is done once.
#[test]
fn a_batch_that_a_signal_ended_is_gone_on_with() {
    for (signal, count, state, faults, ends, says) in SIGNALS {
        let case = Case::new();
        let charges = charges(&case, 4);
        let input = charges.join("\n");
        let results = case.home.path().join("results.jsonl");
        let line = format!("{REFUND} --yes --json --results {}", results.display());
        case.faults(faults);
        posts(&case);
        let child = begun(&case, &line, &input);
        until(&format!("{count} {}", state.name()), || stands(&case, *count, *state));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(*ends), "{signal} at {count}: {out}");
        assert!(out.contains(says), "{signal} at {count}: {out}");
        assert_eq!(out.contains("with the same results file to go on"), *ends == 9, "{out}");
        case.running.set_faults(Faults::default());
        let before = refunded(&case, &charges);
        assert!(*ends != 9 || before.contains(&0), "{signal} at {count}: there is something to go on with");
        let (code, done) = json(&case, &line.replace(" --json", ""), &input);
        assert_eq!(code, 0, "{signal} at {count}: {done}");
        let states: BTreeSet<_> =
            done["result"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
        assert!(states.is_subset(&BTreeSet::from(["done", "done before"])), "{done}");
        assert_eq!(refunded(&case, &charges), [500; 4], "{signal} at {count}");
        assert_eq!(made(&case, &charges), [1; 4], "{signal} at {count}");
        assert_eq!(case.run("audit verify").0, 0);
    }
}
