//! A small Stripe for tests: charges, subscriptions, refunds and an idempotency store, with one fault for each write
//! to come. It stores answers under their key and forgets them after a day, as Stripe may.

#![expect(clippy::arithmetic_side_effects, reason = "sums in tests are small")]

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};

pub(crate) use super::mishap::Fault;
use crate::{
    request::{Method, Request},
    stripe::{ApiError, Attempt, Failure, Headers, NotSent, Reply, Transport, Urgency},
    time::{Clock, DAY_S, ManualClock, Unix},
};

pub(super) type Answer = Result<(u16, String), Box<ApiError>>;

#[derive(Debug, Default)]
pub(crate) struct World {
    /// Charges and subscriptions by id.
    pub(crate) objects: BTreeMap<String, Value>,
    /// Newest first.
    pub(crate) refunds: Vec<Value>,
    /// Of `cus_1`, newest first.
    pub(crate) balance: Vec<Value>,
    /// Key → when, what, and the answer that is kept.
    kept: BTreeMap<String, (Unix, String, Answer)>,
    pub(crate) faults: VecDeque<Fault>,
    /// Reads whose target starts so find no connection.
    pub(crate) deaf: Option<String>,
    /// Reads whose target starts so are never answered.
    pub(crate) mute: Option<String>,
    /// What reads of this target are refused with.
    pub(crate) refuses: Option<(String, Box<ApiError>)>,
    /// The clock moves so far while the next read is answered.
    pub(crate) read_moves_ms: i64,
    /// Every write that arrived or tried to.
    pub(crate) writes: Vec<Request>,
    made: u32,
    pub(crate) ahead_s: i64,
}

#[derive(Debug)]
pub(crate) struct FakeStripe {
    world: Mutex<World>,
    clock: Arc<ManualClock>,
    /// Told when an answer will never come, so that a test can end what waits for it.
    pub(crate) hangs: tokio::sync::Notify,
}

pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Box<ApiError> {
    Box::new(ApiError {
        status,
        kind: "invalid_request_error".into(),
        code: (!code.is_empty()).then(|| code.into()),
        message: message.into(),
        ..ApiError::default()
    })
}

impl FakeStripe {
    /// `ch_1` and `ch_2` of `cus_1`, $99.00 each, `sub_1`, the open invoice `in_1`, the held payment `pi_1`, the dispute `du_1`,
    /// the card `pm_1`, the refund `re_wait` that waits, and `cus_1` with nothing on the balance and a discount.
    pub(crate) fn new(clock: Arc<ManualClock>) -> Arc<Self> {
        let mut world = World::default();
        for id in ["ch_1", "ch_2"] {
            let charge = json!({"id": id, "object": "charge", "amount": 9900, "amount_captured": 9900,
                "amount_refunded": 0, "refunded": false, "currency": "usd", "status": "succeeded", "captured": true,
                "paid": true, "disputed": false, "customer": "cus_1", "livemode": false,
                "created": clock.now().0 - 3 * DAY_S});
            world.objects.insert(id.into(), charge);
        }
        let period_end = clock.now().0 + 20 * DAY_S;
        let subscription = json!({"id": "sub_1", "object": "subscription", "status": "active", "customer": "cus_1",
            "currency": "usd", "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null, "metadata": {},
            "created": clock.now().0 - 40 * DAY_S, "start_date": clock.now().0 - 40 * DAY_S,
            "items": {"data": [{"id": "si_1", "quantity": 1, "current_period_end": period_end,
                "price": {"id": "price_1", "currency": "usd", "unit_amount": 9900,
                    "recurring": {"interval": "month", "interval_count": 1}}}]}});
        world.objects.insert("sub_1".into(), subscription);
        let invoice = json!({"id": "in_1", "object": "invoice", "number": "A-1", "status": "open", "customer": "cus_1",
            "currency": "usd", "total": 4900, "amount_due": 4900, "amount_paid": 0, "amount_remaining": 4900, "amount_paid_off_stripe": 0,
            "attempt_count": 1, "status_transitions": {"paid_at": null, "voided_at": null}});
        world.objects.insert("in_1".into(), invoice);
        let customer = json!({"id": "cus_1", "object": "customer", "currency": "usd", "balance": 0, "metadata": {},
            "discount": {"id": "di_1"}, "invoice_settings": {"default_payment_method": "pm_1"}});
        world.objects.insert("cus_1".into(), customer);
        for object in [
            json!({"id": "pi_1", "object": "payment_intent", "status": "requires_capture", "amount": 9900,
                "amount_capturable": 9900, "currency": "usd", "customer": "cus_1", "canceled_at": null, "metadata": {}}),
            json!({"id": "du_1", "object": "dispute", "status": "needs_response", "amount": 4900, "currency": "usd",
                "charge": "ch_1", "metadata": {}}),
            json!({"id": "pm_1", "object": "payment_method", "type": "card", "customer": "cus_1",
                "card": {"brand": "visa", "last4": "4242"}}),
            json!({"id": "re_wait", "object": "refund", "status": "requires_action", "amount": 100, "currency": "usd",
                "charge": "ch_1"}),
        ] {
            world.objects.insert(object["id"].as_str().unwrap().into(), object);
        }
        Arc::new(Self { world: Mutex::new(world), clock, hangs: tokio::sync::Notify::new() })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Somebody refunds in the Dashboard.
    pub(crate) fn refund_outside(&self, charge: &str, minor: i64) {
        let now = self.now();
        let request = Request::post("/v1/refunds", &[]).with("charge", charge).with("amount", minor);
        self.world().execute(&request, now).unwrap();
    }

    pub(crate) fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        self.world().faults = faults.into_iter().collect();
    }

