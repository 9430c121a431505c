//! Invoices with their lines and payments, waiting items, credit notes, and the words in lines.

use serde_json::{Value, json};

use super::{
    super::{
        calendar::{DAY, HOUR, day_text},
        catalog::{self, Catalog},
        kind::Kind,
        plan,
        value::{joined, set},
    },
    Draw, LineParts, line_json, note_line_json, or_null,
};

/// Lines have room for 64 an invoice.
pub(in super::super) const LINES_MOST: usize = 64;

/// `$1,234.50`
pub(in super::super) fn money_text(amount: i64, currency: &str) -> String {
    let decimals: u32 = match currency {
        "jpy" | "krw" => 0,
        "kwd" => 3,
        _ => 2,
    };
    let unit = 10_i64.pow(decimals);
    let whole = (amount.abs() / unit).to_string();
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if decimals > 0 {
        let width = usize::try_from(decimals).unwrap_or(2);
        let rest = format!(".{:0width$}", amount.abs() % unit);
        grouped.push_str(&rest);
    }
    let sign = if amount < 0 { "-" } else { "" };
    match currency {
        "usd" => format!("{sign}${grouped}"),
        "eur" => format!("{sign}€{grouped}"),
        "gbp" => format!("{sign}£{grouped}"),
        "jpy" => format!("{sign}¥{grouped}"),
        "brl" => format!("{sign}R${grouped}"),
        other => format!("{sign}{grouped} {}", other.to_uppercase()),
    }
}

/// What stands in a line of an invoice.
pub(in super::super) fn line_text(line: &plan::Line) -> String {
    let spec = catalog::spec(line.price);
    let name = Catalog::product_name(spec.product);
    if line.proration {
        let what = if line.amount < 0 { "Unused" } else { "Remaining" };
        return format!("{what} time on {name} after {}", day_text(line.period.0));
    }
    let each = money_text(spec.amount, spec.currency);
    let interval = if spec.months == 12 { "year" } else { "month" };
    format!("{} × {name} (at {each} / {interval})", line.quantity)
}

/// A nested list with everything on its first page.
pub(in super::super) fn list_of(data: &[Value], url: &str) -> Value {
    let count = data.len();
    json!({"object": "list", "data": data, "has_more": false, "total_count": count, "url": url})
}

/// The members of an invoice that neither its lines nor its state decide. A draft without lines.
pub(in super::super) fn invoice_frame(customer: &Value, id: &str, (created, currency): (i64, &str)) -> Value {
    let member = |key: &str| customer.get(key).cloned().unwrap_or(Value::Null);
    let first = json!({
        "id": id, "object": "invoice", "account_country": "US", "account_name": "Lantern Software",
        "account_tax_ids": null, "amount_due": 0, "amount_overpaid": 0, "amount_paid": 0,
        "amount_paid_off_stripe": 0, "amount_remaining": 0, "amount_shipping": 0, "application": null,
        "attempt_count": 0, "attempted": false, "auto_advance": false,
        "automatic_tax": {
            "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null,
        },
        "automatically_finalizes_at": null, "billing_reason": "manual",
        "collection_method": "charge_automatically", "created": created, "currency": currency,
        "custom_fields": null, "customer": member("id"), "customer_account": null,
        "customer_address": member("address"), "customer_email": member("email"),
        "customer_name": member("name"), "customer_phone": member("phone"), "customer_shipping": null,
        "customer_tax_exempt": "none", "customer_tax_ids": [], "default_payment_method": null,
        "default_source": null, "default_tax_rates": [], "description": null, "discounts": [],
        "due_date": null, "effective_at": null, "ending_balance": null, "footer": null,
    });
    let second = json!({
        "from_invoice": null, "hosted_invoice_url": null, "invoice_pdf": null, "issuer": {"type": "self"},
        "last_finalization_error": null, "latest_revision": null,
        "lines": list_of(&[], &format!("/v1/invoices/{id}/lines")), "livemode": false, "metadata": {},
        "next_payment_attempt": null, "number": null, "on_behalf_of": null, "parent": null,
        "payment_settings": {"default_mandate": null, "payment_method_options": null, "payment_method_types": null},
        "period_end": created, "period_start": created, "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0, "receipt_number": null, "rendering": null,
        "shipping_cost": null, "shipping_details": null, "starting_balance": 0,
        "statement_descriptor": null, "status": "draft",
        "status_transitions": {
            "finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null,
        },
        "subtotal": 0, "subtotal_excluding_tax": 0, "test_clock": null, "total": 0,
        "total_discount_amounts": [], "total_excluding_tax": 0, "total_pretax_credit_amounts": [],
        "total_taxes": [], "webhooks_delivered_at": null,
    });
    joined(first, second)
}

