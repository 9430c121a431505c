//! A decision, rule by rule: what it was given, what it says, in which line and whose section it stands, and who holds it.

use super::{
    Decision, Mark, Policy,
    describe::{Enforced, place, words},
    refund,
    rules::{Rule, Rules},
};
use crate::{actions::Proposal, money::Currency};

/// One rule that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub rule: String,
    pub mark: Mark,
    pub input: String,
    pub says: String,
    pub allowed: Option<String>,
    /// The rule as it is set, in words; empty for what is built in.
    pub value: String,
    /// `policy.toml:7 (lead)`, `not set`, `built in`
    pub source: String,
    pub enforced: Enforced,
}

/// Every rule of the decision, in its order.
pub fn explain(policy: &Policy, agent: &str, proposal: Option<&Proposal>, decision: &Decision) -> Vec<Why> {
    let rules = policy.effective(agent);
    let currency = proposal
        .and_then(|proposal| proposal.refunds().or(proposal.amount))
        .map(crate::money::Money::currency);
    let one = |looked: &super::Looked| {
        let (value, source, enforced) = stands(policy, &rules, &looked.rule, currency);
        Why {
            rule: looked.rule.clone(),
            mark: looked.mark,
            input: looked.input.clone(),
            says: looked.says.clone(),
            allowed: looked.allowed.clone(),
            value,
            source,
            enforced,
        }
    };
    decision.rules.iter().map(one).collect()
}

fn stands(
    policy: &Policy,
    rules: &Rules,
    name: &str,
    currency: Option<Currency>,
) -> (String, String, Enforced) {
    let rule = match name {
        // Which currencies can be refunded is what the limit names.
        refund::CURRENCY => Some(Rule::RefundsMax),
        name => Rule::find(name),
    };
    let enforced = if name == refund::LEFT { Enforced::Stripe } else { Enforced::Paydesk };
    let Some(rule) = rule else { return (String::new(), "built in".into(), enforced) };
    match rules.get(rule) {
        None => (rule.info().absent.to_owned(), "not set".into(), enforced),
        Some(set) => {
            let at = currency.map_or(&set.place, |currency| set.place_of(currency));
            (words(&set.value, rule.info().shape), place(policy, at), enforced)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            decide,
            fixture::{self, policy, refund, refund_facts},
        },
        *,
    };

    #[test]
    fn each_rule_is_told_with_its_input_its_line_and_its_section() {
        let rules = policy(
            "refunds.max = { usd = \"500.00\", eur = \"1.00\" }\nroles.lead.refunds.max.eur = \"9.00\"\nagents.maya = \"lead\"
             agents.ben.refunds.automatic.usd = \"20.00\"",
        );
        let told = |agent: &str| {
            let mut facts = refund_facts();
            facts.agent = agent.into();
            let proposal = refund(9_900);
            let decision = decide(&rules, &proposal, &facts);
            explain(&rules, agent, Some(&proposal), &decision)
        };
        let one = |agent: &str, rule: &str| {
            let why = told(agent).into_iter().find(|why| why.rule == rule).unwrap();
            format!("{} · {} · {} · {}", why.input, why.value, why.source, why.enforced.words())
        };
        assert_eq!(one("maya", "refunds.max"), "$99.00 · €9.00, $500.00 · policy.toml:2 · paydesk");
        assert_eq!(one("ben", "refunds.automatic"), "$99.00 · $20.00 · policy.toml:5 (ben) · paydesk");
        assert_eq!(
            one("maya", "refunds.automatic"),
            "$99.00 · every refund is confirmed · not set · paydesk"
        );
        assert_eq!(one("maya", "refunds.reason"), "duplicate · required · not set · paydesk");
        assert_eq!(one("maya", "charge.left"), "$99.00 of $1,000.00 that is left ·  · built in · Stripe");
        assert_eq!(one("maya", "refunds.currency"), "$99.00 · €9.00, $500.00 · policy.toml:2 · paydesk");
        assert!(told("maya").iter().all(|why| !why.input.is_empty()), "{:?}", told("maya"));
    }

    #[test]
    fn no_rule_that_decides_is_without_its_input() {
        let rules = policy(
            "subscriptions.cancel = true\nhours.days = true\nhours.from = \"08:00\"\nmodes.test = true",
        );
        let facts = fixture::facts(fixture::subscription());
        let decision = decide(&rules, &fixture::cancel(&[("when", "now")]), &facts);
        let inputs: Vec<_> =
            decision.rules.iter().map(|looked| (looked.rule.as_str(), looked.input.as_str())).collect();
        assert_eq!(
            inputs,
            [
                ("modes.test", "test"),
                ("hours.days", "Monday"),
                ("hours.from", "12:00"),
                ("subscriptions.cancel", "now"),
                ("subscriptions.proration", "none"),
            ]
        );
    }
}
