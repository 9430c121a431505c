//! From one profile to another on the real program: a new desk on the other account, and nothing of the first one in it.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use paydesk::sandbox::Options;

use crate::harness::{command::Case, pty::Pty};

/// A key as `paydesk login` keeps it where there is no keyring.
fn keep(home: &Path, profile: &str, key: &str) {
    let data = home.join("data");
    fs::create_dir_all(data.join("keys")).unwrap();
    for folder in [data.clone(), data.join("keys")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let file = data.join("keys").join(profile);
    fs::write(&file, format!("{key}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn another_profile_is_another_desk() {
    let (one, two) = (Case::new(), Case::with(Options { seed: 8, ..Options::default() }));
    let home = one.home.path();
    let config = home.join("config.toml");
    let profile = |name: &str, agent: &str, base: &str| {
        format!("[profiles.{name}]\nagent = \"{agent}\"\napi_base = \"{base}\"\n")
    };
    let text = [
        "version = 1\n".to_owned(),
        profile("one", "maya", one.running.base_url()),
        profile("two", "lea", two.running.base_url()),
        profile("three", "sam", two.running.base_url()),
    ];
    fs::write(&config, text.concat()).unwrap();
    let keys = [one.running.secret_key(), two.running.secret_key()];
    keep(home, "one", keys[0]);
    keep(home, "two", keys[1]);
    let variables = [("TERM", "xterm-256color"), ("PAYDESK_CONFIG", config.to_str().unwrap())];
    let mut pty = Pty::start_with(home, (110, 30), "--profile one", &variables);
    pty.until_text("· maya");
    pty.press("ada@example.com");
    pty.until_text("▸ Ada Lovelace");
    pty.press("\r");
    pty.until_text("≈");
    pty.press("P");
    pty.until_text("─ Profiles ─");
    pty.until_text("· open");
    for said in ["three  ?", "no key is kept for it", "sandbox"] {
        assert!(pty.text().contains(said), "{said}:\n{}", pty.text());
    }
    pty.press("G");
    pty.until_text("▸two");
    pty.press("\r");
    pty.until("the other desk", |pty| pty.text().contains("· lea") && !pty.text().contains("maya"));
    assert!(!pty.text().contains('≈'), "{}", pty.text());
    pty.press("\t");
    pty.press("P");
    pty.until_text("▸two");
    pty.press("\x1b");
    pty.until("the desk", |pty| !pty.text().contains("─ Profiles ─"));
    pty.press("q");
    assert_eq!(pty.end().exit_code(), 0);
    let written = String::from_utf8_lossy(pty.bytes()).into_owned();
    assert!(keys.iter().all(|key| !written.contains(key)), "a key was shown");
    let bound = |name: &str| fs::read_to_string(home.join(format!("data/profiles/{name}.json"))).unwrap();
    assert!(bound("one") != bound("two"), "{} and {}", bound("one"), bound("two"));
}
