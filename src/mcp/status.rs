//! What became of a proposal, as far as it is known.

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use super::{Assistant, answer, arguments, changes, tools::PROPOSAL, trouble::Trouble};
use crate::{
    gate::on_ledger,
    ledger::{Asked, AskedState, Intent, IntentState, LedgerError},
    policy::Outcome,
    text::clean,
};

pub(super) async fn status(assistant: &Assistant, given: JsonObject) -> Result<Value, Trouble> {
    let args = arguments::read("proposal_status", &[&PROPOSAL], given, &assistant.moment())?;
    let id = args.get(PROPOSAL.name).unwrap_or_default();
    if id.starts_with("int_") {
        return Ok(how(&intent(assistant, id).await?));
    }
    let asked = assistant.gate.asked(id).await?;
    let known = json!({"proposal": asked.id, "expires": asked.expires.rfc3339()});
    Ok(match (asked.state, &asked.intent) {
        (AskedState::Waiting, _) => with(changes::waiting(&asked), &in_the_way(assistant, &asked).await),
        (AskedState::Confirmed, Some(id)) => with(known, &how(&intent(assistant, id).await?)),
        (AskedState::Confirmed, None) => return Err(Trouble::unreadable("it names no intent")),
        (AskedState::Refused, _) => with(known, &refused(&asked)),
        (AskedState::Expired, _) => {
            let over = asked.over(assistant.gate.now()).unwrap_or_default();
            let says = format!("{over}; nothing was sent. It can be asked for again");
            with(known, &json!({"state": "expired", "says": says}))
        }
    })
}

fn with(mut known: Value, more: &Value) -> Value {
    if let (Some(known), Some(more)) = (known.as_object_mut(), more.as_object()) {
        known.extend(more.clone());
    }
    known
}

/// Why nobody could say yes to it as its object stands now, which may have moved since it was asked for; nothing where somebody could.
async fn in_the_way(assistant: &Assistant, asked: &Asked) -> Value {
    let trouble = match assistant.gate.consider_asked(asked).await {
        Ok(considered) if considered.decision.outcome == Outcome::Deny => {
            Trouble::denied(&considered.decision)
        }
        Ok(_) => return json!({}),
        Err(stopped) => Trouble::from(stopped),
    };
    json!({"in_the_way": trouble.json().get("error")})
}

fn refused(asked: &Asked) -> Value {
    json!({
        "state": "refused",
        "says": "a person refused it; nothing was sent",
        "by": asked.decided_by.as_deref().map(clean),
        "reason": asked.reason.as_deref().map(clean),
    })
}

/// Of this account: what others did is not for this assistant.
async fn intent(assistant: &Assistant, id: &str) -> Result<Intent, Trouble> {
    let (owned, identity) = (id.to_owned(), assistant.gate.identity());
    let found = on_ledger(assistant.gate.ledger(), move |ledger| ledger.get(&owned)).await?;
    let ours = |intent: &Intent| (&intent.account, intent.live) == (&identity.account, identity.live);
    found.filter(ours).ok_or_else(|| LedgerError::Missing(clean(id)).into())
}

/// How a change stands.
fn how(intent: &Intent) -> Value {
    let (state, says) = match intent.state {
        IntentState::Held => {
            ("confirmed", "a person confirmed it; it is sent in a moment, unless they take it back")
        }
        IntentState::Sending => ("sending", "it is being sent"),
        IntentState::Settled => ("done", "it was done"),
        IntentState::Refused => {
            ("failed", "it was confirmed, and then refused or stopped; nothing was changed")
        }
        IntentState::Withdrawn => ("taken_back", "it was taken back before it was sent; nothing was sent"),
        IntentState::Unknown => {
            ("unknown", "it is not known whether it happened: do not ask for it again, a person settles it")
        }
        IntentState::WaitingAtStripe => {
            ("waiting_at_stripe", "it waits for a person at Stripe: do not ask for it again")
        }
    };
    let told = json!({"what": intent.proposal.sentence, "message": intent.message});
    json!({
        "state": state,
        "says": says,
        "intent": intent.id,
        "by": clean(&intent.agent),
        "result_id": intent.result_id,
        "request_id": intent.request_id,
        "stripe_data": answer::marked(told),
    })
}
