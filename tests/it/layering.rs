//! Reads `src/` and holds the shape of the house: layer order, a `//!` on every file, the size of files, and the number of
//! honest exceptions.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Lowest first. A file may use only rooms that stand before its own, and its own.
/// `sandbox` knows nothing of the rest, and only `cli` and `main` know the sandbox.
const LAYERS: &[&str] = &[
    "money",
    "time",
    "text",
    "request",
    "model",
    "actions",
    "policy",
    "answers",
    "stripe",
    "ledger",
    "gate",
    "config",
    "desk",
    "ui",
    "runtime",
    "mcp",
    "cli",
    "simulator",
    "main",
];
const LINES_MOST: usize = 400;

struct File {
    name: String,
    text: String,
}

fn sources() -> Vec<File> {
    files("src", "src")
}

/// Every file of Rust below the folder, named from `base`.
fn files(folder: &str, base: &str) -> Vec<File> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let base = root.join(base);
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| File {
            name: path.strip_prefix(&base).unwrap().to_string_lossy().into_owned(),
            text: fs::read_to_string(path).unwrap(),
        })
        .collect()
}

fn room(name: &str) -> &str {
    name.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Tests may look at anything: `tests.rs`, `x_tests.rs`, and what stands in a folder of either name.
fn is_tests(name: &str) -> bool {
    name.trim_end_matches(".rs").split('/').any(|part| part == "tests" || part.ends_with("_tests"))
}

/// The program's own part: without the tests at the end of its file.
fn body(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests").next().unwrap()
}

/// Rooms named in `crate::room` or `paydesk::room` paths, grouped imports included, with their line.
fn rooms_used(text: &str) -> Vec<(usize, String)> {
    let code: String =
        body(text).lines().map(|line| line.split("//").next().unwrap().to_owned() + "\n").collect();
    let mut used = Vec::new();
    for start in ["crate::", "paydesk::"] {
        for (at, _) in code.match_indices(start) {
            let line = code[..at].matches('\n').count() + 1;
            let path = &code[at + start.len()..];
            let names = path.strip_prefix('{').map_or_else(|| vec![path], top_level_names);
            used.extend(names.into_iter().map(|name| {
                (line, name.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
            }));
        }
    }
    used
}

/// `a::{b, c}, d::e}…` → `a::{b, c}`, ` d::e`: what stands between the commas of the outermost braces.
fn top_level_names(group: &str) -> Vec<&str> {
    let (mut names, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(&group[from..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&group[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.trim().is_empty());
    names
}

#[test]
fn a_file_uses_only_the_layers_below_its_own() {
    let mut wrong = Vec::new();
    for file in sources() {
        let own = room(&file.name);
        if own == "lib" || is_tests(&file.name) {
            continue;
        }
        let height = LAYERS.iter().position(|layer| *layer == own);
        assert!(height.is_some() || own == "sandbox", "{} is in no layer: name it in LAYERS", file.name);
        for (line, used) in rooms_used(&file.text) {
            let allowed = match (own, used.as_str()) {
                (own, used) if own == used => true,
                ("sandbox", _) => false,
                ("cli" | "main", "sandbox") => true,
                (_, used) => {
                    LAYERS.iter().position(|layer| *layer == used).is_some_and(|at| Some(at) < height)
                }
            };
            if !allowed {
                wrong.push(format!("src/{}:{line} uses {used}", file.name));
            }
        }
    }
    assert!(wrong.is_empty(), "layers crossed:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let all = sources().into_iter().chain(files("tests/it", ""));
    let silent: Vec<_> = all.filter(|file| !file.text.starts_with("//!")).map(|file| file.name).collect();
    assert!(silent.is_empty(), "these files do not start with `//!`: {silent:?}");
}

/// Tests are counted like everything else: those that make a file too long stand beside it.
#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = sources()
        .into_iter()
        .chain(files("tests/it", ""))
        .filter(|file| file.text.lines().count() > LINES_MOST)
        .map(|file| file.name)
        .collect();
    assert!(long.is_empty(), "over {LINES_MOST} lines, split by meaning: {long:?}");
}

#[test]
fn exceptions_to_disallowed_methods_are_few_and_known() {
    let mut counted = BTreeMap::new();
    for file in sources() {
        let count = body(&file.text).matches("disallowed_methods").count();
        if count > 0 {
            counted.insert(file.name, count);
        }
    }
    insta::assert_debug_snapshot!(counted);
}

/// Changes leave by one call of one room: whatever else hands calls on only wraps a transport, or refuses to send a change.
#[test]
fn only_the_gate_sends_changes_and_takes_intents_in() {
    let told = |name: &str| {
        name.starts_with("simulator/")
            || is_tests(name)
            || name.ends_with("fake.rs")
            || name.ends_with("faulty.rs")
    };
    let uses = |call: &str| -> Vec<String> {
        let files = sources().into_iter().filter(|file| !told(&file.name) && body(&file.text).contains(call));
        files.map(|file| file.name).collect()
    };
    assert_eq!(
        uses(".attempt("),
        [
            "cli/wire.rs",
            "gate/attempts.rs",
            "gate/harmless.rs",
            "gate/line.rs",
            "runtime/log.rs",
            "stripe/read.rs"
        ]
    );
    assert_eq!(uses(".reserve("), ["gate/prepare.rs"]);
}
