//! Settings in layers (flag, environment, profile, file, default), each value with its source; keys; and where things live.

pub mod approver;
pub mod environment;
mod error;
mod file;
mod folders;
pub mod keyring;
pub mod keys;
pub mod pin;
mod settings;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

pub use environment::{CONFIG_VARIABLE, Environment, KEY_VARIABLE, WEBHOOK_VARIABLE};
pub use error::{ConfigError, Fault};
pub use file::File;
pub use folders::{only_for_owner, private_folder, write_private};
pub use settings::{SETTINGS, Setting};
use url::Url;

use crate::stripe::Deadlines;

/// The commented file that `config init` writes.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// Who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Flag(&'static str),
    Variable(&'static str),
    Profile {
        name: String,
        file: PathBuf,
        line: usize,
    },
    File {
        file: PathBuf,
        line: usize,
    },
    Default,
    /// Worked out from this machine.
    System,
    /// The demo's own.
    Demo,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Variable(name) => f.write_str(name),
            Self::Profile { name, file, line } => write!(f, "{}:{line} [profiles.{name}]", file.display()),
            Self::File { file, line } => write!(f, "{}:{line}", file.display()),
            Self::Default => f.write_str("default"),
            Self::System => f.write_str("this system"),
            Self::Demo => f.write_str("demo"),
        }
    }
}

/// A value and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub source: Source,
}

/// What was given on the command line, by setting name, and the file to read.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub values: BTreeMap<&'static str, String>,
    /// A profile that nobody knows yet is made, not refused.
    pub new_profile: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brightness {
    Auto,
    Dark,
    Light,
}

/// All settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    pub file: Sourced<PathBuf>,
    pub profile: Sourced<String>,
    pub agent: Sourced<String>,
    pub data_dir: Sourced<PathBuf>,
    pub policy: Sourced<PathBuf>,
    pub undo_seconds: Sourced<u64>,
    pub live_seconds: Sourced<u64>,
    pub ledger_days: Sourced<u32>,
    pub zone: Sourced<String>,
    pub color: Sourced<Color>,
    pub theme: Sourced<Brightness>,
    /// In which customers are told who named none of their own.
    pub language: Sourced<String>,
    /// A folder of a team's own texts for customers.
    pub replies: Sourced<Option<PathBuf>>,
    pub read_only: Sourced<bool>,
    pub log: Sourced<Option<PathBuf>>,
    pub api_base: Sourced<Url>,
    pub account: Sourced<Option<String>>,
    /// PEM: authorities that are trusted beside the system's.
    pub ca_file: Sourced<Option<PathBuf>>,
    pub deadlines: Deadlines,
    pub rate_share_percent: Sourced<u32>,
    /// The profiles that have a section, a key or an account, and the one in force.
    pub profiles: Vec<String>,
    /// Name, value, source, in the order of the table.
    pub in_force: Vec<(String, String, String)>,
}

/// The layers, before a value is taken from them.
struct Layers<'a> {
    flags: &'a Flags,
    environment: &'a Environment,
    file: &'a File,
    profile: &'a str,
}

impl Layers<'_> {
    /// The winner for one setting, checked: empty and by default where nobody said anything.
    fn pick(&self, setting: &'static Setting) -> Result<Sourced<String>, ConfigError> {
        let given = |value: &str, source: Source| {
            setting
                .shape
                .check(value)
                .map(|()| Sourced { value: value.to_owned(), source: source.clone() })
                .map_err(|fault| ConfigError::Given { place: source.to_string(), fault })
        };
        if let (Some(flag), Some(value)) = (setting.flag, self.flags.values.get(setting.name)) {
            return given(value, Source::Flag(flag));
        }
        if let Some((name, value)) =
            setting.variable.and_then(|name| Some((name, self.environment.get(name)?)))
        {
            return given(value, Source::Variable(name));
        }
        if setting.name == "color" && self.environment.get("NO_COLOR").is_some() {
            return Ok(Sourced { value: "never".into(), source: Source::Variable("NO_COLOR") });
        }
        let file = || self.file.path.clone();
        if let Some(entry) = self.file.of_profile(self.profile, setting.name) {
            let source = Source::Profile { name: self.profile.to_owned(), file: file(), line: entry.line };
            return Ok(Sourced { value: entry.text.clone(), source });
        }
        if let Some(entry) = self.file.general(setting.name) {
            let source = Source::File { file: file(), line: entry.line };
            return Ok(Sourced { value: entry.text.clone(), source });
        }
        Ok(Sourced { value: setting.default.to_owned(), source: Source::Default })
    }
}

