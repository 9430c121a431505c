//! Amounts that wait for an invoice: making one, reading, taking it back.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        ids::CATALOG,
        kind::Kind,
        params::{boolean, merge_metadata, required, text_param},
        value::{int, set, text},
    },
    bill::{
        changes::price_of_data,
        draft::{item_line, retotal},
        pieces::over,
    },
    discounts, path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

/// Twelve digits at most.
const AMOUNT_MOST: i64 = 999_999_999_999;

/// `GET /v1/invoiceitems`
pub(in crate::sandbox) fn items(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let pending = boolean(call, &["pending"])?;
    let scope = world.scope(call, &[(&["customer"], Kind::Customer), (&["invoice"], Kind::Invoice)])?;
    world.list(call, Kind::InvoiceItem, scope, |item| {
        let waits = text(item, "invoice").is_empty();
        pending.is_none_or(|pending| pending == waits) && same(call, "invoice", item)
    })
}

fn number(entry: &Value, key: &str, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(sent) = entry.get(key).filter(|sent| sent.as_str() != Some("")) else { return Ok(None) };
    let number = sent.as_i64().or_else(|| sent.as_str().and_then(|text| text.parse().ok()));
    let written = sent.as_str().map_or_else(|| sent.to_string(), str::to_owned);
    number.map(Some).ok_or_else(|| {
        Refusal::invalid(format!("Invalid integer: {written}"))
            .code("parameter_invalid_integer")
            .param(inside(name, key))
    })
}

/// `amount` alone, or `invoice_items[0][amount]`.
fn inside(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}[{key}]") }
}

/// The price that an entry names or describes.
fn price(world: &Universe, entry: &Value, name: &str) -> Result<Option<Value>, Refusal> {
    if let Some(data) = entry.get("price_data").filter(|data| data.is_object()) {
        return price_of_data(world, data, &inside(name, "price_data"), false).map(Some);
    }
    let (id, param) = match (entry.pointer("/pricing/price"), entry.get("price")) {
        (Some(id), _) => (id.as_str().unwrap_or(""), inside(name, "pricing[price]")),
        (None, Some(id)) => (id.as_str().unwrap_or(""), inside(name, "price")),
        (None, None) => return Ok(None),
    };
    let found = world.catalog.find(id).filter(|found| text(found, "object") == "price");
    let found = found.cloned().ok_or_else(|| Refusal::missing("price", id, &param))?;
    if found.get("active") == Some(&Value::Bool(false)) {
        return Err(Refusal::invalid(
            "The price specified is inactive. This field only accepts active prices.",
        )
        .param(param));
    }
    let product = world.catalog.find(text(&found, "product"));
    if product.is_some_and(|product| product.get("active") == Some(&Value::Bool(false))) {
        return Err(Refusal::invalid(format!("The product {} is inactive.", text(&found, "product")))
            .code("product_inactive")
            .param(param));
    }
    Ok(Some(found))
}

