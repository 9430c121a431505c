//! Which desk an intent belongs to, and whether that desk still runs: each holds a lock on a file of its own, which the
//! system releases however the program ends.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// This desk's mark on its intents.
#[derive(Debug)]
pub(super) struct Owner {
    name: String,
    /// None in memory, where nobody else can look.
    lock: Option<(PathBuf, File)>,
}

fn lock_path(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("desk-{name}.lock"))
}

impl Owner {
    pub(super) fn in_memory() -> Self {
        Self { name: uuid::Uuid::new_v4().simple().to_string(), lock: None }
    }

    /// Takes a lock in `dir` that lives as long as this value, and no longer than the process.
    pub(super) fn in_folder(dir: &Path) -> io::Result<Self> {
        let name = uuid::Uuid::new_v4().simple().to_string();
        let path = lock_path(dir, &name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        file.try_lock().map_err(io::Error::from)?;
        Ok(Self { name, lock: Some((path, file)) })
    }

    /// Removes what desks left behind that were killed. Only while nobody else registers (see `schema::take_turn`): a lock
    /// file that was made and not locked yet looks the same.
    pub(super) fn tidy(dir: &Path) {
        let Ok(entries) = fs::read_dir(dir) else { return };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        for name in
            names.filter_map(|name| Some(name.strip_prefix("desk-")?.strip_suffix(".lock")?.to_owned()))
        {
            let path = lock_path(dir, &name);
            let Ok(file) = OpenOptions::new().write(true).open(&path) else { continue };
            if file.try_lock().is_ok() {
                let _tidy = fs::remove_file(&path);
            }
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the desk `other` no longer runs. When that cannot be told it counts as running, so that nothing of
    /// its is touched.
    pub(super) fn is_gone(&self, other: &str) -> bool {
        if other == self.name {
            return false;
        }
        let Some(dir) = self.lock.as_ref().and_then(|(path, _)| path.parent()) else { return true };
        let path = lock_path(dir, other);
        let file = match OpenOptions::new().write(true).open(&path) {
            Ok(file) => file,
            // Its name is only given out once its file exists, and only the end of a desk removes it.
            Err(error) => return error.kind() == io::ErrorKind::NotFound,
        };
        match file.try_lock() {
            Ok(()) => {
                let _tidy = fs::remove_file(&path);
                true
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some((path, _)) = &self.lock {
            let _tidy = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_is_gone_when_its_lock_is() {
        let dir = tempfile::tempdir().unwrap();
        let mine = Owner::in_folder(dir.path()).unwrap();
        let other = Owner::in_folder(dir.path()).unwrap();
        let name = other.name().to_owned();
        assert!(!mine.is_gone(mine.name()));
        assert!(!mine.is_gone(&name));
        drop(other);
        assert!(mine.is_gone(&name));
    }

    #[test]
    fn what_killed_desks_left_is_removed_and_what_runs_stays() {
        let dir = tempfile::tempdir().unwrap();
        let running = Owner::in_folder(dir.path()).unwrap();
        for left in ["desk-killed.lock", "desk-killed-too.lock", "setup.lock", "desk-notes.txt"] {
            fs::write(dir.path().join(left), "").unwrap();
        }
        Owner::tidy(dir.path());
        let mut kept: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        kept.sort();
        assert_eq!(
            kept,
            [format!("desk-{}.lock", running.name()), "desk-notes.txt".into(), "setup.lock".into()]
        );
        assert!(!Owner::in_folder(dir.path()).unwrap().is_gone(running.name()));
    }

    #[test]
    fn a_file_without_a_lock_is_a_desk_that_was_killed() {
        let dir = tempfile::tempdir().unwrap();
        let mine = Owner::in_folder(dir.path()).unwrap();
        fs::write(lock_path(dir.path(), "killed"), "").unwrap();
        assert!(mine.is_gone("killed"));
        assert!(!lock_path(dir.path(), "killed").exists());
    }
}
