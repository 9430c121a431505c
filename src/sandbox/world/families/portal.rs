//! Links with which a customer manages cards, invoices and subscriptions alone.

use serde_json::{Map, Value, json};

use super::super::{
    Universe,
    fields::bounded,
    ids::{CATALOG, base62, mix},
    kind::Kind,
    params::{choice, moment, param, required, text_param, written},
    value::{flag, text},
};
use crate::sandbox::{call::Call, error::Refusal};

const LOCALES: [&str; 47] = [
    "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN", "en-NZ",
    "en-SG", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt",
    "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh",
    "zh-HK", "zh-TW",
];
/// Flows that begin with one subscription, named as the hash that carries it.
const OF_SUBSCRIPTION: [&str; 4] =
    ["subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm"];
const FLOWS: [&str; 6] = [
    "customer_update",
    "payment_method_update",
    "subscription_cancel",
    "subscription_pause",
    "subscription_update",
    "subscription_update_confirm",
];
const COMPLETIONS: [&str; 3] = ["hosted_confirmation", "portal_homepage", "redirect"];
const MESSAGE_LENGTH: usize = 500;
const URL_LENGTH: usize = 5_000;

pub(in crate::sandbox) fn create(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    super::no_customer_account(call)?;
    let id = text_param(call, &["customer"]).ok_or_else(|| required("customer"))?;
    let (customer, owner) = world.must(Kind::Customer, id, "customer")?;
    if flag(&customer, "deleted") {
        return Err(Refusal::missing("customer", id, "customer"));
    }
    let configuration = world.ids.write(Kind::PortalConfiguration, CATALOG, 0);
    if let Some(asked) = text_param(call, &["configuration"]).filter(|asked| *asked != configuration) {
        return Err(Refusal::missing(Kind::PortalConfiguration.noun(), asked, "configuration"));
    }
    if let Some(account) = text_param(call, &["on_behalf_of"]) {
        return Err(Refusal::invalid(format!("No such account: '{account}'"))
            .code("account_invalid")
            .param("on_behalf_of"));
    }
    let locale = choice(call, &["locale"], &LOCALES)?;
    let back = url(call, &["return_url"])?;
    let flow = flow(world, call, owner)?;
    let expiry = after_expiration(call)?;
    let seed = world.seed;
    let session = world.add(Kind::PortalSession, owner, |id| {
        // Whoever has the address acts as the customer: it cannot be told from the id without the seed.
        let secret = id.bytes().fold(seed, |sum, letter| mix(sum ^ u64::from(letter)));
        let token = base62(u128::from(secret) << 64 | u128::from(mix(secret)), 22);
        json!({
            "id": id, "object": "billing_portal.session", "after_expiration": expiry,
            "configuration": configuration, "created": call.now, "customer": text(&customer, "id"),
            "customer_account": null, "flow": flow, "livemode": false, "locale": locale, "on_behalf_of": null,
            "return_url": back, "url": format!("https://billing.stripe.com/p/session/test_{token}"),
        })
    });
    world.say(call, "billing_portal.session.created", &session, None);
    Ok(session)
}

/// An address of the web, whole.
fn url<'a>(call: &'a Call, path: &[&str]) -> Result<Option<&'a str>, Refusal> {
    let Some(sent) = bounded(call, path, URL_LENGTH)? else { return Ok(None) };
    let host =
        sent.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme)).map(|(_, rest)| rest);
    let whole = host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']));
    if whole && !sent.contains(char::is_whitespace) {
        return Ok(Some(sent));
    }
    Err(Refusal::invalid("Not a valid URL").code("url_invalid").param(written(path)))
}

/// Where the link leads to first; null is the portal's own page.
fn flow(world: &mut Universe, call: &Call, owner: u32) -> Result<Value, Refusal> {
    if param(call, &["flow_data"]).is_none_or(|sent| !sent.is_object()) {
        return Ok(Value::Null);
    }
    let kind = choice(call, &["flow_data", "type"], &FLOWS)?.ok_or_else(|| required("flow_data[type]"))?;
    for other in OF_SUBSCRIPTION {
        if other != kind && param(call, &["flow_data", other]).is_some_and(Value::is_object) {
            return Err(Refusal::invalid(format!(
                "You may only provide `flow_data[{other}]` when `flow_data[type]` is `{other}`."
            ))
            .param(format!("flow_data[{other}]")));
        }
    }
    let mut found = Map::new();
    found.insert("after_completion".to_owned(), after_completion(call)?);
    found.insert(
        "customer_update".to_owned(),
        if kind == "customer_update" { json!({}) } else { Value::Null },
    );
    for name in OF_SUBSCRIPTION {
        let part = if name == kind { of_subscription(world, call, owner, name)? } else { Value::Null };
        found.insert(name.to_owned(), part);
    }
    found.insert("type".to_owned(), json!(kind));
    Ok(Value::Object(found))
}

