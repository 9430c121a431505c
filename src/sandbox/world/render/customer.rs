//! Customers, saved payment methods, credit movements, tax ids, discounts.

use serde_json::{Map, Value, json};

use super::{
    super::{catalog::COUPONS, kind::Kind, people::place_part},
    Draw, or_null,
};

impl Draw<'_> {
    /// `{city, country, line1, …}`
    pub(super) fn address(&self) -> Value {
        let place = self.plan.person.place;
        let state = place_part(place, 2);
        json!({
            "city": place_part(place, 1), "country": place_part(place, 0),
            "line1": format!("{} {}", place_part(place, 4), self.plan.person.house), "line2": null,
            "postal_code": place_part(place, 3),
            "state": if state.is_empty() { Value::Null } else { json!(state) },
        })
    }

    pub(super) fn customer(&self) -> Value {
        let person = &self.plan.person;
        let id = self.customer_id();
        if person.deleted {
            return json!({"id": id, "object": "customer", "deleted": true});
        }
        let metadata: Map<String, Value> =
            person.metadata.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        let default = (!self.plan.cards.is_empty()).then(|| self.id(Kind::PaymentMethod, 0));
        let owes = self.plan.subs.iter().any(|sub| sub.status == "past_due" || sub.status == "unpaid");
        json!({
            "id": id, "object": "customer", "address": self.address(),
            "balance": self.plan.moves.last().map_or(0, |last| last.ending), "business_name": null,
            "created": person.created, "currency": person.currency, "customer_account": null,
            "default_source": null, "delinquent": owes, "description": person.description,
            "discount": if self.plan.coupon.is_some() { or_null(self.discount(0)) } else { Value::Null },
            "email": person.email, "individual_name": null, "invoice_prefix": self.invoice_prefix(),
            "invoice_settings": {
                "custom_fields": null, "default_payment_method": default, "footer": null, "rendering_options": null,
            },
            "livemode": false, "metadata": metadata, "name": person.name,
            "next_invoice_sequence": self.plan.invoices.len() + 1, "phone": person.phone,
            "preferred_locales": [], "shipping": null, "tax_exempt": "none", "test_clock": null,
        })
    }

    /// Eight letters that start the numbers of the customer's invoices.
    pub(super) fn invoice_prefix(&self) -> String {
        prefix_of(&self.customer_id())
    }

    pub(super) fn payment_method(&self, place: usize) -> Option<Value> {
        let card = self.plan.cards.get(place)?;
        let person = &self.plan.person;
        let mut method = json!({
            "id": self.id(Kind::PaymentMethod, place), "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": {
                "address": self.address(), "email": person.email, "name": person.name, "phone": person.phone,
                "tax_id": null,
            },
            "created": card.created, "customer": self.customer_id(), "customer_account": null,
            "livemode": false, "metadata": {}, "type": if card.sepa { "sepa_debit" } else { "card" },
        });
        let (key, details) = if card.sepa {
            (
                "sepa_debit",
                json!({
                    "bank_code": "37040044", "branch_code": "", "country": place_part(person.place, 0),
                    "fingerprint": fingerprint(card.fingerprint),
                    "generated_from": {"charge": null, "setup_attempt": null}, "last4": card.last4,
                }),
            )
        } else {
            (
                "card",
                json!({
                    "brand": card.brand,
                    "checks": {"address_line1_check": "pass", "address_postal_code_check": "pass", "cvc_check": "pass"},
                    "country": place_part(person.place, 0), "display_brand": card.brand,
                    "exp_month": card.exp_month, "exp_year": card.exp_year,
                    "fingerprint": fingerprint(card.fingerprint), "funding": card.funding, "generated_from": null,
                    "last4": card.last4, "networks": {"available": [card.brand], "preferred": null},
                    "regulated_status": "unregulated", "three_d_secure_usage": {"supported": true}, "wallet": null,
                }),
            )
        };
        method.as_object_mut()?.insert(key.to_owned(), details);
        Some(method)
    }

    pub(super) fn balance_move(&self, place: usize) -> Option<Value> {
        let movement = self.plan.moves.get(place)?;
        Some(json!({
            "id": self.id(Kind::BalanceMove, place), "object": "customer_balance_transaction",
            "amount": movement.amount, "checkout_session": null, "created": movement.created,
            "credit_note": or_null(movement.note.map(|note| self.id(Kind::CreditNote, note))),
            "currency": self.plan.person.currency, "customer": self.customer_id(), "customer_account": null,
            "description": movement.text, "ending_balance": movement.ending, "invoice": null,
            "livemode": false, "metadata": {}, "type": movement.kind,
        }))
    }

    pub(super) fn tax_id(&self, place: usize) -> Option<Value> {
        let (kind, value) = self.plan.tax_ids.get(place)?;
        // Only some countries can be asked whether a number is right.
        let status = match (*kind, value.ends_with(['0', '1', '2'])) {
            ("eu_vat" | "gb_vat", true) => "pending",
            ("eu_vat" | "gb_vat", false) => "verified",
            _ => "unavailable",
        };
        let country = if value.starts_with(|letter: char| letter.is_ascii_uppercase()) && *kind != "jp_trn" {
            value.get(..2)
        } else {
            kind.get(..2)
        };
        Some(json!({
            "id": self.id(Kind::TaxId, place), "object": "tax_id", "country": country.map(str::to_uppercase),
            "created": self.plan.person.created + 90, "customer": self.customer_id(), "customer_account": null,
            "livemode": false, "owner": {"customer": self.customer_id(), "type": "customer"}, "type": kind,
            "value": value,
            "verification": {
                "status": status, "verified_address": null,
                "verified_name": (status == "verified").then_some(&self.plan.person.name),
            },
        }))
    }

    /// Discount 0 is the customer's own; the n-th after it belongs to the n-th subscription.
    pub(super) fn discount(&self, place: usize) -> Option<Value> {
        let sub = place.checked_sub(1);
        let (coupon, start) = match sub {
            None => (self.plan.coupon?, self.plan.base - super::super::calendar::HOUR),
            Some(at) => self.plan.subs.get(at).and_then(|sub| Some((sub.coupon?, sub.created)))?,
        };
        let coupon = COUPONS.get(coupon)?;
        let end = (coupon.months > 0).then(|| super::super::calendar::add_months(start, coupon.months));
        Some(json!({
            "id": self.id(Kind::Discount, place), "object": "discount", "checkout_session": null,
            "customer": self.customer_id(), "customer_account": null, "end": end, "invoice": null,
            "invoice_item": null, "promotion_code": null, "source": {"coupon": coupon.id, "type": "coupon"},
            "start": start, "subscription": or_null(sub.map(|at| self.id(Kind::Subscription, at))),
            "subscription_item": null,
        }))
    }
}

/// 16 characters that stay the same for the same card number.
pub(super) fn fingerprint(number: u64) -> String {
    super::super::ids::base62((u128::from(number) << 30) | u128::from(number >> 34), 16)
}

/// The number of a customer's invoice, by its place.
pub(in crate::sandbox::world) fn invoice_number(customer: &str, place: usize) -> String {
    format!("{}-{:04}", prefix_of(customer), place + 1)
}

fn prefix_of(customer: &str) -> String {
    customer.chars().rev().take(8).collect::<String>().to_uppercase()
}
