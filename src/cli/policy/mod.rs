//! `paydesk policy check|test|replay|explain`: whether the policy file loads, what in it is probably not meant, whether it does what
//! its own examples promise, what it would have said to the past, and why it says what it says to one action.

mod explain;
mod replay;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    exit::Failed,
    out::{Done, Out, Shown},
    wire::Setup,
};
use crate::policy::{Policy, lint, run_examples};

/// The policy file
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Load the file and remark on what is probably not meant
    Check {
        /// Another file than the one in force
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Run the file's own examples; exit 9 where one does not hold
    Test {
        /// Another file than the one in force
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    Replay(replay::Args),
    Explain(explain::Args),
}

impl Command {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Check { .. } => "policy check",
            Self::Test { .. } => "policy test",
            Self::Replay(_) => "policy replay",
            Self::Explain(_) => "policy explain",
        }
    }
}

pub(super) async fn policy(args: &Args, setup: &Setup, out: Out) -> Result<Done, Failed> {
    match &args.command {
        Command::Check { file } => check(file.as_deref(), setup),
        Command::Test { file } => test(file.as_deref(), setup),
        Command::Replay(args) => replay::replay(args, setup, out).await,
        Command::Explain(args) => explain::explain(args, setup).await,
    }
}

/// The policy and the name of its file.
fn load(file: Option<&Path>, setup: &Setup) -> Result<(Policy, PathBuf), Failed> {
    let path = file.unwrap_or(&setup.config.policy.value);
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let policy = Policy::parse(&text, path).map_err(|error| Failed::Config(error.to_string()))?;
            Ok((policy, path.to_path_buf()))
        }
        Err(error)
            if error.kind() == std::io::ErrorKind::NotFound
                && file.is_none()
                && !setup.rules().is_named() =>
        {
            Ok((Policy::builtin(), "built-in (there is no file; a live key opens read-only)".into()))
        }
        Err(error) => Err(Failed::Config(format!("{}: {error}", path.display()))),
    }
}

fn check(file: Option<&Path>, setup: &Setup) -> Result<Done, Failed> {
    let (policy, path) = load(file, setup)?;
    let remarks = lint(&policy);
    let rows = remarks
        .iter()
        .map(|remark| vec![remark.line.to_string(), remark.rule.clone(), remark.message.clone()])
        .collect();
    let result = json!({
        "file": path,
        "hash": policy.hash(),
        "remarks": remarks
            .iter()
            .map(|remark| json!({"line": remark.line, "rule": remark.rule, "message": remark.message}))
            .collect::<Vec<_>>(),
    });
    let shown = if remarks.is_empty() {
        Shown::Pairs(vec![(path.display().to_string(), "loads, and nothing stands out".into())])
    } else {
        Shown::Table { titles: vec!["Line", "Rule", "Remark"], rows }
    };
    Ok(Done::new("policy check", result, shown))
}

fn test(file: Option<&Path>, setup: &Setup) -> Result<Done, Failed> {
    let (policy, path) = load(file, setup)?;
    let ran = run_examples(&policy);
    let failed = ran.iter().filter(|ran| !ran.passed).count();
    let result = json!({
        "file": path,
        "hash": policy.hash(),
        "passed": ran.len().saturating_sub(failed),
        "failed": failed,
        "examples": ran
            .iter()
            .map(|ran| {
                json!({"line": ran.line, "case": ran.case, "passed": ran.passed, "expected": ran.expected, "got": ran.got})
            })
            .collect::<Vec<_>>(),
    });
    if let Some(first) = ran.iter().find(|ran| !ran.passed) {
        let message = format!(
            "{}:{}: `{}` gives {}, and {} is expected; {failed} of {} examples do not hold",
            path.display(),
            first.line,
            first.case,
            first.got,
            first.expected,
            ran.len()
        );
        return Err(Failed::Differs { message, result });
    }
    let shown = if ran.is_empty() {
        Shown::Pairs(vec![(path.display().to_string(), "has no [[example]]".into())])
    } else {
        let row = |ran: &crate::policy::Ran| vec![ran.line.to_string(), ran.case.clone(), ran.got.clone()];
        Shown::Table { titles: vec!["Line", "Case", "Holds"], rows: ran.iter().map(row).collect() }
    };
    Ok(Done::new("policy test", result, shown))
}
