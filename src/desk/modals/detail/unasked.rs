//! The detail that opens by itself after a change: it closes before whatever was meant for the desk.

use std::sync::Arc;

use super::{super::keys, Detail};
use crate::{
    desk::{
        key::{Code, Key},
        keymap, linked,
        message::Commands,
        rest::Rest,
        state::State,
    },
    model::AnyId,
};

impl Detail {
    /// What was just changed, as it came back with the change or as it was known, and read again. It opens by itself.
    pub(in crate::desk) fn of_change(
        state: &mut State,
        id: &AnyId,
        after: Option<Arc<str>>,
        commands: &mut Commands,
    ) -> Self {
        let known = after.or_else(|| linked::known_raw(state, id));
        let mut detail = Self::of(state, id.clone(), known, false, commands);
        if detail.top().is_some_and(|shown| shown.asked.is_none() && shown.can_be_read()) {
            detail.read_again(id, state, commands);
        }
        let mut opened = Rest::default();
        opened.begin(state.now_ms);
        detail.unasked = Some(opened);
        detail
    }

    /// Nobody asked for it, nor went on in it.
    pub(in crate::desk) fn is_unasked(&self) -> bool {
        self.unasked.is_some() && !self.raw && self.way.len() == 1
    }

    /// It opened by itself, and nobody can have seen that yet.
    pub(in crate::desk) fn came_just_now(&self, state: &State) -> bool {
        self.is_unasked() && self.unasked.is_some_and(|opened| opened.is_on(state.now_ms))
    }

    /// The key was meant for the desk: it came before this can have been seen, or does nothing here. Esc closes it either way.
    pub(in crate::desk) fn gives_way(&self, key: Key, state: &State) -> bool {
        let own = |key| keys::rows(self, state).iter().any(|(row, _)| row.has(key));
        let helps = || keymap::asks_help().any(|help| help.is(key));
        self.is_unasked()
            && key.code != Code::Esc
            && keymap::meaning(state, key).is_some()
            && (self.came_just_now(state) || !(own(key) || helps()))
    }
}
