//! The planted mistakes as they are made: on the way to Stripe, and in front of the ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::Duration,
};

use super::{disk::Disk, net::Wire, plants::Plant, world::lock};
use crate::{
    gate::TAKEN_BACK,
    ledger::{
        Basis, Conflict, Counted, End, Intent, IntentState, Ledger, LedgerError, Reserve, Reserved,
        Store as _,
        faulty::{Call, Mischief, Trouble},
    },
    request::{Method, Request},
    stripe::{Attempt, Failure, NotSent, Pause, Reply, Transport, Urgency},
    time::Unix,
};

/// The line with a mistake on it, or without any.
pub(super) struct Line {
    pub(super) wire: Wire,
    pub(super) plant: Option<Plant>,
    pub(super) read: Mutex<BTreeMap<String, Reply>>,
    /// Keys that have left.
    pub(super) left: Mutex<BTreeSet<String>>,
}

impl Transport for Line {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a> {
        Box::pin(async move {
            let kept = self.read.lock().unwrap().get(&request.target()).cloned();
            if let Some(reply) = kept {
                return Ok(reply);
            }
            let mut sent = request.clone();
            let again = |key| !self.left.lock().unwrap().insert(String::clone(key));
            if self.plant == Some(Plant::KeyMadeAnew) && request.idempotency_key.as_ref().is_some_and(again) {
                let call = lock(&self.wire.world).calls;
                sent.idempotency_key = Some(format!("pdk_{call}"));
            }
            let came = self.wire.attempt(&sent, urgency).await;
            if self.plant == Some(Plant::StaleFacts)
                && request.method == Method::Get
                && let Ok(reply) = &came
            {
                self.read.lock().unwrap().insert(request.target(), reply.clone());
            }
            self.planted(request, came)
        })
    }

    fn pause(&self, time: Duration) -> Pause<'_> {
        self.wire.pause(time)
    }
}

impl Line {
    fn planted(&self, request: &Request, mut came: Result<Reply, Failure>) -> Result<Reply, Failure> {
        if self.plant == Some(Plant::DayOfTheMachine) {
            match &mut came {
                Ok(reply) => reply.headers.date = None,
                Err(Failure::Refused(error)) => error.headers.date = None,
                Err(_) => {}
            }
        }
        if !request.is_write() {
            return came;
        }
        match (self.plant, came) {
            (Some(Plant::FailureOf500), Err(Failure::Refused(mut error))) if error.status == 500 => {
                error.status = 402;
                Err(Failure::Refused(error))
            }
            (Some(Plant::RefusalOfARepeat), Err(Failure::Refused(mut error))) => {
                error.headers.replayed = true;
                Err(Failure::Refused(error))
            }
            (Some(Plant::LostIsNotSent), Err(Failure::Lost(why))) => {
                Err(Failure::NotSent(NotSent::Connect(why)))
            }
            (Some(Plant::AnswerOfAnother), Ok(reply)) if request.endpoint == "/v1/refunds" => {
                // As if nobody compared what the answer is about.
                let mut body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
                for name in ["charge", "currency"] {
                    if let Some(meant) = request.param(name) {
                        body[name] = meant.into();
                    }
                }
                let amount = request.param("amount").and_then(|amount| amount.parse::<i64>().ok());
                body["amount"] = amount.into();
                Ok(Reply { body: body.to_string().into(), ..reply })
            }
            (_, came) => came,
        }
    }
}

/// Intents that are not written before their answer is there.
#[derive(Debug, Default)]
pub(super) struct Late(BTreeMap<String, (Intent, Reserve)>);

impl Late {
    fn kept(&self, id: &str) -> Option<(Intent, Vec<Basis>)> {
        self.0.get(id).map(|(intent, limits)| (intent.clone(), limits.basis.clone()))
    }
}

impl Mischief for Disk {
    fn trouble(&self, _ledger: &Ledger, call: Call, _intent: &str) -> Trouble {
        self.goes_wrong(call)
    }

    fn wrote(&self, _ledger: &Ledger, intent: &str) {
        self.has_written(intent);
    }

