//! Coupons and promotion codes put on a subscription, an item or a preview, and taken off again.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        calendar::add_months,
        kind::Kind,
        params::{cleared, param, written},
        value::{flag, int, joined, set, text},
    },
    bill::offs::Off,
    path_id,
};
use crate::sandbox::{call::Call, error::Refusal};

/// One entry of `discounts[]`.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Kept(String),
    New { coupon: Value, code: Option<String> },
}

/// Why a promotion code cannot be redeemed here; None when it can.
fn barred(code: &Value, customer: &str, now: i64) -> Option<&'static str> {
    let ended = code.get("expires_at").and_then(Value::as_i64).is_some_and(|end| end <= now);
    let restrictions = code.get("restrictions").unwrap_or(&Value::Null);
    let whose = text(code, "customer");
    if ended {
        Some("it has expired")
    } else if !flag(code, "active") {
        Some("it is inactive")
    } else if !whose.is_empty() && whose != customer {
        Some("it belongs to another customer")
    } else if flag(restrictions, "first_time_transaction") {
        Some("the associated customer has prior transactions")
    } else {
        None
    }
}

fn by_code(world: &Universe, id: &str, customer: &str, (name, now): (&str, i64)) -> Result<Wanted, Refusal> {
    let code = world.catalog.find(id).filter(|found| text(found, "object") == "promotion_code");
    let code = code.ok_or_else(|| Refusal::missing("promotion code", id, name))?;
    if let Some(why) = barred(code, customer, now) {
        return Err(
            Refusal::invalid(format!("This promotion code cannot be redeemed because {why}.")).param(name)
        );
    }
    if int(code.get("restrictions").unwrap_or(&Value::Null), "minimum_amount") > 0 {
        return Err(Refusal::invalid(
            "This promotion code cannot be redeemed on a subscription update because it uses the `minimum_amount` restriction and the amount may change.",
        )
        .param(name));
    }
    let coupon = code.pointer("/promotion/coupon").and_then(Value::as_str).unwrap_or("");
    let coupon = by_coupon(world, coupon, name)?;
    Ok(match coupon {
        Wanted::New { coupon, .. } => Wanted::New { coupon, code: Some(id.to_owned()) },
        kept @ Wanted::Kept(_) => kept,
    })
}

fn by_coupon(world: &Universe, id: &str, name: &str) -> Result<Wanted, Refusal> {
    let coupon = world.catalog.find(id).filter(|found| text(found, "object") == "coupon");
    let coupon = coupon.ok_or_else(|| Refusal::missing("coupon", id, name))?;
    if !flag(coupon, "valid") {
        return Err(Refusal::invalid(format!("Coupon expired: {id}")).code("coupon_expired").param(name));
    }
    Ok(Wanted::New { coupon: coupon.clone(), code: None })
}

/// Reads `discounts[]` at a path. None: nothing is to change; an empty text clears, an empty list changes
/// nothing.
pub(super) fn wanted(
    world: &mut Universe,
    call: &Call,
    path: &[&str],
    customer: &str,
) -> Result<Option<Vec<Wanted>>, Refusal> {
    if cleared(call, path) {
        return Ok(Some(vec![]));
    }
    let Some(Value::Array(entries)) = param(call, path).filter(|list| **list != json!([])) else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let name = |key: &str| format!("{}[{at}][{key}]", written(path));
        let named = |key: &str| entry.get(key).and_then(Value::as_str).filter(|id| !id.is_empty());
        found.push(match (named("discount"), named("promotion_code"), named("coupon")) {
            (Some(id), None, None) => {
                world.must(Kind::Discount, id, &name("discount"))?;
                Wanted::Kept(id.to_owned())
            }
            (None, Some(id), None) => by_code(world, id, customer, (&name("promotion_code"), call.now))?,
            (None, None, Some(id)) => by_coupon(world, id, &name("coupon"))?,
            _ => {
                return Err(Refusal::invalid(
                    "Each discount must have exactly one of: coupon, discount, promotion_code.",
                )
                .param(format!("{}[{at}]", written(path))));
            }
        });
    }
    Ok(Some(found))
}

