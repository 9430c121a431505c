//! The account itself: its balance, and what happened in it.

use super::{Access::Read, CREATED, Method::Get, PAGE, Routes, row};
use crate::sandbox::world::{Kind, account};

pub(super) const ROUTES: Routes = &[
    row((Get, "/v1/account"), ("account", Read), &[], account::account),
    row((Get, "/v1/balance"), ("balance", Read), &[], account::balance),
    row(
        (Get, "/v1/events"),
        ("event", Read),
        &[PAGE, CREATED, &["delivery_success", "type", "types[]"]],
        account::events,
    ),
    row((Get, "/v1/events/{id}"), ("event", Read), &[], |world, call| world.get(call, Kind::Event)),
];
