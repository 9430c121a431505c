//! What is to be drawn, without how: lines with meaning, tables and sheets, and what of a sheet fits on the screen. Panes and
//! modals make them, `ui` draws them.

mod json;
pub mod line;
pub mod page;
pub mod plot;
mod rows;

use serde::{Deserialize, Serialize};

use crate::policy::Mark;

/// What a piece of text means. The theme gives it a colour; the words carry the meaning alone too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tone {
    #[default]
    Plain,
    Dim,
    Strong,
    Good,
    Warn,
    Bad,
    Info,
    /// What the eye should land on: names, titles.
    Accent,
    /// A key to press.
    Key,
    /// A matched letter of a search.
    Match,
    /// LIVE.
    Live,
    /// SANDBOX.
    Sandbox,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub text: String,
    pub tone: Tone,
}

/// A line of text in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line(pub Vec<Span>);

impl Line {
    pub fn plain(text: impl Into<String>) -> Self {
        Self::toned(text, Tone::Plain)
    }

    pub fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self(vec![Span { text: text.into(), tone }])
    }

    #[must_use]
    pub fn then(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.0.push(Span { text: text.into(), tone });
        self
    }

    pub fn text(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }

    pub fn width(&self) -> usize {
        self.0.iter().map(|span| crate::text::width(&span.text)).sum()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A column of a pane's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub title: &'static str,
    pub align: Align,
    /// Cells it needs at least.
    pub least: u16,
    /// Its share of what is left over; 0 stays at `least`.
    pub grow: u16,
    /// Columns with a higher number go first when the pane is narrow; 0 never goes.
    pub drop: u8,
}

/// One row of a pane's table: a cell a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub cells: Vec<Line>,
    /// What stands before the row.
    pub sign: Sign,
}

/// What is going on with what a row stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sign {
    #[default]
    None,
    /// A change of it is held, being sent or unknown.
    InFlight,
    /// A proposal to change it waits for a person.
    Waiting,
    /// It moved at Stripe a moment ago.
    Fresh,
    /// It moved a little longer ago.
    Fading,
}

/// A modal's or detail's content, top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub title: Line,
    /// The border's meaning: red when it is live money.
    pub tone: Tone,
    /// Stands above the items and does not scroll with them: a search box, the titles of columns.
    pub head: Vec<Item>,
    pub items: Vec<Item>,
    /// Stands below the items and is always seen, however little room there is: what a form asks for last.
    pub pinned: Vec<Item>,
    /// The bottom line inside the border.
    pub footer: Line,
    /// Cells wanted; the screen may give less.
    pub width: u16,
    /// First thing shown, where the sheet scrolls: an item counts as one, each line of an [`Item::Code`] as one too.
    pub scroll: u16,
    /// Takes the whole body instead of a box in its middle.
    pub full: bool,
}

impl Sheet {
    pub fn part(&self, part: page::Part) -> &[Item] {
        match part {
            page::Part::Head => &self.head,
            page::Part::Items => &self.items,
            page::Part::Pinned => &self.pinned,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Text(Line),
    /// A label in its own column, and its value.
    Pair {
        label: String,
        value: Line,
    },
    Input {
        label: String,
        field: Field,
        after: Line,
    },
    /// One of several.
    Choice {
        label: String,
        options: Vec<Offer>,
        focused: bool,
    },
    /// A rule's verdict.
    Verdict {
        mark: Mark,
        text: String,
    },
    /// A row that can be selected: a link to follow, a line of a list.
    Pick {
        line: Line,
        selected: bool,
    },
    /// A row of several lines that can be selected as a whole: the first stands out, the others are set in and wrapped.
    Entry {
        lines: Vec<Line>,
        selected: bool,
    },
    /// A text as it stands, line by line: JSON. The sheet's scroll counts its lines; `find` is marked where it occurs.
    Code {
        text: std::sync::Arc<str>,
        find: String,
    },
    Gap,
    /// A thin line across, with a word in it.
    Divider(String),
}

/// One option of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub says: String,
    pub chosen: bool,
    /// The rule that denies it, by its name.
    pub denied: Option<String>,
}

/// A text field as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub value: String,
    /// In characters.
    pub cursor: usize,
    pub focused: bool,
    /// Cells wanted for the text.
    pub width: u16,
    /// Shown dim while it is empty.
    pub placeholder: String,
}
