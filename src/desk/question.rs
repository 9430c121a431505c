//! What the desk asks Stripe, as data: each question knows its request and how to read the answer. Equal questions that are
//! in flight at once are one request.

use std::{fmt, mem::discriminant};

use serde::{Deserialize, Serialize};

use super::panes::PaneId;
use crate::{
    actions::{self, Gate, Gives},
    answers::{Found, Look, Want},
    model::{
        Account, AnyId, AnyObject, Charge, ChargeId, Customer, CustomerId, Dispute, Event, Invoice,
        InvoiceItem, InvoicePayment, Kind, Page, PaymentIntentId, PaymentMethod, Product, ProductId, Record,
        Refund, Shape, Subscription, SubscriptionId,
    },
    request::Request,
};

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Question {
    Account,
    /// The newest customers, for an empty search box.
    Customers,
    /// Exactly this address; Stripe minds the case.
    CustomersByEmail(String),
    /// Stripe's search language.
    CustomerSearch(String),
    ChargeSearch(String),
    InvoiceSearch(String),
    Customer(CustomerId),
    /// Newest first, on from `after`, as are the lists below.
    Charges {
        customer: CustomerId,
        after: Option<String>,
    },
    Subscriptions {
        customer: CustomerId,
        after: Option<String>,
    },
    Invoices {
        customer: CustomerId,
        after: Option<String>,
    },
    PaymentMethods {
        customer: CustomerId,
        after: Option<String>,
    },
    Products(Vec<ProductId>),
    /// The next invoice of a subscription.
    Upcoming {
        customer: CustomerId,
        subscription: SubscriptionId,
    },
    /// What waits for a next invoice that does not come by itself.
    Waiting(CustomerId),
    /// What cancelling now with credit would give back.
    CancelPreview(SubscriptionId),
    DisputesOf {
        customer: CustomerId,
        charge: ChargeId,
        after: Option<String>,
    },
    /// Of a charge that has more of them than it carries itself.
    RefundsOf {
        customer: CustomerId,
        charge: ChargeId,
        after: Option<String>,
    },
    InvoicesPaidBy(PaymentIntentId),
    /// The list that a pane shows alone, newest first.
    Listed {
        pane: PaneId,
        /// None of a list of the account's own.
        customer: Option<CustomerId>,
        after: Option<String>,
    },
    Object(AnyId),
    /// What happened on the account since this event; the newest events where none is named.
    News {
        after: Option<String>,
    },
    /// What comes behind a page of a search, or of the newest customers: where that page said that it goes on.
    Further(Box<Self>, String),
    /// One row of a customer's lists, as it stands in them.
    Row {
        customer: CustomerId,
        row: AnyId,
    },
    /// A part of an answer: why a charge, whether twice.
    Look(Look),
    /// A reading action of the catalogue, as its fields made it; on from `after` where it gives a list.
    Run {
        action: String,
        request: Request,
        after: Option<String>,
    },
}

impl fmt::Debug for Question {
    /// As the call it stands for, which tells no value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request().fmt(f)
    }
}

/// What came back, typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Account(Box<Record<Account>>),
    Customers(Page<Customer>),
    Customer(Box<Record<Customer>>),
    Charges(Page<Charge>),
    Subscriptions(Page<Subscription>),
    Invoices(Page<Invoice>),
    PaymentMethods(Page<PaymentMethod>),
    Products(Page<Product>),
    Invoice(Box<Record<Invoice>>),
    Disputes(Page<Dispute>),
    Refunds(Page<Refund>),
    InvoicePayments(Page<InvoicePayment>),
    Waiting(Page<InvoiceItem>),
    Listed(Page<AnyObject>),
    Object(AnyId, Box<Record<serde_json::Value>>),
    Found(Box<Found>),
    /// The newest first.
    News(Page<Event>),
    /// What a reading action gave: one object, or a page of them.
    One(Box<Record<serde_json::Value>>),
    Rows(Page<serde_json::Value>),
}

const PAGE: u32 = 100;
/// Events that the live list begins with.
const NEWEST: u32 = 30;

/// What comes with each row of a customer's list. Nothing for which a restricted key may lack a permission of its own.
fn expanded(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Charge => Some("refunds"),
        Kind::Subscription => Some("discounts.source.coupon"),
        Kind::Invoice => Some("payments"),
        _ => None,
    }
}

fn gives_list(action: &str) -> bool {
    actions::find(action).is_some_and(|action| matches!(action.gives, Gives::List(_)))
}

impl Question {
    /// The part of the policy that says whether an agent may see the answer.
    pub fn gate(&self) -> Gate {
        match self {
            Self::InvoiceSearch(_)
            | Self::Invoices { .. }
            | Self::Upcoming { .. }
            | Self::Waiting(_)
            | Self::InvoicesPaidBy(_) => Gate::InvoicesView,
            Self::Object(id) | Self::Row { row: id, .. } if id.kind == Kind::Invoice => Gate::InvoicesView,
            Self::Run { action, .. } => actions::find(action).map_or(Gate::None, |action| action.gate),
            Self::Look(look) => look.want.gate(),
            // Credit notes quote the invoice that they lower.
            Self::Listed { pane, .. } if pane.pane().kind == Kind::CreditNote => Gate::InvoicesView,
            _ => Gate::None,
        }
    }

