//! Refusals in Stripe's words: status, type, code, param and message.

use serde_json::{Map, Value, json};

/// An answer that is not a success, before it is put on the wire.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// `invalid_request_error`, `card_error`, `idempotency_error` or `api_error`.
    pub(super) kind: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) param: Option<String>,
    pub(super) message: String,
    /// Further members of the error object (`decline_code`, `charge`, `approval_request`, …).
    pub(super) more: Map<String, Value>,
}

impl Refusal {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "invalid_request_error",
            code: None,
            param: None,
            message: message.into(),
            more: Map::new(),
        }
    }

    /// `No such charge: 'ch_…'`
    pub(super) fn missing(object: &str, id: &str, param: &str) -> Self {
        Self { status: 404, ..Self::invalid(format!("No such {object}: '{id}'")) }
            .code("resource_missing")
            .param(param)
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The account asks too fast.
    pub(super) fn too_many() -> Self {
        Self {
            status: 429,
            ..Self::invalid(
                "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
            )
        }
        .code("rate_limit")
    }

    /// Somebody else is changing the object.
    pub(super) fn lock_timeout() -> Self {
        Self {
            status: 429,
            ..Self::invalid(
                "This object cannot be accessed right now because another API request or Stripe process is currently \
                 accessing it. If you see this error intermittently, retry the request. If you see this error \
                 frequently and are making multiple concurrent requests to a single object, make your requests \
                 serially or at a lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.",
            )
        }
        .code("lock_timeout")
    }

    /// The outcome is unknown to whoever reads this.
    pub(super) fn broken() -> Self {
        Self { status: 500, kind: "api_error", ..Self::invalid("An unknown error occurred") }
    }

    /// `{"error": {…}}`
    pub(super) fn body(&self) -> Value {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".into(), json!(code));
            error.insert(
                "doc_url".into(),
                json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))),
            );
        }
        error.insert("message".into(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".into(), json!(param));
        }
        error.insert("type".into(), json!(self.kind));
        error.extend(self.more.clone());
        json!({ "error": error })
    }
}
