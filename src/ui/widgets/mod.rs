//! What screens are made of: tables, fields, sheets.

mod field;
pub(super) mod sheet;
pub(super) mod table;
