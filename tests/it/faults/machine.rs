//! The real binary on a machine that fails: its disk, its folder, its ledger, its clock, its rules, its terminal. Nothing is
//! changed that cannot be recorded, reading goes on, and what is damaged stays as it was found.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::Command,
};

use paydesk::sandbox::{Clock, Options};

use crate::harness::{
    command::{Case, said},
    pty::Pty,
    sitting::{desk, desk_with, form, refunds_sent},
};

/// An agent who is nobody else on this machine, where the tests may do everything.
pub(super) const NOBODY: u32 = 65_534;

pub(super) fn ledger(case: &Case) -> PathBuf {
    case.home.path().join("data/ledger.sqlite3")
}

/// A case whose folder holds a ledger with a refund in it.
fn used() -> Case {
    let case = Case::new();
    let charge = case.charge(4_900);
    let line = format!("run refund_charge charge={charge} amount=1 reason=duplicate");
    assert_eq!(case.run(&line).0, 0);
    case.running.forget_requests();
    case
}

fn leave(mut pty: Pty) {
    pty.press("\x1b");
    pty.listen_for(std::time::Duration::from_millis(150));
    pty.signal("TERM");
    assert_eq!(pty.end().exit_code(), 0);
}

/// What stands in the window over the desk, as one line.
fn in_the_form(pty: &Pty) -> String {
    let text = pty.text();
    let pieces = text.lines().filter_map(|line| line.split('│').nth(2));
    pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// The lines that say it, with this run's folder as `HOME`.
fn lines(case: &Case, text: &str, words: &[&str]) -> String {
    let home = case.home.path().to_str().unwrap();
    let says = |line: &&str| words.iter().any(|word| line.contains(word));
    text.lines().filter(says).map(|line| line.trim().replace(home, "HOME") + "\n").collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_changes_and_nothing_else() {
    let case = used();
    let mut pty = desk(&case);
    form(&mut pty, "20");
    let limit = |most: &str| {
        let pid = pty.pid().to_string();
        let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={most}:")]).status();
        assert!(set.unwrap().success(), "prlimit");
    };
    // No file grows any more.
    limit("1");
    pty.press("\r");
    pty.until_text("then try again");
    let said = in_the_form(&pty).replace(case.home.path().to_str().unwrap(), "HOME");
    let from = said.find("it cannot be recorded").unwrap_or_else(|| panic!("{said}"));
    let until = said.find("then try again").unwrap_or_else(|| panic!("{said}"));
    insta::assert_snapshot!("full_disk", &said[from..until + "then try again".len()]);
    assert_eq!(refunds_sent(&case), 0);
    pty.press("\x1b");
    pty.until("the form is closed", |pty| !pty.text().contains("left to refund"));
    pty.press("/\x15grace@");
    pty.until_text("Grace Hopper");
    leave(pty);
    assert_eq!(case.run("audit verify").0, 0);
}

/// What makes a ledger unusable.
type Spoil = fn(&Path);

#[test]
fn a_ledger_that_cannot_be_used_is_left_as_it_is_and_reading_goes_on() {
    let rows: [(&str, Spoil); 3] = [
        ("overwritten", |path| {
            fs::write(path, "somebody's notes\n".repeat(1_000)).unwrap();
        }),
        ("cut_short", |path| {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(5_000).unwrap();
        }),
        ("of_a_newer_version", |path| {
            let other = rusqlite::Connection::open(path).unwrap();
            other.pragma_update(None, "user_version", 99).unwrap();
        }),
    ];
    for (name, spoil) in rows {
        let case = used();
        let charge = case.charge(4_900);
        case.running.forget_requests();
        spoil(&ledger(&case));
        let before = fs::read(ledger(&case)).unwrap();
        let (code, found, noted) = case.run("find ada@example.com");
        assert_eq!(code, 0, "{name}: {noted}");
        assert!(found.contains("Ada Lovelace"), "{name}: {found}");
        let line = format!("run refund_charge charge={charge} amount=1 reason=duplicate --yes");
        let (code, _, refused) = case.run(&line);
        assert_ne!(code, 0, "{name}");
        let words = ["nothing is changed", "nothing was sent"];
        insta::assert_snapshot!(
            format!("ledger_{name}"),
            lines(&case, &format!("find: {noted}\nrun: {refused}"), &words)
        );
        let mut pty = desk(&case);
        pty.until_text("READ-ONLY");
        pty.press("ada@\r");
        pty.until_text("Subscription update");
        leave(pty);
        assert_eq!(refunds_sent(&case), 0, "{name}");
        assert_eq!(fs::read(ledger(&case)).unwrap(), before, "{name}: the file was touched");
    }
}

pub(super) fn give_away(path: &Path, owner: u32) {
    chown(path, Some(owner), Some(owner)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path(), owner);
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_stops_changes_and_nothing_else() {
    let case = used();
    let charge = case.charge(4_900);
    case.running.forget_requests();
    let data = case.home.path().join("data");
    let all = fs::metadata(&data).unwrap().uid() == 0;
    if all {
        give_away(case.home.path(), NOBODY);
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
    let run = |line: &str| {
        let mut command = case.command(line);
        // Who may do everything may write everywhere: somebody else is asked.
        if all {
            command.uid(NOBODY).gid(NOBODY);
        }
        said(command.output().unwrap())
    };
    let (code, found, noted) = run("find ada@example.com");
    assert!(code == 0 && found.contains("Ada Lovelace"), "{noted}");
    let (code, _, refused) =
        run(&format!("run refund_charge charge={charge} amount=1 reason=duplicate --yes"));
    assert_ne!(code, 0);
    let words = ["nothing is changed", "nothing was sent"];
    insta::assert_snapshot!(
        "folder_that_cannot_be_written",
        lines(&case, &format!("find: {noted}\nrun: {refused}"), &words)
    );
    assert_eq!(refunds_sent(&case), 0);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_clock_that_is_wrong_is_said() {
    for (shift_s, says) in
        [(3_600, "clock 60 min behind Stripe's"), (-3_600, "clock 60 min ahead of Stripe's")]
    {
        let clock = Clock::real();
        clock.shift(shift_s);
        let case = Case::with(Options { clock, ..Options::default() });
        let mut pty = desk(&case);
        pty.press("ada@\r");
        pty.until("the clock", |pty| pty.text().replace("59 min", "60 min").contains(says));
        leave(pty);
    }
}

#[test]
fn rules_that_are_edited_while_the_desk_is_open_hold_at_once_and_broken_ones_close_it() {
    let case = Case::new();
    let file = case.home.path().join("policy.toml");
    let rules = |most: &str| {
        format!(
            "version = 1\n[refunds]\nmax = {{ usd = \"{most}\" }}\nautomatic = {{ usd = \"{most}\" }}\nreason = \"required\"\n"
        )
    };
    fs::write(&file, rules("50.00")).unwrap();
    let mut pty = desk(&case);
    form(&mut pty, "20");
    fs::write(&file, rules("10.00")).unwrap();
    pty.until_text("$10.00");
    fs::write(&file, "version = 1\n[refunds\n").unwrap();
    pty.until_text("READ-ONLY");
    pty.until("line and column", |pty| in_the_form(pty).contains("policy.toml:2:9"));
    assert!(in_the_form(&pty).contains("the policy does not load:"), "{}", pty.text());
    pty.press("\r\r");
    pty.listen_for(std::time::Duration::from_millis(300));
    assert_eq!(refunds_sent(&case), 0);
    fs::write(&file, rules("50.00")).unwrap();
    pty.until("open again", |pty| !pty.text().contains("READ-ONLY"));
    leave(pty);
}

#[test]
fn told_from_outside_to_stop_it_gives_the_terminal_back_and_goes_on() {
    let case = Case::new();
    let mut pty = desk(&case);
    pty.until_text("SANDBOX");
    pty.signal("TSTP");
    pty.until("stopped, the screen given back", |pty| pty.stopped() && !pty.screen().alternate_screen());
    pty.assert_given_back();
    pty.signal("CONT");
    pty.until("taken again", |pty| pty.is_taken() && pty.text().contains("SANDBOX"));
    leave(pty);
}

#[test]
fn a_terminal_without_unicode_is_told_so() {
    for locale in ["C", "en_US.ISO-8859-1"] {
        let case = Case::new();
        let mut pty = desk_with(&case, &[("LANG", locale)]);
        pty.until_text(&format!("the locale is {locale}: boxes and names need UTF-8"));
        leave(pty);
    }
}

#[test]
fn without_anything_to_read_from_it_says_what_works_there() {
    let case = Case::new();
    let mut command = case.command("");
    let (code, out, err) = said(command.stdin(std::process::Stdio::null()).output().unwrap());
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("the desk needs a terminal") && err.contains("paydesk find"), "{err}");
}

#[test]
fn a_million_pasted_bytes_and_an_enter_that_is_held_confirm_once_at_most() {
    let case = Case::new();
    let mut pty = desk(&case);
    pty.until_text("SANDBOX");
    pty.press(&format!("\x1b[200~{}\x1b[201~", "25.00\r\n".repeat(150_000)));
    pty.press("\x15");
    form(&mut pty, "20");
    // Pasted into the form: neither its lines nor its end confirm anything.
    pty.press("\x1b[200~\r\n\r\n20\r\n\x1b[201~");
    pty.press("\x15");
    pty.press("20");
    pty.until_text("Enter refunds $20.00");
    assert!(!pty.text().contains("refunding"), "{}", pty.text());
    pty.press(&"\r".repeat(200));
    pty.until_text("refunding $20.00 to Ada");
    pty.until("it is sent", |_| refunds_sent(&case) > 0);
    pty.until_text("refunded $20.00");
    leave(pty);
    assert_eq!(refunds_sent(&case), 1);
}

#[test]
fn where_nobody_answers_it_is_said_that_nothing_was_sent() {
    let case = used();
    let charge = case.charge(4_900);
    let line = format!("run refund_charge charge={charge} amount=1 reason=duplicate --yes");
    for (name, base, says) in [
        ("refused", "http://127.0.0.1:1", "could not reach Stripe (Connection refused"),
        ("no such name", "https://stripe.invalid", "could not reach Stripe (its name could not be looked up"),
    ] {
        for line in [line.as_str(), "find ada@example.com"] {
            let mut command = case.command(line);
            let (code, out, err) = said(command.env("STRIPE_API_BASE", base).output().unwrap());
            assert_eq!((code, out.as_str()), (8, ""), "{name}: {err}");
            assert!(err.contains(says) && err.contains("nothing was changed"), "{name}: {err}");
            assert!(err.contains("look at the network"), "{name}: {err}");
        }
    }
    assert_eq!(case.json("pending").1["result"].as_array().map(Vec::len), Some(0));
}
