//! The way of a change over the desk: begin → decide → hold → send → how it ended. The write lane as the agent sees it; the
//! gate does the same on disk.

use super::{
    changed,
    draft::Draft,
    lanes::Does,
    linked,
    message::{Command, Commands, TaskId, Trouble},
    modals::{Modal, cancel::Cancel, confirm::Confirm, quit::Quit, refund::Refund},
    panes,
    state::{Again, ChangeLine, Returned, State},
    update, usable, waiting,
    words::{self, Said},
};
use crate::{
    actions::{Action, Effect, Gate, Proposal, Subject, find},
    gate::Stopped,
    ledger::{Ending, Intent, IntentState},
    model::{AnyId, Kind},
    text,
};

/// The form for the selected row's object, or a notice that says why there is none. Asks for fresh facts.
pub fn begin(state: &mut State, action: &'static Action, commands: &mut Commands) -> Option<Modal> {
    let pane = state.focus.pane();
    let selected = panes::selected(state, pane.id);
    let found = selected.and_then(|at| Some(((pane.target)(state, at)?, (pane.subject)(state, at)?)));
    let Some((target, subject)) = found else {
        state.answer_key(nothing_selected(pane.kind, selected.is_some()));
        return None;
    };
    begin_on(state, action, (target, subject), commands)
}

/// Some rows stand for nothing that an action can be done to: the preview of an invoice is none yet.
fn nothing_selected(kind: Kind, row: bool) -> String {
    let noun = text::a(kind.noun());
    if row { format!("this row is not {noun} yet") } else { format!("select {noun} first") }
}

/// The form for an object that was read, wherever it was found.
pub fn begin_on(
    state: &mut State,
    action: &'static Action,
    (target, subject): (AnyId, Subject),
    commands: &mut Commands,
) -> Option<Modal> {
    // The way back of what is still held is not to send it.
    if let Some(at) = held_and_undone_by(state, action, &target) {
        take_back_at(state, at, commands);
        return None;
    }
    if let Some(why) = usable::in_the_way(state, action, &target, &subject) {
        state.answer_key(why);
        return None;
    }
    // What was said before is not about this.
    state.notice = None;
    let draft = Draft::new(action, target, subject, state, commands);
    Some(form(action, draft, state, commands))
}

pub(super) fn form(action: &Action, draft: Draft, state: &mut State, commands: &mut Commands) -> Modal {
    match action.gate {
        Gate::Refund if action.effect == Effect::Money => Modal::Refund(Refund::new(draft, state)),
        Gate::Cancel if action.effect == Effect::Destructive => {
            Modal::Cancel(Cancel::new(draft, state, commands))
        }
        _ => Modal::Confirm(Confirm::new(draft, state)),
    }
}

/// Opens the form of the oldest change that came back, as it was filled in, with what moved.
pub fn reopen(state: &mut State, commands: &mut Commands) {
    if state.returned.is_empty() {
        state.say("no change waits to be looked at again", false);
        return;
    }
    if let Some(why) = &state.session.read_only {
        let words = format!("the form waits until changes are possible again: read-only: {why}");
        state.say(words, false);
        return;
    }
    let Returned { proposal, moved } = state.returned.remove(0);
    let Some(action) = find(&proposal.action) else {
        state.say(format!("there is no action {} any more: {}", proposal.action, proposal.sentence), false);
        return;
    };
    let target = proposal.target.clone();
    let known = linked::known_raw(state, &target);
    let subject = known.and_then(|raw| linked::subject(&target, &raw));
    let subject = subject.unwrap_or_else(|| Subject::unread(&target));
    let draft = Draft::new(action, target, subject, state, commands).again(&proposal, &moved, state);
    let modal = form(action, draft, state, commands);
    state.modals.push(modal);
}

/// The form comes back by itself where nobody is typing or deciding something else; there it waits for its key.
fn return_form(state: &mut State, proposal: Proposal, moved: Vec<String>, commands: &mut Commands) {
    state.returned.push(Returned { proposal, moved });
    if state.modals.is_empty() && !state.search.typing {
        reopen(state, commands);
    }
}

