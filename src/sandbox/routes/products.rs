//! What is sold: products, prices, coupons, promotion codes.

use super::{Access::Read, CREATED, Method::Get, PAGE, Routes, SEARCH, row};
use crate::sandbox::world::offers;

pub(super) const ROUTES: Routes = &[
    row(
        (Get, "/v1/products"),
        ("product", Read),
        &[PAGE, CREATED, &["active", "ids[]", "shippable", "type", "url"]],
        offers::products,
    ),
    row((Get, "/v1/products/search"), ("product", Read), &[SEARCH], offers::search_products),
    row((Get, "/v1/products/{id}"), ("product", Read), &[], offers::product),
    row(
        (Get, "/v1/prices"),
        ("plan", Read),
        &[
            PAGE,
            CREATED,
            &[
                "active",
                "currency",
                "lookup_keys[]",
                "product",
                "recurring[interval]",
                "recurring[usage_type]",
                "type",
                "recurring",
                "recurring[meter]",
            ],
        ],
        offers::prices,
    ),
    row((Get, "/v1/prices/search"), ("plan", Read), &[SEARCH], offers::search_prices),
    row((Get, "/v1/prices/{id}"), ("plan", Read), &[], offers::price),
    row((Get, "/v1/coupons"), ("coupon", Read), &[PAGE, CREATED], offers::coupons),
    row((Get, "/v1/coupons/{id}"), ("coupon", Read), &[], offers::coupon),
    row(
        (Get, "/v1/promotion_codes"),
        ("promotion_code", Read),
        &[PAGE, CREATED, &["active", "code", "coupon", "customer", "customer_account"]],
        offers::promotion_codes,
    ),
    row((Get, "/v1/promotion_codes/{id}"), ("promotion_code", Read), &[], offers::promotion_code),
];
