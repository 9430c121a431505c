//! `paydesk timeline`: everything that happened to a customer, in order.

use std::sync::Arc;

use super::{
    exit::Failed,
    explain::{customer, read, there},
    out::{Done, Shown},
    wire::Setup,
};
use crate::{
    actions::Moment,
    answers::timeline::{self, EntryKind},
    desk::trail,
    ledger::Note,
    runtime::{changes::Changes, through_gate::ThroughGate},
    text::clean,
};

/// Show everything that happened to a customer, the newest first
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `cus_…`, a Dashboard link, or an e-mail address
    #[arg(value_name = "ID_OR_EMAIL")]
    pub who: String,
    /// Only these: payments, failures, invoices, refunds, disputes, subscriptions
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub kind: Vec<String>,
}

pub(super) async fn timeline(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let kinds = args.kind.iter().map(|word| {
        EntryKind::parse(word).ok_or_else(|| {
            let all: Vec<_> = EntryKind::ALL.iter().map(|kind| kind.word()).collect();
            Failed::Usage(format!("`{}` is no kind of entry: give {}", clean(word), all.join(", ")))
        })
    });
    let kinds: Vec<EntryKind> = kinds.collect::<Result<_, _>>()?;
    let connected = setup.connect().await?;
    let moment = Moment { now: connected.clock.now(), zone: connected.zone.clone() };
    let id = customer(&connected, &args.who).await?;
    let bag = read(&connected, |bag| timeline::looks(bag, &id, &moment)).await?;
    there(&bag, &id)?;
    let mut entries = timeline::timeline(&bag, &moment);
    let mut gaps = timeline::gaps(&bag, &id, &moment);
    match ThroughGate::new(Arc::clone(&connected.gate)).audit().await {
        Ok(page) => entries.extend(trail::entries(&page, &id, &bag)),
        Err(why) => gaps.push(format!("what this desk did is not on it: {why}")),
    }
    match connected.gate.notes(&id).await {
        Ok(notes) => {
            let entry = |note: &Note| timeline::notes::entry(note.at, &note.says(), &id);
            entries.extend(notes.iter().map(entry));
        }
        Err(why) => gaps.push(format!("notes of this machine are not on it: {why}")),
    }
    timeline::sort(&mut entries);
    entries.retain(|entry| kinds.is_empty() || kinds.contains(&entry.kind));
    let mut rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            let amount = entry.amount.map(|amount| amount.to_string()).unwrap_or_default();
            let at = entry.at.full(&moment.zone);
            vec![at, entry.kind.word().to_owned(), amount, entry.says.clone(), entry.id.id.clone()]
        })
        .collect();
    let gap =
        |gap: &String| vec![String::new(), "not known".to_owned(), String::new(), gap.clone(), String::new()];
    rows.extend(gaps.iter().map(gap));
    let voice = connected.languages.voice(bag.customer(&id), moment);
    let titles = vec!["When", "What", "Amount", "Detail", "Id"];
    Ok(Done::new("timeline", timeline::json(&entries, &gaps, (&bag, &voice)), Shown::Table { titles, rows }))
}
