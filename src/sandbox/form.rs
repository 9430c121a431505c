//! Turns query strings, form bodies and JSON bodies into one tree, within limits.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use super::error::Refusal;

/// Bytes of a request body.
pub(super) const BODY_MOST: usize = 1024 * 1024;
const PARAMETERS_MOST: usize = 1000;
const DEPTH_MOST: usize = 10;
/// A hash with digits as keys stays a hash below these names.
const FREE_HASHES: &[&str] = &["metadata"];

/// One step of `a[b][]`: a name, or the empty brackets.
type Step<'a> = Option<&'a str>;

/// `text` is a query or a form body: `a[b]=1&c[]=2&d[0][e]=3`. A repeated plain key: the last one counts.
pub(super) fn parse(text: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let mut root = Value::Object(Map::new());
    let mut count = 0_usize;
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        count += 1;
        if count > PARAMETERS_MOST {
            return Err(Refusal::invalid(format!(
                "Too many parameters: at most {PARAMETERS_MOST} are allowed."
            )));
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        let steps = steps(&name);
        if steps.len() > DEPTH_MOST {
            return Err(
                Refusal::invalid(format!("Invalid request: '{name}' is nested too deeply.")).param(name)
            );
        }
        put(&mut root, &steps, value, &name)?;
    }
    Ok(into_map(lists(root, "")))
}

/// A JSON body must be an object; `null` clears as the empty string does.
pub(super) fn parse_json(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let tree: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("Invalid JSON in the request body: {error}")))?;
    let mut leaves = 0_usize;
    match measured(tree, 0, &mut leaves)? {
        Value::Object(map) => Ok(map),
        _ => Err(Refusal::invalid("Invalid JSON in the request body: an object is expected.")),
    }
}

/// Counts and bounds a JSON tree, and makes `null` the empty string.
fn measured(tree: Value, depth: usize, leaves: &mut usize) -> Result<Value, Refusal> {
    *leaves += 1;
    if *leaves > PARAMETERS_MOST {
        return Err(Refusal::invalid(format!("Too many parameters: at most {PARAMETERS_MOST} are allowed.")));
    }
    if depth > DEPTH_MOST {
        return Err(Refusal::invalid("Invalid request: the body is nested too deeply."));
    }
    Ok(match tree {
        Value::Null => Value::String(String::new()),
        Value::Array(list) => Value::Array(
            list.into_iter().map(|item| measured(item, depth + 1, leaves)).collect::<Result<_, _>>()?,
        ),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(name, value)| Ok((name, measured(value, depth + 1, leaves)?)))
                .collect::<Result<_, Refusal>>()?,
        ),
        leaf => leaf,
    })
}

fn decode(raw: &[u8]) -> Result<String, Refusal> {
    let shown = || String::from_utf8_lossy(raw).chars().take(60).collect::<String>();
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let code = rest.get(at + 1..at + 3).unwrap_or_default();
        if code.len() != 2 || !code.iter().all(u8::is_ascii_hexdigit) {
            return Err(Refusal::invalid(format!("Invalid request: invalid %-encoding ({})", shown())));
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    let spaced: Vec<u8> = raw.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|error| Refusal::invalid(format!("Invalid request: not UTF-8 ({}): {error}", shown())))
}

/// `a[b][]` → a, b, (empty). A name whose brackets do not pair is one literal name.
fn steps(name: &str) -> Vec<Step<'_>> {
    let Some((head, tail)) = name.split_once('[') else { return vec![Some(name)] };
    let literal = || vec![Some(name)];
    if head.is_empty() {
        return literal();
    }
    let Some(inside) = tail.strip_suffix(']') else { return literal() };
    let mut found = vec![Some(head)];
    for part in inside.split("][") {
        if part.contains(['[', ']']) {
            return literal();
        }
        found.push(Some(part).filter(|part| !part.is_empty()));
    }
    found
}

