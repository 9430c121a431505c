//! The HTTP side: listens, speaks HTTP/1.1 and HTTP/2, and hands each request to the exchange.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::{
    Request, Response,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
};

use super::{
    asked::Asked,
    call::World,
    clock::Clock,
    exchange::{Exchange, Setup},
    fault::Faults,
    form,
    reply::{Body, Sent},
    restrict::{RestrictError, Restrictions},
    seen::Seen,
    wire::{Scissors, Wire},
    world::Universe,
};

const CONNECTIONS_MOST: usize = 512;
const HEAD_BYTES_MOST: usize = 64 * 1024;
/// Longer than clients keep an idle connection, so that it is never closed under a request.
const HEAD_TIME: Duration = Duration::from_mins(2);
const FIRST_BYTE_TIME: Duration = Duration::from_secs(30);
const BODY_TIME: Duration = Duration::from_mins(1);

/// How long search is behind unless somebody asks for another lag.
pub const SEARCH_LAG: Duration = Duration::from_secs(5);

/// How a sandbox is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port 0: any free one.
    pub listen: SocketAddr,
    pub seed: u64,
    pub customers: u32,
    /// Added to every answer.
    pub latency: Duration,
    pub faults: Faults,
    pub restrict: Restrictions,
    /// Search finds what was written only after this time, as at Stripe; counted in whole seconds, rounded up.
    pub search_lag: Duration,
    /// Requests a second for the account. None: no limit.
    pub rate_limit: Option<u32>,
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            customers: 400,
            latency: Duration::ZERO,
            faults: Faults::default(),
            restrict: Restrictions::default(),
            search_lag: SEARCH_LAG,
            rate_limit: None,
            clock: Clock::real(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        cause: io::Error,
    },
    #[error("the permissions of the restricted key are wrong")]
    Restrict(#[from] RestrictError),
}

/// A running sandbox; it stops when this is dropped.
pub struct Running {
    base_url: String,
    secret_key: String,
    restricted_key: String,
    account: String,
    control: Arc<dyn Control>,
    listening: JoinHandle<()>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Running {
    /// `http://127.0.0.1:PORT`
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub fn secret_key(&self) -> &str {
        &self.secret_key
    }

    pub fn restricted_key(&self) -> &str {
        &self.restricted_key
    }

    /// `acct_…`
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Replaces all faults; their counters begin anew.
    pub fn set_faults(&self, faults: Faults) {
        self.control.set_faults(faults);
    }

    /// The last 10,000 requests that were answered or cut, in the order in which that happened.
    pub fn requests(&self) -> Vec<Seen> {
        self.control.seen()
    }

    pub fn forget_requests(&self) {
        self.control.forget_seen();
    }

    /// From now on nobody answers: the port is closed soon, and all connections with it.
    pub fn unplug(&self) {
        self.listening.abort();
    }

    /// Closes the port and all connections, and returns once they are closed.
    pub async fn stop(mut self) {
        self.unplug();
        // Cancelled is what it was asked to be.
        drop((&mut self.listening).await);
    }
}

/// What `Running` may touch, whatever world is inside.
trait Control: Send + Sync {
    fn set_faults(&self, faults: Faults);
    fn seen(&self) -> Vec<Seen>;
    fn forget_seen(&self);
    /// Idempotency keys that are known, their first request running or done.
    #[cfg(test)]
    fn begun(&self) -> usize;
}

impl<W: World> Control for Exchange<W> {
    fn set_faults(&self, faults: Faults) {
        Self::set_faults(self, faults);
    }

    fn seen(&self) -> Vec<Seen> {
        Self::seen(self)
    }

    fn forget_seen(&self) {
        Self::forget_seen(self);
    }

    #[cfg(test)]
    fn begun(&self) -> usize {
        Self::begun(self)
    }
}

/// Starts a sandbox with a world of its own.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let mut world = Universe::new(options.seed, options.customers, options.clock.now());
    let lag_s = options.search_lag.as_millis().div_ceil(1_000);
    world.search_lag_s = i64::try_from(lag_s).unwrap_or(i64::MAX);
    serve(world, options).await
}

