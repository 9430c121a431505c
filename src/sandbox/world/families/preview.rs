//! `POST /v1/invoices/create_preview`, and the invoice that bills a change at once.

use serde_json::{Map, Value, json};

use super::{
    super::{
        Universe,
        kind::Kind,
        money::Credit,
        params::{boolean, choice, moment, required, text_param},
        value::{flag, int, joined, set, text},
    },
    proration::{Piece, changes, ends, over, period, resets},
};
use crate::sandbox::{call::Call, error::Refusal};

pub(super) const BEHAVIORS: [&str; 3] = ["create_prorations", "always_invoice", "none"];

/// `proration_date`, which must lie in the current period; now when absent.
pub(super) fn proration_date(call: &Call, path: &[&str], subscription: &Value) -> Result<i64, Refusal> {
    let (start, end) = period(subscription);
    match moment(call, path)? {
        None => Ok(call.now.clamp(start, end)),
        Some(at) if (start..=end).contains(&at) => Ok(at),
        Some(_) => Err(Refusal::invalid(
            "Invalid proration date: it must be between the start and the end of the current period of the subscription.",
        )
        .param(super::super::params::written(path))),
    }
}

/// The subscription that the preview is about.
fn target(world: &mut Universe, call: &Call) -> Result<(Value, u32), Refusal> {
    if let Some(id) = text_param(call, &["subscription"]) {
        let found = world.must(Kind::Subscription, id, "subscription")?;
        if over(&found.0) {
            return Err(nothing(text(&found.0, "customer")));
        }
        return Ok(found);
    }
    let id = text_param(call, &["customer"]).ok_or_else(|| required("customer"))?;
    let (_, owner) = world.must(Kind::Customer, id, "customer")?;
    let next = world.all_of(Kind::Subscription, owner).into_iter().filter(|sub| !over(sub) && !ends(sub));
    next.min_by_key(|sub| period(sub).1).map(|sub| (sub, owner)).ok_or_else(|| nothing(id))
}

fn nothing(customer: &str) -> Refusal {
    Refusal { status: 404, ..Refusal::invalid(format!("No upcoming invoices for customer: {customer}")) }
        .code("invoice_upcoming_none")
}

pub(in crate::sandbox) fn create(world: &mut Universe, call: &Call) -> Result<Value, Refusal> {
    const DETAILS: &str = "subscription_details";
    let (subscription, owner) = target(world, call)?;
    let now_ends = boolean(call, &[DETAILS, "cancel_now"])?.unwrap_or(false);
    let wanted = changes(world, call, &[DETAILS, "items"], &subscription)?;
    let behavior = choice(call, &[DETAILS, "proration_behavior"], &BEHAVIORS)?.unwrap_or("create_prorations");
    let at = proration_date(call, &[DETAILS, "proration_date"], &subscription)?;
    let stops = boolean(call, &[DETAILS, "cancel_at_period_end"])?.unwrap_or(ends(&subscription));
    let mut pieces = Vec::new();
    let when;
    if now_ends {
        when = at;
        if behavior != "none" {
            pieces = world.unused(&subscription, at);
        }
    } else {
        let after = world.changed(&subscription, &wanted, at);
        let reset = resets(&subscription, &wanted);
        pieces.extend(
            world
                .proration(&subscription, &after, at)
                .into_iter()
                .filter(|x| behavior != "none" || !x.proration),
        );
        let at_once = reset || (behavior == "always_invoice" && !wanted.is_empty());
        when = if at_once { at } else { period(&after).1 };
        if !at_once && !stops {
            pieces.extend(Universe::renewal(&after));
        }
    }
    let pending = pending_items(world, owner, text(&subscription, "id"));
    if pieces.is_empty() && pending.is_empty() && !now_ends {
        return Err(nothing(text(&subscription, "customer")));
    }
    let id = format!("upcoming_{}", world.ids.write(Kind::Invoice, owner, u32::MAX));
    Ok(world.invoice_of(&subscription, &pieces, &pending, (&id, when)))
}

/// Amounts that wait for the next invoice of a subscription.
pub(super) fn pending_items(world: &mut Universe, owner: u32, subscription: &str) -> Vec<Value> {
    let mut waiting = world.all_of(Kind::InvoiceItem, owner);
    waiting.retain(|item| {
        let of = item.pointer("/parent/subscription_details/subscription").and_then(Value::as_str);
        text(item, "invoice").is_empty() && of.is_none_or(|of| of == subscription)
    });
    waiting
}

/// A waiting item as a line.
fn item_line(item: &Value, id: &str, invoice: &str) -> Value {
    let member = |key: &str| item.get(key).cloned().unwrap_or(Value::Null);
    json!({
        "id": id, "object": "line_item", "amount": member("amount"), "currency": member("currency"),
        "description": member("description"), "discount_amounts": [], "discountable": member("discountable"),
        "discounts": [], "invoice": invoice, "livemode": false, "metadata": {},
        "parent": {
            "invoice_item_details": {
                "invoice_item": member("id"), "proration": member("proration"), "proration_details": null,
                "subscription": item.pointer("/parent/subscription_details/subscription"),
            },
            "subscription_item_details": null, "type": "invoice_item_details",
        },
        "period": member("period"), "pretax_credit_amounts": [], "pricing": member("pricing"),
        "quantity": member("quantity"), "quantity_decimal": member("quantity_decimal"),
        "subtotal": member("amount"), "taxes": [],
    })
}

