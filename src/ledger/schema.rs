//! The ledger's file: where it lies, who may read it, its tables and how older ones are brought up to date.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::store::LedgerError;

pub(super) const FILE: &str = "ledger.sqlite3";
/// Format of the file: one step in [`STEPS`] each.
pub(super) const VERSION: i64 = 5;
/// `pdsk`: tells our file from any other database.
pub(super) const APPLICATION: i64 = 0x7064_736b;
/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(5);

/// Step `n` brings a file of format `n` to the next.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE intents (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        state TEXT NOT NULL,
        account TEXT NOT NULL,
        live INTEGER NOT NULL,
        agent TEXT NOT NULL,
        profile TEXT NOT NULL,
        action TEXT NOT NULL,
        gate TEXT NOT NULL,
        target TEXT NOT NULL,
        customer TEXT,
        amount_minor INTEGER,
        currency TEXT,
        reason TEXT,
        created INTEGER NOT NULL,
        hold_until_ms INTEGER NOT NULL,
        first_sent INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        request_hash TEXT NOT NULL,
        frozen TEXT NOT NULL,
        basis TEXT NOT NULL,
        request_id TEXT,
        result_id TEXT,
        message TEXT
    ) STRICT;
    CREATE INDEX intents_by_target ON intents (target, created);
    CREATE INDEX intents_by_day ON intents (account, live, created);
    CREATE INDEX intents_open ON intents (state)
        WHERE state IN ('held', 'sending', 'unknown', 'waiting_at_stripe');
    CREATE TRIGGER intents_are_frozen BEFORE UPDATE OF
        n, id, account, live, agent, profile, action, gate, target, customer, amount_minor, currency, reason,
        created, hold_until_ms, request_hash, frozen, basis ON intents
        BEGIN SELECT RAISE(ABORT, 'what was intended does not change'); END;
    CREATE TRIGGER intents_that_ended_stay BEFORE UPDATE ON intents
        WHEN OLD.state IN ('settled', 'refused', 'withdrawn')
        BEGIN SELECT RAISE(ABORT, 'an intent that ended does not change'); END;
    CREATE TRIGGER intents_remain BEFORE DELETE ON intents
        BEGIN SELECT RAISE(ABORT, 'intents are not removed'); END;

    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        intent TEXT NOT NULL,
        target TEXT NOT NULL,
        agent TEXT NOT NULL,
        record TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_by_intent ON audit (intent);
    CREATE TRIGGER audit_is_frozen BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
    CREATE TRIGGER audit_remains BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;

    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        count INTEGER NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
", "
    CREATE TABLE proposals (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        account TEXT NOT NULL,
        live INTEGER NOT NULL,
        asked_by TEXT NOT NULL,
        why TEXT,
        asked INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        action TEXT NOT NULL,
        target TEXT NOT NULL,
        amount_minor INTEGER,
        currency TEXT,
        frozen TEXT NOT NULL,
        decided_by TEXT,
        decided INTEGER,
        intent TEXT UNIQUE REFERENCES intents (id),
        reason TEXT
    ) STRICT;
    CREATE INDEX proposals_waiting ON proposals (account, live) WHERE state = 'waiting';
    CREATE TRIGGER proposals_are_frozen BEFORE UPDATE OF
        n, id, account, live, asked_by, why, asked, expires, action, target, amount_minor, currency, frozen ON proposals
        BEGIN SELECT RAISE(ABORT, 'what was proposed does not change'); END;
    CREATE TRIGGER proposals_that_ended_stay BEFORE UPDATE ON proposals WHEN OLD.state <> 'waiting'
        BEGIN SELECT RAISE(ABORT, 'a proposal that was decided does not change'); END;
    CREATE TRIGGER proposals_remain BEFORE DELETE ON proposals
        BEGIN SELECT RAISE(ABORT, 'proposals are not removed'); END;
", "
    ALTER TABLE proposals ADD COLUMN agreed TEXT NOT NULL DEFAULT '[]';
