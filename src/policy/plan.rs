//! Rules of what a subscription costs from now on: another plan, another day of billing, time that is free.
//!
//! `subscriptions.change_plan` lists the directions that are allowed, `up` and `down`, each by itself. What stays level goes
//! with either; what cannot be compared (tiers, usage, a price that was not read) takes both.
//!
//! `subscriptions.proration` says what happens to the difference for the running period. `none` gives nothing where a plan
//! gets cheaper, and so is always allowed there; where it gets dearer it gives the difference away, and has to be the rule.
//!
//! `subscriptions.max_trial_days` counts to the end of the trial from now, or from the end of what is paid: asking twice gives no more,
//! since what is on trial is not paid.

use super::{
    Confirm, Facts, Mark,
    common::{self, Looks},
    rules::{Rule, Rules},
};
use crate::{
    actions::{PRORATIONS, PlanMove, Proposal, Step},
    model::{Kind, Subscription},
    time::DAY_S,
};

const SUBSCRIPTION: &str = "facts.subscription";
const CHANGE: Rule = Rule::SubscriptionsChangePlan;
const PRORATION: Rule = Rule::SubscriptionsProration;
const TRIAL: Rule = Rule::SubscriptionsMaxTrial;

/// Another plan, or something else about how a subscription is billed.
pub(super) fn change(looks: &mut Looks, rules: &Rules, proposal: &Proposal, facts: &Facts) -> Confirm {
    let ways = rules.words(CHANGE).unwrap_or_default();
    let may = |way: &str| ways.iter().any(|known| known == way);
    let (up, down) = (may("up"), may("down"));
    let drops = proposal.terms.steps.contains(&Step::DropSchedule);
    match (proposal.terms.plan, up, down) {
        (_, false, false) => {
            let says = format!("the role {} may not change plans", rules.role);
            looks.deny_but(CHANGE, says, "nothing: ask somebody who may");
        }
        (Some(PlanMove::Up), false, true) => {
            looks.deny_but(CHANGE, "it gets dearer over the same time", "a plan that costs no more than now");
        }
        (Some(PlanMove::Down), true, false) => {
            looks.deny_but(CHANGE, "it gets cheaper over the same time", "a plan that costs no less than now");
        }
        (Some(PlanMove::Unknown), up, down) if !(up && down) => looks.deny_but(
            CHANGE,
            "whether it goes up or down in price cannot be told: tiers or usage decide, or a price was not read",
            "a plan whose price can be compared",
        ),
        _ if drops && !(up && down) => {
            let says = "giving planned changes up takes both, up and down: they may have gone either way";
            looks.deny_but(CHANGE, says, "nothing: ask somebody who may do both");
        }
        (moves, ..) => {
            let what = match moves {
                Some(PlanMove::Up) => "a plan may be dearer over the same time",
                Some(PlanMove::Down) => "a plan may be cheaper over the same time",
                Some(PlanMove::Level | PlanMove::Unknown) => "a plan may be changed",
                None if drops => "planned changes may be given up",
                None => "how a subscription is billed may be changed",
            };
            looks.add(CHANGE, Mark::Confirm, format!("{what}, and that must be confirmed"));
        }
    }
    if proposal.terms.plan.is_some() || proposal.terms.proration.is_some() {
        proration(looks, rules, proposal);
    }
    if proposal.target.kind == Kind::Subscription
        && let Err(why) = common::subject::<Subscription>(facts, &proposal.target)
    {
        looks.deny(SUBSCRIPTION, why);
    }
    Confirm::Plain
}

