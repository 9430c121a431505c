//! The conversations, from an empty search box to the reply on the clipboard: in the desk, on the command line and for an assistant.

use paydesk::desk::key::parse_keys;

use crate::harness::{
    command::Case,
    desk::{Desk, Options, desk},
};

const SIZES: [(u16, u16); 3] = [(140, 42), (80, 24), (60, 16)];

/// The keys after what was typed, counted as they are pressed.
#[track_caller]
fn after(typed: &str, keys: &str, most: usize) -> Desk {
    let mut desk = desk();
    desk.press(typed).settle();
    let keys = parse_keys(keys).unwrap();
    assert!(keys.len() <= most, "{} keys", keys.len());
    for key in keys {
        desk.send(paydesk::desk::Message::Key(key)).settle();
    }
    desk
}

#[test]
fn why_was_i_charged_takes_three_keys() {
    let mut desk = after("alan@example.com", "<enter>ey", 3);
    let [reply] = &desk.copied[..] else { panic!("{:?}", desk.copied) };
    assert_eq!(
        *reply,
        "The $49.00 charge on 22 Nov was the monthly renewal of Growth. Your next billing date is 22 Dec."
    );
    desk.sees("the parts come to exactly that").sees("Why was this charged?");
    for (width, height) in SIZES {
        desk.resize(width, height).settle();
        insta::assert_snapshot!(format!("explain_{width}x{height}"), desk.screen());
    }
}

#[test]
fn what_the_answer_was_read_from_can_be_followed_and_left_again() {
    let mut desk = after("alan@example.com", "<enter>e", 2);
    for kind in ["charge", "payment intent", "invoice", "subscription", "price", "product"] {
        desk.press("<enter>").settle().sees(&format!("─ {kind} ·"));
        desk.press("<esc>").settle().sees("Why was this charged?").press("j").settle();
    }
    desk.press("<esc>").settle().sees_not("Why was this charged?");
}

#[test]
fn what_the_customer_says_leads_to_the_charge() {
    let mut desk = after("alan@example.com", "<enter>e", 2);
    desk.press("/49 yesterday<enter>").settle().sees("was the monthly renewal of Growth");
    desk.press("/77 yesterday<enter>").settle().sees("No charge of 77 around 22 Nov was found");
    insta::assert_snapshot!("explain_not_found_140x42", desk.screen());
    desk.press("y").settle();
    assert!(desk.copied.last().unwrap().starts_with("We could not find a charge of 77"), "{:?}", desk.copied);
    desk.press("/soon<enter>").settle().sees("is no amount and no day");
    desk.press("<esc>").settle().sees_not("is no amount and no day");
}

#[test]
fn i_was_charged_twice_takes_four_keys_and_what_confirms() {
    let mut desk = after("ada@example.com", "<enter>D", 2);
    desk.sees("two payments for one order").sees("← to be refunded");
    for (width, height) in SIZES {
        desk.resize(width, height).settle();
        insta::assert_snapshot!(format!("duplicates_{width}x{height}"), desk.screen());
    }
    desk.resize(140, 42).press("y").settle();
    assert!(desk.copied[0].starts_with("You were charged $99.00 twice"), "{:?}", desk.copied);
    let mut desk = after("ada@example.com", "<enter>Dr<enter>", 4);
    desk.sees("● duplicate");
    desk.press("99.00<enter>").settle().sees("refunding $99.00 to Ada").after_ms(6_000);
    assert_eq!(desk.changes_asked(), ["POST /v1/refunds"]);
    desk.sees("was one, and is refunded already");
}

#[test]
fn the_end_of_a_plan_with_usage_says_that_it_is_still_billed() {
    let mut desk = after("donald@example.com", "<enter>3x", 3);
    desk.sees("+ usage").sees("only what is used until then is billed");
    desk.press("<f2>").settle().sees("what is used until then is billed, and nothing else");
    desk.sees("what was used and is not billed yet is not charged");
}

#[test]
fn from_an_empty_search_to_the_reply_a_duplicate_takes_six_keys_and_the_amount() {
    let mut desk = after("ada@example.com", "<enter>Dr<enter>", 4);
    desk.press("99.00").settle();
    desk.press("<enter>").settle().after_ms(6_000).settle().press("y").settle();
    assert_eq!(desk.changes_asked(), ["POST /v1/refunds"]);
    let reply = desk.copied.last().unwrap();
    assert!(
        reply.starts_with("You were charged $99.00 twice, and $99.00 of it is refunded already."),
        "{reply}"
    );
}

#[test]
fn a_customer_is_told_in_their_own_language_and_a_change_tells_what_was_done() {
    let case = Case::new();
    let (_, found) = case.json("explain --customer alan@example.com --amount 49 --on yesterday");
    let id = found["result"]["about"].as_str().unwrap().to_owned();
    let (_, who) = case.json("customer alan@example.com");
    let customer = who["result"]["customer"]["id"].as_str().unwrap().to_owned();
    let (code, told) =
        case.json(&format!("run update_customer customer={customer} preferred_locales=de-AT --yes"));
    assert_eq!(code, 0, "{told}");
    let (_, told) = case.json(&format!("explain {id}"));
    let reply = told["result"]["reply"].as_str().unwrap();
    assert!(
        reply.starts_with("Die Abbuchung von 49,00\u{a0}$ vom ")
            && reply.contains("war die monatliche Verlängerung von Growth. Die nächste Abbuchung ist am "),
        "{reply}"
    );
}

