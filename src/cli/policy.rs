//! `paydesk policy check`: whether the policy file loads, and what in it is probably not meant.

use serde_json::json;

use super::{
    exit::Failed,
    out::{Done, Shown},
    wire::Setup,
};
use crate::policy::{Policy, lint};

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
        file: Option<std::path::PathBuf>,
    },
}

pub(super) fn policy(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let Command::Check { file } = &args.command;
    let path = file.as_ref().unwrap_or(&setup.config.policy.value);
    let (policy, path) = match std::fs::read_to_string(path) {
        Ok(text) => {
            (Policy::parse(&text, path).map_err(|error| Failed::Config(error.to_string()))?, path.clone())
        }
        Err(error)
            if error.kind() == std::io::ErrorKind::NotFound
                && file.is_none()
                && !setup.rules().is_named() =>
        {
            (Policy::builtin(), "built-in (there is no file; a live key opens read-only)".into())
        }
        Err(error) => return Err(Failed::Config(format!("{}: {error}", path.display()))),
    };
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
