//! Changes: done through the gate where the policy leaves them to one key, kept for a person where it asks for more.

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use super::{
    Assistant, answer, arguments,
    reads::object_of,
    tools::{self, WHY},
    trouble::Trouble,
};
use crate::{
    actions::Action,
    desk::verdict::Needs,
    gate::{Ask, Considered, Release},
    ledger::{Asked, Ending, IntentState},
    policy::{Given, Mark, Rule},
    text::clean,
};

/// How long a proposal waits, where the policy does not say: a day.
const HOURS: u32 = 24;
const HOUR_S: i64 = 3_600;

pub(super) async fn change(
    assistant: &Assistant,
    action: &'static Action,
    given: JsonObject,
) -> Result<Value, Trouble> {
    let moment = assistant.moment();
    let fields: Vec<_> = action.fields.iter().chain(tools::beside(action)).collect();
    let args = arguments::read(action.name, &fields, given, &moment)?;
    let mut args = arguments::led(assistant, &fields, args).await?;
    let why = args.0.remove(WHY.name);
    let considered = assistant.gate.consider(action, &args).await?;
    let proposal = &considered.proposal;
    match Needs::of(proposal, &considered.decision, proposal.terms.confirm_word.as_deref()) {
        Needs::Enter => at_once(assistant, considered).await,
        Needs::No(_) | Needs::Given { .. } => Err(Trouble::denied(&considered.decision)),
        // Who confirms it needs another person beside them: an assistant is none of the two.
        Needs::Twice | Needs::Amount(_) | Needs::Word(_) | Needs::Second(_) => {
            ask(assistant, considered, why).await
        }
    }
}

async fn at_once(assistant: &Assistant, considered: Considered) -> Result<Value, Trouble> {
    let proposal = considered.proposal;
    let ask = Ask {
        action: proposal.action.clone(),
        args: proposal.args,
        given: Given::Nothing,
        hold_ms: 0,
        seen: Some(considered.subject),
        confirmed: Some(proposal.request.canonical()),
        repeat_ok: false,
        together: false,
        confirm_word: None,
        asked: None,
    };
    let intent = assistant.gate.prepare(&ask).await?;
    let ending = assistant.gate.send(&intent.id, Release::Now, |_progress| {}).await?;
    ended(ending)
}

fn ended(ending: Ending) -> Result<Value, Trouble> {
    let Ending { intent, result, .. } = ending;
    let says = intent.message.clone().unwrap_or_default();
    match intent.state {
        IntentState::Settled => {
            let object = result.and_then(|raw| serde_json::from_str(&raw).ok()).unwrap_or(Value::Null);
            let mut answer = json!({
                "state": "done",
                "intent": intent.id,
                "result_id": intent.result_id,
                "request_id": intent.request_id,
            });
            if let (Some(answer), Value::Object(object)) = (answer.as_object_mut(), object_of(object)) {
                answer.extend(object);
                answer.extend((!says.is_empty()).then(|| ("note".to_owned(), json!(says))));
            }
            Ok(answer)
        }
        IntentState::Refused | IntentState::Withdrawn => Err(Trouble::refused(says, &intent.id)),
        IntentState::WaitingAtStripe => {
            Err(Trouble::unknown(format!("it waits at Stripe for a person there: {says}"), &intent.id))
        }
        IntentState::Unknown | IntentState::Sending | IntentState::Held => {
            Err(Trouble::unknown(says, &intent.id))
        }
    }
}

async fn ask(assistant: &Assistant, considered: Considered, why: Option<String>) -> Result<Value, Trouble> {
    let hours = assistant.rules().number(Rule::AssistantWaitHours).unwrap_or(HOURS);
    let asked = assistant.gate.ask(considered, why, i64::from(hours).saturating_mul(HOUR_S)).await?;
    Ok(waiting(&asked))
}

/// What there is to say while nobody has decided.
pub(super) fn waiting(asked: &Asked) -> Value {
    let asks = asked.decision.rules.iter().filter(|looked| looked.mark != Mark::Pass);
    let asks: Vec<_> = asks.map(|looked| format!("{} ({})", looked.says, looked.rule)).collect();
    json!({
        "state": "waiting",
        "proposal": asked.id,
        "says": "waiting for a person, who confirms or refuses it at the desk; nothing was sent. proposal_status tells what becomes of it",
        "agreed": asked.agreed.iter().map(|agreed| clean(&agreed.by)).collect::<Vec<_>>(),
        "expires": asked.expires.rfc3339(),
        "stripe_data": answer::marked(json!({"what": asked.proposal.sentence, "why_a_person": asks})),
    })
}
