//! The charges with what tells them apart: whose they are, what they paid, for which order, from which card.

use crate::{
    answers::{Bag, Quick},
    model::{
        Charge, ChargeStatus, Customer, Invoice, InvoiceLine, Metadata, ProductId, Subscription,
        SubscriptionId,
    },
    money::Currency,
    text::Untrusted,
    time::Unix,
};

/// An invoice that a payment has paid: by the id of the payment intent, or of a charge without one. Of one invoice it is always the
/// same reference: so its payments are known to be of one.
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

/// One charge as it is compared. What comparing needs stands here in a row, names as numbers, so that a hundred thousand of them
/// are gone through without a look elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) charge: &'a Charge,
    pub(super) at: Unix,
    pub(super) amount: i64,
    pub(super) currency: Currency,
    /// Everybody who is the same person has the same number.
    person: u32,
    pub(super) customer: Option<u32>,
    pub(super) card: Option<u32>,
    pub(super) order: Option<u32>,
    pub(super) billed: Option<Billed<'a>>,
}

/// The invoice that a charge has paid, and what that was mostly for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Billed<'a> {
    pub(super) invoice: &'a Invoice,
    pub(super) subscription: Option<&'a Subscription>,
    pub(super) product: Option<&'a ProductId>,
    pub(super) period: Option<(Unix, Unix)>,
}

impl Billed<'_> {
    pub(super) fn is_of_one_invoice_with(&self, other: &Self) -> bool {
        std::ptr::eq(self.invoice, other.invoice)
    }

    /// Payments of one invoice have the same, and others another.
    pub(super) fn key(&self) -> usize {
        std::ptr::from_ref(self.invoice).addr()
    }
}

impl<'a> Seen<'a> {
    fn key(&self) -> (u32, Currency, Unix) {
        (self.person, self.currency, self.at)
    }

    /// Of one person, and in one currency.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        (self.person, self.currency) == (other.person, other.currency)
    }

    pub(super) fn invoice(&self) -> Option<&'a Invoice> {
        self.billed.map(|billed| billed.invoice)
    }

    pub(super) fn product(&self) -> Option<&'a ProductId> {
        self.billed.and_then(|billed| billed.product)
    }

    pub(super) fn period(&self) -> Option<(Unix, Unix)> {
        self.billed.and_then(|billed| billed.period)
    }

    pub(super) fn subscription(&self) -> Option<&'a Subscription> {
        self.billed.and_then(|billed| billed.subscription)
    }
}

/// Charges to be compared, whoever's they are: those of one person stand together, the oldest first.
#[derive(Debug)]
pub struct Scene<'a> {
    pub(super) seen: Vec<Seen<'a>>,
    /// The address of a customer, both as their numbers.
    pub(super) emails: Quick<u32, u32>,
}

/// Names under which shops keep what a payment is for.
const ORDER_KEYS: &[&str] = &["order_id", "order", "order_number", "cart_id", "checkout_id", "booking_id"];

