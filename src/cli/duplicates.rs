//! `paydesk duplicates`: whether somebody was charged twice, with the evidence, and what to give back.

use super::{
    exit::Failed,
    explain::{customer, read, there},
    out::{Done, Shown},
    wire::{Connected, Setup},
};
use crate::{
    actions::Moment,
    answers::duplicates::{self, Group, Proposal, Scene, Sign},
};

/// Say whether a customer was charged twice, with the evidence
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `cus_…`, a Dashboard link, or an e-mail address
    #[arg(value_name = "ID_OR_EMAIL")]
    pub who: String,
}

pub(super) async fn duplicates(args: &Args, setup: &Setup) -> Result<Done, Failed> {
    let connected = setup.connect().await?;
    let id = customer(&connected, &args.who).await?;
    let bag = read(&connected, |bag| duplicates::looks(bag, &id)).await?;
    there(&bag, &id)?;
    let groups = duplicates::find(&Scene::of(&bag));
    let mut rows: Vec<_> = groups.iter().flat_map(|group| show(group, &connected)).collect();
    rows.extend(duplicates::gaps(&bag, &id).iter().map(|gap| row("not known", "", "", gap)));
    for (what, not) in bag.looked() {
        let not = not.map(|why| format!(": {why}")).unwrap_or_default();
        rows.push(row("looked at", "", "", &format!("{what}{not}")));
    }
    let titles = vec!["What", "Id", "Amount", "Detail"];
    let moment = Moment { now: connected.clock.now(), zone: connected.zone.clone() };
    let voice = connected.languages.voice(bag.customer(&id), moment);
    let result = duplicates::json(&groups, &id, (&bag, &voice));
    Ok(Done::new("duplicates", result, Shown::Table { titles, rows }))
}

fn row(what: &str, id: &str, amount: &str, detail: &str) -> Vec<String> {
    [what, id, amount, detail].map(str::to_owned).to_vec()
}

fn show(group: &Group<'_>, connected: &Connected) -> Vec<Vec<String>> {
    let word = match (group.verdict, group.is_likely()) {
        (duplicates::Verdict::Twice(_), true) => "likely",
        (duplicates::Verdict::Twice(_), false) => "possible",
        (duplicates::Verdict::Not(_), _) => "no",
    };
    let mut rows = vec![row(word, "", "", &format!("{} ({} points)", group.verdict.words(), group.sure))];
    for member in &group.charges {
        let fulfils = member.fulfils.as_ref().map(|number| format!("  invoice {number}")).unwrap_or_default();
        let at = format!("{}{fulfils}", member.at.full(&connected.zone));
        rows.push(row("charge", member.id.as_str(), &member.amount.to_string(), &at));
    }
    let sign = |sign: &Sign| {
        let word = if sign.weight() < 0 { "against" } else { "for" };
        row(word, "", "", &format!("{} ({:+})", sign.words(), sign.weight()))
    };
    rows.extend(group.signs.iter().map(sign));
    let word = match &group.proposal {
        Proposal::Refund { .. } => "refund",
        Proposal::CreditNote { .. } => "credit note",
        Proposal::Release { .. } => "release",
        Proposal::Nothing { .. } => "nothing",
    };
    let id = group.proposal.charge().map(crate::model::ChargeId::as_str).unwrap_or_default();
    rows.push(row(word, id, "", group.proposal.why()));
    rows
}
