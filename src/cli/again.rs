//! The desk once more, on another profile: a new program in the place of this one, so that nothing of the one that was left, no
//! key, no connection, no name, is there any more.

use std::{ffi::OsString, process::Command};

use super::{args::Global, exit::Failed};

/// Gives back only where there can be no new program.
pub(super) fn start(global: &Global, profile: &str) -> Failed {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return failed(profile, &error),
    };
    let mut command = Command::new(program);
    command.args(arguments(global, profile));
    failed(profile, &take_over(&mut command))
}

fn failed(profile: &str, error: &std::io::Error) -> Failed {
    Failed::Defect(format!(
        "the desk cannot be opened on {profile}: {error}; `paydesk --profile {profile}` does it"
    ))
}

#[cfg(unix)]
fn take_over(command: &mut Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

/// Where no program can take the place of another, this one waits for it and ends as it does.
#[cfg(not(unix))]
fn take_over(command: &mut Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

/// What was given on the command line for all profiles alike, and the other profile.
fn arguments(global: &Global, profile: &str) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--profile".into(), profile.into()];
    if let Some(file) = &global.config {
        arguments.extend(["--config".into(), file.into()]);
    }
    for setting in crate::config::SETTINGS.iter().filter(|setting| setting.name != "profile") {
        let given = global.flags().values.get(setting.name).cloned();
        let Some((flag, value)) = setting.flag.zip(given) else { continue };
        arguments.push(flag.into());
        // The one flag that takes no value.
        if setting.name != "read_only" {
            arguments.push(value.into());
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn what_held_for_all_profiles_holds_on_and_the_profile_is_the_other() {
        let line =
            "paydesk --profile one --config a.toml --data-dir d --agent maya --read-only --color never";
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        let given = arguments(&cli.global, "two");
        let again = Cli::try_parse_from([OsString::from("paydesk")].into_iter().chain(given)).unwrap();
        let (mut before, after) = (cli.global.flags(), again.global.flags());
        before.values.insert("profile", "two".into());
        assert_eq!((before.values, before.config), (after.values, after.config));
    }
}
