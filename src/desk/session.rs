//! What the program was started with: on which account, in which mode, for whom.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{
    answers::reply::Languages,
    model::{Account, Record},
};

/// What the program was started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub mode: Mode,
    pub account: Option<Record<Account>>,
    /// `acct_…`: the account that the profile belongs to; empty where no key could tell.
    #[serde(default)]
    pub bound_to: String,
    pub agent: String,
    pub profile: String,
    /// Why nothing may be changed, if so.
    pub read_only: Option<String>,
    /// The agent's zone.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub zone: TimeZone,
    /// The account's, by which its days are counted: as the gate goes by it.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub day_zone: TimeZone,
    pub undo_ms: i64,
    /// How often events are asked for; 0: never.
    #[serde(default)]
    pub poll_ms: i64,
    /// Where each setting in force came from: name, value, source.
    pub settings: Vec<(String, String, String)>,
    /// What to search for first, and why: the welcome shows them.
    #[serde(default)]
    pub tips: Vec<Tip>,
    /// How customers are told.
    #[serde(default)]
    pub languages: Languages,
    /// The profiles that are configured, this one among them.
    #[serde(default)]
    pub profiles: Vec<Profile>,
}

/// A profile that the desk can be left for, and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: String,
    /// `acct_…`; none while it was never used, or its key may not name it.
    pub account: Option<String>,
    pub mode: Option<Mode>,
    /// Why the desk cannot be opened on it.
    pub closed: Option<String>,
}

/// A customer to try it with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tip {
    /// What finds them.
    pub who: String,
    /// What they want, and the keys that do it.
    pub what: String,
    /// Those keys, one after the other, with a blank between two.
    pub keys: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The embedded Stripe.
    Demo,
    /// A `_test_` key.
    Sandbox,
    Live,
}
