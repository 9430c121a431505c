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

/// The name that was probably meant: the last part of the key mistyped, or the whole of it.
pub(super) fn nearest<'n>(key: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (section, last) = key.rsplit_once('.').unwrap_or(("", key));
    names
        .filter_map(|name| {
            let (its_section, its_last) = name.rsplit_once('.').unwrap_or(("", name));
            if its_last == last {
                return Some((0, name));
            }
            let length = |text: &str| text.chars().count();
            let room = length(last).checked_div(3).unwrap_or(0).max(1);
            let longer = length(its_last) >= 3 && last.starts_with(its_last);
            let near_last = (its_section == section).then(|| strsim::osa_distance(last, its_last));
            let whole = strsim::osa_distance(key, name);
            let near_whole =
                (its_section != section && whole.saturating_mul(3) <= length(key)).then_some(whole);
            near_last
                .filter(|distance| longer || (*distance <= room && *distance < length(last)))
                .into_iter()
                .chain(near_whole)
                .min()
                .map(|distance| (distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
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
    fn finds_what_was_meant() {
        let names = ["refunds.max", "refunds.max_age_days", "refunds.reason", "refunds", "hours.days"];
        let near = |key: &str| nearest(key, names.into_iter());
        assert_eq!(near("refunds.maximum"), Some("refunds.max"));
        assert_eq!(near("refunds.reson"), Some("refunds.reason"));
        assert_eq!(near("refund"), Some("refunds"));
        assert_eq!(near("max"), Some("refunds.max"), "in the wrong place");
        assert_eq!(near("refunds.zzz"), None);
        assert_eq!(near(""), None);
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
