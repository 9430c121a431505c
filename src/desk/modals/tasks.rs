//! What runs, what is in the write lane, what failed: with its age, its reason, and a way to try again.

use serde::{Deserialize, Serialize};

use super::{
    After, Modal, Overlay,
    close::Close,
    list::{self, List, Move},
};
use crate::{
    desk::{
        afterwards,
        binding::{self, Binding, Now, bind},
        flow,
        message::{Commands, TaskId},
        sheet::{Item, Line, Sheet, Tone},
        state::{Again, ChangeLine, Failed, State, Task},
        words,
    },
    gate::Raised,
    ledger::IntentState,
    text::clean,
    time::span,
};

/// Rows come and go by themselves: what is selected is a thing, not a place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tasks {
    selected: Option<Mark>,
    /// Where it was last: moving goes on from here when it is gone.
    list: List,
}

/// Which row it is, whatever comes before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Mark {
    /// `re_…`
    Raised(String),
    /// `int_…`
    Change(String),
    Running(TaskId),
    Failed {
        label: String,
        at_ms: i64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Acknowledge,
    /// A person says how a change ended: it happened, or not.
    Happened(bool),
    Again,
    GiveUp,
    TakeBack,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 7] = [
    bind(&["a"], Do::Acknowledge, Some("acknowledge"), "acknowledge a refund that came back"),
    bind(
        &["y"],
        Do::Happened(true),
        Some("it happened"),
        "a change of which nothing is known: record that it happened",
    ),
    bind(
        &["n"],
        Do::Happened(false),
        Some("it did not happen"),
        "a change of which nothing is known: record that it did not happen",
    ),
    bind(
        &["r"],
        Do::Again,
        Some("try again"),
        "try again what failed, or look up how a change ended of which nothing is known",
    ),
    bind(&["x"], Do::GiveUp, Some("give it up"), "give up a read that runs"),
    bind(&["u"], Do::TakeBack, Some("undo"), "take back the change that is still held"),
    bind(&["<esc>", "q", "T"], Do::Back, Some("back"), "back"),
];

fn key(does: Do) -> String {
    binding::shown(TABLE, does)
}

/// A row that a key acts on.
#[derive(Clone, Copy, Debug)]
enum Row<'a> {
    Raised(&'a Raised),
    Change(&'a ChangeLine),
    Running(&'a TaskId, &'a Task),
    Failed(&'a Failed),
}

impl Row<'_> {
    fn mark(self) -> Mark {
        match self {
            Self::Raised(raised) => Mark::Raised(raised.refund.clone()),
            Self::Change(change) => Mark::Change(change.intent.id.clone()),
            Self::Running(id, _) => Mark::Running(*id),
            Self::Failed(failed) => Mark::Failed { label: failed.label.clone(), at_ms: failed.at_ms },
        }
    }
}

/// What came back first, then changes, then what runs, then what failed, the newest of it first.
fn rows(state: &State) -> Vec<Row<'_>> {
    let raised = state.raised.iter().rev().map(Row::Raised);
    let changes = state.changes.iter().rev().map(Row::Change);
    let running = state.tasks.running.iter().map(|(id, task)| Row::Running(id, task));
    raised.chain(changes).chain(running).chain(state.tasks.failed.iter().rev().map(Row::Failed)).collect()
}

fn age(since_ms: i64, now_ms: i64) -> String {
    span(now_ms.saturating_sub(since_ms).div_euclid(1_000))
}

fn change_words(change: &ChangeLine) -> (&'static str, Tone) {
    match change.intent.state {
        IntentState::Held => ("held", Tone::Info),
        IntentState::Sending => ("being sent", Tone::Warn),
        IntentState::Settled => ("done", Tone::Good),
        IntentState::Refused => ("refused", Tone::Bad),
        IntentState::Withdrawn => ("taken back", Tone::Dim),
        IntentState::Unknown => ("not known how it ended", Tone::Bad),
        IntentState::WaitingAtStripe => ("waits at Stripe", Tone::Info),
    }
}

