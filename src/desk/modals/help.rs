//! The keys that work here, from the table that dispatches them.

use serde::{Deserialize, Serialize};

use super::{After, Overlay};
use crate::desk::{key::{Code, Key}, keymap, message::Commands, sheet::{Item, Line, Sheet, Tone}, state::State};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Help {
    pub scroll: u16,
}

impl Overlay for Help {
    fn sheet(&self, state: &State) -> Sheet {
        let items = keymap::help(state)
            .into_iter()
            .map(|(keys, what)| Item::Pair { label: keys, value: Line::plain(what) })
            .collect();
        Sheet { title: Line::toned("Keys", Tone::Accent), items, scroll: self.scroll, width: 72, ..Sheet::default() }
    }

    fn press(&mut self, key: Key, _state: &mut State, _commands: &mut Commands) -> After {
        match key.code {
            Code::Down | Code::Char('j') => self.scroll = self.scroll.saturating_add(1),
            Code::Up | Code::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            Code::Esc | Code::Char('?' | 'q') => return After::Close,
            _ => {}
        }
        After::Stay
    }

    fn hints(&self, _state: &State) -> Vec<(String, String)> {
        vec![("Esc".into(), "back".into())]
    }
}
