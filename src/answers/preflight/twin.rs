//! Another payment that may be the same one: given back already, or the one of the two that is to go back.

use super::{Check, Weight, check};
use crate::{
    answers::{
        Bag,
        duplicates::{self, Group, LookAlike, Proposal, Scene, Verdict},
        timeline,
        want::{ALIKE_S, Want},
    },
    model::{Charge, ChargeId, ChargeStatus},
    text::short_id,
    time::span,
};

/// Of so many alike their invoices are asked for.
const MOST: usize = 4;

/// The same customer and amount, near in time.
fn alike<'a>(bag: &'a Bag, charge: &'a Charge) -> impl Iterator<Item = &'a Charge> {
    bag.charges().filter(|other| {
        other.id != charge.id
            && other.customer_id().is_some()
            && other.customer_id() == charge.customer_id()
            && (other.amount, other.currency) == (charge.amount, charge.currency)
            && other.status == ChargeStatus::Succeeded
            && other.created.since(charge.created).abs() <= ALIKE_S
    })
}

/// What tells whether there is one, and which of the two fulfils an invoice.
pub(super) fn wants(bag: &Bag, charge: &Charge) -> Vec<Want> {
    let near = charge.customer_id().map(|customer| Want::ChargesNear(customer.clone(), charge.created));
    let intents = alike(bag, charge).take(MOST).filter_map(|other| other.payment_intent_id());
    let intents = intents.map(|intent| Want::PaidBy(intent.clone()));
    near.into_iter().chain(intents).chain(notes(bag, charge)).collect()
}

/// Who gave one of them back stands on the credit note, where one did.
fn notes(bag: &Bag, charge: &Charge) -> Vec<Want> {
    let unnamed = |other: &&Charge| {
        let mut own = bag.refunds().filter(|refund| refund.charge_id() == Some(&other.id));
        own.any(|refund| timeline::agent_of(bag, refund).is_none())
    };
    let invoice = |other: &Charge| {
        let mut paid = bag.payments();
        let own = paid.find(|payment| {
            other.payment_intent_id().is_some()
                && payment.payment.payment_intent_id() == other.payment_intent_id()
        });
        Some(Want::NotesOf(own?.invoice_id()?.clone()))
    };
    alike(bag, charge).filter(unnamed).take(MOST).filter_map(invoice).collect()
}

pub(super) fn checks(bag: &Bag, charge: &Charge) -> Vec<Check> {
    let mut back: Vec<&Charge> =
        alike(bag, charge).filter(|other| !other.refunded_money().is_zero()).collect();
    back.sort_by_key(|other| other.created.since(charge.created).abs());
    let groups = duplicates::find(&Scene::of(bag));
    let group = groups.iter().find(|group| group.charges.iter().any(|member| *member.id == charge.id));
    let honest = group.is_some_and(|group| match group.verdict {
        Verdict::Twice(_) => false,
        Verdict::Not(look) => !matches!(look, LookAlike::AlreadyRefunded | LookAlike::RefundedTooMuch),
    });
    let given = back.first().filter(|_| !honest).map(|other| given_back(bag, charge, other));
    let other = group.filter(|group| group.is_likely()).and_then(|group| other_one(group, &charge.id));
    given.into_iter().chain(other).collect()
}

fn given_back(bag: &Bag, charge: &Charge, other: &Charge) -> Check {
    let apart = other.created.since(charge.created);
    let when = if apart < 0 { "before" } else { "after" };
    let own: Vec<_> = bag.refunds().filter(|refund| refund.charge_id() == Some(&other.id)).collect();
    let named = own.iter().find_map(|refund| timeline::agent_of(bag, refund));
    let by = match named {
        Some(agent) => format!(" by {agent}"),
        None if own.is_empty() => String::new(),
        None => ", not with paydesk".to_owned(),
    };
    let says = format!(
        "{} of {}, the same amount {} {when}, is given back already{by}",
        other.refunded_money(),
        short_id(other.id.as_str()),
        span(apart.abs().max(1)),
    );
    check(Weight::Warns, says)
        .instead("look whether it was the same payment: then nothing is left to be refunded")
}

/// It is proposed to give the other one back, and to leave this one.
fn other_one(group: &Group<'_>, own: &ChargeId) -> Option<Check> {
    let (other, why) = match &group.proposal {
        Proposal::Refund { charges, why, .. } if !charges.contains(own) => (charges.first()?, why),
        Proposal::CreditNote { charge, besides, why, .. }
            if charge != own && besides.iter().all(|(_, other)| other != own) =>
        {
            (charge, why)
        }
        _ => return None,
    };
    let says =
        format!("of the likely duplicates {} is the one to give back: {why}", short_id(other.as_str()));
    Some(check(Weight::Warns, says).instead("refund that one, and leave this one"))
}
