//! The charges with what tells them apart: whose they are, what they paid, for which order, from which card.

use std::collections::HashMap;

use crate::{
    answers::Bag,
    model::{
        Charge, ChargeStatus, Customer, Invoice, InvoiceLine, Link, Metadata, ProductId, Subscription,
        SubscriptionId,
    },
    text::Untrusted,
    time::Unix,
};

/// An invoice that a payment has paid: by the id of the payment intent, or of a charge without one.
#[derive(Clone, Copy, Debug)]
pub struct Paid<'a> {
    pub by: &'a str,
    pub invoice: &'a Invoice,
}

/// What the charges are looked at beside.
#[derive(Clone, Debug, Default)]
pub struct Sources<'a> {
    pub paid: Vec<Paid<'a>>,
    pub subscriptions: Vec<&'a Subscription>,
    pub customers: Vec<&'a Customer>,
}

/// One charge as it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) charge: &'a Charge,
    pub(super) invoice: Option<&'a Invoice>,
    pub(super) subscription: Option<&'a Subscription>,
    pub(super) product: Option<&'a ProductId>,
    pub(super) period: Option<(Unix, Unix)>,
    pub(super) order: Option<&'a str>,
    /// Everybody who is the same person has the same number.
    pub(super) person: usize,
}

/// Charges to be compared, whoever's they are.
#[derive(Debug)]
pub struct Scene<'a> {
    pub(super) seen: Vec<Seen<'a>>,
    pub(super) emails: HashMap<&'a str, String>,
}

/// Names under which shops keep what a payment is for.
const ORDER_KEYS: &[&str] = &["order_id", "order", "order_number", "cart_id", "checkout_id", "booking_id"];

impl<'a> Scene<'a> {
    pub fn new(charges: impl IntoIterator<Item = &'a Charge>, sources: &Sources<'a>) -> Self {
        let paid: HashMap<&str, &Invoice> = sources.paid.iter().map(|paid| (paid.by, paid.invoice)).collect();
        let subscriptions: HashMap<&SubscriptionId, &Subscription> =
            sources.subscriptions.iter().map(|row| (&row.id, *row)).collect();
        let mut people = People::default();
        let mut emails = HashMap::new();
        for customer in &sources.customers {
            let email = customer.email.as_ref().map(|email| email.as_str().trim().to_lowercase());
            if let Some(email) = email.filter(|email| !email.is_empty()) {
                people.join(Name::Customer(customer.id.as_str()), Name::Email(email.clone()));
                emails.insert(customer.id.as_str(), email);
            }
        }
        let mut seen: Vec<Seen<'a>> = Vec::new();
        for charge in charges.into_iter().filter(|charge| charge.status == ChargeStatus::Succeeded) {
            let person = people.of(charge);
            let by = charge.payment_intent_id().map_or(charge.id.as_str(), |id| id.as_str());
            let invoice = paid.get(by).or_else(|| paid.get(charge.id.as_str())).copied();
            let line = invoice.and_then(main_line);
            seen.push(Seen {
                charge,
                invoice,
                subscription: invoice
                    .and_then(|invoice| subscriptions.get(invoice.subscription_id()?).copied()),
                product: line.and_then(product_of),
                period: line.map(|line| (line.period.start, line.period.end)),
                order: order(&charge.metadata),
                person,
            });
        }
        for one in &mut seen {
            one.person = people.root(one.person);
        }
        Self { seen, emails }
    }

    /// Of what was read for an answer.
    pub fn of(bag: &'a Bag) -> Self {
        let paid = bag.payments().filter_map(|payment| {
            let invoice = bag.invoice(payment.invoice_id()?)?;
            let by = payment.payment.payment_intent_id().map(crate::model::PaymentIntentId::as_str);
            Some(Paid { by: by.or_else(|| Some(payment.payment.charge_id()?.as_str()))?, invoice })
        });
        let sources = Sources {
            paid: paid.collect(),
            subscriptions: bag.subscriptions().collect(),
            customers: bag.customers().collect(),
        };
        Self::new(bag.charges(), &sources)
    }
}

/// The line that says what an invoice is mostly for: of a subscription before others, the largest first.
fn main_line(invoice: &Invoice) -> Option<&InvoiceLine> {
    let lines = invoice.lines.data.iter().filter(|line| !line.is_proration());
    lines.max_by_key(|line| {
        let of_subscription =
            line.parent.as_ref().is_some_and(|parent| parent.subscription_item_details.is_some());
        (of_subscription, line.amount)
    })
}

fn product_of(line: &InvoiceLine) -> Option<&ProductId> {
    let details = line.pricing.as_ref()?.price_details.as_ref()?;
    details.product.as_ref().or_else(|| match details.price.as_ref()? {
        Link::Object(price) => price.product_id(),
        Link::Id(_) => None,
    })
}

fn order(metadata: &Metadata) -> Option<&str> {
    let named = |key: &&str| {
        let mine = metadata.iter().find(|(name, _)| name.as_str() == *key);
        mine.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    if metadata.is_empty() { None } else { ORDER_KEYS.iter().find_map(named) }
}

/// What tells one card from another: its fingerprint, or brand and last four digits.
pub(super) fn card(charge: &Charge) -> Option<(&str, &str)> {
    let card = charge.card()?;
    let print = card.fingerprint.as_ref().map(Untrusted::as_str).filter(|print| !print.is_empty());
    let brand = card.brand.as_ref().map_or("", Untrusted::as_str);
    print.map(|print| ("", print)).or_else(|| Some((brand, card.last4.as_ref()?.as_str())))
}

#[derive(PartialEq, Eq, Hash)]
enum Name<'a> {
    Customer(&'a str),
    Email(String),
    /// By its fingerprint alone: four digits are shared by many.
    Card(&'a str),
    Charge(&'a str),
}

/// Who is the same person: records with one address, or with one card, are joined.
#[derive(Default)]
struct People<'a> {
    numbers: HashMap<Name<'a>, usize>,
    leads_to: Vec<usize>,
}

impl<'a> People<'a> {
    fn number(&mut self, name: Name<'a>) -> usize {
        let next = self.leads_to.len();
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.leads_to.push(next);
        }
        number
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(up) = self.leads_to.get(at).copied().filter(|up| *up != at) {
            let above = self.leads_to.get(up).copied().unwrap_or(up);
            if let Some(place) = self.leads_to.get_mut(at) {
                *place = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: Name<'a>, other: Name<'a>) -> usize {
        let (one, other) = (self.number(one), self.number(other));
        let (one, other) = (self.root(one), self.root(other));
        if let Some(place) = self.leads_to.get_mut(other) {
            *place = one;
        }
        one
    }

    fn of(&mut self, charge: &'a Charge) -> usize {
        let print = charge.card().and_then(|card| card.fingerprint.as_ref()).map(Untrusted::as_str);
        let print = print.filter(|print| !print.is_empty());
        match (charge.customer_id(), print) {
            (Some(customer), Some(print)) => self.join(Name::Customer(customer.as_str()), Name::Card(print)),
            (Some(customer), None) => self.number(Name::Customer(customer.as_str())),
            (None, Some(print)) => self.number(Name::Card(print)),
            (None, None) => self.number(Name::Charge(charge.id.as_str())),
        }
    }
}
