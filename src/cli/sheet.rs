//! One object as a sheet: what matters first, as its kind's columns have it, then everything else in Stripe's order.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::columns::{self, minute, money, plain};
use crate::time::Unix;

/// Below this, a whole number is no instant that Stripe could have meant.
const INSTANT_LEAST: i64 = 100_000_000;

/// Names and values, safe to print.
pub(super) fn of(kind: &str, object: &Value, zone: &TimeZone) -> Vec<(String, String)> {
    let columns = columns::of(kind);
    let cells = columns.iter().map(|column| (column.title.to_owned(), column.cell(object, zone)));
    let mut pairs: Vec<_> = cells.filter(|(_, value)| !value.is_empty()).collect();
    let said: Vec<&str> = columns.iter().filter_map(columns::Column::path).collect();
    for (name, value) in object.as_object().into_iter().flatten() {
        if name != "object" && !said.contains(&name.as_str()) {
            rest(name, value, (object, zone), &mut pairs);
        }
    }
    pairs
}

/// A field that the kind's columns do not show, and all that is in it. `holder` is the object in whose currency its amounts are.
fn rest(name: &str, value: &Value, (holder, zone): (&Value, &TimeZone), pairs: &mut Vec<(String, String)>) {
    let mut say = |words: String| {
        if !words.is_empty() {
            pairs.push((crate::text::clean(name), words));
        }
    };
    match value {
        Value::Object(fields) => match fields.get("data").and_then(Value::as_array) {
            Some(entries) => list(name, entries, (holder, zone), pairs),
            None if fields.contains_key("id") && fields.contains_key("object") => say(glance(value, zone)),
            None => {
                let holder = if fields.contains_key("currency") { value } else { holder };
                for (inner, value) in fields.iter().filter(|(inner, _)| *inner != "object") {
                    rest(&format!("{name}.{inner}"), value, (holder, zone), pairs);
                }
            }
        },
        Value::Array(entries) => list(name, entries, (holder, zone), pairs),
        Value::Number(_) => say(number(name, value, (holder, zone))),
        Value::Null | Value::Bool(_) | Value::String(_) => say(plain(value)),
    }
}

fn list(
    name: &str,
    entries: &[Value],
    (holder, zone): (&Value, &TimeZone),
    pairs: &mut Vec<(String, String)>,
) {
    if !entries.iter().any(Value::is_object) {
        let words: Vec<_> = entries.iter().map(plain).collect();
        if !words.is_empty() {
            pairs.push((crate::text::clean(name), words.join(", ")));
        }
        return;
    }
    for (at, entry) in entries.iter().enumerate() {
        let name = format!("{name} {}", at.saturating_add(1));
        rest(&name, entry, (holder, zone), pairs);
    }
}

/// An object inside another, on one line.
fn glance(object: &Value, zone: &TimeZone) -> String {
    let kind = object.get("object").and_then(Value::as_str).unwrap_or_default();
    let cells = columns::of(kind).iter().map(|column| column.cell(object, zone));
    cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
}

/// Stripe tells amounts and instants from counts by their names alone.
fn number(name: &str, value: &Value, (holder, zone): (&Value, &TimeZone)) -> String {
    let last = name.rsplit(['.', ' ']).next().unwrap_or(name);
    let words: Vec<&str> = last.split('_').collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let ends = |list: &[&str]| words.last().is_some_and(|word| list.contains(word));
    let instant = value.as_i64().filter(|at| *at >= INSTANT_LEAST);
    if let Some(at) =
        instant.filter(|_| ends(&["created", "at", "on", "by", "start", "end", "date", "until"]))
    {
        return minute(Unix(at), zone);
    }
    if has(&["amount", "total", "subtotal", "balance", "fee", "net"]) && !has(&["count", "percent"]) {
        return money(value, holder).unwrap_or_else(|| plain(value));
    }
    plain(value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_matters_comes_first_and_nothing_is_left_out() {
        let charge = json!({"id": "ch_1", "object": "charge", "amount": 9_900, "amount_refunded": 500, "currency": "usd",
            "created": 1_795_435_200, "livemode": false, "review": null, "metadata": {"order\u{7}": "17"},
            "billing_details": {"address": {"city": "Paris", "line2": null}}, "period_end": 1_795_435_200, "exp_month": 8,
            "refunds": {"object": "list", "data": [{"id": "re_1", "object": "refund", "amount": 500, "currency": "usd"}]},
            "preferred_locales": ["fr", "en"], "total_count": 3, "paid": true, "captured": true, "status": "succeeded"});
        let pairs = of("charge", &charge, &TimeZone::UTC);
        let text: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            text,
            [
                "Made=23 Nov 2026 12:00",
                "Amount=$99.00",
                "Status=paid, $5.00 refunded",
                "Id=ch_1",
                "amount_refunded=$5.00",
                "currency=usd",
                "livemode=no",
                "metadata.order␇=17",
                "billing_details.address.city=Paris",
                "period_end=23 Nov 2026 12:00",
                "exp_month=8",
                "refunds 1=$5.00  re_1",
                "preferred_locales=fr, en",
                "total_count=3",
                "paid=yes",
                "captured=yes",
                "status=succeeded",
            ]
        );
    }
}
