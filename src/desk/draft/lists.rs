//! Fields of a form that are chosen from a list.

use super::{Draft, Standing};
use crate::desk::{message::Commands, modals::After, picking, state::State, usable::Here};

impl Draft {
    pub(super) fn has_list(&self) -> bool {
        self.definition().is_some_and(|action| picking::has_list(&self.form, action))
    }

    /// Enter opens the list of the field that keys go to.
    pub(super) fn opens_list(&self) -> bool {
        let action = self.definition().filter(|_| self.is_open());
        action.is_some_and(|action| picking::wants_list(&self.form, action))
    }

    /// The form can begin only with what is chosen from the list of the field that keys go to.
    pub fn begins_with_list(&self, state: &State) -> bool {
        let focused = self.form.focused();
        let missing = matches!(self.standing(state), Standing::Wrong(error) if error.field == focused);
        missing && self.is_open() && self.has_list() && self.form.get(focused).is_none()
    }

    pub fn pick(&self, state: &mut State, commands: &mut Commands) -> After {
        let here = Here::on_record(state, Some(self.seen.clone()));
        let picked =
            self.definition().and_then(|action| picking::open(&self.form, action, here, state, commands));
        picked.map_or(After::Stay, |modal| After::Push(Box::new(modal)))
    }

    /// What was chosen goes into its field, and is decided anew.
    pub fn give(&mut self, field: (&str, &str), words: &str, state: &State) {
        if let Some(action) = self.definition().filter(|_| self.is_open()) {
            picking::put(&mut self.form, action, field, words);
            self.changed();
            self.rests(state);
            self.sync(state);
        }
    }
}
