//! What people and scripts get wrong: each mistake is named with what would be right, and moves nothing.

use std::process::Stdio;

use crate::harness::command::{Case, said};

/// The command (`CH` is a charge with $99.00 left, `SUB` a subscription, `~` a space inside a value), its exit code, and
/// pieces of the sentence.
const LINES: &[(&str, i32, &[&str])] = &[
    // Amounts.
    ("run refund_charge charge=CH amount=", 2, &["amount is empty"]),
    ("run refund_charge charge=CH amount=0", 2, &["amount: ", "above zero"]),
    ("run refund_charge charge=CH amount=-5", 2, &["amount: ", "above zero"]),
    ("run refund_charge charge=CH amount=NaN", 2, &["`NaN` is not an amount", "like 49.00"]),
    ("run refund_charge charge=CH amount=1e3", 2, &["`1e3` is not an amount"]),
    ("run refund_charge charge=CH amount=1.005", 2, &["too many decimals", "USD has 2"]),
    ("run refund_charge charge=CH amount=1,000.00", 2, &["ambiguous", "without thousands separators"]),
    ("run refund_charge charge=CH amount=1.000,00", 2, &["ambiguous", "without thousands separators"]),
    ("run refund_charge charge=CH amount=1~000", 2, &["ambiguous", "without thousands separators"]),
    ("run refund_charge charge=CH amount=€5", 2, &["names EUR", "USD"]),
    ("run refund_charge charge=CH amount=5~XYZ", 2, &["names XYZ", "no currency that Stripe knows", "USD"]),
    ("run refund_charge charge=CH amount=5~KWD", 2, &["names KWD, but the amount here is in USD"]),
    ("run refund_charge charge=CH amount=99.01", 2, &["$99.01 is more than is left to refund ($99.00)"]),
    ("run refund_charge charge=CH amount=99999999", 2, &["more than is left"]),
    // Ids.
    ("run refund_charge", 2, &["charge: it is required: give charge=ch_"]),
    ("run refund_charge charge=zz_1", 2, &["`zz_1` starts like no id", "ch_…"]),
    ("run refund_charge charge=cus_1", 2, &["`cus_1` is a customer, but a charge is needed here"]),
    ("run refund_charge charge=ch_1/../x", 2, &["is not an id"]),
    ("customer Ada", 2, &["`Ada` starts like no id", "`paydesk find Ada` looks for a name"]),
    ("customer sub_1", 2, &["`sub_1` is a subscription, but a customer is needed here"]),
    ("find zz_abc", 2, &["no id starts with zz_; ids here start with cus_, ch_, pi_"]),
    ("find ab", 2, &["too short", "three characters"]),
    // Reasons, notes, dates.
    ("run refund_charge charge=CH amount=5", 3, &["a reason must be chosen (refunds.reason)"]),
    ("run refund_charge charge=CH amount=5 reason=", 2, &["reason is empty"]),
    ("run refund_charge charge=CH amount=5 reason=because", 2, &["`because` is not one of duplicate"]),
    (
        "run cancel_subscription subscription=SUB when=date on=yesterday",
        2,
        &["on: ", "lies in the past", "still to come"],
    ),
    (
        "run cancel_subscription subscription=SUB when=date on=soon",
        2,
        &["`soon` is not a time", "2026-11-22"],
    ),
    ("run cancel_subscription subscription=SUB when=date", 2, &["on: "]),
    ("audit list --since 22.11.2026", 2, &["`22.11.2026` is not a time"]),
    // Names.
    ("run refund_chargee charge=CH", 2, &["did you mean `refund_charge`"]),
    ("run frobnicate", 2, &["there is no action `frobnicate`", "`paydesk actions`"]),
    ("run refund_charge charge=CH amont=5", 2, &["no parameter `amont`", "did you mean `amount`"]),
    (
        "run refund_charge charge=CH colour=red",
        2,
        &["no parameter `colour`", "takes charge, amount, reason, note"],
    ),
    ("run refund_charge CH", 2, &["write NAME=VALUE"]),
    ("run refund_charge charge=CH charge=CH", 2, &["given twice"]),
    ("actoins", 2, &["'actoins'", "'actions'"]),
    ("audit lst", 2, &["'lst'", "'list'"]),
    ("find ada --profil x", 2, &["'--profil'", "'--profile'"]),
    ("audit export --format xml", 2, &["'xml'", "csv, jsonl"]),
    ("find ada --api-base nowhere", 7, &["--api-base", "an address like https://api.stripe.com"]),
    ("find ada --api-base http://example.com", 7, &["https"]),
];

