//! Notices that the policy file was edited, so that the screen tells the rules which the next decision will use.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::sync::mpsc::Sender;

use super::Event;
use crate::desk::Message;

/// For the screen only: the gate looks for itself before every decision.
const EVERY: Duration = Duration::from_secs(5);

/// Modification time and length; `None` where there is no file.
type Stamp = Option<(SystemTime, u64)>;

/// What a file looked like last.
#[derive(Debug)]
pub struct Seen {
    path: PathBuf,
    stamp: Stamp,
}

fn stamp(path: &Path) -> Stamp {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

impl Seen {
    pub fn now(path: PathBuf) -> Self {
        Self { stamp: stamp(&path), path }
    }

    /// Since the last time this was asked.
    pub fn has_changed(&mut self) -> bool {
        let before = std::mem::replace(&mut self.stamp, stamp(&self.path));
        before != self.stamp
    }
}

/// Looks for ever. `load` reads the file anew and makes the message about it; nothing is sent while nothing changes.
pub async fn watch(path: PathBuf, events: Sender<Event>, mut load: impl FnMut() -> Message + Send) {
    let mut seen = Seen::now(path);
    loop {
        tokio::time::sleep(EVERY).await;
        if seen.has_changed() && events.send(Event::Desk(load())).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_noticed_once_and_an_unchanged_one_never() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("policy.toml");
        std::fs::write(&path, "one").unwrap();
        let mut seen = Seen::now(path.clone());
        assert!(!seen.has_changed());
        std::fs::write(&path, "another").unwrap();
        assert!(seen.has_changed());
        assert!(!seen.has_changed());
        std::fs::remove_file(&path).unwrap();
        assert!(seen.has_changed(), "a file that is gone has changed");
    }
}
