//! Every way of ending a subscription side by side: from the cancel form, on the command line, and into the forms of what keeps the
//! customer.

use crate::harness::{
    command::Case,
    desk::{Desk, Options},
};

fn ways(size: (u16, u16)) -> Desk {
    let mut desk = Desk::open(Options { size, ..Options::default() });
    desk.press("grace@example.com")
        .settle()
        .press("<enter>")
        .settle()
        .press("3x")
        .settle()
        .press("<f2>")
        .settle();
    desk
}

#[test]
fn all_ways_side_by_side_at_three_sizes() {
    for (width, height) in [(140, 42), (80, 24), (60, 16)] {
        insta::assert_snapshot!(format!("outcomes_{width}x{height}"), ways((width, height)).screen());
    }
}

#[test]
fn a_way_is_filled_into_the_form_and_the_customer_is_kept_by_one_key() {
    let mut desk = ways((140, 42));
    desk.sees("of credit, by Stripe's preview, that waits for a next invoice")
        .sees("not allowed (subscriptions.cancel)");
    desk.press("jj<enter>").settle().sees("● now").sees("Type Pro to confirm").sees_not("What becomes of it");
    desk.press("<f2>").settle().press("p").settle().sees("Pause subscription").press("<esc>").settle();
    // An Enter right after one that closed something belongs to that one.
    desk.sees("● now")
        .press("<f2>")
        .settle()
        .after_ms(700)
        .press("jjjjj<enter>")
        .settle()
        .sees("which price?");
    assert_eq!(desk.changes_asked(), [] as [&str; 0]);
}

#[test]
fn credit_that_waits_for_an_invoice_that_does_not_come_is_in_view() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@example.com").settle().press("<enter>").settle();
    desk.sees_not("credit waits");
    let customer = desk.state.open.clone().unwrap();
    let running = desk.elsewhere("GET", &format!("/v1/subscriptions?customer={customer}"), "");
    for row in running["data"].as_array().unwrap() {
        let id = row["id"].as_str().unwrap();
        let ended =
            desk.elsewhere("DELETE", &format!("/v1/subscriptions/{id}"), "prorate=true&invoice_now=false");
        assert_eq!(ended["status"], "canceled");
    }
    desk.press("<c-r>").settle().sees("credit waits $");
    desk.press("t").settle().sees("credit waits for a next invoice: Unused time");
    // It is settled in the Dashboard: read again, it is gone here too.
    let waiting =
        desk.elsewhere("GET", &format!("/v1/invoiceitems?customer={customer}&pending=true&limit=100"), "");
    for item in waiting["data"].as_array().unwrap() {
        desk.elsewhere("DELETE", &format!("/v1/invoiceitems/{}", item["id"].as_str().unwrap()), "");
    }
    desk.press("<esc><c-r>").settle().sees_not("waits for an invoice");
}

#[test]
fn cancelling_takes_six_keys_and_the_name() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@example.com").settle();
    let keys = paydesk::desk::key::parse_keys("<enter>3x<f2><enter><enter>").unwrap();
    assert!(keys.len() <= 6);
    for key in keys {
        desk.send(paydesk::desk::Message::Key(key)).settle().reads();
    }
    desk.press("Pro<enter>").settle().after_ms(6_000).settle();
    assert_eq!(desk.changes_asked().len(), 1, "{}", desk.screen());
}

#[test]
fn from_an_empty_search_to_the_reply_cancelling_takes_six_keys_and_the_name() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@example.com").settle();
    let mut pressed = 0;
    let mut keys = |desk: &mut Desk, keys: &str| {
        for key in paydesk::desk::key::parse_keys(keys).unwrap() {
            pressed += 1;
            desk.send(paydesk::desk::Message::Key(key)).settle();
        }
        pressed
    };
    keys(&mut desk, "<enter>3x<enter>");
    desk.press("Pro").settle();
    keys(&mut desk, "<enter>");
    desk.after_ms(6_000).settle();
    let count = keys(&mut desk, "y");
    assert!(count <= 6, "{count} keys");
    assert_eq!(desk.changes_asked().len(), 1, "{}", desk.screen());
    let reply = desk.copied.last().unwrap();
    assert!(
        reply.starts_with("Your subscription is cancelled. Pro (") && reply.contains(" ends on "),
        "{reply}"
    );
    // Told once: then it is the row's turn.
    desk.press("y").settle();
    let row = desk.copied.last().unwrap();
    assert!(row.starts_with("Pro (") && row.contains(" ends on "), "{row}");
}

#[test]
fn the_command_line_says_the_same() {
    let case = Case::new();
    let (_, found) = case.json("customer grace@example.com");
    let text = found.to_string();
    let at = text.find("\"sub_").unwrap();
    let id: String = text[at + 1..].chars().take_while(|c| *c != '"').collect();
    let (code, told) = case.json(&format!("outcomes {id} --on 2030-01-01"));
    assert_eq!((code, &told["action"]), (0, &"outcomes".into()), "{told}");
    let ways = told["result"]["ways"].as_array().unwrap();
    assert_eq!(ways.len(), 6);
    assert!(ways[0]["access_until"].is_i64() && ways[2]["credit"]["decimal"].is_string(), "{told}");
    assert_eq!(ways[3]["denied_by"], "subscriptions.cancel");
    let (code, text, _) = case.run(&format!("outcomes {id}"));
    assert!(code == 0 && text.contains("pause instead\tgoes on"), "{text}");
    for (line, says) in [("outcomes ch_1", "subscription"), ("outcomes sub_nobody", "there is none")] {
        let (code, _, err) = case.run(line);
        assert!(code == 2 && err.contains(says), "{line}: {code} {err}");
    }
}

/// A key made by the link in the docs lacks nothing that the desk reads by itself, whatever kind of customer is open.
#[test]
fn the_key_that_the_docs_ask_for_reads_all_that_the_desk_reads() {
    let policy = paydesk::policy::Policy::builtin();
    let role = policy.role_of("maya").to_owned();
    let reached = paydesk::actions::all().filter(|action| paydesk::policy::reaches(&policy, &role, action));
    let needed = paydesk::actions::needed(reached);
    let may = |(resource, (write, _)): (&&str, &(bool, Vec<&str>))| {
        format!("{resource}:{}", if *write { "write" } else { "read" })
    };
    let restrict: Vec<_> = needed.iter().map(may).collect();
    let restrict = Some(&*Box::leak(restrict.join(",").into_boxed_str()));
    let mut desk = Desk::open(Options { restrict, ..Options::default() });
    for name in ["ada@", "grace@", "canceled"] {
        desk.press("<esc><esc>/<c-u>").press(name).settle().press("<enter>").settle();
        desk.press("t").settle().press("<esc>m").settle().press("<esc>e").settle().press("<esc>D").settle();
        let failed = desk.state.tasks.failed.iter().map(|failed| failed.label.as_str());
        // Whose key it is, Stripe tells a restricted one by its refusals.
        let failed: Vec<_> = failed.filter(|label| *label != "reading the account").collect();
        assert!(failed.is_empty(), "{name}: {failed:?}");
    }
}

#[test]
fn of_a_plan_that_is_looked_for_the_price_of_the_same_interval_comes_first() {
    let mut desk = Desk::open(Options::default());
    desk.press("grace@").settle().press("<enter>").settle().press("3c").settle().press("growth").settle();
    let screen = desk.screen();
    let at = |price: &str| screen.lines().position(|line| line.contains("Growth") && line.contains(price));
    assert!(at("$49.00/mo").unwrap() < at("$490.00/yr").unwrap(), "{screen}");
}
