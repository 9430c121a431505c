//! What is under way: reads with their tasks, changes as the agent sees them, and what failed. One counter names them all.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    message::{Command, Commands, TaskId, Trouble},
    question::Question,
    state::State,
};
use crate::{actions::Proposal, ledger::Intent};

const FAILED_MOST: usize = 50;

/// The read lane and the counter that names tasks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tasks {
    pub next: u64,
    pub running: BTreeMap<TaskId, Task>,
    /// The newest last; bounded.
    pub failed: VecDeque<Failed>,
    /// Replies that matched nothing in flight.
    pub dropped: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub label: String,
    pub since_ms: i64,
    /// What was asked, for a read.
    pub question: Option<Question>,
    /// A read that nobody waits for may be forgotten.
    pub prefetch: bool,
    pub note: Option<String>,
    #[serde(default)]
    pub does: Does,
}

/// What a task does, where more hangs on that than its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Does {
    #[default]
    Other,
    /// Decides a change that was confirmed: nobody leaves meanwhile.
    Deciding,
    /// Reads what became of open changes.
    Looking,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    pub label: String,
    pub at_ms: i64,
    pub trouble: Trouble,
    /// None: it has to be started anew.
    pub again: Option<Again>,
}

/// How a failure is tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Again {
    Ask(Question),
    /// What became of open changes is read again.
    Recover,
    /// Whether the refunds of the last days stayed is read again.
    LookAfter,
}

/// One change in the task line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeLine {
    pub intent: Intent,
    /// The task that sends or withdraws it.
    pub task: Option<TaskId>,
    pub note: Option<String>,
}

/// A change that comes back: nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    pub proposal: Proposal,
    /// What moved meanwhile, before → after.
    pub moved: Vec<String>,
}

impl State {
    /// Names a new task.
    pub fn start(&mut self, label: impl Into<String>) -> TaskId {
        self.start_doing(Does::Other, label, None)
    }

    pub fn start_doing(&mut self, does: Does, label: impl Into<String>, note: Option<&str>) -> TaskId {
        let id = TaskId(self.tasks.next);
        self.tasks.next = self.tasks.next.saturating_add(1);
        let (label, note) = (label.into(), note.map(str::to_owned));
        let task = Task { label, since_ms: self.now_ms, question: None, prefetch: false, note, does };
        self.tasks.running.insert(id, task);
        id
    }

    /// A change that was confirmed and is not decided yet.
    pub fn deciding(&self) -> impl Iterator<Item = &Task> {
        self.tasks.running.values().filter(|task| task.does == Does::Deciding)
    }

    /// To the clipboard; `what` is said once it is there.
    pub fn copy(&mut self, text: impl Into<Arc<str>>, what: String, commands: &mut Commands) {
        let task = self.start("copying");
        commands.push(Command::Copy { task, text: text.into(), what });
    }

    /// Asks Stripe, unless the same question is already on its way: then that task is the answer.
    pub fn ask(&mut self, question: Question, prefetch: bool, commands: &mut Commands) -> TaskId {
        let same = self.tasks.running.iter_mut().find(|(_, task)| task.question.as_ref() == Some(&question));
        if let Some((id, task)) = same {
            let id = *id;
            if task.prefetch && !prefetch {
                task.prefetch = false;
                commands.push(Command::Raise { task: id });
            }
            return id;
        }
        let id = self.start(question.label());
        if let Some(task) = self.tasks.running.get_mut(&id) {
            task.question = Some(question.clone());
            task.prefetch = prefetch;
        }
        commands.push(Command::Ask { task: id, question, prefetch });
        id
    }

    /// A part of some customer's folder comes with it.
    pub fn is_for_a_folder(&mut self, id: TaskId) -> bool {
        let question = self.tasks.running.get(&id).and_then(|task| task.question.as_ref());
        let Some(question) = question else { return false };
        let part = self.data.part(question);
        part.is_some_and(|part| *part.loading() == Some(id))
    }

    /// Gives up a read: nothing waits for it any more.
    pub fn forget(&mut self, id: TaskId, commands: &mut Commands) {
        self.tasks.running.remove(&id);
        self.search.asking.retain(|asked| *asked != id);
        self.data.unwait(id);
        commands.push(Command::Cancel { task: id });
    }

    /// The task is over. `None`: it was not in flight, and its reply is dropped and counted.
    pub fn finish(&mut self, id: TaskId) -> Option<Task> {
        let task = self.tasks.running.remove(&id);
        if task.is_none() {
            self.tasks.dropped = self.tasks.dropped.saturating_add(1);
        }
        task
    }

    pub fn failed(&mut self, label: &str, trouble: Trouble, again: Option<Again>) {
        if self.tasks.failed.len() >= FAILED_MOST {
            self.tasks.failed.pop_front();
        }
        self.tasks.failed.push_back(Failed { label: label.to_owned(), at_ms: self.now_ms, trouble, again });
    }
}
