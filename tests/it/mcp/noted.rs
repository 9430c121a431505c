//! What agents wrote down for each other, and an assistant.

use paydesk::{
    ledger::{Ledger, Note, Store as _},
    model::CustomerId,
    time::{Clock as _, SystemClock},
};
use serde_json::json;

use super::client::{Client, case};

#[test]
fn notes_of_this_machine_do_not_leave_it_and_are_said_to_be_there() {
    let case = case();
    let (_, found) = case.json("customer ada@example.com");
    let ada = found["result"]["customer"]["id"].as_str().unwrap().to_owned();
    let mut client = Client::new(&case);
    let mut line =
        || client.good("customer_timeline", &json!({"customer": ada}))["stripe_data"]["data"].clone();
    assert!(!line().to_string().contains("kept on this machine"));
    let mut ledger = Ledger::open(&case.home.path().join("data")).unwrap();
    let at = SystemClock.now();
    let note = Note { author: "maya".into(), at, text: "called, wants yearly".into() };
    ledger.note((case.running.account(), false), (&CustomerId::parse(&ada).unwrap(), &note)).unwrap();
    drop(ledger);
    let told = line();
    assert!(!told.to_string().contains("wants yearly"), "{told}");
    let kept_back = "1 note of agents, kept on this machine alone: no assistant is shown them, ask an agent";
    assert!(told["not_known"].as_array().unwrap().contains(&json!(kept_back)), "{told}");
    // An agent at the same machine reads them.
    let (_, told) = case.json(&format!("timeline {ada}"));
    assert!(told.to_string().contains("maya: called, wants yearly"), "{told}");
}
