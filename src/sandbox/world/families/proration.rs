//! What a change in the middle of a period is worth: unused time back, remaining time at the new price, to
//! the second and in integers.

use serde_json::{Value, json};

use super::super::{
    Universe,
    billing::prorated,
    calendar::{add_months, day_text},
    catalog::{self, Catalog},
    ids::CATALOG,
    kind::Kind,
    params::{cleared, param, written},
    render::money_text,
    value::{flag, int, set, text},
};
use crate::sandbox::{call::Call, error::Refusal};

/// Largest quantity of an item.
const QUANTITY_MOST: i64 = 999_999_999;

/// One line to be.
#[derive(Clone, Debug)]
pub(in super::super) struct Piece {
    /// `si_…`
    pub(in super::super) item: String,
    pub(in super::super) price: Value,
    pub(in super::super) quantity: i64,
    pub(in super::super) amount: i64,
    pub(in super::super) period: (i64, i64),
    pub(in super::super) proration: bool,
}

/// What the caller wants of one item.
#[derive(Clone, Debug)]
pub(in super::super) struct Change {
    id: Option<String>,
    price: Option<Value>,
    quantity: Option<i64>,
    deleted: bool,
}

fn months(price: &Value) -> i64 {
    if price.pointer("/recurring/interval").and_then(Value::as_str) == Some("year") { 12 } else { 1 }
}

/// What a quantity of a price costs for one period, after `percent` off; counted prices cost nothing ahead.
fn cost(price: &Value, quantity: i64, percent: i64) -> i64 {
    let metered = price.pointer("/recurring/usage_type").and_then(Value::as_str) == Some("metered");
    let full = if metered {
        0
    } else if text(price, "billing_scheme") == "tiered" {
        catalog::tiered_amount(quantity)
    } else {
        int(price, "unit_amount") * quantity
    };
    full - full * percent / 100
}

