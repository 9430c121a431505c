//! A verdict as a form shows it: the worst beside the confirmation, where it is always seen; above it what else stands in the
//! way, the few kept rules that an agent asks about, and how many more there are.

use std::cmp::Reverse;

use crate::{
    desk::{
        sheet::{Item, Line, Tone},
        state::State,
    },
    money::Money,
    policy::{Decision, Fact, Looked, Mark, Rule, Spent},
};

/// Kept rules that are shown.
const SHOWN_MOST: usize = 4;
/// Screens lower than this have no room for rules that are kept.
const ROOMY: u16 = 20;

/// What stands most in the way.
pub(super) fn worst(decision: &Decision) -> Option<Item> {
    open(decision)
        .max_by_key(|(at, looked)| (looked.mark, Reverse(*at)))
        .map(|(_, looked)| in_the_way(looked))
}

/// Rules that are not simply kept, in the policy's order.
fn open(decision: &Decision) -> impl Iterator<Item = (usize, &Looked)> {
    decision.rules.iter().enumerate().filter(|(_, looked)| looked.mark != Mark::Pass)
}

/// Every rule that is not simply kept but the worst, those that deny first, and the most telling of the others.
pub(super) fn items(
    decision: &Decision,
    amount: Option<Money>,
    spent: &Fact<Spent>,
    state: &State,
) -> Vec<Item> {
    let near = amount.map(|amount| near_caps(amount, spent, state)).unwrap_or_default();
    let kept: Vec<_> = decision.rules.iter().filter(|looked| looked.mark == Mark::Pass).collect();
    let worst = worst(decision);
    let mut open: Vec<_> = open(decision).collect();
    open.sort_by_key(|(at, looked)| (Reverse(looked.mark), *at));
    let open = open.into_iter().map(|(_, looked)| in_the_way(looked));
    let mut items: Vec<_> = open.filter(|item| Some(item) != worst.as_ref()).collect();
    let mut ranked: Vec<_> = kept.iter().enumerate().map(|(at, looked)| (rank(looked, &near), at)).collect();
    ranked.sort_unstable();
    // A line that only says that there is one more is better spent on that one.
    let most = if state.height < ROOMY {
        0
    } else if kept.len() == SHOWN_MOST.saturating_add(1) {
        kept.len()
    } else {
        SHOWN_MOST
    };
    let mut shown: Vec<usize> = ranked.into_iter().take(most).map(|(_, at)| at).collect();
    shown.sort_unstable();
    let hidden = kept.len().saturating_sub(shown.len());
    items.extend(
        shown
            .into_iter()
            .filter_map(|at| kept.get(at))
            .map(|looked| Item::Verdict { mark: Mark::Pass, text: looked.says.clone() }),
    );
    if hidden > 0 {
        let words = match (most, hidden) {
            (0, 1) => " ✔ the other rule is kept".to_owned(),
            (0, _) => format!(" ✔ the other {hidden} rules are kept"),
            _ => format!(" ✔ {hidden} more rules are kept"),
        };
        items.push(Item::Text(Line::toned(words, Tone::Dim)));
    }
    items
}

/// A denial names its place in the policy; what would be allowed stands on the last line of the form.
fn in_the_way(looked: &Looked) -> Item {
    match looked.mark {
        // What is only missing yet is no refusal.
        Mark::Deny if looked.lacks.is_some() => {
            Item::Verdict { mark: Mark::Confirm, text: looked.says.clone() }
        }
        Mark::Deny => Item::Verdict { mark: looked.mark, text: format!("{} ({})", looked.says, looked.rule) },
        _ => Item::Verdict { mark: looked.mark, text: looked.says.clone() },
    }
}

/// Lower is more telling.
fn rank(looked: &Looked, near: &[&str]) -> usize {
    let telling = [
        Rule::CapAgent.name(),
        Rule::RefundsMax.name(),
        Rule::RefundsReason.name(),
        Rule::RefundsDisputed.name(),
    ];
    let known = telling.iter().position(|rule| *rule == looked.rule);
    if near.contains(&looked.rule.as_str()) {
        return 0;
    }
    known.map_or(usize::MAX, |at| at.saturating_add(1))
}

