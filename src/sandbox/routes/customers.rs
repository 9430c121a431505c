//! Customers and what is saved with them.

use super::{Access::Read, Method::Get, Routes, row};
use crate::sandbox::world::{Kind, customers};

pub(super) const ROUTES: Routes = &[
    row(
        (Get, "/v1/customers"),
        ("customer", Read),
        &[
            "limit",
            "starting_after",
            "ending_before",
            "created",
            "created[gt]",
            "created[gte]",
            "created[lt]",
            "created[lte]",
            "email",
            "test_clock",
        ],
        customers::customers,
    ),
    row(
        (Get, "/v1/customers/search"),
        ("customer", Read),
        &["limit", "page", "query"],
        customers::search_customers,
    ),
    row((Get, "/v1/customers/{id}"), ("customer", Read), &[], |world, call| world.get(call, Kind::Customer)),
    row(
        (Get, "/v1/customers/{id}/payment_methods"),
        ("payment_method", Read),
        &["type", "limit", "starting_after", "allow_redisplay", "ending_before"],
        customers::payment_methods,
    ),
    row(
        (Get, "/v1/customers/{id}/balance_transactions"),
        ("customer", Read),
        &[
            "created[gte]",
            "created[lt]",
            "invoice",
            "limit",
            "starting_after",
            "created",
            "created[gt]",
            "created[lte]",
            "ending_before",
        ],
        customers::balance_transactions,
    ),
    row(
        (Get, "/v1/customers/{id}/tax_ids"),
        ("customer", Read),
        &["limit", "starting_after", "ending_before"],
        customers::tax_ids,
    ),
    row((Get, "/v1/payment_methods/{id}"), ("payment_method", Read), &[], |world, call| {
        world.get(call, Kind::PaymentMethod)
    }),
];