/// The items of a subscription.
pub(in super::super) fn items(subscription: &Value) -> Vec<Value> {
    subscription.pointer("/items/data").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Period of the first item.
pub(in super::super) fn period(subscription: &Value) -> (i64, i64) {
    items(subscription)
        .first()
        .map_or((0, 0), |item| (int(item, "current_period_start"), int(item, "current_period_end")))
}

/// A whole number that an invoice can be multiplied by.
fn quantity(sent: &Value, name: &str) -> Result<i64, Refusal> {
    let number = sent.as_i64().or_else(|| sent.as_str().and_then(|text| text.parse().ok()));
    number.filter(|number| (0..=QUANTITY_MOST).contains(number)).ok_or_else(|| {
        let text = sent.as_str().map_or_else(|| sent.to_string(), str::to_owned);
        Refusal::invalid(format!("Invalid integer: {text}")).code("parameter_invalid_integer").param(name)
    })
}

/// Reads `items[]` below a path.
pub(in super::super) fn changes(
    world: &Universe,
    call: &Call,
    path: &[&str],
    subscription: &Value,
) -> Result<Vec<Change>, Refusal> {
    let Some(list) = param(call, path) else { return Ok(vec![]) };
    let entries: Vec<&Value> = match list {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ if cleared(call, path) => vec![],
        _ => return Err(Refusal::invalid("Invalid array").param(written(path))),
    };
    entries.into_iter().enumerate().map(|(at, entry)| {
        let name = |member: &str| format!("{}[{at}][{member}]", written(path));
        let id = entry.get("id").and_then(Value::as_str).map(str::to_owned);
        if let Some(id) = id.as_ref().filter(|id| !items(subscription).iter().any(|item| text(item, "id") == **id)) {
            return Err(Refusal::missing("subscription_item", id, &name("id")));
        }
        let price = entry.get("price").and_then(Value::as_str).map(|wanted| {
            let found = world.catalog.price_place(wanted).map(|place| world.catalog.price_json(place));
            found.ok_or_else(|| Refusal::missing("price", wanted, &name("price")))
        }).transpose()?;
        if price.as_ref().is_some_and(|price| text(price, "currency") != text(subscription, "currency")) {
            let (asked, has) = (price.as_ref().map_or("", |price| text(price, "currency")), text(subscription, "currency"));
            return Err(Refusal::invalid(format!(
                "The price specified only supports `{asked}`. This doesn't match the expected currency: `{has}`."
            )).param(name("price")));
        }
        let quantity = entry.get("quantity").map(|sent| quantity(sent, &name("quantity"))).transpose()?;
let deleted = matches!(entry.get("deleted"), Some(Value::Bool(true)))
            || entry.get("deleted").and_then(Value::as_str) == Some("true");
        if id.is_none() && price.is_none() {
            return Err(super::super::params::required(&name("price")));
        }
        Ok(Change { id, price, quantity, deleted })
    }).collect()
}

/// True when the change moves the billing day: another interval.
pub(in super::super) fn resets(subscription: &Value, changes: &[Change]) -> bool {
    changes.iter().any(|change| {
        let now = items(subscription).into_iter().find(|item| change.id.as_deref() == Some(text(item, "id")));
        match (&change.price, now) {
            (Some(new), Some(item)) => item.get("price").is_some_and(|old| months(old) != months(new)),
            _ => false,
        }
    })
}

impl Universe {
    /// Percent that the subscription's discounts take off at a moment.
    pub(in super::super) fn percent_off(&mut self, subscription: &Value, at: i64) -> i64 {
        let ids = subscription.get("discounts").and_then(Value::as_array).cloned().unwrap_or_default();
        let discounts =
            ids.iter().filter_map(Value::as_str).filter_map(|id| self.by_id(id)).collect::<Vec<_>>();
        discounts
            .iter()
            .filter(|discount| discount.get("end").and_then(Value::as_i64).is_none_or(|end| end > at))
            .filter_map(|discount| discount.pointer("/source/coupon").and_then(Value::as_str))
            .filter_map(|coupon| self.catalog.find(coupon))
            .filter(|coupon| text(coupon, "duration") != "once")
            .map(|coupon| int(coupon, "percent_off"))
            .sum::<i64>()
            .min(100)
    }

    /// The subscription with the changes made at `at`.
    pub(in super::super) fn changed(&mut self, subscription: &Value, changes: &[Change], at: i64) -> Value {
        let (start, end) = period(subscription);
        let reset = resets(subscription, changes);
        let mut found = items(subscription);
        let owner = self.owner_of(text(subscription, "id")).unwrap_or(CATALOG);
        let ordinal = self.ids.read(text(subscription, "id")).map_or(0, |read| read.2);
        for change in changes {
            let place = found.iter().position(|item| change.id.as_deref() == Some(text(item, "id")));
            match place {
                Some(place) if change.deleted => drop(found.remove(place)),
                Some(place) => {
                    let Some(item) = found.get_mut(place) else { continue };
                    if let Some(price) = &change.price {
                        set(item, "price", price.clone());
                    }
                    if let Some(quantity) = change.quantity {
                        set(item, "quantity", quantity);
                    }
                }
                None => {
                    let free = ordinal * 8 + 3 + catalog::small(found.len() % 5);
                    found.push(json!({
                        "id": self.ids.write(Kind::SubscriptionItem, owner, free), "object": "subscription_item",
                        "billing_thresholds": null, "created": at, "current_period_end": end,
                        "current_period_start": start, "discounts": [], "metadata": {}, "price": change.price,
                        "quantity": change.quantity.unwrap_or(1), "subscription": text(subscription, "id"),
                        "tax_rates": [],
                    }));
                }
            }
        }
        let mut after = subscription.clone();
        if reset {
            for item in &mut found {
                let length = item.get("price").map_or(1, months);
                set(item, "current_period_start", at);
                set(item, "current_period_end", add_months(at, length));
            }
            set(&mut after, "billing_cycle_anchor", at);
        }
        let total = found.len();
        if let Some(list) = after.get_mut("items") {
            set(list, "data", found);
            set(list, "total_count", total);
        }
        after
    }

    /// Credit for what was, debit for what is, from `at` to the period's end.
    pub(in super::super) fn proration(&mut self, before: &Value, after: &Value, at: i64) -> Vec<Piece> {
        if free(before) {
            return vec![];
        }
        let percent = self.percent_off(before, at);
        let old = items(before);
        let new = items(after);
        let same = |one: &Value, other: &Value| {
            ["id", "price", "quantity", "current_period_end"].iter().all(|key| one.get(key) == other.get(key))
        };
        let gone = old.iter().filter(|item| !new.iter().any(|other| same(item, other)));
        let come = new.iter().filter(|item| !old.iter().any(|other| same(item, other)));
        let mut pieces: Vec<Piece> = gone.filter_map(|item| piece(item, at, percent, -1)).collect();
        pieces.extend(come.filter_map(|item| piece(item, at, percent, 1)));
        pieces
    }

    /// The unused time of all items.
    pub(in super::super) fn unused(&mut self, subscription: &Value, at: i64) -> Vec<Piece> {
        if free(subscription) {
            return vec![];
        }
        let percent = self.percent_off(subscription, at);
        items(subscription).iter().filter_map(|item| piece(item, at, percent, -1)).collect()
    }

    /// The lines of the next ordinary period.
    pub(in super::super) fn renewal(subscription: &Value) -> Vec<Piece> {
        whole_period(subscription, period(subscription).1)
    }

    /// The lines of the period that has just begun.
    pub(in super::super) fn period_now(subscription: &Value) -> Vec<Piece> {
        whole_period(subscription, period(subscription).0)
    }
}

/// True while nothing was paid for the period.
fn free(subscription: &Value) -> bool {
    text(subscription, "status") == "trialing"
}

/// One line an item for the period that begins at `start`.
fn whole_period(subscription: &Value, start: i64) -> Vec<Piece> {
    items(subscription)
        .iter()
        .map(|item| {
            let price = item.get("price").cloned().unwrap_or(Value::Null);
            let quantity = int(item, "quantity");
            Piece {
                item: text(item, "id").to_owned(),
                amount: cost(&price, quantity, 0),
                period: (start, add_months(start, months(&price))),
                price,
                quantity,
                proration: false,
            }
        })
        .collect()
}

/// The rest of an item's period from `at`; `sign` -1 gives it back. None when it costs nothing.
fn piece(item: &Value, at: i64, percent: i64, sign: i64) -> Option<Piece> {
    let price = item.get("price")?.clone();
    let quantity = int(item, "quantity");
    let (start, end) = (int(item, "current_period_start"), int(item, "current_period_end"));
    let amount = prorated(cost(&price, quantity, percent), end - at.clamp(start, end), end - start);
    // A period that begins now is whole, and no proration.
    let whole = sign > 0 && start == at;
    (amount != 0).then(|| Piece {
        item: text(item, "id").to_owned(),
        price,
        quantity,
        amount: amount * sign,
        period: (at.clamp(start, end), end),
        proration: !whole,
    })
}

impl Piece {
    /// As Stripe words it.
    pub(in super::super) fn words(&self, catalog: &Catalog) -> String {
        let product =
            catalog.find(text(&self.price, "product")).map_or("Product", |product| text(product, "name"));
        if self.proration {
            let what = if self.amount < 0 { "Unused" } else { "Remaining" };
            return format!("{what} time on {product} after {}", day_text(self.period.0));
        }
        let each = money_text(int(&self.price, "unit_amount"), text(&self.price, "currency"));
        let interval = self.price.pointer("/recurring/interval").and_then(Value::as_str).unwrap_or("month");
        format!("{} × {product} (at {each} / {interval})", self.quantity)
    }

    /// The line of an invoice.
    pub(in super::super) fn line(
        &self,
        world: &Universe,
        (id, invoice): (&str, &str),
        subscription: &str,
    ) -> Value {
        json!({
            "id": id, "object": "line_item", "amount": self.amount, "currency": text(&self.price, "currency"),
            "description": self.words(&world.catalog), "discount_amounts": [], "discountable": !self.proration,
            "discounts": [], "invoice": invoice, "livemode": false, "metadata": {},
            "parent": {
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null, "proration": self.proration,
                    "proration_details": {"credited_items": null}, "subscription": subscription,
                    "subscription_item": self.item,
                },
                "type": "subscription_item_details",
            },
            "period": {"end": self.period.1, "start": self.period.0}, "pretax_credit_amounts": [],
            "pricing": {
                "price_details": {"price": text(&self.price, "id"), "product": text(&self.price, "product")},
                "type": "price_details", "unit_amount_decimal": int(&self.price, "unit_amount").to_string(),
            },
            "quantity": self.quantity, "quantity_decimal": self.quantity.to_string(), "subtotal": self.amount,
            "taxes": [],
        })
    }
}

/// True when nothing may be billed for the subscription any more.
pub(in super::super) fn over(subscription: &Value) -> bool {
    ["canceled", "incomplete_expired"].contains(&text(subscription, "status"))
}

/// True when it ends with its period.
pub(in super::super) fn ends(subscription: &Value) -> bool {
    flag(subscription, "cancel_at_period_end")
        || (int(subscription, "cancel_at") > 0 && int(subscription, "cancel_at") <= period(subscription).1)
}
