//! `POST /v1/customers/{id}`: what can be changed about a customer.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        fields::{address, bounded, email_field, shipping, text_field},
        kind::Kind,
        money::Credit,
        params::{boolean, choice, cleared, integer, merge_metadata_of, param, required, text_param, texts},
        value::{int, set, text},
    },
    customers::living,
};
use crate::sandbox::{call::Call, error::Refusal};

const TEXTS: [(&str, usize); 5] =
    [("name", 256), ("phone", 20), ("description", 5_000), ("business_name", 150), ("individual_name", 150)];
const TAX_EXEMPT: [&str; 3] = ["none", "exempt", "reverse"];
const MODES: [&str; 3] = ["automatic", "manual", "merchant_default"];
const VALIDATE: [&str; 3] = ["auto", "deferred", "immediately"];
const TAX_DISPLAYS: [&str; 2] = ["exclude_tax", "include_inclusive_tax"];
const PREFIX_LENGTH: usize = 12;
const FOOTER_LENGTH: usize = 5_000;
const CUSTOM_FIELDS_MOST: usize = 4;
const CUSTOM_NAME_LENGTH: usize = 40;
const CUSTOM_VALUE_LENGTH: usize = 140;

pub(in crate::sandbox) fn update(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = living(world, call, "id")?;
    let mut customer = before.clone();
    merge_metadata_of(call, &mut customer)?;
    about(call, &mut customer)?;
    invoicing(call, &mut customer)?;
    settings(world, call, &mut customer, owner)?;
    sources(call)?;
    boolean(call, &["validate"])?;
    let balance = integer(call, &["balance"])?;
    unshown(world, call, &customer, owner)?;
    if let Some(wanted) = balance.filter(|wanted| *wanted != int(&before, "balance")) {
        let currency = text(&before, "currency").to_owned();
        let credit = Credit {
            amount: wanted - int(&before, "balance"),
            currency: if currency.is_empty() { "usd" } else { &currency },
            kind: "adjustment",
            ..Credit::default()
        };
        world.credit(call, &mut customer, owner, &credit);
    }
    world.put(&customer);
    if customer != before {
        world.say(call, "customer.updated", &customer, Some(&before));
    }
    Ok(customer)
}

/// Who it is and where.
fn about(call: &Call, customer: &mut Value) -> Result<(), Refusal> {
    for (name, most) in TEXTS {
        text_field(call, customer, name, most)?;
    }
    email_field(call, customer, "email")?;
    for name in ["address", "shipping"] {
        if cleared(call, &[name]) {
            set(customer, name, Value::Null);
        }
    }
    if let Some(address) = address(call, &["address"])? {
        set(customer, "address", address);
    }
    if let Some(shipping) = shipping(call, &["phone"])? {
        set(customer, "shipping", shipping);
    }
    if cleared(call, &["tax_exempt"]) {
        set(customer, "tax_exempt", "none");
    } else if let Some(exempt) = choice(call, &["tax_exempt"], &TAX_EXEMPT)? {
        set(customer, "tax_exempt", exempt);
    }
    if param(call, &["preferred_locales"]).is_some() {
        set(customer, "preferred_locales", json!(texts(call, &["preferred_locales"])));
    }
    Ok(())
}

/// How the customer's invoices are numbered.
fn invoicing(call: &Call, customer: &mut Value) -> Result<(), Refusal> {
    if let Some(prefix) = bounded(call, &["invoice_prefix"], PREFIX_LENGTH)? {
        if !prefix.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()) {
            return Err(Refusal::invalid("The invoice prefix must be 1–12 uppercase letters or numbers.")
                .param("invoice_prefix"));
        }
        set(customer, "invoice_prefix", prefix);
    }
    if let Some(next) = integer(call, &["next_invoice_sequence"])? {
        let least = int(customer, "next_invoice_sequence");
        if next < least {
            return Err(Refusal::invalid(format!(
                "The next invoice sequence must be at least {least}, since lower numbers are already used."
            ))
            .param("next_invoice_sequence"));
        }
        set(customer, "next_invoice_sequence", next);
    }
    Ok(())
}

