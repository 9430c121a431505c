//! What screens are made of: lines, tables, fields, sheets and their items, JSON.

mod field;
mod items;
mod json;
pub(super) mod line;
pub(super) mod sheet;
pub(super) mod table;
