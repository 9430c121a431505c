//! The search box: from what is known at once, then from Stripe; a stale answer never replaces a newer one.

use super::{
    found::{found, has_address, has_typed, most, tell_twins_apart},
    keys, load,
};
use crate::{
    desk::{
        binding::Now,
        finder, form,
        key::Key,
        keymap::{self, InBox},
        message::{Command, Commands, TaskId, Trouble},
        modals::{Modal, explain::Explain, letter::Letter},
        panes::{self, PaneId},
        question::Question,
        state::{Found, Resting, State},
    },
    model::{Customer, CustomerId, Page},
};

/// Stripe is asked when nothing was typed for this long.
const PAUSE_MS: i64 = 150;
/// A customer is read ahead when the selection rested on them for this long.
const REST_MS: i64 = 80;
/// After so long without a call, connections may be gone: they are opened while the agent still types.
const IDLE_MS: i64 = 30_000;
/// Typed at most.
const TEXT_MOST: usize = 400;

/// A key while the box has the focus. `false`: it is none of the box's.
pub(super) fn press(state: &mut State, key: Key, commands: &mut Commands) -> bool {
    let bound = keymap::in_box(state).find(|(row, now)| *now == Now::On && row.has(key));
    let Some((row, _)) = bound else { return edit(state, key, commands) };
    match row.does {
        _ if key.repeat && !row.held => {}
        InBox::Open => open_selected(state, commands),
        InBox::Down => keys::step(state, 1, commands),
        InBox::Up => keys::step(state, -1, commands),
        InBox::Clear => set(state, "", commands),
        InBox::Leave => leave(state),
        InBox::Out => {
            leave(state);
            return false;
        }
    }
    true
}

/// Into the box. What an earlier search left there is selected as a whole, so that it need not be emptied first.
pub(super) fn enter(state: &mut State) {
    state.focus = PaneId::Customers;
    state.search.typing = true;
    state.search.whole = !state.search.input.value().is_empty();
}

pub(super) fn leave(state: &mut State) {
    state.search.typing = false;
    state.search.whole = false;
}

fn edit(state: &mut State, key: Key, commands: &mut Commands) -> bool {
    let slash = key.typed() == Some('/') && (state.search.whole || state.search.input.value().is_empty());
    // Who presses the key for the box once more does not look for a slash.
    if slash {
        return true;
    }
    if std::mem::take(&mut state.search.whole) && takes_the_place(key) {
        set(state, "", commands);
        if key.typed().is_none() {
            return true;
        }
    }
    if form::edit(&mut state.search.input, TEXT_MOST, key) {
        changed(state, commands);
    }
    key.typed().is_some() || form::TEXT.iter().any(|row| row.has(key))
}

/// Letters and what deletes; the other keys of a text move in it.
fn takes_the_place(key: Key) -> bool {
    let deletes = |does| {
        use tui_input::InputRequest::{DeleteNextChar, DeletePrevChar, DeletePrevWord};
        matches!(does, DeletePrevChar | DeleteNextChar | DeletePrevWord)
    };
    key.typed().is_some() || form::TEXT.iter().any(|row| deletes(row.does) && row.has(key))
}

/// What was pasted goes into the box, on one line; of a whole letter, what it names.
pub(super) fn paste(state: &mut State, text: &str, commands: &mut Commands) {
    state.focus = PaneId::Customers;
    state.search.typing = true;
    let zone = state.zone().clone();
    let letter = finder::letter::read(text, &finder::When { now: state.now(), zone: &zone });
    match letter.as_ref().map(|letter| (letter.clues.as_slice(), &letter.says)) {
        None => {
            let words = text.split_whitespace().take(TEXT_MOST).collect::<Vec<_>>();
            let line: String = words.join(" ").chars().take(TEXT_MOST).collect();
            set(state, &line, commands);
        }
        Some(([only], None)) => set(state, &only.text, commands),
        Some(_) => {
            let modal = letter.map(|letter| Letter::open(letter, state, commands));
            state.modals.extend(modal.map(Modal::Letter));
        }
    }
}

/// Searches for another text than what stands in the box.
pub(in crate::desk) fn look_for(state: &mut State, text: &str, commands: &mut Commands) {
    set(state, text, commands);
}

/// Opens whoever is found for what stands in the box, and explains what they say they were charged.
pub(in crate::desk) fn open_found(state: &mut State, says: Option<String>, commands: &mut Commands) {
    state.search.says = says;
    open_selected(state, commands);
}

pub(super) fn set(state: &mut State, text: &str, commands: &mut Commands) {
    state.search.input = tui_input::Input::new(text.to_owned());
    changed(state, commands);
}

