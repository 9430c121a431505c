//! `paydesk config`: the example written, the settings in force with their sources, the file's path.

use std::path::Path;

use serde_json::json;

use super::{
    exit::Failed,
    out::{Done, Shown},
    wire::Setup,
};
use crate::config::{Config, ConfigError, EXAMPLE, Environment, Flags, write_private};

/// Settings
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write the commented example; an existing file is left alone
    Init,
    /// What is in force, and who said so
    Show,
    /// Where the settings file is looked for
    Path,
}

/// `show` needs settings that load; the others are for when they do not.
pub(super) fn config(args: &Args, flags: &Flags, environment: &Environment) -> Result<Done, Failed> {
    match args.command {
        Command::Init => init(&Config::file_of(flags, environment)?.value),
        Command::Path => {
            let found = Config::file_of(flags, environment)?;
            let path = found.value.display().to_string();
            let result = json!({
                "path": path, "source": found.source.to_string(), "exists": found.value.exists(),
            });
            Ok(Done::new("config path", result, Shown::Text(format!("{path}\n"))))
        }
        Command::Show => show(&Setup {
            config: Config::load(flags, environment)?,
            environment: environment.clone(),
            demo: false,
            key: None,
            account: None,
        }),
    }
}

fn init(path: &Path) -> Result<Done, Failed> {
    if path.exists() {
        return Err(Failed::Config(format!("{} is there already, and was left as it is", path.display())));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| ConfigError::File { path: folder.to_owned(), reason: error.to_string() })?;
    }
    write_private(path, EXAMPLE)?;
    let shown = Shown::Text(format!("wrote {}\n", path.display()));
    Ok(Done::new("config init", json!({"path": path}), shown))
}

/// The key is shown masked, and where it comes from.
fn show(setup: &Setup) -> Result<Done, Failed> {
    let file = &setup.config.file;
    let mut rows = vec![(
        "config".to_owned(),
        file.value.display().to_string(),
        if file.value.exists() { file.source.to_string() } else { "not there".to_owned() },
    )];
    rows.extend(setup.config.in_force.iter().cloned());
    rows.push(match setup.find_key()? {
        Some(found) => ("key".into(), found.key.masked(), found.source),
        None => ("key".into(), String::new(), "none".into()),
    });
    let result = rows
        .iter()
        .map(|(name, value, source)| json!({"name": name, "value": value, "source": source}))
        .collect();
    let rows = rows.into_iter().map(|(name, value, source)| vec![name, value, source]).collect();
    Ok(Done::new("config show", result, Shown::Own { titles: vec!["Setting", "Value", "From"], rows }))
}
