//! What is read again before anything is sent, as data: which objects, and which of their fields a decision rests on.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Action, Args, FieldError, FieldKind};
use crate::{
    model::{AnyId, Kind},
    money::{Currency, Money},
    text,
    time::Unix,
};

/// One object, by the field that names it. The first of an action is what it is done to.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    pub field: &'static str,
    /// Where the first object names it, for an argument that is no id itself: with `refund_amount`, the charge behind the invoice.
    pub link: Option<&'static str>,
    pub expand: &'static [&'static str],
    /// What must not have moved since the agent read it.
    pub watch: &'static [Watch],
}

impl Reads {
    /// To be chained: `Reads { expand: &["discounts"], ..Reads::of("subscription", WATCHED) }`.
    pub(super) const fn of(field: &'static str, watch: &'static [Watch]) -> Self {
        Self { field, link: None, expand: &[], watch }
    }
}

/// One field of an object's JSON.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// As people call it.
    pub what: &'static str,
    /// `customer`, `items.data[].price.id`: `[]` stands for every entry of a list.
    pub path: &'static str,
    pub shown: Shown,
}

/// How a value is written, for the ledger and for whoever sees that it has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A word, a number, a yes or no; of an expanded object its id.
    Plain,
    /// Minor units in the object's `currency`.
    Money,
    Time,
    /// Somebody's own: that it has moved is told, and neither what it was nor what it is.
    Private,
}

pub(super) const fn watch(what: &'static str, path: &'static str, shown: Shown) -> Watch {
    Watch { what, path, shown }
}

impl Watch {
    /// The values at its path, joined.
    pub fn of(&self, object: &Value, zone: &TimeZone) -> String {
        let mut found = Vec::new();
        collect(object, self.path, &mut found);
        let currency = object.get("currency").and_then(Value::as_str).and_then(Currency::parse);
        let words: Vec<_> = found.into_iter().map(|value| self.words(value, currency, zone)).collect();
        if words.is_empty() { "none".into() } else { words.join(", ") }
    }

    fn words(&self, value: &Value, currency: Option<Currency>, zone: &TimeZone) -> String {
        let number = value.as_i64();
        match (self.shown, value, number) {
            (_, Value::Null, _) => "none".into(),
            (Shown::Money, _, Some(minor)) => {
                currency.map_or_else(|| minor.to_string(), |currency| Money::new(minor, currency).to_string())
            }
            (Shown::Time, _, Some(at)) => Unix(at).full(zone),
            (_, Value::Bool(yes), _) => if *yes { "yes" } else { "no" }.into(),
            (_, Value::String(word), _) => text::clean(word),
            // A link is the same whether it was expanded or not.
            (_, other, _) => {
                let id = other.get("id").and_then(Value::as_str);
                id.map_or_else(|| text::clean(&other.to_string()), text::clean)
            }
        }
    }
}

/// The values at `path`, in their order. What is missing is left out.
fn collect<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    let (name, every) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
    let Some(value) = value.get(name) else { return };
    let entries =
        if every { value.as_array().map_or(&[] as &[_], Vec::as_slice) } else { std::slice::from_ref(value) };
    for entry in entries {
        match rest {
            Some(rest) => collect(entry, rest, found),
            None => found.push(entry),
        }
    }
}

impl Action {
    /// The argument that names the object that it is done to.
    pub fn target_field(&self) -> Option<&'static str> {
        self.reads.first().map(|reads| reads.field)
    }

    /// The object that it is done to, as the arguments name it.
    pub fn target(&self, args: &Args) -> Result<AnyId, FieldError> {
        let field = self.target_field().unwrap_or_default();
        self.named(field, args).unwrap_or_else(|| Err(FieldError::new("action", "it names no object")))
    }

    /// Every further object that the arguments name, or make needful; each once.
    pub fn others(
        &'static self,
        args: &Args,
        first: &Value,
    ) -> Result<Vec<(&'static Reads, AnyId)>, FieldError> {
        let mut found: Vec<(&'static Reads, AnyId)> = Vec::new();
        for reads in self.reads.iter().skip(1) {
            let ids = match (args.get(reads.field), reads.link) {
                (Some(_), Some(link)) => linked(first, link),
                (Some(_), None) => self.all_named(reads.field, args)?,
                (None, _) => Vec::new(),
            };
            for id in ids {
                if !found.iter().any(|(known, twin)| known.field == reads.field && *twin == id) {
                    found.push((reads, id));
                }
            }
        }
        Ok(found)
    }

    /// The object of an id, or every price of a list of items.
    fn all_named(&self, name: &str, args: &Args) -> Result<Vec<AnyId>, FieldError> {
        let Some(FieldKind::Items) = self.field(name).map(|field| field.kind) else {
            return self.named(name, args).into_iter().collect();
        };
        let prices = args.items(name)?.into_iter().filter_map(|item| item.price);
        Ok(prices.map(|id| AnyId { kind: Kind::Price, id }).collect())
    }

    fn named(&self, name: &str, args: &Args) -> Option<Result<AnyId, FieldError>> {
        let field = self.field(name)?;
        let FieldKind::Id(kind) = field.kind else { return None };
        let id = AnyId::parse_as(args.get(name).unwrap_or_default(), kind);
        Some(id.map_err(|error| FieldError::new(name, error)))
    }
}

/// The ids at a path, of links that were expanded or not.
fn linked(object: &Value, path: &str) -> Vec<AnyId> {
    let mut found = Vec::new();
    collect(object, path, &mut found);
    let id = |link: &Value| AnyId::parse(link.as_str().or_else(|| link.get("id")?.as_str())?);
    found.into_iter().filter_map(id).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(path: &'static str, shown: Shown, object: &Value) -> String {
        watch("it", path, shown).of(object, &TimeZone::UTC)
    }

    #[test]
    fn a_path_leads_through_objects_and_every_entry_of_a_list() {
        let object = json!({"currency": "usd", "amount": 9_900, "at": 1_795_435_200, "customer": {"id": "cus_1"}, "paid": true,
            "items": {"data": [{"price": {"id": "price_1"}, "quantity": 2}, {"price": {"id": "price_2"}, "quantity": null}]}});
        assert_eq!(of("amount", Shown::Money, &object), "$99.00");
        assert_eq!(of("at", Shown::Time, &object), "23 Nov 2026 12:00:00 +00:00");
        assert_eq!(of("customer", Shown::Plain, &object), "cus_1");
        assert_eq!(of("paid", Shown::Plain, &object), "yes");
        assert_eq!(of("items.data[].price.id", Shown::Plain, &object), "price_1, price_2");
        assert_eq!(of("items.data[].quantity", Shown::Plain, &object), "2, none");
        assert_eq!(of("items.gone[].id", Shown::Plain, &object), "none");
        assert_eq!(of("amount", Shown::Money, &json!({"amount": 5})), "5", "no currency, no guess");
    }

    #[test]
    fn a_link_is_the_same_expanded_or_not_and_strangers_words_are_safe() {
        assert_eq!(of("customer", Shown::Plain, &json!({"customer": "cus_1"})), "cus_1");
        assert_eq!(of("name", Shown::Plain, &json!({"name": "\u{1b}[31m"})), "␛[31m");
    }
}
