//! What two charges of one person are to each other: the same thing twice, something that only looks like it, or nothing.

use std::collections::BTreeSet;

use super::{
    Cause, LookAlike, Sign, Verdict,
    evidence::Evidence,
    scene::{Scene, Seen},
};
use crate::{
    model::{Metadata, Subscription},
    money::Money,
    time::{DAY_S, HOUR_S},
};

/// A client, or whoever waits before it, tries again within this.
const RETRY_S: i64 = 45 * 60;
/// A hold falls away about then.
const HOLD_S: i64 = 8 * DAY_S;
/// The old subscription is cancelled within this, once somebody notices.
const NOTICED_S: i64 = 62 * DAY_S;
/// Parts of names under which a client keeps what differs from one attempt to the next.
const ATTEMPT_KEYS: &[&str] =
    &["attempt", "retry", "request", "session", "trace", "idempotency", "nonce", "uuid", "timestamp"];
/// Names under which a subscription says for whom it is.
const SEAT_KEYS: &[&str] = &[
    "seat",
    "seat_id",
    "user",
    "user_id",
    "member",
    "license",
    "licence",
    "device",
    "team",
    "workspace",
    "domain",
    "site",
];

pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) signs: Evidence,
}

fn twice(cause: Cause, signs: Evidence) -> Judged {
    Judged { verdict: Verdict::Twice(cause), signs }
}

fn not(look: LookAlike, signs: Evidence) -> Judged {
    Judged { verdict: Verdict::Not(look), signs }
}

/// `a` is the older one. Both are of one person and in one currency. What is found is added to `signs`.
pub(super) fn judge(scene: &Scene<'_>, (a, b): (&Seen<'_>, &Seen<'_>), signs: Evidence) -> Option<Judged> {
    let mut found = found(scene, (a, b), signs)?;
    let Verdict::Twice(_) = found.verdict else { return Some(found) };
    // What was given back, or is asked back at the bank, is not given back again.
    if a.disputed || b.disputed {
        found.signs.push(Sign::Disputed);
        return Some(not(LookAlike::AlreadyDisputed, found.signs));
    }
    let back = a.refunded.saturating_add(b.refunded);
    if back > 0 && back >= a.amount.min(b.amount) {
        found.signs.push(Sign::Refunded);
        return Some(not(LookAlike::AlreadyRefunded, found.signs));
    }
    if back > 0 {
        found.signs.push(Sign::RefundedInPart(Money::new(back, a.currency)));
    }
    Some(found)
}

fn found(scene: &Scene<'_>, (a, b): (&Seen<'_>, &Seen<'_>), signs: Evidence) -> Option<Judged> {
    if a.captured != b.captured {
        return held((a, b), signs);
    }
    if !a.captured {
        return None;
    }
    match (a.billed, b.billed) {
        (Some(one), Some(other)) if one.is_of_one_invoice_with(&other) => same_invoice((a, b), signs),
        (Some(one), Some(other)) => match (one.subscription, other.subscription) {
            (Some(one), Some(other)) if is_same(one, other) => same_subscription((a, b), signs),
            (Some(one), Some(other)) => two_subscriptions(scene, (a, one), (b, other), signs),
            _ => payments(scene, (a, b), signs),
        },
        _ => payments(scene, (a, b), signs),
    }
}

/// Mostly the same reference: then nothing is looked up.
fn is_same(one: &Subscription, other: &Subscription) -> bool {
    std::ptr::eq(one, other) || one.id == other.id
}

/// Amount, card, time: what any two charges have.
fn common(a: &Seen<'_>, b: &Seen<'_>, signs: &mut Evidence) {
    signs.push(if a.amount == b.amount { Sign::SameAmount } else { Sign::OtherAmount });
    if let (Some(one), Some(other)) = (a.card, b.card) {
        signs.push(if one == other { Sign::SameCard } else { Sign::OtherCard });
    }
    signs.push(Sign::Apart(apart(a, b)));
}

fn apart(a: &Seen<'_>, b: &Seen<'_>) -> i64 {
    b.at.since(a.at).abs()
}

fn same_customer(a: &Seen<'_>, b: &Seen<'_>) -> bool {
    a.customer == b.customer
}