impl Config {
    /// The file that settings are read from, whether it is there or not.
    pub fn file_of(flags: &Flags, environment: &Environment) -> Result<Sourced<PathBuf>, ConfigError> {
        config_file(flags, environment)
    }

    pub fn load(flags: &Flags, environment: &Environment) -> Result<Self, ConfigError> {
        let path = config_file(flags, environment)?;
        let file = match path.value.try_exists() {
            Ok(false) if path.source == Source::Default => File::absent(&path.value),
            _ => File::read(&path.value)?,
        };
        let first = Layers { flags, environment, file: &file, profile: "" };
        let profile = match settings::find("profile") {
            Some(setting) => first.pick(setting)?,
            None => Sourced { value: "default".into(), source: Source::Default },
        };
        let layers = Layers { profile: &profile.value, ..first };
        let mut picked = BTreeMap::new();
        for setting in SETTINGS {
            picked.insert(
                setting.name,
                complete(setting.name, layers.pick(setting)?, &path.value, environment)?,
            );
        }
        let mut config = typed(&picked, path)?;
        if !flags.new_profile {
            known_profile(&config, &file)?;
        }
        let mut profiles = known_names(&config, &file);
        profiles.insert(config.profile.value.clone());
        config.profiles = profiles.into_iter().collect();
        config.in_force = in_force(&picked);
        Ok(config)
    }
}

/// By their sections, by what they were bound to, or by their keys.
fn known_names(config: &Config, file: &File) -> BTreeSet<String> {
    let data_dir = &config.data_dir.value;
    let kept = pin::names(data_dir).chain(keys::names(data_dir));
    file.profiles().map(ToOwned::to_owned).chain(kept).collect()
}

/// A profile that was asked for and is nowhere is a slip of the pen: taken as a new one, it would be bound to whatever the
/// key reaches. It is known by its section, by what it was bound to, or by its key.
fn known_profile(config: &Config, file: &File) -> Result<(), ConfigError> {
    let profile = &config.profile;
    let named_by_file = matches!(profile.source, Source::File { .. }) && file.profiles().next().is_none();
    let mut known = known_names(config, file);
    known.extend(settings::find("profile").map(|setting| setting.default.to_owned()));
    if named_by_file || known.contains(&profile.value) {
        return Ok(());
    }
    let (name, known) = (profile.value.clone(), known.into_iter().collect());
    Err(ConfigError::NoProfile { name, known, file: config.file.value.clone() })
}

fn config_file(flags: &Flags, environment: &Environment) -> Result<Sourced<PathBuf>, ConfigError> {
    if let Some(path) = &flags.config {
        return Ok(Sourced { value: path.clone(), source: Source::Flag("--config") });
    }
    if let Some(path) = environment.get(environment::CONFIG_VARIABLE) {
        return Ok(Sourced { value: path.into(), source: Source::Variable(environment::CONFIG_VARIABLE) });
    }
    let path = folders::default_config_file().ok_or(ConfigError::NoHome)?;
    Ok(Sourced { value: path, source: Source::Default })
}