    fn now(&self) -> Unix {
        self.clock.now().plus(self.world().ahead_s)
    }

    fn reply(&self, status: u16, body: String, replayed: bool) -> Reply {
        let headers = Headers {
            request_id: Some(format!("req_{}", self.world().writes.len())),
            replayed,
            date: Some(self.now()),
            ..Headers::default()
        };
        Reply { status, headers, body: body.into() }
    }

    fn answer(&self, answer: Answer, replayed: bool) -> Result<Reply, Failure> {
        match answer {
            Ok((status, body)) => Ok(self.reply(status, body, replayed)),
            Err(mut error) => {
                error.headers.replayed = replayed;
                error.headers.date = Some(self.now());
                Err(Failure::Refused(error))
            }
        }
    }

    /// Executes once for each key.
    fn write(&self, request: &Request) -> Result<Reply, Failure> {
        let now = self.now();
        let Some(key) = request.idempotency_key.clone() else {
            let answer = self.world().execute(request, now);
            return self.answer(answer, false);
        };
        let kept = self.world().kept.get(&key).cloned();
        if let Some((at, what, answer)) = kept
            && now.since(at) < DAY_S
        {
            assert_eq!(what, request.canonical(), "the same key with other bytes");
            return self.answer(answer, true);
        }
        let answer = self.world().execute(request, now);
        self.world().kept.insert(key, (now, request.canonical(), answer.clone()));
        self.answer(answer, false)
    }

    async fn change(&self, request: &Request, urgency: &Urgency) -> Result<Reply, Failure> {
        let fault = {
            let mut world = self.world();
            world.writes.push(request.clone());
            world.faults.pop_front().unwrap_or(Fault::None)
        };
        match fault {
            Fault::None => self.write(request),
            Fault::Queued(ms) => {
                self.clock.advance_ms(ms);
                if urgency.until_ms().is_some_and(|until_ms| until_ms < self.clock.now_ms()) {
                    return Err(Failure::NotSent(NotSent::Late));
                }
                self.write(request)
            }
            Fault::NotSent => Err(Failure::NotSent(NotSent::Connect("refused".into()))),
            Fault::LostBefore => Err(Failure::Lost("reset".into())),
            Fault::LostAfter => {
                let _lost = self.write(request);
                Err(Failure::Lost("reset".into()))
            }
            Fault::Twice => {
                let _first = self.write(request);
                self.write(request)
            }
            Fault::Cut => {
                let _cut = self.write(request);
                Err(Failure::Unreadable { status: 200, reason: "cut".into(), headers: Box::default() })
            }
            Fault::Stored500 { done } => {
                if done {
                    let _hidden = self.write(request);
                }
                let now = self.now();
                let mut error = refusal(500, "", "An unknown error occurred");
                error.headers.should_retry = Some(false);
                if let Some(key) = &request.idempotency_key {
                    let kept = (now, request.canonical(), Err(error.clone()));
                    self.world().kept.insert(key.clone(), kept);
                }
                self.answer(Err(error), false)
            }
            Fault::Says(error) => self.answer(Err(error), false),
            Fault::Hang { done } => {
                if done {
                    let _hidden = self.write(request);
                }
                self.hangs.notify_one();
                std::future::pending().await
            }
            Fault::Other(body) => Ok(self.reply(200, body.to_string(), false)),
        }
    }

