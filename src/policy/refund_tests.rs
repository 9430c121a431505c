//! Tests of the rules of refunds.

use super::{
    super::{
        Decision, Outcome, decide,
        fixture::{self, NOW, currency, looked, policy, refund_facts, strictest, usd},
        largest_refund,
    },
    *,
};
use crate::actions::Subject;

const SKETCH: &str = r#"
    refunds.max = { usd = "500.00" }
    refunds.automatic = { usd = "50.00" }
    refunds.second_person_above = { usd = "300.00" }
    refunds.note_above = { usd = "100.00" }
    refunds.max_age_days = 180
    refunds.daily_cap.per_agent = { usd = "2000.00" }
    refunds.daily_cap.per_customer = { usd = "600.00" }
"#;

fn decided(rules: &str, minor: i64, change: impl Fn(&mut Proposal, &mut Facts)) -> Decision {
    let (mut proposal, mut facts) = (fixture::refund(minor), refund_facts());
    change(&mut proposal, &mut facts);
    decide(&policy(rules), &proposal, &facts)
}

fn says(rules: &str, minor: i64, change: impl Fn(&mut Proposal, &mut Facts)) -> String {
    let (mut proposal, mut facts) = (fixture::refund(minor), refund_facts());
    change(&mut proposal, &mut facts);
    strictest(&policy(rules), &proposal, &facts)
}

fn spend(facts: &mut Facts, agent: i64, customer: i64) {
    let mut spent = Spent::default();
    spent.agent.add(usd(agent));
    spent.customer.add(usd(customer));
    facts.spent = Fact::Known(spent);
}

fn with_charge(facts: &mut Facts, alter: impl Fn(&mut Charge)) {
    let mut charge = fixture::charge();
    alter(&mut charge);
    facts.subject = Fact::Known(Subject::made(&charge));
}

#[test]
fn each_threshold_is_part_of_the_smaller_side() {
    let outcome = |minor| decided(SKETCH, minor, |_, _| {}).outcome;
    assert_eq!(outcome(5_000), Outcome::Allow);
    assert_eq!(outcome(5_001), Outcome::Confirm(Confirm::TypeAmount(usd(5_001))));
    assert_eq!(outcome(30_000), Outcome::Confirm(Confirm::TypeAmount(usd(30_000))));
    assert_eq!(outcome(30_001), Outcome::SecondPerson);
    assert_eq!(outcome(50_000), Outcome::SecondPerson);
    assert_eq!(outcome(50_001), Outcome::Deny);
}

#[test]
fn a_refund_in_parts_is_one_refund() {
    let after = |before: i64, minor: i64| {
        decided(SKETCH, minor, |_, facts| {
            with_charge(facts, |charge| {
                (charge.amount, charge.amount_captured, charge.amount_refunded) = (99_900, 99_900, before);
            });
        })
    };
    assert_eq!(after(4_999, 1).outcome, Outcome::Allow);
    assert_eq!(after(5_000, 1).outcome, Outcome::Confirm(Confirm::TypeAmount(usd(1))));
    assert_eq!(after(29_999, 1).outcome, Outcome::Confirm(Confirm::TypeAmount(usd(1))));
    assert_eq!(after(30_000, 29_000).outcome, Outcome::Deny);
    assert_eq!(after(30_000, 1).outcome, Outcome::SecondPerson);
    let says = |minor: i64| looked(&after(30_000, minor), "refunds.max").clone();
    assert_eq!(says(20_000).mark, Mark::Pass);
    assert_eq!(says(20_001).mark, Mark::Deny);
    assert_eq!(
        says(20_001).says,
        "$500.00 is the most one refund may be, counting the $300.00 given back before"
    );
    assert_eq!(says(20_001).allowed.as_deref(), Some("the most you may refund here alone is $0.00"));
}

#[test]
fn two_persons_are_two_names_that_may_both_do_it() {
    let rules = format!("{SKETCH}\nroles.helper.refunds.max.usd = \"310.00\"\nagents.kim = \"helper\"");
    let with = |other: &str, minor: i64| {
        decided(&rules, minor, |proposal, _| proposal.terms.second = Some(other.into()))
    };
    let two = with("lea", 40_000);
    assert_eq!(two.outcome, Outcome::Confirm(Confirm::TypeAmount(usd(40_000))));
    let says = &looked(&two, "refunds.second_person_above").says;
    assert_eq!(says, "above $300.00 a second person must agree: lea does");
    assert_eq!(looked(&two, "second_person").says, "lea may agree to it");
    for same in ["ben", " Ben", "assistant", "Assistant ", ""] {
        assert_ne!(with(same, 40_000).outcome, Outcome::Confirm(Confirm::TypeAmount(usd(40_000))), "{same}");
    }
    assert_eq!(with("lea", 50_001).outcome, Outcome::Deny, "two lift no denial");
    assert_eq!(with("kim", 31_000).outcome, Outcome::Confirm(Confirm::TypeAmount(usd(31_000))));
    let kim = with("kim", 31_001);
    assert_eq!(kim.outcome, Outcome::Deny);
    let says = &looked(&kim, "second_person").says;
    assert_eq!(says, "kim may not agree to it: $310.00 is the most one refund may be (refunds.max)");
}

