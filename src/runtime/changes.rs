//! What the desk asks of the gate, as the runtime sees it: the real gate answers, and tests bring their own.

use std::{future::Future, pin::Pin};

use tokio::sync::mpsc::Sender;

use super::Event;
use crate::{
    actions::{Args, Subject},
    desk::{
        Message,
        message::{AuditPage, Change, Memory, TaskId},
    },
    gate::{Looked, Raised, Stopped},
    ledger::{Asked, Ending, Intent},
    model::{AnyId, CustomerId},
    policy::{Fact, Spent},
};

pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Says how a change is going while it is being sent.
#[derive(Clone, Debug)]
pub struct Notes {
    events: Sender<Event>,
    task: TaskId,
}

impl Notes {
    pub fn new(events: Sender<Event>, task: TaskId) -> Self {
        Self { events, task }
    }

    /// Lost when the loop is busier than the note is worth.
    pub fn say(&self, note: String) {
        let _told = self.events.try_send(Event::Desk(Message::Sending { task: self.task, note }));
    }

    /// One of several endings of a task.
    pub async fn ended(&self, ending: Ending) {
        let message = Message::Ended { task: self.task, ending: Box::new(ending) };
        let _heard = self.events.send(Event::Desk(message)).await;
    }
}

/// The gate. `None` for an ending: the ledger cannot say how it ended, so it is unknown.
pub trait Changes: Send + Sync {
    /// Of the object, and of those that the arguments name besides.
    fn facts<'a>(
        &'a self,
        action: &'a str,
        target: &'a AnyId,
        args: &'a Args,
    ) -> Later<'a, (Fact<Subject>, Fact<Spent>)>;

    /// Today's refunds.
    fn spent(&self) -> Later<'_, Fact<Spent>>;

    fn prepare(&self, change: Change) -> Later<'_, Result<Intent, Stopped>>;

    /// Keeps for a second person what this one confirmed.
    fn ask_second(&self, change: Change) -> Later<'_, Result<Asked, Stopped>>;

    fn send<'a>(&'a self, intent: &'a str, notes: Notes) -> Later<'a, Option<Ending>>;

    fn withdraw<'a>(&'a self, intent: &'a str) -> Later<'a, Option<Ending>>;

    /// Records what a person found at Stripe.
    fn close<'a>(&'a self, intent: &'a str, happened: bool) -> Later<'a, Option<Ending>>;

    /// Settles what an earlier run left behind; each ending goes to `notes`. `Err`: nothing was looked up, and why.
    fn recover(&self, notes: Notes) -> Later<'_, Result<(), String>>;

    /// Refunds that came back, of these intents or of the last days.
    fn look_after(&self, only: Vec<String>) -> Later<'_, Result<Looked, String>>;

    fn acknowledge<'a>(&'a self, raised: &'a Raised) -> Later<'a, Result<(), String>>;

    fn audit(&self) -> Later<'_, Result<AuditPage, String>>;

    /// Gives what is remembered, with the notes on a customer where one is named; that their desk was opened is remembered first.
    fn remember(&self, whose: Option<CustomerId>, opened: bool) -> Later<'_, Result<Memory, String>>;

    /// Adds a note on a customer; gives what is remembered then.
    fn note<'a>(&'a self, customer: &'a CustomerId, text: &'a str) -> Later<'a, Result<Memory, String>>;

    /// Which proposals wait for a person.
    fn inbox(&self) -> Later<'_, Result<Vec<Asked>, String>>;

    /// The person at this desk refuses one; gives what waits then.
    fn refuse<'a>(&'a self, asked: &'a str, why: &'a str) -> Later<'a, Result<Vec<Asked>, String>>;

    /// Takes a second person's code for one; gives what waits then.
    fn take_code<'a>(&'a self, asked: &'a str, code: &'a str) -> Later<'a, Result<Vec<Asked>, String>>;
}
