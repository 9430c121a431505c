//! A request as it came off the wire, and its parameters as one tree.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{error::Refusal, form};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A request as it came off the wire.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Bytes,
    pub(super) authorization: Option<String>,
    pub(super) version: Option<String>,
    pub(super) account: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) content_type: Option<String>,
    /// The body was larger than is taken; `body` is empty then.
    pub(super) too_large: bool,
}

impl Asked {
    /// The idempotency key, where it means something: on a POST.
    pub(super) fn key(&self) -> Option<&str> {
        self.idempotency_key.as_deref().filter(|key| self.method == "POST" && !key.is_empty())
    }

    /// Query and body as one tree; the body wins.
    pub(super) fn tree(&self) -> Result<Map<String, Value>, Refusal> {
        if self.too_large {
            let message =
                format!("The request body is larger than the {} bytes that are taken.", form::BODY_MOST);
            return Err(Refusal { status: 413, ..Refusal::invalid(message) });
        }
        let mut tree = form::parse(self.query.as_bytes())?;
        if !self.body.is_empty() {
            let kind = self.content_type.as_deref().unwrap_or(FORM);
            let kind = kind.split(';').next().unwrap_or_default().trim();
            if kind.eq_ignore_ascii_case(JSON) {
                tree.extend(form::parse_json(&self.body)?);
            } else if kind.eq_ignore_ascii_case(FORM) {
                tree.extend(form::parse(&self.body)?);
            } else {
                return Err(Refusal::invalid(format!(
                    "Invalid request (check that your POST content type is {FORM}). If you have any questions, we can \
                     help at https://support.stripe.com/."
                )));
            }
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(content_type: Option<&str>, query: &str, body: &'static str) -> Asked {
        Asked {
            method: "POST".to_owned(),
            query: query.to_owned(),
            body: Bytes::from_static(body.as_bytes()),
            content_type: content_type.map(str::to_owned),
            ..Asked::default()
        }
    }

    #[test]
    fn query_and_body_are_one_tree_and_the_body_wins() {
        for content_type in [None, Some(FORM), Some("Application/X-WWW-form-urlencoded; charset=utf-8")] {
            let tree = asked(content_type, "a=1&b=2", "b=3&c[d]=4").tree().unwrap();
            assert_eq!(Value::Object(tree), json!({"a": "1", "b": "3", "c": {"d": "4"}}));
        }
        assert_eq!(
            Value::Object(asked(Some(JSON), "a=1", "{\"b\":2}").tree().unwrap()),
            json!({"a": "1", "b": 2})
        );
    }

    #[test]
    fn other_types_and_large_bodies_are_refused() {
        assert!(asked(Some("text/xml"), "", "<a/>").tree().unwrap_err().message.contains("content type"));
        assert_eq!(asked(Some("text/xml"), "a=1", "").tree().unwrap().len(), 1, "no body, no type");
        assert_eq!(Asked { too_large: true, ..Asked::default() }.tree().unwrap_err().status, 413);
    }

    #[test]
    fn a_key_counts_on_a_post_only() {
        let mut asked = asked(None, "", "");
        asked.idempotency_key = Some("k".to_owned());
        assert_eq!(asked.key(), Some("k"));
        asked.method = "DELETE".to_owned();
        assert_eq!(asked.key(), None);
        let empty =
            Asked { method: "POST".to_owned(), idempotency_key: Some(String::new()), ..Asked::default() };
        assert_eq!(empty.key(), None);
    }
}