    pub fn request(&self) -> Request {
        let list = |path: &str| Request::get(path, &[]).with("limit", PAGE);
        let rows = |kind: Kind, list: Request, customer: &CustomerId, after: &Option<String>| {
            let list = list.with("customer", customer).on_from(after.as_deref());
            expanded(kind).into_iter().fold(list, |list, path| list.expand(&format!("data.{path}")))
        };
        let search =
            |path: &str, query: &str| Request::get(path, &[]).with("query", query).with("limit", PAGE);
        match self {
            Self::Account => Request::get("/v1/account", &[]),
            Self::Customers => list("/v1/customers"),
            Self::CustomersByEmail(email) => {
                Request::get("/v1/customers", &[]).with("email", email).with("limit", PAGE)
            }
            Self::CustomerSearch(query) => search("/v1/customers/search", query),
            Self::ChargeSearch(query) => search("/v1/charges/search", query).expand("data.customer"),
            Self::InvoiceSearch(query) => search("/v1/invoices/search", query).expand("data.customer"),
            Self::Customer(id) => Request::get("/v1/customers/{id}", &[id.as_str()])
                .expand("invoice_settings.default_payment_method")
                .expand("discount.source.coupon"),
            Self::Charges { customer, after } => rows(Kind::Charge, list("/v1/charges"), customer, after),
            Self::Subscriptions { customer, after } => {
                rows(Kind::Subscription, list("/v1/subscriptions").with("status", "all"), customer, after)
            }
            Self::Invoices { customer, after } => rows(Kind::Invoice, list("/v1/invoices"), customer, after),
            Self::PaymentMethods { customer, after } => {
                Request::get("/v1/customers/{id}/payment_methods", &[customer.as_str()])
                    .with("limit", PAGE)
                    .on_from(after.as_deref())
            }
            Self::Products(ids) => {
                ids.iter().fold(list("/v1/products"), |request, id| request.with("ids[]", id))
            }
            Self::Upcoming { subscription, .. } => {
                Request::post("/v1/invoices/create_preview", &[]).with("subscription", subscription)
            }
            Self::Waiting(customer) => Look::first(Want::Waiting(customer.clone())).request(),
            Self::CancelPreview(id) => Look::first(Want::EndedNow(id.clone())).request(),
            Self::DisputesOf { charge, after, .. } => {
                list("/v1/disputes").with("charge", charge).on_from(after.as_deref())
            }
            Self::RefundsOf { charge, after, .. } => {
                list("/v1/refunds").with("charge", charge).on_from(after.as_deref())
            }
            Self::InvoicesPaidBy(intent) => Request::get("/v1/invoice_payments", &[])
                .with("payment[type]", "payment_intent")
                .with("payment[payment_intent]", intent)
                .with("limit", 10)
                .expand("data.invoice"),
            Self::Listed { pane, customer, after } => match &pane.pane().source {
                Some(source) => source.request(customer.as_ref(), after.as_deref()),
                None => Request::get("", &[]),
            },
            Self::News { after: None } => Request::get("/v1/events", &[]).with("limit", NEWEST),
            Self::News { after: Some(event) } => list("/v1/events").with("ending_before", event),
            Self::Further(first, next) => first.request().on_from(Some(next)),
            // With what comes with it in its list: what was read again is shown in the place of that.
            Self::Object(row) | Self::Row { row, .. } => {
                let read = Request::get(row.kind.endpoint(), &[&row.id]);
                expanded(row.kind).into_iter().fold(read, Request::expand)
            }
            Self::Run { action, request, after } if gives_list(action) => {
                request.clone().with("limit", PAGE).on_from(after.as_deref())
            }
            Self::Run { request, .. } => request.clone(),
            Self::Look(look) => look.request(),
        }
    }