impl<'a> Scene<'a> {
    pub fn new(charges: impl IntoIterator<Item = &'a Charge>, sources: &Sources<'a>) -> Self {
        let mut people = People::default();
        let mut emails = Quick::default();
        for customer in &sources.customers {
            let email = customer.email.as_ref().map(|email| email.as_str().trim().to_lowercase());
            if let Some(email) = email.filter(|email| !email.is_empty()) {
                let (name, email) = (Name::Customer(customer.id.as_str()), Name::Email(email));
                let (name, email) = (people.number(name), people.number(email));
                people.join(name, email);
                emails.insert(name, email);
            }
        }
        let subscriptions: Quick<&SubscriptionId, &Subscription> =
            sources.subscriptions.iter().map(|row| (&row.id, *row)).collect();
        let mut paid: Quick<&str, Billed<'a>> =
            Quick::with_capacity_and_hasher(sources.paid.len(), foldhash::fast::RandomState::default());
        for Paid { by, invoice } in &sources.paid {
            let subscription = invoice.subscription_id().and_then(|id| subscriptions.get(id).copied());
            let line = invoice.main_line();
            let (product, period) = (
                line.and_then(InvoiceLine::product_id),
                line.map(|line| (line.period.start, line.period.end)),
            );
            paid.insert(by, Billed { invoice, subscription, product, period });
        }
        let succeeded = charges.into_iter().filter(|charge| charge.status == ChargeStatus::Succeeded);
        let mut seen: Vec<Seen<'a>> = succeeded
            .map(|charge| {
                let by = charge.payment_intent_id().map_or(charge.id.as_str(), |id| id.as_str());
                let (customer, card, person) = people.of(charge);
                Seen {
                    charge,
                    at: charge.created,
                    amount: charge.amount,
                    currency: charge.currency,
                    person,
                    customer,
                    card,
                    order: order(&charge.metadata).map(|order| people.number(Name::Order(order))),
                    billed: paid.get(by).or_else(|| paid.get(charge.id.as_str())).copied(),
                }
            })
            .collect();
        for one in &mut seen {
            one.person = people.root(one.person);
        }
        let mut order: Vec<_> = (0..).zip(&seen).map(|(at, seen)| (seen.key(), at)).collect();
        let id = |at: usize| seen.get(at).map(|seen| &seen.charge.id);
        order.sort_unstable_by(|(one, a), (other, b)| one.cmp(other).then_with(|| id(*a).cmp(&id(*b))));
        let seen = order.into_iter().filter_map(|(_, at)| seen.get(at).copied()).collect();
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

fn order(metadata: &Metadata) -> Option<&str> {
    let named = |key: &&str| {
        let mine = metadata.iter().find(|(name, _)| name.as_str() == *key);
        mine.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    if metadata.is_empty() { None } else { ORDER_KEYS.iter().find_map(named) }
}

#[derive(PartialEq, Eq, Hash)]
enum Name<'a> {
    Customer(&'a str),
    Email(String),
    /// A card by its fingerprint.
    Print(&'a str),
    /// A card by its brand and last four digits, which others share.
    Digits(&'a str, &'a str),
    Order(&'a str),
}

/// A number for each name, and who is the same person: records with one address, or with one card, are joined.
#[derive(Default)]
struct People<'a> {
    numbers: Quick<Name<'a>, u32>,
    leads_to: Vec<u32>,
}

impl<'a> People<'a> {
    fn new_number(&mut self) -> u32 {
        let next = u32::try_from(self.leads_to.len()).unwrap_or(u32::MAX);
        self.leads_to.push(next);
        next
    }

    fn number(&mut self, name: Name<'a>) -> u32 {
        if let Some(known) = self.numbers.get(&name) {
            return *known;
        }
        let new = self.new_number();
        self.numbers.insert(name, new);
        new
    }

    fn place(&mut self, at: u32) -> Option<&mut u32> {
        self.leads_to.get_mut(usize::try_from(at).ok()?)
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while let Some(up) = self.place(at).map(|up| *up).filter(|up| *up != at) {
            let above = self.place(up).map_or(up, |above| *above);
            if let Some(place) = self.place(at) {
                *place = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(place) = self.place(other) {
            *place = one;
        }
    }

    /// The numbers of a charge's customer, of its card, and of whose it is.
    fn of(&mut self, charge: &'a Charge) -> (Option<u32>, Option<u32>, u32) {
        let customer = charge.customer_id().map(|id| self.number(Name::Customer(id.as_str())));
        let card = charge.card();
        let print = card.and_then(|card| card.fingerprint.as_ref()).map(Untrusted::as_str);
        let own = print.filter(|print| !print.is_empty()).map(|print| self.number(Name::Print(print)));
        let digits = || {
            let (card, last4) = (card?, card?.last4.as_ref()?);
            let brand = card.brand.as_ref().map_or("", Untrusted::as_str);
            Some(self.number(Name::Digits(brand, last4.as_str())))
        };
        let card = own.or_else(digits);
        let person = match (customer, own) {
            (Some(customer), Some(card)) => {
                self.join(customer, card);
                customer
            }
            (Some(person), None) | (None, Some(person)) => person,
            (None, None) => self.new_number(),
        };
        (customer, card, person)
    }
}