    async fn look(&self, request: &Request) -> Result<Reply, Failure> {
        if self.world().mute.as_ref().is_some_and(|mute| request.path.starts_with(mute)) {
            self.hangs.notify_one();
            return std::future::pending().await;
        }
        if self.world().deaf.as_ref().is_some_and(|deaf| request.path.starts_with(deaf)) {
            return Err(Failure::NotSent(NotSent::Connect("refused".into())));
        }
        let refused = self.world().refuses.clone().filter(|(target, _)| *target == request.path);
        let found = refused.map_or_else(|| self.world().read(request), |(_, refusal)| Err(refusal));
        self.clock.advance_ms(std::mem::take(&mut self.world().read_moves_ms));
        self.answer(found, false)
    }
}

impl Transport for FakeStripe {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a> {
        Box::pin(async move {
            if request.method == Method::Get {
                self.look(request).await
            } else {
                self.change(request, &urgency).await
            }
        })
    }
}

impl World {
    pub(crate) fn refunds_of(&self, intent: &str) -> usize {
        self.refunds.iter().filter(|refund| refund["metadata"]["paydesk_intent"] == intent).count()
    }

    fn execute(&mut self, request: &Request, now: Unix) -> Answer {
        match (request.method, request.endpoint.as_str()) {
            (Method::Post, "/v1/refunds") => self.refund(request, now),
            (Method::Post, "/v1/credit_notes") => self.credit_note(request, now),
            (method, "/v1/subscriptions/{id}") => self.subscription(request, method, now),
            (Method::Post, "/v1/invoices/{id}/pay") => self.invoice(request, ("paid", "paid_at"), now),
            (Method::Post, "/v1/invoices/{id}/void") => self.invoice(request, ("void", "voided_at"), now),
            (Method::Post, "/v1/customers/{id}/balance_transactions") => Ok(self.adjust(request, now)),
            _ => self.step(request, now),
        }
    }

    /// One object stands otherwise afterwards.
    fn step(&mut self, request: &Request, now: Unix) -> Answer {
        let id = request.path.split('/').nth(3).unwrap_or_default();
        let fields = match request.endpoint.as_str() {
            "/v1/payment_intents/{id}/capture" => json!({"status": "succeeded", "amount_capturable": 0}),
            "/v1/payment_intents/{id}/cancel" => json!({"status": "canceled", "canceled_at": now.0}),
            "/v1/refunds/{id}/cancel" => json!({"status": "canceled"}),
            "/v1/disputes/{id}/close" => json!({"status": "lost"}),
            "/v1/payment_methods/{id}/detach" => json!({"customer": null}),
            "/v1/customers/{id}/discount" => json!({"discount": null}),
            "/v1/customers/{id}" | "/v1/disputes/{id}" => json!({}),
            "/v1/billing_portal/sessions" => {
                return Ok((200, json!({"id": "bps_1", "object": "billing_portal.session"}).to_string()));
            }
            _ => return Err(refusal(404, "", "Unrecognized request URL")),
        };
        let object = self.objects.get_mut(id).unwrap();
        for (name, value) in fields.as_object().unwrap() {
            if object[name] == *value {
                return Err(refusal(400, "payment_intent_unexpected_state", "It is so already"));
            }
            object[name] = value.clone();
        }
        for (name, value) in metadata(request).as_object().unwrap() {
            object["metadata"][name] = value.clone();
        }
        if request.method == Method::Delete {
            return Ok((200, json!({"object": "discount", "deleted": true}).to_string()));
        }
        Ok((200, object.to_string()))
    }

