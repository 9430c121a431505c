//! What can be given on the command line. Each subcommand's own arguments stand in its own file.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

use super::{
    actions, approve, audit, complete, config, customer, demo, desk, doctor, duplicates, explain, find,
    login, man, mcp, monitor, outcomes, pending, policy, run, sandbox, timeline, webhook,
};
use crate::config::Flags;

/// The terminal desk for billing support at Stripe speed.
#[derive(Debug, Parser)]
#[command(
    name = "paydesk",
    version,
    about,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = false
)]
#[command(after_help = "Without a command, paydesk opens the desk; with no key anywhere, it opens the demo.")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(flatten)]
    pub desk: desk::Switches,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// They hold for every command, before or after its name.
#[derive(Clone, Debug, Default, Args)]
pub struct Global {
    /// The profile to work with
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings")]
    pub profile: Option<String>,
    /// The settings file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// Where ledger, audit trail and keys live
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    pub data_dir: Option<String>,
    /// Where Stripe is
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    pub api_base: Option<String>,
    /// Trust the certificates in this file (PEM) beside the system's
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub ca_file: Option<String>,
    /// Who acts
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings")]
    pub agent: Option<String>,
    /// Look at everything, change nothing
    #[arg(long, global = true, help_heading = "Settings")]
    pub read_only: bool,
    /// Log calls to this file, without customers' data
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    pub log: Option<String>,
    /// auto, always or never
    #[arg(long, global = true, value_name = "WHEN", help_heading = "Settings")]
    pub color: Option<String>,
    /// Print one JSON document
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub json: bool,
}

impl Global {
    /// By setting name, for the layers.
    pub fn flags(&self) -> Flags {
        let given = [
            ("profile", self.profile.clone()),
            ("data_dir", self.data_dir.clone()),
            ("api_base", self.api_base.clone()),
            ("ca_file", self.ca_file.clone()),
            ("agent", self.agent.clone()),
            ("read_only", self.read_only.then(|| "true".to_owned())),
            ("log", self.log.clone()),
            ("color", self.color.clone()),
        ];
        let values = given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Flags { config: self.config.clone(), values, new_profile: false }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(demo::Args),
    Actions(actions::Args),
    Run(run::Args),
    Find(find::Args),
    Customer(customer::Args),
    Explain(explain::Args),
    Duplicates(duplicates::Args),
    Timeline(timeline::Args),
    Monitor(monitor::Args),
    Outcomes(outcomes::Args),
    Audit(audit::Args),
    Pending(pending::Args),
    Approve(approve::Args),
    Mcp(mcp::Args),
    Policy(policy::Args),
    Config(config::Args),
    Login(login::Args),
    Logout(login::Logout),
    Doctor(doctor::Args),
    Sandbox(sandbox::Args),
    Webhook(webhook::Args),
    Completions(complete::Args),
    Man(man::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_of_a_setting_is_one_of_the_command_line() {
        let command = Cli::command();
        for setting in crate::config::SETTINGS {
            let Some(flag) = setting.flag.and_then(|flag| flag.strip_prefix("--")) else { continue };
            assert!(command.get_arguments().any(|arg| arg.get_long() == Some(flag)), "{flag}");
        }
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [["paydesk", "--profile", "work", "actions"], ["paydesk", "actions", "--profile", "work"]]
        {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.global.flags().values.get("profile").map(String::as_str), Some("work"));
        }
    }
}
