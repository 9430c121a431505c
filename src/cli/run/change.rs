//! Actions that change something: proposed, decided, confirmed and sent through the gate.

use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{
    Args,
    given::{self, Wanted},
    plan::Doing,
    read::{self, moment},
    request_json, request_pairs,
};
use crate::{
    actions::{Gives, Proposal, Subject, find},
    answers::{
        Due,
        preflight::{self, Check},
    },
    cli::{
        approve,
        exit::{Failed, stopped},
        explain,
        out::{Done, Shown, note},
        stop::Stop,
        wire::{Connected, Setup},
    },
    gate::{Ask, Release, Stopped},
    ledger::{Ending, Intent, IntentState},
    model::{AnyId, ChargeId, Invoice},
    policy::{Confirm, Decision, Facts, Given, Mark, Outcome},
    request::Request,
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

async fn carry_out(args: &Args, mut wanted: Wanted, connected: &Connected) -> Result<Done, Failed> {
    connected.transport.forget();
    if let Some(code) = &args.approval {
        return approved(args, wanted, (code, connected)).await;
    }
    wanted.freeze(&moment(connected))?;
    let (proposal, decision, seen) = propose(&wanted, connected, |_, _| {}).await?;
    if args.dry_run {
        let before = before(&proposal, connected).await?;
        // Of what may not be done nobody asks what it would come to.
        let may = !matches!(decision.outcome, Outcome::Deny | Outcome::SecondPerson);
        let due = if may { foretold(&proposal, &seen, connected).await } else { None };
        return dry(&proposal, decision, &connected.gate.foreseen(&proposal), (&before, due));
    }
    let second = args.ask && decision.outcome == Outcome::SecondPerson;
    let asks = matches!(decision.outcome, Outcome::Confirm(_)) && !args.yes;
    let told = if asks { foretold(&proposal, &seen, connected).await.and_then(Result::ok) } else { None };
    let confirmed = proposal.request.canonical();
    let ask = Ask {
        action: wanted.action.name.to_owned(),
        args: wanted.arguments,
        given: if second { Given::Enter } else { given(args.yes, &proposal, decision, told)? },
        hold_ms: 0,
        // What is sent is what was decided here, and nothing that a second reading makes of it.
        confirmed: Some(confirmed),
        seen: Some(seen),
        repeat_ok: args.repeat,
        together: false,
        confirm_word: None,
        asked: None,
    };
    if second {
        let asked = connected.gate.ask_second(&ask).await;
        let asked = asked.map_err(|stop| stopped(stop, connected.transport.last_failure()))?;
        return Ok(approve::shown(&asked, None));
    }
    now(&ask, connected).await
}

/// What was kept for a second person, whose code has come: it is sent where it is what stands on the line, and nothing else.
async fn approved(
    args: &Args,
    wanted: Wanted,
    (code, connected): (&str, &Connected),
) -> Result<Done, Failed> {
    if args.dry_run {
        return Err(Failed::Usage("--dry-run shows what is not agreed to yet: leave --approval out".into()));
    }
    let asked = connected.gate.take_code(None, code).await;
    let asked = asked.map_err(|stop| stopped(stop, connected.transport.last_failure()))?;
    let ask = Ask {
        action: wanted.action.name.to_owned(),
        args: wanted.arguments,
        given: Given::Yes,
        hold_ms: 0,
        confirmed: None,
        seen: None,
        repeat_ok: args.repeat,
        together: false,
        confirm_word: None,
        asked: Some(asked.id),
    };
    now(&ask, connected).await
}

/// Through the gate to its end, as it is.
pub(in crate::cli) async fn now(ask: &Ask, connected: &Connected) -> Result<Done, Failed> {
    let ending = through(ask, connected, |_| Ok(())).await?;
    ended(ending, connected.transport.last_failure())
}

/// Records and sends it. `noted` is told of the intent before it is sent and once it has ended.
async fn through(
    ask: &Ask,
    connected: &Connected,
    mut noted: impl FnMut(&Intent) -> Result<(), Failed>,
) -> Result<Ending, Failed> {
    let why = |stop: Stopped| stopped(stop, connected.transport.last_failure());
    let intent = connected.gate.prepare(ask).await.map_err(why)?;
    if let Err(failed) = noted(&intent) {
        // What cannot be noted is not sent.
        connected.gate.withdraw(&intent.id).map_err(why)?;
        return Err(failed);
    }
    let progress = |progress| {
        if let Some(line) = words(&progress) {
            // Whoever does not listen misses nothing that matters.
            let _told = note(&line);
        }
    };
    connected.transport.forget();
    let ending = connected.gate.send(&intent.id, Release::Now, progress).await.map_err(why)?;
    noted(&ending.intent)?;
    Ok(ending)
}

/// One of a batch that was confirmed as a whole: only as it was decided then, and only on what was seen then.
pub(super) async fn send(
    doing: &Doing,
    (wanted, repeat): (&Wanted, bool),
    connected: &Connected,
    noted: impl FnMut(&Intent) -> Result<(), Failed>,
) -> Result<Value, Failed> {
    connected.transport.forget();
    let ask = Ask {
        action: wanted.action.name.to_owned(),
        args: wanted.arguments.clone(),
        given: Given::Yes,
        hold_ms: 0,
        confirmed: Some(doing.proposal.request.canonical()),
        seen: Some(doing.seen.clone()),
        repeat_ok: repeat,
        together: true,
        confirm_word: None,
        asked: None,
    };
    let ending = through(&ask, connected, noted).await?;
    ended(ending, connected.transport.last_failure()).map(|done| done.result)
}

/// It stood in the way of this object alone: another may go well.
pub(super) fn is_about_one(failed: &Failed) -> bool {
    match failed {
        Failed::Stripe(error) => ![401, 403, 429].contains(&error.status),
        Failed::Usage(_) | Failed::Unconfirmed { .. } | Failed::Overtaken { .. } => true,
        _ => false,
    }
}

/// What would be done, and what the policy says to it, on facts that are read now, and `also` on what is not done yet. The
/// object comes along as it was read.
pub(in crate::cli) async fn propose(
    wanted: &Wanted,
    connected: &Connected,
    also: impl FnOnce(&Proposal, &mut Facts),
) -> Result<(Proposal, Decision, Subject), Failed> {
    let considered = connected.gate.consider_beside(wanted.action, &wanted.arguments, also).await;
    let considered = considered.map_err(|stop| stopped(stop, connected.transport.last_failure()))?;
    Ok((considered.proposal, considered.decision, considered.subject))
}

/// How this person answers, or why somebody else has to.
fn given(yes: bool, proposal: &Proposal, decision: Decision, told: Option<Due>) -> Result<Given, Failed> {
    match decision.outcome {
        Outcome::Deny => Err(Failed::Denied(Box::new(decision))),
        Outcome::SecondPerson => Err(Failed::Denied(Box::new(asking(decision)))),
        Outcome::Allow => Ok(Given::Nothing),
        Outcome::Confirm(_) if yes => Ok(Given::Yes),
        Outcome::Confirm(_) => Err(Failed::Unconfirmed {
            message: format!(
                "this has to be confirmed, and nothing was sent: {}{}; --yes confirms",
                proposal.sentence,
                told.map_or_else(String::new, |due| format!("; {}", due.words()))
            ),
            decision: Some(Box::new(decision)),
        }),
    }
}

/// What can be done where one person is not enough.
fn asking(mut decision: Decision) -> Decision {
    for looked in decision.rules.iter_mut().filter(|looked| looked.mark == Mark::SecondPerson) {
        let ask = "the same with a second person, whom --ask asks";
        looked.allowed =
            Some(looked.allowed.take().map_or_else(|| ask.into(), |alone| format!("{alone}; {ask}")));
    }
    decision
}

pub(in crate::cli) fn outcome(decision: &Decision) -> &'static str {
    match &decision.outcome {
        Outcome::Allow => "allow",
        Outcome::Confirm(Confirm::Plain | Confirm::TypeAmount(_) | Confirm::TypeName(_)) => "confirm",
        Outcome::SecondPerson => "second_person",
        Outcome::Deny => "deny",
    }
}

