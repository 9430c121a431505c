//! Invoices of a subscription that nobody has paid: what becomes of them once it ends, and what credit would give away with them.

use crate::{
    model::{
        Invoice, InvoiceId, InvoiceLine, InvoiceStatus, Subscription, SubscriptionId, SubscriptionStatus,
    },
    money::Money,
    time::Unix,
};

/// That credit for days which are left at `at` would give away what nobody has paid; none where they are paid.
///
/// Stripe computes credit as if every invoice would be paid, whatever became of it
/// (<https://docs.stripe.com/billing/subscriptions/prorations>, "prorations and unpaid invoices").
pub fn unpaid<'a>(
    subscription: &Subscription,
    invoices: impl IntoIterator<Item = &'a Invoice>,
    at: Unix,
) -> Option<String> {
    let latest = subscription.latest_invoice_id();
    let own: Vec<&Invoice> = invoices
        .into_iter()
        .filter(|invoice| invoice.subscription_id() == Some(&subscription.id) || Some(&invoice.id) == latest)
        .collect();
    let late = matches!(subscription.status, SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid);
    let unpaid = own.iter().filter(|invoice| covers(invoice, at, latest) && owes(invoice));
    match unpaid.max_by_key(|invoice| invoice.total) {
        Some(invoice) => Some(words(invoice)),
        // Which invoice it is was not read; that there is one is certain.
        None if late && !own.iter().any(|invoice| Some(&invoice.id) == latest) => Some(format!(
            "it is {}: credit for days that were not paid gives away what nobody has paid; end without credit",
            subscription.status
        )),
        None => None,
    }
}

/// It is for this time, as far as its lines say; the newest one is where they say nothing.
fn covers(invoice: &Invoice, at: Unix, latest: Option<&InvoiceId>) -> bool {
    let lines = &invoice.lines.data;
    let within = |line: &InvoiceLine| line.period.start <= at && at < line.period.end;
    lines.iter().any(within) || lines.is_empty() && Some(&invoice.id) == latest
}

fn owes(invoice: &Invoice) -> bool {
    match invoice.status {
        InvoiceStatus::Open | InvoiceStatus::Uncollectible => invoice.amount_remaining > 0,
        InvoiceStatus::Draft | InvoiceStatus::Void => invoice.total > 0,
        InvoiceStatus::Paid | InvoiceStatus::Other(_) => false,
    }
}

/// `A-7 ($49.00) is not paid: credit for its days gives away what nobody has paid; end without credit, and void it`.
fn words(invoice: &Invoice) -> String {
    let total = Money::new(invoice.total, invoice.currency);
    let left = Money::new(invoice.amount_remaining, invoice.currency);
    let title = invoice.title();
    let gives = "credit for its days gives away what nobody has paid; end without credit";
    match invoice.status {
        InvoiceStatus::Void => format!("{title} ({total}) is void: {gives}"),
        InvoiceStatus::Draft => format!("the newest invoice ({total}) is a draft, and not paid yet: {gives}"),
        InvoiceStatus::Uncollectible => format!("{title} ({left}) is written off: {gives}"),
        _ if invoice.amount_paid > 0 => {
            format!(
                "{title} is not paid in full ({left} left): credit for its days gives away what was not paid"
            )
        }
        _ => format!("{title} ({left}) is not paid: {gives}, and void it"),
    }
}

/// What stays to be paid, whichever way it ends.
pub fn stays<'a>(invoices: impl IntoIterator<Item = &'a Invoice>, id: &SubscriptionId) -> Option<String> {
    let open =
        |invoice: &&Invoice| invoice.subscription_id() == Some(id) && invoice.status == InvoiceStatus::Open;
    let open: Vec<_> = invoices.into_iter().filter(open).map(named).collect();
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
