//! What is known of what happens at Stripe meanwhile: the newest events, what they moved, and when they are asked for next.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    message::{TaskId, Trouble},
    sheet::Sign,
    state::State,
};
use crate::{answers::news::News, time::span};

/// Events that are kept for the list.
pub const KEPT_MOST: usize = 200;
/// Nobody pressed a key for so long: nobody looks.
pub const IDLE_MS: i64 = 120_000;
/// What moved is marked for so long, and then fades for so long.
pub const FRESH_MS: i64 = 10_000;
pub const FADES_MS: i64 = 30_000;
/// After failures it is asked less and less often, and at least so often.
const PATIENCE_MS: i64 = 300_000;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Live {
    /// The newest first.
    pub news: VecDeque<News>,
    /// What the last answer brought, the oldest first: nothing where it was the first, which tells of the past.
    pub fresh: Vec<News>,
    /// There was an answer: what comes from now on is new.
    pub answered: bool,
    /// `evt_…`: the newest that was seen.
    pub last: Option<String>,
    pub asked: Option<TaskId>,
    pub due_ms: Option<i64>,
    /// When somebody last pressed a key.
    pub active_ms: i64,
    /// So many answers in a row were none.
    pub failures: u32,
    pub trouble: Option<Trouble>,
    /// The agent does not want to know.
    pub paused: bool,
    /// What moved, and when that was learned.
    pub moved: BTreeMap<String, i64>,
}

/// Whether events are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stands {
    Polling,
    /// Not at the moment: nobody is there, or the agent wants it so.
    Rests(String),
    /// Not at all, and why.
    Off(String),
}

pub fn stands(state: &State) -> Stands {
    let live = &state.live;
    if state.session.poll_ms <= 0 {
        return Stands::Off("live_seconds is 0".into());
    }
    if state.lacks.contains("event_read") {
        return Stands::Off("this key lacks the permission event:read".into());
    }
    if live.paused {
        return Stands::Rests("paused".into());
    }
    if state.now_ms.saturating_sub(live.active_ms) > IDLE_MS {
        return Stands::Rests(format!("rests: no key for {}", span(IDLE_MS / 1_000)));
    }
    Stands::Polling
}

/// For a title: how it stands in words.
pub fn words(state: &State) -> String {
    match stands(state) {
        Stands::Polling => match (&state.live.trouble, state.live.due_ms) {
            (Some(trouble), Some(due)) => {
                let wait = span(due.saturating_sub(state.now_ms) / 1_000);
                format!("{}: again in {wait}", trouble.what)
            }
            _ => format!("polling every {}", span(state.session.poll_ms / 1_000)),
        },
        Stands::Rests(why) => why,
        Stands::Off(why) => format!("off: {why}"),
    }
}

/// Until the next question.
pub fn interval_ms(state: &State) -> i64 {
    let times = 1_i64.checked_shl(state.live.failures.min(16)).unwrap_or(i64::MAX);
    let usual = state.session.poll_ms;
    usual.saturating_mul(times).min(PATIENCE_MS.max(usual))
}

/// How a row stands whose object moved a moment ago.
pub fn sign(state: &State, id: &str) -> Sign {
    let age = state.live.moved.get(id).map(|at| state.now_ms.saturating_sub(*at));
    match age {
        Some(age) if age < FRESH_MS => Sign::Fresh,
        Some(age) if age < FADES_MS => Sign::Fading,
        _ => Sign::None,
    }
}
