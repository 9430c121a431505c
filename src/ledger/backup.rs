//! A copy of the ledger while desks go on working: one moment of it, whole, for its owner only, and checked before it is called one.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use rusqlite::{Connection, OpenFlags};

use super::{
    checked::{Checked, PART},
    schema,
    sqlite::Ledger,
    store::{Head, LedgerError, Store as _, Verified},
    trail,
};

impl Ledger {
    /// Writes a copy to `file`, which must not be there yet, reads it back, and gives the end of its chain.
    pub fn backup(&self, file: &Path) -> Result<Head, LedgerError> {
        let failed = |reason: String| LedgerError::Copy { path: file.to_owned(), reason };
        let head = self.head()?;
        // A name that begins with `file:` would be an address, so a whole path is given.
        let whole = std::path::absolute(file).map_err(|error| failed(error.to_string()))?;
        let text = whole.to_str().ok_or_else(|| failed("its name is no text".into()))?;
        let made = private(&whole).map_err(|error| {
            failed(match error.kind() {
                io::ErrorKind::AlreadyExists => "there is a file already, and it is not overwritten".into(),
                _ => error.to_string(),
            })
        })?;
        let copied = self
            .connection
            .execute("VACUUM INTO ?1", [text])
            .map_err(|error| failed(error.to_string()))
            .and_then(|_| synced(&made, &whole).map_err(|error| failed(error.to_string())))
            .and_then(|()| check(&whole, &head).map_err(failed));
        if copied.is_err() {
            // What is not whole is no copy.
            let _tidy = fs::remove_file(&whole);
        }
        copied
    }
}

fn private(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// The file, and its name in its folder, are on disk.
fn synced(made: &File, file: &Path) -> io::Result<()> {
    made.sync_all()?;
    match file.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// The copy is a whole ledger whose chain holds what the original held when it was begun.
fn check(file: &Path, least: &Head) -> Result<Head, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let copy =
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(|error| said(&error))?;
    if schema::check_format(&copy, file).map_err(|error| said(&error))? != schema::VERSION {
        return Err("the copy has another format".into());
    }
    schema::sound(&copy, file, schema::Look::Thorough).map_err(|error| said(&error))?;
    let walked =
        Checked::default().go_on(Ok(Some(least.clone())), |after| trail::part(&copy, file, after, PART));
    match walked.map_err(|error| said(&error))? {
        Verified::Whole(head) => Ok(head),
        Verified::Broken { seq, what } => {
            Err(format!("the chain in the copy is broken at record {seq}: {what}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{
        AuditFilter, Event, Reserve,
        samples::{NOW, refund},
    };

    fn ledger(dir: &Path) -> Ledger {
        let mut ledger = Ledger::open(dir).unwrap();
        ledger.reserve(&refund("int_1", "ch_1", 500), &Reserve::default()).unwrap();
        ledger.record_event(&Event { at: NOW, event: "login".into(), ..Event::default() }).unwrap();
        ledger
    }

    #[test]
    fn a_copy_is_private_whole_and_opens_as_a_ledger() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(dir.path());
        let file = dir.path().join("file:copy?mode=memory.sqlite3");
        let head = ledger.backup(&file).unwrap();
        assert_eq!(head, ledger.head().unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let elsewhere = tempfile::tempdir().unwrap();
        fs::copy(&file, elsewhere.path().join(schema::FILE)).unwrap();
        fs::write(elsewhere.path().join("audit.head"), format!("{} {}\n", head.count, head.hash)).unwrap();
        let restored = Ledger::open(elsewhere.path()).unwrap();
        assert_eq!(restored.verify().unwrap(), Verified::Whole(head));
        assert_eq!(restored.open_intents().unwrap(), ledger.open_intents().unwrap());
        let records = |ledger: &Ledger| ledger.audit(&AuditFilter::default()).unwrap();
        assert_eq!(records(&restored), records(&ledger));
    }

    #[test]
    fn nothing_is_overwritten_and_no_half_copy_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(dir.path());
        let file = dir.path().join("copy.sqlite3");
        fs::write(&file, "mine").unwrap();
        let said = ledger.backup(&file).unwrap_err().to_string();
        assert!(said.contains("there is a file already") && said.contains("copy.sqlite3"), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
        assert!(ledger.backup(&dir.path().join("nowhere/copy")).is_err());
        // A chain that is broken makes no copy that anybody relies on.
        let broken = "DROP TRIGGER audit_is_frozen; UPDATE audit SET record = replace(record, 'maya', 'noor') WHERE seq = 1";
        ledger.connection.execute_batch(broken).unwrap();
        let file = dir.path().join("broken.sqlite3");
        let said = ledger.backup(&file).unwrap_err().to_string();
        assert!(said.contains("broken at record 1"), "{said}");
        assert!(!file.exists());
    }
}
