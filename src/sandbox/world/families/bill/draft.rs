//! Lines as an invoice: its sums, what discounts and the customer's balance do to them.

use serde_json::{Value, json};

use super::{
    super::super::{
        Universe,
        catalog::small,
        ids::CATALOG,
        kind::Kind,
        render::{LINES_MOST, LineParts, invoice_frame, line_json, list_of},
        value::{flag, int, joined, set, text},
    },
    offs::{Off, take_off},
    pieces::{Piece, period},
};

/// What an invoice is made of.
pub(in crate::sandbox::world) struct Bill<'a> {
    pub(in crate::sandbox::world) subscription: &'a Value,
    pub(in crate::sandbox::world) pieces: &'a [Piece],
    /// Items that waited for this invoice.
    pub(in crate::sandbox::world) pending: &'a [Value],
    pub(in crate::sandbox::world) offs: &'a [Off],
    pub(in crate::sandbox::world) created: i64,
    pub(in crate::sandbox::world) reason: &'static str,
}

/// Below this a card is not charged: the amount waits on the customer's balance.
fn least(currency: &str) -> i64 {
    match currency {
        "gbp" => 30,
        "kwd" => 150,
        _ => 50,
    }
}

/// What is due, and the customer's balance afterwards. A negative balance is credit.
pub(in crate::sandbox::world) fn settled(total: i64, balance: i64, currency: &str) -> (i64, i64) {
    let left = total + balance;
    if left < least(currency) { (0, left) } else { (left, 0) }
}

/// Sums of the lines, with the discounts taken off them.
pub(in crate::sandbox::world) fn retotal(invoice: &mut Value, offs: &[Off], balance: i64) {
    let currency = text(invoice, "currency").to_owned();
    let mut lines = invoice.pointer("/lines/data").and_then(Value::as_array).cloned().unwrap_or_default();
    let sums = take_off(&mut lines, offs, &currency);
    let off: i64 = sums.iter().map(|(_, amount)| amount).sum();
    let subtotal: i64 = lines.iter().map(|line| int(line, "amount")).sum();
    let total = subtotal - off;
    let (due, ending) = settled(total, balance, &currency);
    let amounts: Vec<Value> =
        sums.iter().map(|(discount, amount)| json!({"amount": amount, "discount": discount})).collect();
    let discounts: Vec<&String> = sums.iter().map(|(discount, _)| discount).collect();
    for (name, value) in [
        ("amount_due", json!(due)),
        ("amount_remaining", json!(due)),
        ("discounts", json!(discounts)),
        ("ending_balance", json!(ending)),
        ("starting_balance", json!(balance)),
        ("subtotal", json!(subtotal)),
        ("subtotal_excluding_tax", json!(subtotal)),
        ("total", json!(total)),
        ("total_excluding_tax", json!(total)),
        ("total_discount_amounts", json!(amounts)),
    ] {
        set(invoice, name, value);
    }
    let url = format!("/v1/invoices/{}/lines", text(invoice, "id"));
    set(invoice, "lines", list_of(&lines, &url));
}

/// A waiting item as a line.
pub(in crate::sandbox::world) fn item_line(item: &Value, id: &str, invoice: &str) -> Value {
    let member = |key: &str| item.get(key).cloned().unwrap_or(Value::Null);
    let of = item.pointer("/parent/subscription_details/subscription").cloned().unwrap_or(Value::Null);
    let credited = item.pointer("/proration_details/credited_items/invoice_line_item_details");
    let parent = match item.pointer("/parent/subscription_details/subscription_item") {
        Some(of_item) => json!({
            "invoice_item_details": null,
            "subscription_item_details": {
                "invoice_item": member("id"), "proration": member("proration"),
                "proration_details": {"credited_items": credited}, "subscription": of,
                "subscription_item": of_item,
            },
            "type": "subscription_item_details",
        }),
        None => json!({
            "invoice_item_details": {
                "invoice_item": member("id"), "proration": member("proration"), "proration_details": null,
                "subscription": of,
            },
            "subscription_item_details": null, "type": "invoice_item_details",
        }),
    };
    line_json(&LineParts {
        id,
        invoice,
        amount: int(item, "amount"),
        currency: text(item, "currency"),
        description: member("description"),
        discountable: flag(item, "discountable"),
        parent,
        subscription: of,
        period: member("period"),
        pricing: member("pricing"),
        quantity: member("quantity"),
        metadata: member("metadata"),
    })
}

/// Amounts that wait for the next invoice of a subscription, oldest first.
pub(in crate::sandbox::world) fn pending_items(world: &mut Universe, subscription: &Value) -> Vec<Value> {
    let owner = world.owner_of(text(subscription, "customer")).unwrap_or(CATALOG);
    let mut waiting = world.all_of(Kind::InvoiceItem, owner);
    waiting.retain(|item| {
        let of = item.pointer("/parent/subscription_details/subscription").and_then(Value::as_str);
        text(item, "invoice").is_empty()
            && text(item, "currency") == text(subscription, "currency")
            && of.is_none_or(|of| of == text(subscription, "id"))
    });
    waiting.reverse();
    waiting
}

impl Universe {
    /// Id of the line at a place of an invoice; a preview's invoice has no number of its own.
    pub(in crate::sandbox::world) fn line_id(&self, invoice: &str, customer: &str, at: usize) -> String {
        let most = small(LINES_MOST);
        let (owner, ordinal) = match self.ids.read(invoice) {
            Some((_, owner, ordinal)) => (owner, ordinal),
            None => (self.owner_of(customer).unwrap_or(CATALOG), u32::MAX / most),
        };
        self.ids.write(Kind::Line, owner, ordinal.saturating_mul(most).saturating_add(small(at)))
    }

    /// The invoice as a draft under an id; nothing is written.
    pub(in crate::sandbox::world) fn draft(&mut self, bill: &Bill<'_>, id: &str) -> Value {
        let subscription = bill.subscription;
        let (of, whose) = (text(subscription, "id"), text(subscription, "customer"));
        let customer = self.by_id(whose).unwrap_or(Value::Null);
        let mut lines = Vec::new();
        for item in bill.pending {
            lines.push(item_line(item, &self.line_id(id, whose, lines.len()), id));
        }
        for piece in bill.pieces {
            lines.push(piece.line(self, (&self.line_id(id, whose, lines.len()), id), of));
        }
        let (start, _) = period(subscription);
        let frame = invoice_frame(&customer, id, (bill.created, text(subscription, "currency")));
        let sent = text(subscription, "collection_method") == "send_invoice";
        let days = int(subscription, "days_until_due");
        let due_date = sent.then(|| bill.created + days * super::super::super::calendar::DAY);
        let own = json!({
            "billing_reason": bill.reason, "collection_method": text(subscription, "collection_method"),
            "due_date": due_date,
            "default_payment_method": subscription.get("default_payment_method"),
            "lines": list_of(&lines, ""),
            "next_payment_attempt": (!sent).then_some(bill.created + 3_600),
            "parent": {
                "quote_details": null,
                "subscription_details": {"metadata": subscription.get("metadata"), "subscription": of},
                "type": "subscription_details",
            },
            // The period that is over by then; a change in its middle ends with that moment.
            "period_end": bill.created, "period_start": start.min(bill.created),
        });
        let mut invoice = joined(frame, own);
        retotal(&mut invoice, bill.offs, int(&customer, "balance"));
        invoice
    }
}
