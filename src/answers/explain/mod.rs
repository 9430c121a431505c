//! Why somebody was charged: what a charge consists of, to the cent, what it was for, what led to it, and when the next one comes.
//! Says nothing that was not read, and names what could not be.

mod case;
mod cause;
mod changes;
mod json;
mod next;
mod plan;
mod said;
mod sum;
#[cfg(test)]
mod tests;
mod tiers;
mod told;
mod twin;
mod typed;
mod untaken;
mod words;

use serde::{Deserialize, Serialize};

use self::{case::Case, words::Story};
pub(super) use self::{
    case::day,
    changes::{By, by},
    plan::EVENTS_KEPT_S,
};
pub use self::{
    cause::Cause,
    json::{json, money},
    next::Next,
    plan::looks,
    said::{Fit, Said},
    sum::{Part, PartKind, Stand, Sum},
};
use super::{bag::Bag, reply::Reply};
use crate::{
    actions::Moment,
    model::{
        AnyId, ChargeId, ChargeStatus, Customer, CustomerId, InvoiceId, InvoiceStatus, Kind, PaymentIntentId,
        SubscriptionId,
    },
};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// A charge, a payment intent, an invoice, or something that names one of them.
    About(AnyId),
    /// What the customer says: an amount, a day.
    Said(CustomerId, Said),
}

/// A record on the way from the charge to what was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub id: AnyId,
    /// What is known of it, in a few words.
    pub says: String,
}

/// Something that was looked at, and why it brought nothing, if so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    pub what: String,
    pub not: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The charge or the invoice that it is about; none where there is none.
    pub about: Option<AnyId>,
    /// What it was: the answer first, what went along with it behind.
    pub causes: Vec<Cause>,
    /// In plain words, a sentence each.
    pub says: Vec<String>,
    pub sum: Option<Sum>,
    /// From the charge to the product.
    pub chain: Vec<Step>,
    pub next: Next,
    /// What could not be known, a sentence each.
    pub unknown: Vec<String>,
    /// What else may be meant by an amount and a day: the charge, and how it fits.
    pub others: Vec<Fit>,
    pub looked: Vec<Looked>,
    pub reply: Reply,
}

/// The answer to what was asked, from what was read.
pub fn explain(bag: &Bag, ask: &Ask, moment: &Moment) -> Explanation {
    let looked = bag.looked().into_iter().map(|(what, not)| Looked { what, not }).collect();
    match ask {
        Ask::About(id) => about(bag, id, moment, looked),
        Ask::Said(customer, said) => {
            let fits = said::fits(bag, customer, said, moment);
            let Some((best, others)) = fits.split_first() else {
                return Explanation { looked, ..said::nothing(bag, customer, said, moment) };
            };
            let mut told = about(bag, &best.charge.any(), moment, looked);
            told.others = others.to_vec();
            said::lead(&mut told, best);
            told
        }
    }
}

/// Whom the answer is told.
pub fn whose<'a>(bag: &'a Bag, ask: &'a Ask, told: &'a Explanation) -> Option<&'a Customer> {
    let about = told.about.as_ref();
    let id = match (ask, about.map(|id| id.kind)) {
        (Ask::Said(customer, _), _) => Some(customer),
        (_, Some(Kind::Charge)) => bag.charges().find(|row| Some(&row.id.any()) == about)?.customer_id(),
        (_, Some(Kind::Invoice)) => bag.invoices().find(|row| Some(&row.id.any()) == about)?.customer_id(),
        _ => None,
    };
    bag.customer(id?)
}

