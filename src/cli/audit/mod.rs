//! `paydesk audit`: the trail, and whether it is whole. Needs neither key nor network.

use serde_json::{Value, json};

use super::{
    exit::Failed,
    out::{Done, Shown},
    wire::Setup,
};
use crate::{
    gate::on_ledger,
    ledger::{AuditFilter, AuditRecord, LedgerError, Verified},
    money::{Currency, Money},
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
        /// How many; 0 for all
        #[arg(long, default_value_t = 50)]
        last: usize,
    },
    /// Check the whole chain; exit code 9 when it is broken
    Verify,
    /// Everything about one intent
    Show {
        /// `int_…`
        #[arg(value_name = "ID")]
        id: String,
    },
}

pub(super) async fn audit(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    match &args.command {
        Command::List { last } => list(setup, *last).await,
        Command::Verify => verify(setup).await,
        Command::Show { id } => show(setup, id).await,
    }
}

async fn list(setup: &Setup, most: usize) -> Result<Done, Failed> {
    let filter = AuditFilter { most, ..AuditFilter::default() };
    let records = on_ledger(&setup.ledger()?, move |ledger| ledger.audit(&filter)).await?;
    Ok(Done::new("audit list", json!(records), table(&records, setup)))
}

fn table(records: &[AuditRecord], setup: &Setup) -> Shown {
    let zone = setup.zone();
    let rows = records
        .iter()
        .map(|record| {
            let currency = record.currency.as_deref().and_then(Currency::parse);
            let amount = record.amount.zip(currency).map(|(minor, currency)| Money::new(minor, currency));
            vec![
                record.seq.to_string(),
                record.at.full(&zone),
                record.event.clone(),
                record.action.clone(),
                record.target.clone(),
                amount.map(|amount| amount.to_string()).unwrap_or_default(),
                record.agent.clone(),
                record.intent.clone(),
                record.message.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let titles = vec!["No", "Time", "Event", "Action", "Target", "Amount", "Agent", "Intent", "Message"];
    Shown::Table { titles, rows }
}

async fn verify(setup: &Setup) -> Result<Done, Failed> {
    match on_ledger(&setup.ledger()?, |ledger| ledger.verify()).await? {
        Verified::Whole(head) => {
            let pairs = vec![
                ("chain".into(), "whole".into()),
                ("records".into(), head.count.to_string()),
                ("head".into(), head.hash.clone()),
            ];
            let result = json!({"whole": true, "records": head.count, "head": head.hash});
            Ok(Done::new("audit verify", result, Shown::Pairs(pairs)))
        }
        Verified::Broken { seq, what } => Err(Failed::Differs {
            message: format!("the audit chain is broken at record {seq}: {what}"),
            result: json!({"whole": false, "seq": seq, "what": what}),
        }),
    }
}

async fn show(setup: &Setup, id: &str) -> Result<Done, Failed> {
    let (wanted, filter) =
        (id.to_owned(), AuditFilter { intent: Some(id.to_owned()), ..AuditFilter::default() });
    let shared = setup.ledger()?;
    let found = on_ledger(&shared, move |ledger| -> Result<_, LedgerError> {
        Ok((ledger.get(&wanted)?, ledger.audit(&filter)?))
    });
    let (intent, records) = found.await?;
    let Some(intent) = intent else {
        return Err(Failed::Usage(format!("there is no intent {} in this ledger", crate::text::clean(id))));
    };
    let mut result = json!({"intent": intent, "records": records});
    hide_key(&mut result);
    let mut done = Done::new("audit show", result, table(&records, setup));
    done.intent = json!(intent.id);
    Ok(done)
}

/// The key that repeats a change is nobody's to copy.
fn hide_key(result: &mut Value) {
    if let Some(request) = result.pointer_mut("/intent/request").and_then(Value::as_object_mut) {
        request.remove("idempotency_key");
    }
}
