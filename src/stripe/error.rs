//! How a call can fail, by what is known afterwards: nothing was sent, Stripe refused, or it cannot be told.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Headers;
use crate::text::Untrusted;

/// Why one attempt gave no usable success.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The request never left: name lookup, connection, TLS, our own limits.
    #[error("could not reach Stripe, and nothing was sent: {0}")]
    NotSent(NotSent),
    /// It may have arrived: the connection was cut, the deadline passed.
    #[error("the connection to Stripe failed after the request was sent: {0}")]
    Lost(String),
    /// An answer came, but not one that can be read: cut short, no JSON, too large. `status` is what its head said.
    #[error("Stripe's answer could not be read (HTTP {status}): {reason}")]
    Unreadable { status: u16, reason: String, headers: Box<Headers> },
    #[error("{0}")]
    Refused(Box<ApiError>),
}

impl Failure {
    /// Of the answer, where one came.
    pub fn headers(&self) -> Option<&Headers> {
        match self {
            Self::Refused(error) => Some(&error.headers),
            Self::Unreadable { headers, .. } => Some(headers),
            Self::NotSent(_) | Self::Lost(_) => None,
        }
    }
}

/// Why nothing left this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    #[error("{0}")]
    Connect(String),
    #[error("the server's certificate is not accepted: {0}")]
    Certificate(String),
    #[error("no connection within {0} s")]
    ConnectTimeout(u64),
    #[error("{0}")]
    Invalid(String),
    #[error("the wait for a place under the rate limit was given up")]
    GivenUp,
    #[error("its turn under the rate limit came too late")]
    Late,
}

/// Stripe's own error object, with what its status and headers say.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ApiError {
    pub status: u16,
    /// `invalid_request_error`, `card_error`, …, as sent.
    pub kind: String,
    pub code: Option<String>,
    pub decline_code: Option<String>,
    pub advice_code: Option<String>,
    pub param: Option<String>,
    pub message: Untrusted,
    pub doc_url: Option<String>,
    pub request_log_url: Option<String>,
    /// `apreq_…` when Stripe asks its own second person.
    pub approval_request: Option<String>,
    pub headers: Headers,
    /// The whole error object, so that nothing unknown is lost.
    pub raw: Value,
}

/// What an error means for whoever reads it: by status, type and code, and open for what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// 401: key wrong, revoked or expired.
    Authentication,
    /// 403: the key lacks a permission.
    Permission,
    /// 429, or 400 with `rate_limit`.
    RateLimit,
    /// 429 with `lock_timeout`: somebody else holds the object.
    Locked,
    /// 409 with `idempotency_key_in_use`.
    KeyInUse,
    /// The key was used for another request.
    KeyReused,
    /// Stripe waits for its own second person.
    ApprovalRequired,
    /// 402
    Card,
    /// 404
    Missing,
    /// Another 4xx.
    Invalid,
    /// 5xx and 424: it cannot be told what happened.
    Server,
}

impl ApiError {
    pub fn error_kind(&self) -> ErrorKind {
        let code = self.code.as_deref();
        match (self.status, self.kind.as_str(), code) {
            (_, "idempotency_error", _) => ErrorKind::KeyReused,
            (_, _, Some("idempotency_key_in_use")) | (409, _, _) => ErrorKind::KeyInUse,
            (_, _, Some("lock_timeout")) => ErrorKind::Locked,
            (_, _, Some("approval_required")) => ErrorKind::ApprovalRequired,
            (429, _, _) | (400, _, Some("rate_limit")) => ErrorKind::RateLimit,
            (401, _, _) => ErrorKind::Authentication,
            (403, _, _) => ErrorKind::Permission,
            (402, _, _) => ErrorKind::Card,
            (404, _, _) => ErrorKind::Missing,
            (424, _, _) => ErrorKind::Server,
            (400..=499, _, _) => ErrorKind::Invalid,
            _ => ErrorKind::Server,
        }
    }

