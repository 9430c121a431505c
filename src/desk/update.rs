//! What a message does to the state, and what it wants done.

use super::{
    message::{Commands, Message},
    state::State,
};

/// Pure: the same messages give the same state and the same commands. `at_ms` is when it happened.
pub fn update(state: &mut State, at_ms: i64, message: Message) -> Commands {
    state.now_ms = at_ms;
    let _ignored = message;
    Commands::default()
}
