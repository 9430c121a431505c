//! What is sold: products, prices, coupons.

use super::{
    id::{CouponId, PriceId, ProductId},
    open::{Link, Metadata, object, open_enum},
};
use crate::{
    money::{Currency, Money},
    text::Untrusted,
};

object! {
    Product {
        id: ProductId,
        deleted: bool,
        name: Untrusted,
        description: Option<Untrusted>,
        active: bool,
        default_price: Option<Link<PriceId, Price>>,
        metadata: Metadata,
    }
}

object! {
    Price {
        id: PriceId,
        active: bool,
        currency: Currency,
        /// None where it is tiered or has parts of a cent.
        unit_amount: Option<i64>,
        unit_amount_decimal: Option<Untrusted>,
        nickname: Option<Untrusted>,
        product: Option<Link<ProductId, Product>>,
        recurring: Option<Recurring>,
        #[serde(rename = "type")]
        kind: PriceType,
        lookup_key: Option<Untrusted>,
        /// `tiered`, or `per_unit`.
        billing_scheme: Untrusted,
        /// `graduated`: each unit by the tier it is in; `volume`: all by the tier that the last is in.
        tiers_mode: Option<Untrusted>,
        /// Only when expanded.
        tiers: Vec<Tier>,
    }
}

object! {
    Tier {
        /// The last unit in it; none in the last tier.
        up_to: Option<i64>,
        flat_amount: Option<i64>,
        unit_amount: Option<i64>,
    }
}

object! { Recurring { interval: Untrusted, interval_count: i64, usage_type: Untrusted } }

open_enum! { PriceType { OneTime = "one_time", Recurring = "recurring" } }

object! {
    Coupon {
        id: CouponId,
        name: Option<Untrusted>,
        /// Percent, as Stripe writes it: `12.5`. Only shown.
        percent_off: Option<serde_json::Number>,
        amount_off: Option<i64>,
        currency: Option<Currency>,
        duration: Untrusted,
        duration_in_months: Option<i64>,
    }
}

impl Recurring {
    /// What is used is counted, and billed when the period is over.
    pub fn is_metered(&self) -> bool {
        self.usage_type.as_str() == "metered"
    }
}

impl Price {
    pub fn is_metered(&self) -> bool {
        self.recurring.as_ref().is_some_and(Recurring::is_metered)
    }

    pub fn product_id(&self) -> Option<&ProductId> {
        match self.product.as_ref()? {
            Link::Id(id) => Some(id),
            Link::Object(product) => Some(&product.id),
        }
    }

    /// `/mo`, `/yr`, `/3 mo`; empty for one-time prices.
    pub fn per(&self) -> String {
        let Some(recurring) = &self.recurring else { return String::new() };
        let unit = match recurring.interval.as_str() {
            "day" => "day",
            "week" => "wk",
            "month" => "mo",
            "year" => "yr",
            other => other,
        };
        if recurring.interval_count > 1 {
            format!("/{} {unit}", recurring.interval_count)
        } else {
            format!("/{unit}")
        }
    }

    /// `$99.00/mo`, `varies/mo`
    pub fn words(&self) -> String {
        let amount = self.amount(1).map_or_else(|| "varies".to_owned(), |amount| amount.to_string());
        format!("{amount}{}", self.per())
    }

    /// For `quantity` units, or none where only Stripe can tell (tiers, usage, parts of a cent).
    pub fn amount(&self, quantity: i64) -> Option<Money> {
        Some(Money::new(self.unit_amount?.checked_mul(quantity)?, self.currency))
    }
}

impl Coupon {
    /// `20 % off for 3 months`
    pub fn words(&self) -> String {
        let off = match (&self.percent_off, self.amount_off, self.currency) {
            (Some(percent), _, _) => format!("{percent} % off"),
            (None, Some(amount), Some(currency)) => format!("{} off", Money::new(amount, currency)),
            _ => "discount".into(),
        };
        match (self.duration.as_str(), self.duration_in_months) {
            ("repeating", Some(months)) => format!("{off} for {months} months"),
            ("once", _) => format!("{off} once"),
            _ => off,
        }
    }
}
