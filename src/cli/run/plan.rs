//! A batch of changes before anything is sent: what each would do, what the policy says to it with those before it counted in,
//! and the sums that are asked for once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    change::{self, outcome, propose},
    lines::Line,
};
use crate::{
    actions::{Field, Proposal, Subject},
    cli::{
        exit::Failed,
        out::{Shown, note},
        wire::Connected,
    },
    money::Money,
    policy::{Decision, Fact, Facts, Outcome},
    request::Request,
};

/// Lines of a plan that a person is shown before they say yes; the rest is counted.
const SHOWN_MOST: usize = 20;
/// How often it is said how far it came.
const SAID_EVERY: usize = 25;

/// One line, and what would become of it.
pub(super) struct Planned {
    pub(super) line: Line,
    pub(super) id: String,
    pub(super) would: Would,
}

pub(super) enum Would {
    Do(Box<Doing>),
    /// The policy says no, the object does not allow it, or it cannot be read.
    Not(Failed),
}

pub(super) struct Doing {
    pub(super) proposal: Proposal,
    /// As it would leave.
    request: Request,
    pub(super) decision: Decision,
    /// As it was read when this was decided.
    pub(super) seen: Subject,
}

/// Refunds that stand before a line in its batch: they count against the day as those that were made do.
#[derive(Default)]
struct Before(Vec<(Money, String)>);

impl Before {
    fn count(&self, facts: &mut Facts, customer: &str) {
        let Fact::Known(spent) = &mut facts.spent else { return };
        for (amount, whose) in &self.0 {
            spent.agent.add(*amount);
            spent.team.add(*amount);
            if whose == customer {
                spent.customer.add(*amount);
                if let Some(times) = &mut spent.times {
                    times.count = times.count.saturating_add(1);
                }
            }
        }
    }

    fn add(&mut self, proposal: &Proposal) {
        if let Some(amount) = proposal.refunds() {
            self.0.push((amount, proposal.whose().to_owned()));
        }
    }
}

/// Reads and decides every line. What is wrong with one is kept with it; what is wrong with all of them ends it.
pub(super) async fn plan(
    lines: Vec<Line>,
    field: &'static Field,
    connected: &Connected,
) -> Result<Vec<Planned>, Failed> {
    let (mut planned, mut before) = (Vec::with_capacity(lines.len()), Before::default());
    let all = lines.len();
    for (at, line) in lines.into_iter().enumerate() {
        if at > 0 && at.checked_rem(SAID_EVERY) == Some(0) {
            let _told = note(&format!("{at} of {all} looked at"));
        }
        connected.transport.forget();
        let proposed = propose(&line.wanted, connected, |proposal, facts| {
            before.count(facts, proposal.whose());
        });
        let would = match proposed.await {
            Ok((_, decision, _)) if is_denied(&decision) => Would::Not(Failed::Denied(Box::new(decision))),
            Ok((proposal, decision, seen)) => {
                before.add(&proposal);
                let request = connected.gate.foreseen(&proposal);
                Would::Do(Box::new(Doing { proposal, request, decision, seen }))
            }
            Err(failed) if change::is_about_one(&failed) => Would::Not(failed),
            Err(failed) => return Err(failed),
        };
        planned.push(Planned { id: line.id(field), line, would });
    }
    Ok(planned)
}

fn is_denied(decision: &Decision) -> bool {
    matches!(decision.outcome, Outcome::Deny | Outcome::SecondPerson)
}

/// A sum a currency, in the order of their codes.
pub(super) fn sums<'a>(amounts: impl Iterator<Item = &'a Money>) -> Vec<Money> {
    let mut sums: BTreeMap<String, Money> = BTreeMap::new();
    for amount in amounts {
        let sum =
            sums.entry(amount.currency().code().to_owned()).or_insert_with(|| Money::zero(amount.currency()));
        // A sum beyond counting stays where it is: no policy allows it.
        *sum = sum.checked_add(*amount).unwrap_or(*sum);
    }
    sums.into_values().collect()
}

impl Planned {
    pub(super) fn doing(&self) -> Option<&Doing> {
        match &self.would {
            Would::Do(doing) => Some(doing),
            Would::Not(_) => None,
        }
    }

    pub(super) fn why_not(&self) -> Option<&Failed> {
        match &self.would {
            Would::Do(_) => None,
            Would::Not(failed) => Some(failed),
        }
    }

    fn verdict(&self) -> &'static str {
        self.doing().map_or("not", |doing| outcome(&doing.decision))
    }

    fn says(&self) -> String {
        match &self.would {
            Would::Do(doing) => doing.proposal.sentence.clone(),
            Would::Not(failed) => failed.message(),
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "line": self.line.number,
            "given": self.line.given,
            "id": self.id,
            "outcome": self.verdict(),
            "sentence": self.doing().map(|doing| &doing.proposal.sentence),
            "amount": self.doing().and_then(|doing| doing.proposal.amount),
            "request": self.doing().map(|doing| super::request_json(&doing.request)),
            "error": self.why_not().map(Failed::json),
        })
    }
}

/// The plan in one line: how many, how much, how decided.
pub(super) fn summary(planned: &[Planned]) -> String {
    let doing: Vec<&Doing> = planned.iter().filter_map(Planned::doing).collect();
    let count = |which: &str| doing.iter().filter(|one| outcome(&one.decision) == which).count();
    let sums = sums(doing.iter().filter_map(|one| one.proposal.amount.as_ref()));
    let sums: Vec<_> = sums.iter().map(ToString::to_string).collect();
    let money = if sums.is_empty() { String::new() } else { format!(", {} in all", sums.join(" and ")) };
    let changes = if doing.len() == 1 { "1 change".to_owned() } else { format!("{} changes", doing.len()) };
    format!("{changes}{money}; {} allowed, {} to be confirmed", count("allow"), count("confirm"))
}

pub(super) fn table(planned: &[Planned]) -> Shown {
    let row = |one: &Planned| {
        vec![one.line.number.to_string(), one.id.clone(), one.verdict().to_owned(), one.says()]
    };
    Shown::Table { titles: vec!["Line", "Id", "Verdict", "Change"], rows: planned.iter().map(row).collect() }
}

/// For whoever has to say yes.
pub(super) fn show(planned: &[Planned]) -> Result<(), Failed> {
    let told = |line: &str| note(line).map_err(|error| Failed::Defect(error.to_string()));
    for one in planned.iter().take(SHOWN_MOST) {
        told(&format!("line {}: {}: {}", one.line.number, one.verdict(), one.says()))?;
    }
    match planned.len().saturating_sub(SHOWN_MOST) {
        0 => Ok(()),
        more => told(&format!("and {more} more; --dry-run shows all of them")),
    }
}