/// What says that two records are one person.
fn records(scene: &Scene<'_>, a: &Seen<'_>, b: &Seen<'_>) -> impl Iterator<Item = Sign> {
    let email = |seen: &Seen<'_>| scene.owners.email(seen.customer?);
    let same = email(a).is_some() && email(a) == email(b);
    let email = same.then_some(Sign::SameEmail);
    let name = |seen: &Seen<'_>| scene.owners.name(seen.customer?);
    let other = matches!((name(a), name(b)), (Some(one), Some(other)) if are_others(one, other));
    [Some(Sign::OtherRecord), email, other.then_some(Sign::OtherName)].into_iter().flatten()
}

/// `Ada Lovelace` and `LOVELACE, A.` may be one person; of a name without a word nothing can be said.
fn are_others(one: &str, other: &str) -> bool {
    fn words(name: &str) -> impl Iterator<Item = String> {
        let words = name.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| word.chars().nth(1).is_some()).map(str::to_lowercase)
    }
    let [one, other] = [one, other].map(|name| words(name).collect::<BTreeSet<_>>());
    !one.is_empty() && !other.is_empty() && one.is_disjoint(&other)
}

fn held((a, b): (&Seen<'_>, &Seen<'_>), mut signs: Evidence) -> Option<Judged> {
    let same_order = a.order.is_some() && a.order == b.order;
    let same_amount = a.amount == b.amount;
    if apart(a, b) > HOLD_S || !(same_amount || same_order) || differ(a.order, b.order) {
        return None;
    }
    signs.push(Sign::OnlyHeld);
    common(a, b, &mut signs);
    signs.extend(same_order.then_some(Sign::SameOrder));
    Some(twice(Cause::HoldAndCapture, signs))
}

fn differ<T: Copy + PartialEq>(a: Option<T>, b: Option<T>) -> bool {
    a.is_some() && b.is_some() && a != b
}

fn same_invoice((a, b): (&Seen<'_>, &Seen<'_>), mut signs: Evidence) -> Option<Judged> {
    let invoice = a.invoice()?;
    let due = if invoice.amount_due > 0 { invoice.amount_due } else { invoice.total };
    let taken = a.charge.captured_money().minor().saturating_add(b.charge.captured_money().minor());
    signs.push(Sign::SameInvoice);
    common(a, b, &mut signs);
    let over = taken.saturating_sub(due);
    if over <= 0 {
        signs.push(Sign::WithinTotal);
        return Some(not(LookAlike::DepositAndRest, signs));
    }
    signs.push(Sign::Overpaid(Money::new(over, invoice.currency)));
    Some(twice(Cause::SameInvoice, signs))
}

/// More than a quarter of the shorter one.
fn overlap(a: &Seen<'_>, b: &Seen<'_>) -> bool {
    let (Some(one), Some(other)) = (a.period(), b.period()) else { return false };
    let from = one.0.max(other.0);
    let until = one.1.min(other.1);
    let shorter = one.1.since(one.0).min(other.1.since(other.0));
    shorter > 0 && until.since(from).saturating_mul(4) > shorter
}

fn same_subscription((a, b): (&Seen<'_>, &Seen<'_>), mut signs: Evidence) -> Option<Judged> {
    if a.amount != b.amount || overlap(a, b) {
        return None;
    }
    signs.extend([Sign::SameSubscription, Sign::PeriodsFollow]);
    common(a, b, &mut signs);
    Some(not(LookAlike::Renewal, signs))
}

/// The same name with another value: each is for somebody or something of its own.
fn other_seat(one: &Metadata, other: &Metadata) -> bool {
    fn value<'a>(metadata: &'a Metadata, key: &str) -> Option<&'a str> {
        let mine = metadata.iter().find(|(name, _)| name.as_str() == key);
        mine.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
    SEAT_KEYS.iter().any(|key| differ(value(one, key), value(other, key)))
}

/// The same name with another value, and not one that tells attempts apart: each is for something of its own.
fn other_details(one: &Metadata, other: &Metadata) -> bool {
    let of_attempts = |name: &str| {
        let name = name.to_ascii_lowercase();
        ATTEMPT_KEYS.iter().any(|key| name.contains(key))
    };
    one.iter().any(|(name, value)| {
        let others = other.get(name).filter(|others| !others.is_empty() && !value.is_empty());
        others.is_some_and(|others| others != value) && !of_attempts(name.as_str())
    })
}