/// What happens to the difference for the running period.
pub(super) fn proration(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    let rule = rules.word(PRORATION).unwrap_or("none");
    let cheaper = match proposal.terms.plan {
        Some(PlanMove::Down | PlanMove::Level) => true,
        Some(PlanMove::Up | PlanMove::Unknown) => false,
        None => proposal.terms.free_until.is_some(),
    };
    let demanded = match rule {
        "choose" => "may be settled in any way".to_owned(),
        "none" => "is neither charged nor given back".to_owned(),
        word if cheaper => format!("may be: {}, or nothing", common::called(PRORATIONS, word)),
        word => format!("must be: {}", common::called(PRORATIONS, word)),
    };
    let one = |value: &str| format!("{} (proration_behavior={value})", common::said(PRORATIONS, value));
    let allowed = || match rule {
        "choose" => PRORATIONS.iter().map(|choice| one(choice.value)).collect::<Vec<_>>().join(", or "),
        "none" => one(rule),
        _ if cheaper => format!("{}, or {}", one(rule), one("none")),
        _ => one(rule),
    };
    match proposal.terms.proration.as_deref() {
        None => {
            let says = "the proposal does not say what happens to the difference for the running period";
            looks.deny_but(PRORATION, says, allowed());
        }
        Some("none") if cheaper => looks.pass(PRORATION, "nothing is given back for the running period"),
        Some(asked @ ("none" | "create_prorations" | "always_invoice")) => {
            let says = format!("the difference for the running period {demanded}");
            if rule == "choose" || rule == asked {
                looks.pass(PRORATION, says);
            } else {
                looks.deny_but(PRORATION, says, allowed());
            }
        }
        Some(other) => {
            let says = format!("`{}` is no proration that is known", crate::text::clean(other));
            looks.deny_but(PRORATION, says, allowed());
        }
    }
    Confirm::Plain
}

