//! The monitor as rows for a spreadsheet: what each figure is, of whom or when, in which currency.

use super::{Monitor, Tally};
use crate::money::{Currency, Money};

pub const TITLES: [&str; 7] = ["what", "name", "currency", "refunds", "amount", "charges", "charged"];

/// Days, agents, reasons, customers and alarms. Who has no name is empty.
pub fn rows(monitor: &Monitor) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for volume in &monitor.volumes {
        let days = monitor.days.iter().zip(volume.days.iter().zip(&volume.charged));
        rows.extend(
            days.map(|(day, (refunds, charges))| {
                row(("day", day), volume.currency, *refunds, Some(*charges))
            }),
        );
        for (what, all) in
            [("agent", &volume.agents), ("reason", &volume.reasons), ("customer", &volume.customers)]
        {
            rows.extend(all.iter().map(|one| row((what, &one.name), volume.currency, one.sum, None)));
        }
    }
    let alarm = |alarm: &super::Alarm| {
        let mut row = vec![format!("alarm {}", alarm.sign.code()), alarm.says.clone()];
        row.resize(TITLES.len(), String::new());
        row
    };
    rows.extend(monitor.alarms.iter().map(alarm));
    rows
}

fn row(
    (what, name): (&str, &str),
    currency: Currency,
    refunds: Tally,
    charges: Option<Tally>,
) -> Vec<String> {
    let money = |minor: i64| Money::new(minor, currency).plain();
    vec![
        what.to_owned(),
        name.to_owned(),
        currency.code().to_owned(),
        refunds.count.to_string(),
        money(refunds.minor),
        charges.map(|charges| charges.count.to_string()).unwrap_or_default(),
        charges.map(|charges| money(charges.minor)).unwrap_or_default(),
    ]
}