#[test]
fn a_mistake_is_named_with_what_would_be_right_and_moves_nothing() {
    let case = Case::new();
    let charge = case.charge(9_900);
    let (_, ada) = case.json("customer ada@example.com");
    let subscription = ada["result"]["subscriptions"][0]["id"].as_str().unwrap();
    case.running.forget_requests();
    for (line, code, pieces) in LINES {
        let words = line.replace("CH", &charge).replace("SUB", subscription);
        let mut command = case.command("");
        command.args(words.split(' ').map(|word| word.replace('~', " ")));
        let (ended, out, err) = said(command.output().unwrap());
        assert_eq!((ended, out.as_str()), (*code, ""), "{line}: {err}");
        for piece in *pieces {
            assert!(err.contains(piece), "{line}: no `{piece}` in: {err}");
        }
        assert_eq!(err.matches("panicked").count(), 0, "{err}");
    }
    assert!(case.running.requests().iter().all(|seen| seen.method == "GET"), "something was sent");
    let (code, failed) = case.json("find --nonsense");
    assert_eq!((code, &failed["error"]["kind"]), (2, &"invalid".into()), "{failed}");
}

/// A file that is wrong, and what is said of it.
fn wrong(case: &Case, (file, text): (&str, &str), (line, code): (&str, i32), pieces: &[&str]) {
    let path = case.home.path().join(file);
    std::fs::write(&path, text).unwrap();
    let (ended, _, err) = case.run(line);
    std::fs::remove_file(path).unwrap();
    assert_eq!(ended, code, "{text}: {err}");
    for piece in pieces {
        assert!(err.contains(piece), "{text}: no `{piece}` in: {err}");
    }
}

#[test]
fn a_settings_file_is_wrong_at_a_line_a_column_and_a_key() {
    let case = Case::new();
    for (text, pieces) in [
        (
            "version = 1\n[desk]\nundo_secs = 3\n",
            &["config.toml:3:1: `undo_secs`", "did you mean `undo_seconds`"][..],
        ),
        ("version = 1\n[dsk]\n", &["config.toml:2:2: `dsk`", "did you mean `desk`"]),
        ("version = 1\n[desk\n", &["config.toml:2:"]),
        (
            "version = 1\n[desk]\nundo_seconds = \"3\"\n",
            &["config.toml:3:16:", "takes an integer, not a string"],
        ),
        ("[desk]\n", &["config.toml:1:1:", "`version = 1` is missing"]),
    ] {
        wrong(&case, ("config.toml", text), ("find ada", 7), pieces);
    }
}

#[test]
fn a_policy_file_is_wrong_at_a_line_a_column_and_a_key() {
    let case = Case::new();
    for (text, pieces) in [
        ("version = 1\n[refund]\n", &["policy.toml:2:2:", "`refund`", "did you mean `refunds`"][..]),
        (
            "version = 1\n[refunds]\nmaximum = { usd = \"5.00\" }\n",
            &["policy.toml:3:1:", "did you mean `refunds.max`"],
        ),
        ("version = 1\n[refunds]\nmax = { uds = \"5.00\" }\n", &["policy.toml:3:9:", "uds", "currency"]),
        ("version = 1\n[refunds]\nmax = { usd = \"5.001\" }\n", &["policy.toml:3:", "too many decimals"]),
        ("version = 1\n[refunds]\nmax = { usd = 5 }\n", &["policy.toml:3:"]),
        ("version = 1\n[refunds\n", &["policy.toml:2:"]),
    ] {
        wrong(&case, ("policy.toml", text), ("policy check", 7), pieces);
    }
    // What does not load allows nothing, and says where it is wrong.
    let charge = case.charge(1_000);
    let refund = format!("run refund_charge charge={charge} amount=5 reason=duplicate --yes");
    wrong(&case, ("policy.toml", "version = 1\n[refund]\n"), (&refund, 3), &["policy.toml:2:2:", "refunds"]);
    assert_eq!(case.refunded(&charge), 0);
}

