//! Every action on the command line: the real binary, as scripts call it.

use std::time::Duration;

use paydesk::{actions, actions::Gives, sandbox::Options};
use serde_json::Value;

use super::{
    cases::{ALL, CHANGES, Case, Names, READS},
    nothing_was_changed, was_asked, was_made_once,
};
use crate::harness::command::{Case as World, said};

pub(super) fn world(policy: &str) -> World {
    let world =
        World::with(Options { seed: 7, customers: 120, search_lag: Duration::ZERO, ..Options::default() });
    std::fs::write(world.home.path().join("policy.toml"), policy).unwrap();
    let config = "version = 1\n[desk]\npolicy = \"policy.toml\"\n";
    std::fs::write(world.home.path().join("config.toml"), config).unwrap();
    world
}

/// Exit code and document.
pub(super) fn runs(
    world: &World,
    name: &str,
    given: &[(&'static str, String)],
    switches: &str,
) -> (i32, Value) {
    world.running.forget_requests();
    let mut command = world.command(&format!("run {name} --json {switches}"));
    command.args(given.iter().map(|(field, value)| format!("{field}={value}")));
    let (code, out, err) = said(command.output().unwrap());
    let document = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{name}: {error}: {out}{err}"));
    (code, document)
}

fn run(world: &World, name: &str, given: &[(&'static str, String)], switches: &str) -> Value {
    let (code, document) = runs(world, name, given, switches);
    assert_eq!(code, 0, "{name}: {document}");
    assert_eq!((&document["ok"], &document["action"]), (&true.into(), &name.into()), "{document}");
    document
}

#[test]
fn every_reading_runs_on_the_command_line() {
    let world = world(ALL);
    let names = Names::new(&world.running);
    for (name, given) in READS {
        let action = actions::find(name).unwrap();
        let document = run(&world, name, &names.pairs(given), "");
        was_asked(action, &world.running);
        match action.gives {
            Gives::One(kind) => assert_eq!(document["result"]["object"], kind, "{name}"),
            Gives::List(kind) => {
                let rows = document["result"].as_array().unwrap();
                assert!(rows.iter().all(|row| row["object"] == kind), "{name}");
            }
        }
    }
}

#[test]
fn every_change_runs_on_the_command_line() {
    let world = world(ALL);
    for case in CHANGES {
        let Case(name, given, _, _, shows) = case;
        let names = Names::new(&world.running);
        let given = names.pairs(given);
        let document = run(&world, name, &given, "--yes");
        was_made_once(actions::find(name).unwrap(), &world.running);
        names.shows(name, *shows);
        assert!(document["intent"].is_string() && document["result"].is_object(), "{document}");
        let Some((given, why)) = case.refused(&names, given) else { continue };
        let (code, document) = runs(&world, name, &given, "--yes");
        assert_eq!((code, &document["error"]["kind"]), (2, &"invalid".into()), "{name}: {document}");
        assert!(document["error"]["message"].as_str().unwrap().contains(why), "{name}: {document}");
        nothing_was_changed(name, &world.running);
    }
    let (code, trail) = world.json("audit verify");
    assert_eq!(code, 0, "{trail}");
}
