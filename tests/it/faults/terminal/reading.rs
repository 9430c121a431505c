//! What is read comes late, broken, without leave, or with anything in it: the rest of the desk stays.

use paydesk::sandbox::Faults;

use super::*;
use crate::harness::strangers::{self, Spoils};

/// For what never comes; everything else has as long.
const SOON: &str = "undo_seconds = 0\n[network]\nread_seconds = 2";

fn soon() -> Place {
    Place { settings: SOON, ..usual() }
}

fn of_key(permissions: &str) -> Place {
    let sandbox = Options { restrict: permissions.parse().unwrap(), ..Options::default() };
    Place { sandbox, restricted: true, ..usual() }
}

/// Right of the customers.
const DESK: u16 = 37;

/// The edges of the invoices once nothing is read any more, with everything else beside them.
fn invoices(pty: &Pty) -> String {
    let beside = ["Ada Lovelace", "Subscription update", "Growth"];
    let whole = beside.iter().all(|word| pty.text().contains(word));
    if rests(pty) && whole { edges(pty, "4 Invoices") + &told(pty) } else { String::new() }
}

/// Who it is.
fn head(pty: &Pty) -> String {
    let rows = pty.screen().rows(DESK, pty.screen().size().1 - DESK).skip(1);
    rows.take_while(|row| !row.contains("2 Charges")).map(|row| plain(&row)).collect()
}

impl Sitting {
    /// Ada's desk, while her invoices fail so.
    fn reads_into(&mut self, fault: &str) {
        self.case.faults(&format!("{fault}@GET /v1/invoices"));
        self.ada();
        self.keys(&[("4", "Growth"), ("", "◌ preview")]);
        self.pty.until("nothing else is read", |pty| {
            let text = pty.text();
            text.lines()
                .last()
                .and_then(|last| last.split('◌').nth(1))
                .is_none_or(|runs| runs.trim() == "invoices")
        });
    }

    /// Somebody's desk, by their id: names may be anything.
    fn opens(&mut self, id: &str) {
        self.keys(&[(id, "1 Customers ─ 1"), ("\r", "2 Charges ─")]);
    }

    fn opens_ada(&mut self) {
        let id = self.id("/v1/customers?email=ada@example.com");
        self.opens(&id);
    }
}

fn among(spoils: fn(&str) -> String) -> Place {
    Place { through: Some(spoils), ..usual() }
}

const ROWS: &[Row] = &[
    Row {
        at: soon,
        shows: invoices,
        ..row("slower than its deadline", |s| s.reads_into("slow=60000"), "✖", &[])
    },
    Row {
        at: soon,
        shows: invoices,
        ..row("stalls after its head", |s| s.reads_into("stall=60000"), "✖", &[])
    },
    Row {
        shows: |pty| edges(pty, "4 Invoices"),
        ..row("a byte at a time", |s| s.reads_into("drip=60000"), "◌ reading", &[])
    },
    Row {
        shows: |pty| lines(&pty.text(), "give it up").split('◌').take(1).map(plain).collect(),
        ..row(
            "what runs can be given up",
            |s| {
                s.reads_into("drip=60000");
                s.keys(&[("T", "x give it up")]);
            },
            "give it up",
            &[],
        )
    },
    Row {
        shows: invoices,
        ..row(
            "given up",
            |s| {
                s.reads_into("drip=60000");
                s.keys(&[("T", "x give it up"), ("x", "nothing runs")]);
                s.pty.press("\x1b");
            },
            "4 Invoices",
            &[],
        )
    },
    Row { shows: invoices, ..row("20 MB", |s| s.reads_into("huge"), "✖", &[]) },
    Row { shows: invoices, ..row("ends in the middle", |s| s.reads_into("truncated"), "✖", &[]) },
    Row { shows: invoices, ..row("no JSON", |s| s.reads_into("garbage"), "✖", &[]) },
    Row { shows: invoices, ..row("a web page instead of an answer", |s| s.reads_into("html"), "✖", &[]) },
    Row { shows: invoices, ..row("too many requests", |s| s.reads_into("429=1"), "✖", &[]) },
    Row {
        at: || of_key("*:read,invoice:none"),
        shows: |pty| boxed(pty, "4 Invoices"),
        ..row("a permission is missing", Sitting::ada, "rak_invoice_read", &[])
    },
    Row {
        shows: invoices,
        ..row(
            "the key is revoked while in use",
            |s| {
                s.ada();
                s.keys(&[("4", "◌ preview"), ("2", "Growth")]);
                s.case.faults("401-expired");
                s.pty.press("\x12");
            },
            "log in again",
            &[],
        )
    },
    Row {
        shows: invoices,
        ..row(
            "the key is taken again",
            |s| {
                s.ada();
                s.keys(&[("4", "◌ preview"), ("2", "Growth")]);
                s.case.faults("401-expired");
                s.keys(&[("\x12", "log in again")]);
                s.case.running.set_faults(Faults::default());
                s.pty.until("nothing is read any more", rests);
                s.pty.press("\x12");
                s.pty.until("read again", |pty| !pty.text().contains("log in again"));
            },
            "4 Invoices ─ 14",
            &[],
        )
    },
    Row {
        shows: |pty| boxed_at_rest(pty, "1 Customers"),
        ..row(
            "unplugged",
            |s| {
                s.pty.until_text("SANDBOX");
                s.unplug();
                // Not among those whose names were read already.
                s.pty.press("nobody@example.com");
            },
            "could not reach Stripe",
            &[],
        )
    },
    Row {
        at: || Place { sandbox: Options { customers: 60, ..Options::default() }, ..usual() },
        // What they paid is another sum on another day.
        shows: |pty| head(pty).lines().take(2).flat_map(|row| [row, "\n"]).collect(),
        ..row(
            "the customer is deleted",
            |s| {
                let id = s.case.deleted();
                s.opens(&id);
            },
            "deleted",
            &[],
        )
    },
    Row {
        at: || among(|base| strangers::before(base, Spoils::Words)),
        // Of the charges the newest: the others have a number behind what strangers wrote.
        shows: |pty| {
            head(pty).lines().take(1).collect::<String>()
                + "\n"
                + &lines(&boxed_at_rest(pty, "2 Charges"), "▸")
        },
        ..row("strangers wrote every text", Sitting::opens_ada, "=cmd", &[])
    },
    Row {
        at: || among(|base| strangers::before(base, Spoils::Nulls)),
        shows: |pty| boxed_at_rest(pty, "2 Charges"),
        ..row("nothing but nulls", Sitting::opens_ada, "2 Charges ─ 15", &[])
    },
    Row {
        at: || among(|base| strangers::before(base, Spoils::Gone)),
        shows: |pty| boxed_at_rest(pty, "2 Charges"),
        ..row("nothing but what it is found by", Sitting::opens_ada, "2 Charges ─ 15", &[])
    },
    Row {
        at: || among(|base| strangers::before(base, Spoils::Unknown)),
        shows: |pty| boxed_at_rest(pty, "2 Charges"),
        ..row("words of a version to come", Sitting::opens_ada, "_in_part", &[])
    },
];

#[test]
fn what_is_told_when_reading_fails() {
    insta::assert_snapshot!(live_through_all(ROWS));
}