/// What it is, then what there is to know of it.
fn lines(row: Row<'_>, state: &State) -> Vec<Line> {
    let now_ms = state.now_ms;
    let mut lines = match row {
        Row::Raised(raised) => {
            let proposal = &raised.intent.proposal;
            let made = raised.intent.created.short(state.zone(), state.now());
            vec![
                Line::toned("came back: ", Tone::Bad).then(words::sentence(state, proposal), Tone::Strong),
                Line::plain(clean(&raised.what)),
                Line::toned(format!("made {} · {}", made.trim(), clean(&raised.refund)), Tone::Dim),
                Line::toned(key(Do::Acknowledge), Tone::Key).then(" acknowledges it", Tone::Dim),
            ]
        }
        Row::Change(change) => {
            let (told, tone) = change_words(change);
            let what = words::sentence(state, &change.intent.proposal);
            vec![
                Line::toned(format!("{told}: "), tone).then(what, Tone::Strong),
                Line::toned(change.note.as_deref().map(clean).unwrap_or_default(), Tone::Dim),
            ]
        }
        Row::Running(_, task) => {
            let ahead = if task.prefetch { " · ahead of need" } else { "" };
            let note = task.note.as_ref().map_or_else(String::new, |note| format!(" · {}", clean(note)));
            let age = format!("  {}{ahead}{note}", age(task.since_ms, now_ms));
            vec![Line::plain(format!("⠿ {}", clean(&task.label))).then(age, Tone::Dim)]
        }
        Row::Failed(failed) => {
            let trouble = &failed.trouble;
            let request =
                trouble.request_id.as_ref().map_or_else(String::new, |id| format!("{} · ", clean(id)));
            let again = Line::toned(request, Tone::Dim);
            let again = if failed.again.is_some() {
                again.then(key(Do::Again), Tone::Key).then(" tries again", Tone::Dim)
            } else {
                again.then("nothing to try again from here", Tone::Dim)
            };
            vec![
                Line::toned(format!("✖ {}", clean(&failed.label)), Tone::Bad)
                    .then(format!("  {} ago", age(failed.at_ms, now_ms)), Tone::Dim),
                Line::plain(clean(&trouble.what)),
                Line::toned(clean(&trouble.todo), Tone::Dim),
                again,
            ]
        }
    };
    lines.retain(|line| line.width() > 0);
    lines
}

impl Tasks {
    pub fn new(state: &State) -> Self {
        let mut tasks = Self { selected: None, list: List::default() };
        tasks.select(0, state);
        tasks
    }

    fn select(&mut self, at: usize, state: &State) {
        let rows = rows(state);
        self.list.at = at.min(rows.len().saturating_sub(1));
        self.selected = rows.get(self.list.at).map(|row| row.mark());
    }

    /// Where the selected row is now; none where it is gone.
    fn place(&self, state: &State) -> Option<usize> {
        let selected = self.selected.as_ref()?;
        rows(state).iter().position(|row| row.mark() == *selected)
    }

    fn row<'a>(&self, state: &'a State) -> Option<Row<'a>> {
        rows(state).get(self.place(state)?).copied()
    }

    /// Asks a failed question again, or looks up what became of an unknown change.
    fn again(&self, state: &mut State, commands: &mut Commands) {
        let again = match self.row(state) {
            Some(Row::Failed(failed)) => failed.again.clone(),
            Some(Row::Change(_)) => Some(Again::Recover),
            _ => None,
        };
        let Some(again) = again else { return };
        state.tasks.failed.retain(|failed| failed.again.as_ref() != Some(&again));
        match again {
            Again::Ask(question) => {
                state.ask(question, false, commands);
            }
            Again::Recover => flow::recover(state, commands),
            Again::LookAfter => afterwards::look_after(state, Vec::new(), commands),
        }
    }
}