/// Serves `world`; the seed mints the keys.
pub(super) async fn serve<W: World>(world: W, options: Options) -> Result<Running, StartError> {
    options.restrict.check(W::routes())?;
    let failed = |cause| StartError::Listen { address: options.listen, cause };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let exchange = Arc::new(Exchange::new(
        world,
        Setup {
            seed: options.seed,
            latency: options.latency,
            faults: options.faults,
            restrictions: options.restrict,
            rate_limit: options.rate_limit,
            clock: options.clock,
        },
    ));
    Ok(Running {
        base_url: format!("http://{address}"),
        secret_key: exchange.keys.secret.clone(),
        restricted_key: exchange.keys.restricted.clone(),
        account: exchange.keys.account.clone(),
        control: Arc::clone(&exchange) as Arc<dyn Control>,
        listening: tokio::spawn(listen(listener, exchange)),
    })
}

async fn listen<W: World>(listener: TcpListener, exchange: Arc<Exchange<W>>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MOST));
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let exchange = Arc::clone(&exchange);
                connections.spawn(async move {
                    converse(stream, exchange).await;
                    drop(permit);
                });
            }
            // Out of file handles, mostly: it passes.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn converse<W: World>(stream: TcpStream, exchange: Arc<Exchange<W>>) {
    // The builder waits without end for the first byte, which tells the protocol.
    if tokio::time::timeout(FIRST_BYTE_TIME, stream.readable()).await.is_err() {
        return;
    }
    // Without it a small answer may wait for the peer's acknowledgement.
    drop(stream.set_nodelay(true));
    let (wire, scissors) = Wire::new(stream);
    let service = service_fn(move |request| handle(Arc::clone(&exchange), request, scissors.clone()));
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES_MOST)
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD_BYTES_MOST).unwrap_or(u32::MAX));
    // A peer that breaks the protocol or goes away ends its own connection only.
    drop(builder.serve_connection(TokioIo::new(wire), service).await);
}

/// The connection ends here.
#[derive(Debug, thiserror::Error)]
#[error("connection cut")]
struct CutOff;

async fn handle<W: World>(
    exchange: Arc<Exchange<W>>,
    request: Request<Incoming>,
    scissors: Scissors,
) -> Result<Response<Body>, CutOff> {
    let clock = exchange.clock.clone();
    let asked = read(request).await?;
    // A task of its own: a client that hangs up does not stop what it asked for.
    let sent = tokio::spawn(exchange.answer(asked)).await;
    match sent {
        Ok(Sent::Answer(answer, manner)) => Ok(answer.into_response(manner, clock.now())),
        Ok(Sent::Cut) | Err(_) => {
            scissors.cut();
            Err(CutOff)
        }
    }
}

