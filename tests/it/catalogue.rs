//! The catalogue against a table of Stripe's endpoints that is written apart from it.

use std::{collections::BTreeSet, fs, path::Path};

use paydesk::actions::{self, Family};
use serde_json::Value;

fn table() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/endpoints.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
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
        let theirs: BTreeSet<_> =
            row["parameters"].as_array().unwrap().iter().map(|param| param.as_str().unwrap()).collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn every_action_of_these_families_is_in_the_table() {
    let rows = table();
    let families = [Family::Payments, Family::Customers, Family::Disputes];
    for action in actions::all().filter(|action| families.contains(&action.family)) {
        assert!(rows.iter().any(|row| row["name"] == action.name), "{}", action.name);
    }
}
