//! A customer's refunds and disputes, newest first. Stripe lists neither by customer: refunds come with the charges, as many as
//! a charge carries, and disputes are asked for charge by charge. Both are as complete as the charges that were read.

use std::{cmp::Reverse, sync::Arc};

use serde::{Deserialize, Serialize};

use super::data::Folder;
use crate::model::{Charge, Dispute, List, Page, Record, Refund};

/// Where each of them stands: found once when charges come, not for each row of each frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scattered {
    refunds: Vec<Place>,
    disputes: Vec<Place>,
}

/// The charge's place in its list, and the place among what belongs to that charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    charge: usize,
    at: usize,
}

impl Scattered {
    pub(super) fn of(folder: &Folder) -> Self {
        let (mut refunds, mut disputes) = (Vec::new(), Vec::new());
        for (charge, row) in folder.charges.value.iter().flat_map(|list| &list.rows).enumerate() {
            let places = |created: i64, at: usize| (Reverse(created), Place { charge, at });
            if let Some(list) = listed_refunds(folder, row) {
                let listed = list.rows.iter().enumerate();
                refunds.extend(listed.map(|(at, refund)| places(refund.created.0, at)));
            } else {
                let carried = row.refunds.iter().flat_map(|refunds| &refunds.data).enumerate();
                refunds.extend(carried.map(|(at, refund)| places(refund.created.0, at)));
            }
            let listed = listed_disputes(folder, row).into_iter().flat_map(|list| &list.rows).enumerate();
            disputes.extend(listed.map(|(at, dispute)| places(dispute.created.0, at)));
        }
        Self { refunds: newest_first(refunds), disputes: newest_first(disputes) }
    }
}

fn newest_first(mut places: Vec<(Reverse<i64>, Place)>) -> Vec<Place> {
    places.sort_by_key(|(created, _)| *created);
    places.into_iter().map(|(_, place)| place).collect()
}

/// Where a charge has more than it carries itself, they were asked for.
fn listed_refunds<'a>(folder: &'a Folder, charge: &Charge) -> Option<&'a List<Refund>> {
    folder.refunds.get(&charge.id)?.value.as_ref()
}

fn listed_disputes<'a>(folder: &'a Folder, charge: &Charge) -> Option<&'a List<Dispute>> {
    folder.disputes.get(&charge.id)?.value.as_ref()
}

impl Folder {
    pub fn refunds_found(&self) -> usize {
        self.scattered.refunds.len()
    }

    pub fn disputes_found(&self) -> usize {
        self.scattered.disputes.len()
    }

    fn charge_at(&self, place: Place) -> Option<&Record<Charge>> {
        self.charges.value.as_ref()?.rows.get(place.charge)
    }

    /// The refund at a place in the list of all, with the charge that it is of.
    pub fn refund(&self, at: usize) -> Option<(&Record<Charge>, &Refund)> {
        let place = *self.scattered.refunds.get(at)?;
        let charge = self.charge_at(place)?;
        let refund = match listed_refunds(self, charge) {
            Some(list) => list.rows.get(place.at)?.object(),
            None => charge.refunds.as_ref()?.data.get(place.at)?,
        };
        Some((charge, refund))
    }

    /// Its whole JSON, out of that of its charge where it came with it.
    pub fn refund_raw(&self, at: usize) -> Option<Arc<str>> {
        let place = *self.scattered.refunds.get(at)?;
        let charge = self.charge_at(place)?;
        if let Some(list) = listed_refunds(self, charge) {
            return Some(Arc::clone(list.rows.get(place.at)?.raw()));
        }
        let carried = charge.part::<serde_json::Value>("refunds")?;
        let carried = Page::<Refund>::parse(carried.raw()).ok()?;
        Some(Arc::clone(carried.rows.get(place.at)?.raw()))
    }

