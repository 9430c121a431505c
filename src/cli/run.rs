//! `paydesk run`: one action of the catalogue, through the same gate as on the desk.

use serde_json::{Value, json};

use super::{
    exit::{Failed, stopped},
    out::{Done, Shown, note},
    stop::Stop,
    wire::{Connected, Setup},
};
use crate::{
    actions::{self, Action, Args as Arguments, Moment, Proposal},
    gate::{Ask, Release, Stopped},
    ledger::{Ending, IntentState},
    model::AnyId,
    policy::{self, Confirm, Decision, Fact, Given, Outcome},
    runtime::through_gate::words,
    stripe::Failure,
    text::{clean, nearest},
    time::{Clock as _, SystemClock},
};

/// Do one action
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name, as `paydesk actions` lists it
    #[arg(value_name = "ACTION")]
    pub action: String,
    /// Its parameters
    #[arg(value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Confirm what the policy asks to be confirmed; lifts no denial
    #[arg(long)]
    pub yes: bool,
    /// Show the verdict and the request, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do once more what was done minutes ago
    #[arg(long)]
    pub repeat: bool,
}

/// What is asked for, checked as far as it can be without Stripe.
struct Wanted {
    action: &'static Action,
    arguments: Arguments,
    target: AnyId,
}

pub(super) async fn run(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let wanted = read(args, setup)?;
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    stop.changing(&connected.gate, Box::pin(carry_out(args, wanted, &connected))).await
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

/// An action by name, or the nearest one.
fn action(name: &str) -> Result<&'static Action, Failed> {
    actions::find(name).ok_or_else(|| no_action(name))
}

pub(super) fn no_action(name: &str) -> Failed {
    let hint = match nearest(name, actions::all().map(|action| action.name)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`paydesk actions` lists them".to_owned(),
    };
    Failed::Usage(format!("there is no action `{}`: {hint}", clean(name)))
}

fn read(args: &Args, setup: &Setup) -> Result<Wanted, Failed> {
    let action = action(&args.action)?;
    let mut arguments = Arguments::default();
    for parameter in &args.parameters {
        let (name, value) = parameter.split_once('=').ok_or_else(|| {
            Failed::Usage(format!(
                "`{}` is no parameter: write NAME=VALUE; {}",
                clean(parameter),
                takes(action)
            ))
        })?;
        if value.trim().is_empty() {
            // An unset variable in a script must not mean "all of it".
            return Err(Failed::Usage(format!("{name} is empty: give a value, or leave the parameter out")));
        }
        let Some(field) = action.field(name) else {
            let hint = match nearest(name, action.fields.iter().map(|field| field.name)) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => takes(action),
            };
            return Err(Failed::Usage(format!("{} has no parameter `{}`: {hint}", action.name, clean(name))));
        };
        // Under its own name, whichever of the two was written.
        if arguments.0.contains_key(field.name) {
            return Err(Failed::Usage(format!("`{}` is given twice", field.name)));
        }
        arguments.set(field.name, value);
    }
    let moment = Moment { now: SystemClock.now(), zone: setup.zone() };
    for field in action.fields {
        field.check(&arguments, &moment).map_err(|error| Failed::Usage(error.to_string()))?;
    }
    let target = action.target(&arguments).map_err(|error| Failed::Usage(error.to_string()))?;
    Ok(Wanted { action, arguments, target })
}

fn takes(action: &Action) -> String {
    let fields: Vec<_> = action.fields.iter().map(|field| field.name).collect();
    format!("{} takes {}", action.name, fields.join(", "))
}

/// What would be done, and what the policy says to it, on facts that are read now.
async fn propose(wanted: &Wanted, connected: &Connected) -> Result<(Proposal, Decision), Failed> {
    let facts = connected.gate.facts(wanted.action.name, &wanted.target, &wanted.arguments).await;
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

pub(super) fn outcome(decision: &Decision) -> &'static str {
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
    let request = &proposal.request;
    let parameters: serde_json::Map<String, Value> =
        request.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let result = json!({
        "dry_run": true,
        "sentence": proposal.sentence,
        "outcome": outcome(&decision),
        "request": {"method": request.method, "path": request.path, "parameters": parameters},
    });
    let mut pairs = vec![
        ("would".to_owned(), proposal.sentence.clone()),
        ("verdict".to_owned(), outcome(&decision).to_owned()),
    ];
    pairs.extend(decision.rules.iter().map(|looked| (looked.rule.clone(), looked.says.clone())));
    pairs.push(("request".to_owned(), format!("{} {}", request.method.name(), request.path)));
    pairs.extend(request.params.iter().cloned());
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::{
        cli::args::{Cli, Command},
        config::{Config, Environment, Flags},
    };

    fn error(line: &str) -> String {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.toml");
        std::fs::write(&file, "version = 1\n").unwrap();
        let environment = Environment::default();
        let flags = Flags { config: Some(file), ..Flags::default() };
        let config = Config::load(&flags, &environment).unwrap();
        let setup = Setup { config, environment, demo: false, key: None, account: None };
        let cli = Cli::try_parse_from(["paydesk", "run"].into_iter().chain(line.split(' '))).unwrap();
        let Some(Command::Run(args)) = cli.command else { panic!("{line}") };
        match read(&args, &setup) {
            Err(Failed::Usage(message)) => message,
            Err(other) => panic!("{other:?}"),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn names_that_are_almost_right_are_guessed() {
        assert!(error("refund_chrage charge=ch_1").ends_with("did you mean `refund_charge`?"));
        assert!(error("frobnicate").contains("`paydesk actions` lists them"));
        assert!(error("refund_charge charge=ch_1 amuont=3").ends_with("did you mean `amount`?"));
        assert!(error("refund_charge ch_1").contains("write NAME=VALUE; refund_charge takes charge, amount"));
    }

    #[test]
    fn values_are_checked_before_anything_is_asked() {
        assert_eq!(error("refund_charge charge=ch_1 amount=5 reason=duplicate"), "");
        assert!(error("refund_charge amount=5").contains("charge: it is required: give charge=ch_"));
        assert!(error("refund_charge charge=cus_1").contains("is a customer, but a charge is needed"));
        assert!(error("refund_charge charge=ch_1 reason=because").contains("not one of duplicate"));
        assert!(error("refund_charge charge=ch_1 charge=ch_2").contains("given twice"));
        assert!(
            error("cancel_subscription subscription=sub_1 when=date on=soon")
                .contains("on: `soon` is not a time")
        );
    }
}
