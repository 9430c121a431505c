//! What an agent sees of each fault: the whole screen, while the real client, gate and ledger meet it over real sockets. What is
//! true afterwards is the same for every row: one refund at most, a whole trail, and a budget that fits.

use paydesk::{
    desk::Message,
    ledger::IntentState::{self, Refused, Settled, Unknown, Withdrawn},
    policy::Policy,
    stripe::Deadlines,
};
use tokio::sync::oneshot;

use super::*;
use crate::harness::{
    desk::{Desk, Options, desk},
    strangers::{self, Spoils},
};

/// Long enough for a debug build, and short enough to wait for.
const PATIENT: Deadlines = Deadlines { connect_s: 2, read_s: 2, write_s: 2 };

struct Row {
    /// Of the snapshot.
    name: &'static str,
    options: fn() -> Options,
    /// From the opened desk to what is seen.
    story: fn(&mut Desk),
    /// How the intents stand then.
    stand: &'static [IntentState],
}

const fn row(name: &'static str, story: fn(&mut Desk), stand: &'static [IntentState]) -> Row {
    Row { name, options: soon, story, stand }
}

fn soon() -> Options {
    Options { deadlines: SOON, ..Options::default() }
}

fn patient() -> Options {
    Options { deadlines: PATIENT, ..Options::default() }
}

/// What comes in the end, however busy the machine is.
fn unhurried() -> Options {
    Options::default()
}

/// A refund that can be taken back for five seconds, then meets the fault.
fn struck(desk: &mut Desk, fault: &str) {
    hold(desk);
    desk.faults(fault).after_ms(5_000);
}

fn ada(desk: &mut Desk) {
    desk.press("ada@").settle().press("<enter>").settle();
}

fn rules(text: &str) -> Result<Policy, paydesk::policy::PolicyError> {
    Policy::parse(&format!("version = 1\n{text}"), "policy.toml")
}

/// What is asked of Stripe, and how the way there fails.
const LINE: &[Row] = &[
    row(
        "unreachable_while_it_is_held",
        |desk| {
            hold(desk);
            desk.unplug();
            desk.after_ms(5_000);
        },
        &[Withdrawn],
    ),
    row(
        "unreachable_while_reading",
        |desk| {
            desk.unplug();
            ada(desk);
        },
        &[],
    ),
    row("lost_on_the_way_back", |desk| struck(desk, "reset-after@POST /v1/refunds#*"), &[Settled]),
    row(
        "lost_and_not_to_be_looked_up",
        |desk| {
            struck(desk, "reset-before@POST /v1/refunds#*,reset-before@GET /v1/refunds#2+");
            // Nothing here invites to do it once more.
            desk.sees_not("try again");
        },
        &[Unknown],
    ),
    row("lost_on_the_way_there", |desk| struck(desk, "reset-before@POST /v1/refunds#*"), &[Unknown]),
    row(
        "lost_and_then_looked_up",
        |desk| {
            struck(desk, "reset-before@POST /v1/refunds#*");
            desk.no_faults().press("<esc>T").settle().press("r").settle().press("<esc>").settle();
        },
        &[Settled],
    ),
    row("a_500_that_is_kept_for_the_key", |desk| struck(desk, "500@POST /v1/refunds#*"), &[Unknown]),
    row("a_web_page_instead_of_an_answer", |desk| struck(desk, "html@POST /v1/refunds#*"), &[Unknown]),
    Row {
        options: unhurried,
        ..row("an_answer_of_20_mb_to_a_change", |desk| struck(desk, "huge@POST /v1/refunds#*"), &[Settled])
    },
    Row {
        options: unhurried,
        ..row(
            "an_answer_of_20_mb_to_a_read",
            |desk| {
                desk.faults("huge@GET /v1/charges");
                ada(desk);
            },
            &[],
        )
    },
    Row {
        options: patient,
        ..row(
            "a_byte_at_a_time",
            |desk| {
                desk.faults("drip=900@GET /v1/invoices");
                ada(desk);
            },
            &[],
        )
    },
    row("an_answer_that_ends_in_the_middle", |desk| struck(desk, "truncated@POST /v1/refunds#*"), &[Settled]),
    row("an_answer_that_is_no_json", |desk| struck(desk, "garbage@POST /v1/refunds#*"), &[Settled]),
    row(
        "an_answer_that_stalls_after_its_head",
        |desk| struck(desk, "stall=60000@POST /v1/refunds#*"),
        &[Settled],
    ),
    row("slower_than_its_deadline", |desk| struck(desk, "slow=60000@POST /v1/refunds#*"), &[Unknown]),
    Row {
        options: patient,
        ..row(
            "reads_slower_than_their_deadline",
            |desk| {
                desk.faults("slow=60000@GET /v1/invoices");
                ada(desk);
            },
            &[],
        )
    },
    row(
        "a_page_that_ends_in_the_middle",
        |desk| {
            desk.faults("truncated@GET /v1/charges#*");
            ada(desk);
        },
        &[],
    ),
    row("locked_by_somebody_else", |desk| struck(desk, "lock-timeout@POST /v1/refunds#*"), &[Refused]),
    row("too_many_requests", |desk| struck(desk, "429@POST /v1/refunds#*"), &[Refused]),
    row("the_key_has_expired", |desk| struck(desk, "401-expired@POST /v1/refunds"), &[Refused]),
    row(
        "the_key_is_revoked_while_in_use",
        |desk| {
            ada(desk);
            desk.faults("401-expired").press("<c-r>").settle();
        },
        &[],
    ),
    Row {
        name: "a_permission_is_missing",
        options: || Options { restrict: Some("*:read"), ..soon() },
        story: |desk| {
            hold(desk);
            desk.after_ms(5_000);
        },
        stand: &[Refused],
    },
];

