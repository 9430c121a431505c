//! Everything that runs in a world, one step at a time: a step ends where the program waits, and there it can be killed.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Wake, Waker},
};

pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

type Woken = Arc<Mutex<BTreeSet<u64>>>;

/// Tells that one can go on.
struct Bell {
    actor: u64,
    woken: Woken,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.woken.lock().unwrap().insert(self.actor);
    }
}

struct Actor {
    process: u64,
    work: Work,
}

#[derive(Default)]
pub(super) struct Crew {
    actors: BTreeMap<u64, Actor>,
    woken: Woken,
    next: u64,
}

impl Crew {
    pub(super) fn begin(&mut self, process: u64, work: impl Future<Output = ()> + Send + 'static) -> u64 {
        self.next += 1;
        self.actors.insert(self.next, Actor { process, work: Box::pin(work) });
        self.woken.lock().unwrap().insert(self.next);
        self.next
    }

    /// Who can go on, each with its process.
    pub(super) fn ready(&self) -> Vec<(u64, u64)> {
        let woken = self.woken.lock().unwrap();
        woken.iter().filter_map(|actor| Some((*actor, self.actors.get(actor)?.process))).collect()
    }

    pub(super) fn step(&mut self, actor: u64) {
        self.woken.lock().unwrap().remove(&actor);
        let Some(found) = self.actors.get_mut(&actor) else { return };
        let waker = Waker::from(Arc::new(Bell { actor, woken: Arc::clone(&self.woken) }));
        if found.work.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.actors.remove(&actor);
        }
    }

    /// Drops it where it stands.
    pub(super) fn end(&mut self, actor: u64) {
        self.actors.remove(&actor);
    }

    pub(super) fn kill(&mut self, process: u64) {
        self.actors.retain(|_, actor| actor.process != process);
    }

    pub(super) fn count(&self, process: u64) -> usize {
        self.actors.values().filter(|actor| actor.process == process).count()
    }
}
