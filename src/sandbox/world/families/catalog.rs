//! Products, prices, coupons and promotion codes.

use serde_json::Value;

use super::{
    super::{
        Universe,
        lists::list_short,
        params::{boolean, choice, text_param, texts},
        value::{flag, text},
    },
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

fn one(world: &Universe, call: &Call, object: &str) -> Result<Value, Refusal> {
    let id = path_id(call);
    let found = world.catalog.find(id).filter(|found| text(found, "object") == object);
    found.cloned().ok_or_else(|| Refusal::missing(&object.replace('_', " "), id, "id"))
}

pub(in crate::sandbox) fn product(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    one(world, call, "product")
}

pub(in crate::sandbox) fn price(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    one(world, call, "price")
}

pub(in crate::sandbox) fn coupon(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    one(world, call, "coupon")
}

pub(in crate::sandbox) fn promotion_code(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    one(world, call, "promotion_code")
}

/// Newest first, as every list.
fn wanted(all: &[Value], keep: impl Fn(&Value) -> bool) -> Vec<Value> {
    all.iter().rev().filter(|object| keep(object)).cloned().collect()
}

pub(in crate::sandbox) fn products(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (active, ids) = (boolean(call, &["active"])?, texts(call, &["ids"]));
    let shippable = boolean(call, &["shippable"])?;
    let cursor = ["starting_after", "ending_before"].iter().any(|name| text_param(call, &[name]).is_some());
    if !ids.is_empty() && cursor {
        return Err(Refusal::invalid(
            "You cannot use `ids` together with `starting_after` or `ending_before`.",
        )
        .param("ids"));
    }
    let found = wanted(&world.catalog.products, |product| {
        active.is_none_or(|active| flag(product, "active") == active)
            && (ids.is_empty() || ids.contains(&text(product, "id")))
            && shippable.is_none_or(|shippable| flag(product, "shippable") == shippable)
            && ["type", "url"].iter().all(|name| same(call, name, product))
    });
    list_short(call, &found, "product")
}

pub(in crate::sandbox) fn prices(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (active, keys) = (boolean(call, &["active"])?, texts(call, &["lookup_keys"]));
    choice(call, &["type"], &["one_time", "recurring"])?;
    choice(call, &["recurring", "interval"], &["month", "year", "week", "day"])?;
    choice(call, &["recurring", "usage_type"], &["metered", "licensed"])?;
    let found = wanted(&world.catalog.prices, |price| {
        let recurring = price.get("recurring").unwrap_or(&Value::Null);
        let every = |name| {
            text_param(call, &["recurring", name]).is_none_or(|wanted| text(recurring, name) == wanted)
        };
        active.is_none_or(|active| flag(price, "active") == active)
            && (keys.is_empty() || keys.contains(&text(price, "lookup_key")))
            && ["currency", "product", "type"].iter().all(|name| same(call, name, price))
            && every("interval")
            && every("usage_type")
            && every("meter")
    });
    list_short(call, &found, "price")
}

pub(in crate::sandbox) fn coupons(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    list_short(call, &wanted(&world.catalog.coupons, |_| true), "coupon")
}

pub(in crate::sandbox) fn promotion_codes(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let active = boolean(call, &["active"])?;
    let coupon = text_param(call, &["coupon"]);
    let code = text_param(call, &["code"]);
    let found = wanted(&world.catalog.codes, |promotion| {
        let of = promotion.pointer("/promotion/coupon").and_then(Value::as_str);
        active.is_none_or(|active| flag(promotion, "active") == active)
            && same(call, "customer", promotion)
            && code.is_none_or(|code| text(promotion, "code").eq_ignore_ascii_case(code))
            && coupon.is_none_or(|coupon| of == Some(coupon))
    });
    list_short(call, &found, "promotion code")
}

pub(in crate::sandbox) fn search_products(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let fields = ["active", "description", "metadata", "name", "shippable", "url"];
    Universe::search_short(call, &wanted(&world.catalog.products, |_| true), &fields)
}

pub(in crate::sandbox) fn search_prices(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let fields = ["active", "currency", "lookup_key", "metadata", "product", "type"];
    Universe::search_short(call, &wanted(&world.catalog.prices, |_| true), &fields)
}