    /// Reads Stripe's answer to [`Question::request`].
    pub fn read(&self, json: &str) -> Result<Answer, Shape> {
        Ok(match self {
            Self::Account => Answer::Account(Box::new(Record::parse(json)?)),
            Self::Customers | Self::CustomersByEmail(_) | Self::CustomerSearch(_) => {
                Answer::Customers(Page::parse(json)?)
            }
            Self::ChargeSearch(_) | Self::Charges { .. } => Answer::Charges(Page::parse(json)?),
            Self::InvoiceSearch(_) | Self::Invoices { .. } => Answer::Invoices(Page::parse(json)?),
            Self::Customer(_) => Answer::Customer(Box::new(Record::parse(json)?)),
            Self::Subscriptions { .. } => Answer::Subscriptions(Page::parse(json)?),
            Self::PaymentMethods { .. } => Answer::PaymentMethods(Page::parse(json)?),
            Self::Products(_) => Answer::Products(Page::parse(json)?),
            Self::Upcoming { .. } | Self::CancelPreview(_) => Answer::Invoice(Box::new(Record::parse(json)?)),
            Self::Waiting(_) => Answer::Waiting(Page::parse(json)?),
            Self::DisputesOf { .. } => Answer::Disputes(Page::parse(json)?),
            Self::RefundsOf { .. } => Answer::Refunds(Page::parse(json)?),
            Self::InvoicesPaidBy(_) => Answer::InvoicePayments(Page::parse(json)?),
            Self::Listed { pane, .. } => {
                let source = pane.pane().source.as_ref();
                Answer::Listed(source.map_or_else(|| Ok(Page::default()), |source| (source.read)(json))?)
            }
            Self::Run { action, .. } if gives_list(action) => Answer::Rows(Page::parse(json)?),
            Self::Run { .. } => Answer::One(Box::new(Record::parse(json)?)),
            Self::Look(look) => Answer::Found(Box::new(look.read(json)?)),
            Self::News { .. } => Answer::News(Page::parse(json)?),
            Self::Further(first, _) => first.read(json)?,
            Self::Object(id) | Self::Row { row: id, .. } => {
                Answer::Object(id.clone(), Box::new(Record::parse(json)?))
            }
        })
    }

    /// Whose desk the answer belongs to; none where it is about nobody in particular.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(customer)
            | Self::Charges { customer, .. }
            | Self::Subscriptions { customer, .. }
            | Self::Invoices { customer, .. }
            | Self::PaymentMethods { customer, .. }
            | Self::Upcoming { customer, .. }
            | Self::DisputesOf { customer, .. }
            | Self::RefundsOf { customer, .. }
            | Self::Waiting(customer)
            | Self::Row { customer, .. } => Some(customer),
            Self::Listed { customer, .. } => customer.as_ref(),
            _ => None,
        }
    }

    /// Both are about the same part of what is known, whichever page or row of it.
    pub fn brings_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Listed { pane, .. }, Self::Listed { pane: others, .. }) => pane == others,
            _ => discriminant(self) == discriminant(other),
        }
    }

    /// What was asked first, of a question for what comes behind it.
    pub fn first(&self) -> &Self {
        if let Self::Further(first, _) = self { first } else { self }
    }

    /// What comes behind `answer`, where this is a search or the list of the newest customers and there is more.
    pub fn further(&self, answer: &Answer) -> Option<Self> {
        let first = self.first();
        let next = match (first, answer) {
            (
                Self::Customers | Self::CustomersByEmail(_) | Self::CustomerSearch(_),
                Answer::Customers(page),
            ) => page.next.as_ref().filter(|_| page.has_more),
            (Self::ChargeSearch(_), Answer::Charges(page)) => page.next.as_ref().filter(|_| page.has_more),
            (Self::InvoiceSearch(_), Answer::Invoices(page)) => page.next.as_ref().filter(|_| page.has_more),
            _ => None,
        };
        let further = Self::Further(Box::new(first.clone()), next?.clone());
        // A server that leads back to the same page leads nowhere.
        (further != *self).then_some(further)
    }

    /// It depends on the rows of a customer's lists, and is asked when those have come.
    pub fn follows(&self) -> bool {
        matches!(
            self,
            Self::Upcoming { .. } | Self::Waiting(_) | Self::DisputesOf { .. } | Self::RefundsOf { .. }
        )
    }

    /// The task's name on screen.
    pub fn label(&self) -> String {
        match self {
            Self::Account => "reading the account".into(),
            Self::Customers => "newest customers".into(),
            Self::CustomersByEmail(_) | Self::CustomerSearch(_) => "searching customers".into(),
            Self::ChargeSearch(_) => "searching charges".into(),
            Self::InvoiceSearch(_) => "searching invoices".into(),
            Self::Further(first, _) => format!("more of {}", first.label()),
            Self::Customer(_) => "customer".into(),
            Self::Charges { .. } => "charges".into(),
            Self::Subscriptions { .. } => "subscriptions".into(),
            Self::Invoices { .. } => "invoices".into(),
            Self::PaymentMethods { .. } => "payment methods".into(),
            Self::Products(_) => "products".into(),
            Self::Upcoming { .. } => "next invoice".into(),
            Self::Waiting(_) => "what waits for an invoice".into(),
            Self::CancelPreview(_) => "preview of cancelling now".into(),
            Self::DisputesOf { .. } => "dispute".into(),
            Self::RefundsOf { .. } => "more refunds".into(),
            Self::InvoicesPaidBy(_) => "what it paid".into(),
            Self::Listed { pane, .. } => pane.pane().name.to_lowercase(),
            Self::Object(id) | Self::Row { row: id, .. } => Kind::noun(id.kind).into(),
            Self::News { .. } => "live events".into(),
            Self::Run { action, .. } => action.replace('_', " "),
            Self::Look(look) => look.want.words(),
        }
    }
}
