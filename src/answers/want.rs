//! One read that an answer rests on, as data: its call, what its answer is read as, and what the policy says of it.

use serde::{Deserialize, Serialize};

use super::timeline::events;
use crate::{
    actions::Gate,
    model::{
        AnyId, Balance, Charge, ChargeId, CreditNote, Customer, CustomerId, Dispute, EarlyFraudWarning,
        Event, Invoice, InvoiceId, InvoiceLine, InvoicePayment, Kind, Page, PaymentIntent, PaymentIntentId,
        PaymentMethod, Price, Product, Record, Refund, Shape, Subscription, SubscriptionId,
    },
    request::Request,
    text::{Untrusted, short_id},
    time::{DAY_S, HOUR_S, Unix},
};

/// Rows of a page: as many as Stripe gives.
const PAGE: u32 = 100;
/// A change of a subscription and the event that tells of it are this far apart at most.
const NEAR_S: i64 = HOUR_S;

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
    /// Everybody with this address. Stripe minds the case.
    SameAddress(Untrusted),
    /// Charges of one card, whoever's they are.
    SameCard(String),
    /// All refunds made from one time until another, each with its charge.
    RefundsIn(Unix, Unix),
    ChargesIn(Unix, Unix),
    DisputesSince(Unix),
    /// What card networks heard before there is a dispute, each with its charge.
    WarningsSince(Unix),
    WarningsOf(ChargeId),
    /// What the account has.
    Balance,
    /// What events tell of changes around a customer. Stripe lists everybody's together.
    EventsAbout(CustomerId),
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
    Events(Page<Event>),
    Upcoming(Box<Record<Invoice>>),
    Balance(Balance),
    /// Of a kind that no answer rests on.
    Nothing,
}

/// What comes with an object wherever it is read.
fn expanded(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Charge => &["refunds"],
        Kind::Subscription => &["discounts.source.coupon"],
        Kind::Invoice => &["payments"],
        Kind::Price => &["tiers"],
        _ => &[],
    }
}

fn list(path: &str, kind: Kind) -> Request {
    let list = Request::get(path, &[]).with("limit", PAGE);
    expanded(kind).iter().fold(list, |list, path| list.expand(&format!("data.{path}")))
}

/// Whole pages of what was made in that time.
fn between(list: Request, from: Unix, until: Unix) -> Request {
    list.with("limit", PAGE).with("created[gte]", from.0).with("created[lt]", until.0)
}

