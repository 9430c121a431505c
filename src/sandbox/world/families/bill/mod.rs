//! What subscriptions and invoices share: what a change is worth, what discounts take off, how lines become an
//! invoice, and how an invoice is paid.

pub(super) mod amend;
pub(super) mod changes;
pub(super) mod charge;
pub(super) mod collect;
pub(super) mod draft;
pub(super) mod offs;
pub(super) mod pieces;