/// What somebody else does to the object meanwhile, and Stripe's answer to it.
const ELSEWHERE: &[Row] = &[
    row(
        "refunded_elsewhere_right_before_it_is_sent",
        |desk| {
            let charge = hold(desk);
            desk.meanwhile("POST", "/v1/refunds", &format!("charge={charge}&amount=9900"));
            desk.faults("429@POST /v1/refunds#1").after_ms(5_000);
        },
        &[Refused],
    ),
    row(
        "refunded_elsewhere_while_it_is_held",
        |desk| {
            let charge = hold(desk);
            desk.elsewhere("POST", "/v1/refunds", &format!("charge={charge}&amount=1000"));
            desk.after_ms(5_000);
        },
        &[Withdrawn],
    ),
    row(
        "cancelled_elsewhere_while_it_is_held",
        |desk| {
            let subscription = cancel(desk);
            desk.elsewhere("DELETE", &format!("/v1/subscriptions/{subscription}"), "");
            desk.after_ms(5_000);
        },
        &[Withdrawn],
    ),
    row(
        "cancelled_elsewhere_right_before_it_is_sent",
        |desk| {
            let subscription = cancel(desk);
            let path = format!("/v1/subscriptions/{subscription}");
            desk.meanwhile("DELETE", &path, "");
            desk.faults(&format!("429@POST {path}#1")).after_ms(5_000);
        },
        &[Refused],
    ),
    Row {
        options: || Options { customers: 60, ..soon() },
        ..row(
            "the_customer_is_deleted",
            |desk| {
                let id = deleted(desk);
                desk.press(&format!("{id}<enter>")).settle();
            },
            &[],
        )
    },
    Row {
        name: "strangers_wrote_every_text",
        options: || Options { through: Some(|base| strangers::before(base, Spoils::Words)), ..soon() },
        story: |desk| {
            let found = desk.elsewhere("GET", "/v1/customers?email=ada@example.com", "");
            let id = found["data"][0]["id"].as_str().unwrap().to_owned();
            desk.press(&format!("{id}<enter>")).settle();
        },
        stand: &[],
    },
];

/// Somebody who has charges and was deleted.
fn deleted(desk: &Desk) -> String {
    let mut after = String::new();
    loop {
        let page = desk.elsewhere("GET", &format!("/v1/charges?limit=100{after}"), "");
        let charges = page["data"].as_array().unwrap();
        let is_deleted =
            |id: &&str| desk.elsewhere("GET", &format!("/v1/customers/{id}"), "")["deleted"] == true;
        if let Some(id) = charges.iter().filter_map(|charge| charge["customer"].as_str()).find(is_deleted) {
            return id.to_owned();
        }
        after = format!("&starting_after={}", charges.last().unwrap()["id"].as_str().unwrap());
    }
}

