//! What must be read for an explanation: asked again after each round, until nothing is left to be read.

use super::{Ask, Target, case, said, target};
use crate::{
    actions::Moment,
    answers::{
        Bag,
        want::{Look, Want},
    },
    model::{
        AnyId, ChargeId, CustomerId, Invoice, InvoiceId, Kind, Link, PaymentIntentId, PriceId, ProductId,
        RefundStatus, SubscriptionId,
    },
    time::DAY_S,
};

/// Prices and products of one invoice that are read by name.
const NAMED_MOST: usize = 12;
/// Stripe keeps events this long.
pub(in crate::answers) const EVENTS_KEPT_S: i64 = 30 * DAY_S;

pub(super) struct Needs<'a> {
    bag: &'a Bag,
    moment: &'a Moment,
    looks: Vec<Look>,
}

/// The reads of the next round; none when everything is there that can be.
pub fn looks(bag: &Bag, ask: &Ask, moment: &Moment) -> Vec<Look> {
    let mut needs = Needs { bag, moment, looks: Vec::new() };
    match ask {
        Ask::About(id) => needs.about(id),
        Ask::Said(customer, said) => {
            needs.customer(customer);
            needs.want(&Want::Methods(customer.clone()));
            needs.want(&Want::Intents(customer.clone()));
            let email = bag.customer(customer).and_then(|found| found.email.as_ref());
            if let Some(email) = email {
                needs.want(&Want::SameAddress(email.clone()));
            }
            for twin in said::twins(bag, customer) {
                needs.want(&Want::Charges(twin));
            }
            // Which charge is meant is known once all of them are there.
            if needs.looks.is_empty()
                && let Some(best) = said::fits(bag, customer, said, moment).first()
            {
                needs.charge(&best.charge);
            }
        }
    }
    needs.looks
}

