//! A list to choose from as it is drawn: what is looked for, the rows, and why there is none.

use super::Pick;
use crate::{
    desk::{
        candidates, listing,
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    model::{AnyId, IdError},
    text::clean,
};

const INPUT: u16 = 46;
const WIDTH: u16 = 110;
/// Cells before a row: whether it stands there already.
const MARK: usize = 2;

/// Cells of a row, as the sheet will have them.
fn width(state: &State) -> usize {
    let width = if WIDTH.saturating_add(4) > state.width { state.width } else { WIDTH };
    usize::from(width.saturating_sub(4))
}

impl Pick {
    pub(super) fn shown(&self, state: &State) -> Sheet {
        let placeholder = if self.kind.is_some() { "letters, an id, or a link" } else { "letters" };
        let count = format!("{} of {}", self.found.len(), self.rows.len());
        let count = if self.rows.is_empty() { String::new() } else { count };
        let mut head = vec![self.narrow.item("Find", (INPUT, placeholder), count)];
        if self.kind.is_some() && !self.found.is_empty() {
            let columns = listing::columns(&self.object());
            let places = listing::places(columns, width(state).saturating_sub(MARK));
            let titles = Line([Line::plain("  ").0, listing::titles(columns, &places).0].concat());
            head.push(Item::Text(titles));
        }
        Sheet {
            title: Line::toned(self.title.clone(), Tone::Accent),
            tone: if state.live() { Tone::Live } else { Tone::Accent },
            head,
            items: self.items(state),
            pinned: self.said(),
            scroll: self.narrow.list.scrolled(),
            width: WIDTH,
            ..Sheet::default()
        }
    }

    /// What tells it from the others, as short as can be.
    pub(super) fn words_of(&self, value: &str) -> String {
        let row = self.rows.iter().find(|row| row.value == value);
        let cells = row.map_or(&[] as &[_], |row| &row.cells);
        let words = cells.iter().map(Line::text).map(|cell| cell.trim().to_owned());
        // A bare yes says nothing without its column.
        let says =
            |cell: &String| !cell.is_empty() && cell != value && !["yes", "no"].contains(&cell.as_str());
        let words: Vec<_> = words.filter(says).take(3).collect();
        words.join(" · ")
    }

    /// What is wrong with an id of another kind that stands there: a charge where a subscription is meant.
    fn misnamed(&self) -> Option<IdError> {
        let text = self.narrow.value();
        AnyId::parse(text).and_then(|_| AnyId::parse_as(text, self.kind?).err())
    }

    fn items(&self, state: &State) -> Vec<Item> {
        let columns = match self.kind {
            Some(_) => listing::columns(&self.object()),
            None => listing::VALUES,
        };
        let room = width(state).saturating_sub(MARK);
        let places = listing::places(columns, room);
        let row = |(at, index): (usize, &usize)| {
            let row = self.rows.get(*index)?;
            let mark = if row.current { Line::toned("● ", Tone::Good) } else { Line::plain("  ") };
            let mut line = Line([mark.0, listing::row(columns, &places, &row.cells).0].concat());
            if row.unfit.is_some() {
                line.0.iter_mut().for_each(|span| span.tone = Tone::Dim);
            }
            Some(Item::Pick { line, selected: at == self.narrow.list.at })
        };
        let mut items: Vec<_> = self.found.iter().enumerate().filter_map(row).collect();
        if items.is_empty() {
            items.push(Item::Text(self.nothing(state)));
        }
        items
    }

    /// Why there is no row.
    fn nothing(&self, state: &State) -> Line {
        let loading =
            self.asked.is_some() || self.kind.is_some_and(|kind| candidates::is_loading(state, kind));
        if let Some(led) = self.led_words() {
            return led;
        }
        if let Some(wrong) = self.misnamed() {
            return Line::toned(wrong.to_string(), Tone::Bad);
        }
        match (self.typed_id(), loading, self.narrow.value().trim().is_empty()) {
            (Some(id), ..) => {
                Line::toned(format!("Enter takes {} as it is typed", clean(&id.id)), Tone::Strong)
            }
            (None, true, _) => Line::toned("asking Stripe… an id may be typed meanwhile", Tone::Dim),
            (None, false, true) => Line::toned("Stripe has none · an id may be typed", Tone::Dim),
            (None, false, false) => Line::toned("none has these letters", Tone::Dim),
        }
    }

    fn said(&self) -> Vec<Item> {
        let mut items = Vec::new();
        if let Some(why) = self.unfit() {
            items.push(Item::Text(Line::toned(format!("✖ it cannot be chosen: {why}"), Tone::Warn)));
        }
        if let Some(trouble) = &self.trouble {
            let words = format!("✖ {} · an id may be typed or pasted", trouble.what);
            items.push(Item::Text(Line::toned(words, Tone::Bad)));
        }
        let loading = self.asked.is_some() && !self.rows.is_empty();
        let mut words = Vec::new();
        if self.rows.iter().any(|row| row.current) {
            words.push("● now");
        }
        if self.rows.iter().any(|row| row.unfit.is_some()) {
            words.push(if self.binds {
                "dim: another currency, which cannot be chosen"
            } else {
                "dim: another currency"
            });
        }
        if loading {
            words.push("asking Stripe for more…");
        } else if self.next.is_some() {
            words.push("there are more: going on down reads them");
        }
        if !words.is_empty() {
            items.push(Item::Text(Line::toned(words.join(" · "), Tone::Dim)));
        }
        items
    }
}