/// Whether a person can say how a change ended: only of what is not known, or waits at Stripe.
fn decides(change: &ChangeLine, state: &State) -> Now {
    if !matches!(change.intent.state, IntentState::Unknown | IntentState::WaitingAtStripe) {
        return Now::Off;
    }
    let busy = change.task.is_some_and(|task| state.tasks.running.contains_key(&task));
    match &state.session.read_only {
        Some(why) => Now::Dim(format!("nothing is recorded while it is read-only: {why}")),
        None if busy => Now::Dim("it is being looked up or recorded".into()),
        None => Now::On,
    }
}

impl Overlay for Tasks {
    type Do = Do;

    const NAME: &'static str = "Tasks";

    fn sheet(&self, state: &State) -> Sheet {
        let (rows, selected) = (rows(state), self.place(state));
        let mut items = Vec::new();
        let mut section = "";
        for (at, row) in rows.iter().enumerate() {
            let name = match row {
                Row::Raised(_) => "came back",
                Row::Change(_) => "changes",
                Row::Running(..) => "running",
                Row::Failed(_) => "failed",
            };
            if name != section {
                section = name;
                items.push(Item::Divider(name.into()));
            }
            items.push(Item::Entry { lines: lines(*row, state), selected: Some(at) == selected });
        }
        if items.is_empty() {
            items.push(Item::Text(Line::toned("nothing runs, nothing failed", Tone::Dim)));
        }
        if state.tasks.dropped > 0 {
            let words = format!("{} replies came for nothing that was asked", state.tasks.dropped);
            items.push(Item::Text(Line::toned(words, Tone::Dim)));
        }
        Sheet {
            title: Line::toned("Tasks", Tone::Accent),
            tone: Tone::Accent,
            items,
            width: 100,
            scroll: self.list.scrolled(),
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [keys @ .., back] = TABLE;
        keys.into_iter().chain(list::table(Do::Go)).chain([back]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        let row = self.row(state);
        match (does, row) {
            (Do::Go(_), _) => list::selects(rows(state).len()),
            (Do::TakeBack, _) => Now::on(flow::can_take_back(state)),
            (Do::Back, _) | (Do::Acknowledge, Some(Row::Raised(_))) => Now::On,
            (Do::Happened(_), Some(Row::Change(change))) => decides(change, state),
            (Do::Again, Some(Row::Change(change))) if change.intent.state == IntentState::Unknown => {
                Now::Says("look it up".into())
            }
            (Do::Again, Some(Row::Failed(failed))) if failed.again.is_some() => Now::On,
            (Do::Again, Some(Row::Failed(_))) => {
                Now::Dim("this cannot be tried again from here: start it anew".into())
            }
            (Do::GiveUp, Some(Row::Running(_, task))) if task.question.is_some() => Now::On,
            (Do::GiveUp, Some(Row::Running(..))) => Now::Dim("only a read can be given up".into()),
            (Do::Acknowledge | Do::Happened(_) | Do::Again | Do::GiveUp, _) => Now::Off,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        self.list.at = self.place(state).unwrap_or(self.list.at);
        match (does, self.row(state)) {
            (Do::Back, _) => return After::Close,
            (Do::Happened(happened), Some(Row::Change(change))) => {
                let close = Close::new(change.intent.id.clone(), happened);
                return After::Push(Box::new(Modal::Close(close)));
            }
            (Do::Acknowledge, Some(Row::Raised(raised))) => {
                let refund = raised.refund.clone();
                afterwards::acknowledge(state, &refund, commands);
            }
            (Do::GiveUp, Some(Row::Running(task, _))) => {
                let task = *task;
                state.forget(task, commands);
            }
            (Do::Again, _) => self.again(state, commands),
            (Do::TakeBack, _) => flow::take_back(state, commands),
            (Do::Go(to), _) => {
                self.list.select(to, rows(state).len(), self.view(state));
                self.select(self.list.at, state);
            }
            (Do::Happened(_) | Do::Acknowledge | Do::GiveUp, _) => {}
        }
        self.list.within(rows(state).len());
        self.list.top = self.view(state).first;
        After::Stay
    }

    fn confirms(&self, does: Do) -> bool {
        matches!(does, Do::Acknowledge)
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }
}

#[cfg(test)]
#[path = "tasks_tests.rs"]
mod tests;