fn two_subscriptions(
    scene: &Scene<'_>,
    (a, one): (&Seen<'_>, &Subscription),
    (b, other): (&Seen<'_>, &Subscription),
    mut signs: Evidence,
) -> Option<Judged> {
    if !overlap(a, b) {
        return None;
    }
    common(a, b, &mut signs);
    let same_product = a.product().is_some() && a.product() == b.product();
    signs.push(if same_product { Sign::SameProduct } else { Sign::OtherProduct });
    signs.push(Sign::PeriodsOverlap);
    if other_seat(&one.metadata, &other.metadata) {
        signs.push(Sign::OtherSeat);
        return Some(not(LookAlike::TwoSeats, signs));
    }
    if !same_customer(a, b) {
        signs.extend(records(scene, a, b));
        return same_product.then(|| twice(Cause::TwoRecords, signs));
    }
    let (old, old_seen, new) =
        if one.start_date <= other.start_date { (one, a, other) } else { (other, b, one) };
    if replaced(old, new) && old_seen.period().is_some_and(|period| period.1 > new.start_date) {
        signs.push(Sign::Replaced);
        return Some(twice(Cause::OldAndNew, signs));
    }
    if same_product {
        signs.push(Sign::BothRun);
        return Some(twice(Cause::TwoSubscriptions, signs));
    }
    (a.amount == b.amount).then(|| not(LookAlike::TwoProducts, signs))
}

/// The old one was cancelled once the new one had begun, or is about to end.
fn replaced(old: &Subscription, new: &Subscription) -> bool {
    let ends = old.canceled_at.or(old.ended_at).or(old.ends_at());
    old.start_date < new.start_date
        && new.canceled_at.is_none()
        && ends.is_some_and(|ends| {
            let after = ends.since(new.start_date);
            (-HOUR_S..=NOTICED_S).contains(&after)
        })
}

/// Charges of which at most one has to do with a subscription.
fn payments(scene: &Scene<'_>, (a, b): (&Seen<'_>, &Seen<'_>), mut signs: Evidence) -> Option<Judged> {
    let near = apart(a, b) <= DAY_S;
    if differ(a.order, b.order) {
        if a.amount != b.amount || !near {
            return None;
        }
        common(a, b, &mut signs);
        signs.push(Sign::OtherOrder);
        return Some(not(LookAlike::TwoOrders, signs));
    }
    if a.order.is_some() && a.order == b.order {
        common(a, b, &mut signs);
        signs.push(Sign::SameOrder);
        return Some(same_order((a, b), signs));
    }
    // Each fulfils an invoice of its own; and nothing that was paid later is the same thing again.
    if a.amount != b.amount || !near || (a.billed.is_some() && b.billed.is_some()) {
        return None;
    }
    if other_seat(&a.charge.metadata, &b.charge.metadata) {
        return None;
    }
    common(a, b, &mut signs);
    signs.push(Sign::NoInvoice);
    if text(a) != text(b) && a.billed.is_none() && b.billed.is_none() {
        signs.push(Sign::OtherText);
    }
    if other_details(&a.charge.metadata, &b.charge.metadata) {
        signs.push(Sign::OtherDetails);
    }
    if !same_customer(a, b) {
        signs.extend(records(scene, a, b));
        return Some(twice(Cause::TwoRecords, signs));
    }
    let same_card = a.card.is_some() && a.card == b.card;
    (same_card && apart(a, b) <= RETRY_S).then(|| twice(Cause::ClientRetry, signs))
}

fn same_order((a, b): (&Seen<'_>, &Seen<'_>), mut signs: Evidence) -> Judged {
    let other_text = text(a) != text(b);
    let parts = a.amount != b.amount || (other_text && apart(a, b) > HOUR_S);
    if parts {
        signs.extend(other_text.then_some(Sign::OtherText));
        signs.push(Sign::WithinTotal);
        return not(LookAlike::DepositAndRest, signs);
    }
    if !same_customer(a, b) {
        signs.push(Sign::OtherRecord);
    }
    twice(Cause::OneOrder, signs)
}

fn text<'a>(seen: &Seen<'a>) -> &'a str {
    seen.charge.description.as_ref().map_or("", |text| text.as_str())
}
