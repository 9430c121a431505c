//! What a period of a subscription costs, whole or in part: to the second, in integers, each line rounded down.

use serde_json::{Value, json};

use super::{
    super::super::{
        Universe,
        billing::prorated,
        calendar::{DAY, add_months, day_text},
        catalog::{self, Catalog},
        render::{LineParts, line_json, money_text},
        value::{flag, int, text},
    },
    offs::Off,
};

/// One line to be.
#[derive(Clone, Debug)]
pub(in crate::sandbox::world) struct Piece {
    /// `si_…`
    pub(in crate::sandbox::world) item: String,
    pub(in crate::sandbox::world) price: Value,
    pub(in crate::sandbox::world) quantity: i64,
    pub(in crate::sandbox::world) amount: i64,
    pub(in crate::sandbox::world) period: (i64, i64),
    pub(in crate::sandbox::world) proration: bool,
    /// The invoice that had billed what is given back here, with its lines for the item.
    pub(in crate::sandbox::world) credited: Option<(String, Vec<String>)>,
}

/// The items of a subscription.
pub(in crate::sandbox::world) fn items(subscription: &Value) -> Vec<Value> {
    subscription.pointer("/items/data").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// From the latest start of an item to the earliest end: what the next invoice waits for.
pub(in crate::sandbox::world) fn period(subscription: &Value) -> (i64, i64) {
    let all = items(subscription);
    let start = all.iter().map(|item| int(item, "current_period_start")).max();
    let end = all.iter().map(|item| int(item, "current_period_end")).min();
    (start.unwrap_or(0), end.unwrap_or(0))
}

pub(in crate::sandbox::world) fn metered(price: &Value) -> bool {
    price.pointer("/recurring/usage_type").and_then(Value::as_str) == Some("metered")
}

/// Interval and its count, as one can compare them.
pub(in crate::sandbox::world) fn interval(price: &Value) -> (&str, i64) {
    let every = price.pointer("/recurring/interval").and_then(Value::as_str).unwrap_or("month");
    let count = price.pointer("/recurring/interval_count").and_then(Value::as_i64).unwrap_or(1);
    (every, count.max(1))
}

/// The first end of a period after `from`, counted from the billing day.
pub(in crate::sandbox::world) fn period_end(price: &Value, anchor: i64, from: i64) -> i64 {
    let (every, count) = interval(price);
    let fixed = match every {
        "day" => DAY * count,
        "week" => 7 * DAY * count,
        _ => 0,
    };
    if fixed > 0 {
        return anchor + ((from - anchor).div_euclid(fixed) + 1) * fixed;
    }
    let months = if every == "year" { 12 * count } else { count };
    let shortest = 28 * DAY * months;
    // Never past the right step: a month has at least 28 days, and 31 at most.
    let mut step = (from - anchor).div_euclid(31 * DAY * months).min((from - anchor).div_euclid(shortest));
    while add_months(anchor, step * months) <= from {
        step += 1;
    }
    add_months(anchor, step * months)
}

/// What a quantity of a price costs for one period; counted prices cost nothing ahead.
pub(in crate::sandbox::world) fn cost(price: &Value, quantity: i64) -> i64 {
    if metered(price) {
        0
    } else if text(price, "billing_scheme") == "tiered" {
        catalog::tiered_amount(quantity)
    } else {
        int(price, "unit_amount") * quantity
    }
}

/// True while nothing was paid for the running period.
pub(in crate::sandbox::world) fn free(subscription: &Value) -> bool {
    ["trialing", "paused", "incomplete"].contains(&text(subscription, "status"))
}

/// True when nothing may be billed for the subscription any more.
pub(in crate::sandbox::world) fn over(subscription: &Value) -> bool {
    ["canceled", "incomplete_expired"].contains(&text(subscription, "status"))
}

/// True when it ends with its period.
pub(in crate::sandbox::world) fn ends(subscription: &Value) -> bool {
    flag(subscription, "cancel_at_period_end")
        || (int(subscription, "cancel_at") > 0 && int(subscription, "cancel_at") <= period(subscription).1)
}

/// One line an item for the period that begins at `start`, of the items whose turn it is.
pub(in crate::sandbox::world) fn whole_period(subscription: &Value, start: i64) -> Vec<Piece> {
    let anchor = int(subscription, "billing_cycle_anchor");
    let due =
        |item: &&Value| [int(item, "current_period_start"), int(item, "current_period_end")].contains(&start);
    let all = items(subscription);
    all.iter()
        .filter(due)
        .map(|item| {
            let price = item.get("price").cloned().unwrap_or(Value::Null);
            let quantity = int(item, "quantity");
            Piece {
                item: text(item, "id").to_owned(),
                amount: cost(&price, quantity),
                period: (start, period_end(&price, anchor, start)),
                price,
                quantity,
                proration: false,
                credited: None,
            }
        })
        .collect()
}

/// The rest of an item's period from `at`; `sign` -1 gives it back. `net` is what the whole period costs after
/// discounts. None when there is nothing to count.
fn rest(item: &Value, at: i64, net: i64, sign: i64) -> Option<Piece> {
    let price = item.get("price")?.clone();
    let quantity = int(item, "quantity");
    let (start, end) = (int(item, "current_period_start"), int(item, "current_period_end"));
    let from = at.clamp(start, end);
    // A period that begins now is whole, and no proration; its discounts stand on their own.
    let whole = sign > 0 && start == at;
    let amount = if whole { cost(&price, quantity) } else { prorated(net * sign, end - from, end - start) };
    (cost(&price, quantity) != 0 && end > from).then(|| Piece {
        item: text(item, "id").to_owned(),
        price,
        quantity,
        amount,
        period: (from, end),
        proration: !whole,
        credited: None,
    })
}

impl Universe {
    /// Credit for what was, debit for what is, from `at` to the period's end.
    /// `given`: discounts that hold in the place of the subscription's own.
    pub(in crate::sandbox::world) fn proration(
        &mut self,
        (before, after): (&Value, &Value),
        at: i64,
        given: Option<&[Off]>,
    ) -> Vec<Piece> {
        if free(before) {
            return vec![];
        }
        let (old, new) = (items(before), items(after));
        let same = |one: &Value, other: &Value| {
            ["id", "price", "quantity", "current_period_end"].iter().all(|key| one.get(key) == other.get(key))
        };
        let gone: Vec<&Value> =
            old.iter().filter(|item| !new.iter().any(|other| same(item, other))).collect();
        let mut pieces = self.given_back(before, &gone, at);
        for item in new.iter().filter(|item| !old.iter().any(|other| same(item, other))) {
            let net = self.net_at((after, item), at, given);
            pieces.extend(rest(item, at, net, 1));
        }
        pieces
    }

    /// The unused time of all items.
    pub(in crate::sandbox::world) fn unused(&mut self, subscription: &Value, at: i64) -> Vec<Piece> {
        if free(subscription) {
            return vec![];
        }
        let all = items(subscription);
        self.given_back(subscription, &all.iter().collect::<Vec<_>>(), at)
    }

    fn given_back(&mut self, subscription: &Value, gone: &[&Value], at: i64) -> Vec<Piece> {
        let billed = self.by_id(text(subscription, "latest_invoice")).unwrap_or(Value::Null);
        let lines = billed.pointer("/lines/data").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut pieces = Vec::new();
        for item in gone {
            let net = self.net_paid(subscription, item);
            let Some(mut piece) = rest(item, at, net, -1) else { continue };
            let of_item = |line: &&Value| {
                line.pointer("/parent/subscription_item_details/subscription_item").and_then(Value::as_str)
                    == Some(piece.item.as_str())
                    && int(line, "amount") > 0
            };
            let ids: Vec<String> =
                lines.iter().filter(of_item).map(|line| text(line, "id").to_owned()).collect();
            piece.credited = (!ids.is_empty()).then(|| (text(&billed, "id").to_owned(), ids));
            pieces.push(piece);
        }
        pieces
    }
}

impl Piece {
    /// As Stripe words it.
    pub(in crate::sandbox::world) fn words(&self, catalog: &Catalog) -> String {
        let product =
            catalog.find(text(&self.price, "product")).map_or("Product", |product| text(product, "name"));
        if self.proration {
            let what = if self.amount < 0 { "Unused" } else { "Remaining" };
            let count = if self.quantity > 1 { format!("{} × ", self.quantity) } else { String::new() };
            return format!("{what} time on {count}{product} after {}", day_text(self.period.0));
        }
        let each = money_text(int(&self.price, "unit_amount"), text(&self.price, "currency"));
        let (every, count) = interval(&self.price);
        let every = if count > 1 { format!("every {count} {every}s") } else { format!("/ {every}") };
        format!("{} × {product} (at {each} {every})", self.quantity)
    }

    /// `{price_details: …}` as lines and waiting items carry it.
    pub(in crate::sandbox::world) fn pricing(&self) -> Value {
        let unit =
            if self.proration { Value::Null } else { json!(int(&self.price, "unit_amount").to_string()) };
        json!({
            "price_details": {"price": text(&self.price, "id"), "product": text(&self.price, "product")},
            "type": "price_details", "unit_amount_decimal": unit,
        })
    }

    /// The line of an invoice.
    pub(in crate::sandbox::world) fn line(
        &self,
        world: &Universe,
        (id, invoice): (&str, &str),
        subscription: &str,
    ) -> Value {
        let credited = self
            .credited
            .as_ref()
            .map(|(invoice, lines)| json!({"invoice": invoice, "invoice_line_items": lines}));
        line_json(&LineParts {
            id,
            invoice,
            amount: self.amount,
            currency: text(&self.price, "currency"),
            description: json!(self.words(&world.catalog)),
            discountable: !self.proration,
            parent: json!({
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null, "proration": self.proration,
                    "proration_details": {"credited_items": credited}, "subscription": subscription,
                    "subscription_item": self.item,
                },
                "type": "subscription_item_details",
            }),
            subscription: json!(subscription),
            period: json!({"end": self.period.1, "start": self.period.0}),
            pricing: self.pricing(),
            quantity: json!(self.quantity),
            metadata: json!({}),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::world::calendar::days;

    #[test]
    fn periods_follow_the_billing_day() {
        let price =
            |every: &str, count: i64| json!({"recurring": {"interval": every, "interval_count": count}});
        let day = |year, month, day| days(year, month, day) * DAY;
        let anchor = day(2026, 1, 31);
        assert_eq!(period_end(&price("month", 1), anchor, day(2026, 2, 28)), day(2026, 3, 31));
        assert_eq!(period_end(&price("month", 1), anchor, anchor), day(2026, 2, 28));
        assert_eq!(period_end(&price("month", 3), anchor, day(2026, 5, 1)), day(2026, 7, 31));
        assert_eq!(period_end(&price("year", 1), anchor, anchor), day(2027, 1, 31));
        assert_eq!(period_end(&price("week", 2), anchor, anchor + 5), anchor + 14 * DAY);
        assert_eq!(
            period_end(&price("month", 1), anchor, day(2025, 11, 30)),
            day(2025, 12, 31),
            "a trial's anchor lies ahead"
        );
        for months in 0..60 {
            let from = add_months(anchor, months);
            assert_eq!(period_end(&price("month", 1), anchor, from), add_months(anchor, months + 1));
        }
    }
}
