//! The charges with what tells them apart: whose they are, what they paid, for which order, from which card.

use crate::{
    answers::{
        Bag, Quick,
        names::{Name, roomy},
    },
    model::{
        Charge, ChargeStatus, Customer, CustomerId, Invoice, InvoiceLine, Metadata, ProductId, Subscription,
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
    /// Minor units that were given back.
    pub(super) refunded: i64,
    pub(super) currency: Currency,
    pub(super) captured: bool,
    pub(super) disputed: bool,
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

/// With what the ids of payment intents begin.
const INTENT: &str = "pi_";
/// Names under which shops keep what a payment is for.
const ORDER_KEYS: &[&str] = &["order_id", "order", "order_number", "cart_id", "checkout_id", "booking_id"];

impl<'a> Scene<'a> {
    pub fn new(charges: impl IntoIterator<Item = &'a Charge>, sources: &Sources<'a>) -> Self {
        let charges = charges.into_iter();
        let mut people = People::with_room(sources.customers.len(), charges.size_hint().0);
        let mut emails = roomy(sources.customers.len());
        for customer in &sources.customers {
            let email = customer.email.as_ref().map(|email| email.as_str().trim().to_lowercase());
            if let Some(email) = email.filter(|email| !email.is_empty()) {
                let (name, email) = (people.customer(&customer.id), people.email(email));
                people.join(name, email);
                emails.insert(name, email);
            }
        }
        let subscriptions: Quick<Name<'_>, &Subscription> =
            sources.subscriptions.iter().map(|row| (Name::new(row.id.as_str()), *row)).collect();
        let mut paid: Quick<Name<'_>, Billed<'a>> = roomy(sources.paid.len());
        for Paid { by, invoice } in &sources.paid {
            let subscription = invoice.subscription_id();
            let subscription =
                subscription.and_then(|id| subscriptions.get(&Name::new(id.as_str())).copied());
            let line = invoice.main_line();
            let (product, period) = (
                line.and_then(InvoiceLine::product_id),
                line.map(|line| (line.period.start, line.period.end)),
            );
            paid.insert(Name::new(by), Billed { invoice, subscription, product, period });
        }
        // Few are paid without an intent, and then only they are looked up by their own ids.
        let by_charge = sources.paid.iter().any(|paid| !paid.by.starts_with(INTENT));
        let succeeded = charges.filter(|charge| charge.status == ChargeStatus::Succeeded);
        let mut seen: Vec<Seen<'a>> = succeeded
            .map(|charge| {
                let by = charge.payment_intent_id().map_or(charge.id.as_str(), |id| id.as_str());
                let own = || if by_charge { paid.get(&Name::new(charge.id.as_str())) } else { None };
                let (customer, card, person) = people.of(charge);
                Seen {
                    charge,
                    at: charge.created,
                    amount: charge.amount,
                    refunded: charge.amount_refunded,
                    currency: charge.currency,
                    captured: charge.captured,
                    disputed: charge.disputed,
                    person,
                    customer,
                    card,
                    order: order(&charge.metadata).map(|order| people.order(order)),
                    billed: paid.get(&Name::new(by)).or_else(own).copied(),
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

/// A number for each name, and who is the same person: records with one address, or with one card, are joined.
#[derive(Default)]
struct People<'a> {
    customers: Quick<Name<'a>, u32>,
    emails: Quick<String, u32>,
    /// Cards by their fingerprints.
    prints: Quick<Name<'a>, u32>,
    /// Cards by brand and last four digits, which others share.
    digits: Quick<(&'a str, &'a str), u32>,
    orders: Quick<Name<'a>, u32>,
    leads_to: Leads,
}

/// By its number: a name that stands for the same person, or itself.
#[derive(Default)]
struct Leads(Vec<u32>);

impl Leads {
    fn new_number(&mut self) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.push(next);
        next
    }

    fn place(&mut self, at: u32) -> Option<&mut u32> {
        self.0.get_mut(usize::try_from(at).ok()?)
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
}

impl<'a> People<'a> {
    fn with_room(customers: usize, charges: usize) -> Self {
        Self {
            customers: roomy(customers),
            emails: roomy(customers),
            prints: roomy(customers),
            orders: roomy(charges / 4),
            ..Self::default()
        }
    }

    fn customer(&mut self, id: &'a CustomerId) -> u32 {
        *self.customers.entry(Name::new(id.as_str())).or_insert_with(|| self.leads_to.new_number())
    }

    fn email(&mut self, email: String) -> u32 {
        *self.emails.entry(email).or_insert_with(|| self.leads_to.new_number())
    }

    fn order(&mut self, name: &'a str) -> u32 {
        *self.orders.entry(Name::new(name)).or_insert_with(|| self.leads_to.new_number())
    }

    fn root(&mut self, at: u32) -> u32 {
        self.leads_to.root(at)
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return;
        }
        if let Some(place) = self.leads_to.place(other) {
            *place = one;
        }
    }

    /// The numbers of a charge's customer, of its card, and of whose it is.
    fn of(&mut self, charge: &'a Charge) -> (Option<u32>, Option<u32>, u32) {
        let customer = charge.customer_id().map(|id| self.customer(id));
        let card = charge.card();
        let print = card.and_then(|card| card.fingerprint.as_ref()).map(Untrusted::as_str);
        let own = print.filter(|print| !print.is_empty());
        let own = own
            .map(|print| *self.prints.entry(Name::new(print)).or_insert_with(|| self.leads_to.new_number()));
        let digits = || {
            let (card, last4) = (card?, card?.last4.as_ref()?);
            let name = (card.brand.as_ref().map_or("", Untrusted::as_str), last4.as_str());
            Some(*self.digits.entry(name).or_insert_with(|| self.leads_to.new_number()))
        };
        let card = own.or_else(digits);
        let person = match (customer, own) {
            (Some(customer), Some(card)) => {
                self.join(customer, card);
                customer
            }
            (Some(person), None) | (None, Some(person)) => person,
            (None, None) => self.leads_to.new_number(),
        };
        (customer, card, person)
    }
}
