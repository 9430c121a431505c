//! Discounts: which are in force, and what they take off.

use serde_json::{Value, json};

use super::{
    super::super::{
        Universe,
        calendar::add_months,
        kind::Kind,
        value::{int, set, text},
    },
    pieces::{cost, interval},
};

/// A discount in force.
#[derive(Clone, Debug)]
pub(in crate::sandbox::world) struct Off {
    /// `di_…`
    pub(in crate::sandbox::world) discount: String,
    percent: i64,
    /// Minor units, where `percent` is 0.
    amount: i64,
    currency: String,
    once: bool,
    start: i64,
    end: Option<i64>,
}

impl Off {
    /// From a discount and its coupon.
    pub(in crate::sandbox::world) fn new(discount: &Value, coupon: &Value) -> Self {
        Self {
            discount: text(discount, "id").to_owned(),
            percent: int(coupon, "percent_off"),
            amount: int(coupon, "amount_off"),
            currency: text(coupon, "currency").to_owned(),
            once: text(coupon, "duration") == "once",
            start: int(discount, "start"),
            end: discount.get("end").and_then(Value::as_i64),
        }
    }

    fn holds(&self, at: i64) -> bool {
        self.end.is_none_or(|end| end > at)
    }

    /// What it takes off each of the amounts; they are lowered in place.
    fn take(&self, left: &mut [i64], currency: &str) -> Vec<i64> {
        let sum: i64 = left.iter().sum();
        let mut fixed = self.amount.min(sum);
        let even = |amount: i64| if sum > 0 { self.amount.min(sum) * amount / sum } else { 0 };
        let mut taken: Vec<i64> = left
            .iter()
            .map(|amount| match self.percent {
                0 if self.currency != currency => 0,
                0 => even(*amount),
                percent => (amount * percent * 2 + 100) / 200,
            })
            .collect();
        if self.percent == 0 && self.currency == currency {
            // What dividing left over goes to the first lines that have room.
            fixed -= taken.iter().sum::<i64>();
            for (amount, taken) in left.iter().zip(taken.iter_mut()) {
                let more = fixed.min(amount - *taken);
                *taken += more;
                fixed -= more;
            }
        }
        for (amount, taken) in left.iter_mut().zip(&taken) {
            *amount -= taken;
        }
        taken
    }
}

/// Takes the discounts off the lines that take any. Gives the sum of each discount.
pub(in crate::sandbox::world) fn take_off(
    lines: &mut [Value],
    offs: &[Off],
    currency: &str,
) -> Vec<(String, i64)> {
    let open =
        |line: &Value| super::super::super::value::flag(line, "discountable") && int(line, "amount") > 0;
    let mut left: Vec<i64> = lines.iter().filter(|line| open(line)).map(|line| int(line, "amount")).collect();
    let mut shares: Vec<Vec<Value>> = vec![vec![]; left.len()];
    let mut sums = Vec::new();
    for off in offs {
        let taken = off.take(&mut left, currency);
        for (share, amount) in shares.iter_mut().zip(&taken).filter(|(_, amount)| **amount > 0) {
            share.push(json!({"amount": amount, "discount": off.discount}));
        }
        sums.push((off.discount.clone(), taken.iter().sum()));
    }
    for (line, share) in lines.iter_mut().filter(|line| open(line)).zip(shares) {
        set(line, "discount_amounts", share);
    }
    sums.retain(|(_, amount): &(String, i64)| *amount > 0);
    sums
}

impl Universe {
    /// A discount with its coupon.
    fn off(&mut self, id: &str) -> Option<Off> {
        let discount = self.by_id(id)?;
        let coupon = discount.pointer("/source/coupon").and_then(Value::as_str)?;
        Some(Off::new(&discount, self.catalog.find(coupon)?))
    }

    /// The discounts of the subscription that hold at a moment; without any, that of its customer.
    pub(in crate::sandbox::world) fn offs(&mut self, subscription: &Value, at: i64) -> Vec<Off> {
        let mut ids: Vec<String> = subscription
            .get("discounts")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if ids.is_empty()
            && let Some(customer) = self.by_id(text(subscription, "customer"))
        {
            let own = customer.pointer("/discount/id").and_then(Value::as_str);
            ids.extend(own.map(str::to_owned));
        }
        ids.iter().filter_map(|id| self.off(id)).filter(|off| off.holds(at)).collect()
    }

