//! Credit: notes that take an invoice back, in whole or in part, and what moved the balance that is taken off invoices to come.

use super::{Entry, EntryKind, agent};
use crate::{
    answers::Bag,
    model::{BalanceEntry, CreditNote, InvoiceId, Metadata},
    money::Money,
    text::{Untrusted, short_id},
};

/// `credit note A-12-CN-01 on invoice A-12 (duplicate): $20.00 given back, by maya`
pub(super) fn note(bag: &Bag, note: &CreditNote) -> Entry {
    let on = note.invoice_id().map(|id| format!(" on invoice {}", title(bag, id))).unwrap_or_default();
    let why = note.reason.as_ref().map(|reason| format!(" ({})", reason.as_str().replace('_', " ")));
    let void = if note.status.as_str() == "void" { "void by now: " } else { "" };
    let says = format!(
        "{void}credit note {}{on}{}: {}{}",
        note.title(),
        why.unwrap_or_default(),
        went(note),
        by(&note.metadata)
    );
    Entry { at: note.created, kind: EntryKind::Credit, amount: Some(note.money()), says, id: note.id.any() }
}

/// Where it went: a part of it may have gone elsewhere.
fn went(note: &CreditNote) -> String {
    let money = |minor: i64| Money::new(minor, note.currency);
    let back = note.refunds.iter().fold(0_i64, |sum, part| sum.saturating_add(part.amount_refunded));
    let outside = note.out_of_band_amount.unwrap_or(0);
    let parts = [
        (!note.refunds.is_empty()).then(|| format!("{} given back", money(back))),
        (outside != 0).then(|| format!("{} given back outside Stripe", money(outside))),
    ];
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    if note.customer_balance_transaction.is_some() {
        let rest = if parts.is_empty() { "" } else { "the rest " };
        parts.push(format!("{rest}to the credit balance"));
    }
    if parts.is_empty() { "so much less to pay".to_owned() } else { parts.join(" and ") }
}

/// `credit given: for the outage, by maya`; `credit used for invoice A-13`
pub(super) fn moved(bag: &Bag, moved: &BalanceEntry) -> Entry {
    let (amount, _) = moved.amount_and_sign(moved.amount);
    // What leads from it to the invoice, where there is one.
    let (what, joint) = match (moved.kind.as_str(), moved.amount) {
        ("applied_to_invoice", 0..) => ("credit used", " for"),
        ("applied_to_invoice", _) => ("an amount owed was billed", " with"),
        ("unapplied_from_invoice", ..=0) => ("credit back", " from"),
        ("unapplied_from_invoice", _) => ("an amount owed again", " from"),
        ("credit_note", _) => ("credit by a credit note", " on"),
        ("invoice_too_small", 0..) => ("too little to be charged, left for the next invoice", ","),
        (_, ..0) => ("credit given", ","),
        (_, 0) => ("the balance was set", ","),
        (_, 1..) => ("credit taken back, or an amount owed", ","),
    };
    let on = moved.invoice.as_ref().map(|id| format!("{joint} invoice {}", title(bag, id)));
    let on = on.unwrap_or_default();
    let note = moved.description.as_ref().map(Untrusted::as_str).filter(|text| !text.is_empty());
    let note = note.map(|text| format!(": {text}")).unwrap_or_default();
    Entry {
        at: moved.created,
        kind: EntryKind::Credit,
        amount: Some(amount),
        says: format!("{what}{on}{note}{}", by(&moved.metadata)),
        id: moved.id.any(),
    }
}

fn by(metadata: &Metadata) -> String {
    agent(metadata).map(|agent| format!(", by {agent}")).unwrap_or_default()
}

/// Its number, where it was read.
fn title(bag: &Bag, id: &InvoiceId) -> String {
    bag.invoice(id).map_or_else(|| short_id(id.as_str()), |invoice| invoice.title().to_owned())
}
