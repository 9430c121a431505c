//! Somebody else was there first, the bank says no, or the state of an object bars it: what Stripe answers with 400 and 402.

use paydesk::ledger::IntentState::{Refused, Withdrawn};

use super::*;

/// Invoices may be changed, and a subscription may be ended at once.
const RULES: &str = "[invoices]\nchange = true\nmax_write_off = { usd = \"100.00\" }\n[subscriptions]\ncancel = [\"period_end\", \"now\"]\n";
/// Long enough for somebody else to come between, and shorter than facts stay fresh: after ten seconds they are read once more.
const WAITS: &str = "429=5@POST";

fn more() -> Place {
    Place { sandbox: Options { customers: 40, ..Options::default() }, rules: RULES, ..usual() }
}

fn more_held() -> Place {
    Place { settings: HELD, ..more() }
}

impl Sitting {
    /// The form that this key opens, with what it wants typed; one Enter confirms it.
    fn types(&mut self, key: &str, word: &str) {
        self.keys(&[
            (key, &format!("Type {word} to confirm")),
            ("\x1b[Z", "▸Type"),
            (word, &format!("[ {word} ")),
        ]);
    }

    /// The invoice that Edsger, whose card is refused, still owes.
    fn owed(&mut self) -> String {
        let edsger = self.id("/v1/customers?email=edsger@example.com");
        let invoice = self.id(&format!("/v1/invoices?status=open&customer={edsger}"));
        // Behind the preview of the next one, once both are there.
        self.keys(&[
            ("edsger@", "Edsger Dijk"),
            ("\r", "◌ preview"),
            ("4", "written off"),
            ("gj", "p collect  w write"),
        ]);
        format!("/v1/invoices/{invoice}")
    }

    /// Grace's only plan.
    fn plan(&mut self) -> String {
        let grace = self.id("/v1/customers?email=grace@example.com");
        self.keys(&[("grace@", "Grace Hopper"), ("\r", "● Pro "), ("3", "x cancel")]);
        format!("/v1/subscriptions/{}", self.id(&format!("/v1/subscriptions?customer={grace}")))
    }

    /// Sent, and waiting for its turn: whatever was looked at before is behind it.
    fn waits(&mut self, path: &str) {
        self.case.faults(&format!("{WAITS} {path}#1"));
        self.keys(&[("\r", "again in")]);
    }
}

const ROWS: &[Row] = &[
    Row {
        at: held,
        ..row(
            "refunded while it is held",
            |s| {
                s.hold();
                s.elsewhere("POST", "/v1/refunds", &format!("charge={}&amount=1000", s.charge()));
            },
            "nothing was sent",
            &[Withdrawn],
        )
    },
    row(
        "refunded right before it is sent",
        |s| {
            s.refund();
            s.waits("/v1/refunds");
            s.elsewhere("POST", "/v1/refunds", &format!("charge={}", s.charge()));
        },
        "refused",
        &[Refused],
    ),
    row(
        "refunded in part right before it is sent",
        |s| {
            s.refund();
            s.waits("/v1/refunds");
            s.elsewhere("POST", "/v1/refunds", &format!("charge={}&amount=9000", s.charge()));
        },
        "refused",
        &[Refused],
    ),
    row(
        "a disputed charge",
        |s| {
            s.ada();
            s.keys(&[("2", "r refund"), ("jj", "r refund"), ("r", "refunds.disputed")]);
        },
        "refunds.disputed",
        &[],
    ),
    Row {
        at: more_held,
        ..row(
            "cancelled while its end is held",
            |s| {
                let plan = s.plan();
                s.types("x", "Pro");
                s.keys(&[("\r", "takes it back")]);
                s.elsewhere("DELETE", &plan, "");
            },
            "nothing was sent",
            &[Withdrawn],
        )
    },
    Row {
        at: more,
        ..row(
            "cancelled right before its end is sent",
            |s| {
                let plan = s.plan();
                s.types("x", "Pro");
                s.waits(&plan);
                s.elsewhere("DELETE", &plan, "");
            },
            "refused",
            &[Refused],
        )
    },
    Row {
        at: more,
        shows: |pty| lines(&boxed(pty, "Void invoice"), "changed since"),
        ..row(
            "void before its voiding is confirmed",
            |s| {
                let invoice = s.owed();
                s.types("v", "49.00");
                s.elsewhere("POST", &format!("{invoice}/void"), "");
                s.pty.press("\r");
            },
            "open → void",
            &[],
        )
    },
    Row {
        at: more_held,
        ..row(
            "void while its payment is held",
            |s| {
                let invoice = s.owed();
                s.types("p", "49.00");
                s.keys(&[("\r", "takes it back")]);
                s.elsewhere("POST", &format!("{invoice}/void"), "");
            },
            "nothing was sent",
            &[Withdrawn],
        )
    },
    Row {
        at: more,
        ..row(
            "void right before its payment is sent",
            |s| {
                let invoice = s.owed();
                s.types("p", "49.00");
                s.waits(&format!("{invoice}/pay"));
                s.elsewhere("POST", &format!("{invoice}/void"), "");
            },
            "refused",
            &[Refused],
        )
    },
    Row {
        at: more,
        ..row(
            "the bank says no",
            |s| {
                s.owed();
                s.types("p", "49.00");
                s.pty.press("\r");
            },
            "declined",
            &[Refused],
        )
    },
];

#[test]
fn what_is_told_when_something_else_was_first() {
    insta::assert_snapshot!(live_through_all(ROWS));
}
