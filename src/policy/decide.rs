//! The decision: every rule that speaks about a proposal is looked at, and the strictest verdict wins. Nothing is
//! allowed by default: where no rule decides, the answer is no.

use super::{
    Confirm, Decision, Facts, Looked, Mark, Outcome, cancel, common,
    common::Looks,
    file::Policy,
    other, refund,
    rules::{Rule, Rules},
};
use crate::{
    actions::{Effect, Gate, Proposal},
    money::Money,
};

/// What the policy says about the proposal, given these facts. Pure and total: the same input gives the same answer.
pub fn decide(policy: &Policy, proposal: &Proposal, facts: &Facts) -> Decision {
    decide_by(&policy.effective(&facts.agent), policy.hash(), proposal, facts)
}

/// The largest refund that is not denied here and now, given a reason and a note: no more than what the policy, the
/// day's caps and the charge leave. `None` when nothing may be refunded, or the proposal is no refund.
pub fn largest_refund(policy: &Policy, proposal: &Proposal, facts: &Facts) -> Option<Money> {
    largest(&policy.effective(&facts.agent), proposal, facts)
}

pub(super) fn decide_by(rules: &Rules, hash: &str, proposal: &Proposal, facts: &Facts) -> Decision {
    let (mut looked, confirm) = look(rules, proposal, facts);
    if proposal.gate == Gate::Refund {
        refund::say_what_is_allowed(&mut looked, rules, largest(rules, proposal, facts));
    }
    let outcome = match strictest(&looked) {
        Some(Mark::Pass) => Outcome::Allow,
        Some(Mark::Confirm) => Outcome::Confirm(confirm),
        Some(Mark::SecondPerson) => Outcome::SecondPerson,
        Some(Mark::Deny) | None => Outcome::Deny,
    };
    Decision { outcome, rules: looked, policy_hash: hash.to_owned() }
}

fn strictest(looked: &[Looked]) -> Option<Mark> {
    looked.iter().map(|looked| looked.mark).max()
}

/// Whether the proposal changes something. An action that calls itself a read but sends a write is taken for a write.
pub(super) fn changes(proposal: &Proposal) -> bool {
    proposal.effect != Effect::Read || proposal.request.is_write()
}

/// Every rule that was looked at, and how to confirm where one of them asks for it.
fn look(rules: &Rules, proposal: &Proposal, facts: &Facts) -> (Vec<Looked>, Confirm) {
    let mut looks = Looks::default();
    let confirm = if changes(proposal) {
        common::may_change(&mut looks, rules, facts);
        look_at_change(&mut looks, rules, proposal, facts)
    } else if proposal.gate == Gate::InvoicesView {
        other::view_invoices(&mut looks, rules)
    } else {
        other::read(&mut looks)
    };
    (looks.done(), confirm)
}

/// One arm a gate, so that a new gate is decided here and not by default.
fn look_at_change(looks: &mut Looks, rules: &Rules, proposal: &Proposal, facts: &Facts) -> Confirm {
    match proposal.gate {
        Gate::Refund => refund::look(looks, rules, proposal, facts),
        Gate::Cancel => cancel::look(looks, rules, proposal, facts),
        Gate::Pause => other::flag(looks, rules, Rule::SubscriptionsPause, "pause a subscription"),
        Gate::CustomerDetails => {
            other::flag(looks, rules, Rule::CustomersUpdateEmail, "change a customer's details")
        }
        Gate::PaymentMethod => {
            other::flag(looks, rules, Rule::CustomersUpdatePaymentMethod, "change how a customer pays")
        }
        Gate::Portal => other::flag(looks, rules, Rule::CustomersPortalLinks, "make a portal link"),
        Gate::Credit => other::credit(looks, rules, proposal),
        Gate::None
        | Gate::ChangePlan
        | Gate::Proration
        | Gate::Trial
        | Gate::Discount
        | Gate::Payments
        | Gate::InvoicesView
        | Gate::InvoicesWrite
        | Gate::Disputes => other::undecided(looks, proposal),
    }
}

/// Asks the same rules again with the largest amount that they leave: what is told to be allowed is allowed.
fn largest(rules: &Rules, proposal: &Proposal, facts: &Facts) -> Option<Money> {
    if proposal.gate != Gate::Refund {
        return None;
    }
    let amount = refund::left(rules, proposal, facts)?;
    let mut asked = proposal.clone();
    asked.amount = Some(amount);
    asked.terms.reason.get_or_insert_with(|| "requested_by_customer".into());
    asked.terms.note.get_or_insert_with(|| "note".into());
    let (looked, _) = look(rules, &asked, facts);
    strictest(&looked).is_some_and(|mark| mark != Mark::Deny).then_some(amount)
}
