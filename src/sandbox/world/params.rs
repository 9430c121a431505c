//! Reading a call's parameters, with Stripe's refusals for what cannot be read.

use serde_json::{Map, Value};

use crate::sandbox::{call::Call, error::Refusal};

const METADATA_KEYS_MOST: usize = 50;
const METADATA_KEY_LENGTH: usize = 40;
const METADATA_VALUE_LENGTH: usize = 500;

/// `["created", "gte"]` as `created[gte]`.
pub(super) fn written(path: &[&str]) -> String {
    let mut parts = path.iter();
    let first = parts.next().copied().unwrap_or("");
    parts.fold(first.to_owned(), |name, part| format!("{name}[{part}]"))
}

/// The parameter at a path; None when it was not sent.
pub(super) fn param<'a>(call: &'a Call, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(call.params.get(*first)?, |tree, part| tree.get(*part))
}

/// A text; None when not sent or empty.
pub(super) fn text_param<'a>(call: &'a Call, path: &[&str]) -> Option<&'a str> {
    param(call, path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Sent, but empty: to be cleared.
pub(super) fn cleared(call: &Call, path: &[&str]) -> bool {
    param(call, path).is_some_and(|value| value.is_null() || value.as_str() == Some(""))
}

/// A whole number; None when not sent or empty.
pub(super) fn integer(call: &Call, path: &[&str]) -> Result<Option<i64>, Refusal> {
    let name = written(path);
    match param(call, path) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) if number.is_i64() => Ok(number.as_i64()),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => text.parse().ok().map(Some).ok_or_else(|| not_integer(text, &name)),
        Some(other) => Err(not_integer(&other.to_string(), &name)),
    }
}

fn not_integer(text: &str, name: &str) -> Refusal {
    Refusal::invalid(format!("Invalid integer: {text}")).code("parameter_invalid_integer").param(name)
}

/// A moment in Unix seconds.
pub(super) fn moment(call: &Call, path: &[&str]) -> Result<Option<i64>, Refusal> {
    integer(call, path).map_err(|refusal| {
        let message = refusal.message.replace("Invalid integer", "Invalid timestamp");
        Refusal {
            message: format!("{message}; must be an integer Unix time in seconds"),
            code: None,
            ..refusal
        }
    })
}

pub(super) fn boolean(call: &Call, path: &[&str]) -> Result<Option<bool>, Refusal> {
    match param(call, path) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text == "true" => Ok(Some(true)),
        Some(Value::String(text)) if text == "false" => Ok(Some(false)),
        Some(other) => {
            Err(Refusal::invalid(format!("Invalid boolean: {}", bare(other))).param(written(path)))
        }
    }
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One of a closed list.
pub(super) fn choice<'a>(call: &'a Call, path: &[&str], known: &[&str]) -> Result<Option<&'a str>, Refusal> {
    let Some(value) = param(call, path).filter(|_| !cleared(call, path)) else { return Ok(None) };
    let name = written(path);
    if let Some(text) = value.as_str().filter(|text| known.contains(text)) {
        return Ok(Some(text));
    }
    let listed = match known.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{}, or {last}", rest.join(", ")),
        _ => known.join(""),
    };
    Err(Refusal::invalid(format!("Invalid {name}: must be one of {listed}")).param(name))
}

/// A positive amount in minor units; None when not sent.
pub(super) fn positive(call: &Call, path: &[&str]) -> Result<Option<i64>, Refusal> {
    let wrong = |message: &str| {
        Refusal::invalid(message.to_owned()).code("parameter_invalid_integer").param(written(path))
    };
    match integer(call, path)? {
        Some(amount) if amount < 0 => Err(wrong("Invalid positive integer")),
        Some(0) => Err(wrong("This value must be greater than or equal to 1.")),
        other => Ok(other),
    }
}

/// "Missing required param: …"
pub(super) fn required(name: &str) -> Refusal {
    Refusal::invalid(format!("Missing required param: {name}.")).code("parameter_missing").param(name)
}

/// A list parameter: indexed lists come as arrays, a single text as itself.
pub(super) fn texts<'a>(call: &'a Call, path: &[&str]) -> Vec<&'a str> {
    match param(call, path) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::Object(map)) => map.values().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) if !text.is_empty() => vec![text],
        _ => vec![],
    }
}

