//! Every action as an assistant's tool call: readings, and changes that the policy lists for it. What asks for a person waits for
//! one, who says yes.

use paydesk::actions::{self, Effect, FieldKind, Gives};
use serde_json::{Value, json};

use super::{
    by_command::world,
    cases::{ALL, CHANGES, Case, Names, READS},
    nothing_was_changed, was_asked, was_made_once,
};
use crate::mcp::Client;

/// In the shapes that the tool's schema asks for.
pub(super) fn arguments(action: &str, given: Vec<(&'static str, String)>) -> Value {
    let kind = |name: &str| Some(actions::find(action)?.field(name)?.kind);
    let shaped = |(name, text): (&'static str, String)| {
        let value = match kind(name) {
            Some(FieldKind::Bool) => json!(text == "true"),
            Some(FieldKind::Int { .. }) => json!(text.parse::<i64>().unwrap()),
            Some(FieldKind::Items | FieldKind::Texts { .. }) => {
                json!(text.split(',').map(str::trim).collect::<Vec<_>>())
            }
            Some(FieldKind::Pairs) => {
                let pairs = text.split(", ").map(|pair| pair.split_once('=').unwrap());
                json!(pairs.collect::<std::collections::BTreeMap<_, _>>())
            }
            _ => json!(text),
        };
        (name.to_owned(), value)
    };
    Value::Object(given.into_iter().map(shaped).collect())
}

/// The rules, with every change listed for the assistant.
pub(super) fn trusting(rules: &str) -> String {
    let changes = actions::all().filter(|one| one.effect != Effect::Read);
    format!("{rules}\n[assistant]\nactions = {}\n", json!(changes.map(|one| one.name).collect::<Vec<_>>()))
}

/// Everything that an answer says, or the error in its place.
pub(super) fn told(answer: &Value) -> String {
    match answer["error"]["message"].as_str() {
        Some(message) => message.to_owned(),
        None => answer["result"]["structuredContent"].to_string(),
    }
}

#[test]
fn every_action_is_a_tool_call() {
    // Small refunds need nobody.
    let rules = ALL.replace("[refunds]\n", "[refunds]\nautomatic = { usd = \"20.00\" }\n");
    let world = world(&trusting(&rules));
    let mut client = Client::new(&world);
    let names = Names::new(&world.running);
    for (name, given) in READS {
        let action = actions::find(name).unwrap();
        let arguments = arguments(name, names.pairs(given));
        world.running.forget_requests();
        let answer = client.good(name, &arguments);
        was_asked(action, &world.running);
        let data = &answer["stripe_data"]["data"];
        match action.gives {
            Gives::One(kind) => assert_eq!(data["object"], kind, "{name}: {answer}"),
            Gives::List(kind) => {
                let rows = data.as_array().unwrap_or_else(|| panic!("{name}: {answer}"));
                assert!(rows.iter().all(|row| row["object"] == kind), "{name}: {answer}");
            }
        }
    }
    let mut waited = 0;
    for case in CHANGES {
        let Case(name, given, _, _, shows) = case;
        let names = Names::new(&world.running);
        let given = names.pairs(given);
        world.running.forget_requests();
        let answer = client.good(name, &arguments(name, given.clone()));
        if answer["state"] == "waiting" {
            waited += 1;
            let proposal = answer["proposal"].as_str().unwrap();
            let (code, done) = world.json(&format!("approve {proposal} --yes"));
            assert_eq!(code, 0, "{name}: {done}");
            assert_eq!(client.status(proposal)["state"], "done", "{name}");
        } else {
            assert_eq!(answer["state"], "done", "{name}: {answer}");
        }
        was_made_once(actions::find(name).unwrap(), &world.running);
        names.shows(name, *shows);
        let Some((given, why)) = case.refused(&names, given) else { continue };
        world.running.forget_requests();
        let answer = client.ask("tools/call", &json!({"name": name, "arguments": arguments(name, given)}));
        assert!(told(&answer).contains(why), "{name}: `{why}` is not said: {answer}");
        nothing_was_changed(name, &world.running);
    }
    assert!(waited > 0 && waited < CHANGES.len(), "{waited} waited: both ways are taken");
    client.close();
}