#[test]
fn a_data_folder_that_cannot_be_one_is_named() {
    let case = Case::new();
    let data = case.home.path().join("data");
    std::fs::write(&data, "a file in its place").unwrap();
    for line in ["find ada@example.com", "audit list", "run refund_charge charge=ch_1"] {
        let (code, _, err) = case.run(line);
        assert!(code == 7 && err.contains(&data.display().to_string()), "{line}: {err}");
    }
    assert_eq!(std::fs::read_to_string(&data).unwrap(), "a file in its place");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let case = Case::new();
    let charge = case.charge(1_000);
    let file = case.home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let taken = case.home.path().join("taken");
    std::fs::create_dir_all(taken.join("ledger.sqlite3")).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&taken, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let mut folders = vec![file.join("below"), taken];
    if cfg!(target_os = "linux") {
        // Nobody makes a folder here, and nobody writes into the other: not even root.
        folders.extend(["/proc/paydesk".into(), "/proc/self/fd".into()]);
    }
    for folder in folders {
        let folder = folder.display();
        for line in
            ["audit list".to_owned(), format!("run refund_charge charge={charge} amount=5 reason=duplicate")]
        {
            let (code, _, err) = case.run(&format!("{line} --data-dir {folder}"));
            assert!(code == 7 && err.contains(&folder.to_string()), "{folder}, {line}: {code} {err}");
            assert!(!err.contains("panicked") && !err.contains("defect"), "{err}");
        }
    }
    assert_eq!(case.refunded(&charge), 0, "nothing is sent that cannot be written down");
}

#[test]
fn an_account_that_the_key_does_not_reach_is_named() {
    let case = Case::new();
    let charge = case.charge(1_000);
    for line in [
        "find ada@example.com".to_owned(),
        format!("run refund_charge charge={charge} amount=5 reason=duplicate"),
    ] {
        let (code, _, err) =
            said(case.command(&line).env("STRIPE_ACCOUNT", "acct_1Nowhere").output().unwrap());
        assert_eq!(code, 7, "{err}");
        for piece in
            ["does not reach the account acct_1Nowhere", "STRIPE_ACCOUNT", "connected to the key's own"]
        {
            assert!(err.contains(piece), "no `{piece}` in: {err}");
        }
        assert!(!err.contains("reading works") && !err.contains("permission"), "{err}");
    }
    assert_eq!(case.refunded(&charge), 0);
    let (code, _, err) =
        said(case.command("find ada@example.com").env("STRIPE_ACCOUNT", "cus_1").output().unwrap());
    assert!(code == 7 && err.contains("acct_1Abc"), "{err}");
}

#[test]
fn without_a_terminal_the_desk_says_what_works_without_one() {
    let case = Case::new();
    for line in ["", "demo"] {
        let mut command = case.command(line);
        let output = command.stdin(Stdio::null()).stdout(Stdio::piped()).output().unwrap();
        let (code, out, err) = said(output);
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        for piece in ["needs a terminal", "`paydesk find`", "`run`", "`audit`", "--help"] {
            assert!(err.contains(piece), "{err}");
        }
    }
}

#[test]
fn whoever_stops_reading_is_no_failure() {
    let case = Case::new();
    for line in ["actions", "actions --json", "--help", "audit list"] {
        let mut child = case.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let (code, _, err) = said(child.wait_with_output().unwrap());
        assert_eq!((code, err.as_str()), (0, ""), "{line}");
    }
}
