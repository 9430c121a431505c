//! API keys: told apart by their prefix, held as secrets, and never shown but masked.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

/// Stripe's own keys are longer; a stand-in's may be shorter, but not a word typed by mistake.
const SECRET_CHARS_LEAST: usize = 8;
/// Four last characters are shown only of a secret long enough to spare them.
const SPARE_CHARS_LEAST: usize = 12;
const CHARS_MOST: usize = 255;

/// Which world a key reaches. Test covers sandboxes too: their keys carry the same prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Test,
    Live,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `sk_`: everything in its mode.
    Secret,
    /// `rk_`: the permissions chosen for it.
    Restricted,
}

/// Why a text is no key to work with. What was given appears masked, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("there is no key")]
    Empty,
    #[error(
        "{0} is a publishable key, which only a browser may use: make a restricted key (rk_…) in the Dashboard"
    )]
    Publishable(String),
    #[error("{0} is a webhook signing secret, not an API key: it belongs with the webhook settings")]
    WebhookSecret(String),
    #[error("{0} holds a space, a line break or another character that no key has: copy it again")]
    Characters(String),
    #[error("{0} is too short for a key: copy it again, whole")]
    TooShort(String),
    #[error("{0} is too long for a key")]
    TooLong(String),
    #[error("this is no Stripe key: one begins with rk_test_, rk_live_, sk_test_ or sk_live_")]
    UnknownPrefix,
}

/// A key that may be sent.
#[derive(Clone)]
pub struct Key {
    secret: SecretString,
    kind: Kind,
    mode: Mode,
}

const KEYS: &[(&str, Kind, Mode)] = &[
    ("sk_test_", Kind::Secret, Mode::Test),
    ("sk_live_", Kind::Secret, Mode::Live),
    ("rk_test_", Kind::Restricted, Mode::Test),
    ("rk_live_", Kind::Restricted, Mode::Live),
    // Of a sandbox that nobody has claimed yet.
    ("rkcs_test_", Kind::Restricted, Mode::Test),
];
const OTHERS: &[&str] = &["pk_test_", "pk_live_", "whsec_"];

fn prefix(text: &str) -> Option<&'static str> {
    KEYS.iter()
        .map(|(prefix, ..)| *prefix)
        .chain(OTHERS.iter().copied())
        .find(|known| text.starts_with(known))
}

/// `rk_test_…4f2a`. Of a text that is no key nothing is shown, since it may be a password.
pub fn masked(key: &str) -> String {
    let Some(prefix) = prefix(key) else { return "…".to_owned() };
    let rest: Vec<char> = key.chars().skip(prefix.len()).collect();
    let last: String = match rest.len().checked_sub(4) {
        Some(from) if rest.len() >= SPARE_CHARS_LEAST => rest.iter().skip(from).collect(),
        _ => String::new(),
    };
    let safe = last.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    format!("{prefix}…{}", if safe { last.as_str() } else { "" })
}

impl Key {
    pub fn parse(secret: SecretString) -> Result<Self, KeyError> {
        let text = secret.expose_secret();
        let shown = masked(text);
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let Some(prefix) = prefix(text) else { return Err(KeyError::UnknownPrefix) };
        if prefix.starts_with("pk_") {
            return Err(KeyError::Publishable(shown));
        }
        let Some((_, kind, mode)) = KEYS.iter().find(|(known, ..)| *known == prefix).copied() else {
            return Err(KeyError::WebhookSecret(shown));
        };
        if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(KeyError::Characters(shown));
        }
        if text.len().saturating_sub(prefix.len()) < SECRET_CHARS_LEAST {
            return Err(KeyError::TooShort(shown));
        }
        if text.len() > CHARS_MOST {
            return Err(KeyError::TooLong(shown));
        }
        Ok(Self { secret, kind, mode })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    pub fn masked(&self) -> String {
        masked(self.secret.expose_secret())
    }

    /// For the one header that it is sent in.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.secret.expose_secret())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "51AbCdEfGhIjKlMnOp4f2a";

    fn parse(text: &str) -> Result<Key, KeyError> {
        Key::parse(SecretString::from(text))
    }

    #[test]
    fn kind_and_mode_stand_in_the_prefix() {
        let read = |prefix: &str| {
            let key = parse(&format!("{prefix}{LONG}")).unwrap();
            (key.kind(), key.mode(), key.to_string())
        };
        assert_eq!(read("rk_test_"), (Kind::Restricted, Mode::Test, "rk_test_…4f2a".into()));
        assert_eq!(read("rk_live_"), (Kind::Restricted, Mode::Live, "rk_live_…4f2a".into()));
        assert_eq!(read("sk_test_"), (Kind::Secret, Mode::Test, "sk_test_…4f2a".into()));
        assert_eq!(read("sk_live_"), (Kind::Secret, Mode::Live, "sk_live_…4f2a".into()));
        assert_eq!(read("rkcs_test_").0, Kind::Restricted);
    }

    #[test]
    fn what_is_no_api_key_is_refused_with_a_sentence() {
        let shown = "…4f2a".to_owned();
        assert_eq!(parse("").unwrap_err(), KeyError::Empty);
        assert_eq!(
            parse(&format!("pk_live_{LONG}")).unwrap_err(),
            KeyError::Publishable(format!("pk_live_{shown}"))
        );
        assert_eq!(
            parse(&format!("whsec_{LONG}")).unwrap_err(),
            KeyError::WebhookSecret(format!("whsec_{shown}"))
        );
        assert_eq!(parse("rk_test_short").unwrap_err(), KeyError::TooShort("rk_test_…".into()));
        for bad in ["\n", " ", "ä", "-", "\u{1b}[31m", "\u{200b}"] {
            let error = parse(&format!("rk_test_{LONG}{bad}")).unwrap_err();
            assert!(matches!(error, KeyError::Characters(_)), "{bad:?}");
            assert!(!error.to_string().contains(bad) || bad == " ", "{error}");
        }
        assert_eq!(parse(&format!(" rk_test_{LONG}")).unwrap_err(), KeyError::UnknownPrefix);
        assert!(matches!(parse(&format!("rk_test_{}", "a".repeat(300))).unwrap_err(), KeyError::TooLong(_)));
    }

    #[test]
    fn nothing_of_a_password_is_shown() {
        for text in ["correct horse battery staple", "rk_staging_51AbCdEfGhIjKlMnOp4f2a", "sk", "é"] {
            assert_eq!(masked(text), "…");
            assert!(!format!("{:?}", parse(text).unwrap_err()).contains(text));
        }
        let key = parse(&format!("sk_live_{LONG}")).unwrap();
        assert!(!format!("{key:?} {key:#?} {key}").contains(LONG));
    }
}
