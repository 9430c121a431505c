//! A refund that is sent into a fault: on its way there, at Stripe, and on its way back.

use paydesk::ledger::IntentState::{Refused, Settled, Unknown, Withdrawn};

use super::*;

/// Without the seconds that are left.
fn how_it_waits(pty: &Pty) -> String {
    let told = told(pty);
    told.find("again in").map(|at| told[..at].to_owned() + "again in …\n").unwrap_or_default()
}

/// What was sent, or what was read before it: on a busy machine the facts are old by then, and are read once more.
fn what_it_could_not_reach(pty: &Pty) -> String {
    let told = told(pty);
    let at = told.find("could not reach").filter(|_| told.starts_with('✖'));
    at.map(|at| told[at..].to_owned()).unwrap_or_default()
}

/// Those that wait longest come first.
const ROWS: &[Row] = &[
    Row {
        at: short,
        ..row(
            "slower than its deadline",
            |s| s.sends_into("slow=60000@POST /v1/refunds"),
            "not known",
            &[Unknown],
        )
    },
    Row {
        at: short,
        ..row(
            "stalls after its head",
            |s| s.sends_into("stall=60000@POST /v1/refunds"),
            "refunded $20.00",
            &[Settled],
        )
    },
    row("20 MB", |s| s.sends_into("huge@POST /v1/refunds"), "refunded $20.00", &[Settled]),
    row(
        "a web page instead of an answer",
        |s| s.sends_into("html@POST /v1/refunds"),
        "not known",
        &[Unknown],
    ),
    row("lost on the way there", |s| s.sends_into("reset-before@POST /v1/refunds"), "not known", &[Unknown]),
    row(
        "lost on the way back",
        |s| s.sends_into("reset-after@POST /v1/refunds"),
        "refunded $20.00",
        &[Settled],
    ),
    row("a 500 that is kept for the key", |s| s.sends_into("500@POST /v1/refunds"), "not known", &[Unknown]),
    row(
        "a 500 although it was done",
        |s| s.sends_into("500-after@POST /v1/refunds"),
        "refunded $20.00",
        &[Settled],
    ),
    row("ends in the middle", |s| s.sends_into("truncated@POST /v1/refunds"), "refunded $20.00", &[Settled]),
    row("no JSON", |s| s.sends_into("garbage@POST /v1/refunds"), "refunded $20.00", &[Settled]),
    row("locked by somebody else", |s| s.sends_into("lock-timeout@POST /v1/refunds"), "refused", &[Refused]),
    row("too many requests", |s| s.sends_into("429=1@POST /v1/refunds"), "refused", &[Refused]),
    row("the key is in use", |s| s.sends_into("409@POST /v1/refunds#1-3"), "refunded $20.00", &[Settled]),
    row("the key has expired", |s| s.sends_into("401-expired@POST /v1/refunds"), "refused", &[Refused]),
    row(
        "unplugged before it is confirmed",
        |s| {
            s.refund();
            s.unplug();
            s.pty.press("\r");
        },
        "could not reach Stripe",
        &[],
    ),
    Row {
        at: held,
        ..row(
            "unplugged while it is held",
            |s| {
                s.hold();
                s.unplug();
            },
            "could not reach Stripe",
            &[Withdrawn],
        )
    },
    Row {
        at: || Place {
            sandbox: Options { restrict: "*:read".parse().unwrap(), ..Options::default() },
            restricted: true,
            ..usual()
        },
        ..row(
            "the key lacks the permission",
            |s| {
                s.refund();
                s.pty.press("\r");
            },
            "the key lacks the permission",
            &[Refused],
        )
    },
    Row {
        shows: what_it_could_not_reach,
        ..row(
            "unplugged before it is sent once more",
            |s| {
                s.sends_into("429=2@POST /v1/refunds");
                s.pty.until_text("again in");
                s.unplug();
            },
            "could not reach Stripe",
            &[Refused],
        )
    },
    Row {
        shows: how_it_waits,
        ..row("waits for its turn", |s| s.sends_into("429=2@POST /v1/refunds#1"), "again in", &[Settled])
    },
    Row {
        shows: how_it_waits,
        ..row("waits for its own key", |s| s.sends_into("409@POST /v1/refunds#1-3"), "again in", &[Settled])
    },
    row(
        "has waited for its turn",
        |s| {
            s.sends_into("429=3@POST /v1/refunds#1");
            s.pty.until_text("again in");
        },
        "refunded $20.00",
        &[Settled],
    ),
];

#[test]
fn what_is_told_in_a_real_terminal() {
    insta::assert_snapshot!(live_through_all(ROWS));
}
