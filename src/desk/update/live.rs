//! Events are asked for while somebody is there, and what they moved is read again once: on screen, and in the forms that are open.

use std::collections::BTreeSet;

use super::load;
use crate::{
    answers::news::{self, News},
    desk::{
        live::{FADES_MS, FRESH_MS, KEPT_MOST, Stands, interval_ms, stands},
        message::{Command, Commands, TaskId, Trouble},
        question::Question,
        state::State,
    },
    model::{AnyId, CustomerId, Event, Kind, Page},
};

/// So many rows of one kind at most are read one by one: of more, their list is.
const ROWS_MOST: usize = 4;

/// Somebody is there.
pub(super) fn active(state: &mut State, commands: &mut Commands) {
    state.live.active_ms = state.now_ms;
    if state.live.due_ms.is_none_or(|due| due <= state.now_ms) {
        ask(state, commands);
    }
}

pub(super) fn wake(state: &mut State, commands: &mut Commands) {
    let now = state.now_ms;
    state.live.moved.retain(|_, at| now.saturating_sub(*at) < FADES_MS);
    if state.live.due_ms.is_some_and(|due| due <= now) {
        ask(state, commands);
    }
}

fn ask(state: &mut State, commands: &mut Commands) {
    state.live.due_ms = None;
    let waits = state.live.asked.is_some_and(|task| state.tasks.running.contains_key(&task));
    if stands(state) != Stands::Polling || waits || state.quitting {
        return;
    }
    let question = Question::News { after: state.live.last.clone() };
    state.live.asked = Some(state.ask(question, true, commands));
}

fn again_in(state: &mut State, wait_ms: i64, commands: &mut Commands) {
    let at_ms = state.now_ms.saturating_add(wait_ms);
    state.live.due_ms = Some(at_ms);
    commands.push(Command::Wake { at_ms });
}

/// Asked for in another way than usual: at once, or not any more.
pub(in crate::desk) fn pause(state: &mut State, commands: &mut Commands) {
    state.live.paused = !state.live.paused;
    ask(state, commands);
}

pub(super) fn failed(state: &mut State, trouble: &Trouble, commands: &mut Commands) {
    state.live.asked = None;
    state.live.fresh.clear();
    state.live.failures = state.live.failures.saturating_add(1);
    if trouble.missing {
        // Stripe keeps events for 30 days: the last one seen is gone.
        (state.live.last, state.live.answered) = (None, false);
    }
    state.live.trouble = Some(trouble.clone());
    let wait_ms = interval_ms(state);
    again_in(state, wait_ms, commands);
}

pub(super) fn take(state: &mut State, task: TaskId, page: &Page<Event>, commands: &mut Commands) {
    if state.live.asked != Some(task) {
        return;
    }
    let first = !std::mem::replace(&mut state.live.answered, true);
    let live = &mut state.live;
    (live.asked, live.failures, live.trouble) = (None, 0, None);
    let newest = page.rows.first().map(|event| event.id.to_string());
    live.last = newest.or(live.last.take());
    let told: Vec<News> = page.rows.iter().rev().filter_map(news::of).collect();
    for one in &told {
        live.news.push_front(one.clone());
    }
    live.news.truncate(KEPT_MOST);
    live.fresh = if first { Vec::new() } else { told };
    for one in &live.fresh {
        live.moved.insert(one.event.clone(), state.now_ms);
    }
    if !live.fresh.is_empty() {
        for after in [FRESH_MS, FADES_MS] {
            commands.push(Command::Wake { at_ms: state.now_ms.saturating_add(after) });
        }
    }
    let wait_ms = if page.has_more && !first { 0 } else { interval_ms(state) };
    again_in(state, wait_ms, commands);
    refresh(state, commands);
}

/// Each object that moved is read again once, where it is on screen.
fn refresh(state: &mut State, commands: &mut Commands) {
    let Some(open) = state.open.clone() else { return };
    let fresh = std::mem::take(&mut state.live.fresh);
    let rows: BTreeSet<AnyId> = fresh.iter().flat_map(|news| theirs(state, &open, news)).collect();
    if !rows.is_empty() {
        for id in &rows {
            state.live.moved.insert(id.id.clone(), state.now_ms);
        }
        load::moved_elsewhere(state, &open, &rows, ROWS_MOST, commands);
    }
    if fresh.iter().any(|news| news.id.kind == Kind::Refund) {
        load::spent(state, commands);
    }
    state.live.fresh = fresh;
}

/// What of it is the open customer's: by name, or since it is on screen.
fn theirs(state: &State, open: &CustomerId, news: &News) -> Vec<AnyId> {
    let Some(folder) = state.data.folder(open) else { return Vec::new() };
    let of_them = news.customer.as_ref() == Some(open);
    let on_screen = |id: &&AnyId| folder.has_row(id) || folder.charge_of(&id.id).is_some();
    if of_them || news.touches.iter().any(|id| on_screen(&id)) {
        return news.touches.clone();
    }
    Vec::new()
}
