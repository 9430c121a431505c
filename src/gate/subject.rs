//! The objects that changes are done to: how each kind is read, and which of its facts a decision rests on.

use jiff::tz::TimeZone;

use crate::{
    actions::Subject,
    ledger::Basis,
    model::{AnyId, Charge, Kind, Record, Shape, Subscription},
    request::Request,
    time::Unix,
};

/// The call that reads the object; none for kinds that no action looks at.
pub(super) fn read_request(target: &AnyId) -> Option<Request> {
    let endpoint = target.kind.endpoint();
    if endpoint.is_empty() {
        return None;
    }
    let request = Request::get(endpoint, &[&target.id]);
    Some(if target.kind == Kind::Charge { request.expand("refunds") } else { request })
}

/// What was read, after it was checked that it is the object which was asked for.
pub(super) fn parse(target: &AnyId, body: &str) -> Result<Subject, Shape> {
    let other = |id: &str| Shape(format!("{} was asked for, {id} came", target.id));
    if target.kind == Kind::Charge {
        let charge = Record::<Charge>::parse(body)?.object().clone();
        let right = charge.id.as_str() == target.id;
        return if right { Ok(Subject::Charge(Box::new(charge))) } else { Err(other(charge.id.as_str())) };
    }
    if target.kind == Kind::Subscription {
        let subscription = Record::<Subscription>::parse(body)?.object().clone();
        let right = subscription.id.as_str() == target.id;
        let id = subscription.id.clone();
        return if right {
            Ok(Subject::Subscription(Box::new(subscription)))
        } else {
            Err(other(id.as_str()))
        };
    }
    Ok(Subject::Nothing)
}

/// What a decision about the object rests on, in words.
pub(super) fn basis(subject: &Subject, zone: &TimeZone) -> Vec<Basis> {
    match subject {
        Subject::Nothing => Vec::new(),
        Subject::Charge(charge) => of_charge(charge),
        Subject::Subscription(subscription) => of_subscription(subscription, zone),
    }
}

fn fact(what: &str, value: impl Into<String>) -> Basis {
    Basis { what: what.to_owned(), value: value.into() }
}

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn of_charge(charge: &Charge) -> Vec<Basis> {
    vec![
        fact("status", charge.status.to_string()),
        fact("captured", yes(charge.captured)),
        fact("amount", charge.captured_money().to_string()),
        fact("refunded", charge.refunded_money().to_string()),
        fact("refunded in full", yes(charge.refunded)),
        fact("disputed", yes(charge.disputed)),
        fact("customer", charge.customer_id().map_or("none", |id| id.as_str())),
    ]
}

fn of_subscription(subscription: &Subscription, zone: &TimeZone) -> Vec<Basis> {
    let time = |at: Option<Unix>| at.map_or_else(|| "none".into(), |at| at.full(zone));
    let items: Vec<_> = subscription
        .items
        .data
        .iter()
        .map(|item| format!("{} × {}", item.price.id, item.quantity.unwrap_or(1)))
        .collect();
    let paused = subscription.pause_collection.as_ref();
    vec![
        fact("status", subscription.status.to_string()),
        fact("items", items.join(", ")),
        fact("price", subscription.amount_words()),
        fact("period end", time(subscription.period_end())),
        fact("ends at", time(subscription.cancel_at)),
        fact("ends at period end", yes(subscription.cancel_at_period_end)),
        fact("collection paused", paused.map_or("no", |pause| pause.behavior.as_str())),
        fact("customer", subscription.customer_id().map_or("none", |id| id.as_str())),
    ]
}

/// What moved between two readings of an object, as far as a decision rests on it; empty when nothing did.
pub fn moved(before: &Subject, after: &Subject, zone: &TimeZone) -> Vec<String> {
    differences(&basis(before, zone), &basis(after, zone))
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
        .map(|(what, was, is)| format!("{what}: {was} → {is}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(more: &str) -> Subject {
        let json = format!(r#"{{"id":"ch_1","amount":9900,"currency":"usd","status":"succeeded"{more}}}"#);
        parse(&AnyId::parse("ch_1").unwrap(), &json).unwrap()
    }

    #[test]
    fn what_moved_is_said_with_both_values() {
        let zone = TimeZone::UTC;
        let before = basis(&charge(r#","captured":true"#), &zone);
        let after = basis(&charge(r#","captured":true,"amount_refunded":9900,"refunded":true"#), &zone);
        assert_eq!(differences(&before, &after), ["refunded: $0.00 → $99.00", "refunded in full: no → yes"]);
        assert!(differences(&before, &before).is_empty());
        assert_eq!(differences(&before, &[]).len(), before.len(), "what is gone has moved");
    }

    #[test]
    fn another_object_than_the_one_asked_for_is_refused() {
        let said = parse(&AnyId::parse("ch_1").unwrap(), r#"{"id":"ch_2"}"#).unwrap_err();
        assert!(said.to_string().contains("ch_1 was asked for, ch_2 came"));
    }
}
