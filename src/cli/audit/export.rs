//! `paydesk audit export`: the trail for a spreadsheet, or for another program. Records hold ids and amounts, no customer's name.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::json;

use crate::{
    cli::out::{Done, Shown},
    ledger::{About, AuditRecord},
    money::Money,
    text::csv,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Csv,
    Jsonl,
}

const TITLES: [&str; 16] = [
    "seq",
    "at",
    "event",
    "intent",
    "agent",
    "action",
    "target",
    "amount",
    "currency",
    "reason",
    "request_id",
    "result_id",
    "message",
    "previous",
    "hash",
    "ends",
];

/// `about` is what is known of their intents besides; days are those of the zone.
pub(super) fn export(
    format: Format,
    records: &[AuditRecord],
    (about, zone): (&BTreeMap<String, About>, &TimeZone),
) -> Done {
    let ends = |record: &AuditRecord| about.get(&record.intent)?.ends.map(|ends| ends.words(zone));
    let text = match format {
        Format::Csv => {
            let mut rows = vec![TITLES.map(str::to_owned).to_vec()];
            rows.extend(records.iter().map(|record| row(record, ends(record))));
            csv(&rows)
        }
        // Each line is the record as it was hashed, with its hash.
        Format::Jsonl => {
            let mut lines = String::new();
            for record in records {
                lines.push_str(&json!(record).to_string());
                lines.push('\n');
            }
            lines
        }
    };
    Done::new("audit export", json!(records), Shown::Text(text))
}

/// The last is when a cancellation takes effect.
fn row(record: &AuditRecord, ends: Option<String>) -> Vec<String> {
    let option = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        record.seq.to_string(),
        record.at.rfc3339(),
        record.event.clone(),
        record.intent.clone(),
        record.agent.clone(),
        record.action.clone(),
        record.target.clone(),
        record.money().map(Money::plain).unwrap_or_default(),
        option(&record.currency),
        option(&record.reason),
        option(&record.request_id),
        option(&record.result_id),
        option(&record.message),
        record.previous.clone(),
        record.hash.clone(),
        ends.unwrap_or_default(),
    ]
}
