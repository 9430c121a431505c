//! What is kept with a customer: payment methods, credit and cash, tax ids, a discount.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        fields::{bounded, currency, text_field},
        kind::Kind,
        lists::Scope,
        money::Credit,
        params::{choice, integer, merge_metadata, merge_metadata_of, required, text_param},
        value::{joined, set, text},
    },
    customers::living,
    path_id, same,
};
use crate::sandbox::{call::Call, error::Refusal};

const TYPES: [&str; 57] = [
    "acss_debit",
    "affirm",
    "afterpay_clearpay",
    "alipay",
    "alma",
    "amazon_pay",
    "au_becs_debit",
    "bacs_debit",
    "bancontact",
    "billie",
    "bizum",
    "blik",
    "boleto",
    "card",
    "cashapp",
    "crypto",
    "custom",
    "customer_balance",
    "eps",
    "fpx",
    "giropay",
    "grabpay",
    "ideal",
    "kakao_pay",
    "klarna",
    "konbini",
    "kr_card",
    "link",
    "mb_way",
    "mobilepay",
    "multibanco",
    "naver_pay",
    "nz_bank_account",
    "oxxo",
    "p24",
    "pay_by_bank",
    "payco",
    "paynow",
    "paypal",
    "paypay",
    "payto",
    "pix",
    "promptpay",
    "revolut_pay",
    "samsung_pay",
    "satispay",
    "scalapay",
    "sepa_debit",
    "sequra",
    "sofort",
    "sunbit",
    "swish",
    "twint",
    "upi",
    "us_bank_account",
    "wechat_pay",
    "zip",
];
const REDISPLAY: [&str; 3] = ["always", "limited", "unspecified"];
const DESCRIPTION_LENGTH: usize = 350;
/// Stripe takes amounts of at most eight digits for most ways to pay.
const AMOUNT_MOST: i64 = 99_999_999;

pub(in crate::sandbox) fn payment_methods(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (customer, owner) = living(world, call, "customer")?;
    methods(world, call, Scope::One(owner), Some(text(&customer, "id")))
}

/// `GET /v1/payment_methods`, of one customer or of all.
pub(in crate::sandbox) fn all_payment_methods(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let customer = text_param(call, &["customer"]);
    let scope = world.scope(call, &[(&["customer"], Kind::Customer)])?;
    methods(world, call, scope, customer)
}

fn methods(
    world: &mut Universe,
    call: &Call,
    scope: Scope,
    customer: Option<&str>,
) -> Result<Value, Refusal> {
    choice(call, &["type"], &TYPES)?;
    choice(call, &["allow_redisplay"], &REDISPLAY)?;
    world.list(call, Kind::PaymentMethod, scope, |method| {
        let mine = customer.map_or(!text(method, "customer").is_empty(), |id| text(method, "customer") == id);
        mine && ["type", "allow_redisplay"].iter().all(|name| same(call, name, method))
    })
}

/// Takes a payment method from its customer, for good. Whoever had it as default has none then.
pub(in crate::sandbox) fn detach(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = world.must(Kind::PaymentMethod, path_id(call), "payment_method")?;
    let (id, customer) = (text(&before, "id"), text(&before, "customer"));
    if customer.is_empty() {
        return Err(Refusal::invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
        ));
    }
    let mut method = before.clone();
    set(&mut method, "customer", Value::Null);
    world.put(&method);
    world.say(call, "payment_method.detached", &method, Some(&before));
    let (was, _) = world.must(Kind::Customer, customer, "customer")?;
    if was.pointer("/invoice_settings/default_payment_method").and_then(Value::as_str) == Some(id) {
        let mut now = was.clone();
        if let Some(settings) = now.get_mut("invoice_settings") {
            set(settings, "default_payment_method", Value::Null);
        }
        world.put(&now);
        world.say(call, "customer.updated", &now, Some(&was));
    }
    for was in world.all_of(Kind::Subscription, owner) {
        if text(&was, "default_payment_method") == id {
            let mut now = was.clone();
            set(&mut now, "default_payment_method", Value::Null);
            world.put(&now);
            world.say(call, "customer.subscription.updated", &now, Some(&was));
        }
    }
    Ok(method)
}

pub(in crate::sandbox) fn credit_moves(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (_, owner) = living(world, call, "customer")?;
    world.list(call, Kind::BalanceMove, Scope::One(owner), |movement| same(call, "invoice", movement))
}

/// The change of credit in the path, if it is the customer's.
fn credit_move(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (_, owner) = living(world, call, "customer")?;
    let id = call.ids.get(1).map_or("", String::as_str);
    match world.must(Kind::BalanceMove, id, "transaction")? {
        (movement, of) if of == owner => Ok(movement),
        _ => Err(Refusal::missing(Kind::BalanceMove.noun(), id, "transaction")),
    }
}

pub(in crate::sandbox) fn get_credit_move(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    credit_move(world, call)
}

/// Only what is said about a change can be edited.
pub(in crate::sandbox) fn update_credit_move(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let mut movement = credit_move(world, call)?;
    merge_metadata_of(call, &mut movement)?;
    text_field(call, &mut movement, "description", DESCRIPTION_LENGTH)?;
    world.put(&movement);
    Ok(movement)
}

pub(in crate::sandbox) fn adjust(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, owner) = living(world, call, "customer")?;
    let amount = integer(call, &["amount"])?.ok_or_else(|| required("amount"))?;
    let currency = currency(call, &["currency"])?.ok_or_else(|| required("currency"))?;
    let description = bounded(call, &["description"], DESCRIPTION_LENGTH)?;
    let mut metadata = Map::new();
    merge_metadata(call, &mut metadata)?;
    if amount.abs() > AMOUNT_MOST {
        let most = super::super::render::money_text(AMOUNT_MOST, &currency);
        return Err(Refusal::invalid(format!("Amount must be no more than {most}"))
            .code("amount_too_large")
            .param("amount"));
    }
    let mut customer = before.clone();
    let credit = Credit {
        amount,
        currency: &currency,
        kind: "adjustment",
        description,
        metadata,
        ..Credit::default()
    };
    let made = world.credit(call, &mut customer, owner, &credit);
    if customer != before {
        world.say(call, "customer.updated", &customer, Some(&before));
    }
    Ok(made)
}

pub(in crate::sandbox) fn cash(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (customer, owner) = living(world, call, "customer")?;
    Ok(world.cash_balance(text(&customer, "id"), owner))
}

pub(in crate::sandbox) fn tax_ids(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (_, owner) = living(world, call, "customer")?;
    world.list(call, Kind::TaxId, Scope::One(owner), |_| true)
}

/// Takes the customer's own discount away; those on subscriptions stay.
pub(in crate::sandbox) fn remove_discount(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let (before, _) = living(world, call, "customer")?;
    let Some(discount) = before.get("discount").filter(|discount| discount.is_object()).cloned() else {
        return Err(Refusal {
            status: 404,
            ..Refusal::invalid(format!("No active discount for customer: {}", path_id(call)))
        }
        .code("resource_missing")
        .param("customer"));
    };
    let mut customer = before.clone();
    set(&mut customer, "discount", Value::Null);
    world.put(&customer);
    world.say(call, "customer.discount.deleted", &discount, None);
    world.say(call, "customer.updated", &customer, Some(&before));
    let mut gone = joined(discount, json!({"deleted": true}));
    world.remove(&gone);
    if let Some(members) = gone.as_object_mut() {
        members.shift_remove("end");
    }
    Ok(gone)
}
