//! Looking for a text in what a modal shows: `/` starts it, what is typed goes into one line at the foot, and a paste too.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use crate::{
    desk::{
        binding::{Binding, Now, bind},
        form::edit,
        key::Key,
        sheet::{Line, Tone},
    },
    text::clean,
};

const CHARS_MOST: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    Start,
    Keep,
    Clear,
}

const TABLE: [Binding<Finding>; 3] = [
    bind(&["/"], Finding::Start, Some("search"), "search: letters go into the search until Enter or Esc"),
    bind(&["<enter>"], Finding::Keep, Some("keep"), "search: keep what is found"),
    bind(&["<esc>"], Finding::Clear, Some("clear"), "search: clear it"),
];

/// The rows of a modal that can be searched.
pub(super) fn table<D>(wrap: fn(Finding) -> D) -> impl Iterator<Item = Binding<D>> {
    TABLE.into_iter().map(move |row| row.within(wrap))
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Find {
    input: Input,
    /// Letters go into it.
    typing: bool,
}

impl Find {
    pub fn typing(&self) -> bool {
        self.typing
    }

    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// What is looked for, for comparing; blank finds everything.
    pub fn needle(&self) -> String {
        self.value().trim().to_lowercase()
    }

    pub fn is_empty(&self) -> bool {
        self.value().is_empty()
    }

    pub fn now(&self, does: Finding) -> Now {
        Now::on(self.typing == matches!(does, Finding::Keep | Finding::Clear))
    }

    pub fn act(&mut self, does: Finding) {
        self.typing = does == Finding::Start;
        if does == Finding::Clear {
            self.clear();
        }
    }

    pub fn clear(&mut self) {
        self.input.reset();
    }

    /// Says whether the text changed.
    pub fn typed(&mut self, key: Key) -> bool {
        edit(&mut self.input, CHARS_MOST, key)
    }

    /// A paste takes the place of what was typed. Says whether it was taken.
    pub fn paste(&mut self, text: &str) -> bool {
        if self.typing {
            self.input = Input::new(clean(text.trim()).chars().take(CHARS_MOST).collect());
        }
        self.typing
    }

    /// The line at the foot, while there is something in it.
    pub fn line(&self) -> Line {
        if !self.typing && self.is_empty() {
            return Line::default();
        }
        let cursor = self.input.cursor();
        let (before, after): (String, String) =
            (self.value().chars().take(cursor).collect(), self.value().chars().skip(cursor).collect());
        let line = Line::toned("/", Tone::Key).then(clean(&before), Tone::Strong);
        let line = if self.typing { line.then("▏", Tone::Accent) } else { line };
        line.then(clean(&after), Tone::Strong)
    }
}
