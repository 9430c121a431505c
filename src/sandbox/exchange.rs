//! The way of one request: key, version, permission, parameters, idempotency, the handler, and back.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fastrand::Rng;
use serde_json::{Map, Value};

use super::{
    asked::Asked,
    auth::{self, Holder, Keys},
    call::{Call, Method, World},
    clock::Clock,
    error::Refusal,
    expand::Paths,
    fault::{Faults, Front, Plan, Run},
    idempotency::{self, Begun, Idempotency, Stored},
    limit::Bucket,
    params,
    reply::{Answer, Manner, Sent},
    restrict::{self, Restrictions},
    router::{Matched, Router},
    seen::{Seen, SeenLog},
};

/// The version of the objects; `Stripe-Version` may also name the additive one before it.
const VERSION: &str = "2026-10-28.endive";
const VERSIONS: &[&str] = &[VERSION, "2026-09-30.endive"];
/// What the log keeps of a body.
const SEEN_BYTES_MOST: usize = 16 * 1024;
const SEED_OF_REQUESTS: u64 = 0x7265_7173;

/// What stays the same while a server runs.
pub(super) struct Exchange<W: World> {
    pub(super) keys: Keys,
    pub(super) clock: Clock,
    latency: Duration,
    restrictions: Restrictions,
    router: Router<W>,
    state: Mutex<State<W>>,
}

struct State<W> {
    world: W,
    idempotency: Idempotency,
    faults: Faults,
    bucket: Option<Bucket>,
    seen: SeenLog,
    random: Rng,
}

/// How an exchange is set up.
pub(super) struct Setup {
    pub(super) seed: u64,
    pub(super) latency: Duration,
    pub(super) faults: Faults,
    pub(super) restrictions: Restrictions,
    pub(super) rate_limit: Option<u32>,
    pub(super) clock: Clock,
}

/// A request that may run.
struct Admitted<W: 'static> {
    matched: Matched<W>,
    /// `expand` inside: it is part of what an idempotency key stands for.
    whole: Map<String, Value>,
    params: Map<String, Value>,
    expand: Paths,
}

impl<W: World> Exchange<W> {
    pub(super) fn new(world: W, setup: Setup) -> Self {
        let bucket = setup.rate_limit.map(|limit| Bucket::new(limit, setup.clock.now_ms()));
        Self {
            keys: Keys::mint(setup.seed),
            clock: setup.clock,
            latency: setup.latency,
            restrictions: setup.restrictions,
            router: Router::new(W::routes()),
            state: Mutex::new(State {
                world,
                idempotency: Idempotency::default(),
                faults: setup.faults,
                bucket,
                seen: SeenLog::default(),
                random: Rng::with_seed(setup.seed ^ SEED_OF_REQUESTS),
            }),
        }
    }

