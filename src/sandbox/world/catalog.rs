//! What the merchant sells: products, prices in six currencies, coupons and promotion codes.

use serde_json::{Value, json};

use super::{
    ids::{CATALOG, Ids},
    kind::Kind,
};

/// Order matters: a price's place is worked out from it.
pub(super) const CURRENCIES: [&str; 6] = ["usd", "eur", "gbp", "jpy", "kwd", "brl"];
const PLANS: [(&str, &str, [i64; 6]); 4] = [
    ("Starter", "One workspace, three seats", [1_900, 1_700, 1_500, 2_300, 6_000, 7_900]),
    ("Growth", "Unlimited workspaces, ten seats", [4_900, 4_500, 3_900, 5_900, 15_000, 19_900]),
    ("Pro", "Everything in Growth, single sign-on, audit log", [9_900, 8_900, 7_900, 11_900, 30_000, 39_900]),
    (
        "Business",
        "Pro with priority support and a contract",
        [24_900, 22_900, 19_900, 29_900, 76_000, 99_900],
    ),
];
const SEAT: [i64; 6] = [1_200, 1_100, 900, 1_400, 3_700, 4_900];
/// Products behind the four plans.
const MORE: [(&str, &str); 3] = [
    ("Extra seat", "One more person"),
    ("API calls", "Counted, billed afterwards"),
    ("Storage", "Graduated by gigabyte"),
];
const SEAT_FIRST: usize = 48;
/// Two cents a call, counted over the month.
pub(super) const METERED: usize = 54;
pub(super) const TIERED: usize = 55;
const PRICES: usize = 56;

pub(super) const STARTER: usize = 0;
pub(super) const GROWTH: usize = 1;
pub(super) const PRO: usize = 2;
pub(super) const BUSINESS: usize = 3;

/// A price without its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    pub(super) product: usize,
    pub(super) currency: &'static str,
    /// Minor units for one; 0 where tiers decide.
    pub(super) amount: i64,
    pub(super) months: i64,
    pub(super) metered: bool,
}

pub(super) fn currency_place(currency: &str) -> usize {
    CURRENCIES.iter().position(|known| *known == currency).unwrap_or(0)
}

/// Place of a plan's price.
pub(super) fn plan_price(plan: usize, currency: &str, yearly: bool) -> usize {
    (plan.min(BUSINESS) * CURRENCIES.len() + currency_place(currency)) * 2 + usize::from(yearly)
}

pub(super) fn seat_price(currency: &str) -> usize {
    SEAT_FIRST + currency_place(currency)
}

/// What the price at a place is.
pub(super) fn spec(place: usize) -> Spec {
    let at = |currency: usize| CURRENCIES.get(currency).copied().unwrap_or("usd");
    if place < SEAT_FIRST {
        let (plan, currency, yearly) = (place / 12, place / 2 % 6, place % 2 == 1);
        let monthly = PLANS.get(plan).and_then(|row| row.2.get(currency)).copied().unwrap_or(0);
        let (amount, months) = if yearly { (monthly * 10, 12) } else { (monthly, 1) };
        return Spec { product: plan, currency: at(currency), amount, months, metered: false };
    }
    let (product, currency, amount, metered) = match place {
        METERED => (5, 0, 2, true),
        TIERED => (6, 0, 0, false),
        _ => (4, place - SEAT_FIRST, SEAT.get(place - SEAT_FIRST).copied().unwrap_or(0), false),
    };
    Spec { product, currency: at(currency), amount, months: 1, metered }
}

/// A coupon without its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coupon {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) percent: i64,
    /// Minor units of US dollars, where `percent` is 0.
    pub(super) amount: i64,
    /// Number of months; 0 once, -1 for ever.
    pub(super) months: i64,
    /// What a customer types; empty when there is none.
    pub(super) code: &'static str,
}

