//! Every action of the catalogue, and every screen and deed of the desk, found by a few letters of its name, of what people call
//! it, or of what it does: what can be used here first, and greyed, with the reason, what cannot.

mod entry;
mod rows;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::entry::{Entry, Named};
use super::{
    After, Modal, Overlay,
    list::{self, Move},
    narrow::Narrow,
};
use crate::{
    actions::{self, Action, Effect},
    desk::{
        binding::{Binding, Now, bind},
        fuzzy,
        key::Key,
        keymap,
        message::{Commands, Message},
        sheet::{Item, Line, Sheet, Tone, page::View},
        start,
        state::State,
        update,
        usable::{self, Here, Use},
    },
    text::nearest,
};

/// Cells of the line that letters go into.
const INPUT: u16 = 40;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Palette {
    here: Here,
    /// It lies over the desk itself, whose screens and deeds it lists too.
    #[serde(default)]
    on_desk: bool,
    narrow: Narrow,
    /// Every action as it stands here, in the catalogue's order, and behind them those of the desk.
    all: Vec<Stands>,
    /// What is listed, in order.
    found: Vec<Found>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stands {
    what: Named,
    used: Use,
    /// It is about what is selected.
    close: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Found {
    /// In `all`.
    at: usize,
    /// Letters of name and summary that matched.
    matched: Vec<u32>,
    /// The other name that it was found by.
    #[serde(default)]
    by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    Start,
    /// The form, also where a reading could run without one.
    Form,
    Go(Move),
    Clear,
    Back,
}

const TABLE: [Binding<Do>; 4] = [
    bind(&["<enter>"], Do::Start, Some("start"), "open the action's form, or run what only reads"),
    bind(&["<tab>"], Do::Form, Some("form"), "fill in what a reading could do without"),
    bind(&["<esc>"], Do::Clear, Some("all actions"), "all actions again"),
    bind(&["<esc>"], Do::Back, Some("back"), "back"),
];

impl Palette {
    /// Over a record that is looked at: what can be done to it.
    pub fn open(state: &State, here: Here) -> Self {
        Self::with(state, here, false)
    }

    /// Over the desk: its own screens too.
    pub fn on_desk(state: &State) -> Self {
        Self::with(state, Here::on_desk(state), true)
    }

    fn with(state: &State, here: Here, on_desk: bool) -> Self {
        let (narrow, all, found) = (Narrow::default(), Vec::new(), Vec::new());
        let mut palette = Self { here, on_desk, narrow, all, found };
        palette.look(state);
        palette
    }

    /// How each action stands now; the selection stays on its action.
    fn look(&mut self, state: &State) {
        let selected = self.selected().map(|(entry, _)| entry.named());
        let actions = actions::all().map(|action| Stands {
            what: Entry::Action(action).named(),
            used: usable::stands(state, &self.here, action),
            close: action.on.iter().any(|kind| self.here.is_selected(*kind)),
        });
        let deeds = keymap::deeds(state).filter(|_| self.on_desk).map(|(row, stands)| Stands {
            what: Entry::Desk(row).named(),
            used: stands.map_or_else(Use::No, |()| Use::Yes),
            close: false,
        });
        self.all = actions.chain(deeds).collect();
        self.search();
        let name = |found: &Found| self.all.get(found.at).map(|stands| stands.what.clone());
        if let Some(at) = self.found.iter().position(|found| selected.is_some() && name(found) == selected) {
            self.narrow.list.at = at;
        }
    }

    /// What the letters find: what can be used first, then as well as it matches.
    fn search(&mut self) {
        let text = self.narrow.value().trim();
        let entries: Vec<Entry> = self.all.iter().filter_map(|stands| stands.what.entry()).collect();
        let found = if text.is_empty() {
            (0..self.all.len()).map(|at| Found { at, matched: Vec::new(), by: None }).collect()
        } else {
            matches(text, &entries)
        };
        self.found = found.into_iter().filter(|found| found.at < self.all.len()).collect();
        let (all, blank) = (&self.all, text.is_empty());
        let named = |found: &Found, name: &str| {
            let letters = u32::try_from(name.len()).unwrap_or(u32::MAX);
            found.matched.first().is_none_or(|first| *first < letters)
        };
        let whole = text.to_lowercase().replace(' ', "_");
        // Sorting is stable: equals stay as they match, or as the catalogue has them.
        self.found.sort_by_key(|found| {
            let (stands, name) = (all.get(found.at)?, entries.get(found.at)?.name());
            let (used, close) = stands.rank();
            let no = matches!(stands.used, Use::No(_));
            // Whoever types a name means that action, though it has to be told of what: the whole of it before all others, and
            // what people call it before letters that stand anywhere in other names.
            let place = match &found.by {
                _ if name == whole => 0,
                Some(_) => 1,
                None if named(found, &name) => 2,
                None => 3,
            };
            Some(if blank { (no, used, !close) } else { (no && place > 0, place, used > 0) })
        });
        self.narrow.list.within(self.found.len());
    }

    fn selected(&self) -> Option<(Entry, &Use)> {
        self.nth(self.narrow.list.at)
    }

    fn nth(&self, at: usize) -> Option<(Entry, &Use)> {
        let stands = self.all.get(self.found.get(at)?.at)?;
        Some((stands.what.entry()?, &stands.used))
    }

    fn start(&mut self, form: bool, state: &mut State, commands: &mut Commands) -> After {
        self.look(state);
        let Some((entry, used)) = self.selected() else { return After::Stay };
        if let Use::No(why) = used {
            state.say(format!("{}: {why}", entry.title()), false);
            return After::Stay;
        }
        let action = match entry {
            Entry::Action(action) => action,
            // As its key on the desk, which is all that lies below.
            Entry::Desk(row) => {
                update::deed(state, row.does, commands);
                return After::Close;
            }
        };
        let begun = start::begin(state, action, &self.here, form, commands);
        match begun {
            // Whoever looks at a result comes back to look for another; a form takes the palette's place.
            Some(modal @ (Modal::Detail(_) | Modal::Results(_))) => After::Push(Box::new(modal)),
            Some(modal) => After::Replace(Box::new(modal)),
            None => After::Stay,
        }
    }

    fn view_now(&self, state: &State) -> View {
        self.view(state)
    }
}

impl Stands {
    /// What comes first: what can be used, and what is about the selected record.
    fn rank(&self) -> (u8, bool) {
        let used = match self.used {
            Use::Yes => 0,
            Use::Asks(_) => 1,
            Use::No(_) => 2,
        };
        (used, self.close)
    }
}

/// By the letters of their names first, then by what else they are called, then by whole words of what they do. Letters count
/// through name and summary.
fn matches(text: &str, entries: &[Entry]) -> Vec<Found> {
    let names: Vec<String> = entries.iter().map(Entry::name).collect();
    let by_letters = fuzzy::loosely(text, names.iter().map(String::as_str));
    let mut found: Vec<_> =
        by_letters.into_iter().map(|(at, matched)| Found { at, matched, by: None }).collect();
    let words: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    for (at, (entry, name)) in entries.iter().zip(&names).enumerate() {
        let whole = format!("{name} {}", entry.summary()).to_lowercase();
        let known = found.iter().position(|known| known.at == at);
        // A word that stands in the name says enough.
        let has = |whole: &str| words.iter().all(|word| whole.contains(word));
        let by = entry.called(text).filter(|_| !has(name)).map(str::to_owned);
        match (known.and_then(|known| found.get_mut(known)), by) {
            (Some(known), Some(by)) => *known = Found { at, matched: Vec::new(), by: Some(by) },
            (None, Some(by)) => found.push(Found { at, matched: Vec::new(), by: Some(by) }),
            (None, None) if has(&whole) => {
                let matched = words.iter().flat_map(|word| places(&whole, word)).collect();
                found.push(Found { at, matched, by: None });
            }
            (_, None) => {}
        }
    }
    for found in &mut found {
        found.matched.sort_unstable();
    }
    if found.is_empty() {
        // A slip of the fingers: the name that was probably meant.
        let name = text.to_lowercase().replace(' ', "_");
        let meant = nearest(&name, actions::all().map(|action| action.name));
        let at = meant.and_then(|meant| actions::all().position(|action| action.name == meant));
        found.extend(at.map(|at| Found { at, matched: Vec::new(), by: None }));
    }
    found
}

/// The letters of a word where it stands first.
fn places(whole: &str, word: &str) -> Vec<u32> {
    let before = whole.split(word).next().map_or(0, |before| before.chars().count());
    let letters = before..before.saturating_add(word.chars().count());
    letters.filter_map(|at| u32::try_from(at).ok()).collect()
}

/// `refund charge`
pub(super) fn title(action: &'static Action) -> String {
    Entry::Action(action).title()
}

impl Overlay for Palette {
    type Do = Do;

    const NAME: &'static str = "Actions";

    fn sheet(&self, state: &State) -> Sheet {
        let count = if self.found.len() == self.all.len() {
            format!("{} in all", self.all.len())
        } else {
            format!("{} of {}", self.found.len(), self.all.len())
        };
        let input = self.narrow.item(":", (INPUT, "a few letters of what you want to do"), count);
        let mut head = vec![input];
        head.extend(rows::titles(state));
        let mut items: Vec<_> = (0..self.found.len()).filter_map(|at| self.row(at, state)).collect();
        if items.is_empty() {
            items.push(Item::Text(Line::toned("nothing is called or does this", Tone::Dim)));
        }
        Sheet {
            title: Line::toned("Actions", Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            head,
            items,
            pinned: self.selected().map(|(entry, used)| rows::said(&entry, used)).unwrap_or_default(),
            scroll: self.narrow.list.scrolled(),
            full: true,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        let [start, form, rest @ ..] = TABLE;
        [start, form].into_iter().chain(list::arrows(Do::Go)).chain(rest).collect()
    }

    fn now(&self, does: Do, state: &State) -> Now {
        match (does, self.selected()) {
            (Do::Start | Do::Form, None) | (Do::Form, Some((Entry::Desk(_), _))) => Now::Off,
            (Do::Start, Some((_, Use::No(why)))) => Now::Dim(why.clone()),
            (Do::Start, Some((entry, used))) => {
                Now::Says(rows::enter(&entry, used, &self.here, state).into())
            }
            (Do::Form, Some((Entry::Action(action), used))) => Now::on(
                !matches!(used, Use::No(_)) && action.effect == Effect::Read && start::has_more(action),
            ),
            (Do::Go(_), _) => list::selects(self.found.len()),
            (Do::Clear, _) => Now::on(!self.narrow.is_empty()),
            (Do::Back, _) => Now::on(self.narrow.is_empty()),
        }
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        match does {
            Do::Start => return self.start(false, state, commands),
            Do::Form => return self.start(true, state, commands),
            Do::Go(to) => self.narrow.list.select(to, self.found.len(), self.view_now(state)),
            Do::Clear => {
                self.narrow.put("");
                self.search();
            }
            Do::Back => return After::Close,
        }
        After::Stay
    }

    fn types(&self) -> bool {
        true
    }

    fn typed(&mut self, key: Key, _state: &mut State) {
        if self.narrow.typed(key) {
            self.search();
        }
    }

    fn wheel(rows: isize) -> Option<Do> {
        Some(Do::Go(Move::Rows(rows)))
    }

    fn paste(&mut self, text: &str, _state: &mut State) {
        self.narrow.put(text);
        self.search();
    }

    /// What was read or has ended meanwhile may have changed what can be done.
    fn hear(&mut self, _message: &Message, state: &mut State, _commands: &mut Commands) -> After {
        self.look(state);
        After::Stay
    }
}