/// The discount that a coupon becomes for an owner: `{subscription: …}` or `{invoice_item: …}`.
fn discount_json(
    id: &str,
    now: i64,
    (customer, owner): (&str, &Value),
    (coupon, code): (&Value, Option<&String>),
) -> Value {
    let months = int(coupon, "duration_in_months");
    joined(
        json!({
            "id": id, "object": "discount", "checkout_session": null, "customer": customer,
            "customer_account": null, "end": (months > 0).then(|| add_months(now, months)), "invoice": null,
            "invoice_item": null, "promotion_code": code,
            "source": {"coupon": text(coupon, "id"), "type": "coupon"}, "start": now, "subscription": null,
            "subscription_item": null,
        }),
        owner.clone(),
    )
}

/// What the wanted discounts will take off, before any of them is made.
pub(super) fn preview(world: &mut Universe, call: &Call, customer: &str, wanted: &[Wanted]) -> Vec<Off> {
    let owner = world.owner_of(customer).unwrap_or(u32::MAX);
    let mut offs = Vec::new();
    for (place, one) in (0_u32..).zip(wanted) {
        let (discount, coupon) = match one {
            Wanted::Kept(id) => {
                let discount = world.by_id(id).unwrap_or(Value::Null);
                let coupon = discount.pointer("/source/coupon").and_then(Value::as_str).unwrap_or("");
                let coupon = world.catalog.find(coupon).cloned().unwrap_or(Value::Null);
                (discount, coupon)
            }
            Wanted::New { coupon, code } => {
                let id = world.ids.write(Kind::Discount, owner, u32::MAX - place);
                (
                    discount_json(&id, call.now, (customer, &Value::Null), (coupon, code.as_ref())),
                    coupon.clone(),
                )
            }
        };
        offs.push(Off::new(&discount, &coupon));
    }
    offs
}

impl Universe {
    /// Makes the wanted discounts; gives the ids of all that stay.
    pub(super) fn redeem(
        &mut self,
        call: &Call,
        (customer, of): (&str, &Value),
        wanted: &[Wanted],
    ) -> Vec<String> {
        let owner = self.owner_of(customer).unwrap_or(u32::MAX);
        let mut ids = Vec::new();
        for one in wanted {
            match one {
                Wanted::Kept(id) => ids.push(id.clone()),
                Wanted::New { coupon, code } => {
                    let made = self.add(Kind::Discount, owner, |id| {
                        discount_json(id, call.now, (customer, of), (coupon, code.as_ref()))
                    });
                    self.catalog.redeemed(text(coupon, "id"), code.as_deref());
                    self.say(call, "customer.discount.created", &made, None);
                    ids.push(text(&made, "id").to_owned());
                }
            }
        }
        ids
    }

    /// Replaces the discounts of a subscription; those that go end now.
    pub(super) fn discount(&mut self, call: &Call, subscription: &mut Value, wanted: &[Wanted]) {
        let of = json!({"subscription": text(subscription, "id")});
        let customer = text(subscription, "customer").to_owned();
        let ids = self.redeem(call, (&customer, &of), wanted);
        let before = subscription.get("discounts").and_then(Value::as_array).cloned().unwrap_or_default();
        for gone in before.iter().filter_map(Value::as_str).filter(|id| !ids.iter().any(|kept| kept == id)) {
            self.end_discount(call, gone);
        }
        set(subscription, "discounts", ids);
    }

    fn end_discount(&mut self, call: &Call, id: &str) {
        if let Some(mut discount) = self.by_id(id) {
            set(&mut discount, "end", call.now);
            self.put(&discount);
            self.say(call, "customer.discount.deleted", &discount, None);
        }
    }
}

/// `DELETE /v1/subscriptions/{id}/discount`
pub(in crate::sandbox) fn remove(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = world.must(Kind::Subscription, path_id(call), "id")?;
    let mut ids = before.get("discounts").and_then(Value::as_array).cloned().unwrap_or_default();
    if ids.is_empty() {
        let message = format!("No active discount for subscription: {}", path_id(call));
        return Err(Refusal { status: 404, ..Refusal::invalid(message) }.code("resource_missing"));
    }
    let gone = ids.remove(0);
    let gone = gone.as_str().unwrap_or("");
    let mut after = before.clone();
    set(&mut after, "discounts", ids);
    world.put(&after);
    world.end_discount(call, gone);
    world.say(call, "customer.subscription.updated", &after, Some(&before));
    let discount = world.by_id(gone).unwrap_or(Value::Null);
    Ok(joined(discount, json!({"deleted": true})))
}