/// `2026-11-22`: of a day that began at midnight somewhere, its noon lies in it everywhere.
fn date(start: Unix) -> String {
    start.plus(DAY_S / 2).rfc3339().chars().take_while(|c| *c != 'T').collect()
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
            | Self::InvoicesOf(_)
            | Self::Upcoming(_)
            | Self::EndedNow(_)
            | Self::Invoices(_) => Gate::InvoicesView,
            Self::Object(id) if matches!(id.kind, Kind::Invoice | Kind::CreditNote) => Gate::InvoicesView,
            _ => Gate::None,
        }
    }

    fn request(&self) -> Request {
        match self {
            Self::Object(id) => expanded(id.kind)
                .iter()
                .fold(Request::get(id.kind.endpoint(), &[&id.id]), |read, path| read.expand(path)),
            Self::TakenAt(charge) => Self::Object(charge.any()).request().expand("balance_transaction"),
            Self::PaidBy(intent) => list("/v1/invoice_payments", Kind::InvoicePayment)
                .with("payment[type]", "payment_intent")
                .with("payment[payment_intent]", intent)
                .expand("data.invoice"),
            Self::PaymentsOf(invoice) => {
                list("/v1/invoice_payments", Kind::InvoicePayment).with("invoice", invoice)
            }
            Self::LinesOf(invoice) => {
                Request::get("/v1/invoices/{id}/lines", &[invoice.as_str()]).with("limit", PAGE)
            }
            Self::NotesOf(invoice) => list("/v1/credit_notes", Kind::CreditNote).with("invoice", invoice),
            Self::InvoicesOf(subscription) => {
                list("/v1/invoices", Kind::Invoice).with("subscription", subscription)
            }
            Self::Upcoming(subscription) => {
                Request::post("/v1/invoices/create_preview", &[]).with("subscription", subscription)
            }
            Self::EndedNow(subscription) => Request::post("/v1/invoices/create_preview", &[])
                .with("subscription", subscription)
                .with("subscription_details[cancel_now]", true)
                .with("subscription_details[proration_behavior]", "always_invoice"),
            Self::AttemptsOf(intent) => list("/v1/charges", Kind::Charge).with("payment_intent", intent),
            Self::RefundsOf(charge) => list("/v1/refunds", Kind::Refund).with("charge", charge),
            Self::DisputesOf(charge) => list("/v1/disputes", Kind::Dispute).with("charge", charge),
            Self::Charges(customer) => list("/v1/charges", Kind::Charge).with("customer", customer),
            Self::Intents(customer) => {
                list("/v1/payment_intents", Kind::PaymentIntent).with("customer", customer)
            }
            Self::Invoices(customer) => list("/v1/invoices", Kind::Invoice).with("customer", customer),
            Self::Subscriptions(customer) => {
                list("/v1/subscriptions", Kind::Subscription).with("status", "all").with("customer", customer)
            }
            Self::Methods(customer) => {
                Request::get("/v1/customers/{id}/payment_methods", &[customer.as_str()]).with("limit", PAGE)
            }
            Self::SameAddress(email) => list("/v1/customers", Kind::Customer).with("email", email),
            Self::SameCard(print) => list("/v1/charges/search", Kind::Charge)
                .with("query", format!("payment_method_details.card.fingerprint:\"{print}\"")),
            Self::RefundsIn(from, until) => {
                between(Request::get("/v1/refunds", &[]), *from, *until).expand("data.charge")
            }
            Self::ChargesIn(from, until) => between(Request::get("/v1/charges", &[]), *from, *until),
            Self::DisputesSince(from) => list("/v1/disputes", Kind::Dispute).with("created[gte]", from.0),
            Self::WarningsSince(from) => Request::get("/v1/radar/early_fraud_warnings", &[])
                .with("limit", PAGE)
                .with("created[gte]", from.0)
                .expand("data.charge"),
            Self::WarningsOf(charge) => {
                Request::get("/v1/radar/early_fraud_warnings", &[]).with("limit", PAGE).with("charge", charge)
            }
            Self::Balance => Request::get("/v1/balance", &[]),
            Self::EventsAbout(_) => events::TYPES
                .iter()
                .fold(list("/v1/events", Kind::Event), |list, kind| list.with("types[]", *kind)),
            Self::ChangesAround(at) => list("/v1/events", Kind::Event)
                .with("type", "customer.subscription.updated")
                .with("created[gte]", at.0.saturating_sub(NEAR_S))
                .with("created[lte]", at.0.saturating_add(NEAR_S)),
        }
    }

    fn read(&self, json: &str) -> Result<Found, Shape> {
        Ok(match self {
            Self::Object(id) => return object(id.kind, json),
            Self::TakenAt(_) => Found::Charges(one(json)?),
            Self::PaidBy(_) | Self::PaymentsOf(_) => Found::Payments(Page::parse(json)?),
            Self::LinesOf(_) => Found::Lines(Page::parse(json)?),
            Self::NotesOf(_) => Found::Notes(Page::parse(json)?),
            Self::InvoicesOf(_) | Self::Invoices(_) => Found::Invoices(Page::parse(json)?),
            Self::Upcoming(_) | Self::EndedNow(_) => Found::Upcoming(Box::new(Record::parse(json)?)),
            Self::AttemptsOf(_) | Self::Charges(_) | Self::SameCard(_) | Self::ChargesIn(..) => {
                Found::Charges(Page::parse(json)?)
            }
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
            Self::ChangesAround(_) => Found::Events(Page::parse(json)?),
        })
    }

    /// It is read a page at a time.
    pub(super) fn is_list(&self) -> bool {
        !matches!(
            self,
            Self::Object(_) | Self::TakenAt(_) | Self::Upcoming(_) | Self::EndedNow(_) | Self::Balance
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
            Self::TakenAt(charge) => format!("when {} was taken", short(charge.as_str())),
            Self::AttemptsOf(intent) => format!("attempts of payment {}", short(intent.as_str())),
            Self::RefundsOf(charge) => format!("refunds of {}", short(charge.as_str())),
            Self::DisputesOf(charge) => format!("disputes of {}", short(charge.as_str())),
            Self::Charges(customer) => format!("charges of {}", short(customer.as_str())),
            Self::Intents(customer) => format!("payments of {}", short(customer.as_str())),
            Self::Invoices(customer) => format!("invoices of {}", short(customer.as_str())),
            Self::Subscriptions(customer) => format!("subscriptions of {}", short(customer.as_str())),
            Self::Methods(customer) => format!("payment methods of {}", short(customer.as_str())),
            Self::SameAddress(_) => "customers with the same e-mail".into(),
            Self::SameCard(_) => "charges of the same card".into(),
            Self::RefundsIn(from, _) => format!("refunds from {}", date(*from)),
            Self::ChargesIn(from, _) => format!("charges from {}", date(*from)),
            Self::DisputesSince(from) => format!("disputes since {}", date(*from)),
            Self::WarningsSince(from) => format!("early fraud warnings since {}", date(*from)),
            Self::WarningsOf(charge) => format!("early fraud warnings of {}", short(charge.as_str())),
            Self::Balance => "the balance".into(),
            Self::EventsAbout(customer) => format!("events around {}", short(customer.as_str())),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn customer() -> CustomerId {
        CustomerId::parse("cus_1").unwrap()
    }

    #[test]
    fn lists_go_on_where_the_page_before_ended_and_searches_at_their_token() {
        let look = Look { want: Want::Charges(customer()), after: Some("ch_9".into()) };
        let target = look.request().target();
        assert!(target.contains("customer=cus_1") && target.ends_with("starting_after=ch_9"), "{target}");
        let look = Look { want: Want::SameCard("fp".into()), after: Some("tok".into()) };
        assert!(look.request().target().ends_with("page=tok"));
    }

    #[test]
    fn no_read_changes_anything_and_invoices_are_behind_their_rule() {
        let id = |id: &str| AnyId::parse(id).unwrap();
        let invoice = InvoiceId::parse("in_1").unwrap();
        let subscription = SubscriptionId::parse("sub_1").unwrap();
        for (want, hidden) in [
            (Want::Object(id("ch_1")), false),
            (Want::Object(id("in_1")), true),
            (Want::LinesOf(invoice.clone()), true),
            (Want::NotesOf(invoice), true),
            (Want::Upcoming(subscription.clone()), true),
            (Want::InvoicesOf(subscription), true),
            (Want::Subscriptions(customer()), false),
            (Want::ChangesAround(Unix(5)), false),
        ] {
            assert!(!Look::first(want.clone()).request().is_write(), "{want:?}");
            assert_eq!(want.gate() == Gate::InvoicesView, hidden, "{want:?}");
        }
    }

    #[test]
    fn an_object_is_a_page_of_one() {
        let look = Look::first(Want::Object(AnyId::parse("ch_1").unwrap()));
        let Found::Charges(page) = look.read(r#"{"id":"ch_1","amount":5,"currency":"usd"}"#).unwrap() else {
            panic!("no charge")
        };
        assert_eq!((page.rows.len(), page.has_more, page.rows[0].amount), (1, false, 5));
        assert!(look.read(r#"{"id":"ch_1","amount":"many"}"#).is_err());
    }
}
