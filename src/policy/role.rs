//! Roles that inherit, agents, and the rules that hold for one of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    file::Policy,
    rules::{Closed, Layer, Rules, lay_over},
};

/// The role that needs no section: the rules outside of all roles.
pub const BASE_ROLE: &str = "agent";
/// The agent that `paydesk mcp` acts as, and the role that it has unless the file gives it another: it may do no more than what
/// `assistant.actions` lists.
pub const ASSISTANT: &str = "assistant";
/// As `default_role`: whom the file does not name may change nothing.
pub const NO_ROLE: &str = "none";

/// Whether two names are one person's, as far as names tell: nobody becomes a second person by a capital letter.
pub fn same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Whether `other` can be the second person beside `agent`. An assistant is no person.
pub fn is_another_person(agent: &str, other: &str) -> bool {
    !other.trim().is_empty() && !same_person(agent, other) && !same_person(other, ASSISTANT)
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Role {
    pub(super) extends: Option<String>,
    pub(super) set: Layer,
    pub(super) line: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Agent {
    pub(super) role: Option<String>,
    pub(super) set: Layer,
    pub(super) line: u32,
}

pub(super) type Roles = BTreeMap<String, Role>;

impl Policy {
    /// Every role that an agent can have, the base role first.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        let named =
            self.roles.keys().map(String::as_str).filter(|name| ![BASE_ROLE, ASSISTANT].contains(name));
        [BASE_ROLE, ASSISTANT].into_iter().chain(named)
    }

    /// An assistant is none, under whatever name.
    pub fn is_person(&self, agent: &str) -> bool {
        !same_person(agent, ASSISTANT) && !self.effective(agent).is_assistants
    }

    /// By the exact name. `none` for whom the file neither names nor gives a default.
    pub fn role_of(&self, agent: &str) -> &str {
        let default = if agent == ASSISTANT { ASSISTANT } else { &self.default_role };
        self.agents.get(agent).and_then(|agent| agent.role.as_deref()).unwrap_or(default)
    }

    /// What holds for `agent`: the rules for everybody, those of the role with what it extends, then the agent's own.
    pub fn effective(&self, agent: &str) -> Rules {
        let role = self.role_of(agent);
        let mut rules = self.effective_role(role);
        // Whichever role the file gives it: that says what it may ask for, the list still says of what.
        rules.is_assistants |= agent == ASSISTANT;
        if let Some(agent) = self.agents.get(agent) {
            lay_over(&mut rules.set, &agent.set);
        }
        if role == NO_ROLE && rules.closed.is_none() {
            rules.closed =
                Some(Closed { rule: "agents".into(), why: format!("the policy gives `{agent}` no role") });
        }
        rules
    }

    /// Why `agent` may not change anything, if so: the file does not load, or gives no role.
    pub fn why_closed_for(&self, agent: &str) -> Option<String> {
        let nobody =
            || (self.role_of(agent) == NO_ROLE).then(|| format!("the policy gives `{agent}` no role"));
        self.why_closed().map(str::to_owned).or_else(nobody)
    }

    /// What holds for an agent of `role` without rules of their own.
    pub fn effective_role(&self, role: &str) -> Rules {
        let mut set = self.base.clone();
        for role in lineage(&self.roles, role).into_iter().rev() {
            lay_over(&mut set, &role.set);
        }
        let is_assistants = names(&self.roles, role).contains(&ASSISTANT);
        Rules { role: role.to_owned(), is_assistants, set, closed: self.closed.clone() }
    }
}

/// The role's name and those of what it extends, nearest first. Ends where a cycle would begin.
fn names<'r>(roles: &'r Roles, role: &'r str) -> Vec<&'r str> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let mut next = Some(role);
    while let Some(name) = next.filter(|name| seen.insert(*name)) {
        found.push(name);
        next = roles.get(name).and_then(|role| role.extends.as_deref());
    }
    found
}

fn lineage<'r>(roles: &'r Roles, role: &'r str) -> Vec<&'r Role> {
    names(roles, role).into_iter().filter_map(|name| roles.get(name)).collect()
}

/// The names that lead from `role` back to itself, if they do.
pub(super) fn cycle(roles: &Roles, role: &str) -> Option<Vec<String>> {
    let mut path = vec![role.to_owned()];
    let mut next = roles.get(role)?.extends.as_deref();
    while let Some(name) = next {
        path.push(name.to_owned());
        if name == role {
            return Some(path);
        }
        if path.len() > roles.len().saturating_add(1) {
            return None;
        }
        next = roles.get(name)?.extends.as_deref();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            fixture::{currency, policy, usd},
            rules::Rule,
        },
        *,
    };
    use crate::money::{Currency, Money};

    const FILE: &str = r#"
        refunds.max = { usd = "10.00", eur = "10.00" }
        roles.senior.refunds.max.usd = "100.00"
        roles.senior.subscriptions.pause = true
        roles.lead.extends = "senior"
        roles.lead.subscriptions.pause = false
        agents.maya = { role = "lead", refunds.max.usd = "1000.00" }
        agents.ada = "senior"
        agents.ben = { refunds.max.usd = "5.00" }
    "#;

    #[test]
    fn what_is_nearer_to_the_agent_wins_by_currency() {
        let policy = policy(FILE);
        let max = |agent: &str| policy.effective(agent).amount(Rule::RefundsMax, Currency::USD).unwrap();
        assert_eq!(["zoe", "ada", "maya", "ben"].map(max), [usd(1_000), usd(10_000), usd(100_000), usd(500)]);
        let maya = policy.effective("maya");
        let eur = currency("eur");
        assert_eq!(maya.amount(Rule::RefundsMax, eur), Some(Money::new(1_000, eur)));
        assert_eq!(maya.flag(Rule::SubscriptionsPause), Some(false));
        assert_eq!(policy.effective("ada").flag(Rule::SubscriptionsPause), Some(true));
        assert_eq!(maya.get(Rule::RefundsMax).unwrap().place.role.as_deref(), Some("maya"));
        assert_eq!(
            maya.get(Rule::RefundsMax).unwrap().place_of(eur).role,
            None,
            "it stands where it was found"
        );
    }

    #[test]
    fn agents_have_the_role_that_is_written_or_the_default() {
        let policy = policy(FILE);
        assert_eq!(
            ["maya", "ben", "zoe", "Maya"].map(|name| policy.role_of(name)),
            ["lead", "agent", "agent", "agent"]
        );
        assert_eq!(policy.roles().collect::<Vec<_>>(), ["agent", "assistant", "lead", "senior"]);
    }

    #[test]
    fn nobody_may_do_anything_without_a_role() {
        let policy = policy("default_role = \"none\"\nagents.maya = \"agent\"");
        assert!(policy.effective("maya").closed.is_none());
        assert_eq!(policy.effective("zoe").closed.unwrap().rule, "agents");
    }

    #[test]
    fn a_long_line_of_roles_ends_and_a_cycle_is_named() {
        let role = |extends: Option<&str>| Role { extends: extends.map(Into::into), ..Role::default() };
        let roles: Roles = [
            ("a".to_owned(), role(Some("b"))),
            ("b".to_owned(), role(Some("c"))),
            ("c".to_owned(), role(Some("b"))),
            ("d".to_owned(), role(None)),
        ]
        .into();
        assert_eq!(cycle(&roles, "b").unwrap(), ["b", "c", "b"]);
        assert_eq!(cycle(&roles, "a"), None, "it leads into a cycle and is not in one");
        assert_eq!(cycle(&roles, "d"), None);
        assert_eq!(lineage(&roles, "a").len(), 3);
    }
}
