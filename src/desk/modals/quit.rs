//! Leaving while something is in flight: what it is, and the ways to leave.

use serde::{Deserialize, Serialize};

use super::{After, Overlay, keys};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        flow,
        message::Commands,
        sheet::{Item, Line, Sheet, Tone},
        state::{ChangeLine, State},
    },
    ledger::IntentState,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Quit;

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

#[derive(Clone, Copy, Debug)]
pub enum Do {
    Leave,
    /// The key that asked, once more: only where nothing has to be waited for.
    LeaveNow,
    TakeBack,
    Stay,
}

impl Overlay for Quit {
    type Do = Do;

    const NAME: &'static str = "Leaving while something is in flight";

    fn sheet(&self, state: &State) -> Sheet {
        let mut items = Vec::new();
        for change in &state.changes {
            let Some((words, tone)) = stands(change, state.now_ms) else { continue };
            items.push(Item::Text(Line::toned(change.intent.proposal.sentence.clone(), Tone::Strong)));
            items.push(Item::Text(Line::toned(format!("  {words}"), tone)));
        }
        items.extend(state.deciding().map(|task| Item::Text(Line::plain(task.label.clone()))));
        if items.is_empty() {
            items.push(Item::Text(Line::plain("nothing is in flight any more")));
        }
        if state.quitting {
            items.push(Item::Gap);
            items.push(Item::Text(Line::toned("leaves by itself as soon as that has ended…", Tone::Info)));
        }
        Sheet {
            title: Line::toned(
                state.switch_to.as_ref().map_or("Leave?".into(), |to| format!("Leave for {to}?")),
                Tone::Accent,
            ),
            tone: if state.live() { Tone::Live } else { Tone::Warn },
            items,
            footer: keys::answers(self, state),
            width: 74,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        vec![
            bind(&["w"], Do::Leave, Some("wait, then leave"), "leave as soon as what is in flight has ended"),
            bind(&["q"], Do::LeaveNow, None, "leave, once nothing is in flight any more"),
            bind(&["u"], Do::TakeBack, Some("take back, then leave"), "take back what is held, and leave"),
            bind(&["<esc>"], Do::Stay, Some("stay"), "stay"),
        ]
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Leave | Do::LeaveNow if state.quitting => Now::Off,
            Do::Leave if flow::in_flight(state) => Now::On,
            Do::LeaveNow => Now::on(!flow::in_flight(state)),
            Do::Leave => Now::Says("leave".into()),
            Do::TakeBack => Now::on(flow::can_take_back(state)),
            Do::Stay => Now::On,
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Leave | Do::LeaveNow => state.quitting = true,
            Do::TakeBack => {
                flow::take_back_all(state, commands);
                state.quitting = true;
            }
            Do::Stay => {
                state.switch_to = None;
                state.quitting = state.terminated;
                return After::Close;
            }
        }
        After::Stay
    }
}