impl Universe {
    /// An invoice of the pieces and waiting items; `place`: its id and time. A draft: nothing is written.
    pub(super) fn invoice_of(
        &mut self,
        subscription: &Value,
        pieces: &[Piece],
        pending: &[Value],
        (id, when): (&str, i64),
    ) -> Value {
        let percent = self.percent_off(subscription, when);
        let of = text(subscription, "id");
        let line_id = |at: usize| {
            format!("il_{}", id.trim_start_matches("upcoming_in_").replace("in_", "") + &at.to_string())
        };
        let mut lines: Vec<Value> =
            pieces.iter().enumerate().map(|(at, piece)| piece.line(self, (&line_id(at), id), of)).collect();
        let mut off = 0;
        for (line, piece) in lines.iter_mut().zip(pieces).filter(|(_, piece)| !piece.proration && percent > 0)
        {
            let amount = piece.amount * percent / 100;
            off += amount;
            let discount = subscription.pointer("/discounts/0");
            set(line, "discount_amounts", json!([{"amount": amount, "discount": discount}]));
        }
        let first = lines.len();
        lines.extend(pending.iter().enumerate().map(|(at, item)| item_line(item, &line_id(first + at), id)));
        let subtotal: i64 = lines.iter().map(|line| int(line, "amount")).sum();
        let customer = self.by_id(text(subscription, "customer")).unwrap_or(Value::Null);
        let balance = int(&customer, "balance");
        let total = subtotal - off;
        // Credit is used up to the total; a negative total becomes credit.
        let used = if total > 0 { total.min((-balance).max(0)) } else { total };
        let due = (total - used).max(0);
        let discounts = if off > 0 { subscription.get("discounts").cloned() } else { None };
        let first_discount = subscription.pointer("/discounts/0").cloned();
        let amounts = json!({
            "amount_due": due, "amount_overpaid": 0, "amount_paid": 0, "amount_paid_off_stripe": 0,
            "amount_remaining": due, "amount_shipping": 0, "discounts": discounts.unwrap_or_else(|| json!([])),
            "ending_balance": balance + used, "starting_balance": balance, "subtotal": subtotal,
            "subtotal_excluding_tax": subtotal, "total": total, "total_excluding_tax": total,
            "total_discount_amounts":
                if off > 0 { json!([{"amount": off, "discount": first_discount}]) } else { json!([]) },
            "total_taxes": [], "total_pretax_credit_amounts": [],
            "lines": super::super::render::list_of(&lines, &format!("/v1/invoices/{id}/lines")),
        });
        joined(frame(subscription, &customer, (id, when)), amounts)
    }

    /// Bills pieces and waiting items now: an invoice, taken from the card or the balance.
    pub(super) fn bill_now(
        &mut self,
        call: &Call,
        subscription: &Value,
        pieces: &[Piece],
        owner: u32,
    ) -> Value {
        let pending = pending_items(self, owner, text(subscription, "id"));
        let draft = self.invoice_of(subscription, pieces, &pending, ("in_", call.now));
        let mut invoice = self.add(Kind::Invoice, owner, |id| {
            // The id is known only now; the lines carry it too.
            let text = draft
                .to_string()
                .replace("\"in_\"", &format!("\"{id}\""))
                .replace("/in_/", &format!("/{id}/"));
            serde_json::from_str(&text).unwrap_or(Value::Null)
        });
        let id = text(&invoice, "id").to_owned();
        for mut item in pending {
            set(&mut item, "invoice", id.as_str());
            self.put(&item);
        }
        self.use_balance(call, &invoice, owner);
        let due = int(&invoice, "amount_due");
        let paid = due == 0 || self.take_money(call, subscription, &invoice, owner);
        set(&mut invoice, "status", if paid { "paid" } else { "open" });
        set(&mut invoice, "billing_reason", "subscription_update");
        set(&mut invoice, "amount_paid", if paid { due } else { 0 });
        set(&mut invoice, "amount_remaining", if paid { 0 } else { due });
        set(&mut invoice, "attempted", true);
        set(
            &mut invoice,
            "status_transitions",
            json!({
                "finalized_at": call.now, "marked_uncollectible_at": null, "paid_at": paid.then_some(call.now),
                "voided_at": null,
            }),
        );
        self.put(&invoice);
        self.say(call, "invoice.created", &invoice, None);
        self.say(call, if paid { "invoice.paid" } else { "invoice.payment_failed" }, &invoice, None);
        invoice
    }

