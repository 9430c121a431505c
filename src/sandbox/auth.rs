//! Who calls: the keys minted from the seed, bearer and basic authentication, and Stripe's refusals of a key.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fastrand::Rng;

use super::error::Refusal;

const SEED_OF_ACCOUNT: u64 = 0x6163_6374;
const SEED_OF_KEYS: u64 = 0x6b65_7973;

/// The account and its two keys.
pub(super) struct Keys {
    pub(super) account: String,
    pub(super) secret: String,
    pub(super) restricted: String,
}

/// A key that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Secret,
    Restricted,
}

impl Keys {
    /// The same seed gives the same account and keys.
    pub(super) fn mint(seed: u64) -> Self {
        let account = account_id(seed);
        let stem = account.trim_start_matches("acct_").to_owned();
        let mut random = Rng::with_seed(seed ^ SEED_OF_KEYS);
        Self {
            secret: format!("sk_test_5{stem}{}", token(&mut random, 32)),
            restricted: format!("rk_test_5{stem}{}", token(&mut random, 32)),
            account,
        }
    }

    /// `authorization` is the header's value. Refused with 401 and the sentence Stripe has for the case.
    pub(super) fn admit(&self, authorization: Option<&str>) -> Result<Holder, Refusal> {
        let Some(key) = authorization.and_then(presented).filter(|key| !key.is_empty()) else {
            return Err(unauthorized(
                "You did not provide an API key. You need to provide your API key in the Authorization header, \
                 using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
                 https://stripe.com/docs/api#authentication for details, or we can help at \
                 https://support.stripe.com/.",
            ));
        };
        if key == self.secret {
            return Ok(Holder::Secret);
        }
        if key == self.restricted {
            return Ok(Holder::Restricted);
        }
        if key.starts_with("pk_") {
            return Err(unauthorized(
                "This API call cannot be made with a publishable API key. Please use a secret API key. You can \
                 find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            )
            .code("secret_key_required"));
        }
        Err(unauthorized(format!("Invalid API Key provided: {}", mask(&key))))
    }

    pub(super) fn of(&self, holder: Holder) -> &str {
        match holder {
            Holder::Secret => &self.secret,
            Holder::Restricted => &self.restricted,
        }
    }
}

/// `acct_…` of the sandbox with that seed.
pub(super) fn account_id(seed: u64) -> String {
    format!("acct_1{}", token(&mut Rng::with_seed(seed ^ SEED_OF_ACCOUNT), 15))
}

/// The answer to a key that was rotated away.
pub(super) fn expired(authorization: Option<&str>) -> Refusal {
    let key = authorization.and_then(presented).unwrap_or_default();
    unauthorized(format!("Expired API Key provided: {}", mask(&key))).code("api_key_expired")
}

fn unauthorized(message: impl Into<String>) -> Refusal {
    Refusal { status: 401, ..Refusal::invalid(message) }
}

/// The key in `Bearer KEY`, or the user in `Basic base64(KEY:)`.
fn presented(authorization: &str) -> Option<String> {
    let (scheme, rest) = authorization.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        Some(rest.to_owned())
    } else if scheme.eq_ignore_ascii_case("basic") {
        let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        Some(pair.split_once(':').map_or(pair.as_str(), |(user, _)| user).to_owned())
    } else {
        None
    }
}

/// `rk_test_****abcd`; what is too short to be a key is not shown at all.
pub(super) fn mask(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    let Some((_, tail)) = letters.split_last_chunk::<4>().filter(|_| letters.len() >= 16) else {
        return "****".to_owned();
    };
    let tail: String = tail.iter().collect();
    let mut parts = key.splitn(3, '_');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(mode), Some(_)) if kind.len() <= 4 && mode.len() <= 4 => {
            format!("{kind}_{mode}_****{tail}")
        }
        _ => format!("****{tail}"),
    }
}

/// Letters and digits, as in Stripe's ids.
pub(super) fn token(random: &mut Rng, length: usize) -> String {
    (0..length).map(|_| random.alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(authorization: Option<&str>) -> (u16, Option<&'static str>, String) {
        let refusal = Keys::mint(1).admit(authorization).unwrap_err();
        (refusal.status, refusal.code, refusal.message)
    }

    #[test]
    fn keys_come_from_the_seed() {
        let (one, same, other) = (Keys::mint(7), Keys::mint(7), Keys::mint(8));
        assert_eq!(
            (&one.secret, &one.restricted, &one.account),
            (&same.secret, &same.restricted, &same.account)
        );
        assert_ne!(one.secret, other.secret);
        assert!(one.secret.starts_with("sk_test_51") && one.restricted.starts_with("rk_test_51"));
        assert!(one.account.starts_with("acct_1"));
    }

    #[test]
    fn bearer_and_basic_both_open() {
        let keys = Keys::mint(1);
        assert_eq!(keys.admit(Some(&format!("Bearer {}", keys.secret))).unwrap(), Holder::Secret);
        assert_eq!(keys.admit(Some(&format!("bearer {}", keys.restricted))).unwrap(), Holder::Restricted);
        let basic = STANDARD.encode(format!("{}:", keys.secret));
        assert_eq!(keys.admit(Some(&format!("Basic {basic}"))).unwrap(), Holder::Secret);
    }

    #[test]
    fn what_is_no_key_of_ours_is_refused_with_its_sentence() {
        for absent in [None, Some(""), Some("Bearer "), Some("Digest x"), Some("Basic %%%")] {
            assert!(message(absent).2.starts_with("You did not provide an API key."), "{absent:?}");
        }
        let live = message(Some("Bearer sk_live_abcdefghijklmnop1234"));
        assert_eq!(live, (401, None, "Invalid API Key provided: sk_live_****1234".to_owned()));
        let publishable = message(Some("Bearer pk_test_abcdefghijklmnop1234"));
        assert_eq!((publishable.0, publishable.1), (401, Some("secret_key_required")));
    }

    #[test]
    fn a_mask_shows_kind_mode_and_four_letters() {
        assert_eq!(mask("rk_test_51Habcdefabcd"), "rk_test_****abcd");
        assert_eq!(mask("short"), "****");
        assert_eq!(mask("notreallyakeybutlong"), "****long");
        assert_eq!(mask("averyveryverysecret_kind_x_1234"), "****1234");
    }

    #[test]
    fn an_expired_key_is_named_masked() {
        let refusal = expired(Some("Bearer rk_test_51Habcdefabcd"));
        assert_eq!((refusal.status, refusal.code), (401, Some("api_key_expired")));
        assert_eq!(refusal.message, "Expired API Key provided: rk_test_****abcd");
    }
}
