//! A customer's whole e-mail, pasted into the search box: what it names is found, and what it asks is explained.

use paydesk::desk::Message;

use crate::harness::desk::{Desk, Options};

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
