//! A payment taken from a saved method: intent, charge, movement of the balance, as one.

use serde_json::{Map, Value, json};

use super::super::super::{
    Universe,
    kind::Kind,
    plan::fee,
    value::{flag, int, set, text},
};
use crate::sandbox::{call::Call, error::Refusal};

/// Stripe's test numbers that the bank refuses, by their last four digits: code, decline code.
const DECLINING: [(&str, &str, &str); 9] = [
    ("0002", "card_declined", "generic_decline"),
    ("0341", "card_declined", "generic_decline"),
    ("9995", "card_declined", "insufficient_funds"),
    ("9987", "card_declined", "lost_card"),
    ("9979", "card_declined", "stolen_card"),
    ("0069", "expired_card", "expired_card"),
    ("0127", "incorrect_cvc", "incorrect_cvc"),
    ("0119", "processing_error", "processing_error"),
    ("3184", "authentication_required", "authentication_required"),
];

/// What the bank said no with.
#[derive(Clone, Debug)]
pub(in crate::sandbox::world) struct Decline {
    code: &'static str,
    decline_code: String,
}

impl Decline {
    fn words(&self) -> &'static str {
        match self.decline_code.as_str() {
            "insufficient_funds" => "Your card has insufficient funds.",
            "expired_card" => "Your card has expired.",
            "incorrect_cvc" => "Your card's security code is incorrect.",
            "processing_error" => "An error occurred while processing your card. Try again in a little bit.",
            "authentication_required" => "Your card was declined. This transaction requires authentication.",
            _ => "Your card was declined.",
        }
    }

    fn advice(&self) -> Value {
        match self.decline_code.as_str() {
            "lost_card" | "stolen_card" => json!("do_not_try_again"),
            "insufficient_funds" | "try_again_later" | "processing_error" => json!("try_again_later"),
            "expired_card" | "incorrect_cvc" => json!("confirm_card_data"),
            _ => Value::Null,
        }
    }

    /// As in `last_payment_error`, and in the answer of 402.
    fn json(&self, charge: &str, method: &Value) -> Value {
        json!({
            "advice_code": self.advice(), "charge": charge, "code": self.code,
            "decline_code": self.decline_code, "message": self.words(), "payment_method": method,
            "type": "card_error",
        })
    }

    /// 402 with everything that the bank said.
    pub(in crate::sandbox::world) fn refusal(&self, intent: &Value) -> Refusal {
        let mut more = Map::new();
        let error = intent.get("last_payment_error").cloned().unwrap_or(Value::Null);
        for name in ["advice_code", "charge", "decline_code", "payment_method"] {
            if let Some(value) = error.get(name).filter(|value| !value.is_null()) {
                more.insert(name.to_owned(), value.clone());
            }
        }
        more.insert("payment_intent".to_owned(), intent.clone());
        Refusal { status: 402, kind: "card_error", more, ..Refusal::invalid(self.words()) }.code(self.code)
    }
}

/// What is taken, and for which invoice.
pub(in crate::sandbox::world) struct Taking<'a> {
    pub(in crate::sandbox::world) invoice: &'a Value,
    pub(in crate::sandbox::world) method: &'a Value,
    pub(in crate::sandbox::world) amount: i64,
}

impl Universe {
    /// Why this method would be refused: a test number, or a card whose newest charge the bank refused.
    fn declines(&mut self, method: &Value, owner: u32) -> Option<Decline> {
        let last4 = method.pointer("/card/last4").and_then(Value::as_str).unwrap_or("");
        if let Some((_, code, decline)) = DECLINING.iter().find(|row| row.0 == last4) {
            return Some(Decline { code, decline_code: (*decline).to_owned() });
        }
        let id = text(method, "id");
        let last = self
            .all_of(Kind::Charge, owner)
            .into_iter()
            .find(|charge| text(charge, "payment_method") == id)?;
        let said = last.pointer("/outcome/reason").and_then(Value::as_str)?.to_owned();
        let code = if said == "expired_card" { "expired_card" } else { "card_declined" };
        (text(&last, "status") == "failed").then_some(Decline { code, decline_code: said })
    }

    /// The refusal that an attempt would meet; nothing is written.
    pub(in crate::sandbox::world) fn would_decline(&mut self, method: &Value, owner: u32) -> Option<Refusal> {
        let decline = self.declines(method, owner)?;
        Some(decline.refusal(&json!({"last_payment_error": decline.json("", method)})))
    }

    /// Tries to take the money with the invoice's intent. Gives the intent, and the refusal if the bank said no.
    pub(in crate::sandbox::world) fn take(
        &mut self,
        call: &Call,
        taking: &Taking<'_>,
        mut intent: Value,
        owner: u32,
    ) -> (Value, Option<Decline>) {
        let decline = self.declines(taking.method, owner);
        let before = intent.clone();
        let id = self.fresh(Kind::Charge, owner);
        let mut charge = charge_json(&id, call.now, taking, &intent, decline.as_ref());
        set(&mut intent, "latest_charge", id.as_str());
        if let Some(decline) = &decline {
            set(&mut intent, "last_payment_error", decline.json(&id, taking.method));
            set(&mut intent, "payment_method", Value::Null);
            set(&mut intent, "status", "requires_payment_method");
        } else {
            set(&mut intent, "amount_received", taking.amount);
            set(&mut intent, "last_payment_error", Value::Null);
            set(&mut intent, "payment_method", text(taking.method, "id"));
            set(&mut intent, "status", "succeeded");
            let money = (taking.amount, fee(taking.amount), text(taking.invoice, "currency"));
            let movement = self.book(call.now, owner, money, ("charge", &id));
            set(&mut charge, "balance_transaction", movement);
        }
        self.add(Kind::Charge, owner, |_| charge.clone());
        self.put(&intent);
        let said = if decline.is_some() {
            ("charge.failed", "payment_intent.payment_failed")
        } else {
            ("charge.succeeded", "payment_intent.succeeded")
        };
        self.say(call, said.0, &charge, None);
        self.say(call, said.1, &intent, Some(&before));
        (intent, decline)
    }
}

