//! What a list shows of each object, by its kind: columns, from which terminal, pipe and sheet are made.

mod kinds;

use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;

use How::{By, Day, Money as Sum, More, Text, Time, Word};
use kinds::{ANY, KINDS};

use crate::{
    money::{Currency, Money},
    text,
    time::Unix,
};

/// One column, and one line of a sheet.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) title: &'static str,
    how: How,
}

/// Where its value stands and how it is written. A path leads through objects (`a.b`) and every entry of a list (`a[].b`); of
/// several, with `|` between them, the first that leads anywhere.
#[derive(Clone, Copy)]
enum How {
    /// As it is; of an expanded object its id.
    Text(&'static str),
    /// One of Stripe's own words: `past_due` is `past due`.
    Word(&'static str),
    /// Minor units in the object's currency.
    Money(&'static str),
    /// The same, and nothing where it is zero.
    More(&'static str),
    Day(&'static str),
    Time(&'static str),
    /// In the words that the desk has for it.
    By(fn(&Value) -> String),
}
const fn column(title: &'static str, how: How) -> Column {
    Column { title, how }
}

/// The columns of a kind, as Stripe's `object` names it.
pub(super) fn of(kind: &str) -> &'static [Column] {
    KINDS.iter().find(|(known, _)| *known == kind).map_or(ANY, |(_, columns)| *columns)
}

impl Column {
    /// Its values are amounts, which stand best below each other at the right.
    pub(super) fn is_amount(&self) -> bool {
        matches!(self.how, Sum(_) | More(_))
    }

    /// The first of its paths, where it has one.
    pub(super) fn path(&self) -> Option<&'static str> {
        match self.how {
            Text(path) | Word(path) | Sum(path) | More(path) | Day(path) | Time(path) => {
                path.split('|').next()
            }
            By(_) => None,
        }
    }

    /// Safe to print; empty where the object has no such thing.
    pub(super) fn cell(&self, object: &Value, zone: &TimeZone) -> String {
        match self.how {
            Text(path) => all(object, path, |value| Some(plain(value))),
            Word(path) => all(object, path, |value| Some(plain(value).replace('_', " "))),
            Sum(path) => all(object, path, |value| money(value, object)),
            More(path) => {
                all(object, path, |value| money(value, object).filter(|_| value.as_i64() != Some(0)))
            }
            Day(path) => all(object, path, |value| Some(Unix(value.as_i64()?).date(zone))),
            Time(path) => all(object, path, |value| Some(minute(Unix(value.as_i64()?), zone))),
            By(words) => text::clean(&words(object)),
        }
    }
}

/// `22 Nov 2026 14:01`
pub(super) fn minute(at: Unix, zone: &TimeZone) -> String {
    at.zoned(zone).strftime("%-d %b %Y %H:%M").to_string()
}

/// In the currency of the object that it stands in; the bare number where that is not known.
pub(super) fn money(value: &Value, object: &Value) -> Option<String> {
    let minor = value.as_i64()?;
    let currency = object.get("currency").and_then(Value::as_str).and_then(Currency::parse);
    Some(currency.map_or_else(|| minor.to_string(), |currency| Money::new(minor, currency).to_string()))
}

/// A value on one line, made safe: yes and no, the id of an expanded object.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Value::String(words) => text::clean(words),
        other => {
            let id = other.get("id").and_then(Value::as_str);
            id.map_or_else(|| text::clean(&other.to_string()), text::clean)
        }
    }
}

/// What is at the first path that leads anywhere, each once.
fn all(object: &Value, paths: &str, write: impl Fn(&Value) -> Option<String>) -> String {
    let found = paths.split('|').map(|path| values(object, path)).find(|found| !found.is_empty());
    let mut words: Vec<String> = found.into_iter().flatten().filter_map(write).collect();
    words.dedup();
    words.join(", ")
}

/// The values at `path`, in their order; what is null or missing is left out.
fn values<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
    let step = |found: Vec<&'a Value>, step: &str| -> Vec<&'a Value> {
        let (name, every) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
        let named = found.into_iter().filter_map(|value| value.get(name)).filter(|value| !value.is_null());
        let entries = |value: &'a Value| match value.as_array() {
            Some(entries) if every => entries.as_slice(),
            _ => std::slice::from_ref(value),
        };
        named.flat_map(entries).collect()
    };
    path.split('.').fold(vec![object], step)
}

