//! The event log of what callers do, and what happens by itself later.

use serde_json::{Map, Value, json};

use super::{
    Universe,
    kind::Kind,
    render::{destination_json, event_json},
    value::{int, previous, set, text},
};
use crate::sandbox::call::Call;

/// Seconds after which a pending refund made here goes through, and one that succeeded comes back where its card is the one.
pub(super) const REFUND_SETTLES_S: i64 = 60;

/// Last digits of Stripe's test card 4000000000005126: a refund to it succeeds, and fails later.
pub(super) const REFUND_BOUNCES: &str = "5126";

/// Whether a refund of the charge comes back.
pub(super) fn bounces(charge: &Value) -> bool {
    let last4 = charge.pointer("/payment_method_details/card/last4");
    last4.and_then(Value::as_str) == Some(REFUND_BOUNCES)
}

/// Seconds after which the bank decides about evidence that says how it will.
pub(super) const DISPUTE_SETTLES_S: i64 = 60;

impl Universe {
    /// Writes an event that a call caused. `before`: the object as it was, for updates.
    pub(super) fn say(&mut self, call: &Call, name: &str, object: &Value, before: Option<&Value>) {
        let asked = !call.request_id.is_empty();
        let request = asked.then(|| json!({"id": call.request_id, "idempotency_key": call.idempotency_key}));
        self.say_at((call.now, request), name, object, before);
    }

    fn say_at(
        &mut self,
        (now, request): (i64, Option<Value>),
        name: &str,
        object: &Value,
        before: Option<&Value>,
    ) {
        let Some(owner) = self.owner_of(text(object, "id")) else { return };
        let mut data = Map::new();
        data.insert("object".to_owned(), object.clone());
        if let Some(before) = before {
            data.insert("previous_attributes".to_owned(), Value::Object(previous(before, object)));
        }
        self.add(Kind::Event, owner, |id| event_json(id, name, now, &data, request));
    }

    /// Lets happen what was due, in its order, each at its own time.
    pub(super) fn settle_due(&mut self) {
        let now = self.now;
        loop {
            let object = self.due.first().map(|first| first.0).filter(|at| *at <= now);
            let renewal = self.renewals.first().map(|first| first.0).filter(|at| *at <= now);
            match (object, renewal) {
                (None, None) => break,
                (Some(at), other) if other.is_none_or(|other| at <= other) => {
                    let Some((at, id)) = self.due.pop_first() else { break };
                    self.now = at;
                    self.happen(at, &id);
                }
                _ => {
                    let Some((at, owner, ordinal)) = self.renewals.pop_first() else { break };
                    self.now = at;
                    self.renew(at, owner, ordinal);
                }
            }
        }
        self.now = now;
    }

    fn happen(&mut self, at: i64, id: &str) {
        let Some(object) = self.by_id(id) else { return };
        match text(&object, "object") {
            "refund" => self.settle_refund(at, object),
            "subscription" => self.end_subscription(at, &object),
            "dispute" => self.decide_dispute(at, &object),
            "invoice" => self.advance_invoice(at, &object),
            _ => {}
        }
    }

    fn settle_refund(&mut self, at: i64, refund: Value) {
        match text(&refund, "status") {
            "pending" => self.pay_out(at, refund),
            "succeeded" => self.bounce(at, refund),
            _ => {}
        }
    }

    /// The bank sends it back: the money is in the balance again, and the charge counts it no more.
    fn bounce(&mut self, at: i64, mut refund: Value) {
        let (before, id) = (refund.clone(), text(&refund, "id").to_owned());
        let Some(mut charge) = self.by_id(text(&refund, "charge")) else { return };
        let owner = self.owner_of(&id).unwrap_or(u32::MAX);
        let amount = int(&refund, "amount");
        let currency = text(&refund, "currency").to_owned();
        let movement = self.book(at, owner, (amount, 0, &currency), ("refund_failure", &id));
        set(&mut refund, "status", "failed");
        set(&mut refund, "failure_reason", "expired_or_canceled_card");
        set(&mut refund, "failure_balance_transaction", movement);
        self.put(&refund);
        let refunded = int(&charge, "amount_refunded") - amount;
        set(&mut charge, "amount_refunded", refunded);
        set(&mut charge, "refunded", false);
        self.put(&charge);
        self.say_at((at, None), "refund.failed", &refund, Some(&before));
    }

    fn pay_out(&mut self, at: i64, mut refund: Value) {
        let before = refund.clone();
        let kind =
            refund.pointer("/destination_details/type").and_then(Value::as_str).unwrap_or("card").to_owned();
        set(&mut refund, "status", "succeeded");
        set(&mut refund, "destination_details", destination_json(&kind, "succeeded"));
        if let Some(members) = refund.as_object_mut() {
            members.shift_remove("pending_reason");
        }
        self.put(&refund);
        self.say_at((at, None), "refund.updated", &refund, Some(&before));
    }

    fn end_subscription(&mut self, at: i64, subscription: &Value) {
        // The date may have been moved or taken back since.
        if int(subscription, "cancel_at") == at && text(subscription, "status") == "canceled" {
            self.put(subscription);
            self.say_at((at, None), "customer.subscription.deleted", subscription, None);
        }
    }

    /// The bank says what the evidence told it to; what is won comes back to the balance.
    fn decide_dispute(&mut self, at: i64, before: &Value) {
        let (id, status) = (text(before, "id"), text(before, "status"));
        let Some(owner) = self.owner_of(id).filter(|_| status.ends_with("under_review")) else { return };
        let won = before.pointer("/evidence/uncategorized_text").and_then(Value::as_str)
            == Some("winning_evidence");
        let mut dispute = before.clone();
        let inquiry = status.starts_with("warning");
        set(
            &mut dispute,
            "status",
            if inquiry {
                "warning_closed"
            } else if won {
                "won"
            } else {
                "lost"
            },
        );
        if won && !inquiry {
            let money = (int(before, "amount"), 0, text(before, "currency"));
            let movement = self.book(at, owner, money, ("adjustment", id));
            let movement = self.by_id(&movement).unwrap_or(Value::Null);
            if let Some(moved) = dispute.get_mut("balance_transactions").and_then(Value::as_array_mut) {
                moved.push(movement);
            }
        }
        self.put(&dispute);
        if won && !inquiry {
            self.say_at((at, None), "charge.dispute.funds_reinstated", &dispute, Some(before));
        }
        self.say_at((at, None), "charge.dispute.closed", &dispute, Some(before));
    }
}
