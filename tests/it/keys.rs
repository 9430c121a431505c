//! Whose key it is, which profile it belongs to, and who else can read what is kept of it.

use paydesk::sandbox::Options;

use crate::harness::command::{Case, said};

#[test]
fn a_profile_stays_with_its_account_and_mode() {
    let case = Case::new();
    assert_eq!(case.run("find ada@example.com").0, 0);
    let pin = case.home.path().join("data/profiles/default.json");
    std::fs::write(&pin, r#"{"account":"acct_other","mode":"test"}"#).unwrap();
    let (code, _, error) = case.run("find ada@example.com");
    assert!(code == 7 && error.contains("acct_other") && error.contains("this key reaches acct_"), "{error}");
    let (code, _, error) = case.run("find ada@example.com --profile other");
    assert!(code == 7 && error.contains("no profile is named `other`: known are default;"), "{error}");
    assert!(!case.home.path().join("data/profiles/other.json").exists());
    std::fs::write(case.home.path().join("config.toml"), "version = 1\n[profiles.other]\n").unwrap();
    assert_eq!(case.run("find ada@example.com --profile other").0, 0);
    // Bound now, so it stays known.
    std::fs::write(case.home.path().join("config.toml"), "version = 1\n").unwrap();
    assert_eq!(case.run("find ada@example.com --profile other").0, 0);
    let (code, failed) = case.json("find ada@example.com --profile othre");
    assert_eq!((code, &failed["error"]["kind"]), (7, &"config".into()));
    assert!(failed["error"]["message"].as_str().unwrap().contains("did you mean `other`?"), "{failed}");
}

/// The sandbox's restricted key may do what this says.
fn restricted(to: &str) -> Case {
    Case::with(Options { restrict: to.parse().unwrap(), ..Options::default() })
}

#[test]
fn what_is_no_key_is_told_without_showing_it() {
    let case = Case::new();
    let end = "51AbCdEfGhIjKlMnOp4f2a";
    for (key, says) in [
        (format!("pk_test_{end}"), "pk_test_…4f2a is a publishable key"),
        (format!("whsec_{end}"), "is a webhook signing secret"),
        (format!("rk_test_{end}-"), "another character that no key has"),
        ("sk_test_short".into(), "is too short for a key"),
        ("correct horse battery staple".into(), "this is no Stripe key: one begins with rk_test_"),
    ] {
        let output = case.command("find ada@example.com").env("STRIPE_API_KEY", &key).output().unwrap();
        let (code, _, err) = said(output);
        assert!(code == 7 && err.contains("STRIPE_API_KEY: ") && err.contains(says), "{err}");
        assert!(!err.contains(&key), "{err}");
    }
}

#[test]
fn a_key_that_may_not_read_its_account_is_known_by_stripes_refusal() {
    let case = restricted("*:write,account:none");
    let line = |line: &str| {
        said(case.command(line).env("STRIPE_API_KEY", case.running.restricted_key()).output().unwrap())
    };
    let (code, _, err) = line("find ada@example.com");
    assert_eq!((code, err.as_str()), (0, ""));
    let charge = case.charge(1_000);
    let refund = format!("run refund_charge charge={charge} amount=3 reason=duplicate");
    let (code, _, err) = line(&refund);
    assert_eq!(code, 0, "{err}");
    // The account that the refusal names is held to the profile's.
    let pin = case.home.path().join("data/profiles/default.json");
    std::fs::write(&pin, r#"{"account":"acct_other","mode":"test"}"#).unwrap();
    let (code, _, err) = line(&refund);
    assert!(code == 7 && err.contains("acct_other") && err.contains(case.running.account()), "{err}");
}

#[cfg(unix)]
#[test]
fn the_log_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let case = Case::new();
    let log = case.home.path().join("calls.log");
    let line = format!("find ada@example.com --log {}", log.display());
    assert_eq!(case.run(&line).0, 0);
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("/v1/customers") && !text.contains("ada@"), "{text}");
    std::fs::set_permissions(&log, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, err) = case.run(&line);
    assert!(code == 7 && err.contains("mode 644") && err.contains("chmod 600"), "{err}");
}

#[test]
fn what_a_killed_desk_left_is_tidied_at_the_next_start() {
    let case = Case::new();
    assert_eq!(case.run("audit verify").0, 0);
    let data = case.home.path().join("data");
    std::fs::write(data.join("desk-killed.lock"), "").unwrap();
    assert_eq!(case.run("audit verify").0, 0);
    let locks =
        std::fs::read_dir(&data).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    let locks: Vec<_> = locks.filter(|name| name.starts_with("desk-")).collect();
    assert!(locks.is_empty(), "{locks:?}");
}
