//! The catalogue against a table of Stripe's endpoints that is written apart from it: for each action its call, the parameters
//! that an agent may give, and each way in which the endpoint is called with the parameters that it takes there.

use std::{collections::BTreeSet, fs, path::Path};

use paydesk::actions;
use percent_encoding::percent_decode_str;
use serde_json::Value;

fn table() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/endpoints.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn row(action: &str) -> Value {
    table()
        .into_iter()
        .find(|row| row["name"] == action)
        .unwrap_or_else(|| panic!("{action} is not in the table"))
}

/// The names of a form or query, as the table writes them: `items[][price]`, `metadata`.
pub(crate) fn names_on_the_wire(form: &str) -> BTreeSet<String> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    let names = pairs
        .map(|pair| percent_decode_str(pair.split('=').next().unwrap()).decode_utf8_lossy().into_owned());
    let general = |name: String| {
        let mut parts = name.split('[');
        let mut plain = parts.next().unwrap().to_owned();
        for part in parts {
            let place =
                part.strip_suffix(']').is_some_and(|part| part.bytes().all(|digit| digit.is_ascii_digit()));
            plain.push('[');
            plain.push_str(if place { "]" } else { part });
        }
        if plain.starts_with("metadata[") { "metadata".to_owned() } else { plain }
    };
    names.map(general).filter(|name| !["expand[]", "limit"].contains(&name.as_str())).collect()
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn actions_call_stripe_as_the_table_says() {
    for row in table() {
        let name = row["name"].as_str().unwrap();
        let action = actions::find(name).unwrap_or_else(|| panic!("there is no {name}"));
        assert_eq!(action.endpoint.method.name(), row["method"], "{name}");
        assert_eq!(action.endpoint.path, row["path"], "{name}");
        // In braces stands what is no parameter: an id in the path, a note that stays here.
        let ours: BTreeSet<_> =
            action.fields.iter().map(|field| field.param).filter(|param| !param.starts_with('{')).collect();
        assert_eq!(ours, names(&row["parameters"]), "{name}");
        let theirs: BTreeSet<_> =
            row["ways"].as_array().unwrap().iter().flat_map(|way| names(&way["parameters"])).collect();
        // The star stands for what another parameter names.
        let unknown: Vec<_> =
            ours.iter().filter(|name| !name.contains('*') && !theirs.contains(*name)).collect();
        assert!(unknown.is_empty(), "{name}: Stripe takes no {unknown:?}");
    }
}

#[test]
fn the_catalogue_is_whole_and_nothing_besides() {
    let ours: BTreeSet<_> = actions::all().map(|action| action.name.to_owned()).collect();
    let theirs: BTreeSet<_> = table().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 64);
}
