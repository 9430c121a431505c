//! Reading and changing members of JSON objects.

use serde_json::{Map, Value};

/// A text member; empty when there is none.
pub(super) fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

/// A number member; 0 when there is none.
pub(super) fn int(object: &Value, key: &str) -> i64 {
    object.get(key).and_then(Value::as_i64).unwrap_or(0)
}

pub(super) fn flag(object: &Value, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Sets a member; nothing happens to what is no object.
pub(super) fn set(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value.into());
    }
}

/// Two objects as one.
pub(super) fn joined(mut first: Value, second: Value) -> Value {
    if let (Some(members), Value::Object(more)) = (first.as_object_mut(), second) {
        members.extend(more);
    }
    first
}

/// The old values of the members that differ, hashes inside included: an event's `previous_attributes`.
pub(super) fn previous(before: &Value, after: &Value) -> Map<String, Value> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return Map::new() };
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    after
        .keys()
        .chain(gone)
        .filter(|key| before.get(*key) != after.get(*key))
        .map(|key| {
            let old = match (before.get(key), after.get(key)) {
                (Some(old @ Value::Object(_)), Some(new @ Value::Object(_))) => {
                    Value::Object(previous(old, new))
                }
                (old, _) => old.cloned().unwrap_or(Value::Null),
            };
            (key.clone(), old)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn previous_names_only_what_changed() {
        let before = json!({"a": 1, "b": {"c": 2, "same": 1}, "d": null, "gone": 7});
        let after = json!({"a": 1, "b": {"c": 3, "same": 1, "new": 2}, "d": 4, "e": 5});
        assert_eq!(
            Value::Object(previous(&before, &after)),
            json!({"b": {"c": 2, "new": null}, "d": null, "e": null, "gone": 7})
        );
        assert_eq!(joined(json!({"a": 1}), json!({"b": 2})), json!({"a": 1, "b": 2}));
    }
}
