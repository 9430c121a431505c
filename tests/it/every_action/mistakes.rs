//! What an agent, a script or an assistant gets wrong, and the sentence that each of them is told: the same in the desk's form, on
//! the command line and in the answer of a tool, and nothing is sent. `@` names an object of the table of cases.

use std::sync::Arc;

use paydesk::actions;
use serde_json::json;

use super::{
    by_assistant::{arguments, told, trusting},
    by_command::world,
    by_desk,
    cases::{ALL, Names, Pairs},
};
use crate::{
    harness::{command::said, desk::Desk},
    mcp::Client,
};

/// Stands for a value that is longer than anything, and for one that is longer than a line.
const LONG: &str = "LONG";
const WIDE: &str = "WIDE";

/// How the same mistake is made at the desk.
#[derive(Clone, Copy, PartialEq)]
enum AtDesk {
    /// Filled into the form.
    Form,
    /// Where the object is chosen: there is no form for it.
    Choosing,
    /// The name is typed in the palette, which finds what was meant.
    Palette,
    /// A form has no field for it.
    Nowhere,
}
use AtDesk::{Choosing, Form, Nowhere, Palette};

/// Action, what is given, pieces of the sentence.
struct Mistake(&'static str, Pairs, &'static [&'static str], AtDesk);

const MISTAKES: &[Mistake] = &[
    // Names and kinds.
    Mistake("update_subscriptoin", &[], &["did you mean `update_subscription`?"], Palette),
    Mistake("give_back", &[], &["did you mean `refund_charge`?"], Palette),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("pirce", "@dearer")],
        &["did you mean `price`?"],
        Nowhere,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@charge")],
        &["is a charge, but a subscription is needed"],
        Choosing,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("price", "@product")],
        &["is a product, but a price is needed"],
        Form,
    ),
    Mistake("get_price", &[("price", "sub_1")], &["is a subscription, but a price is needed"], Choosing),
    // Plans.
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("price", "@euro")],
        &["is in EUR, the subscription in USD: a subscription keeps its currency"],
        Form,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("price", "@same")],
        &["price: it is on that plan already: $99.00/mo"],
        Form,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("quantity", "1")],
        &["quantity: it is on that plan already"],
        Form,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("quantity", "1000000000")],
        &["quantity: 1000000000 is not between 0 and 1000000"],
        Form,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("quantity", "-1")],
        &["quantity: -1 is not between 0 and 1000000"],
        Form,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("items", "@item:1000000000")],
        &["items: ", "from 0 to 1000000"],
        Form,
    ),
    Mistake(
        "update_subscription",
        &[("subscription", "@plan"), ("price", "price_none")],
        &["No such price: 'price_none'"],
        Form,
    ),
    // Times.
    Mistake(
        "extend_trial",
        &[("subscription", "@trial"), ("trial_end", "yesterday")],
        &["trial_end: ", "lies in the past: give a date that is still to come"],
        Form,
    ),
    Mistake(
        "pause_subscription",
        &[("subscription", "@plan"), ("behavior", "void"), ("resumes_at", "2020-01-01")],
        &["resumes_at: ", "lies in the past"],
        Form,
    ),
    // Limits.
    Mistake(
        "update_customer",
        &[("customer", "@customer"), ("metadata", "WIDE=1")],
        &["metadata: a name of 600 characters is too long: 40 fit"],
        Form,
    ),
    Mistake(
        "update_customer",
        &[("customer", "@customer"), ("metadata", "a=WIDE")],
        &["metadata: a value of 600 characters is too long: 500 fit"],
        Form,
    ),
    Mistake(
        "update_customer",
        &[("customer", "@customer"), ("metadata", "MANY")],
        &["metadata: 51 pairs are too many: Stripe keeps 50"],
        Form,
    ),
    Mistake(
        "update_dispute",
        &[("dispute", "@dispute"), ("product_description", LONG)],
        &["product_description: 30000 characters are too many: Stripe takes 20000"],
        Form,
    ),
    Mistake(
        "create_invoice_item",
        &[("customer", "@customer"), ("price", "@dearer"), ("quantity", "1000000000")],
        &["quantity: 1000000000 is not between 0 and 1000000"],
        Form,
    ),
    // Amounts.
    Mistake("refund_charge", &[("charge", "@charge"), ("amount", "€5")], &["names EUR"], Form),
    Mistake("refund_charge", &[("charge", "@charge"), ("amount", "0")], &["above zero"], Form),
    Mistake(
        "adjust_customer_balance",
        &[("customer", "@customer"), ("amount", "5 XYZ")],
        &["names XYZ"],
        Form,
    ),
    Mistake(
        "refund_charge",
        &[("charge", "@charge"), ("reason", "because")],
        &["`because` is not one of duplicate; requested by customer (requested_by_customer)"],
        Nowhere,
    ),
    // What is gone, or was never there.
    Mistake("refund_charge", &[("charge", "ch_none")], &["No such charge: 'ch_none'"], Form),
    Mistake("get_charge", &[("charge", "@customer")], &["is a customer, but a charge is needed"], Choosing),
    Mistake("get_charge", &[("chrage", "@charge")], &["did you mean `charge`?"], Nowhere),
    Mistake("update_customer", &[("customer", "@gone"), ("name", "Ada")], &["deleted"], Form),
    Mistake("adjust_customer_balance", &[("customer", "@gone"), ("amount", "5")], &["deleted"], Form),
    Mistake("create_portal_session", &[("customer", "@gone")], &["deleted"], Form),
    Mistake("create_invoice_item", &[("customer", "@gone"), ("amount", "5")], &["deleted"], Form),
];