pub(super) const COUPONS: [Coupon; 5] = [
    Coupon { id: "WELCOME20", name: "Welcome 20%", percent: 20, amount: 0, months: 3, code: "WELCOME20" },
    Coupon { id: "NONPROFIT25", name: "Non-profit", percent: 25, amount: 0, months: -1, code: "" },
    Coupon { id: "LOYAL10", name: "Loyal customer", percent: 10, amount: 0, months: -1, code: "THANKYOU" },
    Coupon { id: "ONCE15", name: "15% off once", percent: 15, amount: 0, months: 0, code: "SORRY15" },
    Coupon { id: "TENOFF", name: "$10 off", percent: 0, amount: 1_000, months: 0, code: "TENOFF" },
];

/// Ready-made JSON of everything that belongs to no customer.
#[derive(Clone, Debug)]
pub(super) struct Catalog {
    pub(super) products: Vec<Value>,
    pub(super) prices: Vec<Value>,
    pub(super) coupons: Vec<Value>,
    pub(super) codes: Vec<Value>,
    ids: Ids,
}

impl Catalog {
    /// `opened`: Unix seconds when the shop began.
    pub(super) fn new(ids: Ids, opened: i64) -> Self {
        let mut catalog = Self { products: vec![], prices: vec![], coupons: vec![], codes: vec![], ids };
        let names = PLANS.iter().map(|plan| (plan.0, plan.1)).chain(MORE);
        for (place, (name, about)) in names.enumerate() {
            let product = catalog.product(place, name, about, opened);
            catalog.products.push(product);
        }
        for place in 0..PRICES {
            let price = catalog.price(place, opened + 60);
            catalog.prices.push(price);
        }
        for coupon in &COUPONS {
            catalog.coupons.push(coupon_json(coupon, opened + 120));
        }
        for (place, coupon) in COUPONS.iter().enumerate().filter(|(_, coupon)| !coupon.code.is_empty()) {
            let id = ids.write(Kind::PromotionCode, CATALOG, small(place));
            catalog.codes.push(code_json(coupon, &id, opened + 180));
        }
        catalog
    }

    pub(super) fn price_id(&self, place: usize) -> String {
        self.ids.write(Kind::Price, CATALOG, small(place))
    }

    pub(super) fn product_id(&self, place: usize) -> String {
        self.ids.write(Kind::Product, CATALOG, small(place))
    }

    /// The JSON of the price at a place.
    pub(super) fn price_json(&self, place: usize) -> Value {
        self.prices.get(place).cloned().unwrap_or(Value::Null)
    }

    pub(super) fn price_place(&self, id: &str) -> Option<usize> {
        self.prices.iter().position(|price| price.get("id").and_then(Value::as_str) == Some(id))
    }

    pub(super) fn product_name(place: usize) -> &'static str {
        let names = PLANS.iter().map(|plan| plan.0).chain(MORE.iter().map(|row| row.0));
        names.into_iter().nth(place).unwrap_or("Product")
    }

    /// Product, price, coupon or promotion code by id.
    pub(super) fn find(&self, id: &str) -> Option<&Value> {
        [&self.products, &self.prices, &self.coupons, &self.codes]
            .into_iter()
            .flatten()
            .find(|object| object.get("id").and_then(Value::as_str) == Some(id))
    }

    fn product(&self, place: usize, name: &str, about: &str, created: i64) -> Value {
        let default = match place {
            0..=3 => json!(self.price_id(place * 12)),
            _ => Value::Null,
        };
        json!({
            "id": self.product_id(place), "object": "product", "active": true, "created": created,
            "default_price": default, "description": about, "images": [], "livemode": false,
            "marketing_features": [], "metadata": {}, "name": name, "package_dimensions": null,
            "shippable": null, "statement_descriptor": null, "tax_code": null, "type": "service",
            "unit_label": null, "updated": created, "url": null,
        })
    }

    fn price(&self, place: usize, created: i64) -> Value {
        let spec = spec(place);
        let (interval, tiered) = (if spec.months == 12 { "year" } else { "month" }, place == TIERED);
        let amount = if tiered { Value::Null } else { json!(spec.amount) };
        let decimal = if tiered { Value::Null } else { json!(spec.amount.to_string()) };
        let name = Self::product_name(spec.product).to_lowercase().replace(' ', "_");
        json!({
            "id": self.price_id(place), "object": "price", "active": true,
            "billing_scheme": if tiered { "tiered" } else { "per_unit" }, "created": created,
            "currency": spec.currency, "custom_unit_amount": null, "livemode": false,
            "lookup_key": format!("{name}_{interval}_{}", spec.currency), "metadata": {}, "nickname": null,
            "product": self.product_id(spec.product),
            "recurring": {
                "interval": interval, "interval_count": 1,
                "meter": if spec.metered { json!("mtr_61api_calls") } else { Value::Null },
                "trial_period_days": null,
                "usage_type": if spec.metered { "metered" } else { "licensed" },
            },
            "tax_behavior": "unspecified",
            "tiers_mode": if tiered { json!("graduated") } else { Value::Null },
            "transform_quantity": null, "type": "recurring",
            "unit_amount": amount, "unit_amount_decimal": decimal,
        })
    }
}

