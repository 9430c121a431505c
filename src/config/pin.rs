//! A profile belongs to the account and the mode that it was first used with, and never silently to another.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    error::ConfigError,
    folders::{names_in, private_folder, write_private},
};
use crate::stripe::Mode;

/// What a profile is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// `acct_…`; `None` while no key was allowed to read it.
    pub account: Option<String>,
    pub mode: Mode,
    /// Where the account's days begin.
    #[serde(default)]
    pub zone: Option<String>,
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let account = self.account.as_deref().unwrap_or("an account that its key may not name");
        write!(f, "{account} in {} mode", self.mode.name())
    }
}

pub fn pin_file(data_dir: &Path, profile: &str) -> PathBuf {
    data_dir.join("profiles").join(format!("{profile}.json"))
}

/// Profiles that were used before.
pub(super) fn names(data_dir: &Path) -> impl Iterator<Item = String> + use<> {
    names_in(&data_dir.join("profiles")).filter_map(|name| name.strip_suffix(".json").map(ToOwned::to_owned))
}

/// What the profile is bound to, if it was used before. Whatever is wrong with the file is said by [`hold`].
pub fn known(data_dir: &Path, profile: &str) -> Option<Pin> {
    let text = std::fs::read_to_string(pin_file(data_dir, profile)).ok()?;
    serde_json::from_str(&text).ok()
}

/// What the profile is bound to, if it agrees with what was found; another account or mode is refused.
pub fn check(data_dir: &Path, profile: &str, found: &Pin) -> Result<Option<Pin>, ConfigError> {
    let file = pin_file(data_dir, profile);
    let known = match std::fs::read_to_string(&file) {
        Ok(text) => Some(serde_json::from_str::<Pin>(&text).map_err(|error| {
            ConfigError::file(
                &file,
                format!("it does not say which account this profile belongs to: {error}"),
            )
        })?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(ConfigError::file(&file, error.to_string())),
    };
    let other = |pinned: &Pin| {
        pinned.mode != found.mode
            || matches!((&pinned.account, &found.account), (Some(pinned), Some(found)) if pinned != found)
    };
    match known {
        Some(pinned) if other(&pinned) => Err(ConfigError::OtherAccount {
            profile: profile.to_owned(),
            pinned: pinned.to_string(),
            found: found.to_string(),
            file,
        }),
        known => Ok(known),
    }
}

/// Binds the profile at its first use, and refuses another account or mode at every later one.
pub fn hold(data_dir: &Path, profile: &str, found: &Pin) -> Result<Pin, ConfigError> {
    let known = check(data_dir, profile, found)?;
    let file = pin_file(data_dir, profile);
    let held = Pin {
        account: found.account.clone().or_else(|| known.as_ref().and_then(|known| known.account.clone())),
        mode: found.mode,
        zone: found.zone.clone().or_else(|| known.as_ref().and_then(|known| known.zone.clone())),
    };
    if known.as_ref() != Some(&held) {
        private_folder(&data_dir.join("profiles"))?;
        let text =
            serde_json::to_string(&held).map_err(|error| ConfigError::file(&file, error.to_string()))?;
        write_private(&file, &text)?;
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(account: Option<&str>, mode: Mode) -> Pin {
        Pin { account: account.map(Into::into), mode, zone: None }
    }

    #[test]
    fn a_profile_stays_with_its_first_account_and_mode() {
        let home = tempfile::tempdir().unwrap();
        let one = pin(Some("acct_1"), Mode::Test);
        assert_eq!(hold(home.path(), "work", &one), Ok(one.clone()));
        assert_eq!(hold(home.path(), "work", &one), Ok(one.clone()));
        let error = hold(home.path(), "work", &pin(Some("acct_2"), Mode::Test)).unwrap_err().to_string();
        assert!(error.contains("acct_1 in test mode") && error.contains("acct_2 in test mode"), "{error}");
        let error = hold(home.path(), "work", &pin(Some("acct_1"), Mode::Live)).unwrap_err().to_string();
        assert!(error.contains("acct_1 in live mode"), "{error}");
        assert_eq!(hold(home.path(), "other", &pin(Some("acct_2"), Mode::Live)).unwrap().mode, Mode::Live);
    }

    #[test]
    fn a_key_that_may_not_name_its_account_keeps_what_is_known() {
        let home = tempfile::tempdir().unwrap();
        hold(home.path(), "work", &pin(None, Mode::Test)).unwrap();
        hold(home.path(), "work", &pin(Some("acct_1"), Mode::Test)).unwrap();
        let held = hold(home.path(), "work", &pin(None, Mode::Test)).unwrap();
        assert_eq!(held.account.as_deref(), Some("acct_1"));
    }

    #[test]
    fn a_damaged_pin_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        private_folder(&home.path().join("profiles")).unwrap();
        write_private(&pin_file(home.path(), "work"), "{").unwrap();
        assert!(hold(home.path(), "work", &pin(None, Mode::Test)).is_err());
    }
}