impl Needs<'_> {
    fn want(&mut self, want: &Want) {
        if let Some(look) = self.bag.next(want).filter(|look| !self.looks.contains(look)) {
            self.looks.push(look);
        }
    }

    fn about(&mut self, id: &AnyId) {
        match id.kind {
            Kind::Charge
            | Kind::PaymentIntent
            | Kind::Invoice
            | Kind::Subscription
            | Kind::Refund
            | Kind::Dispute => self.want(&Want::Object(id.clone())),
            _ => return,
        }
        if id.kind == Kind::Invoice {
            self.invoice_itself(&InvoiceId::from(id.id.clone()));
        }
        match target(self.bag, id) {
            Target::Charge(charge) => self.charge(&charge),
            Target::Invoice(invoice) => self.invoice_itself(&invoice),
            Target::Nothing => {}
        }
    }

    /// An invoice, and what paid it.
    fn invoice_itself(&mut self, id: &InvoiceId) {
        self.invoice(id);
        let Some(invoice) = self.bag.invoice(id) else { return };
        if invoice.payments.is_none() {
            self.want(&Want::PaymentsOf(id.clone()));
        }
        let payments: Vec<_> = case::payments_of(self.bag, id).collect();
        for payment in payments {
            if let Some(intent) = payment.payment.payment_intent_id() {
                self.want(&Want::Object(intent.any()));
                let latest = self.bag.intent(intent).and_then(|intent| intent.latest_charge_id());
                if let Some(charge) = latest {
                    self.want(&Want::Object(charge.any()));
                }
            }
            if let Some(charge) = payment.payment.charge_id() {
                self.want(&Want::Object(charge.any()));
            }
        }
    }

    fn customer(&mut self, id: &CustomerId) {
        self.want(&Want::Object(id.any()));
        self.want(&Want::Charges(id.clone()));
        self.want(&Want::Invoices(id.clone()));
        self.want(&Want::Subscriptions(id.clone()));
    }

    fn charge(&mut self, id: &ChargeId) {
        self.want(&Want::Object(id.any()));
        let Some(charge) = self.bag.charge(id) else { return };
        match charge.customer_id() {
            Some(customer) => self.customer(&customer.clone()),
            None => {
                if let Some(intent) = charge.payment_intent_id() {
                    self.attempts(intent);
                }
            }
        }
        if let Some(intent) = charge.payment_intent_id() {
            self.want(&Want::Object(intent.any()));
            if case::payment_by(self.bag, charge).is_none() {
                self.want(&Want::PaidBy(intent.clone()));
            }
        }
        let manual = charge.payment_intent_id().and_then(|id| self.bag.intent(id));
        if charge.captured && manual.is_some_and(|intent| intent.capture_method.as_str() == "manual") {
            self.want(&Want::TakenAt(id.clone()));
        }
        let known = self.bag.refunds().filter(|refund| refund.charge_id() == Some(id));
        let given: i64 =
            known.filter(|refund| refund.status != RefundStatus::Failed).map(|refund| refund.amount).sum();
        if given < charge.amount_refunded {
            self.want(&Want::RefundsOf(id.clone()));
        }
        if charge.disputed {
            self.want(&Want::DisputesOf(id.clone()));
        }
        if let Some(invoice) = case::payment_by(self.bag, charge).and_then(|payment| payment.invoice_id()) {
            self.invoice(invoice);
        }
    }

    fn attempts(&mut self, intent: &PaymentIntentId) {
        self.want(&Want::AttemptsOf(intent.clone()));
    }

    fn invoice(&mut self, id: &InvoiceId) {
        self.want(&Want::Object(id.any()));
        let Some(invoice) = self.bag.invoice(id) else { return };
        if invoice.lines.has_more {
            self.want(&Want::LinesOf(id.clone()));
        }
        if let Some(subscription) = invoice.subscription_id() {
            self.subscription(subscription, invoice);
        }
        self.named(invoice);
        self.changes(invoice);
    }

    fn subscription(&mut self, id: &SubscriptionId, invoice: &Invoice) {
        self.want(&Want::Object(id.any()));
        let theirs = invoice.customer_id().map(|customer| Want::Invoices(customer.clone()));
        let all_known = theirs.is_some_and(|want| self.bag.is_whole(&want) || self.bag.next(&want).is_some());
        if !all_known {
            self.want(&Want::InvoicesOf(id.clone()));
        }
        let Some(subscription) = self.bag.subscription(id) else { return };
        if subscription.bills() {
            self.want(&Want::Upcoming(id.clone()));
        }
    }

    /// What the lines are called.
    fn named(&mut self, invoice: &Invoice) {
        let lines = self.bag.lines(invoice);
        let details = || lines.iter().filter_map(|line| line.pricing.as_ref()?.price_details.as_ref());
        let mut prices: Vec<PriceId> = details()
            .filter_map(|details| match details.price.as_ref()? {
                Link::Id(id) => Some(id.clone()),
                Link::Object(price) => Some(price.id.clone()),
            })
            .collect();
        prices.sort();
        prices.dedup();
        for price in prices.into_iter().take(NAMED_MOST) {
            self.want(&Want::Object(price.any()));
        }
        let mut products: Vec<ProductId> = details().filter_map(|details| details.product.clone()).collect();
        products.sort();
        products.dedup();
        for product in products.into_iter().take(NAMED_MOST) {
            self.want(&Want::Object(product.any()));
        }
    }

    /// Who made the changes that the prorations come from, as long as Stripe keeps the events.
    fn changes(&mut self, invoice: &Invoice) {
        let mut starts: Vec<_> = self
            .bag
            .lines(invoice)
            .into_iter()
            .filter(|line| line.is_proration())
            .map(|line| line.period.start)
            .filter(|at| self.moment.now.since(*at) < EVENTS_KEPT_S)
            .collect();
        starts.sort();
        starts.dedup();
        for at in starts.into_iter().take(NAMED_MOST) {
            self.want(&Want::ChangesAround(at));
        }
    }
}
