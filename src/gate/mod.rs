//! The only way to change anything at Stripe: decide → reserve → record → hold → send → settle, and recovery at start.

use serde::{Deserialize, Serialize};

use crate::{ledger::Intent, policy::Decision};

/// Why a change was stopped before anything was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The policy says no (`Outcome::Deny`) or asks a second person.
    Denied(Decision),
    /// What the policy asks a person was not answered, or not rightly.
    Unconfirmed { decision: Decision, message: String },
    /// What the decision rested on has moved: each line says what, before → after.
    Moved { changes: Vec<String>, decision: Decision },
    /// The arguments do not fit the object as it is now.
    Invalid { field: String, message: String },
    /// An equal intent of the last minutes: who, when, and whether it ended.
    Equal { earlier: Box<Intent>, message: String },
    /// Another change of this object is not settled yet.
    Busy { earlier: Box<Intent>, message: String },
    /// The facts could not be read.
    Facts(String),
    /// The ledger cannot write: nothing is sent without its record.
    Ledger(String),
}