fn put(slot: &mut Value, steps: &[Step<'_>], value: String, name: &str) -> Result<(), Refusal> {
    let conflict = || {
        Err(Refusal::invalid(format!("Invalid request: '{name}' is given in two different shapes."))
            .param(name.to_owned()))
    };
    match steps.split_first() {
        None => match slot {
            Value::Object(_) | Value::Array(_) => conflict(),
            leaf => {
                *leaf = Value::String(value);
                Ok(())
            }
        },
        Some((Some(key), rest)) => {
            if slot.is_null() {
                *slot = Value::Object(Map::new());
            }
            let Value::Object(map) = slot else { return conflict() };
            put(map.entry((*key).to_owned()).or_insert(Value::Null), rest, value, name)
        }
        Some((None, rest)) => {
            if slot.is_null() {
                *slot = Value::Array(Vec::new());
            }
            let Value::Array(list) = slot else { return conflict() };
            match list.last_mut() {
                // `x[][a]=1&x[][b]=2` is one hash; a key that comes again begins the next.
                Some(open) if !rest.is_empty() && !holds(open, rest) => put(open, rest, value, name),
                _ => {
                    let mut item = Value::Null;
                    put(&mut item, rest, value, name)?;
                    list.push(item);
                    Ok(())
                }
            }
        }
    }
}

fn holds(value: &Value, steps: &[Step<'_>]) -> bool {
    match steps.split_first() {
        None => true,
        Some((None, _)) => false,
        Some((Some(key), rest)) => value.get(key).is_some_and(|inner| holds(inner, rest)),
    }
}

/// Hashes whose keys are all numbers are lists: `items[0][price]`, in the order of their numbers.
fn lists(tree: Value, name: &str) -> Value {
    match tree {
        Value::Object(map) => {
            let numbers: Option<Vec<u32>> = map.keys().map(|key| index(key)).collect();
            match numbers.filter(|numbers| !numbers.is_empty() && !FREE_HASHES.contains(&name)) {
                Some(numbers) => {
                    let mut items: Vec<_> = numbers.into_iter().zip(map).collect();
                    items.sort_by_key(|(number, _)| *number);
                    Value::Array(items.into_iter().map(|(_, (_, item))| lists(item, "")).collect())
                }
                None => Value::Object(
                    map.into_iter()
                        .map(|(key, value)| {
                            let value = lists(value, &key);
                            (key, value)
                        })
                        .collect(),
                ),
            }
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|item| lists(item, "")).collect()),
        leaf => leaf,
    }
}

fn index(key: &str) -> Option<u32> {
    (key.len() <= 6 && key.bytes().all(|byte| byte.is_ascii_digit())).then(|| key.parse().ok()).flatten()
}

fn into_map(tree: Value) -> Map<String, Value> {
    match tree {
        Value::Object(map) => map,
        // Only digits at the root: nobody takes such names, so they come back as unknown parameters.
        Value::Array(items) => {
            items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect()
        }
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: impl Into<Value>) {
        assert_eq!(Value::Object(parse(text.as_bytes()).unwrap()), expected.into(), "{text}");
    }

    fn refused(text: &[u8]) -> String {
        parse(text).unwrap_err().message
    }

    #[test]
    fn plain_pairs_decode_and_the_last_of_a_repeated_key_counts() {
        check("a=1&b=two+words&c=%E2%82%AC%201&b=3", json!({"a": "1", "b": "3", "c": "€ 1"}));
        check("email=&flag", json!({"email": "", "flag": ""}));
        check("", json!({}));
        check("&&a=b%3Dc=d&", json!({"a": "b=c=d"}));
    }

    #[test]
    fn brackets_nest_literal_or_encoded() {
        check("a[b][c]=1&a[b][d]=2", json!({"a": {"b": {"c": "1", "d": "2"}}}));
        check("created%5Bgte%5D=5", json!({"created": {"gte": "5"}}));
    }

    #[test]
    fn lists_come_by_number_or_by_empty_brackets() {
        check("expand[]=a&expand[]=b", json!({"expand": ["a", "b"]}));
        check("expand[1]=b&expand[0]=a", json!({"expand": ["a", "b"]}));
        check(
            "items[0][price]=p&items[0][quantity]=2&items[1][price]=q",
            json!({"items": [
            {"price": "p", "quantity": "2"}, {"price": "q"}]}),
        );
        check(
            "items[][price]=p&items[][quantity]=2&items[][price]=q",
            json!({"items": [
            {"price": "p", "quantity": "2"}, {"price": "q"}]}),
        );
    }

    #[test]
    fn metadata_with_numbers_as_keys_stays_a_hash() {
        check("metadata[0]=a&metadata[1]=b", json!({"metadata": {"0": "a", "1": "b"}}));
    }

    #[test]
    fn a_name_whose_brackets_do_not_pair_is_literal() {
        check("a[b=1", json!({"a[b": "1"}));
        check("[x]=1", json!({"[x]": "1"}));
        check("a]b=1", json!({"a]b": "1"}));
        check("a[b]c=1", json!({"a[b]c": "1"}));
        check("0=a", json!({"0": "a"}));
    }

    #[test]
    fn two_shapes_of_one_name_are_refused() {
        for text in ["a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[b]=2", "a[b]=1&a[]=2"] {
            assert!(refused(text.as_bytes()).contains("two different shapes"), "{text}");
        }
    }

    #[test]
    fn broken_encodings_are_refused() {
        assert_eq!(refused(b"a=%zz"), "Invalid request: invalid %-encoding (%zz)");
        assert_eq!(refused(b"a=5%"), "Invalid request: invalid %-encoding (5%)");
        assert!(refused(b"a=%ff").starts_with("Invalid request: not UTF-8"));
        assert!(refused(b"\xff=1").starts_with("Invalid request: not UTF-8"));
    }

    #[test]
    fn depth_and_count_have_limits() {
        let deep = format!("a{}=1", "[b]".repeat(DEPTH_MOST));
        assert!(refused(deep.as_bytes()).contains("nested too deeply"));
        let many = "p=1&".repeat(PARAMETERS_MOST + 1);
        assert!(refused(many.as_bytes()).starts_with("Too many parameters"));
    }

    #[test]
    fn json_keeps_its_types_and_null_clears() {
        let tree = parse_json(br#"{"amount": 5, "name": null, "list": [true]}"#).unwrap();
        assert_eq!(Value::Object(tree), json!({"amount": 5, "name": "", "list": [true]}));
    }

    #[test]
    fn json_that_is_broken_or_no_object_or_too_large_is_refused() {
        for body in ["{", "[1]", "7", ""] {
            assert!(parse_json(body.as_bytes()).unwrap_err().message.starts_with("Invalid JSON"), "{body}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(12), "}".repeat(12));
        assert!(parse_json(deep.as_bytes()).unwrap_err().message.contains("nested too deeply"));
        let many = format!("{{\"a\":[{}1]}}", "1,".repeat(PARAMETERS_MOST));
        assert!(parse_json(many.as_bytes()).unwrap_err().message.starts_with("Too many"));
    }
}
