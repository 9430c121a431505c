//! `paydesk audit`: the trail, and whether it is whole. Needs neither key nor network, but to compare it with Stripe.

mod backup;
mod export;
mod reconcile;
mod show;

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    exit::Failed,
    out::{Done, Out, Shown, note},
    run::no_action,
    wire::Setup,
};
use crate::{
    actions,
    config::Source,
    gate::on_ledger,
    ledger::{About, AuditFilter, AuditRecord, Checked, LedgerError, PART, Verified},
    time::{Clock as _, SystemClock, parse_when},
};

/// The audit trail
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// The newest records
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// Every record
        #[arg(long, conflicts_with = "limit")]
        all: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Check the whole chain; exit code 9 when it is broken
    Verify,
    /// Everything about one intent, one proposal, or that of one record
    Show {
        /// `int_…`, `prop_…`, or a record's number
        #[arg(value_name = "ID")]
        id: String,
    },
    Reconcile(reconcile::Args),
    /// Keep a copy of the ledger while desks go on working: one moment of it, whole, readable for you alone
    Backup {
        /// The file to write; it must not be there yet
        #[arg(value_name = "FILE")]
        file: std::path::PathBuf,
    },
    /// All records as a file on stdout
    Export {
        /// csv, or jsonl: one JSON object a line
        #[arg(long, value_enum)]
        format: export::Format,
        #[command(flatten)]
        which: Which,
    },
}

/// Which records. With `--agent NAME`, that agent's only.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// Not before: 2026-11-22, yesterday, 3d, RFC 3339
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Of this action
    #[arg(long, value_name = "NAME")]
    pub action: Option<String>,
    /// About this object: `ch_…`, `sub_…`
    #[arg(long, value_name = "ID")]
    pub target: Option<String>,
}

impl Command {
    /// What the envelope calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List { .. } => "audit list",
            Self::Verify => "audit verify",
            Self::Show { .. } => "audit show",
            Self::Reconcile(_) => "audit reconcile",
            Self::Backup { .. } => "audit backup",
            Self::Export { .. } => "audit export",
        }
    }
}

pub(super) async fn audit(args: &Args, setup: &Setup, out: Out) -> Result<Done, Failed> {
    match &args.command {
        Command::List { limit, all, which } => {
            let most = if *all { 0 } else { usize::try_from(*limit).unwrap_or(usize::MAX) };
            list(setup, AuditFilter { most, ..filter(which, setup)? }).await
        }
        Command::Verify => verify(setup).await,
        Command::Show { id } => show::show(setup, id).await,
        Command::Reconcile(args) => reconcile::reconcile(args, setup, out).await,
        Command::Backup { file } => backup::backup(setup, file),
        Command::Export { format, which } => {
            let (records, _) = records(setup, filter(which, setup)?).await?;
            let about = about(setup, &records).await?;
            Ok(export::export(*format, &records, (&about, &setup.zone())))
        }
    }
}

fn filter(which: &Which, setup: &Setup) -> Result<AuditFilter, Failed> {
    let since = which.since.as_deref().map(|text| {
        parse_when(text, SystemClock.now(), &setup.zone())
            .map_err(|error| Failed::Usage(format!("--since: {error}")))
    });
    // Nobody acts here, so the flag says whose records are meant; a name from the settings says nothing.
    let agent = &setup.config.agent;
    let asked = matches!(agent.source, Source::Flag(_));
    Ok(AuditFilter {
        since: since.transpose()?,
        agent: asked.then(|| agent.value.clone()),
        action: which.action.clone(),
        target: which.target.clone(),
        ..AuditFilter::default()
    })
}

/// Those that match, and how many there would be without a limit.
async fn records(setup: &Setup, filter: AuditFilter) -> Result<(Vec<AuditRecord>, usize), Failed> {
    let action = filter.action.clone();
    let ledger = setup.ledger()?;
    let found = on_ledger(&ledger, move |ledger| -> Result<_, LedgerError> {
        Ok((ledger.audit(&filter)?, ledger.audit_count(&filter)?))
    });
    let (records, all) = found.await?;
    match action {
        // An action of an older paydesk may stand in the trail; a name that stands nowhere is a slip of the pen.
        Some(name) if all == 0 && actions::find(&name).is_none() => Err(no_action(&name)),
        _ => Ok((records, all)),
    }
}

