//! The keys that work where it was asked for, from the table that dispatches them; typing after `/` finds one.

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    find::{self, Find, Finding},
    list::{self, List, Move},
};
use crate::desk::{
    binding::{Binding, Now, Told, bind},
    key::Key,
    message::Commands,
    sheet::{Item, Line, Sheet, Tone},
    state::State,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Help {
    /// Keys and what they do.
    rows: Vec<Told>,
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
    pub fn new(rows: Vec<Told>) -> Self {
        Self { rows, list: List::default(), find: Find::default() }
    }
}

impl Overlay for Help {
    type Do = Do;

    const NAME: &'static str = "Help";

    fn sheet(&self, _state: &State) -> Sheet {
        let needle = self.find.needle();
        let pair = |row: &Told| {
            let by = row.found(&needle)?;
            // Why it is found at all.
            let by = by.map_or_else(Line::default, |by| Line::toned(by, Tone::Match).then(": ", Tone::Dim));
            Some(Item::Pair { label: row.keys.clone(), value: by.then(row.what.clone(), Tone::Plain) })
        };
        let mut items: Vec<_> = self.rows.iter().filter_map(pair).collect();
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
        for (word, found) in [
            ("dup", "D  duplicate: whether"),
            ("twice", "D  whether this customer was charged twice"),
            ("billed tw", "D  billed twice: "),
            ("reply", "y  reply: copy what"),
            ("email", "y  email: copy what"),
            ("why", "e  why this was charged"),
            ("undo", "u  Ctrl-t  undo: take back"),
            ("export", "E  export the pane's rows"),
            ("excel", "E  excel: export the pane's rows"),
            ("profile", "P  profiles: leave this desk"),
            ("limits", ",  limits: settings"),
            ("give back", "r  give back: Refund a charge"),
            ("credit", ""),
            ("invoices", "4  invoices"),
        ] {
            press(&mut state, "/<esc>/");
            press(&mut state, word);
            assert!(text(&state).contains(found), "{word}: {}", text(&state));
        }
        press(&mut state, "<esc>/xyzxyz");
        assert!(text(&state).contains("no key does this"));
        press(&mut state, "<esc>/audit<enter>jjj");
        assert_eq!(state.modals[0].sheet(&state).scroll, 0);
        press(&mut state, "<esc><esc>");
        assert!(state.modals.is_empty());
    }
}
