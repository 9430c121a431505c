//! What a caller wants of the items of a subscription, and the subscription with it done.

use serde_json::{Map, Value, json};

use super::{
    super::super::{
        Universe, catalog,
        ids::CATALOG,
        kind::Kind,
        params::{cleared, param, required, written},
        value::{int, set, text},
    },
    pieces::{cost, free, interval, items, metered, period_end},
};
use crate::sandbox::{call::Call, error::Refusal};

/// Largest quantity of an item.
const QUANTITY_MOST: i64 = 999_999_999;
/// Places for item ids a subscription, as the plan numbers them.
const ITEMS_MOST: u32 = 8;

/// What the caller wants of one item.
#[derive(Clone, Debug)]
pub(in crate::sandbox::world) struct Change {
    id: Option<String>,
    price: Option<Value>,
    quantity: Option<i64>,
    metadata: Map<String, Value>,
    deleted: bool,
}

/// A whole number that an invoice can be multiplied by.
fn quantity(sent: &Value, name: &str) -> Result<i64, Refusal> {
    let number = sent.as_i64().or_else(|| sent.as_str().and_then(|text| text.parse().ok()));
    number.filter(|number| (0..=QUANTITY_MOST).contains(number)).ok_or_else(|| {
        let text = sent.as_str().map_or_else(|| sent.to_string(), str::to_owned);
        Refusal::invalid(format!("Invalid integer: {text}")).code("parameter_invalid_integer").param(name)
    })
}

/// A price made for one line: `price_data`.
pub(in crate::sandbox::world) fn price_of_data(
    world: &Universe,
    data: &Value,
    name: &str,
    recurring: bool,
) -> Result<Value, Refusal> {
    let member = |key: &str| data.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let needed = |key: &str| member(key).ok_or_else(|| required(&format!("{name}[{key}]")));
    let (currency, product) = (needed("currency")?, needed("product")?);
    if world.catalog.find(product).is_none_or(|found| text(found, "object") != "product") {
        return Err(Refusal::missing("product", product, &format!("{name}[product]")));
    }
    let amount = data.get("unit_amount").or_else(|| data.get("unit_amount_decimal"));
    let amount = amount.ok_or_else(|| required(&format!("{name}[unit_amount]")))?;
    let unit = quantity(amount, &format!("{name}[unit_amount]"))?;
    let every = data.pointer("/recurring/interval").and_then(Value::as_str);
    if recurring && every.is_none() {
        return Err(required(&format!("{name}[recurring][interval]")));
    }
    let count = data.pointer("/recurring/interval_count").map(|sent| quantity(sent, name)).transpose()?;
    Ok(world.catalog.one_off(currency, product, unit, every.map(|every| (every, count.unwrap_or(1)))))
}

/// The price that an entry names or describes.
fn price(world: &Universe, entry: &Value, name: &str, currency: &str) -> Result<Option<Value>, Refusal> {
    let price = if let Some(data) = entry.get("price_data").filter(|data| data.is_object()) {
        price_of_data(world, data, &format!("{name}[price_data]"), true)?
    } else {
        let key = if entry.get("plan").is_some() { "plan" } else { "price" };
        let Some(wanted) = entry.get(key).and_then(Value::as_str) else { return Ok(None) };
        let name = format!("{name}[{key}]");
        let found = world.catalog.find(wanted).filter(|found| text(found, "object") == "price");
        let found = found.cloned().ok_or_else(|| Refusal::missing("price", wanted, &name))?;
        if found.get("active") == Some(&Value::Bool(false)) {
            return Err(Refusal::invalid(
                "The price specified is inactive. This field only accepts active prices.",
            )
            .param(name));
        }
        if text(&found, "type") == "one_time" {
            return Err(Refusal::invalid(format!(
                "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`. ({wanted})"
            ))
            .param(name));
        }
        found
    };
    let asked = text(&price, "currency");
    if asked != currency && !currency.is_empty() {
        return Err(Refusal::invalid(format!(
            "The price specified only supports `{asked}`. This doesn't match the expected currency: `{currency}`."
        ))
        .param(format!("{name}[price]")));
    }
    Ok(Some(price))
}

/// Reads `items[]` below a path.
pub(in crate::sandbox::world) fn changes(
    world: &Universe,
    call: &Call,
    path: &[&str],
    subscription: &Value,
) -> Result<Vec<Change>, Refusal> {
    let entries: Vec<&Value> = match param(call, path) {
        None => return Ok(vec![]),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(map)) => map.values().collect(),
        Some(_) if cleared(call, path) => vec![],
        Some(_) => return Err(Refusal::invalid("Invalid array").param(written(path))),
    };
    let now = items(subscription);
    let name = |at: usize| format!("{}[{at}]", written(path));
    entries
        .into_iter()
        .enumerate()
        .map(|(at, entry)| change(world, entry, &name(at), (&now, text(subscription, "currency"))))
        .collect()
}

