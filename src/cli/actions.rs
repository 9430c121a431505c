//! `paydesk actions`: the catalogue.

use serde_json::{Value, json};

use super::out::{Done, Shown};
use crate::actions::{self, Action, Effect, Field, FieldKind};

/// List all actions with their parameters
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn actions() -> Done {
    let rows = actions::all().map(row).collect();
    let titles = vec!["Action", "Area", "Effect", "Key", "Permission", "Parameters", "What it does"];
    let result = actions::all().map(describe).collect();
    Done::new("actions", result, Shown::Own { titles, rows })
}

fn row(action: &Action) -> Vec<String> {
    let parameters: Vec<_> = action
        .fields
        .iter()
        .map(|field| if field.required { field.name.to_owned() } else { format!("[{}]", field.name) })
        .collect();
    vec![
        action.name.to_owned(),
        word(&json!(action.family)),
        word(&json!(action.effect)),
        action.key.unwrap_or_default().to_owned(),
        action.permission.to_string(),
        parameters.join(" "),
        action.summary.to_owned(),
    ]
}

/// How an enum is written in JSON, as a word.
pub(super) fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

pub(super) fn describe(action: &Action) -> Value {
    json!({
        "name": action.name,
        "family": action.family,
        "summary": action.summary,
        "also_called": action.also_called,
        "effect": action.effect,
        "changes": action.effect > Effect::Read,
        "method": action.endpoint.method,
        "path": action.endpoint.path,
        "parameters": action.fields.iter().map(parameter).collect::<Vec<_>>(),
        "permission": action.permission.to_string(),
        "gate": action.gate,
        "key": action.key,
        "undo": action.undo,
    })
}

fn parameter(field: &Field) -> Value {
    let values = match field.kind {
        FieldKind::Choice(choices) => Some(choices.iter().map(|choice| choice.value).collect::<Vec<_>>()),
        _ => None,
    };
    json!({
        "name": field.name,
        "type": type_of(field.kind),
        "required": field.required,
        "values": values,
        "help": field.help,
        "example": field.example,
    })
}

/// The type's name in `actions --json`, and in messages.
fn type_of(kind: FieldKind) -> String {
    match kind {
        FieldKind::Id(kind) => format!("{} id", kind.noun()),
        FieldKind::Money => "amount".into(),
        FieldKind::Choice(_) => "choice".into(),
        FieldKind::Text { .. } => "text".into(),
        FieldKind::Texts { .. } => "texts".into(),
        FieldKind::Int { .. } => "integer".into(),
        FieldKind::Pairs => "metadata".into(),
        FieldKind::Items => "items".into(),
        FieldKind::When => "time".into(),
        FieldKind::Bool => "boolean".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_described_whole() {
        let done = actions();
        let list = done.result.as_array().unwrap();
        assert_eq!(list.len(), actions::all().count());
        let refund = list.iter().find(|action| action["name"] == "refund_charge").unwrap();
        assert_eq!((&refund["effect"], &refund["method"]), (&json!("money"), &json!("POST")));
        assert_eq!(refund["permission"], "charge:write");
        assert_eq!(refund["parameters"][0]["type"], "charge id");
        assert_eq!(refund["parameters"][2]["values"][0], "duplicate");
        // The one more that tests have: nothing here knows of it.
        let more = list.iter().find(|action| action["name"] == "delete_invoice_item").unwrap();
        assert_eq!((&more["key"], &more["parameters"][0]["type"]), (&json!("x"), &json!("invoice item id")));
    }
}
