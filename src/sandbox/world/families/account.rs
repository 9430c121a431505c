//! The account itself, its balance and movements, its events.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        calendar::DAY,
        kind::Kind,
        params::{boolean, text_param, texts},
        value::text,
    },
    same,
};
use crate::sandbox::{
    call::Call,
    error::Refusal,
    world::lists::{Scope, list_short},
};

/// Events reach back so many days.
const EVENTS_DAYS: i64 = 30;
const TYPES_MOST: usize = 20;

#[expect(clippy::unnecessary_wraps, reason = "every row of the table answers alike")]
pub(in crate::sandbox) fn account(world: &mut Universe, _: &Call) -> Result<Value, Refusal> {
    let id = crate::sandbox::auth::account_id(world.seed);
    Ok(json!({
        "id": id, "object": "account",
        "business_profile": {"name": "Lantern Software", "support_email": "help@example.com", "url": "https://example.com"},
        "business_type": "company", "capabilities": {"card_payments": "active", "sepa_debit_payments": "active"},
        "charges_enabled": true, "country": "US", "created": world.base - 760 * DAY,
        "default_currency": "usd", "details_submitted": true, "email": "owner@example.com", "metadata": {},
        "payouts_enabled": true,
        "settings": {
            "branding": {"icon": null, "logo": null, "primary_color": null, "secondary_color": null},
            "dashboard": {"display_name": "Lantern Software", "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": "LANTERN SOFTWARE"},
        },
        "type": "standard",
    }))
}

/// What the movements of the whole account come to; nothing here is paid out.
#[expect(clippy::unnecessary_wraps, reason = "every row of the table answers alike")]
pub(in crate::sandbox) fn balance(world: &mut Universe, _: &Call) -> Result<Value, Refusal> {
    let sums = world.balances();
    let rows = |amount: fn(&(i64, i64)) -> i64| -> Vec<Value> {
        let row = |(currency, sum): (&String, &(i64, i64))| {
            let amount = amount(sum);
            json!({"amount": amount, "currency": currency, "source_types": {"card": amount}})
        };
        sums.iter().map(row).collect()
    };
    Ok(json!({
        "object": "balance", "available": rows(|sum| sum.0), "livemode": false, "pending": rows(|sum| sum.1),
    }))
}

pub(in crate::sandbox) fn movements(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    if let Some(payout) = text_param(call, &["payout"]) {
        return Err(Refusal::missing("payout", payout, "payout"));
    }
    let scope = match text_param(call, &["source"]) {
        Some(id) => world.owner_of(id).map_or(Scope::Nobody, Scope::One),
        None => Scope::All,
    };
    world.list(call, Kind::Transaction, scope, |movement| {
        ["source", "type", "currency"].iter().all(|name| same(call, name, movement))
    })
}

pub(in crate::sandbox) fn events(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let since = call.now - EVENTS_DAYS * DAY;
    let types = texts(call, &["types"]);
    if text_param(call, &["type"]).is_some() && !types.is_empty() {
        return Err(Refusal::invalid("You may only specify one of these parameters: type, types."));
    }
    if types.len() > TYPES_MOST {
        return Err(
            Refusal::invalid(format!("You can filter by at most {TYPES_MOST} event types.")).param("types")
        );
    }
    if boolean(call, &["delivery_success"])? == Some(false) {
        // No webhook endpoint is there that could have failed.
        return world.list(call, Kind::Event, Scope::Nobody, |_| true);
    }
    let wanted = |event: &Value| {
        let name = text(event, "type");
        let one = text_param(call, &["type"]).is_none_or(|pattern| type_matches(pattern, name));
        one && (types.is_empty() || types.iter().any(|pattern| type_matches(pattern, name)))
    };
    world.list_since(call, (Kind::Event, Scope::All), since, wanted)
}

/// `charge.*` stands for every event of charges.
fn type_matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// Nobody here pays by Checkout.
pub(in crate::sandbox) fn checkout_sessions(_: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    list_short(call, &[], "checkout.session")
}
