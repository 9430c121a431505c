//! Holds the parameters of a request against what its route takes, before anything runs.

use serde_json::{Map, Value};

use super::{call::Method, error::Refusal};

/// What a listed timestamp or amount takes below itself in a list request.
const RANGES: &[&str] = &["gt", "gte", "lt", "lte"];

/// One step of a listed parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step<'a> {
    Key(&'a str),
    /// `[*]`: any key.
    Any,
    /// `[]`: any place in a list.
    Item,
}

/// `taken` in the notation of `Route::params`. Refuses what is not listed (`parameter_unknown`), and scalars
/// where a hash or list belongs; the empty string clears and is let through anywhere.
pub(super) fn check(method: Method, taken: &[&[&str]], params: &Map<String, Value>) -> Result<(), Refusal> {
    let taken: Vec<Vec<Step<'_>>> = taken.iter().copied().flatten().map(|name| steps(name)).collect();
    let candidates: Vec<&[Step<'_>]> = taken.iter().map(Vec::as_slice).collect();
    let mut found = Found { ranges: method == Method::Get, unknown: Vec::new(), misshapen: None };
    for (name, value) in params {
        found.member(name, name.clone(), value, &candidates);
    }
    if let Some((path, shape)) = found.misshapen {
        return Err(Refusal::invalid(format!("Invalid {shape}")).param(path));
    }
    let Some(first) = found.unknown.first().cloned() else { return Ok(()) };
    let plural = if found.unknown.len() == 1 { "" } else { "s" };
    let mut message = format!("Received unknown parameter{plural}: {}", found.unknown.join(", "));
    if let Some(meant) = meant(&first, &taken).filter(|_| found.unknown.len() == 1) {
        message = format!("{message}. Did you mean {meant}?");
    }
    Err(Refusal::invalid(message).code("parameter_unknown").param(first))
}

struct Found {
    ranges: bool,
    unknown: Vec<String>,
    misshapen: Option<(String, &'static str)>,
}

impl Found {
    fn member(&mut self, name: &str, path: String, value: &Value, candidates: &[&[Step<'_>]]) {
        let below: Vec<_> = candidates
            .iter()
            .filter_map(|steps| match steps.split_first() {
                Some((Step::Key(key), rest)) if *key == name => Some(rest),
                Some((Step::Any, rest)) => Some(rest),
                _ => None,
            })
            .collect();
        if below.is_empty() {
            let range =
                self.ranges && RANGES.contains(&name) && candidates.iter().any(|steps| steps.is_empty());
            if !range {
                self.unknown.push(path);
            }
        } else {
            self.value(path, value, &below);
        }
    }

    fn value(&mut self, path: String, value: &Value, candidates: &[&[Step<'_>]]) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    self.member(name, format!("{path}[{name}]"), inner, candidates);
                }
            }
            Value::Array(items) => {
                let below: Vec<_> =
                    candidates.iter().filter_map(|steps| steps.strip_prefix(&[Step::Item])).collect();
                for (at, item) in items.iter().enumerate() {
                    let path = format!("{path}[{at}]");
                    if below.is_empty() {
                        self.unknown.push(path);
                    } else {
                        self.value(path, item, &below);
                    }
                }
            }
            scalar => {
                let leaf = candidates.iter().any(|steps| steps.is_empty());
                if !leaf && scalar != "" {
                    let list = candidates.iter().any(|steps| steps.first() == Some(&Step::Item));
                    self.misshapen =
                        self.misshapen.take().or(Some((path, if list { "array" } else { "object" })));
                }
            }
        }
    }
}

fn steps(name: &str) -> Vec<Step<'_>> {
    name.split('[')
        .enumerate()
        .map(|(at, part)| match (at, part.trim_end_matches(']')) {
            (0, head) => Step::Key(head),
            (_, "") => Step::Item,
            (_, "*") => Step::Any,
            (_, key) => Step::Key(key),
        })
        .collect()
}

fn meant<'a>(unknown: &str, taken: &[Vec<Step<'a>>]) -> Option<&'a str> {
    taken
        .iter()
        .filter_map(|steps| match steps.first() {
            Some(Step::Key(head)) => Some((strsim::osa_distance(unknown, head), *head)),
            _ => None,
        })
        .filter(|(distance, head)| *distance > 0 && *distance <= 2 && head.len() > 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, head)| head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::form;

    const TAKEN: &[&str] = &[
        "amount",
        "reason",
        "created",
        "metadata[*]",
        "items[][price]",
        "items[][metadata][*]",
        "types[]",
        "a[b]",
    ];

    fn checked(method: Method, text: &str) -> Result<(), Refusal> {
        check(method, &[TAKEN], &form::parse(text.as_bytes()).unwrap())
    }

    fn refused(text: &str) -> (String, Option<String>) {
        let refusal = checked(Method::Post, text).unwrap_err();
        (refusal.message, refusal.param)
    }

    #[test]
    fn what_is_listed_passes() {
        for text in [
            "",
            "amount=5&reason=x",
            "metadata[any]=1&metadata[0]=2",
            "metadata=",
            "items[0][price]=p&items[1][price]=q&items[0][metadata][k]=v",
            "items=",
            "types[]=a&types[]=b",
            "a[b]=1",
        ] {
            assert_eq!(checked(Method::Post, text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_not_listed_is_named_with_its_path() {
        let refusal = checked(Method::Post, "foo=1").unwrap_err();
        assert_eq!((refusal.status, refusal.code), (400, Some("parameter_unknown")));
        assert_eq!(refused("foo=1").0, "Received unknown parameter: foo");
        assert_eq!(
            refused("items[0][foo]=1"),
            ("Received unknown parameter: items[0][foo]".to_owned(), Some("items[0][foo]".to_owned()))
        );
        assert_eq!(refused("foo=1&bar[x]=2").0, "Received unknown parameters: foo, bar");
        assert_eq!(refused("amount[x]=1").0, "Received unknown parameter: amount[x]");
        assert_eq!(refused("a[b][]=1").0, "Received unknown parameter: a[b][0]");
    }

    #[test]
    fn a_slip_of_the_finger_gets_a_suggestion() {
        assert_eq!(refused("amuont=1").0, "Received unknown parameter: amuont. Did you mean amount?");
    }

    #[test]
    fn scalars_do_not_stand_for_hashes_or_lists() {
        assert_eq!(refused("metadata=x"), ("Invalid object".to_owned(), Some("metadata".to_owned())));
        assert_eq!(refused("items=x"), ("Invalid array".to_owned(), Some("items".to_owned())));
    }

    #[test]
    fn ranges_are_for_lists_only() {
        assert_eq!(checked(Method::Get, "created[gte]=1&created[lt]=5"), Ok(()));
        assert_eq!(refused("created[gte]=1").0, "Received unknown parameter: created[gte]");
        assert!(checked(Method::Get, "created[around]=1").is_err());
    }
}
