//! What a role reaches at all: the changes of which its rules leave something. For whoever makes its key, not for the gate.

use super::{
    Policy,
    rules::{Rule, Rules, Value},
};
use crate::actions::{Action, Effect, Gate};

/// Whether somebody in `role` can ever do this, or see it where it only reads.
pub fn reaches(policy: &Policy, role: &str, action: &Action) -> bool {
    let rules = policy.effective_role(role);
    match (action.effect, action.gate) {
        (Effect::Read, Gate::InvoicesView) => rules.flag(Rule::CustomersViewInvoices) != Some(false),
        (Effect::Read, _) => true,
        (_, Gate::Refund) => {
            rules.flag(Rule::RefundsAllowed) != Some(false) && gives(&rules, Rule::RefundsMax)
        }
        (_, gate) => {
            let own = Rule::ALL.iter().filter(|info| info.gate == Some(gate));
            rules.closed.is_none() && own.into_iter().any(|info| gives(&rules, info.rule))
        }
    }
}

/// The rule allows something, rather than only saying how.
fn gives(rules: &Rules, rule: Rule) -> bool {
    rules.get(rule).is_some_and(|set| match &set.value {
        Value::Flag(yes) => *yes,
        Value::Amounts(amounts) => amounts.values().any(|most| *most > 0),
        Value::Words(words) => !words.is_empty(),
        Value::Count(count) => *count > 0,
        Value::Discount { percent, .. } => *percent > 0,
        Value::Word(_) | Value::Time(_) | Value::Often { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::fixture::policy, *};
    use crate::actions;

    fn may(rules: &str, role: &str, action: &str) -> bool {
        reaches(&policy(rules), role, actions::find(action).unwrap())
    }

    #[test]
    fn a_role_reaches_what_its_rules_leave() {
        let rules =
            "refunds.max.usd = \"1.00\"\nsubscriptions.cancel = false\ncustomers.view_invoices = false
            roles.lead.subscriptions.cancel = [\"now\"]\nroles.none_at_all.refunds.allowed = false";
        assert!(may(rules, "agent", "refund_charge") && may(rules, "lead", "refund_charge"));
        assert!(!may(rules, "none_at_all", "refund_charge"));
        assert!(!may(rules, "agent", "cancel_subscription") && may(rules, "lead", "cancel_subscription"));
        assert!(may(rules, "agent", "get_charge") && !may(rules, "agent", "update_customer"));
    }

    #[test]
    fn the_built_in_rules_reach_no_held_payment() {
        let reached = |action: &str| reaches(&Policy::builtin(), "agent", actions::find(action).unwrap());
        assert!(reached("update_charge"));
        assert!(!reached("capture_payment") && !reached("cancel_payment"));
    }

    #[test]
    fn how_something_is_done_is_no_permission_to_do_it() {
        assert!(!may(
            "refunds.note_above.usd = \"1.00\"\nrefunds.automatic.usd = \"1.00\"",
            "agent",
            "refund_charge"
        ));
        assert!(!may("subscriptions.proration = \"none\"", "agent", "cancel_subscription"));
        assert!(!may("", "agent", "refund_charge") && may("", "agent", "list_charges"));
    }
}
