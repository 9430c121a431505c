//! Objects with nothing in them but what they are found by, and objects in words of a version to come: everything is still read and
//! shown, nothing falls over, and nothing is changed on a guess.

use paydesk::{
    actions::{self, Effect},
    sandbox::Options,
};
use serde_json::Value;

use crate::{
    harness::{
        command::{Case, get, said},
        desk::{self, Desk},
        strangers::{self, Spoils},
    },
    hostile::everywhere,
    reads::given,
};

type Through = fn(&str) -> String;

/// Null, missing, and unknown, each with the server that answers so.
const KINDS: [(&str, Through); 3] = [
    ("null", |base| strangers::before(base, Spoils::Nulls)),
    ("missing", |base| strangers::before(base, Spoils::Gone)),
    ("unknown", |base| strangers::before(base, Spoils::Unknown)),
];

fn ada(running: &paydesk::sandbox::Running) -> String {
    get(running, "/v1/customers?email=ada@example.com")["data"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn every_command_reads_what_has_nothing_in_it() {
    for (kind, through) in KINDS {
        let case = Case::with(Options { customers: 60, ..Options::default() });
        let base = through(case.running.base_url());
        let ada = ada(&case.running);
        let mut lines: Vec<(String, Vec<String>)> = ["customer", "timeline", "duplicates", "find"]
            .map(|line| (format!("{line} {ada}"), Vec::new()))
            .into();
        lines.push((format!("explain {}", case.charge(1)), Vec::new()));
        lines.extend(
            actions::all()
                .filter(|action| action.effect == Effect::Read)
                .map(|action| (format!("run {}", action.name), given(&case, action))),
        );
        let mut read = 0;
        for (line, more) in &lines {
            for json in ["", " --json"] {
                let mut command = case.command(&format!("{line}{json}"));
                let (code, out, err) =
                    said(command.env("STRIPE_API_BASE", &base).args(more).output().unwrap());
                assert!(code < 10 && !err.contains("panicked"), "{kind}: {line} {more:?}: {code} {err}");
                assert!(
                    code == 0 || !err.is_empty() || !json.is_empty(),
                    "{kind}: {line}: {code} without a word"
                );
                if !json.is_empty() {
                    serde_json::from_str::<Value>(&out)
                        .unwrap_or_else(|error| panic!("{kind}: {line}: {error}: {out}"));
                    read += usize::from(code == 0);
                }
            }
        }
        assert!(read * 3 > lines.len() * 2, "{kind}: {read} of {} were read", lines.len());
    }
}

#[test]
fn the_desk_shows_what_has_nothing_in_it_and_changes_nothing() {
    for (kind, through) in KINDS {
        let options = desk::Options { customers: 60, through: Some(through), ..desk::Options::default() };
        let mut desk = Desk::open(options);
        let ada = ada(&desk.sandbox);
        everywhere(&mut desk, &ada, |desk, after| {
            let screen = desk.screen();
            let wide = screen.lines().map(paydesk::text::width).max().unwrap_or_default();
            assert!(wide <= usize::from(desk.state.width), "{kind}: {after}: a row is {wide} cells wide");
        });
        let sent =
            desk.sandbox.requests().into_iter().filter(|seen| seen.method != "GET").collect::<Vec<_>>();
        assert!(
            sent.iter().all(|seen| seen.path.ends_with("create_preview") || seen.path.ends_with("preview")),
            "{kind}: {sent:?}"
        );
    }
}