/// What the machine says where nobody else does, and paths of a file counted from that file's folder.
fn complete(
    name: &str,
    picked: Sourced<String>,
    file: &Path,
    environment: &Environment,
) -> Result<Sourced<String>, ConfigError> {
    let beside = |path: &str| file.parent().unwrap_or(Path::new(".")).join(path).display().to_string();
    let system = |value: String| Ok(Sourced { value, source: Source::System });
    match (name, &picked.source) {
        ("agent", Source::Default) => {
            let user = crate::text::clean(environment.user().unwrap_or("agent"));
            system(user.chars().take(100).collect())
        }
        ("zone", Source::Default) => {
            system(jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned())
        }
        ("data_dir", Source::Default) => {
            let folder = folders::default_data_dir().ok_or(ConfigError::NoHome)?;
            system(folder.display().to_string())
        }
        ("policy", Source::Default) => Ok(Sourced { value: beside("policy.toml"), source: Source::Default }),
        (
            "policy" | "log" | "data_dir" | "ca_file" | "replies",
            Source::File { .. } | Source::Profile { .. },
        ) => Ok(Sourced { value: beside(&picked.value), source: picked.source }),
        _ => Ok(picked),
    }
}

type Picked = BTreeMap<&'static str, Sourced<String>>;

fn in_force(picked: &Picked) -> Vec<(String, String, String)> {
    SETTINGS
        .iter()
        .filter_map(|setting| Some((setting.name, picked.get(setting.name)?)))
        .map(|(name, found)| (name.to_owned(), found.value.clone(), found.source.to_string()))
        .collect()
}

fn typed(picked: &Picked, file: Sourced<PathBuf>) -> Result<Config, ConfigError> {
    let text = |name: &str| {
        picked.get(name).cloned().unwrap_or(Sourced { value: String::new(), source: Source::Default })
    };
    let number = |name: &str| read(text(name), |text| text.parse::<u64>().ok());
    let path = |name: &str| map(text(name), PathBuf::from);
    let optional = |name: &str| map(text(name), |text| Some(text).filter(|text| !text.is_empty()));
    Ok(Config {
        file,
        profile: text("profile"),
        agent: text("agent"),
        data_dir: path("data_dir"),
        policy: path("policy"),
        undo_seconds: number("undo_seconds")?,
        live_seconds: number("live_seconds")?,
        ledger_days: read(text("ledger_days"), |text| text.parse().ok())?,
        zone: text("zone"),
        color: map(text("color"), |text| match text.as_str() {
            "always" => Color::Always,
            "never" => Color::Never,
            _ => Color::Auto,
        }),
        theme: map(text("theme"), |text| match text.as_str() {
            "dark" => Brightness::Dark,
            "light" => Brightness::Light,
            _ => Brightness::Auto,
        }),
        language: text("language"),
        replies: map(optional("replies"), |path| path.map(PathBuf::from)),
        read_only: map(text("read_only"), |text| text == "true"),
        log: map(optional("log"), |path| path.map(PathBuf::from)),
        api_base: read(text("api_base"), |text| Url::parse(text).ok())?,
        account: optional("account"),
        ca_file: map(optional("ca_file"), |path| path.map(PathBuf::from)),
        deadlines: Deadlines {
            connect_s: number("connect_seconds")?.value,
            read_s: number("read_seconds")?.value,
            write_s: number("write_seconds")?.value,
        },
        rate_share_percent: read(text("rate_share_percent"), |text| text.parse().ok())?,
        profiles: Vec::new(),
        in_force: Vec::new(),
    })
}

fn map<A, B>(from: Sourced<A>, to: impl FnOnce(A) -> B) -> Sourced<B> {
    Sourced { value: to(from.value), source: from.source }
}

/// Only fails when a setting's shape lets through what its type does not take.
fn read<T>(from: Sourced<String>, to: impl FnOnce(&str) -> Option<T>) -> Result<Sourced<T>, ConfigError> {
    match to(&from.value) {
        Some(value) => Ok(Sourced { value, source: from.source }),
        None => Err(ConfigError::Given {
            place: from.source.to_string(),
            fault: Fault::Value { given: from.value, takes: "a value for this setting".into() },
        }),
    }
}

#[cfg(test)]
mod tests;
