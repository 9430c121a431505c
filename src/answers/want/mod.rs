//! One read that an answer rests on, as data: its call, what its answer is read as, and what the policy says of it.

mod request;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::timeline::events;
use crate::{
    actions::Gate,
    model::{
        AnyId, Balance, BalanceEntry, Charge, ChargeId, CreditNote, Customer, CustomerId, Dispute,
        EarlyFraudWarning, Event, Invoice, InvoiceId, InvoiceItem, InvoiceLine, InvoicePayment, Kind, Page,
        PaymentIntent, PaymentIntentId, PaymentMethod, Price, PriceId, Product, Record, Refund, RefundId,
        Shape, Subscription, SubscriptionId, SubscriptionItemId,
    },
    money::Currency,
    request::Request,
    text::{Untrusted, short_id},
    time::{DAY_S, Unix},
};

/// Charges further apart are not taken for one payment.
pub(super) const ALIKE_S: i64 = DAY_S;

/// Something to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Want {
    Object(AnyId),
    /// Which invoices a payment intent paid.
    PaidBy(PaymentIntentId),
    /// What paid an invoice.
    PaymentsOf(InvoiceId),
    LinesOf(InvoiceId),
    NotesOf(InvoiceId),
    InvoicesOf(SubscriptionId),
    /// The next invoice, as Stripe sees it now.
    Upcoming(SubscriptionId),
    /// What ending it now would give back, as credit.
    EndedNow(SubscriptionId),
    /// The next invoice if it is to end on that date.
    EndedOn(SubscriptionId, Unix),
    /// The next invoice if its only item had another price.
    Replaced(SubscriptionId, SubscriptionItemId, PriceId),
    /// What is sold by the period, with its names.
    PlansIn(Currency),
    /// A charge with the movement of the balance that it made: when it was really taken.
    TakenAt(ChargeId),
    /// How often a payment was tried.
    AttemptsOf(PaymentIntentId),
    RefundsOf(ChargeId),
    DisputesOf(ChargeId),
    Charges(CustomerId),
    Intents(CustomerId),
    Invoices(CustomerId),
    Subscriptions(CustomerId),
    Methods(CustomerId),
    /// Amounts that wait for a next invoice.
    Waiting(CustomerId),
    /// Charges of a customer near in time to one of theirs: what may be the same payment again.
    ChargesNear(CustomerId, Unix),
    /// Everybody with this address. Stripe minds the case.
    SameAddress(Untrusted),
    /// Charges of one card, whoever's they are.
    SameCard(String),
    /// All refunds made from one time until another, each with its charge.
    RefundsIn(Unix, Unix),
    ChargesIn(Unix, Unix),
    DisputesSince(Unix),
    /// All credit notes, for the refunds that they made.
    CreditNotesSince(Unix),
    CreditNotes(CustomerId),
    /// What moved a customer's credit balance.
    BalanceEntries(CustomerId),
    /// What card networks heard before there is a dispute, each with its charge.
    WarningsSince(Unix),
    WarningsOf(ChargeId),
    /// What the account has.
    Balance,
    /// What events tell of changes around a customer. Stripe lists everybody's together.
    EventsAbout(CustomerId),
    /// The event that tells who made a refund.
    RefundMade(RefundId, Unix),
    /// Changes of subscriptions in the hour around a moment.
    ChangesAround(Unix),
}

/// A read of one page.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Look {
    pub want: Want,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// What a read brought, typed. An object by itself is a page of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Found {
    Charges(Page<Charge>),
    Intents(Page<PaymentIntent>),
    Invoices(Page<Invoice>),
    Lines(Page<InvoiceLine>),
    Payments(Page<InvoicePayment>),
    Subscriptions(Page<Subscription>),
    Prices(Page<Price>),
    Products(Page<Product>),
    Customers(Page<Customer>),
    Methods(Page<PaymentMethod>),
    Refunds(Page<Refund>),
    Disputes(Page<Dispute>),
    Warnings(Page<EarlyFraudWarning>),
    Notes(Page<CreditNote>),
    BalanceEntries(Page<BalanceEntry>),
    Events(Page<Event>),
    Upcoming(Box<Record<Invoice>>),
    Waiting(Page<InvoiceItem>),
    Balance(Balance),
    /// Of a kind that no answer rests on.
    Nothing,
}

/// `2026-11-22`, of any instant of it.
fn day(at: Unix) -> String {
    at.rfc3339().chars().take_while(|c| *c != 'T').collect()
}

