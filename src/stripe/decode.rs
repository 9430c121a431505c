//! From status, headers and bytes to a reply or a failure: nothing here has touched the network, and nothing that
//! a server sends can make it fail otherwise.

use jiff::fmt::rfc2822::DateTimeParser;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{ApiError, Failure, Headers, Reply};
use crate::text::{Untrusted, clean};
use crate::time::Unix;

const HEADER_CHARS_MOST: usize = 255;
const WORD_CHARS_MOST: usize = 200;

/// `get` looks a header up by its lower-case name.
pub(crate) fn headers<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Headers {
    // Ids are printed and copied, so only what can stand in one is kept.
    let word = |name: &str| {
        get(name)
            .map(|text| {
                text.chars().filter(char::is_ascii_graphic).take(HEADER_CHARS_MOST).collect::<String>()
            })
            .filter(|text| !text.is_empty())
    };
    let flag = |name: &str| match get(name).map(str::trim) {
        Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    let date = get("date").and_then(http_date);
    Headers {
        request_id: word("request-id"),
        original_request: word("original-request"),
        replayed: flag("idempotent-replayed") == Some(true),
        should_retry: flag("stripe-should-retry"),
        retry_after_ms: get("retry-after").and_then(|text| retry_after_ms(text, date)),
        limited_reason: word("stripe-rate-limited-reason"),
        date,
    }
}

fn http_date(text: &str) -> Option<Unix> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok().map(|at| Unix(at.as_second()))
}

/// Seconds, or the instant until which to wait, measured by the server's own clock.
fn retry_after_ms(text: &str, date: Option<Unix>) -> Option<u64> {
    let seconds = match text.trim().parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_no_number) => u64::try_from(http_date(text)?.since(date?)).ok()?,
    };
    seconds.checked_mul(1_000)
}

/// The two members by which a success and an error are told apart; the rest is only checked for being JSON.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_description: Option<&'a RawValue>,
}

/// What a whole answer means. `body` was read to its end.
pub(crate) fn answer(status: u16, headers: Headers, body: Vec<u8>) -> Result<Reply, Failure> {
    let unreadable = |reason: &str, headers: Headers| {
        Err(Failure::Unreadable { status, reason: reason.to_owned(), headers: Box::new(headers) })
    };
    if (300..=399).contains(&status) {
        return unreadable("it points somewhere else, and redirects are not followed", headers);
    }
    let text = match String::from_utf8(body) {
        Ok(text) => without_secrets(text),
        Err(_bytes) => return unreadable("it is not text", headers),
    };
    let envelope = match text.trim_ascii_start().chars().next() {
        None => return unreadable("it is empty", headers),
        Some('<') => return unreadable("it is a web page, not JSON", headers),
        Some('{') => serde_json::from_str::<Envelope<'_>>(&text),
        Some(_) => return unreadable("it is not a JSON object", headers),
    };
    let envelope = match envelope {
        Ok(envelope) => envelope,
        Err(error) if error.is_eof() => return unreadable("it was cut short", headers),
        Err(_syntax) => return unreadable("it is not valid JSON", headers),
    };
    match envelope.error {
        Some(error) => {
            let description = envelope.error_description.map(RawValue::get);
            Err(Failure::Refused(Box::new(api_error(status, headers, error.get(), description))))
        }
        None if (200..=299).contains(&status) => Ok(Reply { status, headers, body: text.into() }),
        None => unreadable("it is JSON, but says nothing about an error", headers),
    }
}

/// What lets a browser finish a payment is of no use here, and nothing to be shown, copied or handed to an assistant: only that it
/// is there stays. `text` is JSON, so a name in quotes is never within a value.
fn without_secrets(text: String) -> String {
    const NAME: &str = "\"client_secret\"";
    if !text.contains(NAME) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(NAME) {
        kept.push_str(before);
        kept.push_str(NAME);
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        rest = match value.and_then(|value| value.strip_prefix('"')) {
            Some(secret) => {
                kept.push_str(":\"…\"");
                behind_string(secret)
            }
            None => after,
        };
    }
    kept.push_str(rest);
    kept
}

/// What follows the end of a JSON string that has begun.
fn behind_string(text: &str) -> &str {
    let mut escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.and_then(|(at, _)| text.get(at.saturating_add(1)..)).unwrap_or_default()
}

