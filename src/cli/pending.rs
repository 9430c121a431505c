//! `paydesk pending`: changes whose end is not known, and settling them.

use serde_json::json;

use super::{
    exit::{Failed, stopped},
    out::{Done, Shown},
    wire::Setup,
};
use crate::{
    ledger::{Intent, IntentState},
    runtime::through_gate::on_ledger,
};

/// Changes whose outcome is not known yet
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Read at Stripe how they ended, and send again under the same key what never arrived
    #[arg(long)]
    pub resolve: bool,
}

pub(super) async fn pending(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    if !args.resolve {
        let open = on_ledger(&setup.ledger()?, |ledger| ledger.open_intents()).await?;
        return Ok(Done::new("pending", json!(brief(&open)), table(&open, setup)));
    }
    let connected = setup.connect().await?;
    let endings = connected.gate.recover().await;
    let endings = endings.map_err(|stop| stopped(stop, connected.transport.last_failure()))?;
    let intents: Vec<Intent> = endings.into_iter().map(|ending| ending.intent).collect();
    let open: Vec<&Intent> = intents.iter().filter(|intent| !intent.state.is_final()).collect();
    let unknown = open.iter().filter(|intent| intent.state != IntentState::WaitingAtStripe).count();
    if let Some(first) = open.first().filter(|_| unknown > 0) {
        return Err(Failed::Unknown {
            message: format!(
                "{unknown} of {} could not be settled: {}",
                intents.len(),
                first.message.as_deref().unwrap_or("Stripe did not tell")
            ),
            intent: Some(Box::new((*first).clone())),
        });
    }
    Ok(Done::new("pending", json!(brief(&intents)), table(&intents, setup)))
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
