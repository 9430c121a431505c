//! Actions that only read: one object as a sheet, a list as a table, page by page.

use serde_json::{Value, json};

use super::{
    Args,
    change::is_about_one,
    given::{self, Wanted},
    lines::Line,
    request_json, request_pairs,
};
use crate::{
    actions::{Action, Field, Gives, Moment},
    cli::{
        columns,
        exit::{Failed, stopped},
        feed::{Feed, Row},
        out::{Done, Out, Shown, note},
        sheet,
        stop::Stop,
        wire::{Connected, Setup},
    },
    gate::Stopped,
    model::Record,
    policy::{self, Decision, Outcome, Policy},
    request::Request,
    stripe::{self, Mode, Pages, Priority},
};

/// Rows of a page: Stripe's most.
const PAGE: usize = 100;

pub(super) async fn read(
    args: &Args,
    mut wanted: Wanted,
    setup: &Setup,
    out: Out,
) -> Result<Option<Done>, Failed> {
    let action = wanted.action;
    if args.dry_run && !wanted.is_to_be_looked_up() && action.reads.is_empty() {
        let live = setup.key()?.key.mode() == Mode::Live;
        let decision = allowed(&setup.policy(live), &setup.config.agent.value, action)?;
        return Ok(Some(dry(action, &request(&wanted, &given::moment(setup))?, &decision, args.limit)));
    }
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    let decision = may_read(&connected, action)?;
    let moment = moment(&connected);
    stop.reading(wanted.look_up(&connected, &moment)).await?;
    connected.transport.forget();
    let asked = stop.reading(asked(&connected, &wanted, &moment)).await?;
    if args.dry_run {
        return Ok(Some(dry(action, &asked, &decision, args.limit)));
    }
    match action.gives {
        Gives::One(kind) => {
            let (object, request_id) = stop.reading(one(&connected, &asked)).await?;
            let shown = Shown::Pairs(sheet::of(kind, &object, &connected.zone));
            let done = Done::new(action.name, object, shown);
            Ok(Some(Done { verdict: json!(decision), request_id: json!(request_id), ..done }))
        }
        Gives::List(kind) => {
            let mut feed = Feed::new(out, action.name, json!(decision), &[], columns::of(kind));
            let most = most(args.all, args.limit);
            let ended = stop.reading(list(&connected, asked, (kind, most), &mut feed)).await;
            feed.end(ended)
        }
    }
}

/// Rows that are wanted; none: all.
fn most(all: bool, limit: Option<u32>) -> Option<usize> {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE);
    (!all).then_some(limit)
}

pub(super) fn moment(connected: &Connected) -> Moment {
    Moment { now: connected.gate.now(), zone: connected.zone.clone() }
}

/// The policy hides some of what can be read.
fn allowed(policy: &Policy, agent: &str, action: &Action) -> Result<Decision, Failed> {
    let decision = policy::may_read(policy, agent, action);
    match decision.outcome {
        Outcome::Allow => Ok(decision),
        Outcome::Confirm(_) | Outcome::SecondPerson | Outcome::Deny => {
            Err(Failed::Denied(Box::new(decision)))
        }
    }
}

pub(super) fn may_read(connected: &Connected, action: &Action) -> Result<Decision, Failed> {
    let policy = connected.gate.rules();
    allowed(&policy, &connected.gate.identity().agent, action)
}

pub(super) fn request(wanted: &Wanted, moment: &Moment) -> Result<Request, Failed> {
    let asked = wanted.action.request(&wanted.arguments, moment);
    asked.map_err(|error| Failed::Usage(error.to_string()))
}

/// The call, after the object that it is about was read, where only that makes it whole.
async fn asked(connected: &Connected, wanted: &Wanted, moment: &Moment) -> Result<Request, Failed> {
    let asked = connected.gate.reading(wanted.action, &wanted.arguments, moment).await;
    asked.map_err(|stop| match stop {
        Stopped::Invalid { field, message } => Failed::Usage(format!("{field}: {message}")),
        stop => stopped(stop, connected.transport.last_failure()),
    })
}

