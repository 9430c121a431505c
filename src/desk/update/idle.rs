//! Messages after which the screen is what it was before, so that nobody has to draw it. Only what surely changes nothing is
//! known here; whatever else happens counts as a change.

use crate::desk::{keymap, message::Message, state::State};

/// The clock in the title shows minutes.
const MINUTE_MS: i64 = 60_000;

/// Moves the picture unless the message changes nothing in it.
pub(super) fn count(state: &mut State, at_ms: i64, message: &Message) {
    if !changes_nothing(state, at_ms, message) {
        state.picture = state.picture.wrapping_add(1);
    }
}

fn changes_nothing(state: &State, at_ms: i64, message: &Message) -> bool {
    let same_minute = at_ms.div_euclid(MINUTE_MS) == state.now_ms.div_euclid(MINUTE_MS);
    // A modal may show how long ago something was, and who waits to leave goes with any message.
    if !same_minute || !state.modals.is_empty() || state.quitting || state.terminated {
        return false;
    }
    let nobody_asked = |task| !state.tasks.running.contains_key(task);
    match message {
        Message::Resize { width, height } => (*width, *height) == (state.width, state.height),
        // Each pause in typing asks to be woken, and only the last one matters.
        Message::Wake => !is_due(state, at_ms),
        Message::Key(key) => {
            !state.search.typing && key.typed().is_none() && keymap::meaning(state, *key).is_none()
        }
        Message::Facts { task, .. }
        | Message::Audit { task, .. }
        | Message::Remembered { task, .. }
        | Message::Inbox { task, .. }
        | Message::Recovered { task, .. }
        | Message::Done { task, .. } => nobody_asked(task),
        Message::Waiting { asked } => *asked == state.waiting,
        Message::Sending { task, note } => {
            let same = |known: &Option<String>| known.as_ref() == Some(note);
            state.changes.iter().all(|change| change.task != Some(*task) || same(&change.note))
        }
        Message::Api { latency_ms, skew_s } => {
            let api = &state.api;
            (api.latency_ms, api.skew_s, api.unreachable) == (*latency_ms, *skew_s, false)
        }
        // Even one that nobody asked for has the rows counted as new.
        Message::Reply { .. }
        | Message::Prepared { .. }
        | Message::Proposed { .. }
        | Message::Ended { .. }
        | Message::Raised { .. }
        | Message::Acknowledged { .. }
        | Message::Paste(_)
        | Message::Mouse(_)
        | Message::PolicyLoaded { .. }
        | Message::Crashed { .. }
        | Message::Terminate => false,
    }
}

/// Something was to happen by now, or counts down.
fn is_due(state: &State, at_ms: i64) -> bool {
    let asked = state.search.due_ms.is_some_and(|due| due <= at_ms);
    let rested = state.search.resting.as_ref().is_some_and(|resting| resting.due_ms <= at_ms);
    let looked = state.live.due_ms.is_some_and(|due| due <= at_ms) || !state.live.moved.is_empty();
    let sought = state.shares.due_ms.is_some_and(|due| due <= at_ms);
    asked || rested || looked || sought || !state.changes.is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::desk::{self, fixture::state, key::Key, message::TaskId};

    /// All that could be drawn: neither the time itself nor the counters.
    fn drawn(state: &State) -> Value {
        let mut value = serde_json::to_value(state).unwrap();
        value["now_ms"] = Value::Null;
        value["tasks"]["dropped"] = Value::Null;
        value["live"]["active_ms"] = Value::Null;
        value
    }

    fn key(name: &str) -> Message {
        Message::Key(Key::parse(name).unwrap())
    }

    #[test]
    fn what_changes_nothing_leaves_the_picture_and_the_state_as_they_were() {
        let fresh = state();
        for message in [
            Message::Wake,
            Message::Resize { width: fresh.width, height: fresh.height },
            Message::Done { task: TaskId(99), result: Ok("copied".into()) },
            Message::Recovered { task: TaskId(99), result: Ok(()) },
            Message::Audit { task: TaskId(99), result: Err("late".into()) },
            Message::Sending { task: TaskId(99), note: "again in 2 s".into() },
            Message::Api { latency_ms: fresh.api.latency_ms, skew_s: fresh.api.skew_s },
            key("<c-x>"),
        ] {
            let mut state = state();
            let before = drawn(&state);
            let at_ms = state.now_ms + 10;
            let commands = desk::update(&mut state, at_ms, message.clone());
            assert_eq!(drawn(&state), before, "{message:?}");
            assert_eq!(commands.0, [], "{message:?}");
        }
    }

    #[test]
    fn what_changes_something_moves_the_picture() {
        for (message, later_ms) in [
            (Message::Wake, 60_000),
            (Message::Resize { width: 1, height: 1 }, 0),
            (Message::Api { latency_ms: 77, skew_s: 0 }, 0),
            (Message::Paste("ada".into()), 0),
            (key("z"), 0),
            (key("%"), 0),
        ] {
            let mut state = state();
            let (before, at_ms) = (state.picture, state.now_ms + later_ms);
            let _commands = desk::update(&mut state, at_ms, message.clone());
            assert_ne!(state.picture, before, "{message:?}");
        }
        let mut due = state();
        let (before, now_ms) = (due.picture, due.now_ms);
        due.search.due_ms = Some(now_ms);
        let _commands = desk::update(&mut due, now_ms, Message::Wake);
        assert_ne!(due.picture, before);
    }
}
