//! The way to Stripe and back: the last thing that a call passes before it would become bytes. What comes back is read by the
//! real decoder.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use serde_json::json;

use super::{
    fault::Fault,
    stripe::{Answer, Begun},
    world::{Due, Left, Nap, Shared, World, lock},
};
use crate::{
    request::Request,
    stripe::{self, Attempt, Failure, NotSent, Pause, Reply, Transport, Urgency},
};

/// A call on its way.
#[derive(Debug)]
pub(super) struct Flight {
    request: Request,
    /// Whose it is.
    process: u64,
    fault: Option<Fault>,
    /// Of the kinds of trouble that have two: whether it is done.
    done: bool,
    came: Option<Result<Reply, Failure>>,
    waker: Option<Waker>,
    /// Nobody waits for it any more.
    over: bool,
}

/// How a call ends for who made it.
#[derive(Debug)]
pub(super) enum How {
    NoConnection,
    Lost(&'static str),
    Answered(Answer),
}

/// One computer's line, for one process.
pub(super) struct Wire {
    pub(super) world: Shared,
    pub(super) process: u64,
    pub(super) machine: usize,
}

impl Transport for Wire {
    fn attempt<'a>(&'a self, request: &'a Request, urgency: Urgency) -> Attempt<'a> {
        // It leaves at once: what may happen between the last look and the first byte is the moment in which this is called.
        Box::pin(async move {
            let late = {
                let world = lock(&self.world);
                let now_ms = world.now_ms + world.machines[self.machine].off_ms;
                urgency.until_ms().is_some_and(|until_ms| until_ms < now_ms)
            };
            if late {
                return Err(Failure::NotSent(NotSent::Late));
            }
            let call = lock(&self.world).launch(request, self.process);
            Waits { world: Arc::clone(&self.world), call }.await
        })
    }

    fn pause(&self, time: Duration) -> Pause<'_> {
        Box::pin(Nap::new(&self.world, time.as_millis()))
    }
}

struct Waits {
    world: Shared,
    call: u64,
}

impl Future for Waits {
    type Output = Result<Reply, Failure>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut world = lock(&self.world);
        let flight = world.flights.get_mut(&self.call).expect("a call that waits is on its way");
        if let Some(came) = flight.came.take() {
            return Poll::Ready(came);
        }
        flight.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        if let Some(flight) = lock(&self.world).flights.get_mut(&self.call) {
            flight.over = true;
            flight.waker = None;
        }
    }
}

const READ_MS: i64 = 20_000;
const WRITE_MS: i64 = 60_000;
/// What was cut off on its way can still arrive so long after.
const LATE_MS: i64 = 90_000;
const HOUR_MS: i64 = 3_600_000;

impl World {
    fn way_ms(&mut self) -> i64 {
        let slow = self.options.slow_ms;
        // One in twenty takes as long as it pleases.
        if self.one_in(20) { self.chance.i64(1..=slow * 10) } else { self.chance.i64(1..=slow) }
    }

    fn draw_fault(&mut self, changes: bool) -> Option<Fault> {
        if self.calm {
            return None;
        }
        let faults = self.options.faults.clone();
        let mut drawn = None;
        for (fault, often) in faults {
            if self.chance.u32(0..1_000) < often
                && (changes || (self.options.reads_fail && !fault.is_for_changes()))
            {
                drawn = drawn.or(Some(fault));
            }
        }
        drawn
    }

    /// A call leaves. From here on it goes its way whether its process lives or not.
    fn launch(&mut self, request: &Request, process: u64) -> u64 {
        self.calls += 1;
        let (call, changes) = (self.calls, request.is_write());
        let fault = self.draw_fault(changes);
        self.faults += usize::from(fault.is_some());
        let done = self.chance.bool();
        if changes {
            self.left.push(Left { call, process, request: request.clone() });
            let line = format!(
                "call {call} of {process} leaves: {} {}, {fault:?}",
                request.method.name(),
                request.path
            );
            self.trace.note(self.now_ms, &line);
        }
        let flight =
            Flight { request: request.clone(), process, fault, done, came: None, waker: None, over: false };
        self.flights.insert(call, flight);
        let (there_ms, now_ms) = (self.way_ms(), self.now_ms);
        match fault {
            Some(Fault::NoConnection) => self.tell_at(now_ms + there_ms, call, How::NoConnection),
            Some(Fault::ResetBefore) => self.tell_at(now_ms + there_ms, call, How::Lost("reset")),
            Some(Fault::Late) => {
                let late_ms = self.chance.i64(1..LATE_MS);
                self.tell_at(now_ms + there_ms, call, How::Lost("reset"));
                self.at(now_ms + there_ms + late_ms, Due::Arrives { call, heard: false });
            }
            Some(Fault::Twice) => {
                let second_ms = self.chance.i64(0..2_000);
                self.at(now_ms + there_ms, Due::Arrives { call, heard: true });
                self.at(now_ms + there_ms + second_ms, Due::Arrives { call, heard: false });
            }
            Some(Fault::Stalled) if !done => {}
            _ => {
                self.at(now_ms + there_ms, Due::Arrives { call, heard: true });
            }
        }
        let deadline_ms = if changes { WRITE_MS } else { READ_MS };
        self.tell_at(now_ms + deadline_ms, call, How::Lost("no answer came in time"));
        call
    }

    fn tell_at(&mut self, at_ms: i64, call: u64, how: How) {
        self.at(at_ms, Due::Told { call, how });
    }

    fn flight(&self, call: u64) -> (Request, Option<Fault>, bool) {
        let flight = &self.flights[&call];
        (flight.request.clone(), flight.fault, flight.done)
    }

