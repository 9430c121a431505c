//! A person says how an unknown change ended: what that means, then Enter.

use serde::{Deserialize, Serialize};

use super::{After, Overlay, keys};
use crate::desk::{
    binding::{Binding, Now, bind},
    flow,
    message::Commands,
    sheet::{Item, Line, Sheet, Tone},
    state::{ChangeLine, State},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Close {
    intent: String,
    happened: bool,
}

impl Close {
    pub fn new(intent: String, happened: bool) -> Self {
        Self { intent, happened }
    }

    fn change<'a>(&self, state: &'a State) -> Option<&'a ChangeLine> {
        state.changes.iter().find(|change| change.intent.id == self.intent)
    }

    fn title(&self) -> &'static str {
        if self.happened { "It happened?" } else { "It did not happen?" }
    }

    /// What follows from saying so.
    fn consequence(&self) -> &'static str {
        if self.happened {
            "It is recorded as done: its amount goes on counting, and the object is free for other changes."
        } else {
            "It is recorded as not done: its amount no longer counts, and the change can be made again. If it did \
             happen after all, it is then made twice."
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    Record,
    Back,
}

impl Overlay for Close {
    type Do = Do;

    const NAME: &'static str = "How an unknown change ended";

    fn sheet(&self, state: &State) -> Sheet {
        let mut items = Vec::new();
        match self.change(state) {
            Some(change) => {
                items.push(Item::Text(Line::toned(change.intent.proposal.sentence.clone(), Tone::Strong)));
                items.push(Item::Text(Line::toned(self.intent.clone(), Tone::Dim)));
            }
            None => items.push(Item::Text(Line::plain("it is known meanwhile how it ended"))),
        }
        items.push(Item::Gap);
        let look =
            "Look in the Dashboard first; this only records what you found. Nothing is sent to Stripe.";
        items.push(Item::Text(Line::toned(look, Tone::Warn)));
        items.push(Item::Text(Line::plain(self.consequence())));
        items.push(Item::Text(Line::toned(
            format!("The audit trail will say that {} decided it.", state.session.agent),
            Tone::Dim,
        )));
        Sheet {
            title: Line::toned(self.title(), Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Warn },
            items,
            footer: keys::answers(self, state),
            width: 84,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        vec![
            bind(&["<enter>"], Do::Record, Some("record it"), "record that the change ended so"),
            bind(&["<esc>"], Do::Back, Some("back"), "back, and nothing is recorded"),
        ]
    }

    fn now(&self, does: Do, state: &State) -> Now {
        Now::on(matches!(does, Do::Back) || self.change(state).is_some())
    }

    fn confirms(&self, does: Do) -> bool {
        matches!(does, Do::Record)
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        if matches!(does, Do::Record) {
            flow::close(state, &self.intent, self.happened, commands);
        }
        After::Close
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        desk::{
            fixture::{intent, press, state, tell, text},
            message::{Command, Message},
            state::{ChangeLine, State},
        },
        ledger::{Ending, IntentState},
    };

    fn unknown() -> State {
        let mut state = state();
        state.search.typing = false;
        let intent = intent("int_1", IntentState::Unknown);
        state.changes.push(ChangeLine { intent, task: None, note: None });
        press(&mut state, "T");
        state
    }

    fn closes(commands: &[Command]) -> Vec<(&str, bool)> {
        let close = |command| match command {
            &Command::Close { ref intent, happened, .. } => Some((intent.as_str(), happened)),
            _ => None,
        };
        commands.iter().filter_map(close).collect()
    }

    #[test]
    fn each_answer_is_confirmed_by_itself() {
        for (key, happened, title) in [("y", true, "It happened?"), ("n", false, "It did not happen?")] {
            let mut state = unknown();
            assert_eq!(press(&mut state, key), []);
            let shown = text(&state);
            for words in [title, "Look in the Dashboard first; this only records what you found", "maya"] {
                assert!(shown.contains(words), "{words}: {shown}");
            }
            assert_eq!(press(&mut state, "<esc>"), []);
            press(&mut state, key);
            assert_eq!(closes(&press(&mut state, "<enter>")), [("int_1", happened)]);
            // Asked once: a second Enter is nobody's answer.
            assert_eq!(closes(&press(&mut state, "<enter>")), []);
            press(&mut state, key);
            assert_eq!(closes(&press(&mut state, "<enter>")), [], "it is being recorded");
        }
    }

    #[test]
    fn only_what_is_open_at_stripe_is_asked_about() {
        for how in [IntentState::Held, IntentState::Sending] {
            let mut state = unknown();
            state.changes[0].intent.state = how;
            press(&mut state, "y");
            assert!(!text(&state).contains("Dashboard"), "{how:?}");
        }
        let mut state = unknown();
        state.session.read_only = Some("by flag".into());
        press(&mut state, "n");
        assert!(!text(&state).contains("Dashboard"));
        assert!(state.notice.unwrap().text.contains("read-only"));
    }

    #[test]
    fn what_was_recorded_is_said_as_what_it_is() {
        for (how, says) in
            [(IntentState::Settled, "it happened"), (IntentState::Refused, "it did not happen")]
        {
            let mut state = unknown();
            press(&mut state, "y");
            let Some(Command::Close { task, .. }) = press(&mut state, "<enter>").pop() else { panic!() };
            let mut intent = intent("int_1", how);
            intent.message = Some(format!("{}maya: {says}", crate::gate::BY_HAND));
            let ending = Box::new(Ending::new(intent, None));
            tell(&mut state, &Message::Ended { task, ending });
            let notice = state.notice.clone().unwrap();
            assert!(notice.good && notice.text.starts_with("recorded: "), "{notice:?}");
            assert!(notice.text.contains(says) && !notice.text.contains("refunded"), "{notice:?}");
            assert!(state.changes.is_empty() && state.tasks.failed.is_empty());
            assert!(!state.tasks.running.contains_key(&task));
        }
    }
}