fn dry(action: &Action, request: &Request, decision: &Decision, limit: Option<u32>) -> Done {
    let request = match action.gives {
        Gives::List(_) => paged(request.clone(), most(false, limit)),
        Gives::One(_) => request.clone(),
    };
    let outcome = super::outcome(decision);
    let result = json!({
        "dry_run": true,
        "sentence": action.summary,
        "outcome": outcome,
        "request": request_json(&request),
    });
    let mut pairs =
        vec![("would".to_owned(), action.summary.to_owned()), ("verdict".to_owned(), outcome.to_owned())];
    pairs.extend(request_pairs(&request));
    Done { verdict: json!(decision), ..Done::new(action.name, result, Shown::Pairs(pairs)) }
}

fn paged(request: Request, most: Option<usize>) -> Request {
    request.with("limit", most.unwrap_or(PAGE).min(PAGE))
}

/// One object, with the id of the request that brought it.
pub(super) async fn one(connected: &Connected, asked: &Request) -> Result<(Value, Option<String>), Failed> {
    let reply = stripe::read(&*connected.transport, asked, Priority::Waiting).await?;
    let object = serde_json::from_str(&reply.body)
        .map_err(|_not_json| Failed::Unreachable("what came is no object: is this Stripe?".into()))?;
    Ok((object, reply.headers.request_id))
}

/// Page after page into the feed, until as many rows came as are wanted. What is left out is said.
async fn list(
    connected: &Connected,
    asked: Request,
    (kind, most): (&str, Option<usize>),
    feed: &mut Feed,
) -> Result<(), Failed> {
    let mut rows = Rows::new(connected, asked, most);
    while let Some(page) = rows.next().await? {
        let page = page.iter().map(|record| row(kind, record, connected)).collect();
        if !feed.push(page)? {
            return Ok(());
        }
        progress(feed, rows.more, most)?;
    }
    if feed.rows() == 0 {
        say("there are none")?;
    }
    Ok(())
}

/// Pages until as many rows came as are wanted.
struct Rows<'c> {
    pages: Pages<'c, Value>,
    most: Option<usize>,
    came: usize,
    /// There is more than what came.
    more: bool,
}

impl<'c> Rows<'c> {
    fn new(connected: &'c Connected, asked: Request, most: Option<usize>) -> Self {
        let priority = if most.is_none() { Priority::Prefetch } else { Priority::Waiting };
        let pages = Pages::new(&*connected.transport, paged(asked, most), priority);
        Self { pages, most, came: 0, more: false }
    }

    async fn next(&mut self) -> Result<Option<Vec<Record<Value>>>, Failed> {
        let wanted = self.most.map_or(usize::MAX, |most| most.saturating_sub(self.came));
        if wanted == 0 {
            return Ok(None);
        }
        let Some(page) = self.pages.next().await else { return Ok(None) };
        let mut rows = page?.to_vec();
        let came = rows.len();
        rows.truncate(wanted);
        self.came = self.came.saturating_add(rows.len());
        self.more = self.pages.list().has_more || rows.len() < came;
        self.pages.let_go();
        Ok(Some(rows))
    }
}