/// The tiers of a tiered price, only there when expanded.
pub(super) fn tiers() -> Value {
    json!([
        {"flat_amount": null, "flat_amount_decimal": null, "unit_amount": 25, "unit_amount_decimal": "25",
         "up_to": 100},
        {"flat_amount": null, "flat_amount_decimal": null, "unit_amount": 15, "unit_amount_decimal": "15",
         "up_to": null},
    ])
}

/// Graduated price of a number of gigabytes.
pub(super) fn tiered_amount(gigabytes: i64) -> i64 {
    gigabytes.min(100) * 25 + (gigabytes - 100).max(0) * 15
}

fn coupon_json(coupon: &Coupon, created: i64) -> Value {
    let (duration, months) = match coupon.months {
        0 => ("once", Value::Null),
        -1 => ("forever", Value::Null),
        months => ("repeating", json!(months)),
    };
    let percent = coupon.percent > 0;
    json!({
        "id": coupon.id, "object": "coupon",
        "amount_off": if percent { Value::Null } else { json!(coupon.amount) }, "created": created,
        "currency": if percent { Value::Null } else { json!("usd") }, "duration": duration,
        "duration_in_months": months, "livemode": false, "max_redemptions": null, "metadata": {},
        "name": coupon.name, "percent_off": if percent { json!(coupon.percent) } else { Value::Null },
        "redeem_by": null, "times_redeemed": 0, "valid": true,
    })
}

fn code_json(coupon: &Coupon, id: &str, created: i64) -> Value {
    json!({
        "id": id, "object": "promotion_code", "active": true, "code": coupon.code, "created": created,
        "customer": null, "customer_account": null, "expires_at": null, "livemode": false,
        "max_redemptions": null, "metadata": {},
        "promotion": {"coupon": coupon.id, "type": "coupon"},
        "restrictions": {"first_time_transaction": false, "minimum_amount": null, "minimum_amount_currency": null},
        "times_redeemed": 0,
    })
}

/// A place as the ordinal of an id.
pub(super) fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_at_its_place() {
        for (plan, monthly) in [(GROWTH, 4_900), (PRO, 9_900)] {
            assert_eq!(spec(plan_price(plan, "usd", false)).amount, monthly);
            assert_eq!(spec(plan_price(plan, "usd", true)).amount, monthly * 10);
        }
        assert_eq!(spec(plan_price(STARTER, "brl", true)).currency, "brl");
        assert_eq!(spec(seat_price("kwd")).amount, 3_700);
        assert!(spec(METERED).metered);
    }

    #[test]
    fn the_catalog_finds_its_own() {
        let catalog = Catalog::new(Ids::new(1), 1_700_000_000);
        assert_eq!(catalog.prices.len(), PRICES);
        for (place, price) in catalog.prices.iter().enumerate() {
            let id = price["id"].as_str().unwrap();
            assert_eq!(catalog.price_place(id), Some(place));
            assert!(catalog.find(price["product"].as_str().unwrap()).is_some());
        }
        assert_eq!(catalog.find("WELCOME20").unwrap()["duration_in_months"], 3);
        assert_eq!(tiered_amount(120), 2_500 + 300);
    }
}