/// `error` is JSON: Stripe's object, or the bare word of the OAuth endpoints with its description beside it.
fn api_error(status: u16, headers: Headers, error: &str, description: Option<&str>) -> ApiError {
    let raw: Value = serde_json::from_str(error).unwrap_or(Value::Null);
    let word = |name: &str| raw.get(name).and_then(Value::as_str).map(short);
    let mut found = ApiError {
        status,
        kind: word("type").unwrap_or_default(),
        code: word("code"),
        decline_code: word("decline_code"),
        advice_code: word("advice_code"),
        param: word("param"),
        message: raw.get("message").and_then(Value::as_str).map(Untrusted::new).unwrap_or_default(),
        doc_url: word("doc_url"),
        request_log_url: raw.get("request_log_url").and_then(Value::as_str).map(clean),
        approval_request: raw.pointer("/approval_request/id").and_then(Value::as_str).map(short),
        headers,
        raw: Value::Null,
    };
    if let Value::String(code) = &raw {
        found.code = Some(short(code));
        let sentence = description.and_then(|text| serde_json::from_str::<String>(text).ok());
        found.message = Untrusted::new(sentence.as_deref().unwrap_or(code));
    }
    if found.message.is_empty() {
        let named = found.code.as_deref().or(Some(found.kind.as_str()).filter(|kind| !kind.is_empty()));
        found.message = match named {
            Some(named) => Untrusted::new(&format!("Stripe gave no reason beyond {named} (HTTP {status})")),
            None => Untrusted::new(&format!("Stripe gave no reason (HTTP {status})")),
        };
    }
    found.raw = raw;
    found
}

