//! After a change its object opens with what moved marked, and the way back a key away: for whoever confirmed it and looks on. It takes
//! no key that was meant for the desk.

use paydesk::desk::{
    Message,
    message::{Mouse, MouseKind},
    panes::PaneId,
};

use crate::harness::desk::{Desk, Options};

/// Grace's subscription, about to end with its period: held.
fn held(size: (u16, u16)) -> Desk {
    let mut desk = Desk::open(Options { size, ..Options::default() });
    desk.press("grace@example.com").settle().press("<enter>").settle().press("3x").settle().press("<enter>");
    desk.press("Pro<enter>").settle();
    assert_eq!(desk.state.changes.len(), 1, "{}", desk.screen());
    desk
}

fn opened() -> Desk {
    let mut desk = held((140, 42));
    desk.after_ms(6_000).sees("± ends at period end: no → yes");
    desk
}

/// As it came up only just.
fn opening() -> Desk {
    let mut desk = held((140, 42));
    for _ in 0..60 {
        if desk.state.modals.is_empty() {
            desk.after_ms(100);
        }
    }
    desk.sees("changed just now");
    desk
}

#[track_caller]
fn is_closed(desk: &Desk) {
    assert!(desk.state.modals.is_empty(), "{}", desk.screen());
}

#[test]
fn a_cancellation_opens_with_before_and_after_and_the_way_back_and_esc_leads_to_the_row() {
    let mut desk = opened();
    desk.sees("─ subscription ·")
        .sees("changed just now")
        .reads()
        .press("<up>")
        .after_ms(9_000)
        .sees("U keep");
    desk.press("U").settle().sees("Undo cancellation").sees_not("Days cut off").press("<esc>").settle();
    desk.sees("± ends at period end: no → yes").press("<esc>").settle();
    desk.sees_not("± ").sees("ends 15 Dec");
    is_closed(&desk);
    assert_eq!(desk.state.focus, PaneId::Subscriptions);
}

#[test]
fn it_is_whole_at_three_sizes() {
    for size @ (width, height) in [(140, 42), (80, 24), (60, 16)] {
        let mut desk = held(size);
        insta::assert_snapshot!(format!("changed_{width}x{height}"), desk.after_ms(6_000).screen());
    }
}

#[test]
fn what_did_not_come_back_with_the_change_is_read_and_then_marked() {
    let mut desk = Desk::open(Options::default());
    desk.press("ada@example.com").settle().press("<enter>").settle().press("r").settle();
    desk.press("<c-u>20<tab>d").settle().reads().press("<enter>").settle().after_ms(6_000);
    desk.sees("─ charge ·").sees("± refunded: $0.00 → $20.00").press("<esc>").settle().sees_not("± ");
}

#[test]
fn whoever_pressed_anything_meanwhile_is_not_disturbed() {
    let click = |kind| Message::Mouse(Mouse { kind, column: 60, row: 12 });
    let meanwhile: [fn(&mut Desk); 5] = [
        |desk| _ = desk.press("2"),
        |desk| _ = desk.press("j"),
        |desk| _ = desk.press("?<esc>"),
        |desk| _ = desk.press("jk"),
        |desk| _ = desk.send(Message::Paste("ada@example.com".into())),
    ];
    for went_on in meanwhile {
        let mut desk = held((140, 42));
        went_on(&mut desk);
        is_closed(desk.after_ms(6_000));
    }
    for kind in [MouseKind::Click, MouseKind::WheelDown] {
        let mut desk = held((140, 42));
        is_closed(desk.send(click(kind)).after_ms(6_000));
    }
    // What lies over the desk stays there, with nothing over it.
    let mut desk = held((140, 42));
    desk.press(":").after_ms(6_000).sees_not("± ");
    assert_eq!(desk.state.modals.len(), 1);
}

#[test]
fn a_key_that_came_before_it_can_have_been_seen_does_what_it_does_on_the_desk() {
    let mut desk = opening();
    is_closed(desk.press("2"));
    assert_eq!(desk.state.focus, PaneId::Charges);
    let mut desk = opening();
    is_closed(desk.press("y"));
    assert!(desk.copied.last().is_some_and(|told| told.contains("is cancelled")), "{:?}", desk.copied);
    let mut desk = opening();
    desk.press("<enter>").sees("changed just now");
    let mut desk = opening();
    is_closed(desk.send(Message::Mouse(Mouse { kind: MouseKind::Click, column: 60, row: 12 })));
    assert_eq!(desk.state.focus, PaneId::Charges);
}

#[test]
fn a_key_that_it_has_no_use_for_closes_it_and_does_what_it_does_on_the_desk() {
    for (keys, pane) in [("2", PaneId::Charges), ("<tab>", PaneId::Invoices), ("4", PaneId::Invoices)] {
        let mut desk = opened();
        is_closed(desk.reads().press(keys));
        assert_eq!(desk.state.focus, pane, "{keys}");
    }
    let mut desk = opened();
    is_closed(desk.reads().press("/ada"));
    assert_eq!(desk.state.search.input.value(), "ada");
    let mut desk = opened();
    desk.reads().press("a").settle().sees("cancel subscription at period end").press("<esc>").settle();
    is_closed(&desk);
    let mut desk = opened();
    is_closed(desk.reads().send(Message::Paste("ada@example.com".into())));
    assert_eq!(desk.state.search.input.value(), "ada@example.com");
    // A key that nobody knows closes nothing.
    let mut desk = opened();
    desk.reads().press("w").sees("does nothing here");
    assert_eq!(desk.state.modals.len(), 1);
}

#[test]
fn keys_that_it_knows_stay_in_it_and_what_was_opened_in_it_is_whose_who_opened_it() {
    let mut desk = opened();
    desk.reads().press("i").settle();
    assert!(desk.copied.last().is_some_and(|id| id.starts_with("sub_")), "{:?}", desk.copied);
    desk.press("y").settle();
    assert!(desk.copied.last().is_some_and(|told| told.contains("is cancelled")), "{:?}", desk.copied);
    assert_eq!(desk.state.modals.len(), 1);
    // Told once: then it is the row's turn, as on the desk.
    is_closed(desk.press("y").settle());
    assert!(desk.copied.last().is_some_and(|told| told.starts_with("Pro (")), "{:?}", desk.copied);
    let mut desk = opened();
    desk.reads().press("J2").sees("\"id\": \"sub_");
    assert_eq!(desk.state.modals.len(), 1, "the JSON was asked for");
}

#[test]
fn what_was_refused_or_came_out_unknown_or_was_taken_back_opens_nothing() {
    for fault in [
        "401-expired@POST /v1/subscriptions/*",
        "500@POST /v1/subscriptions/*",
        "reset-before@POST /v1/subscriptions/*#*",
    ] {
        let mut desk = held((140, 42));
        desk.faults(fault).after_ms(6_000);
        is_closed(&desk);
        desk.no_faults().after_ms(60_000);
        is_closed(&desk);
    }
    let mut desk = held((140, 42));
    is_closed(desk.press("u").settle().after_ms(6_000));
    // What moved meanwhile stops it, and brings its form back instead.
    let mut desk = held((140, 42));
    let found = desk.elsewhere("GET", "/v1/customers?email=grace@example.com", "");
    let customer = found["data"][0]["id"].as_str().unwrap();
    let all = desk.elsewhere("GET", &format!("/v1/subscriptions?customer={customer}"), "");
    let id = all["data"][0]["id"].as_str().unwrap();
    desk.elsewhere("POST", &format!("/v1/subscriptions/{id}"), "cancel_at_period_end=true");
    desk.after_ms(6_000).sees_not("changed just now");
}
