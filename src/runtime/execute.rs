//! Commands of the desk, carried out: questions and changes as tasks; what belongs to the terminal or the loop is handed back.

use std::{collections::HashMap, fmt, sync::Arc};

use super::{
    changes::{Changes, Notes},
    tasks::Tasks,
    trouble::{self, trouble},
};
use crate::{
    actions::Args,
    desk::{
        Answer, Command, Message, Question,
        message::{Change, TaskId, Trouble},
    },
    model::{AnyId, CustomerId},
    policy::Fact,
    stripe::{self, Client, Priority, Transport, Urgency},
};

/// What the loop itself has to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Local {
    Copy { task: TaskId, text: Arc<str>, what: String },
    Open { task: TaskId, url: String },
    Wake { at_ms: i64 },
    Quit,
}

/// Calls that opening a customer begins with; over HTTP/1.1 each wants a connection of its own.
const BURST: usize = 6;

/// The connections themselves.
pub trait Wire: Send + Sync {
    /// How calls go, for the title: latency and clock skew.
    fn figures(&self) -> Option<(u64, i64)>;
    /// Has connections opened for a burst of calls, and does not wait for it.
    fn warm(&self);
}

impl Wire for Client {
    fn figures(&self) -> Option<(u64, i64)> {
        Some((u64::from(self.latency_ms()?), self.skew_s().unwrap_or(0)))
    }

    fn warm(&self) {
        let client = self.clone();
        tokio::spawn(async move { client.warm(BURST).await });
    }
}

/// Everything outside that commands can reach.
pub struct Outside {
    transport: Arc<dyn Transport>,
    changes: Arc<dyn Changes>,
    wire: Arc<dyn Wire>,
    pub tasks: Tasks,
    /// What each intent changes, so that two steps of one change follow each other.
    objects: HashMap<String, String>,
}

impl Outside {
    pub fn new(
        transport: Arc<dyn Transport>,
        changes: Arc<dyn Changes>,
        wire: Arc<dyn Wire>,
        tasks: Tasks,
    ) -> Self {
        Self { transport, changes, wire, tasks, objects: HashMap::new() }
    }

    pub fn figures(&self) -> Option<(u64, i64)> {
        self.wire.figures()
    }

    /// Sees what goes to the desk, for what has to be remembered.
    pub fn overhear(&mut self, message: &Message) {
        match message {
            Message::Prepared { result: Ok(intent), .. } => {
                self.objects.insert(intent.id.clone(), intent.proposal.target.id.clone());
            }
            Message::Ended { ending, .. } if ending.intent.state.is_final() => {
                self.objects.remove(&ending.intent.id);
            }
            _ => {}
        }
    }

    fn object_of(&self, intent: &str) -> String {
        self.objects.get(intent).cloned().unwrap_or_else(|| intent.to_owned())
    }

    /// Starts what can be done here.
    pub fn carry_out(&mut self, command: Command) -> Option<Local> {
        match command {
            Command::Ask { task, question, prefetch } => self.ask(task, question, prefetch),
            Command::Raise { task } => self.tasks.raise(task),
            Command::Cancel { task } => self.tasks.cancel(task),
            Command::Warm => self.wire.warm(),
            Command::Facts { task, action, target, args } => self.facts(task, action, (target, args)),
            Command::Spent { task } => self.spent(task),
            Command::Prepare { task, change } => self.prepare(task, *change),
            Command::Second { task, change } => self.second(task, *change),
            Command::Send { task, intent } => self.send(task, intent),
            Command::Withdraw { task, intent } => self.withdraw(task, intent),
            Command::Close { task, intent, happened } => self.close(task, intent, happened),
            Command::Recover { task } => {
                let (changes, notes) = (Arc::clone(&self.changes), self.notes(task));
                self.tasks.write(task, "recovery", async move {
                    Message::Recovered { task, result: changes.recover(notes).await }
                });
            }
            Command::LookAfter { task, only } => {
                let changes = Arc::clone(&self.changes);
                let crashed = Message::Raised { task, result: Err(trouble::crashed().what) };
                self.tasks.read(task, Priority::Prefetch, crashed, |_| async move {
                    Message::Raised { task, result: changes.look_after(only).await }
                });
            }
            Command::Acknowledge { task, raised } => {
                let changes = Arc::clone(&self.changes);
                let object = raised.refund.clone();
                self.tasks.write(task, &object, async move {
                    let result = changes.acknowledge(&raised).await;
                    Message::Acknowledged { task, refund: raised.refund, result }
                });
            }
            Command::Audit { task } => {
                let changes = Arc::clone(&self.changes);
                let crashed = Message::Audit { task, result: Err(trouble::crashed().what) };
                self.tasks.read(task, Priority::Waiting, crashed, |_| async move {
                    Message::Audit { task, result: changes.audit().await }
                });
            }
            Command::Remember { task, whose, opened } => self.remember(task, whose, opened),
            Command::Note { task, customer, text } => self.note(task, customer, text),
            Command::Inbox { task } => {
                let changes = Arc::clone(&self.changes);
                let crashed = Message::Inbox { task, result: Err(trouble::crashed().what) };
                self.tasks.read(task, Priority::Waiting, crashed, |_| async move {
                    Message::Inbox { task, result: changes.inbox().await }
                });
            }
            Command::Refuse { task, asked, why } => {
                let changes = Arc::clone(&self.changes);
                let object = asked.clone();
                self.tasks.write(task, &object, async move {
                    Message::Inbox { task, result: changes.refuse(&asked, &why).await }
                });
            }
            Command::Code { task, asked, code } => self.code(task, asked, code),
            Command::Copy { task, text, what } => return Some(Local::Copy { task, text, what }),
            Command::Open { task, url } => return Some(Local::Open { task, url }),
            Command::Wake { at_ms } => return Some(Local::Wake { at_ms }),
            Command::Quit => return Some(Local::Quit),
        }
        None
    }

