//! What loads but is probably not meant: thresholds in the wrong order, rules that nothing can reach, live without a cap.

use super::{
    file::Policy,
    role::{BASE_ROLE, NO_ROLE},
    rules::{Rule, Rules, Value},
};
use crate::money::{Currency, Money};

/// One remark about a policy that loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// `refunds.automatic`, `roles.lead`
    pub rule: String,
    /// Zero where it is about something that is not there.
    pub line: u32,
    pub message: String,
}

/// The first must be no larger than the second: rule, rule, and what it means when it is.
const ORDER: &[(Rule, Rule, &str)] = &[
    (Rule::RefundsAutomatic, Rule::RefundsMax, "the most one refund may be, so nothing is ever confirmed"),
    (Rule::RefundsAutomatic, Rule::RefundsSecondPerson, "what needs a second person, who is asked first"),
    (Rule::RefundsAutomatic, Rule::CapAgent, "a whole day's cap"),
    (Rule::RefundsAutomatic, Rule::CapTeam, "a whole day's cap"),
    (Rule::RefundsAutomatic, Rule::CapCustomer, "a whole day's cap"),
    (Rule::CapAgent, Rule::CapTeam, "the team's cap, so it can never be reached"),
    (Rule::CapCustomer, Rule::CapTeam, "the team's cap, so it can never be reached"),
];
/// A threshold at or above the second is never crossed.
const UNREACHED: &[(Rule, Rule)] =
    &[(Rule::RefundsSecondPerson, Rule::RefundsMax), (Rule::RefundsNoteAbove, Rule::RefundsMax)];
const CAPS: &[Rule] = &[Rule::CapAgent, Rule::CapTeam, Rule::CapCustomer];

/// Every remark once, in the order of the file. Roles that do not exist and cycles are errors of the file itself.
pub fn lint(policy: &Policy) -> Vec<Lint> {
    let mut lints = Vec::new();
    for role in policy.roles() {
        rules(&policy.effective_role(role), &mut lints);
    }
    for agent in policy.agents.keys() {
        rules(&policy.effective(agent), &mut lints);
    }
    unused(policy, &mut lints);
    lints.sort_by(|a, b| (a.line, &a.rule, &a.message).cmp(&(b.line, &b.rule, &b.message)));
    lints.dedup();
    lints
}

fn rules(rules: &Rules, lints: &mut Vec<Lint>) {
    let mut note = |rule: Rule, message: String| {
        let line = rules.get(rule).map_or(0, |set| set.line);
        lints.push(Lint { rule: rule.to_string(), line, message });
    };
    for (rule, limit, why) in ORDER {
        for (amount, most) in both(rules, *rule, *limit) {
            if amount.minor() > most.minor() {
                note(*rule, format!("{amount} is above {limit} ({most}): {why}"));
            }
        }
    }
    for (rule, limit) in UNREACHED {
        for (amount, most) in both(rules, *rule, *limit) {
            if amount.minor() >= most.minor() {
                note(*rule, format!("{amount} is never exceeded: {limit} is {most}"));
            }
        }
    }
    let has = |rule, currency: Currency| rules.amount(rule, currency).is_some();
    for info in Rule::ALL.iter().filter(|info| info.name.starts_with("refunds.")) {
        for currency in rules.amounts(info.rule).into_iter().flat_map(|amounts| amounts.keys()) {
            if !has(Rule::RefundsMax, *currency) {
                note(info.rule, format!("{currency} has no refunds.max, so it cannot be refunded at all"));
            }
        }
    }
    let refunds = rules.flag(Rule::RefundsAllowed) != Some(false);
    if refunds && rules.flag(Rule::ModesLive) != Some(false) {
        for currency in rules.amounts(Rule::RefundsMax).into_iter().flat_map(|amounts| amounts.keys()) {
            if !CAPS.iter().any(|cap| has(*cap, *currency)) {
                note(Rule::RefundsMax, format!("{currency} can be refunded live without any daily cap"));
            }
        }
    }
    if rules.number(Rule::HoursFrom).is_some_and(|from| rules.number(Rule::HoursTo) == Some(from)) {
        note(Rule::HoursFrom, "it begins when it ends: nothing may ever be changed".into());
    }
    if rules.words(Rule::HoursDays).is_some_and(<[String]>::is_empty) {
        note(Rule::HoursDays, "no day is left: nothing may ever be changed".into());
    }
    for info in Rule::ALL.iter().filter(|info| !info.decided) {
        let restricts = rules.get(info.rule).is_some_and(|set| set.value != Value::Flag(true));
        if restricts {
            note(info.rule, "is read, but this version does not enforce it".into());
        }
    }
}

/// The amounts of both rules, in each currency that both name.
fn both(rules: &Rules, first: Rule, second: Rule) -> Vec<(Money, Money)> {
    let named = rules.amounts(first).into_iter().flat_map(|amounts| amounts.keys());
    named
        .filter_map(|currency| Some((rules.amount(first, *currency)?, rules.amount(second, *currency)?)))
        .collect()
}

fn unused(policy: &Policy, lints: &mut Vec<Lint>) {
    let used = |name: &str| {
        policy.default_role == name
            || policy.agents.values().any(|agent| agent.role.as_deref() == Some(name))
            || policy.roles.values().any(|role| role.extends.as_deref() == Some(name))
    };
    for (name, role) in policy.roles.iter().filter(|(name, _)| !used(name)) {
        let rule = format!("roles.{}", crate::text::clean(name));
        lints.push(Lint { rule, line: role.line, message: "nobody has this role".into() });
    }
    if policy.default_role == NO_ROLE && policy.agents.is_empty() {
        let message = format!("nobody has a role: name agents, or make `{BASE_ROLE}` the default");
        lints.push(Lint { rule: "default_role".into(), line: 0, message });
    }
}
