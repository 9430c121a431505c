//! Remarks about a role's or an agent's own section: what in it says nothing, what nobody reaches, and what lets more through than
//! where it comes from although the section is there to let less through.

use super::{
    super::{
        order::{Order, compare},
        reach::reaches,
        rules::{Layer, lay_over},
    },
    Lint, Policy, Rule, Rules,
};
use crate::{actions, text::clean};

pub(super) fn look(policy: &Policy, lints: &mut Vec<Lint>) {
    for (name, role) in &policy.roles {
        let parent = policy.effective_role(role.extends.as_deref().unwrap_or(super::BASE_ROLE));
        section(&parent, &role.set, lints);
        never_reached(&policy.effective_role(name), &role.set, lints);
    }
    for (name, agent) in &policy.agents {
        let parent = policy.effective_role(policy.role_of(name));
        section(&parent, &agent.set, lints);
        never_reached(&policy.effective(name), &agent.set, lints);
    }
    assistant(policy, lints);
}

/// Against what holds without the section.
fn section(parent: &Rules, own: &Layer, lints: &mut Vec<Lint>) {
    let mut with = parent.set.clone();
    lay_over(&mut with, own);
    let order = |rule: &Rule| {
        let value = |of: &Layer| of.get(rule).map(|set| set.value.clone());
        compare(*rule, value(&with).as_ref(), value(&parent.set).as_ref())
    };
    let orders: Vec<_> = own.iter().map(|(rule, set)| (rule, set.place.line, order(rule))).collect();
    let tighter = orders.iter().filter(|(.., order)| *order == Order::Tighter).count();
    for (rule, line, order) in orders {
        let note = |message: String| Lint { rule: rule.to_string(), line, message };
        match order {
            Order::Same if parent.set.contains_key(rule) => {
                lints.push(note(format!("is the same for {} already: it changes nothing", of(parent))));
            }
            // A section that only loosens is meant to; among rules that tighten, one that loosens may be a slip.
            Order::Looser if tighter > 0 => {
                let rest =
                    if tighter == 1 { "1 other rule".to_owned() } else { format!("{tighter} other rules") };
                let whom = of(parent);
                lints.push(note(format!(
                    "lets more through than for {whom}, and {rest} here less: is that meant?"
                )));
            }
            Order::Same | Order::Looser | Order::Tighter | Order::Neither => {}
        }
    }
}

fn of(parent: &Rules) -> String {
    format!("the role {}", clean(&parent.role))
}

/// Rules of refunds where there are none.
fn never_reached(rules: &Rules, own: &Layer, lints: &mut Vec<Lint>) {
    if rules.flag(Rule::RefundsAllowed) != Some(false) {
        return;
    }
    for (rule, set) in own {
        if rule.name().starts_with("refunds.") && *rule != Rule::RefundsAllowed {
            let message = "is never looked at: refunds.allowed is false here".to_owned();
            lints.push(Lint { rule: rule.to_string(), line: set.place.line, message });
        }
    }
}

/// What an assistant may ask for has to be allowed by its other rules too.
fn assistant(policy: &Policy, lints: &mut Vec<Lint>) {
    let rules = policy.effective_role(super::ASSISTANT);
    let Some(set) = rules.get(Rule::AssistantActions) else { return };
    let listed = rules.words(Rule::AssistantActions).unwrap_or_default();
    let denied = listed
        .iter()
        .filter_map(|name| actions::find(name))
        .filter(|action| !reaches(policy, super::ASSISTANT, action));
    for action in denied {
        let message = format!("{} is listed, and the assistant's other rules never allow it", action.name);
        lints.push(Lint { rule: Rule::AssistantActions.to_string(), line: set.place.line, message });
    }
}

#[cfg(test)]
mod tests {
    use super::super::{super::fixture::policy, lint};

    fn lints(rules: &str) -> Vec<String> {
        let cap = "refunds = { max = { usd = \"9.00\" }, automatic = { usd = \"5.00\" }, daily_cap = { per_agent = { usd = \"90.00\" } } }";
        lint(&policy(&format!("{cap}\n{rules}")))
            .into_iter()
            .map(|lint| format!("{}:{} {}", lint.line, lint.rule, lint.message))
            .collect()
    }

    #[test]
    fn a_section_that_loosens_among_what_it_tightens_is_asked_about() {
        let trainee = "agents.zoe = \"trainee\"\nroles.trainee.refunds = { max = { usd = \"4.00\" }, automatic = { usd = \"4.00\" } }";
        assert_eq!(lints(trainee), Vec::<String>::new());
        let slip = format!("{trainee}\nroles.trainee.subscriptions.pause = true");
        assert_eq!(
            lints(&slip),
            [
                "5:subscriptions.pause lets more through than for the role agent, and 2 other rules here less: is that meant?"
            ]
        );
        assert_eq!(
            lints("agents.lea = { subscriptions.pause = true, refunds.max = { usd = \"19.00\" } }"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_says_nothing_new_is_told() {
        let same = "agents.zoe = { refunds.max = { usd = \"9.00\" } }";
        assert_eq!(lints(same), ["3:refunds.max is the same for the role agent already: it changes nothing"]);
    }

    #[test]
    fn rules_that_nothing_reaches_are_told() {
        let viewer = "agents.zoe = \"viewer\"\nroles.viewer.refunds = { allowed = false, max_age_days = 3 }";
        assert_eq!(
            lints(viewer),
            ["4:refunds.max_age_days is never looked at: refunds.allowed is false here"]
        );
        let listed = "assistant.actions = [\"refund_charge\", \"pause_subscription\"]";
        assert_eq!(
            lints(listed),
            [
                "3:assistant.actions pause_subscription is listed, and the assistant's other rules never allow it"
            ]
        );
    }
}
