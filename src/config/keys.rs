//! Where the API key comes from: the environment, or the profile's own private file. Never an argument, never shown whole.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{
    environment::{Environment, KEY_VARIABLE},
    error::ConfigError,
    folders::{names_in, only_for_owner},
};
use crate::stripe::Key;

/// A key that can be used, and where it was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub secret: SecretString,
    pub key: Key,
    pub source: String,
}

pub fn key_file(data_dir: &Path, profile: &str) -> PathBuf {
    data_dir.join("keys").join(profile)
}

/// Profiles that have a key file.
pub(super) fn names(data_dir: &Path) -> impl Iterator<Item = String> + use<> {
    names_in(&data_dir.join("keys"))
}

/// `None`: there is no key anywhere.
pub fn find(environment: &Environment, data_dir: &Path, profile: &str) -> Result<Option<Found>, ConfigError> {
    if let Some(secret) = environment.key() {
        return usable(secret.clone(), KEY_VARIABLE.to_owned()).map(Some);
    }
    let path = key_file(data_dir, profile);
    // A folder that others can open is refused before the file in it is looked for.
    match path.parent().map(|folder| (folder, folder.try_exists())) {
        Some((folder, Ok(true))) => only_for_owner(folder)?,
        Some((folder, Err(error))) => return Err(ConfigError::file(folder, error.to_string())),
        Some((_, Ok(false))) | None => return Ok(None),
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            only_for_owner(&path)?;
            usable(SecretString::from(text.trim().to_owned()), path.display().to_string()).map(Some)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::file(&path, error.to_string())),
    }
}

fn usable(secret: SecretString, source: String) -> Result<Found, ConfigError> {
    let key = Key::parse(secret.clone()).map_err(|error| ConfigError::Key(format!("{source}: {error}")))?;
    Ok(Found { secret, key, source })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;
    use crate::config::folders::{private_folder, write_private};

    const KEY: &str = "rk_test_0123456789abcdefghij";

    fn home_with_key(text: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        private_folder(&home.path().join("keys")).unwrap();
        write_private(&key_file(home.path(), "work"), text).unwrap();
        home
    }

    fn look(environment: &Environment, home: &Path) -> Result<Option<String>, String> {
        find(environment, home, "work")
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
        fs::set_permissions(key_file(home.path(), "work"), fs::Permissions::from_mode(0o644)).unwrap();
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
}
