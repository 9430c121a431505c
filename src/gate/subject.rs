//! What a decision rests on, made comparable: the watched fields of the objects that an action reads, as words.

use jiff::tz::TimeZone;
use serde_json::Value;

use crate::{
    actions::{Action, Reads, Shown, Subject},
    ledger::{Basis, sha256_hex},
    model::AnyId,
    request::Request,
};

/// How what is somebody's own is kept: it can be compared, and tells nothing.
const PRIVATE: &str = "sha256:";

/// The call that reads the object; none for kinds that cannot be read by their id.
pub(super) fn read_request(target: &AnyId, expand: &[&str]) -> Option<Request> {
    let endpoint = target.kind.endpoint();
    let request = (!endpoint.is_empty()).then(|| Request::get(endpoint, &[&target.id]))?;
    Some(expand.iter().fold(request, |request, path| request.expand(path)))
}

/// What a decision rests on: of the object itself, then of those that are named besides.
pub(super) fn basis(action: &Action, subject: &Subject, zone: &TimeZone) -> Vec<Basis> {
    let mut basis = of_target(action, subject, zone);
    for reads in action.reads.iter().skip(1) {
        let several = subject.others_of(reads.field).count() > 1;
        for other in subject.others_of(reads.field) {
            let which =
                if several { format!("{} {}", reads.field, other.id()) } else { reads.field.to_owned() };
            let of = |fact: Basis| Basis { what: format!("{which} {}", fact.what), ..fact };
            basis.extend(facts(reads, &other.value(), zone).into_iter().map(of));
        }
    }
    basis
}

/// Of the object itself alone: what an agent saw on screen.
pub(super) fn of_target(action: &Action, subject: &Subject, zone: &TimeZone) -> Vec<Basis> {
    action.reads.first().map(|reads| facts(reads, &subject.value(), zone)).unwrap_or_default()
}

fn facts(reads: &Reads, object: &Value, zone: &TimeZone) -> Vec<Basis> {
    let fact = |watch: &crate::actions::Watch| {
        let words = watch.of(object, zone);
        let value = if watch.shown == Shown::Private {
            let hash: String = sha256_hex(words.as_bytes()).chars().take(16).collect();
            format!("{PRIVATE}{hash}")
        } else {
            words
        };
        Basis { what: watch.what.to_owned(), value }
    };
    reads.watch.iter().map(fact).collect()
}

/// What moved between two readings of the object that the action is done to, as far as a decision rests on it; empty when
/// nothing did.
pub fn moved(action: &Action, before: &Subject, after: &Subject, zone: &TimeZone) -> Vec<String> {
    differences(&of_target(action, before, zone), &of_target(action, after, zone))
}

/// One line for each fact that moved: `refunded: $0.00 → $99.00`.
pub(super) fn differences(before: &[Basis], after: &[Basis]) -> Vec<String> {
    let value = |all: &[Basis], what: &str| {
        all.iter().find(|one| one.what == what).map_or_else(|| "unknown".to_owned(), |one| one.value.clone())
    };
    let new = after.iter().filter(|one| before.iter().all(|known| known.what != one.what));
    before
        .iter()
        .chain(new)
        .map(|one| (&one.what, value(before, &one.what), value(after, &one.what)))
        .filter(|(_, was, is)| was != is)
        .map(|(what, was, is)| {
            if [&was, &is].iter().any(|value| value.starts_with(PRIVATE)) {
                format!("{what}: changed")
            } else {
                format!("{what}: {was} → {is}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::{self, Watch};

    fn charge(more: &str) -> Subject {
        let json = format!(r#"{{"id":"ch_1","amount":9900,"currency":"usd","status":"succeeded"{more}}}"#);
        Subject::parse(&AnyId::parse("ch_1").unwrap(), json).unwrap()
    }

    #[test]
    fn what_moved_is_said_with_both_values() {
        let refund = actions::find("refund_charge").unwrap();
        let read = |more: &str| basis(refund, &charge(more), &TimeZone::UTC);
        let before = read(r#","captured":true,"amount_refunded":0,"refunded":false"#);
        let after = read(r#","captured":true,"amount_refunded":9900,"refunded":true"#);
        assert_eq!(differences(&before, &after), ["refunded: $0.00 → $99.00", "refunded in full: no → yes"]);
        assert!(differences(&before, &before).is_empty());
        assert_eq!(differences(&before, &[]).len(), before.len(), "what is gone has moved");
    }

    #[test]
    fn of_what_is_somebodys_own_only_that_it_moved_is_told() {
        const READS: Reads = Reads {
            field: "customer",
            link: None,
            expand: &[],
            watch: &[Watch { what: "e-mail", path: "email", shown: Shown::Private }],
        };
        let read = |email: &str| facts(&READS, &serde_json::json!({"email": email}), &TimeZone::UTC);
        let (ada, bob) = (read("ada@example.com"), read("bob@example.com"));
        assert!(!ada[0].value.contains("ada"));
        assert_eq!(differences(&ada, &bob), ["e-mail: changed"]);
        assert!(differences(&ada, &read("ada@example.com")).is_empty());
    }
}
