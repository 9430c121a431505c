//! A batch of changes: decided as a whole, asked for once, then carried out one by one through the gate. It stops at the first
//! whose outcome is not known, and its results file says where it goes on.

use serde_json::{Value, json};

use super::{
    Args,
    change::{is_about_one, send},
    given::Wanted,
    lines::{self, Line},
    plan::{self, Planned, plan},
    read::moment,
    results::{Batch, Record, Results},
};
use crate::{
    actions::{Action, Field},
    cli::{
        exit::Failed,
        out::{Done, Shown, note},
        stop::Stop,
        wire::{Connected, Setup},
    },
    gate::on_ledger,
    ledger::{Intent, IntentState},
};

/// How one of them ended, for the report.
struct Outcome {
    line: usize,
    id: String,
    state: &'static str,
    record: Option<Record>,
    /// Stripe's object.
    object: Value,
    failed: Option<Failed>,
}

pub(super) async fn change(
    args: &Args,
    (wanted, field): (Wanted, &'static Field),
    lines: Vec<Line>,
    setup: &Setup,
) -> Result<Done, Failed> {
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    stop.changing(&connected.gate, Box::pin(whole(args, (&wanted, field), lines, &connected))).await
}

async fn whole(
    args: &Args,
    (wanted, field): (&Wanted, &'static Field),
    mut lines: Vec<Line>,
    connected: &Connected,
) -> Result<Done, Failed> {
    let action = wanted.action;
    // One moment for all of them; the results file knows the batch by what was written.
    let now = moment(connected);
    for line in &mut lines {
        line.look_up(connected, &now).await?;
        line.wanted.freeze(&now)?;
    }
    lines::different(&lines, field)?;
    let mut results = match &args.results {
        Some(path) if !args.dry_run => {
            let batch =
                Batch::new(action.name, field.name, &json!(wanted.arguments), connected.gate.identity());
            Some(Results::open(path, &batch)?)
        }
        _ => None,
    };
    let mut outcomes = Vec::new();
    if let Some(results) = &results {
        lines = still_to_do(lines, field, (results, connected), &mut outcomes).await?;
    }
    let planned = plan(lines, field, connected).await?;
    confirmed(args, action, &planned)?;
    if args.dry_run {
        let result = planned.iter().map(Planned::json).collect();
        return Ok(Done::new(action.name, result, plan::table(&planned)));
    }
    let ended = carry_out(args, planned, (&mut results, connected), &mut outcomes).await;
    report(action, &outcomes, ended)
}

/// Leaves out what ended well before. What is not settled has to be, before anything more is sent.
async fn still_to_do(
    lines: Vec<Line>,
    field: &Field,
    (results, connected): (&Results, &Connected),
    outcomes: &mut Vec<Outcome>,
) -> Result<Vec<Line>, Failed> {
    let mut left = Vec::new();
    for line in lines {
        let id = line.id(field);
        let Some(record) = results.known.get(&id) else {
            left.push(line);
            continue;
        };
        match ledger_says(record, connected).await? {
            Some(intent) if intent.state == IntentState::Settled => {
                let record = Record::of(line.number, &id, &intent);
                outcomes.push(Outcome::new(line.number, id, "done before").with(record));
            }
            Some(intent) if !intent.state.is_final() && intent.state != IntentState::Held => {
                let message = format!(
                    "line {}: {id} is not settled ({}): nothing was sent; `paydesk pending --resolve` settles it, and \
                     then this goes on",
                    line.number, intent.id
                );
                return Err(Failed::Unknown { message, intent: Some(Box::new(intent)) });
            }
            // Refused or never sent: it is looked at anew.
            Some(_) => left.push(line),
            None => return Err(foreign(record, line.number)),
        }
    }
    Ok(left)
}

/// How it stands by now: it may have been settled since.
async fn ledger_says(record: &Record, connected: &Connected) -> Result<Option<Intent>, Failed> {
    let id = record.intent.clone();
    Ok(on_ledger(connected.gate.ledger(), move |ledger| ledger.get(&id)).await?)
}

fn foreign(record: &Record, line: usize) -> Failed {
    Failed::Config(format!(
        "line {line}: the results file names {}, which is not in this ledger: whether {} was done is not known here",
        crate::text::clean(&record.intent),
        crate::text::clean(&record.id)
    ))
}

/// Whether it may begin: nothing stands in the way of any line, and a person said yes to all of it.
fn confirmed(args: &Args, action: &Action, planned: &[Planned]) -> Result<(), Failed> {
    let result = || planned.iter().map(Planned::json).collect::<Value>();
    let not: Vec<(&Planned, &Failed)> =
        planned.iter().filter_map(|one| Some((one, one.why_not()?))).collect();
    if let (Some((one, why)), false) = (not.first(), args.skip_denied) {
        let message = format!(
            "{} of {} cannot be done, so nothing was sent; --skip-denied leaves such out; line {}: {}",
            not.len(),
            planned.len(),
            one.line.number,
            why.message()
        );
        return Err(Failed::Partly { first: Box::new((*why).clone()), message, result: result() });
    }
    let summary = plan::summary(planned);
    if args.dry_run || args.yes || not.len() == planned.len() {
        return note(&summary).map_err(|error| Failed::Defect(error.to_string()));
    }
    plan::show(planned)?;
    let message =
        format!("{} asks once for all, and nothing was sent: {summary}; --yes confirms", action.name);
    let first = Failed::Unconfirmed { message: message.clone(), decision: None };
    Err(Failed::Partly { first: Box::new(first), message, result: result() })
}

/// One after the other. `Err`: why it stopped, or what went wrong with some.
async fn carry_out(
    args: &Args,
    planned: Vec<Planned>,
    (results, connected): (&mut Option<Results>, &Connected),
    outcomes: &mut Vec<Outcome>,
) -> Result<(), Failed> {
    let all = planned.len();
    let mut wrong: Vec<Failed> = Vec::new();
    for (at, one) in planned.into_iter().enumerate() {
        let done = |how: &str| format!("{} of {all}: {}: {how}", at.saturating_add(1), one.id);
        let mut outcome = Outcome::new(one.line.number, one.id.clone(), "left out");
        let Some(doing) = one.doing() else {
            outcome.failed = one.why_not().cloned();
            outcomes.push(outcome);
            continue;
        };
        if connected.gate.is_leaving() {
            return Err(stopped_early(at, all, args));
        }
        let sent = send(doing, (&one.line.wanted, args.repeat), connected, |intent| {
            let record = Record::of(one.line.number, &one.id, intent);
            outcome.record = Some(record.clone());
            results.as_mut().map_or(Ok(()), |results| results.note(&record))
        });
        match sent.await {
            Ok(object) => (outcome.state, outcome.object) = ("done", object),
            Err(failed) => {
                outcome.state = if matches!(failed, Failed::Unknown { .. }) { "unknown" } else { "not done" };
                outcome.failed = Some(failed);
            }
        }
        let _told = note(&done(outcome.state));
        let failed = outcome.failed.clone();
        let held = outcome.record.as_ref().is_some_and(|record| record.state == IntentState::Held);
        outcomes.push(outcome);
        match failed {
            // On disk, and taken back before it was sent: what stood in its way is that it was told to end.
            Some(Failed::Usage(_)) if held && connected.gate.is_leaving() => {
                return Err(stopped_early(at, all, args));
            }
            Some(failed) if is_about_one(&failed) => wrong.push(failed),
            Some(failed) if connected.gate.is_leaving() && !matches!(failed, Failed::Unknown { .. }) => {
                return Err(stopped_early(at, all, args));
            }
            Some(failed) => return Err(halted(failed, at.saturating_add(1), all, args)),
            None => {}
        }
    }
    match wrong.first() {
        None => Ok(()),
        Some(first) => {
            let message = format!("{} of {all} were not done; the first: {}", wrong.len(), first.message());
            Err(Failed::Partly { first: Box::new(first.clone()), message, result: Value::Null })
        }
    }
}

fn how_to_go_on(args: &Args) -> &'static str {
    if args.results.is_some() {
        "run it again with the same results file to go on"
    } else {
        "with --results FILE it could be gone on with"
    }
}

fn halted(failed: Failed, at: usize, all: usize, args: &Args) -> Failed {
    let left = all.saturating_sub(at);
    let message = format!(
        "stopped at {at} of {all}, and the {left} behind it were not sent: {}; {}",
        failed.message(),
        how_to_go_on(args)
    );
    Failed::Partly { first: Box::new(failed), message, result: Value::Null }
}

fn stopped_early(done: usize, all: usize, args: &Args) -> Failed {
    let message = format!("told to end after {done} of {all}: the rest was not sent; {}", how_to_go_on(args));
    Failed::Overtaken { message, decision: None }
}

fn report(action: &Action, outcomes: &[Outcome], ended: Result<(), Failed>) -> Result<Done, Failed> {
    let result: Value = outcomes.iter().map(Outcome::json).collect();
    let rows = outcomes.iter().map(Outcome::row).collect();
    match ended {
        Ok(()) => {
            let titles = vec!["Line", "Id", "State", "Result", "Intent", "Message"];
            Ok(Done::new(action.name, result, Shown::Table { titles, rows }))
        }
        Err(Failed::Partly { first, message, .. }) => Err(Failed::Partly { first, message, result }),
        Err(failed) => {
            let message = failed.message();
            Err(Failed::Partly { first: Box::new(failed), message, result })
        }
    }
}

impl Outcome {
    fn new(line: usize, id: String, state: &'static str) -> Self {
        Self { line, id, state, record: None, object: Value::Null, failed: None }
    }

    fn with(self, record: Record) -> Self {
        Self { record: Some(record), ..self }
    }

    fn json(&self) -> Value {
        json!({
            "line": self.line,
            "id": self.id,
            "state": self.state,
            "intent": self.record.as_ref().map(|record| &record.intent),
            "request_id": self.record.as_ref().and_then(|record| record.request_id.as_ref()),
            "result_id": self.record.as_ref().and_then(|record| record.result_id.as_ref()),
            "result": self.object,
            "error": self.failed.as_ref().map(Failed::json),
        })
    }

    fn row(&self) -> Vec<String> {
        let record = self.record.as_ref();
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        let message = self.failed.as_ref().map(Failed::message);
        vec![
            self.line.to_string(),
            self.id.clone(),
            self.state.to_owned(),
            text(record.and_then(|record| record.result_id.as_ref())),
            text(record.map(|record| &record.intent)),
            message.or_else(|| record.and_then(|record| record.message.clone())).unwrap_or_default(),
        ]
    }
}