/// Amount, words, price and period of an item as the call describes it. `currency`: the one that is expected,
/// empty when any will do.
pub(super) fn priced(
    world: &Universe,
    entry: &Value,
    name: &str,
    currency: &str,
) -> Result<Map<String, Value>, Refusal> {
    let (amount, quantity) = (number(entry, "amount", name)?, number(entry, "quantity", name)?);
    let unit = number(entry, "unit_amount", name)?.or(number(entry, "unit_amount_decimal", name)?);
    let price = price(world, entry, name)?;
    if amount.is_some() && price.is_some() {
        return Err(Refusal::invalid(format!(
            "You may only specify one of these parameters: {}, {}.",
            inside(name, "amount"),
            inside(name, "price")
        ))
        .code("parameters_exclusive")
        .param(inside(name, "amount")));
    }
    if quantity.is_some_and(|quantity| quantity < 0) {
        return Err(Refusal::invalid("This value must be greater than or equal to 0.")
            .code("parameter_invalid_integer")
            .param(inside(name, "quantity")));
    }
    let count = quantity.unwrap_or(1);
    let each = price.as_ref().map(|price| int(price, "unit_amount")).or(unit);
    let total = match (amount, each) {
        (Some(amount), _) => amount,
        (None, Some(each)) => each.saturating_mul(count),
        (None, None) => return Err(required(&inside(name, "amount"))),
    };
    if total.abs() > AMOUNT_MOST {
        return Err(Refusal::invalid("Amount must be no more than 999,999,999,999.")
            .code("amount_too_large")
            .param(inside(name, "amount")));
    }
    let sent = text(entry, "currency");
    let own = price.as_ref().map_or(sent, |price| text(price, "currency"));
    let own = if own.is_empty() { currency } else { own };
    if own.is_empty() {
        return Err(required(&inside(name, "currency")));
    }
    if !currency.is_empty() && own != currency {
        return Err(Refusal::invalid(format!(
            "The currency of the invoice item ({own}) does not match the currency of the invoice ({currency})."
        ))
        .param(inside(name, "currency")));
    }
    let words = text(entry, "description");
    let product = price.as_ref().and_then(|price| world.catalog.find(text(price, "product")));
    let words = match (words, product) {
        ("", Some(product)) => json!(text(product, "name")),
        ("", None) => Value::Null,
        (words, _) => json!(words),
    };
    let flag = entry.get("discountable").map(|sent| sent != &json!(false) && sent.as_str() != Some("false"));
    let mut fields = json!({
        "amount": total, "currency": own, "description": words, "discountable": flag.unwrap_or(true),
        "net_amount": total,
        "pricing": {
            "price_details": price.as_ref().map(|price| json!({"price": text(price, "id"), "product": text(price, "product")})),
            "type": "price_details", "unit_amount_decimal": each.unwrap_or(total).to_string(),
        },
        "quantity": count, "quantity_decimal": count.to_string(),
    });
    if let Some(period) = entry.get("period").filter(|period| period.is_object()) {
        let name = inside(name, "period");
        let needed = |key| number(period, key, &name)?.ok_or_else(|| required(&format!("{name}[{key}]")));
        let (start, end) = (needed("start")?, needed("end")?);
        if end < start {
            return Err(Refusal::invalid("The period end must not be before its start.")
                .param(format!("{name}[end]")));
        }
        set(&mut fields, "period", json!({"end": end, "start": start}));
    }
    Ok(fields.as_object().cloned().unwrap_or_default())
}

/// An item of a customer, before the call's own members.
pub(super) fn blank(subscription: &Value, (id, now): (&str, i64)) -> Value {
    let of = text(subscription, "id");
    json!({
        "id": id, "object": "invoiceitem", "amount": 0, "currency": subscription.get("currency"),
        "customer": subscription.get("customer"), "customer_account": null, "date": now,
        "description": null, "discountable": true, "discounts": [], "invoice": null, "livemode": false,
        "metadata": {}, "net_amount": 0,
        "parent": (!of.is_empty()).then(|| json!({
            "subscription_details": {"subscription": of}, "type": "subscription_details",
        })),
        "period": {"end": now, "start": now}, "pricing": null, "proration": false, "quantity": 1,
        "quantity_decimal": "1", "tax_rates": [], "test_clock": null,
    })
}

impl Universe {
    /// Puts an amount on the next invoice of a subscription.
    pub(super) fn add_item(
        &mut self,
        call: &Call,
        subscription: &Value,
        fields: Map<String, Value>,
    ) -> Value {
        let owner = self.owner_of(text(subscription, "customer")).unwrap_or(CATALOG);
        let item = self.add(Kind::InvoiceItem, owner, |id| {
            super::super::value::joined(blank(subscription, (id, call.now)), Value::Object(fields))
        });
        self.say(call, "invoiceitem.created", &item, None);
        item
    }
}

/// The draft that the item goes on at once.
fn draft(world: &mut Universe, call: &Call, customer: &str) -> Result<Option<Value>, Refusal> {
    let Some(id) = text_param(call, &["invoice"]) else { return Ok(None) };
    let (invoice, _) = world.must(Kind::Invoice, id, "invoice")?;
    if text(&invoice, "customer") != customer {
        return Err(Refusal::missing("invoice", id, "invoice"));
    }
    if text(&invoice, "status") != "draft" {
        return Err(Refusal::invalid("Invalid invoice: This invoice is no longer editable")
            .code("invoice_not_editable")
            .param("invoice"));
    }
    Ok(Some(invoice))
}

