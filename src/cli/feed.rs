//! A list as it is printed, page by page: no more of it is in memory than one page. As JSON it is still one document, which
//! is closed with what went wrong where something did.

use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::{
    columns::Column,
    exit::Failed,
    out::{Done, Out, write_some},
    run::{Brought, Line},
    table::{Layout, separated},
};
use crate::text::escaped;

pub(super) struct Feed {
    action: String,
    verdict: Value,
    titles: Vec<String>,
    form: Form,
    begun: bool,
    rows: usize,
}

enum Form {
    Json,
    Terminal(Layout),
    Pipe,
}

/// A row in cells, and the same as JSON.
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    pub(super) raw: String,
}

impl Feed {
    /// `before` are titles of what stands left of the kind's own columns.
    pub(super) fn new(out: Out, action: &str, verdict: Value, before: &[&str], columns: &[Column]) -> Self {
        let own = columns.iter().map(|column| column.title);
        let right = before.iter().map(|_| false).chain(columns.iter().map(Column::is_amount));
        let form = match (out.json, std::io::stdout().is_terminal()) {
            (true, _) => Form::Json,
            (false, true) => Form::Terminal(Layout::of_list(right.collect())),
            (false, false) => Form::Pipe,
        };
        let titles = before.iter().copied().chain(own).map(str::to_owned).collect();
        Self { action: action.to_owned(), verdict, titles, form, begun: false, rows: 0 }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Somebody sees the rows come.
    pub(super) fn is_watched(&self) -> bool {
        matches!(self.form, Form::Terminal(_))
    }

    /// False where nobody reads any more.
    pub(super) fn push(&mut self, rows: Vec<Row>) -> Result<bool, Failed> {
        let json = matches!(self.form, Form::Json);
        let text = self.text(rows);
        write(&if json { escaped(&text) } else { text.as_str().into() })
    }

    /// What a line of a batch brought, under what was given there: as JSON one entry, otherwise a row each.
    pub(super) fn push_of_line(
        &mut self,
        line: &Line,
        brought: Result<Brought, Failed>,
    ) -> Result<bool, Failed> {
        let given = json!({"line": line.number, "given": line.given}).to_string();
        let given = given.strip_suffix('}').unwrap_or_default();
        if let Form::Json = self.form {
            let raw = match brought {
                Ok(brought) => format!("{given}, \"ok\": true, \"result\": {}}}", brought.raw),
                Err(failed) => format!("{given}, \"ok\": false, \"error\": {}}}", failed.json()),
            };
            return self.push(vec![Row { cells: Vec::new(), raw }]);
        }
        let rows = brought.map(|brought| brought.rows).unwrap_or_default();
        let row = |mut cells: Vec<String>| {
            cells.insert(0, line.given.clone());
            Row { cells, raw: String::new() }
        };
        self.push(rows.into_iter().map(row).collect())
    }

    fn text(&mut self, rows: Vec<Row>) -> String {
        let mut text = String::new();
        if let Form::Json = self.form {
            if !self.begun {
                text = self.head();
            }
            for row in &rows {
                text.push_str(if self.rows == 0 { "\n" } else { ",\n" });
                text.push_str(&row.raw);
                self.rows = self.rows.saturating_add(1);
            }
            self.begun = true;
            return text;
        }
        self.rows = self.rows.saturating_add(rows.len());
        let mut cells: Vec<Vec<String>> = Vec::with_capacity(rows.len().saturating_add(1));
        if !self.begun {
            cells.push(self.titles.clone());
        }
        cells.extend(rows.into_iter().map(|row| row.cells));
        self.begun = true;
        match &mut self.form {
            Form::Terminal(layout) => layout.lines(&cells),
            Form::Json | Form::Pipe => separated(&cells),
        }
    }

    fn head(&self) -> String {
        let head =
            json!({"action": self.action, "verdict": self.verdict, "intent": null, "request_id": null});
        let head = head.to_string();
        format!("{}, \"result\": [", head.strip_suffix('}').unwrap_or(&head))
    }

    /// Says how it ended.
    pub(super) fn end(mut self, ended: Result<(), Failed>) -> Result<Option<Done>, Failed> {
        if let (Err(failed), false) = (&ended, self.begun) {
            return Err(failed.clone());
        }
        let mut text = if self.begun { String::new() } else { self.text(Vec::new()) };
        if let Form::Json = self.form {
            text.push_str("\n], \"ok\": ");
            text.push_str(if ended.is_ok() { "true" } else { "false, \"error\": " });
            if let Err(failed) = &ended {
                text.push_str(&escaped(&failed.json().to_string()));
            }
            text.push_str("}\n");
        }
        write(&text)?;
        match ended {
            Ok(()) => Ok(None),
            Err(failed) => Err(Failed::Told(Box::new(failed))),
        }
    }
}

fn write(text: &str) -> Result<bool, Failed> {
    write_some(text).map_err(|error| Failed::Defect(format!("the result could not be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::columns;

    fn row(id: &str) -> Row {
        Row { cells: vec![id.into()], raw: format!(r#"{{"id":"{id}"}}"#) }
    }

    #[test]
    fn pages_are_one_document() {
        let mut feed = Feed::new(Out { json: true }, "list_charges", Value::Null, &[], columns::of("charge"));
        let mut text = feed.text(vec![row("ch_1"), row("ch_2")]);
        text.push_str(&feed.text(vec![row("ch_3")]));
        assert_eq!(feed.rows(), 3);
        text.push_str("\n], \"ok\": true}");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["result"].as_array().unwrap().len(), 3);
        assert_eq!((&document["action"], &document["intent"]), (&json!("list_charges"), &Value::Null));
    }

    #[test]
    fn titles_come_once_and_what_failed_at_once_is_no_list() {
        let mut feed = Feed::new(Out { json: false }, "x", Value::Null, &["Given"], columns::of("event"));
        feed.form = Form::Pipe;
        assert_eq!(feed.text(vec![row("a")]), "Given\tMade\tType\tObject\tId\na\n");
        assert_eq!(feed.text(vec![row("b")]), "b\n");
        let feed = Feed::new(Out { json: true }, "x", Value::Null, &[], columns::of("event"));
        let failed = Failed::Unreachable("down".into());
        assert_eq!(feed.end(Err(failed.clone())), Err(failed));
    }
}
