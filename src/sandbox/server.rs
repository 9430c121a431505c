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
#[path = "server_tests/mod.rs"]
mod tests;
