//! Tests of policy files: what loads, and what each fault says.

use std::{fs, path::PathBuf};

use super::{
    super::{decide, fixture, fixture::policy, run_examples},
    *,
};

/// Name and text of each file of a folder of cases.
fn cases(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/policies").join(folder);
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into(), fs::read_to_string(path).unwrap()))
        .collect();
    cases.sort();
    cases
}

#[test]
fn a_file_with_a_fault_says_which_and_where() {
    let cases = cases("invalid");
    assert!(cases.len() >= 40);
    let mut wrong = Vec::new();
    for (name, text) in cases {
        let expected = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
        let got = Policy::parse(&text, &name).map_or_else(|error| error.to_string(), |_| "it loads".into());
        if got != expected {
            wrong.push(format!("{name}\n  expected {expected}\n  got      {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn valid_files_load_and_keep_their_promises() {
    for (name, text) in cases("valid") {
        let policy = Policy::parse(&text, &name).unwrap_or_else(|error| panic!("{error}"));
        for ran in run_examples(&policy) {
            assert!(ran.passed, "{name}:{}: {} gave {}", ran.line, ran.case, ran.got);
        }
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy, "{name}");
    }
}

#[test]
fn every_rule_has_its_place_in_the_cases_and_in_the_built_in_file() {
    let (_, text) = cases("valid").into_iter().find(|(name, _)| name == "every_rule.toml").unwrap();
    let policy = Policy::parse(&text, "every_rule.toml").unwrap();
    for info in Rule::ALL {
        assert!(policy.base.contains_key(&info.rule), "{} is in no case", info.name);
        let last = info.name.rsplit('.').next().unwrap();
        let stands = |line: &str| line.trim_start_matches("# ").split(' ').next() == Some(last);
        assert!(BUILTIN.lines().any(stands), "{} is not in the built-in file", info.name);
    }
}

#[test]
fn the_built_in_file_loads_with_and_without_its_comments() {
    assert_eq!(Policy::builtin().why_closed(), None);
    assert_eq!(Policy::builtin().hash().len(), 64);
    let uncommented: String = BUILTIN
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rule) if rule.starts_with('[') || rule.split(' ').nth(1) == Some("=") => {
                format!("{rule}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let whole = Policy::parse(&uncommented, "policy.toml").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(whole.base.len(), Rule::ALL.len());
}

#[test]
fn the_hash_is_that_of_the_text() {
    // printf 'version = 1\n' | sha256sum
    let hash = "dbab12665d98aef021ba64953c61b0ed8a908cfb56a1c01e2fcb4b052b71a2a1";
    assert_eq!(policy("").hash(), hash);
    assert_ne!(policy("# more").hash(), hash);
}

#[test]
fn a_broken_file_lets_nobody_change_anything() {
    let error = Policy::parse("version = 1\nrefunds.maximum = 1", "policy.toml").unwrap_err();
    assert_eq!((error.line, error.column), (2, 9));
    assert_eq!(error.key.as_deref(), Some("refunds.maximum"));
    let policy = Policy::broken(&error);
    let strict = fixture::strictest(&policy, &fixture::refund(100), &fixture::refund_facts());
    assert!(strict.starts_with("Deny policy.file: the policy does not load: policy.toml:2:9: "), "{strict}");
}

#[test]
fn without_a_file_test_mode_works_and_live_does_not() {
    let outcome = |live: bool| {
        let mut facts = fixture::refund_facts();
        facts.live = live;
        decide(&Policy::without_file(live), &fixture::refund(4_900), &facts)
    };
    assert_eq!(outcome(false).outcome, super::super::Outcome::Allow);
    let live = outcome(true);
    assert_eq!(live.outcome, super::super::Outcome::Deny);
    assert!(fixture::looked(&live, "policy.file").says.contains("no policy file"));
}

#[test]
fn hostile_files_are_errors_and_not_crashes() {
    let deep = format!("version = 1\nx = {}", "[".repeat(10_000));
    let long = "#".repeat(BYTES_MOST + 1);
    for text in ["", "\u{feff}", "\0", "[", "= 1", "version", "version = \"1\"", "[[version]]", &deep, &long]
    {
        assert!(Policy::parse(text, "p").is_err(), "{:?}", text.get(..20));
    }
    let facts = fixture::facts(fixture::subscription());
    let closed = Policy::closed("why\x1b[31m");
    assert!(!fixture::strictest(&closed, &fixture::refund(1), &facts).contains('\x1b'));
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}") {
        let _either = Policy::parse(&text, "p");
    }

    #[test]
    fn no_toml_breaks_the_reader(
        key in "(refunds|hours|roles|agents|example|version|subscriptions)(\\.[a-z_]{1,12}){0,3}",
        value in "(true|-?[0-9]{1,4}(\\.[0-9])?|\"[a-z:0-9.]{0,8}\"|\\[(\"now\",?)*\\]|\\{ ?(usd = \"[0-9.,]{1,6}\")? ?\\}|1979-05-27)",
    ) {
        let _either = Policy::parse(&format!("version = 1\n{key} = {value}"), "p");
    }
}
