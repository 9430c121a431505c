//! What a quantity costs by tiers, shown tier by tier where that comes to the line's amount.

use crate::{
    model::{InvoiceLine, Price, Tier},
    money::{Currency, Money},
};

/// `10 × $5.00 + 5 × $4.00`; none where the price has no tiers, or where its tiers of today do not come to what was billed.
pub(super) fn words(line: &InvoiceLine, price: Option<&Price>) -> Option<String> {
    let price = price.filter(|price| !price.tiers.is_empty())?;
    let quantity = line.quantity?;
    let steps = match price.tiers_mode.as_ref().map(crate::text::Untrusted::as_str) {
        Some("volume") => volume(&price.tiers, quantity)?,
        _ => graduated(&price.tiers, quantity)?,
    };
    let sum: i64 = steps.iter().try_fold(0_i64, |sum, step| sum.checked_add(step.amount()?))?;
    (sum == line.amount).then(|| {
        let words: Vec<_> = steps.iter().filter_map(|step| step.words(price.currency)).collect();
        words.join(" + ")
    })
}

struct Step {
    units: i64,
    each: i64,
    flat: i64,
}

impl Step {
    fn amount(&self) -> Option<i64> {
        self.units.checked_mul(self.each)?.checked_add(self.flat)
    }

    fn words(&self, currency: Currency) -> Option<String> {
        let money = |minor: i64| Money::new(minor, currency).to_string();
        match (self.units > 0 && self.each != 0, self.flat != 0) {
            (true, false) => Some(format!("{} × {}", self.units, money(self.each))),
            (true, true) => {
                Some(format!("{} × {} + {} flat", self.units, money(self.each), money(self.flat)))
            }
            (false, true) => Some(format!("{} flat", money(self.flat))),
            (false, false) if self.units > 0 => Some(format!("{} included", self.units)),
            (false, false) => None,
        }
    }
}

fn step(tier: &Tier, units: i64) -> Option<Step> {
    // A tier with parts of a cent has neither: nothing can be said of it in whole units.
    (tier.unit_amount.is_some() || tier.flat_amount.is_some()).then(|| Step {
        units,
        each: tier.unit_amount.unwrap_or(0),
        flat: tier.flat_amount.unwrap_or(0),
    })
}

fn graduated(tiers: &[Tier], quantity: i64) -> Option<Vec<Step>> {
    let (mut steps, mut below) = (Vec::new(), 0_i64);
    for tier in tiers {
        let units = tier.up_to.unwrap_or(quantity).min(quantity).saturating_sub(below).max(0);
        // The first tier's flat amount is owed for nothing at all, too.
        if units > 0 || steps.is_empty() {
            steps.push(step(tier, units)?);
        }
        below = below.saturating_add(units);
        if below >= quantity {
            return Some(steps);
        }
    }
    None
}

fn volume(tiers: &[Tier], quantity: i64) -> Option<Vec<Step>> {
    let tier = tiers.iter().find(|tier| tier.up_to.is_none_or(|most| quantity <= most))?;
    Some(vec![step(tier, quantity)?])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(mode: &str, quantity: i64, amount: i64) -> Option<String> {
        let tiers: Value = json!([
            {"up_to": 10, "unit_amount": 500, "flat_amount": null},
            {"up_to": 20, "unit_amount": 400, "flat_amount": 1_000},
            {"up_to": null, "unit_amount": 0, "flat_amount": null},
        ]);
        let price = json!({"id": "price_1", "currency": "usd", "tiers_mode": mode, "tiers": tiers});
        let line = json!({"id": "il_1", "currency": "usd", "amount": amount, "quantity": quantity});
        words(&serde_json::from_value(line).unwrap(), Some(&serde_json::from_value(price).unwrap()))
    }

    #[test]
    fn each_unit_by_its_own_tier_or_all_by_the_last() {
        assert_eq!(said("graduated", 7, 3_500).unwrap(), "7 × $5.00");
        assert_eq!(said("graduated", 15, 8_000).unwrap(), "10 × $5.00 + 5 × $4.00 + $10.00 flat");
        assert_eq!(
            said("graduated", 25, 10_000).unwrap(),
            "10 × $5.00 + 10 × $4.00 + $10.00 flat + 5 included"
        );
        assert_eq!(said("volume", 15, 7_000).unwrap(), "15 × $4.00 + $10.00 flat");
        assert_eq!(said("graduated", 15, 8_001), None, "tiers of another day");
    }
}
