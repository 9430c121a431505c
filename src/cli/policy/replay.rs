//! `paydesk policy replay`: what a policy would have said to the refunds and cancellations of the last days, and what a proposed
//! file would change.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::{Value, json};

use super::load;
use crate::{
    cli::{
        exit::Failed,
        out::{Done, Out, Shown, note},
        wire::{Connected, Setup},
    },
    money::{Currency, Money},
    policy::{self, Left, Made, Past, Policy, Replayed, Verdict, days_before},
    request::Request,
    stripe::{all, cancelled},
    time::{DAY_S, Unix},
};

/// Decide past refunds and cancellations anew: what would have been allowed, confirmed, denied
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each is decided on what was there then: what was left of the charge, the day's sums, how often the \
customer had been refunded. What was refunded by other means than paydesk has no agent: it is decided by the default role, and \
counts in nobody's own cap.\n\nExit code 9: with --file, something would be decided otherwise than by the policy in force."
)]
pub struct Args {
    /// Of so many days
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    /// Compare this file with the policy in force
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Changed verdicts that a person is shown; all stand in the JSON.
const SHOWN_MOST: usize = 20;

pub(super) async fn replay(args: &Args, setup: &Setup, out: Out) -> Result<Done, Failed> {
    let (now, _) = load(None, setup)?;
    let then = args.file.as_deref().map(|file| load(Some(file), setup)).transpose()?;
    let connected = setup.connect().await?;
    let identity = connected.gate.identity();
    let days_back =
        |days: u32| connected.gate.now().plus(DAY_S.saturating_mul(i64::from(days)).saturating_neg());
    let from = days_back(args.days).start_of_day(&identity.zone);
    let further = days_before(&now).max(then.as_ref().map_or(0, |(policy, _)| days_before(policy)));
    let (past, whole) =
        read(&connected, days_back(args.days.saturating_add(further)).start_of_day(&identity.zone), from)
            .await?;
    let (made, left) = past.rebuild(&identity.zone);
    let ran = |policy: &Policy| {
        Ran::of(policy, policy::replay(policy, &made, from, (&identity.zone, identity.live)))
    };
    let now = ran(&now);
    let then = then.map(|(policy, path)| (ran(&policy), path));
    told(&left, &whole)?;
    let looked = Looked { days: args.days, from, made: now.replayed.len(), left, whole };
    finish(&looked, &now, then.as_ref().map(|(ran, path)| (ran, path.display().to_string())), out)
}

/// What was read, and what of it is not all that there is.
async fn read(connected: &Connected, since: Unix, from: Unix) -> Result<(Past, Vec<&'static str>), Failed> {
    let list = |path: &str| Request::get(path, &[]).with("created[gte]", since.0).with("limit", 100);
    let transport = &*connected.transport;
    let refunds = all(transport, list("/v1/refunds").expand("data.charge")).await?;
    let disputes = all(transport, list("/v1/disputes")).await?;
    let subscriptions = cancelled(transport, from).await?;
    let parts = [("refunds", refunds.1), ("disputes", disputes.1), ("cancellations", subscriptions.1)];
    let whole = parts.into_iter().filter(|(_, more)| *more).map(|(what, _)| what).collect();
    Ok((Past { refunds: refunds.0, disputes: disputes.0, subscriptions: subscriptions.0 }, whole))
}

fn told(left: &[Left], whole: &[&str]) -> Result<(), Failed> {
    let say = |line: String| note(&line).map_err(|error| Failed::Defect(error.to_string()));
    for what in whole {
        say(format!("there are more {what} than were read: the oldest are left out"))?;
    }
    for left in left.iter().take(SHOWN_MOST) {
        say(format!("{} is left out: {}", left.id, left.why))?;
    }
    Ok(())
}

struct Looked {
    days: u32,
    from: Unix,
    made: usize,
    left: Vec<Left>,
    whole: Vec<&'static str>,
}

/// Of which kind, with which verdict, by which rule (none: whatever the rule), in which currency (none: without money).
type Key = (&'static str, Verdict, Option<String>, Option<Currency>);
/// How many, and minor units.
type Sum = (usize, i64);

/// All that one policy says.
struct Ran<'m> {
    hash: String,
    source: String,
    replayed: Vec<Replayed<'m>>,
    sums: BTreeMap<Key, Sum>,
}

impl<'m> Ran<'m> {
    fn of(policy: &Policy, replayed: Vec<Replayed<'m>>) -> Self {
        let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
        for one in &replayed {
            let amount = one.made.proposal.refunds();
            let rules = one.rules.iter().cloned().map(Some);
            for rule in std::iter::once(None).chain(rules) {
                let key = (kind(one.made), one.verdict, rule, amount.map(Money::currency));
                let sum = sums.entry(key).or_default();
                sum.0 = sum.0.saturating_add(1);
                sum.1 = sum.1.saturating_add(amount.map_or(0, Money::minor));
            }
        }
        Self { hash: policy.hash().to_owned(), source: policy.source().to_owned(), replayed, sums }
    }

