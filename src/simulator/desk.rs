//! A desk without its screen: the real state and the real `update`; what it wants done goes through the real gate.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use tokio::sync::mpsc;

use super::{
    crew::Crew,
    plants::Plant,
    truth::Told,
    world::{Nap, Shared, lock},
};
use crate::{
    desk::{
        self, Command, Commands, Key, Message, State, key::Code, message::TaskId, modals::Modal, panes::PANES,
    },
    gate::{Gate, Release},
    ledger::IntentState,
    policy::Fact,
    runtime::{Changes as _, Event, changes::Notes, execute, through_gate::ThroughGate},
    stripe::{Priority, Transport},
};

type Lane = Arc<tokio::sync::Mutex<()>>;

pub(super) struct Desk {
    pub(super) process: u64,
    pub(super) machine: usize,
    pub(super) state: State,
    pub(super) gate: Arc<Gate>,
    changes: ThroughGate,
    line: Arc<dyn Transport>,
    world: Shared,
    plant: Option<Plant>,
    sender: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    heard: VecDeque<Message>,
    lanes: BTreeMap<String, Lane>,
    reads: BTreeMap<TaskId, u64>,
    objects: BTreeMap<String, String>,
    wakes: BTreeSet<i64>,
    /// It was left: it ends when no change is under way, and at this time at the latest.
    pub(super) leaves_by: Option<i64>,
}

/// Longest that leaving is waited for.
const LEAVE_MS: i64 = 9_000;

/// Whether the same again is asked about.
fn asks_repeat(state: &State) -> bool {
    match state.modals.last() {
        Some(Modal::Refund(modal)) => modal.draft.asks_repeat(),
        Some(Modal::Cancel(modal)) => modal.draft.asks_repeat(),
        Some(Modal::Confirm(modal)) => modal.draft.asks_repeat(),
        _ => false,
    }
}

impl Desk {
    pub(super) fn open(
        (process, machine): (u64, usize),
        state: State,
        (gate, line): (Gate, Arc<dyn Transport>),
        (world, plant): (&Shared, Option<Plant>),
        crew: &mut Crew,
    ) -> Self {
        let gate = Arc::new(gate);
        let (sender, events) = mpsc::channel(10_000);
        let mut desk = Self {
            process,
            machine,
            state,
            changes: ThroughGate::new(Arc::clone(&gate)),
            gate,
            line,
            world: Arc::clone(world),
            plant,
            sender,
            events,
            heard: VecDeque::new(),
            lanes: BTreeMap::new(),
            reads: BTreeMap::new(),
            objects: BTreeMap::new(),
            wakes: BTreeSet::new(),
            leaves_by: None,
        };
        let first = desk::start(&mut desk.state);
        desk.carry_out(first, crew);
        desk
    }

    fn now_ms(&self) -> i64 {
        let world = lock(&self.world);
        world.now_ms + world.machines[self.machine].off_ms
    }

    /// Whether a message waits for it.
    pub(super) fn has_heard(&mut self) -> bool {
        while let Ok(Event::Desk(message)) = self.events.try_recv() {
            // Now and then one comes twice.
            let twice = lock(&self.world).one_in(40)
                && matches!(message, Message::Reply { .. } | Message::Facts { .. });
            if twice {
                self.heard.push_back(message.clone());
            }
            self.heard.push_back(message);
        }
        !self.heard.is_empty()
    }

    pub(super) fn hear(&mut self, crew: &mut Crew) -> Result<(), String> {
        match self.heard.pop_front() {
            Some(message) => self.happened(message, crew),
            None => Ok(()),
        }
    }

    pub(super) fn press(&mut self, key: Key, crew: &mut Crew) -> Result<(), String> {
        self.happened(Message::Key(key), crew)
    }

    pub(super) fn tell(&mut self, message: Message, crew: &mut Crew) -> Result<(), String> {
        self.happened(message, crew)
    }

    pub(super) fn terminate(&mut self, crew: &mut Crew) -> Result<(), String> {
        self.leaves_by.get_or_insert(lock(&self.world).now_ms + LEAVE_MS);
        self.happened(Message::Terminate, crew)
    }

    /// Whether it is over: left, and nothing more is under way.
    pub(super) fn is_over(&self, crew: &Crew) -> bool {
        let now_ms = lock(&self.world).now_ms;
        self.leaves_by.is_some_and(|by| by <= now_ms || crew.count(self.process) == 0)
    }

