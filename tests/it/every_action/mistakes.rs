//! What an agent, a script or an assistant gets wrong with changes, and the sentence that each of them is told: the same on the
//! command line as in the answer of a tool, and nothing is sent. `@` names an object of the table of cases.

use serde_json::json;

use super::{
    by_assistant::arguments,
    by_command::world,
    cases::{ALL, Names, Pairs},
};
use crate::{harness::command::said, mcp::Client};

/// Stands for a value that is longer than anything.
const LONG: &str = "LONG";

const MISTAKES: &[(&str, Pairs, &[&str])] = &[
    // Names and kinds.
    ("update_subscriptoin", &[], &["did you mean `update_subscription`?"]),
    ("give_back", &[], &["did you mean `refund_charge`?"]),
    ("update_subscription", &[("subscription", "@plan"), ("pirce", "@dearer")], &["did you mean `price`?"]),
    ("update_subscription", &[("subscription", "@charge")], &["is a charge, but a subscription is needed"]),
    (
        "update_subscription",
        &[("subscription", "@plan"), ("price", "@product")],
        &["is a product, but a price is needed"],
    ),
    ("get_price", &[("price", "sub_1")], &["is a subscription, but a price is needed"]),
    // Plans.
    (
        "update_subscription",
        &[("subscription", "@plan"), ("price", "@euro")],
        &["is in EUR, the subscription in USD: a subscription keeps its currency"],
    ),
    (
        "update_subscription",
        &[("subscription", "@plan"), ("price", "@same")],
        &["price: it is on that plan already: $99.00/mo"],
    ),
    (
        "update_subscription",
        &[("subscription", "@plan"), ("quantity", "1")],
        &["quantity: it is on that plan already"],
    ),
    (
        "update_subscription",
        &[("subscription", "@plan"), ("quantity", "1000000000")],
        &["quantity: 1000000000 is not between 0 and 1000000"],
    ),
    (
        "update_subscription",
        &[("subscription", "@plan"), ("quantity", "-1")],
        &["quantity: -1 is not between 0 and 1000000"],
    ),
    (
        "update_subscription",
        &[("subscription", "@plan"), ("items", "@item:1000000000")],
        &["items: ", "from 0 to 1000000"],
    ),
    (
        "update_subscription",
        &[("subscription", "@plan"), ("price", "price_none")],
        &["No such price: 'price_none'"],
    ),
    // Times.
    (
        "extend_trial",
        &[("subscription", "@trial"), ("trial_end", "yesterday")],
        &["trial_end: ", "lies in the past: give a date that is still to come"],
    ),
    (
        "pause_subscription",
        &[("subscription", "@plan"), ("behavior", "void"), ("resumes_at", "2020-01-01")],
        &["resumes_at: ", "lies in the past"],
    ),
    // Limits.
    (
        "update_customer",
        &[("customer", "@customer"), ("metadata", "LONG=1")],
        &["metadata: a name of 30000 characters is too long: 40 fit"],
    ),
    (
        "update_customer",
        &[("customer", "@customer"), ("metadata", "a=LONG")],
        &["metadata: a value of 30000 characters is too long: 500 fit"],
    ),
    (
        "update_customer",
        &[("customer", "@customer"), ("metadata", "MANY")],
        &["metadata: 51 pairs are too many: Stripe keeps 50"],
    ),
    (
        "update_dispute",
        &[("dispute", "@dispute"), ("product_description", LONG)],
        &["product_description: 30000 characters are too many: Stripe takes 20000"],
    ),
    // What is gone.
    ("update_customer", &[("customer", "@gone"), ("name", "Ada")], &["deleted"]),
    ("adjust_customer_balance", &[("customer", "@gone"), ("amount", "5")], &["deleted"]),
    ("create_portal_session", &[("customer", "@gone")], &["deleted"]),
    ("create_invoice_item", &[("customer", "@gone"), ("amount", "5")], &["deleted"]),
];

fn given(names: &Names<'_>, given: Pairs) -> Vec<(&'static str, String)> {
    let many: Vec<_> = (0..51).map(|n| format!("k{n}=v")).collect();
    let long = "x".repeat(30_000);
    let whole = |text: String| text.replace("MANY", &many.join(", ")).replace(LONG, &long);
    names.pairs(given).into_iter().map(|(name, text)| (name, whole(text))).collect()
}

#[test]
fn a_mistake_is_told_in_the_same_words_wherever_it_is_made() {
    let listed = paydesk::actions::all().filter(|one| one.effect != paydesk::actions::Effect::Read);
    let listed: Vec<_> = listed.map(|one| one.name).collect();
    let world = world(&format!("{ALL}[assistant]\nactions = {}\n", json!(listed)));
    let names = Names::new(&world.running);
    let mut client = Client::new(&world);
    for (action, pairs, pieces) in MISTAKES {
        let given = given(&names, pairs);
        let mut command = world.command(&format!("run {action} --yes"));
        command.args(given.iter().map(|(name, text)| format!("{name}={text}")));
        let (code, out, err) = said(command.output().unwrap());
        assert!([2, 5].contains(&code) && out.is_empty(), "{action} {pairs:?}: {code} {out}{err}");
        let call = json!({"name": action, "arguments": arguments(action, given)});
        let answer = client.ask("tools/call", &call);
        let told = match answer["error"]["message"].as_str() {
            Some(message) => message.to_owned(),
            None => answer["result"]["structuredContent"].to_string(),
        };
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
