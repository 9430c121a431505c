//! What is wrong with a policy file: where exactly, and what would be right.

use std::{fmt, ops::Range};

use crate::text;

/// The first fault of a policy file. Lines and columns count from one, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    pub file: String,
    pub line: u32,
    pub column: u32,
    /// The key that the fault is about: `refunds.max`.
    pub key: Option<String>,
    pub message: String,
    /// The known name that comes nearest.
    pub nearest: Option<String>,
}

impl std::error::Error for PolicyError {}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, ": did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

/// A fault while its place is still an offset.
#[derive(Debug)]
pub(super) struct Fault {
    at: usize,
    key: String,
    message: String,
    nearest: Option<String>,
}

/// Collects faults, so that the first one in the file is told, whatever order the tables are read in.
#[derive(Debug)]
pub(super) struct Faults<'a> {
    text: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    pub(super) fn add(&mut self, span: &Range<usize>, key: &str, message: impl Into<String>) {
        self.add_with(span, key, message, None);
    }

    pub(super) fn add_with(
        &mut self,
        span: &Range<usize>,
        key: &str,
        message: impl Into<String>,
        nearest: Option<&str>,
    ) {
        let nearest = nearest.map(str::to_owned);
        self.found.push(Fault { at: span.start, key: key.to_owned(), message: message.into(), nearest });
    }

    pub(super) fn line(&self, span: &Range<usize>) -> u32 {
        place(self.text, span.start).0
    }

    /// The first fault in the file, if there is any.
    pub(super) fn finish(self, file: &str) -> Result<(), PolicyError> {
        let Some(first) = self.found.into_iter().min_by_key(|fault| fault.at) else { return Ok(()) };
        let (line, column) = place(self.text, first.at);
        Err(PolicyError {
            file: text::clean(file),
            line,
            column,
            key: (!first.key.is_empty()).then(|| text::clean(&first.key)),
            message: text::clean(&first.message),
            nearest: first.nearest,
        })
    }
}

/// Line and column of a byte offset, from one.
fn place(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.get(start..).unwrap_or_default().chars().count().saturating_add(1);
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_and_columns_in_characters() {
        assert_eq!(place("", 0), (1, 1));
        assert_eq!(place("a\nüb", 4), (2, 2));
        assert_eq!(place("a\n", 99), (2, 1));
    }

    #[test]
    fn the_first_fault_in_the_file_is_told() {
        let mut faults = Faults::new("ab\ncd");
        faults.add(&(4..5), "d", "second");
        faults.add(&(1..2), "b", "first\x1b");
        let error = faults.finish("p.toml").unwrap_err();
        assert_eq!(error.to_string(), "p.toml:1:2: first␛");
    }
}
