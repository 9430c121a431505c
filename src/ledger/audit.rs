//! The audit chain: canonical JSON, hashes, and the walk that finds the first broken link. Pure.
//!
//! Records carry ids, amounts and fixed words: of what was intended, those that tell credit from debit and a charged card from
//! money that came elsewhere. A note is written by people about people, so the trail holds only the
//! first 16 hex digits of its SHA-256 (`note sha256:…`): enough to prove later which note it was.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

use super::{
    AuditRecord, Intent,
    store::{End, Event, Head, Verified},
};
use crate::{actions::Proposal, time::Unix};

/// Lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ok = write!(hex, "{byte:02x}");
    }
    hex
}

/// The one way to write a JSON value: keys sorted by their bytes, no white space.
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write_canonical(value, &mut out);
    out
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_canonical(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.iter().collect();
            names.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (at, (name, field)) in names.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                let _ok = write!(out, "{}:", Value::String(name.clone()));
                write_canonical(field, out);
            }
            out.push('}');
        }
        plain => {
            let _ok = write!(out, "{plain}");
        }
    }
}

/// Where an empty chain ends.
pub(super) fn empty_head() -> Head {
    Head { count: 0, hash: sha256_hex(b"") }
}

/// What is hashed: the record without its own hash.
pub(super) fn text(record: &AuditRecord) -> String {
    let mut value = serde_json::to_value(record).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("hash");
    }
    canonical(&value)
}

/// A stored record and its hash.
pub(super) fn read(text: &str, hash: String) -> Result<AuditRecord, String> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("hash".into(), Value::String(hash));
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Links the record to the chain: its place, what stands before it, and its own hash.
pub(super) fn link(mut record: AuditRecord, head: &Head) -> AuditRecord {
    record.seq = head.count.saturating_add(1);
    record.previous.clone_from(&head.hash);
    record.hash = sha256_hex(text(&record).as_bytes());
    record
}

/// What people wrote, as far as the trail may hold it: enough to prove later that it was this.
pub(super) fn sealed(what: &str, text: &str) -> String {
    let digest: String = sha256_hex(text.as_bytes()).chars().take(16).collect();
    format!("{what} sha256:{digest}")
}

/// The record `intended` of a new intent, not linked yet.
pub(super) fn intended(intent: &Intent) -> AuditRecord {
    let proposal = &intent.proposal;
    let terms = proposal.plain_terms().into_iter().map(|(name, value)| format!("{name}={value}"));
    let note = proposal.terms.note.as_deref().map(|note| sealed("note", note));
    let words: Vec<String> = terms.chain(note).collect();
    AuditRecord {
        event: "intended".into(),
        message: Some(words.join(" ")).filter(|words| !words.is_empty()),
        ..about(intent)
    }
}

/// The record of a step that an intent took, not linked yet.
pub(super) fn step(intent: &Intent, end: &End) -> AuditRecord {
    AuditRecord {
        at: end.at,
        event: end.state.name().into(),
        agent: end.by.clone().unwrap_or_else(|| intent.agent.clone()),
        request_id: end.request_id.clone(),
        result_id: end.result_id.clone(),
        message: end.message.as_deref().map(without_addresses),
        ..about(intent)
    }
}

fn about(intent: &Intent) -> AuditRecord {
    AuditRecord {
        at: intent.created,
        agent: intent.agent.clone(),
        ..of_proposal(&intent.proposal, &intent.id)
    }
}

/// What was proposed, by the id of its intent, or of its own where nobody confirmed it yet. When, who and what happened are
/// left to the caller.
pub(super) fn of_proposal(proposal: &Proposal, id: &str) -> AuditRecord {
    AuditRecord {
        seq: 0,
        at: Unix(0),
        event: String::new(),
        intent: id.to_owned(),
        agent: String::new(),
        action: proposal.action.clone(),
        target: proposal.target.id.clone(),
        amount: proposal.amount.map(crate::money::Money::minor),
        currency: proposal.amount.map(|amount| amount.currency().code().to_owned()),
        reason: proposal.terms.reason.clone(),
        request_id: None,
        result_id: None,
        message: None,
        previous: String::new(),
        hash: String::new(),
    }
}

pub(super) fn other(event: &Event) -> AuditRecord {
    AuditRecord {
        seq: 0,
        at: event.at,
        event: event.event.clone(),
        intent: event.intent.clone(),
        agent: event.agent.clone(),
        action: String::new(),
        target: event.target.clone(),
        amount: None,
        currency: None,
        reason: None,
        request_id: None,
        result_id: None,
        message: event.message.as_deref().map(without_addresses),
        previous: String::new(),
        hash: String::new(),
    }
}

/// Stripe's sentences are kept, but an e-mail address in one is a person's.
fn without_addresses(text: &str) -> String {
    let words: Vec<_> =
        text.split(' ').map(|word| if word.contains('@') { "[e-mail]" } else { word }).collect();
    words.join(" ")
}

/// A row of the trail as it is stored: the canonical text and the hash beside it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) text: String,
    pub(super) hash: String,
}

/// What a record says that stands where older ones were removed; its target is the last of those, as in `audit.head`.
pub(super) const CHECKPOINT: &str = "checkpoint";

