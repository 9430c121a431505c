//! Every action on the command line: the real binary, as scripts call it.

use std::time::Duration;

use paydesk::{actions, actions::Gives, sandbox::Options};
use serde_json::Value;

use super::{
    cases::{ALL, CHANGES, Case, Names, READS},
    was_asked, was_made_once,
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

fn run(world: &World, name: &str, given: Vec<(&str, String)>, switches: &str) -> Value {
    world.running.forget_requests();
    let mut command = world.command(&format!("run {name} --json {switches}"));
    command.args(given.into_iter().map(|(field, value)| format!("{field}={value}")));
    let (code, out, err) = said(command.output().unwrap());
    assert_eq!(code, 0, "{name}: {out}{err}");
    let document: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{name}: {error}: {out}"));
    assert_eq!((&document["ok"], &document["action"]), (&true.into(), &name.into()), "{document}");
    document
}

#[test]
fn every_reading_runs_on_the_command_line() {
    let world = world(ALL);
    let names = Names::new(&world.running);
    for (name, given) in READS {
        let action = actions::find(name).unwrap();
        let document = run(&world, name, names.pairs(given), "");
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
    for Case(name, given, _, _, shows) in CHANGES {
        let names = Names::new(&world.running);
        let document = run(&world, name, names.pairs(given), "--yes");
        was_made_once(actions::find(name).unwrap(), &world.running);
        names.shows(name, *shows);
        assert!(document["intent"].is_string() && document["result"].is_object(), "{document}");
    }
    let (code, trail) = world.json("audit verify");
    assert_eq!(code, 0, "{trail}");
}
