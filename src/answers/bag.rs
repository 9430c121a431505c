//! What was read for an answer: objects by their ids, which reads were made, how far each came, and why others brought nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::want::{Found, Look, Want};
use crate::{
    model::{
        AnyId, Balance, BalanceEntry, Charge, ChargeId, CreditNote, CreditNoteId, Customer,
        CustomerBalanceTransactionId, CustomerId, Dispute, DisputeId, EarlyFraudWarning, Event, EventId,
        Invoice, InvoiceId, InvoiceItem, InvoiceItemId, InvoiceLine, InvoiceLineId, InvoicePayment,
        InvoicePaymentId, Kind, Link, Page, PaymentIntent, PaymentIntentId, PaymentMethod, PaymentMethodId,
        Price, PriceId, Product, ProductId, Record, Refund, RefundId, Subscription, SubscriptionId,
    },
    money::{Currency, Money},
    text::clean,
};

/// Pages of one list that are read for an answer; what lies behind is said to be unknown.
const PAGES_MOST: usize = 10;

/// Why a read brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// Stripe has no such object, or has it no more.
    NoSuch,
    /// The key, or the policy, does not let it be read.
    Hidden(String),
    Failed(String),
}

impl Why {
    pub fn words(&self) -> String {
        match self {
            Self::NoSuch => "there is none, or it was deleted".into(),
            Self::Hidden(why) | Self::Failed(why) => clean(why),
        }
    }
}

/// How far a read came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Had {
    Whole,
    /// So many pages, and where the next begins.
    Pages(usize, Option<String>),
    Not(Why),
}

/// Everything that was read, and how far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bag {
    charges: BTreeMap<ChargeId, Record<Charge>>,
    intents: BTreeMap<PaymentIntentId, Record<PaymentIntent>>,
    invoices: BTreeMap<InvoiceId, Record<Invoice>>,
    lines: BTreeMap<InvoiceId, BTreeMap<InvoiceLineId, Record<InvoiceLine>>>,
    payments: BTreeMap<InvoicePaymentId, InvoicePayment>,
    subscriptions: BTreeMap<SubscriptionId, Record<Subscription>>,
    prices: BTreeMap<PriceId, Record<Price>>,
    products: BTreeMap<ProductId, Record<Product>>,
    customers: BTreeMap<CustomerId, Record<Customer>>,
    methods: BTreeMap<PaymentMethodId, Record<PaymentMethod>>,
    refunds: BTreeMap<RefundId, Refund>,
    disputes: BTreeMap<DisputeId, Record<Dispute>>,
    warnings: BTreeMap<String, EarlyFraudWarning>,
    notes: BTreeMap<CreditNoteId, Record<CreditNote>>,
    entries: BTreeMap<CustomerBalanceTransactionId, Record<BalanceEntry>>,
    events: BTreeMap<EventId, Record<Event>>,
    upcoming: BTreeMap<SubscriptionId, Record<Invoice>>,
    ended_now: BTreeMap<SubscriptionId, Record<Invoice>>,
    /// Of what would be, by what was asked.
    previews: Vec<(Want, Record<Invoice>)>,
    waiting: BTreeMap<InvoiceItemId, Record<InvoiceItem>>,
    balance: Option<Balance>,
    /// In the order in which they came.
    reads: Vec<(Want, Had)>,
}

/// A row by its id.
fn keep<I: Ord + Clone, T>(map: &mut BTreeMap<I, Record<T>>, id: &I, row: &Record<T>) {
    map.insert(id.clone(), row.clone());
}

macro_rules! getters {
    ($($name:ident, $all:ident: $id:ident => $object:ident in $field:ident;)*) => {$(
        pub fn $name(&self, id: &$id) -> Option<&$object> {
            self.$field.get(id).map(Record::object)
        }

        pub fn $all(&self) -> impl Iterator<Item = &$object> {
            self.$field.values().map(Record::object)
        }
    )*};
}

impl Bag {
    getters! {
        charge, charges: ChargeId => Charge in charges;
        intent, intents: PaymentIntentId => PaymentIntent in intents;
        invoice, invoices: InvoiceId => Invoice in invoices;
        subscription, subscriptions: SubscriptionId => Subscription in subscriptions;
        price, prices: PriceId => Price in prices;
        product, products: ProductId => Product in products;
        customer, customers: CustomerId => Customer in customers;
        dispute, disputes: DisputeId => Dispute in disputes;
        upcoming, all_upcoming: SubscriptionId => Invoice in upcoming;
        ended_now, all_ended_now: SubscriptionId => Invoice in ended_now;
    }

