//! `paydesk audit backup`: a copy that can take the ledger's place.

use std::path::Path;

use serde_json::json;

use crate::{
    cli::{
        exit::Failed,
        out::{Done, Shown},
        wire::Setup,
    },
    ledger::Ledger,
};

/// The end of the chain is told with it: whoever puts the copy in the ledger's place writes it into `audit.head`.
pub(super) fn backup(setup: &Setup, file: &Path) -> Result<Done, Failed> {
    let ledger = Ledger::open(setup.data_dir()?)?;
    let head = ledger.backup(file)?;
    let bytes = std::fs::metadata(file).map(|about| about.len()).unwrap_or_default();
    let shown = file.display().to_string();
    let pairs = vec![
        ("kept at".into(), shown.clone()),
        ("bytes".into(), bytes.to_string()),
        ("records".into(), head.count.to_string()),
        ("audit.head".into(), format!("{} {}", head.count, head.hash)),
    ];
    let result = json!({"file": shown, "bytes": bytes, "records": head.count, "head": head.hash});
    Ok(Done::new("audit backup", result, Shown::Pairs(pairs)))
}