/// An intent is on disk and held, or was stopped. Its form, if it is still open, has heard of it already.
pub fn prepared(state: &mut State, result: Result<Box<Intent>, Box<Stopped>>, commands: &mut Commands) {
    match result {
        Ok(intent) if state.changes.iter().any(|change| change.intent.id == intent.id) => {}
        Ok(intent) => {
            state.notice = None;
            state.changes.push(ChangeLine { intent: *intent, task: None, note: None });
            // What is held counts against the day already.
            update::spent(state, commands);
        }
        Err(stopped) => state.say(format!("nothing was sent: {stopped}"), false),
    }
    if !state.waiting.is_empty() {
        // One of them may be decided now, here or elsewhere.
        waiting::read(state, commands);
    }
    if state.terminated {
        take_back_all(state, commands);
    }
    wake(state, commands);
}

/// Sends, once, what was held long enough, and asks to be woken while anything is held.
pub fn wake(state: &mut State, commands: &mut Commands) {
    let now = state.now_ms;
    let due: Vec<usize> = state
        .changes
        .iter()
        .enumerate()
        .filter(|(_, change)| is_held(change) && change.intent.hold_until_ms <= now)
        .map(|(at, _)| at)
        .collect();
    for at in due {
        let Some(change) = state.changes.get(at) else { continue };
        let (label, intent) = (change.intent.proposal.sentence.clone(), change.intent.id.clone());
        let task = state.start(label);
        if let Some(change) = state.changes.get_mut(at) {
            change.intent.state = IntentState::Sending;
            change.task = Some(task);
            change.note = None;
        }
        commands.push(Command::Send { task, intent });
    }
    let next = state.changes.iter().filter(|change| is_held(change)).map(|change| {
        // The countdown shows whole seconds: wake when the next one is over.
        let left = change.intent.hold_until_ms.saturating_sub(now);
        let part = left.rem_euclid(1_000);
        now.saturating_add(if part == 0 { 1_000 } else { part })
    });
    if let Some(at_ms) = next.min() {
        commands.push(Command::Wake { at_ms });
    }
}

/// Held, and nobody is taking it back.
fn is_held(change: &ChangeLine) -> bool {
    change.intent.state == IntentState::Held && change.task.is_none()
}

/// The newest change that is still held. A withdrawal that ended without success may be asked for again.
fn newest_held(state: &State) -> Option<usize> {
    state.changes.iter().rposition(|change| is_free(state, change))
}

pub fn can_take_back(state: &State) -> bool {
    newest_held(state).is_some()
}

/// Takes back the newest change that is still held.
pub fn take_back(state: &mut State, commands: &mut Commands) {
    if let Some(at) = newest_held(state) {
        return take_back_at(state, at, commands);
    }
    let none = if state.changes.is_empty() {
        "nothing is held, and nothing was sent yet"
    } else {
        "nothing is held that is not being taken back already"
    };
    state.say(words::too_late(state).unwrap_or_else(|| none.into()), false);
}

fn take_back_at(state: &mut State, at: usize, commands: &mut Commands) {
    let task = state.start("taking it back");
    if let Some(change) = state.changes.get_mut(at) {
        change.task = Some(task);
        change.note = Some("taking it back".into());
        commands.push(Command::Withdraw { task, intent: change.intent.id.clone() });
    }
}

/// A change of the object that is held, and that this action would undo.
fn held_and_undone_by(state: &State, action: &Action, target: &AnyId) -> Option<usize> {
    let undone = |change: &ChangeLine| {
        let proposal = &change.intent.proposal;
        proposal.target == *target
            && find(&proposal.action).and_then(|held| held.undo) == Some(action.name)
            && is_free(state, change)
    };
    state.changes.iter().rposition(undone)
}