    fn json(&self) -> Value {
        let one = |((kind, verdict, rule, currency), (count, minor)): (&Key, &Sum)| {
            json!({
                "of": kind,
                "verdict": verdict.word(),
                "rule": rule,
                "currency": currency.map(|currency| currency.code().to_owned()),
                "count": count,
                "amount": currency.map(|_| minor),
            })
        };
        let (rules, verdicts): (Vec<_>, Vec<_>) =
            self.sums.iter().partition(|((_, _, rule, _), _)| rule.is_some());
        let list = |part: Vec<(&Key, &Sum)>| part.into_iter().map(one).collect::<Vec<_>>();
        json!({"policy": self.source, "hash": self.hash, "verdicts": list(verdicts), "rules": list(rules)})
    }
}

fn kind(made: &Made) -> &'static str {
    if made.proposal.refunds().is_some() { "refunds" } else { "cancellations" }
}

/// Pairs that the two policies decide differently.
fn changed<'r>(now: &'r Ran<'_>, then: &'r Ran<'_>) -> Vec<(&'r Replayed<'r>, &'r Replayed<'r>)> {
    now.replayed.iter().zip(&then.replayed).filter(|(a, b)| a.verdict != b.verdict).collect()
}

fn finish(
    looked: &Looked,
    now: &Ran<'_>,
    then: Option<(&Ran<'_>, String)>,
    out: Out,
) -> Result<Done, Failed> {
    let mut result = json!({
        "days": looked.days,
        "from": looked.from.rfc3339(),
        "decided": looked.made,
        "left_out": looked.left.iter().map(|left| json!({"id": left.id, "why": left.why})).collect::<Vec<_>>(),
        "not_all_read": looked.whole,
        "now": now.json(),
    });
    let Some((then, file)) = then else {
        return Ok(Done::new("policy replay", result, table(now, None)));
    };
    let changed = changed(now, then);
    let lines: Vec<_> = changed.iter().map(|(before, after)| change_json(before, after)).collect();
    if let Some(fields) = result.as_object_mut() {
        fields.insert("then".into(), then.json());
        fields.insert("changed".into(), json!(lines));
    }
    if changed.is_empty() {
        return Ok(Done::new("policy replay", result, table(now, Some(then))));
    }
    if !out.json {
        let said = |error: std::io::Error| Failed::Defect(error.to_string());
        out.done(&Done::new("policy replay", Value::Null, table(now, Some(then)))).map_err(said)?;
        for (before, after) in changed.iter().take(SHOWN_MOST) {
            note(&change_words(before, after)).map_err(said)?;
        }
    }
    let message = format!("by {file}, {} of {} would be decided otherwise", changed.len(), looked.made);
    Err(Failed::Differs { message, result })
}

/// `re_1 of maya, $60.00: allow → deny (refunds.max)`
fn change_words(before: &Replayed<'_>, after: &Replayed<'_>) -> String {
    let made = before.made;
    let amount = made.proposal.refunds().map_or_else(String::new, |amount| format!(", {amount}"));
    let agent = made.agent.as_deref().unwrap_or("somebody outside paydesk");
    let rules = if after.rules.is_empty() { String::new() } else { format!(" ({})", after.rules.join(", ")) };
    format!("{} by {agent}{amount}: {} → {}{rules}", made.id, before.verdict.word(), after.verdict.word())
}

fn change_json(before: &Replayed<'_>, after: &Replayed<'_>) -> Value {
    json!({
        "id": before.made.id,
        "at": before.made.at,
        "action": before.made.proposal.action,
        "agent": before.made.agent,
        "amount": before.made.proposal.refunds(),
        "now": before.verdict.word(),
        "then": after.verdict.word(),
        "rules": after.rules,
    })
}

fn table(now: &Ran<'_>, then: Option<&Ran<'_>>) -> Shown {
    let none = BTreeMap::new();
    let other = then.map_or(&none, |then| &then.sums);
    let mut keys: Vec<&Key> = now.sums.keys().chain(other.keys()).collect();
    // What was decided first, then by which rule.
    keys.sort_by_key(|key| (key.2.is_some(), *key));
    keys.dedup();
    let cells = |sums: &BTreeMap<Key, Sum>, key: &Key| {
        let (count, minor) = sums.get(key).copied().unwrap_or_default();
        [
            count.to_string(),
            key.3.map_or_else(String::new, |currency| Money::new(minor, currency).to_string()),
        ]
    };
    let row = |key: &&Key| {
        let (kind, verdict, rule, _) = *key;
        let mut row =
            vec![(*kind).to_owned(), verdict.word().to_owned(), rule.clone().unwrap_or_else(|| "all".into())];
        row.extend(cells(&now.sums, key));
        if then.is_some() {
            row.extend(cells(other, key));
        }
        row
    };
    let mut titles = vec!["Of", "Verdict", "By", "Count", "Money"];
    if then.is_some() {
        titles.extend(["Count then", "Money then"]);
    }
    Shown::Table { titles, rows: keys.iter().map(row).collect() }
}
