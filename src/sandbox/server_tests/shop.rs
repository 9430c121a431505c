//! A world with one charge, and a client at its desk.

use reqwest::{Method as Verb, header::HeaderMap};
use serde_json::{Value, json};

use super::super::*;
use crate::sandbox::{
    call::{Access, Call, Method, Route},
    error::Refusal,
};

pub(super) const NOW: i64 = 1_792_000_000;

/// A world with one charge, any number of refunds and a counter.
#[derive(Default)]
pub(super) struct Shop {
    refunds: u32,
    now: i64,
}

fn charge(_: &mut Shop, call: &Call) -> Result<Value, Refusal> {
    match call.ids[0].as_str() {
        "ch_1" => Ok(json!({"id": "ch_1", "object": "charge", "customer": "cus_1"})),
        id => Err(Refusal::missing("charge", id, "id")),
    }
}

fn refund(shop: &mut Shop, call: &Call) -> Result<Value, Refusal> {
    assert_eq!(shop.now, call.now, "the time comes before the call");
    match call.params.get("charge").and_then(Value::as_str) {
        None => {
            Err(Refusal::invalid("Missing required param: charge.").code("parameter_missing").param("charge"))
        }
        Some("ch_done") => {
            Err(Refusal::invalid("Charge has already been refunded.").code("charge_already_refunded"))
        }
        Some("ch_bug") => panic!("a handler's mistake"),
        Some(charge) => {
            shop.refunds += 1;
            Ok(json!({"id": format!("re_{}", shop.refunds), "object": "refund", "charge": charge}))
        }
    }
}

fn count(shop: &mut Shop, _: &Call) -> Result<Value, Refusal> {
    if shop.now < NOW { Err(Refusal::broken()) } else { Ok(json!({"refunds": shop.refunds})) }
}

static ROUTES: &[Route<Shop>] = &[
    Route {
        method: Method::Get,
        pattern: "/v1/charges/{id}",
        resource: "charge",
        access: Access::Read,
        params: &[],
        answer: charge,
    },
    Route {
        method: Method::Post,
        pattern: "/v1/refunds",
        resource: "charge",
        access: Access::Write,
        params: &[&["charge", "amount", "metadata[*]"]],
        answer: refund,
    },
    Route {
        method: Method::Get,
        pattern: "/v1/count",
        resource: "event",
        access: Access::Read,
        params: &[&["created", "created[gte]"]],
        answer: count,
    },
];

impl World for Shop {
    fn routes() -> &'static [Route<Self>] {
        ROUTES
    }

    fn object(&mut self, id: &str) -> Option<Value> {
        (id == "cus_1").then(|| json!({"id": "cus_1", "object": "customer"}))
    }

    fn advance(&mut self, now: i64) {
        self.now = now;
    }
}

pub(super) struct Desk {
    pub(super) running: Running,
    pub(super) clock: Clock,
    pub(super) client: reqwest::Client,
    pub(super) key: String,
}

pub(super) fn client() -> reqwest::ClientBuilder {
    // The client wants a provider even where it speaks no TLS; the second to install one is told so.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy()
}

#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn error(&self) -> (u16, String, String) {
        let error = &self.json()["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (self.status, text("code"), text("message"))
    }
}

impl Desk {
    pub(super) async fn open(change: impl FnOnce(&mut Options)) -> Self {
        let clock = Clock::fixed(NOW);
        let mut options = Options { clock: clock.clone(), ..Options::default() };
        change(&mut options);
        let running = serve(Shop::default(), options).await.unwrap();
        let client = client().timeout(Duration::from_secs(10)).build().unwrap();
        let key = running.secret_key().to_owned();
        Self { running, clock, client, key }
    }

    pub(super) async fn faulty(spec: &str) -> Self {
        let faults = Faults::parse(spec).unwrap();
        Self::open(|options| options.faults = faults).await
    }

    #[expect(clippy::disallowed_methods, reason = "the server is tested over a real socket")]
    pub(super) async fn send(
        &self,
        verb: Verb,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> reqwest::Result<Got> {
        let mut request = self
            .client
            .request(verb, format!("{}{path}", self.running.base_url()))
            .header("authorization", format!("Bearer {}", self.key))
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Got { status, headers, text: response.text().await? })
    }

    pub(super) async fn until(&self, happened: impl Fn(&Running) -> bool) {
        let wait = async {
            while !happened(&self.running) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.send(Verb::GET, path, &[], "").await.unwrap()
    }

    pub(super) async fn try_refund(&self, key: &str, body: &str) -> reqwest::Result<Got> {
        self.send(Verb::POST, "/v1/refunds", &[("idempotency-key", key)], body).await
    }

    pub(super) async fn refund(&self, key: &str, body: &str) -> Got {
        self.try_refund(key, body).await.unwrap()
    }

    pub(super) async fn refunds(&self) -> Value {
        self.running.set_faults(Faults::default());
        self.get("/v1/count").await.json()["refunds"].clone()
    }
}
