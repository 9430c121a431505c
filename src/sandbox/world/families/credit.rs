//! What a credit note is worth and where it goes: its lines, and the ways in which it is settled.

use serde_json::{Value, json};

use super::super::{
    Universe,
    billing::prorated,
    ids::CATALOG,
    kind::Kind,
    params::{integer, param, positive},
    render::{list_of, money_text, note_line_json},
    value::{int, set, text},
};
use crate::sandbox::{call::Call, error::Refusal};

/// A credit note worked out.
#[derive(Clone, Debug)]
pub(super) struct Note {
    lines: Vec<Value>,
    /// Lowers what is still to pay.
    pub(super) pre: i64,
    /// Gives back what was paid.
    pub(super) post: i64,
    pub(super) refund: i64,
    pub(super) credit: i64,
    outside: i64,
    linked: Vec<Value>,
}

/// One line: gross amount, discount, and what it names.
fn line_json(at: usize, gross: i64, off: i64, more: Value) -> Value {
    note_line_json(&format!("cnli_{at:024}"), gross, off, more)
}

fn number(entry: &Value, key: &str, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(sent) = entry.get(key) else { return Ok(None) };
    let number = sent.as_i64().or_else(|| sent.as_str().and_then(|text| text.parse().ok()));
    let written = sent.as_str().map_or_else(|| sent.to_string(), str::to_owned);
    number.filter(|number| *number >= 0).map(Some).ok_or_else(|| {
        Refusal::invalid(format!("Invalid positive integer: {written}"))
            .code("parameter_invalid_integer")
            .param(format!("{name}[{key}]"))
    })
}

/// A part of a line of the invoice, with its part of the line's discounts.
fn of_line(invoice: &Value, entry: &Value, at: usize) -> Result<Value, Refusal> {
    let name = format!("lines[{at}]");
    let id = text(entry, "invoice_line_item");
    let lines = invoice.pointer("/lines/data").and_then(Value::as_array);
    let line = lines.and_then(|lines| lines.iter().find(|line| text(line, "id") == id));
    let line =
        line.ok_or_else(|| Refusal::missing("invoice line item", id, &format!("{name}[invoice_line_item]")))?;
    let whole = int(line, "amount");
    let (amount, quantity) = (number(entry, "amount", &name)?, number(entry, "quantity", &name)?);
    let gross = match (amount, quantity) {
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("You may only specify one of these parameters: amount, quantity.")
                .param(format!("{name}[amount]")));
        }
        (Some(amount), None) => amount,
        (None, Some(quantity)) => prorated(whole, quantity, int(line, "quantity").max(1)),
        (None, None) => whole,
    };
    if gross > whole {
        let currency = text(invoice, "currency");
        return Err(Refusal::invalid(format!(
            "The credited amount ({}) is greater than the amount of the invoice line item ({}).",
            money_text(gross, currency),
            money_text(whole, currency)
        ))
        .param(format!("{name}[amount]")));
    }
    let taken = line.get("discount_amounts").and_then(Value::as_array).cloned().unwrap_or_default();
    let taken: Vec<Value> = taken
        .into_iter()
        .map(|mut off| {
            let amount = prorated(int(&off, "amount"), gross, whole);
            set(&mut off, "amount", amount);
            off
        })
        .collect();
    let off = taken.iter().map(|off| int(off, "amount")).sum();
    let more = json!({
        "description": line.get("description"), "discount_amounts": taken, "invoice_line_item": id,
        "quantity": quantity, "type": "invoice_line_item",
    });
    Ok(line_json(at, gross, off, more))
}

