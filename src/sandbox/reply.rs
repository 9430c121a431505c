//! An answer on its way out: status, headers and bytes, and the ways in which a faulty line delivers them.

use std::{io, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Response, StatusCode,
    body::Frame,
    header::{CONTENT_LENGTH, HeaderName, HeaderValue},
};
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use serde_json::{Value, json};

use super::{error::Refusal, fault::Back};

pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

const HUGE_BYTES: usize = 20 * 1024 * 1024;
/// What was sent so far leaves the buffer before the line is cut.
const FLUSH: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

/// How the bytes leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Whole,
    Truncated,
    /// Headers at once, the body after that time.
    Stalled(Duration),
    /// One byte each time.
    Dripping(Duration),
}

/// What happens to the connection.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    Answer(Answer, Manner),
    /// Reset, without an answer.
    Cut,
}

impl Answer {
    pub(super) fn json(status: u16, value: &Value) -> Self {
        let body = serde_json::to_vec_pretty(value).unwrap_or_default();
        Self { status, headers: Vec::new(), body: Bytes::from(body) }
            .header("content-type", "application/json")
    }

    pub(super) fn refusal(refusal: &Refusal) -> Self {
        let answer = Self::json(refusal.status, &refusal.body());
        match refusal.status {
            401 => answer.header("www-authenticate", "Basic realm=\"Stripe\""),
            429 if refusal.code == Some("lock_timeout") => answer.header("stripe-should-retry", "true"),
            _ => answer,
        }
    }

    /// What a proxy before the API sends.
    pub(super) fn html() -> Self {
        let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                    Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
        Self { status: 502, headers: Vec::new(), body: Bytes::from_static(page.as_bytes()) }
            .header("content-type", "text/html")
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What the line makes of the answer of an executed request.
    pub(super) fn through(mut self, fault: Option<Back>) -> Sent {
        let manner = match fault {
            None => Manner::Whole,
            Some(Back::Reset) => return Sent::Cut,
            Some(Back::Truncated) => Manner::Truncated,
            Some(Back::Stall(time)) => Manner::Stalled(time),
            Some(Back::Drip(time)) => Manner::Dripping(time),
            Some(Back::Html) => return Sent::Answer(Self::html(), Manner::Whole),
            Some(Back::Garbage) => {
                self.status = 200;
                self.body = Bytes::from_static(b"{\"id\": \"ch_, upstream \x00\xff lost");
                Manner::Whole
            }
            Some(Back::Huge) => {
                self.status = 200;
                let huge = json!({ "padding": "x".repeat(HUGE_BYTES) });
                self.body = Bytes::from(serde_json::to_vec(&huge).unwrap_or_default());
                Manner::Whole
            }
        };
        Sent::Answer(self, manner)
    }

    /// `now`: Unix seconds, for the `Date` header.
    pub(super) fn into_response(self, manner: Manner, now: i64) -> Response<Body> {
        let length = self.body.len();
        let mut response = Response::new(body(self.body, manner));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            // What a client sent and cannot be a header value is not echoed.
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        if let Some(date) = date(now).and_then(|date| HeaderValue::from_str(&date).ok()) {
            headers.insert("date", date);
        }
        headers.insert("server", HeaderValue::from_static("nginx"));
        headers.insert("cache-control", HeaderValue::from_static("no-cache, no-store"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        response
    }
}

fn date(now: i64) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::from_second(now).ok()?).ok()
}

fn body(bytes: Bytes, manner: Manner) -> Body {
    match manner {
        Manner::Whole => Full::new(bytes).map_err(|never| match never {}).boxed_unsync(),
        Manner::Truncated => {
            let half = bytes.slice(..bytes.len() / 2);
            let cut = stream::once(async {
                tokio::time::sleep(FLUSH).await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            StreamBody::new(stream::iter([Ok(Frame::data(half))]).chain(cut)).boxed_unsync()
        }
        Manner::Stalled(time) => {
            let late = stream::once(async move {
                tokio::time::sleep(time).await;
                Ok(Frame::data(bytes))
            });
            StreamBody::new(late).boxed_unsync()
        }
        Manner::Dripping(time) => {
            let drops = stream::unfold(bytes, move |mut left| async move {
                if left.is_empty() {
                    return None;
                }
                tokio::time::sleep(time).await;
                let drop = left.split_to(1);
                Some((Ok(Frame::data(drop)), left))
            });
            StreamBody::new(drops).boxed_unsync()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_the_clock() {
        assert_eq!(date(1_792_000_000).unwrap(), "Wed, 14 Oct 2026 17:46:40 GMT");
    }

    #[test]
    fn headers_that_cannot_be_are_left_out() {
        let answer =
            Answer::json(200, &json!({})).header("idempotency-key", "a\nb").header("request-id", "req_1");
        let response = answer.into_response(Manner::Whole, 0);
        assert!(!response.headers().contains_key("idempotency-key"));
        assert_eq!(response.headers()["request-id"], "req_1");
        assert_eq!(response.headers()["content-length"], "2");
    }

    #[test]
    fn a_401_asks_for_credentials_and_a_lock_timeout_to_come_again() {
        let refused = Answer::refusal(&Refusal { status: 401, ..Refusal::invalid("") });
        assert!(refused.headers.iter().any(|(name, _)| *name == "www-authenticate"));
        let locked = Answer::refusal(&Refusal { status: 429, ..Refusal::invalid("") }.code("lock_timeout"));
        assert!(locked.headers.contains(&("stripe-should-retry", "true".to_owned())));
    }

    #[tokio::test]
    async fn a_faulty_line_delivers_as_it_says() {
        let bytes = Bytes::from_static(b"12345678");
        let late = Duration::from_millis(1);
        assert_eq!(body(bytes.clone(), Manner::Stalled(late)).collect().await.unwrap().to_bytes(), bytes);
        assert_eq!(body(bytes.clone(), Manner::Dripping(late)).collect().await.unwrap().to_bytes(), bytes);
        assert!(body(bytes, Manner::Truncated).collect().await.is_err());
    }

    #[test]
    fn faults_change_the_answer() {
        let answer = || Answer::json(400, &json!({"a": 1}));
        assert!(matches!(answer().through(Some(Back::Reset)), Sent::Cut));
        let Sent::Answer(page, Manner::Whole) = answer().through(Some(Back::Html)) else {
            panic!("not sent")
        };
        assert_eq!(page.status, 502);
        let Sent::Answer(garbage, Manner::Whole) = answer().through(Some(Back::Garbage)) else {
            panic!("not sent")
        };
        assert!(garbage.status == 200 && serde_json::from_slice::<Value>(&garbage.body).is_err());
        let Sent::Answer(huge, Manner::Whole) = answer().through(Some(Back::Huge)) else {
            panic!("not sent")
        };
        assert!(huge.body.len() > HUGE_BYTES);
    }
}