    fn notes(&self, task: TaskId) -> Notes {
        Notes::new(self.tasks.events().clone(), task)
    }

    fn ask(&mut self, task: TaskId, question: Question, prefetch: bool) {
        let transport = Arc::clone(&self.transport);
        let priority = if prefetch { Priority::Prefetch } else { Priority::Waiting };
        let crashed = Message::Reply { task, result: Err(trouble::crashed()) };
        self.tasks.read(task, priority, crashed, |urgency| async move {
            Message::Reply { task, result: answer(&*transport, &question, urgency).await }
        });
    }

    fn facts(&mut self, task: TaskId, action: String, (target, args): (AnyId, Args)) {
        let changes = Arc::clone(&self.changes);
        let unknown = || trouble::crashed().what;
        let crashed =
            Message::Facts { task, subject: Fact::Unknown(unknown()), spent: Fact::Unknown(unknown()) };
        self.tasks.read(task, Priority::Waiting, crashed, |_| async move {
            let (subject, spent) = changes.facts(&action, &target, &args).await;
            Message::Facts { task, subject, spent }
        });
    }

    fn spent(&mut self, task: TaskId) {
        let changes = Arc::clone(&self.changes);
        let nothing = || Fact::Unknown("not asked".to_owned());
        let crashed =
            Message::Facts { task, subject: nothing(), spent: Fact::Unknown(trouble::crashed().what) };
        self.tasks.read(task, Priority::Waiting, crashed, |_| async move {
            Message::Facts { task, subject: nothing(), spent: changes.spent().await }
        });
    }

    fn prepare(&mut self, task: TaskId, change: Change) {
        let changes = Arc::clone(&self.changes);
        let object = change.target.id.clone();
        self.tasks.write(task, &object, async move {
            let result = changes.prepare(change).await.map(Box::new).map_err(Box::new);
            Message::Prepared { task, result }
        });
    }

    fn second(&mut self, task: TaskId, change: Change) {
        let changes = Arc::clone(&self.changes);
        let object = change.target.id.clone();
        self.tasks.write(task, &object, async move {
            let result = changes.ask_second(change).await.map(Box::new).map_err(Box::new);
            Message::Proposed { task, result }
        });
    }

    fn remember(&mut self, task: TaskId, whose: Option<CustomerId>, opened: bool) {
        let changes = Arc::clone(&self.changes);
        let crashed = Message::Remembered { task, result: Err(trouble::crashed().what) };
        self.tasks.read(task, Priority::Waiting, crashed, |_| async move {
            Message::Remembered { task, result: changes.remember(whose, opened).await }
        });
    }

    fn note(&mut self, task: TaskId, customer: CustomerId, text: String) {
        let changes = Arc::clone(&self.changes);
        self.tasks.write(task, &customer.to_string(), async move {
            Message::Remembered { task, result: changes.note(&customer, &text).await }
        });
    }

    fn code(&mut self, task: TaskId, asked: String, code: String) {
        let changes = Arc::clone(&self.changes);
        let object = asked.clone();
        self.tasks.write(task, &object, async move {
            Message::Inbox { task, result: changes.take_code(&asked, &code).await }
        });
    }

    fn send(&mut self, task: TaskId, intent: String) {
        let (changes, notes) = (Arc::clone(&self.changes), self.notes(task));
        let object = self.object_of(&intent);
        self.tasks.write(task, &object, async move {
            match changes.send(&intent, notes).await {
                Some(ending) => Message::Ended { task, ending: Box::new(ending) },
                None => Message::Crashed { task },
            }
        });
    }

    fn withdraw(&mut self, task: TaskId, intent: String) {
        let changes = Arc::clone(&self.changes);
        let object = self.object_of(&intent);
        self.tasks.write(task, &object, async move {
            match changes.withdraw(&intent).await {
                Some(ending) => Message::Ended { task, ending: Box::new(ending) },
                None => Message::Crashed { task },
            }
        });
    }

    fn close(&mut self, task: TaskId, intent: String, happened: bool) {
        let changes = Arc::clone(&self.changes);
        let object = self.object_of(&intent);
        self.tasks.write(task, &object, async move {
            match changes.close(&intent, happened).await {
                Some(ending) => Message::Ended { task, ending: Box::new(ending) },
                None => Message::Crashed { task },
            }
        });
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("tasks", &self.tasks).finish_non_exhaustive()
    }
}

/// Asks Stripe and reads the answer, away from the thread that draws.
pub async fn answer(
    transport: &dyn Transport,
    question: &Question,
    urgency: Urgency,
) -> Result<Answer, Trouble> {
    let reply = stripe::read(transport, &question.request(), urgency).await.map_err(|f| trouble(&f))?;
    question.read(&reply.body).map_err(|shape| Trouble {
        request_id: reply.headers.request_id.clone(),
        ..trouble::misshapen(&shape)
    })
}
