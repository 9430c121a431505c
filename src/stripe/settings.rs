//! What a client is built from, and why it may not be.

use std::{path::PathBuf, time::Duration};

use secrecy::SecretString;
use url::{Host, Url};

use super::key::{Key, KeyError, Mode};

pub const STRIPE_URL: &str = "https://api.stripe.com";
/// Stripe's limits for an account, requests per second.
pub const LIVE_PER_S: u32 = 100;
pub const TEST_PER_S: u32 = 25;

/// Seconds after which waiting ends. A read or a write counts from the send to the last byte of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    pub connect_s: u64,
    pub read_s: u64,
    pub write_s: u64,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect_s: 5, read_s: 20, write_s: 60 }
    }
}

/// `Debug` shows no key: the secret hides itself.
#[derive(Clone, Debug)]
pub struct Settings {
    pub base: Url,
    pub key: SecretString,
    /// `acct_…`: act as this connected account.
    pub account: Option<String>,
    pub deadlines: Deadlines,
    /// Stripe's limit for the account; 0 for none at all, which only a stand-in on this machine is spared.
    pub per_second: u32,
    /// How much of every limit is used.
    pub share_percent: u32,
    pub body_bytes_most: usize,
    /// PEM: these authorities are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
}

impl Settings {
    /// What holds unless somebody sets it: the limits follow the key's mode.
    pub fn new(base: Url, key: SecretString) -> Self {
        let mode = Key::parse(key.clone()).map_or(Mode::Test, |key| key.mode());
        Self {
            base,
            key,
            account: None,
            deadlines: Deadlines::default(),
            per_second: per_second(mode),
            share_percent: 80,
            body_bytes_most: 16 * 1024 * 1024,
            ca_file: None,
        }
    }
}

pub(super) fn per_second(mode: Mode) -> u32 {
    match mode {
        Mode::Live => LIVE_PER_S,
        Mode::Test => TEST_PER_S,
    }
}

/// Why there is no client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("`{0}` is no address for Stripe: {1}")]
    Address(String, &'static str),
    #[error("`{0}` is no account id: one begins with acct_")]
    Account(String),
    #[error(
        "no secure connection can be made: {0}. Where certificates are missing, install the system's ca-certificates"
    )]
    Tls(String),
    #[error("{}: this certificate file (ca_file) cannot be used: {why}", path.display())]
    CaFile { path: PathBuf, why: String },
}

/// The origin, without a slash at its end. Only a server on this machine may be spoken to without TLS.
pub(super) fn origin(base: &Url) -> Result<String, SetupError> {
    let shown = || format!("{}://{}", base.scheme(), base.host_str().unwrap_or_default());
    let wrong = |why| Err(SetupError::Address(shown(), why));
    if base.host_str().unwrap_or_default().is_empty() {
        return wrong("it names no host");
    }
    if !base.username().is_empty() || base.password().is_some() {
        return wrong("a user name or password has no place in it");
    }
    if base.path() != "/" || base.query().is_some() || base.fragment().is_some() {
        return wrong("it must end after host and port");
    }
    match base.scheme() {
        "https" => {}
        "http" if is_loopback(base) => {}
        "http" => return wrong("without https only this machine itself may be asked"),
        _ => return wrong("it must begin with https://"),
    }
    Ok(base.origin().ascii_serialization())
}

pub(super) fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

pub(super) fn account_id(text: &str) -> Result<&str, SetupError> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if text.starts_with("acct_") && text.len() > 5 && text.len() <= 255 && plain {
        return Ok(text);
    }
    Err(SetupError::Account(crate::text::clean(&text.chars().take(40).collect::<String>())))
}

pub(super) fn seconds(s: u64) -> Duration {
    Duration::from_secs(s.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<String, SetupError> {
        origin(&text.parse().unwrap())
    }

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        assert_eq!(base("https://api.stripe.com").unwrap(), "https://api.stripe.com");
        assert_eq!(base("https://api.stripe.com:443/").unwrap(), "https://api.stripe.com");
        for ours in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"] {
            assert_eq!(base(ours).unwrap(), ours);
        }
        for other in [
            "http://api.stripe.com",
            "http://127.0.0.1.evil.example",
            "http://192.168.0.1",
            "http://localhost.evil.example",
            "ftp://api.stripe.com",
            "file:///etc/passwd",
            "https://api.stripe.com/v1",
            "https://api.stripe.com/?a=b",
            "https://api.stripe.com/#x",
            "https://user:secret@api.stripe.com",
        ] {
            let error = base(other).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn limits_follow_the_mode_of_the_key() {
        let settings = |key: &str| Settings::new(STRIPE_URL.parse().unwrap(), SecretString::from(key));
        assert_eq!(settings("rk_live_51AbCdEfGhIjKlMnOp").per_second, 100);
        assert_eq!(settings("rk_test_51AbCdEfGhIjKlMnOp").per_second, 25);
        assert!(!format!("{:?}", settings("rk_test_51AbCdEfGhIjKlMnOp")).contains("51AbCd"));
    }

    #[test]
    fn an_account_is_an_id() {
        assert_eq!(account_id("acct_1Ab"), Ok("acct_1Ab"));
        for bad in ["", "acct_", "cus_1", "acct_1\r\nEvil: 1", "acct_ä"] {
            assert!(account_id(bad).is_err(), "{bad}");
        }
    }
}
