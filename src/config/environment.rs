//! The environment, read once and in one place: everything else is handed what was found.

use std::{collections::BTreeMap, fmt};

use secrecy::SecretString;

use super::settings::SETTINGS;

pub const KEY_VARIABLE: &str = "STRIPE_API_KEY";
/// Signing secrets of the webhook endpoint.
pub const WEBHOOK_VARIABLE: &str = "STRIPE_WEBHOOK_SECRET";
pub const CONFIG_VARIABLE: &str = "PAYDESK_CONFIG";
/// What the terminal says about itself and where it stands, who is logged in, and the wish for no colour.
const OTHERS: &[&str] = &[
    CONFIG_VARIABLE,
    "NO_COLOR",
    "TERM",
    "COLORTERM",
    "COLORFGBG",
    "TMUX",
    "STY",
    "SSH_TTY",
    "SSH_CONNECTION",
    "WAYLAND_DISPLAY",
    "DISPLAY",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
    "USER",
    "LOGNAME",
    "USERNAME",
];

/// A snapshot of the variables that mean something here. Empty ones count as absent.
#[derive(Clone, Default)]
pub struct Environment {
    known: BTreeMap<&'static str, String>,
    key: Option<SecretString>,
    webhook: Option<SecretString>,
}

impl Environment {
    pub fn read() -> Self {
        let named = SETTINGS.iter().filter_map(|setting| setting.variable).chain(OTHERS.iter().copied());
        let known = named.filter_map(|name| Some((name, variable(name)?))).collect();
        let secret = |name| variable(name).map(SecretString::from);
        Self { known, key: secret(KEY_VARIABLE), webhook: secret(WEBHOOK_VARIABLE) }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.known.get(name).map(String::as_str)
    }

    pub fn key(&self) -> Option<&SecretString> {
        self.key.as_ref()
    }

    pub fn webhook_secret(&self) -> Option<&SecretString> {
        self.webhook.as_ref()
    }

    /// Who is logged in, as the system calls them.
    pub fn user(&self) -> Option<&str> {
        ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| self.get(name))
    }

    #[cfg(test)]
    pub(crate) fn of(known: &[(&'static str, &str)]) -> Self {
        let owned = |&(name, value): &(&'static str, &str)| (name, value.to_owned());
        Self {
            known: known.iter().filter(|(name, _)| *name != KEY_VARIABLE).map(owned).collect(),
            key: known.iter().find(|(name, _)| *name == KEY_VARIABLE).map(|(_, value)| (*value).into()),
            webhook: None,
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("names", &self.known.keys()).finish_non_exhaustive()
    }
}

/// A value that is no Unicode is kept as far as it can be read, so that whoever checks it can say what is wrong.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)
        .map(|value| value.to_string_lossy().into_owned())
        .filter(|value| !value.trim().is_empty())
}
