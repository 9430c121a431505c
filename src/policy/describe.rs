//! The rules of one agent as rows for the settings screen: the value in words, where it stands, and who enforces it.

use std::collections::BTreeMap;

use super::{
    common::clock,
    file::{BUILTIN_SOURCE, Policy},
    rules::{Info, Place, Rule, Rules, Set, Shape, Value},
};
use crate::money::Money;

/// Who makes sure that the rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforced {
    /// This program, before it sends. Who has the key and `curl` can pass it by.
    Paydesk,
    /// Stripe refuses it, whoever asks.
    Stripe,
    /// The rule is read and checked, but nothing that it speaks about can be done yet.
    NotYet,
}

impl Enforced {
    pub fn words(self) -> &'static str {
        match self {
            Self::Paydesk => "paydesk",
            Self::Stripe => "Stripe",
            Self::NotYet => "read, not enforced yet",
        }
    }
}

/// The row that stands alone where the file does not load.
pub const CLOSED: &str = "policy.file";

/// One rule as it holds for an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub rule: &'static str,
    /// In words: "$500.00, €450.00".
    pub value: String,
    /// `policy.toml:7`, with the role or agent whose section it is; `not set` where nothing says it.
    pub source: String,
    pub enforced: Enforced,
    /// The file says it, rather than what holds without it.
    pub is_set: bool,
}

/// Every rule there is, set or not, as it holds for `agent`.
pub fn describe(policy: &Policy, agent: &str) -> Vec<Row> {
    let rules = policy.effective(agent);
    let mut rows: Vec<_> = rules
        .closed
        .iter()
        .map(|closed| Row {
            rule: CLOSED,
            value: format!("nothing may be changed: {}", closed.why),
            source: policy.source().to_owned(),
            enforced: Enforced::Paydesk,
            is_set: true,
        })
        .collect();
    // Where the file does not load, no rule of it holds, and none is told as if it did.
    if rules.closed.is_some() {
        return rows;
    }
    rows.extend(Rule::ALL.iter().map(|info| row(policy, &rules, info)));
    rows.push(Row {
        rule: "charge.left",
        value: "no more than what is left of the charge".into(),
        source: "Stripe".into(),
        enforced: Enforced::Stripe,
        is_set: true,
    });
    rows
}

/// What is otherwise for `agent` than it was: `refunds.max: $500.00 → $300.00`, one entry a rule.
pub fn changed(before: &Policy, after: &Policy, agent: &str) -> Vec<String> {
    let (was, is) = (describe(before, agent), describe(after, agent));
    let value =
        |rows: &[Row], rule: &str| rows.iter().find(|row| row.rule == rule).map(|row| row.value.clone());
    let rules = is.iter().chain(was.iter().filter(|row| is.iter().all(|one| one.rule != row.rule)));
    let role = (before.role_of(agent) != after.role_of(agent))
        .then(|| format!("your role: {} → {}", before.role_of(agent), after.role_of(agent)));
    let words = rules.filter_map(|row| {
        let (was, is) = (value(&was, row.rule), value(&is, row.rule));
        let said = |value: Option<String>| value.unwrap_or_else(|| "nothing".into());
        (was != is).then(|| format!("{}: {} → {}", row.rule, said(was), said(is)))
    });
    role.into_iter().chain(words).collect()
}

fn row(policy: &Policy, rules: &Rules, info: &Info) -> Row {
    let enforced = if info.is_enforced() { Enforced::Paydesk } else { Enforced::NotYet };
    let Some(set) = rules.get(info.rule) else {
        let source = "not set".to_owned();
        return Row { rule: info.name, value: info.absent.to_owned(), source, enforced, is_set: false };
    };
    Row {
        rule: info.name,
        value: words(&set.value, info.shape),
        source: stands(policy, set),
        enforced,
        is_set: true,
    }
}

/// `policy.toml:7 (lead); EUR: policy.toml:2`
fn stands(policy: &Policy, set: &Set) -> String {
    let mut elsewhere: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (currency, at) in &set.inherited {
        elsewhere.entry(place(policy, at)).or_default().push(currency.code());
    }
    let named = matches!(&set.value, Value::Amounts(amounts) if amounts.len() > set.inherited.len());
    let own = (named || set.inherited.is_empty()).then(|| place(policy, &set.place));
    let others =
        elsewhere.into_iter().map(|(place, codes)| format!("{}: {place}", codes.join(", ").to_uppercase()));
    own.into_iter().chain(others).collect::<Vec<_>>().join("; ")
}

