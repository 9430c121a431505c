//! The pages under `docs/`, made from the program's own tables. The unit tests make them too, with the one action that they have
//! more.

use std::fmt::Write as _;

use paydesk::{
    actions::{self, Action, FieldKind, Gate},
    desk::{binding, form, keymap, modals},
    policy::{self, Policy},
    text,
};

fn section(page: &mut String, name: &str, rows: &[binding::Told]) {
    write!(page, "\n## {name}\n\n| keys | does |\n| --- | --- |\n").unwrap();
    for binding::Told { keys, what: help, .. } in rows {
        writeln!(page, "| `{}` | {help} |", keys.replace('|', "\\|")).unwrap();
    }
}

/// `docs/keys.md`
pub(crate) fn keys() -> String {
    let mut page = String::from(
        "# Keys\n\nMade from the tables that dispatch them.\n\n## On a row\n\n| key | on | does |\n| --- | --- | --- |\n",
    );
    for action in actions::all().filter(|action| action.key.is_some()) {
        let on: Vec<_> = action.on.iter().map(|kind| kind.noun()).collect();
        writeln!(page, "| `{}` | {} | {} |", action.key.unwrap(), on.join(", "), action.summary).unwrap();
    }
    section(&mut page, "On the desk", &keymap::desk_help());
    section(&mut page, "In the search box", &keymap::box_help());
    page.push_str("\nWherever nothing else is said, the keys for the help show those that work there.\n");
    let mut tables: Vec<(String, Vec<binding::Told>)> = Vec::new();
    for (name, rows) in modals::tables() {
        match tables.iter_mut().find(|(_, known)| *known == rows) {
            Some((names, _)) => *names = format!("{names}, {}", name.to_lowercase()),
            None => tables.push((name.to_owned(), rows)),
        }
    }
    for (name, rows) in &tables {
        section(&mut page, name, rows);
    }
    let texts = form::TEXT.iter().map(|row| (*row, binding::Now::On));
    section(&mut page, "In a line of text", &binding::help(texts));
    page.push_str("\nLetters go into the line before they mean anything else.\n");
    page
}

/// `customer_details`, as policy and JSON write it.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn parameters(page: &mut String, action: &Action) {
    page.push_str("\n| parameter | takes | what for |\n| --- | --- | --- |\n");
    for field in action.fields {
        let takes = match field.kind {
            FieldKind::Choice(choices) => {
                let one = |choice: &actions::Choice| format!("`{}` ({})", choice.value, choice.says);
                choices.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            kind => kind.takes(),
        };
        let required = if field.required { "**required**, " } else { "" };
        writeln!(page, "| `{}` | {required}{} | {} |", field.name, takes.replace('|', "\\|"), field.help)
            .unwrap();
    }
}

/// `docs/ACTIONS.md`
pub(crate) fn actions() -> String {
    let mut page = String::from(
        "# Actions\n\nMade from the catalogue. Each runs from the desk and as `paydesk run NAME …`, through the same policy and ledger.\n\
         Of what only reads, invoices alone can be hidden by the policy (`customers.view_invoices`): disputes and the previews of a\n\
         change are what its form shows before it is decided, and whoever must not see them works with a key without that permission.\n",
    );
    let all: Vec<_> = actions::all().collect();
    page.push_str("\n| action | does | effect |\n| --- | --- | --- |\n");
    for action in &all {
        writeln!(page, "| [{0}](#{0}) | {1} | {2} |", action.name, action.summary, word(action.effect))
            .unwrap();
    }
    for action in &all {
        writeln!(page, "\n## {}\n\n{}.\n", action.name, action.summary).unwrap();
        let mut facts = vec![
            format!("`{} {}`", action.endpoint.method.name(), action.endpoint.path),
            word(action.effect),
            format!("permission `{}`", action.permission),
        ];
        if action.gate != Gate::None {
            facts.push(format!("policy gate `{}`", word(action.gate)));
        }
        if let Some(key) = action.key {
            let on: Vec<_> = action.on.iter().map(|kind| kind.noun()).collect();
            facts.push(format!("key `{key}` on {}", text::a(&on.join(", "))));
        }
        if let Some(undo) = action.undo {
            facts.push(format!("taken back by [{undo}](#{undo})"));
        }
        if !action.also_called.is_empty() {
            facts.push(format!("also found as {}", action.also_called.join(", ")));
        }
        writeln!(page, "{}", facts.join(" · ")).unwrap();
        if !action.fields.is_empty() {
            parameters(&mut page, action);
        }
        writeln!(page, "\n```sh\n{}\n```", action.example()).unwrap();
    }
    page
}

/// `docs/permissions.md`
pub(crate) fn permissions() -> String {
    let policy = Policy::builtin();
    let mut page = String::from(
        "# Permissions of a restricted key\n\nMade from the catalogue and the built-in policy: what is read, and the changes that the \
         rules of a role leave. Writing includes reading. A key with less still works: what it lacks is named when it is missed.\n\n\
         The link opens Stripe's form for a new restricted key, filled in.\n",
    );
    let names =
        |names: &[&str]| names.iter().map(|name| format!("[{name}](ACTIONS.md#{name})")).collect::<Vec<_>>();
    for role in policy.roles() {
        let reached = actions::all().filter(|action| policy::reaches(&policy, role, action));
        let needed = actions::needed(reached);
        let keys: Vec<_> = needed
            .iter()
            .map(|(resource, (write, _))| format!("rak_{resource}_{}", if *write { "write" } else { "read" }))
            .collect();
        let query: Vec<_> = keys.iter().map(|key| format!("permissions[]={key}")).collect();
        writeln!(page, "\n## {role}\n").unwrap();
        writeln!(
            page,
            "<https://dashboard.stripe.com/apikeys/create?name=paydesk-{role}&{}>\n",
            query.join("&")
        )
        .unwrap();
        page.push_str("| permission | for |\n| --- | --- |\n");
        for (key, (_, actions)) in keys.iter().zip(needed.values()) {
            let whose =
                if actions.is_empty() { "the desk itself".to_owned() } else { names(actions).join(", ") };
            writeln!(page, "| `{key}` | {whose} |").unwrap();
        }
        let not: Vec<_> = actions::all()
            .filter(|action| !policy::reaches(&policy, role, action))
            .map(|action| action.name)
            .collect();
        if !not.is_empty() {
            writeln!(page, "\nNot reached by its rules: {}.", names(&not).join(", ")).unwrap();
        }
    }
    page
}
