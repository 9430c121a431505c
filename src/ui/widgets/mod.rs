//! What screens are made of: lines, tables, fields, sheets, JSON.

pub(super) mod field;
pub(super) mod json;
pub(super) mod line;
pub(super) mod sheet;
pub(super) mod table;
