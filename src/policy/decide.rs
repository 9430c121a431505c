//! The decision: every rule that speaks about a proposal is looked at, and the strictest verdict wins. Nothing is
//! allowed by default: where no rule decides, the answer is no.

use super::{
    Confirm, Decision, Fact, Facts, Looked, Mark, Outcome, Sums, Times, cancel, common,
    common::Looks,
    discount,
    file::Policy,
    input, other, plan, refund,
    rules::{Rule, Rules},
};
use crate::{
    actions::{Action, Effect, Gate, Proposal, Step},
    money::Money,
};

/// Not of the file: what the rules of the other person say.
const SECOND: &str = "second_person";

/// What the policy says about the proposal, given these facts. Pure and total: the same input gives the same answer.
pub fn decide(policy: &Policy, proposal: &Proposal, facts: &Facts) -> Decision {
    let mut decision = decide_by(&policy.effective(&facts.agent), policy.hash(), proposal, facts);
    if let Some(other) = proposal.terms.second.as_deref().filter(|_| changes(proposal)) {
        let theirs = look_of_the_other(policy, other, proposal, facts);
        if theirs.mark == Mark::Deny {
            decision.outcome = Outcome::Deny;
        }
        decision.rules.push(theirs);
    }
    decision
}

/// Whoever agrees as the second person has to be allowed it too. What they did today, and how often it was done, counts for
/// whoever sends it.
fn look_of_the_other(policy: &Policy, other: &str, proposal: &Proposal, facts: &Facts) -> Looked {
    let mut theirs = Facts { agent: other.to_owned(), ..facts.clone() };
    if let Fact::Known(spent) = &mut theirs.spent {
        spent.agent = Sums::default();
        // Over the days of whoever sends it.
        spent.times = Some(Times { days: u32::MAX, ..spent.times.unwrap_or(Times::NONE) });
    }
    let mut alone = proposal.clone();
    alone.terms.second = None;
    let decision = decide_by(&policy.effective(other), policy.hash(), &alone, &theirs);
    let (rule, name) = (SECOND.to_owned(), crate::text::clean(other));
    let denied = decision.in_the_way().find(|looked| looked.mark == Mark::Deny);
    if !policy.is_person(other) {
        let says = format!("{name} is an assistant, and no second person");
        return Looked { rule, mark: Mark::Deny, input: name, says, allowed: None, lacks: None };
    }
    match denied {
        None => {
            let says = format!("{name} may agree to it");
            Looked { rule, mark: Mark::Pass, input: name, says, allowed: None, lacks: None }
        }
        Some(denied) => {
            let says = format!("{name} may not agree to it: {} ({})", denied.says, denied.rule);
            let allowed = Some("the same with another second person".to_owned());
            Looked { rule, mark: Mark::Deny, input: name, says, allowed, lacks: None }
        }
    }
}

/// Whether this agent may see what a reading action shows. Pure; an action that changes something is not for this to allow.
pub fn may_read(policy: &Policy, agent: &str, action: &Action) -> Decision {
    let mut looks = Looks::default();
    if action.effect == Effect::Read {
        return may_see(policy, agent, action.gate);
    }
    looks.deny("actions", format!("{} is a change: it is decided on its proposal", action.name));
    decided(looks.done(), Confirm::Plain, policy.hash())
}

/// Whether this agent may see what stands behind a gate, whoever asks for it: an action, a pane, a search.
pub fn may_see(policy: &Policy, agent: &str, gate: Gate) -> Decision {
    let mut looks = Looks::default();
    look_at_read(gate, &mut looks, &policy.effective(agent));
    decided(looks.done(), Confirm::Plain, policy.hash())
}

/// The largest refund that is not denied here and now, given a reason and a note: no more than what the policy, the
/// day's caps and the charge leave. `None` when nothing may be refunded, or the proposal is no refund.
pub fn largest_refund(policy: &Policy, proposal: &Proposal, facts: &Facts) -> Option<Money> {
    largest(&policy.effective(&facts.agent), proposal, facts)
}