async fn read(request: Request<Incoming>) -> Result<Asked, CutOff> {
    let (head, body) = request.into_parts();
    let text = |name: &str| {
        head.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let mut asked = Asked {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        body: Bytes::new(),
        authorization: text(AUTHORIZATION.as_str()),
        version: text("stripe-version"),
        account: text("stripe-account"),
        idempotency_key: text("idempotency-key"),
        content_type: text(CONTENT_TYPE.as_str()),
        too_large: false,
    };
    let collected = Limited::new(body, form::BODY_MOST).collect();
    match tokio::time::timeout(BODY_TIME, collected).await {
        Ok(Ok(body)) => asked.body = body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => asked.too_large = true,
        Ok(Err(_)) | Err(_) => return Err(CutOff),
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use reqwest::{Method as Verb, header::HeaderMap};
    use serde_json::{Value, json};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::sandbox::{
        call::{Access, Call, Method, Route},
        error::Refusal,
    };

    const NOW: i64 = 1_792_000_000;

    /// A world with one charge, any number of refunds and a counter.
    #[derive(Default)]
    struct Shop {
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
            None => Err(Refusal::invalid("Missing required param: charge.")
                .code("parameter_missing")
                .param("charge")),
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
            params: &["charge", "amount", "metadata[*]"],
            answer: refund,
        },
        Route {
            method: Method::Get,
            pattern: "/v1/count",
            resource: "event",
            access: Access::Read,
            params: &["created", "created[gte]"],
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

    struct Desk {
        running: Running,
        clock: Clock,
        client: reqwest::Client,
        key: String,
    }

    fn client() -> reqwest::ClientBuilder {
        // The client wants a provider even where it speaks no TLS; the second to install one is told so.
        drop(rustls::crypto::ring::default_provider().install_default());
        reqwest::Client::builder().no_proxy()
    }

    #[derive(Debug)]
    struct Got {
        status: u16,
        headers: HeaderMap,
        text: String,
    }

    impl Got {
        fn json(&self) -> Value {
            serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
        }

        fn header(&self, name: &str) -> &str {
            self.headers.get(name).map_or("", |value| value.to_str().unwrap())
        }

        fn error(&self) -> (u16, String, String) {
            let error = &self.json()["error"];
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            (self.status, text("code"), text("message"))
        }
    }

    impl Desk {
        async fn open(change: impl FnOnce(&mut Options)) -> Self {
            let clock = Clock::fixed(NOW);
            let mut options = Options { clock: clock.clone(), ..Options::default() };
            change(&mut options);
            let running = serve(Shop::default(), options).await.unwrap();
            let client = client().timeout(Duration::from_secs(10)).build().unwrap();
            let key = running.secret_key().to_owned();
            Self { running, clock, client, key }
        }

        async fn faulty(spec: &str) -> Self {
            let faults = Faults::parse(spec).unwrap();
            Self::open(|options| options.faults = faults).await
        }

        #[expect(clippy::disallowed_methods, reason = "the server is tested over a real socket")]
        async fn send(
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

        async fn until(&self, happened: impl Fn(&Running) -> bool) {
            let wait = async {
                while !happened(&self.running) {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
        }

        async fn get(&self, path: &str) -> Got {
            self.send(Verb::GET, path, &[], "").await.unwrap()
        }

        async fn try_refund(&self, key: &str, body: &str) -> reqwest::Result<Got> {
            self.send(Verb::POST, "/v1/refunds", &[("idempotency-key", key)], body).await
        }

        async fn refund(&self, key: &str, body: &str) -> Got {
            self.try_refund(key, body).await.unwrap()
        }

        async fn refunds(&self) -> Value {
            self.running.set_faults(Faults::default());
            self.get("/v1/count").await.json()["refunds"].clone()
        }
    }

    #[tokio::test]
    async fn a_get_carries_the_headers_of_the_api() {
        let desk = Desk::open(|_| {}).await;
        let got = desk.get("/v1/charges/ch_1").await;
        assert_eq!((got.status, got.json()["id"].as_str()), (200, Some("ch_1")));
        assert_eq!(got.header("content-type"), "application/json");
        assert_eq!(got.header("stripe-version"), "2026-10-28.endive");
        assert_eq!(got.header("date"), "Wed, 14 Oct 2026 17:46:40 GMT");
        assert!(got.header("request-id").starts_with("req_"));
        assert_eq!(got.header("stripe-should-retry"), "");
        assert_ne!(desk.get("/v1/charges/ch_1").await.header("request-id"), got.header("request-id"));
    }

    #[tokio::test]
    async fn expansion_and_missing_objects() {
        let desk = Desk::open(|_| {}).await;
        let got = desk.get("/v1/charges/ch_1?expand[]=customer").await;
        assert_eq!(got.json()["customer"]["object"], "customer");
        assert_eq!(
            desk.get("/v1/charges/ch_2").await.error(),
            (404, "resource_missing".to_owned(), "No such charge: 'ch_2'".to_owned())
        );
        let wrong = desk.get("/v1/charges/ch_1?expand[]=foo").await.error();
        assert_eq!((wrong.0, wrong.2.as_str()), (400, "This property cannot be expanded (foo)."));
    }

    #[tokio::test]
    async fn keys_versions_accounts_and_urls_are_checked() {
        let mut desk = Desk::open(|_| {}).await;
        let version =
            desk.send(Verb::GET, "/v1/count", &[("stripe-version", "1999-01-01")], "").await.unwrap();
        assert_eq!(version.error().2, "Invalid Stripe API version: 1999-01-01");
        let older =
            desk.send(Verb::GET, "/v1/count", &[("stripe-version", "2026-09-30.endive")], "").await.unwrap();
        assert_eq!((older.status, older.header("stripe-version")), (200, "2026-09-30.endive"));
        let account =
            desk.send(Verb::GET, "/v1/count", &[("stripe-account", "acct_other")], "").await.unwrap();
        assert_eq!((account.status, account.error().1.as_str()), (403, "account_invalid"));
        let own = desk.running.account().to_owned();
        let own = desk.send(Verb::GET, "/v1/count", &[("stripe-account", &own)], "").await.unwrap();
        assert_eq!(own.status, 200);
        let put = desk.send(Verb::PUT, "/v1/count", &[], "").await.unwrap().error();
        assert!(put.0 == 404 && put.2.starts_with("Unrecognized request URL (PUT: /v1/count)."));
        "sk_test_somebodyelses1234".clone_into(&mut desk.key);
        let key = desk.get("/v1/count").await;
        assert_eq!(key.error().2, "Invalid API Key provided: sk_test_****1234");
        assert_eq!((key.status, key.header("www-authenticate")), (401, "Basic realm=\"Stripe\""));
        assert_eq!(desk.running.requests().last().unwrap().key, None);
    }

    #[tokio::test]
    async fn the_restricted_key_does_what_it_may() {
        let mut desk = Desk::open(|options| options.restrict = "charge:read".parse().unwrap()).await;
        desk.running.restricted_key().clone_into(&mut desk.key);
        assert_eq!(desk.get("/v1/charges/ch_1").await.status, 200);
        let refused = desk.refund("k", "charge=ch_1").await;
        assert_eq!(refused.status, 403);
        assert!(refused.error().2.contains("Having the 'rak_charge_write' permission would allow"));
        let members: Vec<_> = refused.json()["error"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["message", "type"]);
        desk.running.secret_key().clone_into(&mut desk.key);
        assert_eq!(desk.refund("k", "charge=ch_1").await.status, 200, "nothing was stored under the key");
        assert_eq!(desk.running.requests()[1].key, Some(crate::sandbox::Holder::Restricted));
        let unknown = Options { restrict: "zebra:read".parse().unwrap(), ..Options::default() };
        assert!(matches!(serve(Shop::default(), unknown).await, Err(StartError::Restrict(_))));
    }

    #[tokio::test]
    async fn parameters_are_checked_before_anything_runs() {
        let desk = Desk::open(|_| {}).await;
        assert_eq!(desk.get("/v1/count?created[gte]=5").await.status, 200);
        assert_eq!(desk.get("/v1/count?foo=1").await.error().2, "Received unknown parameter: foo");
        assert_eq!(desk.get("/v1/count?a=%zz").await.status, 400);
        let unknown = desk.refund("k", "charge=ch_1&amuont=5").await.error();
        assert_eq!((unknown.1.as_str(), unknown.0), ("parameter_unknown", 400));
        let missing = desk.refund("k", "amount=5").await.error();
        assert_eq!(missing.1, "parameter_missing");
        assert_eq!(desk.refund("k", "charge=ch_1").await.status, 200, "the key was still free");
        let json = [("content-type", "application/json"), ("idempotency-key", "j")];
        let body = r#"{"charge": "ch_1", "metadata": {"a": "b"}}"#;
        assert_eq!(desk.send(Verb::POST, "/v1/refunds", &json, body).await.unwrap().status, 200);
        let xml = [("content-type", "text/xml")];
        let refused = desk.send(Verb::POST, "/v1/refunds", &xml, "<a/>").await.unwrap();
        assert!(refused.error().2.starts_with("Invalid request (check that your POST content type"));
        assert_eq!(desk.refund("l", &format!("charge={}", "x".repeat(2 << 20))).await.status, 413);
    }

    #[tokio::test]
    async fn a_key_gives_the_first_answer_again_for_a_day() {
        let desk = Desk::open(|_| {}).await;
        let first = desk.refund("k", "charge=ch_1&metadata[a]=1").await;
        assert_eq!((first.header("idempotency-key"), first.header("idempotent-replayed")), ("k", ""));
        assert_eq!(first.header("original-request"), first.header("request-id"));
        assert_eq!(first.header("stripe-should-retry"), "false");
        let again = desk.refund("k", "metadata[a]=1&charge=ch_1").await;
        assert_eq!((again.status, &again.text), (200, &first.text));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("original-request"), first.header("request-id"));
        assert_ne!(again.header("request-id"), first.header("request-id"));
        let other = desk.refund("k", "charge=ch_1").await;
        assert_eq!((other.status, other.json()["error"]["type"].as_str()), (400, Some("idempotency_error")));
        let expand = desk.refund("k", "charge=ch_1&metadata[a]=1&expand[]=charge").await;
        assert_eq!(expand.status, 400, "expand belongs to the parameters");
        desk.clock.shift(24 * 3600 + 1);
        assert_eq!(desk.refund("k", "charge=ch_1&metadata[a]=1").await.json()["id"], "re_2");
        let seen = desk.running.requests();
        assert_eq!([seen[0].executed, seen[1].executed, seen[1].replayed], [true, false, true]);
        assert_eq!(seen[0].params, "charge=ch_1&metadata[a]=1");
    }

    #[tokio::test]
    async fn refusals_of_state_are_stored_and_panics_become_a_stored_500() {
        let desk = Desk::open(|_| {}).await;
        for _ in 0..2 {
            assert_eq!(desk.refund("s", "charge=ch_done").await.error().1, "charge_already_refunded");
            assert_eq!(desk.refund("p", "charge=ch_bug").await.status, 500);
        }
        let replayed: Vec<bool> = desk.running.requests().iter().map(|seen| seen.replayed).collect();
        assert_eq!(replayed, [false, false, true, true]);
        assert_eq!(desk.refund("x", "charge=ch_1").await.status, 200, "the server goes on");
    }

    #[tokio::test]
    async fn a_second_request_with_a_running_key_is_a_conflict() {
        let desk = Desk::faulty("slow=1200@POST *#1").await;
        let (first, second) = tokio::join!(desk.refund("k", "charge=ch_1"), async {
            desk.until(|running| running.control.begun() == 1).await;
            desk.refund("k", "charge=ch_1").await
        });
        assert_eq!(
            (first.status, second.error().1.as_str(), second.status),
            (200, "idempotency_key_in_use", 409)
        );
        assert_eq!(desk.refund("k", "charge=ch_1").await.header("idempotent-replayed"), "true");
    }

    #[tokio::test]
    async fn a_reset_before_executes_nothing_and_one_after_executes_once() {
        let desk = Desk::faulty("reset-before@POST *#1,reset-after@POST *#2").await;
        assert!(desk.try_refund("a", "charge=ch_1").await.is_err());
        assert!(desk.try_refund("b", "charge=ch_1").await.is_err());
        let settled = desk.refund("b", "charge=ch_1").await;
        assert_eq!(
            (settled.header("idempotent-replayed"), settled.json()["id"].as_str()),
            ("true", Some("re_1"))
        );
        assert_eq!(desk.refunds().await, 1);
        let status: Vec<_> =
            desk.running.requests().iter().map(|seen| (seen.status, seen.executed)).collect();
        assert_eq!(status[..3], [(None, false), (None, true), (Some(200), false)]);
    }

    #[tokio::test]
    async fn a_500_is_stored_whether_it_executed_or_not() {
        let desk = Desk::faulty("500@POST *#1,500-after@POST *#2").await;
        for key in ["a", "b", "a", "b"] {
            let got = desk.refund(key, "charge=ch_1").await;
            assert_eq!((got.status, got.header("stripe-should-retry")), (500, "false"));
            assert_eq!(got.json()["error"]["type"], "api_error");
        }
        assert_eq!(desk.refunds().await, 1);
    }

    #[tokio::test]
    async fn answers_before_the_endpoint_leave_the_key_free() {
        let desk = Desk::faulty("429=7#1,429#2,409#3,lock-timeout#4,503#5,401-expired#6,html#7").await;
        let mut got = Vec::new();
        for _ in 0..8 {
            got.push(desk.refund("k", "charge=ch_1").await);
        }
        let statuses: Vec<_> = got.iter().map(|got| got.status).collect();
        assert_eq!(statuses, [429, 429, 409, 429, 503, 401, 502, 200]);
        assert_eq!((got[0].header("retry-after"), got[1].header("retry-after")), ("7", ""));
        assert_eq!(got[0].header("stripe-rate-limited-reason"), "global-rate");
        assert_eq!(
            (got[3].error().1.as_str(), got[3].header("stripe-should-retry")),
            ("lock_timeout", "true")
        );
        assert_eq!(got[3].header("stripe-rate-limited-reason"), "");
        assert_eq!(got[5].error().1, "api_key_expired");
        assert_eq!((got[6].header("content-type"), got[6].text.starts_with("<html>")), ("text/html", true));
        assert_eq!(got[7].header("idempotent-replayed"), "");
    }

    #[tokio::test]
    async fn an_answer_lost_on_the_way_was_executed() {
        let desk = Desk::faulty("truncated#1,html-after#2,garbage#3,drip=1#4,stall=1#5").await;
        assert!(desk.try_refund("a", "charge=ch_1").await.is_err());
        assert_eq!(desk.refund("b", "charge=ch_1").await.status, 502);
        let garbage = desk.refund("c", "charge=ch_1").await;
        assert!(garbage.status == 200 && serde_json::from_str::<Value>(&garbage.text).is_err());
        assert_eq!(desk.refund("d", "charge=ch_1").await.json()["id"], "re_4");
        assert_eq!(desk.refund("e", "charge=ch_1").await.json()["id"], "re_5");
        assert_eq!(desk.refunds().await, 5);
    }

    #[tokio::test]
    async fn what_a_client_gave_up_is_finished() {
        let desk = Desk::faulty("slow=150@POST *#1").await;
        tokio::select! {
            answered = desk.try_refund("k", "charge=ch_1") => panic!("not given up: {answered:?}"),
            () = desk.until(|running| running.control.begun() == 1) => {}
        }
        desk.until(|running| !running.requests().is_empty()).await;
        assert_eq!(desk.refund("k", "charge=ch_1").await.header("idempotent-replayed"), "true");
        assert_eq!(desk.refunds().await, 1);
    }

    #[tokio::test]
    async fn the_rate_limit_is_the_accounts() {
        let desk = Desk::open(|options| options.rate_limit = Some(2)).await;
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(desk.get("/v1/count").await.status);
        }
        assert_eq!(statuses, [200, 200, 429]);
        desk.clock.shift(1);
        assert_eq!(desk.get("/v1/count").await.status, 200);
    }

    #[tokio::test]
    async fn http_2_is_spoken_too() {
        let mut desk = Desk::faulty("reset-after@POST *#1").await;
        desk.client = client().http2_prior_knowledge().build().unwrap();
        assert_eq!(desk.get("/v1/charges/ch_1").await.status, 200);
        assert!(desk.try_refund("k", "charge=ch_1").await.is_err());
        assert_eq!(desk.refund("k", "charge=ch_1").await.header("idempotent-replayed"), "true");
    }

    /// What comes back for bytes that no client would send.
    async fn raw(desk: &Desk, bytes: &[u8]) -> String {
        let address = desk.running.base_url().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(address).await.unwrap();
        // The server may have closed before the last byte left.
        drop(stream.write_all(bytes).await);
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[tokio::test]
    async fn broken_http_ends_its_own_connection_only() {
        let desk = Desk::open(|_| {}).await;
        assert!(raw(&desk, b"\x00\x01\x02 nonsense\r\n\r\n").await.starts_with("HTTP/1.1 400"));
        let long = format!("GET /v1/count HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
        assert!(raw(&desk, long.as_bytes()).await.starts_with("HTTP/1.1 431"));
        let ends = b"GET /v1/count HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        assert!(raw(&desk, ends).await.starts_with("HTTP/1.1 401"));
        assert_eq!(desk.get("/v1/count").await.status, 200);
    }

    #[tokio::test]
    async fn many_at_once_each_get_their_answer() {
        let desk = Desk::open(|_| {}).await;
        let keys: Vec<String> = (0..100).map(|number| format!("k{number}")).collect();
        let all = keys.iter().map(|key| desk.refund(key, "charge=ch_1"));
        let got = futures_util::future::join_all(all).await;
        assert!(got.iter().all(|got| got.status == 200));
        assert_eq!(desk.refunds().await, 100);
    }

    #[tokio::test]
    async fn the_real_world_refunds_once_under_one_key() {
        let clock = Clock::fixed(NOW);
        let running =
            start(Options { clock: clock.clone(), customers: 20, ..Options::default() }).await.unwrap();
        let key = running.secret_key().to_owned();
        let desk = Desk { running, clock, client: client().build().unwrap(), key };
        let account = desk.get("/v1/account").await.json();
        assert_eq!(account["id"], desk.running.account());
        let charges = desk.get("/v1/charges?limit=100&expand[]=data.customer").await.json();
        let whole = |charge: &&Value| {
            charge["status"] == "succeeded"
                && charge["captured"] == true
                && charge["disputed"] == false
                && charge["amount_refunded"] == 0
        };
        let charge = charges["data"].as_array().unwrap().iter().find(whole).unwrap();
        assert_eq!(charge["customer"]["object"], "customer");
        let body = format!("charge={}&amount=100", charge["id"].as_str().unwrap());
        let (first, again) = (desk.refund("k", &body).await, desk.refund("k", &body).await);
        assert_eq!((first.status, again.text == first.text), (200, true), "{}", first.text);
        let found = desk.get(&format!("/v1/refunds?{}", body.replace("&amount=100", ""))).await.json();
        assert_eq!(found["data"].as_array().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn stopping_closes_the_port() {
        let desk = Desk::open(|_| {}).await;
        let address = desk.running.base_url().trim_start_matches("http://").to_owned();
        let taken = Options { listen: address.parse().unwrap(), ..Options::default() };
        assert!(matches!(serve(Shop::default(), taken).await, Err(StartError::Listen { .. })));
        assert!(
            format!("{:?}", desk.running).contains(&address)
                && !format!("{:?}", desk.running).contains("sk_")
        );
        desk.running.stop().await;
        assert!(TcpStream::connect(&address).await.is_err());
    }
}
