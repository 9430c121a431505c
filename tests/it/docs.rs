//! Pages that are made from the program's own tables: they are fresh, or this fails. `UPDATE_DOCS=1 cargo test docs` writes them.

use std::{fs, path::Path};

use crate::pages;

/// The page on disk is what the tables say.
pub(crate) fn check(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    #[expect(clippy::disallowed_methods, reason = "asks whether to write the page instead of checking it")]
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "docs/{name} is not fresh: run `UPDATE_DOCS=1 cargo test docs`");
}

#[test]
fn the_page_of_keys_is_fresh() {
    check("keys.md", &pages::keys());
}

#[test]
fn the_page_of_actions_is_fresh() {
    check("ACTIONS.md", &pages::actions());
}

#[test]
fn the_page_of_permissions_is_fresh() {
    check("permissions.md", &pages::permissions());
}
