//! `paydesk doctor`: what stands between an agent and a working desk, looked at by reading alone: the key and what it may do, the
//! line to Stripe, the policy and what it cannot hold, the terminal, the data folder.

mod key;
mod permissions;
pub(super) mod place;

use serde_json::json;

use super::{
    exit::Failed,
    out::{Done, Shown},
    wire::Setup,
};
use crate::{
    policy::{CLOSED, Enforced, Policy, describe, lint},
    stripe::Mode,
    text,
};

/// Look at key, permissions, line, policy, terminal and data folder, and say what is wrong and what would be right
#[derive(Debug, clap::Args)]
pub struct Args {}

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Good,
    /// Works, and could be better.
    Warn,
    Bad,
    /// It cannot be told from here.
    Unknown,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Unknown => "unknown",
        }
    }

    fn glyph(self) -> &'static str {
        match self {
            Self::Good => "✔",
            Self::Warn => "!",
            Self::Bad => "✖",
            Self::Unknown => "?",
        }
    }
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    name: String,
    state: State,
    says: String,
}

impl Check {
    pub(super) fn new(name: &str, state: State, says: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state, says: text::clean(&says.into()) }
    }
}

pub(super) async fn doctor(setup: &Setup) -> Result<Done, Failed> {
    let mut checks = Vec::new();
    let found = key::key(setup, &mut checks);
    let live = found.as_ref().is_some_and(|found| found.key.mode() == Mode::Live);
    let policy = setup.policy(live);
    if let Some(found) = &found {
        key::age(found, &policy, &setup.config.agent.value, &mut checks);
        if let Some(connected) = key::line(setup, &mut checks).await {
            permissions::permissions(&connected, found, &policy, &mut checks).await;
        }
    }
    rules(&policy, &setup.config.agent.value, live, &mut checks);
    place::folder(setup, &mut checks).await?;
    place::terminal(setup, &mut checks);
    told(&checks)
}

/// What the policy file says of itself, and what it holds only for those who go through this program.
fn rules(policy: &Policy, agent: &str, live: bool, checks: &mut Vec<Check>) {
    let role = policy.role_of(agent);
    let rows = describe(policy, agent);
    match rows.iter().find(|row| row.rule == CLOSED) {
        Some(closed) => checks.push(Check::new("policy", State::Bad, closed.value.clone())),
        None => {
            checks.push(Check::new(
                "policy",
                State::Good,
                format!("{} · {agent} is {role}", policy.source()),
            ));
        }
    }
    for lint in lint(policy) {
        let says = format!("{}:{} {}: {}", policy.source(), lint.line, lint.rule, lint.message);
        checks.push(Check::new("policy lint", State::Warn, says));
    }
    let ours: Vec<_> = rows
        .iter()
        .filter(|row| row.enforced == Enforced::Paydesk && row.rule != CLOSED && row.is_set)
        .map(|row| row.rule)
        .collect();
    if !ours.is_empty() {
        let says =
            format!("held by paydesk alone: who has this key and another program passes {}", ours.join(", "));
        // A test key moves no money: there it is no more than worth knowing.
        checks.push(Check::new("past us", if live { State::Warn } else { State::Good }, says));
    }
}

fn told(checks: &[Check]) -> Result<Done, Failed> {
    let rows: Vec<_> = checks
        .iter()
        .map(|check| vec![check.state.glyph().to_owned(), check.name.clone(), check.says.clone()])
        .collect();
    let listed: Vec<_> = checks
        .iter()
        .map(|check| json!({"check": check.name, "state": check.state.word(), "says": check.says}))
        .collect();
    let bad: Vec<_> = checks.iter().filter(|check| check.state == State::Bad).collect();
    if bad.is_empty() {
        let shown = Shown::Own { titles: vec!["", "check", "what was found"], rows };
        return Ok(Done::new("doctor", json!(listed), shown));
    }
    let lines: Vec<_> = rows.iter().map(|row| row.join(" ")).collect();
    let count = bad.len();
    let message =
        format!("{count} {} wrong\n{}", if count == 1 { "thing is" } else { "things are" }, lines.join("\n"));
    Err(Failed::Differs { message, result: json!(listed) })
}
