//! What the key may do of what the agent's role reaches: each permission to read is tried by a reading that returns next to
//! nothing, each to write on an object that does not exist. Where the answer does not tell them apart it stays unknown.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::{super::wire::Connected, Check, State};
use crate::{
    actions::{self, Action, Effect, Permission},
    config::keys::Found,
    gate::NOBODY,
    policy::{Policy, reaches},
    request::{Method, Request},
    stripe::{ErrorKind, Failure, Kind, Priority, read},
};

pub(super) async fn permissions(
    connected: &Connected,
    found: &Found,
    policy: &Policy,
    checks: &mut Vec<Check>,
) {
    let role = policy.role_of(&connected.gate.identity().agent).to_owned();
    let needed = actions::needed(actions::all().filter(|action| reaches(policy, &role, action)));
    let all = actions::needed(actions::all());
    let asked = all.keys().filter_map(|resource| Some((*resource, probe(resource)?)));
    let asked: Vec<_> = asked.collect();
    let answers = join_all(asked.iter().map(|(_, request)| async {
        granted(read(&*connected.transport, request, Priority::Waiting).await.map(drop))
    }))
    .await;
    let readable: BTreeMap<_, _> = asked.into_iter().map(|(resource, _)| resource).zip(answers).collect();
    // Whoever asked for no change is sent none, be it of nothing.
    let read_only = connected.gate.identity().read_only.as_deref();
    let tried = needed.iter().filter(|(resource, (write, _))| {
        // A secret key may do everything, and what cannot be read is missing already.
        *write
            && read_only.is_none()
            && found.key.kind() == Kind::Restricted
            && readable.get(*resource) != Some(&Some(false))
    });
    let tried: Vec<_> = tried.map(|(resource, _)| *resource).collect();
    let answers = join_all(
        tried
            .iter()
            .map(|resource| async { granted(connected.gate.try_harmless(resource).await?.map(drop)) }),
    )
    .await;
    let writable: BTreeMap<_, _> = tried.into_iter().zip(answers).collect();
    for (resource, (write, _)) in &needed {
        let permission = Permission { resource, write: *write };
        let (state, says) = match readable.get(resource).copied().flatten() {
            Some(false) => (State::Bad, "missing: grant it in the Dashboard".to_owned()),
            None => (State::Unknown, "its reading did not answer".to_owned()),
            Some(true) if !write => (State::Good, "granted".to_owned()),
            Some(true) if found.key.kind() == Kind::Secret => {
                (State::Good, "granted, as everything is to a secret key".to_owned())
            }
            Some(true) => written(writable.get(resource).copied().flatten(), read_only),
        };
        checks.push(Check::new("permission", state, format!("rak_{}: {says}", name(permission))));
    }
    // A secret key can drop nothing: it is replaced.
    if found.key.kind() == Kind::Restricted {
        let spare = spare(&readable, |resource| needed.contains_key(resource));
        if !spare.is_empty() {
            let says = format!(
                "{} can be dropped from the key: nothing that {role} reaches needs it",
                spare.join(", ")
            );
            checks.push(Check::new("permission", State::Warn, says));
        }
    }
}

/// Of what may be read: whether it may be changed too.
fn written(granted: Option<bool>, read_only: Option<&str>) -> (State, String) {
    if let Some(why) = read_only {
        return (State::Unknown, format!("reading is granted; whether writing is was not tried: {why}"));
    }
    match granted {
        Some(true) => (State::Good, "granted, by Stripe's answer to a change of nothing".to_owned()),
        Some(false) => {
            (State::Bad, "missing, reading alone is granted: grant it in the Dashboard".to_owned())
        }
        None => {
            (State::Unknown, "reading is granted; whether writing is shows with the first change".to_owned())
        }
    }
}

/// What the key may read although nothing asks for it.
fn spare(readable: &BTreeMap<&str, Option<bool>>, needed: impl Fn(&str) -> bool) -> Vec<String> {
    let granted = readable.iter().filter(|(resource, granted)| **granted == Some(true) && !needed(resource));
    granted.map(|(resource, _)| format!("rak_{resource}_read")).collect()
}

fn name(permission: Permission) -> String {
    format!("{}_{}", permission.resource, if permission.write { "write" } else { "read" })
}

/// The cheapest reading under a permission: a list of one; or an object that is not there.
fn probe(resource: &str) -> Option<Request> {
    let readings = || actions::all().filter(|action| is_reading(action, resource));
    if resource == actions::BESIDES.0 {
        return Some(Request::get(actions::BESIDES.1, &[]).with("limit", 1));
    }
    let list = readings()
        .find(|action| !action.endpoint.path.contains('{') && !action.endpoint.path.ends_with("/search"));
    if let Some(action) = list {
        return Some(Request::get(action.endpoint.path, &[]).with("limit", 1));
    }
    let one = readings().find(|action| action.endpoint.path.contains('{'))?;
    let ids = vec![NOBODY; one.endpoint.path.matches('{').count()];
    Some(Request::get(one.endpoint.path, &ids))
}

fn is_reading(action: &Action, resource: &str) -> bool {
    action.effect == Effect::Read
        && action.endpoint.method == Method::Get
        && action.permission.resource == resource
}

/// `None`: no answer, or one that says nothing about permissions.
fn granted(answer: Result<(), Failure>) -> Option<bool> {
    match answer {
        Ok(()) => Some(true),
        Err(Failure::Refused(error)) => match error.error_kind() {
            ErrorKind::Permission => Some(false),
            // A parameter or an object was wrong, which is looked at only for whoever may ask.
            _ if matches!(error.status, 400 | 404) => Some(true),
            _ => None,
        },
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::ApiError;

    #[test]
    fn every_permission_can_be_tried_by_reading() {
        for (resource, (_, actions)) in actions::needed(actions::all()) {
            // What is only ever written cannot be tried: it is said to be unknown.
            let reads =
                actions::all().any(|action| is_reading(action, resource)) || resource == actions::BESIDES.0;
            assert_eq!(probe(resource).is_some(), reads, "{resource}: {actions:?}");
        }
        let charge = probe("charge").unwrap();
        assert_eq!((charge.path.as_str(), charge.method), ("/v1/charges", Method::Get));
    }

    #[test]
    fn only_a_refusal_for_want_of_permission_says_that_it_is_missing() {
        let refused = |status, message: &str| {
            let error = ApiError { status, message: message.into(), ..ApiError::default() };
            granted(Err(Failure::Refused(Box::new(error))))
        };
        assert_eq!(granted(Ok(())), Some(true));
        assert_eq!(refused(403, "does not have the required permissions … 'rak_charge_read'"), Some(false));
        assert_eq!(refused(404, "No such customer"), Some(true));
        assert_eq!(refused(429, "slow down"), None);
        assert_eq!(refused(401, "Invalid API Key"), None);
    }

    #[test]
    fn what_nothing_needs_can_be_dropped() {
        let readable = BTreeMap::from([
            ("charge", Some(true)),
            ("event", Some(true)),
            ("plan", Some(false)),
            ("payout", None),
        ]);
        assert_eq!(spare(&readable, |resource| resource == "charge"), ["rak_event_read"]);
        assert!(spare(&readable, |_| true).is_empty());
    }
}