/// The same for every line of a batch. What is wrong with one line is said there, and the others are read all the same.
pub(super) async fn each(
    args: &Args,
    (action, field): (&'static Action, &'static Field),
    lines: Vec<Line>,
    (setup, out): (&Setup, Out),
) -> Result<Option<Done>, Failed> {
    if args.dry_run {
        return Err(Failed::Usage("--dry-run shows one request: give one id instead of `-`".into()));
    }
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    let decision = may_read(&connected, action)?;
    let (Gives::One(kind) | Gives::List(kind)) = action.gives;
    let mut feed = Feed::new(out, action.name, json!(decision), &[field.label], columns::of(kind));
    let most = most(args.all, args.limit);
    let all = lines.len();
    let mut wrong: Vec<Failed> = Vec::new();
    let work = async {
        for (at, mut line) in lines.into_iter().enumerate() {
            let ended = of_line(&mut line, &connected, most).await;
            let failed = ended.as_ref().err().cloned();
            let came = feed.push_of_line(&line, ended)?;
            if let Some(failed) = failed {
                say(&format!("line {}: {}: {}", line.number, line.given, failed.message()))?;
                if !is_about_one(&failed) {
                    return Err(failed);
                }
                wrong.push(failed);
            }
            if !came {
                return Ok(());
            }
            let done = at.saturating_add(1);
            if !feed.is_watched() && done.checked_rem(PAGE) == Some(0) && done < all {
                say(&format!("{done} of {all}"))?;
            }
        }
        Ok(())
    };
    let ended = stop.reading(work).await;
    feed.end(ended.and_then(|()| match wrong.first() {
        None => Ok(()),
        Some(first) => {
            let message =
                format!("{} of {all} could not be read; the first: {}", wrong.len(), first.message());
            Err(Failed::Partly { first: Box::new(first.clone()), message, result: Value::Null })
        }
    }))
}

/// What one line brought: its rows, and the same as one JSON value.
pub(in crate::cli) struct Brought {
    pub(in crate::cli) rows: Vec<Vec<String>>,
    pub(in crate::cli) raw: String,
}

async fn of_line(line: &mut Line, connected: &Connected, most: Option<usize>) -> Result<Brought, Failed> {
    let moment = moment(connected);
    line.look_up(connected, &moment).await?;
    let asked = request(&line.wanted, &moment)?;
    match line.wanted.action.gives {
        Gives::One(kind) => {
            let (object, _) = one(connected, &asked).await?;
            Ok(Brought { rows: vec![cells(kind, &object, connected)], raw: object.to_string() })
        }
        Gives::List(kind) => {
            let mut rows = Rows::new(connected, asked, most);
            let (mut shown, mut texts) = (Vec::new(), Vec::new());
            while let Some(page) = rows.next().await? {
                shown.extend(page.iter().map(|record| cells(kind, record.object(), connected)));
                texts.extend(page.iter().map(|record| record.raw().to_string()));
            }
            if rows.more {
                say(&format!(
                    "line {}: there are more than these {}: --all, --limit N",
                    line.number, rows.came
                ))?;
            }
            Ok(Brought { rows: shown, raw: format!("[{}]", texts.join(",")) })
        }
    }
}

fn cells(kind: &str, object: &Value, connected: &Connected) -> Vec<String> {
    columns::of(kind).iter().map(|column| column.cell(object, &connected.zone)).collect()
}

fn row(kind: &str, record: &Record<Value>, connected: &Connected) -> Row {
    Row { cells: cells(kind, record.object(), connected), raw: record.raw().to_string() }
}

/// That there is more, and how far it came where nobody sees the rows.
fn progress(feed: &Feed, more: bool, most: Option<usize>) -> Result<(), Failed> {
    let rows = feed.rows();
    match most {
        _ if !more => Ok(()),
        Some(most) if rows >= most => say(&format!(
            "there are more than these {rows}: --all shows all of them, --limit N as many as you want"
        )),
        _ if feed.is_watched() => Ok(()),
        _ => say(&format!("{rows} so far")),
    }
}

fn say(line: &str) -> Result<(), Failed> {
    note(line).map_err(|error| Failed::Defect(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_never_larger_than_stripes_most() {
        let limit = |most| paged(Request::get("/v1/charges", &[]), most).param("limit").map(str::to_owned);
        assert_eq!(limit(most(false, None)).as_deref(), Some("100"));
        assert_eq!(limit(most(false, Some(3))).as_deref(), Some("3"));
        assert_eq!(limit(most(false, Some(250))).as_deref(), Some("100"));
        assert_eq!((most(true, None), limit(None).as_deref()), (None, Some("100")));
    }
}