    /// Moves the customer's credit by what the invoice used or gave.
    fn use_balance(&mut self, call: &Call, invoice: &Value, owner: u32) {
        let (start, end) = (int(invoice, "starting_balance"), int(invoice, "ending_balance"));
        let Some(mut customer) = self.by_id(text(invoice, "customer")).filter(|_| start != end) else {
            return;
        };
        let before = customer.clone();
        let credit = Credit {
            amount: end - start,
            currency: text(invoice, "currency"),
            kind: "applied_to_invoice",
            invoice: Some(text(invoice, "id")),
            ..Credit::default()
        };
        self.credit(call, &mut customer, owner, &credit);
        self.say(call, "customer.updated", &customer, Some(&before));
    }

    /// Charges the card that paid last; false when there never was one.
    fn take_money(&mut self, call: &Call, subscription: &Value, invoice: &Value, owner: u32) -> bool {
        let due = int(invoice, "amount_due");
        let last = self.all_of(Kind::Charge, owner).into_iter().find(|charge| {
            text(charge, "status") == "succeeded"
                && text(charge, "currency") == text(subscription, "currency")
        });
        let Some(mut charge) = last else { return false };
        let Some(mut intent) = self.by_id(text(&charge, "payment_intent")) else { return false };
        for (object, names) in [
            (&mut charge, &["amount", "amount_captured"][..]),
            (&mut intent, &["amount", "amount_received"][..]),
        ] {
            for name in names {
                set(object, name, due);
            }
            set(object, "created", call.now);
            set(object, "description", "Subscription update");
            set(object, "metadata", Value::Object(Map::new()));
        }
        for (name, value) in
            [("refunded", json!(false)), ("disputed", json!(false)), ("amount_refunded", json!(0))]
        {
            set(&mut charge, name, value);
        }
        let intent =
            self.add(Kind::Intent, owner, |id| joined(intent, json!({"id": id, "status": "succeeded"})));
        let paid_by = text(&intent, "id").to_owned();
        let charge =
            self.add(Kind::Charge, owner, |id| joined(charge, json!({"id": id, "payment_intent": paid_by})));
        self.book_charge(call, charge, intent, owner);
        self.add(Kind::InvoicePayment, owner, |id| {
            json!({
                "id": id, "object": "invoice_payment", "amount_paid": due, "amount_requested": due,
                "created": call.now, "currency": text(invoice, "currency"), "invoice": text(invoice, "id"),
                "is_default": true, "livemode": false,
                "payment": {"payment_intent": paid_by, "type": "payment_intent"}, "status": "paid",
                "status_transitions": {"canceled_at": null, "paid_at": call.now},
            })
        });
        true
    }

    /// The movement of the balance behind a new charge, and the links among the three.
    fn book_charge(&mut self, call: &Call, mut charge: Value, mut intent: Value, owner: u32) {
        let amount = int(&charge, "amount");
        let currency = text(&charge, "currency").to_owned();
        let source = text(&charge, "id").to_owned();
        let fee = super::super::plan::fee(amount);
        let movement = self.book(call.now, owner, (amount, fee, &currency), ("charge", &source));
        set(&mut charge, "balance_transaction", movement);
        set(&mut intent, "latest_charge", source);
        self.put(&charge);
        self.put(&intent);
        self.say(call, "charge.succeeded", &charge, None);
    }
}

/// The members of an invoice that no amount decides.
fn frame(subscription: &Value, customer: &Value, (id, when): (&str, i64)) -> Value {
    let member = |key: &str| customer.get(key).cloned().unwrap_or(Value::Null);
    let (start, end) = period(subscription);
    let first = json!({
        "id": id, "object": "invoice", "account_country": "US", "account_name": "Lantern Software",
        "application": null, "attempt_count": 0, "attempted": false, "auto_advance": false,
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null, "status": null},
        "automatically_finalizes_at": null, "billing_reason": "upcoming",
        "collection_method": "charge_automatically", "created": when, "currency": text(subscription, "currency"),
        "custom_fields": null, "customer": text(subscription, "customer"), "customer_account": null,
        "customer_address": member("address"), "customer_email": member("email"), "customer_name": member("name"),
        "customer_phone": member("phone"), "customer_shipping": null, "customer_tax_exempt": "none",
        "customer_tax_ids": [], "default_payment_method": null, "default_source": null,
        "default_tax_rates": [], "description": null, "due_date": null, "effective_at": null, "footer": null,
    });
    let second = json!({
        "from_invoice": null, "hosted_invoice_url": null, "invoice_pdf": null, "issuer": {"type": "self"},
        "last_finalization_error": null, "latest_revision": null, "livemode": false, "metadata": {},
        "next_payment_attempt": if flag(customer, "deleted") { Value::Null } else { json!(when + 3_600) },
        "number": null, "on_behalf_of": null,
        "parent": {
            "quote_details": null,
            "subscription_details": {"metadata": {}, "subscription": text(subscription, "id")},
            "type": "subscription_details",
        },
        "payment_settings": {"default_mandate": null, "payment_method_options": null, "payment_method_types": null},
        "period_end": end, "period_start": start, "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0, "receipt_number": null, "rendering": null, "shipping_cost": null,
        "shipping_details": null, "statement_descriptor": null, "status": "draft",
        "status_transitions": {
            "finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null,
        },
        "test_clock": null, "webhooks_delivered_at": null,
    });
    joined(first, second)
}