    /// A handler that panicked has its 500; the rest goes on.
    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.state().seen.all()
    }

    pub(super) fn forget_seen(&self) {
        self.state().seen.clear();
    }

    #[cfg(test)]
    pub(super) fn begun(&self) -> usize {
        self.state().idempotency.len()
    }

    /// Runs to its end even when nobody waits for the answer any more.
    pub(super) async fn answer(self: Arc<Self>, asked: Asked) -> Sent {
        let (plan, mut record) = self.arrive(&asked);
        let sent = if let Some(front) = plan.front {
            tokio::time::sleep(plan.slow.saturating_add(self.latency)).await;
            instead(front, &asked, &record.request_id)
        } else {
            let answer = self.process(&asked, &plan, &mut record).await;
            answer.through(plan.back.filter(|_| record.executed || record.replayed))
        };
        record.status = match &sent {
            Sent::Answer(answer, _) => Some(answer.status),
            Sent::Cut => None,
        };
        self.state().seen.push(record);
        sent
    }

    fn arrive(&self, asked: &Asked) -> (Plan, Seen) {
        let mut state = self.state();
        let sent = if asked.body.is_empty() { asked.query.as_bytes() } else { &asked.body };
        let sent = sent.get(..SEEN_BYTES_MOST).unwrap_or(sent);
        let record = Seen {
            method: asked.method.clone(),
            path: asked.path.clone(),
            params: String::from_utf8_lossy(sent).into_owned(),
            key: None,
            status: None,
            idempotency_key: asked.idempotency_key.clone(),
            request_id: format!("req_{}", auth::token(&mut state.random, 14)),
            executed: false,
            replayed: false,
            when_ms: self.clock.now_ms(),
            arrived: state.seen.moment(),
            answered: 0,
        };
        (state.faults.strike(&asked.method, &asked.path), record)
    }

    async fn process(&self, asked: &Asked, plan: &Plan, record: &mut Seen) -> Answer {
        let half = self.latency / 2;
        let key = asked.key();
        let begun = self.admit(asked, record).and_then(|admitted| {
            let begun = key.map(|key| {
                let now_ms = self.clock.now_ms();
                self.state().idempotency.begin(key, &asked.path, &admitted.whole, now_ms)
            });
            Ok((admitted, begun.transpose()?))
        });
        tokio::time::sleep(plan.slow.saturating_add(half)).await;
        let answer = match begun {
            Err(refusal) => self.headers(Answer::refusal(&refusal), asked, &record.request_id),
            Ok((_, Some(Begun::Replay(stored)))) => {
                record.replayed = true;
                self.replay(stored, asked, &record.request_id)
            }
            Ok((admitted, _)) => {
                let answer = self.execute(admitted, asked, plan.run, record);
                let answer = self.headers(answer, asked, &record.request_id);
                match key {
                    Some(_) => answer.header("original-request", record.request_id.clone()),
                    None => answer,
                }
            }
        };
        tokio::time::sleep(self.latency.saturating_sub(half)).await;
        answer
    }

    /// Everything that can be said against a request before it executes.
    fn admit(&self, asked: &Asked, record: &mut Seen) -> Result<Admitted<W>, Refusal> {
        let holder = self.keys.admit(asked.authorization.as_deref())?;
        record.key = Some(holder);
        if let Some(bucket) = &mut self.state().bucket
            && !bucket.take(record.when_ms)
        {
            return Err(Refusal::too_many());
        }
        if let Some(version) = asked.version.as_deref().filter(|version| !VERSIONS.contains(version)) {
            return Err(Refusal::invalid(format!("Invalid Stripe API version: {version}")));
        }
        let masked = auth::mask(self.keys.of(holder));
        if let Some(account) = asked.account.as_deref().filter(|account| *account != self.keys.account) {
            return Err(Refusal {
                status: 403,
                ..Refusal::invalid(format!(
                    "The provided key '{masked}' does not have access to account '{account}' (or that account does \
                     not exist). Application access may have been revoked."
                ))
            }
            .code("account_invalid"));
        }
        let matched = self.router.find(&asked.method, &asked.path)?;
        let route = matched.route;
        if holder == Holder::Restricted && !self.restrictions.allow(route) {
            return Err(restrict::refusal(route, &masked, &self.keys.account));
        }
        let whole = asked.tree()?;
        let mut params = whole.clone();
        let expand = Paths::take(route.method, &mut params)?;
        params::check(route.method, route.params, &params)?;
        Ok(Admitted { matched, whole, params, expand })
    }

    fn execute(&self, admitted: Admitted<W>, asked: &Asked, run: Option<Run>, record: &mut Seen) -> Answer {
        let Matched { route, ids } = admitted.matched;
        let key = asked.key();
        let call = Call {
            path: asked.path.clone(),
            ids,
            params: admitted.params,
            now: self.clock.now(),
            request_id: record.request_id.clone(),
            idempotency_key: key.map(str::to_owned),
        };
        let mut guard = self.state();
        let state = &mut *guard;
        let result = if run == Some(Run::Fail) {
            Err(Refusal::broken())
        } else {
            record.executed = true;
            let world = &mut state.world;
            let result = catch_unwind(AssertUnwindSafe(|| {
                world.advance(call.now);
                let mut value = (route.answer)(world, &call)?;
                admitted.expand.apply(route.method, world, &mut value)?;
                Ok(value)
            }))
            .unwrap_or_else(|_panic| Err(Refusal::broken()));
            if run == Some(Run::FailAfter) { Err(Refusal::broken()) } else { result }
        };
        let answer = match &result {
            Ok(value) => Answer::json(200, value),
            Err(refusal) => Answer::refusal(refusal),
        };
        if let Some(key) = key {
            if result.as_ref().err().is_none_or(idempotency::is_kept) {
                let (status, body) = (answer.status, answer.body.clone());
                state.idempotency.finish(key, Stored { status, body, request_id: call.request_id });
            } else {
                state.idempotency.abandon(key);
            }
        }
        answer
    }

    fn replay(&self, stored: Stored, asked: &Asked, request_id: &str) -> Answer {
        let answer = Answer { status: stored.status, headers: Vec::new(), body: stored.body }
            .header("content-type", "application/json")
            .header("idempotent-replayed", "true")
            .header("original-request", stored.request_id);
        self.headers(answer, asked, request_id)
    }

    /// What every answer of the API carries.
    fn headers(&self, mut answer: Answer, asked: &Asked, request_id: &str) -> Answer {
        let version = asked.version.as_deref().filter(|version| VERSIONS.contains(version));
        answer = answer.header("request-id", request_id).header("stripe-version", version.unwrap_or(VERSION));
        if asked.account.as_deref() == Some(&self.keys.account) {
            answer = answer.header("stripe-account", self.keys.account.clone());
        }
        if asked.method == Method::Post.name() {
            if let Some(key) = &asked.idempotency_key {
                answer = answer.header("idempotency-key", key.clone());
            }
            if !matches!(answer.status, 409 | 429 | 503) {
                answer = answer.header("stripe-should-retry", "false");
            }
        }
        if answer.status == 429 && !answer.headers.iter().any(|(name, _)| *name == "stripe-should-retry") {
            answer = answer.header("stripe-rate-limited-reason", "global-rate");
        }
        answer
    }
}

/// The answer of a fault that comes before the endpoint.
fn instead(front: Front, asked: &Asked, request_id: &str) -> Sent {
    let refuse = |refusal: &Refusal| Answer::refusal(refusal).header("request-id", request_id);
    let answer = match front {
        Front::Reset => return Sent::Cut,
        Front::Html => Answer::html(),
        Front::TooMany(seconds) => {
            let answer = refuse(&Refusal::too_many()).header("stripe-rate-limited-reason", "global-rate");
            match seconds {
                Some(seconds) => answer.header("retry-after", seconds.to_string()),
                None => answer,
            }
        }
        Front::KeyInUse => refuse(&idempotency::in_use(asked.idempotency_key.as_deref().unwrap_or("(none)"))),
        Front::LockTimeout => refuse(&Refusal::lock_timeout()),
        Front::Expired => refuse(&auth::expired(asked.authorization.as_deref())),
        Front::Unavailable => refuse(&Refusal {
            status: 503,
            kind: "api_error",
            ..Refusal::invalid("Stripe is temporarily unavailable. Please try again.")
        }),
    };
    Sent::Answer(answer, Manner::Whole)
}
