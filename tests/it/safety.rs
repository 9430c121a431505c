//! docs/SAFETY.md names tests: each of them is there, and each line of its "Never" list has some.

use std::{collections::BTreeSet, fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/SAFETY.md")).unwrap()
}

/// What stands between backticks and looks like a path of Rust's.
fn named(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.filter(|span| span.contains("::") && !span.contains([' ', '…'])).map(str::to_owned).collect()
}

/// The files in which a test of this name may stand.
fn files(path: &[&str]) -> Vec<String> {
    let (base, modules) = match path {
        ["it", modules @ ..] => ("tests/it", modules),
        modules => ("src", modules),
    };
    let modules: Vec<_> = modules.iter().filter(|module| !(base == "src" && **module == "tests")).collect();
    let joined = modules.iter().map(|module| **module).collect::<Vec<_>>().join("/");
    let with_tests = path.iter().filter(|part| **part != "it").copied().collect::<Vec<_>>().join("/");
    [".rs", "/mod.rs", "_tests.rs", "_tests/mod.rs", "/tests.rs", "/tests/mod.rs"]
        .iter()
        .map(|end| format!("{base}/{joined}{end}"))
        .chain([format!("{base}/{with_tests}.rs"), format!("{base}/{with_tests}/mod.rs")])
        .collect()
}

/// `fn name` below an attribute that makes it a test.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = |line: &str| {
        let bare = line.trim_start_matches("async ");
        bare.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{name}(")))
    };
    lines.iter().enumerate().any(|(at, line)| {
        let above = &lines[at.saturating_sub(4)..at];
        declared(line)
            && above.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

fn exists(test: &str) -> bool {
    let mut path: Vec<&str> = test.split("::").collect();
    let name = path.pop().unwrap();
    files(&path)
        .iter()
        .filter_map(|file| fs::read_to_string(root().join(file)).ok())
        .any(|text| has_test(&text, name))
}

#[test]
fn every_test_that_the_page_of_safety_names_is_there() {
    let page = page();
    let tests = named(&page);
    assert!(tests.len() > 40, "{}", tests.len());
    let gone: BTreeSet<_> = tests.iter().filter(|test| !exists(test)).collect();
    assert!(gone.is_empty(), "docs/SAFETY.md names tests that are not there: {gone:#?}");
    assert!(
        !exists("it::safety::there_is_no_such_test") && !exists("it::safety::page"),
        "and what is none is missed"
    );
}

#[test]
fn every_line_of_the_never_list_has_its_tests() {
    let page = page();
    let (_, never) = page.split_once("\n## Never\n").unwrap();
    let (never, _) = never.split_once("\n## ").unwrap();
    let parts: Vec<&str> = never.split("\n**").skip(1).collect();
    assert_eq!(parts.len(), 8);
    for (at, part) in parts.iter().enumerate() {
        assert!(part.starts_with(&format!("{}. ", at + 1)), "{part}");
        assert!(named(part).len() >= 3, "{part}");
    }
}

#[test]
fn every_recipe_that_the_page_of_safety_names_is_in_the_justfile() {
    let justfile = fs::read_to_string(root().join("justfile")).unwrap();
    let page = page();
    let recipes = page.split("`just ").skip(1).map(|rest| rest.split([' ', '`']).next().unwrap());
    let gone: Vec<_> = recipes
        .filter(|name| !justfile.lines().any(|line| line.split([' ', ':']).next() == Some(name)))
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
}
