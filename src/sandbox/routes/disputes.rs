//! Disputes.

use super::{Access::Read, Method::Get, Routes, row};
use crate::sandbox::world::{Kind, charges};

pub(super) const ROUTES: Routes = &[
    row(
        (Get, "/v1/disputes"),
        ("dispute", Read),
        &[
            "charge",
            "created[gte]",
            "created[lt]",
            "payment_intent",
            "limit",
            "starting_after",
            "created",
            "created[gt]",
            "created[lte]",
            "ending_before",
        ],
        charges::disputes,
    ),
    row((Get, "/v1/disputes/{id}"), ("dispute", Read), &[], |world, call| world.get(call, Kind::Dispute)),
];
