//! Finding customers.

use serde_json::Value;

use super::{
    super::{
        Universe,
        kind::Kind,
        lists::Scope,
        params::text_param,
        value::{flag, text},
    },
    path_id,
};
use crate::sandbox::{call::Call, error::Refusal};

pub(in crate::sandbox) fn customers(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    if let Some(clock) = text_param(call, &["test_clock"]) {
        return Err(Refusal::missing("test_clock", clock, "test_clock"));
    }
    let Some(email) = text_param(call, &["email"]) else {
        return world.list(call, Kind::Customer, Scope::All, |customer| !flag(customer, "deleted"));
    };
    // The compact rows say who has the address, so that nobody else is drawn.
    world.index_people();
    let owners: Vec<u32> = world
        .people
        .iter()
        .zip(0..)
        .filter(|(row, _)| text(row, "email") == email)
        .map(|(_, at)| at)
        .collect();
    let ids: Vec<String> = owners.iter().map(|owner| world.ids.write(Kind::Customer, *owner, 0)).collect();
    let scope = match owners.as_slice() {
        [] => Scope::Nobody,
        [one] => Scope::One(*one),
        _ => Scope::All,
    };
    if scope == Scope::All {
        let mut found: Vec<Value> = ids.iter().filter_map(|id| world.by_id(id)).collect();
        found.sort_by_key(|customer| -super::super::value::int(customer, "created"));
        return super::super::lists::list_short(call, &found, "customer");
    }
    world.list(call, Kind::Customer, scope, |customer| ids.iter().any(|id| text(customer, "id") == id))
}

pub(in crate::sandbox) fn search_customers(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    world.search(call, Kind::Customer, &["created", "email", "metadata", "name", "phone"])
}

/// The customer in the path, who must not be deleted. `param`: what Stripe names when there is none.
pub(super) fn living(world: &mut Universe, call: &Call, param: &str) -> Result<(Value, u32), Refusal> {
    let (customer, owner) = world.must(Kind::Customer, path_id(call), param)?;
    if flag(&customer, "deleted") {
        return Err(Refusal::missing("customer", path_id(call), param));
    }
    Ok((customer, owner))
}
