//! The keys that work where it was asked for, from the table that dispatches them; typing after `/` finds one.

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    find::{self, Find, Finding},
    list::{self, List, Move},
};
use crate::desk::{
    binding::{Binding, Now, bind},
    key::Key,
    message::Commands,
    sheet::{Item, Line, Sheet, Tone},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Help {
    /// Keys and what they do.
    rows: Vec<(String, String)>,
    list: List,
    find: Find,
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    Find(Finding),
    Go(Move),
    Back,
}

impl Help {
    pub fn new(rows: Vec<(String, String)>) -> Self {
        Self { rows, list: List::default(), find: Find::default() }
    }
}

impl Overlay for Help {
    type Do = Do;

    const NAME: &'static str = "Help";

    fn sheet(&self, _state: &State) -> Sheet {
        let needle = self.find.needle();
        let fits = |(keys, what): &&(String, String)| {
            keys.to_lowercase().contains(&needle) || what.to_lowercase().contains(&needle)
        };
        let pair = |(keys, what): &(String, String)| Item::Pair {
            label: keys.clone(),
            value: Line::plain(what.clone()),
        };
        let mut items: Vec<_> = self.rows.iter().filter(fits).map(pair).collect();
        if items.is_empty() {
            items.push(Item::Text(Line::toned("no key does this", Tone::Dim)));
        }
        Sheet {
            title: Line::toned("Keys", Tone::Accent),
            tone: Tone::Accent,
            items,
            footer: self.find.line(),
            scroll: self.list.scrolled(),
            width: 92,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let back = bind(&["<esc>", "q", "?", "<f1>"], Do::Back, Some("back"), "back");
        find::table(Do::Find).chain(list::table(Do::Go)).chain([back]).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match does {
            Do::Find(does) => self.find.now(does),
            _ if self.find.typing() => Now::Off,
            Do::Go(_) => list::scrolls(self.view(state)),
            Do::Back if self.find.is_empty() => Now::On,
            Do::Back => Now::Says("all keys".into()),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, _commands: &mut Commands) -> After {
        match does {
            Do::Find(does) => self.find.act(does),
            Do::Go(to) => self.list.scroll(to, self.view(state)),
            Do::Back if self.find.is_empty() => return After::Close,
            Do::Back => self.find.clear(),
        }
        After::Stay
    }

    fn types(&self) -> bool {
        self.find.typing()
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        if self.find.typed(key) {
            self.list = List::default();
        }
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        if self.find.paste(text) {
            self.list = List::default();
        }
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }
}

#[cfg(test)]
mod tests {
    use crate::desk::{
        fixture::{press, state, text},
        panes::PaneId,
    };

    #[test]
    fn a_key_is_found_by_what_it_does_and_scrolling_ends_at_the_last() {
        let mut state = state();
        state.focus = PaneId::Charges;
        press(&mut state, "?");
        assert!(text(&state).contains("r  Refund a charge"), "{}", text(&state));
        press(&mut state, "/audit<enter>");
        assert!(text(&state).contains("a  the audit trail") && !text(&state).contains("Refund a charge"));
        press(&mut state, "jjj");
        assert_eq!(state.modals[0].sheet(&state).scroll, 0);
        press(&mut state, "<esc><esc>");
        assert!(state.modals.is_empty());
    }
}
