//! Stripe's objects as the desk needs them: typed ids, open enums, links that may be expanded, and the raw JSON beside.
//! Unknown fields and values are kept; `null` and missing are the same.

mod any;
mod billing;
mod catalog;
mod customer;
mod dispute;
mod id;
mod open;
mod page;
mod payment;
mod raw;

pub use any::{AnyObject, Typed};
pub use billing::{
    Cancellation, Discount, DiscountAmount, Invoice, InvoiceItem, InvoiceLine, InvoiceParent, InvoicePayment,
    InvoiceStatus, InvoicedPayment, ItemDetails, LineParent, LinePeriod, LinePricing, PauseCollection,
    PriceDetails, ScheduledStatus, StatusTransitions, Subscription, SubscriptionItem, SubscriptionParent,
    SubscriptionSchedule, SubscriptionStatus, TaxAmount,
};
pub use catalog::{Coupon, Price, PriceType, Product, Recurring, Tier};
pub use customer::{Account, BalanceEntry, Customer, InvoiceSettings};
pub use dispute::{Dispute, DisputeStatus, EarlyFraudWarning, EvidenceDetails};
pub use id::{
    AccountId, AnyId, BalanceTransactionId, ChargeId, CouponId, CreditNoteId, CustomerBalanceTransactionId,
    CustomerId, DiscountId, DisputeId, EventId, IdError, InvoiceId, InvoiceItemId, InvoiceLineId,
    InvoicePaymentId, Kind, PaymentIntentId, PaymentMethodId, PriceId, ProductId, RefundId, ScheduleId,
    SourceId, SubscriptionId, SubscriptionItemId,
};
pub use open::{Link, ListOf, Metadata};
pub use page::{List, Listed, Page, Stuck};
pub use payment::{
    Address, Balance, BalancePart, BalanceTransaction, BillingDetails, Card, CardDestination, Charge,
    ChargeOutcome, ChargeStatus, CreditNote, CreditNoteRefund, Destination, Event, EventData, EventObject,
    EventRequest, MethodDetails, PaymentError, PaymentIntent, PaymentIntentStatus, PaymentMethod,
    Presentment, Refund, RefundStatus, TransferData,
};
pub use raw::{Record, Shape};

/// A type that reads one [`Kind`] of object.
pub trait Object: serde::de::DeserializeOwned + Send + Sync + 'static {
    const KIND: Kind;

    fn any_id(&self) -> AnyId;
}

macro_rules! objects {
    ($($name:ident = $kind:ident),* $(,)?) => {$(
        impl Object for $name {
            const KIND: Kind = Kind::$kind;

            fn any_id(&self) -> AnyId {
                self.id.any()
            }
        }
    )*};
}

objects! {
    Customer = Customer, Charge = Charge, PaymentIntent = PaymentIntent, Refund = Refund, Dispute = Dispute,
    Subscription = Subscription, SubscriptionSchedule = SubscriptionSchedule, Invoice = Invoice,
    CreditNote = CreditNote, PaymentMethod = PaymentMethod, Product = Product, Price = Price,
    BalanceEntry = CustomerBalanceTransaction, Event = Event,
}