    fn reserve(
        &mut self,
        ledger: &mut Ledger,
        intent: &Intent,
        limits: &Reserve,
    ) -> Result<Reserved, Conflict> {
        match self.plant {
            Some(Plant::CapOutsideTheTransaction) => {
                ledger.reserve(intent, &Reserve { caps: Vec::new(), ..limits.clone() })
            }
            Some(Plant::RecordedAfterwards) => {
                self.late.0.insert(intent.id.clone(), (intent.clone(), limits.clone()));
                Ok(Reserved { seq: 0, head: String::new() })
            }
            _ => ledger.reserve(intent, limits),
        }
    }

    fn keeps(&self, id: &str) -> Option<(Intent, Vec<Basis>)> {
        self.late.kept(id)
    }

    fn told(&self, intent: Intent) -> Intent {
        let young = self.plant == Some(Plant::SentAfterADay) && intent.first_sent.is_some();
        let now = Unix(lock(&self.world).now_ms / 1_000);
        if young { Intent { first_sent: Some(now), ..intent } } else { intent }
    }

    fn counted(&self, ledger: &Ledger, counted: Vec<Counted>) -> Result<Vec<Counted>, LedgerError> {
        if self.plant != Some(Plant::CapOutsideTheTransaction) {
            return Ok(counted);
        }
        let settled =
            |id: &str| Ok(ledger.get(id)?.is_some_and(|intent| intent.state == IntentState::Settled));
        let mut kept = Vec::new();
        for one in counted {
            kept.extend(settled(&one.intent)?.then_some(one));
        }
        Ok(kept)
    }

    fn begin_attempt(&mut self, ledger: &mut Ledger, id: &str, now: Unix) -> Result<Intent, LedgerError> {
        if let Some((intent, _)) = self.late.0.get_mut(id) {
            intent.state = IntentState::Sending;
            intent.first_sent = Some(now);
            return Ok(intent.clone());
        }
        if self.plant == Some(Plant::SendingNotMarked) {
            let found = ledger.get(id)?.ok_or_else(|| LedgerError::Missing(id.to_owned()))?;
            return Ok(Intent { state: IntentState::Sending, first_sent: Some(now), ..found });
        }
        let begun = ledger.begin_attempt(id, now)?;
        Ok(self.told(begun))
    }

    fn finish(&mut self, ledger: &mut Ledger, id: &str, end: &End) -> Result<Intent, LedgerError> {
        if let Some((intent, limits)) = self.late.0.remove(id) {
            let held = Intent { state: IntentState::Held, first_sent: None, ..intent };
            let kept = ledger.reserve(&held, &limits);
            kept.map_err(|conflict| LedgerError::Over { id: id.to_owned(), why: conflict.to_string() })?;
            ledger.begin_attempt(id, end.at)?;
        }
        if self.plant == Some(Plant::SendingNotMarked)
            && ledger.get(id)?.is_some_and(|found| found.state == IntentState::Held)
        {
            ledger.begin_attempt(id, end.at)?;
        }
        let state = match (self.plant, end.state) {
            (Some(Plant::UnknownIsDone), IntentState::Unknown) => IntentState::Settled,
            (Some(Plant::UnknownIsFailed), IntentState::Unknown) => IntentState::Refused,
            (_, state) => state,
        };
        ledger.finish(id, &End { state, ..end.clone() })
    }

    fn withdraw(
        &mut self,
        ledger: &mut Ledger,
        id: &str,
        (now, why): (Unix, &str),
    ) -> Result<Intent, LedgerError> {
        if let Some((intent, _)) = self.late.0.remove(id) {
            return Ok(Intent { state: IntentState::Withdrawn, ..intent });
        }
        if self.plant == Some(Plant::UndoIgnored) && why == TAKEN_BACK {
            let found = ledger.get(id)?.ok_or_else(|| LedgerError::Missing(id.to_owned()))?;
            return Ok(Intent { state: IntentState::Withdrawn, message: Some(why.to_owned()), ..found });
        }
        ledger.withdraw(id, now, why)
    }
}