fn changed(state: &mut State, commands: &mut Commands) {
    for task in std::mem::take(&mut state.search.asking) {
        // What a folder waits for too goes on for it alone.
        if !state.is_for_a_folder(task) {
            state.forget(task, commands);
        }
    }
    if state.now_ms.saturating_sub(state.api.called_ms) > IDLE_MS {
        state.api.called_ms = state.now_ms;
        commands.push(Command::Warm);
    }
    let search = &mut state.search;
    search.remote.clear();
    search.trouble = None;
    search.enter_pending = false;
    search.wanted = None;
    search.asked_for.clear();
    search.warned = false;
    search.says = None;
    search.whole = false;
    search.further.clear();
    search.pages_here = 0;
    let text = finder::meant(search.input.value());
    if let Some(question) = finder::at_once(&text) {
        state.search.asked_for = text;
        let task = state.ask(question, false, commands);
        state.search.asking.push(task);
    }
    let due = state.now_ms.saturating_add(PAUSE_MS);
    state.search.due_ms = Some(due);
    commands.push(Command::Wake { at_ms: due });
    state.pane_mut(PaneId::Customers).selected = 0;
    list(state);
    if state.search.input.value().is_empty() {
        select_open(state);
    }
}

/// What is typed, as it is meant.
pub(super) fn typed(state: &State) -> String {
    finder::meant(state.search.input.value())
}

/// The selection stands on whoever is open: nobody acts on a stranger beside them.
fn select_open(state: &mut State) {
    let open = state.open.as_ref();
    let at = state.search.found.iter().position(|found| Some(&found.customer) == open);
    if let Some(at) = at.and_then(|at| panes::position(state, PaneId::Customers, at)) {
        state.pane_mut(PaneId::Customers).selected = at;
    }
}

/// The rows: what is known here, best first, then what only Stripe found.
pub(super) fn list(state: &mut State) {
    state.rows_changed();
    let text = typed(state);
    if text.is_empty() {
        let (newest, most) = (&state.search.newest, most(state));
        let open = state.open.iter().filter(|open| !newest.contains(open));
        state.search.found = open.chain(newest.iter().take(most)).cloned().map(Found::plain).collect();
        state.search.more_here = newest.len() > most;
    } else {
        (state.search.found, state.search.more_here) = found(state, &text);
    }
    tell_twins_apart(state);
    if !state.search.typing {
        select_open(state);
    }
}

/// Timers: ask Stripe after a pause, read ahead after a rest.
pub(super) fn wake(state: &mut State, commands: &mut Commands) {
    if state.search.due_ms.is_some_and(|due| due <= state.now_ms) {
        state.search.due_ms = None;
        ask(state, commands);
    }
    if let Some(resting) = state.search.resting.take_if(|resting| resting.due_ms <= state.now_ms) {
        load::prefetch(state, &resting.customer, commands);
    }
}

fn ask(state: &mut State, commands: &mut Commands) {
    let text = typed(state);
    let before = finder::at_once(&text).filter(|_| state.search.asked_for == text);
    let when = finder::When { now: state.now(), zone: &state.zone().clone() };
    let questions = finder::questions(&text, &when).into_iter();
    for question in questions.filter(|question| Some(question) != before.as_ref()) {
        let task = state.ask(question, false, commands);
        state.search.asking.push(task);
    }
    state.search.asked_for = text;
}

/// The answer belongs to the text in the box, and is no longer waited for.
pub(super) fn expected(state: &mut State, task: TaskId) -> bool {
    let search = &mut state.search;
    let known = search.asking.contains(&task);
    search.asking.retain(|asking| *asking != task);
    known
}

pub(super) fn remember(state: &mut State, page: Page<Customer>) -> Vec<CustomerId> {
    page.rows
        .into_iter()
        .map(|customer| {
            let id = customer.id.clone();
            state.data.known.insert(id.clone(), customer);
            id
        })
        .collect()
}

pub(super) fn customers(state: &mut State, task: TaskId, page: Page<Customer>, commands: &mut Commands) {
    let found = remember(state, page);
    if expected(state, task) {
        state.search.remote.extend(found.into_iter().map(Found::plain));
    }
    answered(state, commands);
}

pub(super) fn customer(state: &mut State, task: TaskId, id: &CustomerId, commands: &mut Commands) {
    if expected(state, task) {
        state.search.remote.push(Found { because: Some(id.to_string()), ..Found::plain(id.clone()) });
        answered(state, commands);
    }
}

pub(super) fn failed(state: &mut State, task: TaskId, trouble: &Trouble) {
    if expected(state, task) && !trouble.missing {
        state.search.trouble = Some(trouble.clone());
    }
    list(state);
}

pub(super) fn answered(state: &mut State, commands: &mut Commands) {
    list(state);
    if state.search.enter_pending && !state.search.found.is_empty() {
        open_selected(state, commands);
    } else if let Some(customer) = the_named(state).filter(|id| state.open.as_ref() != Some(id)) {
        load::prefetch(state, &customer, commands);
    } else {
        rest_on(state, commands);
    }
}

