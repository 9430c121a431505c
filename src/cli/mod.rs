//! The command line: one file a subcommand, the same catalogue, policy, ledger and client as the desk.

mod actions;
mod again;
#[cfg(test)]
mod another;
mod approve;
mod args;
mod audit;
mod columns;
mod complete;
mod config;
mod customer;
pub mod demo;
mod desk;
mod doctor;
mod duplicates;
pub mod exit;
mod explain;
mod feed;
mod find;
mod languages;
mod login;
mod man;
mod mcp;
mod monitor;
pub mod out;
mod outcomes;
mod pending;
mod policy;
mod profiles;
mod run;
mod sandbox;
mod sheet;
mod stop;
mod table;
mod timeline;
mod webhook;
mod wire;

use std::{panic::AssertUnwindSafe, process::ExitCode, time::Duration};

pub use args::Cli;
use args::{Command, Global};
use clap::{
    CommandFactory as _, Parser as _,
    error::{ContextKind, ContextValue},
};

use self::{
    exit::Failed,
    out::{Done, Out, note},
    wire::Setup,
};
use crate::{
    config::{Config, Environment, Flags},
    runtime::{dumps, panics, signals},
};

/// Two are enough: requests wait, they do not compute, and the desk draws on the thread that starts it.
const WORKERS: usize = 2;
/// What still blocks after the command has ended was counted as unknown; it is not waited for.
const SHUTDOWN: Duration = Duration::from_millis(200);
const NO_KEY: &str = "no key was found, so this is the demo: nothing real can happen here";

/// The whole program, from its arguments to its exit code. Futures are compiled where they are run: in this crate, not in each of
/// its binaries.
pub fn start(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    panics::install();
    dumps::forbid();
    signals::outlive_limits();
    let parsed = match parse(arguments) {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    run_to_end(parsed)
}

fn run_to_end(parsed: Cli) -> ExitCode {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => {
            let _told = note(&format!("this system starts no threads: {error}"));
            return ExitCode::from(exit::DEFECT);
        }
    };
    // A panic has been reported by the hook, which also gave the terminal back.
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(main(parsed))));
    runtime.shutdown_timeout(SHUTDOWN);
    ended.unwrap_or_else(|_panic| {
        let _told = note("this is a defect of paydesk: please report it");
        ExitCode::from(exit::DEFECT)
    })
}

/// Reads the arguments; what is wrong with them is said, with the nearest right ones.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Cli, ExitCode> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    match complete::answer(&arguments) {
        Ok(false) => {}
        Ok(true) => return Err(ExitCode::SUCCESS),
        // A shell that asks wrongly gets nothing, rather than a message in the middle of its line.
        Err(_asked_wrongly) => return Err(ExitCode::from(exit::USAGE)),
    }
    let json = arguments.iter().any(|argument| argument == "--json");
    Cli::try_parse_from(&arguments).map_err(|error| {
        let error = without_hidden(error);
        let wanted = !error.use_stderr();
        if json && !wanted {
            let message = error.render().to_string();
            let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let _printed = Out { json }.failed("paydesk", &Failed::Usage(first));
            return ExitCode::from(exit::USAGE);
        }
        // Help that nobody reads to its end is no failure.
        let _printed = error.print();
        if wanted { ExitCode::SUCCESS } else { ExitCode::from(exit::USAGE) }
    })
}

/// What is close to a wrong flag is suggested, unless it is a switch that nobody is told of.
fn without_hidden(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(suggested)) = error.get(ContextKind::SuggestedArg) else { return error };
    let flag = suggested.split(['=', ' ']).next().unwrap_or_default().trim_start_matches('-').to_owned();
    if is_hidden(&Cli::command(), &flag) {
        error.remove(ContextKind::SuggestedArg);
    }
    error
}

fn is_hidden(command: &clap::Command, flag: &str) -> bool {
    let own = command.get_arguments().any(|arg| arg.get_long() == Some(flag) && arg.is_hide_set());
    own || command.get_subcommands().any(|below| is_hidden(below, flag))
}

/// Runs one command to its end.
async fn main(cli: Cli) -> ExitCode {
    // What an assistant reads on stdout is the protocol alone.
    let out = Out { json: cli.global.json && !matches!(cli.command, Some(Command::Mcp(_))) };
    let environment = Environment::read();
    let name = name(cli.command.as_ref());
    let ended = Box::pin(dispatch(&cli, environment, out)).await;
    let said = match &ended {
        Ok(Some(done)) => out.done(done),
        Ok(None) => Ok(()),
        Err(failed) => out.failed(&name, failed),
    };
    match (ended, said) {
        (Err(failed), _) => failed.exit(),
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
        // The disk behind a redirection is full, say: the result was not delivered.
        (Ok(_), Err(error)) => {
            let _told = note(&format!("the result could not be written: {error}"));
            ExitCode::from(exit::DEFECT)
        }
    }
}