    pub(super) fn arrives(&mut self, call: u64, heard: bool) {
        let (request, fault, done) = self.flight(call);
        let now = self.now();
        if !request.is_write() {
            let answer = self.stripe.tell(&request, fault, call, now);
            self.answered(call, answer, heard);
            return;
        }
        // Something in between answers, and nothing reaches Stripe.
        if matches!(fault, Some(Fault::WebPage | Fault::Other)) && !done {
            self.answered(call, web_page(), heard);
            return;
        }
        match self.stripe.begin(&request, fault.filter(|_| heard), call, now) {
            Begun::Answers(answer) => self.answered(call, answer, heard),
            Begun::Runs => {
                let most_ms = if self.one_in(10) { 8_000 } else { 300 };
                let works_ms = self.chance.i64(0..most_ms);
                self.at(self.now_ms + works_ms, Due::Executes { call, heard });
            }
        }
    }

    pub(super) fn executes(&mut self, call: u64, heard: bool) {
        let (request, fault, done) = self.flight(call);
        let now = self.now();
        let before = self.stripe.done.len();
        let kept = fault
            .filter(|fault| matches!(fault, Fault::Stored500 | Fault::Refused | Fault::Approval) && heard);
        let answer = self.stripe.finish(&request, kept.map(|fault| (fault, done)), call, now);
        let done_later = match kept {
            Some(Fault::Stored500) => !done && self.chance.bool(),
            // Somebody approves it: Stripe runs it by itself.
            Some(Fault::Approval) => done,
            _ => false,
        };
        if done_later {
            let later_ms = self.chance.i64(1_000..HOUR_MS);
            self.at(self.now_ms + later_ms, Due::RollsForward { call });
        }
        self.notes_effects(before);
        self.answered(call, answer, heard);
    }

    pub(super) fn rolls_forward(&mut self, call: u64) {
        let (request, ..) = self.flight(call);
        let (now, before) = (self.now(), self.stripe.done.len());
        self.stripe.roll_forward(&request, call, now);
        self.notes_effects(before);
    }

    /// Says in the trace what was really done, and lets some refunds come back later.
    fn notes_effects(&mut self, before: usize) {
        for effect in self.stripe.done.split_off(before) {
            let what = effect.refund.as_ref().map(|refund| format!(" {} {}", refund.id, refund.minor));
            let line = format!("call {} is done{}", effect.call, what.unwrap_or_default());
            self.trace.note(self.now_ms, &line);
            if let Some(refund) = &effect.refund
                && self.options.comebacks
                && !self.calm
                && self.one_in(5)
            {
                let later_ms = self.chance.i64(1_000..30 * HOUR_MS);
                self.at(self.now_ms + later_ms, Due::ComesBack { refund: refund.id.clone() });
            }
            self.stripe.done.push(effect);
        }
    }

    /// The answer sets out, as far as it gets.
    fn answered(&mut self, call: u64, answer: Answer, heard: bool) {
        if !heard {
            return;
        }
        let (_, fault, _) = self.flight(call);
        let back_ms = self.way_ms();
        let how = match fault {
            Some(Fault::ResetAfter) => How::Lost("reset"),
            Some(Fault::Stalled) => return,
            Some(Fault::Cut) => {
                let half = answer.body.len() / 2;
                How::Answered(Answer {
                    body: answer.body.get(..half).unwrap_or_default().to_owned(),
                    ..answer
                })
            }
            Some(Fault::WebPage) => How::Answered(web_page()),
            Some(Fault::Other) => {
                let body = json!({"id": "re_other", "object": "refund", "amount": 7, "currency": "usd", "charge": "ch_other",
                    "status": "succeeded", "metadata": {}, "created": self.now().0});
                How::Answered(Answer { status: 200, body: body.to_string(), ..answer })
            }
            _ => How::Answered(answer),
        };
        self.tell_at(self.now_ms + back_ms, call, how);
    }

    /// The first that comes is what counts.
    pub(super) fn tells(&mut self, call: u64, how: How) {
        let Some(flight) = self.flights.get_mut(&call).filter(|flight| !flight.over && flight.came.is_none())
        else {
            return;
        };
        let changes = flight.request.is_write();
        let came = match how {
            How::NoConnection => Err(Failure::NotSent(NotSent::Connect("refused".into()))),
            How::Lost(why) => Err(Failure::Lost(why.into())),
            How::Answered(answer) => read(answer),
        };
        let lost = matches!(came, Err(Failure::Lost(_)));
        let says = match &came {
            Ok(reply) => reply.status.to_string(),
            Err(failure) => failure.to_string().chars().take(60).collect(),
        };
        flight.came = Some(came);
        let (waker, process) = (flight.waker.take(), flight.process);
        if changes {
            self.trace.note(self.now_ms, &format!("call {call} of {process} hears: {says}"));
        }
        if let Some(waker) = waker {
            waker.wake();
        }
        // Lids are closed on what does not answer.
        if changes && lost && self.options.suspends && !self.calm && self.one_in(4) {
            let (machine, hours) = (self.chance.usize(0..self.machines.len()), self.chance.i64(20..30));
            self.sleeps_for(machine, hours * HOUR_MS);
        }
    }

    /// Nothing of a change is on its way any more.
    pub(super) fn nothing_flies(&self) -> bool {
        !self.any_due(|due| {
            matches!(due, Due::Arrives { .. } | Due::Executes { .. } | Due::RollsForward { .. })
        })
    }
}

fn web_page() -> Answer {
    let body = "<html><head><title>502 Bad Gateway</title></head></html>".to_owned();
    Answer { status: 502, headers: Vec::new(), body }
}

fn read(answer: Answer) -> Result<Reply, Failure> {
    let Answer { status, headers, body } = answer;
    let named =
        |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    stripe::read_answer(status, stripe::read_headers(named), body.into_bytes())
}
