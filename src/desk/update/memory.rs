//! What is remembered from one sitting to the next: whose desk was opened lately, and notes on customers.

use super::hear;
use crate::{
    desk::{
        message::{Command, Commands, Message, TaskId},
        state::State,
    },
    ledger::{LATELY_MOST, Visit},
    model::CustomerId,
};

/// A customer's desk was opened: known here at once, and on disk soon.
pub(super) fn opened(state: &mut State, customer: &CustomerId, commands: &mut Commands) {
    let visit = Visit { customer: customer.clone(), at: state.now() };
    state.lately.retain(|before| before.customer != visit.customer);
    state.lately.insert(0, visit);
    state.lately.truncate(LATELY_MOST);
    remember(state, Some(customer.clone()), true, commands);
}

/// Reads what is remembered, and the notes on somebody: another desk on the same folder may have opened or written something.
pub(in crate::desk) fn recall(
    state: &mut State,
    notes_on: Option<CustomerId>,
    commands: &mut Commands,
) -> TaskId {
    remember(state, notes_on, false, commands)
}

fn remember(state: &mut State, whose: Option<CustomerId>, opened: bool, commands: &mut Commands) -> TaskId {
    let task = state.start("what this desk remembers");
    commands.push(Command::Remember { task, whose, opened });
    task
}

/// Where it cannot be read, this sitting's own is all that is known.
pub(super) fn take(state: &mut State, message: &Message, commands: &mut Commands) {
    let Message::Remembered { task, result } = message else { return };
    if state.finish(*task).is_none() {
        return;
    }
    if let Ok(memory) = result {
        state.lately.clone_from(&memory.lately);
        state.notes.extend(memory.notes.clone());
    }
    hear(state, message, commands);
}
