//! The key: where it is, what kind it is, how old; and the line to the account that it reaches.

use super::{
    super::wire::{Connected, Setup},
    Check, State,
};
use crate::{
    config::keys::Found,
    desk::state::{SKEW_MOST_S, skew},
    policy::{Policy, Rule},
    runtime::Wire as _,
    stripe::{Kind, Mode},
    time::{Clock as _, SystemClock},
};

/// A round longer than this is felt at every key.
const SLOW_MS: u64 = 500;

/// The key in force.
pub(super) fn key(setup: &Setup, checks: &mut Vec<Check>) -> Option<Found> {
    let found = match setup.key() {
        Ok(found) => found,
        Err(failed) => {
            checks.push(Check::new("key", State::Bad, failed.message()));
            return None;
        }
    };
    let mode = found.key.mode().name();
    let (state, kind) = match (found.key.kind(), found.key.mode()) {
        (Kind::Restricted, _) => (State::Good, "restricted".to_owned()),
        (Kind::Secret, Mode::Test) => (State::Warn, "secret: it may do everything in test mode".to_owned()),
        (Kind::Secret, Mode::Live) => (
            State::Warn,
            "secret: it may do everything with real money; a restricted key would do".to_owned(),
        ),
    };
    checks.push(Check::new(
        "key",
        state,
        format!("{} · {mode} mode · {kind} · from {}", found.key.masked(), found.source),
    ));
    Some(found)
}

/// How long it is kept, against what the policy wants.
pub(super) fn age(found: &Found, policy: &Policy, agent: &str, checks: &mut Vec<Check>) {
    let most = policy.effective(agent).number(Rule::KeysMaxAge);
    let check = match (found.age_days(SystemClock.now()), most) {
        (None, _) => Check::new(
            "key age",
            State::Unknown,
            "`paydesk login` remembers when a key was taken in; this one came otherwise",
        ),
        (Some(days), Some(most)) if days > i64::from(most) => Check::new(
            "key age",
            State::Warn,
            format!("{days} days, more than the {most} of keys.max_age_days: `paydesk login --rotate`"),
        ),
        (Some(days), Some(most)) => Check::new("key age", State::Good, format!("{days} of {most} days")),
        (Some(days), None) => {
            Check::new("key age", State::Good, format!("{days} days; keys.max_age_days would watch it"))
        }
    };
    checks.push(check);
}

/// Whose account it is, how far away, and how far its clock.
pub(super) async fn line(setup: &Setup, checks: &mut Vec<Check>) -> Option<Connected> {
    let connected = match setup.connect().await {
        Ok(connected) => connected,
        Err(failed) => {
            checks.push(Check::new("account", State::Bad, failed.message()));
            return None;
        }
    };
    let identity = connected.gate.identity();
    let name = connected.account.as_ref().map(|account| account.name().to_owned()).unwrap_or_default();
    checks.push(match (identity.account.as_str(), &identity.read_only) {
        ("", Some(why)) => Check::new("account", State::Warn, why.clone()),
        ("", None) => Check::new("account", State::Unknown, "this server tells of no account"),
        (id, why) => {
            let why = why.as_ref().map(|why| format!(" · {why}")).unwrap_or_default();
            Check::new("account", State::Good, [id, &name].join(" ").trim().to_owned() + &why)
        }
    });
    let (latency_ms, skew_s) = connected.client.figures()?;
    let state = if latency_ms > SLOW_MS { State::Warn } else { State::Good };
    checks.push(Check::new(
        "line",
        state,
        format!("{latency_ms} ms a request, to {}", setup.config.api_base.value),
    ));
    checks.push(match skew(skew_s) {
        None => Check::new("clock", State::Good, format!("within {SKEW_MOST_S} s of Stripe's")),
        Some(off) => {
            let says = format!("{off}: set this machine's clock; caps go by Stripe's");
            Check::new("clock", State::Warn, says)
        }
    });
    Some(connected)
}
