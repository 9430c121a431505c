//! `paydesk pending`: changes whose end is not known, and settling them.

use serde_json::json;

use super::{
    exit::{Failed, stopped},
    out::{Done, Shown},
    stop::Stop,
    wire::{Connected, Setup},
};
use crate::{
    gate::{Stopped, on_ledger},
    ledger::{Intent, IntentState, LedgerError},
};

/// Changes whose outcome is not known yet
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Read at Stripe how they ended, and send again under the same key what never arrived
    #[arg(long, conflicts_with_all = ["happened", "did_not_happen"])]
    pub resolve: bool,
    /// Record that this one happened. Look in the Dashboard first: it only records what you found
    #[arg(long, value_name = "ID", conflicts_with = "did_not_happen")]
    pub happened: Option<String>,
    /// Record that this one did not happen. Look in the Dashboard first: it only records what you found
    #[arg(long, value_name = "ID")]
    pub did_not_happen: Option<String>,
    /// You looked, and it is as you say
    #[arg(long)]
    pub yes: bool,
}

pub(super) async fn pending(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    match (&args.happened, &args.did_not_happen) {
        (Some(id), _) => return close(id, true, args.yes, setup).await,
        (None, Some(id)) => return close(id, false, args.yes, setup).await,
        (None, None) if args.resolve => {}
        (None, None) => {
            let open = on_ledger(&setup.ledger()?, |ledger| ledger.open_intents()).await?;
            return Ok(Done::new("pending", json!(brief(&open)), table(&open, setup)));
        }
    }
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    stop.changing(&connected.gate, Box::pin(resolve(setup, &connected))).await
}

async fn resolve(setup: &Setup, connected: &Connected) -> Result<Done, Failed> {
    let endings = connected.gate.recover().await;
    let endings = endings.map_err(|stop| stopped(stop, connected.transport.last_failure()))?;
    let ended: Vec<Intent> = endings.into_iter().map(|ending| ending.intent).collect();
    let open = still_open(connected, &ended).await?;
    let unknown: Vec<&Intent> = open.iter().filter(|intent| is_unknown(intent)).collect();
    let count = unknown.len();
    if count > 0 {
        let lines: Vec<String> = unknown.into_iter().map(line).collect();
        let what_to_do = if connected.gate.is_leaving() {
            "not settled when paydesk was told to end; `paydesk pending --resolve` goes on"
        } else {
            "could not be settled; look in the Dashboard, then say what you found with `paydesk pending --happened ID` or \
             `--did-not-happen ID`"
        };
        let message = format!("{count} {what_to_do}\n{}", lines.join("\n"));
        return Err(Failed::Unsettled { message, result: json!(brief(&listed(ended, open))) });
    }
    let all = listed(ended, open);
    Ok(Done::new("pending", json!(brief(&all)), table(&all, setup)))
}

fn is_unknown(intent: &Intent) -> bool {
    matches!(intent.state, IntentState::Unknown | IntentState::Sending)
}

fn line(intent: &Intent) -> String {
    let why = intent.message.as_deref().unwrap_or("Stripe did not tell");
    format!("{} · {} · {why}", intent.id, intent.proposal.sentence)
}

/// What ended, then what is still open.
fn listed(ended: Vec<Intent>, open: Vec<Intent>) -> Vec<Intent> {
    ended.into_iter().filter(|intent| intent.state.is_final()).chain(open).collect()
}

/// Everything that is open after settling, with words on what is not this profile's or this program's to settle.
async fn still_open(connected: &Connected, ended: &[Intent]) -> Result<Vec<Intent>, Failed> {
    let with_place = |ledger: &mut dyn crate::ledger::Store| -> Result<Vec<_>, LedgerError> {
        let open = ledger.open_intents()?;
        open.into_iter().map(|intent| Ok((ledger.is_own(&intent.id)?, intent))).collect()
    };
    let here = connected.gate.identity();
    let said = |id: &str| ended.iter().find(|ended| ended.id == id).and_then(|ended| ended.message.clone());
    let open = on_ledger(connected.gate.ledger(), with_place).await?;
    let words = |(own, intent): (bool, Intent)| {
        let message = if (&intent.account, intent.live) != (&here.account, here.live) {
            Some(format!("it belongs to {}: settle it with the profile `{}`", intent.account, intent.profile))
        } else if own {
            said(&intent.id).or_else(|| intent.message.clone())
        } else {
            Some("a desk that is running works on it".to_owned())
        };
        Intent { message, ..intent }
    };
    Ok(open.into_iter().map(words).collect())
}

/// Records what a person found at Stripe.
async fn close(id: &str, happened: bool, yes: bool, setup: &Setup) -> Result<Done, Failed> {
    let owned = id.to_owned();
    let found = on_ledger(&setup.ledger()?, move |ledger| ledger.get(&owned)).await?;
    let Some(intent) = found else { return Err(LedgerError::Missing(id.to_owned()).into()) };
    if !yes {
        let says = if happened { "happened" } else { "did not happen" };
        let sentence = &intent.proposal.sentence;
        return Err(Failed::Unconfirmed {
            message: format!(
                "look in the Dashboard first; this only records what you found: that it {says} ({sentence}). With --yes \
                 it is recorded"
            ),
            decision: None,
        });
    }
    let connected = setup.connect_at_once().await?;
    let ending = connected.gate.close_by_hand(id, happened).await.map_err(|stop| match stop {
        Stopped::Busy { earlier, message } => Failed::Unknown { message, intent: Some(earlier) },
        other => stopped(other, connected.transport.last_failure()),
    })?;
    let ended = [ending.intent];
    let shown = table(&ended, setup);
    Ok(Done { intent: json!(id), ..Done::new("pending", json!(brief(&ended)), shown) })
}

fn brief(intents: &[Intent]) -> Vec<serde_json::Value> {
    let one = |intent: &Intent| {
        json!({
            "intent": intent.id,
            "state": intent.state,
            "action": intent.proposal.action,
            "target": intent.proposal.target.id,
            "amount": intent.proposal.amount,
            "sentence": intent.proposal.sentence,
            "agent": intent.agent,
            "account": intent.account,
            "created": intent.created,
            "attempts": intent.attempts,
            "request_id": intent.request_id,
            "result_id": intent.result_id,
            "message": intent.message,
        })
    };
    intents.iter().map(one).collect()
}

fn table(intents: &[Intent], setup: &Setup) -> Shown {
    let zone = setup.zone();
    let rows = intents
        .iter()
        .map(|intent| {
            vec![
                intent.id.clone(),
                intent.created.full(&zone),
                intent.state.name().to_owned(),
                intent.agent.clone(),
                intent.proposal.sentence.clone(),
                intent.message.clone().unwrap_or_default(),
            ]
        })
        .collect();
    Shown::Table { titles: vec!["Intent", "Since", "State", "Agent", "Change", "Message"], rows }
}
