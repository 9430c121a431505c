//! The groups as one JSON document, for scripts and assistants.

use serde_json::{Value, json};

use super::{Group, Member, Proposal, Sign, Verdict};
use crate::{
    answers::{Want, bag::Bag, explain::money, reply::Voice},
    model::{ChargeId, CustomerId, InvoiceId},
};

/// What was found, and what was looked at for it.
pub fn json(groups: &[Group<'_>], customer: &CustomerId, (bag, voice): (&Bag, &Voice)) -> Value {
    // Of what was not read nothing is counted.
    let read = bag.why_not(&Want::Charges(customer.clone())).is_none();
    let likely = groups.iter().filter(|group| group.is_likely()).count();
    let looked = bag.looked().into_iter().map(|(what, not)| json!({"what": what, "not": not}));
    json!({
        "likely": read.then_some(likely),
        "not_known": super::gaps(bag, customer),
        "groups": groups.iter().map(|one| group(one, voice)).collect::<Vec<_>>(),
        "looked_at": looked.collect::<Vec<_>>(),
    })
}

fn group(group: &Group<'_>, voice: &Voice) -> Value {
    let twice = matches!(group.verdict, Verdict::Twice(_));
    json!({
        "verdict": if twice { "duplicate" } else { "look_alike" },
        "cause": group.verdict.code(),
        "says": group.verdict.words(),
        "sure": group.sure,
        "likely": group.is_likely(),
        "charges": group.charges.iter().map(member).collect::<Vec<_>>(),
        "for": group.signs.iter().filter(|sign| sign.weight() > 0).map(sign).collect::<Vec<_>>(),
        "against": group.signs.iter().filter(|sign| sign.weight() < 0).map(sign).collect::<Vec<_>>(),
        "besides": group.signs.iter().filter(|sign| sign.weight() == 0).map(sign).collect::<Vec<_>>(),
        "proposal": proposal(&group.proposal),
        "reply": super::reply(group).text(voice).ok(),
    })
}

fn sign(sign: &Sign) -> Value {
    json!({"weight": sign.weight(), "says": sign.words()})
}

fn member(member: &Member<'_>) -> Value {
    json!({
        "id": member.id.as_str(), "amount": money(member.amount), "refunded": money(member.refunded), "created": member.at.0,
        "customer": member.customer.as_deref().map(CustomerId::as_str), "fulfils": member.fulfils,
    })
}

fn proposal(proposal: &Proposal) -> Value {
    match proposal {
        Proposal::Refund { charges, keep, why } => {
            let charges: Vec<_> = charges.iter().map(crate::model::ChargeId::as_str).collect();
            json!({"do": "refund", "charges": charges, "keep": keep.as_str(), "why": why})
        }
        Proposal::CreditNote { invoice, charge, besides, why } => {
            let one = |(invoice, charge): &(InvoiceId, ChargeId)| json!({"invoice": invoice.as_str(), "charge": charge.as_str()});
            let besides: Vec<_> = besides.iter().map(one).collect();
            json!({"do": "credit_note", "invoice": invoice.as_str(), "charge": charge.as_str(), "besides": besides, "why": why})
        }
        Proposal::Release { charge, why } => json!({"do": "release", "charge": charge.as_str(), "why": why}),
        Proposal::Nothing { why } => json!({"do": "nothing", "why": why}),
    }
}
