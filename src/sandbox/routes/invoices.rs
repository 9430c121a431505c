//! Invoices, what pays them, and what waits for them.

use super::{
    Access::{Read, Write},
    CREATED, METADATA,
    Method::{Delete, Get, Post},
    PAGE, Routes, SEARCH, row,
};
use crate::sandbox::world::{Kind, invoice_items, invoices, settle};

pub(super) const ROUTES: Routes = &[
    row(
        (Get, "/v1/invoices"),
        ("invoice", Read),
        &[
            PAGE,
            CREATED,
            &[
                "collection_method",
                "customer",
                "due_date[gte]",
                "due_date[lt]",
                "status",
                "subscription",
                "customer_account",
                "due_date",
                "due_date[gt]",
                "due_date[lte]",
            ],
        ],
        invoices::invoices,
    ),
    row((Get, "/v1/invoices/search"), ("invoice", Read), &[SEARCH], invoices::search),
    row((Get, "/v1/invoices/{id}"), ("invoice", Read), &[], settle::invoice),
    row((Post, "/v1/invoices/{id}/finalize"), ("invoice", Write), &[&["auto_advance"]], settle::finalize),
    row(
        (Post, "/v1/invoices/{id}/pay"),
        ("invoice", Write),
        &[&["forgive", "mandate", "off_session", "paid_out_of_band", "payment_method", "source"]],
        settle::pay,
    ),
    row((Post, "/v1/invoices/{id}/send"), ("invoice", Write), &[], settle::send),
    row((Post, "/v1/invoices/{id}/void"), ("invoice", Write), &[], settle::void),
    row((Post, "/v1/invoices/{id}/mark_uncollectible"), ("invoice", Write), &[], settle::mark_uncollectible),
    row((Get, "/v1/invoices/{id}/lines"), ("invoice", Read), &[PAGE], invoices::lines),
    row(
        (Get, "/v1/invoice_payments"),
        ("invoice", Read),
        &[
            PAGE,
            CREATED,
            &[
                "invoice",
                "payment",
                "payment[payment_intent]",
                "payment[type]",
                "status",
                "payment[payment_record]",
            ],
        ],
        invoices::payments,
    ),
    row((Get, "/v1/invoice_payments/{id}"), ("invoice", Read), &[], |world, call| {
        world.get(call, Kind::InvoicePayment)
    }),
    row(
        (Get, "/v1/invoiceitems"),
        ("invoice_item", Read),
        &[PAGE, CREATED, &["customer", "customer_account", "invoice", "pending"]],
        invoice_items::items,
    ),
    row(
        (Post, "/v1/invoiceitems"),
        ("invoice_item", Write),
        &[
            METADATA,
            &[
                "amount",
                "currency",
                "customer",
                "customer_account",
                "description",
                "discountable",
                "discounts",
                "discounts[][coupon]",
                "discounts[][discount]",
                "discounts[][promotion_code]",
                "invoice",
                "period",
                "period[end]",
                "period[start]",
                "price_data",
                "price_data[currency]",
                "price_data[product]",
                "price_data[tax_behavior]",
                "price_data[unit_amount]",
                "price_data[unit_amount_decimal]",
                "pricing",
                "pricing[price]",
                "quantity",
                "quantity_decimal",
                "subscription",
                "tax_behavior",
                "tax_code",
                "tax_rates[]",
                "unit_amount_decimal",
            ],
        ],
        invoice_items::create,
    ),
    row((Delete, "/v1/invoiceitems/{id}"), ("invoice_item", Write), &[], invoice_items::delete),
    row((Get, "/v1/invoiceitems/{id}"), ("invoice_item", Read), &[], |world, call| {
        world.get(call, Kind::InvoiceItem)
    }),
];