    pub fn methods(&self) -> impl Iterator<Item = &PaymentMethod> {
        self.methods.values().map(Record::object)
    }

    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.values()
    }

    pub fn warnings(&self) -> impl Iterator<Item = &EarlyFraudWarning> {
        self.warnings.values()
    }

    pub fn notes(&self) -> impl Iterator<Item = &CreditNote> {
        self.notes.values().map(Record::object)
    }

    /// What moved the credit balance.
    pub fn balance_entries(&self) -> impl Iterator<Item = &BalanceEntry> {
        self.entries.values().map(Record::object)
    }

    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values().map(Record::object)
    }

    /// What would be, as Stripe foretells it.
    pub fn preview(&self, want: &Want) -> Option<&Invoice> {
        self.previews.iter().rev().find(|(asked, _)| asked == want).map(|(_, invoice)| invoice.object())
    }

    /// Amounts that wait for a next invoice.
    pub fn waiting(&self) -> impl Iterator<Item = &InvoiceItem> {
        self.waiting.values().map(Record::object)
    }

    pub fn payments(&self) -> impl Iterator<Item = &InvoicePayment> {
        self.payments.values()
    }

    /// What the account has available; none where the balance was not read.
    pub fn available(&self, currency: Currency) -> Option<Money> {
        let all = &self.balance.as_ref()?.available;
        let own = all.iter().find(|part| part.currency == currency);
        Some(Money::new(own.map_or(0, |part| part.amount), currency))
    }

    /// The lines of an invoice, in Stripe's order; all of them only where [`Bag::lines_whole`] says so.
    pub fn lines<'a>(&'a self, invoice: &'a Invoice) -> Vec<&'a InvoiceLine> {
        let own = &invoice.lines.data;
        let further = self.lines.get(&invoice.id).into_iter().flat_map(BTreeMap::values);
        let new = further.map(Record::object).filter(|line| !own.iter().any(|known| known.id == line.id));
        own.iter().chain(new).collect()
    }

    pub fn lines_whole(&self, invoice: &Invoice) -> bool {
        !invoice.lines.has_more || self.is_whole(&Want::LinesOf(invoice.id.clone()))
    }

    /// Raw JSON of an object, for whoever opens it.
    pub fn raw(&self, id: &AnyId) -> Option<std::sync::Arc<str>> {
        macro_rules! raw {
            ($map:ident) => {
                self.$map.values().find(|row| row.id.as_str() == id.id).map(|row| row.raw().clone())
            };
        }
        match id.kind {
            Kind::Charge => raw!(charges),
            Kind::PaymentIntent => raw!(intents),
            Kind::Invoice => raw!(invoices),
            Kind::Subscription => raw!(subscriptions),
            Kind::Price => raw!(prices),
            Kind::Product => raw!(products),
            Kind::Customer => raw!(customers),
            Kind::Dispute => raw!(disputes),
            Kind::CreditNote => raw!(notes),
            Kind::CustomerBalanceTransaction => raw!(entries),
            _ => None,
        }
    }

    /// The read was made to its end, or what it would bring is there anyway.
    pub fn is_whole(&self, want: &Want) -> bool {
        matches!(self.had(want), Some(Had::Whole)) || self.has_object(want)
    }

    /// Why a read brought nothing; none where it brought something or was not made.
    pub fn why_not(&self, want: &Want) -> Option<&Why> {
        match self.had(want) {
            Some(Had::Not(why)) => Some(why),
            _ => None,
        }
    }

    /// There is more behind what was read, and it stays unread.
    pub fn is_cut(&self, want: &Want) -> bool {
        matches!(self.had(want), Some(Had::Pages(pages, _)) if *pages >= PAGES_MOST)
    }

    fn had(&self, want: &Want) -> Option<&Had> {
        self.reads.iter().find(|(known, _)| known == want).map(|(_, had)| had)
    }

    fn has_object(&self, want: &Want) -> bool {
        let Want::Object(id) = want else { return false };
        self.raw(id).is_some()
    }

    /// That a customer was deleted: what is read of one is what Stripe still lists.
    pub(super) fn gone(&self, customer: &CustomerId) -> Option<String> {
        let deleted = self.customer(customer).is_some_and(|found| found.deleted);
        deleted.then(|| {
            format!("the customer {customer} was deleted: only what Stripe still lists of them is known")
        })
    }

    /// The page that is to be read next for it; none where nothing is left to be read.
    pub(super) fn next(&self, want: &Want) -> Option<Look> {
        match self.had(want) {
            None if self.has_object(want) => None,
            None => Some(Look::first(want.clone())),
            Some(Had::Pages(pages, after)) if *pages < PAGES_MOST => {
                Some(Look { want: want.clone(), after: after.clone() })
            }
            Some(_) => None,
        }
    }

    /// What was looked at, in words, and what of it could not be.
    pub fn looked(&self) -> Vec<(String, Option<String>)> {
        let one = |(want, had): &(Want, Had)| {
            let said = match had {
                Had::Whole => None,
                Had::Pages(pages, _) => Some(format!("the newest {pages} pages")),
                Had::Not(why) => Some(why.words()),
            };
            (want.words(), said)
        };
        let mut all: Vec<_> = self.reads.iter().map(one).collect();
        // Answers come in any order, and it says nothing.
        all.sort();
        all
    }

    /// A read ended.
    pub fn take(&mut self, look: &Look, result: Result<Found, Why>) {
        let had = match result {
            Err(why) => Had::Not(why),
            Ok(found) => {
                let (more, next) = self.keep(&look.want, found);
                let pages = match self.had(&look.want) {
                    Some(Had::Pages(pages, _)) => pages.saturating_add(1),
                    _ => 1,
                };
                // A list that leads back to the same page leads nowhere.
                let goes_on = look.want.is_list() && more && next.is_some() && next != look.after;
                if goes_on { Had::Pages(pages, next) } else { Had::Whole }
            }
        };
        self.mark(look.want.clone(), had);
    }

    fn mark(&mut self, want: Want, had: Had) {
        match self.reads.iter_mut().find(|(known, _)| *known == want) {
            Some((_, known)) => *known = had,
            None => self.reads.push((want, had)),
        }
    }

    /// What whoever asks knows already: a list that is whole is not read again.
    pub fn know(&mut self, want: Want, found: Found, whole: bool) {
        self.keep(&want, found);
        if whole {
            self.mark(want, Had::Whole);
        }
    }

    fn keep(&mut self, want: &Want, found: Found) -> (bool, Option<String>) {
        macro_rules! rows {
            ($page:ident, $map:ident) => {{
                $page.rows.iter().for_each(|row| keep(&mut self.$map, &row.id, row));
                ($page.has_more, $page.next)
            }};
        }
        match found {
            Found::Charges(page) => {
                self.refunds_within(&page);
                rows!(page, charges)
            }
            Found::Invoices(page) => {
                self.payments_within(&page);
                rows!(page, invoices)
            }
            Found::Payments(page) => {
                for row in &page.rows {
                    if let Some(invoice) = row.part::<Invoice>("invoice") {
                        self.invoices.entry(invoice.id.clone()).or_insert(invoice);
                    }
                    self.payments.insert(row.id.clone(), row.object().clone());
                }
                (page.has_more, page.next)
            }
            Found::Lines(page) => {
                if let Want::LinesOf(invoice) = want {
                    let lines = self.lines.entry(invoice.clone()).or_default();
                    page.rows.iter().for_each(|row| keep(lines, &row.id, row));
                }
                (page.has_more, page.next)
            }
            Found::Refunds(page) => {
                page.rows.iter().for_each(|row| {
                    self.refunds.insert(row.id.clone(), row.object().clone());
                });
                (page.has_more, page.next)
            }
            Found::Warnings(page) => {
                page.rows.iter().for_each(|row| {
                    self.warnings.insert(row.id.as_str().to_owned(), row.object().clone());
                });
                (page.has_more, page.next)
            }
            Found::Intents(page) => rows!(page, intents),
            Found::Subscriptions(page) => rows!(page, subscriptions),
            Found::Prices(page) => rows!(page, prices),
            Found::Products(page) => rows!(page, products),
            Found::Customers(page) => rows!(page, customers),
            Found::Methods(page) => rows!(page, methods),
            Found::Disputes(page) => rows!(page, disputes),
            Found::Notes(page) => rows!(page, notes),
            Found::BalanceEntries(page) => rows!(page, entries),
            Found::Events(page) => rows!(page, events),
            Found::Waiting(page) => rows!(page, waiting),
            Found::Upcoming(invoice) => {
                self.foretold(want, *invoice);
                (false, None)
            }
            Found::Balance(balance) => {
                self.balance = Some(balance);
                (false, None)
            }
            Found::Nothing => (false, None),
        }
    }

    fn foretold(&mut self, want: &Want, invoice: Record<Invoice>) {
        match want {
            Want::Upcoming(subscription) => drop(self.upcoming.insert(subscription.clone(), invoice)),
            Want::EndedNow(subscription) => drop(self.ended_now.insert(subscription.clone(), invoice)),
            _ => self.previews.push((want.clone(), invoice)),
        }
    }

    fn refunds_within(&mut self, page: &Page<Charge>) {
        for refund in page.rows.iter().filter_map(|row| row.refunds.as_ref()).flat_map(|list| &list.data) {
            self.refunds.insert(refund.id.clone(), refund.clone());
        }
    }

    /// A payment inside an invoice does not say which invoice it is of.
    fn payments_within(&mut self, page: &Page<Invoice>) {
        for row in &page.rows {
            for payment in row.payments.iter().flat_map(|list| &list.data) {
                let mut payment = payment.clone();
                payment.invoice.get_or_insert_with(|| Link::Id(row.id.clone()));
                self.payments.insert(payment.id.clone(), payment);
            }
        }
    }
}

#[cfg(test)]
#[path = "bag_tests.rs"]
mod tests;
