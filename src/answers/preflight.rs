//! Before a refund: whether it will work, what the customer sees and when, what it does not do, and what would be safer.

use serde::{Deserialize, Serialize};

use super::{
    Bag,
    explain::day,
    want::{Look, Want},
};
use crate::{
    actions::Moment,
    model::{Charge, ChargeId, ChargeStatus, Dispute, Invoice, RefundStatus, Subscription},
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
    let mut wants = vec![Want::Object(charge.any()), Want::Balance];
    if bag.charge(charge).is_some_and(|charge| charge.disputed) {
        wants.push(Want::DisputesOf(charge.clone()));
    }
    wants.iter().filter_map(|want| bag.next(want)).collect()
}

/// What stands in the way first. `amount` is what is to be given back; none where it is not known yet.
pub fn preflight(bag: &Bag, charge: &Charge, amount: Option<Money>, moment: &Moment) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    checks.extend(state(charge));
    checks.extend(dispute(bag, charge));
    checks.extend(balance(bag, charge, amount));
    checks.extend(pending(bag, charge));
    checks.extend(age(charge, moment));
    checks.extend(invoice(bag, charge, moment));
    checks.push(seen(charge, moment));
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
    let own = |dispute: &&Dispute| dispute.charge_id() == Some(&charge.id);
    let Some(dispute) = bag.disputes().find(own) else {
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
    let own = bag.refunds().filter(|refund| refund.charge_id() == Some(&charge.id));
    let waits =
        own.filter(|refund| matches!(refund.status, RefundStatus::Pending | RefundStatus::RequiresAction));
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

/// The invoice stays as it is, and so does what was bought.
fn invoice(bag: &Bag, charge: &Charge, moment: &Moment) -> Vec<Check> {
    let paid = bag.payments().find(|payment| {
        charge.payment_intent_id().is_some()
            && payment.payment.payment_intent_id() == charge.payment_intent_id()
    });
    let invoice = paid.and_then(|payment| bag.invoice(payment.invoice_id()?));
    let Some(invoice) = invoice else { return Vec::new() };
    let title = match invoice.title() {
        id if id == invoice.id.as_str() => short_id(id),
        number => number.to_owned(),
    };
    let stays = check(Weight::Note, format!("invoice {title} stays paid"))
        .instead("a credit note gives it back and says so on the invoice");
    let access = access(bag, invoice, moment).map(|says| check(Weight::Note, says));
    [Some(stays), access].into_iter().flatten().collect()
}

fn access(bag: &Bag, invoice: &Invoice, moment: &Moment) -> Option<String> {
    let subscription: &Subscription = bag.subscription(invoice.subscription_id()?)?;
    if subscription.is_over() {
        return None;
    }
    Some(match (subscription.ends_at(), subscription.period_end()) {
        (Some(ends), _) => format!("access goes on until {}", day(moment, ends)),
        (None, Some(end)) => format!("the subscription goes on, and bills again on {}", day(moment, end)),
        (None, None) => "the subscription goes on".into(),
    })
}

/// What the customer sees, and when.
fn seen(charge: &Charge, moment: &Moment) -> Check {
    let details = charge.payment_method_details.as_ref();
    let kind = details.map_or("", |method| method.kind.as_str());
    let says = match kind {
        "customer_balance" => "Stripe asks the customer by e-mail where the money shall go".to_owned(),
        "sepa_debit" | "bacs_debit" | "us_bank_account" => {
            format!(
                "seen on {} in about 5 to 10 days; the bank can still pull the debit back besides",
                charge.method()
            )
        }
        _ if moment.now.since(charge.created) < FRESH_S => {
            format!(
                "so soon the charge itself may disappear from {}, without a line of its own",
                charge.method()
            )
        }
        _ => format!("seen on {} in about 5 to 10 days", charge.method()),
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

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        answers::Why,
        model::{AnyId, Kind},
        time::Unix,
    };

    const NOW: i64 = 1_795_435_200;

    fn charge() -> Value {
        json!({"object": "charge", "id": "ch_1", "amount": 9_900, "amount_captured": 9_900, "currency": "usd", "status": "succeeded",
            "paid": true, "captured": true, "created": NOW - 5 * DAY_S, "payment_intent": "pi_1",
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}}})
    }

    fn with(change: impl FnOnce(&mut Value)) -> Value {
        let mut made = charge();
        change(&mut made);
        made
    }

    fn bag(all: &[Value], available: i64) -> Bag {
        let mut bag = Bag::default();
        let balance = json!({"object": "balance", "available": [{"amount": available, "currency": "usd"}]});
        let look = Look::first(Want::Balance);
        bag.take(&look, Ok(look.read(&balance.to_string()).unwrap()));
        for value in all {
            let kind = Kind::of_object(value["object"].as_str().unwrap()).unwrap();
            let look =
                Look::first(Want::Object(AnyId { kind, id: value["id"].as_str().unwrap().to_owned() }));
            bag.take(&look, Ok(look.read(&value.to_string()).unwrap()));
        }
        bag
    }

    fn said(bag: &Bag) -> Vec<(Weight, String)> {
        let moment = Moment { now: Unix(NOW), zone: TimeZone::UTC };
        let charge = bag.charge(&ChargeId::parse("ch_1").unwrap()).unwrap();
        preflight(bag, charge, None, &moment).into_iter().map(|check| (check.weight, check.says)).collect()
    }

    #[track_caller]
    fn first(all: &[Value], available: i64, weight: Weight, words: &str) {
        let said = said(&bag(all, available));
        let (found, says) = &said[0];
        assert!(*found == weight && says.contains(words), "{said:?}");
    }

    #[test]
    fn what_stripe_would_refuse_comes_first() {
        first(&[with(|charge| charge["captured"] = json!(false))], 99_999, Weight::Stops, "only held");
        first(
            &[with(|charge| charge["status"] = json!("failed"))],
            99_999,
            Weight::Stops,
            "did not go through",
        );
        first(
            &[with(|charge| charge["amount_refunded"] = json!(9_900))],
            99_999,
            Weight::Stops,
            "all of it is given back",
        );
        let disputed = || with(|charge| charge["disputed"] = json!(true));
        let dispute = |status: &str, refundable: bool| json!({"object": "dispute", "id": "du_1", "charge": "ch_1", "status": status, "is_charge_refundable": refundable});
        first(&[disputed(), dispute("needs_response", false)], 99_999, Weight::Stops, "would pay twice");
        first(
            &[disputed(), dispute("warning_needs_response", true)],
            99_999,
            Weight::Warns,
            "closes the inquiry",
        );
        first(&[disputed()], 99_999, Weight::Stops, "how that stands is not known");
    }

    #[test]
    fn a_balance_that_is_too_small_waits_or_fails_by_the_method() {
        first(&[charge()], 9_899, Weight::Warns, "it waits as pending");
        let debit = with(|charge| {
            charge["payment_method_details"] = json!({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}});
        });
        first(&[debit], 9_899, Weight::Stops, "fails at once");
        first(&[charge()], 9_900, Weight::Good, "$99.00 available");
        let mut bag = bag(&[charge()], 0);
        bag.take(&Look::first(Want::Balance), Err(Why::Hidden("this key may not read the balance".into())));
        assert_eq!(said(&bag)[0].0, Weight::Unknown);
    }

    #[test]
    fn what_it_does_not_do_is_told() {
        let invoice = json!({"object": "invoice", "id": "in_1", "number": "A-1", "status": "paid", "currency": "usd",
            "parent": {"subscription_details": {"subscription": "sub_1"}},
            "payments": {"data": [{"id": "inpay_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}]}});
        let subscription = json!({"object": "subscription", "id": "sub_1", "status": "active", "currency": "usd",
            "items": {"data": [{"current_period_end": NOW + 20 * DAY_S}]}});
        let old = with(|charge| charge["created"] = json!(NOW - 200 * DAY_S));
        let said: Vec<_> =
            said(&bag(&[old, invoice, subscription], 99_999)).into_iter().map(|(_, says)| says).collect();
        assert_eq!(
            said,
            [
                "it is 200 days old: a card that was closed since may send it back",
                "the balance covers it: $999.99 available",
                "invoice A-1 stays paid",
                "the subscription goes on, and bills again on 13 Dec",
                "seen on visa ··4242 in about 5 to 10 days",
                "Stripe's fee is not returned",
            ]
        );
    }
}