/// Merges `metadata` key by key into what an object has; an empty value takes the key away, an empty
/// `metadata` all of them.
pub(super) fn merge_metadata(call: &Call, metadata: &mut Map<String, Value>) -> Result<(), Refusal> {
    if cleared(call, &["metadata"]) {
        metadata.clear();
        return Ok(());
    }
    let Some(sent) = param(call, &["metadata"]) else { return Ok(()) };
    let Value::Object(sent) = sent else {
        return Err(Refusal::invalid("Invalid object").param("metadata"));
    };
    for (key, value) in sent {
        let value = bare(value);
        let wrong = |message: String| Refusal::invalid(message).param(format!("metadata[{key}]"));
        if key.chars().count() > METADATA_KEY_LENGTH {
            return Err(wrong(format!(
                "Metadata keys can have up to {METADATA_KEY_LENGTH} characters, but you passed in a key that is {} characters. Invalid key: {key}",
                key.chars().count()
            )));
        }
        if key.contains(['[', ']']) {
            return Err(wrong(format!("Metadata keys can't contain square brackets. Invalid key: {key}")));
        }
        let length = value.chars().count();
        if length > METADATA_VALUE_LENGTH {
            return Err(wrong(format!(
                "Metadata values can have up to {METADATA_VALUE_LENGTH} characters, but you passed in a value that is {length} characters. Invalid value: {value}"
            )));
        }
        if value.is_empty() {
            metadata.shift_remove(key);
        } else {
            metadata.insert(key.clone(), Value::String(value));
        }
    }
    if metadata.len() > METADATA_KEYS_MOST {
        return Err(Refusal::invalid(format!(
            "You can have up to {METADATA_KEYS_MOST} metadata keys on an object."
        ))
        .param("metadata"));
    }
    Ok(())
}

/// As `merge_metadata`, on the `metadata` of an object.
pub(super) fn merge_metadata_of(call: &Call, object: &mut Value) -> Result<(), Refusal> {
    let mut metadata = object.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
    merge_metadata(call, &mut metadata)?;
    super::value::set(object, "metadata", Value::Object(metadata));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "a literal at each call reads better")]
    fn call(params: Value) -> Call {
        Call {
            path: "/v1/x".into(),
            ids: vec![],
            params: params.as_object().unwrap().clone(),
            now: 0,
            request_id: "req_1".into(),
            idempotency_key: None,
        }
    }

    #[test]
    fn numbers_come_as_text_or_as_numbers() {
        assert_eq!(integer(&call(json!({"a": "12"})), &["a"]).unwrap(), Some(12));
        assert_eq!(integer(&call(json!({"a": {"b": 12}})), &["a", "b"]).unwrap(), Some(12));
        assert_eq!(integer(&call(json!({})), &["a"]).unwrap(), None);
        for wrong in ["12.5", "1e3", "x"] {
            let refusal = integer(&call(json!({"a": {"b": wrong}})), &["a", "b"]).unwrap_err();
            assert_eq!(refusal.code, Some("parameter_invalid_integer"));
            assert_eq!(refusal.param.as_deref(), Some("a[b]"));
        }
        assert!(positive(&call(json!({"a": "0"})), &["a"]).is_err());
        assert!(positive(&call(json!({"a": "-3"})), &["a"]).is_err());
    }

    #[test]
    fn metadata_merges_and_has_limits() {
        let mut has = json!({"keep": "1", "drop": "2"}).as_object().unwrap().clone();
        merge_metadata(&call(json!({"metadata": {"drop": "", "new": "3"}})), &mut has).unwrap();
        assert_eq!(Value::Object(has.clone()), json!({"keep": "1", "new": "3"}));
        for wrong in [json!({"k".repeat(41): "v"}), json!({"k": "v".repeat(501)}), json!({"a[b]": "c"})] {
            assert!(merge_metadata(&call(json!({"metadata": wrong})), &mut has.clone()).is_err());
        }
        let many: Map<String, Value> = (0..49).map(|n| (format!("k{n}"), json!("v"))).collect();
        assert!(merge_metadata(&call(json!({"metadata": many})), &mut has).is_err());
        merge_metadata(&call(json!({"metadata": ""})), &mut has).unwrap();
        assert!(has.is_empty());
    }

    #[test]
    fn a_choice_names_what_is_allowed() {
        let refusal = choice(&call(json!({"reason": "x"})), &["reason"], &["a", "b", "c"]).unwrap_err();
        assert_eq!(refusal.message, "Invalid reason: must be one of a, b, or c");
    }
}
