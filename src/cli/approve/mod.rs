//! `paydesk approve`: what waits for a person, and their word on it: confirmed through the same gate as anything else, or refused
//! with a reason. What takes two persons is handed to the second one as a text, and their signed code comes back.

mod codes;

use serde_json::{Value, json};

use super::{
    exit::{Failed, stopped},
    out::{Done, Shown},
    run,
    stop::Stop,
    wire::{Connected, Setup},
};
use crate::{
    gate::{Ask, Considered, Stopped},
    ledger::{Asked, AskedState},
    policy::{Given, Outcome},
};

/// See what waits for a person, and confirm or refuse it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The proposal (prop_…); without one, all that wait are listed. What `--slip` printed on another machine is seen here, and
    /// answered with a code by --yes; `-` reads it from standard input
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// Confirm it, or agree to it where it takes two persons; lifts no denial
    #[arg(long, conflicts_with = "refuse")]
    pub yes: bool,
    /// Refuse it, and say why
    #[arg(long, value_name = "WHY", requires = "id")]
    pub refuse: Option<String>,
    /// Print it for a second person on another machine
    #[arg(long, requires = "id", conflicts_with_all = ["yes", "refuse", "code"])]
    pub slip: bool,
    /// The code of a second person; with --yes it is confirmed at once
    #[arg(long, value_name = "CODE", conflicts_with = "refuse")]
    pub code: Option<String>,
    /// Make the key that signs your codes, and print what the policy file takes
    #[arg(long, conflicts_with_all = ["id", "yes", "refuse", "slip", "code"])]
    pub make_key: bool,
}

/// Characters of a reason.
const WHY_MOST: usize = 400;

pub(super) async fn approve(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    if args.make_key {
        return codes::make_key(setup);
    }
    let slip = codes::slip(args.id.as_deref())?;
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    let decided = async {
        match &slip {
            Some(slip) => codes::answer(args, slip, (setup, &connected)).await,
            None => decide(args, &connected).await,
        }
    };
    stop.changing(&connected.gate, Box::pin(decided)).await
}

async fn decide(args: &Args, connected: &Connected) -> Result<Done, Failed> {
    if let Some(code) = &args.code {
        let taken = connected.gate.take_code(args.id.as_deref(), code).await;
        let asked = taken.map_err(|stop| stopped(stop, connected.transport.last_failure()))?;
        return waiting(args, connected, &asked).await;
    }
    let Some(id) = &args.id else {
        if args.yes {
            return Err(Failed::Usage("--yes confirms one proposal: name it (prop_…)".into()));
        }
        return list(connected).await;
    };
    if let Some(why) = &args.refuse {
        return refuse(connected, id, why).await;
    }
    let asked = connected.gate.asked(id).await?;
    match asked.over(connected.gate.now()) {
        None if args.slip => Ok(codes::printed(&asked)),
        Some(over) if args.yes => Err(Failed::Unconfirmed {
            message: format!("{}: {over}; nothing was sent", asked.id),
            decision: None,
        }),
        Some(over) if args.slip => Err(Failed::Usage(format!("{}: {over}", asked.id))),
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
    connected.transport.forget();
    let considered = connected.gate.consider_asked(asked).await.map_err(why)?;
    if !args.yes {
        return Ok(shown(asked, Some(&considered)));
    }
    if let Some(no) = asked.not_by(&connected.gate.identity().agent) {
        return Err(Failed::Unconfirmed {
            message: format!("{}: {no}; nothing was sent", asked.id),
            decision: None,
        });
    }
    let given = match considered.decision.outcome {
        Outcome::Deny => return Err(Failed::Denied(Box::new(considered.decision))),
        Outcome::SecondPerson => {
            let agreed = connected.gate.agree(&asked.id).await.map_err(why)?;
            let message =
                format!("{}: you agree to it, and it waits for another person; nothing was sent", agreed.id);
            return Err(Failed::Unconfirmed { message, decision: Some(Box::new(considered.decision)) });
        }
        Outcome::Allow => Given::Nothing,
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
        action: asked.proposal.action.clone(),
        args: asked.proposal.args.clone(),
        given,
        hold_ms: 0,
        seen: Some(considered.subject),
        confirmed: Some(confirmed),
        repeat_ok: false,
        together: false,
        confirm_word: None,
        asked: Some(asked.id.clone()),
    };
    run::now(&ask, connected).await
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
        "agreed": asked.agreed,
        "decided_by": asked.decided_by,
        "decided": asked.decided,
        "reason": asked.reason,
        "intent": asked.intent,
    })
}

pub(super) fn shown(asked: &Asked, considered: Option<&Considered>) -> Done {
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
    for agreed in &asked.agreed {
        add("agreed", &Some(agreed.by.clone()));
    }
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
