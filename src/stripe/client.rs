//! The client: one attempt at one request over a kept-warm connection, and nothing else in the program sends.
//! Every way in which an attempt can end is told apart by what is known afterwards.

use std::{error::Error as _, fmt, sync::Arc};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::{
    Attempt, Failure, Headers, NotSent, Reply, Transport, Urgency, connect, decode,
    key::Key,
    meters::{Meters, Stats},
    queue::Queue,
    rate::Limits,
    read,
    settings::{self, Deadlines, Settings, SetupError, seconds},
};
use crate::request::{Method, Request};
use crate::text::clean;
use crate::time::Clock;

/// Sent with every request, so that answers keep their shape whatever the account's default is.
pub const API_VERSION: &str = "2026-10-28.endive";
const WARM_MOST: usize = 8;

/// Cheap to clone; clones share connections, rate limit and figures.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    /// `https://api.stripe.com`
    origin: String,
    /// Of every call: key, version, connected account.
    headers: HeaderMap,
    key: Key,
    account: Option<String>,
    deadlines: Deadlines,
    body_bytes_most: usize,
    queue: Queue,
    meters: Meters,
    clock: Arc<dyn Clock>,
}

impl Client {
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        let Settings { base, key, account, deadlines, ca_file, .. } = settings;
        let Settings { per_second, share_percent, body_bytes_most, .. } = settings;
        let key = Key::parse(key)?;
        let origin = settings::origin(&base)?;
        let account = account.as_deref().map(settings::account_id).transpose()?.map(ToOwned::to_owned);
        let headers = fixed_headers(&key, account.as_deref())?;
        let http = connect::pool(base.scheme() == "https", deadlines, ca_file.as_deref())?;
        // Nobody is asked without a limit but a stand-in on this machine.
        let unlimited = per_second == 0 && !settings::is_loopback(&base);
        let per_second = if unlimited { settings::per_second(key.mode()) } else { per_second };
        let queue = Queue::new(Limits { per_second, share_percent }, Arc::clone(&clock));
        let meters = Meters::default();
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                origin,
                headers,
                key,
                account,
                deadlines,
                body_bytes_most,
                queue,
                meters,
                clock,
            }),
        })
    }

    pub fn key(&self) -> &Key {
        &self.inner.key
    }

    pub fn account(&self) -> Option<&str> {
        self.inner.account.as_deref()
    }

    /// `https://api.stripe.com`
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// A read, tried again where that can help. A change goes through the gate, which keeps its own account of attempts.
    pub async fn read(&self, request: &Request, urgency: impl Into<Urgency>) -> Result<Reply, Failure> {
        read::read(self, request, urgency).await
    }

    /// Opens connections before they are needed, so that the first burst does not pay for handshakes. What opens them is no
    /// call of the API: it carries no key, asks for nothing and counts against no limit; a bare connection would not enter
    /// the pool. One connection carries everything over HTTP/2; over HTTP/1.1 it takes `n`, at most 8.
    pub async fn warm(&self, n: usize) {
        if self.warm_one().await != Some(reqwest::Version::HTTP_11) {
            return;
        }
        // At once, or the first connection would carry them one after the other.
        let more = (0..n.min(WARM_MOST)).map(|_| self.warm_one());
        let _versions = futures_util::future::join_all(more).await;
    }

    async fn warm_one(&self) -> Option<reqwest::Version> {
        let root = url::Url::parse(&self.inner.origin).ok()?;
        let mut message = reqwest::Request::new(reqwest::Method::HEAD, root);
        *message.timeout_mut() = Some(seconds(self.inner.deadlines.read_s));
        // It has no body: with its head the connection is back in the pool.
        Some(self.send(message).await.ok()?.version())
    }

    /// From request to the end of its answer, smoothed.
    pub fn latency_ms(&self) -> Option<u32> {
        self.inner.meters.latency_ms()
    }

    /// Stripe's clock minus this machine's, in seconds.
    pub fn skew_s(&self) -> Option<i64> {
        self.inner.meters.skew_s()
    }

    pub fn stats(&self) -> Stats {
        Stats {
            waiting: self.inner.queue.waiting(),
            rate_milli: self.inner.queue.rate_milli(),
            ..self.inner.meters.stats()
        }
    }

    async fn one(&self, request: &Request, urgency: Urgency) -> Result<Reply, Failure> {
        let inner = &*self.inner;
        let message = self.prepare(request).map_err(Failure::NotSent)?;
        let endpoint = format!("{} {}", request.method.name(), request.endpoint);
        inner.queue.turn(&endpoint, request.is_search(), urgency).await.map_err(Failure::NotSent)?;
        let outcome = {
            let _flight = inner.meters.depart();
            self.exchange(message).await
        };
        if let Err(failure) = &outcome {
            inner.meters.failed(failure);
            if let Failure::Refused(error) = failure
                && error.error_kind() == super::ErrorKind::RateLimit
            {
                inner.queue.limited(&endpoint, error.headers.limited_reason.as_deref());
            }
        }
        outcome
    }

    async fn exchange(&self, message: reqwest::Request) -> Result<Reply, Failure> {
        let began_ms = self.inner.clock.now_ms();
        let response = self.send(message).await.map_err(|error| self.unanswered(error))?;
        let status = response.status().as_u16();
        let headers = decode::headers(|name| response.headers().get(name)?.to_str().ok());
        let body = self.body(response, &headers).await?;
        let now_ms = self.inner.clock.now_ms();
        self.inner.meters.answered(now_ms.saturating_sub(began_ms), &headers, self.inner.clock.now());
        decode::answer(status, headers, body)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that sends")]
    async fn send(&self, message: reqwest::Request) -> reqwest::Result<reqwest::Response> {
        self.inner.http.execute(message).await
    }

    /// The whole body, or the reason why there is none, with the status that its head announced.
    async fn body(&self, mut response: reqwest::Response, headers: &Headers) -> Result<Vec<u8>, Failure> {
        let status = response.status().as_u16();
        let most = self.inner.body_bytes_most;
        let unreadable =
            |reason: String| Failure::Unreadable { status, reason, headers: Box::new(headers.clone()) };
        let too_large = || unreadable(format!("it is larger than {} MiB", most / 1_048_576));
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).map_or(true, |bytes| bytes > most) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if body.len().saturating_add(piece.len()) > most => return Err(too_large()),
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) => return Ok(body),
                Err(error) if error.is_timeout() => {
                    return Err(unreadable("its end did not come in time".to_owned()));
                }
                Err(error) if error.is_decode() && !is_io(&error) => {
                    return Err(unreadable("its compression is damaged".to_owned()));
                }
                Err(_cut) => return Err(unreadable("it was cut short".to_owned())),
            }
        }
    }

    /// Why no answer began. Only a connection that was never made is sure to have carried nothing.
    fn unanswered(&self, error: reqwest::Error) -> Failure {
        let error = error.without_url();
        let deadlines = self.inner.deadlines;
        if error.is_builder() {
            return Failure::NotSent(NotSent::Invalid(cause(&error)));
        }
        if error.is_connect() {
            return Failure::NotSent(match connect::distrust(&error) {
                Some(why) => NotSent::Certificate(why),
                None if error.is_timeout() => NotSent::ConnectTimeout(deadlines.connect_s),
                None => NotSent::Connect(cause(&error)),
            });
        }
        if error.is_timeout() {
            return Failure::Lost("no answer came in time".to_owned());
        }
        Failure::Lost(cause(&error))
    }

    /// The request as it will leave, or why it may not.
    fn prepare(&self, request: &Request) -> Result<reqwest::Request, NotSent> {
        let invalid =
            |why: &str| NotSent::Invalid(format!("{} {}: {why}", request.method.name(), request.endpoint));
        let url = url::Url::parse(&format!("{}{}", self.inner.origin, request.target()))
            .map_err(|error| invalid(&error.to_string()))?;
        // A path that the URL rules change (`..`) or that lost an id would ask for something else.
        let same = url.path() == request.path && url.origin().ascii_serialization() == self.inner.origin;
        let hole = request.path.contains("//") || request.path.ends_with('/');
        if !same || hole || !request.path.starts_with('/') {
            return Err(invalid("an id in its path is missing or cannot be one"));
        }
        let (method, deadline_s) = match request.method {
            Method::Get => (reqwest::Method::GET, self.inner.deadlines.read_s),
            Method::Post if !request.is_write() => (reqwest::Method::POST, self.inner.deadlines.read_s),
            Method::Post => (reqwest::Method::POST, self.inner.deadlines.write_s),
            Method::Delete => (reqwest::Method::DELETE, self.inner.deadlines.write_s),
        };
        let mut message = reqwest::Request::new(method, url);
        *message.timeout_mut() = Some(seconds(deadline_s));
        message.headers_mut().clone_from(&self.inner.headers);
        if let Some(key) = &request.idempotency_key {
            let value = HeaderValue::from_str(key).ok().filter(|_| !key.is_empty() && key.len() <= 255);
            let value =
                value.ok_or_else(|| invalid("its idempotency key has a character that no header takes"))?;
            message.headers_mut().insert(HeaderName::from_static("idempotency-key"), value);
        } else if request.method == Method::Post && request.is_write() {
            return Err(invalid("a change is only sent with an idempotency key"));
        }
        if let Some(body) = request.body() {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            message.headers_mut().insert(CONTENT_TYPE, form);
            *message.body_mut() = Some(body.into());
        }
        Ok(message)
    }
}

