//! One line that filters the focused pane as it is typed.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{After, Overlay, keys};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        form::edit,
        key::Key,
        message::Commands,
        panes::{self, PaneId},
        sheet::{Field, Item, Line, Sheet, Tone},
        state::State,
    },
    text::clean,
};

const CHARS_MOST: usize = 80;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Filter {
    pane: PaneId,
    input: Input,
}

impl Filter {
    /// Over the focused pane, with what it is filtered by now.
    pub fn open(state: &State) -> Self {
        let pane = state.focus;
        Self { pane, input: Input::new(state.pane(pane).filter) }
    }

    fn apply(&self, state: &mut State) {
        let view = state.pane_mut(self.pane);
        self.input.value().trim().clone_into(&mut view.filter);
        view.selected = 0;
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    Keep,
    ShowAll,
}

impl Overlay for Filter {
    type Do = Do;

    const NAME: &'static str = "Filter of a pane";

    fn sheet(&self, state: &State) -> Sheet {
        let pane = self.pane.pane();
        let field = Field {
            value: self.input.value().to_owned(),
            cursor: self.input.cursor(),
            focused: true,
            width: 30,
            placeholder: "text in any column".into(),
        };
        let count = format!("{} of {}", panes::count(state, self.pane), (pane.len)(state));
        let after = Line::toned(count, Tone::Dim);
        Sheet {
            title: Line::toned(format!("Filter {}", pane.name.to_lowercase()), Tone::Accent),
            items: vec![Item::Input { label: "Rows with".into(), field, after }],
            footer: keys::answers(self, state),
            width: 60,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        vec![
            bind(&["<enter>"], Do::Keep, Some("keep"), "keep the filter"),
            bind(&["<esc>"], Do::ShowAll, Some("show all"), "show all rows again"),
        ]
    }

    fn now(&self, _does: Do, _state: &State) -> Now {
        Now::On
    }

    fn act(&mut self, does: Do, state: &mut State, _commands: &mut Commands) -> After {
        if matches!(does, Do::ShowAll) {
            self.input.reset();
            self.apply(state);
        }
        After::Close
    }

    fn types(&self) -> bool {
        true
    }

    fn typed(&mut self, key: Key, state: &mut State) {
        if edit(&mut self.input, CHARS_MOST, key) {
            self.apply(state);
        }
    }

    fn paste(&mut self, text: &str, state: &mut State) {
        self.input = Input::new(clean(text.trim()).chars().take(CHARS_MOST).collect());
        self.apply(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::fixture::{press, state, text};

    #[test]
    fn rows_go_as_it_is_typed_and_come_back_with_esc() {
        let mut state = state();
        state.focus = PaneId::Charges;
        press(&mut state, "f¥12");
        assert!(text(&state).contains("Rows with [¥12▏] 1 of 3"), "{}", text(&state));
        press(&mut state, "<enter>");
        assert!(state.modals.is_empty());
        assert_eq!(state.pane(PaneId::Charges).filter, "¥12");
        press(&mut state, "f<bs><esc>");
        assert_eq!((state.pane(PaneId::Charges).filter.as_str(), state.modals.len()), ("", 0));
    }
}
