//! What a message does to the state, and what it wants done. Pure: the same messages give the same state and commands.

mod answers;
mod found;
mod further;
mod idle;
mod keys;
mod live;
mod load;
mod memory;
mod merge;
mod mouse;
mod order;
mod search;
mod selection;
mod traced;
#[cfg(test)]
mod tests;

pub(in crate::desk) use live::pause;
pub(in crate::desk) use load::{refresh, spent};
pub(in crate::desk) use memory::recall;
pub(in crate::desk) use order::Made;
pub(in crate::desk) use search::{look_for, open_found, visit};

use super::{
    afterwards, flow,
    keymap::Do,
    layout,
    message::{Command, Commands, Message, Trouble},
    modals::{After, Modal},
    panes::PaneId,
    question::Question,
    state::{State, Top},
    waiting,
};
use crate::model::CustomerId;
use crate::policy::{self, Outcome, Policy};

/// What the desk asks when it opens.
pub fn start(state: &mut State) -> Commands {
    let mut commands = Commands::default();
    state.search.typing = true;
    state.ask(Question::Account, false, &mut commands);
    state.ask(Question::Customers, false, &mut commands);
    let task = state.start("settling what an earlier run left");
    commands.push(Command::Recover { task });
    load::spent(state, &mut commands);
    state.api.called_ms = state.now_ms;
    afterwards::look_after(state, Vec::new(), &mut commands);
    commands
}

/// `at_ms` is when it happened: the only clock in here.
pub fn update(state: &mut State, at_ms: i64, message: Message) -> Commands {
    let mut commands = Commands::default();
    let before = (layout::in_place(state), state.open.clone());
    idle::count(state, at_ms, &message);
    // The gate goes by the same clock: when it is set back, what is held waits as long on screen as it does there.
    state.now_ms = at_ms;
    if matches!(message, Message::Reply { .. } | Message::Prepared { .. } | Message::Ended { .. }) {
        state.rows_changed();
    }
    if matches!(message, Message::Key(_) | Message::Paste(_) | Message::Mouse(_)) {
        live::active(state, &mut commands);
    }
    match message {
        Message::Key(key) => keys::press(state, key, &mut commands),
        Message::Paste(text) => paste(state, &text, &mut commands),
        Message::Mouse(mouse) => mouse::mouse(state, mouse, &mut commands),
        Message::Resize { width, height } => {
            state.width = width;
            state.height = height;
        }
        Message::Wake => {
            search::wake(state, &mut commands);
            live::wake(state, &mut commands);
            merge::wake(state, &mut commands);
            flow::wake(state, &mut commands);
        }
        Message::Prepared { .. } | Message::Proposed { .. } => decided(state, message, &mut commands),
        Message::Ended { task, ending } => {
            let message = Message::Ended { task, ending };
            hear(state, &message, &mut commands);
            if let Message::Ended { task, ending } = message {
                flow::ended(state, task, *ending, &mut commands);
            }
        }
        Message::Sending { task, note } => note_sending(state, task, note),
        Message::Crashed { task } => {
            hear(state, &Message::Crashed { task }, &mut commands);
            flow::crashed(state, task, &mut commands);
        }
        Message::Reply { .. } | Message::Facts { .. } | Message::Audit { .. } => {
            answers::take(state, &message, &mut commands);
        }
        Message::Inbox { .. } | Message::Waiting { .. } => waits(state, &message, &mut commands),
        Message::Remembered { .. } => memory::take(state, &message, &mut commands),
        Message::Recovered { .. }
        | Message::Raised { .. }
        | Message::Acknowledged { .. }
        | Message::Done { .. } => ended(state, message),
        Message::PolicyLoaded { policy } => reloaded(state, *policy),
        Message::Api { latency_ms, skew_s } => {
            state.api.latency_ms = latency_ms;
            state.api.skew_s = skew_s;
            state.api.unreachable = false;
        }
        Message::Terminate => flow::terminate(state, &mut commands),
    }
    in_place(state, &before, &mut commands);
    settle(state, &mut commands);
    leave_hidden(state, &mut commands);
    afterwards(state, &mut commands);
    afterwards::daily(state, &mut commands);
    commands
}

/// What an agent confirmed is held now, waits for a second person, or was stopped. Its form hears of it first.
fn decided(state: &mut State, message: Message, commands: &mut Commands) {
    let (Message::Prepared { task, .. } | Message::Proposed { task, .. }) = &message else { return };
    if state.finish(*task).is_none() {
        return;
    }
    let over = state.modals.len();
    hear(state, &message, commands);
    match message {
        Message::Prepared { result, .. } => {
            // Its form was still open, and nothing can have been pressed elsewhere.
            state.looks_on = result.is_ok() && state.modals.len() < over;
            flow::prepared(state, result, commands);
        }
        Message::Proposed { result, .. } => waiting::proposed(state, result, commands),
        _ => {}
    }
}

/// The policy file was edited: what is otherwise now, for whoever sits here.
fn reloaded(state: &mut State, policy: Policy) {
    let agent = state.session.agent.clone();
    let changed = policy::changed(&state.policy, &policy, &agent);
    let loads_again = state.policy.why_closed().is_some() && policy.why_closed().is_none();
    state.policy = policy;
    if let Some(why) = state.policy.why_closed_for(&agent) {
        state.say(format!("the policy file changed and allows nothing now: {why}"), false);
        return;
    }
    let says = match changed.as_slice() {
        _ if loads_again => "it loads again, and its rules apply from now on".to_owned(),
        [] => "nothing is otherwise for you".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} · and {} more, which , shows", rest.len()),
    };
    state.say(format!("the policy file changed: {says}"), true);
}