/// Free time, from now or from the end of what is paid on.
pub(super) fn trial(looks: &mut Looks, rules: &Rules, proposal: &Proposal, facts: &Facts) -> Confirm {
    let most = rules.number(TRIAL).unwrap_or(0);
    let paid = proposal.terms.paid_until.filter(|paid| *paid > facts.now);
    let from = paid.map_or_else(
        || "from now".to_owned(),
        |paid| format!("after {}, until which it is paid", paid.date(&facts.zone)),
    );
    let until = paid.unwrap_or(facts.now).plus(i64::from(most).saturating_mul(DAY_S));
    let last = until.date(&facts.zone);
    let days = if most == 1 { "1 day".to_owned() } else { format!("{most} days") };
    match proposal.terms.free_until {
        _ if most == 0 => {
            let says = format!("the role {} may give no free time", rules.role);
            looks.deny_but(TRIAL, says, "nothing: ask somebody who may");
        }
        None => {
            looks.deny_but(TRIAL, "the proposal does not say when the trial ends", format!("until {last}"));
        }
        Some(end) if end > until => {
            let says = format!("a trial may end no later than {days} {from}");
            looks.deny_but(TRIAL, says, format!("a trial until {last}"));
        }
        Some(_) => {
            let says = format!("a trial may end up to {days} {from}, and that must be confirmed");
            looks.add(TRIAL, Mark::Confirm, says);
        }
    }
    if let Err(why) = common::subject::<Subscription>(facts, &proposal.target) {
        looks.deny(SUBSCRIPTION, why);
    }
    Confirm::Plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            Decision, Fact, Outcome, decide,
            fixture::{self, NOW, facts, looked, policy, strictest},
        },
        *,
    };
    use crate::{
        actions::{Args, Gate, Subject},
        model::{SubscriptionId, SubscriptionStatus},
    };

    fn subscription() -> Subject {
        Subject::made(&Subscription {
            id: SubscriptionId::parse("sub_1").unwrap(),
            status: SubscriptionStatus::Active,
            ..Subscription::default()
        })
    }

    fn build(action: &str, given: &[(&str, &str)]) -> Proposal {
        let all = Args::default().with("subscription", "sub_1");
        let args = given.iter().fold(all, |all, (name, value)| all.with(name, *value));
        fixture::build(action, &subscription(), &args)
    }

    /// A change of plan that goes this way.
    fn moving(plan: Option<PlanMove>, proration: Option<&str>) -> Proposal {
        let mut proposal = build("update_subscription", &[("description", "x")]);
        proposal.terms.plan = plan;
        proposal.terms.proration = proration.map(Into::into);
        proposal
    }

    fn says(rules: &str, proposal: &Proposal) -> String {
        strictest(&policy(rules), proposal, &facts(subscription()))
    }

    fn decided(rules: &str, proposal: &Proposal) -> Decision {
        decide(&policy(rules), proposal, &facts(subscription()))
    }

    const CHOOSE: &str = "subscriptions.proration = \"choose\"\nsubscriptions.change_plan = ";

    #[test]
    fn each_direction_stands_for_itself() {
        use PlanMove::{Down, Level, Unknown, Up};
        for (ways, up, down, level, unknown) in [
            ("false", false, false, false, false),
            ("[\"up\"]", true, false, true, false),
            ("[\"down\"]", false, true, true, false),
            ("true", true, true, true, true),
        ] {
            for (plan, may) in [(Up, up), (Down, down), (Level, level), (Unknown, unknown)] {
                let decision =
                    decided(&format!("{CHOOSE}{ways}"), &moving(Some(plan), Some("create_prorations")));
                assert_eq!(decision.outcome != Outcome::Deny, may, "{ways} {plan:?}");
            }
            let other = decided(&format!("{CHOOSE}{ways}"), &moving(None, None));
            assert_eq!(other.outcome != Outcome::Deny, up || down, "{ways}");
        }
        let denied = decided(&format!("{CHOOSE}[\"down\"]"), &moving(Some(Up), Some("none")));
        let rule = looked(&denied, "subscriptions.change_plan");
        assert_eq!(rule.says, "it gets dearer over the same time");
        assert_eq!(rule.allowed.as_deref(), Some("a plan that costs no more than now"));
    }

    #[test]
    fn the_difference_is_what_the_rule_says() {
        use PlanMove::{Down, Level, Unknown, Up};
        for rule in ["", "none", "create_prorations", "always_invoice", "choose"] {
            let line = if rule.is_empty() {
                String::new()
            } else {
                format!("subscriptions.proration = \"{rule}\"\n")
            };
            let rules = format!("{line}subscriptions.change_plan = true");
            let demanded = if rule.is_empty() { "none" } else { rule };
            for asked in ["none", "create_prorations", "always_invoice"] {
                for plan in [Up, Down, Level, Unknown] {
                    let gives_nothing = asked == "none" && matches!(plan, Down | Level);
                    let may = demanded == "choose" || demanded == asked || gives_nothing;
                    let decision = decided(&rules, &moving(Some(plan), Some(asked)));
                    assert_eq!(decision.outcome != Outcome::Deny, may, "{rule} {asked} {plan:?}");
                    if !may {
                        let allowed = looked(&decision, "subscriptions.proration").allowed.clone().unwrap();
                        let told = allowed.split("(proration_behavior=").skip(1);
                        let values: Vec<_> = told.filter_map(|told| told.split(')').next()).collect();
                        assert!(!values.is_empty(), "{allowed}");
                        for value in values {
                            let taken = decided(&rules, &moving(Some(plan), Some(value)));
                            assert_ne!(
                                taken.outcome,
                                Outcome::Deny,
                                "what is told to be allowed is: {allowed}"
                            );
                        }
                    }
                }
            }
            assert_eq!(decided(&rules, &moving(Some(Up), None)).outcome, Outcome::Deny, "it is not said");
            assert_eq!(decided(&rules, &moving(Some(Up), Some("half"))).outcome, Outcome::Deny);
        }
    }

    #[test]
    fn a_denied_difference_says_in_words_what_is_allowed() {
        let told = |rule: &str, plan: PlanMove, asked: &str| {
            let rules = format!("subscriptions = {{ change_plan = true, proration = \"{rule}\" }}");
            let decision = decided(&rules, &moving(Some(plan), Some(asked)));
            let rule = looked(&decision, "subscriptions.proration");
            format!("{} | {}", rule.says, rule.allowed.clone().unwrap_or_default())
        };
        assert_eq!(
            told("create_prorations", PlanMove::Up, "none"),
            "the difference for the running period must be: on the next invoice (create_prorations) | \
             on the next invoice (proration_behavior=create_prorations)"
        );
        assert_eq!(
            told("create_prorations", PlanMove::Down, "always_invoice"),
            "the difference for the running period may be: on the next invoice (create_prorations), or nothing | \
             on the next invoice (proration_behavior=create_prorations), or nothing for the running period \
             (proration_behavior=none)"
        );
    }

    #[test]
    fn what_was_not_read_is_denied() {
        let mut unread = facts(subscription());
        unread.subject = Fact::Unknown("timed out".into());
        let rules =
            policy("subscriptions = { change_plan = true, proration = \"choose\", max_trial_days = 30 }");
        for proposal in
            [moving(Some(PlanMove::Up), Some("none")), build("extend_trial", &[("trial_end", "in 3d")])]
        {
            assert!(strictest(&rules, &proposal, &unread).contains("could not be read: timed out"));
        }
    }

    #[test]
    fn planned_changes_are_given_up_only_by_who_may_go_either_way() {
        let mut proposal = moving(None, None);
        proposal.terms.steps = vec![Step::DropSchedule];
        for ways in ["[\"up\"]", "[\"down\"]", "false"] {
            assert_eq!(decided(&format!("{CHOOSE}{ways}"), &proposal).outcome, Outcome::Deny, "{ways}");
        }
        assert_ne!(decided(&format!("{CHOOSE}true"), &proposal).outcome, Outcome::Deny);
    }

    #[test]
    fn a_resumption_that_gives_the_rest_away_goes_by_the_rule() {
        let mut proposal = build("update_subscription", &[("description", "x")]);
        (proposal.gate, proposal.also) = (Gate::Pause, vec![Gate::Proration]);
        proposal.terms.plan = Some(PlanMove::Up);
        proposal.terms.proration = Some("none".into());
        let may = |rule: &str| {
            decided(&format!("subscriptions = {{ pause = true, proration = \"{rule}\" }}"), &proposal).outcome
        };
        assert_eq!(may("create_prorations"), Outcome::Deny);
        assert_ne!(may("none"), Outcome::Deny);
        assert_ne!(may("choose"), Outcome::Deny);
    }

    #[test]
    fn free_time_is_counted_from_now_or_from_the_end_of_what_is_paid() {
        let trial = |end: &str| build("extend_trial", &[("trial_end", end)]);
        let rules = "subscriptions.max_trial_days = 14";
        assert!(says(rules, &trial("in 14d")).starts_with("Confirm subscriptions.max_trial_days"));
        let decision = decided(rules, &trial("in 15d"));
        let rule = looked(&decision, "subscriptions.max_trial_days");
        assert_eq!(rule.says, "a trial may end no later than 14 days from now");
        assert_eq!(rule.allowed.as_deref(), Some("a trial until 7 Dec 2026"));
        // Nothing is given of what is paid.
        let paid = |end: &str| {
            let mut paid = trial(end);
            paid.terms.paid_until = Some(NOW.plus(10 * DAY_S));
            paid
        };
        assert!(says(rules, &paid("in 24d")).starts_with("Confirm subscriptions.max_trial_days"));
        let decision = decided(rules, &paid("in 25d"));
        let rule = looked(&decision, "subscriptions.max_trial_days");
        assert_eq!(
            rule.says,
            "a trial may end no later than 14 days after 3 Dec 2026, until which it is paid"
        );
        assert_eq!(rule.allowed.as_deref(), Some("a trial until 17 Dec 2026"));
        for none in ["", "subscriptions.max_trial_days = 0"] {
            assert!(
                says(none, &trial("in 1d"))
                    .starts_with("Deny subscriptions.max_trial_days: the role agent may give no free time")
            );
        }
        let credited =
            build("extend_trial", &[("trial_end", "in 3d"), ("proration_behavior", "create_prorations")]);
        assert!(
            says(rules, &credited).starts_with("Deny subscriptions.proration"),
            "credit for days already paid has its rule"
        );
    }

    proptest! {
        #[test]
        fn more_free_time_is_never_easier_and_the_longest_is_allowed(most in 0..40_u32, days in 1..60_i64, more in 0..30_i64) {
            let rules = format!("subscriptions.max_trial_days = {most}");
            let may = |days: i64| {
                let end = NOW.plus(days.saturating_mul(DAY_S)).0.to_string();
                decided(&rules, &build("extend_trial", &[("trial_end", &end)])).outcome != Outcome::Deny
            };
            prop_assert!(may(days) || !may(days.saturating_add(more)));
            if most > 0 {
                prop_assert!(may(i64::from(most)) && !may(i64::from(most).saturating_add(1)));
            }
        }
    }
}
