//! What was read from Stripe so far: one folder a customer, every part with its own state of loading. What is known stays on
//! screen while something newer is on its way, and an error never takes it away.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

pub use super::slot::{Part, Slot};
use super::{
    gathered, known::Known, message::TaskId, panes::PaneId, question::Question, scattered::Scattered,
    source::Whose,
};
use crate::{
    answers::duplicates::Marks,
    model::{
        AnyId, AnyObject, Charge, ChargeId, ChargeStatus, Customer, CustomerId, Dispute, Invoice,
        InvoiceItem, Kind, Link, List, Page, PaymentIntentId, PaymentMethod, Product, ProductId, Record,
        Refund, Subscription, SubscriptionId,
    },
    text,
    time::Unix,
};

/// Everything about one customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Folder {
    pub customer: Slot<Record<Customer>>,
    pub charges: Slot<List<Charge>>,
    pub subscriptions: Slot<List<Subscription>>,
    pub invoices: Slot<List<Invoice>>,
    pub methods: Slot<List<PaymentMethod>>,
    /// The next invoice of each subscription that will have one.
    pub upcoming: BTreeMap<SubscriptionId, Slot<Record<Invoice>>>,
    /// What waits for a next invoice, where none comes by itself.
    pub waiting: Slot<List<InvoiceItem>>,
    pub disputes: BTreeMap<ChargeId, Slot<List<Dispute>>>,
    /// Of each charge that has more refunds than it carries itself.
    pub refunds: BTreeMap<ChargeId, Slot<List<Refund>>>,
    /// Which invoice a payment intent paid, by its place in the list: found for each row of each frame.
    pub paid_by: BTreeMap<PaymentIntentId, usize>,
    /// Lists that one pane shows, from when it was first shown.
    pub lists: BTreeMap<PaneId, Slot<List<AnyObject>>>,
    /// How far back a list was read of which only this customer's rows are kept.
    pub reached: BTreeMap<PaneId, Unix>,
    /// Where the refunds and disputes stand, which Stripe lists by charge.
    pub scattered: Scattered,
    /// Charges that look alike: found for each row of each frame too.
    pub alike: Marks,
}

impl Folder {
    /// The part that a question is about; none where the question is not about one customer.
    pub fn part(&mut self, question: &Question) -> Option<&mut dyn Part> {
        Some(match question {
            Question::Customer(_) => &mut self.customer,
            Question::Charges { .. } => &mut self.charges,
            Question::Subscriptions { .. } => &mut self.subscriptions,
            Question::Invoices { .. } => &mut self.invoices,
            Question::PaymentMethods { .. } => &mut self.methods,
            Question::Upcoming { subscription, .. } => self.upcoming.entry(subscription.clone()).or_default(),
            Question::Waiting(_) => &mut self.waiting,
            Question::DisputesOf { charge, .. } => self.disputes.entry(charge.clone()).or_default(),
            Question::RefundsOf { charge, .. } => self.refunds.entry(charge.clone()).or_default(),
            Question::Listed { pane, .. } => self.lists.entry(*pane).or_default(),
            _ => return None,
        })
    }

    /// Nothing waits for the task any more.
    pub fn unwait(&mut self, task: TaskId) {
        let lists: [&mut dyn Part; 6] = [
            &mut self.customer,
            &mut self.charges,
            &mut self.subscriptions,
            &mut self.invoices,
            &mut self.methods,
            &mut self.waiting,
        ];
        let upcoming = self.upcoming.values_mut().map(|slot| slot as &mut dyn Part);
        let disputes = self.disputes.values_mut().map(|slot| slot as &mut dyn Part);
        let refunds = self.refunds.values_mut().map(|slot| slot as &mut dyn Part);
        let shown = self.lists.values_mut().map(|slot| slot as &mut dyn Part);
        for part in lists.into_iter().chain(upcoming).chain(disputes).chain(refunds).chain(shown) {
            part.loading().take_if(|loading| *loading == task);
        }
        // What was never read is asked for again, the next time that somebody looks.
        self.upcoming.retain(|_, slot| !slot.is_untouched());
        self.disputes.retain(|_, slot| !slot.is_untouched());
        self.refunds.retain(|_, slot| !slot.is_untouched());
    }

    /// No bill is shown to come of what bills no more. A bill that only may be another one stays until that is read.
    pub fn drop_unbilled(&mut self) {
        let rows = self.subscriptions.value.iter().flat_map(|list| &list.rows);
        let over: Vec<_> = rows.filter(|row| !row.will_be_invoiced()).map(|row| row.id.clone()).collect();
        self.upcoming.retain(|id, _| !over.contains(id));
    }

    /// A row of one of the lists anew, wherever in it that is.
    pub fn put_row(&mut self, id: &AnyId, raw: &Arc<str>) {
        match id.kind {
            Kind::Charge => {
                self.charges.put_row(raw);
                self.find_alike();
                self.refunds.retain(|charge, _| charge.as_str() != id.id);
            }
            Kind::Subscription => {
                self.subscriptions.put_row(raw);
                self.drop_unbilled();
            }
            Kind::Invoice => {
                self.invoices.put_row(raw);
                self.index_payments();
            }
            Kind::PaymentMethod => self.methods.put_row(raw),
            kind => {
                for (_, slot) in self.lists.iter_mut().filter(|(pane, _)| pane.pane().kind == kind) {
                    slot.put_row(raw);
                }
            }
        }
        self.scatter();
    }

