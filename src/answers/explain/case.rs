//! One charge with everything around it that was read: the invoice that it paid, its subscription, the invoice before.

use std::cell::OnceCell;

use super::Step;
use crate::{
    actions::Moment,
    answers::{Bag, duplicates::Group},
    model::{
        AnyId, Charge, ChargeId, ChargeStatus, Invoice, InvoiceId, InvoiceLine, InvoicePayment,
        InvoiceStatus, Link, PaymentIntent, Price, PriceId, Recurring, Subscription, SubscriptionId,
    },
    money::Money,
    text::{Untrusted, short_id},
    time::Unix,
};

pub(super) struct Case<'a> {
    pub(super) bag: &'a Bag,
    pub(super) moment: &'a Moment,
    pub(super) charge: Option<&'a Charge>,
    pub(super) intent: Option<&'a PaymentIntent>,
    pub(super) invoice: Option<&'a Invoice>,
    pub(super) lines: Vec<&'a InvoiceLine>,
    pub(super) subscription: Option<&'a Subscription>,
    /// The invoice of the same subscription's period before.
    pub(super) before: Option<&'a Invoice>,
    /// Charges that look alike, once somebody has asked.
    pub(super) groups: OnceCell<Vec<Group<'a>>>,
}

/// Every known payment of an invoice.
pub(super) fn payments_of<'a>(
    bag: &'a Bag,
    invoice: &'a InvoiceId,
) -> impl Iterator<Item = &'a InvoicePayment> {
    bag.payments().filter(move |payment| payment.invoice_id() == Some(invoice))
}

/// The row between a charge and the invoice that it paid.
pub(super) fn payment_by<'a>(bag: &'a Bag, charge: &'a Charge) -> Option<&'a InvoicePayment> {
    bag.payments().find(|payment| {
        let by_intent = charge.payment_intent_id().is_some()
            && payment.payment.payment_intent_id() == charge.payment_intent_id();
        by_intent || payment.payment.charge_id() == Some(&charge.id)
    })
}

impl<'a> Case<'a> {
    pub(super) fn of_charge(bag: &'a Bag, id: &ChargeId, moment: &'a Moment) -> Option<Self> {
        let charge = bag.charge(id)?;
        let intent = charge.payment_intent_id().and_then(|id| bag.intent(id));
        let invoice = payment_by(bag, charge).and_then(|payment| bag.invoice(payment.invoice_id()?));
        Some(Self { charge: Some(charge), intent, ..Self::around(bag, invoice, moment) })
    }

    pub(super) fn of_invoice(bag: &'a Bag, id: &InvoiceId, moment: &'a Moment) -> Option<Self> {
        let invoice = bag.invoice(id)?;
        Some(Self::around(bag, Some(invoice), moment))
    }

    fn around(bag: &'a Bag, invoice: Option<&'a Invoice>, moment: &'a Moment) -> Self {
        let lines = invoice.map(|invoice| bag.lines(invoice)).unwrap_or_default();
        let subscription = invoice.and_then(|invoice| bag.subscription(invoice.subscription_id()?));
        let before = invoice.and_then(|invoice| before(bag, invoice));
        Self {
            bag,
            moment,
            charge: None,
            intent: None,
            invoice,
            lines,
            subscription,
            before,
            groups: OnceCell::new(),
        }
    }

    pub(super) fn id(&self) -> Option<AnyId> {
        let charge = self.charge.map(|charge| charge.id.any());
        charge.or_else(|| self.invoice.map(|invoice| invoice.id.any()))
    }

    /// What was taken, or was to be; of an invoice without a charge, what it is over.
    pub(super) fn amount(&self) -> Option<Money> {
        let was_taken = |charge: &Charge| charge.captured && charge.status == ChargeStatus::Succeeded;
        let charge = self
            .charge
            .map(|charge| if was_taken(charge) { charge.captured_money() } else { charge.money() });
        charge.or_else(|| self.invoice.map(Invoice::money))
    }

    pub(super) fn at(&self) -> Option<Unix> {
        self.charge.map(|charge| charge.created).or_else(|| self.invoice.map(|invoice| invoice.created))
    }

    /// `21 Nov`, with the year where it is another.
    pub(super) fn day(&self, at: Unix) -> String {
        day(self.moment, at)
    }

