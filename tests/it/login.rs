//! Keys that are kept, rotated, forgotten and looked at (`login`, `logout`, `doctor`), by the real binary against real sandboxes.
//! No session bus is given, so a private file takes the keyring's place.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use paydesk::sandbox::Options;

use crate::harness::{
    command::{Case, said},
    pty::Pty,
};

/// With what is written to its standard input, and no key in its environment.
fn piped(mut command: Command, text: &str) -> (i32, String, String) {
    command.env_remove("STRIPE_API_KEY");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever reads no further than it must breaks the pipe.
    let _read = child.stdin.take().unwrap().write_all(text.as_bytes());
    said(child.wait_with_output().unwrap())
}

fn keyless(case: &Case, line: &str) -> (i32, String, String) {
    said(case.command(line).env_remove("STRIPE_API_KEY").output().unwrap())
}

fn kept(case: &Case) -> PathBuf {
    case.home.path().join("data/keys/default")
}

#[test]
fn a_key_is_kept_used_rotated_and_forgotten() {
    let case = Case::new();
    let secret = case.running.secret_key();
    let (code, out, err) = piped(case.command("login"), &format!("{secret}\n"));
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains(case.running.account()) && out.contains("test") && out.contains("keys/default"),
        "{out}"
    );
    assert!(
        err.contains("the system's keyring was not used: ") && err.contains("this is a secret key"),
        "{err}"
    );
    assert!(!out.contains(secret) && !err.contains(secret));
    assert_eq!(keyless(&case, "find ada@example.com").0, 0);
    // A second one does not slip in.
    let (code, _, err) = piped(case.command("login"), secret);
    assert!(code == 7 && err.contains("has a key already") && err.contains("--rotate"), "{err}");
    // Another account's key is refused, and the old one stays.
    let stranger = Case::with(Options { seed: 77, ..Options::default() });
    let (code, _, err) = piped(
        {
            let mut command = case.command("login --rotate");
            command.env("STRIPE_API_BASE", stranger.running.base_url());
            command
        },
        stranger.running.restricted_key(),
    );
    assert!(code == 7 && err.contains("belongs to") && err.contains(stranger.running.account()), "{err}");
    assert!(std::fs::read_to_string(kept(&case)).unwrap().starts_with(secret));
    // One that Stripe does not know neither.
    let (code, _, err) = piped(case.command("login --rotate"), "rk_test_51NobodyEverMadeThis0000");
    assert!(code == 5 && err.contains("Invalid API Key"), "{err}");
    let (code, out, err) = piped(case.command("login --rotate"), case.running.restricted_key());
    assert!(code == 0 && out.contains("replaced\tsk_test_"), "{out}{err}");
    assert!(err.contains("still works at Stripe until it expires or is revoked"), "{err}");
    assert!(std::fs::read_to_string(kept(&case)).unwrap().starts_with(case.running.restricted_key()));
    assert_eq!(keyless(&case, "find ada@example.com").0, 0);
    let (code, out, err) = keyless(&case, "logout");
    assert!(
        code == 0 && out.contains("forgotten from") && err.contains("revoke it in the Dashboard"),
        "{out}{err}"
    );
    assert!(!kept(&case).exists());
    let (code, _, err) = keyless(&case, "logout");
    assert!(code == 7 && err.contains("no key is kept for profile default"), "{err}");
    let (code, _, err) = piped(case.command("login --rotate"), secret);
    assert!(code == 7 && err.contains("there is none to rotate"), "{err}");
}

#[test]
fn what_is_no_key_is_not_kept() {
    let case = Case::new();
    for (text, says) in [
        ("pk_test_51AbCdEfGhIjKlMnOp4f2a", "publishable"),
        ("hunter2", "no Stripe key"),
        ("", "there is no key"),
        (&"x".repeat(100_000), "no Stripe key"),
    ] {
        let (code, out, err) = piped(case.command("login"), text);
        assert!(code == 7 && err.contains(says), "{out}{err}");
        assert!(!err.contains("hunter2"), "{err}");
    }
    assert!(!kept(&case).exists());
}

#[test]
fn a_new_profile_is_made_by_its_key() {
    let case = Case::new();
    let (code, out, err) = piped(case.command("login --profile europe"), case.running.secret_key());
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("europe"), "{out}");
    assert_eq!(keyless(&case, "find ada@example.com --profile europe").0, 0);
}

#[test]
fn a_key_is_typed_unseen() {
    let case = Case::new();
    let config = case.home.path().join("config.toml");
    std::fs::write(&config, "version = 1\n").unwrap();
    let variables = [
        ("TERM", "xterm"),
        ("PAYDESK_CONFIG", config.to_str().unwrap()),
        ("STRIPE_API_BASE", case.running.base_url()),
    ];
    let mut pty = Pty::start_with(case.home.path(), (100, 30), "login", &variables);
    pty.until_text("it is not shown");
    pty.press(&format!("{}\r", case.running.secret_key()));
    assert_eq!(pty.end().exit_code(), 0, "{}", pty.text());
    let shown = String::from_utf8_lossy(pty.bytes()).into_owned();
    assert!(!shown.contains(case.running.secret_key()) && shown.contains("kept in"), "{shown}");
    pty.assert_given_back();
}

