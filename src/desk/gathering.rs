//! An answer on its way: what was read for it, what is being read, round by round.

use serde::{Deserialize, Serialize};

use super::{
    message::{Commands, TaskId, Trouble},
    question::{Answer, Question},
    state::State,
};
use crate::answers::{Bag, Look, ROUNDS_MOST, Why};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Gathering {
    /// Large, and most of the time nobody has one.
    pub bag: Box<Bag>,
    asked: Vec<(TaskId, Look)>,
    rounds: usize,
}

impl Gathering {
    pub fn of(bag: Bag) -> Self {
        Self { bag: Box::new(bag), ..Self::default() }
    }

    /// Something is still being read.
    pub fn is_reading(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Asks for the next round, unless the one before is still on its way.
    pub fn ask(&mut self, looks: Vec<Look>, state: &mut State, commands: &mut Commands) {
        if self.is_reading() || self.rounds >= ROUNDS_MOST || looks.is_empty() {
            return;
        }
        self.rounds = self.rounds.saturating_add(1);
        let ask = |look: Look| (state.ask(Question::Look(look.clone()), false, commands), look);
        self.asked = looks.into_iter().map(ask).collect();
    }

    /// A reply to one of its own tasks; `false` for any other. The answer is asked for anew when the round is whole.
    pub fn take(&mut self, task: TaskId, result: &Result<Answer, Trouble>) -> bool {
        let Some(at) = self.asked.iter().position(|(asked, _)| *asked == task) else { return false };
        let (_, look) = self.asked.remove(at);
        let result = match result {
            Ok(Answer::Found(found)) => Ok((**found).clone()),
            Ok(_) => Err(Why::Failed("something else was answered".into())),
            Err(trouble) if trouble.missing => Err(Why::NoSuch),
            Err(trouble) => Err(Why::Failed(format!("{} · {}", trouble.what, trouble.todo))),
        };
        self.bag.take(&look, result);
        true
    }

    /// Nobody waits for it any more.
    pub fn forget(&mut self, state: &mut State, commands: &mut Commands) {
        for (task, _) in self.asked.drain(..) {
            state.forget(task, commands);
        }
    }
}