/// A line of the caller's own words.
fn custom(entry: &Value, at: usize) -> Result<Value, Refusal> {
    let name = format!("lines[{at}]");
    let quantity = number(entry, "quantity", &name)?.unwrap_or(1);
    let unit = number(entry, "unit_amount", &name)?.or(number(entry, "unit_amount_decimal", &name)?);
    let unit = unit.ok_or_else(|| super::super::params::required(&format!("{name}[unit_amount]")))?;
    let words = text(entry, "description");
    if words.is_empty() {
        return Err(super::super::params::required(&format!("{name}[description]")));
    }
    let more = json!({
        "description": words, "quantity": quantity, "unit_amount": unit,
        "unit_amount_decimal": unit.to_string(),
    });
    Ok(line_json(at, unit.saturating_mul(quantity), 0, more))
}

fn lines(call: &Call, invoice: &Value) -> Result<Vec<Value>, Refusal> {
    let amount = positive(call, &["amount"])?;
    let entries = match param(call, &["lines"]) {
        Some(Value::Array(entries)) => entries.clone(),
        _ => vec![],
    };
    match (amount, entries.is_empty()) {
        (Some(_), false) => {
            Err(Refusal::invalid("You may only specify one of these parameters: amount, lines.").param("amount"))
        }
        (None, true) => Err(Refusal::invalid("One of the following params should be provided for this request: amount, lines or shipping_cost.").code("parameter_missing")),
        (Some(amount), true) => Ok(vec![line_json(0, amount, 0, json!({"unit_amount": amount, "quantity": 1}))]),
        (None, false) => entries
            .iter()
            .enumerate()
            .map(|(at, entry)| match text(entry, "type") {
                "invoice_line_item" => of_line(invoice, entry, at),
                "custom_line_item" => custom(entry, at),
                "" => Err(super::super::params::required(&format!("lines[{at}][type]"))),
                _ => Err(Refusal::invalid(format!(
                    "Invalid lines[{at}][type]: must be one of custom_line_item, or invoice_line_item"
                ))
                .param(format!("lines[{at}][type]"))),
            })
            .collect(),
    }
}

/// Refunds that were made already, and belong to this invoice and to no other note.
fn linked(world: &mut Universe, call: &Call, invoice: &Value) -> Result<Vec<Value>, Refusal> {
    let Some(Value::Array(entries)) = param(call, &["refunds"]) else { return Ok(vec![]) };
    let charge = world.charge_of(invoice).unwrap_or(Value::Null);
    let owner = world.owner_of(text(invoice, "id")).unwrap_or(CATALOG);
    let notes = world.all_of(Kind::CreditNote, owner);
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let name = format!("refunds[{at}]");
        let id = text(entry, "refund");
        let (refund, _) = world.must(Kind::Refund, id, &format!("{name}[refund]"))?;
        let taken = notes.iter().any(|note| {
            let refunds = note.get("refunds").and_then(Value::as_array);
            text(note, "status") != "void"
                && refunds.is_some_and(|refunds| refunds.iter().any(|other| text(other, "refund") == id))
        });
        if taken || refund.get("charge") != charge.get("id") {
            return Err(Refusal::invalid(format!(
                "The refund {id} cannot be linked to this credit note: it belongs to another payment or another credit note."
            ))
            .param(format!("{name}[refund]")));
        }
        let amount = number(entry, "amount_refunded", &name)?.unwrap_or_else(|| int(&refund, "amount"));
        if amount > int(&refund, "amount") {
            return Err(
                Refusal::invalid("This is more than was refunded.").param(format!("{name}[amount_refunded]"))
            );
        }
        found.push(json!({
            "amount_refunded": amount, "payment_record_refund": null, "refund": id, "type": "refund",
        }));
    }
    Ok(found)
}

/// What can still be credited: not what was credited before, nor what was refunded without a note.
fn left(world: &mut Universe, invoice: &Value, owner: u32, linked: i64) -> i64 {
    let id = text(invoice, "id");
    let notes = world.all_of(Kind::CreditNote, owner);
    let standing: Vec<&Value> =
        notes.iter().filter(|note| text(note, "invoice") == id && text(note, "status") != "void").collect();
    let credited: i64 = standing.iter().map(|note| int(note, "total")).sum();
    let by_notes: i64 = standing
        .iter()
        .filter_map(|note| note.get("refunds").and_then(Value::as_array))
        .flatten()
        .map(|refund| int(refund, "amount_refunded"))
        .sum();
    let refunded = world.charge_of(invoice).map_or(0, |charge| int(&charge, "amount_refunded"));
    int(invoice, "total") - credited - (refunded - by_notes - linked).max(0)
}