/// In the words of the typed object; nothing where it cannot be read as one.
fn typed<T: DeserializeOwned, W: Into<String>>(object: &Value, words: fn(&T) -> W) -> String {
    T::deserialize(object).map(|object| words(&object).into()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::{self, Gives};

    fn cells(kind: &str, object: &Value) -> String {
        let cells: Vec<_> = of(kind).iter().map(|column| column.cell(object, &TimeZone::UTC)).collect();
        cells.join(" | ")
    }

    #[test]
    fn every_kind_that_an_action_gives_has_columns_of_its_own() {
        for action in actions::all() {
            let (Gives::One(kind) | Gives::List(kind)) = action.gives;
            assert!(KINDS.iter().any(|(known, _)| *known == kind), "{} gives {kind}", action.name);
        }
        for (kind, columns) in KINDS {
            assert_eq!(columns.last().map(|column| column.title), Some("Id"), "{kind}");
            let mut titles: Vec<_> = columns.iter().map(|column| column.title).collect();
            titles.sort_unstable();
            titles.dedup();
            assert_eq!(titles.len(), columns.len(), "{kind} has two columns of one name");
        }
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let charge = json!({"id": "ch_1", "created": 1_795_435_200, "amount": 12_000, "currency": "jpy", "paid": true,
            "captured": true, "status": "succeeded", "customer": {"id": "cus_1"}, "description": "A\u{1b}[2J\nB",
            "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}}});
        assert_eq!(
            cells("charge", &charge),
            "23 Nov 2026 12:00 | ¥12,000 | paid | A␛[2J B | visa ··4242 | cus_1 | ch_1"
        );
        let note = json!({"id": "cn_1", "total": 1_005, "currency": "kwd", "status": "issued"});
        assert_eq!(cells("credit_note", &note), " | KWD 1.005 | issued |  |  |  | cn_1");
        assert_eq!(cells("refund", &json!({"id": "re_1", "amount": 5})), " | 5 |  |  |  |  | re_1");
    }

    #[test]
    fn a_list_inside_is_joined_and_said_once() {
        let item = |price: &str| {
            json!({"price": {"id": price, "unit_amount": 500, "currency": "eur",
            "recurring": {"interval": "month", "interval_count": 1}}, "quantity": 2, "current_period_end": 1_795_435_200})
        };
        let subscription = json!({"id": "sub_1", "status": "past_due", "currency": "eur", "start_date": 1_795_435_200,
            "items": {"data": [item("price_1"), item("price_2")]}});
        assert_eq!(
            cells("subscription", &subscription),
            "23 Nov 2026 | €20.00/mo | past due | price_1, price_2 | 23 Nov 2026 |  |  | sub_1"
        );
    }

    #[test]
    fn a_balance_says_which_way_it_goes() {
        let of =
            |balance: i64| cells("customer", &json!({"id": "cus_1", "balance": balance, "currency": "usd"}));
        assert!(of(-1_000).contains("| has $10.00 |") && of(1_000).contains("| owes $10.00 |"));
        assert!(!of(0).contains('$'));
    }

    #[test]
    fn what_is_not_known_still_has_its_id() {
        assert_eq!(
            cells("gadget", &json!({"id": "gd_1", "status": "new_thing"})),
            " |  | new thing |  |  | gd_1"
        );
        assert_eq!(cells("charge", &json!("nonsense")), " |  |  |  |  |  | ");
    }
}