    /// What a whole period of an item costs after the discounts that hold at a moment. Those for one invoice
    /// only stay out of prorations.
    /// `given`: discounts that stand in the place of those.
    pub(in crate::sandbox::world) fn net_at(
        &mut self,
        (subscription, item): (&Value, &Value),
        at: i64,
        given: Option<&[Off]>,
    ) -> i64 {
        let own = if given.is_none() { self.offs(subscription, at) } else { vec![] };
        net(item, given.unwrap_or(&own).iter().filter(|off| !off.once))
    }

    /// What the running period of an item cost when it was billed: by the discounts of that moment, also those
    /// that were taken away since.
    pub(in crate::sandbox::world) fn net_paid(&mut self, subscription: &Value, item: &Value) -> i64 {
        let start = int(item, "current_period_start");
        let owner = self.owner_of(text(subscription, "id")).unwrap_or(u32::MAX);
        let price = item.get("price").cloned().unwrap_or(Value::Null);
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for discount in self.all_of(Kind::Discount, owner).into_iter().rev() {
            let held = self.off(text(&discount, "id")).filter(|off| {
                let first = off.start + length(&price) > start;
                off.start <= start && off.holds(start) && (!off.once || first)
            });
            match discount.get("subscription").and_then(Value::as_str) {
                Some(of) if of == text(subscription, "id") => own.extend(held),
                Some(_) => {}
                None => shared.extend(held),
            }
        }
        net(item, if own.is_empty() { shared.iter() } else { own.iter() })
    }

    /// Takes away the discounts for one invoice that this invoice used up.
    pub(in crate::sandbox::world) fn used_up(&mut self, subscription: &mut Value, invoice: &Value) {
        let used = |id: &str| {
            let amounts = invoice.get("total_discount_amounts").and_then(Value::as_array);
            amounts.is_some_and(|amounts| amounts.iter().any(|amount| text(amount, "discount") == id))
        };
        let ids = subscription.get("discounts").and_then(Value::as_array).cloned().unwrap_or_default();
        let kept: Vec<Value> = ids
            .into_iter()
            .filter(|id| {
                let id = id.as_str().unwrap_or("");
                !(used(id) && self.off(id).is_some_and(|off| off.once))
            })
            .collect();
        set(subscription, "discounts", kept);
    }
}

/// Roughly one period in seconds.
fn length(price: &Value) -> i64 {
    let (every, count) = interval(price);
    let months = if every == "year" { 12 } else { 1 };
    count * add_months(0, months)
}

fn net<'a>(item: &Value, offs: impl Iterator<Item = &'a Off>) -> i64 {
    let price = item.get("price").cloned().unwrap_or(Value::Null);
    let mut left = [cost(&price, int(item, "quantity"))];
    for off in offs {
        // A fixed amount is taken off whole invoices only.
        if off.percent > 0 {
            off.take(&mut left, text(&price, "currency"));
        }
    }
    left.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(percent: i64, amount: i64) -> Off {
        let coupon =
            json!({"percent_off": percent, "amount_off": amount, "currency": "usd", "duration": "forever"});
        Off::new(&json!({"id": "di_1", "start": 5, "end": null}), &coupon)
    }

    #[test]
    fn percents_follow_each_other_and_fixed_amounts_are_shared() {
        let line = |amount: i64| json!({"amount": amount, "discountable": true});
        let sums = |amounts: &[i64], offs: &[Off]| {
            let mut lines: Vec<Value> = amounts.iter().map(|amount| line(*amount)).collect();
            take_off(&mut lines, offs, "usd").into_iter().map(|sum| sum.1).collect::<Vec<_>>()
        };
        assert_eq!(sums(&[1_000], &[off(20, 0), off(10, 0)]), [200, 80]);
        assert_eq!(sums(&[1_999], &[off(15, 0)]), [300]);
        assert_eq!(sums(&[333, 333, 334], &[off(0, 100)]), [100]);
        assert_eq!(sums(&[50, -20], &[off(0, 100)]), [50], "no more than there is");
    }
}
