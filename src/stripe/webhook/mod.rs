//! Events that Stripe sends by itself: whether they are Stripe's, by their signature over the bytes as they came, and whether
//! they are news. Pure: the time is handed in, and nothing here listens.

mod seen;

use std::fmt;

use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};

pub use seen::{Seen, Taken};

use super::key::masked;
use crate::{
    model::{Event, Record},
    time::Unix,
};

/// The header that carries the signature.
pub const HEADER: &str = "stripe-signature";
/// Signed longer ago than this, or that much later than now, is refused: it may be an old delivery sent again.
pub const TOLERANCE_S: i64 = 300;
/// Larger bodies are not even read.
pub const BODY_BYTES_MOST: usize = 1 << 20;
/// Stripe signs once for each secret that is in use, and there are two while one is replaced.
const SIGNATURES_MOST: usize = 16;
const HEADER_BYTES_MOST: usize = 4_096;
/// Of SHA-256.
const DIGEST_BYTES: usize = 32;
const PREFIX: &str = "whsec_";
const SECRET_CHARS_LEAST: usize = 16;
const SECRETS_MOST: usize = 8;

/// The signing secrets of one endpoint: the one in use, and the one that it replaces or that replaces it.
#[derive(Clone)]
pub struct Secrets(Vec<SecretString>);

/// Why a text is no list of signing secrets. Nothing of what was given is shown, but a key's masked form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error(
        "there is no signing secret: it begins with whsec_, and stands beside the endpoint in the Dashboard"
    )]
    None,
    #[error(
        "{0} is no signing secret: one begins with whsec_, and stands beside the endpoint in the Dashboard"
    )]
    Other(String),
    #[error("{0} is cut short, or holds what no signing secret has: copy it again, whole")]
    Malformed(String),
    #[error("{0} signing secrets are given, and {SECRETS_MOST} are the most")]
    TooMany(usize),
}

impl Secrets {
    /// One, or several between white space or commas: while one is replaced, both count.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
        let secrets: Vec<SecretString> = words.map(secret).collect::<Result<_, _>>()?;
        match secrets.len() {
            0 => Err(SecretError::None),
            count if count > SECRETS_MOST => Err(SecretError::TooMany(count)),
            _ => Ok(Self(secrets)),
        }
    }

    /// How many are taken.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

fn secret(word: &str) -> Result<SecretString, SecretError> {
    let Some(rest) = word.strip_prefix(PREFIX) else { return Err(SecretError::Other(masked(word))) };
    let usual = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=".contains(&byte));
    if rest.len() < SECRET_CHARS_LEAST || !usual {
        return Err(SecretError::Malformed(masked(word)));
    }
    Ok(SecretString::from(word))
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} signing secrets", self.0.len())
    }
}

/// Why a delivery is not taken. None of them says anything of the secret, or of what the body holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("it carries no {HEADER}: it is not from Stripe, or something on the way took it off")]
    Unsigned,
    #[error("its {HEADER} cannot be read: {0}")]
    Malformed(&'static str),
    #[error("none of its signatures is made with a secret that is known here over these bytes")]
    Forged,
    #[error(
        "it was signed {0} s ago, and {TOLERANCE_S} s are the most: an old delivery sent again, or a clock that is ahead here"
    )]
    Stale(i64),
    #[error("it is signed {0} s from now, and {TOLERANCE_S} s are the most: the clock here is behind")]
    Early(i64),
    #[error("it is larger than {BODY_BYTES_MOST} bytes")]
    TooLarge,
    #[error("it is signed, and no event that paydesk can read: {0}")]
    NoEvent(&'static str),
}

/// What stands in the header.
struct Signed<'h> {
    /// As it was signed, digit by digit.
    at: &'h str,
    time: Unix,
    signatures: Vec<[u8; DIGEST_BYTES]>,
}

/// `t=…,v1=…[,v1=…]`. Other schemes are left alone, as Stripe asks: `v0` stands in every test event.
fn read(header: &str) -> Result<Signed<'_>, Refused> {
    if header.len() > HEADER_BYTES_MOST {
        return Err(Refused::Malformed("it is too long"));
    }
    let mut at = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", time)) if at.is_none() => at = Some(time),
            // Which of two is meant cannot be told, and Stripe sends one.
            Some(("t", _)) => return Err(Refused::Malformed("it holds two times")),
            Some(("v1", hex)) => signatures.extend(digest(hex)),
            _ => {}
        }
    }
    let at = at.ok_or(Refused::Malformed("it holds no time"))?;
    let digits = !at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit());
    let time = at.parse().ok().filter(|_| digits).ok_or(Refused::Malformed("its time is no number"))?;
    if signatures.is_empty() {
        return Err(Refused::Malformed("it holds no signature of the scheme v1"));
    }
    if signatures.len() > SIGNATURES_MOST {
        return Err(Refused::Malformed("it holds too many signatures"));
    }
    Ok(Signed { at, time: Unix(time), signatures })
}

/// Lower-case hex, as Stripe writes it.
fn digest(hex: &str) -> Option<[u8; DIGEST_BYTES]> {
    let nibble = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    let bytes = hex.as_bytes().chunks(2).map(|pair| match *pair {
        [high, low] => Some((nibble(high)? << 4) | nibble(low)?),
        _ => None,
    });
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

/// Whether Stripe signed these bytes with one of the secrets, and lately. Gives when.
pub fn verify(secrets: &Secrets, header: Option<&str>, body: &[u8], now: Unix) -> Result<Unix, Refused> {
    if body.len() > BODY_BYTES_MOST {
        return Err(Refused::TooLarge);
    }
    let signed = read(header.ok_or(Refused::Unsigned)?)?;
    let mut text = Vec::with_capacity(body.len().saturating_add(signed.at.len()).saturating_add(1));
    text.extend_from_slice(signed.at.as_bytes());
    text.push(b'.');
    text.extend_from_slice(body);
    // The whole secret is the key, its prefix too. Comparing takes as long whatever differs.
    let genuine = secrets.0.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        signed.signatures.iter().any(|signature| hmac::verify(&key, &text, signature).is_ok())
    });
    if !genuine {
        return Err(Refused::Forged);
    }
    match now.since(signed.time) {
        age if age > TOLERANCE_S => Err(Refused::Stale(age)),
        age if age < -TOLERANCE_S => Err(Refused::Early(age.saturating_neg())),
        _ => Ok(signed.time),
    }
}

/// The event, once it is known to be Stripe's.
pub fn receive(
    secrets: &Secrets,
    header: Option<&str>,
    body: &[u8],
    now: Unix,
) -> Result<Record<Event>, Refused> {
    verify(secrets, header, body, now)?;
    let text = std::str::from_utf8(body).map_err(|_bytes| Refused::NoEvent("it is no UTF-8"))?;
    let event = Record::<Event>::parse(text).map_err(|_shape| Refused::NoEvent("its JSON is another"))?;
    if event.object.as_str() != "event" {
        return Err(Refused::NoEvent("its object is not `event`: choose snapshot payloads for the endpoint"));
    }
    if event.id.as_str().is_empty() || event.kind.is_empty() {
        return Err(Refused::NoEvent("it has no id, or no type"));
    }
    Ok(event)
}

#[cfg(test)]
mod tests;