", "
    CREATE INDEX audit_by_hash ON audit (hash);
    CREATE TABLE kept (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        since INTEGER NOT NULL,
        removed INTEGER NOT NULL
    ) STRICT;
    INSERT INTO kept (one, since, removed) VALUES (1, 0, 0);
    DROP TRIGGER intents_remain;
    CREATE TRIGGER intents_remain BEFORE DELETE ON intents
        WHEN OLD.state NOT IN ('settled', 'refused', 'withdrawn')
          OR OLD.created >= coalesce((SELECT since FROM kept), 0)
        BEGIN SELECT RAISE(ABORT, 'intents are not removed before their time'); END;
    DROP TRIGGER audit_remains;
    CREATE TRIGGER audit_remains BEFORE DELETE ON audit WHEN OLD.seq > coalesce((SELECT removed FROM kept), 0)
        BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;
    DROP TRIGGER proposals_remain;
    CREATE TRIGGER proposals_remain BEFORE DELETE ON proposals
        WHEN OLD.state = 'waiting' OR OLD.expires >= coalesce((SELECT since FROM kept), 0)
        BEGIN SELECT RAISE(ABORT, 'proposals are not removed before their time'); END;
", "
    CREATE TABLE opened (
        account TEXT NOT NULL,
        live INTEGER NOT NULL,
        customer TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, live, customer)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE notes (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        account TEXT NOT NULL,
        live INTEGER NOT NULL,
        customer TEXT NOT NULL,
        author TEXT NOT NULL,
        at INTEGER NOT NULL,
        text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notes_by_customer ON notes (account, live, customer);
    CREATE TRIGGER notes_are_frozen BEFORE UPDATE ON notes
        BEGIN SELECT RAISE(ABORT, 'a note stays as it was written'); END;
    CREATE TRIGGER notes_remain BEFORE DELETE ON notes WHEN OLD.at >= coalesce((SELECT since FROM kept), 0)
        BEGIN SELECT RAISE(ABORT, 'notes are not removed before their time'); END;
"];

/// Says what failed, in words that name the file and a way out.
pub(super) fn failed(path: &Path, error: &rusqlite::Error) -> LedgerError {
    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Locked { path },
        Some(ErrorCode::DiskFull) => LedgerError::Full { path },
        Some(ErrorCode::SystemIoFailure) => LedgerError::Failed {
            path,
            reason: format!("{reason}: look whether its disk is full or broken, then try again"),
        },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            LedgerError::ReadOnly { path }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LedgerError::Damaged { path, reason },
        _ => LedgerError::Failed { path, reason },
    }
}

/// Larger files are not looked through whenever they are opened, which has to be quick; `verify` and `doctor` do it.
const LOOKED_THROUGH_BYTES: u64 = 16 << 20;

/// How thoroughly a file is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Every page, as long as that is quick.
    Quick,
    /// Every page, and every index against its table.
    Thorough,
}

/// Whether SQLite finds the file whole: the audit chain covers its own table, and a page of any other can be damaged too. The
/// error says where.
pub(super) fn sound(connection: &Connection, path: &Path, look: Look) -> Result<(), LedgerError> {
    let pragma = match look {
        Look::Quick if fs::metadata(path).is_ok_and(|file| file.len() > LOOKED_THROUGH_BYTES) => {
            return Ok(());
        }
        Look::Quick => "PRAGMA quick_check(3)",
        Look::Thorough => "PRAGMA integrity_check(3)",
    };
    let found: rusqlite::Result<Vec<String>> = connection
        .prepare(pragma)
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect());
    let found = found.map_err(|error| failed(path, &error))?;
    if found.iter().all(|line| line == "ok") {
        return Ok(());
    }
    let reason = crate::text::clean(&found.join("; "));
    Err(LedgerError::Damaged { path: path.to_owned(), reason })
}

/// Makes the folder and the file, readable for nobody else. An existing file is only opened.
pub(super) fn prepare_files(dir: &Path) -> Result<PathBuf, LedgerError> {
    let folder = |error: io::Error| LedgerError::Folder { path: dir.to_owned(), reason: error.to_string() };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(folder)?;
    narrow(dir, 0o700)?;
    let path = dir.join(FILE);
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            LedgerError::ReadOnly { path: path.clone() }
        }
        io::ErrorKind::StorageFull => LedgerError::Full { path: path.clone() },
        _ => folder(error),
    })?;
    drop(file);
    narrow(&path, 0o600)?;
    Ok(path)
}

/// One desk sets the file up at a time: SQLite does not wait for others when it changes its journal. Held until the
/// file is dropped, which the system does too.
pub(super) fn take_turn(dir: &Path) -> Result<fs::File, LedgerError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let taken = options.open(dir.join("setup.lock")).and_then(|file| file.lock().map(|()| file));
    taken.map_err(|error| LedgerError::Folder { path: dir.to_owned(), reason: error.to_string() })
}

