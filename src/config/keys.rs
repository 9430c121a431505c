//! Where the API key comes from: the environment, or what `paydesk login` kept for the profile, in the system's keyring or in
//! a private file. Never an argument, never shown whole.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    environment::{Environment, KEY_VARIABLE, WEBHOOK_VARIABLE},
    error::ConfigError,
    folders::{names_in, only_for_owner, private_folder, write_private},
    keyring::Keyring,
};
use crate::{
    stripe::Key,
    time::{DAY_S, Unix},
};

/// Stands in the file instead of a key that the keyring holds.
const IN_KEYRING: &str = "keyring";
/// Since when the key is kept: a comment to everybody else.
const SINCE: &str = "# kept since ";

/// A key that can be used, and where it was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub secret: SecretString,
    pub key: Key,
    pub source: String,
    /// When `paydesk login` took it in.
    pub since: Option<Unix>,
}

impl Found {
    /// Whole days since it was taken in, where that is known.
    pub fn age_days(&self, now: Unix) -> Option<i64> {
        Some(now.since(self.since?).max(0).div_euclid(DAY_S))
    }
}

/// Where a key is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Keyring,
    File(PathBuf),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keyring => f.write_str("the system's keyring"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// What is kept for a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Stripe's API key.
    Key,
    /// What the webhook endpoint's events are signed with.
    Webhook,
}

impl Secret {
    fn folder(self) -> &'static str {
        match self {
            Self::Key => "keys",
            Self::Webhook => "webhooks",
        }
    }

    pub fn noun(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Webhook => "signing secret",
        }
    }

    /// As a question begins.
    pub fn title(self) -> &'static str {
        match self {
            Self::Key => "Key",
            Self::Webhook => "Signing secret",
        }
    }

    pub fn variable(self) -> &'static str {
        match self {
            Self::Key => KEY_VARIABLE,
            Self::Webhook => WEBHOOK_VARIABLE,
        }
    }

    /// The switch of `login` and `logout` that means it.
    pub fn switch(self) -> &'static str {
        match self {
            Self::Key => "",
            Self::Webhook => " --webhook",
        }
    }

    fn file(self, data_dir: &Path, profile: &str) -> PathBuf {
        data_dir.join(self.folder()).join(profile)
    }

    /// Two data folders do not share a key because their profiles have one name.
    fn keyring_name(self, data_dir: &Path, profile: &str) -> String {
        let folder = std::fs::canonicalize(data_dir).unwrap_or_else(|_| data_dir.to_owned());
        let what = if self == Self::Key { "" } else { "webhook of " };
        format!("{what}{profile} in {}", folder.display())
    }
}

/// A secret as it is kept, whatever it says.
struct Held {
    secret: SecretString,
    source: String,
    since: Option<Unix>,
}

/// Profiles that have a key kept.
pub(super) fn names(data_dir: &Path) -> impl Iterator<Item = String> + use<> {
    names_in(&data_dir.join("keys"))
}

/// `None`: there is no key anywhere.
pub fn find(
    environment: &Environment,
    data_dir: &Path,
    profile: &str,
    keyring: &dyn Keyring,
) -> Result<Option<Found>, ConfigError> {
    match environment.key() {
        Some(secret) => usable(secret.clone(), KEY_VARIABLE.to_owned(), None).map(Some),
        None => kept(data_dir, profile, keyring),
    }
}

/// What `paydesk login`, or somebody by hand, kept for the profile.
pub fn kept(data_dir: &Path, profile: &str, keyring: &dyn Keyring) -> Result<Option<Found>, ConfigError> {
    let held = held(Secret::Key, (data_dir, profile), keyring)?;
    held.map(|held| usable(held.secret, held.source, held.since)).transpose()
}

/// The signing secrets that `paydesk login --webhook` kept for the profile, and where.
pub fn kept_webhook(
    data_dir: &Path,
    profile: &str,
    keyring: &dyn Keyring,
) -> Result<Option<(String, SecretString)>, ConfigError> {
    Ok(held(Secret::Webhook, (data_dir, profile), keyring)?.map(|held| (held.source, held.secret)))
}

/// The text of a file with a secret that somebody named, if nobody else can read it.
pub fn private_text(file: &Path) -> Result<SecretString, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|error| ConfigError::file(file, error.to_string()))?;
    let text = SecretString::from(text);
    only_for_owner(file).map(|()| text)
}

