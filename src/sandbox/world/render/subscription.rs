//! Subscriptions, their items, and schedules.

use serde_json::{Value, json};

use super::{
    super::{
        calendar::add_months,
        catalog::{self, COUPONS, METERED},
        kind::Kind,
        plan,
        value::{joined, set},
    },
    Draw, list_of, or_null,
};

impl Draw<'_> {
    /// Items have room for eight a subscription.
    pub(super) fn item_id(&self, sub: usize, item: usize) -> String {
        self.id(Kind::SubscriptionItem, sub * 8 + item)
    }

    fn item(&self, place: usize, sub: &plan::Sub, (item, price, quantity): (usize, usize, i64)) -> Value {
        let quantity = (price != METERED).then_some(quantity);
        json!({
            "id": self.item_id(place, item), "object": "subscription_item", "billing_thresholds": null,
            "created": sub.created, "current_period_end": sub.period.1, "current_period_start": sub.period.0,
            "current_trial": null, "discounts": [], "metadata": {},
            "plan": catalog::plan_json(&self.catalog.price_json(price)),
            "price": self.catalog.price_json(price), "quantity": quantity,
            "subscription": self.id(Kind::Subscription, place), "tax_rates": [],
        })
    }

    /// The coupon that a subscription still has: not one that its bills have used up.
    fn holding(&self, place: usize, sub: &plan::Sub) -> Option<usize> {
        let coupon = sub.coupon?;
        let months = COUPONS.get(coupon)?.months;
        let used =
            || self.plan.invoices.iter().any(|invoice| invoice.sub == place && invoice.coupon.is_some());
        let holds = match months {
            -1 => true,
            0 => !used(),
            _ => add_months(sub.created, months) > self.plan.base,
        };
        holds.then_some(coupon)
    }

    pub(super) fn subscription(&self, place: usize) -> Option<Value> {
        let sub = self.plan.subs.get(place)?;
        let spec = catalog::spec(sub.price);
        let id = self.id(Kind::Subscription, place);
        let mut items = vec![self.item(place, sub, (0, sub.price, sub.quantity))];
        if sub.seats > 0 {
            items.push(self.item(place, sub, (1, catalog::seat_price(spec.currency), sub.seats)));
        }
        if let Some(extra) = sub.extra {
            items.push(self.item(place, sub, (2, extra, 100)));
        }
        let discounts: Vec<String> =
            self.holding(place, sub).map(|_| self.id(Kind::Discount, place + 1)).into_iter().collect();
        let schedule = self.plan.scheduled().position(|other| std::ptr::eq(other, sub));
        let first = json!({
            "id": id, "object": "subscription", "application": null, "application_fee_percent": null,
            "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
            "billing_cycle_anchor": sub.anchor, "billing_cycle_anchor_config": null,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "billing_schedules": [], "billing_thresholds": null, "cancel_at": sub.cancel_at,
            "cancel_at_period_end": sub.at_period_end, "canceled_at": sub.canceled_at,
            "cancellation_details": {
                "comment": null, "feedback": or_null(sub.why.and_then(|why| why.1)),
                "reason": or_null(sub.why.map(|why| why.0)),
            },
            "collection_method": if sub.days.is_some() { "send_invoice" } else { "charge_automatically" },
            "created": sub.created, "currency": spec.currency,
            "customer": self.customer_id(), "customer_account": null, "days_until_due": sub.days,
        });
        let second = json!({
            "default_payment_method": null, "default_source": null, "default_tax_rates": [],
            "description": null, "discounts": discounts, "ended_at": sub.ended_at,
            "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
            "items": list_of(&items, &format!("/v1/subscription_items?subscription={id}")),
            "latest_invoice": or_null(sub.latest_invoice.map(|at| self.id(Kind::Invoice, at))),
            "livemode": false, "managed_payments": null, "metadata": {},
            "next_pending_invoice_item_invoice": null, "on_behalf_of": null,
            "pause_collection": or_null(sub.pause.map(|(behavior, until)| json!({
                "behavior": behavior, "resumes_at": until,
            }))),
            "payment_settings": {
                "payment_method_options": null, "payment_method_types": null,
                "save_default_payment_method": "off",
            },
            "pending_invoice_item_interval": null, "pending_setup_intent": null, "pending_update": null,
            "schedule": or_null(schedule.map(|at| self.id(Kind::Schedule, at))), "start_date": sub.created,
            "status": sub.status,
            "status_details": or_null(sub.paused_why.map(|why| json!({
                "paused": {"subscription": {"type": why}, "transitioned_at": sub.period.1.min(self.plan.base)},
            }))),
            "test_clock": null, "transfer_data": null, "trial_end": or_null(sub.trial.map(|trial| trial.1)),
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "trial_start": or_null(sub.trial.map(|trial| trial.0)),
        });
        Some(joined(first, second))
    }

    fn phase(&self, price: usize, quantity: i64, (start, end): (i64, i64)) -> Value {
        json!({
            "add_invoice_items": [], "application_fee_percent": null,
            "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
            "billing_cycle_anchor": null, "billing_thresholds": null, "collection_method": null,
            "currency": catalog::spec(price).currency, "default_payment_method": null, "description": null,
            "discounts": [], "end_date": end, "invoice_settings": null,
            "items": [{
                "billing_thresholds": null, "discounts": [], "metadata": {},
                "price": self.catalog.price_id(price), "quantity": quantity, "tax_rates": [],
            }],
            "metadata": {}, "on_behalf_of": null, "proration_behavior": "create_prorations",
            "start_date": start, "transfer_data": null, "trial_end": null,
        })
    }

    /// A schedule; what its state says comes from `own`.
    fn schedule_json(&self, place: usize, created: i64, phases: &[Value], own: Value) -> Value {
        let frame = json!({
            "id": self.id(Kind::Schedule, place), "object": "subscription_schedule", "application": null,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "canceled_at": null, "completed_at": null, "created": created, "current_phase": null,
            "customer": self.customer_id(), "customer_account": null,
            "default_settings": {
                "application_fee_percent": null,
                "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
                "billing_cycle_anchor": "automatic", "billing_thresholds": null,
                "collection_method": "charge_automatically", "default_payment_method": null,
                "description": null,
                "invoice_settings": {
                    "account_tax_ids": null, "days_until_due": null, "issuer": {"type": "self"},
                },
                "on_behalf_of": null, "transfer_data": null,
            },
            "end_behavior": "release", "livemode": false, "metadata": {}, "pause_schedules": [],
            "phases": phases, "released_at": null, "released_subscription": null, "status": "active",
            "subscription": null, "test_clock": null,
        });
        joined(frame, own)
    }

    pub(super) fn schedule(&self, place: usize) -> Option<Value> {
        let running = self.plan.scheduled().count();
        if let Some(planned) = place.checked_sub(running) {
            return self.planned_schedule(place, planned);
        }
        let sub = self.plan.scheduled().nth(place)?;
        let at = self.plan.subs.iter().position(|other| std::ptr::eq(other, sub))?;
        let next = sub.schedule?;
        let after = add_months(sub.period.1, catalog::spec(sub.price).months);
        let phases = [
            self.phase(sub.price, sub.quantity, sub.period),
            self.phase(next, sub.quantity, (sub.period.1, after)),
        ];
        let own = json!({
            "current_phase": {"end_date": sub.period.1, "start_date": sub.period.0},
            "subscription": self.id(Kind::Subscription, at),
        });
        Some(self.schedule_json(place, sub.period.0 + 600, &phases, own))
    }

    fn planned_schedule(&self, place: usize, planned: usize) -> Option<Value> {
        let planned = self.plan.planned.get(planned)?;
        let end = add_months(planned.start, catalog::spec(planned.price).months);
        let phases = [self.phase(planned.price, 1, (planned.start, end))];
        let mut own = json!({"status": planned.status});
        let over = planned.created + 3_600;
        match planned.status {
            "released" => {
                set(&mut own, "released_at", over);
                set(&mut own, "released_subscription", self.id(Kind::Subscription, 0));
            }
            "canceled" => set(&mut own, "canceled_at", over),
            "completed" => set(&mut own, "completed_at", end),
            _ => {}
        }
        Some(self.schedule_json(place, planned.created, &phases, own))
    }
}
