//! Leaving while something is in flight: what it is, and the ways to leave.

use serde::{Deserialize, Serialize};

use super::{After, Overlay};
use crate::{
    desk::{
        flow,
        key::{Code, Key},
        message::Commands,
        sheet::{Item, Line, Sheet, Tone},
        state::{ChangeLine, State},
    },
    ledger::IntentState,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Quit {
    /// Something was in flight when it was asked for: the desk is left by itself when that has ended.
    waits: bool,
}

impl Quit {
    pub fn new(waits: bool) -> Self {
        Self { waits }
    }

    pub fn waits(&self) -> bool {
        self.waits
    }
}

/// How a change stands, and what leaving means for it.
fn stands(change: &ChangeLine, now_ms: i64) -> Option<(String, Tone)> {
    Some(match change.intent.state {
        IntentState::Held => {
            let left = change.intent.hold_until_ms.saturating_sub(now_ms).max(0);
            let seconds = left.saturating_add(999).div_euclid(1_000);
            (format!("held, is sent in {seconds} s"), Tone::Info)
        }
        IntentState::Sending => ("being sent: leaving waits for the answer".into(), Tone::Warn),
        IntentState::Unknown => {
            ("not known how it ended: settled at next start, by reading".into(), Tone::Bad)
        }
        IntentState::WaitingAtStripe => ("waits at Stripe: looked up at next start".into(), Tone::Info),
        IntentState::Settled | IntentState::Refused | IntentState::Withdrawn => return None,
    })
}

fn held(state: &State) -> bool {
    state.changes.iter().any(|change| change.intent.state == IntentState::Held)
}

impl Overlay for Quit {
    fn sheet(&self, state: &State) -> Sheet {
        let mut items = Vec::new();
        for change in &state.changes {
            let Some((words, tone)) = stands(change, state.now_ms) else { continue };
            items.push(Item::Text(Line::toned(change.intent.proposal.sentence.clone(), Tone::Strong)));
            items.push(Item::Text(Line::toned(format!("  {words}"), tone)));
        }
        let deciding =
            state.tasks.running.values().filter(|task| task.note.as_deref() == Some(flow::DECIDING));
        items.extend(deciding.map(|task| Item::Text(Line::plain(task.label.clone()))));
        if items.is_empty() {
            items.push(Item::Text(Line::plain("nothing is in flight any more")));
        }
        if self.waits || state.quitting {
            items.push(Item::Gap);
            items.push(Item::Text(Line::toned("leaves by itself as soon as that has ended…", Tone::Info)));
        }
        Sheet {
            title: Line::toned("Leave?", Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Warn },
            items,
            width: 74,
            ..Sheet::default()
        }
    }

    fn press(&mut self, key: Key, state: &mut State, commands: &mut Commands) -> After {
        match key.code {
            Code::Esc => {
                state.quitting = state.terminated;
                return After::Close;
            }
            Code::Char('w') if !key.repeat => state.quitting = true,
            Code::Char('u') if !key.repeat && held(state) => flow::take_back(state, commands),
            _ => {}
        }
        After::Stay
    }

    fn hints(&self, state: &State) -> Vec<(String, String)> {
        let mut hints = Vec::new();
        if !self.waits {
            hints.push(("w".into(), "leave".into()));
        }
        if held(state) {
            hints.push(("u".into(), "take back what is held and leave".into()));
        }
        hints.push(("Esc".into(), "stay".into()));
        hints
    }
}