#[test]
fn an_old_key_is_remarked_on() {
    let case = Case::new();
    let config = "version = 1\n[desk]\npolicy = \"policy.toml\"\n";
    std::fs::write(case.home.path().join("config.toml"), config).unwrap();
    let policy = "version = 1\ndefault_role = \"agent\"\n[keys]\nmax_age_days = 90\n";
    std::fs::write(case.home.path().join("policy.toml"), policy).unwrap();
    assert_eq!(piped(case.command("login"), case.running.secret_key()).0, 0);
    let (code, out, _) = keyless(&case, "doctor");
    assert!(code == 0 && out.contains("0 of 90 days"), "{out}");
    let text = format!("{}\n# kept since 2024-01-01T00:00:00Z\n", case.running.secret_key());
    std::fs::write(kept(&case), text).unwrap();
    let (code, out, _) = keyless(&case, "doctor");
    assert!(
        code == 0 && out.contains("more than the 90 of keys.max_age_days: `paydesk login --rotate`"),
        "{out}"
    );
}

#[test]
fn a_doctor_looks_at_everything_and_changes_nothing() {
    let case = Case::new();
    let (code, out, err) = case.run("doctor");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for piece in [
        "key\tsk_test_",
        "secret: it may do everything in test mode",
        "account\tacct_",
        "ms a request",
        "rak_charge_write: granted",
        "within 30 s of Stripe's",
        "policy\t",
        "data folder\t",
        "unbroken",
        "this output goes to no terminal",
        "held by paydesk alone",
    ] {
        assert!(out.contains(piece), "{piece}: {out}");
    }
    assert!(!out.contains(case.running.secret_key()));
    // Only read.
    let (_, trail) = case.json("audit list");
    assert_eq!(trail["result"].as_array().map(Vec::len), Some(0), "{trail}");
}

#[test]
fn a_permission_that_is_missing_is_named_and_one_too_many_too() {
    let restrict = "*:read,charge:none,refund:none".parse().unwrap();
    let case = Case::with(Options { restrict, ..Options::default() });
    let look = |line: &str| {
        said(case.command(line).env("STRIPE_API_KEY", case.running.restricted_key()).output().unwrap())
    };
    let (code, _, err) = look("doctor");
    assert_eq!(code, 9, "{err}");
    assert!(err.contains("✖ permission rak_charge_write: missing: grant it in the Dashboard"), "{err}");
    assert!(err.contains("✖ permission rak_customer_write: missing, reading alone is granted"), "{err}");
    assert!(err.contains("✔ permission rak_event_read: granted"), "{err}");
    // Nothing was changed to find out.
    let writes = case.running.requests().into_iter().filter(|seen| seen.method != "GET");
    assert!(writes.into_iter().all(|seen| seen.path.contains("/paydesk_doctor")));
    let (code, out, _) = look("doctor --json");
    let said: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &said["ok"]), (9, &false.into()), "{out}");
}

#[test]
fn a_permission_to_write_is_known_by_what_stripe_says_to_a_change_of_nothing() {
    let restrict = "*:write".parse().unwrap();
    let case = Case::with(Options { restrict, ..Options::default() });
    let mut line = case.command("doctor");
    let (code, out, err) = said(line.env("STRIPE_API_KEY", case.running.restricted_key()).output().unwrap());
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("rak_customer_write: granted, by Stripe's answer to a change of nothing"), "{out}");
    assert!(out.contains("rak_charge_write: granted, by Stripe's answer to a change of nothing"), "{out}");
    // Where no change is allowed, not even one of nothing is sent.
    case.running.forget_requests();
    let mut line = case.command("doctor --read-only");
    let (_, out, _) = said(line.env("STRIPE_API_KEY", case.running.restricted_key()).output().unwrap());
    assert!(
        out.contains("rak_charge_write: reading is granted; whether writing is was not tried: read-only"),
        "{out}"
    );
    assert!(case.running.requests().iter().all(|seen| seen.method == "GET"));
}

#[test]
fn a_doctor_says_what_is_wrong_with_what_is_not_there() {
    let case = Case::new();
    let (code, _, err) = keyless(&case, "doctor");
    assert!(code == 9 && err.contains("✖ key there is no key") && err.contains("`paydesk login`"), "{err}");
    let mut away = case.command("doctor");
    away.env("STRIPE_API_BASE", "http://127.0.0.1:9");
    let (code, _, err) = said(away.output().unwrap());
    assert!(code == 9 && err.contains("✖ account ") && err.contains("✔ audit trail"), "{err}");
}
