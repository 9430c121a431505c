//! Gates with one simple rule, reads, and what no rule decides yet.

use super::{
    Confirm, Mark,
    common::{self, Looks},
    rules::{Rule, Rules},
};
use crate::{
    actions::{Effect, Gate, Proposal, Step},
    money::Money,
};

/// Not of the file: what cannot be taken back is never done by a key alone.
const FINAL: &str = "actions.final";

pub(super) fn read(looks: &mut Looks) -> Confirm {
    looks.pass("reads", "reading changes nothing");
    Confirm::Plain
}

/// What is done for good is confirmed by typing, whatever the rules ask for.
pub(super) fn for_good(looks: &mut Looks, proposal: &Proposal, confirm: Confirm) -> Confirm {
    if proposal.effect != Effect::Destructive || (confirm != Confirm::Plain && looks.asks()) {
        return confirm;
    }
    looks.add(FINAL, Mark::Confirm, "it cannot be taken back, and that must be confirmed by typing");
    match (confirm, proposal.amount) {
        (Confirm::Plain, Some(amount)) if amount.minor() > 0 && proposal.terms.confirm_word.is_none() => {
            Confirm::TypeAmount(amount)
        }
        (Confirm::Plain, _) => Confirm::TypeName(common::confirm_word(proposal)),
        (typed, _) => typed,
    }
}

/// Never allowed by default.
pub(super) fn undecided(looks: &mut Looks, proposal: &Proposal) -> Confirm {
    let action = crate::text::clean(&proposal.action);
    looks.deny("actions", format!("no rule decides {action} yet"));
    Confirm::Plain
}

pub(super) fn view_invoices(looks: &mut Looks, rules: &Rules) -> Confirm {
    let rule = Rule::CustomersViewInvoices;
    match &rules.closed {
        // A broken file may have said no; a missing one leaves the built-in rules.
        Some(closed) if rules.set.is_empty() => looks.deny(rule, &closed.why),
        _ => {
            let fine = rules.flag(rule) != Some(false);
            let says = if fine { "invoices may be seen" } else { "invoices may not be seen" };
            looks.check(rule, fine, says);
        }
    }
    Confirm::Plain
}

/// `rule` must be there and true; then a second Enter is asked for.
pub(super) fn flag(looks: &mut Looks, rules: &Rules, rule: Rule, what: &str) -> Confirm {
    if rules.flag(rule) == Some(true) {
        looks.add(rule, Mark::Confirm, format!("you may {what}, and that must be confirmed"));
    } else {
        looks.deny(rule, format!("the role {} may not {what}", rules.role));
    }
    Confirm::Plain
}

/// Each step has a rule of its own. Money that is taken is typed again.
pub(super) fn steps(looks: &mut Looks, rules: &Rules, proposal: &Proposal, gate: Gate) -> Confirm {
    let steps: Vec<_> = proposal.terms.steps.iter().filter_map(|step| step_rule(*step)).collect();
    let ours = steps.iter().filter(|(rule, _)| rule.info().gate == Some(gate));
    if steps.is_empty() || ours.count() < proposal.terms.steps.len() {
        return undecided(looks, proposal);
    }
    for (rule, what) in steps {
        flag(looks, rules, rule, what);
    }
    match proposal.amount {
        Some(amount) if proposal.effect == Effect::Money => Confirm::TypeAmount(amount),
        Some(_) | None => Confirm::Plain,
    }
}

/// The rule of a step, and what may be done by it; none where it has more than a flag.
fn step_rule(step: Step) -> Option<(Rule, &'static str)> {
    match step {
        Step::EditCharge => Some((Rule::PaymentsEdit, "change what stands beside a charge")),
        Step::CancelHeld => Some((Rule::PaymentsCancelHeld, "cancel a payment that is not through")),
        Step::CaptureHeld => Some((Rule::PaymentsCaptureHeld, "take money that is held")),
        Step::StageEvidence => Some((Rule::DisputesStage, "prepare evidence")),
        Step::SubmitEvidence => Some((Rule::DisputesSubmit, "hand evidence in")),
        Step::AcceptDispute => Some((Rule::DisputesAccept, "accept a dispute as lost")),
        Step::CallRefundBack
        | Step::TakeDiscount
        | Step::DropSchedule
        | Step::TakeCreditBack
        | Step::BillItem => None,
    }
}