fn change(
    world: &Universe,
    entry: &Value,
    name: &str,
    (now, currency): (&[Value], &str),
) -> Result<Change, Refusal> {
    let id = entry.get("id").and_then(Value::as_str).map(str::to_owned);
    let item = id.as_ref().map(|id| now.iter().find(|item| text(item, "id") == *id));
    if let (Some(None), Some(id)) = (item, &id) {
        return Err(Refusal::missing("subscription_item", id, &format!("{name}[id]")));
    }
    let item = item.flatten();
    let price = price(world, entry, name, currency)?;
    let deleted = matches!(entry.get("deleted"), Some(Value::Bool(true)))
        || entry.get("deleted").and_then(Value::as_str) == Some("true");
    if item.is_none() && price.is_none() {
        return Err(required(&format!("{name}[price]")));
    }
    let quantity =
        entry.get("quantity").map(|sent| quantity(sent, &format!("{name}[quantity]"))).transpose()?;
    let stands = price.as_ref().or_else(|| item.and_then(|item| item.get("price")));
    if quantity.is_some() && stands.is_some_and(metered) {
        return Err(Refusal::invalid(format!(
            "Quantity should not be specified where usage_type is `metered`. Remove quantity from `{name}`"
        ))
        .param(format!("{name}[quantity]")));
    }
    let twice = |price: &Value| {
        now.iter().find(|other| {
            other.pointer("/price/id") == price.get("id") && id.as_deref() != Some(text(other, "id"))
        })
    };
    if let Some(price) = price.as_ref().filter(|price| !deleted && twice(price).is_some()) {
        return Err(Refusal::invalid(format!(
            "Cannot add multiple subscription items with the same plan: {}",
            text(price, "id")
        ))
        .param(format!("{name}[price]")));
    }
    let metadata = entry.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(Change { id, price, quantity, metadata, deleted })
}

/// True when the change moves the billing day: another interval, or the first price that costs something.
pub(in crate::sandbox::world) fn resets(subscription: &Value, changes: &[Change]) -> bool {
    if free(subscription) {
        return false;
    }
    let now = items(subscription);
    let paid = |item: &Value| item.get("price").is_some_and(|price| metered(price) || cost(price, 1) > 0);
    let starts_to_cost = !now.iter().any(paid)
        && changes.iter().any(|change| change.price.as_ref().is_some_and(|price| cost(price, 1) > 0));
    starts_to_cost
        || changes.iter().any(|change| {
            let item = now.iter().find(|item| change.id.as_deref() == Some(text(item, "id")));
            match (&change.price, item.and_then(|item| item.get("price"))) {
                (Some(new), Some(old)) => interval(old) != interval(new),
                _ => false,
            }
        })
}

/// Begins all periods anew at a moment, which becomes the billing day.
pub(in crate::sandbox::world) fn restart(subscription: &mut Value, at: i64) {
    set(subscription, "billing_cycle_anchor", at);
    let items = subscription.pointer_mut("/items/data").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        let end = item.get("price").map_or(at, |price| period_end(price, at, at));
        set(item, "current_period_start", at);
        set(item, "current_period_end", end);
    }
}

impl Universe {
    /// The subscription with the changes made at `at`; the billing day moves when the interval does.
    pub(in crate::sandbox::world) fn changed(
        &mut self,
        subscription: &Value,
        changes: &[Change],
        at: i64,
    ) -> Result<Value, Refusal> {
        let mut found = items(subscription);
        for change in changes {
            let place = found.iter().position(|item| change.id.as_deref() == Some(text(item, "id")));
            match place {
                Some(place) if change.deleted => drop(found.remove(place)),
                Some(place) => {
                    if let Some(item) = found.get_mut(place) {
                        apply(item, change);
                    }
                }
                None => {
                    let item = self.new_item(subscription, &found, change, at);
                    found.push(item);
                }
            }
        }
        if found.is_empty() {
            return Err(Refusal::invalid("A subscription must have at least one active plan.").param("items"));
        }
        let mut after = subscription.clone();
        let total = found.len();
        if let Some(list) = after.get_mut("items") {
            set(list, "data", found);
            set(list, "total_count", total);
        }
        if resets(subscription, changes) {
            restart(&mut after, at);
        }
        Ok(after)
    }

    fn new_item(&self, subscription: &Value, found: &[Value], change: &Change, at: i64) -> Value {
        let id = text(subscription, "id");
        let owner = self.owner_of(id).unwrap_or(CATALOG);
        let ordinal = self.ids.read(id).map_or(0, |read| read.2);
        let taken = |id: &String| found.iter().any(|item| text(item, "id") == *id);
        let first = ordinal.saturating_mul(ITEMS_MOST);
        let free = (3..ITEMS_MOST)
            .chain(0..3)
            .map(|place| self.ids.write(Kind::SubscriptionItem, owner, first.saturating_add(place)))
            .find(|id| !taken(id))
            .unwrap_or_default();
        let price = change.price.clone().unwrap_or(Value::Null);
        // It joins the period of an item with its interval, or begins one of its own.
        let like = found
            .iter()
            .find(|item| item.get("price").is_some_and(|other| interval(other) == interval(&price)));
        let (start, end) = like.map_or((at, period_end(&price, at, at)), |item| {
            (int(item, "current_period_start"), int(item, "current_period_end"))
        });
        let quantity = (!metered(&price)).then(|| change.quantity.unwrap_or(1));
        json!({
            "id": free, "object": "subscription_item", "billing_thresholds": null, "created": at,
            "current_period_end": end, "current_period_start": start,
            "current_trial": null, "discounts": [], "metadata": change.metadata,
            "plan": catalog::plan_json(&price), "price": price, "quantity": quantity,
            "subscription": id, "tax_rates": [],
        })
    }

    /// Keeps prices that were described in the call itself.
    pub(in crate::sandbox::world) fn keep_prices(&mut self, changes: &[Change]) {
        for change in changes {
            self.catalog.keep(change.price.as_ref());
        }
    }
}

fn apply(item: &mut Value, change: &Change) {
    if let Some(price) = &change.price {
        set(item, "price", price.clone());
        set(item, "plan", catalog::plan_json(price));
        if metered(price) {
            set(item, "quantity", Value::Null);
        } else if item.get("quantity").is_none_or(Value::is_null) {
            set(item, "quantity", 1);
        }
    }
    if let Some(quantity) = change.quantity {
        set(item, "quantity", quantity);
    }
    if let Some(metadata) = item.get_mut("metadata") {
        for (key, value) in &change.metadata {
            set(metadata, key, value.clone());
        }
    }
}
