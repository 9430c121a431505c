//! What each charge has paid: an invoice, or an order that it names.

use super::scene::Paid;
use crate::{
    answers::names::{AT_ONCE, Names, Numbers, send_for},
    model::{Charge, Invoice, Metadata, PaymentIntentId},
    text::Untrusted,
};

/// With what the ids of payment intents begin.
const INTENT: &str = "pi_";
/// Names under which shops keep what a payment is for.
const ORDER_KEYS: &[&str] = &["order_id", "order", "order_number", "cart_id", "checkout_id", "booking_id"];

/// The invoice that each of the charges has paid.
pub(super) fn invoices<'a>(charges: &[&'a Charge], paid: &[Paid<'a>]) -> Vec<Option<&'a Invoice>> {
    let mut known = Names::with_room(paid.len());
    let (mut names, mut read) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE));
    for part in paid.chunks(AT_ONCE) {
        names.clear();
        names.extend(part.iter().map(|paid| Some(paid.by)));
        known.read(&names, &mut read);
        for (paid, by) in part.iter().zip(read.iter().flatten()) {
            known.set(by, paid.invoice);
        }
    }
    // Few are paid without an intent, and then only they are looked up by their own ids.
    let by_charge = paid.iter().any(|paid| !paid.by.starts_with(INTENT));
    let mut invoices = Vec::with_capacity(charges.len());
    for part in charges.chunks(AT_ONCE) {
        names.clear();
        names.extend(part.iter().map(|charge| Some(by(charge))));
        known.read(&names, &mut read);
        invoices.extend(part.iter().zip(read.iter().flatten()).map(|(charge, by)| {
            let own = || if by_charge { known.get(&known.sought(charge.id.as_str())) } else { None };
            known.get(by).or_else(own).copied()
        }));
    }
    invoices
}

/// By what it is known to have paid an invoice.
fn by(charge: &Charge) -> &str {
    charge.payment_intent_id().map_or(charge.id.as_str(), PaymentIntentId::as_str)
}

/// The order that each of the charges names, as a number.
pub(super) fn orders(charges: &[&Charge]) -> Vec<Option<usize>> {
    let (mut known, mut orders) = (Numbers::with_room(charges.len() / 4), Vec::with_capacity(charges.len()));
    let (mut names, mut read) = (Vec::with_capacity(AT_ONCE), Vec::with_capacity(AT_ONCE));
    for part in charges.chunks(AT_ONCE) {
        send_for(part.iter().flat_map(|charge| charge.metadata.keys()).map(Untrusted::as_str));
        names.clear();
        names.extend(part.iter().map(|charge| order(&charge.metadata)));
        known.of_all(&names, &mut read, &mut orders);
    }
    orders
}

/// Where it stands under several names, that of the first.
fn order(metadata: &Metadata) -> Option<&str> {
    let known = metadata.iter().filter(|(_, value)| !value.is_empty());
    let known = known
        .filter_map(|(name, value)| Some((ORDER_KEYS.iter().position(|key| name.as_str() == *key)?, value)));
    known.min_by_key(|(at, _)| *at).map(|(_, value)| value.as_str())
}