/// `policy.toml:7 (lead)`
pub(super) fn place(policy: &Policy, at: &Place) -> String {
    let place = if policy.source() == BUILTIN_SOURCE {
        BUILTIN_SOURCE.to_owned()
    } else {
        format!("{}:{}", policy.source(), at.line)
    };
    at.role.as_ref().map_or_else(|| place.clone(), |role| format!("{place} ({role})"))
}

pub(super) fn words(value: &Value, shape: Shape) -> String {
    match value {
        Value::Amounts(amounts) if amounts.is_empty() => "no currency".into(),
        Value::Amounts(amounts) => {
            let words: Vec<_> =
                amounts.iter().map(|(currency, minor)| Money::new(*minor, *currency).to_string()).collect();
            words.join(", ")
        }
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.into(),
        Value::Count(count) => match shape {
            Shape::Count { unit, .. } => format!("{count} {unit}"),
            Shape::Amounts
            | Shape::Flag
            | Shape::Word(_)
            | Shape::Words(_)
            | Shape::Changes
            | Shape::Time
            | Shape::Discount
            | Shape::Often => count.to_string(),
        },
        Value::Word(word) => word.replace('_', " "),
        Value::Words(words) if words.is_empty() => "no".into(),
        Value::Words(words) => words.join(", ").replace('_', " "),
        Value::Time(minutes) => clock(*minutes),
        Value::Discount { percent, months } => format!("{percent} % for {months} months"),
        Value::Often { count, days } => format!("{count} in {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::fixture::policy, *};

    fn row(policy: &Policy, agent: &str, rule: &str) -> Row {
        describe(policy, agent).into_iter().find(|row| row.rule == rule).unwrap()
    }

    #[test]
    fn values_are_words_with_their_place_and_role() {
        let policy = policy(
            "refunds.max = { usd = \"500.00\", jpy = \"50000\" }\nrefunds.max_age_days = 180\nhours.from = \"08:30\"
             subscriptions.max_discount = { percent = 20, months = 3 }\nsubscriptions.cancel = [\"period_end\"]
             agents.maya = \"lead\"\nroles.lead.refunds.max = { usd = \"2000.00\" }",
        );
        let ben = row(&policy, "ben", "refunds.max");
        assert_eq!((ben.value.as_str(), ben.source.as_str()), ("¥50,000, $500.00", "policy.toml:2"));
        let maya = row(&policy, "maya", "refunds.max");
        assert_eq!(
            (maya.value.as_str(), maya.source.as_str()),
            ("¥50,000, $2,000.00", "policy.toml:8 (lead); JPY: policy.toml:2")
        );
        let value = |rule: &str| row(&policy, "ben", rule).value;
        assert_eq!(value("refunds.max_age_days"), "180 days");
        assert_eq!(value("hours.from"), "08:30");
        assert_eq!(value("subscriptions.max_discount"), "20 % for 3 months");
        assert_eq!(value("subscriptions.cancel"), "period end");
        assert_eq!(value("refunds.automatic"), "every refund is confirmed");
        assert_eq!(row(&policy, "ben", "refunds.automatic").source, "not set");
    }

    #[test]
    fn no_claim_is_larger_than_the_truth() {
        let policy = Policy::builtin();
        let enforced = |rule: &str| row(&policy, "ben", rule).enforced;
        assert_eq!(enforced("refunds.max"), Enforced::Paydesk);
        assert_eq!(enforced("hours.days"), Enforced::Paydesk);
        assert_eq!(enforced("charge.left"), Enforced::Stripe);
        assert_eq!(enforced("refunds.max_per_customer"), Enforced::Paydesk);
        assert_eq!(enforced("disputes.submit"), Enforced::Paydesk);
        assert_eq!(row(&policy, "ben", "refunds.max").source, BUILTIN_SOURCE);
    }

    #[test]
    fn what_changed_is_told_before_and_after() {
        let before =
            policy("refunds.max.usd = \"5.00\"\nagents.maya = \"agent\"\nroles.lead.hours.from = \"08:00\"");
        let after =
            policy("refunds.max.usd = \"3.00\"\nagents.maya = \"lead\"\nroles.lead.hours.from = \"08:00\"");
        assert_eq!(changed(&before, &after, "ben"), ["refunds.max: $5.00 → $3.00"]);
        assert_eq!(
            changed(&before, &after, "maya"),
            ["your role: agent → lead", "refunds.max: $5.00 → $3.00", "hours.from: any hour → 08:00"]
        );
        assert!(changed(&before, &before, "ben").is_empty());
    }

    #[test]
    fn a_closed_policy_says_so_first() {
        let rows = describe(&Policy::closed("policy.toml:3:1: no"), "ben");
        assert_eq!(rows[0].rule, "policy.file");
        assert!(rows[0].value.contains("policy.toml:3:1"));
    }
}
