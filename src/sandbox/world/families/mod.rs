//! Who answers: one file a family of endpoints. A handler reads the call, asks or changes the world, and
//! returns the object or Stripe's refusal.

pub(in crate::sandbox) mod account;
mod bill;
pub(in crate::sandbox) mod cancel;
pub(in crate::sandbox) mod catalog;
pub(in crate::sandbox) mod charges;
mod credit;
pub(in crate::sandbox) mod credit_notes;
pub(in crate::sandbox) mod customers;
pub(in crate::sandbox) mod discounts;
pub(in crate::sandbox) mod disputes;
pub(in crate::sandbox) mod holds;
pub(in crate::sandbox) mod invoice_items;
pub(in crate::sandbox) mod invoices;
pub(in crate::sandbox) mod pausing;
pub(in crate::sandbox) mod portal;
pub(in crate::sandbox) mod preview;
pub(in crate::sandbox) mod refunds;
pub(in crate::sandbox) mod revise;
pub(in crate::sandbox) mod saved;
pub(in crate::sandbox) mod schedules;
pub(in crate::sandbox) mod settle;
pub(in crate::sandbox) mod subscriptions;
mod terms;
pub(super) mod turns;

use serde_json::{Value, json};

use super::{Universe, kind::Kind, lists::Scope, params::text_param, render::list_of, value::text};
use crate::sandbox::{call::Call, error::Refusal};

/// A charge shows so many of its refunds when they are expanded.
const NESTED_MOST: usize = 10;

/// The id in the path; empty when the route has none.
pub(super) fn path_id(call: &Call) -> &str {
    call.ids.first().map_or("", String::as_str)
}

impl Universe {
    /// Answers `GET …/{id}`.
    pub(in crate::sandbox) fn get(&mut self, call: &Call, kind: Kind) -> Result<Value, Refusal> {
        self.must(kind, path_id(call), "id").map(|found| found.0)
    }

    /// Narrows a list to the customer that the given parameters lead to; each must name an object that exists.
    pub(super) fn scope(&mut self, call: &Call, named: &[(&[&str], Kind)]) -> Result<Scope, Refusal> {
        no_customer_account(call)?;
        let mut scope = Scope::All;
        for (path, kind) in named {
            let Some(id) = text_param(call, path) else { continue };
            let (_, owner) = self.must(*kind, id, &super::params::written(path))?;
            scope = match scope {
                Scope::All => Scope::One(owner),
                Scope::One(other) if other == owner => scope,
                _ => Scope::Nobody,
            };
        }
        Ok(scope)
    }

    /// All objects of a kind of one customer, newest first.
    pub(super) fn all_of(&mut self, kind: Kind, owner: u32) -> Vec<Value> {
        let keys = self.keys_of(kind, owner);
        keys.iter().rev().filter_map(|key| self.fetch(kind, owner, key.ordinal)).collect()
    }
}

/// Customers here are no accounts of their own, so that nobody has the one that is named.
pub(super) fn no_customer_account(call: &Call) -> Result<(), Refusal> {
    text_param(call, &["customer_account"])
        .map_or(Ok(()), |account| Err(Refusal::missing("account", account, "customer_account")))
}

/// True when the object's member is what the parameter of the same name asks, or nothing is asked.
pub(super) fn same(call: &Call, name: &str, object: &Value) -> bool {
    text_param(call, &[name]).is_none_or(|wanted| text(object, name) == wanted)
}

/// Fields that are only there when expanded.
pub(super) fn nested(world: &mut Universe, object: &Value, field: &str) -> Option<Value> {
    let id = text(object, "id").to_owned();
    let owner = world.owner_of(&id).unwrap_or(u32::MAX);
    match (text(object, "object"), field) {
        ("charge", "refunds") => {
            let mut refunds = world.all_of(Kind::Refund, owner);
            refunds.retain(|refund| text(refund, "charge") == id);
            let more = refunds.len() > NESTED_MOST;
            refunds.truncate(NESTED_MOST);
            let mut list = list_of(&refunds, &format!("/v1/charges/{id}/refunds"));
            super::value::set(&mut list, "has_more", more);
            Some(list)
        }
        ("customer", "subscriptions") => {
            let mut found = world.all_of(Kind::Subscription, owner);
            found.retain(|sub| !["canceled", "incomplete_expired"].contains(&text(sub, "status")));
            Some(list_of(&found, &format!("/v1/customers/{id}/subscriptions")))
        }
        ("customer", "tax_ids") => {
            Some(list_of(&world.all_of(Kind::TaxId, owner), &format!("/v1/customers/{id}/tax_ids")))
        }
        ("customer", "sources") => Some(list_of(&[], &format!("/v1/customers/{id}/sources"))),
        ("customer", "invoice_credit_balance") => {
            // Beside `balance` it has the opposite sign: positive is credit.
            let owed = world.balances_of(object, owner);
            let credit = owed.into_iter().filter_map(|(currency, owed)| Some((currency, -owed.as_i64()?)));
            let credit = credit.filter(|(_, credit)| *credit != 0);
            Some(Value::Object(credit.map(|(currency, credit)| (currency, json!(credit))).collect()))
        }
        ("customer", "cash_balance") => Some(world.cash_balance(&id, owner)),
        ("customer", "tax") => {
            let address = object.get("address").filter(|address| !text(address, "country").is_empty());
            let ip = world.unshown.get(&owner).and_then(|unshown| unshown.tax_ip.clone());
            Some(json!({
                "automatic_tax": if address.is_some() { "supported" } else { "unrecognized_location" },
                "ip_address": ip,
                "location": address.map(|address| json!({
                    "country": address.get("country"), "source": "billing_address", "state": address.get("state"),
                })),
                "provider": "stripe",
            }))
        }
        ("invoice", "payments") => {
            let mut payments = world.all_of(Kind::InvoicePayment, owner);
            payments.retain(|payment| text(payment, "invoice") == id);
            Some(list_of(&payments, &format!("/v1/invoice_payments?invoice={id}")))
        }
        ("price", "tiers") if text(object, "billing_scheme") == "tiered" => Some(super::catalog::tiers()),
        _ => None,
    }
}