/// It is held, and nothing is done about it yet.
fn is_free(state: &State, change: &ChangeLine) -> bool {
    let running = change.task.is_some_and(|task| state.tasks.running.contains_key(&task));
    change.intent.state == IntentState::Held && !running
}

/// How a change ended, or that it cannot be told yet. What it touched is read again.
pub fn ended(state: &mut State, task: TaskId, ending: Ending, commands: &mut Commands) {
    let Ending { intent, result, moved } = ending;
    let before = state.changes.iter().find(|change| change.intent.id == intent.id);
    let before = before.filter(|change| change.task == Some(task)).map(|change| change.intent.state);
    if before.is_some() {
        state.tasks.running.remove(&task);
    }
    if intent.state == IntentState::Refused {
        usable::note_lack(state, intent.message.as_deref().unwrap_or_default());
    }
    let moved_by_it = changed::note(state, &intent, result.as_ref());
    changed::hand_over(state, &intent, result.as_ref(), commands);
    let Said { mut text, id, good } = words::ending(state, &intent, result);
    if good && intent.state == IntentState::Settled {
        // Where the words tell it already, nothing is said twice.
        let plain = text.starts_with(words::DONE);
        text = changed::told(state, &text, moved_by_it.first().filter(|_| plain));
    }
    state.say_of(text.clone(), id, good);
    // Refused by Stripe, or stopped before it was sent: kept among what failed, since a notice goes.
    let stopped = matches!(intent.state, IntentState::Refused | IntentState::Withdrawn);
    // What the agent took back they know of; not what was taken back because the system ended it.
    if stopped && state.quitting && (!good || state.terminated) {
        state.last_words.push(format!("{}: {text}", intent.proposal.sentence));
    }
    if stopped && !good {
        let trouble = Trouble {
            what: text.clone(),
            todo: "nothing was changed".into(),
            request_id: intent.request_id.clone(),
            retry: false,
            missing: false,
        };
        state.failed(&intent.proposal.sentence, trouble, None);
    }
    // What was sent and cannot be told is read at once; what reading left unknown is not asked in a circle.
    if intent.state == IntentState::Unknown && before == Some(IntentState::Sending) {
        recover(state, commands);
    }
    // Refunds and disputes do not name their customer.
    let customer = intent.proposal.customer.clone().or_else(|| state.data.owner(&intent.proposal.target));
    match &customer {
        Some(customer) if intent.state != IntentState::Withdrawn => {
            let kinds = find(&intent.proposal.action).map_or(&[][..], |action| action.refreshes);
            update::refresh(state, (customer, &intent.proposal.target), kinds, commands);
        }
        _ => update::spent(state, commands),
    }
    let proposal = (!moved.is_empty() && !state.quitting).then(|| intent.proposal.clone());
    let done = intent.clone();
    keep_line(state, ChangeLine { intent, task: Some(task), note: Some(text) });
    // What reading found out later opens nothing.
    if good && before == Some(IntentState::Sending) {
        changed::show(state, &done, commands);
    }
    if let Some(proposal) = proposal {
        return_form(state, proposal, moved, commands);
    }
}

/// The line of a change that is not over takes the place of the one before; of one that is, it goes.
fn keep_line(state: &mut State, line: ChangeLine) {
    let at = state.changes.iter().position(|change| change.intent.id == line.intent.id);
    match at {
        Some(at) if line.intent.state.is_final() => {
            state.changes.remove(at);
        }
        Some(at) => state.changes.splice(at..=at, [line]).for_each(drop),
        None if line.intent.state.is_final() => {}
        None => state.changes.push(line),
    }
}

/// Records what a person found at Stripe about a change that is not known.
pub fn close(state: &mut State, intent: &str, happened: bool, commands: &mut Commands) {
    if !state.changes.iter().any(|change| change.intent.id == intent) {
        state.say("it is known meanwhile how it ended", true);
        return;
    }
    let task = state.start("recording what was found");
    for change in state.changes.iter_mut().filter(|change| change.intent.id == intent) {
        change.task = Some(task);
        change.note = Some("recording what was found".into());
    }
    commands.push(Command::Close { task, intent: intent.to_owned(), happened });
}

