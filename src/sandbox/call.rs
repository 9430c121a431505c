//! One request after the protocol was dealt with, and the row that says who answers it.

use serde_json::{Map, Value};

use super::error::Refusal;

/// The three methods of Stripe's first API generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    /// As on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What a restricted key needs for a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    Write,
}

/// A request that passed authentication, permission and the check for unknown parameters.
#[derive(Clone, Debug)]
pub struct Call {
    /// `/v1/charges/ch_1/refunds`, without the query.
    pub path: String,
    /// What stood where the route's pattern has `{…}`, percent-decoded.
    pub ids: Vec<String>,
    /// Query, form or JSON body as one tree: hashes are objects, lists arrays, leaves strings (as on the wire;
    /// a JSON body keeps its own numbers and booleans). `expand` is taken out before.
    pub params: Map<String, Value>,
    /// Unix seconds by the sandbox's clock.
    pub now: i64,
    /// `req_…`, for the events that this call causes.
    pub request_id: String,
    pub idempotency_key: Option<String>,
}

impl Call {
    /// What happens by itself at a time: nobody asked, and its events name no request.
    pub(super) fn by_itself(now: i64) -> Self {
        Self {
            path: String::new(),
            ids: Vec::new(),
            params: Map::new(),
            now,
            request_id: String::new(),
            idempotency_key: None,
        }
    }
}

/// Who answers `method pattern`.
#[derive(Clone, Copy)]
pub(super) struct Route<W> {
    pub(super) method: Method,
    /// `/v1/charges/{id}`
    pub(super) pattern: &'static str,
    /// The stem of the permission, as in `rak_<resource>_read`.
    pub(super) resource: &'static str,
    pub(super) access: Access,
    /// Every parameter taken, in the notation `a[b]`, `items[][price]`, `metadata[*]`, `created` (ranges: `created[gte]`).
    /// A parameter not in the lists is refused with `parameter_unknown`. `expand` is always taken.
    pub(super) params: &'static [&'static [&'static str]],
    pub(super) answer: fn(&mut W, &Call) -> Result<Value, Refusal>,
}

/// What the protocol needs of a world.
pub(super) trait World: Send + 'static {
    fn routes() -> &'static [Route<Self>]
    where
        Self: Sized;
    /// Any object by its id, for `expand`. None: not found. (deleted customers come as the deleted stub)
    fn object(&mut self, id: &str) -> Option<Value>;
    /// A field that is there only when expanded (`charge.refunds`, `customer.tax_ids`, …). None: no such field.
    fn expand_field(&mut self, _object: &Value, _field: &str) -> Option<Value> {
        None
    }
    /// The event log and others learn the time here before each call.
    fn advance(&mut self, now: i64);
}