/// What is known of their intents besides.
async fn about(setup: &Setup, records: &[AuditRecord]) -> Result<BTreeMap<String, About>, Failed> {
    let (ledger, asked) = (setup.ledger()?, records.to_vec());
    Ok(on_ledger(&ledger, move |ledger| ledger.about(&asked)).await?)
}

async fn list(setup: &Setup, filter: AuditFilter) -> Result<Done, Failed> {
    let (records, all) = records(setup, filter).await?;
    if records.len() < all {
        note(&format!("{} of {all}; --all shows the rest", records.len()))
            .map_err(|error| Failed::Defect(error.to_string()))?;
    }
    let about = about(setup, &records).await?;
    let one = |record: &AuditRecord| {
        let mut shown = json!(record);
        if let Some(fields) = shown.as_object_mut() {
            let about = about.get(&record.intent);
            fields.insert("customer".into(), json!(about.and_then(|about| about.customer.as_ref())));
            if let Some(ends) = about.and_then(|about| about.ends) {
                fields.insert("ends".into(), json!(ends.words(&setup.zone())));
            }
        }
        shown
    };
    let result: Vec<_> = records.iter().map(one).collect();
    Ok(Done::new("audit list", json!(result), table(&records, &about, setup)))
}

/// Who did what, before what a narrow terminal breaks into the next line.
fn table(records: &[AuditRecord], about: &BTreeMap<String, About>, setup: &Setup) -> Shown {
    let zone = setup.zone();
    let rows = records
        .iter()
        .map(|record| {
            let about = about.get(&record.intent).cloned().unwrap_or_default();
            // Of a cancellation, when it takes effect.
            let ends = about.ends.map(|ends| ends.words(&zone));
            let message: Vec<_> = ends.into_iter().chain(record.message.clone()).collect();
            vec![
                record.seq.to_string(),
                record.at.full(&zone),
                record.event.clone(),
                record.agent.clone(),
                record.action.clone(),
                record.money().map(|amount| amount.to_string()).unwrap_or_default(),
                record.target.clone(),
                about.customer.unwrap_or_default(),
                record.reason.clone().unwrap_or_default(),
                record.intent.clone(),
                message.join("; "),
            ]
        })
        .collect();
    let titles = vec![
        "No", "Time", "Event", "Agent", "Action", "Amount", "Target", "Customer", "Reason", "Intent",
        "Message",
    ];
    Shown::Table { titles, rows }
}

async fn verify(setup: &Setup) -> Result<Done, Failed> {
    let ledger = setup.ledger()?;
    let walked = on_ledger(&ledger, |ledger| -> Result<_, LedgerError> {
        let mut checked = Checked::default();
        ledger.sound()?;
        let verified = checked.go_on(ledger.noted(), |after| ledger.chain(after, PART))?;
        Ok((verified, checked.removed()))
    });
    let (verified, removed) = walked.await?;
    match verified {
        Verified::Whole(head) => {
            let mut pairs = vec![
                ("chain".into(), "whole".into()),
                ("records".into(), head.count.to_string()),
                ("head".into(), head.hash.clone()),
            ];
            if removed > 0 {
                pairs.push((
                    "removed".into(),
                    format!("records 1 to {removed}, as a checkpoint in the chain says"),
                ));
            }
            let result = json!({"whole": true, "records": head.count, "removed": removed, "head": head.hash});
            Ok(Done::new("audit verify", result, Shown::Pairs(pairs)))
        }
        Verified::Broken { seq, what } => Err(Failed::Differs {
            message: format!("the audit chain is broken at record {seq}: {what}"),
            result: json!({"whole": false, "seq": seq, "what": what}),
        }),
    }
}
