//! A second person's word from another machine, without a server: a proposal as a text that can be handed over (a slip), and the
//! signed code that answers it. The code names the slip by its hash, so it is good for this proposal, account and mode alone.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    actions::Args,
    ledger::{Asked, canonical, sha256_hex},
    model::AnyId,
    money::Money,
    policy::ApproverKey,
    time::{HOUR_S, Unix},
};

/// So long a code can be used.
pub const CODE_S: i64 = HOUR_S;
const SLIP: &str = "pdslip1.";
const CODE: &str = "pdok1.";
/// Bytes of a slip or a code.
const BYTES_MOST: usize = 32_768;
/// What is signed begins with it, so that no other text that this key may sign is taken for a code.
const SIGNED: &str = "paydesk approval 1\n";

/// A proposal as it is handed to another machine: ids, amounts, and the hash of the call. What it does is built there anew, on
/// facts that are read there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slip {
    /// `prop_…`
    pub id: String,
    pub account: String,
    pub live: bool,
    pub action: String,
    pub target: AnyId,
    pub args: Args,
    pub amount: Option<Money>,
    /// SHA-256 of the canonical call, hex.
    pub call: String,
    pub asked_by: String,
    pub asked: Unix,
    pub expires: Unix,
}

impl fmt::Debug for Slip {
    /// Without its arguments, in which people write.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slip")
            .field("id", &self.id)
            .field("action", &self.action)
            .field("target", &self.target)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

impl Slip {
    pub fn of(asked: &Asked) -> Self {
        let proposal = &asked.proposal;
        Self {
            id: asked.id.clone(),
            account: asked.account.clone(),
            live: asked.live,
            action: proposal.action.clone(),
            target: proposal.target.clone(),
            args: proposal.args.clone(),
            amount: proposal.amount,
            call: sha256_hex(proposal.request.canonical().as_bytes()),
            asked_by: asked.asked_by.clone(),
            asked: asked.asked,
            expires: asked.expires,
        }
    }

    /// Whether it looks like one.
    pub fn is_one(text: &str) -> bool {
        text.trim_start().starts_with(SLIP)
    }

    /// On one line, without blanks.
    pub fn text(&self) -> String {
        format!("{SLIP}{}", URL_SAFE_NO_PAD.encode(self.canonical()))
    }

    /// Lines that were broken on the way are put together again.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = whole(text, SLIP).ok_or_else(|| {
            format!("this is no proposal for another machine: it begins with `{SLIP}`, and is copied whole")
        })?;
        decoded(&rest)
            .ok_or_else(|| "this proposal was cut or altered on its way: copy it again, whole".to_owned())
    }

    /// What a code answers: the whole of it, and nothing else.
    pub fn hash(&self) -> String {
        sha256_hex(self.canonical().as_bytes())
    }

    fn canonical(&self) -> String {
        canonical(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// What a second person says yes to, and until when that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// `prop_…`
    pub proposal: String,
    /// [`Slip::hash`]
    pub hash: String,
    pub account: String,
    pub live: bool,
    /// The agent whose key signed it.
    pub by: String,
    pub expires: Unix,
}

/// A word with its signature, not checked yet.
#[derive(Clone, Debug)]
pub struct Code {
    pub word: Word,
    signed: Vec<u8>,
    signature: Vec<u8>,
    text: String,
}

impl Code {
    pub fn parse(text: &str) -> Result<Self, String> {
        let what = || {
            format!(
                "this is no approval code: `paydesk approve` makes one on the other machine, and it begins with `{CODE}`"
            )
        };
        let rest = whole(text, CODE).ok_or_else(what)?;
        let cut = || "this approval code was cut or altered on its way: copy it again, whole".to_owned();
        let (word, signature) = rest.split_once('.').ok_or_else(cut)?;
        let signed = URL_SAFE_NO_PAD.decode(word).ok().ok_or_else(cut)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok().ok_or_else(cut)?;
        let word = decoded(word).ok_or_else(cut)?;
        Ok(Self { word, signed, signature, text: format!("{CODE}{rest}") })
    }

    /// Whether it was signed with this key.
    pub fn is_signed_with(&self, key: &ApproverKey) -> bool {
        let signed = [SIGNED.as_bytes(), &self.signed].concat();
        UnparsedPublicKey::new(&ED25519, key.bytes()).verify(&signed, &self.signature).is_ok()
    }

    /// What the audit trail says of it.
    pub fn digest(&self) -> String {
        sha256_hex(self.text.as_bytes())
    }
}

/// An approver's own key.
pub struct Signer(Ed25519KeyPair);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public())
    }
}

impl Signer {
    /// A new one, as PKCS #8; none where the system gives no random numbers.
    pub fn generate() -> Option<Vec<u8>> {
        Some(Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?.as_ref().to_vec())
    }

    /// From PKCS #8.
    pub fn read(pkcs8: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8(pkcs8).ok().map(Self)
    }

    /// As the policy file has it.
    pub fn public(&self) -> ApproverKey {
        ApproverKey::new(self.0.public_key().as_ref())
    }

    pub fn sign(&self, word: &Word) -> String {
        let text = canonical(&serde_json::to_value(word).unwrap_or_default());
        let signature = self.0.sign([SIGNED.as_bytes(), text.as_bytes()].concat().as_slice());
        format!("{CODE}{}.{}", URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// What stands behind the beginning, without the blanks and line ends that came in between.
fn whole(text: &str, begins: &str) -> Option<String> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).take(BYTES_MOST).collect();
    text.strip_prefix(begins).map(str::to_owned)
}

fn decoded<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

#[cfg(test)]
#[path = "approval_tests.rs"]
mod tests;