/// Names and codes are short, and safe to print.
fn short(text: &str) -> String {
    clean(&text.chars().take(WORD_CHARS_MOST).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_secret_stays_at_the_border() {
        let json = r#"{"id":"pi_1","client_secret" : "pi_1_sec\"ret","description":"the \"client_secret\": \"x\"","next":{"client_secret":null}}"#;
        let reply = answer(200, headers(|_| None), json.as_bytes().to_vec()).unwrap();
        let read: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(
            (&read["client_secret"], &read["next"]["client_secret"]),
            (&Value::from("…"), &Value::Null)
        );
        assert_eq!(read["description"], "the \"client_secret\": \"x\"");
        assert!(!reply.body.contains("pi_1_"), "{}", reply.body);
    }
    use crate::stripe::ErrorKind;

    fn read(pairs: &'static [(&'static str, &'static str)]) -> Headers {
        headers(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
    }

    fn refused(status: u16, body: &str) -> ApiError {
        match answer(status, Headers::default(), body.into()) {
            Err(Failure::Refused(error)) => *error,
            other => panic!("{other:?}"),
        }
    }

    fn reason(status: u16, body: &[u8]) -> String {
        match answer(status, Headers::default(), body.to_vec()) {
            Err(Failure::Unreadable { status: seen, reason, .. }) if seen == status => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_headers_that_decide_are_read() {
        let headers = read(&[
            ("request-id", "req_2"),
            ("original-request", "req_1"),
            ("idempotent-replayed", "true"),
            ("stripe-should-retry", "false"),
            ("retry-after", "7"),
            ("stripe-rate-limited-reason", "endpoint-rate"),
            ("date", "Mon, 23 Nov 2026 12:00:00 GMT"),
        ]);
        assert_eq!(
            headers,
            Headers {
                request_id: Some("req_2".into()),
                original_request: Some("req_1".into()),
                replayed: true,
                should_retry: Some(false),
                retry_after_ms: Some(7_000),
                limited_reason: Some("endpoint-rate".into()),
                date: Some(Unix(1_795_435_200)),
            }
        );
        assert_eq!(read(&[]), Headers::default());
    }

    #[test]
    fn headers_that_make_no_sense_say_nothing() {
        let headers = read(&[
            ("request-id", ""),
            ("idempotent-replayed", "yes"),
            ("stripe-should-retry", "maybe"),
            ("retry-after", "-1"),
            ("date", "yesterday"),
        ]);
        assert_eq!(headers, Headers::default());
        assert_eq!(read(&[("request-id", "req_\u{1b}[31m1 2")]).request_id.unwrap(), "req_[31m12");
        assert_eq!(read(&[("retry-after", "18446744073709551615")]).retry_after_ms, None);
    }

    #[test]
    fn a_retry_after_may_be_a_date() {
        let after = |date| {
            let text = "Mon, 23 Nov 2026 12:00:30 GMT";
            retry_after_ms(text, date)
        };
        assert_eq!(after(Some(Unix(1_795_435_200))), Some(30_000));
        assert_eq!(after(Some(Unix(1_795_435_300))), None);
        assert_eq!(after(None), None);
    }

    #[test]
    fn an_error_is_decoded_whole() {
        let error = refused(
            402,
            r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"do_not_honor","advice_code":
            "try_again_later","message":"Your card was declined.","param":"source","doc_url":"https://stripe.com/docs",
            "request_log_url":"https://dashboard.stripe.com/logs/req_1","charge":"ch_1","brand_new":{"a":[1]}}}"#,
        );
        assert_eq!(error.error_kind(), ErrorKind::Card);
        assert_eq!(error.to_string(), "Your card was declined. (do_not_honor)");
        assert_eq!(
            (error.advice_code.as_deref(), error.param.as_deref()),
            (Some("try_again_later"), Some("source"))
        );
        assert_eq!(error.raw["brand_new"]["a"][0], 1);
        assert_eq!(error.raw["charge"], "ch_1");
    }

    #[test]
    fn stripes_second_person_is_seen() {
        let error = refused(
            400,
            r#"{"error":{"type":"invalid_request_error","code":"approval_required","message":"m",
            "approval_request":{"id":"apreq_1","status":"pending"}}}"#,
        );
        assert_eq!(error.error_kind(), ErrorKind::ApprovalRequired);
        assert_eq!(error.approval_request.as_deref(), Some("apreq_1"));
    }

    #[test]
    fn errors_of_other_shapes_keep_what_they_say() {
        let oauth = refused(400, r#"{"error":"invalid_grant","error_description":"This code expired."}"#);
        assert_eq!(oauth.to_string(), "This code expired. (invalid_grant)");
        assert_eq!(refused(400, r#"{"error":"invalid_grant"}"#).message.as_str(), "invalid_grant");
        let bare = refused(500, r#"{"error":{"type":"api_error"}}"#);
        assert_eq!(bare.message.as_str(), "Stripe gave no reason beyond api_error (HTTP 500)");
        assert_eq!(refused(500, r#"{"error":7}"#).message.as_str(), "Stripe gave no reason (HTTP 500)");
        let hostile = refused(400, "{\"error\":{\"code\":\"\\u001b[2J\",\"message\":\"\\u202eevil\"}}");
        assert!(!hostile.to_string().chars().any(|c| c.is_control() || c == '\u{202e}'), "{hostile}");
    }

    #[test]
    fn a_success_with_an_error_in_it_is_no_success() {
        assert_eq!(refused(200, r#"{"error":{"type":"api_error","message":"m"}}"#).status, 200);
        let fine = answer(200, Headers::default(), br#" {"id":"ch_1","error":null} "#.to_vec()).unwrap();
        assert_eq!(&*fine.body, r#" {"id":"ch_1","error":null} "#);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(reason(200, b""), "it is empty");
        assert_eq!(reason(200, b" \n "), "it is empty");
        assert_eq!(reason(502, b"<html>Bad gateway</html>"), "it is a web page, not JSON");
        assert_eq!(reason(200, br#"{"id":"ch_"#), "it was cut short");
        assert_eq!(reason(200, br#"{"id":ch}"#), "it is not valid JSON");
        assert_eq!(reason(200, br#"{"id":1}{"#), "it is not valid JSON");
        assert_eq!(reason(200, b"[]"), "it is not a JSON object");
        assert_eq!(reason(200, b"\"ok\""), "it is not a JSON object");
        assert_eq!(reason(200, b"\xff\xfe{}"), "it is not text");
        assert_eq!(reason(404, br#"{"message":"no"}"#), "it is JSON, but says nothing about an error");
        assert!(reason(302, br#"{"id":"ch_1"}"#).contains("redirects are not followed"));
    }

    #[test]
    fn deep_nesting_is_survived() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let success = format!("{{\"a\":{deep}}}").into_bytes();
        assert!(answer(200, Headers::default(), success).is_ok());
        assert_eq!(refused(400, &format!("{{\"error\":{deep}}}")).raw, Value::Null);
    }
}