/// Takes group's and others' rights away. A folder that everybody writes to is somebody else's and is refused.
#[cfg(unix)]
fn narrow(path: &Path, mode: u32) -> Result<(), LedgerError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |reason: String| LedgerError::Folder { path: path.to_owned(), reason };
    let now = fs::metadata(path).map_err(|error| failed(error.to_string()))?.permissions().mode();
    if now & 0o002 != 0 {
        return Err(failed("everybody on this machine can write to it".into()));
    }
    if now & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .map_err(|error| failed(format!("others can read it, and that cannot be changed: {error}")))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn narrow(_path: &Path, _mode: u32) -> Result<(), LedgerError> {
    Ok(())
}

/// Settings of the connection, and the tables in their present format.
pub(super) fn set_up(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let said = |error: rusqlite::Error| failed(path, &error);
    connection.busy_timeout(BUSY).map_err(said)?;
    // Looked at before anything is written, so that a file which is not ours stays as it is.
    check_format(connection, path)?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(said)?;
    if mode == "delete" {
        let _mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(said)?;
    }
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")
        .map_err(said)?;
    migrate(connection, path)
}

fn number(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.query_row(sql, [], |row| row.get(0))
}

/// The file's format, zero for a new one.
pub(super) fn check_format(connection: &Connection, path: &Path) -> Result<i64, LedgerError> {
    let ask = |sql| number(connection, sql).map_err(|error| failed(path, &error));
    let version = ask("PRAGMA user_version")?;
    let ours = ask("PRAGMA application_id")? == APPLICATION;
    let tables = ask("SELECT count(*) FROM sqlite_schema")?;
    if !ours && (version != 0 || tables != 0) {
        let reason = "it is another program's database".into();
        return Err(LedgerError::Damaged { path: path.to_owned(), reason });
    }
    if version > VERSION {
        return Err(LedgerError::Newer { path: path.to_owned(), found: version, known: VERSION });
    }
    Ok(version)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    if check_format(connection, path)? == VERSION {
        return Ok(());
    }
    let said = |error: rusqlite::Error| failed(path, &error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(said)?;
    // Another desk may have done it while this one waited.
    let from = check_format(&transaction, path)?;
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        transaction.execute_batch(step).map_err(said)?;
    }
    if from == 0 {
        let head = super::audit::empty_head();
        transaction
            .execute("INSERT INTO head (one, count, hash) VALUES (1, ?1, ?2)", (head.count, head.hash))
            .map_err(said)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(said)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(said)?;
    transaction.commit().map_err(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_step() {
        assert_eq!(usize::try_from(VERSION).unwrap(), STEPS.len());
    }

    fn open(dir: &Path) -> Result<(), LedgerError> {
        let path = prepare_files(dir)?;
        let mut connection = Connection::open(&path).map_err(|error| failed(&path, &error))?;
        set_up(&mut connection, &path)
    }

    #[test]
    fn a_newer_format_is_refused_in_a_sentence() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path()).unwrap();
        open(dir.path()).unwrap();
        let connection = Connection::open(dir.path().join(FILE)).unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        let said = open(dir.path()).unwrap_err().to_string();
        assert!(said.contains("newer paydesk (format 7, this one knows 5)"), "{said}");
    }

    #[test]
    fn a_damaged_file_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        for bytes in ["this is no database at all, but somebody's notes".repeat(40), "short".into()] {
            fs::write(&path, &bytes).unwrap();
            let said = open(dir.path()).unwrap_err();
            assert!(matches!(said, LedgerError::Damaged { .. }), "{said}");
            assert!(said.to_string().contains(FILE) && said.to_string().contains("aside"));
            assert_eq!(fs::read_to_string(&path).unwrap(), bytes);
        }
    }

    #[test]
    fn somebody_elses_database_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let other = Connection::open(dir.path().join(FILE)).unwrap();
        other.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
        assert!(open(dir.path()).unwrap_err().to_string().contains("another program's database"));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let dir = base.path().join("data");
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        open(&dir).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join(FILE))), (0o700, 0o600));
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(open(&dir).unwrap_err().to_string().contains("everybody"));
    }
}
