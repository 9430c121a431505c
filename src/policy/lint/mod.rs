//! What loads but is probably not meant: thresholds in the wrong order, rules that nothing can reach, live without a cap.

mod sections;

use super::{
    file::Policy,
    role::{ASSISTANT, BASE_ROLE, NO_ROLE},
    rules::{Rule, Rules},
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
    (Rule::RefundsMax, Rule::CapAgent, "a whole day's cap, so it can never be reached"),
    (Rule::RefundsMax, Rule::CapTeam, "a whole day's cap, so it can never be reached"),
    (Rule::RefundsMax, Rule::CapCustomer, "a whole day's cap, so it can never be reached"),
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
    sections::look(policy, &mut lints);
    lints.sort_by(|a, b| (a.line, &a.rule, &a.message).cmp(&(b.line, &b.rule, &b.message)));
    lints.dedup();
    lints
}

fn rules(rules: &Rules, lints: &mut Vec<Lint>) {
    let mut note = |rule: Rule, message: String| {
        let line = rules.get(rule).map_or(0, |set| set.place.line);
        lints.push(Lint { rule: rule.to_string(), line, message });
    };
    amounts(rules, &mut note);
    reached(rules, &mut note);
}

/// Thresholds against each other, and currencies that something is missing for.
fn amounts(rules: &Rules, note: &mut impl FnMut(Rule, String)) {
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
}

