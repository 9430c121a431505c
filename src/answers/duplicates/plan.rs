//! What must be read to see whether a customer was charged twice: theirs, and what other records with the same address or card have.

use std::collections::BTreeSet;

use crate::{
    answers::{
        Bag,
        want::{Look, Want},
    },
    model::CustomerId,
    text::Untrusted,
};

/// Other records of the same person that are looked at.
const RECORDS_MOST: usize = 8;
/// Disputes are listed by charge: of so many charges they are read.
const DISPUTED_MOST: usize = 20;
/// Payments behind charges that are only held.
const HELD_MOST: usize = 5;
/// Cards that are looked for elsewhere.
const CARDS_MOST: usize = 5;

/// The reads of the next round; none when everything is there that can be.
pub fn looks(bag: &Bag, customer: &CustomerId) -> Vec<Look> {
    let mut wants = vec![
        Want::Object(customer.any()),
        Want::Charges(customer.clone()),
        Want::Invoices(customer.clone()),
        Want::Subscriptions(customer.clone()),
    ];
    let email = bag.customer(customer).and_then(|found| found.email.as_ref());
    if let Some(email) = email.filter(|email| !email.is_empty()) {
        wants.push(Want::SameAddress(email.clone()));
        // Stripe minds the case, and people do not.
        let lower = Untrusted::new(&email.as_str().to_lowercase());
        wants.extend((lower != *email).then_some(Want::SameAddress(lower)));
    }
    wants.extend(prints(bag, customer).into_iter().take(CARDS_MOST).map(Want::SameCard));
    let disputed = bag.charges().filter(|charge| charge.disputed).take(DISPUTED_MOST);
    wants.extend(disputed.map(|charge| Want::DisputesOf(charge.id.clone())));
    // What is only held is released by its payment.
    let held = bag.charges().filter(|charge| charge.is_held());
    let intents = held.filter_map(|charge| charge.payment_intent_id()).take(HELD_MOST);
    wants.extend(intents.map(|id| Want::Object(id.any())));
    for other in others(bag, customer).into_iter().take(RECORDS_MOST) {
        wants.push(Want::Charges(other.clone()));
        wants.push(Want::Invoices(other.clone()));
        wants.push(Want::Subscriptions(other));
    }
    let next = wants.iter().filter_map(|want| bag.next(want));
    next.collect()
}

/// What was not looked at, and whom.
pub fn gaps(bag: &Bag, customer: &CustomerId) -> Vec<String> {
    let lists =
        [(Want::Charges(customer.clone()), "charges"), (Want::Invoices(customer.clone()), "invoices")];
    let unread = lists.iter().filter_map(|(want, what)| match (bag.why_not(want), bag.is_cut(want)) {
        (Some(why), _) => Some(format!("the {what} could not be read: {}", why.words())),
        (None, true) => Some(format!("there are older {what} than were read")),
        (None, false) => None,
    });
    bag.gone(customer).into_iter().chain(unread).collect()
}

/// Cards that the customer paid with, the newest first.
fn prints(bag: &Bag, customer: &CustomerId) -> Vec<String> {
    let mut charges: Vec<_> = bag.charges().filter(|charge| charge.customer_id() == Some(customer)).collect();
    charges.sort_by_key(|charge| std::cmp::Reverse(charge.created));
    let prints = charges.iter().filter_map(|charge| charge.card()?.fingerprint.as_ref());
    let mut seen = BTreeSet::new();
    let new = prints.map(Untrusted::as_str).filter(|print| is_plain(print) && seen.insert(print.to_owned()));
    new.map(str::to_owned).collect()
}

/// It stands in a search between quotes.
fn is_plain(print: &str) -> bool {
    !print.is_empty() && print.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Records that share an address or a card.
fn others(bag: &Bag, customer: &CustomerId) -> BTreeSet<CustomerId> {
    let by_address = bag.customers().map(|other| &other.id);
    let by_card = bag.charges().filter_map(|charge| charge.customer_id());
    by_address.chain(by_card).filter(|other| *other != customer).cloned().collect()
}