/// Of a day that began at midnight somewhere: its noon lies in it everywhere.
fn date(start: Unix) -> String {
    day(start.plus(DAY_S / 2))
}

impl Want {
    pub fn object(id: AnyId) -> Self {
        Self::Object(id)
    }

    /// The part of the policy that says whether an agent may see it.
    pub fn gate(&self) -> Gate {
        match self {
            Self::PaidBy(_)
            | Self::PaymentsOf(_)
            | Self::LinesOf(_)
            | Self::NotesOf(_)
            | Self::CreditNotes(_)
            | Self::CreditNotesSince(_)
            | Self::InvoicesOf(_)
            | Self::Upcoming(_)
            | Self::EndedNow(_)
            | Self::EndedOn(..)
            | Self::Replaced(..)
            | Self::Waiting(_)
            | Self::Invoices(_) => Gate::InvoicesView,
            Self::Object(id) if matches!(id.kind, Kind::Invoice | Kind::CreditNote) => Gate::InvoicesView,
            _ => Gate::None,
        }
    }

    fn read(&self, json: &str) -> Result<Found, Shape> {
        Ok(match self {
            Self::Object(id) => return object(id.kind, json),
            Self::TakenAt(_) => Found::Charges(one(json)?),
            Self::PaidBy(_) | Self::PaymentsOf(_) => Found::Payments(Page::parse(json)?),
            Self::LinesOf(_) => Found::Lines(Page::parse(json)?),
            Self::NotesOf(_) | Self::CreditNotes(_) | Self::CreditNotesSince(_) => {
                Found::Notes(Page::parse(json)?)
            }
            Self::BalanceEntries(_) => Found::BalanceEntries(Page::parse(json)?),
            Self::InvoicesOf(_) | Self::Invoices(_) => Found::Invoices(Page::parse(json)?),
            Self::PlansIn(_) => Found::Prices(Page::parse(json)?),
            Self::Upcoming(_) | Self::EndedNow(_) | Self::EndedOn(..) | Self::Replaced(..) => {
                Found::Upcoming(Box::new(Record::parse(json)?))
            }
            Self::AttemptsOf(_)
            | Self::Charges(_)
            | Self::ChargesNear(..)
            | Self::SameCard(_)
            | Self::ChargesIn(..) => Found::Charges(Page::parse(json)?),
            Self::Waiting(_) => Found::Waiting(Page::parse(json)?),
            Self::RefundsOf(_) | Self::RefundsIn(..) => Found::Refunds(Page::parse(json)?),
            Self::DisputesOf(_) | Self::DisputesSince(_) => Found::Disputes(Page::parse(json)?),
            Self::Intents(_) => Found::Intents(Page::parse(json)?),
            Self::Subscriptions(_) => Found::Subscriptions(Page::parse(json)?),
            Self::Methods(_) => Found::Methods(Page::parse(json)?),
            Self::SameAddress(_) => Found::Customers(Page::parse(json)?),
            Self::WarningsSince(_) | Self::WarningsOf(_) => Found::Warnings(Page::parse(json)?),
            Self::Balance => Found::Balance(serde_json::from_str(json)?),
            Self::EventsAbout(customer) => {
                let mut page = Page::<Event>::parse(json)?;
                // Everybody's would be kept for nothing.
                page.rows.retain(|event| events::concerns(event, customer));
                Found::Events(page)
            }
            Self::RefundMade(refund, _) => {
                let mut page = Page::<Event>::parse(json)?;
                page.rows.retain(|event| event.data.object.id.as_str() == refund.as_str());
                Found::Events(page)
            }
            Self::ChangesAround(_) => Found::Events(Page::parse(json)?),
        })
    }

    /// It is read a page at a time.
    pub(super) fn is_list(&self) -> bool {
        !matches!(
            self,
            Self::Object(_)
                | Self::TakenAt(_)
                | Self::Upcoming(_)
                | Self::EndedNow(_)
                | Self::EndedOn(..)
                | Self::Replaced(..)
                | Self::Balance
        )
    }

