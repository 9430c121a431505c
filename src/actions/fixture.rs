//! What the tests of the families share: an action of the catalogue, built on an object as Stripe sends it.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Action, Args, Done, Moment, Proof, Proposal, Sent, Subject, find};
use crate::{model::AnyId, time::Unix};

/// 2026-11-23T12:00:00Z
pub(super) const NOW: Unix = Unix(1_795_435_200);

pub(super) fn action(name: &str) -> &'static Action {
    find(name).unwrap_or_else(|| panic!("there is no {name}"))
}

pub(super) fn args(given: &[(&str, &str)]) -> Args {
    given.iter().fold(Args::default(), |all, (name, value)| all.with(name, *value))
}

pub(super) fn moment() -> Moment {
    Moment { now: NOW, zone: TimeZone::UTC }
}

pub(super) fn subject(object: &Value) -> Subject {
    let id = AnyId::parse(object["id"].as_str().unwrap()).unwrap();
    Subject::parse(&id, object.to_string()).unwrap()
}

/// The same object with other fields.
pub(super) fn with(object: &Value, fields: Value) -> Value {
    let mut object = object.clone();
    let Value::Object(fields) = fields else { panic!("{fields}") };
    object.as_object_mut().unwrap().extend(fields);
    object
}

pub(super) fn propose(name: &str, object: &Value, given: &[(&str, &str)]) -> Result<Proposal, String> {
    propose_on(name, &subject(object), given)
}

pub(super) fn propose_on(name: &str, subject: &Subject, given: &[(&str, &str)]) -> Result<Proposal, String> {
    let args = given.iter().fold(Args::default(), |all, (name, value)| all.with(name, *value));
    action(name).propose(&args, subject, &moment()).map_err(|error| error.to_string())
}

/// `POST /v1/refunds\namount=100`, or what is wrong.
pub(super) fn wire(name: &str, object: &Value, given: &[(&str, &str)]) -> String {
    propose(name, object, given).map_or_else(|wrong| wrong, |proposal| proposal.request.canonical())
}

/// The target of a reading call, or what is wrong.
pub(super) fn reading(name: &str, given: &[(&str, &str)]) -> String {
    let request = action(name).request(&args(given), &moment());
    request.map_or_else(
        |wrong| wrong.to_string(),
        |request| format!("{} {}", request.method.name(), request.target()),
    )
}

/// What an object tells of the change, once it was sent as `int_1`.
pub(super) fn done(proposal: &Proposal, object: &Value) -> Done {
    let Proof::Object { done, .. } = action(&proposal.action).proof else { panic!("{}", proposal.action) };
    done(&Sent { intent: "int_1", proposal, request: &proposal.request, since: NOW }, &subject(object))
}

/// Each row: what is given, and the message.
pub(super) fn refused(name: &str, object: &Value, rows: &[(&[(&str, &str)], &str)]) {
    for (given, message) in rows {
        let said = propose(name, object, given).map_or_else(|wrong| wrong, |fine| fine.request.canonical());
        assert!(said.contains(message), "{name} {given:?}: {said}");
    }
}
