//! The search box: from what is known at once, then from Stripe; a stale answer never replaces a newer one.

use tui_input::InputRequest;

use super::{keys, load};
use crate::{
    desk::{
        finder, fuzzy,
        key::{Code, Key},
        message::{Command, Commands, TaskId, Trouble},
        panes::{self, PaneId, haystack},
        question::Question,
        state::{Found, Resting, Search, State},
    },
    model::{AnyId, Charge, Customer, CustomerId, Invoice, Kind, Page, Record},
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
    match key.code {
        Code::Enter => open_selected(state, commands),
        Code::Esc if state.search.input.value().is_empty() => state.search.typing = false,
        Code::Esc => set(state, "", commands),
        Code::Up => keys::step(state, -1, commands),
        Code::Down => keys::step(state, 1, commands),
        _ if keys::leaves_box(key) => {
            state.search.typing = false;
            return false;
        }
        _ => return edit(state, key, commands),
    }
    true
}

fn edit(state: &mut State, key: Key, commands: &mut Commands) -> bool {
    let request = match (key.code, key.ctrl) {
        (Code::Char('u'), true) => {
            set(state, "", commands);
            return true;
        }
        (Code::Char('w'), true) => InputRequest::DeletePrevWord,
        (Code::Char('a'), true) | (Code::Home, _) => InputRequest::GoToStart,
        (Code::Char('e'), true) | (Code::End, _) => InputRequest::GoToEnd,
        (Code::Char(_), true) => return false,
        // Who presses the key for the box once more does not look for a slash.
        (Code::Char('/'), false) if state.search.input.value().is_empty() => return true,
        (Code::Char(c), false) if state.search.input.value().chars().count() < TEXT_MOST => {
            InputRequest::InsertChar(c)
        }
        (Code::Backspace, _) => InputRequest::DeletePrevChar,
        (Code::Delete, _) => InputRequest::DeleteNextChar,
        (Code::Left, _) => InputRequest::GoToPrevChar,
        (Code::Right, _) => InputRequest::GoToNextChar,
        _ => return true,
    };
    let before = state.search.input.value().to_owned();
    state.search.input.handle(request);
    if state.search.input.value() != before {
        changed(state, commands);
    }
    true
}

/// What was pasted goes into the box, on one line.
pub(super) fn paste(state: &mut State, text: &str, commands: &mut Commands) {
    state.focus = PaneId::Customers;
    state.search.typing = true;
    let line: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TEXT_MOST).collect();
    set(state, &line, commands);
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
    let text = search.input.value().trim().to_owned();
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
}

