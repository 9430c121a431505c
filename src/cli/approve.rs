//! `paydesk approve`: what waits for a person, and their word on it: confirmed through the same gate as anything else, or refused
//! with a reason.

use serde_json::{Value, json};

use super::{
    exit::{Failed, stopped},
    out::{Done, Shown, note},
    run,
    stop::Stop,
    wire::{Connected, Setup},
};
use crate::{
    actions,
    gate::{Ask, Considered, Release, Stopped},
    ledger::{Asked, AskedState},
    policy::{Given, Outcome},
    runtime::through_gate::words,
    text::clean,
};

/// See what waits for a person, and confirm or refuse it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal (prop_…); without one, all that wait are listed
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Confirm it; lifts no denial
    #[arg(long, conflicts_with = "refuse", requires = "id")]
    pub yes: bool,
    /// Refuse it, and say why
    #[arg(long, value_name = "WHY", requires = "id")]
    pub refuse: Option<String>,
}

/// Characters of a reason.
const WHY_MOST: usize = 400;

pub(super) async fn approve(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    stop.changing(&connected.gate, Box::pin(decide(args, &connected))).await
}

async fn decide(args: &Args, connected: &Connected) -> Result<Done, Failed> {
    let Some(id) = &args.id else { return list(connected).await };
    if let Some(why) = &args.refuse {
        return refuse(connected, id, why).await;
    }
    let asked = connected.gate.asked(id).await?;
    match asked.over(connected.gate.now()) {
        Some(over) if args.yes => Err(Failed::Unconfirmed {
            message: format!("{}: {over}; nothing was sent", asked.id),
            decision: None,
        }),
        Some(_) => Ok(shown(&asked, None)),
        None => waiting(args, connected, &asked).await,
    }
}

async fn list(connected: &Connected) -> Result<Done, Failed> {
    let waiting = connected.gate.waiting().await?;
    let row = |asked: &Asked| {
        let amount = asked.proposal.amount.map(|amount| amount.to_string()).unwrap_or_default();
        let when = |at: crate::time::Unix| at.date(&connected.zone);
        vec![
            asked.id.clone(),
            asked.asked_by.clone(),
            when(asked.asked),
            when(asked.expires),
            amount,
            asked.proposal.sentence.clone(),
        ]
    };
    let titles = vec!["Proposal", "Asked by", "Asked", "Until", "Amount", "What"];
    let rows = waiting.iter().map(row).collect();
    let result = waiting.iter().map(json).collect();
    Ok(Done::new("approve", result, Shown::Table { titles, rows }))
}

async fn refuse(connected: &Connected, id: &str, why: &str) -> Result<Done, Failed> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > WHY_MOST {
        return Err(Failed::Usage(format!("--refuse takes a reason of 1 to {WHY_MOST} characters")));
    }
    let asked = connected.gate.asked(id).await?;
    if let Some(reason) = &connected.gate.identity().read_only {
        return Err(Failed::Usage(format!("nothing is decided here: {reason}")));
    }
    Ok(shown(&connected.gate.refuse(&asked.id, why).await?, None))
}

/// On facts that are read now, by the rules of the person who decides.
async fn waiting(args: &Args, connected: &Connected, asked: &Asked) -> Result<Done, Failed> {
    let why = |stop: Stopped| stopped(stop, connected.transport.last_failure());
    let name = &asked.proposal.action;
    let action = actions::find(name)
        .ok_or_else(|| Failed::Usage(format!("there is no action `{}` any more", clean(name))))?;
    connected.transport.forget();
    let considered = connected.gate.consider(action, &asked.proposal.args).await.map_err(why)?;
    if !args.yes {
        return Ok(shown(asked, Some(&considered)));
    }
    let given = match considered.decision.outcome {
        Outcome::Deny | Outcome::SecondPerson => return Err(Failed::Denied(Box::new(considered.decision))),
        Outcome::Allow => Given::Enter,
        Outcome::Confirm(_) => Given::Yes,
    };
    let confirmed = considered.proposal.request.canonical();
    if confirmed != asked.proposal.request.canonical() {
        // All that was left, say, and that is less by now.
        let message = format!(
            "what would be done now is not what was proposed, and nothing was sent: {}; proposed was: {}",
            considered.proposal.sentence, asked.proposal.sentence
        );
        return Err(Failed::Unconfirmed { message, decision: Some(Box::new(considered.decision)) });
    }
    let ask = Ask {
        action: name.clone(),
        args: asked.proposal.args.clone(),
        given,
        hold_ms: 0,
        seen: Some(considered.subject),
        confirmed: Some(confirmed),
        repeat_ok: false,
        confirm_word: None,
        asked: Some(asked.id.clone()),
    };
    let intent = connected.gate.prepare(&ask).await.map_err(why)?;
    let progress = |progress| {
        if let Some(line) = words(&progress) {
            // Whoever does not listen misses nothing that matters.
            let _told = note(&line);
        }
    };
    connected.transport.forget();
    let ending = connected.gate.send(&intent.id, Release::Now, progress).await;
    run::ended(ending.map_err(why)?, connected.transport.last_failure())
}

fn json(asked: &Asked) -> Value {
    json!({
        "id": asked.id,
        "state": asked.state,
        "action": asked.proposal.action,
        "target": asked.proposal.target.id,
        "amount": asked.proposal.amount.map(crate::money::Money::minor),
        "currency": asked.proposal.amount.map(|amount| amount.currency().code().to_owned()),
        "arguments": asked.proposal.args,
        "sentence": asked.proposal.sentence,
        "asked_by": asked.asked_by,
        "why": asked.why,
        "asked": asked.asked,
        "expires": asked.expires,
        "decided_by": asked.decided_by,
        "decided": asked.decided,
        "reason": asked.reason,
        "intent": asked.intent,
    })
}

fn shown(asked: &Asked, considered: Option<&Considered>) -> Done {
    let mut pairs = vec![
        ("proposal".to_owned(), asked.id.clone()),
        ("state".to_owned(), asked.state.name().to_owned()),
        ("what".to_owned(), asked.proposal.sentence.clone()),
        ("asked by".to_owned(), asked.asked_by.clone()),
    ];
    let mut add = |name: &str, value: &Option<String>| {
        pairs.extend(value.clone().map(|value| (name.to_owned(), value)));
    };
    add("why", &asked.why);
    add("until", &(asked.state == AskedState::Waiting).then(|| asked.expires.rfc3339()));
    add("decided by", &asked.decided_by);
    add("reason", &asked.reason);
    add("intent", &asked.intent);
    let mut done = Done::new("approve", json(asked), Shown::default());
    if let Some(considered) = considered {
        let decision = &considered.decision;
        pairs.push(("now".to_owned(), considered.proposal.sentence.clone()));
        pairs.push(("verdict".to_owned(), run::outcome(decision).to_owned()));
        pairs.extend(decision.rules.iter().map(|looked| (looked.rule.clone(), looked.says.clone())));
        done.verdict = json!(decision);
    }
    done.shown = Shown::Pairs(pairs);
    done
}
