//! Before a refund: whether it will work, what the customer sees and when, what it does not do, and what would be safer.

#[cfg(test)]
mod tests;
mod twin;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Bag,
    explain::day,
    told,
    want::{Look, Want},
};
use crate::{
    actions::Moment,
    model::{Charge, ChargeId, ChargeStatus, Invoice, RefundStatus, Subscription},
    money::Money,
    text::short_id,
    time::DAY_S,
};

/// Older charges are refused by some banks.
const OLD_S: i64 = 180 * DAY_S;
/// This soon after the charge a refund is a reversal: the charge itself disappears.
const FRESH_S: i64 = DAY_S;

/// How much something stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Stripe will refuse it.
    Stops,
    /// It works, but is to be known before.
    Warns,
    /// It could not be read.
    Unknown,
    Good,
    Note,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub weight: Weight,
    pub says: String,
    /// What would be safer, where there is something.
    pub instead: Option<String>,
}

fn check(weight: Weight, says: impl Into<String>) -> Check {
    Check { weight, says: says.into(), instead: None }
}

impl Check {
    fn instead(self, what: &str) -> Self {
        Self { instead: Some(what.to_owned()), ..self }
    }
}

/// What is to be read besides what explains the charge; none when everything is there.
pub fn looks(bag: &Bag, charge: &ChargeId) -> Vec<Look> {
    let mut wants = vec![Want::Object(charge.any()), Want::Balance, Want::WarningsOf(charge.clone())];
    if bag.charge(charge).is_some_and(|charge| charge.disputed) {
        wants.push(Want::DisputesOf(charge.clone()));
    }
    wants.iter().filter_map(|want| bag.next(want)).collect()
}

/// The same where nothing around the charge is known yet: its invoice and subscription too, and what may be the same payment.
pub fn looks_around(bag: &Bag, id: &ChargeId) -> Vec<Look> {
    let mut next = looks(bag, id);
    if let Some(charge) = bag.charge(id) {
        next.extend(twin::wants(bag, charge).iter().filter_map(|want| bag.next(want)));
    }
    let Some(intent) = bag.charge(id).and_then(|charge| charge.payment_intent_id()) else { return next };
    next.extend(bag.next(&Want::PaidBy(intent.clone())));
    let own = bag.payments().find(|payment| payment.payment.payment_intent_id() == Some(intent));
    let invoice = own.and_then(|payment| bag.invoice(payment.invoice_id()?));
    let subscription = invoice.and_then(Invoice::subscription_id);
    next.extend(subscription.and_then(|subscription| bag.next(&Want::Object(subscription.any()))));
    next
}

/// What stands in the way first. `amount` is what is to be given back; none where it is not known yet.
pub fn preflight(bag: &Bag, charge: &Charge, amount: Option<Money>, moment: &Moment) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    checks.extend(state(charge));
    checks.extend(dispute(bag, charge));
    checks.extend(method(charge));
    checks.extend(warning(bag, charge, moment));
    checks.extend(balance(bag, charge, amount));
    checks.extend(pending(bag, charge));
    checks.extend(twin::checks(bag, charge));
    checks.extend(age(charge, moment));
    checks.extend(connected(charge));
    // What the customer asks next comes first: when it is seen, and what goes on.
    let invoice = paid(bag, charge);
    checks.push(seen(charge, moment));
    checks.extend(invoice.and_then(|invoice| access(bag, invoice, moment)));
    checks.extend(part(charge, amount));
    checks.extend(invoice.map(stays));
    checks.extend(fee(charge));
    checks.sort_by_key(|check| check.weight);
    checks
}

fn state(charge: &Charge) -> Option<Check> {
    match &charge.status {
        ChargeStatus::Failed => {
            Some(check(Weight::Stops, "it did not go through: there is nothing to give back"))
        }
        ChargeStatus::Pending => {
            Some(check(Weight::Stops, "it is still on its way: it can be refunded once it went through"))
        }
        ChargeStatus::Succeeded if !charge.captured => Some(
            check(Weight::Stops, "it is only held, and was not taken")
                .instead("cancel the payment: the hold falls away"),
        ),
        ChargeStatus::Succeeded if charge.left_to_refund().is_zero() => {
            Some(check(Weight::Stops, "all of it is given back already"))
        }
        ChargeStatus::Succeeded | ChargeStatus::Other(_) => None,
    }
}

