//! Actions that only read: one object as a sheet, a list as a table, page by page.

use std::sync::PoisonError;

use serde_json::{Value, json};

use super::{
    Args,
    given::{self, Wanted},
    request_json, request_pairs,
};
use crate::{
    actions::{Action, Gives, Moment},
    cli::{
        columns,
        exit::Failed,
        feed::{Feed, Row},
        out::{Done, Out, Shown, note},
        sheet,
        stop::Stop,
        wire::{Connected, Setup},
    },
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
    if args.dry_run && !wanted.is_to_be_looked_up() {
        let live = setup.key()?.key.mode() == Mode::Live;
        let decision = allowed(&setup.policy(live), &setup.config.agent.value, action)?;
        return Ok(Some(dry(action, &request(&wanted, &given::moment(setup))?, &decision, args.limit)));
    }
    let mut stop = Stop::listen()?;
    let connected = stop.reading(setup.connect()).await?;
    let decision = may_read(&connected, action)?;
    let moment = moment(&connected);
    stop.reading(wanted.look_up(&connected, &moment)).await?;
    let asked = request(&wanted, &moment)?;
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
    let policy = connected.gate.policy().read().unwrap_or_else(PoisonError::into_inner);
    allowed(&policy, &connected.gate.identity().agent, action)
}

pub(super) fn request(wanted: &Wanted, moment: &Moment) -> Result<Request, Failed> {
    let asked = wanted.action.request(&wanted.arguments, moment);
    asked.map_err(|error| Failed::Usage(error.to_string()))
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
    let priority = if most.is_none() { Priority::Prefetch } else { Priority::Waiting };
    let mut pages = Pages::<Value>::new(&*connected.transport, paged(asked, most), priority);
    let wanted = |feed: &Feed| most.map_or(usize::MAX, |most| most.saturating_sub(feed.rows()));
    while wanted(feed) > 0 {
        let Some(page) = pages.next().await else { break };
        let page = page?;
        let came = page.len();
        let rows: Vec<Row> =
            page.iter().take(wanted(feed)).map(|record| row(kind, record, connected)).collect();
        let cut = rows.len() < came;
        if !feed.push(rows)? {
            return Ok(());
        }
        pages.let_go();
        progress(feed, pages.list().has_more || cut, most)?;
    }
    if feed.rows() == 0 {
        say("there are none")?;
    }
    Ok(())
}

fn row(kind: &str, record: &Record<Value>, connected: &Connected) -> Row {
    let cells = columns::of(kind).iter().map(|column| column.cell(record.object(), &connected.zone));
    Row { cells: cells.collect(), raw: record.raw().to_string() }
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
