//! `paydesk outcomes`: what becomes of a subscription in each way of ending it, and instead of it.

use super::{
    exit::Failed,
    explain::read,
    out::{Done, Shown},
    wire::Setup,
};
use crate::{
    actions::Moment,
    answers::outcomes::{self, Access, Outcome},
    model::SubscriptionId,
    time::parse_when,
};

/// Show what each way of ending a subscription comes to, side by side
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `sub_…`, or a Dashboard link
    #[arg(value_name = "SUBSCRIPTION")]
    pub subscription: String,
    /// The date that "on a date" means: 2026-12-31, "in 30d"
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
}

pub(super) async fn outcomes(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let id = SubscriptionId::parse(&args.subscription).map_err(|error| Failed::Usage(error.to_string()))?;
    let connected = setup.connect().await?;
    let moment = Moment { now: connected.clock.now(), zone: connected.zone.clone() };
    let on = args.on.as_deref().map(|text| parse_when(text, moment.now, &moment.zone)).transpose();
    let on = on.map_err(|error| Failed::Usage(format!("--on: {error}")))?;
    let bag = read(&connected, |bag| outcomes::looks(bag, &id, on)).await?;
    let rules = connected.gate.rules().effective(&connected.gate.identity().agent);
    let told = outcomes::outcomes(&bag, &id, on, (&rules, &moment)).ok_or_else(|| {
        let why = bag.looked().into_iter().find_map(|(what, not)| Some(format!("{what}: {}", not?)));
        Failed::Usage(why.unwrap_or_else(|| "the subscription was not read".into()))
    })?;
    let row = |outcome: &Outcome| {
        let access = match outcome.access {
            Access::Until(at) => format!("until {}", at.date(&moment.zone)),
            Access::EndsNow => "ends at once".into(),
            Access::GoesOn => "goes on".into(),
            Access::Unknown => "until that day".into(),
        };
        let denied = outcome.denied.map(|rule| format!("no: {}", rule.name()));
        let refused = outcome.refused.as_ref().map(|why| format!("no: {why}"));
        let denied = refused.or(denied).unwrap_or_default();
        vec![outcome.way.words().to_owned(), access, outcome.money.clone(), outcome.undo.to_owned(), denied]
    };
    let mut rows: Vec<Vec<String>> = told.ways.iter().map(row).collect();
    let note = |what: &str, words: &str| {
        vec![what.to_owned(), String::new(), words.to_owned(), String::new(), String::new()]
    };
    rows.extend(told.open.as_ref().map(|open| note("open invoices", open)));
    rows.extend(told.discount.map(|(percent, months)| {
        note("discount", &format!("up to {percent} % for {months} months may be given instead"))
    }));
    rows.extend(told.gaps.iter().map(|gap| note("not known", gap)));
    let titles = vec!["Way", "Access", "Money", "Taken back", "Allowed"];
    Ok(Done::new("outcomes", outcomes::json(&told), Shown::Table { titles, rows }))
}