fn held(
    which: Secret,
    (data_dir, profile): (&Path, &str),
    keyring: &dyn Keyring,
) -> Result<Option<Held>, ConfigError> {
    let path = which.file(data_dir, profile);
    let Some(text) = read(&path)? else { return Ok(None) };
    let since = text.lines().find_map(|line| line.strip_prefix(SINCE));
    let since = since.and_then(|when| when.trim().parse::<jiff::Timestamp>().ok());
    let since = since.map(|when| Unix(when.as_second()));
    let lines = text.lines().map(str::trim);
    let line = lines.clone().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    if line != IN_KEYRING {
        let source = path.display().to_string();
        return Ok(Some(Held { secret: SecretString::from(line.to_owned()), source, since }));
    }
    let (noun, switch) = (which.noun(), which.switch());
    let held = keyring.get(&which.keyring_name(data_dir, profile)).map_err(|why| {
        ConfigError::Key(format!(
            "the {noun} of profile {profile} is in the system's keyring, which does not give it: {why}; unlock it, or set {}",
            which.variable()
        ))
    })?;
    let secret = held.ok_or_else(|| {
        ConfigError::Key(format!(
            "the system's keyring no longer holds the {noun} of profile {profile}: `paydesk logout{switch}`, then `paydesk \
             login{switch}`"
        ))
    })?;
    Ok(Some(Held { secret, source: Place::Keyring.to_string(), since }))
}

/// The file's text, if it is there and nobody else can read it.
fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    // A folder that others can open is refused before the file in it is looked for.
    match path.parent().map(|folder| (folder, folder.try_exists())) {
        Some((folder, Ok(true))) => only_for_owner(folder)?,
        Some((folder, Err(error))) => return Err(ConfigError::file(folder, error.to_string())),
        Some((_, Ok(false))) | None => return Ok(None),
    }
    match std::fs::read_to_string(path) {
        Ok(text) => only_for_owner(path).map(|()| Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::file(path, error.to_string())),
    }
}

/// Something is kept for the profile, whether it can be read or not.
pub fn is_kept(which: Secret, data_dir: &Path, profile: &str) -> bool {
    which.file(data_dir, profile).exists()
}

/// Keeps the key: in the keyring where there is one and it is wanted, else in the private file. What was kept before is replaced
/// only by what was read back. The words say why it is not in the keyring.
pub fn keep(
    which: Secret,
    (data_dir, profile): (&Path, &str),
    secret: &SecretString,
    since: Unix,
    keyring: Option<&dyn Keyring>,
) -> Result<(Place, Option<String>), ConfigError> {
    private_folder(data_dir)?;
    private_folder(&data_dir.join(which.folder()))?;
    let path = which.file(data_dir, profile);
    let when = jiff::Timestamp::from_second(since.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let write = |line: &str| write_private(&path, &format!("{line}\n{SINCE}{when}\n"));
    let why = match keyring.map(|keyring| in_keyring(keyring, &which.keyring_name(data_dir, profile), secret))
    {
        Some(Ok(())) => {
            write(IN_KEYRING)?;
            return Ok((Place::Keyring, None));
        }
        Some(Err(why)) => Some(why),
        None => None,
    };
    write(secret.expose_secret())?;
    Ok((Place::File(path), why))
}

fn in_keyring(keyring: &dyn Keyring, name: &str, secret: &SecretString) -> Result<(), String> {
    keyring.set(name, secret)?;
    match keyring.get(name)? {
        Some(back) if back.expose_secret() == secret.expose_secret() => Ok(()),
        _ => Err("it does not give back what it was given".to_owned()),
    }
}

/// Forgets what is kept for the profile. `None`: nothing was. Where the keyring does not let go, nothing is forgotten.
pub fn forget(
    which: Secret,
    (data_dir, profile): (&Path, &str),
    keyring: &dyn Keyring,
) -> Result<Option<Place>, ConfigError> {
    let path = which.file(data_dir, profile);
    let Some(text) = read(&path)? else { return Ok(None) };
    let held = text.lines().any(|line| line.trim() == IN_KEYRING);
    if held {
        keyring.forget(&which.keyring_name(data_dir, profile)).map_err(|why| {
            let noun = which.noun();
            ConfigError::Key(format!(
                "the system's keyring does not let go of the {noun}: {why}; nothing was forgotten"
            ))
        })?;
    }
    std::fs::remove_file(&path).map_err(|error| ConfigError::file(&path, error.to_string()))?;
    Ok(Some(if held { Place::Keyring } else { Place::File(path) }))
}

fn usable(secret: SecretString, source: String, since: Option<Unix>) -> Result<Found, ConfigError> {
    let key = Key::parse(secret.clone()).map_err(|error| ConfigError::Key(format!("{source}: {error}")))?;
    Ok(Found { secret, key, source, since })
}

#[cfg(unix)]
#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
