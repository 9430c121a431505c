//! The search language, as the world uses it.

pub(super) use crate::sandbox::search::Query;
