//! Keys of second persons, by agent: whose signed codes are taken. `[approvers]` of the policy file.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use toml::de::DeTable;

use super::{error::Faults, role::ASSISTANT};

const KIND: &str = "ed25519:";
/// Of a public key.
const BYTES: usize = 32;

/// A public Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApproverKey(Vec<u8>);

impl ApproverKey {
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As the file has it: `ed25519:` and 32 bytes in base64.
    fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(KIND)?).ok()?;
        (bytes.len() == BYTES).then_some(Self(bytes))
    }
}

impl fmt::Display for ApproverKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KIND}{}", STANDARD.encode(&self.0))
    }
}

/// `lea = "ed25519:…"`; one key is one person's.
pub(super) fn read(table: &DeTable<'_>, faults: &mut Faults<'_>) -> BTreeMap<String, ApproverKey> {
    let mut found: BTreeMap<String, ApproverKey> = BTreeMap::new();
    let Some(value) = table.get("approvers") else { return found };
    let Some(entries) = value.get_ref().as_table() else {
        let says = "`approvers` is a section: write [approvers], then lea = \"ed25519:…\"";
        faults.add(&value.span(), "approvers", says);
        return found;
    };
    for (name, value) in entries {
        let full = format!("approvers.{}", name.get_ref());
        let Some(key) = value.get_ref().as_str().and_then(ApproverKey::parse) else {
            let says = format!(
                "`{full}` is a public key: `paydesk approve --make-key` prints that of whoever runs it"
            );
            faults.add(&value.span(), &full, says);
            continue;
        };
        if name.get_ref().trim().eq_ignore_ascii_case(ASSISTANT) {
            faults.add(
                &name.span(),
                &full,
                format!("`{full}`: an assistant is no person, and approves nothing"),
            );
        }
        if let Some((other, _)) = found.iter().find(|(_, known)| **known == key) {
            let says = format!("`{full}` is the key of {other} already: one key is one person's");
            faults.add(&value.span(), &full, says);
        }
        found.insert(name.get_ref().to_string(), key);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture::policy;
    use crate::policy::Policy;

    const KEY: &str = "ed25519:6vFPCYjT1XWHBRbD7bGnPzx8RyRFqHbqzHGYAJtgcwI=";
    const OTHER: &str = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn fault(text: &str) -> String {
        Policy::parse(&format!("version = 1\n{text}"), "policy.toml").unwrap_err().to_string()
    }

    #[test]
    fn a_key_is_read_and_written_alike() {
        let policy = policy(&format!("[approvers]\nlea = \"{KEY}\"\nkim = \"{OTHER}\""));
        assert_eq!(policy.approver("lea").unwrap().to_string(), KEY);
        assert_eq!(policy.approver("kim").unwrap().bytes(), [0; 32]);
        assert_eq!(policy.approver("maya"), None);
    }

    #[test]
    fn what_is_no_key_or_somebody_elses_allows_nothing() {
        for wrong in
            ["", "6vFPCYjT1XWHBRbD7bGnPzx8RyRFqHbqzHGYAJtgcwI=", "ed25519:AAAA", "ed25519:%%", "rsa:AAAA"]
        {
            let said = fault(&format!("[approvers]\nlea = \"{wrong}\""));
            assert!(said.contains("approvers.lea") && said.contains("--make-key"), "{said}");
        }
        let twice = fault(&format!("[approvers]\nkim = \"{KEY}\"\nlea = \"{KEY}\""));
        assert!(twice.contains("is the key of kim already"), "{twice}");
        assert!(fault(&format!("[approvers]\nassistant = \"{KEY}\"")).contains("no person"));
        assert!(fault("approvers = 1").contains("write [approvers]"));
    }
}