/// The rows: what is known here, best first, then what only Stripe found.
fn list(state: &mut State) {
    state.rows_changed();
    let text = state.search.input.value().trim().to_owned();
    if text.is_empty() {
        state.search.found = state.search.newest.iter().cloned().map(Found::plain).collect();
        return;
    }
    let known: Vec<(&CustomerId, String)> =
        state.data.known.iter().map(|(id, customer)| (id, haystack(customer))).collect();
    let mut found: Vec<Found> =
        state.search.remote.iter().filter(|found| found.because.is_some()).cloned().collect();
    let here = fuzzy::find(&text, known.iter().map(|(_, text)| text.as_str()));
    found.extend(here.into_iter().filter_map(|(at, matched)| {
        known.get(at).map(|(id, _)| Found { customer: (*id).clone(), matched, because: None })
    }));
    for remote in &state.search.remote {
        if !found.iter().any(|found| found.customer == remote.customer) {
            found.push(remote.clone());
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|found| seen.insert(found.customer.clone()));
    // Whoever has exactly this address comes first.
    let exact = |found: &Found| {
        let customer = state.data.customer(&found.customer);
        let email = customer.and_then(|customer| customer.email.as_ref());
        email.is_some_and(|email| email.as_str().eq_ignore_ascii_case(&text))
    };
    found.sort_by_key(|found| !exact(found));
    state.search.found = found;
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
    let text = state.search.input.value().trim().to_owned();
    let before = finder::at_once(&text).filter(|_| state.search.asked_for == text);
    for question in finder::questions(&text).into_iter().filter(|question| Some(question) != before.as_ref())
    {
        let task = state.ask(question, false, commands);
        state.search.asking.push(task);
    }
    state.search.asked_for = text;
}

/// The answer belongs to the text in the box, and is no longer waited for.
fn expected(state: &mut State, task: TaskId) -> bool {
    let search = &mut state.search;
    let known = search.asking.contains(&task);
    search.asking.retain(|asking| *asking != task);
    known
}

pub(super) fn newest(state: &mut State, page: Page<Customer>, commands: &mut Commands) {
    state.search.newest = page.rows.iter().map(|customer| customer.id.clone()).collect();
    remember(state, page);
    list(state);
    rest_on(state, commands);
}

fn remember(state: &mut State, page: Page<Customer>) -> Vec<CustomerId> {
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

/// Charges lead to their customers, with the charge as the reason.
pub(super) fn charges(
    state: &mut State,
    (task, query): (TaskId, &str),
    page: &Page<Charge>,
    commands: &mut Commands,
) {
    if expected(state, task) {
        let (text, zone) = (state.search.asked_for.clone(), state.zone().clone());
        for charge in page.rows.iter().filter(|charge| finder::charge_fits(query, &text, charge)) {
            let because = format!("{} · {}", charge.money(), charge.created.short_date(&zone).trim());
            because_of(state, charge.customer_id(), charge, because);
        }
    }
    answered(state, commands);
}

pub(super) fn invoices(state: &mut State, task: TaskId, page: &Page<Invoice>, commands: &mut Commands) {
    if expected(state, task) {
        for invoice in &page.rows {
            let because = format!("invoice {} · {}", invoice.title(), invoice.money());
            because_of(state, invoice.customer_id(), invoice, because);
        }
    }
    answered(state, commands);
}

/// The customer whom `row` names; where they came with it, they are known from now on.
fn because_of<T>(state: &mut State, id: Option<&CustomerId>, row: &Record<T>, because: String) {
    let Some(id) = id else { return };
    if !state.data.known.contains_key(id)
        && let Some(customer) = row.part("customer")
    {
        state.data.known.insert(id.clone(), customer);
    }
    if !state.search.remote.iter().any(|found| &found.customer == id) {
        state.search.remote.push(Found { customer: id.clone(), matched: Vec::new(), because: Some(because) });
    }
}

/// An object found by its id leads to its customer, and the desk opens at once with it selected.
pub(super) fn object(
    state: &mut State,
    task: TaskId,
    id: &AnyId,
    record: &Record<serde_json::Value>,
    commands: &mut Commands,
) {
    if !expected(state, task) {
        return;
    }
    let owner = match record.object().get("customer") {
        Some(serde_json::Value::String(customer)) => CustomerId::parse(customer).ok(),
        Some(object) => object.get("id").and_then(|id| id.as_str()).and_then(|id| CustomerId::parse(id).ok()),
        None => None,
    };
    if let Some(owner) = owner {
        let because = format!("{} {}", id.kind.noun(), crate::text::short_id(&id.id));
        state.search.remote.push(Found {
            customer: owner.clone(),
            matched: Vec::new(),
            because: Some(because),
        });
        state.search.wanted = Some(id.clone());
        if !state.data.known.contains_key(&owner) {
            state.ask(Question::Customer(owner), false, commands);
        }
    } else {
        // A refund or dispute names its charge, and the charge its customer.
        let charge = record.object().get("charge").and_then(|charge| charge.as_str()).and_then(AnyId::parse);
        if let Some(charge) = charge.filter(|charge| charge.kind == Kind::Charge && charge.id != id.id) {
            let task = state.ask(Question::Object(charge), false, commands);
            state.search.asking.push(task);
        } else {
            state.say(format!("{} belongs to no customer", id.id), false);
        }
    }
    answered(state, commands);
}

pub(super) fn failed(state: &mut State, task: TaskId, trouble: &Trouble) {
    if expected(state, task) && !trouble.missing {
        state.search.trouble = Some(trouble.clone());
    }
    list(state);
}

fn answered(state: &mut State, commands: &mut Commands) {
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
    finder::at_once(state.search.input.value().trim())?;
    match state.search.remote.as_slice() {
        [only] if state.search.found.first().is_some_and(|first| first.customer == only.customer) => {
            Some(only.customer.clone())
        }
        _ => None,
    }
}

/// A whole address names one customer: somebody who merely looks alike is not opened in their place. Who moved the selection
/// has chosen.
fn waits_for_the_named(state: &mut State, selected: Option<&Found>, commands: &mut Commands) -> bool {
    let text = state.search.input.value().trim().to_lowercase();
    let chosen = state.pane(PaneId::Customers).selected > 0;
    let email = |id: &CustomerId| state.data.customer(id).and_then(|customer| customer.email.as_ref());
    let named = selected
        .and_then(|found| email(&found.customer))
        .is_some_and(|email| email.as_str().to_lowercase() == text);
    if chosen || named || !finder::is_whole_email(&text) {
        return false;
    }
    if state.search.due_ms.take().is_some() {
        ask(state, commands);
    }
    state.search.enter_pending = !state.search.asking.is_empty();
    if !state.search.enter_pending {
        state.say("nobody has exactly this address · ↓ chooses one who looks alike", false);
    }
    true
}

/// Enter: opens what is selected; with nothing found yet, as soon as there is something.
pub(super) fn open_selected(state: &mut State, commands: &mut Commands) {
    let selected =
        panes::selected(state, PaneId::Customers).and_then(|at| state.search.found.get(at)).cloned();
    if waits_for_the_named(state, selected.as_ref(), commands) {
        return;
    }
    let Some(found) = selected else {
        if state.search.due_ms.take().is_some() {
            ask(state, commands);
        }
        state.search.enter_pending = !state.search.asking.is_empty();
        return;
    };
    let Search { enter_pending, resting, typing, .. } = &mut state.search;
    *enter_pending = false;
    *resting = None;
    *typing = false;
    state.focus = PaneId::Charges;
    load::open(state, &found.customer, commands);
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
