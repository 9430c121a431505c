//! The rows of a pane for elsewhere: as CSV for a spreadsheet or as Stripe's JSON, on the clipboard. What is filtered away stays
//! behind, and the order is that on screen.

use serde::{Deserialize, Serialize};

use super::{After, Overlay, keys};
use crate::{
    desk::{
        binding::{Binding, Now, bind},
        message::Commands,
        panes::{self, Pane, PaneId},
        sheet::{Item, Line, Sheet, Tone},
        state::State,
    },
    text::csv,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Export {
    pane: PaneId,
}

#[derive(Clone, Copy, Debug)]
pub enum Do {
    Csv,
    Json,
    Back,
}

impl Export {
    /// Of the focused pane; none where it has no row.
    pub fn open(state: &State) -> Option<Self> {
        (panes::count(state, state.focus) > 0).then_some(Self { pane: state.focus })
    }

    fn rows<'a>(&self, state: &'a State) -> impl Iterator<Item = usize> + 'a {
        let pane = self.pane;
        (0..panes::count(state, pane)).filter_map(move |position| panes::index_at(state, pane, position))
    }

    /// The id, then every column as it is shown.
    fn as_csv(&self, state: &State) -> String {
        let pane = self.pane.pane();
        let titles = pane.columns.iter().map(|column| column.title.to_owned());
        let head = std::iter::once("Id".to_owned()).chain(titles).collect();
        let rows = self.rows(state).map(|at| cells(state, pane, at));
        csv(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    }

    /// Each object whole, as it was read. A row that is no object, a preview say, has none.
    fn as_json(&self, state: &State) -> String {
        let raw: Vec<_> = self.rows(state).filter_map(|at| (self.pane.pane().raw)(state, at)).collect();
        format!("[{}]", raw.join(","))
    }
}

fn cells(state: &State, pane: &Pane, at: usize) -> Vec<String> {
    let id = (pane.target)(state, at).map_or_else(String::new, |target| target.id);
    let shown = (pane.row)(state, at).map_or_else(Vec::new, |row| row.cells);
    let text = |cell: &Line| cell.text().trim().to_owned();
    std::iter::once(id).chain(shown.iter().map(text)).collect()
}

impl Overlay for Export {
    type Do = Do;

    const NAME: &'static str = "Rows for elsewhere";

    fn sheet(&self, state: &State) -> Sheet {
        let name = self.pane.pane().name;
        let count = panes::count(state, self.pane);
        let mut items = vec![Item::Text(Line::plain(format!(
            "{count} {} as they are listed, to the clipboard.",
            if count == 1 { "row" } else { "rows" }
        )))];
        if (self.pane.pane().has_more)(state) {
            let words = "Stripe has more than was read so far: the end of the list reads on.";
            items.push(Item::Text(Line::toned(words, Tone::Warn)));
        }
        let words = "The customer's data goes wherever it is pasted.";
        items.push(Item::Text(Line::toned(words, Tone::Dim)));
        Sheet {
            title: Line::toned(format!("Export {}", name.to_lowercase()), Tone::Accent),
            items,
            footer: keys::answers(self, state),
            width: 72,
            ..Sheet::default()
        }
    }

    fn table() -> Vec<Binding<Do>> {
        vec![
            bind(&["c", "<enter>"], Do::Csv, Some("CSV"), "copy the rows for a spreadsheet"),
            bind(&["j"], Do::Json, Some("JSON"), "copy the objects as Stripe gave them"),
            bind(&["<esc>"], Do::Back, Some("back"), "back, and nothing is copied"),
        ]
    }

    fn now(&self, _does: Do, _state: &State) -> Now {
        Now::On
    }

    fn act(&mut self, does: Do, state: &mut State, commands: &mut Commands) -> After {
        let count = panes::count(state, self.pane);
        match does {
            Do::Csv => state.copy(self.as_csv(state), format!("copied {count} rows as CSV"), commands),
            Do::Json => state.copy(self.as_json(state), format!("copied {count} rows as JSON"), commands),
            Do::Back => {}
        }
        After::Close
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{
        fixture::{press, state, text},
        message::Command,
    };

    fn copied(commands: &[Command]) -> String {
        let copy = commands.iter().find_map(|command| match command {
            Command::Copy { text, .. } => Some(text.to_string()),
            _ => None,
        });
        copy.unwrap()
    }

    #[test]
    fn rows_are_copied_as_they_are_listed() {
        let mut state = state();
        state.focus = PaneId::Charges;
        press(&mut state, "E");
        assert!(text(&state).contains("3 rows as they are listed"), "{}", text(&state));
        let csv = copied(&press(&mut state, "c"));
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(lines.len(), 4, "{csv}");
        assert!(lines[0].starts_with("Id,") && lines[0].contains("Amount"), "{csv}");
        assert!(lines[1..].iter().all(|line| line.starts_with("ch_")), "{csv}");
        press(&mut state, "f¥12<enter>E");
        let json = copied(&press(&mut state, "j"));
        let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (rows.len(), &rows[0]["currency"]),
            (1, &serde_json::json!("jpy")),
            "what is filtered stays"
        );
        assert!(state.modals.is_empty());
    }

    #[test]
    fn where_there_is_nothing_it_says_so() {
        let mut state = state();
        state.focus = PaneId::Disputes;
        assert_eq!(press(&mut state, "E"), []);
        assert!(state.modals.is_empty() && state.notice.unwrap().text.contains("no row"));
    }
}