/// `invoice_settings`, member by member.
fn settings(world: &mut Universe, call: &Call, customer: &mut Value, owner: u32) -> Result<(), Refusal> {
    let mut found = customer.get("invoice_settings").cloned().unwrap_or_else(|| json!({}));
    let default = ["invoice_settings", "default_payment_method"];
    if cleared(call, &default) {
        set(&mut found, "default_payment_method", Value::Null);
    } else if let Some(id) = text_param(call, &default) {
        let (method, of) = world.must(Kind::PaymentMethod, id, "invoice_settings[default_payment_method]")?;
        if of != owner || text(&method, "customer").is_empty() {
            return Err(Refusal::invalid(format!(
                "The customer does not have a payment method with the ID {id}. The payment method must be attached to \
                 the customer."
            ))
            .code("resource_missing")
            .param("invoice_settings[default_payment_method]"));
        }
        set(&mut found, "default_payment_method", id);
    }
    if cleared(call, &["invoice_settings", "footer"]) {
        set(&mut found, "footer", Value::Null);
    } else if let Some(footer) = bounded(call, &["invoice_settings", "footer"], FOOTER_LENGTH)? {
        set(&mut found, "footer", footer);
    }
    if cleared(call, &["invoice_settings", "custom_fields"]) {
        set(&mut found, "custom_fields", Value::Null);
    } else if let Some(Value::Array(fields)) = param(call, &["invoice_settings", "custom_fields"]) {
        set(&mut found, "custom_fields", custom_fields(fields)?);
    }
    if cleared(call, &["invoice_settings", "rendering_options"]) {
        set(&mut found, "rendering_options", Value::Null);
    } else if param(call, &["invoice_settings", "rendering_options"]).is_some() {
        let path = ["invoice_settings", "rendering_options", "amount_tax_display"];
        let display = choice(call, &path, &TAX_DISPLAYS)?;
        if let Some(id) = text_param(call, &["invoice_settings", "rendering_options", "template"]) {
            return Err(Refusal::missing(
                "invoice rendering template",
                id,
                "invoice_settings[rendering_options][template]",
            ));
        }
        set(&mut found, "rendering_options", json!({"amount_tax_display": display, "template": null}));
    }
    set(customer, "invoice_settings", found);
    Ok(())
}

fn custom_fields(fields: &[Value]) -> Result<Value, Refusal> {
    let param = "invoice_settings[custom_fields]";
    if fields.len() > CUSTOM_FIELDS_MOST {
        let message = format!("You can set up to {CUSTOM_FIELDS_MOST} custom fields.");
        return Err(Refusal::invalid(message).param(param));
    }
    let mut found = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        for (name, most) in [("name", CUSTOM_NAME_LENGTH), ("value", CUSTOM_VALUE_LENGTH)] {
            let place = format!("{param}[{at}][{name}]");
            match text(field, name) {
                "" => return Err(required(&place)),
                long if long.chars().count() > most => {
                    let message = format!("Invalid string: {long}; must be at most {most} characters");
                    return Err(Refusal::invalid(message).param(place));
                }
                _ => {}
            }
        }
        found.push(json!({"name": text(field, "name"), "value": text(field, "value")}));
    }
    Ok(Value::Array(found))
}

/// Sources are from before payment methods; nobody here has one, and tokens cannot be made here.
fn sources(call: &Call) -> Result<(), Refusal> {
    if let Some(id) = text_param(call, &["default_source"]) {
        return Err(Refusal::missing("source", id, "default_source"));
    }
    match text_param(call, &["source"]) {
        Some(id) if id.starts_with("tok_") => Err(Refusal::missing("token", id, "source")),
        Some(id) => Err(Refusal::missing("source", id, "source")),
        None => Ok(()),
    }
}

/// What is seen only where it is expanded: tax location, and how cash is matched.
fn unshown(world: &mut Universe, call: &Call, customer: &Value, owner: u32) -> Result<(), Refusal> {
    let mode = choice(call, &["cash_balance", "settings", "reconciliation_mode"], &MODES)?.map(str::to_owned);
    let ip_path = ["tax", "ip_address"];
    let ip = text_param(call, &ip_path).map(str::to_owned);
    if let Some(wrong) = ip.as_deref().filter(|ip| ip.parse::<std::net::IpAddr>().is_err()) {
        return Err(Refusal::invalid(format!("Invalid IP address: {wrong}")).param("tax[ip_address]"));
    }
    let now = choice(call, &["tax", "validate_location"], &VALIDATE)? == Some("immediately");
    let placed = customer.pointer("/address/country").is_some_and(Value::is_string);
    if now && !placed && ip.is_none() {
        return Err(Refusal::invalid(
            "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate \
             tax.",
        )
        .code("customer_tax_location_invalid"));
    }
    let unshown = world.unshown.entry(owner).or_default();
    if let Some(mode) = mode {
        unshown.reconciliation = Some(mode).filter(|mode| mode != "merchant_default");
    }
    if ip.is_some() || cleared(call, &ip_path) {
        unshown.tax_ip = ip;
    }
    Ok(())
}
