//! Actions that change something: proposed, decided, confirmed and sent through the gate.

use serde_json::{Value, json};

use super::{
    Args,
    given::{self, Wanted},
    request_json, request_pairs,
};
use crate::{
    actions::{Moment, Proposal},
    cli::{
        exit::{Failed, stopped},
        out::{Done, Shown, note},
        stop::Stop,
        wire::{Connected, Setup},
    },
    gate::{Ask, Release, Stopped},
    ledger::{Ending, IntentState},
    model::AnyId,
    policy::{self, Confirm, Decision, Fact, Given, Outcome},
    runtime::through_gate::words,
    stripe::Failure,
};

pub(super) async fn change(args: &Args, mut wanted: Wanted, setup: &Setup) -> Result<Done, Failed> {
    if !wanted.is_to_be_looked_up() {
        target(&wanted)?;
    }
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    stop.reading(wanted.look_up(&connected, &given::moment(setup))).await?;
    stop.changing(&connected.gate, Box::pin(carry_out(args, wanted, &connected))).await
}

/// The object that it is done to.
fn target(wanted: &Wanted) -> Result<AnyId, Failed> {
    wanted.action.target(&wanted.arguments).map_err(|error| Failed::Usage(error.to_string()))
}

async fn carry_out(args: &Args, wanted: Wanted, connected: &Connected) -> Result<Done, Failed> {
    connected.transport.forget();
    let (proposal, decision) = propose(&wanted, connected).await?;
    if args.dry_run {
        return dry(&proposal, decision);
    }
    let ask = Ask {
        action: wanted.action.name.to_owned(),
        args: wanted.arguments,
        given: given(args.yes, &proposal, decision)?,
        hold_ms: 0,
        confirmed: None,
        seen: None,
        repeat_ok: args.repeat,
        confirm_word: None,
        asked: None,
    };
    let why = |stop: Stopped| stopped(stop, connected.transport.last_failure());
    let intent = connected.gate.prepare(&ask).await.map_err(why)?;
    let progress = |progress| {
        if let Some(line) = words(&progress) {
            // Whoever does not listen misses nothing that matters.
            let _told = note(&line);
        }
    };
    connected.transport.forget();
    let ending = connected.gate.send(&intent.id, Release::Now, progress).await;
    ended(ending.map_err(why)?, connected.transport.last_failure())
}

/// What would be done, and what the policy says to it, on facts that are read now.
async fn propose(wanted: &Wanted, connected: &Connected) -> Result<(Proposal, Decision), Failed> {
    let target = target(wanted)?;
    let facts = connected.gate.facts(wanted.action.name, &target, &wanted.arguments).await;
    let subject = match &facts.subject {
        Fact::Known(subject) => subject,
        Fact::Unknown(why) => {
            return Err(stopped(Stopped::Facts(why.clone()), connected.transport.last_failure()));
        }
    };
    let moment = Moment { now: facts.now, zone: facts.zone.clone() };
    let proposal = wanted
        .action
        .propose(&wanted.arguments, subject, &moment)
        .map_err(|error| Failed::Usage(error.to_string()))?;
    let policy = connected.gate.policy().read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let decision = policy::decide(&policy, &proposal, &facts);
    Ok((proposal, decision))
}

/// How this person answers, or why somebody else has to.
fn given(yes: bool, proposal: &Proposal, decision: Decision) -> Result<Given, Failed> {
    match decision.outcome {
        Outcome::Deny | Outcome::SecondPerson => Err(Failed::Denied(Box::new(decision))),
        Outcome::Allow => Ok(Given::Enter),
        Outcome::Confirm(_) if yes => Ok(Given::Yes),
        Outcome::Confirm(_) => Err(Failed::Unconfirmed {
            message: format!(
                "this has to be confirmed, and nothing was sent: {}; --yes confirms",
                proposal.sentence
            ),
            decision: Some(Box::new(decision)),
        }),
    }
}

pub(in crate::cli) fn outcome(decision: &Decision) -> &'static str {
    match &decision.outcome {
        Outcome::Allow => "allow",
        Outcome::Confirm(Confirm::Plain | Confirm::TypeAmount(_) | Confirm::TypeName(_)) => "confirm",
        Outcome::SecondPerson => "second_person",
        Outcome::Deny => "deny",
    }
}

fn dry(proposal: &Proposal, decision: Decision) -> Result<Done, Failed> {
    if matches!(decision.outcome, Outcome::Deny | Outcome::SecondPerson) {
        return Err(Failed::Denied(Box::new(decision)));
    }
    let result = json!({
        "dry_run": true,
        "sentence": proposal.sentence,
        "outcome": outcome(&decision),
        "request": request_json(&proposal.request),
    });
    let mut pairs = vec![
        ("would".to_owned(), proposal.sentence.clone()),
        ("verdict".to_owned(), outcome(&decision).to_owned()),
    ];
    pairs.extend(decision.rules.iter().map(|looked| (looked.rule.clone(), looked.says.clone())));
    pairs.extend(request_pairs(&proposal.request));
    let mut done = Done::new(&proposal.action, result, Shown::Pairs(pairs));
    done.verdict = json!(decision);
    Ok(done)
}

pub(in crate::cli) fn ended(ending: Ending, cause: Option<Failure>) -> Result<Done, Failed> {
    let Ending { intent, result, .. } = ending;
    let message = intent.message.clone().unwrap_or_default();
    match intent.state {
        IntentState::Settled => {
            let object: Value = result.and_then(|raw| serde_json::from_str(&raw).ok()).unwrap_or_default();
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            let mut pairs = vec![
                ("done".to_owned(), intent.proposal.sentence.clone()),
                ("result".to_owned(), text(&intent.result_id)),
                ("intent".to_owned(), intent.id.clone()),
                ("request".to_owned(), text(&intent.request_id)),
            ];
            if !message.is_empty() {
                pairs.push(("note".to_owned(), message));
            }
            Ok(Done {
                verdict: json!(intent.decision),
                intent: json!(intent.id),
                request_id: json!(intent.request_id),
                ..Done::new(&intent.proposal.action, object, Shown::Pairs(pairs))
            })
        }
        IntentState::Refused | IntentState::Withdrawn => Err(match cause {
            Some(Failure::Refused(error)) => Failed::Stripe(error),
            Some(Failure::NotSent(_)) => Failed::Unreachable(message),
            // It had happened already, by somebody else, or it was taken back.
            _ => Failed::Unconfirmed { message, decision: None },
        }),
        IntentState::Unknown | IntentState::Sending | IntentState::Held => Err(Failed::Unknown {
            message: format!("{message} ({}); `paydesk pending --resolve` settles it", intent.id),
            intent: Some(Box::new(intent)),
        }),
        IntentState::WaitingAtStripe => Err(Failed::Unknown {
            message: format!(
                "it waits at Stripe, and is not sent again: {message} ({}); `paydesk pending --resolve` settles it",
                intent.id
            ),
            intent: Some(Box::new(intent)),
        }),
    }
}