    pub(super) fn price_of(&self, line: &InvoiceLine) -> Option<&'a Price> {
        let named = line.pricing.as_ref()?.price_details.as_ref()?.price.as_ref()?;
        let id = match named {
            Link::Id(id) => id,
            Link::Object(price) => &price.id,
        };
        self.price(id)
    }

    fn price(&self, id: &PriceId) -> Option<&'a Price> {
        let items = self.bag.subscriptions().flat_map(|row| &row.items.data);
        self.bag.price(id).or_else(|| items.map(|item| &item.price).find(|price| price.id == *id))
    }

    /// `Growth`; the nickname of the price, or what the line says, where the product's name is not known.
    pub(super) fn name_of(&self, line: &InvoiceLine) -> String {
        let product = line.product_id().and_then(|id| self.bag.product(id));
        let named = product.map(|product| product.name.as_str()).filter(|name| !name.is_empty());
        let nick = || self.price_of(line)?.nickname.as_ref().map(Untrusted::as_str);
        let line_says = || line.description.as_ref().map(Untrusted::as_str);
        named.or_else(nick).or_else(line_says).unwrap_or("something without a name").to_owned()
    }

    /// `Pro ($990.00/yr)`, where the price was read.
    pub(super) fn priced(&self, line: &InvoiceLine) -> String {
        let price = self.price_of(line).map(|price| format!(" ({})", price.words())).unwrap_or_default();
        format!("{}{price}", self.name_of(line))
    }

    /// Lines of the subscription itself, for a whole period.
    pub(super) fn regular(&self) -> impl Iterator<Item = &'a InvoiceLine> + '_ {
        self.lines.iter().copied().filter(|line| line.is_regular())
    }

    /// Several things are paid for a whole period.
    pub(super) fn is_of_many(&self) -> bool {
        self.regular().nth(1).is_some()
    }

    /// Lines of things that belong to no subscription.
    pub(super) fn one_off(&self) -> impl Iterator<Item = &'a InvoiceLine> + '_ {
        self.lines.iter().copied().filter(|line| !line.is_proration() && !line.is_regular())
    }

    pub(super) fn prorations(&self) -> impl Iterator<Item = &'a InvoiceLine> + '_ {
        self.lines.iter().copied().filter(|line| line.is_proration())
    }

    /// What was bought, by its names.
    pub(super) fn plan_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.regular().map(|line| self.name_of(line)).collect();
        if names.is_empty() {
            names = self.prorations().filter(|line| line.amount > 0).map(|line| self.name_of(line)).collect();
        }
        if names.is_empty() {
            names = self.lines.iter().map(|line| self.name_of(line)).collect();
        }
        dedup(&mut names);
        names
    }

    /// The same in a word or two: `Pro`, `Pro and 2 more`.
    pub(super) fn plan(&self) -> Option<String> {
        match self.plan_names().as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            [one, two] => Some(format!("{one} and {two}")),
            [one, more @ ..] => Some(format!("{one} and {} more", more.len())),
        }
    }

    /// How what was bought recurs; none where it does not.
    pub(super) fn recurring(&self) -> Option<&'a Recurring> {
        let recurring = self.regular().find_map(|line| self.price_of(line)?.recurring.as_ref());
        recurring
            .or_else(|| self.subscription.and_then(|row| row.items.data.first()?.price.recurring.as_ref()))
    }

    /// `monthly`, `yearly`, `3-month`; none where it does not recur.
    pub(super) fn interval(&self) -> Option<String> {
        let recurring = self.recurring()?;
        let unit = recurring.interval.as_str();
        if recurring.interval_count > 1 {
            return Some(format!("{}-{unit}", recurring.interval_count));
        }
        Some(match unit {
            "day" => "daily".into(),
            "week" => "weekly".into(),
            "month" => "monthly".into(),
            "year" => "yearly".into(),
            other => other.to_owned(),
        })
    }

    /// Further charges of the same payment, which did not go through.
    pub(super) fn failed_before(&self) -> Vec<&'a Charge> {
        let Some(charge) = self.charge else { return Vec::new() };
        let same = |other: &&Charge| {
            other.id != charge.id
                && other.payment_intent_id().is_some()
                && other.payment_intent_id() == charge.payment_intent_id()
                && other.created <= charge.created
                && !other.paid
        };
        let mut failed: Vec<_> = self.bag.charges().filter(same).collect();
        failed.sort_by_key(|charge| charge.created);
        failed
    }

    /// From the charge to the product, as far as it was read.
    pub(super) fn chain(&self) -> Vec<Step> {
        let mut chain = Vec::new();
        let mut step = |id: AnyId, says: String| chain.push(Step { id, says });
        if let Some(charge) = self.charge {
            let parts =
                [charge.money().to_string(), charge.words(), self.day(charge.created), charge.method()];
            step(charge.id.any(), joined(&parts));
            if let Some(intent) = charge.payment_intent_id() {
                let says = self.intent.map(|intent| intent.status.to_string()).unwrap_or_default();
                step(intent.any(), says);
            }
        }
        if let Some(invoice) = self.invoice {
            let parts = [
                invoice.title().to_owned(),
                invoice.money().to_string(),
                invoice.status.to_string(),
                self.day(invoice.created),
            ];
            step(invoice.id.any(), joined(&parts));
        }
        if let Some(subscription) = self.subscription {
            let state = subscription.state_words(|at| self.day(at));
            step(subscription.id.any(), joined(&[subscription.amount_words(), state]));
        }
        for line in &self.lines {
            if let Some(price) = self.price_of(line) {
                step(price.id.any(), price.words());
            }
            if let Some(product) = line.product_id() {
                step(product.any(), self.name_of(line));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        chain.retain(|step| seen.insert(step.id.clone()));
        chain
    }
}

pub(in crate::answers) fn day(moment: &Moment, at: Unix) -> String {
    at.short_date(&moment.zone, moment.now).trim().to_owned()
}

fn joined(parts: &[String]) -> String {
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
}

fn dedup(names: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
}

/// A name for a line that tells it from others of its subscription.
pub(super) fn item_of(line: &InvoiceLine) -> Option<&str> {
    let details = line.parent.as_ref()?.subscription_item_details.as_ref()?;
    details.subscription_item.as_ref().map(crate::model::SubscriptionItemId::as_str)
}

/// The newest invoice of the same subscription before this one that was really billed.
fn before<'a>(bag: &'a Bag, invoice: &Invoice) -> Option<&'a Invoice> {
    let subscription: &SubscriptionId = invoice.subscription_id()?;
    let earlier = bag.invoices().filter(|other| {
        other.id != invoice.id
            && other.subscription_id() == Some(subscription)
            && other.created < invoice.created
            && !matches!(other.status, InvoiceStatus::Void | InvoiceStatus::Draft)
            && bag.lines(other).into_iter().any(InvoiceLine::is_regular)
    });
    earlier.max_by_key(|other| other.created)
}

/// `in_…4f2a` or its number.
pub(super) fn title(invoice: &Invoice) -> String {
    match invoice.title() {
        id if id == invoice.id.as_str() => short_id(id),
        number => number.to_owned(),
    }
}