fn outcome(decline: Option<&Decline>) -> Value {
    json!({
        "advice_code": decline.map_or(Value::Null, Decline::advice), "network_advice_code": null,
        "network_decline_code": decline.map(|_| "05"),
        "network_status": if decline.is_some() { "declined_by_network" } else { "approved_by_network" },
        "reason": decline.map(|decline| decline.decline_code.as_str()), "risk_level": "normal",
        "risk_score": 12,
        "seller_message": decline.map_or_else(
            || "Payment complete.".to_owned(),
            |decline| format!("The bank returned the decline code `{}`.", decline.decline_code),
        ),
        "type": if decline.is_some() { "issuer_declined" } else { "authorized" },
    })
}

/// How a method shows on its charge.
fn paid_with(method: &Value) -> Value {
    let kind = text(method, "type");
    let member = |key: &str| method.pointer(&format!("/{kind}/{key}")).cloned().unwrap_or(Value::Null);
    if kind == "sepa_debit" {
        return json!({"type": kind, "sepa_debit": {
            "bank_code": member("bank_code"), "branch_code": member("branch_code"),
            "country": member("country"), "fingerprint": member("fingerprint"), "last4": member("last4"),
            "mandate": null,
        }});
    }
    json!({"type": "card", "card": {
        "amount_authorized": null, "authorization_code": "083211", "brand": member("brand"),
        "capture_before": null, "checks": member("checks"), "country": member("country"),
        "exp_month": member("exp_month"), "exp_year": member("exp_year"),
        "fingerprint": member("fingerprint"), "funding": member("funding"), "installments": null,
        "last4": member("last4"), "mandate": null, "network": member("brand"),
        "network_token": {"used": false}, "regulated_status": "unregulated", "three_d_secure": null,
        "wallet": null,
    }})
}

fn charge_json(id: &str, now: i64, taking: &Taking<'_>, intent: &Value, decline: Option<&Decline>) -> Value {
    let (invoice, method) = (taking.invoice, taking.method);
    let (failed, amount) = (decline.is_some(), taking.amount);
    let first = json!({
        "id": id, "object": "charge", "amount": amount, "amount_captured": if failed { 0 } else { amount },
        "amount_refunded": 0, "application": null, "application_fee": null, "application_fee_amount": null,
        "balance_transaction": null, "billing_details": method.get("billing_details"),
        "calculated_statement_descriptor": "LANTERN SOFTWARE", "captured": !failed, "created": now,
        "currency": invoice.get("currency"), "customer": invoice.get("customer"),
        "description": intent.get("description"), "disputed": false, "failure_balance_transaction": null,
        "failure_code": decline.map(|decline| decline.code),
        "failure_message": decline.map(Decline::words), "fraud_details": {},
    });
    let second = json!({
        "livemode": false, "metadata": {}, "on_behalf_of": null, "outcome": outcome(decline),
        "paid": !failed, "payment_intent": intent.get("id"), "payment_method": method.get("id"),
        "payment_method_details": paid_with(method), "presentment_details": null, "radar_options": {},
        "receipt_email": invoice.get("customer_email"), "receipt_number": null,
        "receipt_url": (!failed).then(|| format!("https://pay.stripe.com/receipts/payment/{id}")),
        "refunded": false, "review": null, "shipping": null, "source": null, "source_transfer": null,
        "statement_descriptor": null, "statement_descriptor_suffix": null,
        "status": if failed { "failed" } else { "succeeded" }, "transfer_data": null,
        "transfer_group": null,
    });
    super::super::super::value::joined(first, second)
}

/// The intent that a finalised invoice is paid with.
pub(in crate::sandbox::world) fn intent_json(id: &str, now: i64, invoice: &Value, text_of: &str) -> Value {
    let amount = int(invoice, "amount_due");
    json!({
        "id": id, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_details": {"tip": {}}, "amount_received": 0, "application": null,
        "application_fee_amount": null, "automatic_payment_methods": null, "canceled_at": null,
        "cancellation_reason": null, "capture_method": "automatic",
        "client_secret": format!("{id}_secret_sandbox"), "confirmation_method": "automatic",
        "created": now, "currency": invoice.get("currency"), "customer": invoice.get("customer"),
        "customer_account": null, "description": text_of, "excluded_payment_method_types": null,
        "last_payment_error": null, "latest_charge": null, "livemode": false, "metadata": {},
        "next_action": null, "on_behalf_of": null, "payment_method": null,
        "payment_method_configuration_details": null, "payment_method_options": {}, "processing": null,
        "receipt_email": invoice.get("customer_email"), "review": null,
        "setup_future_usage": if flag(invoice, "attempted") { Value::Null } else { json!("off_session") },
        "shipping": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
        "status": "requires_payment_method", "transfer_data": null, "transfer_group": null,
    })
}