/// Looks at Stripe for what became of unknown changes.
pub fn recover(state: &mut State, commands: &mut Commands) {
    let task = state.start_doing(Does::Looking, "looking what became of it", None);
    commands.push(Command::Recover { task });
}

/// Looking is over. Where it could not begin, nothing that is open was settled, and that is kept until it is tried again.
pub fn recovered(state: &mut State, result: Result<(), String>) {
    let Err(why) = result else { return };
    state.say(format!("open changes could not be looked up: {why}"), false);
    let trouble = Trouble {
        what: why,
        todo: "nothing was changed by it".into(),
        request_id: None,
        retry: true,
        missing: false,
    };
    // One line, however often it fails.
    state.tasks.failed.retain(|failed| failed.again != Some(Again::Recover));
    state.failed("open changes could not be looked up", trouble, Some(Again::Recover));
}

/// A task of the write lane died: what it was doing is unknown until it was read.
pub fn crashed(state: &mut State, task: TaskId, commands: &mut Commands) {
    let dead = state.tasks.running.remove(&task);
    for change in state.changes.iter_mut().filter(|change| change.task == Some(task)) {
        change.intent.state = IntentState::Unknown;
        change.note = Some("it broke off: not known yet how it ended".into());
    }
    // Reading that dies is not started over and over: the tasks screen can.
    if dead.is_some_and(|dead| dead.does == Does::Looking) {
        recovered(state, Err("it broke off".into()));
    } else {
        recover(state, commands);
    }
}

/// A change that must not be left alone: held, being decided, or being sent.
pub fn in_flight(state: &State) -> bool {
    let running = |task: TaskId| state.tasks.running.contains_key(&task);
    let moving = |change: &ChangeLine| match change.intent.state {
        IntentState::Held => change.task.is_none_or(running),
        IntentState::Sending => true,
        _ => false,
    };
    state.deciding().next().is_some() || state.changes.iter().any(moving)
}

/// What is to be said once the terminal is given back: changes that did not end well while nobody could see it any more, and
/// those that are left open.
pub fn farewell(state: &State) -> Vec<String> {
    let open = state.changes.iter().filter_map(|change| {
        let how = match change.intent.state {
            IntentState::Sending | IntentState::Unknown => "not known how it ended",
            IntentState::WaitingAtStripe => "waits at Stripe",
            IntentState::Held => "still held, and not sent",
            IntentState::Settled | IntentState::Refused | IntentState::Withdrawn => return None,
        };
        let (what, id) = (&change.intent.proposal.sentence, &change.intent.id);
        Some(format!("{how}: {what} ({id}) · looked up at the next start, or by `paydesk pending --resolve`"))
    });
    state.last_words.iter().cloned().chain(open).collect()
}

/// Leaving asks first when something is held, being sent, or not known.
#[expect(clippy::result_large_err, reason = "asked once a sitting; the caller puts the modal on the stack")]
pub fn may_quit(state: &State) -> Result<(), Modal> {
    let unknown = state.changes.iter().any(|change| change.intent.state == IntentState::Unknown);
    if in_flight(state) || unknown { Err(Modal::Quit(Quit)) } else { Ok(()) }
}

/// Asked to leave by the system: what is still held is taken back, what is being sent is waited for.
pub fn terminate(state: &mut State, commands: &mut Commands) {
    state.quitting = true;
    state.terminated = true;
    // Nobody is there any more to whom another desk could be shown.
    state.switch_to = None;
    take_back_all(state, commands);
}

pub fn take_back_all(state: &mut State, commands: &mut Commands) {
    while state.changes.iter().any(is_held) {
        take_back(state, commands);
    }
}

/// Leaves, where that was asked for and nothing is in flight any more.
pub fn leave_when_quiet(state: &State, commands: &mut Commands) {
    if state.quitting && !in_flight(state) {
        commands.push(Command::Quit);
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