    /// The permission that a restricted key lacks, `rak_charge_read`, which Stripe names only in its sentence.
    pub fn missing_permission(&self) -> Option<&str> {
        self.message
            .as_str()
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .find(|word| word.starts_with("rak_"))
    }

    /// The account that a key without a permission reaches: the same sentence names it. One that speaks of an account
    /// that was asked for says nothing about the key's own.
    pub fn refusing_account(&self) -> Option<&str> {
        self.account_after("the required permissions for this endpoint on account '")
    }

    /// The account that was asked for and that the key does not reach.
    pub fn unreached_account(&self) -> Option<&str> {
        self.account_after("does not have access to account '").filter(|_| self.status == 403)
    }

    fn account_after(&self, words: &str) -> Option<&str> {
        let (_, rest) = self.message.as_str().split_once(words)?;
        let (id, _) = rest.split_once('\'')?;
        let name = id.strip_prefix("acct_")?;
        let whole = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        whole.then_some(id)
    }
}

impl std::fmt::Debug for ApiError {
    /// Without Stripe's sentence and the raw object: both quote what was asked for.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("kind", &self.kind)
            .field("code", &self.code)
            .field("decline_code", &self.decline_code)
            .field("param", &self.param)
            .field("request_id", &self.headers.request_id)
            .finish_non_exhaustive()
    }
}

impl ApiError {
    /// Stripe's sentence, and its code where it has one.
    pub fn says(&self) -> String {
        match self.decline_code.as_ref().or(self.code.as_ref()) {
            Some(code) => format!("{} ({code})", self.message),
            None => self.message.to_string(),
        }
    }
}

impl std::fmt::Display for ApiError {
    /// What it says, and the request id last.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.says())?;
        match &self.headers.request_id {
            Some(id) => write!(f, " · {id}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_status_type_and_code() {
        let kind = |status, kind: &str, code: Option<&str>| {
            ApiError { status, kind: kind.into(), code: code.map(Into::into), ..ApiError::default() }
                .error_kind()
        };
        assert_eq!(kind(400, "idempotency_error", None), ErrorKind::KeyReused);
        assert_eq!(kind(429, "invalid_request_error", Some("lock_timeout")), ErrorKind::Locked);
        assert_eq!(kind(429, "", None), ErrorKind::RateLimit);
        assert_eq!(kind(402, "invalid_request_error", Some("balance_insufficient")), ErrorKind::Card);
        assert_eq!(kind(400, "brand_new_error", Some("brand_new")), ErrorKind::Invalid);
        assert_eq!(kind(424, "api_error", None), ErrorKind::Server);
    }

    #[test]
    fn debug_leaves_out_what_stripe_quotes() {
        let raw = serde_json::json!({"message": "No such customer: ada@example.com"});
        let message = "No such customer: ada@example.com".into();
        let error = ApiError { status: 404, message, raw, ..ApiError::default() };
        let shown = format!("{:?}", Failure::Refused(Box::new(error)));
        assert!(shown.contains("404") && !shown.contains("ada"), "{shown}");
    }

    #[test]
    fn an_account_out_of_reach_is_read_from_the_sentence() {
        let message = "The provided key 'rk_test_****abcd' does not have access to account 'acct_3' (or that account \
                       does not exist). Application access may have been revoked.";
        let error = ApiError { status: 403, message: message.into(), ..ApiError::default() };
        assert_eq!((error.unreached_account(), error.refusing_account()), (Some("acct_3"), None));
        assert_eq!(ApiError { status: 400, ..error }.unreached_account(), None);
    }

    #[test]
    fn the_missing_permission_is_read_from_the_sentence() {
        let message = "The provided key 'rk_test_****abcd' does not have the required permissions for this endpoint on \
                       account 'acct_1'. Having the 'rak_charge_read' permission would allow this request to continue.";
        let error = ApiError { status: 403, message: message.into(), ..ApiError::default() };
        assert_eq!(error.missing_permission(), Some("rak_charge_read"));
    }
}
