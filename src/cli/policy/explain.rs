//! `paydesk policy explain ACTION NAME=VALUE…`: the verdict with every rule, what it was given, and where it stands. Nothing is sent.

use std::{path::PathBuf, sync::PoisonError};

use serde_json::{Value, json};

use super::load;
use crate::{
    actions::Effect,
    cli::{
        exit::Failed,
        out::{Done, Shown},
        run::{self, outcome, propose, wanted},
        wire::Setup,
    },
    policy::{self, Decision, Mark, Policy, Why},
};

/// Show what the policy says to one action, rule by rule; nothing is sent
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name, as `paydesk actions` lists it
    #[arg(value_name = "ACTION")]
    pub action: String,
    /// Its parameters, as `paydesk run` takes them
    #[arg(value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// By another policy file than the one in force
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

pub(super) async fn explain(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let action = run::action(&args.action)?;
    let mut asked = wanted(action, &args.parameters, &run::moment(setup))?;
    if let Some(each) = asked.each {
        return Err(Failed::Usage(format!("{}: one is explained at a time: give its id", each.name)));
    }
    let file = args.file.as_deref().map(|file| load(Some(file), setup)).transpose()?;
    let agent = &setup.config.agent.value;
    if action.effect == Effect::Read {
        let policy = match file {
            Some((policy, _)) => policy,
            None => load(None, setup)?.0,
        };
        let decision = policy::may_read(&policy, agent, action);
        let why = policy::explain(&policy, agent, None, &decision);
        return Ok(done(&policy, agent, (action.summary, &decision), &why));
    }
    let connected = setup.connect().await?;
    if let Some((policy, _)) = file {
        // Of this command alone: what has to be counted for its rules is counted.
        *connected.gate.policy().write().unwrap_or_else(PoisonError::into_inner) = policy;
    }
    asked.look_up(&connected, &run::moment(setup)).await?;
    let (proposal, decision, _) = propose(&asked, &connected, |_, _| {}).await?;
    let policy = connected.gate.in_force();
    let why = policy::explain(&policy, agent, Some(&proposal), &decision);
    Ok(done(&policy, agent, (&proposal.sentence, &decision), &why))
}

fn done(policy: &Policy, agent: &str, (sentence, decision): (&str, &Decision), why: &[Why]) -> Done {
    let result = json!({
        "sentence": sentence,
        "outcome": outcome(decision),
        "agent": agent,
        "role": policy.role_of(agent),
        "file": policy.source(),
        "hash": policy.hash(),
        "rules": why.iter().map(json_of).collect::<Vec<_>>(),
    });
    let verdict = format!("{} for {agent}, who is {}", outcome(decision), policy.role_of(agent));
    let mut rows = vec![row([&verdict, "", sentence, "", "", policy.source(), ""])];
    rows.extend(why.iter().map(|why| {
        let says = why
            .allowed
            .as_ref()
            .map_or_else(|| why.says.clone(), |allowed| format!("{}; allowed: {allowed}", why.says));
        row([mark(why.mark), &why.rule, &why.input, &says, &why.value, &why.source, why.enforced.words()])
    }));
    let titles = vec!["Verdict", "Rule", "Given", "Says", "Set", "From", "Held by"];
    Done { verdict: json!(decision), ..Done::new("policy explain", result, Shown::Table { titles, rows }) }
}

fn row(cells: [&str; 7]) -> Vec<String> {
    cells.into_iter().map(str::to_owned).collect()
}

fn json_of(why: &Why) -> Value {
    json!({
        "rule": why.rule,
        "verdict": mark(why.mark),
        "input": why.input,
        "says": why.says,
        "allowed": why.allowed,
        "value": why.value,
        "source": why.source,
        "enforced_by": why.enforced.words(),
    })
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::Pass => "pass",
        Mark::Confirm => "confirm",
        Mark::SecondPerson => "second_person",
        Mark::Deny => "deny",
    }
}