    fn happened(&mut self, message: Message, crew: &mut Crew) -> Result<(), String> {
        match &message {
            Message::Prepared { result: Ok(intent), .. } => {
                self.objects.insert(intent.id.clone(), intent.proposal.target.id.clone());
            }
            Message::Ended { ending, .. } => {
                let (intent, state) = (ending.intent.id.clone(), ending.intent.state);
                lock(&self.world).told.push(Told { intent, state });
            }
            _ => {}
        }
        // Only a key that is pressed confirms: no key that is held down, no paste, no click, no answer.
        let once_more = asks_repeat(&self.state);
        let says_yes = |key: &Key| key.code == Code::Enter || (once_more && key.code == Code::Char('y'));
        let confirms = matches!(&message, Message::Key(key) if !key.repeat && says_yes(key));
        let ended = match &message {
            Message::Ended { ending, .. } => Some(ending.intent.state),
            _ => None,
        };
        let now_ms = self.now_ms();
        let commands = desk::update(&mut self.state, now_ms, message);
        if !confirms && commands.0.iter().any(|command| matches!(command, Command::Prepare { .. })) {
            return Err("a change was begun, and nobody said yes".into());
        }
        if !PANES.iter().any(|pane| pane.id == self.state.focus) {
            return Err("the focus is nowhere".into());
        }
        self.says_what_is_so(ended)?;
        self.carry_out(commands, crew);
        Ok(())
    }

    /// What is not known to be done is not said to be.
    fn says_what_is_so(&self, ended: Option<IntentState>) -> Result<(), String> {
        let Some(ended) = ended else { return Ok(()) };
        let notice = self.state.notice.as_ref();
        let good = notice.is_some_and(|notice| notice.good && notice.at_ms == self.state.now_ms);
        if good && !matches!(ended, IntentState::Settled | IntentState::Withdrawn) {
            let text = notice.map(|notice| notice.text.clone()).unwrap_or_default();
            return Err(format!("a change is {}, and the desk says: {text}", ended.name()));
        }
        Ok(())
    }

    fn carry_out(&mut self, commands: Commands, crew: &mut Crew) {
        for command in commands.0 {
            self.one(command, crew);
        }
    }

    fn read(&mut self, task: TaskId, crew: &mut Crew, work: impl Future<Output = Message> + Send + 'static) {
        let sender = self.sender.clone();
        let actor = crew.begin(self.process, async move {
            let message = work.await;
            let _heard = sender.try_send(Event::Desk(message));
        });
        self.reads.insert(task, actor);
    }

    /// After the changes of the same object that were begun before.
    fn write(&mut self, object: &str, crew: &mut Crew, work: impl Future<Output = Message> + Send + 'static) {
        let lane = Arc::clone(self.lanes.entry(object.to_owned()).or_default());
        let sender = self.sender.clone();
        crew.begin(self.process, async move {
            let _turn = lane.lock_owned().await;
            let message = work.await;
            let _heard = sender.try_send(Event::Desk(message));
        });
    }

    fn object_of(&self, intent: &str) -> String {
        self.objects.get(intent).cloned().unwrap_or_else(|| intent.to_owned())
    }

    fn notes(&self, task: TaskId) -> Notes {
        Notes::new(self.sender.clone(), task)
    }

    fn one(&mut self, command: Command, crew: &mut Crew) {
        let changes = self.changes.clone();
        match command {
            Command::Ask { task, question, .. } => {
                let line = Arc::clone(&self.line);
                self.read(task, crew, async move {
                    let result = execute::answer(&*line, &question, Priority::Waiting.into()).await;
                    Message::Reply { task, result }
                });
            }
            Command::Cancel { task } => {
                if let Some(actor) = self.reads.remove(&task) {
                    crew.end(actor);
                }
            }
            Command::Facts { task, action, target, args } => self.read(task, crew, async move {
                let (subject, spent) = changes.facts(&action, &target, &args).await;
                Message::Facts { task, subject, spent }
            }),
            Command::Spent { task } => self.read(task, crew, async move {
                let subject = Fact::Unknown("not asked".into());
                Message::Facts { task, subject, spent: changes.spent().await }
            }),
            Command::LookAfter { task, only } => self.read(task, crew, async move {
                Message::Raised { task, result: changes.look_after(only).await }
            }),
            Command::Audit { task } => {
                self.read(task, crew, async move { Message::Audit { task, result: changes.audit().await } });
            }
            Command::Remember { task, whose, opened } => self.read(task, crew, async move {
                Message::Remembered { task, result: changes.remember(whose, opened).await }
            }),
            Command::Inbox { task } => {
                self.read(task, crew, async move { Message::Inbox { task, result: changes.inbox().await } });
            }
            Command::Wake { at_ms } => self.wake(at_ms, crew),
            Command::Quit => {
                let by = lock(&self.world).now_ms + LEAVE_MS;
                self.leaves_by.get_or_insert(by);
            }
            Command::Copy { task, what, .. } => {
                let _heard = self.sender.try_send(Event::Desk(Message::Done { task, result: Ok(what) }));
            }
            Command::Open { task, .. } => {
                let result = Err("there is no browser here".into());
                let _heard = self.sender.try_send(Event::Desk(Message::Done { task, result }));
            }
            Command::Raise { .. } | Command::Warm => {}
            change => self.change(change, crew),
        }
    }