/// The subscription whose next invoice it waits for.
fn subscription(world: &mut Universe, call: &Call, customer: &str) -> Result<Option<Value>, Refusal> {
    let Some(id) = text_param(call, &["subscription"]) else { return Ok(None) };
    let (subscription, _) = world.must(Kind::Subscription, id, "subscription")?;
    if text(&subscription, "customer") != customer || over(&subscription) {
        return Err(Refusal::missing("subscription", id, "subscription"));
    }
    Ok(Some(subscription))
}

/// `POST /v1/invoiceitems`
pub(in crate::sandbox) fn create(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let id = text_param(call, &["customer"]).ok_or_else(|| required("customer"))?;
    let (customer, owner) = world.must(Kind::Customer, id, "customer")?;
    if super::super::value::flag(&customer, "deleted") {
        return Err(Refusal::missing("customer", id, "customer"));
    }
    let draft = draft(world, call, id)?;
    let subscription = subscription(world, call, id)?;
    let expected =
        [&draft, &subscription].into_iter().flatten().map(|object| text(object, "currency")).next();
    let entry = Value::Object(call.params.clone());
    let fields = priced(world, &entry, "", expected.unwrap_or(""))?;
    let mut metadata = Map::new();
    merge_metadata(call, &mut metadata)?;
    let wanted = discounts::wanted(world, call, &["discounts"], id)?;
    let whose = subscription.unwrap_or_else(|| json!({"customer": id}));
    let item = world.fresh(Kind::InvoiceItem, owner);
    let ids = world.redeem(call, (id, &json!({"invoice_item": item})), &wanted.unwrap_or_default());
    let mut made = super::super::value::joined(blank(&whose, (&item, call.now)), Value::Object(fields));
    set(&mut made, "metadata", metadata);
    set(&mut made, "discounts", ids);
    if let Some(draft) = &draft {
        set(&mut made, "invoice", text(draft, "id"));
    }
    world.add(Kind::InvoiceItem, owner, |_| made.clone());
    world.say(call, "invoiceitem.created", &made, None);
    if let Some(draft) = draft {
        let at = draft.pointer("/lines/data").and_then(Value::as_array).map_or(0, Vec::len);
        let line = item_line(&made, &world.line_id(text(&draft, "id"), id, at), text(&draft, "id"));
        relined(world, call, &draft, |lines| lines.push(line));
    }
    Ok(made)
}

/// Changes the lines of a draft, and its sums with them.
fn relined(world: &mut Universe, call: &Call, before: &Value, change: impl FnOnce(&mut Vec<Value>)) {
    let mut invoice = before.clone();
    if let Some(lines) = invoice.pointer_mut("/lines/data").and_then(Value::as_array_mut) {
        change(lines);
    }
    let subscription = world.by_id(super::invoices::subscription_of(before));
    let whose = subscription.unwrap_or_else(|| json!({"customer": before.get("customer")}));
    let offs = world.offs(&whose, int(before, "created"));
    let customer = world.by_id(text(before, "customer")).unwrap_or(Value::Null);
    retotal(&mut invoice, &offs, int(&customer, "balance"));
    set(&mut invoice, "ending_balance", Value::Null);
    world.put(&invoice);
    world.say(call, "invoice.updated", &invoice, Some(before));
}

/// `DELETE /v1/invoiceitems/{id}`: while it waits, or lies on a draft.
pub(in crate::sandbox) fn delete(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (item, _) = world.must(Kind::InvoiceItem, path_id(call), "id")?;
    let id = text(&item, "id").to_owned();
    if let Some(invoice) = world.by_id(text(&item, "invoice")) {
        if text(&invoice, "status") != "draft" {
            return Err(Refusal::invalid(
                "This invoice item is attached to an invoice that is no longer editable, and cannot be deleted.",
            )
            .code("invoice_not_editable"));
        }
        relined(world, call, &invoice, |lines| {
            lines.retain(|line| {
                ["invoice_item_details", "subscription_item_details"].iter().all(|kind| {
                    line.pointer(&format!("/parent/{kind}/invoice_item")).and_then(Value::as_str)
                        != Some(id.as_str())
                })
            });
        });
    }
    world.remove(&item);
    world.say(call, "invoiceitem.deleted", &item, None);
    Ok(json!({"id": id, "object": "invoiceitem", "deleted": true}))
}