/// The only one who has the whole address in the box: they are read without waiting for the selection to rest.
fn the_named(state: &State) -> Option<CustomerId> {
    finder::at_once(&typed(state))?;
    match state.search.remote.as_slice() {
        [only] if state.search.found.first().is_some_and(|first| first.customer == only.customer) => {
            Some(only.customer.clone())
        }
        _ => None,
    }
}

/// Enter while nobody moved the selection opens who was typed, not who merely looks alike, and not one of two whom the same
/// address names. Says so where that keeps Enter from opening.
fn waits_for_the_typed(state: &mut State, selected: Option<&Found>, commands: &mut Commands) -> bool {
    let text = typed(state);
    let moved = state.pane(PaneId::Customers).selected > 0;
    if text.is_empty() || moved || state.search.warned {
        return false;
    }
    let whole = finder::is_whole_email(&text);
    let fits = |found: &Found| {
        if whole { has_address(state, found, &text) } else { has_typed(state, found, &text) }
    };
    let fit = selected.is_some_and(fits);
    let same = state.search.found.iter().filter(|found| whole && has_address(state, found, &text)).count();
    // Somebody else may have the same address: its list is exact and on its way.
    let by_address = |task: &TaskId| {
        let task = state.tasks.running.get(task);
        matches!(task.and_then(|task| task.question.as_ref()), Some(Question::CustomersByEmail(_)))
    };
    if fit && same < 2 && !state.search.asking.iter().any(by_address) {
        return false;
    }
    if state.search.due_ms.take().is_some() {
        ask(state, commands);
    }
    let waits = !state.search.asking.is_empty() && same < 2;
    state.search.enter_pending = waits;
    if waits {
        say_what_is_waited_for(state);
        // Who is there already is read meanwhile: most of the time it is they.
        if let Some(found) = selected.filter(|_| fit) {
            load::prefetch(state, &found.customer.clone(), commands);
        }
        return true;
    }
    let says = match (state.search.found.len(), same) {
        (0, _) => return true,
        (_, 2..) => format!("{same} customers have this address · ↑↓ chooses, Enter opens"),
        _ if whole => "nobody has exactly this address · Enter opens who looks alike".to_owned(),
        _ => format!(
            "nobody has “{}” in name or e-mail · Enter opens who looks alike",
            crate::text::cut(&crate::text::clean(&text), 30)
        ),
    };
    state.search.warned = true;
    state.say(says, false);
    true
}

/// Enter: opens what is selected; with nothing found yet, as soon as there is something.
pub(super) fn open_selected(state: &mut State, commands: &mut Commands) {
    let selected =
        panes::selected(state, PaneId::Customers).and_then(|at| state.search.found.get(at)).cloned();
    if waits_for_the_typed(state, selected.as_ref(), commands) {
        return;
    }
    let Some(found) = selected else {
        if state.search.due_ms.take().is_some() {
            ask(state, commands);
        }
        state.search.enter_pending = !state.search.asking.is_empty();
        say_what_is_waited_for(state);
        return;
    };
    state.search.wanted.clone_from(&found.row);
    go_to(state, &found.customer, commands);
    // It may have been read ahead: no answer will come to select it.
    super::answers::select_wanted(state, commands);
    if let Some(says) = state.search.says.take() {
        let modal = Explain::said(state, found.customer, &says, commands);
        state.modals.extend(modal.map(Modal::Explain));
    }
}

fn go_to(state: &mut State, customer: &CustomerId, commands: &mut Commands) {
    leave(state);
    state.search.enter_pending = false;
    state.search.resting = None;
    state.focus = PaneId::Charges;
    load::open(state, customer, commands);
}

/// Opens a customer who was found elsewhere than in the box.
pub(in crate::desk) fn visit(state: &mut State, customer: &CustomerId, commands: &mut Commands) {
    state.search.wanted = None;
    go_to(state, customer, commands);
    list(state);
}

/// Enter came before the answers: the bottom line says which, and what it does then.
fn say_what_is_waited_for(state: &mut State) {
    if state.search.enter_pending {
        state.notice = None;
    }
    for task in &state.search.asking {
        if let Some(task) = state.tasks.running.get_mut(task).filter(|_| state.search.enter_pending) {
            task.note = Some("Enter opens who is found".into());
        }
    }
}

/// The selection stands on a customer: read ahead if it rests there.
pub(super) fn rest_on(state: &mut State, commands: &mut Commands) {
    let selected = panes::selected(state, PaneId::Customers).and_then(|at| state.search.found.get(at));
    let selected = selected.map(|found| found.customer.clone());
    load::leave(state, selected.as_ref(), commands);
    let Some(customer) = selected else { return };
    if state.open.as_ref() == Some(&customer) {
        return;
    }
    let due_ms = state.now_ms.saturating_add(REST_MS);
    state.search.resting = Some(Resting { customer, due_ms });
    commands.push(Command::Wake { at_ms: due_ms });
}
