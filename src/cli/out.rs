//! What commands print: a table on a terminal, tab-separated values in a pipe, or exactly one JSON document. Whoever reads
//! may stop reading; that is no failure.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Value, json};

use super::{
    exit::Failed,
    table::{Layout, separated, separated_as},
};
use crate::text;

/// What a command has to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    pub action: String,
    pub verdict: Value,
    pub intent: Value,
    pub request_id: Value,
    /// The object, or an array of them.
    pub result: Value,
    pub shown: Shown,
}

/// The same for a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Table {
        titles: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// A table of our own and the agent's words, in which nothing is a stranger's: printed as they are.
    Own {
        titles: Vec<&'static str>,
        rows: Vec<Vec<String>>,
    },
    /// Name and value.
    Pairs(Vec<(String, String)>),
    /// As it is, for whoever wants it as a file.
    Text(String),
}

impl Default for Shown {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Done {
    pub fn new(action: &str, result: Value, shown: Shown) -> Self {
        Self { action: action.to_owned(), result, shown, ..Self::default() }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Out {
    pub json: bool,
}

impl Out {
    pub fn done(self, done: &Done) -> io::Result<()> {
        if self.json {
            return document(&json!({
                "ok": true,
                "action": done.action,
                "verdict": done.verdict,
                "intent": done.intent,
                "request_id": done.request_id,
                "result": done.result,
            }));
        }
        write_out(&plain(&done.shown, io::stdout().is_terminal()))
    }

    /// JSON on stdout where it was asked for; a line on stderr in any case but that one.
    pub fn failed(self, action: &str, failed: &Failed) -> io::Result<()> {
        match failed {
            // Its one document says it already.
            Failed::Told(_) if self.json => Ok(()),
            _ if self.json => document(&json!({"ok": false, "action": action, "error": failed.json()})),
            _ => note(&failed.message()),
        }
    }
}

fn document(value: &Value) -> io::Result<()> {
    write_out(&text::escaped(&format!("{value:#}\n")))
}

/// For a person who watches: stderr, so that it is never taken for a result.
pub fn note(line: &str) -> io::Result<()> {
    ignore_closed(writeln!(io::stderr().lock(), "paydesk: {}", text::clean_lines(line)))
}

/// The one place that writes results.
pub fn write_out(text: &str) -> io::Result<()> {
    write_some(text).map(|_read| ())
}

/// As [`write_out`], for what comes in pieces: false where nobody reads any more.
pub(super) fn write_some(text: &str) -> io::Result<bool> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

fn ignore_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn plain(shown: &Shown, terminal: bool) -> String {
    match shown {
        Shown::Text(text) => text.clone(),
        Shown::Pairs(pairs) => {
            let rows: Vec<_> = pairs.iter().map(|(name, value)| vec![name.clone(), value.clone()]).collect();
            if terminal { Layout::default().lines(&rows) } else { separated(&rows) }
        }
        Shown::Table { titles, rows } => {
            let all = headed(titles, rows);
            if terminal { Layout::default().lines(&all) } else { separated(&all) }
        }
        Shown::Own { titles, rows } => {
            let all = headed(titles, rows);
            if terminal { Layout::default().lines(&all) } else { separated_as(&all, text::clean) }
        }
    }
}

fn headed(titles: &[&'static str], rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let head = std::iter::once(titles.iter().map(ToString::to_string).collect());
    head.chain(rows.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Shown {
        Shown::Table {
            titles: vec!["Id", "Name"],
            rows: vec![vec!["cus_1".into(), "Ada\tL\x1b[2J".into()], vec!["c".into(), "=1+1".into()]],
        }
    }

    #[test]
    fn a_pipe_gets_one_line_a_row_that_nothing_breaks() {
        let text = plain(&table(), false);
        let rows: Vec<Vec<_>> = text.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == 2), "{rows:?}");
        assert!(!text.contains('\x1b') && !rows[2][1].starts_with('='));
    }

    #[test]
    fn a_terminal_gets_columns() {
        let text = plain(&table(), true);
        assert_eq!(text.lines().next(), Some("Id     Name"));
        assert!(text.lines().nth(1).unwrap().starts_with("cus_1  Ada L␛"));
    }

    #[test]
    fn our_own_words_are_printed_as_they_are() {
        let rows = vec![vec!["data_dir".into(), "/a\tb".into(), "--data-dir".into()]];
        let text = plain(&Shown::Own { titles: vec!["Setting", "Value", "From"], rows }, false);
        assert_eq!(text, "Setting\tValue\tFrom\ndata_dir\t/a b\t--data-dir\n");
    }

    #[test]
    fn pairs_are_names_and_values() {
        let shown = Shown::Pairs(vec![("refund".into(), "re_1".into())]);
        assert_eq!(plain(&shown, false), "refund\tre_1\n");
    }
}
