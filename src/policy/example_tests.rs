//! Tests of the examples that a policy file promises.

use super::{super::fixture::policy, *};

fn runs(rules: &str, case: &str, expect: &str) -> Ran {
    let text = format!("{rules}\n[[example]]\ncase = \"{case}\"\nexpect = \"{expect}\"");
    run_examples(&policy(&text)).remove(0)
}

#[test]
fn the_built_in_examples_hold() {
    let ran = run_examples(&Policy::builtin());
    assert!(ran.len() >= 7);
    for ran in ran {
        assert!(ran.passed, "line {}: {} gave {}, not {}", ran.line, ran.case, ran.got, ran.expected);
    }
}

#[test]
fn a_broken_promise_is_told_with_what_came() {
    let rules = "refunds.max = { usd = \"10.00\" }";
    let ran = runs(rules, "refund_charge amount=11.00", "allow");
    assert!(!ran.passed);
    assert_eq!((ran.got.as_str(), ran.line), ("deny refunds.max", 4));
    assert!(runs(rules, "refund_charge amount=9.00 note=none", "confirm refunds.automatic").passed);
    assert!(!runs(rules, "refund_charge amount=11.00", "deny refunds.reason").passed);
    assert!(runs(rules, "refund_charge amount=11.00 role=nobody", "allow").got.contains("no role `nobody`"));
}

#[test]
fn the_facts_of_a_case_count() {
    let rules = "refunds.max = { usd = \"500.00\" }\nrefunds.max_age_days = 30\nmodes.live = false
        refunds.max_per_customer = { count = 3, days = 30 }";
    for (case, rule) in [
        ("age_days=31", "refunds.max_age_days"),
        ("disputed=true", "refunds.disputed"),
        ("reason=none", "refunds.reason"),
        ("live=true", "modes.live"),
        ("times=3", "refunds.max_per_customer"),
    ] {
        let ran = runs(rules, &format!("refund_charge amount=1.00 {case}"), &format!("deny {rule}"));
        assert!(ran.passed, "{case}: {}", ran.got);
    }
    assert!(runs(rules, "refund_charge amount=1.00 age_days=30", "confirm").passed);
}

#[test]
fn any_change_of_what_there_is_an_example_of_can_be_tried() {
    let rules =
        "payments.edit = true\ncustomers.max_credit = { usd = \"10.00\" }\nsubscriptions.pause = false
        subscriptions.cancel = [\"date\"]\nsubscriptions.max_trial_days = 7";
    for (case, expect) in [
        ("update_charge description=gift", "confirm payments.edit"),
        ("adjust_customer_balance amount=10.00", "confirm customers.max_credit"),
        ("adjust_customer_balance amount=10.01", "deny customers.max_credit"),
        ("pause_subscription behavior=void", "deny subscriptions.pause"),
        ("cancel_subscription when=date", "confirm subscriptions.cancel"),
        ("extend_trial", "deny subscriptions.max_trial_days"),
    ] {
        let ran = runs(rules, case, expect);
        assert!(ran.passed, "{case}: {}", ran.got);
    }
}

#[test]
fn cases_are_checked_when_they_are_read() {
    let wrong = |text: &str| Case::parse(text).unwrap_err();
    assert!(wrong("").contains("empty"));
    assert!(
        wrong("refund_chrage")
            .contains("cannot be tried: there is no such action, did you mean `refund_charge`?")
    );
    assert!(wrong("get_charge").contains("`get_charge` cannot be tried: it changes nothing"));
    assert!(wrong("close_dispute").contains("there is no example of a dispute"));
    assert!(wrong("refund_charge amuont=5").contains("did you mean `amount`"));
    assert!(wrong("refund_charge amount=5,00").contains("thousands"));
    assert!(wrong("refund_charge amount").contains("no name=value"));
    assert!(wrong("refund_charge amount=5 disputed=maybe").contains("true or false"));
    assert!(wrong("cancel_subscription when=later").contains("not one of"));
    assert!(Expect::parse("maybe").unwrap_err().contains("none of allow"));
    assert!(Expect::parse("deny a b").is_err());
}
