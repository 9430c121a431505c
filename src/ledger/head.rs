//! The head of the chain, kept apart from the records, so that a database put back to an older state is noticed.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::{
    audit::{head_line, read_head_line},
    store::Head,
};

pub(super) const HEAD_FILE: &str = "audit.head";

/// The file; a ledger that is forgotten with the program has none.
#[derive(Debug)]
pub(super) struct HeadFile(Option<PathBuf>);

impl HeadFile {
    pub(super) fn in_folder(dir: &Path) -> Self {
        Self(Some(dir.join(HEAD_FILE)))
    }

    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Replaces the head file. The record is durable already, so a failure here only leaves the file behind, which
    /// `verify` allows: it may lag, but not contradict.
    pub(super) fn note(&self, head: &Head, owner: &str) {
        let Some(path) = &self.0 else { return };
        // What it remembers beyond that is lost: it stays the witness of it.
        if self.noted().is_ok_and(|noted| noted.is_some_and(|noted| noted.count > head.count)) {
            return;
        }
        let aside = path.with_extension(format!("head-{owner}"));
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&aside)?;
            writeln!(file, "{}", head_line(head))?;
            file.sync_data()?;
            fs::rename(&aside, path)
        };
        if write().is_err() {
            let _tidy = fs::remove_file(&aside);
        }
    }

    /// `Err` says why the file cannot be used as a witness.
    pub(super) fn noted(&self) -> Result<Option<Head>, String> {
        let Some(path) = &self.0 else { return Ok(None) };
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        read_head_line(&text).map(Some).ok_or_else(|| format!("{} is not readable", path.display()))
    }
}
