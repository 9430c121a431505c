//! The panes that come into the place of the charges: each on the real sandbox, read once and when it is shown.

use paydesk::desk::{
    Message,
    message::{Mouse, MouseKind},
    panes::{PANES, PaneId},
};

use crate::harness::desk::{Desk, Options};

fn opened(options: Options) -> Desk {
    let mut desk = Desk::open(Options { customers: 40, ..options });
    desk.press("ada@").settle().press("<enter>").settle();
    desk
}

fn at(size: (u16, u16)) -> Desk {
    opened(Options { size, ..Options::default() })
}

const SIZES: [(u16, u16); 3] = [(140, 42), (80, 24), (60, 16)];

#[test]
fn payments_disputes_methods_and_products_at_three_sizes() {
    for (width, height) in SIZES {
        let mut desk = at((width, height));
        for (name, key) in [("payments", "5"), ("disputes", "7"), ("methods", "9"), ("products", "=")] {
            desk.press(key).settle();
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), desk.screen());
        }
    }
}

#[test]
fn each_says_what_an_agent_looks_for() {
    let mut desk = at((140, 42));
    let customer = desk.state.open.clone().unwrap();
    desk.elsewhere(
        "POST",
        &format!("/v1/customers/{customer}/balance_transactions"),
        "amount=300&currency=usd",
    );
    for (key, words) in [
        ("5", &["5 Payments ─ ", "● paid", "⚑ disputed", "visa ··4242"][..]),
        ("6", &["6 Refunds ─ 1", "↩ refunded", "$20.00", "requested by customer", "$49.00 of "]),
        ("7", &["7 Disputes ─ 1", "⚑ needs answer", "¥12,000", "in 5 days · 28 Nov"]),
        ("8", &["8 Credit notes", "no credit note yet"]),
        ("9", &["9 Methods ─ 1", "visa ··4242", "● default"]),
        ("0", &["0 Balance ─ 2", "$10.00  credit", "$3.00  owed", "$7.00 credit"]),
        ("-", &["- Events ─ ", "charge.succeeded"]),
        ("=", &["= Products ─ ", "Growth", "month", "● active"]),
        ("+", &["+ Prices ─ ", "Growth", "$49.00", "month", "● active"]),
    ] {
        desk.press(key).settle();
        for words in words {
            desk.sees(words);
        }
        desk.sees("3 Subscriptions").sees("4 Invoices").sees("1 Customers");
    }
    desk.press("<esc>").sees("2 Charges").press("<esc>");
    assert_eq!(desk.state.focus, PaneId::Customers);
}

#[test]
fn what_waits_for_an_invoice_is_read_with_the_balance_and_told_in_the_head() {
    let mut desk = at((140, 42));
    let customer = desk.state.open.clone().unwrap();
    desk.elsewhere(
        "POST",
        "/v1/invoiceitems",
        &format!("customer={customer}&amount=-725&currency=usd&description=Unused+time"),
    );
    let before = desk.requests("GET /v1/invoiceitems");
    desk.sees_not("waits for an invoice").press("0").settle();
    desk.sees("0 Balance ─ 2").sees("$7.25  credit").sees("Unused time").sees("credit waits $7.25");
    desk.press("2").settle().press("0").settle();
    assert_eq!(desk.requests("GET /v1/invoiceitems"), before + 1);
}

#[test]
fn a_list_is_asked_for_once_and_when_it_is_first_seen() {
    let mut desk = at((140, 42));
    for (key, path) in [
        ("5", "GET /v1/payment_intents"),
        ("8", "GET /v1/credit_notes"),
        ("0", "/balance_transactions"),
        ("-", "GET /v1/events"),
        ("=", "GET /v1/products"),
        ("+", "GET /v1/prices"),
    ] {
        let before = desk.requests(path);
        let asked = |desk: &Desk| desk.requests(path) - before;
        desk.press(key).settle();
        assert_eq!(asked(&desk), 1, "{path}");
        desk.press("2").settle().press(key).settle();
        assert_eq!(asked(&desk), 1, "{path}");
    }
    let all = desk.requests("GET ");
    desk.press("6").settle().press("7").settle().press("9").settle();
    assert_eq!(desk.requests("GET "), all, "the charges and the customer brought these");
}