/// What the other rules leave nothing for.
fn reached(rules: &Rules, note: &mut impl FnMut(Rule, String)) {
    if rules.number(Rule::HoursFrom).is_some_and(|from| rules.number(Rule::HoursTo) == Some(from)) {
        note(Rule::HoursFrom, "it begins when it ends: nothing may ever be changed".into());
    }
    if rules.flag(Rule::ModesLive) == Some(false) && rules.flag(Rule::ModesTest) == Some(false) {
        note(Rule::ModesLive, "neither live nor test mode is left: nothing may ever be changed".into());
    }
    let nothing = |rule| rules.words(rule).is_none_or(<[String]>::is_empty);
    if rules.get(Rule::SubscriptionsProration).is_some()
        && nothing(Rule::SubscriptionsCancel)
        && nothing(Rule::SubscriptionsChangePlan)
    {
        let why = "nobody with these rules may cancel or change a plan, so it is never looked at";
        note(Rule::SubscriptionsProration, why.into());
    }
    if rules
        .discount(Rule::SubscriptionsMaxDiscount)
        .is_some_and(|(percent, months)| (percent == 0) != (months == 0))
    {
        note(
            Rule::SubscriptionsMaxDiscount,
            "one of the two is zero: no discount can be given at all".into(),
        );
    }
    if let Some((count, days)) = rules.often(Rule::RefundsPerCustomer) {
        if count == 0 {
            note(Rule::RefundsPerCustomer, "no refund at all is left: say refunds.allowed = false".into());
        } else if days == 0 {
            note(Rule::RefundsPerCustomer, "in 0 days nothing is ever counted".into());
        }
    }
    let edits = rules.flag(Rule::CustomersUpdateEmail) == Some(true);
    if rules.word(Rule::CustomersNotes) == Some("metadata") && !edits {
        let why = "it is a change of the customer, which customers.update_email allows nobody here: no note can be written";
        note(Rule::CustomersNotes, why.into());
    }
    if rules.words(Rule::HoursDays).is_some_and(<[String]>::is_empty) {
        note(Rule::HoursDays, "no day is left: nothing may ever be changed".into());
    }
    let listed = rules.words(Rule::AssistantActions).is_some_and(|actions| !actions.is_empty());
    if rules.get(Rule::AssistantWaitHours).is_some() && !listed {
        note(Rule::AssistantWaitHours, "assistant.actions lists nothing, so nothing waits".into());
    }
    if rules.number(Rule::AssistantWaitHours) == Some(0) && listed {
        note(Rule::AssistantWaitHours, "no time is left: what waits for a person is over at once".into());
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
        name == ASSISTANT
            || policy.default_role == name
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

#[cfg(test)]
mod tests {
    use super::{super::fixture::policy, *};

    fn lints(rules: &str) -> Vec<String> {
        lint(&policy(rules))
            .into_iter()
            .map(|lint| format!("{}:{} {}", lint.line, lint.rule, lint.message))
            .collect()
    }

    #[track_caller]
    fn has(rules: &str, piece: &str) {
        let lints = lints(rules);
        assert!(lints.iter().any(|lint| lint.contains(piece)), "{piece}: {lints:?}");
    }

    const FINE: &str = r#"
        refunds.max = { usd = "500.00" }
        refunds.automatic = { usd = "50.00" }
        refunds.daily_cap.per_agent = { usd = "2000.00" }"#;

    #[test]
    fn a_sound_policy_has_no_remarks() {
        assert_eq!(lints(FINE), Vec::<String>::new());
    }

    #[test]
    fn thresholds_in_the_wrong_order_are_told() {
        let max = "refunds.max = { usd = \"10.00\" }\n";
        has(
            &format!("{max}refunds.automatic = {{ usd = \"20.00\" }}"),
            "3:refunds.automatic $20.00 is above refunds.max ($10.00)",
        );
        has(&format!("{max}refunds.second_person_above = {{ usd = \"10.00\" }}"), "is never exceeded");
        has(
            &format!("{max}refunds.note_above = {{ usd = \"50.00\" }}"),
            "3:refunds.note_above $50.00 is never",
        );
        has(
            &format!(
                "{max}refunds.automatic = {{ usd = \"9.00\" }}\nrefunds.daily_cap.per_team = {{ usd = \"5.00\" }}"
            ),
            "above refunds.daily_cap.per_team ($5.00): a whole day's cap",
        );
        has(
            "refunds.daily_cap = { per_agent = { usd = \"9.00\" }, per_team = { usd = \"5.00\" } }",
            "the team's cap, so it can never be reached",
        );
    }

    #[test]
    fn live_without_a_cap_is_told_unless_live_is_off() {
        let rules =
            "refunds.max = { usd = \"10.00\", eur = \"10.00\" }\nrefunds.daily_cap.per_agent.usd = \"50.00\"";
        has(rules, "2:refunds.max EUR can be refunded live without any daily cap");
        assert_eq!(lints(&format!("{rules}\nmodes.live = false")), Vec::<String>::new());
    }

    #[test]
    fn what_can_never_apply_is_told() {
        has("refunds.automatic = { usd = \"1.00\" }", "USD has no refunds.max");
        has("hours = { from = \"08:00\", to = \"08:00\" }", "begins when it ends");
        has("hours.days = []", "no day is left");
        has("customers.notes = \"metadata\"", "customers.update_email allows nobody here");
        has("roles.lead.refunds.allowed = true", "roles.lead nobody has this role");
        has("default_role = \"none\"", "nobody has a role");
        has("modes = { live = false, test = false }", "neither live nor test");
        has("subscriptions.proration = \"none\"", "never looked at");
        has("subscriptions.max_discount = { percent = 20, months = 0 }", "one of the two is zero");
        has("refunds.max_per_customer = { count = 0, days = 3 }", "no refund at all is left");
        has("refunds.max_per_customer = { count = 3, days = 0 }", "nothing is ever counted");
        has("assistant.wait_hours = 4", "assistant.actions lists nothing");
        has("assistant = { actions = [\"refund_charge\"], wait_hours = 0 }", "no time is left");
    }

    #[test]
    fn a_role_is_linted_with_what_it_inherits() {
        let rules =
            format!("{FINE}\nagents.maya = \"lead\"\nroles.lead.refunds.automatic = {{ usd = \"600.00\" }}");
        has(&rules, "7:refunds.automatic $600.00 is above refunds.max ($500.00)");
        assert_eq!(lints(&rules).len(), 1, "{:?}", lints(&rules));
    }

    #[test]
    fn a_limit_above_a_whole_day_s_cap_is_told() {
        has(
            "refunds = { max = { usd = \"9.00\" }, daily_cap = { per_customer = { usd = \"5.00\" } } }",
            "2:refunds.max $9.00 is above refunds.daily_cap.per_customer ($5.00): a whole day's cap, so it can never be reached",
        );
    }

    #[test]
    fn the_built_in_file_has_no_remarks() {
        assert_eq!(lint(&Policy::builtin()), []);
    }
}