/// A task is over that no form waits for.
fn ended(state: &mut State, message: Message) {
    match message {
        Message::Recovered { task, result } if state.finish(task).is_some() => flow::recovered(state, result),
        Message::Raised { task, result } if state.finish(task).is_some() => afterwards::raised(state, result),
        Message::Acknowledged { task, refund, result } if state.finish(task).is_some() => {
            afterwards::acknowledged(state, &refund, result);
        }
        Message::Done { task, result } if state.finish(task).is_some() => {
            let good = result.is_ok();
            state.say_whole(result.unwrap_or_else(|why| why), good);
        }
        _ => {}
    }
}

/// Whichever further pane was focused last stays in the place of the charges, and is read when it comes there.
fn in_place(state: &mut State, (place, open): &(PaneId, Option<CustomerId>), commands: &mut Commands) {
    state.place = layout::in_place(state);
    if (state.place, &state.open) != (*place, open) {
        load::shown(state, commands);
    }
}

/// Every modal sees how it stands now. They are off the stack meanwhile.
fn settle(state: &mut State, commands: &mut Commands) {
    let mut stack = std::mem::take(&mut state.modals);
    for modal in &mut stack {
        modal.settle(state, commands);
    }
    stack.append(&mut state.modals);
    state.modals = stack;
}

/// What the policy hides from the agent is not asked for: why not is the answer.
fn leave_hidden(state: &mut State, commands: &mut Commands) {
    let (hidden, rest) = std::mem::take(&mut commands.0).into_iter().partition(|command| match command {
        Command::Ask { question, .. } => hides(state, question).is_some(),
        _ => false,
    });
    commands.0 = rest;
    let hidden: Vec<Command> = hidden;
    for command in hidden {
        let Command::Ask { task, question, .. } = command else { continue };
        if let Some(trouble) = hides(state, &question) {
            answers::take(state, &Message::Reply { task, result: Err(trouble) }, commands);
        }
    }
}

fn hides(state: &State, question: &Question) -> Option<Trouble> {
    let decision = policy::may_see(&state.policy, &state.session.agent, question.gate());
    (decision.outcome == Outcome::Deny).then(|| Trouble {
        what: decision.denial(),
        todo: "your lead can change the policy; Ctrl-r reads again".into(),
        request_id: None,
        retry: false,
        missing: false,
    })
}

/// What waits for a person, asked for or told by another process.
fn waits(state: &mut State, message: &Message, commands: &mut Commands) {
    match message {
        Message::Inbox { task, result } if state.finish(*task).is_some() => waiting::take(state, result),
        Message::Waiting { asked } => state.waiting.clone_from(asked),
        _ => return,
    }
    hear(state, message, commands);
}

/// What holds after every message.
fn afterwards(state: &mut State, commands: &mut Commands) {
    order::keep(state);
    flow::leave_when_quiet(state, commands);
    if !commands.0.is_empty() {
        // What was asked for shows as under way.
        state.picture = state.picture.wrapping_add(1);
    }
    if commands.0.iter().any(Command::calls) {
        state.api.called_ms = state.now_ms;
    }
}

fn note_sending(state: &mut State, task: super::message::TaskId, note: String) {
    if let Some(change) = state.changes.iter_mut().find(|change| change.task == Some(task)) {
        change.note = Some(note);
    }
}

/// What a key of the desk does, for whoever chose it by its name.
pub(in crate::desk) fn deed(state: &mut State, does: Do, commands: &mut Commands) {
    keys::act(state, does, commands);
}

/// Lets the topmost modal handle something. It is off the stack meanwhile.
fn with_top(
    state: &mut State,
    commands: &mut Commands,
    act: impl FnOnce(&mut Modal, &mut State, &mut Commands) -> After,
) {
    let Some(mut modal) = state.modals.pop() else { return };
    state.top = Top::Off;
    let after = act(&mut modal, state, commands);
    state.top = Top::OnStack;
    match after {
        After::Stay => state.modals.push(modal),
        After::Close => {}
        After::Replace(next) => state.modals.push(*next),
        After::Push(next) => {
            state.modals.push(modal);
            state.modals.push(*next);
        }
    }
}

/// Every modal hears replies, since a task may belong to one that lies below.
fn hear(state: &mut State, message: &Message, commands: &mut Commands) {
    let stack = std::mem::take(&mut state.modals);
    let mut kept = Vec::with_capacity(stack.len());
    for mut modal in stack {
        match modal.hear(message, state, commands) {
            After::Stay => kept.push(modal),
            // What closes by an answer is a form that Enter confirmed.
            After::Close => state.enter.begin(state.now_ms),
            After::Replace(next) => kept.push(*next),
            After::Push(next) => {
                kept.push(modal);
                kept.push(*next);
            }
        }
    }
    // What was opened while hearing lies on top.
    kept.append(&mut state.modals);
    state.modals = kept;
}

fn paste(state: &mut State, text: &str, commands: &mut Commands) {
    state.looks_on = false;
    // It takes no text of its own.
    keys::gives_way(state, |detail, _| detail.is_unasked());
    if state.modals.is_empty() {
        search::paste(state, text, commands);
    } else {
        with_top(state, commands, |modal, state, _| {
            modal.paste(text, state);
            After::Stay
        });
    }
}
