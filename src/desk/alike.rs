//! Charges that look alike: likely one payment that was taken twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::data::Folder;
use crate::{
    model::{Charge, ChargeId, ChargeStatus},
    money::{Currency, Money},
    text::Untrusted,
    time::span,
};

/// Charges at least this close in time may be one that was tried twice.
const CLOSE_S: i64 = 30 * 60;

/// Charges of one amount to one card, minutes apart, all of them whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub amount: Money,
    pub count: usize,
    /// From the first to the last.
    pub span_s: i64,
    newest_s: i64,
}

/// What looks alike among a customer's charges. Found out once whenever those change, not for each frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alike {
    /// The newest first.
    pub groups: Vec<Group>,
    charges: BTreeSet<ChargeId>,
}

impl Alike {
    pub fn has(&self, charge: &ChargeId) -> bool {
        self.charges.contains(charge)
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// `2 charges of $99.00, 4 min apart, same card: likely a duplicate`
    pub fn words(&self) -> Option<String> {
        let Group { amount, count, span_s, .. } = self.groups.first()?;
        let time = span(*span_s);
        let (time, likely) = if *count > 2 {
            (format!("within {time}"), "likely duplicates")
        } else {
            (format!("{time} apart"), "likely a duplicate")
        };
        let more = match self.groups.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" · {more} more like this"),
        };
        Some(format!("{count} charges of {amount}, {time}, same card: {likely}{more}"))
    }

    pub fn find(folder: &Folder) -> Self {
        let mut same: BTreeMap<(Currency, i64, &str, &str), Vec<&Charge>> = BTreeMap::new();
        for charge in folder.charges.value.iter().flat_map(|list| &list.rows) {
            let Some((brand, number)) = card(charge).filter(|_| is_whole(charge)) else { continue };
            same.entry((charge.currency, charge.amount, brand, number)).or_default().push(charge);
        }
        let mut alike = Self::default();
        for ((currency, minor, ..), mut charges) in same {
            charges.sort_by_key(|charge| charge.created);
            let close = |a: &&Charge, b: &&Charge| {
                b.created.since(a.created) <= CLOSE_S && !pay_different_invoices(folder, a, b)
            };
            for group in charges.chunk_by(close).filter(|group| group.len() > 1) {
                let ([first, ..], [.., last]) = (group, group) else { continue };
                alike.charges.extend(group.iter().map(|charge| charge.id.clone()));
                alike.groups.push(Group {
                    amount: Money::new(minor, currency),
                    count: group.len(),
                    span_s: last.created.since(first.created),
                    newest_s: last.created.0,
                });
            }
        }
        alike.groups.sort_by_key(|group| std::cmp::Reverse(group.newest_s));
        alike
    }
}

/// Taken, and nothing of it given back or asked back.
fn is_whole(charge: &Charge) -> bool {
    charge.status == ChargeStatus::Succeeded
        && charge.captured
        && charge.amount_refunded == 0
        && !charge.disputed
}

/// What tells one card from another: its fingerprint, or brand and last four digits.
fn card(charge: &Charge) -> Option<(&str, &str)> {
    let card = charge.card()?;
    let print = card.fingerprint.as_ref().map(Untrusted::as_str).filter(|print| !print.is_empty());
    let brand = card.brand.as_ref().map_or("", Untrusted::as_str);
    print.map(|print| ("", print)).or_else(|| Some((brand, card.last4.as_ref()?.as_str())))
}