fn cancel(desk: &mut Desk) -> String {
    desk.press("grace@").settle().press("<enter>").settle().press("3").settle();
    let subscription = target(desk);
    desk.press("x").settle().press("<enter><enter><enter>").settle().press("Pro<enter>").settle();
    subscription
}

/// What happens to this machine, its rules and its clock.
const HERE: &[Row] = &[
    row(
        "the_rules_get_tighter_while_it_is_held",
        |desk| {
            hold(desk);
            let text = "[refunds]\nmax = { usd = \"50.00\" }\nautomatic = { usd = \"5.00\" }\n";
            desk.policy(rules(text).unwrap()).after_ms(6_000);
        },
        &[Withdrawn],
    ),
    row(
        "the_rules_break_while_it_is_held",
        |desk| {
            hold(desk);
            desk.policy(Policy::broken(&rules("[refundz]\n").unwrap_err())).after_ms(6_000);
        },
        &[Withdrawn],
    ),
    row(
        "midnight_while_it_is_held",
        |desk| {
            // Noon to three seconds before midnight.
            desk.after_ms((12 * 3_600 - 3) * 1_000);
            hold(desk);
            desk.after_ms(6_000);
        },
        &[Settled],
    ),
    row(
        "asleep_for_a_day_while_it_is_held",
        |desk| {
            hold(desk);
            desk.tick_ms(86_400_000).settle();
        },
        &[Withdrawn],
    ),
    row(
        "a_paste_in_the_field_that_confirms",
        |desk| {
            form(desk);
            desk.press("<enter><enter>").settle();
            desk.send(Message::Paste("99.00\r\n99.00\r\n".into())).settle().after_ms(10_000);
        },
        &[],
    ),
    row(
        "a_million_pasted_bytes",
        |desk| {
            let _seen = desk.send(Message::Paste("\u{1b}[31m9é\u{202e}\r\n".repeat(100_000))).settle();
        },
        &[],
    ),
];

#[track_caller]
fn live_through(rows: &[Row]) {
    for row in rows {
        let mut desk = Desk::open((row.options)());
        (row.story)(&mut desk);
        insta::assert_snapshot!(row.name, desk.screen());
        assert_eq!(states(&desk), row.stand, "{}: {}", row.name, notice(&desk));
        let attempts = one_key(&desk, row.name);
        assert!(
            attempts == 0 || !row.stand.is_empty(),
            "{}: {attempts} attempts without an intent",
            row.name
        );
        if !row.stand.is_empty() {
            whole(&desk);
        }
    }
}

#[test]
fn what_is_seen_when_the_line_fails() {
    live_through(LINE);
}

#[test]
fn what_is_seen_when_somebody_else_was_there() {
    live_through(ELSEWHERE);
}

#[test]
fn what_is_seen_when_this_machine_fails() {
    live_through(HERE);
}

#[test]
fn a_ledger_that_another_program_holds_stops_changes() {
    let mut desk = desk();
    form(&mut desk);
    let other = rusqlite::Connection::open(desk.folder.path().join("ledger.sqlite3")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    confirm(&mut desk);
    desk.sees("it cannot be recorded, so nothing was sent");
    let said = notice(&desk);
    assert!(said.contains("is held by another program: close it, or wait and try again"), "{said}");
    assert!(intents(&desk).is_empty() && desk.changes_asked().is_empty());
    other.execute_batch("ROLLBACK").unwrap();
    confirm(&mut desk);
    desk.after_ms(6_000);
    assert_eq!(states(&desk), [Settled], "{}", notice(&desk));
}

/// The wait itself is stopped here, so that it can be looked at.
#[test]
fn how_long_it_waits_is_said() {
    for (name, fault) in [("waits_for_its_turn", "429=7"), ("waits_for_its_own_key", "409")] {
        let mut desk = Desk::open(patient());
        hold(&mut desk);
        desk.faults(&format!("{fault}@POST /v1/refunds#1"));
        let (go_on, told) = oneshot::channel::<()>();
        desk.while_it_waits(async { assert!(told.await.is_err(), "nobody says anything") });
        let waits = |note: &str| note.contains("again in");
        desk.tick_ms(5_000)
            .until(|desk| desk.state.changes.iter().any(|change| change.note.as_deref().is_some_and(waits)));
        let screen = desk.screen();
        drop(go_on);
        desk.settle();
        assert_eq!(states(&desk), [Settled], "{name}: {}", notice(&desk));
        insta::assert_snapshot!(name, screen);
    }
}
