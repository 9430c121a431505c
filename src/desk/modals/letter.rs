//! What a pasted text names, the surest first: each is searched for as it is selected, and Enter opens whoever is found.

use serde::{Deserialize, Serialize};

use super::{
    After, Overlay,
    list::{self, List, Move},
};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        finder::letter::{Clue, Letter as Read, Sure},
        message::Commands,
        panes::PaneId,
        sheet::{Item, Line, Sheet, Tone},
        state::State,
        update,
    },
    text::clean,
};

const WIDTH: u16 = 88;
/// Customers that are shown below the choices.
const FOUND_MOST: usize = 5;
/// Cells of the column of what is searched for.
const TEXT: usize = 34;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    read: Read,
    list: List,
    /// Another one was selected by hand, or all were tried: no other is tried by itself.
    #[serde(default)]
    chosen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Open,
    Explain,
    Go(Move),
    Back,
}

const TABLE: [Binding<Do>; 3] = [
    bind(&["<enter>"], Do::Open, Some("open"), "open whoever is found"),
    bind(
        &["e"],
        Do::Explain,
        Some("open and explain"),
        "open whoever is found, and explain the amount that the text asks about",
    ),
    bind(&["<esc>", "q"], Do::Back, Some("back"), "back to the search box, with what is searched for in it"),
];

impl Letter {
    /// The surest is searched for at once.
    pub fn open(read: Read, state: &mut State, commands: &mut Commands) -> Self {
        let letter = Self { read, list: List::default(), chosen: false };
        letter.search(state, commands);
        letter
    }

    fn clue(&self) -> Option<&Clue> {
        self.read.clues.get(self.list.at)
    }

    fn search(&self, state: &mut State, commands: &mut Commands) {
        if let Some(clue) = self.clue() {
            update::look_for(state, &clue.text, commands);
        }
    }
}

fn line(clue: &Clue) -> Line {
    let (glyph, word, tone) = match clue.sure {
        Sure::Names => ("●", "names it", Tone::Good),
        Sure::Likely => ("◐", "likely", Tone::Info),
        Sure::Maybe => ("○", "maybe", Tone::Dim),
    };
    Line::toned(format!("{glyph} {word:<8}  "), tone)
        .then(crate::text::padded(&clean(&clue.text), TEXT + 2), Tone::Strong)
        .then(clue.what.clone(), Tone::Dim)
}

/// Who is found so far, as the customers' pane has them.
fn found(state: &State) -> Vec<Item> {
    let pane = PaneId::Customers.pane();
    let all = (pane.len)(state);
    let row = |at: usize| {
        let row = (pane.row)(state, at)?;
        let mut cells = row.cells.into_iter();
        let mut line = Line::plain("  ");
        line.0.extend(cells.next().unwrap_or_default().0);
        for cell in cells {
            line = line.then("  ", Tone::Plain);
            line.0.extend(cell.0);
        }
        Some(Item::Text(line))
    };
    let mut items: Vec<_> = (0..all.min(FOUND_MOST)).filter_map(row).collect();
    if all == 0 {
        items.push(Item::Text((pane.empty)(state)));
    } else if all > FOUND_MOST {
        let more = format!("  and {} more", all.saturating_sub(FOUND_MOST));
        items.push(Item::Text(Line::toned(more, Tone::Dim)));
    }
    items
}

impl Overlay for Letter {
    type Do = Do;

    const NAME: &'static str = "What a pasted text names";