#[test]
fn the_words_are_for_the_agent() {
    let decision = decided(SKETCH, 9_900, |_, facts| spend(facts, 31_200, 0));
    let says = |rule: &str| looked(&decision, rule).says.clone();
    assert_eq!(says("refunds.max"), "$500.00 is the most one refund may be");
    assert_eq!(says("refunds.automatic"), "above $50.00 a refund must be confirmed");
    assert_eq!(says("refunds.daily_cap.per_agent"), "you refunded today $312.00 → $411.00 of $2,000.00");
    assert_eq!(says("refunds.reason"), "a reason is given");
    assert_eq!(says("refunds.max_age_days"), "the payment is 1 day old; 180 days is the most");
}

#[test]
fn rules_are_told_in_their_order() {
    let decision = decided(SKETCH, 9_900, |_, _| {});
    let told: Vec<_> = decision.rules.iter().map(|looked| looked.rule.as_str()).collect();
    assert_eq!(
        told,
        [
            "refunds.currency",
            "refunds.max",
            "refunds.automatic",
            "refunds.second_person_above",
            "refunds.reason",
            "refunds.note_above",
            "refunds.max_age_days",
            "refunds.disputed",
            "charge.left",
            "refunds.daily_cap.per_agent",
            "refunds.daily_cap.per_customer",
        ]
    );
}

#[test]
fn a_denial_says_what_would_be_allowed() {
    let allowed = |minor, change: fn(&mut Proposal, &mut Facts)| {
        let decision = decided(SKETCH, minor, change);
        assert_eq!(decision.outcome, Outcome::Deny);
        let denied = decision.rules.into_iter().find(|looked| looked.mark == Mark::Deny).unwrap();
        format!("{}: {}", denied.rule, denied.allowed.unwrap())
    };
    assert_eq!(allowed(60_000, |_, _| {}), "refunds.max: the most you may refund here alone is $300.00");
    assert_eq!(
        allowed(20_000, |_, facts| spend(facts, 181_200, 0)),
        "refunds.daily_cap.per_agent: the most you may refund here is $188.00"
    );
    assert_eq!(
        allowed(1, |_, facts| spend(facts, 0, 60_000)),
        "refunds.daily_cap.per_customer: nothing may be refunded here now"
    );
    assert_eq!(
        allowed(20_000, |proposal, _| proposal.terms.note = None),
        "refunds.note_above: the same with a note"
    );
}

#[test]
fn what_has_to_be_said_has_to_be_said() {
    let blank = |proposal: &mut Proposal, _: &mut Facts| proposal.terms.reason = Some("  ".into());
    assert_eq!(says(SKETCH, 100, blank), "Deny refunds.reason: a reason must be chosen");
    let none = |proposal: &mut Proposal, _: &mut Facts| proposal.terms.note = None;
    assert_eq!(says(SKETCH, 10_001, none), "Deny refunds.note_above: above $100.00 a note must be written");
    assert!(says(SKETCH, 10_000, none).starts_with("Confirm"));
    let optional = format!("{SKETCH}\nrefunds.reason = \"optional\"");
    assert!(says(&optional, 100, blank).starts_with("Pass"));
}

#[test]
fn a_currency_without_a_limit_of_its_own_is_denied() {
    let rules = "refunds.max = { eur = \"500.00\" }";
    assert_eq!(
        says(rules, 100, |_, _| {}),
        "Deny refunds.currency: USD has no limit of its own in refunds.max"
    );
    assert!(says("", 100, |_, _| {}).contains("refunds.currency"));
    let unknown = |proposal: &mut Proposal, facts: &mut Facts| {
        proposal.amount = Some(Money::new(100, currency("zzz")));
        with_charge(facts, |charge| charge.currency = currency("zzz"));
    };
    assert!(says(SKETCH, 100, unknown).contains("ZZZ has no limit"));
    let other = |proposal: &mut Proposal, _: &mut Facts| {
        proposal.amount = Some(Money::new(100, currency("eur")));
    };
    assert!(says(SKETCH, 100, other).contains("the charge is in USD, the refund in EUR"));
}