/// What is to be known before money goes back; nothing of what is no refund.
async fn before(proposal: &Proposal, connected: &Connected) -> Result<Vec<Check>, Failed> {
    let Some(charge) = proposal.is_refund().then(|| ChargeId::parse(&proposal.target.id).ok()).flatten()
    else {
        return Ok(Vec::new());
    };
    let bag = explain::read(connected, |bag| preflight::looks_around(bag, &charge)).await?;
    let read = bag.charge(&charge);
    Ok(read
        .map(|read| preflight::preflight(&bag, read, proposal.amount, &moment(connected)))
        .unwrap_or_default())
}

/// What Stripe says beforehand that it comes to, or why it does not; none of what it tells nothing of.
async fn foretold(proposal: &Proposal, seen: &Subject, connected: &Connected) -> Option<Result<Due, Failed>> {
    let action = find(&proposal.action)?;
    let teller = action.teller().filter(|teller| teller.gives == Gives::One("invoice"))?;
    let moment = moment(connected);
    let request = action.foretell(&proposal.args, seen, &moment)?;
    if let Err(denied) = read::may_read(connected, teller) {
        return Some(Err(denied));
    }
    let told = read::one(connected, &request).await.map(|(told, _)| told);
    let due = told.and_then(|told| {
        let invoice = Invoice::deserialize(&told);
        let invoice = invoice.map_err(|_shape| Failed::Usage("Stripe's preview is no invoice".into()))?;
        // Other bills of the customer are not read here.
        Ok(Due::alone(&invoice, &proposal.args, ((moment.now, moment.now), &moment.zone)))
    });
    Some(due)
}

fn dry(
    proposal: &Proposal,
    decision: Decision,
    request: &Request,
    (before, due): (&[Check], Option<Result<Due, Failed>>),
) -> Result<Done, Failed> {
    if matches!(decision.outcome, Outcome::Deny | Outcome::SecondPerson) {
        return Err(Failed::Denied(Box::new(decision)));
    }
    let (due, told) = match due {
        Some(Ok(due)) => (due.json(), Some(due.words())),
        Some(Err(failed)) => (Value::Null, Some(format!("not told: {}", failed.message()))),
        None => (Value::Null, None),
    };
    let result = json!({
        "dry_run": true,
        "sentence": proposal.sentence,
        "outcome": outcome(&decision),
        "request": request_json(request),
        "before": preflight::json(before),
        "preview": due,
    });
    let mut pairs = vec![
        ("would".to_owned(), proposal.sentence.clone()),
        ("verdict".to_owned(), outcome(&decision).to_owned()),
    ];
    pairs.extend(told.map(|told| ("preview".to_owned(), told)));
    pairs.extend(decision.rules.iter().map(|looked| (looked.rule.clone(), looked.says.clone())));
    pairs.extend(before.iter().map(|check| {
        let instead =
            check.instead.as_ref().map(|instead| format!("; instead: {instead}")).unwrap_or_default();
        ("before".to_owned(), format!("{}{instead}", check.says))
    }));
    pairs.extend(request_pairs(request));
    let mut done = Done::new(&proposal.action, result, Shown::Pairs(pairs));
    done.verdict = json!(decision);
    Ok(done)
}

fn ended(ending: Ending, cause: Option<Failure>) -> Result<Done, Failed> {
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
            _ => Failed::Overtaken { message, decision: None },
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
