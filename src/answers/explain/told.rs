//! What the customer can be told of a charge: the text of its cause, filled with what was read.

use super::{
    case::Case,
    cause::Cause,
    next::Next,
    words::{bought, exact},
};
use crate::{
    answers::reply::Reply,
    model::{Charge, ChargeStatus},
    money::Money,
};

/// The text for the customer; where its own needs a fact that is missing, the general one.
pub(super) fn reply(case: &Case<'_>, main: &Cause, next: &Next) -> Reply {
    let Some(charge) = case.charge else { return of_invoice(case) };
    let state = match &charge.status {
        ChargeStatus::Succeeded if charge.disputed => Some("charge_disputed"),
        ChargeStatus::Pending | ChargeStatus::Other(_) => return Reply::none(),
        _ => None,
    };
    let own = format!("explain_{}", main.code());
    let known = |name: &'static str, value: Option<String>| value.map(|value| (name, value));
    let facts = [
        known("amount", case.amount().map(|amount| amount.to_string())),
        known("date", case.at().map(|at| case.day(at))),
        known("method", Some(charge.method()).filter(|method| !method.is_empty())),
        known("plan", case.plan()),
        known("what", case.plan().or_else(|| Some(bought(case)))),
        known("interval", case.interval()),
        known("number", case.invoice.map(|invoice| invoice.title().to_owned())),
        known("next", Some(next_words(case, next))),
        known("after", Some(after_words(charge))),
    ];
    let facts = facts.into_iter().flatten().chain(own_facts(case, main));
    let reply = Reply::new(state.unwrap_or(&own), facts);
    if reply.text().is_ok() {
        return reply;
    }
    Reply { case: "explain_payment".into(), ..reply }
}

/// What only this cause has to tell.
fn own_facts(case: &Case<'_>, main: &Cause) -> Vec<(&'static str, String)> {
    match main {
        Cause::PriceChange { from, to } | Cause::TaxChange { from, to } => {
            vec![("from", from.to_string()), ("to", to.to_string())]
        }
        Cause::QuantityChange { from, to } => vec![("from", from.to_string()), ("to", to.to_string())],
        Cause::Upgrade { from, to } if !from.is_empty() => vec![("from", from.clone()), ("to", to.clone())],
        Cause::DiscountExpired(off) => vec![("off", off.to_string())],
        Cause::Duplicate(other) => {
            let first = case.bag.charge(other).map(|first| exact(case, first.created));
            first.map(|first| ("first", first)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn of_invoice(case: &Case<'_>) -> Reply {
    let Some(invoice) = case.invoice else { return Reply::none() };
    let (name, amount) = match &invoice.status {
        crate::model::InvoiceStatus::Paid => ("invoice_paid", invoice.total),
        crate::model::InvoiceStatus::Open => ("invoice_open", invoice.amount_remaining),
        crate::model::InvoiceStatus::Void => ("invoice_void", invoice.total),
        _ => return Reply::none(),
    };
    let amount = Money::new(amount, invoice.currency).to_string();
    Reply::new(
        name,
        [("number", invoice.title().to_owned()), ("date", case.day(invoice.created)), ("amount", amount)],
    )
}

/// ` Your next billing date is 25 Apr.`; nothing where none can be promised.
fn next_words(case: &Case<'_>, next: &Next) -> String {
    let paused = case.subscription.is_some_and(|row| row.pause_collection.is_some());
    match next {
        Next::At { at, .. } if !paused => format!(" Your next billing date is {}.", case.day(*at)),
        _ => case
            .subscription
            .filter(|row| !row.is_over())
            .and_then(crate::model::Subscription::ends_at)
            .map_or_else(String::new, |ends| {
                format!(" It ends on {}, and nothing more is charged.", case.day(ends))
            }),
    }
}

/// What happened to the charge since.
fn after_words(charge: &Charge) -> String {
    match charge.refunded_money() {
        none if none.is_zero() => String::new(),
        _ if charge.refunded => " It was refunded in full.".into(),
        some => format!(" {some} of it was refunded."),
    }
}