fn of_subscription(world: &mut Universe, call: &Call, owner: u32, kind: &str) -> Result<Value, Refusal> {
    let path = ["flow_data", kind, "subscription"];
    let name = written(&path);
    let id = text_param(call, &path).ok_or_else(|| required(&name))?;
    let (subscription, of) = world.must(Kind::Subscription, id, &name)?;
    if of != owner {
        return Err(
            Refusal::invalid(format!("The subscription {id} does not belong to this customer.")).param(name)
        );
    }
    let status = text(&subscription, "status");
    if super::proration::over(&subscription) {
        return Err(Refusal::invalid(format!(
            "The subscription {id} has a status of {status}; its flow cannot start."
        ))
        .param(name));
    }
    Ok(match kind {
        "subscription_cancel" => json!({"retention": retention(world, call)?, "subscription": id}),
        "subscription_update_confirm" => {
            let items = param(call, &["flow_data", kind, "items"]);
            let items = items.and_then(Value::as_array).filter(|items| !items.is_empty());
            let items = items.ok_or_else(|| required("flow_data[subscription_update_confirm][items]"))?;
            let held = super::proration::items(&subscription);
            for (at, item) in items.iter().enumerate() {
                if !held.iter().any(|own| text(own, "id") == text(item, "id")) {
                    let place = format!("flow_data[{kind}][items][{at}][id]");
                    return Err(Refusal::missing(Kind::SubscriptionItem.noun(), text(item, "id"), &place));
                }
            }
            let member = |item: &Value, key: &str| item.get(key).cloned().unwrap_or(Value::Null);
            let items: Vec<Value> = items
                .iter()
                .map(|item| {
                    let quantity = text(item, "quantity").parse::<i64>().ok();
                    json!({"id": member(item, "id"), "price": member(item, "price"), "quantity": quantity})
                })
                .collect();
            let discounts = param(call, &["flow_data", kind, "discounts"]).cloned();
            json!({"discounts": discounts, "items": items, "subscription": id})
        }
        _ => json!({"subscription": id}),
    })
}

/// The coupon offered to whoever is about to leave.
fn retention(world: &Universe, call: &Call) -> Result<Value, Refusal> {
    let at = ["flow_data", "subscription_cancel", "retention"];
    if param(call, &at).is_none_or(|sent| !sent.is_object()) {
        return Ok(Value::Null);
    }
    let [first, second, third] = at;
    choice(call, &[first, second, third, "type"], &["coupon_offer"])?
        .ok_or_else(|| required("flow_data[subscription_cancel][retention][type]"))?;
    let path = [first, second, third, "coupon_offer", "coupon"];
    let name = written(&path);
    let coupon = text_param(call, &path).ok_or_else(|| required(&name))?;
    if world.catalog.find(coupon).is_none_or(|found| text(found, "object") != "coupon") {
        return Err(Refusal::missing("coupon", coupon, &name));
    }
    Ok(json!({"coupon_offer": {"coupon": coupon}, "type": "coupon_offer"}))
}

fn after_completion(call: &Call) -> Result<Value, Refusal> {
    let [first, second] = ["flow_data", "after_completion"];
    if param(call, &[first, second]).is_none_or(|sent| !sent.is_object()) {
        return Ok(json!({"hosted_confirmation": null, "redirect": null, "type": "portal_homepage"}));
    }
    let kind = choice(call, &[first, second, "type"], &COMPLETIONS)?
        .ok_or_else(|| required("flow_data[after_completion][type]"))?;
    let message = bounded(call, &[first, second, "hosted_confirmation", "custom_message"], MESSAGE_LENGTH)?;
    let back = url(call, &[first, second, "redirect", "return_url"])?;
    if kind == "redirect" && back.is_none() {
        return Err(required("flow_data[after_completion][redirect][return_url]"));
    }
    Ok(json!({
        "hosted_confirmation": (kind == "hosted_confirmation").then(|| json!({"custom_message": message})),
        "redirect": (kind == "redirect").then(|| json!({"return_url": back})), "type": kind,
    }))
}

fn after_expiration(call: &Call) -> Result<Value, Refusal> {
    if param(call, &["after_expiration"]).is_none_or(|sent| !sent.is_object()) {
        return Ok(Value::Null);
    }
    let kind = choice(call, &["after_expiration", "type"], &["customer_login"])?
        .ok_or_else(|| required("after_expiration[type]"))?;
    let path = ["after_expiration", "customer_login", "expires_at"];
    let until = moment(call, &path)?;
    if until.is_some_and(|until| until <= call.now) {
        return Err(Refusal::invalid("This timestamp must be in the future.").param(written(&path)));
    }
    Ok(json!({"customer_login": {"expires_at": until}, "type": kind}))
}