#[test]
fn the_charge_decides_too() {
    let old = |_: &mut Proposal, facts: &mut Facts| facts.now = NOW.plus(180 * DAY_S);
    assert!(says(SKETCH, 100, old).contains("the payment is 181 days old; 180 days is the most"));
    let edge = |_: &mut Proposal, facts: &mut Facts| facts.now = NOW.plus(179 * DAY_S);
    assert!(says(SKETCH, 100, edge).starts_with("Pass"));
    let disputed = |_: &mut Proposal, facts: &mut Facts| with_charge(facts, |charge| charge.disputed = true);
    assert!(says(SKETCH, 100, disputed).starts_with("Deny refunds.disputed"));
    let confirm = format!("{SKETCH}\nrefunds.disputed = \"confirm\"");
    assert!(says(&confirm, 100, disputed).starts_with("Confirm refunds.disputed"));
    let left = |_: &mut Proposal, facts: &mut Facts| {
        with_charge(facts, |charge| charge.amount_refunded = 99_901);
    };
    let most = r#"refunds.max = { usd = "5000.00" }"#;
    assert_eq!(says(most, 100, left), "Deny charge.left: $0.99 of the charge is left to refund");
}

#[test]
fn only_a_part_means_never_the_rest() {
    let rules = r#"refunds.max = { usd = "5000.00" }
        refunds.partial_only = true"#;
    assert!(says(rules, 100_000, |_, _| {}).starts_with("Deny refunds.partial_only"));
    assert!(says(rules, 99_999, |_, _| {}).starts_with("Confirm"));
}

#[test]
fn what_is_not_known_is_denied_by_name() {
    let unread = |_: &mut Proposal, facts: &mut Facts| facts.subject = Fact::Unknown("timed out".into());
    assert_eq!(says(SKETCH, 100, unread), "Deny facts.charge: the charge could not be read: timed out");
    let other = |_: &mut Proposal, facts: &mut Facts| {
        with_charge(facts, |charge| charge.id = crate::model::ChargeId::parse("ch_2").unwrap());
    };
    assert_eq!(says(SKETCH, 100, other), "Deny facts.charge: ch_2 was read, and not ch_1");
    let kind = |_: &mut Proposal, facts: &mut Facts| {
        facts.subject = Fact::Known(super::super::fixture::subscription());
    };
    assert!(says(SKETCH, 100, kind).contains("sub_123456 was read, and not ch_1"));
    let spent = |_: &mut Proposal, facts: &mut Facts| facts.spent = Fact::Unknown("offline".into());
    assert_eq!(says(SKETCH, 100, spent), "Deny facts.spent: what was refunded before is not known: offline");
    assert_eq!(
        largest_refund(&policy(SKETCH), &fixture::refund(100), &{
            let mut facts = refund_facts();
            facts.spent = Fact::Unknown("offline".into());
            facts
        }),
        None
    );
}

#[test]
fn without_stripe_only_small_refunds_go_on() {
    let local = |_: &mut Proposal, facts: &mut Facts| {
        facts.spent = Fact::Known(Spent { local_only: true, ..Spent::default() });
    };
    assert!(says(SKETCH, 5_000, local).starts_with("Pass"));
    assert!(says(SKETCH, 5_001, local).starts_with("Deny facts.spent"));
}

#[test]
fn no_amount_and_nothing_are_no_refunds() {
    for amount in [None, Some(usd(0)), Some(usd(-5)), Some(usd(i64::MIN))] {
        let says = says(SKETCH, 100, |proposal, _| proposal.amount = amount);
        assert!(says.starts_with("Deny refunds.amount"), "{says}");
    }
}

#[test]
fn sums_neither_wrap_nor_make_room() {
    let full = |_: &mut Proposal, facts: &mut Facts| spend(facts, i64::MAX, 0);
    assert!(says(SKETCH, 100, full).starts_with("Deny refunds.daily_cap.per_agent"));
    let mut facts = refund_facts();
    spend(&mut facts, i64::MIN, -1);
    assert_eq!(largest_refund(&policy(SKETCH), &fixture::refund(1), &facts), Some(usd(50_000)));
}

#[test]
fn a_role_may_be_without_refunds() {
    let rules = format!("default_role = \"viewer\"\n{SKETCH}\n[roles.viewer]\nrefunds.allowed = false");
    assert_eq!(says(&rules, 100, |_, _| {}), "Deny refunds.allowed: the role viewer may not refund");
}