    fn refund(&mut self, request: &Request, now: Unix) -> Answer {
        let charge = self.objects.get_mut(request.param("charge").unwrap()).unwrap();
        let amount: i64 = request.param("amount").unwrap().parse().unwrap();
        let refunded = charge["amount_refunded"].as_i64().unwrap() + amount;
        let all = charge["amount_captured"].as_i64().unwrap();
        if charge["refunded"] == true {
            return Err(refusal(400, "charge_already_refunded", "Charge has already been refunded."));
        }
        if refunded > all {
            return Err(refusal(400, "", "Refund amount is greater than unrefunded amount on charge"));
        }
        charge["amount_refunded"] = json!(refunded);
        charge["refunded"] = json!(refunded == all);
        self.made += 1;
        let refund = json!({"id": format!("re_{}", self.made), "object": "refund", "amount": amount, "currency": "usd",
            "charge": charge["id"], "customer": charge["customer"], "created": now.0, "status": "succeeded",
            "metadata": metadata(request)});
        self.refunds.insert(0, refund.clone());
        Ok((200, refund.to_string()))
    }

    /// Its refund of `ch_1` carries none of its marks, as at Stripe.
    fn credit_note(&mut self, request: &Request, now: Unix) -> Answer {
        let back = request.param("refund_amount").unwrap();
        let refund = Request::post("/v1/refunds", &[]).with("charge", "ch_1").with("amount", back);
        let (_, made) = self.refund(&refund, now)?;
        let made: Value = serde_json::from_str(&made).unwrap();
        let note = json!({"id": "cn_1", "object": "credit_note", "invoice": request.param("invoice"),
            "amount": made["amount"], "currency": "usd", "created": now.0, "status": "issued",
            "refunds": [{"amount_refunded": made["amount"], "refund": made["id"]}], "metadata": metadata(request)});
        self.objects.insert("cn_1".into(), note.clone());
        Ok((200, note.to_string()))
    }

    fn invoice(&mut self, request: &Request, (status, stamp): (&str, &str), now: Unix) -> Answer {
        let id = request.path.split('/').nth(3).unwrap();
        let invoice = self.objects.get_mut(id).unwrap();
        if invoice["status"] != "open" {
            return Err(refusal(400, "status_transition_invalid", "The invoice is not open"));
        }
        invoice["status"] = json!(status);
        if request.param("paid_out_of_band") == Some("true") {
            invoice["amount_paid_off_stripe"] = invoice["amount_remaining"].clone();
        }
        invoice["status_transitions"][stamp] = json!(now.0);
        Ok((200, invoice.to_string()))
    }

    fn adjust(&mut self, request: &Request, now: Unix) -> (u16, String) {
        let amount: i64 = request.param("amount").unwrap().parse().unwrap();
        let customer = self.objects.get_mut("cus_1").unwrap();
        customer["balance"] = json!(customer["balance"].as_i64().unwrap() + amount);
        self.made += 1;
        let made = json!({"id": format!("cbtxn_{}", self.made), "object": "customer_balance_transaction",
            "amount": amount, "currency": request.param("currency"), "customer": "cus_1", "created": now.0,
            "metadata": metadata(request)});
        self.balance.insert(0, made.clone());
        (200, made.to_string())
    }

    fn subscription(&mut self, request: &Request, method: Method, now: Unix) -> Answer {
        let id = request.path.rsplit('/').next().unwrap();
        let subscription = self.objects.get_mut(id).unwrap();
        if subscription["status"] == "canceled" {
            return Err(refusal(404, "resource_missing", "No such subscription"));
        }
        if method == Method::Delete {
            subscription["status"] = json!("canceled");
            subscription["canceled_at"] = json!(now.0);
        }
        if let Some(value) = request.param("cancel_at_period_end") {
            subscription["cancel_at_period_end"] = json!(value == "true");
        }
        for (name, value) in metadata(request).as_object().unwrap() {
            subscription["metadata"][name] = value.clone();
        }
        Ok((200, subscription.to_string()))
    }
}

fn metadata(request: &Request) -> Value {
    let mut metadata = json!({});
    for (name, value) in &request.params {
        if let Some(name) = name.strip_prefix("metadata[") {
            metadata[name.trim_end_matches(']')] = json!(value);
        }
    }
    metadata
}
