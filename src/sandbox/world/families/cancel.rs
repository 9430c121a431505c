//! `DELETE /v1/subscriptions/{id}`: the end at once, with or without credit for the unused time.

use serde_json::{Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        params::boolean,
        value::{flag, set, text},
    },
    bill::{
        collect::{Manner, Now},
        draft::pending_items,
        pieces::over,
    },
    invoices::subscription_of,
    path_id,
    terms::details,
};
use crate::sandbox::{call::Call, error::Refusal};

pub(in crate::sandbox) fn cancel(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    let id = path_id(call);
    let (before, _) = world.must(Kind::Subscription, id, "id")?;
    if over(&before) {
        return Err(Refusal::missing("subscription", id, "id"));
    }
    let prorate = boolean(call, &["prorate"])?.unwrap_or(false);
    let invoice_now = boolean(call, &["invoice_now"])?.unwrap_or(false);
    let mut ending = before.clone();
    details(call, &mut ending)?;
    Ok(world.end_now(call, &ending, (prorate, invoice_now)))
}

impl Universe {
    /// Ends a subscription, with credit for the rest of its period and a last invoice if they are wanted.
    pub(super) fn end_now(
        &mut self,
        call: &Call,
        before: &Value,
        (prorate, invoice_now): (bool, bool),
    ) -> Value {
        let id = text(before, "id").to_owned();
        let owner = self.owner_of(&id).unwrap_or(u32::MAX);
        let mut after = before.clone();
        let mut why = after.get("cancellation_details").cloned().unwrap_or_else(|| json!({}));
        set(&mut why, "reason", "cancellation_requested");
        for (name, value) in [
            ("cancellation_details", why),
            ("status", json!("canceled")),
            ("canceled_at", json!(call.now)),
            ("ended_at", json!(call.now)),
            ("cancel_at", Value::Null),
            ("cancel_at_period_end", json!(false)),
            ("pause_collection", Value::Null),
            ("pending_update", Value::Null),
        ] {
            set(&mut after, name, value);
        }
        let pieces = if prorate { self.unused(before, call.now) } else { vec![] };
        let waiting = pending_items(self, before);
        if invoice_now && !(pieces.is_empty() && waiting.is_empty()) {
            let offs = self.offs(before, call.now);
            let now = Now {
                subscription: before,
                pieces: &pieces,
                offs: &offs,
                reason: "subscription_cycle",
                manner: Manner::Allow,
            };
            let invoice = self.bill_now(call, &now, owner);
            set(&mut after, "latest_invoice", text(&invoice, "id"));
        } else if prorate {
            for piece in &pieces {
                self.wait(call, before, piece, owner);
            }
        } else {
            for item in waiting.iter().filter(|item| flag(item, "proration")) {
                self.remove(item);
                self.say(call, "invoiceitem.deleted", item, None);
            }
        }
        self.end_schedule(call, &mut after);
        self.put(&after);
        self.stop_collecting(&id, owner);
        self.say(call, "customer.subscription.deleted", &after, None);
        after
    }

    /// Open invoices stay owed, but nobody tries to collect them.
    fn stop_collecting(&mut self, subscription: &str, owner: u32) {
        for mut invoice in self.all_of(Kind::Invoice, owner) {
            let collected = ["open", "draft"].contains(&text(&invoice, "status"));
            if collected && subscription_of(&invoice) == subscription {
                set(&mut invoice, "auto_advance", false);
                set(&mut invoice, "automatically_finalizes_at", Value::Null);
                set(&mut invoice, "next_payment_attempt", Value::Null);
                self.put(&invoice);
            }
        }
    }
}
