//! From the JSON that an assistant sends to arguments as people write them, which the catalogue checks: a value of another shape says
//! which one is wanted.

use rmcp::model::JsonObject;
use serde_json::Value;

use super::{Assistant, answers, trouble::Trouble};
use crate::{
    actions::{Args, Field, FieldError, FieldKind, Moment, Other},
    answers::payment,
    text::{clean, nearest},
};

/// Every argument under its field's own name, checked as far as it can be without Stripe.
pub(super) fn read(
    tool: &str,
    fields: &[&'static Field],
    given: JsonObject,
    moment: &Moment,
) -> Result<Args, Trouble> {
    let mut args = Args::default();
    for (name, value) in given {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Err(unknown(tool, fields, &name));
        };
        let Some(text) = text(field, &value)? else { continue };
        if text.trim().is_empty() {
            // A value that was not found must not mean "all of it".
            let says = "it is empty: give a value, or leave it out";
            return Err(FieldError::new(field.name, says).into());
        }
        args.set(field.name, text);
    }
    // What leads to an object is no id of it yet: see [`led`].
    for field in fields.iter().filter(|field| field.by_other(&args).is_none()) {
        field.check(&args, moment)?;
    }
    Ok(args)
}

/// With ids in the place of what leads to them.
pub(super) async fn led(
    assistant: &Assistant,
    fields: &[&'static Field],
    mut args: Args,
) -> Result<Args, Trouble> {
    for field in fields {
        let found = match field.by_other(&args) {
            Some(Other::Payment(id)) => {
                let bag = answers::read(assistant, |bag| payment::looks(bag, &id)).await?;
                payment::charge(&bag, &id).map(|id| id.to_string())
            }
            Some(Other::Email(_)) => Err("an address is no id: find_customer finds it by one".to_owned()),
            None => continue,
        };
        args.set(field.name, found.map_err(|why| FieldError::new(field.name, why))?);
    }
    Ok(args)
}

fn unknown(tool: &str, fields: &[&'static Field], name: &str) -> Trouble {
    let names = || fields.iter().map(|field| field.name);
    let hint = match nearest(name, names()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if fields.is_empty() => format!("{tool} takes none"),
        None => format!("{tool} takes {}", names().collect::<Vec<_>>().join(", ")),
    };
    Trouble::invalid(format!("{tool} has no argument `{}`: {hint}", clean(name)))
}

/// None where it was left out after all: null.
fn text(field: &Field, value: &Value) -> Result<Option<String>, FieldError> {
    let wrong = |reason: String| FieldError::new(field.name, reason);
    let shape = || wrong(format!("it takes {}, like {}", wanted(field.kind), field.example));
    Ok(Some(match (field.kind, value) {
        (_, Value::Null) => return Ok(None),
        (_, Value::String(text)) => text.clone(),
        (FieldKind::Int { .. } | FieldKind::When, Value::Number(number)) => {
            number.as_i64().ok_or_else(shape)?.to_string()
        }
        (FieldKind::Bool, Value::Bool(flag)) => flag.to_string(),
        (FieldKind::Texts { .. } | FieldKind::Items, Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            let texts = texts.ok_or_else(shape)?;
            if let Some(text) = texts.iter().find(|text| text.contains(',')) {
                return Err(wrong(format!("`{}` has a comma in it: give each by itself", clean(text))));
            }
            texts.join(", ")
        }
        (FieldKind::Pairs, Value::Object(pairs)) => {
            let pairs = pairs.iter().map(|(name, value)| pair(name, value).ok_or_else(shape));
            let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
            if let Some((name, _)) =
                pairs.iter().find(|(name, value)| name.contains([',', '=']) || value.contains(','))
            {
                return Err(wrong(format!("`{}` and its value may have no comma in them", clean(name))));
            }
            pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
        }
        _ => return Err(shape()),
    }))
}

fn pair(name: &str, value: &Value) -> Option<(String, String)> {
    let value = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => return None,
    };
    Some((name.to_owned(), value))
}

fn wanted(kind: FieldKind) -> String {
    match kind {
        FieldKind::Money => "an amount as text, in the currency's own decimals".into(),
        FieldKind::Texts { .. } => "a list of texts".into(),
        FieldKind::Items => format!("a list of texts: {}", kind.takes()),
        FieldKind::Pairs => "an object of texts".into(),
        FieldKind::Id(_)
        | FieldKind::Choice(_)
        | FieldKind::Text { .. }
        | FieldKind::Int { .. }
        | FieldKind::When
        | FieldKind::Bool => kind.takes(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;
    use crate::{actions, time::Unix};

    fn args(tool: &str, given: &Value) -> Result<Args, String> {
        let action = actions::find(tool).unwrap();
        let fields: Vec<_> = action.fields.iter().collect();
        let moment = Moment { now: Unix(1_795_435_200), zone: TimeZone::UTC };
        read(tool, &fields, given.as_object().unwrap().clone(), &moment)
            .map_err(|trouble| trouble.json()["error"]["message"].as_str().unwrap().to_owned())
    }

    fn wrong(tool: &str, given: &Value) -> String {
        args(tool, given).unwrap_err()
    }

    #[test]
    fn values_become_what_people_write() {
        let read =
            args("refund_charge", &json!({"charge": "ch_1", "amount": "49.00", "note": null})).unwrap();
        assert_eq!(
            (read.get("charge"), read.get("amount"), read.get("note")),
            (Some("ch_1"), Some("49.00"), None)
        );
        let read =
            args("update_customer", &json!({"customer": "cus_1", "metadata": {"order": 17, "plan": ""}}));
        assert_eq!(read.unwrap().get("metadata"), Some("order=17, plan="));
    }

    #[test]
    fn what_is_wrong_says_what_would_be_right() {
        let refund = |given: Value| wrong("refund_charge", &given);
        assert!(refund(json!({"charge": "ch_1", "amuont": "3"})).ends_with("did you mean `amount`?"));
        assert!(
            refund(json!({"charge": "ch_1", "zzzzzzzz": 1})).contains("refund_charge takes charge, amount")
        );
        assert!(refund(json!({})).contains("charge: it is required: give charge="));
        assert!(refund(json!({"charge": "cus_1"})).contains("is a customer, but a charge is needed"));
        assert!(refund(json!({"charge": "ch_1", "amount": 49})).contains("an amount as text"));
        assert!(refund(json!({"charge": "ch_1", "reason": "because"})).contains("not one of duplicate"));
        assert!(refund(json!({"charge": "ch_1", "amount": " "})).contains("it is empty"));
        assert!(refund(json!({"charge": ["ch_1"]})).contains("it takes charge id, like"));
        let update = |given: Value| wrong("update_customer", &given);
        assert!(update(json!({"customer": "cus_1", "metadata": {"a": "b,c"}})).contains("no comma"));
        assert!(update(json!({"customer": "cus_1", "metadata": {"a": {}}})).contains("an object of texts"));
    }
}