#[test]
fn the_charge_that_fulfils_the_invoice_is_not_the_one_that_goes_back() {
    let mut desk = after("ada@example.com", "<enter>D<enter>", 3);
    // The proposed one paid no invoice.
    desk.sees("Subscription update").sees_not("paid invoice");
}

#[test]
fn one_subscription_too_many_is_credited_from_where_it_is_proposed() {
    let mut desk = desk();
    let list = |desk: &Desk, path: &str| desk.elsewhere("GET", path, "")["data"].as_array().unwrap().clone();
    let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let plans = list(&desk, "/v1/subscriptions?limit=100&status=active");
    let plan = |row: &serde_json::Value| {
        (row["customer"].clone(), row["items"]["data"][0]["price"]["product"].clone())
    };
    let twice = |row: &&serde_json::Value| {
        row["currency"] == "usd" && plans.iter().filter(|other| plan(other) == plan(row)).count() == 2
    };
    let both = word(&plans.iter().find(twice).unwrap()["customer"]);
    desk.press(&both).settle().press("<enter>").settle().press("D").settle();
    desk.sees("a credit note on in_").sees("c credit note");
    desk.press("c").settle().sees("Create credit note").sees("● duplicate");
    for (width, height) in SIZES {
        desk.resize(width, height).settle();
        insta::assert_snapshot!(format!("duplicates_credit_note_{width}x{height}"), desk.screen());
    }
    // What it does and what the rules say is in view; what is empty is told by its name, and shown when keys come to it.
    desk.resize(80, 24)
        .settle()
        .sees("of what was paid already")
        .sees("✔ a reason is given")
        .sees_not("On balance [");
    desk.press("<tab><tab>").settle().sees("▸On balance");
}

#[test]
fn what_may_not_be_read_is_named() {
    let mut desk = Desk::open(Options { restrict: Some("*:write,invoice:none"), ..Options::default() });
    desk.press("alan@example.com").settle().press("<enter>").settle().press("e").settle();
    desk.sees("Whether it paid an invoice could not be read").sees("rak_invoice_read");
    desk.sees("more than that could not be read").sees_not("one-off");
    insta::assert_snapshot!("explain_restricted_140x42", desk.screen());
}

#[test]
fn nobody_open_is_told_what_to_do() {
    let mut desk = desk();
    desk.press("<esc>e").settle().sees("open who has a charge or a plan first");
    desk.press("D").settle().sees("open a customer first");
}

#[test]
fn the_command_line_says_the_same() {
    let case = Case::new();
    let (code, told) = case.json("explain --customer alan@example.com --amount 49 --on yesterday");
    assert_eq!((code, &told["ok"], &told["action"]), (0, &true.into(), &"explain".into()), "{told}");
    let result = &told["result"];
    assert_eq!(result["cause"], "renewal");
    assert_eq!(result["sum"]["adds_up"], true);
    assert_eq!(result["sum"]["charged"]["decimal"], "49.00 USD");
    assert!(
        result["reply"]
            .as_str()
            .unwrap()
            .contains("was the monthly renewal of Growth. Your next billing date is")
    );
    let id = result["about"].as_str().unwrap();
    let (code, by_id) = case.json(&format!("explain {id}"));
    assert_eq!((code, &by_id["result"]["sum"]), (0, &result["sum"]));
    let (code, text, _) = case.run(&format!("explain {id}"));
    assert!(code == 0 && text.contains("reply\t\tThe $49.00 charge on"), "{text}");
    let (code, twice) = case.json("duplicates ada@example.com");
    assert_eq!((code, &twice["result"]["likely"]), (0, &1.into()), "{twice}");
    let group = &twice["result"]["groups"][0];
    assert_eq!((&group["cause"], &group["proposal"]["do"]), (&"one_order".into(), &"refund".into()));
    assert_ne!(group["proposal"]["charges"][0], group["proposal"]["keep"]);
    for (line, says) in [
        ("explain", "--customer"),
        ("explain cus_1", "leads to no charge: give a charge (ch_"),
        ("explain --customer ada@example.com --amount soon", "no amount and no day"),
        ("explain --amount 49", "--customer"),
        ("duplicates ch_1", "but a customer is needed here"),
        ("duplicates cus_doesnotexist", "Stripe has no customer cus_doesnotexist"),
        ("timeline cus_doesnotexist", "Stripe has no customer cus_doesnotexist"),
    ] {
        let (code, _, err) = case.run(line);
        assert!(code == 2 && err.contains(says), "{line}: {code} {err}");
    }
    let (code, line) = case.json("timeline ada@example.com --kind refunds,disputes");
    assert_eq!(code, 0, "{line}");
    let entries = line["result"]["entries"].as_array().unwrap();
    let refund = entries.iter().find(|entry| entry["kind"] == "refund").unwrap()["says"].as_str().unwrap();
    assert!(refund.contains("refunded by maya (requested by customer): sent to the bank"), "{line}");
    assert!(entries.iter().all(|entry| entry["kind"] == "refund" || entry["kind"] == "dispute"), "{line}");
    assert!(line["result"]["not_known"][0].as_str().unwrap().contains("30 days"));
    let (code, _, err) = case.run("timeline ada@example.com --kind mails");
    assert!(code == 2 && err.contains("`mails` is no kind of entry: give payment"), "{err}");
    let (code, none) = case.json("explain ch_doesnotexist");
    assert_eq!((code, &none["result"]["cause"]), (0, &"not_ours".into()), "{none}");
    assert!(none["result"]["reply"].as_str().unwrap().starts_with("We could not find a charge."), "{none}");
}
