//! A call to Stripe as data: method, path and parameters, before any HTTP library is involved. Writes keep these bytes
//! on disk and send exactly them again.

use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// Unreserved characters stay; brackets in names stay too, which Stripe and its SDKs accept.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const NAME: &AsciiSet = &VALUE.remove(b'[').remove(b']');

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// One call. Parameters keep their order, so that the same request is the same bytes.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[must_use]
pub struct Request {
    pub method: Method,
    /// The path with its placeholders, `/v1/charges/{id}`: names the endpoint for rate limits and permissions.
    pub endpoint: String,
    /// The path with ids in their places, percent-encoded.
    pub path: String,
    /// Form names (`a[b]`) and values, `expand[]` included.
    pub params: Vec<(String, String)>,
    /// Only on POST, where Stripe heeds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

impl Request {
    fn new(method: Method, endpoint: &str, ids: &[&str]) -> Self {
        let mut path = String::with_capacity(endpoint.len() + 32);
        let mut ids = ids.iter();
        for (at, piece) in endpoint.split('/').enumerate() {
            if at > 0 {
                path.push('/');
            }
            if piece.starts_with('{') {
                let id = ids.next().copied().unwrap_or_default();
                let _ok = write!(path, "{}", utf8_percent_encode(id, VALUE));
            } else {
                path.push_str(piece);
            }
        }
        assert!(ids.next().is_none(), "{endpoint} has fewer placeholders than ids were given");
        Self { method, endpoint: endpoint.to_owned(), path, params: Vec::new(), idempotency_key: None }
    }

    /// `Request::get("/v1/charges/{id}", &["ch_1"])`. An id can not leave its segment of the path.
    pub fn get(endpoint: &str, ids: &[&str]) -> Self {
        Self::new(Method::Get, endpoint, ids)
    }

    pub fn post(endpoint: &str, ids: &[&str]) -> Self {
        Self::new(Method::Post, endpoint, ids)
    }

    pub fn delete(endpoint: &str, ids: &[&str]) -> Self {
        Self::new(Method::Delete, endpoint, ids)
    }

    /// Adds a parameter under its form name. An empty value clears the field at Stripe.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.params.push((name.to_owned(), format!("{value}")));
        self
    }

    pub fn with_some(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub fn expand(self, path: &str) -> Self {
        self.with("expand[]", path)
    }

    /// The page of a list or search that begins at `next`, as the page before told it; the first without.
    pub fn on_from(self, next: Option<&str>) -> Self {
        let name = if self.is_search() { "page" } else { "starting_after" };
        self.with_some(name, next)
    }

    pub fn with_key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_write(&self) -> bool {
        // Previews are POSTs that change nothing.
        self.method != Method::Get && self.endpoint != "/v1/invoices/create_preview"
    }

    pub fn is_search(&self) -> bool {
        self.endpoint.ends_with("/search")
    }

    /// `a=1&b[c]=2`, percent-encoded.
    pub fn form(&self) -> String {
        let mut form = String::new();
        for (name, value) in &self.params {
            if !form.is_empty() {
                form.push('&');
            }
            let _ok =
                write!(form, "{}={}", utf8_percent_encode(name, NAME), utf8_percent_encode(value, VALUE));
        }
        form
    }

    /// Path and query as they stand in the request line.
    pub fn target(&self) -> String {
        match self.method {
            Method::Post => self.path.clone(),
            Method::Get | Method::Delete if self.params.is_empty() => self.path.clone(),
            Method::Get | Method::Delete => format!("{}?{}", self.path, self.form()),
        }
    }

    /// The body of a POST.
    pub fn body(&self) -> Option<String> {
        (self.method == Method::Post).then(|| self.form())
    }

    /// What is hashed and compared: two requests with the same canonical text are the same call. The key is not part of it.
    pub fn canonical(&self) -> String {
        format!("{} {}\n{}", self.method.name(), self.path, self.form())
    }
}

impl fmt::Debug for Request {
    /// `POST /v1/refunds (charge, amount)`: parameters by name, since their values are people's, and no key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.params.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "{} {} ({})", self.method.name(), self.path, names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_names_parameters_and_tells_no_value() {
        let request = Request::post("/v1/customers/{id}", &["cus_1"])
            .with("email", "ada@example.com")
            .with_key("pdk_1");
        assert_eq!(format!("{request:?}"), "POST /v1/customers/cus_1 (email)");
    }

    #[test]
    fn an_id_can_not_leave_its_place_in_the_path() {
        let request = Request::get("/v1/charges/{id}/refunds", &["../../evil?x=1#y"]);
        assert_eq!(request.target(), "/v1/charges/..%2F..%2Fevil%3Fx%3D1%23y/refunds");
    }

    #[test]
    fn parameters_are_form_encoded_in_order() {
        let request = Request::post("/v1/refunds", &[])
            .with("charge", "ch_1")
            .with("metadata[paydesk_note]", "a&b=c ü")
            .with_some("amount", None::<i64>)
            .expand("charge");
        assert_eq!(request.target(), "/v1/refunds");
        assert_eq!(
            request.body().unwrap(),
            "charge=ch_1&metadata[paydesk_note]=a%26b%3Dc%20%C3%BC&expand[]=charge"
        );
    }

    #[test]
    fn reads_carry_parameters_in_the_query() {
        let request = Request::get("/v1/charges", &[]).with("customer", "cus_1").with("limit", 100);
        assert_eq!(request.target(), "/v1/charges?customer=cus_1&limit=100");
        assert_eq!(request.body(), None);
    }

    #[test]
    fn a_preview_is_no_write() {
        assert!(!Request::post("/v1/invoices/create_preview", &[]).is_write());
        assert!(Request::delete("/v1/subscriptions/{id}", &["sub_1"]).is_write());
    }
}
