//! `paydesk monitor`: what was refunded in the last days, against the caps, and what stands out.

use std::io::IsTerminal as _;

use super::{
    exit::Failed,
    explain::read,
    out::{Done, Shown, note},
    wire::Setup,
};
use crate::{
    actions::Moment,
    answers::{
        Bag,
        monitor::{self, Monitor, Named, Period, Volume},
        radar::{self, Concern},
    },
    money::Money,
    text::csv,
};

const DAYS_MOST: i64 = 366;

/// Show what was refunded in the last days, and what stands out
#[derive(Debug, clap::Args)]
pub struct Args {
    /// So many days, today among them
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=DAYS_MOST))]
    pub days: u32,
    /// Print rows for a spreadsheet
    #[arg(long)]
    pub csv: bool,
}

pub(super) async fn monitor(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let connected = setup.connect().await?;
    // Days are those of the account, as its caps are.
    let zone = connected.gate.identity().zone.clone();
    let period = monitor::period(&Moment { now: connected.clock.now(), zone }, args.days);
    let moment = Moment { now: period.now(), zone: connected.zone.clone() };
    let since = radar::since(&moment);
    let watched = std::io::stderr().is_terminal();
    let looks = |bag: &Bag| {
        let looks = [monitor::looks(bag, &period), radar::looks(bag, since)].concat();
        let words = progress(bag, &period).filter(|_| watched && !looks.is_empty());
        // Whoever watches and cannot be told reads on without.
        let _told = words.map(|words| note(&words));
        looks
    };
    let bag = read(&connected, looks).await?;
    let concerns = radar::radar(&bag, &moment);
    let gaps = radar::gaps(&bag, since);
    let told = {
        let policy = connected.gate.in_force();
        monitor::of_bag(&bag, &period, &policy)
    };
    let shown = if args.csv {
        let head = monitor::TITLES.map(str::to_owned).to_vec();
        let rows: Vec<_> = std::iter::once(head).chain(monitor::rows(&told)).collect();
        Shown::Text(csv(&rows))
    } else {
        table(&told, &period, &concerns)
    };
    let mut result = monitor::json(&told);
    if let Some(members) = result.as_object_mut() {
        members.insert("radar".to_owned(), radar::json(&concerns, &gaps, since));
    }
    Ok(Done::new("monitor", result, shown))
}

/// `reading: 12 of 21 parts, 1204 refunds and 3310 charges so far`; none before anything came.
fn progress(bag: &Bag, period: &Period) -> Option<String> {
    let (over, all) = monitor::progress(bag, period);
    let (refunds, charges) = (bag.refunds().count(), bag.charges().count());
    (over > 0 || refunds > 0)
        .then(|| format!("reading: {over} of {all} parts, {refunds} refunds and {charges} charges so far"))
}

fn row(what: &str, name: &str, refunds: &str, amount: &str, detail: &str) -> Vec<String> {
    [what, name, refunds, amount, detail].map(str::to_owned).to_vec()
}

fn table(told: &Monitor, period: &Period, concerns: &[Concern]) -> Shown {
    let mut rows: Vec<Vec<String>> = told.volumes.iter().flat_map(|volume| of(volume, told)).collect();
    for alarm in &told.alarms {
        let at = alarm.at.date(period.zone());
        rows.push(row("stands out", &at, "", "", &alarm.says));
        rows.push(row("", "", "", "", alarm.sign.rule()));
    }
    for concern in concerns {
        let amount = concern.amount.map(|amount| amount.to_string()).unwrap_or_default();
        let detail = format!("{}: {}", concern.says, concern.can.words());
        rows.push(row("radar", &concern.about.id, "", &amount, &detail));
    }
    rows.extend(told.gaps.iter().map(|gap| row("not known", "", "", "", gap)));
    let titles = vec!["What", "Of", "Refunds", "Amount", "Detail"];
    Shown::Table { titles, rows }
}

fn of(volume: &Volume, told: &Monitor) -> Vec<Vec<String>> {
    let money = |minor: i64| Money::new(minor, volume.currency).to_string();
    let mut rows = vec![row(
        "all",
        volume.currency.code(),
        &volume.all.count.to_string(),
        &money(volume.all.minor),
        &volume.rate_words(),
    )];
    for capped in &volume.today {
        let cap = capped.cap.map(|cap| format!("of {cap}")).unwrap_or_default();
        let whose = capped.agent.as_deref().unwrap_or("everybody");
        rows.push(row("today", whose, "", &capped.spent.to_string(), &cap));
    }
    let days = told.days.iter().zip(&volume.days).filter(|(_, tally)| tally.count > 0);
    rows.extend(days.map(|(day, tally)| row("day", day, &tally.count.to_string(), &money(tally.minor), "")));
    let named = |what: &'static str, all: &[Named]| -> Vec<Vec<String>> {
        let one = |one: &Named| row(what, one.shown(), &one.sum.count.to_string(), &money(one.sum.minor), "");
        all.iter().map(one).collect()
    };
    rows.extend(named("agent", &volume.agents));
    rows.extend(named("reason", &volume.reasons));
    rows.extend(named("customer", &volume.customers));
    rows
}
