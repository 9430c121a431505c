//! Any action without a form of its own: its fields from the catalogue, what it will do as a sentence, the verdict.

use serde::{Deserialize, Serialize};

use super::{After, Overlay, about, foretold, parts};
use crate::{
    desk::{
        binding::{Binding, Now},
        draft::{self, Do, Draft},
        form::{CONFIRM, Entry},
        key::Key,
        message::{Commands, Message},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        words,
    },
    text::short_id,
};

/// Cells of the form: labels of evidence are long.
const WIDTH: u16 = 92;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confirm {
    pub draft: Draft,
    /// Nobody saw it yet.
    #[serde(default)]
    new: bool,
}

impl Confirm {
    pub fn new(mut draft: Draft, state: &State) -> Self {
        draft.sync(state);
        Self { draft, new: true }
    }

    fn field(&self, state: &State, entry: &Entry) -> Vec<Item> {
        let mut items = parts::field(&self.draft, state, &entry.name, Line::default());
        // What nobody began to fill in is not wrong yet: it says what it is for.
        if entry.get().is_none() {
            items.truncate(1);
        }
        if let Some(action) = self.draft.definition().filter(|_| items.len() == 1) {
            items.extend(parts::help(&self.draft.form, action, &entry.name, state));
        }
        items
    }
}

impl Overlay for Confirm {
    type Do = Do;

    const NAME: &'static str = "Form of another change";

    fn sheet(&self, state: &State) -> Sheet {
        let action = self.draft.definition();
        let summary = match self.draft.proposal(state) {
            Ok(proposal) => parts::sentence(&words::sentence(state, &proposal)),
            Err(_) => action.map_or_else(String::new, |action| action.summary.to_owned()),
        };
        let id = short_id(&self.draft.target.id);
        let mut items =
            vec![Item::Text(Line::toned(summary, Tone::Strong).then(format!(" · {id}"), Tone::Dim))];
        items.extend(about::items(&self.draft.seen, state));
        let fields: Vec<_> = self.draft.form.entries().filter(|entry| entry.name != CONFIRM).collect();
        if !fields.is_empty() {
            items.push(Item::Gap);
        }
        items.extend(fields.into_iter().flat_map(|entry| self.field(state, entry)));
        items.extend(foretold::items(&self.draft, state));
        let word = action.map_or_else(String::new, |action| parts::sentence(action.hint));
        Sheet { width: WIDTH, ..parts::sheet(&self.draft, state, &word, items) }
    }

    fn table() -> Vec<Binding<Do>> {
        draft::table()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        self.draft.now(does, state)
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        self.draft.act(does, state, commands)
    }

    fn types(&self) -> bool {
        self.draft.types()
    }

    fn typed(&mut self, key: Key, state: &mut State) {
        self.draft.typed(key, state);
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(draft::wheel(rows))
    }

    fn paste(&mut self, text: &str, state: &mut State) {
        self.draft.paste(text, state);
    }

    fn give(&mut self, field: (&str, &str), words: &str, state: &mut State) {
        self.draft.give(field, words, state);
    }

    fn settle(&mut self, state: &mut State, commands: &mut Commands) {
        self.draft.settle(state, commands);
        // What has to be chosen first is asked for first: a price, a card.
        if std::mem::take(&mut self.new)
            && self.draft.begins_with_list(state)
            && let After::Push(list) = self.draft.pick(state, commands)
        {
            state.modals.push(*list);
        }
    }

    fn hear(&mut self, message: &Message, state: &mut State, commands: &mut Commands) -> After {
        self.draft.hear(message, state, commands, |_, _| {})
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        desk::{
            fixture::{answer_facts, begin, prepares, press, state, subscription, text},
            panes::PaneId,
        },
        model::{Record, Subscription},
    };

    #[test]
    fn an_action_without_fields_is_a_sentence_and_an_enter() {
        let mut state = state();
        let mut ending = subscription();
        ending["cancel_at_period_end"] = true.into();
        let folder = state.data.folders.values_mut().next().unwrap();
        let row = Record::<Subscription>::parse(ending.to_string()).unwrap();
        folder.subscriptions.value.as_mut().unwrap().rows = vec![row];
        let asked = begin(&mut state, PaneId::Subscriptions, 0, "undo_cancellation");
        assert_eq!(prepares(&press(&mut state, "<enter>")), []);
        answer_facts(&mut state, &asked);
        let shown = text(&state);
        assert!(shown.contains("Keep Pro ($99.00/mo) running after 15 Dec 2026 · sub_1"), "{shown}");
        let change = prepares(&press(&mut state, "<enter><enter>"));
        assert_eq!((change.len(), change[0].action.as_str()), (1, "undo_cancellation"));
    }
}