/// Two subscriptions that renew in the same hour are two payments.
fn pay_different_invoices(folder: &Folder, a: &Charge, b: &Charge) -> bool {
    let invoice = |charge: &Charge| Some(&folder.invoice_of(charge.payment_intent_id()?)?.id);
    invoice(a).zip(invoice(b)).is_some_and(|(a, b)| a != b)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ui::sample;

    const MIN: usize = 60;

    fn charge(at: usize, ago_s: usize) -> Value {
        sample::charge(at, i64::try_from(ago_s).unwrap(), 9_900)
    }

    fn folder(charges: &[Value]) -> Folder {
        Folder { charges: sample::rows(charges, false), ..Folder::default() }
    }

    fn words(charges: &[Value]) -> Option<String> {
        Alike::find(&folder(charges)).words()
    }

    #[test]
    fn two_alike_minutes_apart_are_likely_a_duplicate() {
        let all = [charge(0, 2 * MIN), charge(1, 6 * MIN), charge(2, 600 * MIN)];
        let alike = Alike::find(&folder(&all));
        assert_eq!(alike.words().unwrap(), "2 charges of $99.00, 4 min apart, same card: likely a duplicate");
        let marked: Vec<_> =
            folder(&all).charges.value.unwrap().rows.iter().map(|charge| alike.has(&charge.id)).collect();
        assert_eq!(marked, [true, true, false]);
    }

    #[test]
    fn three_in_a_row_are_one_group_and_an_older_pair_is_another() {
        let all = [
            charge(0, MIN),
            charge(1, 4 * MIN),
            charge(2, 10 * MIN),
            charge(3, 5_000 * MIN),
            charge(4, 5_001 * MIN),
        ];
        assert_eq!(
            words(&all).unwrap(),
            "3 charges of $99.00, within 9 min, same card: likely duplicates · 1 more like this"
        );
    }

    #[test]
    fn what_differs_in_anything_is_none() {
        let pair = || [charge(0, 2 * MIN), charge(1, 6 * MIN)];
        assert!(words(&pair()).is_some());
        let changes: [(&str, &str, Value); 8] = [
            ("another amount", "/amount", json!(9_901)),
            ("another currency", "/currency", json!("eur")),
            ("refunded in part", "/amount_refunded", json!(100)),
            ("disputed", "/disputed", json!(true)),
            ("failed", "/status", json!("failed")),
            ("held only", "/captured", json!(false)),
            ("another card", "/payment_method_details/card/last4", json!("4444")),
            ("another brand", "/payment_method_details/card/brand", json!("mastercard")),
        ];
        for (what, path, value) in changes {
            let mut other = pair();
            // What is not there yet is added.
            match other[1].pointer_mut(path) {
                Some(place) => *place = value,
                None => other[1][path.trim_start_matches('/')] = value,
            }
            assert_eq!(words(&other), None, "{what}");
        }
        assert_eq!(words(&[charge(0, 2 * MIN), charge(1, 33 * MIN)]), None, "half an hour apart");
    }

    #[test]
    fn a_fingerprint_tells_cards_apart_better_than_four_digits() {
        let mut pair = [charge(0, 2 * MIN), charge(1, 6 * MIN)];
        for (at, print) in ["one", "two"].into_iter().enumerate() {
            pair[at]["payment_method_details"]["card"]["fingerprint"] = json!(print);
        }
        assert_eq!(words(&pair), None);
        pair[1]["payment_method_details"]["card"]["fingerprint"] = json!("one");
        assert!(words(&pair).is_some());
    }

    #[test]
    fn renewals_are_none_not_even_two_in_the_same_hour() {
        let monthly: Vec<_> = (0..6).map(|month| charge(month, month * 43_200 * MIN)).collect();
        assert_eq!(words(&monthly), None);
        let paid = |number: &str, intents: &[&str]| {
            let payments: Vec<_> = intents
                .iter()
                .map(|intent| json!({"payment": {"type": "payment_intent", "payment_intent": intent}}))
                .collect();
            json!({"id": number, "number": number, "currency": "usd", "payments": {"data": payments}})
        };
        let with = |invoices: &[Value]| {
            let mut folder = folder(&[charge(0, 2 * MIN), charge(1, 6 * MIN)]);
            folder.invoices = sample::rows(invoices, false);
            folder.index_payments();
            folder.alike.words()
        };
        assert_eq!(with(&[paid("in_1", &["pi_0"]), paid("in_2", &["pi_1"])]), None, "two subscriptions");
        assert!(with(&[paid("in_1", &["pi_0", "pi_1"])]).is_some(), "one invoice paid twice");
        assert!(with(&[paid("in_1", &["pi_0"])]).is_some(), "one of them paid no invoice");
    }
}