/// `900 3f2a…`: as a checkpoint, and the file beside the ledger, name an end of the chain.
pub(super) fn head_line(head: &Head) -> String {
    format!("{} {}", head.count, head.hash)
}

pub(super) fn read_head_line(line: &str) -> Option<Head> {
    let (count, hash) = line.trim().split_once(' ')?;
    Some(Head { count: count.parse().ok()?, hash: hash.to_owned() })
}

/// The record that says how far older ones were removed, not linked yet.
pub(super) fn checkpoint(removed: &Head, now: Unix) -> AuditRecord {
    other(&Event {
        at: now,
        event: CHECKPOINT.into(),
        target: head_line(removed),
        message: Some(format!(
            "records up to {} were removed: they were older than the settings keep",
            removed.count
        )),
        ..Event::default()
    })
}

/// The walk so far; `Some` in `broken` ends it.
pub(super) struct Walk {
    head: Head,
    /// Records before the first one: they were removed.
    removed: i64,
    /// The end of what was removed, while no checkpoint has told of it.
    untold: Option<Head>,
    broken: Option<(i64, String)>,
    /// What the file beside the ledger said, to be met on the way.
    outside: Option<Head>,
}

impl Walk {
    /// From the beginning, or from the end of what was found whole before, and what had been removed before that.
    pub(super) fn on_from(whole: Option<(Head, i64)>, outside: Option<Head>) -> Self {
        let (head, removed) = whole.unwrap_or_else(|| (empty_head(), 0));
        Self { head, removed, untold: None, broken: None, outside }
    }

    /// The number of the record that was walked last.
    pub(super) fn count(&self) -> i64 {
        self.head.count
    }

    /// How many stood before the first one, and were removed.
    pub(super) fn removed(&self) -> i64 {
        self.removed
    }

    /// Records walked so far.
    pub(super) fn walked(&self) -> i64 {
        self.head.count.saturating_sub(self.removed)
    }

    /// Takes the next row; false when the chain is broken there.
    pub(super) fn take(&mut self, row: &Row) -> bool {
        let value = serde_json::from_str::<Value>(&row.text).ok();
        if self.head.count == 0 && row.seq > 1 {
            self.begin_behind(row.seq, value.as_ref());
        }
        let seq = self.head.count.saturating_add(1);
        if let Some(what) = self.wrong(row, seq, value.as_ref()) {
            // What begins behind others that follow has lost its order at its beginning.
            let seq = if row.seq <= self.removed { 1 } else { seq };
            self.broken = Some((seq, what));
            return false;
        }
        if let (Some(untold), Some(value)) = (&self.untold, &value) {
            let says = |name: &str| value.get(name).and_then(Value::as_str);
            if says("event") == Some(CHECKPOINT)
                && says("target").and_then(read_head_line).as_ref() == Some(untold)
            {
                self.untold = None;
            }
        }
        self.head = Head { count: seq, hash: row.hash.clone() };
        true
    }

    /// Older ones are not there. That is right if a checkpoint that follows says so.
    fn begin_behind(&mut self, seq: i64, first: Option<&Value>) {
        let previous = first.and_then(|value| value.get("previous")).and_then(Value::as_str);
        let before = Head { count: seq.saturating_sub(1), hash: previous.unwrap_or_default().to_owned() };
        self.removed = before.count;
        self.untold = Some(before.clone());
        self.head = before;
    }

    fn wrong(&self, row: &Row, seq: i64, value: Option<&Value>) -> Option<String> {
        if row.seq != seq {
            return Some(format!("record {seq} is missing: {} comes next", row.seq));
        }
        let Some(value) = value else { return Some("the record is not readable".into()) };
        if sha256_hex(row.text.as_bytes()) != row.hash || canonical(value) != row.text {
            return Some("the record was changed: its text does not give its hash".into());
        }
        if value.get("seq").and_then(Value::as_i64) != Some(seq) {
            return Some("the record was moved: it carries another number".into());
        }
        if value.get("previous").and_then(Value::as_str) != Some(self.head.hash.as_str()) {
            return Some("the record does not follow the one before it".into());
        }
        let outside = self.outside.as_ref().filter(|head| head.count == seq);
        outside
            .filter(|head| head.hash != row.hash)
            .map(|_| "the record is not the one that audit.head remembers".into())
    }

    /// Compares the end of the walk with the head that is kept apart.
    pub(super) fn end(self, kept: &Head) -> Verified {
        let next = self.head.count.saturating_add(1);
        if let Some((seq, what)) = self.broken {
            return Verified::Broken { seq, what };
        }
        if let Some(untold) = self.untold {
            let what = format!(
                "the first {} records are missing, and no checkpoint says that they were removed",
                untold.count
            );
            return Verified::Broken { seq: 1, what };
        }
        let most = self.outside.as_ref().map_or(kept.count, |head| head.count.max(kept.count));
        if most > self.head.count {
            let what =
                format!("the tail is cut off: {most} records were written, {} are left", self.head.count);
            return Verified::Broken { seq: next, what };
        }
        if *kept != self.head {
            let what = format!("the chain ends at {}, but its head says {}", self.head.count, kept.count);
            return Verified::Broken { seq: kept.count.saturating_add(1), what };
        }
        Verified::Whole(self.head)
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
