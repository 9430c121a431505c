//! The file that says how far a batch came: one JSON object a line, on disk before and after each change. With it the batch
//! goes on where it stopped.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    cli::exit::Failed,
    gate::Identity,
    ledger::{Intent, IntentState, canonical, sha256_hex},
    text::clean,
};

/// Which batch it is: another one does not go on in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Batch {
    action: String,
    parameter: String,
    account: String,
    live: bool,
    /// SHA-256 of what all lines have in common, hex: the file itself tells nobody's words.
    arguments: String,
}

impl Batch {
    pub(super) fn new(action: &str, parameter: &str, common: &Value, identity: &Identity) -> Self {
        Self {
            action: action.to_owned(),
            parameter: parameter.to_owned(),
            account: identity.account.clone(),
            live: identity.live,
            arguments: sha256_hex(canonical(common).as_bytes()),
        }
    }
}

/// How one of them stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) line: usize,
    pub(super) id: String,
    /// As the ledger has it: `held` before it is sent.
    pub(super) state: IntentState,
    pub(super) intent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) result_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

impl Record {
    pub(super) fn of(line: usize, id: &str, intent: &Intent) -> Self {
        Self {
            line,
            id: id.to_owned(),
            state: intent.state,
            intent: intent.id.clone(),
            request_id: intent.request_id.clone(),
            result_id: intent.result_id.clone(),
            message: intent.message.clone(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Head {
    batch: Batch,
}

/// The open file, and what it said when it was opened: the last record of each id.
pub(super) struct Results {
    path: PathBuf,
    file: File,
    pub(super) known: BTreeMap<String, Record>,
}

impl Results {
    /// A new file, or one of the same batch.
    pub(super) fn open(path: &Path, batch: &Batch) -> Result<Self, Failed> {
        let failed = |error: std::io::Error| cannot(path, &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                Failed::Config(format!("{}: another paydesk is at work on this batch", path.display()))
            }
            TryLockError::Error(error) => failed(error),
        })?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        // A line that was cut short says nothing: what it was about is in the ledger.
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let known =
            read(path, if whole == 0 { &text } else { text.get(..whole).unwrap_or_default() }, batch)?;
        // Only now, since it is one of ours.
        let end = u64::try_from(whole).unwrap_or(u64::MAX);
        file.set_len(end).and_then(|()| file.seek(SeekFrom::Start(end))).map_err(failed)?;
        let mut results = Self { path: path.to_owned(), file, known };
        if whole == 0 {
            results.write(&Head { batch: batch.clone() })?;
        }
        Ok(results)
    }

    /// On disk when this returns.
    pub(super) fn note(&mut self, record: &Record) -> Result<(), Failed> {
        self.write(record)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), Failed> {
        let text = serde_json::to_string(line).map_err(|error| Failed::Defect(error.to_string()))?;
        let written =
            self.file.write_all(format!("{text}\n").as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|error| cannot(&self.path, &error))
    }
}

fn cannot(path: &Path, error: &std::io::Error) -> Failed {
    Failed::Config(format!(
        "the results file {} cannot be used: {error}; nothing more was sent",
        path.display()
    ))
}

fn read(path: &Path, text: &str, batch: &Batch) -> Result<BTreeMap<String, Record>, Failed> {
    let mut lines = text.lines().enumerate();
    let wrong = |at: usize, what: &str| {
        let line = at.saturating_add(1);
        Failed::Config(format!("{}:{line}: {}; give another file", path.display(), clean(what)))
    };
    if let Some((at, head)) = lines.next() {
        let head: Head =
            serde_json::from_str(head).map_err(|_other| wrong(at, "this is no results file of a batch"))?;
        if head.batch != *batch {
            return Err(wrong(at, &format!("these are the results of {}", differs(&head.batch, batch))));
        }
    }
    let mut known = BTreeMap::new();
    for (at, line) in lines {
        let record: Record = serde_json::from_str(line)
            .map_err(|error| wrong(at, &format!("this is no record of a batch: {error}")))?;
        known.insert(record.id.clone(), record);
    }
    Ok(known)
}

/// What makes another batch of it.
fn differs(theirs: &Batch, ours: &Batch) -> String {
    if theirs.action != ours.action || theirs.parameter != ours.parameter {
        return format!("{} with {}=-", theirs.action, theirs.parameter);
    }
    if (&theirs.account, theirs.live) != (&ours.account, ours.live) {
        return format!("the account {}{}", theirs.account, if theirs.live { ", live" } else { "" });
    }
    format!("{} with other parameters", theirs.action)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;

    fn batch(action: &str, reason: &str) -> Batch {
        let identity = Identity {
            agent: "maya".into(),
            profile: "default".into(),
            account: "acct_1".into(),
            live: false,
            zone: TimeZone::UTC,
            read_only: None,
        };
        Batch::new(action, "charge", &json!({"reason": reason}), &identity)
    }

    fn record(id: &str, state: IntentState) -> Record {
        let intent = format!("int_{id}");
        Record { line: 1, id: id.into(), state, intent, request_id: None, result_id: None, message: None }
    }

    fn said(path: &Path, batch: &Batch) -> String {
        Results::open(path, batch).err().map(|failed| failed.message()).unwrap_or_default()
    }

    #[test]
    fn the_last_word_on_each_id_counts_and_half_a_line_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let batch = batch("refund_charge", "duplicate");
        let mut results = Results::open(&path, &batch).unwrap();
        results.note(&record("ch_1", IntentState::Held)).unwrap();
        results.note(&record("ch_1", IntentState::Settled)).unwrap();
        results.note(&record("ch_2", IntentState::Held)).unwrap();
        assert!(said(&path, &batch).contains("another paydesk is at work"));
        drop(results);
        let mut text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("duplicate"), "{text}");
        text.push_str(r#"{"line":2,"id":"ch_2","state":"sett"#);
        std::fs::write(&path, &text).unwrap();
        let mut again = Results::open(&path, &batch).unwrap();
        let states: Vec<_> = again.known.values().map(|known| (known.id.as_str(), known.state)).collect();
        assert_eq!(states, [("ch_1", IntentState::Settled), ("ch_2", IntentState::Held)]);
        again.note(&record("ch_2", IntentState::Refused)).unwrap();
        let lines = std::fs::read_to_string(&path).unwrap();
        assert_eq!((lines.lines().count(), lines.ends_with('\n')), (5, true), "{lines}");
    }

    #[test]
    fn another_batch_does_not_go_on_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        drop(Results::open(&path, &batch("refund_charge", "duplicate")).unwrap());
        assert!(
            said(&path, &batch("update_charge", "duplicate"))
                .contains("results of refund_charge with charge=-")
        );
        assert!(said(&path, &batch("refund_charge", "fraudulent")).contains("with other parameters"));
        for theirs in ["{\"mine\": 1}\n", "{\"mine\": 1}", "my notes\nof today"] {
            std::fs::write(&path, theirs).unwrap();
            let error = said(&path, &batch("refund_charge", "duplicate"));
            assert!(error.contains("results.jsonl:1: this is no results file"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), theirs);
        }
    }
}