impl Transport for Client {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a> {
        Box::pin(self.one(request, urgency))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("origin", &self.inner.origin)
            .field("key", &self.inner.key)
            .field("account", &self.inner.account)
            .finish_non_exhaustive()
    }
}

fn fixed_headers(key: &Key, account: Option<&str>) -> Result<HeaderMap, SetupError> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| SetupError::Tls(error.to_string()));
    let mut bearer = value(&key.bearer())?;
    bearer.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, bearer);
    headers.insert(HeaderName::from_static("stripe-version"), HeaderValue::from_static(API_VERSION));
    if let Some(account) = account {
        headers.insert(HeaderName::from_static("stripe-account"), value(account)?);
    }
    Ok(headers)
}

/// The innermost reason: `connection refused`, not `error sending request`.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    let text = clean(&reason.to_string());
    // The system's number for it says nothing to who reads this.
    let text = text.split_once(" (os error ").map_or_else(|| text.clone(), |(words, _)| words.to_owned());
    if error.is_dns() { format!("its name could not be looked up ({text})") } else { text }
}

/// Decoders wrap the connection's own fault, which then is not theirs.
fn is_io(error: &reqwest::Error) -> bool {
    let mut reason = error.source();
    while let Some(inner) = reason {
        if inner.is::<hyper::Error>() {
            return true;
        }
        reason = inner.source();
    }
    false
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tls_tests;