/// What the envelope calls the command.
fn name(command: Option<&Command>) -> String {
    match command {
        None => "desk".into(),
        Some(Command::Run(args)) => args.action.clone().unwrap_or_else(|| "run".into()),
        Some(Command::Demo(_)) => "demo".into(),
        Some(Command::Actions(_)) => "actions".into(),
        Some(Command::Find(_)) => "find".into(),
        Some(Command::Customer(_)) => "customer".into(),
        Some(Command::Explain(_)) => "explain".into(),
        Some(Command::Duplicates(_)) => "duplicates".into(),
        Some(Command::Timeline(_)) => "timeline".into(),
        Some(Command::Monitor(_)) => "monitor".into(),
        Some(Command::Outcomes(_)) => "outcomes".into(),
        Some(Command::Audit(args)) => args.command.name().into(),
        Some(Command::Pending(_)) => "pending".into(),
        Some(Command::Mcp(_)) => "mcp".into(),
        Some(Command::Approve(_)) => "approve".into(),
        Some(Command::Policy(args)) => args.command.name().into(),
        Some(Command::Config(args)) => match args.command {
            config::Command::Init => "config init".into(),
            config::Command::Show => "config show".into(),
            config::Command::Path => "config path".into(),
        },
        Some(Command::Login(_)) => "login".into(),
        Some(Command::Logout(_)) => "logout".into(),
        Some(Command::Doctor(_)) => "doctor".into(),
        Some(Command::Sandbox(_)) => "sandbox".into(),
        Some(Command::Webhook(_)) => "webhook".into(),
        Some(Command::Completions(_)) => "completions".into(),
        Some(Command::Man(_)) => "man".into(),
    }
}

fn setup(global: &Global, environment: Environment) -> Result<Setup, Failed> {
    setup_with(&global.flags(), environment)
}

/// For a profile that may be new.
fn setup_new(global: &Global, environment: Environment) -> Result<Setup, Failed> {
    setup_with(&Flags { new_profile: true, ..global.flags() }, environment)
}

fn setup_with(flags: &Flags, environment: Environment) -> Result<Setup, Failed> {
    let config = Config::load(flags, &environment)?;
    Ok(Setup { config, environment, demo: false, key: None, account: None })
}

/// `None`: the command has shown what it had to show itself.
async fn dispatch(cli: &Cli, environment: Environment, out: Out) -> Result<Option<Done>, Failed> {
    let global = &cli.global;
    let shown = match &cli.command {
        None => return Box::pin(open(cli, environment)).await.map(|()| None),
        Some(Command::Demo(args)) => {
            desk::capable(environment.get("TERM"))?;
            let setup = setup(global, environment)?;
            return open_demo(args, setup, None).await.map(|()| None);
        }
        Some(Command::Sandbox(args)) => return sandbox::sandbox(args, global.json).await.map(|()| None),
        Some(Command::Webhook(args)) => {
            return webhook::webhook(args, &setup(global, environment)?, out.json).await.map(|()| None);
        }
        Some(Command::Mcp(args)) => return mcp::mcp(args, setup(global, environment)?).await.map(|()| None),
        Some(Command::Actions(_)) => actions::actions(),
        Some(Command::Completions(args)) => complete::completions(args)?,
        Some(Command::Man(_)) => man::man()?,
        Some(Command::Config(args)) => config::config(args, &global.flags(), &environment)?,
        Some(Command::Policy(args)) => policy::policy(args, &setup(global, environment)?, out).await?,
        Some(Command::Run(args)) => match run::help(args)? {
            Some(help) => help,
            None => return run::run(args, &setup(global, environment)?, out).await,
        },
        Some(Command::Approve(args)) => approve::approve(args, &setup(global, environment)?).await?,
        Some(Command::Find(args)) => find::find(args, &setup(global, environment)?).await?,
        Some(Command::Customer(args)) => customer::customer(args, &setup(global, environment)?).await?,
        Some(
            command @ (Command::Explain(_)
            | Command::Duplicates(_)
            | Command::Timeline(_)
            | Command::Monitor(_)
            | Command::Outcomes(_)),
        ) => Box::pin(answer(command, &setup(global, environment)?)).await?,
        Some(Command::Audit(args)) => audit::audit(args, &setup(global, environment)?, out).await?,
        Some(Command::Login(args)) => login::login(args, &setup_new(global, environment)?).await?,
        Some(Command::Logout(args)) => login::logout(args, &setup(global, environment)?)?,
        Some(Command::Doctor(_)) => doctor::doctor(&setup(global, environment)?).await?,
        Some(Command::Pending(args)) => pending::pending(args, &setup(global, environment)?).await?,
    };
    Ok(Some(shown))
}

/// What a customer asked, answered.
async fn answer(command: &Command, setup: &Setup) -> Result<Done, Failed> {
    match command {
        Command::Explain(args) => explain::explain(args, setup).await,
        Command::Duplicates(args) => duplicates::duplicates(args, setup).await,
        Command::Timeline(args) => timeline::timeline(args, setup).await,
        Command::Monitor(args) => monitor::monitor(args, setup).await,
        Command::Outcomes(args) => outcomes::outcomes(args, setup).await,
        _ => Err(Failed::Defect("another command answers nothing".into())),
    }
}

/// The desk on the chosen profile, or the demo where there is no key at all.
async fn open(cli: &Cli, environment: Environment) -> Result<(), Failed> {
    desk::capable(environment.get("TERM"))?;
    let setup = setup(&cli.global, environment)?;
    if setup.find_key()?.is_some() {
        let old = setup.old_key();
        return match desk::desk(&cli.desk, &setup, old.as_deref()).await? {
            Some(profile) => Err(again::start(&cli.global, &profile)),
            None => Ok(()),
        };
    }
    let args = demo::Args { desk: cli.desk.clone(), ..demo::Args::default() };
    open_demo(&args, setup, Some(NO_KEY)).await
}

async fn open_demo(args: &demo::Args, setup: Setup, notice: Option<&str>) -> Result<(), Failed> {
    let (setup, running) = demo::start(args, setup.config, setup.environment).await?;
    let ended = desk::desk(&args.desk, &setup, notice).await;
    running.stop().await;
    // The demo has no other profiles.
    ended.map(drop)
}
