//! Subscriptions, their items, and schedules.

use serde_json::{Value, json};

use super::{
    super::{
        catalog::{self, METERED},
        kind::Kind,
        plan,
        value::joined,
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
            "discounts": [], "metadata": {}, "price": self.catalog.price_json(price), "quantity": quantity,
            "subscription": self.id(Kind::Subscription, place), "tax_rates": [],
        })
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
            sub.coupon.map(|_| self.id(Kind::Discount, place + 1)).into_iter().collect();
        let schedule = self.plan.scheduled().position(|other| std::ptr::eq(other, sub));
        let first = json!({
            "id": id, "object": "subscription", "application": null, "application_fee_percent": null,
            "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
            "billing_cycle_anchor": sub.anchor, "billing_cycle_anchor_config": null,
            "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
            "billing_thresholds": null, "cancel_at": sub.cancel_at,
            "cancel_at_period_end": sub.at_period_end, "canceled_at": sub.canceled_at,
            "cancellation_details": {
                "comment": null, "feedback": or_null(sub.why.and_then(|why| why.1)),
                "reason": or_null(sub.why.map(|why| why.0)),
            },
            "collection_method": "charge_automatically", "created": sub.created, "currency": spec.currency,
            "customer": self.customer_id(), "customer_account": null, "days_until_due": null,
        });
        let second = json!({
            "default_payment_method": null, "default_source": null, "default_tax_rates": [],
            "description": null, "discounts": discounts, "ended_at": sub.ended_at,
            "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
            "items": list_of(&items, &format!("/v1/subscription_items?subscription={id}")),
            "latest_invoice": or_null(sub.latest_invoice.map(|at| self.id(Kind::Invoice, at))),
            "livemode": false, "metadata": {}, "next_pending_invoice_item_invoice": null, "on_behalf_of": null,
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
                "paused": {"subscription": {"type": why}},
            }))),
            "test_clock": null, "transfer_data": null, "trial_end": or_null(sub.trial.map(|trial| trial.1)),
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "trial_start": or_null(sub.trial.map(|trial| trial.0)),
        });
        Some(joined(first, second))
    }

    pub(super) fn schedule(&self, place: usize) -> Option<Value> {
        let sub = self.plan.scheduled().nth(place)?;
        let at = self.plan.subs.iter().position(|other| std::ptr::eq(other, sub))?;
        let next = sub.schedule?;
        let months = catalog::spec(sub.price).months;
        let after = super::super::calendar::add_months(sub.period.1, months);
        let phase = |price: usize, (start, end): (i64, i64)| {
            json!({
                "add_invoice_items": [], "application_fee_percent": null, "automatic_tax": {"enabled": false},
                "billing_cycle_anchor": null, "collection_method": null, "currency": catalog::spec(price).currency,
                "default_payment_method": null, "description": null, "discounts": [], "end_date": end,
                "items": [{
                    "billing_thresholds": null, "discounts": [], "metadata": {},
                    "price": self.catalog.price_id(price), "quantity": sub.quantity, "tax_rates": [],
                }],
                "metadata": {}, "proration_behavior": "create_prorations", "start_date": start, "trial_end": null,
            })
        };
        Some(json!({
            "id": self.id(Kind::Schedule, place), "object": "subscription_schedule", "application": null,
            "billing_mode": {"type": "flexible"}, "canceled_at": null, "completed_at": null,
            "created": sub.period.0 + 600,
            "current_phase": {"end_date": sub.period.1, "start_date": sub.period.0},
            "customer": self.customer_id(), "customer_account": null,
            "default_settings": {"billing_cycle_anchor": "automatic", "collection_method": "charge_automatically"},
            "end_behavior": "release", "livemode": false, "metadata": {},
            "phases": [phase(sub.price, sub.period), phase(next, (sub.period.1, after))],
            "released_at": null, "released_subscription": null, "status": "active",
            "subscription": self.id(Kind::Subscription, at), "test_clock": null,
        }))
    }
}
