//! `paydesk config` with the real binary: the example written, what is in force with its source, the path.

use std::path::Path;

use crate::harness::command::{Case, said};

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn init_writes_the_example_once() {
    let case = Case::new();
    let path = case.home.path().join("new/config.toml");
    let line = format!("config init --config {}", path.display());
    let (code, out, err) = case.run(&line);
    assert_eq!((code, out), (0, format!("wrote {}\n", path.display())), "{err}");
    assert_eq!(text(&path), include_str!("../../config.example.toml"));
    // What is there is left alone, and said to be.
    std::fs::write(&path, "version = 1 # mine\n").unwrap();
    let (code, _, err) = case.run(&line);
    assert!(
        code == 7 && err.contains("is there already") && err.contains(&path.display().to_string()),
        "{err}"
    );
    assert_eq!(text(&path), "version = 1 # mine\n");
    // The example is a file to work with.
    assert_eq!(case.run(&format!("find ada@example.com --config {}", path.display())).0, 0);
}

#[test]
fn path_tells_where_it_would_be_and_whether_it_is() {
    let case = Case::new();
    let path = case.home.path().join("nowhere.toml");
    let line = format!("config path --config {}", path.display());
    assert_eq!(case.run(&line), (0, format!("{}\n", path.display()), String::new()));
    let (code, said) = case.json(&line);
    assert_eq!((code, &said["result"]["exists"]), (0, &false.into()), "{said}");
    let (_, known) = case.json("config path");
    assert_eq!(
        (&known["result"]["exists"], &known["result"]["source"]),
        (&true.into(), &"PAYDESK_CONFIG".into())
    );
    // A file that does not load has a path all the same.
    std::fs::write(&path, "nonsense").unwrap();
    assert_eq!(case.run(&line).0, 0);
}

#[test]
fn show_names_the_source_of_each_setting_as_it_is_written() {
    let case = Case::new();
    std::fs::write(case.home.path().join("config.toml"), "version = 1\n[desk]\nundo_seconds = 3\n").unwrap();
    let data = case.home.path().join("elsewhere");
    let (code, out, err) = case.run(&format!("config show --data-dir {} --color never", data.display()));
    assert_eq!(code, 0, "{err}");
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0], ["Setting", "Value", "From"]);
    let row =
        |name: &str| rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no {name}: {out}"));
    assert_eq!(row("data_dir")[1..], [&*data.display().to_string(), "--data-dir"]);
    assert_eq!(row("color")[1..], ["never", "--color"]);
    assert_eq!(row("agent")[1..], ["maya", "PAYDESK_AGENT"]);
    assert!(row("undo_seconds")[1] == "3" && row("undo_seconds")[2].contains("config.toml"), "{out}");
    assert_eq!(row("profile")[2], "default");
    assert!(row("key")[1].starts_with("sk_test_…") && row("key")[2] == "STRIPE_API_KEY", "{out}");
    assert!(!out.contains(case.running.secret_key()), "the key is masked");
    let (_, shown) = case.json("config show");
    assert_eq!(shown["result"].as_array().unwrap().len() + 1, rows.len());
}

/// What a source file needs to break its lines is not for whoever reads the help.
#[test]
fn no_help_shows_an_escape_of_its_source() {
    let case = Case::new();
    let (_, all, _) = case.run("--help");
    let commands = all.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
    // What is told of one goes on in lines that are set in further.
    let names: Vec<_> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() > 15, "{all}");
    for name in names {
        let (code, help, _) = case.run(&format!("{name} --help"));
        assert_eq!(code, 0, "{name}");
        assert!(!help.contains("\\n") && !help.lines().any(|line| line.ends_with('\\')), "{name}: {help}");
    }
}

#[test]
fn a_wrong_flag_suggests_nothing_that_is_hidden() {
    let case = Case::new();
    for line in ["demo --frobnicate", "demo --panic-aftre 3", "demo --recrod x", "--recrod x"] {
        let (code, _, err) = said(case.command(line).output().unwrap());
        assert!(code == 2 && err.contains("unexpected argument"), "{line}: {err}");
        assert!(!err.contains("--panic-after") && !err.contains("--record"), "{line}: {err}");
    }
    let (_, _, err) = case.run("demo --latncy 3");
    assert!(err.contains("--latency"), "{err}");
}
