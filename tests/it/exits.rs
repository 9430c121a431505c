//! Every exit code of the command line, reached by the real binary.

use paydesk::sandbox::Faults;
use serde_json::Value;

use crate::harness::command::{Case, said};

/// How a code is reached: what goes wrong at Stripe, the command (`CH` is a charge that can be refunded), and what the
/// envelope says of it: the kind of failure, and a piece of its message.
struct Way {
    code: i32,
    faults: &'static str,
    line: &'static str,
    kind: &'static str,
    says: &'static str,
}

const fn way(
    code: i32,
    faults: &'static str,
    line: &'static str,
    kind: &'static str,
    says: &'static str,
) -> Way {
    Way { code, faults, line, kind, says }
}

const WAYS: &[Way] = &[
    way(0, "", "find ada@example.com", "", ""),
    way(0, "", "run refund_charge charge=CH amount=5 reason=duplicate --dry-run", "", ""),
    way(2, "", "run refund_chrage", "invalid", "did you mean `refund_charge`"),
    way(2, "", "run refund_charge charge=CH amount=5 reason=because", "invalid", "not one of duplicate"),
    way(2, "", "customer nobody@example.com", "invalid", "no customer has the address"),
    way(2, "", "audit show 99", "invalid", "there is no record 99"),
    way(3, "", "run refund_charge charge=CH amount=5", "denied", "(refunds.reason)"),
    way(3, "", "run refund_charge charge=CH amount=5 reason=duplicate --read-only", "denied", "read-only"),
    way(4, "", "run refund_charge charge=CH amount=99 reason=duplicate", "unconfirmed", "--yes confirms"),
    // Stripe answers with an error, while reading and while changing.
    way(5, "", "run refund_charge charge=ch_none amount=5", "stripe", "resource_missing"),
    way(5, "", "customer cus_none", "stripe", "No such customer"),
    way(5, "401-expired", "find ada@example.com", "stripe", "api_key_expired"),
    way(
        5,
        "401-expired@POST /v1/refunds",
        "run refund_charge charge=CH amount=5 reason=duplicate",
        "stripe",
        "api_key_expired",
    ),
    way(
        6,
        "500@POST /v1/refunds",
        "run refund_charge charge=CH amount=5 reason=duplicate",
        "unknown_outcome",
        "`paydesk pending --resolve` settles it",
    ),
    way(7, "", "find ada --config /nowhere/config.toml", "config", "/nowhere/config.toml"),
    way(7, "", "find ada --profile nope", "config", "no profile is named `nope`: known are default"),
    way(7, "", "find ada --color blue", "config", "--color: `blue` is not one of auto"),
    way(8, "", "find ada@example.com --api-base http://127.0.0.1:1", "network", "could not reach Stripe"),
    way(
        8,
        "",
        "run refund_charge charge=CH amount=5 --api-base http://127.0.0.1:1",
        "network",
        "could not reach",
    ),
    // A read that brings nothing readable changed nothing either.
    way(
        8,
        "garbage@GET /v1/charges/*",
        "run refund_charge charge=CH amount=5",
        "network",
        "nothing was sent",
    ),
];

/// The README tells scripts the code and the kind.
fn is_told(code: i32, kind: &str) -> bool {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let words: Vec<_> = readme.split_whitespace().collect();
    words.join(" ").contains(&format!(" {code} `{kind}`"))
}

#[test]
fn each_way_to_fail_has_its_code_and_its_kind() {
    for Way { code, faults, line, kind, says } in WAYS {
        let case = Case::new();
        let line = line.replace("CH", &case.charge(9_900));
        if !faults.is_empty() {
            case.faults(faults);
        }
        let (ended, document) = case.json(&line);
        assert_eq!(ended, *code, "{line}: {document}");
        assert_eq!(document["ok"], *code == 0, "{line}: {document}");
        if *code != 0 {
            let error = &document["error"];
            assert_eq!(error["kind"], *kind, "{line}: {document}");
            assert!(is_told(*code, kind), "{code} {kind}");
            assert!(error["message"].as_str().unwrap().contains(says), "{line}: {document}");
        }
        // For a person it is the same code, and a line on stderr alone.
        if *code != 0 && *code != 6 {
            let (again, out, err) = case.run(&line);
            assert_eq!((again, out.as_str()), (*code, ""), "{line}");
            assert!(err.starts_with("paydesk: ") && err.contains(says), "{line}: {err}");
        }
    }
    let reached = |code: i32| WAYS.iter().any(|way| way.code == code);
    assert!([0, 2, 3, 4, 5, 6, 7, 8].into_iter().all(reached), "1 and 9 stand below");
}

#[test]
fn what_stripe_answered_is_shown_with_type_code_message_and_request() {
    let case = Case::new();
    let (code, failed) = case.json("run refund_charge charge=ch_none amount=5");
    let stripe = &failed["error"]["stripe"];
    assert_eq!((code, &stripe["status"]), (5, &404.into()), "{failed}");
    assert_eq!(
        (&stripe["type"], &stripe["code"]),
        (&"invalid_request_error".into(), &"resource_missing".into())
    );
    let (_, _, err) = case.run("run refund_charge charge=ch_none amount=5");
    for piece in ["No such charge: 'ch_none'", "invalid_request_error", "resource_missing", " · req_"] {
        assert!(err.contains(piece), "{piece}: {err}");
    }
}

#[test]
fn a_key_that_is_not_there_is_asked_for() {
    let case = Case::new();
    let (code, _, error) = said(case.command("find ada").env_remove("STRIPE_API_KEY").output().unwrap());
    assert!(code == 7 && error.contains("STRIPE_API_KEY") && error.contains("`paydesk login`"), "{error}");
}

#[test]
fn a_broken_trail_is_a_difference() {
    let case = Case::new();
    assert_eq!(case.run("audit verify").0, 0);
    std::fs::write(case.home.path().join("data/audit.head"), "3 00\n").unwrap();
    let (code, failed) = case.json("audit verify");
    assert_eq!((code, &failed["error"]["kind"]), (9, &"difference".into()), "{failed}");
    assert!(is_told(9, "difference"));
    assert_eq!(failed["error"]["result"]["whole"], Value::Bool(false));
    case.running.set_faults(Faults::default());
}

/// Nothing that is asked for ends so but a result that could not be delivered.
#[cfg(target_os = "linux")]
#[test]
fn a_result_that_could_not_be_written_was_not_delivered() {
    let case = Case::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, _, err) = said(case.command("actions").stdout(full).output().unwrap());
    assert!(code == 1 && err.contains("could not be written"), "{err}");
}
