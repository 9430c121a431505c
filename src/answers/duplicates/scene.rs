//! The charges with what tells them apart: whose they are, what they paid, for which order, from which card.

use std::{
    collections::BTreeSet,
    ops::{Deref, Range},
};

use super::{
    paid::{invoices, orders},
    people::{Owned, Owners},
};
use crate::{
    answers::{Bag, halves::both, names::Names},
    model::{
        Charge, ChargeId, Customer, Dispute, DisputeStatus, Invoice, InvoiceLine, ProductId, Subscription,
        SubscriptionId,
    },
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
    /// How those stand that were disputed.
    pub disputes: Vec<&'a Dispute>,
}

/// One charge as it is compared. What comparing needs stands here in a row, names as numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    owned: Owned<'a>,
    pub(super) order: Option<usize>,
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

impl<'a> Deref for Seen<'a> {
    type Target = Owned<'a>;

    fn deref(&self) -> &Self::Target {
        &self.owned
    }
}

impl<'a> Seen<'a> {
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

/// Charges to be compared, whoever's they are.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The invoice that each has paid.
    invoices: Vec<Option<&'a Invoice>>,
    /// The order that each names.
    orders: Vec<Option<usize>>,
    subscriptions: Names<'a, &'a Subscription>,
    /// Charges that were disputed, and stand: the bank gives nothing of them back.
    stand: BTreeSet<&'a ChargeId>,
    pub(super) owners: Owners<'a>,
}

impl<'a> Scene<'a> {
    pub fn new(charges: impl IntoIterator<Item = &'a Charge>, sources: &Sources<'a>) -> Self {
        let charges: Vec<&Charge> = charges.into_iter().collect();
        // Whose they are, and what they have paid, are two questions.
        let (owners, (invoices, orders, subscriptions)) = both(
            charges.len(),
            || Owners::of(&charges, &sources.customers),
            || {
                let invoices = invoices(&charges, &sources.paid);
                (invoices, orders(&charges), by_id(&sources.subscriptions))
            },
        );
        Self { invoices, orders, subscriptions, stand: stand(&sources.disputes), owners }
    }

    /// The charges of some people: those of one person stand together, in each currency the oldest first.
    pub(super) fn of_people(&self, people: &[Range<usize>], seen: &mut Vec<Seen<'a>>) {
        let owned = people.iter().flat_map(|person| self.owners.of_person(person));
        seen.clear();
        seen.extend(owned.filter_map(|owned| self.seen(owned)));
        // One thing of all of them after another: what one waits for is on its way while others are read.
        let billed = seen.iter_mut().filter_map(|seen| seen.billed.as_mut());
        let mut billed: Vec<_> = billed.map(|billed| (billed.invoice.main_line(), billed)).collect();
        let names = billed.iter_mut().map(|(line, billed)| {
            billed.product = line.and_then(InvoiceLine::product_id);
            billed.period = line.map(|line| (line.period.start, line.period.end));
            billed.invoice.subscription_id().map(SubscriptionId::as_str)
        });
        let (names, mut read) = (names.collect::<Vec<_>>(), Vec::new());
        self.subscriptions.read(&names, &mut read);
        for ((_, billed), name) in billed.into_iter().zip(read) {
            billed.subscription = name.and_then(|name| self.subscriptions.get(&name).copied());
        }
        seen.sort_unstable_by(|a, b| {
            (a.person, a.currency, a.at)
                .cmp(&(b.person, b.currency, b.at))
                .then_with(|| a.charge.id.cmp(&b.charge.id))
        });
    }

    fn seen(&self, owned: &Owned<'a>) -> Option<Seen<'a>> {
        let place = usize::try_from(owned.place).ok()?;
        let invoice = self.invoices.get(place).copied().flatten();
        Some(Seen {
            owned: Owned { disputed: owned.disputed && !self.stand.contains(&owned.charge.id), ..*owned },
            order: self.orders.get(place).copied().flatten(),
            billed: invoice.map(|invoice| Billed {
                invoice,
                subscription: None,
                product: None,
                period: None,
            }),
        })
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
            disputes: bag.disputes().collect(),
        };
        Self::new(bag.charges(), &sources)
    }
}

/// Charges of which no dispute is open, lost or settled: all that there are were won, or closed as a mere question.
fn stand<'a>(disputes: &[&'a Dispute]) -> BTreeSet<&'a ChargeId> {
    let charges = |stands: bool| -> BTreeSet<&'a ChargeId> {
        let is = |dispute: &&&'a Dispute| {
            matches!(dispute.status, DisputeStatus::Won | DisputeStatus::WarningClosed) == stands
        };
        disputes.iter().filter(is).filter_map(|dispute| dispute.charge_id()).collect()
    };
    &charges(true) - &charges(false)
}

fn by_id<'a>(subscriptions: &[&'a Subscription]) -> Names<'a, &'a Subscription> {
    let mut by_id = Names::with_room(subscriptions.len());
    for row in subscriptions {
        let name = by_id.sought(row.id.as_str());
        by_id.set(&name, *row);
    }
    by_id
}
