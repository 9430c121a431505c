//! What an action does and takes, as the catalogue has it: `paydesk run ACTION --help`.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use serde_json::{Value, json};

use crate::{
    actions::{self, Action, Effect, Field, FieldKind, Gate},
    cli::{
        Cli,
        actions::{describe, word},
        out::{Done, Shown},
    },
    text,
};

/// Cells before a parameter's own words.
const NAME_LEAST: usize = 12;

pub(super) fn of_action(action: &Action) -> Done {
    Done::new(action.name, describe(action), Shown::Text(page(action)))
}

/// The switches of `run`, then every action in a line.
pub(super) fn of_all() -> Done {
    let mut cli = Cli::command();
    cli.build();
    let mut page =
        cli.find_subcommand_mut("run").map(|run| run.render_help().to_string()).unwrap_or_default();
    let width = actions::all().map(|action| action.name.len()).max().unwrap_or(0);
    let mut family = None;
    for action in actions::all() {
        if family != Some(action.family) {
            family = Some(action.family);
            let _ok = write!(page, "\nActions · {}:\n", word(&json!(action.family)));
        }
        let _ok = writeln!(page, "  {:width$}  {}", action.name, action.summary);
    }
    page.push_str("\n`paydesk run ACTION --help` says what one of them takes.\n");
    let names: Vec<Value> = actions::all().map(|action| json!(action.name)).collect();
    Done::new("run", Value::Array(names), Shown::Text(page))
}

fn page(action: &Action) -> String {
    let mut page = format!("{}\n\nUsage: paydesk run {}{}\n", action.summary, action.name, usage(action));
    let _ok = write!(page, "\n{}\n", facts(action));
    if !action.fields.is_empty() {
        page.push_str("\nParameters:\n");
    }
    let longest = action.fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
    let width = longest.max(NAME_LEAST);
    for field in action.fields {
        parameter(&mut page, field, width);
    }
    let _ok = write!(page, "\nExample:\n  {}\n", action.example());
    page
}

/// ` charge=… [amount=…]`
fn usage(action: &Action) -> String {
    let one = |field: &Field| {
        if field.required { format!(" {}=…", field.name) } else { format!(" [{}=…]", field.name) }
    };
    action.fields.iter().map(one).collect()
}

/// What it does to the world, what it calls, what it needs.
fn facts(action: &Action) -> String {
    let effect = match action.effect {
        Effect::Read => "reads, and changes nothing",
        Effect::Write => "changes something",
        Effect::Money => "moves or binds money",
        Effect::Destructive => "cannot be taken back",
    };
    let mut lines = vec![
        ("Effect", effect.to_owned()),
        ("Calls", format!("{} {}", action.endpoint.method.name(), action.endpoint.path)),
        ("Permission", action.permission.to_string()),
    ];
    if action.gate != Gate::None {
        lines.push(("Policy gate", word(&json!(action.gate))));
    }
    if let Some(key) = action.key {
        let on: Vec<_> = action.on.iter().map(|kind| kind.noun()).collect();
        lines.push(("On the desk", format!("{key} on {}", text::a(&on.join(", ")))));
    }
    if let Some(undo) = action.undo {
        lines.push(("Taken back by", undo.to_owned()));
    }
    let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name:14}{value}")).collect();
    lines.join("\n")
}

fn parameter(page: &mut String, field: &Field, width: usize) {
    let required = if field.required { "required, " } else { "" };
    let takes = match field.kind {
        FieldKind::Choice(_) => "one of these".to_owned(),
        kind => kind.takes(),
    };
    let _ok = writeln!(page, "  {:width$}  {}", field.name, field.help);
    let _ok = writeln!(page, "  {:width$}  {required}{takes}; like {}", "", field.example);
    if let FieldKind::Choice(choices) = field.kind {
        let longest = choices.iter().map(|choice| text::width(choice.value)).max().unwrap_or(0);
        for choice in choices {
            let _ok = writeln!(page, "  {:width$}    {:longest$}  {}", "", choice.value, choice.says);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_all_that_the_catalogue_knows() {
        for action in actions::all() {
            let page = page(action);
            assert!(page.starts_with(action.summary) && page.contains(action.endpoint.path), "{page}");
            for field in action.fields {
                assert!(page.contains(field.name) && page.contains(field.help), "{page}");
                if let FieldKind::Choice(choices) = field.kind {
                    assert!(choices.iter().all(|choice| page.contains(choice.says)), "{page}");
                }
            }
            assert!(page.contains(&action.example()), "{page}");
        }
        let refund = page(actions::find("refund_charge").unwrap());
        assert!(refund.contains("Usage: paydesk run refund_charge charge=… [amount=…]"), "{refund}");
        assert!(refund.contains("moves or binds money") && refund.contains("charge:write"), "{refund}");
    }

    #[test]
    fn the_page_of_all_names_each_once() {
        let Shown::Text(page) = of_all().shown else { panic!() };
        assert!(page.contains("--dry-run") && page.contains("Actions · payments:"), "{page}");
        for action in actions::all() {
            let lines =
                page.lines().filter(|line| line.trim_start().starts_with(&format!("{} ", action.name)));
            assert_eq!(lines.count(), 1, "{}", action.name);
        }
    }
}