/// The charge, or the invoice, that an id leads to.
fn target(bag: &Bag, id: &AnyId) -> Target {
    let charge_of = |intent: &PaymentIntentId| {
        let intent = bag.intent(intent);
        intent.and_then(|intent| intent.latest_charge_id()).cloned()
    };
    match id.kind {
        Kind::Charge => Target::Charge(ChargeId::from(id.id.clone())),
        Kind::PaymentIntent => {
            charge_of(&PaymentIntentId::from(id.id.clone())).map_or(Target::Nothing, Target::Charge)
        }
        Kind::Invoice => paid_with(bag, &InvoiceId::from(id.id.clone())),
        Kind::Subscription => {
            let subscription = bag.subscription(&SubscriptionId::from(id.id.clone()));
            let invoice = subscription.and_then(|found| found.latest_invoice_id());
            invoice.map_or(Target::Nothing, |invoice| paid_with(bag, invoice))
        }
        Kind::Refund => {
            let refund = bag.refunds().find(|refund| refund.id.as_str() == id.id);
            let charge = refund.and_then(|refund| refund.charge_id().cloned());
            charge.map_or(Target::Nothing, Target::Charge)
        }
        Kind::Dispute => {
            let dispute = bag.disputes().find(|dispute| dispute.id.as_str() == id.id);
            let charge = dispute.and_then(|dispute| dispute.charge_id().cloned());
            charge.map_or(Target::Nothing, Target::Charge)
        }
        _ => Target::Nothing,
    }
}

enum Target {
    Charge(ChargeId),
    /// An invoice that no charge has paid.
    Invoice(InvoiceId),
    Nothing,
}

/// The charge that paid an invoice; the invoice itself where none did, however often it was tried.
fn paid_with(bag: &Bag, invoice: &InvoiceId) -> Target {
    let mut charges: Vec<_> = case::payments_of(bag, invoice)
        .filter_map(|payment| {
            let intent =
                payment.payment.payment_intent_id().and_then(|id| bag.intent(id)?.latest_charge_id());
            payment.payment.charge_id().or(intent)
        })
        .filter_map(|id| bag.charge(id))
        .collect();
    // Of one that is open, a charge may have paid a part: what is asked for is the rest.
    let is_paid = bag.invoice(invoice).is_none_or(|invoice| invoice.status == InvoiceStatus::Paid);
    charges.retain(|charge| charge.paid && is_paid || charge.status == ChargeStatus::Pending);
    charges.sort_by_key(|charge| (!charge.paid, charge.created));
    charges
        .first()
        .map_or_else(|| Target::Invoice(invoice.clone()), |charge| Target::Charge(charge.id.clone()))
}

fn about(bag: &Bag, id: &AnyId, moment: &Moment, looked: Vec<Looked>) -> Explanation {
    let case = match target(bag, id) {
        Target::Charge(charge) => Case::of_charge(bag, &charge, moment),
        Target::Invoice(invoice) => Case::of_invoice(bag, &invoice, moment),
        Target::Nothing => None,
    };
    let Some(case) = case else {
        return Explanation { looked, ..unread(bag, id) };
    };
    let causes = cause::causes(&case);
    let sum = sum::sum(&case);
    let next = next::next(&case);
    let Story { says, unknown, reply } = words::story(&case, &causes, sum.as_ref(), &next);
    Explanation {
        about: case.id(),
        causes,
        says,
        sum,
        chain: case.chain(),
        next,
        unknown,
        others: Vec::new(),
        looked,
        reply,
    }
}

/// Nothing was read that could be explained: there is no such record, or it leads to no charge.
fn unread(bag: &Bag, id: &AnyId) -> Explanation {
    use super::{bag::Why, want::Want};
    let why_not = bag.why_not(&Want::Object(id.clone()));
    let is_gone = matches!(why_not, Some(Why::NoSuch));
    let why = match why_not {
        Some(Why::NoSuch) => {
            format!("Stripe has no {} {} on this account, or it was deleted.", id.kind.noun(), id.id)
        }
        Some(Why::Hidden(why) | Why::Failed(why)) => format!("{} could not be read: {why}.", id.id),
        None => format!("{} {} leads to no charge.", crate::text::a(id.kind.noun()), id.id),
    };
    let ask =
        is_gone.then(|| format!("It may be of another account, or of test mode. {}", said::to_ask(bag)));
    let none: [(&'static str, Vec<Reply>); 1] = [("what", Vec::new())];
    Explanation {
        about: None,
        causes: vec![if is_gone { Cause::NotOurs } else { Cause::Unknown }],
        says: [Some(why), ask].into_iter().flatten().collect(),
        sum: None,
        chain: Vec::new(),
        next: Next::Unknown("there is no subscription to tell it from".into()),
        unknown: Vec::new(),
        others: Vec::new(),
        looked: Vec::new(),
        reply: if is_gone { Reply::new("explain_not_found", none) } else { Reply::none() },
    }
}
