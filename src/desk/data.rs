//! What was read from Stripe so far: one folder a customer, every part with its own state of loading. What is known stays on
//! screen while something newer is on its way, and an error never takes it away.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::message::{TaskId, Trouble};
use crate::{
    model::{
        Charge, ChargeId, Customer, CustomerId, Dispute, Invoice, Page, PaymentIntentId, PaymentMethod,
        Product, ProductId, Record, Subscription, SubscriptionId,
    },
    text,
};

/// Something that is read, being read, or could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot<T> {
    pub value: Option<T>,
    /// The task that brings a newer one.
    pub loading: Option<TaskId>,
    /// Why the last reading failed; the value is the one before.
    pub trouble: Option<Trouble>,
    pub read_at_ms: i64,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { value: None, loading: None, trouble: None, read_at_ms: 0 }
    }
}

impl<T> Slot<T> {
    pub fn fill(&mut self, value: T, now_ms: i64) {
        *self = Self { value: Some(value), loading: None, trouble: None, read_at_ms: now_ms };
    }

    pub fn fail(&mut self, trouble: Trouble) {
        self.loading = None;
        self.trouble = Some(trouble);
    }
}

/// The rows of a list as far as they were read, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: serde::de::DeserializeOwned"))]
pub struct Rows<T> {
    pub rows: Vec<Record<T>>,
    /// Stripe has more behind the last row.
    pub has_more: bool,
    pub unreadable: usize,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), has_more: false, unreadable: 0 }
    }
}

impl<T> From<Page<T>> for Rows<T> {
    fn from(page: Page<T>) -> Self {
        Self { rows: page.rows, has_more: page.has_more, unreadable: page.unreadable }
    }
}

/// Everything about one customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Folder {
    pub customer: Slot<Record<Customer>>,
    pub charges: Slot<Rows<Charge>>,
    pub subscriptions: Slot<Rows<Subscription>>,
    pub invoices: Slot<Rows<Invoice>>,
    pub methods: Slot<Rows<PaymentMethod>>,
    /// The next invoice of each subscription that will have one.
    pub upcoming: BTreeMap<SubscriptionId, Slot<Record<Invoice>>>,
    pub disputes: BTreeMap<ChargeId, Slot<Rows<Dispute>>>,
    /// Which invoice a payment intent paid, by its place in the list: found for each row of each frame.
    pub paid_by: BTreeMap<PaymentIntentId, usize>,
}

impl Folder {
    /// After the invoices changed.
    pub fn index_payments(&mut self) {
        let rows = self.invoices.value.iter().flat_map(|list| list.rows.iter().enumerate());
        let paid = rows.flat_map(|(at, invoice)| {
            let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
            payments.filter_map(move |payment| Some((payment.payment.payment_intent_id()?.clone(), at)))
        });
        self.paid_by = paid.collect();
    }

    /// The invoice that a charge's payment intent paid.
    pub fn invoice_of(&self, intent: &PaymentIntentId) -> Option<&Record<Invoice>> {
        self.invoices.value.as_ref()?.rows.get(*self.paid_by.get(intent)?)
    }
}

/// All folders and what they share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    pub folders: BTreeMap<CustomerId, Folder>,
    /// Customers known from lists and searches, newest knowledge last: what search answers from at once.
    pub known: BTreeMap<CustomerId, Record<Customer>>,
    pub products: BTreeMap<ProductId, Record<Product>>,
    /// Which product each price asked for has; a product that was asked for and not found stays out of `products`.
    pub products_asked: Vec<ProductId>,
}

impl Data {
    pub fn folder(&self, id: &CustomerId) -> Option<&Folder> {
        self.folders.get(id)
    }

    pub fn customer(&self, id: &CustomerId) -> Option<&Record<Customer>> {
        self.folders.get(id).and_then(|folder| folder.customer.value.as_ref()).or_else(|| self.known.get(id))
    }

    pub fn product_name(&self, id: &ProductId) -> Option<&str> {
        self.products.get(id).map(|product| product.name.as_str())
    }

    /// `Pro`, `Pro + Seats`: the names of what a subscription is for; short ids where no name is known yet.
    pub fn plan_name(&self, subscription: &Subscription) -> String {
        let names: Vec<String> = subscription
            .items
            .data
            .iter()
            .map(|item| {
                let product = item.price.product_id();
                product
                    .and_then(|id| self.product_name(id))
                    .map(str::to_owned)
                    .or_else(|| item.price.nickname.as_ref().map(ToString::to_string))
                    .unwrap_or_else(|| {
                        text::short_id(product.map_or(item.price.id.as_str(), |id| id.as_str()))
                    })
            })
            .collect();
        if names.is_empty() { text::short_id(subscription.id.as_str()) } else { names.join(" + ") }
    }
}
