//! `paydesk run`: one action of the catalogue. Readings are asked of Stripe, changes go through the same gate as on the desk.

mod batch;
mod change;
mod given;
mod help;
mod lines;
mod plan;
mod read;
mod results;

pub(super) use change::{now, outcome, propose};
pub(super) use given::{action, moment, no_action, read as wanted};
pub(super) use lines::Line;
pub(super) use read::Brought;

use serde_json::{Value, json};

use super::{
    exit::Failed,
    out::{Done, Out},
    wire::Setup,
};
use crate::{
    actions::{Action, Effect, Gives},
    request::Request,
};

/// Do one action
#[derive(Debug, Default, clap::Args)]
#[command(disable_help_flag = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub struct Args {
    /// Its name, as `paydesk actions` lists it
    #[arg(value_name = "ACTION", required_unless_present = "help")]
    pub action: Option<String>,
    /// Its parameters; a customer may be named by an e-mail address, an object by its Dashboard link. An id that is `-` is read
    /// from standard input, one a line: a batch
    #[arg(value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Confirm what the policy asks to be confirmed; lifts no denial
    #[arg(long)]
    pub yes: bool,
    /// Where the policy wants a second person: keep it for one, who sees it with `paydesk approve`
    #[arg(long)]
    pub ask: bool,
    /// The code of a second person for what was kept for one: this is sent, once, and nothing else
    #[arg(long, value_name = "CODE", conflicts_with = "ask")]
    pub approval: Option<String>,
    /// Show the verdict and the request, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do once more what was done minutes ago
    #[arg(long)]
    pub repeat: bool,
    /// Of a list: every page, to its end
    #[arg(long)]
    pub all: bool,
    /// Of a list: so many at most
    #[arg(long, value_name = "N", conflicts_with = "all", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// Of a batch of changes: how far it came is kept here, and it goes on from there
    #[arg(long, value_name = "FILE")]
    pub results: Option<std::path::PathBuf>,
    /// Of a batch of changes: leave out what is denied or cannot be done, and do the rest
    #[arg(long)]
    pub skip_denied: bool,
    /// Print help; behind ACTION, what it does and what it takes
    #[arg(short, long)]
    pub help: bool,
}

/// `None`: it has been printed, page by page.
pub(super) async fn run(args: &Args, setup: &Setup, out: Out) -> Result<Option<Done>, Failed> {
    let action = given::action(args.action.as_deref().unwrap_or_default())?;
    fits(action, args)?;
    let wanted = given::read(action, &args.parameters, &given::moment(setup))?;
    let batch = args.results.is_some() || args.skip_denied;
    match (wanted.each, action.effect) {
        (None, _) | (Some(_), Effect::Read) if batch => Err(only_batches(action)),
        (None, Effect::Read) => read::read(args, wanted, setup, out).await,
        (None, _) => change::change(args, wanted, setup).await.map(Some),
        (Some(field), effect) => {
            let lines = lines::read(&wanted, field, &lines::input()?, &given::moment(setup))?;
            if effect == Effect::Read {
                return read::each(args, (action, field), lines, (setup, out)).await;
            }
            if args.ask || args.approval.is_some() {
                let says = "a second person is asked about one change at a time, and answers for one";
                return Err(Failed::Usage(says.into()));
            }
            batch::change(args, (wanted, field), lines, setup).await.map(Some)
        }
    }
}

/// What `--help` shows; none where it was not asked for.
pub(super) fn help(args: &Args) -> Result<Option<Done>, Failed> {
    if !args.help {
        return Ok(None);
    }
    Ok(Some(match &args.action {
        Some(name) => help::of_action(given::action(name)?),
        None => help::of_all(),
    }))
}

fn only_batches(action: &Action) -> Failed {
    let id = action.fields.iter().find(|field| field.required).map_or("ID", |field| field.name);
    Failed::Usage(format!(
        "--results and --skip-denied are for a batch of changes: {id}=- reads ids, one a line"
    ))
}

/// Whether the switches say anything about such an action.
fn fits(action: &Action, args: &Args) -> Result<(), Failed> {
    let is_list = action.effect == Effect::Read && matches!(action.gives, Gives::List(_));
    if (args.ask || args.approval.is_some()) && action.effect == Effect::Read {
        return Err(Failed::Usage(format!(
            "--ask and --approval are for changes, and {} only reads",
            action.name
        )));
    }
    let lists = [(args.all, "--all"), (args.limit.is_some(), "--limit")];
    match lists.into_iter().find(|(given, _)| *given && !is_list) {
        Some((_, switch)) => {
            Err(Failed::Usage(format!("{switch} is for lists, and {} gives none", action.name)))
        }
        None => Ok(()),
    }
}

/// A call as `--dry-run` shows it. A name that stands more than once has all of its values.
fn request_json(request: &Request) -> Value {
    let mut parameters = serde_json::Map::new();
    for (name, value) in &request.params {
        match parameters.get_mut(name) {
            Some(Value::Array(all)) => all.push(json!(value)),
            Some(one) => *one = json!([one.take(), value]),
            None => drop(parameters.insert(name.clone(), json!(value))),
        }
    }
    let mut shown = json!({"method": request.method, "path": request.path, "parameters": parameters});
    if let Some((key, shown)) = request.idempotency_key.as_ref().zip(shown.as_object_mut()) {
        shown.insert("idempotency_key".into(), json!(key));
    }
    shown
}

fn request_pairs(request: &Request) -> Vec<(String, String)> {
    let line = ("request".to_owned(), format!("{} {}", request.method.name(), request.path));
    let key = request.idempotency_key.iter().map(|key| ("Idempotency-Key".to_owned(), key.clone()));
    std::iter::once(line).chain(request.params.iter().cloned()).chain(key).collect()
}
