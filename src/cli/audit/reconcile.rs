//! `paydesk audit reconcile`: the trail beside Stripe, both ways. Its exit code is what a cron job asks for.

use serde_json::json;

use crate::{
    cli::{
        exit::{Failed, stopped},
        out::{Done, Out, Shown, note},
        stop::Stop,
        wire::{Connected, Setup},
    },
    gate::{Finding, Reconciled, What},
    money::Money,
    time::{DAY_S, Unix, parse_when},
};

/// Compare the trail with Stripe, both ways; exit code 9 when they differ
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is compared: every refund, credit note, invoice item and balance entry that carries paydesk's mark with its \
record (amount, object, reason, account, agent), every record with what Stripe shows of it, refunds that failed later, changes \
whose outcome is not known, and the copies of the chain's end that Stripe holds in metadata with the chain.\n\nWhat was made \
by other means is listed as outside paydesk, and is no difference. Where several data folders serve one account, what the \
others made is missing here.\n\nExit code 0: all agree. 9: something differs, or could not be compared."
)]
pub struct Args {
    /// Of so many days, whole days of the account's
    #[arg(long, value_name = "N", default_value_t = 30, conflicts_with = "since", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    /// Not before: 2026-11-22, yesterday, 3d, RFC 3339
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

pub(super) async fn reconcile(args: &Args, setup: &Setup, out: Out) -> Result<Done, Failed> {
    let mut stop = Stop::listen()?;
    let work = async {
        let connected = setup.connect().await?;
        let from = from(args, setup, &connected)?;
        let mut tell = |line: &str| {
            // Nobody misses how far it is.
            let _told = note(line);
        };
        let found = connected.gate.reconcile(from, &mut tell).await;
        let found = found.map_err(|stop| stopped(stop, connected.transport.last_failure()))?;
        finish(&found, setup, &connected, out)
    };
    stop.reading(work).await
}

fn from(args: &Args, setup: &Setup, connected: &Connected) -> Result<Unix, Failed> {
    let now = connected.gate.now();
    if let Some(text) = &args.since {
        return parse_when(text, now, &setup.zone())
            .map_err(|error| Failed::Usage(format!("--since: {error}")));
    }
    let back = DAY_S.saturating_mul(i64::from(args.days)).saturating_neg();
    Ok(now.plus(back).start_of_day(&connected.gate.identity().zone))
}

fn finish(found: &Reconciled, setup: &Setup, connected: &Connected, out: Out) -> Result<Done, Failed> {
    let identity = connected.gate.identity();
    let differences: Vec<&Finding> = found.differences().collect();
    let others: Vec<&Finding> = found.findings.iter().filter(|one| !one.what.is_difference()).collect();
    let result = json!({
        "account": identity.account,
        "live": identity.live,
        "from": found.from.rfc3339(),
        "until": found.until.rfc3339(),
        "compared": found.compared,
        "differences": differences,
        "others": others,
    });
    let done = Done::new("audit reconcile", result, table(&found.findings, setup));
    let own = found.compared.saturating_sub(others.len());
    let compared = format!("{own} of paydesk's compared since {}", found.from.date(&identity.zone));
    if differences.is_empty() {
        let beside =
            if others.is_empty() { String::new() } else { format!("; beside them {}", counted(&others)) };
        note(&format!("{compared}: all agree{beside}")).map_err(|error| Failed::Defect(error.to_string()))?;
        return Ok(done);
    }
    if !out.json {
        out.done(&done).map_err(|error| Failed::Defect(error.to_string()))?;
    }
    let message = format!("{compared}, and not all agree: {}", counted(&differences));
    Err(Failed::Differs { message, result: done.result })
}

/// `1 missing at Stripe, 1 came back`
fn counted(findings: &[&Finding]) -> String {
    let parts = What::ALL.into_iter().filter_map(|what| {
        let count = findings.iter().filter(|one| one.what == what).count();
        (count > 0).then(|| format!("{count} {}", what.words()))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn table(findings: &[Finding], setup: &Setup) -> Shown {
    let zone = setup.zone();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let rows = findings.iter().map(|one| {
        vec![
            one.what.words().to_owned(),
            one.at.full(&zone),
            text(&one.agent),
            text(&one.action),
            one.amount.map(|amount: Money| amount.to_string()).unwrap_or_default(),
            text(&one.object),
            text(&one.intent),
            one.says.clone(),
        ]
    });
    Shown::Table {
        titles: vec!["Found", "Time", "Agent", "Action", "Amount", "Object", "Intent", "Says"],
        rows: rows.collect(),
    }
}
