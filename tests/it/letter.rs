//! A customer's whole e-mail, pasted into the search box: what it names is found, and what it asks is explained.

use paydesk::desk::Message;

use crate::harness::{
    command::Case,
    desk::{Desk, Options},
};

const TEXT: &str = "From: Ada Lovelace <ada@example.com>\nSubject: twice?\n\nHi,\nyou took $99.00 on 22 November, card ending in \
                    4242.\nThanks, Ada";

fn pasted(options: Options, text: &str) -> Desk {
    let mut desk = Desk::open(options);
    desk.send(Message::Paste(text.into())).settle();
    desk
}

#[test]
fn enter_opens_who_wrote() {
    let mut desk = pasted(Options::default(), TEXT);
    desk.sees("names it  ada@example.com").sees("Ada Lovelace");
    desk.press("<enter>").settle().sees("customer since 15 Sep 2025");
    assert!(desk.state.modals.is_empty());
}

#[test]
fn one_key_opens_who_wrote_and_explains_what_they_ask() {
    let mut desk = pasted(Options::default(), TEXT);
    desk.press("e").settle().sees("$99.00").sees("follow");
    assert_eq!(desk.state.modals.len(), 1, "{}", desk.screen());
    desk.press("<esc>").sees("customer since 15 Sep 2025");
}

#[test]
fn without_an_address_amount_day_and_card_narrow_together() {
    let text =
        "Hello,\nI do not know this payment of $99.00 on 22 November from my card ending in 4242.\nBye";
    let mut desk = pasted(Options::default(), text);
    desk.sees("$99.00 22 Nov 2026 ··4242").sees("Ada Lovelace");
    assert!(desk.requests("/v1/charges/search") > 0);
    desk.press("<enter>").settle().sees("customer since 15 Sep 2025").sees("2 Charges");
}

#[test]
fn a_pasted_text_at_two_sizes() {
    for size @ (width, height) in [(140, 42), (80, 24)] {
        let desk = pasted(Options { size, ..Options::default() }, TEXT);
        insta::assert_snapshot!(format!("letter_{width}x{height}"), desk.screen());
    }
}

/// Our own address stands in the mail that quotes us: it leads to nobody, and so the next one is looked for.
#[test]
fn what_leads_to_nobody_is_passed_over() {
    let mail = "you charged me twice, see below.\n\nOn Fri, 20 Nov 2026 at 18:10, Lantern <support@lantern.example> wrote:\n> \
                Dear ada@example.com, thank you";
    let mut desk = pasted(Options::default(), mail);
    desk.sees("▸● names it  ada@example.com").sees("Ada Lovelace");
    // By hand it stays where it is put.
    desk.press("k").settle().sees("▸● names it  support@lantern.example").sees("nothing found");
    // Where all lead to nobody, the surest says so.
    let mut nobody = pasted(Options::default(), &mail.replace("ada@", "nobody@"));
    nobody.sees("▸● names it  support@lantern.example").sees("nothing found");
}

#[test]
fn the_command_line_reads_letters_too() {
    let case = Case::new();
    let (code, out, error) =
        case.run("find hello support@lantern.example quotes me: ada@example.com was charged twice");
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("Ada Lovelace"), "{out}");
    assert!(error.contains("read as a letter: found by ada@example.com (e-mail address)"), "{error}");
    let (code, out, error) = case.run("find you took 49.00 USD from my card ending 5454");
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("Alan Turing") && error.contains("found by $49.00 ··5454"), "{out} {error}");
    let (_, _, error) =
        case.run("find hello support@lantern.example wrote to nobody@example.com about nothing");
    assert!(error.contains("nothing found by support@lantern.example, nobody@example.com"), "{error}");
}
