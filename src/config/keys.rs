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
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::{super::keyring::Fake, *};

    const KEY: &str = "rk_test_0123456789abcdefghij";

    fn home_with_key(text: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        private_folder(&home.path().join("keys")).unwrap();
        write_private(&Secret::Key.file(home.path(), "work"), text).unwrap();
        home
    }

    fn look(environment: &Environment, home: &Path) -> Result<Option<String>, String> {
        find(environment, home, "work", &Fake::default())
            .map(|found| found.map(|found| found.source))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let home = home_with_key(&format!("{KEY}\n"));
        let with = Environment::of(&[(KEY_VARIABLE, KEY)]);
        assert_eq!(look(&with, home.path()), Ok(Some("STRIPE_API_KEY".into())));
        let file = look(&Environment::default(), home.path()).unwrap().unwrap();
        assert!(file.ends_with("keys/work"), "{file}");
    }

    #[test]
    fn no_key_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(look(&Environment::default(), home.path()), Ok(None));
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let home = home_with_key(KEY);
        fs::set_permissions(Secret::Key.file(home.path(), "work"), fs::Permissions::from_mode(0o644))
            .unwrap();
        assert!(look(&Environment::default(), home.path()).unwrap_err().contains("chmod 600"));
        fs::set_permissions(home.path().join("keys"), fs::Permissions::from_mode(0o750)).unwrap();
        assert!(look(&Environment::default(), home.path()).unwrap_err().contains("chmod 700"));
    }

    #[test]
    fn a_wrong_key_is_told_without_showing_it() {
        let with = Environment::of(&[(KEY_VARIABLE, "pk_live_0123456789abcdefghij")]);
        let error = look(&with, Path::new("/nowhere")).unwrap_err();
        assert!(error.starts_with("STRIPE_API_KEY: ") && error.contains("publishable"), "{error}");
        assert!(!error.contains("0123456789"), "{error}");
    }

    const OTHER: &str = "rk_test_zyxwvutsrqponmlkjihg";
    const SINCE_S: Unix = Unix(1_790_000_000);

    fn masked(found: Result<Option<Found>, ConfigError>) -> Option<(String, String)> {
        found.unwrap().map(|found| (found.key.masked(), found.source))
    }

    #[test]
    fn a_key_is_kept_in_the_keyring_and_nothing_of_it_in_the_file() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let keyring = Fake::default();
        let (place, why) =
            keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
        assert_eq!((place, why), (Place::Keyring, None));
        let text = fs::read_to_string(Secret::Key.file(&data, "work")).unwrap();
        assert_eq!(text, "keyring\n# kept since 2026-09-21T14:13:20Z\n");
        let found = kept(&data, "work", &keyring).unwrap().unwrap();
        assert_eq!((found.key.masked().as_str(), found.since), ("rk_test_…ghij", Some(SINCE_S)));
        assert_eq!(found.age_days(SINCE_S.plus(3 * DAY_S + 5)), Some(3));
        // Another data folder's profile of that name has none.
        assert_eq!(keyring.get("work in /elsewhere").unwrap().map(|_| ()), None);
        assert_eq!(forget(Secret::Key, (&data, "work"), &keyring), Ok(Some(Place::Keyring)));
        assert!(keyring.held.borrow().is_empty() && !is_kept(Secret::Key, &data, "work"));
        assert_eq!(forget(Secret::Key, (&data, "work"), &keyring), Ok(None));
    }

    #[test]
    fn without_a_keyring_a_private_file_takes_it_and_says_why() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let keyring = Fake::default();
        keyring.broken.set(true);
        let (place, why) =
            keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
        assert_eq!((place, why.as_deref()), (Place::File(Secret::Key.file(&data, "work")), Some("no bus")));
        let mode = fs::metadata(Secret::Key.file(&data, "work")).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        let found = kept(&data, "work", &keyring).unwrap().unwrap();
        assert_eq!(found.since, Some(SINCE_S));
        // Rotated into a keyring that is there by now: the file no longer holds anything.
        keyring.broken.set(false);
        keep(Secret::Key, (&data, "work"), &SecretString::from(OTHER), SINCE_S, Some(&keyring)).unwrap();
        assert_eq!(
            masked(kept(&data, "work", &keyring)),
            Some(("rk_test_…jihg".into(), "the system's keyring".into()))
        );
        assert!(!fs::read_to_string(Secret::Key.file(&data, "work")).unwrap().contains("rk_test"));
    }

    #[test]
    fn a_keyring_that_is_locked_or_empty_is_told_and_loses_nothing() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let keyring = Fake::default();
        keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
        keyring.broken.set(true);
        let error = kept(&data, "work", &keyring).unwrap_err().to_string();
        assert!(error.contains("does not give it: no bus") && error.contains("STRIPE_API_KEY"), "{error}");
        assert!(
            forget(Secret::Key, (&data, "work"), &keyring)
                .unwrap_err()
                .to_string()
                .contains("nothing was forgotten")
        );
        assert!(is_kept(Secret::Key, &data, "work"));
        keyring.broken.set(false);
        keyring.held.borrow_mut().clear();
        assert!(kept(&data, "work", &keyring).unwrap_err().to_string().contains("no longer holds"));
    }

    #[test]
    fn a_signing_secret_lies_beside_the_key_and_is_none() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let (keyring, secret) = (Fake::default(), SecretString::from("whsec_0123456789abcdef"));
        keep(Secret::Webhook, (&data, "work"), &secret, SINCE_S, Some(&keyring)).unwrap();
        assert_eq!(kept(&data, "work", &keyring).unwrap().map(|found| found.source), None, "it is no key");
        assert_eq!(names(&data).count(), 0, "and makes no profile");
        let (place, held) = kept_webhook(&data, "work", &keyring).unwrap().unwrap();
        assert_eq!((place.as_str(), held.expose_secret()), ("the system's keyring", secret.expose_secret()));
        keep(Secret::Key, (&data, "work"), &SecretString::from(KEY), SINCE_S, Some(&keyring)).unwrap();
        assert_eq!(keyring.held.borrow().len(), 2);
        forget(Secret::Webhook, (&data, "work"), &keyring).unwrap();
        assert!(is_kept(Secret::Key, &data, "work") && !is_kept(Secret::Webhook, &data, "work"));
    }
}
