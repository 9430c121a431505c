//! Payment intents, charges, refunds, disputes and movements of the merchant's balance.

use serde_json::{Map, Value, json};

use super::{
    super::{calendar::DAY, kind::Kind, people::place_part, plan, plan::Way, value::joined},
    Draw,
    customer::fingerprint,
    or_null,
};

/// What the bank says of a decline code.
fn decline_words(code: &str) -> &'static str {
    match code {
        "insufficient_funds" => "Your card has insufficient funds.",
        "expired_card" => "Your card has expired.",
        _ => "Your card was declined.",
    }
}

impl Draw<'_> {
    fn order(intent: &plan::Intent) -> Map<String, Value> {
        intent.order.map(|order| ("order_id".to_owned(), json!(format!("ord_{order}")))).into_iter().collect()
    }

    pub(super) fn intent(&self, place: usize) -> Option<Value> {
        let intent = self.plan.intents.get(place).filter(|intent| intent.way != Way::Direct)?;
        let done = intent.status == "succeeded";
        let held = intent.status == "requires_capture";
        let charge = intent.latest_charge.and_then(|at| self.plan.charges.get(at));
        let error = charge.and_then(|charge| charge.decline).map(|code| {
            json!({
                "charge": or_null(intent.latest_charge.map(|at| self.id(Kind::Charge, at))),
                "code": if code == "expired_card" { "expired_card" } else { "card_declined" },
                "decline_code": code, "message": decline_words(code), "type": "card_error",
            })
        });
        let id = self.id(Kind::Intent, place);
        let sepa = self.method(intent) == "sepa_debit";
        let first = json!({
            "id": id, "object": "payment_intent", "allowed_payment_method_types": null, "amount": intent.amount,
            "amount_capturable": if held { intent.amount } else { 0 }, "amount_details": {"tip": {}},
            "amount_received": if done { intent.amount } else { 0 }, "application": null,
            "application_fee_amount": null, "automatic_payment_methods": null, "canceled_at": null,
            "cancellation_reason": null, "capture_method": if held { "manual" } else { "automatic" },
            "client_secret": format!("{id}_secret_sandbox"), "confirmation_method": "automatic",
            "created": intent.created, "currency": intent.currency, "customer": self.customer_id(),
            "customer_account": null, "description": intent.text, "last_payment_error": error,
            "latest_charge": intent.latest_charge.map(|at| self.id(Kind::Charge, at)),
        });
        let second = json!({
            "livemode": false, "managed_payments": null,
            "metadata": Self::order(intent),
            "next_action": if intent.status == "requires_action" {
                json!({"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}})
            } else { Value::Null },
            "on_behalf_of": null,
            "payment_method": if intent.status == "requires_payment_method" { Value::Null } else {
                self.paid_by(intent)
            },
            "payment_method_options": {}, "payment_record": null, "processing": null, "receipt_email": self.plan.person.email,
            "review": null, "setup_future_usage": if intent.invoice.is_some() { json!("off_session") } else { Value::Null },
            "shipping": null, "source": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
            "status": intent.status, "transfer_data": null, "transfer_group": null,
            "payment_method_configuration_details": null,
            "excluded_payment_method_types": if sepa { json!(["card"]) } else { Value::Null },
        });
        Some(joined(first, second))
    }

    pub(super) fn charge(&self, place: usize) -> Option<Value> {
        let charge = self.plan.charges.get(place)?;
        let intent = self.plan.intents.get(charge.intent)?;
        let failed = charge.status == "failed";
        let taken = if charge.captured { intent.amount } else { 0 };
        let id = self.id(Kind::Charge, place);
        let person = &self.plan.person;
        let code = charge.decline;
        let first = json!({
            "id": id, "object": "charge", "amount": intent.amount, "amount_captured": taken,
            "amount_refunded": charge.refunded, "application": null, "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": charge.transaction.map(|at| self.id(Kind::Transaction, at)),
            "billing_details": {
                "address": self.address(), "email": person.email, "name": person.name, "phone": person.phone,
                "tax_id": null,
            },
            "calculated_statement_descriptor": "LANTERN SOFTWARE", "captured": charge.captured,
            "created": charge.created, "currency": intent.currency, "customer": self.customer_id(),
            "description": intent.text, "disputed": charge.disputed, "failure_balance_transaction": null,
            "failure_code": code.map(|code| if code == "expired_card" { code } else { "card_declined" }),
            "failure_message": code.map(decline_words), "fraud_details": {},
        });
        let second = json!({
            "livemode": false,
            "metadata": Self::order(intent), "on_behalf_of": null, "outcome": Self::outcome(code),
            "paid": !failed, "payment_intent": self.intent_id(charge.intent), "payment_method": self.paid_by(intent),
            "payment_method_details": self.paid_with(intent, charge),
            "presentment_details": null, "radar_options": {}, "receipt_email": person.email,
            "receipt_number": null,
            "receipt_url": if failed { Value::Null } else {
                json!(format!("https://pay.stripe.com/receipts/payment/{id}"))
            },
            "refunded": charge.refunded == intent.amount, "review": null, "shipping": null, "source": null,
            "source_transfer": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
            "status": charge.status, "transfer_data": null, "transfer_group": null,
        });
        Some(joined(first, second))
    }

    fn outcome(decline: Option<&str>) -> Value {
        let advice = match decline {
            Some("lost_card") => json!("do_not_try_again"),
            Some("insufficient_funds" | "try_again_later") => json!("try_again_later"),
            Some("expired_card") => json!("confirm_card_data"),
            _ => Value::Null,
        };
        json!({
            "advice_code": advice, "network_advice_code": null,
            "network_decline_code": decline.map(|_| "05"),
            "network_status": if decline.is_some() { "declined_by_network" } else { "approved_by_network" },
            "reason": decline, "risk_level": "normal", "risk_score": 12,
            "seller_message": match decline {
                Some(code) => format!("The bank returned the decline code `{code}`."),
                None => "Payment complete.".to_owned(),
            },
            "type": if decline.is_some() { "issuer_declined" } else { "authorized" },
        })
    }

    /// The type of payment method behind a payment.
    fn method(&self, intent: &plan::Intent) -> &'static str {
        match intent.way {
            Way::Transfer => "customer_balance",
            _ if self.plan.cards.get(intent.card).is_some_and(|card| card.sepa) => "sepa_debit",
            _ => "card",
        }
    }

    /// Id of the saved payment method, null when none was used.
    fn paid_by(&self, intent: &plan::Intent) -> Value {
        if intent.way == Way::Transfer {
            Value::Null
        } else {
            json!(self.id(Kind::PaymentMethod, intent.card))
        }
    }

    /// Id of the payment intent, null when there is none.
    fn intent_id(&self, place: usize) -> Value {
        let made = self.plan.intents.get(place).is_some_and(|intent| intent.way != Way::Direct);
        if made { json!(self.id(Kind::Intent, place)) } else { Value::Null }
    }

    fn paid_with(&self, intent: &plan::Intent, charge: &plan::Charge) -> Value {
        let Some(card) = self.plan.cards.get(intent.card) else { return Value::Null };
        let country = place_part(self.plan.person.place, 0);
        if intent.way == Way::Transfer {
            return json!({"type": "customer_balance", "customer_balance": {}});
        }
        if card.sepa {
            return json!({"type": "sepa_debit", "sepa_debit": {
                "bank_code": "37040044", "branch_code": "", "country": country,
                "fingerprint": fingerprint(card.fingerprint), "last4": card.last4, "mandate": null,
            }});
        }
        json!({"type": "card", "card": {
            "amount_authorized": null, "authorization_code": "083211", "brand": card.brand,
            "capture_before": (!charge.captured && charge.decline.is_none()).then_some(charge.created + 7 * DAY),
            "checks": {"address_line1_check": "pass", "address_postal_code_check": "pass", "cvc_check": "pass"},
            "country": country, "exp_month": card.exp_month, "exp_year": card.exp_year,
            "fingerprint": fingerprint(card.fingerprint), "funding": card.funding, "installments": null,
            "last4": card.last4, "mandate": null, "multicapture": {"status": "unavailable"}, "network": card.brand, "network_token": {"used": false},
            "regulated_status": "unregulated", "three_d_secure": null, "wallet": null,
        }})
    }

    pub(super) fn refund(&self, place: usize) -> Option<Value> {
        let refund = self.plan.refunds.get(place)?;
        let charge = self.plan.charges.get(refund.charge)?;
        let intent = self.plan.intents.get(charge.intent)?;
        let destination = destination_kind(self.method(intent), intent.currency);
        let metadata: Map<String, Value> =
            refund.agent.map(|agent| ("agent".to_owned(), json!(agent))).into_iter().collect();
        let mut drawn = json!({
            "id": self.id(Kind::Refund, place), "object": "refund", "amount": refund.amount,
            "balance_transaction": or_null(refund.transaction.map(|at| self.id(Kind::Transaction, at))),
            "charge": self.id(Kind::Charge, refund.charge), "created": refund.created,
            "currency": intent.currency, "customer": self.customer_id(), "customer_account": null,
            "destination_details": destination_json(destination, refund.status),
            "metadata": metadata, "payment_intent": self.intent_id(charge.intent),
            "payment_method": self.paid_by(intent), "reason": refund.reason,
            "receipt_number": null, "source_transfer_reversal": null, "status": refund.status,
            "transfer_reversal": null,
        });
        let more = drawn.as_object_mut()?;
        if refund.status == "pending" {
            more.insert("pending_reason".to_owned(), json!("processing"));
        }
        if refund.status == "requires_action" {
            more.extend(instructions(&self.plan.person.email, refund.created));
        }
        if let Some((reason, movement)) = refund.failure {
            more.insert(
                "failure_balance_transaction".to_owned(),
                json!(self.id(Kind::Transaction, movement)),
            );
            more.insert("failure_reason".to_owned(), json!(reason));
        }
        Some(drawn)
    }

    pub(super) fn dispute(&self, place: usize) -> Option<Value> {
        let dispute = self.plan.disputes.get(place)?;
        let charge = self.plan.charges.get(dispute.charge)?;
        let intent = self.plan.intents.get(charge.intent)?;
        let inquiry = dispute.status.starts_with("warning");
        let answered = !dispute.status.ends_with("needs_response");
        let mut evidence: Map<String, Value> =
            EVIDENCE.iter().map(|key| ((*key).to_owned(), Value::Null)).collect();
        evidence.insert("enhanced_evidence".to_owned(), json!({}));
        let brand = self.plan.cards.get(intent.card).map(|card| card.brand);
        let movements: Vec<Value> =
            dispute.transactions.iter().filter_map(|at| self.transaction(*at)).collect();
        Some(json!({
            "id": self.id(Kind::Dispute, place), "object": "dispute", "amount": intent.amount,
            "balance_transactions": movements, "charge": self.id(Kind::Charge, dispute.charge),
            "created": dispute.created, "currency": intent.currency, "enhanced_eligibility_types": [],
            "evidence": evidence,
            "evidence_details": {
                "due_by": dispute.due_by, "enhanced_eligibility": {}, "has_evidence": answered,
                "past_due": false, "submission_count": i64::from(answered && dispute.status != "prevented"),
                "submission_method":
                    if answered && dispute.status != "prevented" { "manual" } else { "not_submitted" },
            },
            "intended_submission_method": null, "is_charge_refundable": inquiry, "livemode": false, "metadata": {},
            "payment_intent": self.intent_id(charge.intent),
            "payment_method_details": {
                "type": "card",
                "card": {
                    "brand": brand, "case_type": if inquiry { "inquiry" } else { "chargeback" },
                    "network": brand, "network_reason_code": "10.4",
                },
            },
            "reason": dispute.reason, "status": dispute.status,
        }))
    }

    pub(super) fn transaction(&self, place: usize) -> Option<Value> {
        let movement = self.plan.transactions.get(place)?;
        let source = self.id(movement.source.0, movement.source.1);
        Some(transaction_json(&self.id(Kind::Transaction, place), movement, &source))
    }
}

