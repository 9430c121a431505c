//! The keys that work here, from the table that dispatches them; typing after `/` finds one.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{After, Overlay};
use crate::{
    desk::{
        form::edit,
        key::{Code, Key},
        keymap,
        message::Commands,
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    text::clean,
};

const PAGE: u16 = 10;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Help {
    scroll: u16,
    find: Input,
    finding: bool,
}

impl Help {
    /// Keys and what they do, as far as they have what is looked for.
    fn rows(&self, state: &State) -> Vec<(String, String)> {
        let needle = self.find.value().trim().to_lowercase();
        let fits = |(keys, what): &(String, String)| {
            keys.to_lowercase().contains(&needle) || what.to_lowercase().contains(&needle)
        };
        keymap::help(state).into_iter().filter(fits).collect()
    }

    fn scroll(&mut self, key: Key, state: &State) {
        let last = u16::try_from(self.rows(state).len().saturating_sub(1)).unwrap_or(u16::MAX);
        let scroll = match key.code {
            Code::Down | Code::Char('j') => self.scroll.saturating_add(1),
            Code::Up | Code::Char('k') => self.scroll.saturating_sub(1),
            Code::PageDown | Code::Char(' ') => self.scroll.saturating_add(PAGE),
            Code::PageUp => self.scroll.saturating_sub(PAGE),
            Code::Home | Code::Char('g') => 0,
            Code::End | Code::Char('G') => last,
            _ => self.scroll,
        };
        self.scroll = scroll.min(last);
    }
}

impl Overlay for Help {
    fn sheet(&self, state: &State) -> Sheet {
        let mut items: Vec<_> = self
            .rows(state)
            .into_iter()
            .map(|(keys, what)| Item::Pair { label: keys, value: Line::plain(what) })
            .collect();
        if items.is_empty() {
            items.push(Item::Text(Line::toned("no key does this", Tone::Dim)));
        }
        let footer = if self.finding || !self.find.value().is_empty() {
            let cursor = if self.finding { "▏" } else { "" };
            Line::toned("/", Tone::Key).then(format!("{}{cursor}", clean(self.find.value())), Tone::Strong)
        } else {
            Line::toned("/", Tone::Key)
                .then(" search   ", Tone::Dim)
                .then("Esc", Tone::Key)
                .then(" back", Tone::Dim)
        };
        Sheet {
            title: Line::toned("Keys", Tone::Accent),
            tone: Tone::Accent,
            items,
            footer,
            scroll: self.scroll,
            width: 92,
            ..Sheet::default()
        }
    }

    fn press(&mut self, key: Key, state: &mut State, _commands: &mut Commands) -> After {
        match (key.code, self.finding) {
            (Code::Enter, true) => self.finding = false,
            (Code::Esc, true) => {
                self.finding = false;
                self.find.reset();
            }
            (_, true) => {
                edit(&mut self.find, 40, key);
                self.scroll = 0;
            }
            (Code::Esc, false) if !self.find.value().is_empty() => self.find.reset(),
            (Code::Esc | Code::Char('?' | 'q'), false) => return After::Close,
            (Code::Char('/'), false) => self.finding = true,
            (_, false) => self.scroll(key, state),
        }
        After::Stay
    }

    fn hints(&self, _state: &State) -> Vec<(String, String)> {
        vec![("/".into(), "search".into()), ("↑↓".into(), "scroll".into()), ("Esc".into(), "back".into())]
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
        assert_eq!(state.modals[0].overlay().sheet(&state).scroll, 0);
        press(&mut state, "<esc><esc>");
        assert!(state.modals.is_empty());
    }
}
