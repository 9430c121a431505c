//! One line of an invoice, and one of a credit note.

use serde_json::{Value, json};

use super::super::value::joined;

/// What a line is made of.
pub(in super::super) struct LineParts<'a> {
    pub(in super::super) id: &'a str,
    pub(in super::super) invoice: &'a str,
    pub(in super::super) amount: i64,
    pub(in super::super) currency: &'a str,
    pub(in super::super) description: Value,
    pub(in super::super) discountable: bool,
    pub(in super::super) parent: Value,
    pub(in super::super) subscription: Value,
    pub(in super::super) period: Value,
    pub(in super::super) pricing: Value,
    pub(in super::super) quantity: Value,
    pub(in super::super) metadata: Value,
}

/// The line before any discount.
pub(in super::super) fn line_json(parts: &LineParts<'_>) -> Value {
    json!({
        "id": parts.id, "object": "line_item", "amount": parts.amount, "currency": parts.currency,
        "description": parts.description, "discount_amounts": [], "discountable": parts.discountable,
        "discounts": [], "invoice": parts.invoice, "livemode": false, "metadata": parts.metadata,
        "parent": parts.parent, "period": parts.period, "pretax_credit_amounts": [],
        "pricing": parts.pricing, "quantity": parts.quantity,
        "quantity_decimal": parts.quantity.as_i64().map(|quantity| quantity.to_string()),
        "subscription": parts.subscription, "subtotal": parts.amount, "taxes": [],
    })
}

/// A line of a credit note: gross amount, discount, and what it names.
pub(in super::super) fn note_line_json(id: &str, gross: i64, off: i64, more: Value) -> Value {
    let line = json!({
        "id": id, "object": "credit_note_line_item", "amount": gross, "description": null,
        "discount_amount": off, "discount_amounts": [], "livemode": false, "metadata": {},
        "pretax_credit_amounts": [], "quantity": null, "tax_rates": [], "taxes": [],
        "type": "custom_line_item", "unit_amount": null, "unit_amount_decimal": null,
    });
    joined(line, more)
}