    /// The dispute at a place in the list of all, with the charge that it is of.
    pub fn dispute(&self, at: usize) -> Option<(&Record<Charge>, &Record<Dispute>)> {
        let place = *self.scattered.disputes.get(at)?;
        let charge = self.charge_at(place)?;
        Some((charge, listed_disputes(self, charge)?.rows.get(place.at)?))
    }

    /// The charge that a refund or a dispute with this id is of.
    pub fn charge_of(&self, id: &str) -> Option<&Record<Charge>> {
        let refunds = (0..self.refunds_found()).filter_map(|at| self.refund(at));
        let disputes = (0..self.disputes_found()).filter_map(|at| self.dispute(at));
        let of_refund = refunds.filter(|(_, refund)| refund.id.as_str() == id).map(|(charge, _)| charge);
        let of_dispute = disputes.filter(|(_, dispute)| dispute.id.as_str() == id).map(|(charge, _)| charge);
        of_refund.chain(of_dispute).next()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn page<T: serde::de::DeserializeOwned>(rows: &[Value]) -> List<T> {
        Page::parse(&json!({"object": "list", "data": rows, "has_more": false}).to_string()).unwrap().into()
    }

    fn refund(id: &str, created: i64) -> Value {
        json!({"id": id, "object": "refund", "amount": 100, "currency": "usd", "created": created, "brand_new": id})
    }

    fn folder() -> Folder {
        let mut folder = Folder::default();
        let charge = |id: &str, refunds: &[Value], more: bool| json!({"id": id, "disputed": true, "refunds": {"object": "list", "data": refunds, "has_more": more}});
        let charges = [
            charge("ch_new", &[refund("re_b", 20)], false),
            charge("ch_old", &[refund("re_c", 30), refund("re_a", 10)], true),
            json!({"id": "ch_null", "refunds": null}),
        ];
        folder.charges.fill(page(&charges), 0);
        folder.scatter();
        folder
    }

    fn ids(folder: &Folder) -> Vec<&str> {
        (0..folder.refunds_found()).map(|at| folder.refund(at).unwrap().1.id.as_str()).collect()
    }

    #[test]
    fn refunds_come_newest_first_whichever_charge_they_are_of() {
        let folder = folder();
        assert_eq!(ids(&folder), ["re_c", "re_b", "re_a"]);
        assert_eq!(folder.refund(0).unwrap().0.id.as_str(), "ch_old");
        let raw = folder.refund_raw(0).unwrap();
        assert!(raw.contains(r#""brand_new":"re_c""#) && !raw.contains("re_a"), "{raw}");
        assert!(folder.refund(3).is_none() && folder.refund_raw(9).is_none());
    }

    #[test]
    fn what_was_asked_for_by_charge_takes_the_place_of_what_the_charge_carried() {
        let mut folder = folder();
        let old = folder.charges.value.as_ref().unwrap().rows[1].id.clone();
        let all = [refund("re_c", 30), refund("re_a", 10), refund("re_0", 5)];
        folder.refunds.entry(old.clone()).or_default().fill(page(&all), 0);
        folder.scatter();
        assert_eq!(ids(&folder), ["re_c", "re_b", "re_a", "re_0"]);
        assert!(folder.refund_raw(3).unwrap().contains("re_0"));
        assert_eq!(folder.charge_of("re_0").unwrap().id, old);
        let disputes = [json!({"id": "du_1", "created": 7, "charge": "ch_old"})];
        folder.disputes.entry(old.clone()).or_default().fill(page(&disputes), 0);
        folder.scatter();
        assert_eq!(folder.dispute(0).unwrap().1.id.as_str(), "du_1");
        assert_eq!(folder.charge_of("du_1").unwrap().id, old);
        assert!(folder.charge_of("re_none").is_none());
    }

    #[test]
    fn places_that_lead_nowhere_show_nothing() {
        let mut folder = folder();
        folder.charges = crate::desk::data::Slot::default();
        assert!((0..9).all(|at| folder.refund(at).is_none() && folder.refund_raw(at).is_none()));
    }
}
