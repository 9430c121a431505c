//! The catalogue against a table of Stripe's endpoints that is written apart from it: for each action its call, the parameters
//! that an agent may give, and each way in which the endpoint is called with the parameters that it takes there.

use std::{collections::BTreeSet, fs, path::Path};

use paydesk::actions;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::harness::command::{self, Case};

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

/// As a form sends it: a place in a list has a number, a pair its name.
fn as_sent(name: &str) -> String {
    let pair = if name.ends_with("metadata") { "[k]" } else { "" };
    format!("{}{pair}=", name.replace("[]", "[0]"))
}

/// Each way in which an endpoint is called: the sandbox serves it, and takes every parameter that Stripe takes there and no other.
#[test]
fn the_sandbox_serves_every_endpoint_with_every_parameter_and_knows_no_other() {
    let case = Case::new();
    for row in table() {
        for way in row["ways"].as_array().unwrap() {
            let (method, path) = (way["method"].as_str().unwrap(), way["path"].as_str().unwrap());
            let path = path.replace("{id}", "none_1");
            let asked = |form: &str| {
                let (at, form) = match method {
                    "POST" => (path.clone(), form),
                    _ => (format!("{path}?{form}"), ""),
                };
                let (_, answer) = command::call(&case.running, method, &at, form);
                answer["error"]["message"].as_str().unwrap_or_default().to_owned()
            };
            for name in names(&way["parameters"]) {
                let told = asked(&as_sent(name));
                let known = !told.contains("unknown parameter") && !told.contains("Unrecognized request URL");
                assert!(known, "{} {method} {path} {name}: {told}", row["name"]);
            }
            let told = asked("no_such_thing=1");
            assert!(told.starts_with("Received unknown parameter: no_such_thing"), "{method} {path}: {told}");
        }
    }
}

/// Parameters that support uses and that no field of the action has by this name, each with its reason.
const BY_OTHER: &[(&[&str], &[&str], &str)] = &[
    (&["refund_charge"], &["payment_intent"], "`charge` takes a payment too, and refunds its charge"),
    (
        &["update_subscription"],
        &["items[][id]", "items[][deleted]"],
        "an entry of `items` names its item, and `-si_…` takes it out",
    ),
    (
        &["preview_proration"],
        &["subscription_details[items][][id]", "subscription_details[items][][deleted]"],
        "as with the change itself",
    ),
    (&["preview_proration"], &["customer"], "the subscription says whose it is"),
    (&["cancel_subscription"], &["cancel_at_period_end"], "`when` says it"),
    (&["undo_cancellation"], &["cancel_at", "cancel_at_period_end"], "what was set is what is taken away"),
    (
        &["resume_subscription"],
        &["pause_collection"],
        "the state of the subscription says which kind of pause it is",
    ),
    (&["apply_discount"], &["discounts[][discount]"], "those that are there stay, by their ids"),
    (
        &["create_portal_session"],
        &[
            "flow_data[subscription_cancel][subscription]",
            "flow_data[subscription_pause][subscription]",
            "flow_data[subscription_update][subscription]",
        ],
        "`subscription` goes to the flow that is chosen",
    ),
    (
        &["get_upcoming_invoice"],
        &["invoice_items[][description]"],
        "the name of each pair of `invoice_items`",
    ),
    (&["list_invoice_payments"], &["payment[type]"], "it goes with the payment that is given"),
    (
        &["preview_credit_note", "create_credit_note"],
        &["lines[][type]", "lines[][invoice_line_item]", "lines[][amount]"],
        "a pair of `lines` is an invoice's line and its amount",
    ),
    (
        &["preview_credit_note", "create_credit_note"],
        &["lines[][description]", "lines[][quantity]", "lines[][unit_amount]"],
        "a line is credited by its amount; lines of its own make no note",
    ),
    (
        &["set_default_payment_method", "cancel_subscription", "resume_subscription", "undo_cancellation"],
        &["metadata"],
        "what goes there is the mark of the change alone",
    ),
];

#[test]
fn what_support_uses_can_be_given_or_is_named_with_its_reason() {
    let mut missing = BTreeSet::new();
    for row in table() {
        let ways = row["ways"].as_array().unwrap();
        let own = ways.iter().filter(|way| (&way["method"], &way["path"]) == (&row["method"], &row["path"]));
        let fields = names(&row["parameters"]);
        // A field may give a part of it: `shipping[name]` of `shipping`.
        let given =
            |name: &str| fields.iter().any(|own| *own == name || own.starts_with(&format!("{name}[")));
        for name in own.flat_map(|way| names(&way["parameters"])).filter(|name| !given(name)) {
            missing.insert(format!("{} {name}", row["name"].as_str().unwrap()));
        }
    }
    let named = BY_OTHER.iter().flat_map(|(actions, names, _)| {
        actions.iter().flat_map(|action| names.iter().map(move |name| format!("{action} {name}")))
    });
    assert_eq!(missing, named.collect::<BTreeSet<_>>());
}

#[test]
fn the_catalogue_is_whole_and_nothing_besides() {
    let ours: BTreeSet<_> = actions::all().map(|action| action.name.to_owned()).collect();
    let theirs: BTreeSet<_> = table().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 64);
}
