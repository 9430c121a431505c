//! Pages that are made from the program's own tables: they are fresh, or this fails. `UPDATE_DOCS=1 cargo test docs` writes them.

use std::{fmt::Write as _, fs, path::Path};

use paydesk::{
    actions,
    desk::{binding, form, keymap, modals},
};

/// The page on disk is what the tables say.
fn check(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    #[expect(clippy::disallowed_methods, reason = "asks whether to write the page instead of checking it")]
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "docs/{name} is not fresh: run `UPDATE_DOCS=1 cargo test docs`");
}

fn section(page: &mut String, name: &str, rows: &[(String, String)]) {
    write!(page, "\n## {name}\n\n| keys | does |\n| --- | --- |\n").unwrap();
    for (keys, help) in rows {
        writeln!(page, "| `{}` | {help} |", keys.replace('|', "\\|")).unwrap();
    }
}

#[test]
fn the_page_of_keys_is_fresh() {
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
    let mut tables: Vec<(String, Vec<(String, String)>)> = Vec::new();
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
    check("keys.md", &page);
}

#[test]
fn the_page_of_actions_is_fresh() {
    let mut page = String::from(
        "# Actions\n\nMade from the catalogue. Each runs from the desk and as `paydesk run NAME …`, through the same policy and ledger.\n",
    );
    for action in actions::all() {
        let key = action.key.map_or(String::new(), |key| format!(" · key `{key}`"));
        writeln!(page, "\n## {}\n\n{}.\n", action.name, action.summary).unwrap();
        writeln!(
            page,
            "`{} {}` · {:?} · permission `{}` · policy gate `{:?}`{key}\n",
            action.endpoint.method.name(),
            action.endpoint.path,
            action.effect,
            action.permission,
            action.gate
        )
        .unwrap();
        page.push_str("| parameter | takes | what for |\n| --- | --- | --- |\n");
        for field in action.fields {
            let takes = field.kind.takes();
            let required = if field.required { ", required" } else { "" };
            writeln!(page, "| `{}` | {takes}{required} | {} |", field.name, field.help).unwrap();
        }
        let example = action.fields.iter().filter(|field| field.required);
        let example: Vec<_> = example.map(|field| format!("{}={}", field.name, field.example)).collect();
        writeln!(page, "\n```\npaydesk run {} {}\n```", action.name, example.join(" ")).unwrap();
    }
    check("actions.md", &page);
}