    /// Once for each time, however often it is asked for.
    fn wake(&mut self, at_ms: i64, crew: &mut Crew) {
        let now_ms = self.now_ms();
        self.wakes.retain(|at| *at > now_ms);
        if !self.wakes.insert(at_ms) {
            return;
        }
        let nap = Nap::new(&self.world, u128::try_from(at_ms - now_ms).unwrap_or(0));
        let sender = self.sender.clone();
        crew.begin(self.process, async move {
            nap.await;
            let _heard = sender.try_send(Event::Desk(Message::Wake));
        });
    }

    /// The write lane.
    fn change(&mut self, command: Command, crew: &mut Crew) {
        let changes = self.changes.clone();
        let ended = |task, ending: Option<_>| match ending {
            Some(ending) => Message::Ended { task, ending: Box::new(ending) },
            None => Message::Crashed { task },
        };
        match command {
            Command::Prepare { task, change } => {
                let object = change.target.id.clone();
                let (gate, ignored) = (Arc::clone(&self.gate), self.plant == Some(Plant::HoldIgnored));
                self.write(&object, crew, async move {
                    let result = changes.prepare(*change).await.map(Box::new).map_err(Box::new);
                    if let Some(intent) = result.as_ref().ok().filter(|_| ignored) {
                        drop(gate.send(&intent.id, Release::Now, |_| {}).await);
                    }
                    Message::Prepared { task, result }
                });
            }
            Command::Send { task, intent } => {
                let (object, notes) = (self.object_of(&intent), self.notes(task));
                self.write(&object, crew, async move { ended(task, changes.send(&intent, notes).await) });
            }
            Command::Withdraw { task, intent } => {
                let (gate, ignored) = (Arc::clone(&self.gate), self.plant == Some(Plant::UndoIgnored));
                self.write(&self.object_of(&intent), crew, async move {
                    let ending = changes.withdraw(&intent).await;
                    if ignored {
                        drop(gate.send(&intent, Release::Now, |_| {}).await);
                    }
                    ended(task, ending)
                });
            }
            Command::Close { task, intent, .. } => {
                // Whatever was pressed: who says it looks at Stripe first, when nothing is on its way there any more.
                let world = Arc::clone(&self.world);
                self.write(&self.object_of(&intent), crew, async move {
                    while !lock(&world).nothing_flies() {
                        Nap::new(&world, 60_000).await;
                    }
                    let happened = lock(&world).happened.contains(&intent);
                    ended(task, changes.close(&intent, happened).await)
                });
            }
            Command::Recover { task } => {
                let notes = self.notes(task);
                self.write("recovery", crew, async move {
                    Message::Recovered { task, result: changes.recover(notes).await }
                });
            }
            Command::Note { task, customer, text } => {
                self.write(&customer.to_string(), crew, async move {
                    Message::Remembered { task, result: changes.note(&customer, &text).await }
                });
            }
            Command::Acknowledge { task, raised } => {
                self.write(&raised.refund.clone(), crew, async move {
                    let result = changes.acknowledge(&raised).await;
                    Message::Acknowledged { task, refund: raised.refund, result }
                });
            }
            Command::Refuse { task, asked, why } => {
                self.write(&asked.clone(), crew, async move {
                    Message::Inbox { task, result: changes.refuse(&asked, &why).await }
                });
            }
            _ => {}
        }
    }
}