/// Works out the credit note that a call describes.
pub(super) fn note(world: &mut Universe, call: &Call, invoice: &Value, owner: u32) -> Result<Note, Refusal> {
    let lines = lines(call, invoice)?;
    let total: i64 = lines.iter().map(|line| int(line, "amount") - int(line, "discount_amount")).sum();
    let part = |name: &str| -> Result<i64, Refusal> {
        match integer(call, &[name])? {
            Some(amount) if amount < 0 => Err(Refusal::invalid("Invalid positive integer")
                .code("parameter_invalid_integer")
                .param(name)),
            amount => Ok(amount.unwrap_or(0)),
        }
    };
    let (refund, credit, outside) =
        (part("refund_amount")?, part("credit_amount")?, part("out_of_band_amount")?);
    let linked = linked(world, call, invoice)?;
    let returned: i64 = linked.iter().map(|refund| int(refund, "amount_refunded")).sum();
    let currency = text(invoice, "currency");
    let left = left(world, invoice, owner, returned);
    if total > left {
        return Err(Refusal::invalid(format!(
            "The credit note amount ({}) is greater than the amount that can still be credited on the invoice ({}).",
            money_text(total, currency),
            money_text(left, currency)
        ))
        .param(if call.params.contains_key("amount") { "amount" } else { "lines" }));
    }
    let open = text(invoice, "status") != "paid";
    let pre = if open { total.min(int(invoice, "amount_remaining")) } else { 0 };
    let post = total - pre;
    let sum = refund + credit + outside + returned;
    if sum != post {
        return Err(Refusal::invalid(format!(
            "The sum of credit amount, refund amount and out of band amount ({}) must equal the post payment credit note amount ({}).",
            money_text(sum, currency),
            money_text(post, currency)
        )));
    }
    Ok(Note { lines, pre, post, refund, credit, outside, linked })
}

impl Note {
    /// The credit note under an id, before anything is made for it.
    pub(super) fn json(&self, id: &str, invoice: &Value) -> Value {
        let gross: i64 = self.lines.iter().map(|line| int(line, "amount")).sum();
        let off: i64 = self.lines.iter().map(|line| int(line, "discount_amount")).sum();
        let total = gross - off;
        let kind = match (self.pre, self.post) {
            (0, _) => "post_payment",
            (_, 0) => "pre_payment",
            _ => "mixed",
        };
        let offs: Vec<Value> = self
            .lines
            .iter()
            .filter_map(|line| line.get("discount_amounts").and_then(Value::as_array))
            .flatten()
            .cloned()
            .collect();
        json!({
            "id": id, "object": "credit_note", "amount": total, "amount_shipping": 0, "created": 0,
            "currency": invoice.get("currency"), "customer": invoice.get("customer"),
            "customer_account": null, "customer_balance_transaction": null, "discount_amount": off,
            "discount_amounts": offs, "effective_at": null, "invoice": invoice.get("id"),
            "lines": list_of(&self.lines, &format!("/v1/credit_notes/{id}/lines")), "livemode": false,
            "memo": null, "metadata": {}, "number": null,
            "out_of_band_amount": (self.outside > 0).then_some(self.outside),
            "pdf": format!("https://pay.stripe.com/credit_notes/{id}/pdf"),
            "post_payment_amount": self.post, "pre_payment_amount": self.pre, "pretax_credit_amounts": [],
            "reason": null, "refunds": self.linked, "shipping_cost": null, "status": "issued",
            "subtotal": gross, "subtotal_excluding_tax": gross, "total": total,
            "total_excluding_tax": total, "total_taxes": [], "type": kind, "voided_at": null,
        })
    }
}
