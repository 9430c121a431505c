//! Credit notes: listed, made, tried out, taken back.

use super::{
    Access::{Read, Write},
    CREATED, METADATA,
    Method::{Get, Post},
    PAGE, Routes, row,
};
use crate::sandbox::world::{Kind, credit_notes};

/// What a credit note can be made of, in a preview as in earnest.
const CREDIT_NOTE: &[&str] = &[
    "amount",
    "credit_amount",
    "effective_at",
    "email_type",
    "invoice",
    "lines",
    "lines[][amount]",
    "lines[][description]",
    "lines[][invoice_line_item]",
    "lines[][metadata]",
    "lines[][metadata][*]",
    "lines[][quantity]",
    "lines[][tax_amounts]",
    "lines[][tax_amounts][][amount]",
    "lines[][tax_amounts][][tax_rate]",
    "lines[][tax_amounts][][taxable_amount]",
    "lines[][tax_rates][]",
    "lines[][type]",
    "lines[][unit_amount]",
    "lines[][unit_amount_decimal]",
    "memo",
    "out_of_band_amount",
    "reason",
    "refund_amount",
    "refunds",
    "refunds[][amount_refunded]",
    "refunds[][payment_record_refund]",
    "refunds[][payment_record_refund][payment_record]",
    "refunds[][payment_record_refund][refund_group]",
    "refunds[][refund]",
    "refunds[][type]",
    "shipping_cost",
    "shipping_cost[shipping_rate]",
];

pub(super) const ROUTES: Routes = &[
    row(
        (Get, "/v1/credit_notes"),
        ("credit_note", Read),
        &[PAGE, CREATED, &["customer", "invoice", "customer_account"]],
        credit_notes::credit_notes,
    ),
    row((Post, "/v1/credit_notes"), ("credit_note", Write), &[METADATA, CREDIT_NOTE], credit_notes::create),
    row(
        (Get, "/v1/credit_notes/preview"),
        ("credit_note", Read),
        &[METADATA, CREDIT_NOTE],
        credit_notes::preview,
    ),
    row(
        (Get, "/v1/credit_notes/preview/lines"),
        ("credit_note", Read),
        &[METADATA, CREDIT_NOTE, PAGE],
        credit_notes::preview_lines,
    ),
    row((Get, "/v1/credit_notes/{id}/lines"), ("credit_note", Read), &[PAGE], credit_notes::lines),
    row((Post, "/v1/credit_notes/{id}/void"), ("credit_note", Write), &[], credit_notes::void),
    row((Get, "/v1/credit_notes/{id}"), ("credit_note", Read), &[], |world, call| {
        world.get(call, Kind::CreditNote)
    }),
];