    /// In the words of a list of what was looked at.
    pub fn words(&self) -> String {
        let short = |id: &str| short_id(id);
        match self {
            Self::Object(id) => format!("{} {}", id.kind.noun(), short(&id.id)),
            Self::PaidBy(intent) => format!("invoices that {} paid", short(intent.as_str())),
            Self::PaymentsOf(invoice) => format!("payments of invoice {}", short(invoice.as_str())),
            Self::LinesOf(invoice) => format!("lines of invoice {}", short(invoice.as_str())),
            Self::NotesOf(invoice) => format!("credit notes of invoice {}", short(invoice.as_str())),
            Self::InvoicesOf(id) => format!("invoices of subscription {}", short(id.as_str())),
            Self::Upcoming(id) => format!("preview of the next invoice of {}", short(id.as_str())),
            Self::EndedNow(id) => format!("preview of ending {} now", short(id.as_str())),
            Self::EndedOn(id, on) => format!("preview of ending {} on {}", short(id.as_str()), day(*on)),
            Self::Replaced(id, ..) => format!("preview of a smaller plan of {}", short(id.as_str())),
            Self::PlansIn(currency) => format!("plans in {}", currency.code().to_uppercase()),
            Self::TakenAt(charge) => format!("when {} was taken", short(charge.as_str())),
            Self::AttemptsOf(intent) => format!("attempts of payment {}", short(intent.as_str())),
            Self::RefundsOf(charge) => format!("refunds of {}", short(charge.as_str())),
            Self::DisputesOf(charge) => format!("disputes of {}", short(charge.as_str())),
            Self::Charges(customer) => format!("charges of {}", short(customer.as_str())),
            Self::Intents(customer) => format!("payments of {}", short(customer.as_str())),
            Self::Invoices(customer) => format!("invoices of {}", short(customer.as_str())),
            Self::Subscriptions(customer) => format!("subscriptions of {}", short(customer.as_str())),
            Self::Methods(customer) => format!("payment methods of {}", short(customer.as_str())),
            Self::Waiting(customer) => format!("what waits for an invoice of {}", short(customer.as_str())),
            Self::ChargesNear(customer, at) => {
                format!("charges of {} around {}", short(customer.as_str()), day(*at))
            }
            Self::SameAddress(_) => "customers with the same e-mail".into(),
            Self::SameCard(_) => "charges of the same card".into(),
            Self::RefundsIn(from, _) => format!("refunds from {}", date(*from)),
            Self::ChargesIn(from, _) => format!("charges from {}", date(*from)),
            Self::DisputesSince(from) => format!("disputes since {}", date(*from)),
            Self::CreditNotesSince(from) => format!("credit notes since {}", date(*from)),
            Self::CreditNotes(customer) => format!("credit notes of {}", short(customer.as_str())),
            Self::BalanceEntries(customer) => {
                format!("what moved the balance of {}", short(customer.as_str()))
            }
            Self::WarningsSince(from) => format!("early fraud warnings since {}", date(*from)),
            Self::WarningsOf(charge) => format!("early fraud warnings of {}", short(charge.as_str())),
            Self::Balance => "the balance".into(),
            Self::EventsAbout(customer) => format!("events around {}", short(customer.as_str())),
            Self::RefundMade(refund, _) => format!("who made {}", short(refund.as_str())),
            Self::ChangesAround(_) => "events of changed subscriptions".into(),
        }
    }
}

fn one<T: serde::de::DeserializeOwned>(json: &str) -> Result<Page<T>, Shape> {
    Ok(Page { rows: vec![Record::parse(json)?], ..Page::default() })
}

fn object(kind: Kind, json: &str) -> Result<Found, Shape> {
    Ok(match kind {
        Kind::Charge => Found::Charges(one(json)?),
        Kind::PaymentIntent => Found::Intents(one(json)?),
        Kind::Invoice => Found::Invoices(one(json)?),
        Kind::Subscription => Found::Subscriptions(one(json)?),
        Kind::Price => Found::Prices(one(json)?),
        Kind::Product => Found::Products(one(json)?),
        Kind::Customer => Found::Customers(one(json)?),
        Kind::PaymentMethod => Found::Methods(one(json)?),
        Kind::Refund => Found::Refunds(one(json)?),
        Kind::Dispute => Found::Disputes(one(json)?),
        Kind::CreditNote => Found::Notes(one(json)?),
        _ => Found::Nothing,
    })
}

impl Look {
    pub fn first(want: Want) -> Self {
        Self { want, after: None }
    }

    pub fn request(&self) -> Request {
        self.want.request().on_from(self.after.as_deref())
    }

    /// Reads Stripe's answer to [`Look::request`].
    pub fn read(&self, json: &str) -> Result<Found, Shape> {
        self.want.read(json)
    }
}