pub(super) fn decide_by(rules: &Rules, hash: &str, proposal: &Proposal, facts: &Facts) -> Decision {
    let (mut looked, confirm) = look(rules, proposal, facts);
    if proposal.refunds().is_some() {
        let before = refund::charge(proposal, facts).map_or(0, |charge| charge.amount_refunded.max(0));
        refund::say_what_is_allowed(&mut looked, rules, (largest(rules, proposal, facts), before));
    }
    for looked in &mut looked {
        looked.input = input::of(&looked.rule, proposal, facts);
    }
    decided(looked, confirm, hash)
}

fn decided(looked: Vec<Looked>, confirm: Confirm, hash: &str) -> Decision {
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
        // Rules that could not be loaded have nothing to say.
        if rules.closed.is_some() {
            return (looks.done(), Confirm::Plain);
        }
        common::assistant(&mut looks, rules, proposal);
        look_at_change(&mut looks, rules, proposal, facts)
    } else {
        look_at_read(proposal.gate, &mut looks, rules)
    };
    (looks.done(), confirm)
}

/// Whatever is not hidden may be seen, by whoever may look at all.
fn look_at_read(gate: Gate, looks: &mut Looks, rules: &Rules) -> Confirm {
    if gate == Gate::InvoicesView { other::view_invoices(looks, rules) } else { other::read(looks) }
}

/// Every part of the policy that the proposal touches has its say; what asks to type something asks for more.
fn look_at_change(looks: &mut Looks, rules: &Rules, proposal: &Proposal, facts: &Facts) -> Confirm {
    let mut confirm = look_at(proposal.gate, looks, rules, (proposal, facts));
    for gate in proposal.also.iter().filter(|gate| **gate != proposal.gate) {
        let asked = if proposal.gate == Gate::Portal {
            other::hand_over(looks, rules, *gate, proposal)
        } else {
            look_at(*gate, looks, rules, (proposal, facts))
        };
        if confirm == Confirm::Plain {
            confirm = asked;
        }
    }
    other::for_good(looks, proposal, confirm)
}

/// One arm a gate, so that a new gate is decided here and not by default.
fn look_at(gate: Gate, looks: &mut Looks, rules: &Rules, (proposal, facts): (&Proposal, &Facts)) -> Confirm {
    match gate {
        Gate::Refund if proposal.terms.steps.contains(&Step::CallRefundBack) => {
            refund::look_back(looks, rules)
        }
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
        Gate::InvoicesWrite => other::invoices(looks, rules, proposal),
        Gate::Discount => discount::look(looks, rules, proposal),
        Gate::ChangePlan => plan::change(looks, rules, proposal, facts),
        Gate::Proration if proposal.gate != gate => plan::proration(looks, rules, proposal),
        Gate::Trial => plan::trial(looks, rules, proposal, facts),
        Gate::Payments | Gate::ChargeDetails | Gate::Disputes => other::steps(looks, rules, proposal, gate),
        Gate::None | Gate::Proration | Gate::InvoicesView => other::undecided(looks, proposal),
    }
}

/// Asks the same rules again with the largest amount that they leave: what is told to be allowed is allowed.
fn largest(rules: &Rules, proposal: &Proposal, facts: &Facts) -> Option<Money> {
    proposal.refunds()?;
    let amount = refund::left(rules, proposal, facts)?;
    let mut asked = proposal.clone().refunding(amount);
    // What can still be said does not count against the amount.
    if !refund::given(asked.terms.reason.as_deref()) {
        asked.terms.reason = Some("requested_by_customer".into());
    }
    if !refund::given(asked.terms.note.as_deref()) {
        asked.terms.note = Some("note".into());
    }
    let (looked, _) = look(rules, &asked, facts);
    strictest(&looked).is_some_and(|mark| mark != Mark::Deny).then_some(amount)
}

#[cfg(test)]
#[path = "decide_tests/mod.rs"]
mod tests;
