//! A list that letters narrow: the line that they go into, and the selected row of what it leaves.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::list::List;
use crate::{
    desk::{
        form::edit,
        key::Key,
        sheet::{Field, Item, Line, Tone},
    },
    text::clean,
};

/// Characters of the line.
const CHARS_MOST: usize = 200;
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Narrow {
    input: Input,
    pub list: List,
}

impl Narrow {
    /// What stands in the line.
    pub(super) fn value(&self) -> &str {
        self.input.value()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.value().is_empty()
    }

    /// Puts a text into the line, and begins at the top of what it leaves.
    pub(super) fn put(&mut self, text: &str) {
        self.input = Input::new(clean(text.trim()).chars().take(CHARS_MOST).collect());
        self.list = List::default();
    }

    /// A key for the line. Says whether another list is left by it.
    pub(super) fn typed(&mut self, key: Key) -> bool {
        let changed = edit(&mut self.input, CHARS_MOST, key);
        if changed {
            self.list = List::default();
        }
        changed
    }

    /// The line as it is drawn, so many cells wide, with how many rows it leaves behind it.
    pub(super) fn item(&self, label: &str, (width, placeholder): (u16, &str), count: String) -> Item {
        let field = Field {
            value: self.value().to_owned(),
            cursor: self.input.cursor(),
            focused: true,
            width,
            placeholder: placeholder.to_owned(),
        };
        Item::Input { label: label.to_owned(), field, after: Line::toned(count, Tone::Dim) }
    }
}
