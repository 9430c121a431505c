//! Completion and the manual page, as a shell gets them from the real binary.

use std::process::Command;

use paydesk::actions;

use crate::harness::command::said;

fn paydesk(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paydesk"));
    command.args(arguments).env_clear();
    command
}

/// What a shell shows when it asks for the last of these words.
fn asked(shell: &str, words: &[&str]) -> Vec<String> {
    let index = (words.len() - 1).to_string();
    let mut command = paydesk(&["--"]);
    command
        .args(words)
        .env("PAYDESK_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", index)
        .env("_CLAP_IFS", "\n");
    let (code, out, err) = said(command.output().unwrap());
    assert_eq!(code, 0, "{err}");
    // Zsh and fish have a word about each behind it.
    out.lines().map(|line| line.split(['\t', ':']).next().unwrap().to_owned()).collect()
}

#[test]
fn every_shell_is_told_the_actions_and_what_they_take() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, err) = said(paydesk(&["completions", shell]).output().unwrap());
        assert!(code == 0 && script.contains("PAYDESK_COMPLETE") && err.is_empty(), "{shell}: {script}{err}");
        let names = asked(shell, &["paydesk", "run", ""]);
        for action in actions::all() {
            assert!(names.iter().any(|name| name == action.name), "{shell}: {} in {names:?}", action.name);
        }
        assert_eq!(asked(shell, &["paydesk", "run", "refund_ch"]), ["refund_charge"], "{shell}");
        assert_eq!(asked(shell, &["paydesk", "run", "refund_charge", "am"]), ["amount="], "{shell}");
        assert_eq!(asked(shell, &["paydesk", "run", "refund_charge", "reason=d"]), ["reason=duplicate"]);
        assert_eq!(asked(shell, &["paydesk", "aud"]), ["audit"], "{shell}");
    }
    let (code, _, err) = said(paydesk(&["completions", "tcsh"]).output().unwrap());
    assert!(code == 2 && err.contains("bash, zsh, fish"), "{err}");
}

/// As bash itself does it: it parts words at `=`, and replaces only what stands behind.
#[cfg(unix)]
#[test]
fn bash_completes_a_value_behind_its_name() {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_paydesk"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let completed = |line: &str| {
        let script = r#"
            source <(paydesk completions bash)
            COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
            _paydesk_whole_words paydesk "" ""
            printf '%s\n' "${COMPREPLY[@]}"
        "#;
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", script, "bash", line]).env_clear().env("PATH", &path);
        said(bash.output().unwrap()).1.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(completed("paydesk run refund_charge reason=d"), ["duplicate"]);
    assert_eq!(completed("paydesk run refund_charge charge=ch_1 am"), ["amount="]);
    assert_eq!(completed("paydesk run refund_ch"), ["refund_charge"]);
    let all = completed("paydesk run refund_charge ");
    assert!(all.contains(&"charge=".to_owned()) && all.contains(&"note=".to_owned()), "{all:?}");
}

#[test]
fn the_manual_page_is_one() {
    let (code, page, err) = said(paydesk(&["man"]).output().unwrap());
    assert!(code == 0 && err.is_empty(), "{err}");
    for heading in ["NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "ACTIONS", "\"EXIT STATUS\"", "ENVIRONMENT"] {
        assert_eq!(page.matches(&format!(".SH {heading}\n")).count(), 1, "{heading}\n{page}");
    }
}
