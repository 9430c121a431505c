//! What `{:?}` tells of the desk: what happened to which task, ids and counts. What was typed, read or answered is people's, and
//! must not reach a log or a crash that way.

use std::fmt;

use super::{
    message::{Change, Command, Message, TaskId, Trouble},
    state::{Notice, Search, State},
};
use crate::text::Hidden;

impl fmt::Debug for Message {
    /// What happened to which task. What was typed, pasted or answered is people's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, task) = match self {
            Self::Key(_) => ("Key", None),
            Self::Paste(_) => ("Paste", None),
            Self::Mouse(_) => ("Mouse", None),
            Self::Resize { .. } => ("Resize", None),
            Self::Wake => ("Wake", None),
            Self::Reply { task, result: Ok(_) } => ("Reply", Some(task)),
            Self::Reply { task, result: Err(_) } => ("Reply(trouble)", Some(task)),
            Self::Facts { task, .. } => ("Facts", Some(task)),
            Self::Prepared { task, result: Ok(_) } => ("Prepared", Some(task)),
            Self::Prepared { task, result: Err(_) } => ("Prepared(stopped)", Some(task)),
            Self::Proposed { task, result: Ok(_) } => ("Proposed", Some(task)),
            Self::Proposed { task, result: Err(_) } => ("Proposed(stopped)", Some(task)),
            Self::Sending { task, .. } => ("Sending", Some(task)),
            Self::Ended { task, .. } => ("Ended", Some(task)),
            Self::Recovered { task, .. } => ("Recovered", Some(task)),
            Self::Raised { task, .. } => ("Raised", Some(task)),
            Self::Acknowledged { task, .. } => ("Acknowledged", Some(task)),
            Self::Audit { task, .. } => ("Audit", Some(task)),
            Self::Inbox { task, .. } => ("Inbox", Some(task)),
            Self::Remembered { task, .. } => ("Remembered", Some(task)),
            Self::Waiting { .. } => ("Waiting", None),
            Self::Done { task, .. } => ("Done", Some(task)),
            Self::PolicyLoaded { .. } => ("PolicyLoaded", None),
            Self::Api { .. } => ("Api", None),
            Self::Crashed { task } => ("Crashed", Some(task)),
            Self::Terminate => ("Terminate", None),
        };
        named(f, name, task)
    }
}

fn named(f: &mut fmt::Formatter<'_>, name: &str, task: Option<&TaskId>) -> fmt::Result {
    match task {
        Some(TaskId(task)) => write!(f, "{name} of task {task}"),
        None => f.write_str(name),
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { task, question, .. } => write!(f, "Ask of task {}: {question:?}", task.0),
            Self::Cancel { task } => named(f, "Cancel", Some(task)),
            Self::Wake { at_ms } => write!(f, "Wake at {at_ms}"),
            Self::Facts { task, action, target, .. } => {
                write!(f, "Facts of task {}: {action} {target}", task.0)
            }
            Self::Spent { task } => named(f, "Spent", Some(task)),
            Self::Prepare { task, change } => {
                write!(f, "Prepare of task {}: {} {}", task.0, change.action, change.target)
            }
            Self::Second { task, change } => {
                write!(f, "Second of task {}: {} {}", task.0, change.action, change.target)
            }
            Self::Send { task, intent } => write!(f, "Send of task {}: {intent}", task.0),
            Self::Withdraw { task, intent } => write!(f, "Withdraw of task {}: {intent}", task.0),
            Self::Close { task, intent, .. } => write!(f, "Close of task {}: {intent}", task.0),
            Self::Recover { task } => named(f, "Recover", Some(task)),
            Self::LookAfter { task, .. } => named(f, "LookAfter", Some(task)),
            Self::Acknowledge { task, .. } => named(f, "Acknowledge", Some(task)),
            Self::Audit { task } => named(f, "Audit", Some(task)),
            Self::Remember { task, .. } => named(f, "Remember", Some(task)),
            Self::Note { task, .. } => named(f, "Note", Some(task)),
            Self::Inbox { task } => named(f, "Inbox", Some(task)),
            Self::Refuse { task, asked, .. } => write!(f, "Refuse of task {}: {asked}", task.0),
            Self::Code { task, asked, .. } => write!(f, "Code of task {}: {asked}", task.0),
            Self::Copy { task, .. } => named(f, "Copy", Some(task)),
            Self::Open { task, .. } => named(f, "Open", Some(task)),
            Self::Raise { task } => named(f, "Raise", Some(task)),
            Self::Warm => f.write_str("Warm"),
            Self::Quit => f.write_str("Quit"),
        }
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trouble")
            .field("what", &Hidden(&self.what))
            .field("request_id", &self.request_id)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("action", &self.action)
            .field("target", &self.target)
            .field("args", &self.args)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for State {
    /// Where the desk stands, in ids and counts: the rest is what people wrote and read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<_> = self.changes.iter().map(|change| &change.intent.id).collect();
        f.debug_struct("State")
            .field("size", &(self.width, self.height))
            .field("focus", &self.focus)
            .field("open", &self.open)
            .field("modals", &self.modals.len())
            .field("running", &self.tasks.running.len())
            .field("changes", &changes)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("input", &Hidden(self.input.value()))
            .field("found", &self.found.len())
            .field("asking", &self.asking)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notice({:?}, {:?})", Hidden(&self.text), self.id)
    }
}
