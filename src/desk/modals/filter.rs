//! One line that filters the focused pane as it is typed.

use serde::{Deserialize, Serialize};
use tui_input::Input;

use super::{After, Overlay};
use crate::{
    desk::{
        form::edit,
        key::{Code, Key},
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

impl Overlay for Filter {
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
            footer: Line::toned("Enter", Tone::Key)
                .then(" keep   ", Tone::Dim)
                .then("Esc", Tone::Key)
                .then(" show all", Tone::Dim),
            width: 60,
            ..Sheet::default()
        }
    }

    fn press(&mut self, key: Key, state: &mut State, _commands: &mut Commands) -> After {
        match key.code {
            Code::Enter => return After::Close,
            Code::Esc => {
                self.input.reset();
                self.apply(state);
                return After::Close;
            }
            _ => {
                if edit(&mut self.input, CHARS_MOST, key) {
                    self.apply(state);
                }
            }
        }
        After::Stay
    }

    fn paste(&mut self, text: &str, state: &mut State) {
        self.input = Input::new(clean(text.trim()).chars().take(CHARS_MOST).collect());
        self.apply(state);
    }

    fn hints(&self, _state: &State) -> Vec<(String, String)> {
        vec![("Enter".into(), "keep".into()), ("Esc".into(), "show all".into())]
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
