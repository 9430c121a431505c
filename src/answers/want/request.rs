//! The call of a read: which list, of what, how far.

use super::{ALIKE_S, Want};
use crate::{
    answers::timeline::events,
    model::{CustomerId, Kind, PriceId, SubscriptionId, SubscriptionItemId},
    money::Currency,
    request::Request,
    time::{HOUR_S, Unix},
};

/// Rows of a page: as many as Stripe gives.
const PAGE: u32 = 100;
/// A change of a subscription and the event that tells of it are this far apart at most.
const NEAR_S: i64 = HOUR_S;
/// A refund and the event that tells of it.
const MADE_BEFORE_S: i64 = 60;
const MADE_AFTER_S: i64 = 300;

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

/// What was made up to so many seconds before and after.
fn near(list: Request, at: Unix, (before_s, after_s): (i64, i64)) -> Request {
    list.with("created[gte]", at.0.saturating_sub(before_s))
        .with("created[lte]", at.0.saturating_add(after_s))
}

fn warnings() -> Request {
    Request::get("/v1/radar/early_fraud_warnings", &[]).with("limit", PAGE)
}

fn preview(subscription: &SubscriptionId) -> Request {
    Request::post("/v1/invoices/create_preview", &[]).with("subscription", subscription)
}

fn ended_on(subscription: &SubscriptionId, on: Unix) -> Request {
    preview(subscription)
        .with("subscription_details[cancel_at]", on.0)
        .with("subscription_details[proration_behavior]", "none")
}

fn replaced(subscription: &SubscriptionId, item: &SubscriptionItemId, price: &PriceId) -> Request {
    preview(subscription)
        .with("subscription_details[items][0][id]", item)
        .with("subscription_details[items][0][price]", price)
        .with("subscription_details[proration_behavior]", "create_prorations")
}

fn plans(currency: Currency) -> Request {
    Request::get("/v1/prices", &[])
        .with("limit", PAGE)
        .with("active", true)
        .with("type", "recurring")
        .with("currency", currency.code())
        .expand("data.product")
}

fn notes() -> Request {
    list("/v1/credit_notes", Kind::CreditNote)
}

/// A list that stands below its customer.
fn under(path: &'static str, customer: &CustomerId) -> Request {
    Request::get(path, &[customer.as_str()]).with("limit", PAGE)
}

impl Want {
    pub(super) fn request(&self) -> Request {
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
            Self::NotesOf(invoice) => notes().with("invoice", invoice),
            Self::CreditNotesSince(from) => notes().with("created[gte]", from.0),
            Self::CreditNotes(customer) => notes().with("customer", customer),
            Self::BalanceEntries(customer) => under("/v1/customers/{id}/balance_transactions", customer),
            Self::InvoicesOf(subscription) => {
                list("/v1/invoices", Kind::Invoice).with("subscription", subscription)
            }
            Self::Upcoming(subscription) => preview(subscription),
            Self::EndedNow(subscription) => preview(subscription)
                .with("subscription_details[cancel_now]", true)
                .with("subscription_details[proration_behavior]", "always_invoice"),
            Self::EndedOn(subscription, on) => ended_on(subscription, *on),
            Self::Replaced(subscription, item, price) => replaced(subscription, item, price),
            Self::PlansIn(currency) => plans(*currency),
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
            Self::Methods(customer) => under("/v1/customers/{id}/payment_methods", customer),
            Self::Waiting(customer) => {
                list("/v1/invoiceitems", Kind::InvoiceItem).with("customer", customer).with("pending", true)
            }
            Self::ChargesNear(customer, at) => {
                near(Self::Charges(customer.clone()).request(), *at, (ALIKE_S, ALIKE_S))
            }
            Self::SameAddress(email) => list("/v1/customers", Kind::Customer).with("email", email),
            Self::SameCard(print) => list("/v1/charges/search", Kind::Charge)
                .with("query", format!("payment_method_details.card.fingerprint:\"{print}\"")),
            Self::RefundsIn(from, until) => {
                between(Request::get("/v1/refunds", &[]), *from, *until).expand("data.charge")
            }
            Self::ChargesIn(from, until) => between(Request::get("/v1/charges", &[]), *from, *until),
            Self::DisputesSince(from) => list("/v1/disputes", Kind::Dispute).with("created[gte]", from.0),
            Self::WarningsSince(from) => warnings().with("created[gte]", from.0).expand("data.charge"),
            Self::WarningsOf(charge) => warnings().with("charge", charge),
            Self::Balance => Request::get("/v1/balance", &[]),
            Self::EventsAbout(_) => events::TYPES
                .iter()
                .fold(list("/v1/events", Kind::Event), |list, kind| list.with("types[]", *kind)),
            Self::RefundMade(_, at) => {
                let made = list("/v1/events", Kind::Event).with("types[]", events::REFUND_MADE);
                near(made, *at, (MADE_BEFORE_S, MADE_AFTER_S))
            }
            Self::ChangesAround(at) => {
                let changed = list("/v1/events", Kind::Event).with("type", "customer.subscription.updated");
                near(changed, *at, (NEAR_S, NEAR_S))
            }
        }
    }
}
