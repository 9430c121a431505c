//! What the policy denies and what the state of an object refuses, at the desk, on the command line and for an assistant: every
//! change without its rule, every reading that can be hidden, and the readings that need an object which still lives.

use std::sync::Arc;

use paydesk::actions::{self, Gate};
use serde_json::json;

use super::{
    by_assistant::{arguments, told, trusting},
    by_command::{runs, world},
    by_desk,
    cases::{ALL, CHANGES, Case, Names, Pairs, READS},
    nothing_was_changed,
};
use crate::mcp::Client;

/// Nothing is allowed.
const NOTHING: &str = "version = 1\n";
/// Invoices are nobody's business.
const HIDDEN: &str = "version = 1\ncustomers.view_invoices = false\n";
const HIDES: &str = "customers.view_invoices";

fn hidden() -> impl Iterator<Item = &'static (&'static str, Pairs)> {
    READS.iter().filter(|(name, _)| actions::find(name).unwrap().gate == Gate::InvoicesView)
}

/// Readings that the state of what they are about leaves without an answer, and why.
const REFUSED: &[(&str, Pairs, &str)] = &[
    ("preview_proration", &[("subscription", "@over"), ("quantity", "2")], "already cancelled"),
    ("get_upcoming_invoice", &[("subscription", "@over")], "No upcoming invoices"),
    ("preview_credit_note", &[("invoice", "@draft"), ("credit_amount", "1.00")], "it is a draft"),
    ("list_payment_methods", &[("customer", "@gone")], "No such customer"),
    ("list_customer_balance_transactions", &[("customer", "@gone")], "No such customer"),
    ("list_customer_tax_ids", &[("customer", "@gone")], "No such customer"),
];

#[test]
fn every_change_is_denied_on_the_command_line_by_its_rule() {
    let world = world(NOTHING);
    let names = Names::new(&world.running);
    for Case(name, given, _, rule, _) in CHANGES {
        let (code, document) = runs(&world, name, &names.pairs(given), "--yes");
        assert_eq!((code, &document["error"]["kind"]), (3, &json!("denied")), "{name}: {document}");
        assert!(document.to_string().contains(rule), "{name}: {document}");
        nothing_was_changed(name, &world.running);
    }
}

#[test]
fn every_change_is_denied_to_an_assistant_by_its_rule_or_because_it_is_not_listed() {
    for (rules, listed) in [(trusting(NOTHING), true), (ALL.to_owned(), false)] {
        let world = world(&rules);
        let names = Names::new(&world.running);
        let mut client = Client::new(&world);
        for Case(name, given, _, rule, _) in CHANGES {
            let error = client.bad(name, &arguments(name, names.pairs(given)));
            assert_eq!(error["kind"], "denied", "{name}: {error}");
            let rule = if listed { rule } else { "assistant.actions" };
            assert!(error.to_string().contains(rule), "{name}: no {rule} in {error}");
        }
        nothing_was_changed("an assistant", &world.running);
        client.close();
    }
}

#[test]
fn every_change_is_denied_at_the_desk_by_its_rule() {
    let mut desk = by_desk::under(NOTHING);
    let sandbox = Arc::clone(&desk.sandbox);
    let names = Names::new(&sandbox);
    let mut failed = Vec::new();
    for Case(name, given, _, rule, _) in CHANGES {
        by_desk::form(&mut desk, actions::find(name).unwrap(), &names.pairs(given));
        if !by_desk::said(&desk).contains(rule) {
            failed.push(format!("{name}: no {rule}\n{}", desk.screen()));
        }
        desk.press("<enter>").settle().after_ms(by_desk::HELD_MS);
        by_desk::closes_all(&mut desk);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    nothing_was_changed("the desk", &sandbox);
}

#[test]
fn readings_that_are_hidden_are_denied_wherever_they_are_asked_for() {
    assert!(hidden().count() > 5);
    let world = world(HIDDEN);
    let names = Names::new(&world.running);
    let mut client = Client::new(&world);
    let mut desk = by_desk::under(HIDDEN);
    for (name, given) in hidden() {
        let given = names.pairs(given);
        let (code, document) = runs(&world, name, &given, "");
        assert_eq!((code, &document["error"]["rule"]), (3, &json!(HIDES)), "{name}: {document}");
        let error = client.bad(name, &arguments(name, given));
        assert_eq!((&error["kind"], &error["rule"]), (&json!("denied"), &json!(HIDES)), "{name}: {error}");
        desk.press(":").settle();
        by_desk::types(&mut desk, name);
        by_desk::enter(&mut desk);
        assert!(by_desk::said(&desk).contains(HIDES), "{name}:\n{}", desk.screen());
        by_desk::closes_all(&mut desk);
        assert!(desk.requests(" /v1/invoices") + desk.requests(" /v1/invoice_payments") == 0, "{name}");
    }
    client.close();
}

#[test]
fn readings_that_a_state_refuses_say_so_wherever_they_are_asked_for() {
    let world = world(&trusting(ALL));
    let names = Names::new(&world.running);
    let mut client = Client::new(&world);
    let mut desk = by_desk::under(ALL);
    let sandbox = Arc::clone(&desk.sandbox);
    let there = Names::new(&sandbox);
    for (name, given, why) in REFUSED {
        let (code, document) = runs(&world, name, &names.pairs(given), "");
        assert!([2, 5].contains(&code) && document.to_string().contains(why), "{name}: {code} {document}");
        let call = json!({"name": name, "arguments": arguments(name, names.pairs(given))});
        let answer = client.ask("tools/call", &call);
        assert_eq!(answer["result"]["isError"], true, "{name}: {answer}");
        assert!(told(&answer).contains(why), "{name}: {answer}");
        by_desk::asks(&mut desk, name, &there.pairs(given));
        assert!(by_desk::said(&desk).contains(why), "{name}:\n{}", desk.screen());
        by_desk::closes_all(&mut desk);
    }
    client.close();
}