    fn sheet(&self, state: &State) -> Sheet {
        let items = self.read.clues.iter().enumerate();
        let items = items.map(|(at, clue)| Item::Pick { line: line(clue), selected: at == self.list.at });
        let mut pinned = vec![Item::Divider("found".into())];
        pinned.extend(found(state));
        if let Some(says) = &self.read.says {
            let words = format!(" opens them and explains {}", clean(says));
            pinned.push(Item::Text(Line::toned("e", Tone::Key).then(words, Tone::Info)));
        }
        Sheet {
            title: Line::toned("What the text names", Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            items: items.collect(),
            pinned,
            scroll: self.list.scrolled(),
            width: WIDTH,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [open, explain, back] = TABLE;
        [open, explain].into_iter().chain(list::table(Do::Go)).chain([back]).collect()
    }

    fn now(&self, does: Do, _state: &State) -> Now {
        match does {
            Do::Open | Do::Back => Now::On,
            Do::Explain => Now::on(self.read.says.is_some()),
            Do::Go(_) => list::selects(self.read.clues.len()),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Open => update::open_found(state, None, commands),
            Do::Explain => update::open_found(state, self.read.says.clone(), commands),
            Do::Go(to) => {
                let before = self.list.at;
                self.list.select(to, self.read.clues.len(), self.view(state));
                if self.list.at != before {
                    self.chosen = true;
                    self.search(state, commands);
                }
                return After::Stay;
            }
            Do::Back => {}
        }
        After::Close
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    /// What leads to nobody is passed over, as our own address in a mail that quotes us; where all do, the surest says so.
    fn settle(&mut self, state: &mut State, commands: &mut Commands) {
        let Some(clue) = self.clue().filter(|_| !self.chosen) else { return };
        let search = &state.search;
        let answered = search.asked_for == clue.text && search.asking.is_empty() && search.due_ms.is_none();
        if !answered || search.trouble.is_some() || !search.found.is_empty() || !search.remote.is_empty() {
            return;
        }
        self.list.at = self.list.at.saturating_add(1);
        if self.list.at >= self.read.clues.len() {
            self.list.at = 0;
            self.chosen = true;
        }
        self.search(state, commands);
    }

    fn paste(&mut self, text: &str, state: &mut State) {
        let zone = state.zone().clone();
        let when = crate::desk::finder::When { now: state.now(), zone: &zone };
        if let Some(read) = crate::desk::finder::letter::read(text, &when) {
            *self = Self { read, list: List::default(), chosen: false };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{
        Command,
        fixture::{press, state, text},
        message::Message,
        question::Question,
        update,
    };

    const TEXT: &str = "Hello,\nyou took $99.00 from me on 22 November, why?\nada@example.com";

    fn pasted(text: &str) -> (State, Vec<Command>) {
        let mut state = state();
        let now = state.now_ms;
        let commands = update(&mut state, now, Message::Paste(text.into())).0;
        (state, commands)
    }

    #[test]
    fn the_surest_is_searched_for_at_once_and_each_as_it_is_selected() {
        let (mut state, commands) = pasted(TEXT);
        let address = Question::CustomersByEmail("ada@example.com".into());
        let asks = |commands: &[Command], wanted: &Question| {
            commands
                .iter()
                .any(|command| matches!(command, Command::Ask { question, .. } if question == wanted))
        };
        assert!(asks(&commands, &address), "{commands:?}");
        let shown = text(&state);
        assert!(shown.contains("▸● names it  ada@example.com"), "{shown}");
        assert!(shown.contains("◐ likely    $99.00 22 Nov 2026"), "{shown}");
        assert!(shown.contains("e opens them and explains $99.00 22 Nov 2026"), "{shown}");
        press(&mut state, "j");
        assert_eq!(state.search.input.value(), "$99.00 22 Nov 2026");
        press(&mut state, "k<esc>");
        assert_eq!(state.search.input.value(), "ada@example.com");
        assert!(state.modals.is_empty() && state.search.typing);
    }

    #[test]
    fn what_is_one_thing_goes_into_the_box_without_a_question() {
        let (state, _) = pasted("Dear team,\nplease write to ada@example.com\nThanks");
        assert!(state.modals.is_empty());
        assert_eq!(state.search.input.value(), "ada@example.com");
        let (state, _) = pasted("ada@example.com");
        assert_eq!(state.search.input.value(), "ada@example.com");
        let (state, _) = pasted("just two\nlines");
        assert_eq!(state.search.input.value(), "just two lines");
    }
}
