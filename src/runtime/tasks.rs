//! The two lanes. Reads run side by side, few at a time, and can be forgotten; changes are never dropped, run one at a time
//! for one object, and whoever leaves waits for them.

use std::{collections::HashMap, future::Future, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use tokio::{
    sync::{Mutex, Semaphore, mpsc::Sender, watch},
    task::AbortHandle,
};

use super::Event;
use crate::{
    desk::{Message, message::TaskId},
    stripe::{Priority, Raise, Urgency},
};

/// Reads at once; the rate limiter says how fast they leave.
const READS_MOST: usize = 16;
/// Of which for what may be wanted soon.
const PREFETCHES_MOST: usize = 4;

#[derive(Debug)]
pub struct Tasks {
    events: Sender<Event>,
    reads: HashMap<TaskId, Read>,
    slots: Arc<Semaphore>,
    prefetch_slots: Arc<Semaphore>,
    lanes: HashMap<String, Arc<Mutex<()>>>,
    /// Changes that have not ended.
    writing: watch::Sender<usize>,
}

#[derive(Debug)]
struct Read {
    handle: AbortHandle,
    raise: Raise,
}

/// Counts a change until it is dropped, panic or not.
struct Writing(watch::Sender<usize>);

impl Writing {
    fn begin(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count = count.saturating_add(1));
        Self(count.clone())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Tasks {
    pub fn new(events: Sender<Event>) -> Self {
        Self {
            events,
            reads: HashMap::new(),
            slots: Arc::new(Semaphore::new(READS_MOST)),
            prefetch_slots: Arc::new(Semaphore::new(PREFETCHES_MOST)),
            lanes: HashMap::new(),
            writing: watch::Sender::new(0),
        }
    }

    pub fn events(&self) -> &Sender<Event> {
        &self.events
    }

    /// Runs a read; its message, or `crashed` if it panics, comes back as an event. What it asks is as urgent as
    /// `priority`, until it is raised.
    pub fn read<F>(
        &mut self,
        task: TaskId,
        priority: Priority,
        crashed: Message,
        work: impl FnOnce(Urgency) -> F,
    ) where
        F: Future<Output = Message> + Send + 'static,
    {
        let (raise, urgency) = Urgency::told(priority);
        let mut waiting = urgency.clone();
        let work = work(urgency);
        let (slots, narrow) = (Arc::clone(&self.slots), Arc::clone(&self.prefetch_slots));
        let events = self.events.clone();
        let handle = tokio::spawn(async move {
            // The semaphores are never closed, so both always give a place.
            let _few = tokio::select! {
                few = narrow.acquire_owned(), if priority == Priority::Prefetch => few.ok(),
                () = waiting.above(Priority::Prefetch), if priority == Priority::Prefetch => None,
                else => None,
            };
            let _slot = slots.acquire_owned().await.ok();
            let message = AssertUnwindSafe(work).catch_unwind().await.unwrap_or(crashed);
            let _heard = events.send(Event::Desk(message)).await;
        });
        self.reads.retain(|_, read| !read.handle.is_finished());
        self.reads.insert(task, Read { handle: handle.abort_handle(), raise });
    }

    /// Somebody waits now for what was read ahead.
    pub fn raise(&self, task: TaskId) {
        if let Some(read) = self.reads.get(&task) {
            read.raise.to(Priority::Waiting);
        }
    }

    /// Forgets a read: its answer, if one comes, reaches nobody.
    pub fn cancel(&mut self, task: TaskId) {
        if let Some(read) = self.reads.remove(&task) {
            read.handle.abort();
        }
    }

    /// Runs a change after those of the same `object` that were started before. Its death is told too.
    pub fn write<F>(&mut self, task: TaskId, object: &str, work: F)
    where
        F: Future<Output = Message> + Send + 'static,
    {
        self.lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        let lane = Arc::clone(self.lanes.entry(object.to_owned()).or_default());
        let (events, writing) = (self.events.clone(), Writing::begin(&self.writing));
        tokio::spawn(async move {
            let _turn = lane.lock_owned().await;
            let message = AssertUnwindSafe(work).catch_unwind().await.unwrap_or(Message::Crashed { task });
            let _heard = events.send(Event::Desk(message)).await;
            drop(writing);
        });
    }

    /// Changes that have not ended.
    pub fn writing(&self) -> usize {
        *self.writing.borrow()
    }

    /// Waits until no change is under way.
    pub async fn writes_ended(&self) {
        // It fails only when the sender is gone, which is held here.
        let mut writing = self.writing.subscribe();
        let _ended = writing.wait_for(|count| *count == 0).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::{mpsc, oneshot};

    use super::*;

    fn pool() -> (Tasks, mpsc::Receiver<Event>) {
        let (events, heard) = mpsc::channel(100);
        (Tasks::new(events), heard)
    }

    async fn next(heard: &mut mpsc::Receiver<Event>) -> Message {
        match heard.recv().await {
            Some(Event::Desk(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    fn done(task: u64) -> Message {
        Message::Recovered { task: TaskId(task), result: Ok(()) }
    }

    #[tokio::test]
    async fn a_read_answers_and_a_cancelled_one_does_not() {
        let (mut tasks, mut heard) = pool();
        let (never, wait) = oneshot::channel::<()>();
        tasks.read(TaskId(1), Priority::Waiting, done(9), |_| async move {
            let _never = wait.await;
            done(1)
        });
        tasks.cancel(TaskId(1));
        tasks.read(TaskId(2), Priority::Prefetch, done(9), |_| async { done(2) });
        assert_eq!(next(&mut heard).await, done(2));
        drop(never);
        drop(tasks);
        assert!(heard.recv().await.is_none());
    }

    #[tokio::test]
    async fn reads_are_few_at_a_time_and_prefetches_fewer() {
        let (mut tasks, mut heard) = pool();
        let gate = Arc::new(Semaphore::new(0));
        let started = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        for id in 0..50 {
            let (gate, started) = (Arc::clone(&gate), Arc::clone(&started));
            tasks.read(TaskId(id), Priority::Prefetch, done(99), |_| async move {
                started.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let _passed = gate.acquire_owned().await;
                done(id)
            });
        }
        // What waits behind prefetches is served all the same.
        tasks.read(TaskId(60), Priority::Waiting, done(99), |_| async { done(60) });
        assert_eq!(next(&mut heard).await, done(60));
        tokio::task::yield_now().await;
        assert!(started.load(std::sync::atomic::Ordering::SeqCst) <= PREFETCHES_MOST);
        // So is one that is wanted now: it waits behind no other that is not.
        let (first, opened) = oneshot::channel();
        tasks.read(TaskId(70), Priority::Prefetch, done(99), |urgency| async move {
            first.send(urgency.now()).unwrap();
            done(70)
        });
        tasks.raise(TaskId(70));
        assert_eq!(next(&mut heard).await, done(70));
        assert_eq!(opened.await, Ok(Priority::Waiting));
        gate.close();
        for _ in 0..50 {
            assert_ne!(next(&mut heard).await, done(99));
        }
    }

    #[tokio::test]
    async fn changes_of_one_object_wait_for_each_other_and_of_another_do_not() {
        let (mut tasks, mut heard) = pool();
        let (let_go, wait) = oneshot::channel::<()>();
        tasks.write(TaskId(1), "ch_1", async move {
            let _go = wait.await;
            done(1)
        });
        tokio::task::yield_now().await;
        tasks.write(TaskId(2), "ch_1", async { done(2) });
        tasks.write(TaskId(3), "ch_2", async { done(3) });
        assert_eq!(next(&mut heard).await, done(3));
        assert_eq!(tasks.writing(), 2);
        let_go.send(()).unwrap();
        assert_eq!(next(&mut heard).await, done(1));
        assert_eq!(next(&mut heard).await, done(2));
        tasks.writes_ended().await;
        assert_eq!(tasks.writing(), 0);
    }

    #[tokio::test]
    async fn a_change_that_dies_is_told() {
        let (mut tasks, mut heard) = pool();
        tasks.write(TaskId(1), "ch_1", async { panic!("on purpose") });
        assert_eq!(next(&mut heard).await, Message::Crashed { task: TaskId(1) });
        tasks.writes_ended().await;
    }
}