/// Caps of which this would leave less than a fifth.
fn near_caps(amount: Money, spent: &Fact<Spent>, state: &State) -> Vec<&'static str> {
    let Fact::Known(spent) = spent else { return Vec::new() };
    let rules = state.policy.effective(&state.session.agent);
    let currency = amount.currency();
    let caps = [(Rule::CapTeam, &spent.team), (Rule::CapCustomer, &spent.customer)];
    let near = |(rule, sums): &(Rule, &crate::policy::Sums)| {
        let cap = rules.amount(*rule, currency)?;
        let after = sums.of(currency).minor().max(0).saturating_add(amount.minor());
        (after.saturating_mul(5) >= cap.minor().saturating_mul(4)).then_some(rule.name())
    };
    caps.iter().filter_map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        desk::fixture::state,
        money::Currency,
        policy::{Outcome, Policy},
    };

    fn looked(rule: &str, mark: Mark) -> Looked {
        Looked {
            rule: rule.into(),
            mark,
            input: String::new(),
            says: format!("about {rule}"),
            allowed: Some("less".into()),
            lacks: None,
        }
    }

    fn shown(rules: Vec<Looked>, spent: i64) -> Vec<String> {
        let mut state = state();
        let text = "version = 1\nrefunds.daily_cap.per_team = { usd = \"100.00\" }\n";
        state.policy = Policy::parse(text, "policy.toml").unwrap();
        let mut sums = Spent::default();
        sums.team.add(Money::new(spent, Currency::USD));
        let decision = Decision { outcome: Outcome::Allow, rules, policy_hash: String::new() };
        let amount = Some(Money::new(1_000, Currency::USD));
        items(&decision, amount, &Fact::Known(sums), &state)
            .iter()
            .chain(worst(&decision).iter())
            .map(|item| match item {
                Item::Verdict { mark, text } => format!("{mark:?} {text}"),
                Item::Text(line) => line.text(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn many() -> Vec<Looked> {
        let mut rules: Vec<_> = ["refunds.currency", "refunds.max", "refunds.note_above", "refunds.reason"]
            .iter()
            .map(|rule| looked(rule, Mark::Pass))
            .collect();
        rules.push(looked("refunds.automatic", Mark::Confirm));
        rules.extend(
            ["refunds.disputed", "refunds.daily_cap.per_agent", "refunds.daily_cap.per_team"]
                .map(|rule| looked(rule, Mark::Pass)),
        );
        rules
    }

    #[test]
    fn what_stands_in_the_way_comes_first_and_the_rest_is_counted() {
        assert_eq!(
            shown(many(), 0),
            [
                "Pass about refunds.max",
                "Pass about refunds.reason",
                "Pass about refunds.disputed",
                "Pass about refunds.daily_cap.per_agent",
                " ✔ 3 more rules are kept",
                "Confirm about refunds.automatic",
            ]
        );
        assert_eq!(shown(vec![looked("hours.from", Mark::Deny)], 0), ["Deny about hours.from (hours.from)"]);
    }

    #[test]
    fn the_worst_stands_beside_the_confirmation() {
        let rules = ["hours.from", "refunds.max"].map(|rule| looked(rule, Mark::Deny));
        let mut all = vec![looked("refunds.automatic", Mark::Confirm)];
        all.extend(rules);
        let expected = ["Deny about refunds.max (refunds.max)", "Confirm about refunds.automatic"];
        let lines = shown(all, 0);
        assert_eq!(lines[..2], expected);
        assert_eq!(
            lines[2], "Deny about hours.from (hours.from)",
            "the first of the worst is last, by the confirmation"
        );
    }

    #[test]
    fn a_cap_that_is_nearly_full_is_told() {
        let near = shown(many(), 7_000);
        assert!(near.contains(&"Pass about refunds.daily_cap.per_team".to_owned()), "{near:?}");
        assert!(!shown(many(), 6_000).contains(&"Pass about refunds.daily_cap.per_team".to_owned()));
    }

    #[test]
    fn five_kept_rules_are_all_shown() {
        let rules: Vec<_> = (0..5).map(|at| looked(&format!("r.{at}"), Mark::Pass)).collect();
        assert_eq!(shown(rules, 0).len(), 5);
    }
}