impl Draw<'_> {
    /// One line of an invoice; `sub` is its subscription's place.
    pub(in super::super) fn line(&self, line: &plan::Line, ids: (&str, &str), sub: usize) -> Value {
        let spec = catalog::spec(line.price);
        let (id, invoice) = ids;
        let item = self.item_id(sub, usize::try_from(line.item).unwrap_or(0));
        let mut drawn = line_json(&LineParts {
            id,
            invoice,
            amount: line.amount,
            currency: spec.currency,
            description: json!(line_text(line)),
            discountable: !line.proration,
            parent: json!({
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": null, "proration": line.proration,
                    "proration_details": {"credited_items": null},
                    "subscription": self.id(Kind::Subscription, sub), "subscription_item": item,
                },
                "type": "subscription_item_details",
            }),
            subscription: json!(self.id(Kind::Subscription, sub)),
            period: json!({"end": line.period.1, "start": line.period.0}),
            pricing: json!({
                "price_details": {
                    "price": self.catalog.price_id(line.price), "product": self.catalog.product_id(spec.product),
                },
                "type": "price_details", "unit_amount_decimal": spec.amount.to_string(),
            }),
            quantity: json!(line.quantity),
            metadata: json!({}),
        });
        if line.discount > 0 {
            let discount = self.id(Kind::Discount, sub + 1);
            set(&mut drawn, "discount_amounts", json!([{"amount": line.discount, "discount": discount}]));
        }
        drawn
    }

    pub(super) fn invoice(&self, place: usize) -> Option<Value> {
        let invoice = self.plan.invoices.get(place)?;
        let id = self.id(Kind::Invoice, place);
        let sub = invoice.sub;
        let lines: Vec<Value> = invoice
            .lines
            .iter()
            .enumerate()
            .map(|(at, line)| self.line(line, (&self.id(Kind::Line, place * LINES_MOST + at), &id), sub))
            .collect();
        let subtotal: i64 = invoice.lines.iter().map(|line| line.amount).sum();
        let off = subtotal - invoice.total;
        let paid = invoice.status == "paid";
        let draft = invoice.status == "draft";
        let discount = invoice.coupon.map(|_| self.id(Kind::Discount, sub + 1));
        let notes = self.plan.notes.iter().filter(|note| note.invoice == place && !note.void);
        let (post, pre) = notes.fold((0, 0), |sum, note| (sum.0 + note.amount - note.pre, sum.1 + note.pre));
        let days = self.plan.subs.get(sub).and_then(|sub| sub.days);
        let ended = invoice.created + 3 * DAY;
        let (number, hosted) = (
            (!draft).then(|| super::invoice_number(&self.customer_id(), place)),
            (!draft).then(|| format!("https://invoice.stripe.com/i/acct_sandbox/{id}")),
        );
        let finalized = (!draft).then_some(invoice.created + HOUR);
        let frame = invoice_frame(&self.customer(), &id, (invoice.created, invoice.currency));
        let own = json!({
            "amount_due": invoice.total.max(0) - pre, "amount_paid": if paid { invoice.total } else { 0 },
            "amount_remaining": if paid { 0 } else { invoice.total - pre }, "attempt_count": invoice.attempts,
            "attempted": invoice.attempts > 0, "auto_advance": invoice.status == "open" || draft,
            "billing_reason": invoice.reason,
            "collection_method": if days.is_some() { "send_invoice" } else { "charge_automatically" },
            "due_date": days.map(|days| invoice.created + days * DAY), "discounts": discount.clone().into_iter().collect::<Vec<_>>(),
            "effective_at": finalized, "ending_balance": (!draft).then_some(0), "hosted_invoice_url": hosted,
            "invoice_pdf": hosted.as_ref().map(|url| format!("{url}/pdf")),
            "lines": list_of(&lines, &format!("/v1/invoices/{id}/lines")),
            "next_payment_attempt": invoice.next_attempt, "number": number,
            "parent": {
                "quote_details": null,
                "subscription_details": {"metadata": {}, "subscription": self.id(Kind::Subscription, sub)},
                "type": "subscription_details",
            },
            "period_end": invoice.period.1, "period_start": invoice.period.0,
            "post_payment_credit_notes_amount": post, "pre_payment_credit_notes_amount": pre, "status": invoice.status,
            "status_transitions": {
                "finalized_at": finalized,
                "marked_uncollectible_at": (invoice.status == "uncollectible").then_some(ended),
                "paid_at": invoice.paid_at, "voided_at": (invoice.status == "void").then_some(ended),
            },
            "subtotal": subtotal, "subtotal_excluding_tax": subtotal, "total": invoice.total,
            "total_discount_amounts": if off > 0 {
                json!([{"amount": off, "discount": or_null(discount)}])
            } else { json!([]) },
            "total_excluding_tax": invoice.total,
            "webhooks_delivered_at": (!draft).then_some(invoice.created),
        });
        let mut drawn = joined(frame, own);
        if invoice.status == "uncollectible" {
            set(&mut drawn, "status_details", json!({"uncollectible": {"reason": "user_forgiven"}}));
        }
        Some(drawn)
    }

    pub(super) fn invoice_payment(&self, place: usize) -> Option<Value> {
        let (at, invoice) = self.plan.paying().nth(place)?;
        let paid = invoice.status == "paid";
        Some(json!({
            "id": self.id(Kind::InvoicePayment, place), "object": "invoice_payment",
            "amount_paid": paid.then_some(invoice.total), "amount_requested": invoice.total,
            "created": invoice.created, "currency": invoice.currency, "invoice": self.id(Kind::Invoice, at),
            "is_default": true, "livemode": false,
            "payment": {
                "payment_intent": or_null(invoice.intent.map(|at| self.id(Kind::Intent, at))),
                "type": "payment_intent",
            },
            "status": match invoice.status {
                "paid" => "paid",
                "void" => "canceled",
                _ => "open",
            },
            "status_transitions": {
                "canceled_at": (invoice.status == "void").then_some(invoice.created + 3 * DAY),
                "paid_at": invoice.paid_at,
            },
        }))
    }

    pub(super) fn invoice_item(&self, place: usize) -> Option<Value> {
        let (created, amount, text) = *self.plan.waiting.get(place)?;
        Some(json!({
            "id": self.id(Kind::InvoiceItem, place), "object": "invoiceitem", "amount": amount,
            "currency": self.plan.person.currency, "customer": self.customer_id(), "customer_account": null,
            "date": created, "description": text, "discountable": true, "discounts": [], "invoice": null,
            "livemode": false, "metadata": {}, "net_amount": amount, "parent": null,
            "period": {"end": created, "start": created}, "pricing": null, "proration": false,
            "quantity": 1, "quantity_decimal": "1", "tax_rates": [], "test_clock": null,
        }))
    }

    pub(super) fn credit_note(&self, place: usize) -> Option<Value> {
        let note = self.plan.notes.get(place)?;
        let invoice = self.plan.invoices.get(note.invoice)?;
        let id = self.id(Kind::CreditNote, place);
        Some(json!({
            "id": id, "object": "credit_note", "amount": note.amount, "amount_shipping": 0,
            "created": note.created, "currency": invoice.currency, "customer": self.customer_id(),
            "customer_account": null,
            "customer_balance_transaction": or_null(note.credit.map(|at| self.id(Kind::BalanceMove, at))),
            "discount_amount": 0, "discount_amounts": [], "effective_at": note.created,
            "invoice": self.id(Kind::Invoice, note.invoice),
            "lines": list_of(
                &[note_line_json(
                    &id.replace("cn_", "cnli_"),
                    note.amount,
                    0,
                    json!({"quantity": 1, "unit_amount": note.amount, "unit_amount_decimal": note.amount.to_string()}),
                )],
                &format!("/v1/credit_notes/{id}/lines"),
            ),
            "livemode": false,
            "memo": null, "metadata": {},
            "number": format!("{}-{:04}-CN-{:02}", self.invoice_prefix(), note.invoice + 1, place + 1),
            "out_of_band_amount": null, "pdf": format!("https://pay.stripe.com/credit_notes/{id}/pdf"),
            "post_payment_amount": note.amount - note.pre, "pre_payment_amount": note.pre,
            "pretax_credit_amounts": [],
            "reason": note.reason,
            "refunds": or_null(Some(note.refund.map(|at| json!({
                "amount_refunded": note.amount, "payment_record_refund": null,
                "refund": self.id(Kind::Refund, at), "type": "refund",
            })).into_iter().collect::<Vec<_>>())),
            "shipping_cost": null, "status": if note.void { "void" } else { "issued" }, "subtotal": note.amount,
            "subtotal_excluding_tax": note.amount, "total": note.amount, "total_excluding_tax": note.amount,
            "total_taxes": [], "type": if note.pre > 0 { "pre_payment" } else { "post_payment" },
            "voided_at": note.void.then_some(note.created + HOUR),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::money_text;

    #[test]
    fn money_is_written_with_its_own_decimals() {
        assert_eq!(money_text(2_000, "usd"), "$20.00");
        assert_eq!(money_text(0, "usd"), "$0.00");
        assert_eq!(money_text(1_234_567, "eur"), "€12,345.67");
        assert_eq!(money_text(12_000, "jpy"), "¥12,000");
        assert_eq!(money_text(-15_005, "kwd"), "-15.005 KWD");
    }
}