fn dispute(bag: &Bag, charge: &Charge) -> Option<Check> {
    if !charge.disputed {
        return None;
    }
    let Some(dispute) = told::newest_dispute(bag, charge) else {
        let why = bag.why_not(&Want::DisputesOf(charge.id.clone())).map(|why| format!(": {}", why.words()));
        let says = format!(
            "it is disputed at the bank, and how that stands is not known{}",
            why.unwrap_or_default()
        );
        return Some(check(Weight::Stops, says));
    };
    Some(if dispute.is_charge_refundable {
        check(Weight::Warns, "the bank asks about it: refunding all of it closes the inquiry")
    } else if dispute.is_open() {
        check(Weight::Stops, "the bank took the money back already: a refund besides would pay twice")
            .instead("answer the dispute, or accept it")
    } else {
        check(Weight::Warns, format!("it was disputed at the bank: {}", dispute.status))
    })
}

/// Ways to pay by which nothing can be given back.
const ONE_WAY: [&str; 2] = ["boleto", "oxxo"];

fn method(charge: &Charge) -> Option<Check> {
    let kind = charge.payment_method_details.as_ref().map(|method| method.kind.as_str())?;
    ONE_WAY.contains(&kind).then(|| {
        check(Weight::Stops, format!("Stripe cannot give back what was paid with {kind}"))
            .instead("credit on the customer's balance, or a transfer to their bank")
    })
}

/// A card network heard of fraud: a dispute may follow.
fn warning(bag: &Bag, charge: &Charge, moment: &Moment) -> Option<Check> {
    let of_charge = Want::WarningsOf(charge.id.clone());
    if let Some(why) = bag.why_not(&of_charge) {
        let says = format!("whether the card network warned of fraud is not known: {}", why.words());
        return Some(check(Weight::Unknown, says));
    }
    let own = bag.warnings().filter(|warning| warning.charge_id() == Some(&charge.id));
    let warning = own.max_by_key(|warning| warning.created)?;
    let kind = warning.fraud_type.as_str().replace('_', " ");
    let says = format!("the card network warned of fraud on {} ({kind})", day(moment, warning.created));
    Some(if warning.actionable {
        check(Weight::Warns, format!("{says}: a dispute may follow"))
            .instead("give all of it back, as fraudulent: that may spare the dispute")
    } else {
        check(Weight::Note, says)
    })
}

/// The money went on to somebody, who keeps it.
fn connected(charge: &Charge) -> Option<Check> {
    let went = charge.transfer_data.as_ref();
    if let Some(to) = went.and_then(|went| went.destination_id()) {
        let part = went.and_then(|went| went.amount).map(|minor| Money::new(minor, charge.currency));
        let part = part.map_or_else(|| "it".to_owned(), |part| format!("{part} of it"));
        return Some(
            check(Weight::Warns, format!("{part} went on to the connected account {to}, which keeps it: this account pays the refund"))
                .instead("refund it in the Dashboard with the transfer reversed"),
        );
    }
    let of = charge.on_behalf_of_id()?;
    Some(check(Weight::Note, format!("it was made for the connected account {of}")))
}

/// Whether all of what is left goes back.
fn part(charge: &Charge, amount: Option<Money>) -> Option<Check> {
    let (left, amount) = (charge.left_to_refund(), amount?);
    let rest = left.checked_sub(amount).ok().filter(|rest| !rest.is_negative())?;
    Some(check(
        Weight::Note,
        if rest.is_zero() {
            "nothing is left to refund after it".to_owned()
        } else {
            format!("a part: {rest} is left to refund after it")
        },
    ))
}

/// A card's refund waits for the balance; others fail at once.
fn balance(bag: &Bag, charge: &Charge, amount: Option<Money>) -> Option<Check> {
    if let Some(why) = bag.why_not(&Want::Balance) {
        return Some(check(
            Weight::Unknown,
            format!("whether the balance covers it is not known: {}", why.words()),
        ));
    }
    let wanted = amount.unwrap_or_else(|| charge.left_to_refund());
    let available = bag.available(wanted.currency())?;
    if available.minor() >= wanted.minor() {
        return Some(check(Weight::Good, format!("the balance covers it: {available} available")));
    }
    let is_card = charge.payment_method_details.as_ref().is_some_and(|method| method.card.is_some());
    Some(if is_card {
        check(
            Weight::Warns,
            format!(
                "only {available} is available: it waits as pending until the balance covers it, and is not to be sent again"
            ),
        )
    } else {
        check(Weight::Stops, format!("only {available} is available: a refund by this method fails at once"))
    })
}