#[test]
fn a_pane_that_may_not_be_read_names_the_permission_and_the_rest_goes_on() {
    for (restrict, key, permission) in [
        ("*:write,payment_intent:none", "5", "rak_payment_intent_read"),
        ("*:write,dispute:none", "7", "rak_dispute_read"),
        ("*:write,credit_note:none", "8", "rak_credit_note_read"),
        ("*:write,event:none", "-", "rak_event_read"),
        ("*:write,plan:none", "+", "rak_plan_read"),
    ] {
        let mut desk = opened(Options { restrict: Some(restrict), ..Options::default() });
        desk.press(key).settle().sees("this key may not read").sees(permission).sees("ask your lead");
        desk.press("2").settle().sees("● paid");
    }
}

#[test]
fn rows_work_as_elsewhere() {
    for pane in PANES.iter().filter(|pane| pane.further && pane.number != "8") {
        let mut desk = at((140, 42));
        desk.press(pane.number).settle();
        let id = (pane.target)(&desk.state, 0).unwrap().id;
        desk.press("<enter>").settle().sees(pane.kind.noun()).sees(&id);
        desk.press("J").settle().sees(&format!("\"id\": \"{id}\"")).press("<esc>").settle();
        desk.press("i").settle();
        assert_eq!(desk.copied, [id], "{}", pane.name);
        desk.press("sS").settle().press("fzzz").settle().press("<enter>").settle().sees("0/");
        desk.press("<esc>").settle().sees_not("only “zzz”");
        assert_eq!(desk.state.focus, pane.id, "Esc took the filter alone");
    }
}

#[test]
fn a_click_on_the_strip_or_a_tab_brings_the_pane() {
    for size in [(140, 42), (80, 24)] {
        let mut desk = at(size);
        let screen = desk.screen();
        let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains("5 Payments")).unwrap();
        let column = line[..line.find("5 Payments").unwrap()].chars().count() + 2;
        let (column, row) = (u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
        desk.send(Message::Mouse(Mouse { kind: MouseKind::Click, column, row })).settle();
        assert_eq!(desk.state.focus, PaneId::Payments, "{size:?}");
        assert_eq!(desk.requests("GET /v1/payment_intents"), 1);
    }
}

#[test]
fn a_refund_that_was_just_made_is_the_first_row() {
    let mut desk = at((140, 42));
    desk.press("<enter>").settle().press("r").settle().press("<space>").settle();
    desk.press("<s-tab><c-u>21<enter>").settle().after_ms(6_000);
    desk.press("<esc>").settle().press("6").settle().sees("6 Refunds ─ 2").sees("$21.00");
    let refund = (PaneId::Refunds.pane().raw)(&desk.state, 0).unwrap();
    assert!(refund.contains(r#""amount":2100"#) || refund.contains(r#""amount": 2100"#), "{refund}");
}

#[test]
fn somebody_else_s_events_are_not_shown_and_how_far_back_is_said() {
    let mut desk = at((140, 42));
    let so_far = |desk: &Desk| (PaneId::Events.pane().short_of)(&desk.state);
    desk.press("-").settle();
    let since = so_far(&desk).unwrap();
    desk.sees(&since);
    for _ in 0..40 {
        desk.press("G").settle();
    }
    let customer = desk.state.open.clone().unwrap();
    for at in 0..(PaneId::Events.pane().len)(&desk.state) {
        let raw = (PaneId::Events.pane().raw)(&desk.state, at).unwrap();
        assert!(raw.contains(customer.as_str()), "{raw}");
    }
    assert!(!(PaneId::Events.pane().has_more)(&desk.state), "read to the end");
    assert_eq!(so_far(&desk), None);
}