/// What a customer does at a link is not ours to narrow: who may do it in every way may hand it over.
pub(super) fn hand_over(looks: &mut Looks, rules: &Rules, gate: Gate, proposal: &Proposal) -> Confirm {
    let every = |rule: Rule, ways: &[&str]| {
        let may = rules.words(rule).unwrap_or_default();
        ways.iter().all(|way| may.iter().any(|may| may == way)).then_some(true)
    };
    let (rule, may, what) = match gate {
        Gate::Cancel => {
            let may = every(Rule::SubscriptionsCancel, &["period_end", "now"]);
            (Rule::SubscriptionsCancel, may, "let a customer cancel: it takes both period_end and now")
        }
        Gate::Pause => (
            Rule::SubscriptionsPause,
            rules.flag(Rule::SubscriptionsPause),
            "let a customer pause a subscription",
        ),
        Gate::ChangePlan => {
            let may = every(Rule::SubscriptionsChangePlan, &["up", "down"]);
            (Rule::SubscriptionsChangePlan, may, "let a customer change the plan: it takes both up and down")
        }
        Gate::CustomerDetails => {
            let may = rules.flag(Rule::CustomersUpdateEmail);
            (Rule::CustomersUpdateEmail, may, "let a customer change their details")
        }
        Gate::None
        | Gate::Refund
        | Gate::Proration
        | Gate::Trial
        | Gate::Discount
        | Gate::Credit
        | Gate::Payments
        | Gate::ChargeDetails
        | Gate::PaymentMethod
        | Gate::Portal
        | Gate::InvoicesView
        | Gate::InvoicesWrite
        | Gate::Disputes => return undecided(looks, proposal),
    };
    if may == Some(true) {
        looks.add(rule, Mark::Confirm, format!("you may {what}"));
    } else {
        looks.deny(rule, format!("the role {} may not {what}", rules.role));
    }
    Confirm::Plain
}

/// What an invoice says is changed, or given up within its limit. Who may not see invoices changes none.
pub(super) fn invoices(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    let confirm = flag(looks, rules, Rule::InvoicesChange, "change invoices");
    if rules.flag(Rule::CustomersViewInvoices) == Some(false) {
        looks.deny(Rule::CustomersViewInvoices, "who may not see invoices may not change them");
    }
    if proposal.terms.steps.contains(&Step::BillItem) {
        return match proposal.amount {
            Some(amount) if !amount.is_negative() => {
                within(looks, rules, Rule::InvoicesMaxItem, (amount, "billed as one item"))
            }
            _ => {
                looks.deny(Rule::InvoicesMaxItem, "what the customer would pay is not known");
                Confirm::Plain
            }
        };
    }
    match proposal.terms.write_off {
        None => confirm,
        Some(amount) if amount.minor() == 0 => confirm,
        Some(amount) => within(looks, rules, Rule::InvoicesMaxWriteOff, (amount, "written off")),
    }
}

/// What a customer is given, on their balance or by paying less: within its limit, and typed again.
pub(super) fn credit(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    let rule = Rule::CustomersMaxCredit;
    if proposal.terms.steps.contains(&Step::TakeCreditBack) {
        if rules.amounts(rule).is_some_and(|most| most.values().any(|minor| *minor > 0)) {
            let says = "who may give credit may take it back, and that must be confirmed";
            looks.add(rule, Mark::Confirm, says);
        } else {
            looks.deny(rule, format!("the role {} may neither give credit nor take it back", rules.role));
        }
        return Confirm::Plain;
    }
    match (proposal.terms.credit, proposal.amount) {
        (Some(none), Some(amount)) if none.is_zero() && amount.minor() > 0 => {
            looks.add(
                rule,
                Mark::Confirm,
                "nothing is credited beyond what goes back, and that must be confirmed",
            );
            Confirm::TypeAmount(amount)
        }
        (Some(given), Some(amount)) if given.minor() > 0 && amount.minor() > 0 => {
            within(looks, rules, rule, (given, "credited"));
            Confirm::TypeAmount(amount)
        }
        (None, Some(amount)) if amount.minor() > 0 => within(looks, rules, rule, (amount, "credited")),
        _ => {
            looks.deny(rule, "the credit names no amount above zero");
            Confirm::Plain
        }
    }
}

/// At most what `rule` says for the currency; then it is typed again.
fn within(looks: &mut Looks, rules: &Rules, rule: Rule, (amount, done): (Money, &str)) -> Confirm {
    match rules.amount(rule, amount.currency()) {
        None => looks.deny(rule, format!("{} has no limit of its own in {rule}", amount.currency())),
        Some(max) if amount.compare(max).is_some_and(std::cmp::Ordering::is_le) => {
            looks.add(rule, Mark::Confirm, format!("up to {max} may be {done}, and that must be confirmed"));
        }
        Some(max) => looks.deny_but(
            rule,
            format!("{max} is the most that may be {done}"),
            format!("at most {max} may be {done} here"),
        ),
    }
    Confirm::TypeAmount(amount)
}

#[cfg(test)]
#[path = "other_tests.rs"]
mod tests;