fn pending(bag: &Bag, charge: &Charge) -> Option<Check> {
    let waits = told::refunds_of(bag, charge)
        .filter(|refund| matches!(refund.status, RefundStatus::Pending | RefundStatus::RequiresAction));
    let refund = waits.max_by_key(|refund| refund.created)?;
    let says = format!("a refund of {} is on its way already ({})", refund.money(), refund.status);
    Some(check(Weight::Warns, says).instead("wait for it, or call it back"))
}

fn age(charge: &Charge, moment: &Moment) -> Option<Check> {
    let age = moment.now.since(charge.created);
    (age > OLD_S).then(|| {
        let days = age.div_euclid(DAY_S);
        check(Weight::Warns, format!("it is {days} days old: a card that was closed since may send it back"))
    })
}

/// The invoice that it paid.
fn paid<'a>(bag: &'a Bag, charge: &Charge) -> Option<&'a Invoice> {
    let paid = bag.payments().find(|payment| {
        charge.payment_intent_id().is_some()
            && payment.payment.payment_intent_id() == charge.payment_intent_id()
    });
    paid.and_then(|payment| bag.invoice(payment.invoice_id()?))
}

/// The invoice stays as it is.
fn stays(invoice: &Invoice) -> Check {
    let title = match invoice.title() {
        id if id == invoice.id.as_str() => short_id(id),
        number => number.to_owned(),
    };
    check(Weight::Note, format!("invoice {title} stays paid"))
        .instead("a credit note gives it back and says so on the invoice")
}

/// So does what was bought.
fn access(bag: &Bag, invoice: &Invoice, moment: &Moment) -> Option<Check> {
    let subscription: &Subscription = bag.subscription(invoice.subscription_id()?)?;
    if subscription.is_over() {
        return None;
    }
    if let Some(pause) = &subscription.pause_collection {
        let until = pause.resumes_at.map(|at| format!(" until {}", day(moment, at))).unwrap_or_default();
        let says = format!("the subscription goes on, and its payments are paused{until}");
        return Some(check(Weight::Note, says));
    }
    let says = match (subscription.ends_at(), subscription.period_end()) {
        (Some(ends), _) => format!("access goes on until {}", day(moment, ends)),
        (None, Some(end)) => format!("the subscription goes on, and bills again on {}", day(moment, end)),
        (None, None) => "the subscription goes on".into(),
    };
    Some(check(Weight::Note, says))
}

/// What the customer sees, and when.
fn seen(charge: &Charge, moment: &Moment) -> Check {
    let details = charge.payment_method_details.as_ref();
    let kind = details.map_or("", |method| method.kind.as_str());
    let says = match kind {
        "customer_balance" => "Stripe asks the customer by e-mail where the money shall go".to_owned(),
        "sepa_debit" | "bacs_debit" | "us_bank_account" => {
            format!(
                "seen on {} in 5 to 10 business days; the bank can still pull the debit back besides",
                charge.method()
            )
        }
        _ if moment.now.since(charge.created) < FRESH_S => {
            format!(
                "so soon the charge itself may disappear from {}, without a line of its own",
                charge.method()
            )
        }
        _ => format!("seen on {} in 5 to 10 business days", charge.method()),
    };
    check(Weight::Note, says)
}

fn fee(charge: &Charge) -> Option<Check> {
    let fee = charge.balance_transaction.as_ref().and_then(|link| {
        let booked = link.object()?;
        Some(Money::new(booked.fee, booked.currency).to_string())
    });
    let says = fee.map_or_else(
        || "Stripe's fee is not returned".to_owned(),
        |fee| format!("Stripe's fee of {fee} is not returned"),
    );
    charge.paid.then(|| check(Weight::Note, says))
}

/// The checks as a JSON list.
pub fn json(checks: &[Check]) -> Value {
    let one = |check: &Check| json!({"weight": check.weight, "says": check.says, "instead": check.instead});
    checks.iter().map(one).collect()
}