/// Where a refund of a payment by this method goes.
pub(in super::super) fn destination_kind(method: &str, currency: &str) -> &'static str {
    match (method, currency) {
        ("sepa_debit", _) => "sepa_debit",
        ("customer_balance", "eur") => "eu_bank_transfer",
        ("customer_balance", "gbp") => "gb_bank_transfer",
        ("customer_balance", "jpy") => "jp_bank_transfer",
        ("customer_balance", _) => "us_bank_transfer",
        _ => "card",
    }
}

/// `destination_details`, with the bank's reference once it is there.
pub(in super::super) fn destination_json(kind: &str, status: &str) -> Value {
    match kind {
        "sepa_debit" => json!({"type": "sepa_debit", "sepa_debit": {}}),
        "card" => {
            let ready = status == "succeeded";
            json!({"type": "card", "card": {
                "reference": ready.then_some("74925156321000012345678"),
                "reference_status": if ready { "available" } else { "pending" },
                "reference_type": "acquirer_reference_number", "type": if ready { "refund" } else { "pending" },
            }})
        }
        transfer => json!({"type": transfer, transfer: {"reference": null, "reference_status": null}}),
    }
}

/// What a refund that waits for the customer says: Stripe asked by e-mail where the money shall go.
pub(in super::super) fn instructions(email: &str, sent: i64) -> Map<String, Value> {
    let mut more = Map::new();
    more.insert("instructions_email".to_owned(), json!(email));
    let details =
        json!({"email_sent": {"email_sent_at": sent, "email_sent_to": email}, "expires_at": sent + 45 * DAY});
    more.insert("next_action".to_owned(), json!({"display_details": details, "type": "display_details"}));
    more
}

/// `txn_…` from its numbers.
pub(in super::super) fn transaction_json(id: &str, movement: &plan::Transaction, source: &str) -> Value {
    let (amount, fee) = (movement.amount, movement.fee);
    let fees = if fee == 0 {
        json!([])
    } else {
        json!([{"amount": fee, "application": null, "currency": movement.currency,
            "description": "Stripe processing fees", "type": "stripe_fee"}])
    };
    json!({
        "id": id, "object": "balance_transaction", "amount": amount, "available_on": movement.available_on(),
        "balance_type": "payments", "created": movement.created, "currency": movement.currency,
        "description": null, "exchange_rate": null, "fee": fee, "fee_details": fees, "net": amount - fee,
        "reporting_category": movement.kind, "source": source, "status": "available", "type": movement.kind,
    })
}

pub(in super::super) const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];