    pub fn has_row(&self, id: &AnyId) -> bool {
        match id.kind {
            Kind::Charge => self.charges.has_row(&id.id),
            Kind::Subscription => self.subscriptions.has_row(&id.id),
            Kind::Invoice => self.invoices.has_row(&id.id),
            Kind::PaymentMethod => self.methods.has_row(&id.id),
            kind => self.lists.iter().any(|(pane, slot)| pane.pane().kind == kind && slot.has_row(&id.id)),
        }
    }

    /// What was read behind the first pages goes when those come anew.
    pub fn age(&mut self) {
        self.charges.behind_is_old = true;
        self.subscriptions.behind_is_old = true;
        self.invoices.behind_is_old = true;
        self.lists.values_mut().for_each(Slot::age);
    }

    /// A page of a pane's own list.
    pub fn put_listed(
        &mut self,
        (pane, customer): (PaneId, &CustomerId),
        rows: Page<AnyObject>,
        after: Option<&str>,
        now_ms: i64,
    ) {
        let everybody = match pane.pane().source.as_ref().map(|source| source.whose) {
            Some(Whose::Everybody(concerns)) => Some(concerns),
            _ => None,
        };
        let last = rows.rows.last().and_then(|row| created(row.raw()));
        let slot = self.lists.entry(pane).or_default();
        slot.put(rows, after, now_ms);
        if let Some(concerns) = everybody {
            slot.value.iter_mut().for_each(|list| list.rows.retain(|row| concerns(row, customer)));
            self.reached.extend(last.map(|last| (pane, last)));
        }
    }

    /// After charges, their refunds or their disputes changed.
    pub fn scatter(&mut self) {
        self.scattered = Scattered::of(self);
    }

    /// After the invoices changed.
    pub fn index_payments(&mut self) {
        let rows = self.invoices.value.iter().flat_map(|list| list.rows.iter().enumerate());
        let paid = rows.flat_map(|(at, invoice)| {
            let payments = invoice.payments.iter().flat_map(|payments| &payments.data);
            payments.filter_map(move |payment| Some((payment.payment.payment_intent_id()?.clone(), at)))
        });
        self.paid_by = paid.collect();
        self.find_alike();
    }

    /// After the charges changed, or which invoice each of them paid.
    pub fn find_alike(&mut self) {
        self.alike = gathered::marks(self);
    }

    /// Of each charge that was read it is known how it ended.
    pub fn tells_charges(&self) -> bool {
        let mut rows = self.charges.value.iter().flat_map(|list| &list.rows);
        rows.all(|row| !matches!(row.status, ChargeStatus::Other(_)))
    }

    /// The invoice that a charge's payment intent paid.
    pub fn invoice_of(&self, intent: &PaymentIntentId) -> Option<&Record<Invoice>> {
        self.invoices.value.as_ref()?.rows.get(*self.paid_by.get(intent)?)
    }
}

/// Expanded on the customer, or found among the methods that were read.
pub(super) fn default_method<'a>(
    customer: &'a Customer,
    folder: Option<&'a Folder>,
) -> Option<&'a PaymentMethod> {
    match customer.invoice_settings.default_payment_method.as_ref()? {
        Link::Object(method) => Some(method),
        Link::Id(id) => {
            let methods = folder?.methods.value.as_ref()?;
            methods.rows.iter().find(|method| &method.id == id).map(Record::object)
        }
    }
}

/// All folders and what they share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    pub folders: BTreeMap<CustomerId, Folder>,
    /// Customers known from lists and searches: what search answers from at once.
    pub known: Known,
    pub products: BTreeMap<ProductId, Record<Product>>,
    /// Lists of the account's own that one pane shows.
    pub lists: BTreeMap<PaneId, Slot<List<AnyObject>>>,
    /// Which product each price asked for has; a product that was asked for and not found stays out of `products`.
    pub products_asked: Vec<ProductId>,
}

/// When a row was made.
fn created(raw: &str) -> Option<Unix> {
    #[derive(Deserialize)]
    struct Made {
        created: Option<i64>,
    }
    serde_json::from_str::<Made>(raw).ok()?.created.map(Unix)
}

impl Data {
    /// The part that a question is about; none where it is about neither one customer nor a list of the account's own.
    pub fn part(&mut self, question: &Question) -> Option<&mut dyn Part> {
        match (question, question.customer()) {
            (Question::Listed { pane, .. }, None) => Some(self.lists.entry(*pane).or_default()),
            (_, Some(customer)) => self.folders.get_mut(customer)?.part(question),
            (_, None) => None,
        }
    }

    /// Nothing waits for the task any more.
    pub fn unwait(&mut self, task: TaskId) {
        self.folders.values_mut().for_each(|folder| folder.unwait(task));
        self.lists.values_mut().for_each(|slot| {
            slot.loading.take_if(|loading| *loading == task);
        });
    }

    /// In whose folder an object stands that does not name its customer itself.
    pub fn owner(&self, id: &AnyId) -> Option<CustomerId> {
        let has = |folder: &Folder| folder.charge_of(&id.id).is_some() || folder.has_row(id);
        self.folders.iter().find(|(_, folder)| has(folder)).map(|(customer, _)| customer.clone())
    }

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
