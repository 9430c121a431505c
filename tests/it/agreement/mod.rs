//! The decision, made a second time by somebody who never saw the first: `naive` is written from what the rules promise, over
//! plain values, and shares no code with the engine. Both are asked about the same generated files and proposals, and have to
//! agree on all of them.
//!
//! `cargo test` compares 10,000 cases; `PAYDESK_CASES=100000 cargo test --test it agreement` ten times as many.

mod build;
mod draw;
mod naive;
mod properties;

use std::collections::BTreeMap;

use paydesk::policy::{self, Confirm, Outcome, Policy};

use self::{
    build::Built,
    draw::{Case, Draw, File},
    naive::{Bug, Verdict},
};

/// Cases of one file.
const OF_A_FILE: usize = 50;
const CASES: usize = 10_000;

#[expect(clippy::disallowed_methods, reason = "asks how many cases are wanted")]
fn cases() -> usize {
    std::env::var("PAYDESK_CASES").map_or(CASES, |text| text.parse().unwrap())
}

fn engine(policy: &Policy, built: &Built) -> (Verdict, Vec<String>) {
    let decision = policy::decide(policy, &built.proposal, &built.facts);
    let verdict = match &decision.outcome {
        Outcome::Allow => Verdict::Allow,
        Outcome::Confirm(Confirm::Plain) => Verdict::Enter,
        Outcome::Confirm(Confirm::TypeAmount(amount)) => {
            Verdict::TypeAmount(amount.minor(), amount.currency().code().to_owned())
        }
        Outcome::Confirm(Confirm::TypeName(name)) => Verdict::TypeName(name.clone()),
        Outcome::SecondPerson => Verdict::SecondPerson,
        Outcome::Deny => Verdict::Deny,
    };
    let denials = decision.in_the_way().map(|looked| format!("{}: {}", looked.rule, looked.says)).collect();
    (verdict, denials)
}

/// The first case on which the two differ, told with everything that it takes to see it again.
fn differ(seed: u64, files: usize, bug: Bug) -> Result<BTreeMap<String, usize>, String> {
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for file_seed in (0..).take(files) {
        let mut draw = Draw::new(seed.wrapping_mul(1_000_003).wrapping_add(file_seed));
        let file = File::draw(&mut draw);
        let text = file.text();
        let policy = Policy::parse(&text, "policy.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
        for nth in 0..OF_A_FILE {
            let case = Case::draw(&mut draw);
            let built = Built::of(&case);
            let (said, why) = engine(&policy, &built);
            let own = naive::decide(&file, &case, bug);
            *met.entry(format!("{} {}", case.kind(), said.word())).or_default() += 1;
            if said != own {
                return Err(format!(
                    "seed {seed}, file {file_seed}, case {nth}: the engine says {said:?}, and the other {own:?}\n{why:#?}\n{case:#?}\n{text}"
                ));
            }
            if nth % 25 == 0
                && let Some(wrong) = largest_differs(&policy, &built, &file, &case, bug)
            {
                return Err(format!("seed {seed}, file {file_seed}, case {nth}: {wrong}\n{case:#?}\n{text}"));
            }
        }
    }
    Ok(met)
}

/// The largest refund: counted down from above by the one, computed by the other.
fn largest_differs(policy: &Policy, built: &Built, file: &File, case: &Case, bug: Bug) -> Option<String> {
    let said =
        policy::largest_refund(policy, &built.proposal, &built.facts).map(paydesk::money::Money::minor);
    let own = case.names_a_refund().then(|| naive::largest(file, case, bug)).flatten();
    (said != own).then(|| format!("the engine says that {said:?} is the largest, and the other {own:?}"))
}

#[test]
fn a_second_implementation_decides_the_same() {
    let met = differ(1, cases() / OF_A_FILE, Bug::None).unwrap_or_else(|wrong| panic!("{wrong}"));
    // What is never drawn is not compared.
    for kind in draw::KINDS {
        for word in ["deny", "allow"] {
            let seen = met.iter().filter(|(key, _)| {
                let (of, verdict) = key.split_once(' ').unwrap();
                of == *kind && (verdict == "deny") == (word == "deny")
            });
            let count: usize = seen.map(|(_, count)| count).sum();
            assert!(count >= cases() / 1_000, "{kind}: only {count} of {word}: {met:#?}");
        }
    }
    for word in ["refund allow", "refund type_amount", "refund second_person", "cancel type_name"] {
        assert!(met.get(word).is_some_and(|count| *count >= cases() / 1_000), "{word}: {met:#?}");
    }
}

#[test]
fn the_comparison_finds_every_planted_bug() {
    for bug in Bug::PLANTED {
        let found = (1..=24).any(|seed| differ(seed, 50, *bug).is_err());
        assert!(found, "{bug:?} was not found");
    }
}