fn given(names: &Names<'_>, given: Pairs) -> Vec<(&'static str, String)> {
    let many: Vec<_> = (0..51).map(|n| format!("k{n}=v")).collect();
    let long = "x".repeat(30_000);
    let wide = "x".repeat(600);
    let whole =
        |text: String| text.replace("MANY", &many.join(", ")).replace(LONG, &long).replace(WIDE, &wide);
    names.pairs(given).into_iter().map(|(name, text)| (name, whole(text))).collect()
}

#[test]
fn a_mistake_is_told_in_the_same_words_wherever_it_is_made() {
    let world = world(&trusting(ALL));
    let names = Names::new(&world.running);
    let mut client = Client::new(&world);
    for Mistake(action, pairs, pieces, _) in MISTAKES {
        let given = given(&names, pairs);
        let mut command = world.command(&format!("run {action} --yes"));
        command.args(given.iter().map(|(name, text)| format!("{name}={text}")));
        let (code, out, err) = said(command.output().unwrap());
        assert!([2, 5].contains(&code) && out.is_empty(), "{action} {pairs:?}: {code} {out}{err}");
        let answer =
            client.ask("tools/call", &json!({"name": action, "arguments": arguments(action, given)}));
        let told = told(&answer);
        assert!(answer["error"].is_object() || answer["result"]["isError"] == true, "{answer}");
        for piece in *pieces {
            assert!(err.contains(piece), "{action} {pairs:?}: no `{piece}` in: {err}");
            assert!(told.contains(piece), "{action} {pairs:?}: no `{piece}` in: {told}");
        }
    }
    let changed = world.running.requests().into_iter().filter(|seen| seen.method != "GET").count();
    assert_eq!(changed, 0, "nothing is sent");
    client.close();
}

/// What the desk says of it.
fn at_desk(desk: &mut Desk, Mistake(name, pairs, _, how): &Mistake) -> String {
    let sandbox = Arc::clone(&desk.sandbox);
    let given = given(&Names::new(&sandbox), pairs);
    match (how, actions::find(name)) {
        (Form, Some(action)) => by_desk::form(desk, action, &given),
        (Choosing, Some(action)) => by_desk::chooses(desk, action, &given),
        _ => {
            desk.press(":").settle();
            by_desk::types(desk, name);
        }
    }
    by_desk::said(desk)
}

/// Beside a field nobody says its name again; in the palette what was meant stands there.
fn at_desk_piece<'p>(action: &str, piece: &'p str) -> &'p str {
    let meant = piece.strip_prefix("did you mean `").and_then(|rest| rest.strip_suffix("`?"));
    let own = piece
        .split_once(": ")
        .filter(|(field, _)| actions::find(action).is_some_and(|action| action.field(field).is_some()));
    meant.or(own.map(|(_, rest)| rest)).unwrap_or(piece)
}

/// The palette writes names with blanks.
fn has(told: &str, piece: &str) -> bool {
    told.contains(piece) || told.contains(&piece.replace('_', " "))
}

#[test]
fn a_mistake_is_told_in_those_words_at_the_desk_too() {
    let (mut desk, mut failed) = (by_desk::under(ALL), Vec::new());
    for mistake in MISTAKES.iter().filter(|mistake| mistake.3 != Nowhere) {
        let Mistake(name, pairs, pieces, _) = mistake;
        let told = at_desk(&mut desk, mistake);
        let missing = pieces.iter().map(|piece| at_desk_piece(name, piece)).find(|piece| !has(&told, piece));
        failed.extend(missing.map(|piece| format!("{name} {pairs:?}: no `{piece}`\n{}", desk.screen())));
        desk.press("<enter>").settle().after_ms(by_desk::HELD_MS);
        by_desk::closes_all(&mut desk);
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert_eq!(desk.changes_asked(), Vec::<String>::new(), "nothing is sent");
}

/// What looks like a mistake and is none: it works, and what it comes to is said before.
const NO_MISTAKES: &[(&str, Pairs, &[&str])] = &[
    (
        "update_subscription",
        &[("subscription", "@plan"), ("price", "@yearly")],
        &["/yr", "a new period begins now and is billed at once, and the billing day moves to today"],
    ),
    ("update_subscription", &[("subscription", "@plan"), ("quantity", "0")], &["from $99.00/mo to $0.00/mo"]),
];

#[test]
fn what_works_all_the_same_says_what_it_comes_to_wherever_it_is_asked_for() {
    // What an assistant asks for waits for a person, and says so too.
    let world = world(&trusting(ALL));
    let names = Names::new(&world.running);
    let mut client = Client::new(&world);
    for (name, pairs, pieces) in NO_MISTAKES {
        let given = names.pairs(pairs);
        let mut command = world.command(&format!("run {name} --dry-run"));
        command.args(given.iter().map(|(name, text)| format!("{name}={text}")));
        let (code, out, err) = said(command.output().unwrap());
        assert_eq!(code, 0, "{name} {pairs:?}: {out}{err}");
        let asked = client.good(name, &arguments(name, given));
        assert_eq!(asked["state"], "waiting", "{asked}");
        let mut desk = by_desk::under(ALL);
        let sandbox = Arc::clone(&desk.sandbox);
        by_desk::form(&mut desk, actions::find(name).unwrap(), &Names::new(&sandbox).pairs(pairs));
        let told = by_desk::said(&desk);
        for piece in *pieces {
            assert!(out.contains(piece), "{name} {pairs:?}: no `{piece}` in: {out}");
            assert!(asked.to_string().contains(piece), "{name} {pairs:?}: no `{piece}` in: {asked}");
            assert!(told.contains(piece), "{name} {pairs:?}: no `{piece}`\n{}", desk.screen());
        }
    }
    client.close();
}
