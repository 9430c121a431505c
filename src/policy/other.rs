//! Gates with one simple rule, reads, and what no rule decides yet.

use super::{
    Confirm, Mark,
    common::Looks,
    rules::{Rule, Rules},
};
use crate::{actions::Proposal, money::Money};

pub(super) fn read(looks: &mut Looks) -> Confirm {
    looks.pass("reads", "reading changes nothing");
    Confirm::Plain
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

/// What an invoice says is changed, or given up within its limit.
pub(super) fn invoices(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    let confirm = flag(looks, rules, Rule::InvoicesChange, "change invoices");
    match proposal.terms.write_off {
        None => confirm,
        Some(amount) if amount.minor() == 0 => confirm,
        Some(amount) => within(looks, rules, Rule::InvoicesMaxWriteOff, (amount, "written off")),
    }
}

/// Credit on a customer's balance: within its limit, and typed again.
pub(super) fn credit(looks: &mut Looks, rules: &Rules, proposal: &Proposal) -> Confirm {
    let rule = Rule::CustomersMaxCredit;
    match proposal.amount {
        Some(amount) if amount.minor() > 0 => within(looks, rules, rule, (amount, "credited")),
        Some(_) | None => {
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
