//! Invoices of a subscription that nobody has paid: what becomes of them once it ends, and what credit would give away with them.

use super::Bag;
use crate::{
    model::{Invoice, InvoiceStatus, Subscription, SubscriptionId},
    money::Money,
};

/// Its newest invoice where that is not paid: the days that credit would be for were never paid either.
///
/// Stripe computes credit as if every invoice would be paid
/// (<https://docs.stripe.com/billing/subscriptions/prorations>, "prorations and unpaid invoices").
pub fn unpaid<'a>(
    subscription: &Subscription,
    invoices: impl IntoIterator<Item = &'a Invoice>,
) -> Option<&'a Invoice> {
    let latest = subscription.latest_invoice_id()?;
    let owes = |invoice: &&Invoice| {
        matches!(invoice.status, InvoiceStatus::Open | InvoiceStatus::Uncollectible)
            && invoice.amount_remaining > 0
    };
    invoices.into_iter().find(|invoice| invoice.id == *latest).filter(owes)
}

/// `A-7 ($49.00) is not paid: credit for its days gives away what nobody has paid; void it first, or end without credit`.
pub fn unpaid_words(invoice: &Invoice) -> String {
    format!(
        "{} is not paid: credit for its days gives away what nobody has paid; void it first, or end without credit",
        named(invoice)
    )
}

/// What stays to be paid, whichever way it ends.
pub(super) fn stays(bag: &Bag, id: &SubscriptionId) -> Option<String> {
    let open =
        |invoice: &&Invoice| invoice.subscription_id() == Some(id) && invoice.status == InvoiceStatus::Open;
    let open: Vec<_> = bag.invoices().filter(open).map(named).collect();
    match open.as_slice() {
        [] => None,
        [one] => Some(format!(
            "{one} stays open, whichever way, and is no longer collected by itself once this has ended: have it paid, or void it",
        )),
        all => Some(format!(
            "{} stay open, whichever way, and are no longer collected by themselves once this has ended: have them paid, or void them",
            all.join(", ")
        )),
    }
}

/// Its number, and what is left to pay.
fn named(invoice: &Invoice) -> String {
    format!("{} ({})", invoice.title(), Money::new(invoice.amount_remaining, invoice.currency))
}
