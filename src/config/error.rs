//! What can be wrong with settings, with the place that has to be changed: file, line and key, variable or flag.

use std::path::{Path, PathBuf};

use crate::text::nearest;

/// What is wrong with one value or key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("{}", unknown(.name, .what, *.nearest))]
    Unknown { name: String, what: &'static str, nearest: Option<&'static str> },
    #[error("`{}` is not {takes}", crate::text::clean(.given))]
    Value { given: String, takes: String },
    #[error("`{name}` takes {}, not {}", with_article(.takes), with_article(.given))]
    Type { name: String, given: &'static str, takes: &'static str },
    #[error("{0}")]
    Toml(String),
    #[error("`version = 1` is missing: it says which settings this file may hold")]
    NoVersion,
    #[error("version {0} is not known here: this paydesk reads version 1")]
    Version(String),
    #[error("a profile is named with letters, digits, `-` and `_`, not `{0}`")]
    ProfileName(String),
    #[error("`{0}` holds for all profiles: it belongs in [desk]")]
    NotOfProfile(&'static str),
}

fn unknown(name: &str, what: &str, nearest: Option<&str>) -> String {
    let name = crate::text::clean(&name.chars().take(60).collect::<String>());
    match nearest {
        Some(nearest) => format!("`{name}` is not {what}: did you mean `{nearest}`?"),
        None => format!("`{name}` is not {what}"),
    }
}

fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// Why there are no settings to work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `config.toml:7:3: …`
    #[error("{}:{line}:{column}: {fault}", file.display())]
    InFile { file: PathBuf, line: usize, column: usize, fault: Fault },
    /// `--color: …`, `PAYDESK_PROFILE: …`
    #[error("{place}: {fault}")]
    Given { place: String, fault: Fault },
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: String },
    #[error("{}", no_profile(.name, .known, .file))]
    NoProfile { name: String, known: Vec<String>, file: PathBuf },
    #[error("this system names no home folder: give --data-dir and --config")]
    NoHome,
    #[error("{}", wider(.path, *.mode, *.folder))]
    Wider { path: PathBuf, mode: u32, folder: bool },
    #[error("{0}")]
    Key(String),
    #[error(
        "profile {profile} belongs to {pinned}, but this key reaches {found}: use another profile (--profile NAME), \
         or remove {} if the change is meant", file.display()
    )]
    OtherAccount { profile: String, pinned: String, found: String, file: PathBuf },
    #[error("{0}")]
    Setup(String),
}

fn no_profile(name: &str, known: &[String], file: &Path) -> String {
    let nearest = nearest(name, known.iter().map(String::as_str));
    let meant = nearest.map(|nearest| format!("did you mean `{nearest}`? ")).unwrap_or_default();
    let (known, file) = (known.join(", "), file.display());
    format!(
        "no profile is named `{name}`: {meant}known are {known}; [profiles.{name}] in {file} makes a new one"
    )
}

fn wider(path: &Path, mode: u32, folder: bool) -> String {
    let (path, wanted) = (path.display(), if folder { "700" } else { "600" });
    format!("{path} is open to other users of this machine (mode {mode:03o}): run `chmod {wanted} {path}`")
}

impl ConfigError {
    pub(super) fn file(path: &Path, reason: impl Into<String>) -> Self {
        Self::File { path: path.to_owned(), reason: reason.into() }
    }
}
