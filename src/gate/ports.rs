//! The one place where the gate meets the policy: what it asks, by the names it asks for.
//!
//! Until `policy` decides, this stands in for it: a small decision over the same file format, closed by default.

use serde::Deserialize;

use crate::{
    actions::{Gate, Proposal},
    money::Money,
    policy::{Confirm, Decision, Fact, Facts, Given, Looked, Mark, Outcome},
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Policy {
    refunds: Refunds,
    subscriptions: Subscriptions,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Subscriptions {
    cancel: Vec<String>,
}

type Amounts = std::collections::BTreeMap<crate::money::Currency, String>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Refunds {
    max: Amounts,
    automatic: Amounts,
    daily_cap: DailyCap,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct DailyCap {
    per_agent: Amounts,
    per_team: Amounts,
    per_customer: Amounts,
}

impl Policy {
    pub fn parse(text: &str, _source: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

fn limit(amounts: &Amounts, amount: Money) -> Option<Money> {
    Money::parse(amounts.get(&amount.currency())?, amount.currency()).ok()
}

fn rule(rules: &mut Vec<Looked>, name: &str, mark: Mark, says: String) {
    rules.push(Looked { rule: name.into(), mark, says, allowed: None });
}

pub fn decide(policy: &Policy, proposal: &Proposal, facts: &Facts) -> Decision {
    let mut rules = Vec::new();
    if let Some(why) = &facts.read_only {
        rule(&mut rules, "read_only", Mark::Deny, why.clone());
    }
    let mut confirm = Confirm::Plain;
    match (proposal.gate, proposal.amount) {
        (Gate::Refund, Some(amount)) => {
            confirm = Confirm::TypeAmount(amount);
            refund_rules(policy, proposal, amount, facts, &mut rules);
        }
        (Gate::Cancel, _) if policy.subscriptions.cancel.is_empty() => {
            rule(&mut rules, "subscriptions.cancel", Mark::Deny, "may not cancel".into());
        }
        (Gate::Cancel, _) => rule(&mut rules, "subscriptions.cancel", Mark::Confirm, "asks".into()),
        _ => rule(&mut rules, "unknown", Mark::Deny, "no rule".into()),
    }
    let worst = rules.iter().map(|looked| looked.mark).max().unwrap_or(Mark::Deny);
    let outcome = match worst {
        Mark::Pass => Outcome::Allow,
        Mark::Confirm => Outcome::Confirm(confirm),
        Mark::SecondPerson => Outcome::SecondPerson,
        Mark::Deny => Outcome::Deny,
    };
    Decision { outcome, rules, policy_hash: String::new() }
}

fn refund_rules(policy: &Policy, proposal: &Proposal, amount: Money, facts: &Facts, rules: &mut Vec<Looked>) {
    let above = |most: Option<Money>| {
        most.is_none_or(|most| amount.compare(most).is_none_or(std::cmp::Ordering::is_gt))
    };
    let refunds = &policy.refunds;
    let deny = |wrong| if wrong { Mark::Deny } else { Mark::Pass };
    rule(rules, "refunds.max", deny(above(limit(&refunds.max, amount))), "max".into());
    let large = above(limit(&refunds.automatic, amount));
    rule(rules, "refunds.automatic", if large { Mark::Confirm } else { Mark::Pass }, "automatic".into());
    let Fact::Known(spent) = &facts.spent else {
        rule(rules, "refunds.daily_cap", Mark::Deny, "unknown".into());
        return;
    };
    rule(rules, "refunds.daily_cap", deny(spent.local_only && large), "local only".into());
    let mut cap = |name, amounts: &Amounts, sums: &crate::policy::Sums| {
        if let Some(most) = limit(amounts, amount) {
            let sum = sums.of(amount.currency()).minor().saturating_add(amount.minor());
            rule(rules, name, deny(sum > most.minor()), format!("{most} a day"));
        }
    };
    cap("refunds.daily_cap.per_agent", &refunds.daily_cap.per_agent, &spent.agent);
    cap("refunds.daily_cap.per_team", &refunds.daily_cap.per_team, &spent.team);
    if proposal.customer.is_some() {
        cap("refunds.daily_cap.per_customer", &refunds.daily_cap.per_customer, &spent.customer);
    }
}

#[derive(Debug)]
pub struct Approved {
    proposal: Proposal,
    decision: Decision,
}

#[derive(Debug)]
pub enum NotApproved {
    Denied(Decision),
    SecondPerson(Decision),
    Unconfirmed { decision: Decision, message: String },
}

impl Approved {
    pub fn into_parts(self) -> (Proposal, Decision) {
        (self.proposal, self.decision)
    }
}

pub fn approve(
    policy: &Policy,
    proposal: Proposal,
    facts: &Facts,
    given: &Given,
) -> Result<Approved, Box<NotApproved>> {
    let decision = decide(policy, &proposal, facts);
    let typed = |wanted: &str| matches!(given, Given::Typed(text) if text == wanted);
    let answered = match &decision.outcome {
        Outcome::Deny => return Err(Box::new(NotApproved::Denied(decision))),
        Outcome::SecondPerson => return Err(Box::new(NotApproved::SecondPerson(decision))),
        Outcome::Allow | Outcome::Confirm(Confirm::Plain) => true,
        Outcome::Confirm(Confirm::TypeAmount(amount)) => *given == Given::Yes || typed(&amount.plain()),
        Outcome::Confirm(Confirm::TypeName(name)) => *given == Given::Yes || typed(name),
    };
    if answered {
        Ok(Approved { proposal, decision })
    } else {
        Err(Box::new(NotApproved::Unconfirmed { decision, message: "type it again".into() }))
    }
}
